package pglog

import (
	"cmp"
	"context"
	"encoding/binary"
	"fmt"
	"slices"

	"github.com/jackc/pgx/v5"

	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/ledger/pglog/segment"
)

// placesChunk is the number of positions of one row of ledger.segment_places.
const placesChunk = 1_024

const (
	// sqlPlaces gives the rows that tell where the events $1 to $2 are.
	sqlPlaces = `
SELECT m.pack, m.position, m.numbers
FROM ledger.event_sealed p
JOIN ledger.segment_places m ON m.pack = p.pack AND m.position > $1 - 1024 AND m.position <= $2
WHERE p.lower <= $2 AND p.upper > $1
ORDER BY m.position`
	// sqlNumbered gives segments by their numbers, in the order given.
	sqlNumbered = `
SELECT w.pack, w.number, g.data
FROM unnest($1::integer[], $2::integer[]) w(pack, number)
CROSS JOIN LATERAL (
	SELECT g.data FROM ledger.segment g
	WHERE g.pack = w.pack AND g.number = w.number LIMIT 1
) g`
)

// place is where the event of a position is.
type place struct {
	position     ledger.Position
	pack, number int32
}

// checkSealed asks for the last sealed position.
func (l *Log) checkSealed(ctx context.Context) error {
	var upTo int64
	if err := l.pool.QueryRow(ctx, sqlSealed).Scan(&upTo); err != nil {
		return fmt.Errorf("read what is sealed: %w", storeError(err))
	}
	l.sawSealed(upTo)
	return nil
}

// readSealed fills the page from segments. Its events stand in the order of streams first,
// each with those before that its head follows from; then what was asked for remains, in
// the order of positions.
func (p *pager) readSealed(ctx context.Context, upTo ledger.Position, page *page) error {
	if !p.known {
		head, err := p.log.Head(ctx)
		if err != nil {
			return err
		}
		p.target, p.known = head, true
	}
	upTo = min(upTo, p.log.sealedUpTo(), p.target)
	if upTo <= p.after {
		return nil
	}
	for {
		places, err := p.log.places(ctx, p.after+1, upTo)
		if err != nil {
			return err
		}
		if err := p.log.unpackPlaces(ctx, places, page); err != nil {
			return err
		}
		if page.copies.size <= pageBytes || len(places) == 1 {
			break
		}
		page.reset() // they are large: take fewer
		upTo = p.after + (upTo-p.after)/2
	}
	if err := page.complete(ctx, p.log.parts); err != nil {
		return err
	}
	if err := p.log.names.resolve(ctx, page); err != nil {
		return err
	}
	if err := page.open(); err != nil {
		return err
	}
	if err := page.chain(); err != nil {
		return err
	}
	return page.pick(p.after+1, upTo)
}

// pick leaves the events of some positions, in their order.
func (p *page) pick(first, last ledger.Position) error {
	if p.order = p.order[:0]; cap(p.order) == 0 {
		p.order = make([]int32, 0, last-first+1)
	}
	for i := range p.rows {
		if at := p.rows[i].Position; first <= at && at <= last {
			p.order = append(p.order, int32(i))
		}
	}
	slices.SortFunc(p.order, func(a, b int32) int {
		return cmp.Compare(p.rows[a].Position, p.rows[b].Position)
	})
	clear(p.picked)
	p.picked = p.picked[:0]
	for i, from := range p.order {
		if want := first + ledger.Position(i); p.rows[from].Position != want {
			return fmt.Errorf("%w: event %d is in no segment", ledger.ErrCorrupt, want)
		}
		p.picked = append(p.picked, p.events[from])
	}
	if len(p.picked) == 0 {
		return fmt.Errorf("%w: event %d is in no segment", ledger.ErrCorrupt, first)
	}
	p.events, p.picked = p.picked, p.events
	return nil
}

// places finds the segments of the events first to last, in the order of segments.
func (l *Log) places(ctx context.Context, first, last ledger.Position) ([]place, error) {
	rows, err := l.pool.Query(ctx, sqlPlaces, int64(first), int64(last))
	if err != nil {
		return nil, storeError(err)
	}
	var (
		pack     int32
		position int64
		packed   []byte
		numbers  []int32
	)
	list := make([]place, 0, last-first+1)
	_, err = pgx.ForEachRow(rows, []any{&pack, &position, &packed}, func() error {
		if numbers, err = l.codec.UnpackNumbers(numbers[:0], packed); err != nil {
			return fmt.Errorf("places from %d: %w", position, err)
		}
		for i, number := range numbers {
			if at := ledger.Position(position) + ledger.Position(i); first <= at && at <= last {
				list = append(list, place{at, pack, number})
			}
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("find segments: %w", storeError(err))
	}
	if want := int(last - first + 1); len(list) != want {
		return nil, fmt.Errorf("%w: %d of the events %d to %d have no place",
			ledger.ErrCorrupt, want-len(list), first, last)
	}
	slices.SortFunc(list, func(a, b place) int {
		return cmp.Or(cmp.Compare(a.pack, b.pack), cmp.Compare(a.number, b.number),
			cmp.Compare(a.position, b.position))
	})
	return list, nil
}

// unpackPlaces puts the events of the places into the page, in the order of streams, with
// those before them whose heads they need.
func (l *Log) unpackPlaces(ctx context.Context, list []place, page *page) error {
	var packs, numbers []int32
	for i := range list {
		if i == 0 || list[i].pack != list[i-1].pack || list[i].number != list[i-1].number {
			packs, numbers = append(packs, list[i].pack), append(numbers, list[i].number)
		}
	}
	page.grow(len(list))
	rows, err := l.pool.Query(ctx, sqlNumbered, packs, numbers)
	if err != nil {
		return storeError(err)
	}
	defer rows.Close()
	u := l.unpackers.Get().(*unpacker) //nolint:forcetypeassert // nothing else is in it
	defer l.unpackers.Put(u)
	for rows.Next() {
		raw := rows.RawValues()
		if len(raw) != 3 || len(raw[0]) != 4 || len(raw[1]) != 4 {
			return errShape
		}
		pack := int32(binary.BigEndian.Uint32(raw[0]))
		number := int32(binary.BigEndian.Uint32(raw[1]))
		if u.rows, err = u.Unpack(u.rows[:0], raw[2]); err != nil {
			return fmt.Errorf("segment %d of pack %d: %w", number, pack, err)
		}
		n := 0
		for n < len(list) && list[n].pack == pack && list[n].number == number {
			n++
		}
		page.addWanted(u.rows, list[:n])
		if list = list[n:]; page.copies.size > pageBytes {
			return nil
		}
	}
	return storeError(rows.Err())
}

// addWanted adds the rows of the places, and those before whose heads they need.
func (p *page) addWanted(rows []segment.Row, list []place) {
	wanted := make([]bool, len(rows))
	for i := range list {
		// Both are few, and neighbours in one are seldom neighbours in the other.
		at := slices.IndexFunc(rows, func(r segment.Row) bool {
			return r.Position == list[i].position
		})
		for ; at >= 0 && !wanted[at]; at-- {
			wanted[at] = true
			if !rows[at].Bare || rows[at].Revision == 0 {
				break
			}
		}
	}
	for i := range rows {
		if wanted[i] {
			p.add(&rows[i])
		}
	}
}
