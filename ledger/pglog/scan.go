package pglog

import (
	"context"
	"fmt"
	"math"

	"github.com/jackc/pgx/v5"

	"github.com/stazh/stazh/ledger"
)

// shareKeys is the number of neighbouring streams that belong to one share. Streams are
// numbered as they come, those of an employer's first report one after the other, so that
// neighbours share contexts and age; shares that take turns are therefore of one size, and
// stay the same whatever is appended.
const shareKeys = 1_024

const (
	// sqlScan gives the events after a place in the order of streams and revisions.
	sqlScan = `
SELECT ` + columns + ` FROM ledger.event e
WHERE (e.stream, e.revision) > ($1, $2) AND e.stream < $3 AND e.position <= $4
ORDER BY e.stream, e.revision LIMIT $5`
	// sqlScanPlan leaves the planner one way, by the indexes that have this order, whatever
	// its statistics say.
	sqlScanPlan = `SET LOCAL enable_sort = off`
)

var _ ledger.Scanner = (*Log)(nil)

// ScanStreams implements ledger.Scanner. It reads page by page by the index of streams,
// each connection only as long as its page takes, and fetches the next page while the
// caller works on this one; two pages are all that it holds. A stream that the end of a
// page cuts is read again with the next page, unless it fills pages of its own.
func (l *Log) ScanStreams(
	ctx context.Context, scan ledger.Scan, do func([]ledger.Event) error,
) (events int64, err error) {
	scan.Shares = max(scan.Shares, 1)
	if scan.Share < 0 || scan.Share >= scan.Shares {
		return 0, fmt.Errorf("%w: share %d of %d", ledger.ErrInvalid, scan.Share, scan.Shares)
	}
	s := scanner{log: l, scan: scan, rows: pageRows}
	g := scanGiver{verify: scan.Verify, do: do}
	if err := s.run(ctx, &g); err != nil {
		return g.events, fmt.Errorf("scan the ledger: %w", err)
	}
	return g.events, nil
}

// scanner reads the pages of a share.
type scanner struct {
	log  *Log
	scan ledger.Scan
	last int64 // key of any stream
	rows int   // size of the next page

	next             int64 // the block of keys after the one being read
	stream, revision int64 // the last place read
	end              int64 // of the block being read, exclusive
}

// run gives one page while it reads the next.
func (s *scanner) run(ctx context.Context, g *scanGiver) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	err := s.log.pool.QueryRow(ctx, `SELECT streams FROM ledger.head`).Scan(&s.last)
	if err != nil {
		return storeError(err)
	}
	s.next = int64(s.scan.Share)
	current, next := &scanPage{}, &scanPage{}
	err = s.read(ctx, current)
	for err == nil && len(current.events) > 0 {
		ahead := make(chan error, 1)
		go func() { ahead <- s.read(ctx, next) }()
		if err = g.give(ctx, current); err != nil {
			cancel()
		}
		if failed := <-ahead; err == nil {
			err = failed
		}
		current, next = next, current
	}
	return err
}

// read fetches the next page; an empty one is the end.
func (s *scanner) read(ctx context.Context, p *scanPage) error {
	for p.reset(); len(p.events) == 0; {
		if s.stream+1 >= s.end && !s.nextBlock() {
			return nil
		}
		full, err := s.query(ctx, p)
		if err != nil {
			return err
		}
		s.stream, s.revision = s.end-1, math.MaxInt32 // the block is done
		if full {
			s.stream, s.revision = p.cut()
		}
	}
	s.rows = int(pageSize(len(p.events), p.copies.size))
	return p.complete(ctx, s.log)
}

// nextBlock goes to the next keys of the share.
func (s *scanner) nextBlock() bool {
	first, end := s.next*shareKeys, (s.next+1)*shareKeys
	if s.scan.Shares == 1 {
		end = s.last + 1
	}
	if first > s.last || s.end > s.last {
		return false
	}
	s.next += int64(s.scan.Shares)
	s.stream, s.revision, s.end = first-1, math.MaxInt32, end
	return true
}

