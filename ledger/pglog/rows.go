package pglog

import (
	"context"
	"encoding/binary"
	"fmt"
	"slices"

	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/ledger/pglog/segment"
)

// columns are those that parseRow reads, from ledger.event e.
const columns = `e.position, e.stream, e.revision, e.context, e.type, e.record, e.head`

// columnCount is the number of columns.
const columnCount = 7

// parseRow reads columns; the record aliases them.
func parseRow(raw [][]byte) (r segment.Row, err error) {
	if len(raw) != columnCount || len(raw[0]) != 8 || len(raw[1]) != 4 || len(raw[2]) != 4 ||
		len(raw[3]) != 4 || len(raw[4]) != 2 {
		return r, errShape
	}
	r.Position = ledger.Position(binary.BigEndian.Uint64(raw[0]))
	r.Stream = int32(binary.BigEndian.Uint32(raw[1]))
	r.Revision = ledger.Revision(int32(binary.BigEndian.Uint32(raw[2])))
	r.Context = int32(binary.BigEndian.Uint32(raw[3]))
	r.Type = int16(binary.BigEndian.Uint16(raw[4]))
	r.Record = raw[5]
	if copy(r.Head[:], raw[6]) != len(r.Head) || len(raw[6]) != len(r.Head) || r.Head.IsZero() {
		return r, fmt.Errorf("%w: head of event %d is no hash", ledger.ErrCorrupt, r.Position)
	}
	return r, nil
}

var errShape = fmt.Errorf("%w: a row of events has an unexpected shape", ledger.ErrCorrupt)

// page holds the events of one query on their way to the caller.
type page struct {
	rows   []segment.Row
	events []ledger.Event // of the rows, complete after open
	parts  []part
	copies arena
	opened bool

	order  []int32        // room for pick
	picked []ledger.Event // likewise
}

// part is what an event's record consists of beside its own bytes.
type part struct {
	context *ledger.Context
	kind    *ledger.Kind
}

// reset empties the page for another query. Its events were handed over as copies; the
// bytes of their records are never used again.
func (p *page) reset() {
	clear(p.events)
	p.rows, p.events, p.parts, p.copies.size = p.rows[:0], p.events[:0], p.parts[:0], 0
	p.opened = false
}

// grow makes room for n more events at once.
func (p *page) grow(n int) {
	p.rows = slices.Grow(p.rows, n)
	p.events, p.parts = slices.Grow(p.events, n), slices.Grow(p.parts, n)
}

// add takes a row over.
func (p *page) add(r *segment.Row) {
	row := *r
	row.Record = p.copies.copy(r.Record)
	p.put(&row)
}

// put takes a row over whose record is the page's already.
func (p *page) put(r *segment.Row) {
	p.rows = append(p.rows, *r)
	p.events = append(p.events, ledger.Event{
		Position: r.Position, Revision: r.Revision, Head: r.Head,
	})
}

// complete finds the shared parts of the records.
func (p *page) complete(ctx context.Context, known *parts) error {
	missing := false
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
	size int // bytes copied so far
}

func (a *arena) copy(b []byte) []byte {
	n := len(b)
	a.size += n
	if n > arenaChunk/4 {
		return append(make([]byte, 0, n), b...)
	}
	if n > len(a.free) {
		a.free = make([]byte, arenaChunk)
	}
	out := a.free[:n:n]
	a.free = a.free[n:]
	copy(out, b)
	return out
}
