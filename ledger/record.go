package ledger

import (
	"fmt"
	"time"
)

// recordVersion is the first byte of every stored record.
const recordVersion = 1

// fields is the one description of the stored form of an event, used to write and read.
func (e *NewEvent) fields(c *Codec, at *int64) {
	c.Int64(at)
	c.UUID(&e.ID)
	c.String(&e.Type)
	m := &e.Meta
	c.Month(&m.EffectiveFrom)
	c.Month(&m.EffectiveTo)
	c.String(&m.Actor.Subject)
	c.String(&m.Actor.Role)
	c.String(&m.Actor.Office)
	c.String(&m.Ground)
	c.OptionalUUID(&m.Correlation)
	c.OptionalUUID(&m.Causation)
	c.OptionalHash(&m.Source)
	c.String(&m.RulePack)
	c.Bytes(&e.Payload)
}

// recordSizeUsual is room for the fields of an event beside its payload.
const recordSizeUsual = 160

// appendRecord appends the stored bytes of an event to buf.
func appendRecord(buf []byte, at time.Time, e *NewEvent) []byte {
	c := Codec{buf: buf}
	version, micros := uint64(recordVersion), at.UnixMicro()
	c.Uint64(&version)
	e.fields(&c, &micros)
	return c.buf
}

func decodeRecord(record []byte) (time.Time, NewEvent, error) {
	var (
		e       NewEvent
		version uint64
		micros  int64
	)
	c := NewDecoder(record)
	c.Uint64(&version)
	if c.err == nil && version != recordVersion {
		return time.Time{}, e, fmt.Errorf("%w: record version %d", ErrUnknownType, version)
	}
	e.fields(c, &micros)
	if err := c.Finish(); err != nil {
		return time.Time{}, e, err
	}
	return time.UnixMicro(micros).UTC(), e, nil
}
