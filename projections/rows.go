package projections

import (
	"context"
	"encoding/binary"
	"slices"
	"time"

	"github.com/google/uuid"

	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/ledger/period"
)

// Rows takes the rows of a build, in the binary form in which COPY sends them. For each
// row first Table is called and then, for each column in the order of the DDL, the method
// of its type. It is used by one goroutine.
type Rows struct {
	tables map[string]*rowBuffer
	now    *rowBuffer
}

// rowBuffer holds the rows of one table.
type rowBuffer struct {
	bytes []byte
	rows  int64
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
	r.now = t
	t.rows++
	if free := cap(t.bytes) - len(t.bytes); free < rowRoom {
		t.bytes = slices.Grow(t.bytes, len(t.bytes)+rowRoom) // twice as much: rows are many
	}
	t.bytes = binary.BigEndian.AppendUint16(t.bytes, uint16(columns))
}

// length writes the length that stands before each value.
func (r *Rows) length(n int) {
	r.now.bytes = binary.BigEndian.AppendUint32(r.now.bytes, uint32(n))
}

// Null is the absent value of any type.
func (r *Rows) Null() { r.length(-1) }

// UUID is a uuid.
func (r *Rows) UUID(v uuid.UUID) {
	r.length(len(v))
	r.now.bytes = append(r.now.bytes, v[:]...)
}

// Text is a text, made fit for Postgres.
func (r *Rows) Text(v string) {
	v = Text(v)
	r.length(len(v))
	r.now.bytes = append(r.now.bytes, v...)
}

// Bytes is a bytea, never null.
func (r *Rows) Bytes(v []byte) {
	r.length(len(v))
	r.now.bytes = append(r.now.bytes, v...)
}

// Encoded is a bytea of the canonical form of fields.
func (r *Rows) Encoded(fields func(*ledger.Codec)) {
	r.sized(func() {
		c := ledger.NewEncoder(r.now.bytes)
		fields(c)
		r.now.bytes = c.Encoded()
	})
}

// sized writes a value whose length is known afterwards.
func (r *Rows) sized(value func()) {
	start := len(r.now.bytes)
	r.length(0)
	value()
	size := len(r.now.bytes) - start - 4
	binary.BigEndian.PutUint32(r.now.bytes[start:], uint32(size))
}

// Bool is a boolean.
func (r *Rows) Bool(v bool) {
	r.length(1)
	var b byte
	if v {
		b = 1
	}
	r.now.bytes = append(r.now.bytes, b)
}

// Int64 is a bigint.
func (r *Rows) Int64(v int64) {
	r.length(8)
	r.now.bytes = binary.BigEndian.AppendUint64(r.now.bytes, uint64(v))
}

// Int16 is a smallint.
func (r *Rows) Int16(v int16) {
	r.length(2)
	r.now.bytes = binary.BigEndian.AppendUint16(r.now.bytes, uint16(v))
}

// Int32 is an integer.
func (r *Rows) Int32(v int32) {
	r.length(4)
	r.now.bytes = binary.BigEndian.AppendUint32(r.now.bytes, uint32(v))
}

// epoch is where Postgres begins to count days and microseconds.
var epoch = time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)

// Date is a date; the null date is null.
func (r *Rows) Date(v period.Date) {
	if v.IsZero() {
		r.Null()
		return
	}
	r.Int32(int32(period.OfTime(epoch).DaysUntil(v)))
}

// Time is a timestamptz; the zero time is null.
func (r *Rows) Time(v time.Time) {
	if v.IsZero() {
		r.Null()
		return
	}
	r.Int64(v.UnixMicro() - epoch.UnixMicro())
}

// Types of the items of arrays, as Postgres numbers them.
const (
	oidBytea = 17
	oidInt4  = 23
)

// array writes what stands before the items of an array.
func (r *Rows) array(items int, oid uint32) {
	b := r.now.bytes
	if items == 0 {
		r.now.bytes = append(b, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, byte(oid))
		return
	}
	b = append(b, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, byte(oid))
	b = binary.BigEndian.AppendUint32(b, uint32(items))
	r.now.bytes = append(b, 0, 0, 0, 1) // the first item has the number 1
}

// Int32s is an integer[].
func (r *Rows) Int32s(v []int32) {
	r.sized(func() {
		r.array(len(v), oidInt4)
		for _, x := range v {
			r.Int32(x)
		}
	})
}

// Hashes is a bytea[].
func (r *Rows) Hashes(v []ledger.Hash) {
	r.sized(func() {
		r.array(len(v), oidBytea)
		for i := range v {
			r.Bytes(v[i][:])
		}
	})
}
