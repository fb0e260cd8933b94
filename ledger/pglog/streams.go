package pglog

import (
	"context"
	"encoding/binary"
	"fmt"
	"iter"
	"math"

	"github.com/jackc/pgx/v5"

	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/ledger/pglog/segment"
)

// namesAtOnce bounds the streams of one query; a longer list is read in parts.
const namesAtOnce = 1_000

// sqlStreams gives, as of one moment, the events after marks that stand in the table, the
// head of the ledger and the last sealed position. The inner query stands behind a LIMIT,
// so that the planner must run it once for each stream by the index and can never choose
// to read whole partitions because of stale statistics.
const sqlStreams = `
SELECT s.ord, s.key, (SELECT position FROM ledger.head), (` + sqlSealed + `), ` + columns + `
FROM (
	SELECT u.ord, t.key, u.revision AS known FROM ` + sqlKeys + `
) s
LEFT JOIN LATERAL (
	SELECT * FROM ledger.event e WHERE e.stream = s.key AND e.revision > s.known
	ORDER BY e.revision LIMIT $1
) e ON true
ORDER BY s.key, e.revision`

// sqlStream is sqlStreams for one stream, as most ask for one: what is said once stands in a
// row of its own, without a revision. Asked for in their order, and behind a LIMIT that the
// planner does not know, the events of each partition are read by the index; a bitmap of their
// pages, which it would take otherwise, costs more than it spares for a few dozen events.
const sqlStream = `
SELECT (SELECT position FROM ledger.head), t.key, NULL::integer, NULL::integer, NULL::smallint,
	int8send((` + sqlSealed + `)), NULL::bytea
FROM ledger.stream t WHERE t.name = $2
UNION ALL
(SELECT ` + columns + ` FROM ledger.event e
WHERE e.stream = (SELECT key FROM ledger.stream WHERE name = $2) ORDER BY e.revision LIMIT $1)`

// ReadStreams implements ledger.Log. Up to 1,000 streams take one round trip, and fewer
// where their events would be too many for one page; each is then read as of one moment. A
// stream that is too long for a page is read part by part.
func (l *Log) ReadStreams(
	ctx context.Context, streams ...ledger.StreamID,
) iter.Seq2[ledger.Event, error] {
	return l.ReadAfter(ctx, beginnings(streams)...)
}

// beginnings are marks of streams of which nothing is known.
func beginnings(streams []ledger.StreamID) []ledger.Mark {
	marks := make([]ledger.Mark, len(streams))
	for i, s := range streams {
		marks[i] = ledger.Mark{Stream: s, Revision: ledger.NoStream}
	}
	return marks
}

// ReadAfter implements ledger.Log, as ReadStreams.
func (l *Log) ReadAfter(
	ctx context.Context, marks ...ledger.Mark,
) iter.Seq2[ledger.Event, error] {
	return func(yield func(ledger.Event, error) bool) {
		page := l.pages.take()
		defer l.pages.give(page)
		l.readAfter(ctx, marks, page, byValue(yield))
	}
}

// LendStream implements ledger.Lender.
func (l *Log) LendStream(
	ctx context.Context, stream ledger.StreamID, do func(*ledger.Event) error,
) (err error) {
	page := l.lent.take()
	defer l.lent.give(page)
	l.readAfter(ctx, []ledger.Mark{{Stream: stream, Revision: ledger.NoStream}}, page,
		func(e *ledger.Event, failed error) bool {
			if err = failed; err == nil {
				err = do(e)
			}
			return err == nil
		})
	return err
}

func (l *Log) readAfter(
	ctx context.Context, marks []ledger.Mark, page *page, yield yielding,
) {
	if err := ctx.Err(); err != nil {
		yield(nil, err)
		return
	}
	h := histories{log: l, atOnce: namesAtOnce, page: page}
	for len(marks) > 0 {
		h.marks = marks[:min(len(marks), h.atOnce)]
		over, err := h.gather(ctx)
		switch {
		case err != nil:
			give(ctx, nil, fmt.Errorf("read streams: %w", err), yield)
			return
		case over && len(h.marks) > 1:
			h.atOnce = len(h.marks) / 2
			continue
		case over && !h.giveLong(ctx, yield), !over && !h.giveAll(ctx, yield):
			return
		}
		marks = marks[len(h.marks):]
	}
}

// histories reads some streams after their marks.
type histories struct {
	log    *Log
	atOnce int
	marks  []ledger.Mark

	page *page
	keys []int32          // of marks; 0 of a stream that does not exist
	runs map[int32][2]int // where a key's events stand in the page
	asOf ledger.Position  // the head that the snapshot had
	last standing         // where the stream stands whose events come
	full bool             // the one stream needs more than a segment of a pack
}

// gather gets all that comes after the marks; over tells that it is too much.
func (h *histories) gather(ctx context.Context) (over bool, err error) {
	for {
		h.page.reset()
		h.keys = append(h.keys[:0], make([]int32, len(h.marks))...)
		r := reading{log: h.log, page: h.page}
		known := h.log.sealedUpTo()
		if over, err = h.query(ctx, &r, known > 0); over || err != nil {
			return over, err
		}
		if known != h.log.sealedUpTo() {
			continue
		}
		r.merge()
		if h.wholeOne() && !h.full && gaps(h.page.rows) {
			h.full = true
			continue
		}
		return false, h.open(ctx)
	}
}

