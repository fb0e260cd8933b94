package pglog

import (
	"context"
	"encoding/binary"
	"fmt"
	"math"
	"slices"

	"github.com/jackc/pgx/v5"

	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/ledger/pglog/segment"
)

// segmentsAtOnce bounds the segments of one query: 8 MB, some 80,000 events.
const segmentsAtOnce = 1_024

// sqlSealed gives the last sealed position. Sealed partitions are the first ones.
const sqlSealed = `SELECT coalesce(max(upper), 1) - 1 FROM ledger.event_sealed`

// sqlSegments gives, in their order, the segments that hold the events after position p from
// stream a, revision ar to stream z, revision zr, for each row (a, ar, z, zr, p) of a query
// that is put in between. In each pack those begin with the last one that begins at or before the
// first event, and end with the last one that begins at or before the last event: two
// probes of an index, and one where both are the same. What a row has in common with those
// before is given once.
const (
	sqlSegments = `
SELECT w.pack, g.number, g.data FROM (
	SELECT p.pack, z.number AS last, greatest(a.number, 1 + max(z.number) OVER (
		PARTITION BY p.pack ORDER BY a.number, z.number
		ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)) AS first
	FROM (`
	sqlSegmentsOf = `) s
	JOIN ledger.event_sealed p ON p.streams >= s.a AND p.upper > s.p
	CROSS JOIN LATERAL (
		SELECT g.number, g.stream, g.revision FROM ledger.segment g
		WHERE g.pack = p.pack AND (g.stream, g.revision) <= (s.z, s.zr)
		ORDER BY g.stream DESC, g.revision DESC LIMIT 1
	) z
	CROSS JOIN LATERAL (
		SELECT CASE WHEN (z.stream, z.revision) <= (s.a, s.ar) THEN z.number ELSE coalesce((
			SELECT g.number FROM ledger.segment g
			WHERE g.pack = p.pack AND (g.stream, g.revision) <= (s.a, s.ar)
			ORDER BY g.stream DESC, g.revision DESC LIMIT 1
		), 0) END AS number OFFSET 0 -- computed once
	) a
) w
CROSS JOIN LATERAL (
	SELECT g.number, g.data FROM ledger.segment g
	WHERE g.pack = w.pack AND g.number BETWEEN w.first AND w.last ORDER BY g.number LIMIT $1
) g
LIMIT $1`
	sqlSegmentsOfNames = sqlSegments + `
		SELECT t.key AS a, u.revision + 1 AS ar, t.key AS z, 2147483647 AS zr, u.position AS p
		FROM ` + sqlKeys + sqlSegmentsOf
	sqlSegmentsOfSpans = sqlSegments + `
		SELECT *, 0 AS p FROM unnest($2::integer[], $3::integer[], $4::integer[], $5::integer[])
			s(a, ar, z, zr)` + sqlSegmentsOf
	// sqlSegmentsOfName gives the segments that hold events of the stream that is named in $2:
	// in each pack from the last one that begins at or before its first event, unless that
	// ends before the stream.
	sqlSegmentsOfName = `
SELECT p.pack, g.number, g.data
FROM ledger.stream t
CROSS JOIN LATERAL (
	SELECT p.pack FROM ledger.event_sealed p WHERE p.streams >= t.key ORDER BY p.lower
) p
LEFT JOIN LATERAL (
	SELECT g.stream, g.revision FROM ledger.segment g
	WHERE g.pack = p.pack AND (g.stream, g.revision) <= (t.key, 0)
	ORDER BY g.stream DESC, g.revision DESC LIMIT 1
) a ON true
CROSS JOIN LATERAL (
	SELECT g.number, g.data FROM ledger.segment g
	WHERE g.pack = p.pack AND g.stream <= t.key AND g.last >= t.key
		AND (g.stream, g.revision) >= (coalesce(a.stream, 0), coalesce(a.revision, 0))
	ORDER BY g.stream, g.revision LIMIT $1
) g
WHERE t.name = $2
LIMIT $1`
	// sqlSegmentOfName gives of each pack the last segment that may hold events of the stream,
	// which is the only one unless the stream begins before it: half of what sqlSegmentsOfName
	// looks for.
	sqlSegmentOfName = `
SELECT p.pack, g.number, g.data
FROM ledger.stream t
CROSS JOIN LATERAL (
	SELECT p.pack FROM ledger.event_sealed p WHERE p.streams >= t.key ORDER BY p.lower
) p
CROSS JOIN LATERAL (
	SELECT g.number, g.last, g.data FROM ledger.segment g
	WHERE g.pack = p.pack AND (g.stream, g.revision) <= (t.key, 2147483647)
	ORDER BY g.stream DESC, g.revision DESC LIMIT 1
) g
WHERE t.name = $2 AND g.last >= t.key
LIMIT $1`
	// sqlKeys finds the streams that are named in $2, whose marks are $3 and $4. The lists go
	// through queries of their own, so that their length is nothing that plans depend on: one
	// plan serves all calls, where a plan for each list would cost more than the reading.
	sqlKeys = `unnest(ARRAY(SELECT unnest($2::text[])), ARRAY(SELECT unnest($3::integer[])),
			ARRAY(SELECT unnest($4::bigint[]))) WITH ORDINALITY u(name, revision, position, ord)
		JOIN ledger.stream t ON t.name = u.name`
)

