package ledger

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"time"
)

// Hash is a SHA-256. Its text form is lower-case hexadecimal, empty for the zero hash.
type Hash [sha256.Size]byte

// IsZero tells whether the hash is not given.
func (h Hash) IsZero() bool { return h == Hash{} }

// String gives 64 hexadecimal digits, or an empty text for the zero hash.
func (h Hash) String() string {
	if h.IsZero() {
		return ""
	}
	return hex.EncodeToString(h[:])
}

// MarshalText gives the hexadecimal text.
func (h Hash) MarshalText() ([]byte, error) { return []byte(h.String()), nil }

// UnmarshalText reads the hexadecimal text.
func (h *Hash) UnmarshalText(b []byte) error {
	v, err := ParseHash(string(b))
	*h = v
	return err
}

var errHashSyntax = errors.New("not a SHA-256 of 64 hexadecimal digits")

// ParseHash reads 64 hexadecimal digits or an empty text.
func ParseHash(s string) (h Hash, err error) {
	if s == "" {
		return h, nil
	}
	// The length comes first: hex.Decode panics when the text is longer than the hash.
	if len(s) != hex.EncodedLen(len(h)) {
		return Hash{}, errHashSyntax
	}
	if _, err := hex.Decode(h[:], []byte(s)); err != nil {
		return Hash{}, errHashSyntax
	}
	return h, nil
}

// Domain tags keep hashes of different things apart; "stazh/…/v1" is part of the format.
const (
	eventDomain  = "stazh/event/v1\x00"
	streamDomain = "stazh/stream/v1\x00"
)

// HashRecord is SHA-256 over the stored bytes of an event, with the domain tag in front.
func HashRecord(record []byte) (out Hash) {
	h := sha256.New()
	h.Write([]byte(eventDomain))
	h.Write(record)
	h.Sum(out[:0])
	return out
}

// hashParts is HashRecord of a record whose three parts are kept apart.
func hashParts(x *Context, k *Kind, own []byte) (out Hash) {
	h := sha256.New()
	h.Write([]byte(eventDomain))
	h.Write(x.stored)
	h.Write(k.stored)
	h.Write(own)
	h.Sum(out[:0])
	return out
}

// NextHead chains an event to its stream: SHA-256(domain ‖ SHA-256(stream) ‖ revision ‖
// previous head ‖ event hash). The previous head of revision 0 is the zero hash.
func NextHead(stream StreamID, revision Revision, previous, event Hash) Hash {
	c := Chain{name: sha256.Sum256([]byte(stream)), next: revision, head: previous}
	return c.Add(event)
}

// Chain makes the heads of one stream, event after event.
type Chain struct {
	name Hash // of the stream
	next Revision
	head Hash
}

// NewChain begins the chain of a stream, before revision 0.
func NewChain(s StreamID) Chain { return Chain{name: sha256.Sum256([]byte(s))} }

// Add chains the next event, by the hash of its record, and gives the stream's new head.
func (c *Chain) Add(event Hash) Hash {
	var b [len(streamDomain) + 3*sha256.Size + 8]byte
	n := copy(b[:], streamDomain)
	n += copy(b[n:], c.name[:])
	binary.BigEndian.PutUint64(b[n:], uint64(c.next))
	n += 8
	n += copy(b[n:], c.head[:])
	copy(b[n:], event[:])
	c.head, c.next = sha256.Sum256(b[:]), c.next+1
	return c.head
}

// Seal completes an event at the moment it is appended: it fixes the stored bytes, their
// hash and the stream's new head. The recorded time is kept to the microsecond, in UTC,
// which is what every store can hold. The payload stays the caller's slice.
func Seal(s StreamID, r Revision, p Position, at time.Time, prev Hash, e NewEvent) Event {
	at = at.UTC().Truncate(time.Microsecond)
	out := Event{NewEvent: e, Stream: s, Revision: r, Position: p, RecordedAt: at}
	out.Record = appendRecord(make([]byte, 0, recordSizeUsual+len(e.Payload)), at, &e)
	out.Hash = HashRecord(out.Record)
	out.Head = NextHead(s, r, prev, out.Hash)
	return out
}

