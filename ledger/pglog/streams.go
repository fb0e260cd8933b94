package pglog

import (
	"context"
	"encoding/binary"
	"fmt"
	"iter"
	"math"

	"github.com/jackc/pgx/v5"

	"github.com/stazh/stazh/ledger"
)

// namesAtOnce bounds the streams of one query; a longer list is read in parts.
const namesAtOnce = 1_000

// sqlStreams gives, as of one moment, the events of streams that stand in the table, the
// head of the ledger and the last sealed position. The inner query stands behind a LIMIT,
// so that the planner must run it once for each stream by the index and can never choose
// to read whole partitions because of stale statistics.
const sqlStreams = `
SELECT s.ord, s.key, (SELECT position FROM ledger.head), (` + sqlSealed + `), ` + columns + `
FROM (
	SELECT u.ord, t.key FROM ` + sqlKeys + `
) s
LEFT JOIN LATERAL (
	SELECT * FROM ledger.event e WHERE e.stream = s.key ORDER BY e.revision LIMIT $1
) e ON true
ORDER BY s.key, e.revision`

// sqlStream is sqlStreams for one stream, as most ask for one: it needs no lists, no joins of
// them, and no merging of partitions. The events come partition by partition, which is their
// order already, or nearly so.
const sqlStream = `
SELECT 1::bigint, t.key, (SELECT position FROM ledger.head), (` + sqlSealed + `), ` + columns + `
FROM ledger.stream t
LEFT JOIN LATERAL (SELECT * FROM ledger.event e WHERE e.stream = t.key LIMIT $1) e ON true
WHERE t.name = $2`

// ReadStreams implements ledger.Log. Up to 1,000 streams take one round trip, and fewer
// where their events would be too many for one page; each is then read as of one moment. A
// stream that is too long for a page is read part by part.
func (l *Log) ReadStreams(
	ctx context.Context, streams ...ledger.StreamID,
) iter.Seq2[ledger.Event, error] {
	return func(yield func(ledger.Event, error) bool) {
		page := l.pages.take()
		defer l.pages.give(page)
		l.readStreams(ctx, streams, page, byValue(yield))
	}
}

// LendStream implements ledger.Lender.
func (l *Log) LendStream(
	ctx context.Context, stream ledger.StreamID, do func(*ledger.Event) error,
) (err error) {
	page := l.lent.take()
	defer l.lent.give(page)
	l.readStreams(ctx, []ledger.StreamID{stream}, page, func(e *ledger.Event, failed error) bool {
		if err = failed; err == nil {
			err = do(e)
		}
		return err == nil
	})
	return err
}

func (l *Log) readStreams(
	ctx context.Context, streams []ledger.StreamID, page *page, yield yielding,
) {
	if err := ctx.Err(); err != nil {
		yield(nil, err)
		return
	}
	h := histories{log: l, atOnce: namesAtOnce, page: page}
	for len(streams) > 0 {
		h.names = streams[:min(len(streams), h.atOnce)]
		over, err := h.gather(ctx)
		switch {
		case err != nil:
			give(ctx, nil, fmt.Errorf("read streams: %w", err), yield)
			return
		case over && len(h.names) > 1:
			h.atOnce = len(h.names) / 2
			continue
		case over && !h.giveLong(ctx, yield), !over && !h.giveAll(ctx, yield):
			return
		}
		streams = streams[len(h.names):]
	}
}

// histories reads some streams.
type histories struct {
	log    *Log
	atOnce int
	names  []ledger.StreamID

	page *page
	keys []int32          // of names; 0 of one that does not exist
	runs map[int32][2]int // where a key's events stand in the page
	asOf ledger.Position  // the head that the snapshot had
	last standing         // where the stream stands whose events come
}

// gather gets the whole histories of the names; over tells that they are too much.
func (h *histories) gather(ctx context.Context) (over bool, err error) {
	for {
		h.page.reset()
		h.keys = append(h.keys[:0], make([]int32, len(h.names))...)
		r := reading{log: h.log, page: h.page}
		known := h.log.sealedUpTo()
		if over, err = h.query(ctx, &r, known > 0); over || err != nil {
			return over, err
		}
		if known == h.log.sealedUpTo() {
			r.merge()
			return false, h.open(ctx)
		}
	}
}

// open completes the page.
func (h *histories) open(ctx context.Context) error {
	if err := h.page.complete(ctx, h.log.parts); err != nil {
		return err
	}
	rows := h.page.rows
	h.runs = make(map[int32][2]int, len(h.names))
	for from, to := 0, 0; from < len(rows); from = to {
		for to < len(rows) && rows[to].Stream == rows[from].Stream {
			to++
		}
		h.runs[rows[from].Stream] = [2]int{from, to}
	}
	for i, key := range h.keys {
		run := h.runs[key]
		for j := run[0]; j < run[1]; j++ {
			h.page.events[j].Stream = h.names[i]
		}
	}
	return h.page.open()
}

