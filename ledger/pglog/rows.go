package pglog

import (
	"cmp"
	"context"
	"encoding/binary"
	"fmt"
	"slices"
	"sync"

	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/ledger/pglog/segment"
)

// columns are those that parseRow reads, from ledger.event e; of ownColumns it makes a row
// without a head.
const (
	columns    = ownColumns + `, e.head`
	ownColumns = `e.position, e.stream, e.revision, e.context, e.type, e.record`
)

// columnCount is the number of columns.
const columnCount = 7

// parseRow reads columns; the record aliases them.
func parseRow(raw [][]byte) (r segment.Row, err error) {
	r.Bare = len(raw) == columnCount-1
	if !r.Bare && len(raw) != columnCount || len(raw[0]) != 8 || len(raw[1]) != 4 ||
		len(raw[2]) != 4 || len(raw[3]) != 4 || len(raw[4]) != 2 {
		return r, errShape
	}
	r.Position = ledger.Position(binary.BigEndian.Uint64(raw[0]))
	r.Stream = int32(binary.BigEndian.Uint32(raw[1]))
	r.Revision = ledger.Revision(int32(binary.BigEndian.Uint32(raw[2])))
	r.Context = int32(binary.BigEndian.Uint32(raw[3]))
	r.Type = int16(binary.BigEndian.Uint16(raw[4]))
	r.Record = raw[5]
	if r.Bare {
		return r, nil
	}
	if copy(r.Head[:], raw[6]) != len(r.Head) || len(raw[6]) != len(r.Head) || r.Head.IsZero() {
		return r, fmt.Errorf("%w: head of event %d is no hash", ledger.ErrCorrupt, r.Position)
	}
	return r, nil
}

var errShape = fmt.Errorf("%w: a row of events has an unexpected shape", ledger.ErrCorrupt)

// arrange puts the rows of the table into the order of streams and revisions. They are of
// streams from first to last, and those of a stream nearly always come by revision.
func (p *page) arrange(first, last int32) {
	if len(p.table) < 2 {
		return
	}
	width := int(last-first) + 1
	next := slices.Grow(p.order[:0], width+1)[:width+1] // where the next row of a stream goes
	clear(next)
	for i := range p.table {
		next[p.table[i].Stream-first+1]++
	}
	for i := range width {
		next[i+1] += next[i]
	}
	rows := slices.Grow(p.rows[:0], len(p.table))[:len(p.table)]
	for i := range p.table {
		at := &next[p.table[i].Stream-first]
		rows[*at] = p.table[i]
		*at++
	}
	for from, to := 0, 0; from < len(rows); from = to {
		for to = from + 1; to < len(rows) && rows[to].Stream == rows[from].Stream; to++ {
		}
		byRevision(rows[from:to])
	}
	p.order, p.table, p.rows = next, rows, p.table[:0]
}

// byRevision puts the rows of one stream in order, in which they nearly always are.
func byRevision(rows []segment.Row) {
	compare := func(a, b segment.Row) int { return cmp.Compare(a.Revision, b.Revision) }
	for i := 1; i < len(rows); i++ {
		if rows[i-1].Revision > rows[i].Revision {
			slices.SortFunc(rows, compare)
			return
		}
	}
}

// page holds the events of one query on their way to the caller.
type page struct {
	rows   []segment.Row
	parts  []part         // of the rows
	events []ledger.Event // of the rows, complete after open
	copies arena
	opened bool

	packs [][]segment.Row // what a reading found in each pack, in the order of streams
	table []segment.Row   // and in the table, likewise
	runs  [][]segment.Row // room for merge

	order  []int32        // room for pick
	picked []ledger.Event // likewise
}

// part is what an event's record consists of beside its own bytes.
type part struct {
	context *ledger.Context
	kind    *ledger.Kind
}

// reset empties the page for another query.
func (p *page) reset() {
	p.rows, p.events, p.parts = p.rows[:0], p.events[:0], p.parts[:0]
	p.packs, p.table = p.packs[:0], p.table[:0]
	p.copies.reset()
	p.opened = false
}

// pages are kept for those who read histories, of which each would else make its own.
type pages struct {
	sync.Pool
	// lent: whoever reads keeps nothing of a page, so that records are copied into the same
	// memory again, and what is left in it is written over.
	lent bool
}

// take gives an empty page.
func (p *pages) take() *page {
	if x, ok := p.Get().(*page); ok {
		return x
	}
	return &page{copies: arena{reuse: p.lent}}
}

