package ledger

import (
	"encoding/binary"
	"fmt"
	"unicode/utf8"

	"github.com/google/uuid"

	"github.com/stazh/stazh/ledger/money"
	"github.com/stazh/stazh/ledger/period"
)

// Codec writes or reads the one canonical binary form. A type describes its fields once,
// in a method that calls the Codec for each of them in order; the same description
// serves both directions, so that they cannot drift apart, and no reflection is needed.
// Encoding only reads the value: goroutines may encode a shared one at the same time.
//
// The form is canonical: every value has exactly one encoding, and a decoder refuses
// any other, as well as bytes left over (a field it does not know). Integers are
// minimal varints (signed ones in zigzag), texts are UTF-8 with their length in front.
type Codec struct {
	buf      []byte
	offset   int
	decoding bool
	err      error
	texts    map[string]string // short texts met before; nil unless reusing
}

// NewEncoder makes a Codec that appends to buf.
func NewEncoder(buf []byte) *Codec { return &Codec{buf: buf} }

// NewDecoder makes a Codec that reads data. Byte slices it returns alias data.
func NewDecoder(data []byte) *Codec { return &Codec{buf: data, decoding: true} }

const (
	// internedLength bounds the texts that a reusing decoder remembers: codes, numbers of
	// payers and receipts are shorter, and what is longer is seldom the same twice.
	internedLength = 32
	// internedTexts bounds their number.
	internedTexts = 1 << 14
)

// NewReusingDecoder makes a decoder for many records, one after another by Reset, that
// makes little garbage. Short texts that come again and again become one string. A value
// that is decoded into anew keeps the room of its lists and byte strings, which are copied
// out of the data: who decodes into a value again must not keep those of before.
func NewReusingDecoder() *Codec {
	return &Codec{decoding: true, texts: map[string]string{}}
}

// Reset lets a decoder read other data, as NewDecoder does, and an encoder append to it.
func (c *Codec) Reset(data []byte) { c.buf, c.offset, c.err = data, 0, nil }

// Encoded gives all bytes written so far.
func (c *Codec) Encoded() []byte { return c.buf }

// Decoding tells the direction, for types that must rebuild something after reading.
func (c *Codec) Decoding() bool { return c.decoding }

// Finish tells whether everything was read well and nothing was left over.
func (c *Codec) Finish() error {
	if c.err == nil && c.decoding && c.offset != len(c.buf) {
		c.err = fmt.Errorf("%w: %d bytes after the last known field",
			ErrUnknownType, len(c.buf)-c.offset)
	}
	return c.err
}

// Fail records the first error of a decoding. Nothing is left to read afterwards, so that
// reading need not ask for an error.
func (c *Codec) Fail(what string) {
	if c.err == nil {
		c.err = fmt.Errorf("%w: %s at byte %d", ErrCorrupt, what, c.offset)
	}
	c.offset = len(c.buf)
}

// take gives the next n bytes, or nil after an error.
func (c *Codec) take(n int) []byte {
	if n < 0 || n > len(c.buf)-c.offset {
		c.Fail("record is cut short")
		return nil
	}
	b := c.buf[c.offset : c.offset+n : c.offset+n]
	c.offset += n
	return b
}

// Uint64 handles an unsigned integer as a minimal varint.
func (c *Codec) Uint64(v *uint64) {
	if c.decoding {
		*v = c.uvarint()
	} else {
		c.putUvarint(*v)
	}
}

// Int64 handles a signed integer as a zigzag varint.
func (c *Codec) Int64(v *int64) {
	if c.decoding {
		u := c.uvarint()
		*v = int64(u>>1) ^ -int64(u&1)
	} else {
		c.putUvarint(uint64(*v)<<1 ^ uint64(*v>>63))
	}
}

func (c *Codec) putUvarint(u uint64) {
	if u < 0x80 { // most are small
		c.buf = append(c.buf, byte(u))
		return
	}
	c.buf = binary.AppendUvarint(c.buf, u)
}

// uvarint reads a minimal varint, zero after an error. Half of the time of a decoding is
// spent here: most integers have one byte, and an amount usually three.
func (c *Codec) uvarint() uint64 {
	b := c.buf[c.offset:]
	if len(b) > 0 && b[0] < 0x80 {
		c.offset++
		return uint64(b[0])
	}
	if len(b) >= 3 {
		if b[1]-1 < 0x7f { // from 1 to 0x7f: the last byte
			c.offset += 2
			return uint64(b[0]&0x7f) | uint64(b[1])<<7
		}
		if b[1] >= 0x80 && b[2]-1 < 0x7f {
			c.offset += 3
			return uint64(b[0]&0x7f) | uint64(b[1]&0x7f)<<7 | uint64(b[2])<<14
		}
	}
	u, n := binary.Uvarint(b)
	if n <= 0 || b[n-1] == 0 {
		c.Fail("bad integer")
		return 0
	}
	c.offset += n
	return u
}

// Int handles a signed integer of the machine's size.
func (c *Codec) Int(v *int) {
	wide := int64(*v)
	c.Int64(&wide)
	if c.decoding {
		*v = int(wide)
	}
}

