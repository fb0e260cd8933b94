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
const namesAtOnce = 10_000

// sqlStreams gives, in one round trip, where each stream stands and the events of the
// first streams as far as they fit a page together ($2). A stream that does not fit
// comes as one row without an event. For the LIMIT see sqlRanges.
const sqlStreams = `
SELECT s.ord, e.position, e.revision::bigint, e.record, e.head, s.key, s.last
FROM (
	SELECT u.ord, t.key, t.revision AS last,
		(sum(t.revision + 1) OVER (ORDER BY u.ord))::bigint AS upto
	FROM unnest($1::text[]) WITH ORDINALITY u(name, ord)
	JOIN ledger.stream t ON t.name = u.name
) s
LEFT JOIN LATERAL (
	SELECT * FROM ledger.event e WHERE e.stream = s.key ORDER BY e.revision
	LIMIT CASE WHEN s.upto <= $2 THEN s.last + 1 ELSE 0 END
) e ON true
ORDER BY s.ord, e.revision`

// ReadStreams implements ledger.Log. Each part of up to 10,000 streams is read as of one
// moment; histories that fit one page together take one round trip.
func (l *Log) ReadStreams(
	ctx context.Context, streams ...ledger.StreamID,
) iter.Seq2[ledger.Event, error] {
	return func(yield func(ledger.Event, error) bool) {
		if err := ctx.Err(); err != nil {
			yield(ledger.Event{}, err)
			return
		}
		for len(streams) > 0 {
			n := min(len(streams), namesAtOnce)
			if !l.readStreams(ctx, streams[:n], yield) {
				return
			}
			streams = streams[n:]
		}
	}
}

func (l *Log) readStreams(
	ctx context.Context, names []ledger.StreamID, yield func(ledger.Event, error) bool,
) bool {
	h := histories{log: l, rows: pageRows}
	page, err := h.first(ctx, names)
	for {
		if err != nil {
			page, err = nil, fmt.Errorf("read streams: %w", err)
		}
		if !give(ctx, page, err, yield) {
			return false
		}
		if h.done() {
			return true
		}
		page, err = h.next(ctx)
	}
}

// histories is the way through some streams: which there are, how long each is, and
// which event comes next.
type histories struct {
	log      *Log
	streams  []history
	current  int             // index of the stream being read
	upcoming ledger.Revision // its next revision
	rows     int             // size of the next page
}

type history struct {
	name ledger.StreamID
	key  int64
	last ledger.Revision
}

func (h *histories) done() bool { return h.current == len(h.streams) }

// first learns where the streams stand and gets the first page.
func (h *histories) first(
	ctx context.Context, names []ledger.StreamID,
) ([]ledger.Event, error) {
	arguments := []any{pgx.QueryResultFormats{1, 1, 1, 1, 1, 1, 1}, names, pageRows}
	var (
		events  []ledger.Event
		copies  arena
		ordinal int64
		full    bool
	)
	err := h.query(ctx, sqlStreams, arguments, func(raw [][]byte) (bool, error) {
		if len(raw) != 7 || len(raw[0]) != 8 || len(raw[5]) != 8 || len(raw[6]) != 8 {
			return false, fmt.Errorf("%w: a row has an unexpected shape", ledger.ErrCorrupt)
		}
		if n := int64(binary.BigEndian.Uint64(raw[0])); n != ordinal {
			ordinal = n
			h.streams = append(h.streams, history{
				name: names[n-1],
				key:  int64(binary.BigEndian.Uint64(raw[5])),
				last: ledger.Revision(binary.BigEndian.Uint64(raw[6])),
			})
		}
		if raw[1] == nil || full {
			// Without an event the row only tells where the stream stands; once a page
			// is full of large records, the rest of its events is read again later.
			return true, nil
		}
		e, err := h.open(raw[:5], len(h.streams)-1, &copies)
		events = append(events, e)
		full = copies.size > pageBytes
		return true, err
	})
	h.adapt(len(events), copies.size)
	return events, err
}

// next gets a page of what is left.
func (h *histories) next(ctx context.Context) ([]ledger.Event, error) {
	var (
		ranges ranges
		events []ledger.Event
		copies arena
	)
	left := ledger.Revision(h.rows)
	first, from := h.current, h.upcoming
	for i := first; i < len(h.streams) && left > 0; i++ {
		s := &h.streams[i]
		to := min(s.last, from+left-1)
		ranges.add(s.key, from, to)
		left -= to - from + 1
		from = 0
	}
	wanted := h.rows - int(left)
	err := h.query(ctx, sqlRanges, ranges.arguments(), func(raw [][]byte) (bool, error) {
		if len(raw[0]) != 8 {
			return false, fmt.Errorf("%w: a row has an unexpected shape", ledger.ErrCorrupt)
		}
		ordinal := int(binary.BigEndian.Uint64(raw[0]))
		e, err := h.open(raw, first+ordinal-1, &copies)
		events = append(events, e)
		return copies.size <= pageBytes, err
	})
	if err == nil && len(events) < wanted && copies.size <= pageBytes {
		err = h.gap()
	}
	h.adapt(len(events), copies.size)
	return events, err
}

// open makes an event of a row, which must be the next one.
func (h *histories) open(raw [][]byte, index int, copies *arena) (ledger.Event, error) {
	r, err := parseRow(raw)
	if err != nil {
		return ledger.Event{}, err
	}
	if index != h.current || r.revision != h.upcoming {
		return ledger.Event{}, h.gap()
	}
	s := &h.streams[index]
	if h.upcoming++; h.upcoming > s.last {
		h.current, h.upcoming = h.current+1, 0
	}
	return ledger.Open(s.name, r.revision, r.position, copies.copy(r.record), r.head)
}

// gap says that the next event is not there.
func (h *histories) gap() error {
	return fmt.Errorf("%w: event %d of stream %s is missing",
		ledger.ErrCorrupt, h.upcoming, h.streams[h.current].name)
}

// adapt makes the next page smaller when records are large.
func (h *histories) adapt(events, size int) {
	h.rows = pageRows
	if size > pageBytes/2 {
		h.rows = max(1, pageBytes/2*events/size)
	}
}

// query calls each for every row until it gives false or an error. Rows left unread end
// the connection, which is cheaper than reading them.
func (h *histories) query(
	ctx context.Context, sql string, arguments []any, each func([][]byte) (bool, error),
) error {
	queryCtx, cancel := context.WithCancel(ctx)
	defer cancel()
	rows, err := h.log.pool.Query(queryCtx, sql, arguments...)
	if err != nil {
		return storeError(err)
	}
	defer rows.Close()
	for rows.Next() {
		more, err := each(rows.RawValues())
		if err != nil || !more {
			cancel()
			return err
		}
	}
	return storeError(rows.Err())
}
