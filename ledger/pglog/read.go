package pglog

import (
	"context"
	"errors"
	"fmt"
	"iter"

	"github.com/jackc/pgx/v5"

	"github.com/stazh/stazh/ledger"
)

const (
	// pageRows is the number of events fetched at once: beyond some thousands larger
	// pages are no faster, and two of them are held in memory.
	pageRows = 5_000
	// pageBytes ends a page early when its records are large; the next page then asks
	// for fewer.
	pageBytes = 16 << 20
)

// sqlPage needs no LIMIT: positions are dense.
const sqlPage = `
SELECT ` + columns + ` FROM ledger.event e
WHERE e.position > $1 AND e.position <= $2 ORDER BY e.position`

// ReadAll implements ledger.Log. It reads page by page, each connection only as long as
// its page takes, and fetches the next page while the caller works on this one.
func (l *Log) ReadAll(
	ctx context.Context, after ledger.Position, limit int,
) iter.Seq2[ledger.Event, error] {
	return func(yield func(ledger.Event, error) bool) {
		ctx, cancel := context.WithCancel(ctx)
		defer cancel()
		each := byValue(yield)
		p := pager{log: l, after: after, rows: pageRows}
		if limit > 0 {
			p.limit = ledger.Position(limit)
		}
		// Two pages take turns: one is read while the caller works on the other.
		current, next := &page{}, &page{}
		result := p.read(ctx, current)
		for {
			var ahead chan pageResult
			if result.err == nil && result.more {
				ahead = make(chan pageResult, 1)
				go func() { ahead <- p.read(ctx, next) }()
			}
			// Decoding is done here and not where pages are fetched, so that the two overlap.
			if err := current.open(); err != nil {
				result.err = fmt.Errorf("read the ledger: %w", err)
			}
			if !give(ctx, current.events, result.err, each) || ahead == nil {
				cancel()
				if ahead != nil {
					<-ahead
				}
				return
			}
			result = <-ahead
			current, next = next, current
		}
	}
}

// yielding takes an event or an error; false ends the iteration.
type yielding func(*ledger.Event, error) bool

// byValue hands out copies of events.
func byValue(yield func(ledger.Event, error) bool) yielding {
	return func(e *ledger.Event, err error) bool {
		if e == nil {
			return yield(ledger.Event{}, err)
		}
		return yield(*e, err)
	}
}

// give yields a page and its error; false ends the iteration.
func give(ctx context.Context, events []ledger.Event, err error, yield yielding) bool {
	for i := range events {
		if err := ctx.Err(); err != nil {
			yield(nil, err)
			return false
		}
		if !yield(&events[i], nil) {
			return false
		}
	}
	if err != nil {
		yield(nil, err)
		return false
	}
	return true
}

// pager goes through the ledger by position.
type pager struct {
	log    *Log
	after  ledger.Position
	limit  ledger.Position // events still wanted; 0: all
	target ledger.Position // where to stop; set by the first page
	known  bool            // target is set
	rows   ledger.Position // size of the next page
}

type pageResult struct {
	more bool
	err  error
}

// read fetches the next page.
func (p *pager) read(ctx context.Context, page *page) (result pageResult) {
	page.reset()
	upTo := p.after + p.rows
	if p.limit > 0 && p.limit < p.rows {
		upTo = p.after + p.limit
	}
	if p.known {
		upTo = min(upTo, p.target)
	}
	if upTo < p.after || upTo > maxPosition { // after is beyond anything that can exist
		return pageResult{err: ctx.Err()}
	}
	if err := p.fetch(ctx, upTo, page); err != nil {
		page.reset()
		return pageResult{err: fmt.Errorf("read the ledger after %d: %w", p.after, err)}
	}
	n := ledger.Position(len(page.events))
	p.after += n
	if p.limit > 0 {
		p.limit -= n
		if p.limit == 0 {
			return pageResult{}
		}
	}
	p.rows = pageSize(len(page.events), page.copies.size)
	return pageResult{more: p.after < p.target}
}

// fetch fills the page from segments or from the table.
func (p *pager) fetch(ctx context.Context, upTo ledger.Position, page *page) error {
	if p.after < p.log.sealedUpTo() {
		return p.readSealed(ctx, upTo, page)
	}
	err := p.query(ctx, upTo, page)
	if errors.Is(err, errGone) {
		page.reset()
		if err := p.log.checkSealed(ctx); err != nil {
			return err
		}
		if p.after < p.log.sealedUpTo() { // it was sealed a moment ago
			return p.readSealed(ctx, upTo, page)
		}
	}
	if err == nil {
		err = page.complete(ctx, p.log.parts)
	}
	if err == nil {
		err = p.log.names.resolve(ctx, page)
	}
	return err
}

// errGone: events are not in the table.
var errGone = fmt.Errorf("%w: events are missing", ledger.ErrCorrupt)

// maxPosition is the largest position that a bigint holds.
const maxPosition = ledger.Position(1<<63 - 1)

// pageSize is the size of the next page, smaller when records are large.
func pageSize(events, size int) ledger.Position {
	if size > pageBytes/2 {
		return ledger.Position(max(1, pageBytes/2*events/size))
	}
	return pageRows
}

// query reads the head and then the events after p.after, in one round trip; the events'
// Stream is still to be set from the keys, and the rest from the record.
func (p *pager) query(ctx context.Context, upTo ledger.Position, page *page) error {
	conn, err := p.log.pool.Acquire(ctx)
	if err != nil {
		return storeError(err)
	}
	defer conn.Release()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel() // before Release: an unread rest ends the connection, not our memory
	b := &pgx.Batch{}
	b.Queue(sqlHead)
	b.Queue(sqlPage, int64(p.after), int64(upTo))
	results := conn.SendBatch(ctx, b)
	var head int64
	if err := results.QueryRow().Scan(&head); err != nil {
		_ = results.Close()
		return storeError(err)
	}
	if !p.known {
		p.target, p.known = ledger.Position(head), true
	}
	rows, err := results.Query()
	if err != nil {
		_ = results.Close()
		return storeError(err)
	}
	page.grow(int(min(upTo, p.target) - min(p.after, p.target)))
	full, err := p.collect(rows, page)
	if full {
		cancel()
		_ = results.Close()
		return err
	}
	if closeErr := results.Close(); err == nil {
		err = storeError(closeErr)
	}
	last := p.after + ledger.Position(len(page.rows))
	if want := min(upTo, p.target); err == nil && last < want {
		err = fmt.Errorf("%w: %d to %d", errGone, last+1, want)
	}
	return err
}

// collect takes the rows over; full tells that it stopped early because of their size.
func (p *pager) collect(rows pgx.Rows, page *page) (full bool, err error) {
	defer func() {
		if !full {
			rows.Close()
		}
	}()
	next := p.after
	for rows.Next() {
		raw, err := parseRow(rows.RawValues())
		if err != nil {
			return false, err
		}
		if next++; raw.Position != next {
			return false, fmt.Errorf("%w: event %d stands where %d must be",
				errGone, raw.Position, next)
		}
		page.add(&raw)
		if page.copies.size > pageBytes {
			return true, nil
		}
	}
	return false, storeError(rows.Err())
}
