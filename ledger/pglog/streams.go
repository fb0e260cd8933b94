package pglog

import (
	"context"
	"encoding/binary"
	"fmt"
	"iter"

	"github.com/jackc/pgx/v5"

	"github.com/stazh/stazh/ledger"
)

// namesAtOnce bounds the streams of one query; a longer list is read in parts.
const namesAtOnce = 1_000

// sqlStreams gives, in one round trip and as of one moment, the first events ($2) of
// streams and the head of the ledger. The inner query stands behind a LIMIT, so that the
// planner must run it once for each stream by the index and can never choose to read
// whole partitions because of stale statistics.
const sqlStreams = `
SELECT s.ord, (SELECT position FROM ledger.head), ` + columns + `
FROM (
	SELECT u.ord, t.key
	FROM unnest($1::text[]) WITH ORDINALITY u(name, ord)
	JOIN ledger.stream t ON t.name = u.name
) s
LEFT JOIN LATERAL (
	SELECT * FROM ledger.event e WHERE e.stream = s.key ORDER BY e.revision LIMIT $2
) e ON true
ORDER BY s.ord, e.revision`

// sqlStreamRest gives the next events of one stream, as of the same moment.
const sqlStreamRest = `
SELECT ` + columns + ` FROM ledger.event e
WHERE e.stream = $1 AND e.revision >= $2 AND e.position <= $3
ORDER BY e.revision LIMIT $4`

// ReadStreams implements ledger.Log. Each part of up to 1,000 streams is read as of one
// moment, unless their events are too many for one page; histories that fit one page
// together take one round trip.
func (l *Log) ReadStreams(
	ctx context.Context, streams ...ledger.StreamID,
) iter.Seq2[ledger.Event, error] {
	return func(yield func(ledger.Event, error) bool) {
		if err := ctx.Err(); err != nil {
			yield(ledger.Event{}, err)
			return
		}
		for len(streams) > 0 {
			h := histories{log: l, names: streams[:min(len(streams), namesAtOnce)]}
			if !h.read(ctx, yield) {
				return
			}
			streams = streams[h.done:]
		}
	}
}

// histories reads some streams.
type histories struct {
	log   *Log
	names []ledger.StreamID
	done  int // names that are read completely

	page     page
	ordinals []int32         // into names, of the page's events
	asOf     ledger.Position // the head that the snapshot had
	last     standing        // where the stream stands whose events come
}

// read yields the streams, at least the first; false ends the iteration.
func (h *histories) read(ctx context.Context, yield func(ledger.Event, error) bool) bool {
	full, err := h.first(ctx)
	if err != nil {
		return give(ctx, nil, fmt.Errorf("read streams: %w", err), yield)
	}
	for from, to := 0, 0; from < len(h.page.events); from = to {
		for to < len(h.ordinals) && h.ordinals[to] == h.ordinals[from] {
			to++
		}
		h.done = int(h.ordinals[from]) + 1
		h.last = standing{key: h.page.keys[from], revision: ledger.NoStream}
		// The last stream of a page that was full, and one that has as many events as
		// were asked for, may have more.
		more := (full && to == len(h.ordinals)) || to-from >= pageRows
		if !h.give(ctx, h.page.events[from:to], yield) || (more && !h.rest(ctx, yield)) {
			return false
		}
		h.log.stand.seen(h.names[h.done-1], h.last, h.asOf)
	}
	if !full {
		h.done = len(h.names)
	}
	return true
}

// give yields the next events of the stream whose turn it is.
func (h *histories) give(
	ctx context.Context, events []ledger.Event, yield func(ledger.Event, error) bool,
) bool {
	for i := range events {
		e := &events[i]
		if want := h.last.revision + 1; e.Revision != want {
			return give(ctx, nil, fmt.Errorf("read streams: %w: event %d of stream %s is missing",
				ledger.ErrCorrupt, want, e.Stream), yield)
		}
		h.last.revision, h.last.head = e.Revision, e.Head
	}
	return give(ctx, events, nil, yield)
}

// first gets the first page; full tells that it stopped early because of its size.
func (h *histories) first(ctx context.Context) (full bool, err error) {
	formats := pgx.QueryResultFormats{1, 1, 1, 1, 1, 1, 1, 1, 1}
	err = h.log.query(ctx, sqlStreams, []any{formats, h.names, pageRows}, &h.page,
		func(raw [][]byte) ([][]byte, error) {
			if len(raw) != 2+columnCount || len(raw[0]) != 8 || len(raw[1]) != 8 {
				return nil, errShape
			}
			ordinal := int32(binary.BigEndian.Uint64(raw[0])) - 1
			h.ordinals = append(h.ordinals, ordinal)
			h.asOf = ledger.Position(binary.BigEndian.Uint64(raw[1]))
			if raw[2] == nil {
				return nil, fmt.Errorf("%w: stream %s has no events",
					ledger.ErrCorrupt, h.names[ordinal])
			}
			return raw[2:], nil
		})
	if err != nil {
		return false, err
	}
	for i := range h.page.events {
		h.page.events[i].Stream = h.names[h.ordinals[i]]
	}
	return h.page.copies.size > pageBytes, h.page.open()
}

// rest yields the remaining events of the stream whose turn it is.
func (h *histories) rest(ctx context.Context, yield func(ledger.Event, error) bool) bool {
	formats := pgx.QueryResultFormats{1, 1, 1, 1, 1, 1, 1}
	limit := pageSize(len(h.page.events), h.page.copies.size)
	name := h.names[h.done-1]
	var p page
	for more := true; more; {
		p.reset()
		err := h.log.query(ctx, sqlStreamRest,
			[]any{formats, h.last.key, int32(h.last.revision + 1), int64(h.asOf), int64(limit)}, &p,
			func(raw [][]byte) ([][]byte, error) { return raw, nil })
		for i := range p.events {
			p.events[i].Stream = name
		}
		if err == nil {
			err = p.open()
		}
		if err != nil {
			return give(ctx, nil, fmt.Errorf("read streams: %w", err), yield)
		}
		if !h.give(ctx, p.events, yield) {
			return false
		}
		more = ledger.Position(len(p.events)) == limit || p.copies.size > pageBytes
		limit = pageSize(len(p.events), p.copies.size)
	}
	return true
}

// query adds rows to a page, until there are no more or the page is full. Rows left
// unread end the connection, which is cheaper than reading them. The function take gives
// the columns of an event out of a row.
func (l *Log) query(
	ctx context.Context, sql string, arguments []any, p *page,
	take func([][]byte) ([][]byte, error),
) error {
	if err := l.queryRows(ctx, sql, arguments, p, take); err != nil {
		return err
	}
	return p.complete(ctx, l.parts)
}

func (l *Log) queryRows(
	ctx context.Context, sql string, arguments []any, p *page,
	take func([][]byte) ([][]byte, error),
) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	rows, err := l.pool.Query(ctx, sql, arguments...)
	if err != nil {
		return storeError(err)
	}
	defer rows.Close()
	for rows.Next() {
		columns, err := take(rows.RawValues())
		if err != nil {
			return err
		}
		raw, err := parseRow(columns)
		if err != nil {
			return err
		}
		p.add(l.parts, &raw)
		if p.copies.size > pageBytes {
			cancel()
			return nil
		}
	}
	return storeError(rows.Err())
}
