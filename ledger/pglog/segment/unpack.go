package segment

import (
	"encoding/binary"
	"fmt"
	"math"

	"github.com/stazh/stazh/ledger"
)

// Unpacker unpacks segments one after another into the same memory.
type Unpacker struct {
	codec    *Codec
	unpacked []byte
	records  []byte
	contexts []int32
	last     []last
	first    last
	now      Row   // the event that was read last, as far as columns tell
	micros   int64 // its time
	columns  [columns]column
	wanted   func(stream int32) bool
}

// NewUnpacker makes an Unpacker.
func (c *Codec) NewUnpacker() *Unpacker { return &Unpacker{codec: c} }

// Unpack appends the rows of a segment. Their records are valid until the next call.
func (u *Unpacker) Unpack(rows []Row, data []byte) ([]Row, error) {
	return u.open(rows, data, nil, everyStream)
}

func everyStream(int32) bool { return true }

// UnpackInto is Unpack with records in the memory that room gives, which is asked once.
func (u *Unpacker) UnpackInto(
	rows []Row, data []byte, room func(size int) []byte,
) ([]Row, error) {
	return u.open(rows, data, room, everyStream)
}

// UnpackWanted is Unpack for the streams that are wanted: of others only what is needed to
// read on is looked at.
func (u *Unpacker) UnpackWanted(rows []Row, data []byte, wanted func(stream int32) bool,
) ([]Row, error) {
	return u.open(rows, data, nil, wanted)
}

func (u *Unpacker) open(rows []Row, data []byte, room func(size int) []byte,
	wanted func(stream int32) bool) ([]Row, error) {
	before := len(rows)
	u.wanted = wanted
	rows, err := u.unpack(rows, data, room)
	u.wanted = nil
	if err != nil {
		return rows[:before], fmt.Errorf("unpack a segment: %w", err)
	}
	return rows, nil
}

func (u *Unpacker) unpack(
	rows []Row, data []byte, room func(int) []byte,
) (_ []Row, err error) {
	head := column{data: data}
	v, count, kept := head.uint(), head.uint(), head.uint()
	if head.bad || v != version {
		return rows, fmt.Errorf("%w: segment version %d", ledger.ErrUnknownType, v)
	}
	data = head.data
	const hash = uint64(len(ledger.Hash{}))
	if kept > count || count > uint64(len(data)) || kept*hash+count*idLength > uint64(len(data)) {
		return rows, corrupt("cut short")
	}
	heads, ids := data[:kept*hash], data[kept*hash:kept*hash+count*idLength]
	u.unpacked, err = u.codec.decoder.DecodeAll(data[kept*hash+count*idLength:], u.unpacked[:0])
	if err != nil {
		return rows, fmt.Errorf("%w: %w", ledger.ErrCorrupt, err)
	}
	if err := u.split(); err != nil {
		return rows, err
	}
	// Each record is its rest, its id and its time.
	const timeLength = binary.MaxVarintLen64
	need := len(u.columns[columnRest].data) + int(count)*(idLength+timeLength)
	switch {
	case room != nil:
		u.records = room(need)
		defer func() { u.records = nil }()
	case cap(u.records) < need:
		u.records = make([]byte, 0, need+need/4)
	}
	u.records = u.records[:0]
	if rows, err = u.rows(rows, int(count), heads, ids); err != nil {
		return rows, err
	}
	for i := range u.columns {
		if u.columns[i].bad || len(u.columns[i].data) > 0 {
			return rows, corrupt("a column does not end with the last event")
		}
	}
	return rows, nil
}

// split finds the columns and the contexts.
func (u *Unpacker) split() error {
	all := column{data: u.unpacked}
	for i := range u.columns {
		u.columns[i] = column{data: all.take(all.uint())}
	}
	if all.bad || len(all.data) > 0 {
		return corrupt("columns")
	}
	c := &u.columns[columnContexts]
	n := c.uint()
	if n > uint64(len(c.data)) {
		return corrupt("contexts")
	}
	u.contexts, u.first = u.contexts[:0], last{}
	id := uint64(0)
	for range n {
		if id += c.uint(); id > math.MaxInt32 {
			return corrupt("context number")
		}
		u.contexts = append(u.contexts, int32(id))
	}
	u.last = append(u.last[:0], make([]last, n)...)
	return nil
}