// query asks for what the table holds, and for segments if there are any.
func (h *histories) query(ctx context.Context, r *reading, sealed bool) (over bool, err error) {
	conn, err := h.log.pool.Acquire(ctx)
	if err != nil {
		return false, storeError(err)
	}
	defer conn.Release()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel() // before Release: an unread rest ends the connection, not our memory
	b := &pgx.Batch{}
	events, segments, asked := sqlStreams, sqlSegmentsOfNames, any(h.names)
	if len(h.names) == 1 {
		events, segments, asked = sqlStream, sqlSegmentsOfName, h.names[0]
	}
	b.Queue(events, spanRows+1, asked)
	if sealed {
		b.Queue(segments, segmentsAtOnce+1, asked)
	}
	results := conn.SendBatch(ctx, b)
	over, err = h.results(results, r, sealed)
	if over || err != nil {
		cancel()
		_ = results.Close()
		return over, err
	}
	return false, storeError(results.Close())
}

func (h *histories) results(
	results pgx.BatchResults, r *reading, sealed bool,
) (over bool, err error) {
	rows, err := results.Query()
	if err != nil {
		return false, storeError(err)
	}
	for rows.Next() {
		if over, err = h.row(rows.RawValues(), r); over || err != nil {
			return over, err
		}
	}
	if err := rows.Err(); err != nil {
		return false, storeError(err)
	}
	if len(h.names) == 1 {
		byRevision(r.page.table)
	}
	if !sealed {
		return false, nil
	}
	wanted := make(map[int32]bool, len(h.keys))
	for _, key := range h.keys {
		wanted[key] = true
	}
	r.wants = func(stream int32) (from, to ledger.Revision) {
		if !wanted[stream] {
			return 1, 0
		}
		return 0, math.MaxInt32
	}
	if rows, err = results.Query(); err != nil {
		return false, storeError(err)
	}
	return r.segments(rows)
}

// row takes a row of sqlStreams over.
func (h *histories) row(raw [][]byte, r *reading) (over bool, err error) {
	if len(raw) != 4+columnCount || len(raw[0]) != 8 || len(raw[1]) != 4 || len(raw[2]) != 8 ||
		len(raw[3]) != 8 {
		return false, errShape
	}
	ordinal := int(binary.BigEndian.Uint64(raw[0])) - 1
	h.keys[ordinal] = int32(binary.BigEndian.Uint32(raw[1]))
	h.asOf = ledger.Position(binary.BigEndian.Uint64(raw[2]))
	h.log.sawSealed(int64(binary.BigEndian.Uint64(raw[3])))
	if raw[4] == nil { // nothing of it stands in the table
		return false, nil
	}
	if err := r.row(raw[4:]); err != nil {
		return false, err
	}
	return r.tooMuch() || len(r.page.table) > spanRows, nil
}

// giveAll yields the streams of the page in the order of the names.
func (h *histories) giveAll(ctx context.Context, yield yielding) bool {
	for i, key := range h.keys {
		if key == 0 {
			continue
		}
		run := h.runs[key]
		if run[0] == run[1] {
			return give(ctx, nil, fmt.Errorf("read streams: %w: stream %s has no events",
				ledger.ErrCorrupt, h.names[i]), yield)
		}
		h.last = standing{key: key, revision: ledger.NoStream}
		if !h.give(ctx, h.page.events[run[0]:run[1]], yield) {
			return false
		}
		h.log.stand.seen(h.names[i], h.last, h.asOf)
	}
	return true
}

// give yields the next events of the stream whose turn it is.
func (h *histories) give(ctx context.Context, events []ledger.Event, yield yielding) bool {
	for i := range events {
		e := &events[i]
		if want := h.last.revision + 1; e.Revision != want {
			return give(ctx, nil, fmt.Errorf("read streams: %w", missing(want, e.Stream)), yield)
		}
		h.last.revision, h.last.head = e.Revision, e.Head
	}
	return give(ctx, events, nil, yield)
}

// giveLong yields the one stream that is too long for a page, part by part.
func (h *histories) giveLong(ctx context.Context, yield yielding) bool {
	key, name := h.keys[0], h.names[0]
	h.last = standing{key: key, revision: ledger.NoStream}
	for window := int32(pageRows); ; {
		from := int32(h.last.revision) + 1
		over, err := h.log.readSpan(ctx, span{key, key, from, from + window - 1, false}, h.page)
		if over {
			window = max(window/2, 1)
			continue
		}
		if err == nil {
			err = h.page.complete(ctx, h.log.parts)
		}
		for i := range h.page.events {
			h.page.events[i].Stream = name
		}
		if err == nil {
			err = h.page.open()
		}
		if err != nil {
			return give(ctx, nil, fmt.Errorf("read streams: %w", err), yield)
		}
		if !h.give(ctx, h.page.events, yield) {
			return false
		}
		if len(h.page.events) < int(window) {
			h.log.stand.seen(name, h.last, h.asOf)
			return true
		}
	}
}