// gaps tells whether the rows of a stream are not all there are up to the last.
func gaps(rows []segment.Row) bool {
	return len(rows) > 0 && rows[len(rows)-1].Revision != ledger.Revision(len(rows)-1)
}

// open completes the page.
func (h *histories) open(ctx context.Context) error {
	if err := h.page.complete(ctx, h.log.parts); err != nil {
		return err
	}
	rows := h.page.rows
	h.runs = make(map[int32][2]int, len(h.marks))
	for from, to := 0, 0; from < len(rows); from = to {
		for to < len(rows) && rows[to].Stream == rows[from].Stream {
			to++
		}
		h.runs[rows[from].Stream] = [2]int{from, to}
	}
	for i, key := range h.keys {
		run := h.runs[key]
		for j := run[0]; j < run[1]; j++ {
			h.page.events[j].Stream = h.marks[i].Stream
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
	h.ask(b, sealed)
	results := conn.SendBatch(ctx, b)
	over, err = h.results(results, r, sealed)
	if over || err != nil {
		cancel()
		_ = results.Close()
		return over, err
	}
	return false, storeError(results.Close())
}

// ask queues the statements of query.
func (h *histories) ask(b *pgx.Batch, sealed bool) {
	if h.wholeOne() {
		b.Queue(sqlStream, spanRows+1, h.marks[0].Stream)
		switch {
		case sealed && h.full:
			b.Queue(sqlSegmentsOfName, segmentsAtOnce+1, h.marks[0].Stream)
		case sealed:
			b.Queue(sqlSegmentOfName, segmentsAtOnce+1, h.marks[0].Stream)
		}
		return
	}
	names, revisions := make([]ledger.StreamID, len(h.marks)), make([]int32, len(h.marks))
	positions := make([]int64, len(h.marks))
	for i, m := range h.marks {
		names[i], revisions[i], positions[i] = m.Stream, int32(m.Revision), int64(m.Position)
	}
	b.Queue(sqlStreams, spanRows+1, names, revisions, positions)
	if sealed {
		b.Queue(sqlSegmentsOfNames, segmentsAtOnce+1, names, revisions, positions)
	}
}

// wholeOne tells that one stream is read from its beginning.
func (h *histories) wholeOne() bool {
	return len(h.marks) == 1 && h.marks[0].Revision == ledger.NoStream
}

func (h *histories) results(
	results pgx.BatchResults, r *reading, sealed bool,
) (over bool, err error) {
	rows, err := results.Query()
	if err != nil {
		return false, storeError(err)
	}
	take := h.row
	if h.wholeOne() {
		take = h.rowOfOne
	}
	for rows.Next() {
		if over, err = take(rows.RawValues(), r); over || err != nil {
			return over, err
		}
	}
	if err := rows.Err(); err != nil {
		return false, storeError(err)
	}
	if !sealed {
		return false, nil
	}
	wanted := make(map[int32]ledger.Revision, len(h.keys))
	for i, key := range h.keys {
		wanted[key] = h.marks[i].Revision + 1
	}
	r.wants = func(stream int32) (from, to ledger.Revision) {
		if from, ok := wanted[stream]; ok {
			return from, math.MaxInt32
		}
		return 1, 0
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
	h.know(int(binary.BigEndian.Uint64(raw[0]))-1, raw[1], raw[2], raw[3])
	if raw[4] == nil { // nothing of it stands in the table
		return false, nil
	}
	return h.event(raw[4:], r)
}

// rowOfOne takes a row of sqlStream over.
func (h *histories) rowOfOne(raw [][]byte, r *reading) (over bool, err error) {
	if len(raw) != columnCount {
		return false, errShape
	}
	if raw[2] != nil {
		return h.event(raw, r)
	}
	if len(raw[0]) != 8 || len(raw[1]) != 4 || len(raw[5]) != 8 {
		return false, errShape
	}
	h.know(0, raw[1], raw[0], raw[5])
	return false, nil
}

// know takes over what rows say beside events.
func (h *histories) know(mark int, key, head, sealed []byte) {
	h.keys[mark] = int32(binary.BigEndian.Uint32(key))
	h.asOf = ledger.Position(binary.BigEndian.Uint64(head))
	h.log.sawSealed(int64(binary.BigEndian.Uint64(sealed)))
}

// event takes an event of the table over.
func (h *histories) event(raw [][]byte, r *reading) (over bool, err error) {
	if err := r.row(raw); err != nil {
		return false, err
	}
	return r.tooMuch() || len(r.page.table) > spanRows, nil
}

// giveAll yields the streams of the page in the order of the marks.
func (h *histories) giveAll(ctx context.Context, yield yielding) bool {
	for i, key := range h.keys {
		if key == 0 {
			continue
		}
		run, mark := h.runs[key], h.marks[i]
		if run[0] == run[1] {
			if mark.Revision > ledger.NoStream {
				continue // nothing new
			}
			return give(ctx, nil, fmt.Errorf("read streams: %w: stream %s has no events",
				ledger.ErrCorrupt, mark.Stream), yield)
		}
		h.last = standing{key: key, revision: mark.Revision}
		if !h.give(ctx, h.page.events[run[0]:run[1]], yield) {
			return false
		}
		h.log.stand.seen(mark.Stream, h.last, h.asOf)
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
	key, name := h.keys[0], h.marks[0].Stream
	h.last = standing{key: key, revision: h.marks[0].Revision}
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
