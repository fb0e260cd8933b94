package ledger

import (
	"fmt"
	"time"

	"github.com/google/uuid"
)

// A record is the stored form of an event: three parts, one after the other, which a
// store may keep apart and put together again, since the hash is over their bytes.
//
//	context  the version and the metadata that all events of an append usually share
//	kind     the name of the event's type
//	own      what is the event's alone: its time, id, months and payload
//
// The context of a filing is as long as a usual fact; kept once for all its events it
// costs a fraction of a byte each.

// recordVersion is the first byte of every stored record.
const recordVersion = 1

// Context is the first part of a record, encoded and decoded.
type Context struct {
	stored []byte
	meta   Meta // without months
}

// Kind is the second part of a record, encoded and decoded.
type Kind struct {
	stored []byte
	name   string
}

// shared is the metadata as far as it belongs to the context.
func (m *Meta) shared(c *Codec) {
	c.String(&m.Actor.Subject)
	c.String(&m.Actor.Role)
	c.String(&m.Actor.Office)
	c.String(&m.Ground)
	c.OptionalUUID(&m.Correlation)
	c.OptionalUUID(&m.Causation)
	c.OptionalHash(&m.Source)
	c.String(&m.RulePack)
}

// own is the last part of the record.
func (e *NewEvent) own(c *Codec, micros *int64) {
	c.Int64(micros)
	c.UUID(&e.ID)
	c.Month(&e.Meta.EffectiveFrom)
	c.Month(&e.Meta.EffectiveTo)
	c.Bytes(&e.Payload)
}

// WithoutMonths is the part of the metadata that a Context holds.
func (m Meta) WithoutMonths() Meta {
	m.EffectiveFrom, m.EffectiveTo = 0, 0
	return m
}

// NewContext encodes the metadata, whose months are no part of it.
func NewContext(m Meta) *Context {
	x := &Context{meta: m.WithoutMonths()}
	x.stored = appendContext(make([]byte, 0, contextSizeUsual), &x.meta)
	return x
}

// contextSizeUsual is room for most contexts.
const contextSizeUsual = 144

func appendContext(buf []byte, m *Meta) []byte {
	c := Codec{buf: buf}
	version := uint64(recordVersion)
	c.Uint64(&version)
	m.shared(&c)
	return c.buf
}

// ParseContext decodes a stored context, of which it keeps the bytes.
func ParseContext(stored []byte) (*Context, error) {
	c := NewDecoder(stored)
	x := &Context{stored: stored}
	if err := x.read(c); err != nil {
		return nil, err
	}
	return x, c.Finish()
}

func (x *Context) read(c *Codec) error {
	var version uint64
	c.Uint64(&version)
	if c.err == nil && version != recordVersion {
		return fmt.Errorf("%w: record version %d", ErrUnknownType, version)
	}
	x.meta.shared(c)
	return c.err
}

// Stored gives the encoded context, which must not be changed.
func (x *Context) Stored() []byte { return x.stored }

// Meta gives the metadata, without months.
func (x *Context) Meta() Meta { return x.meta }

// NewKind encodes the name of a type.
func NewKind(name string) *Kind {
	c := Codec{}
	c.String(&name)
	return &Kind{stored: c.buf, name: name}
}

// Name gives the name of the type.
func (k *Kind) Name() string { return k.name }

// Stored gives the encoded name, which must not be changed.
func (k *Kind) Stored() []byte { return k.stored }

// recordSizeUsual is room for the fields of an event beside its payload.
const recordSizeUsual = 180

func appendOwn(buf []byte, at time.Time, e *NewEvent) []byte {
	c := Codec{buf: buf}
	micros := at.UnixMicro()
	e.own(&c, &micros)
	return c.buf
}

// splitRecord finds the parts of a record.
func splitRecord(record []byte) (*Context, *Kind, []byte, error) {
	var (
		x Context
		k Kind
	)
	c := NewDecoder(record)
	if err := x.read(c); err != nil {
		return nil, nil, nil, err
	}
	x.stored = record[:c.offset:c.offset]
	start := c.offset
	c.String(&k.name)
	k.stored = record[start:c.offset:c.offset]
	return &x, &k, record[c.offset:], c.err
}

// decodeOwn reads the rest of a record.
func decodeOwn(c *Codec, e *NewEvent) (time.Time, error) {
	var micros int64
	e.own(c, &micros)
	if err := c.Finish(); err != nil {
		return time.Time{}, err
	}
	return time.UnixMicro(micros).UTC(), nil
}

// ParseOwn gives the time and the id from the own part of a record.
func ParseOwn(own []byte) (at time.Time, id uuid.UUID, err error) {
	var e NewEvent
	at, err = decodeOwn(NewDecoder(own), &e)
	return at, e.ID, err
}
