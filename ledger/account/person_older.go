package account

import (
	"cmp"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"slices"

	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/ledger/event"
)

// openYears is how many years of slots, the newest and those before it, a state keeps ready
// to be looked at and changed: a report is of one of them, and so are its neighbours.
const openYears = 2

// older are the slots of years that are further back: by year, each year in a block of bytes
// of its own, which says all that is needed to read it. Nobody reads or writes a block until
// somebody asks for its year. The bytes are never changed where they are.
type older struct {
	bytes []byte
	any   bool   // there are some
	last  int    // the newest of the years
	sum   uint32 // the checksum of the bytes
}

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// olderOf makes them of encoded blocks.
func olderOf(blocks []byte) (older, error) {
	o := older{bytes: blocks, any: len(blocks) > 0, sum: crc32.Checksum(blocks, castagnoli)}
	for n := 0; len(blocks) > 0; n++ {
		year, _, rest, ok := nextBlock(blocks)
		if !ok || n > 0 && year <= o.last {
			return older{}, fmt.Errorf("%w: older slots of an account", ledger.ErrCorrupt)
		}
		o.last, blocks = year, rest
	}
	return o, nil
}

// nextBlock takes the first block off.
func nextBlock(blocks []byte) (year int, slots, rest []byte, ok bool) {
	wide, n := binary.Varint(blocks)
	if n <= 0 {
		return 0, nil, nil, false
	}
	size, m := binary.Uvarint(blocks[n:])
	if m <= 0 || size > uint64(len(blocks)-n-m) {
		return 0, nil, nil, false
	}
	slots, rest = blocks[n+m:n+m+int(size)], blocks[n+m+int(size):]
	return int(wide), slots, rest, true
}

// blockWriter encodes blocks, one behind the other.
type blockWriter struct {
	codec *ledger.Codec
	jobs  jobs
}

// raw adds blocks that are encoded already.
func (w *blockWriter) raw(blocks []byte) { w.codec.Reset(append(w.codec.Encoded(), blocks...)) }

// sizeBytes is what the size of a usual block takes, of those less than sizeUsual.
const (
	sizeBytes = 2
	sizeUsual = 1 << 14
)

// put encodes the slots of a year: the year, the size, the employments that slots are of in
// the order in which they come, and the slots.
func (w *blockWriter) put(slots []Slot) {
	c := w.codec
	c.Int(&slots[0].Year)
	at := len(c.Encoded())
	c.Reset(append(c.Encoded(), make([]byte, sizeBytes)...))
	w.jobs = w.jobs[:0]
	for i := range slots {
		if s := &slots[i]; w.jobs.of(s) == 0 {
			w.jobs = append(w.jobs,
				Employment{ID: s.Employment, Payer: s.Payer, Contract: s.Category})
		}
	}
	ledger.Slice(c, (*[]Employment)(&w.jobs), place)
	w.jobs.slots(c, &slots)
	out := c.Encoded()
	if size := len(out) - at - sizeBytes; size < sizeUsual {
		out[at], out[at+1] = byte(size)|0x80, byte(size>>7)
	} else {
		c.Reset(slices.Replace(out, at, at+sizeBytes,
			binary.AppendUvarint(nil, uint64(size))...))
	}
}

// place describes what a slot says of its employment.
func place(c *ledger.Codec, e *Employment) {
	c.UUID(&e.ID)
	c.String(&e.Payer)
	c.String(&e.Contract)
}

// decodeBlock adds the slots of a block to the list. The bytes have been checked, and nobody
// but blockWriter makes any: it panics where they cannot be read.
func decodeBlock(list []Slot, block []byte) []Slot {
	c := ledger.NewDecoder(block)
	var known jobs
	var slots []Slot
	ledger.Slice(c, (*[]Employment)(&known), place)
	known.slots(c, &slots)
	if err := c.Finish(); err != nil {
		panic(fmt.Sprintf("account: older slots cannot be read: %v", err))
	}
	return append(list, slots...)
}

// here refuses to take slots for absent that were only not loaded.
func (o *older) here() {
	if o.any && o.bytes == nil {
		panic("account: older slots are asked for that are not loaded")
	}
}