// SealInto is Seal for writers of many events that keep the parts of a record apart: it
// appends the event's own part to buf and gives the longer buffer and the stream's new
// head, without an allocation of its own. The context and kind must be the event's.
func SealInto(
	buf []byte, x *Context, k *Kind, s StreamID, r Revision, at time.Time, prev Hash, e *NewEvent,
) ([]byte, Hash) {
	start := len(buf)
	buf = appendOwn(buf, at, e)
	return buf, NextHead(s, r, prev, hashParts(x, k, buf[start:]))
}

// Open rebuilds an event from its stored parts and computes the hash of its bytes; that
// the bytes and the head belong together is checked by Verifier, over the whole stream.
func Open(s StreamID, r Revision, p Position, record []byte, head Hash) (Event, error) {
	at, e, err := decodeRecord(record)
	if err != nil {
		return Event{}, fmt.Errorf("event %d of %s: %w", r, s, err)
	}
	return Event{
		NewEvent: e, Stream: s, Revision: r, Position: p, RecordedAt: at,
		Record: record, Hash: HashRecord(record), Head: head,
	}, nil
}

// OpenParts is Open for a record that the caller has put together from the stored bytes of
// a context, a kind and the event's own part; the first two need not be decoded again.
func OpenParts(
	x *Context, k *Kind, s StreamID, r Revision, p Position, record []byte, head Hash,
) (Event, error) {
	e := Event{
		NewEvent: NewEvent{Type: k.name, Meta: x.meta}, Stream: s, Revision: r, Position: p,
		Record: record, Head: head,
	}
	c := Codec{buf: record, offset: len(x.stored) + len(k.stored), decoding: true}
	at, err := decodeOwn(&c, &e.NewEvent)
	if err != nil {
		return Event{}, fmt.Errorf("event %d of %s: %w", r, s, err)
	}
	e.RecordedAt, e.Hash = at, HashRecord(record)
	return e, nil
}

// OpenInto completes an event, whose place in the ledger is given, from the parts of its
// record; the payload aliases own. It leaves Record, Hash and Head as they are.
func OpenInto(e *Event, x *Context, k *Kind, own []byte) (err error) {
	e.Type, e.Meta = k.name, x.meta
	c := Codec{buf: own, decoding: true}
	if e.RecordedAt, err = decodeOwn(&c, &e.NewEvent); err != nil {
		return fmt.Errorf("event %d of %s: %w", e.Revision, e.Stream, err)
	}
	return nil
}

// CheckParts checks the next event of the stream and its stored head against the parts of
// its record, and sets its Hash and Head.
func (c *Chain) CheckParts(e *Event, x *Context, k *Kind, own []byte, stored Hash) error {
	e.Hash = hashParts(x, k, own)
	e.Head = c.Add(e.Hash)
	if stored != e.Head {
		return fmt.Errorf("%w: head of stream %s at revision %d does not match its bytes",
			ErrCorrupt, e.Stream, e.Revision)
	}
	return nil
}

// Verifier checks the chain of one stream, event by event from revision 0.
type Verifier struct {
	next Revision
	head Hash
}

// Check refuses an event that is not the next one or does not chain to those before.
func (v *Verifier) Check(e Event) error {
	e.Hash = HashRecord(e.Record)
	return v.CheckHashed(&e)
}

// CheckHashed is Check for callers that have made sure already that Hash is the hash of
// the stored bytes, and need not keep those.
func (v *Verifier) CheckHashed(e *Event) error {
	if e.Revision != v.next {
		return fmt.Errorf("%w: stream %s has revision %d where %d must be",
			ErrCorrupt, e.Stream, e.Revision, v.next)
	}
	head := NextHead(e.Stream, e.Revision, v.head, e.Hash)
	if head != e.Head {
		return fmt.Errorf("%w: head of stream %s at revision %d does not match its bytes",
			ErrCorrupt, e.Stream, e.Revision)
	}
	v.head, v.next = head, v.next+1
	return nil
}