func (c *Codec) int32(v *int32) {
	wide := int64(*v)
	c.Int64(&wide)
	if !c.decoding {
		return
	}
	if int64(int32(wide)) != wide {
		c.Fail("integer out of range")
		return
	}
	*v = int32(wide)
}

// Bool handles a truth value as one byte, 0 or 1.
func (c *Codec) Bool(v *bool) {
	var u uint64
	if *v {
		u = 1
	}
	c.Uint64(&u)
	if !c.decoding {
		return
	}
	if u > 1 {
		c.Fail("bad truth value")
	}
	*v = u == 1
}

// Bytes handles a byte string with its length in front.
func (c *Codec) Bytes(v *[]byte) {
	if !c.decoding {
		c.putUvarint(uint64(len(*v)))
		c.buf = append(c.buf, *v...)
		return
	}
	b := c.counted()
	if c.texts != nil {
		b = append((*v)[:0], b...)
	}
	*v = b
}

// counted reads a length and so many bytes.
func (c *Codec) counted() []byte {
	n := c.uvarint()
	if n > uint64(len(c.buf)-c.offset) {
		c.Fail("record is cut short")
		return nil
	}
	start := c.offset
	c.offset += int(n)
	return c.buf[start:c.offset:c.offset]
}

// String handles a UTF-8 text with its length in front.
func (c *Codec) String(v *string) {
	if !c.decoding {
		c.putUvarint(uint64(len(*v)))
		c.buf = append(c.buf, *v...)
		return
	}
	if i := c.offset; i < len(c.buf) && c.buf[i] == 0 { // as most optional ones
		c.offset++
		*v = ""
		return
	}
	b := c.counted()
	switch {
	case c.texts != nil && 1 < len(b) && len(b) <= internedLength: // one costs nothing
		c.intern(v, b)
	case utf8.Valid(b):
		*v = string(b)
	default:
		c.Fail("text is not UTF-8")
	}
}

// intern sets v to a text, the same string each time. The value decoded before into the
// same place often had the same text.
func (c *Codec) intern(v *string, b []byte) {
	if *v == string(b) {
		return
	}
	if known, ok := c.texts[string(b)]; ok {
		*v = known
		return
	}
	if !utf8.Valid(b) {
		c.Fail("text is not UTF-8")
		return
	}
	*v = string(b)
	if len(c.texts) == internedTexts {
		clear(c.texts)
	}
	c.texts[*v] = *v
}

// UUID handles sixteen bytes.
func (c *Codec) UUID(v *uuid.UUID) { c.fixed(v[:]) }

// Hash handles thirty-two bytes.
func (c *Codec) Hash(v *Hash) { c.fixed(v[:]) }

func (c *Codec) fixed(v []byte) {
	if !c.decoding {
		c.buf = append(c.buf, v...)
		return
	}
	copy(v, c.take(len(v)))
}

// OptionalUUID handles an identifier that may be absent, in one or seventeen bytes.
func (c *Codec) OptionalUUID(v *uuid.UUID) { c.optional(v[:], *v != uuid.Nil) }

// OptionalHash handles a hash that may be absent, in one or thirty-three bytes.
func (c *Codec) OptionalHash(v *Hash) { c.optional(v[:], !v.IsZero()) }

func (c *Codec) optional(v []byte, present bool) {
	c.Bool(&present)
	if !present {
		if c.decoding {
			clear(v)
		}
		return
	}
	c.fixed(v)
	if c.decoding && isZero(v) {
		c.Fail("absent value written as present")
	}
}

func isZero(b []byte) bool {
	for _, x := range b {
		if x != 0 {
			return false
		}
	}
	return true
}

// Amount handles a sum in kopecks.
func (c *Codec) Amount(v *money.Amount) { c.Int64((*int64)(v)) }

// Rate handles an exact decimal factor.
func (c *Codec) Rate(v *money.Rate) { c.Int64((*int64)(v)) }

// Date handles a calendar day.
func (c *Codec) Date(v *period.Date) { c.int32((*int32)(v)) }

// Month handles a calendar month.
func (c *Codec) Month(v *period.Month) { c.int32((*int32)(v)) }

// Slice handles a list with its length in front; each describes the fields of one item.
// An empty list and a nil one are the same and read back as nil, except by a reusing
// decoder.
func Slice[T any](c *Codec, items *[]T, each func(*Codec, *T)) {
	n := uint64(len(*items))
	c.Uint64(&n)
	if !c.decoding {
		for i := range *items {
			each(c, &(*items)[i])
		}
		return
	}
	// Each item takes at least a byte, which bounds what a hostile length allocates.
	if c.err != nil || n > uint64(len(c.buf)-c.offset) {
		c.Fail("list is cut short")
		return
	}
	list := *items
	*items = nil
	switch {
	case c.texts != nil && uint64(cap(list)) >= n:
		list = list[:n]
	case n == 0:
		return
	default:
		list = make([]T, n)
	}
	for i := range list {
		each(c, &list[i])
		if c.err != nil {
			return
		}
	}
	*items = list
}