// decode gives the slots of the years from one to another, ends included.
func (o *older) decode(from, to int) (list []Slot) {
	if !o.any || from > o.last {
		return nil
	}
	o.here()
	for blocks := o.bytes; len(blocks) > 0; {
		year, slots, rest, _ := nextBlock(blocks)
		if year >= from && year <= to {
			list = decodeBlock(list, slots)
		}
		blocks = rest
	}
	return list
}

// with adds slots, which are sorted by year. Of a year that has a block already they stand
// behind those in it.
func (o *older) with(slots []Slot) older {
	o.here()
	w := &blockWriter{codec: ledger.NewEncoder(
		make([]byte, 0, len(o.bytes)+len(slots)*slotSizeUsual))}
	next := func() (year []Slot) { // takes the next year off
		n := 0
		for n < len(slots) && slots[n].Year == slots[0].Year {
			n++
		}
		year, slots = slots[:n], slots[n:]
		return year
	}
	for blocks := o.bytes; len(blocks) > 0; {
		year, block, rest, _ := nextBlock(blocks)
		for len(slots) > 0 && slots[0].Year < year {
			w.put(next())
		}
		if len(slots) > 0 && slots[0].Year == year {
			w.put(append(decodeBlock(nil, block), next()...))
		} else {
			w.raw(blocks[:len(blocks)-len(rest)])
		}
		blocks = rest
	}
	for len(slots) > 0 {
		w.put(next())
	}
	return mustOlder(w.codec.Encoded())
}

// slotSizeUsual is about what a slot takes, encoded.
const slotSizeUsual = 48

// without leaves out a year.
func (o *older) without(left int) older {
	o.here()
	var out []byte
	for blocks := o.bytes; len(blocks) > 0; {
		year, _, rest, _ := nextBlock(blocks)
		if year != left {
			out = append(out, blocks[:len(blocks)-len(rest)]...)
		}
		blocks = rest
	}
	return mustOlder(out)
}

func mustOlder(blocks []byte) older {
	o, err := olderOf(blocks)
	if err != nil {
		panic("account: " + err.Error()) // we have just made them
	}
	return o
}

// fields describes which older slots belong to a state; they stand elsewhere.
func (o *older) fields(c *ledger.Codec) {
	if c.Bool(&o.any); !o.any {
		return
	}
	sum := uint64(o.sum)
	c.Int(&o.last)
	c.Uint64(&sum)
	if o.sum = uint32(sum); uint64(o.sum) != sum {
		c.Fail("checksum of older slots")
	}
}

// Slots gives everything that is reported of the person by ПУ-3: by year, and within a year
// in the order of recording. The older ones are decoded for the caller, every time; who
// needs some years asks for them. The list is read and never changed.
func (p *Person) Slots() []Slot {
	if !p.older.any {
		return p.open
	}
	return byYear(p.older.decode(minInt, p.older.last), p.open)
}

// SlotsSince gives the slots of a year and those after it, as Slots does.
func (p *Person) SlotsSince(year int) []Slot {
	return byYear(p.older.decode(year, p.older.last), p.open[yearBegins(p.open, year):])
}

// SlotsOf gives the slots of a year, as Slots does.
func (p *Person) SlotsOf(year int) []Slot {
	open := p.open[yearBegins(p.open, year):]
	n := 0
	for n < len(open) && open[n].Year == year {
		n++
	}
	return byYear(p.older.decode(year, year), open[:n])
}

const minInt = -1 << 63

// yearBegins gives the place of the first slot of the year or of a later one.
func yearBegins(slots []Slot, year int) int {
	i := len(slots)
	for i > 0 && slots[i-1].Year >= year {
		i--
	}
	return i
}

// byYear joins two lists that are sorted by year; of the same year the first comes first. Of
// the first, which must be nobody else's, nothing is left.
func byYear(first, second []Slot) []Slot {
	switch {
	case len(first) == 0:
		return second
	case len(second) == 0:
		return first
	}
	list := append(first, second...)
	if second[0].Year < first[len(first)-1].Year {
		slices.SortStableFunc(list, func(a, b Slot) int { return cmp.Compare(a.Year, b.Year) })
	}
	return list
}

