package projections

import (
	"encoding/binary"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5/pgtype"

	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/ledger/period"
)

// values are columns of rows, or items of an array: each with its length in front, in the
// binary form of the server.
type values struct{ bytes []byte }

// length writes the length that stands before each value.
func (b *values) length(n int) {
	b.bytes = binary.BigEndian.AppendUint32(b.bytes, uint32(n))
}

// Null is the absent value of any type.
func (b *values) Null() { b.length(-1) }

// UUID is a uuid.
func (b *values) UUID(v uuid.UUID) {
	b.length(len(v))
	b.bytes = append(b.bytes, v[:]...)
}

// Text is a text, made fit for Postgres.
func (b *values) Text(v string) {
	v = Text(v)
	b.length(len(v))
	b.bytes = append(b.bytes, v...)
}

// Bytes is a bytea, never null.
func (b *values) Bytes(v []byte) {
	b.length(len(v))
	b.bytes = append(b.bytes, v...)
}

// Encoded is a bytea of the canonical form of fields.
func (b *values) Encoded(fields func(*ledger.Codec)) {
	b.sized(func() {
		c := ledger.NewEncoder(b.bytes)
		fields(c)
		b.bytes = c.Encoded()
	})
}

// sized writes a value whose length is known afterwards.
func (b *values) sized(value func()) {
	start := len(b.bytes)
	b.length(0)
	value()
	size := len(b.bytes) - start - 4
	binary.BigEndian.PutUint32(b.bytes[start:], uint32(size))
}

// Bool is a boolean.
func (b *values) Bool(v bool) {
	b.length(1)
	var bit byte
	if v {
		bit = 1
	}
	b.bytes = append(b.bytes, bit)
}

// Int64 is a bigint.
func (b *values) Int64(v int64) {
	b.length(8)
	b.bytes = binary.BigEndian.AppendUint64(b.bytes, uint64(v))
}

// Int16 is a smallint.
func (b *values) Int16(v int16) {
	b.length(2)
	b.bytes = binary.BigEndian.AppendUint16(b.bytes, uint16(v))
}

// Int32 is an integer.
func (b *values) Int32(v int32) {
	b.length(4)
	b.bytes = binary.BigEndian.AppendUint32(b.bytes, uint32(v))
}

// epoch is where Postgres begins to count days and microseconds.
var epoch = time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)

// Date is a date; the null date is null.
func (b *values) Date(v period.Date) {
	if v.IsZero() {
		b.Null()
		return
	}
	b.Int32(int32(period.OfTime(epoch).DaysUntil(v)))
}

// Time is a timestamptz; the zero time is null.
func (b *values) Time(v time.Time) {
	if v.IsZero() {
		b.Null()
		return
	}
	b.Int64(v.UnixMicro() - epoch.UnixMicro())
}

// array writes what stands before the items of an array.
func (b *values) array(items int, oid uint32) {
	dimensions := min(items, 1)
	for _, n := range []int{dimensions, 0, int(oid)} { // none is said to be null
		b.length(n)
	}
	if dimensions > 0 {
		b.length(items)
		b.length(1) // the number of the first one
	}
}

// Int32s is an integer[].
func (b *values) Int32s(v []int32) {
	b.sized(func() {
		b.array(len(v), pgtype.Int4OID)
		for _, x := range v {
			b.Int32(x)
		}
	})
}

// Hashes is a bytea[].
func (b *values) Hashes(v []ledger.Hash) {
	b.sized(func() {
		b.array(len(v), pgtype.ByteaOID)
		for i := range v {
			b.Bytes(v[i][:])
		}
	})
}