// rows reads the runs.
func (u *Unpacker) rows(rows []Row, count int, heads, ids []byte) ([]Row, error) {
	runs, stream := &u.columns[columnRuns], uint64(0)
	for count > 0 {
		step, revision, length := runs.uint(), runs.uint(), runs.uint()
		stream += step
		if runs.bad || step == 0 || stream > math.MaxInt32 || length == 0 ||
			length > uint64(count) || revision > math.MaxInt32-length {
			return rows, corrupt("runs")
		}
		count -= int(length)
		first := ledger.Revision(revision)
		wanted := u.wanted(int32(stream))
		for n := range int(length) {
			rest, ok := u.event()
			if !ok {
				return rows, corrupt("events")
			}
			id := ids[:idLength]
			ids = ids[idLength:]
			var head []byte
			if keeps(n, int(length), first) {
				if len(heads) == 0 {
					return rows, corrupt("a head is missing")
				}
				head, heads = heads[:len(ledger.Hash{})], heads[len(ledger.Hash{}):]
			}
			if !wanted {
				continue
			}
			rows = append(rows, u.now)
			row := &rows[len(rows)-1]
			row.Stream, row.Revision = int32(stream), first+ledger.Revision(n)
			row.Record = u.record(id, rest)
			row.Bare = copy(row.Head[:], head) == 0
		}
	}
	if len(heads) > 0 {
		return rows, corrupt("heads")
	}
	return rows, nil
}

// event reads what the columns say of the next event, into now and micros, and gives the
// rest of its record.
func (u *Unpacker) event() (rest []byte, ok bool) {
	c := &u.columns
	place, kind := c[columnContext].uint(), c[columnType].uint()
	if place >= uint64(len(u.contexts)) || kind > math.MaxInt16 {
		return nil, false
	}
	before := &u.last[place]
	if !before.seen {
		*before = u.first
	}
	*before = last{
		position: before.position + c[columnPosition].int(),
		micros:   before.micros + c[columnTime].int(), seen: true,
	}
	if !u.first.seen {
		u.first = *before
	}
	rest = c[columnRest].take(c[columnLength].uint())
	u.now.Context, u.now.Type = u.contexts[place], int16(kind)
	u.now.Position, u.micros = ledger.Position(before.position), before.micros
	return rest, before.position >= 0 && !c[columnRest].bad
}

// record puts the record of the event together.
func (u *Unpacker) record(id, rest []byte) []byte {
	start := len(u.records)
	u.records = binary.AppendVarint(u.records, u.micros)
	u.records = append(append(u.records, id...), rest...)
	return u.records[start:len(u.records):len(u.records)]
}

// column is read from its beginning; bad tells that it ended too early.
type column struct {
	data []byte
	bad  bool
}

func (c *column) uint() uint64 {
	if len(c.data) > 0 && c.data[0] < 0x80 { // most are small
		v := uint64(c.data[0])
		c.data = c.data[1:]
		return v
	}
	v, n := binary.Uvarint(c.data)
	if n <= 0 {
		c.bad = true
		return 0
	}
	c.data = c.data[n:]
	return v
}

func (c *column) int() int64 {
	u := c.uint()
	return int64(u>>1) ^ -int64(u&1)
}

func (c *column) take(n uint64) []byte {
	if n > uint64(len(c.data)) {
		c.bad = true
		return nil
	}
	taken := c.data[:n]
	c.data = c.data[n:]
	return taken
}

// UnpackNumbers appends what PackNumbers packed.
func (c *Codec) UnpackNumbers(numbers []int32, data []byte) ([]int32, error) {
	unpacked, err := c.decoder.DecodeAll(data, nil)
	if err != nil {
		return numbers, fmt.Errorf("%w: unpack numbers: %w", ledger.ErrCorrupt, err)
	}
	all, n := column{data: unpacked}, int64(0)
	for len(all.data) > 0 && !all.bad {
		if n += all.int(); n < 0 || n > math.MaxInt32 || all.bad {
			return numbers, corrupt("numbers")
		}
		numbers = append(numbers, int32(n))
	}
	return numbers, nil
}
