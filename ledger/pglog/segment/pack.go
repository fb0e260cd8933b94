package segment

import (
	"encoding/binary"
	"fmt"
	"slices"

	"github.com/stazh/stazh/ledger"
)

// last is what an event is told apart from: the one before of the same context.
type last struct {
	position int64
	micros   int64
	seen     bool
}

// packer holds the columns of one segment.
type packer struct {
	columns  [columns][]byte
	contexts []int32
	last     []last // of each of contexts
	first    last
	heads    []byte
	ids      []byte
}

// Pack appends the packed form of rows, which are ordered by stream and revision, without
// gaps between the revisions of a stream.
func (c *Codec) Pack(buf []byte, rows []Row) ([]byte, error) {
	var p packer
	if err := p.add(rows); err != nil {
		return nil, err
	}
	buf = append(buf, version)
	buf = binary.AppendUvarint(buf, uint64(len(rows)))
	buf = binary.AppendUvarint(buf, uint64(len(p.heads)/len(ledger.Hash{})))
	buf = append(append(buf, p.heads...), p.ids...)
	var all []byte
	for _, column := range p.columns {
		all = binary.AppendUvarint(all, uint64(len(column)))
		all = append(all, column...)
	}
	return c.encoder.EncodeAll(all, buf), nil
}

func (p *packer) add(rows []Row) error {
	for i := range rows {
		p.contexts = append(p.contexts, rows[i].Context)
	}
	slices.Sort(p.contexts)
	p.contexts = slices.Compact(p.contexts)
	p.last = make([]last, len(p.contexts))
	p.uint(columnContexts, uint64(len(p.contexts)))
	before := int32(0)
	for _, id := range p.contexts {
		p.uint(columnContexts, uint64(id-before))
		before = id
	}
	before = 0
	for from, to := 0, 0; from < len(rows); from = to {
		first := &rows[from]
		if from > 0 && first.Stream <= before {
			return fmt.Errorf("pack stream %d after %d: %w", first.Stream, before, errShape)
		}
		for to = from; to < len(rows) && rows[to].Stream == first.Stream; to++ {
			if rows[to].Revision != first.Revision+ledger.Revision(to-from) {
				return fmt.Errorf("%w: pack revision %d of stream number %d after %d",
					ledger.ErrCorrupt, rows[to].Revision, first.Stream, rows[to-1].Revision)
			}
		}
		p.uint(columnRuns, uint64(first.Stream-before))
		p.uint(columnRuns, uint64(first.Revision))
		p.uint(columnRuns, uint64(to-from))
		before = first.Stream
		for i := from; i < to; i++ {
			if err := p.event(&rows[i]); err != nil {
				return err
			}
			if keeps(i-from, to-from, first.Revision) {
				p.heads = append(p.heads, rows[i].Head[:]...)
			}
		}
	}
	return nil
}

// event adds a row to the columns of events.
func (p *packer) event(row *Row) error {
	micros, n := binary.Varint(row.Record)
	if n <= 0 || len(row.Record) < n+idLength {
		return fmt.Errorf("%w: record of event %d is cut short", ledger.ErrCorrupt, row.Position)
	}
	rest := row.Record[n+idLength:]
	p.ids = append(p.ids, row.Record[n:n+idLength]...)
	place, _ := slices.BinarySearch(p.contexts, row.Context)
	p.uint(columnContext, uint64(place))
	p.uint(columnType, uint64(row.Type))
	before := &p.last[place]
	if !before.seen {
		*before = p.first
	}
	p.int(columnPosition, int64(row.Position)-before.position)
	p.int(columnTime, micros-before.micros)
	*before = last{position: int64(row.Position), micros: micros, seen: true}
	if !p.first.seen {
		p.first = *before
	}
	p.uint(columnLength, uint64(len(rest)))
	p.columns[columnRest] = append(p.columns[columnRest], rest...)
	return nil
}

func (p *packer) uint(column int, v uint64) {
	p.columns[column] = binary.AppendUvarint(p.columns[column], v)
}

func (p *packer) int(column int, v int64) {
	p.columns[column] = binary.AppendVarint(p.columns[column], v)
}

// PackNumbers appends the packed form of a list of numbers, near ones being near each other.
func (c *Codec) PackNumbers(buf []byte, numbers []int32) []byte {
	var all []byte
	before := int64(0)
	for _, n := range numbers {
		all = binary.AppendVarint(all, int64(n)-before)
		before = int64(n)
	}
	return c.encoder.EncodeAll(all, buf)
}
