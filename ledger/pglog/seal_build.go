package pglog

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"

	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/ledger/pglog/segment"
)

const (
	// sealRows is the number of events that are packed and stored at once.
	sealRows = 16_000
	// segmentBytesUsual fills half a page, beside the row's other bytes. A whole one would
	// save three bytes an event and cost a history of few events twice the unpacking.
	segmentBytesUsual = 4_030
	// segmentGuess is how many events the first segment is tried with.
	segmentGuess = 48
)

// errSealDiffers: what was packed is not what it was made from.
var errSealDiffers = errors.New("the packed partition differs from the original")

// packed is a segment on its way into the table.
type packed struct {
	number int32
	rows   []segment.Row
	data   []byte
}

// build packs what is not packed yet, batch after batch, each in a transaction of its own.
func (p *sealing) build(ctx context.Context) error {
	number, stream, revision, err := p.resume(ctx)
	if err != nil {
		return err
	}
	p.guess = segmentGuess
	var events int64
	for limit := ledger.Position(sealRows); ; {
		batch := &page{}
		full, err := p.read(ctx, stream, revision, int64(limit), batch)
		if err != nil || len(batch.rows) == 0 {
			return err
		}
		limit = min(pageSize(len(batch.rows), batch.copies.size)*sealRows/pageRows, sealRows)
		list, err := p.segments(batch.rows, number)
		if err != nil {
			return err
		}
		if err := p.store(ctx, list); err != nil {
			return err
		}
		last := batch.rows[len(batch.rows)-1]
		number += int32(len(list))
		stream, revision = last.Stream, int32(last.Revision)
		if events += int64(len(batch.rows)); p.options.Progress != nil {
			p.options.Progress(events, p.upper-p.lower)
		}
		if !full {
			return nil
		}
		if err := pause(ctx, p.options.Pause); err != nil {
			return err
		}
	}
}

// resume gives the next number and the last event that is packed.
func (p *sealing) resume(ctx context.Context) (number, stream, revision int32, err error) {
	var data []byte
	err = p.conn.QueryRow(ctx, `SELECT number, data FROM ledger.segment WHERE pack = $1
		ORDER BY number DESC LIMIT 1`, p.pack).Scan(&number, &data)
	if errors.Is(err, pgx.ErrNoRows) {
		return 0, 0, math.MaxInt32, nil
	}
	if err != nil {
		return 0, 0, 0, err
	}
	rows, err := p.log.codec.NewUnpacker().Unpack(nil, data)
	if err != nil || len(rows) == 0 {
		return 0, 0, 0, fmt.Errorf("%w: %w", errSealDiffers, err)
	}
	last := rows[len(rows)-1]
	return number + 1, last.Stream, int32(last.Revision), nil
}

// read gets the next events of the partition; full tells that there may be more.
func (p *sealing) read(
	ctx context.Context, stream, revision int32, limit int64, batch *page,
) (full bool, err error) {
	conn, err := p.log.pool.Acquire(ctx)
	if err != nil {
		return false, err
	}
	defer conn.Release()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel() // before Release: an unread rest ends the connection, not our memory
	b := &pgx.Batch{}
	b.Queue(`BEGIN READ ONLY`)
	b.Queue(`SET LOCAL enable_sort = off`) // the index has this order, whatever statistics say
	b.Queue(fmt.Sprintf(`SELECT `+columns+` FROM ledger.event_%d e
		WHERE (e.stream, e.revision) > ($1, $2) ORDER BY e.stream, e.revision LIMIT $3`, p.lower),
		stream, revision, limit)
	b.Queue(`COMMIT`)
	results := conn.SendBatch(ctx, b)
	defer func() {
		if full || err != nil {
			cancel()
		}
		if closeErr := results.Close(); err == nil && !full {
			err = closeErr
		}
		full = full || int64(len(batch.rows)) == limit
	}()
	for range 2 {
		if _, err := results.Exec(); err != nil {
			return false, err
		}
	}
	rows, err := results.Query()
	if err != nil {
		return false, err
	}
	for rows.Next() {
		row, err := parseRow(rows.RawValues())
		if err != nil {
			return false, err
		}
		if batch.add(&row); batch.copies.size > pageBytes {
			return true, nil
		}
	}
	return false, rows.Err()
}