// sealedUpTo is the last sealed position that this process knows of; there may be more.
func (l *Log) sealedUpTo() ledger.Position { return ledger.Position(l.sealed.Load()) }

// sawSealed takes over what a query said.
func (l *Log) sawSealed(p int64) {
	for old := l.sealed.Load(); p > old && !l.sealed.CompareAndSwap(old, p); {
		old = l.sealed.Load()
	}
}

// reading collects what queries find in segments and in the table, and makes one page of
// it. An event that was sealed between two queries may be found twice, but never missed,
// as long as the table is asked first.
type reading struct {
	log  *Log
	page *page
	// wants tells whether the events of a stream are wanted from a revision on, to another.
	wants func(stream int32) (from, to ledger.Revision)
	most  bool  // nearly all that is found is wanted
	pack  int32 // the last of the page's packs
}

// row takes a row of the table over.
func (r *reading) row(raw [][]byte) error {
	row, err := parseRow(raw)
	if err != nil {
		return err
	}
	row.Record = r.page.copies.copy(row.Record)
	r.page.table = append(r.page.table, row)
	return nil
}

// tooMuch tells that the page is full.
func (r *reading) tooMuch() bool { return r.page.copies.size > pageBytes }

// segments takes over what is wanted of the segments that a query gives; full tells that
// it stopped early.
func (r *reading) segments(rows pgx.Rows) (full bool, err error) {
	defer func() {
		if !full {
			rows.Close()
		}
	}()
	u := r.log.unpackers.Get().(*unpacker) //nolint:forcetypeassert // nothing else is in it
	defer r.log.unpackers.Put(u)
	for n := 0; rows.Next(); n++ {
		raw := rows.RawValues()
		if len(raw) != 3 || len(raw[0]) != 4 || len(raw[1]) != 4 {
			return false, errShape
		}
		if n == segmentsAtOnce || r.tooMuch() {
			return true, nil
		}
		run := r.run(int32(binary.BigEndian.Uint32(raw[0])))
		if r.most {
			err = r.unpack(u, run, raw[2])
		} else if u.rows, err = u.UnpackWanted(u.rows[:0], raw[2], r.wanted); err == nil {
			r.take(run, u.rows)
		}
		if err != nil {
			return false, fmt.Errorf("segment %d of pack %d: %w",
				binary.BigEndian.Uint32(raw[1]), binary.BigEndian.Uint32(raw[0]), err)
		}
	}
	return false, storeError(rows.Err())
}

// wanted tells whether any event of a stream is.
func (r *reading) wanted(stream int32) bool {
	from, to := r.wants(stream)
	return from <= to
}

// run gives the page's rows of a pack.
func (r *reading) run(pack int32) *[]segment.Row {
	packs := &r.page.packs
	if pack != r.pack {
		r.pack = pack
		n := len(*packs)
		*packs = slices.Grow(*packs, 1)[:n+1]
		(*packs)[n] = (*packs)[n][:0] // its room may be from a page before
	}
	return &(*packs)[len(*packs)-1]
}

// take copies what is wanted.
func (r *reading) take(run *[]segment.Row, rows []segment.Row) {
	r.pick(rows, func(row *segment.Row) {
		*run = append(*run, *row)
		(*run)[len(*run)-1].Record = r.page.copies.copy(row.Record)
	})
}

// unpack adds a segment to the run where it stands, and leaves out what is not wanted.
func (r *reading) unpack(u *unpacker, run *[]segment.Row, data []byte) (err error) {
	begin := len(*run)
	if cap(*run)-begin < segmentRows {
		*run = slices.Grow(*run, begin+segmentRows) // twice as much: a page has many segments
	}
	if *run, err = u.UnpackInto(*run, data, r.page.copies.room); err != nil {
		return err
	}
	kept := (*run)[:begin]
	r.pick((*run)[begin:], func(row *segment.Row) { kept = append(kept, *row) })
	*run = kept
	return nil
}

// segmentRows is more than a usual segment has.
const segmentRows = 256

// pick calls do with the rows that are wanted.
func (r *reading) pick(rows []segment.Row, do func(*segment.Row)) {
	stream, from, to := int32(0), ledger.Revision(0), ledger.Revision(0)
	for i := range rows {
		row := &rows[i]
		if row.Stream != stream {
			stream = row.Stream
			from, to = r.wants(stream)
		}
		if row.Revision >= from && row.Revision <= to {
			do(row)
		}
	}
}

// merge puts all into the page, stream by stream and by revision. The packs follow one
// another in time, and the table follows them.
func (r *reading) merge() {
	p := r.page
	p.runs = append(append(p.runs[:0], p.packs...), p.table)
	runs, count := p.runs, 0
	for _, run := range runs {
		count += len(run)
	}
	p.rows = slices.Grow(p.rows, count)
	for {
		stream := int32(math.MaxInt32)
		for _, run := range runs {
			if len(run) > 0 {
				stream = min(stream, run[0].Stream)
			}
		}
		if stream == math.MaxInt32 {
			return
		}
		last := ledger.NoStream
		for i := range runs {
			run := runs[i]
			n := 0
			for ; n < len(run) && run[n].Stream == stream; n++ {
				if run[n].Revision > last {
					last = run[n].Revision
					p.rows = append(p.rows, run[n])
				}
			}
			runs[i] = run[n:]
		}
	}
}

