package projections

import (
	"context"
	"encoding/binary"
	"slices"
)

// Rows takes the rows of a build, in the binary form in which COPY sends them. For each
// row first Table is called and then, for each column in the order of the DDL, the method
// of its type. It is used by one goroutine.
type Rows struct {
	tables     map[string]*rowBuffer
	*rowBuffer // of the table of the row
}

// rowBuffer holds the rows of one table.
type rowBuffer struct {
	values
	rows int64
}

func newRows() *Rows { return &Rows{tables: map[string]*rowBuffer{}} }

// putAll gives the rows of each table that holds at least so many bytes to the sink.
func (r *Rows) putAll(ctx context.Context, to sink, atLeast int) error {
	for name, rows := range r.tables {
		if len(rows.bytes) < atLeast {
			continue
		}
		if err := to.put(ctx, name, rows); err != nil {
			return err
		}
		rows.bytes, rows.rows = rows.bytes[:0], 0
	}
	return nil
}

// each calls do with each row: the number of columns, then each value with its length.
func (b *rowBuffer) each(do func(row []byte)) {
	for rest := b.bytes; len(rest) > 0; {
		n := 2
		for range binary.BigEndian.Uint16(rest) {
			n += 4 + int(max(0, int32(binary.BigEndian.Uint32(rest[n:]))))
		}
		do(rest[:n])
		rest = rest[n:]
	}
}

// rowRoom is more than a usual row takes.
const rowRoom = 1 << 10

// Table begins a row with so many columns.
func (r *Rows) Table(name string, columns int) {
	t := r.tables[name]
	if t == nil {
		t = &rowBuffer{}
		r.tables[name] = t
	}
	r.rowBuffer = t
	t.rows++
	if free := cap(t.bytes) - len(t.bytes); free < rowRoom {
		t.bytes = slices.Grow(t.bytes, len(t.bytes)+rowRoom) // twice as much: rows are many
	}
	t.bytes = binary.BigEndian.AppendUint16(t.bytes, uint16(columns))
}