// segments packs rows, as many into each segment as fit and are not better packed with those
// after them.
func (p *sealing) segments(rows []segment.Row, number int32) ([]packed, error) {
	var list []packed
	for len(rows) > 0 {
		n, data, err := p.fit(rows)
		if whole := wholeStreams(rows, n); err == nil && whole < n {
			n = whole
			data, err = p.log.codec.Pack(nil, rows[:n])
		}
		if err != nil {
			return nil, err
		}
		list = append(list, packed{number, rows[:n], data})
		rows, number = rows[n:], number+1
	}
	return list, nil
}

// wholeStreams gives how many of the first n rows make a segment that ends with a stream, if
// that leaves at least half of them, or n: a history of few events is then in one segment of
// each pack, and one of many shares fewer with others.
func wholeStreams(rows []segment.Row, n int) int {
	if n == len(rows) {
		return n
	}
	for end := n; end >= max(n/2, 1); end-- {
		if rows[end-1].Stream != rows[end].Stream {
			return end
		}
	}
	return n
}

// fit packs the first rows into one segment.
func (p *sealing) fit(rows []segment.Row) (n int, data []byte, err error) {
	limit := p.log.options.segmentBytes
	for try, best := min(p.guess, len(rows)), 0; ; {
		packed, err := p.log.codec.Pack(nil, rows[:try])
		if err != nil {
			return 0, nil, err
		}
		size := len(packed)
		if size <= limit || try == 1 {
			best, data = try, packed
		}
		// What is left of the page is filled when it is more than a twentieth.
		next := try * limit / size
		switch {
		case size > limit && try > 1 && best == 0:
			try = max(min(next-1, try-1), 1)
		case best == try && size < limit-limit/20 && next > try+1 && try < len(rows):
			try = min(next, len(rows))
		default:
			p.guess = max(best, 2)
			return best, data, nil
		}
	}
}

// store writes segments and compares what is stored with what they were made from.
func (p *sealing) store(ctx context.Context, list []packed) error {
	return pgx.BeginFunc(ctx, p.conn, func(tx pgx.Tx) error {
		_, err := tx.CopyFrom(ctx, pgx.Identifier{"ledger", "segment"},
			[]string{"pack", "number", "stream", "revision", "last", "data"},
			pgx.CopyFromSlice(len(list), func(i int) ([]any, error) {
				s := &list[i]
				first, last := s.rows[0], s.rows[len(s.rows)-1]
				return []any{p.pack, s.number, first.Stream, int32(first.Revision), last.Stream,
					s.data}, nil
			}))
		if err != nil {
			return err
		}
		rows, err := tx.Query(ctx, `SELECT data FROM ledger.segment
			WHERE pack = $1 AND number >= $2 ORDER BY number`, p.pack, list[0].number)
		if err != nil {
			return err
		}
		stored, err := pgx.CollectRows(rows, pgx.RowTo[[]byte])
		if err != nil {
			return err
		}
		if len(stored) != len(list) {
			return fmt.Errorf("%w: %d segments of %d", errSealDiffers, len(stored), len(list))
		}
		return p.compare(ctx, list, stored)
	})
}