// give takes a page back, unless it has become large, without what was given out of it.
func (p *pages) give(x *page) {
	const chunksMost = 16
	if cap(x.events) > pageRows || cap(x.table) > pageRows || len(x.copies.chunks) > chunksMost {
		return
	}
	if !p.lent {
		clear(x.events)
		clear(x.parts)
		clear(x.rows)
		clear(x.table)
		for _, run := range x.packs {
			clear(run)
		}
		x.copies = arena{}
	}
	x.reset()
	p.Put(x)
}

// grow makes room for n more events at once.
func (p *page) grow(n int) {
	p.rows = slices.Grow(p.rows, n)
	p.events, p.parts = slices.Grow(p.events, n), slices.Grow(p.parts, n)
}

// add takes a row over.
func (p *page) add(r *segment.Row) {
	p.rows = append(p.rows, *r)
	last := &p.rows[len(p.rows)-1]
	last.Record = p.copies.copy(r.Record)
}

// findParts finds the shared parts of the records.
func (p *page) findParts(ctx context.Context, known *parts) error {
	missing := false
	p.parts = slices.Grow(p.parts[:0], len(p.rows))
	for i := range p.rows {
		r := &p.rows[i]
		x := part{known.context(r.Context), known.kind(r.Type)}
		missing = missing || x.context == nil || x.kind == nil
		p.parts = append(p.parts, x)
	}
	if !missing {
		return nil
	}
	return known.lookUp(ctx, p.rows, p.parts)
}

// complete finds the shared parts and makes the events, whose Stream is still to be set
// from the keys, and the rest by open.
func (p *page) complete(ctx context.Context, known *parts) error {
	p.begin()
	return p.findParts(ctx, known)
}

// begin makes the events as far as the rows alone say.
func (p *page) begin() {
	p.events = slices.Grow(p.events[:0], len(p.rows))[:len(p.rows)]
	for i := range p.rows {
		header(&p.events[i], &p.rows[i], "")
	}
}

// header sets all that is not set by Complete.
func header(e *ledger.Event, r *segment.Row, stream ledger.StreamID) {
	e.Stream, e.Revision, e.Position, e.Head = stream, r.Revision, r.Position, r.Head
}

// open completes the events from their records, if that is not done yet; a bad one ends the
// page with its error.
func (p *page) open() error {
	if p.opened {
		return nil
	}
	p.opened = true
	for i := range p.events {
		err := p.events[i].Complete(p.parts[i].context, p.parts[i].kind, p.rows[i].Record)
		if err != nil {
			p.events = p.events[:i]
			return err
		}
	}
	return nil
}

// chain makes the heads that are not kept, of opened events in the order of streams. Each
// run of them follows an event whose head is kept, or begins a stream.
func (p *page) chain() error {
	for i := range p.events {
		if !p.rows[i].Bare {
			continue
		}
		e := &p.events[i]
		var previous ledger.Hash
		switch {
		case e.Revision == 0:
		case i > 0 && p.rows[i-1].Stream == p.rows[i].Stream &&
			p.rows[i-1].Revision == e.Revision-1:
			previous = p.events[i-1].Head
		default:
			return fmt.Errorf("%w: nothing precedes event %d of stream %s",
				ledger.ErrCorrupt, e.Revision, e.Stream)
		}
		e.Head = ledger.NextHead(e.Stream, e.Revision, previous, e.Hash())
	}
	return nil
}

// arenaChunk is how much memory records share. One event that is kept for long keeps at
// most so much alive.
const arenaChunk = 64 << 10

// arena copies records out of the connection's buffer with few allocations.
type arena struct {
	free []byte
	size int // bytes copied since reset

	// reuse: what was copied before reset is needed no longer, and its memory is used anew.
	reuse  bool
	chunks [][]byte // to be used again
	used   int      // of those chunks
}

func (a *arena) reset() {
	a.size = 0
	if a.reuse {
		a.free, a.used = nil, 0
	}
}

func (a *arena) copy(b []byte) []byte {
	n := len(b)
	a.size += n
	if n > arenaChunk/4 {
		return append(make([]byte, 0, n), b...)
	}
	if n > len(a.free) {
		a.free = a.chunk()
	}
	out := a.free[:n:n]
	a.free = a.free[n:]
	copy(out, b)
	return out
}

// room gives memory for so many bytes of records that stand together.
func (a *arena) room(n int) []byte {
	a.size += n
	if n > arenaChunk {
		return make([]byte, n)
	}
	if n > len(a.free) {
		a.free = a.chunk()
	}
	out := a.free[:n:n]
	a.free = a.free[n:]
	return out
}

func (a *arena) chunk() []byte {
	if !a.reuse {
		return make([]byte, arenaChunk)
	}
	if a.used == len(a.chunks) {
		a.chunks = append(a.chunks, make([]byte, arenaChunk))
	}
	a.used++
	return a.chunks[a.used-1]
}