// Slot finds a form slot; nil when nothing was ever reported in it. What is found is read and
// never changed.
func (p *Person) Slot(key event.Slot) *Slot {
	slots := p.SlotsOf(key.Year)
	for i := range slots {
		if slots[i].Slot == key {
			return &slots[i]
		}
	}
	return nil
}

// slotsUsual is how many slots most people have in a year: room is made for so many more, and
// so for all that two years and the first slot of the next ever need.
const slotsUsual = 4

// add takes a slot that nothing was reported in before.
func (p *Person) add(s Slot) *Slot {
	if n := len(p.open); n > 0 && n == cap(p.open) {
		p.open = append(make([]Slot, 0, n+max(slotsUsual, n/2)), p.open...)
	}
	p.open = append(p.open, s)
	at := len(p.open) - 1
	for at > 0 && p.open[at-1].Year > s.Year { // a late report
		p.open[at-1], p.open[at] = p.open[at], p.open[at-1]
		at--
	}
	return &p.open[at]
}

// Suppose adds slots that nobody has reported, to a copy of an account that is asked "what
// if".
func (p *Person) Suppose(slots ...Slot) {
	for _, s := range slots {
		p.add(s)
	}
}

// change finds a slot for an event that changes it, and opens its year.
func (p *Person) change(key event.Slot) *Slot {
	for i := range p.open {
		if p.open[i].Slot == key {
			return &p.open[i]
		}
	}
	if !p.older.any || key.Year > p.older.last {
		return nil
	}
	slots := p.older.decode(key.Year, key.Year)
	at := slices.IndexFunc(slots, func(s Slot) bool { return s.Slot == key })
	if at < 0 {
		return nil
	}
	p.older = p.older.without(key.Year)
	begin := yearBegins(p.open, key.Year)
	p.open = slices.Insert(p.open, begin, slots...)
	return &p.open[begin+at]
}

// closed gives the older slots and the open ones as a state has them: open are those of the
// newest years. It follows from what was reported alone, and not from when the state was
// stored or read.
func (p *Person) closed() (older, []Slot) {
	n := p.closing()
	if n == 0 {
		return p.older, p.open
	}
	return p.older.with(p.open[:n]), p.open[n:]
}

// closing counts the slots that are open and too old for it.
func (p *Person) closing() (n int) {
	if len(p.open) == 0 {
		return 0
	}
	for p.wouldClose(p.open[n].Year) { // the list is sorted, and the newest is not
		n++
	}
	return n
}

// Pack closes what is old enough for it, to be kept in memory.
func (p *Person) Pack() {
	if n := p.closing(); n > 0 {
		p.older, _ = p.closed()
		p.open = slices.Delete(p.open, 0, n) // whose place those of the next year take
	}
}

// Footprint is about how many bytes the account takes in memory.
func (p *Person) Footprint() int {
	const head, item = 1 << 10, 512
	former := 0 // versions, of which there may be any number
	for i := range p.open {
		former += len(p.open[i].Former)
	}
	for i := range p.Occupational {
		former += len(p.Occupational[i].Former)
	}
	return head + len(p.older.bytes) + item*(len(p.open)+former+len(p.Employments)/2+
		len(p.Periods)+len(p.Cases)+len(p.Occupational)+len(p.Yields)+len(p.Decisions)+
		len(p.Disputes)+len(p.Confirmations))
}

// divided tells whether the slots are divided as closed divides them.
func (p *Person) divided() bool {
	if !slices.IsSortedFunc(p.open, func(a, b Slot) int { return cmp.Compare(a.Year, b.Year) }) ||
		p.closing() > 0 {
		return false
	}
	return !p.older.any || len(p.open) > 0 &&
		p.older.last < p.open[0].Year && p.wouldClose(p.older.last)
}

// wouldClose tells whether a slot of the year would not be open.
func (p *Person) wouldClose(year int) bool {
	newest := p.open[len(p.open)-1].Year
	return newest > year && uint64(newest)-uint64(year) >= openYears
}