// compare unpacks what is stored and checks each event, its hash and head.
func (p *sealing) compare(ctx context.Context, list []packed, stored [][]byte) error {
	var (
		got  page
		want []segment.Row
	)
	u := p.log.codec.NewUnpacker()
	for i, data := range stored {
		rows, err := u.Unpack(nil, data)
		if err != nil {
			return err
		}
		for j := range rows {
			got.add(&rows[j])
		}
		want = append(want, list[i].rows...)
	}
	if len(got.rows) != len(want) {
		return fmt.Errorf("%w: %d events of %d", errSealDiffers, len(got.rows), len(want))
	}
	if err := got.complete(ctx, p.log.parts); err != nil {
		return err
	}
	if err := p.log.names.resolve(ctx, &got); err != nil {
		return err
	}
	if err := got.open(); err != nil {
		return err
	}
	if err := got.chain(); err != nil {
		return err
	}
	for i := range got.rows {
		a, b := &got.rows[i], &want[i]
		same := a.Position == b.Position && a.Stream == b.Stream && a.Revision == b.Revision &&
			a.Context == b.Context && a.Type == b.Type && bytes.Equal(a.Record, b.Record)
		if !same || got.events[i].Head != b.Head {
			return fmt.Errorf("%w: event %d", errSealDiffers, b.Position)
		}
		if err := p.checkChain(&got, i); err != nil {
			return err
		}
	}
	return nil
}

// checkChain checks an event whose head was kept against the one before, if it is there:
// what was not right in the table must not be packed.
func (p *sealing) checkChain(got *page, i int) error {
	e := &got.events[i]
	var previous ledger.Hash
	if e.Revision > 0 {
		if i == 0 || got.rows[i-1].Stream != got.rows[i].Stream {
			return nil
		}
		previous = got.events[i-1].Head
	}
	if ledger.NextHead(e.Stream, e.Revision, previous, e.Hash()) != e.Head {
		return fmt.Errorf("%w: head of stream %s at revision %d does not match its bytes",
			ledger.ErrCorrupt, e.Stream, e.Revision)
	}
	return nil
}

// place writes where the event of each position is.
func (p *sealing) place(ctx context.Context) error {
	var done bool
	err := p.conn.QueryRow(ctx, `SELECT EXISTS (SELECT FROM ledger.segment_places
		WHERE pack = $1)`, p.pack).Scan(&done)
	if err != nil || done { // all are written in one transaction
		return err
	}
	numbers, err := p.numbers(ctx)
	if err != nil {
		return err
	}
	chunks := (len(numbers) + placesChunk - 1) / placesChunk
	_, err = p.conn.CopyFrom(ctx, pgx.Identifier{"ledger", "segment_places"},
		[]string{"pack", "position", "numbers"},
		pgx.CopyFromSlice(chunks, func(i int) ([]any, error) {
			first := i * placesChunk
			chunk := numbers[first:min(first+placesChunk, len(numbers))]
			return []any{p.pack, p.lower + int64(first), p.log.codec.PackNumbers(nil, chunk)}, nil
		}))
	return err
}

// numbers gives the segment of each position of the partition, four bytes for each.
func (p *sealing) numbers(ctx context.Context) ([]int32, error) {
	numbers := make([]int32, p.upper-p.lower)
	for i := range numbers {
		numbers[i] = -1
	}
	rows, err := p.conn.Query(ctx,
		`SELECT number, data FROM ledger.segment WHERE pack = $1 ORDER BY number`, p.pack)
	if err != nil {
		return nil, err
	}
	var (
		number int32
		data   pgtype.DriverBytes
		events []segment.Row
		found  int
		u      = p.log.codec.NewUnpacker()
	)
	_, err = pgx.ForEachRow(rows, []any{&number, &data}, func() error {
		if events, err = u.Unpack(events[:0], data); err != nil {
			return err
		}
		for i := range events {
			at := int64(events[i].Position) - p.lower
			if at < 0 || at >= int64(len(numbers)) || numbers[at] >= 0 {
				return fmt.Errorf("%w: event %d is in two segments or in a wrong one",
					errSealDiffers, events[i].Position)
			}
			numbers[at] = number
			found++
		}
		return nil
	})
	if err == nil && found != len(numbers) {
		err = fmt.Errorf("%w: %d of %d events", errSealDiffers, found, len(numbers))
	}
	return numbers, err
}
