package pglog

import (
	"context"
	"encoding/binary"
	"fmt"

	"github.com/stazh/stazh/ledger"
)

// columns are those that parseRow reads, from ledger.event e.
const columns = `e.position, e.stream, e.revision, e.context, e.type, e.record, e.head`

// columnCount is the number of columns.
const columnCount = 7

// rawRow is one row of columns. Its record aliases the connection's buffer.
type rawRow struct {
	position ledger.Position
	key      int32
	revision ledger.Revision
	context  int32
	kind     int16
	record   []byte
	head     ledger.Hash
}

func parseRow(raw [][]byte) (r rawRow, err error) {
	if len(raw) != columnCount || len(raw[0]) != 8 || len(raw[1]) != 4 || len(raw[2]) != 4 ||
		len(raw[3]) != 4 || len(raw[4]) != 2 {
		return r, errShape
	}
	r.position = ledger.Position(binary.BigEndian.Uint64(raw[0]))
	r.key = int32(binary.BigEndian.Uint32(raw[1]))
	r.revision = ledger.Revision(int32(binary.BigEndian.Uint32(raw[2])))
	r.context = int32(binary.BigEndian.Uint32(raw[3]))
	r.kind = int16(binary.BigEndian.Uint16(raw[4]))
	r.record = raw[5]
	if copy(r.head[:], raw[6]) != len(r.head) || len(raw[6]) != len(r.head) {
		return r, fmt.Errorf("%w: head of event %d has %d bytes",
			ledger.ErrCorrupt, r.position, len(raw[6]))
	}
	return r, nil
}

var errShape = fmt.Errorf("%w: a row of events has an unexpected shape", ledger.ErrCorrupt)

// page holds the events of one query on their way to the caller.
type page struct {
	events []ledger.Event // complete after open
	keys   []int32        // of their streams
	parts  []part
	copies arena
	loose  bool // some parts are still to be looked up
}

// part is what an event's record consists of beside its own bytes.
type part struct {
	contextID int32
	kindID    int16
	context   *ledger.Context
	kind      *ledger.Kind
	loose     bool // the event's record is its own part only
}

// reset empties the page for another query. Its events were handed over as copies; the
// bytes of their records are never used again.
func (p *page) reset() {
	clear(p.events)
	p.events, p.keys, p.parts = p.events[:0], p.keys[:0], p.parts[:0]
	p.copies.size, p.loose = 0, false
}

// add takes a row over.
func (p *page) add(known *parts, r *rawRow) {
	x := part{contextID: r.context, kindID: r.kind}
	x.context, x.kind = known.context(r.context), known.kind(r.kind)
	record := r.record
	if x.context != nil && x.kind != nil {
		record = p.copies.join(x.context.Stored(), x.kind.Stored(), record)
	} else {
		record, x.loose, p.loose = p.copies.join(record), true, true
	}
	p.events = append(p.events, ledger.Event{
		Position: r.position, Revision: r.revision, Record: record, Head: r.head,
	})
	p.keys, p.parts = append(p.keys, r.key), append(p.parts, x)
}

// complete looks up what the records lack.
func (p *page) complete(ctx context.Context, known *parts) error {
	if !p.loose {
		return nil
	}
	if err := known.fill(ctx, p.parts, p.events); err != nil {
		return err
	}
	for i := range p.parts {
		if x := &p.parts[i]; x.loose {
			e := &p.events[i]
			e.Record = p.copies.join(x.context.Stored(), x.kind.Stored(), e.Record)
		}
	}
	p.loose = false
	return nil
}

// open completes the events from their records; a bad one ends the page with its error.
func (p *page) open() error {
	for i := range p.events {
		e, x := &p.events[i], &p.parts[i]
		opened, err := ledger.OpenParts(
			x.context, x.kind, e.Stream, e.Revision, e.Position, e.Record, e.Head)
		if err != nil {
			p.events = p.events[:i]
			return err
		}
		*e = opened
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

// join copies pieces of a record into one.
func (a *arena) join(pieces ...[]byte) []byte {
	n := 0
	for _, b := range pieces {
		n += len(b)
	}
	a.size += n
	var out []byte
	switch {
	case n > arenaChunk/4:
		out = make([]byte, 0, n)
	case n > len(a.free):
		a.free = make([]byte, arenaChunk)
		fallthrough
	default:
		out = a.free[:0:n]
		a.free = a.free[n:]
	}
	for _, b := range pieces {
		out = append(out, b...)
	}
	return out
}