// unpacker is the memory of one goroutine that unpacks.
type unpacker struct {
	*segment.Unpacker
	rows []segment.Row
}

// span is a part of the ledger in the order of streams and revisions, both ends included;
// revisions other than 0 and MaxInt32 are for one stream only.
type span struct {
	first, last int32
	from, to    int32
	// headless: nobody asks for the heads of what the table holds.
	headless bool
}

// sqlSpan gives the events of a span in the table, with or without their heads, in the order
// in which they lie there: neighbouring streams are reported together, so that many of their
// rows lie on the same pages, and each page is visited once.
const (
	sqlSpan         = `SELECT ` + columns + sqlSpanOf
	sqlSpanHeadless = `SELECT ` + ownColumns + sqlSpanOf
	sqlSpanOf       = ` FROM ledger.event e
WHERE (e.stream, e.revision) >= ($1, $2) AND (e.stream, e.revision) <= ($3, $4) LIMIT $5`
)

// sqlSpanPlan leaves the planner one way for sqlSpan, to gather from the index where the
// rows lie, whatever its statistics say; sqlSpanPlanned gives it the others back.
const (
	sqlSpanPlan = `SELECT set_config('enable_indexscan', 'off', true),
	set_config('enable_seqscan', 'off', true),
	set_config('max_parallel_workers_per_gather', '0', true)`
	sqlSpanPlanned = `SELECT set_config('enable_indexscan', 'on', true),
	set_config('enable_seqscan', 'on', true)`
)

// spanRows bounds the rows of the table in one page of a span.
const spanRows = 40_000

// readSpan fills a page with the rows of a span and their shared parts; over tells that it
// is too much for a page. A single event is never too much.
func (l *Log) readSpan(ctx context.Context, s span, p *page) (over bool, err error) {
	for {
		p.reset()
		r := reading{log: l, page: p, most: true,
			wants: func(stream int32) (from, to ledger.Revision) {
				if stream < s.first || stream > s.last {
					return 1, 0
				}
				return ledger.Revision(s.from), ledger.Revision(s.to)
			}}
		known := l.sealedUpTo()
		over, err := r.querySpan(ctx, s)
		if err != nil || over && (s.first < s.last || s.from < s.to) {
			return over, err
		}
		if known == l.sealedUpTo() {
			p.arrange(s.first, s.last)
			if len(p.packs) > 0 {
				r.merge()
			} else { // the table has all
				p.rows, p.table = p.table, p.rows
			}
			return false, p.findParts(ctx, l.parts)
		}
	}
}

func (r *reading) querySpan(ctx context.Context, s span) (over bool, err error) {
	conn, err := r.log.pool.Acquire(ctx)
	if err != nil {
		return false, storeError(err)
	}
	defer conn.Release()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel() // before Release: an unread rest ends the connection, not our memory
	b := &pgx.Batch{}
	b.Queue(`BEGIN READ ONLY`)
	b.Queue(sqlSpanPlan)
	b.Queue(sqlSealed)
	sql := sqlSpan
	if s.headless {
		sql = sqlSpanHeadless
	}
	b.Queue(sql, s.first, s.from, s.last, s.to, spanRows+1)
	sealed := r.log.sealedUpTo() > 0
	if sealed {
		b.Queue(sqlSpanPlanned)
		b.Queue(sqlSegmentsOfSpans, segmentsAtOnce+1,
			[]int32{s.first}, []int32{s.from}, []int32{s.last}, []int32{s.to})
	}
	b.Queue(`COMMIT`)
	results := conn.SendBatch(ctx, b)
	over, err = r.spanResults(results, sealed)
	if over || err != nil {
		cancel()
		_ = results.Close()
		return over, err
	}
	return false, storeError(results.Close())
}

func (r *reading) spanResults(results pgx.BatchResults, sealed bool) (over bool, err error) {
	for range 2 {
		if _, err := results.Exec(); err != nil {
			return false, storeError(err)
		}
	}
	var upTo int64
	if err := results.QueryRow().Scan(&upTo); err != nil {
		return false, storeError(err)
	}
	r.log.sawSealed(upTo)
	rows, err := results.Query()
	if err != nil {
		return false, storeError(err)
	}
	for n := 0; rows.Next(); n++ {
		if n == spanRows || n > 0 && r.tooMuch() {
			return true, nil
		}
		if err := r.row(rows.RawValues()); err != nil {
			return false, err
		}
	}
	if err := rows.Err(); err != nil || !sealed {
		return false, storeError(err)
	}
	if _, err := results.Exec(); err != nil {
		return false, storeError(err)
	}
	if rows, err = results.Query(); err != nil {
		return false, storeError(err)
	}
	return r.segments(rows)
}
