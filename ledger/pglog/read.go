package pglog

import (
	"context"
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
SELECT stream, position, revision::bigint, record, head FROM ledger.event
WHERE position > $1 AND position <= $2 ORDER BY position`

// ReadAll implements ledger.Log. It reads page by page, each connection only as long as
// its page takes, and fetches the next page while the caller works on this one.
func (l *Log) ReadAll(
	ctx context.Context, after ledger.Position, limit int,
) iter.Seq2[ledger.Event, error] {
	return func(yield func(ledger.Event, error) bool) {
		ctx, cancel := context.WithCancel(ctx)
		defer cancel()
		p := pager{log: l, after: after, rows: pageRows}
		if limit > 0 {
			p.limit = ledger.Position(limit)
		}
		page := p.read(ctx)
		for {
			var ahead chan pageResult
			if page.err == nil && page.more {
				ahead = make(chan pageResult, 1)
				go func() { ahead <- p.read(ctx) }()
			}
			// Decoding and hashing is done here and not where pages are fetched, so that
			// the two overlap.
			page.open()
			if !give(ctx, page.events, page.err, yield) || ahead == nil {
				cancel()
				if ahead != nil {
					<-ahead
				}
				return
			}
			page = <-ahead
		}
	}
}

// give yields a page and its error; false ends the iteration.
func give(
	ctx context.Context, events []ledger.Event, err error,
	yield func(ledger.Event, error) bool,
) bool {
	for i := range events {
		if err := ctx.Err(); err != nil {
			yield(ledger.Event{}, err)
			return false
		}
		if !yield(events[i], nil) {
			return false
		}
	}
	if err != nil {
		yield(ledger.Event{}, err)
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
	events []ledger.Event
	more   bool
	err    error
}

// read fetches the next page.
func (p *pager) read(ctx context.Context) (result pageResult) {
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
	events, keys, size, err := p.query(ctx, upTo)
	if err == nil {
		err = p.log.names.resolve(ctx, keys, events)
	}
	if err != nil {
		return pageResult{err: fmt.Errorf("read the ledger after %d: %w", p.after, err)}
	}
	p.after += ledger.Position(len(events))
	if p.limit > 0 {
		p.limit -= ledger.Position(len(events))
		if p.limit == 0 {
			return pageResult{events: events}
		}
	}
	p.adapt(len(events), size)
	return pageResult{events: events, more: p.after < p.target}
}

// maxPosition is the largest position that a bigint holds.
const maxPosition = ledger.Position(1<<63 - 1)

// adapt makes the next page smaller when records are large.
func (p *pager) adapt(events, size int) {
	p.rows = pageRows
	if size > pageBytes/2 {
		p.rows = ledger.Position(max(1, pageBytes/2*events/size))
	}
}

// query reads the head and then the events after p.after, in one round trip; the events'
// Stream is still to be set from the keys, and the rest from the record.
func (p *pager) query(ctx context.Context, upTo ledger.Position) (
	events []ledger.Event, keys []int64, size int, err error,
) {
	conn, err := p.log.pool.Acquire(ctx)
	if err != nil {
		return nil, nil, 0, storeError(err)
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
		return nil, nil, 0, storeError(err)
	}
	if !p.known {
		p.target, p.known = ledger.Position(head), true
	}
	rows, err := results.Query()
	if err != nil {
		_ = results.Close()
		return nil, nil, 0, storeError(err)
	}
	events, keys, size, full, err := p.collect(rows)
	if full {
		cancel()
		_ = results.Close()
		return events, keys, size, err
	}
	if closeErr := results.Close(); err == nil {
		err = storeError(closeErr)
	}
	last := p.after + ledger.Position(len(events))
	if want := min(upTo, p.target); err == nil && last < want {
		err = fmt.Errorf("%w: events %d to %d are missing", ledger.ErrCorrupt, last+1, want)
	}
	return events, keys, size, err
}

// collect takes the rows over; full tells that it stopped early because of their size.
func (p *pager) collect(rows pgx.Rows) (
	events []ledger.Event, keys []int64, size int, full bool, err error,
) {
	defer func() {
		if !full {
			rows.Close()
		}
	}()
	var copies arena
	for rows.Next() {
		raw, err := parseRow(rows.RawValues())
		if err != nil {
			return nil, nil, 0, false, err
		}
		if want := p.after + ledger.Position(len(events)) + 1; raw.position != want {
			return nil, nil, 0, false, fmt.Errorf("%w: event %d stands where %d must be",
				ledger.ErrCorrupt, raw.position, want)
		}
		if events == nil {
			n := min(p.rows, p.target-p.after+1)
			events, keys = make([]ledger.Event, 0, n), make([]int64, 0, n)
		}
		events = append(events, ledger.Event{
			Position: raw.position, Revision: raw.revision,
			Record: copies.copy(raw.record), Head: raw.head,
		})
		keys = append(keys, raw.ordinal)
		if copies.size > pageBytes {
			return events, keys, copies.size, true, nil
		}
	}
	return events, keys, copies.size, false, storeError(rows.Err())
}

// open completes the events from their records; a bad one ends the page with its error.
func (r *pageResult) open() {
	for i := range r.events {
		e := &r.events[i]
		opened, err := ledger.Open(e.Stream, e.Revision, e.Position, e.Record, e.Head)
		if err != nil {
			r.events, r.err = r.events[:i], fmt.Errorf("read the ledger: %w", err)
			return
		}
		*e = opened
	}
}