// query adds the next rows of the block to the page; full tells that there may be more.
func (s *scanner) query(ctx context.Context, p *scanPage) (full bool, err error) {
	conn, err := s.log.pool.Acquire(ctx)
	if err != nil {
		return false, storeError(err)
	}
	defer conn.Release()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel() // before Release: an unread rest ends the connection, not our memory
	b := &pgx.Batch{}
	b.Queue(`BEGIN READ ONLY`)
	b.Queue(sqlScanPlan)
	b.Queue(sqlScan, s.stream, s.revision, s.end, int64(min(s.scan.UpTo, maxPosition)), s.rows)
	b.Queue(`COMMIT`)
	results := conn.SendBatch(ctx, b)
	for range 2 {
		if _, err := results.Exec(); err != nil {
			_ = results.Close()
			return false, storeError(err)
		}
	}
	rows, err := results.Query()
	if err != nil {
		_ = results.Close()
		return false, storeError(err)
	}
	for rows.Next() {
		raw, err := parseRow(rows.RawValues())
		if err != nil {
			cancel()
			_ = results.Close()
			return false, err
		}
		p.add(&raw)
		if p.copies.size > pageBytes {
			cancel()
			_ = results.Close()
			return true, nil
		}
	}
	return len(p.events) >= s.rows, storeError(results.Close())
}

// scanPage holds the events of one query, ordered by stream.
type scanPage struct {
	events []ledger.Event
	rows   []rawRow // of the events; the records are copies
	parts  []part
	copies arena
}

func (p *scanPage) reset() {
	clear(p.events)
	p.events, p.rows, p.parts, p.copies.size = p.events[:0], p.rows[:0], p.parts[:0], 0
}

func (p *scanPage) add(r *rawRow) {
	row := *r
	row.record = p.copies.join(r.record)
	p.rows = append(p.rows, row)
	p.events = append(p.events, ledger.Event{Position: r.position, Revision: r.revision})
}

// cut leaves out the last stream of a full page, which may have more events, unless it is
// the only one; it gives the last place that the page has then.
func (p *scanPage) cut() (stream, revision int64) {
	n := len(p.rows)
	last := p.rows[n-1]
	start := n - 1
	for start > 0 && p.rows[start-1].key == last.key {
		start--
	}
	if start == 0 {
		return int64(last.key), int64(last.revision)
	}
	p.rows, p.events = p.rows[:start], p.events[:start]
	return int64(last.key) - 1, math.MaxInt32
}

// complete finds the names of the streams and the shared parts of the records.
func (p *scanPage) complete(ctx context.Context, l *Log) error {
	missing := false
	for i := range p.rows {
		x := part{contextID: p.rows[i].context, kindID: p.rows[i].kind}
		x.context, x.kind = l.parts.context(x.contextID), l.parts.kind(x.kindID)
		missing = missing || x.context == nil || x.kind == nil
		p.parts = append(p.parts, x)
	}
	if missing {
		if err := l.parts.fill(ctx, p.parts, p.events); err != nil {
			return err
		}
	}
	first := p.rows[0].key
	names, err := l.names.between(ctx, first, p.rows[len(p.rows)-1].key)
	if err != nil {
		return err
	}
	for i := range p.rows {
		if i > 0 && p.rows[i].key == p.rows[i-1].key {
			p.events[i].Stream = p.events[i-1].Stream
			continue
		}
		p.events[i].Stream = names[p.rows[i].key-first]
		if p.events[i].Stream == "" {
			return noName(p.rows[i].key, p.rows[i].position)
		}
	}
	return nil
}

// scanGiver opens pages and gives them to the caller of a scan.
type scanGiver struct {
	verify bool
	do     func([]ledger.Event) error

	events int64           // given so far
	key    int32           // of the stream given last
	next   ledger.Revision // that this stream must have
	chain  ledger.Chain
}

func (g *scanGiver) give(ctx context.Context, p *scanPage) error {
	for from, to := 0, 0; from < len(p.rows); from = to {
		if err := ctx.Err(); err != nil {
			return err
		}
		if p.rows[from].key != g.key {
			g.key, g.next = p.rows[from].key, 0
			if g.verify {
				g.chain = ledger.NewChain(p.events[from].Stream)
			}
		}
		for ; to < len(p.rows) && p.rows[to].key == g.key; to++ {
			if err := g.open(&p.events[to], &p.rows[to], &p.parts[to]); err != nil {
				return err
			}
		}
		g.events += int64(to - from)
		if err := g.do(p.events[from:to:to]); err != nil {
			return err
		}
	}
	return nil
}

// open completes an event, which must be the next one of its stream.
func (g *scanGiver) open(e *ledger.Event, row *rawRow, x *part) error {
	if e.Revision != g.next {
		return fmt.Errorf("%w: event %d of stream %s is missing",
			ledger.ErrCorrupt, g.next, e.Stream)
	}
	g.next++
	if err := ledger.OpenInto(e, x.context, x.kind, row.record); err != nil {
		return err
	}
	if !g.verify {
		return nil
	}
	return g.chain.CheckParts(e, x.context, x.kind, row.record, row.head)
}
