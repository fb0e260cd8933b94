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

// Domain tags keep hashes of different things apart; they are part of the format. That of
// streams has no end mark: with it, what a head is the hash of would need a third block of
// SHA-256 for its last byte.
const (
	eventDomain  = "stazh/event/v1\x00"
	streamDomain = "stazh/stream/v1"
)

// HashRecord is SHA-256 over the stored bytes of an event, with the domain tag in front.
func HashRecord(record []byte) Hash { return hashJoined(record, nil, nil) }

// hashParts is HashRecord of a record whose three parts are kept apart.
func hashParts(x *Context, k *Kind, own []byte) Hash {
	return hashJoined(x.stored, k.stored, own)
}

// hashJoined hashes the domain tag and three pieces. Those of a usual record are put
// together on the stack first: that is faster than to feed them one after the other.
func hashJoined(a, b, c []byte) (out Hash) {
	var room [512]byte
	if len(eventDomain)+len(a)+len(b)+len(c) <= len(room) {
		joined := append(room[:0], eventDomain...)
		joined = append(append(append(joined, a...), b...), c...)
		return sha256.Sum256(joined)
	}
	h := sha256.New()
	h.Write([]byte(eventDomain))
	h.Write(a)
	h.Write(b)
	h.Write(c)
	h.Sum(out[:0])
	return out
}

// NextHead chains an event to its stream: SHA-256(domain ‖ SHA-256(stream) ‖ revision ‖
// previous head ‖ event hash). The previous head of revision 0 is the zero hash.
func NextHead(stream StreamID, revision Revision, previous, event Hash) Hash {
	var room [64]byte // spares an allocation for all real names
	return nextHead(sha256.Sum256(append(room[:0], stream...)), revision, previous, event)
}

func nextHead(stream Hash, revision Revision, previous, event Hash) Hash {
	var b [len(streamDomain) + 3*sha256.Size + 8]byte
	n := copy(b[:], streamDomain)
	n += copy(b[n:], stream[:])
	binary.BigEndian.PutUint64(b[n:], uint64(revision))
	n += 8
	n += copy(b[n:], previous[:])
	copy(b[n:], event[:])
	return sha256.Sum256(b[:])
}

// Seal completes an event at the moment it is appended: it fixes the stored bytes and the
// stream's new head. The recorded time is kept to the microsecond, in UTC, which is what
// every store can hold. The payload stays the caller's slice.
func Seal(s StreamID, r Revision, p Position, at time.Time, prev Hash, e NewEvent) Event {
	at = at.UTC().Truncate(time.Microsecond)
	out := Event{NewEvent: e, Stream: s, Revision: r, Position: p, RecordedAt: at,
		context: NewContext(e.Meta), kind: NewKind(e.Type)}
	out.own = appendOwn(make([]byte, 0, recordSizeUsual+len(e.Payload)), at, &e)
	out.Head = NextHead(s, r, prev, out.Hash())
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

// Open rebuilds an event from its stored bytes. Nothing is hashed: that the bytes and the
// head belong together is checked by Verifier, over the whole stream.
func Open(s StreamID, r Revision, p Position, record []byte, head Hash) (Event, error) {
	e := Event{Stream: s, Revision: r, Position: p, Head: head}
	x, k, own, err := splitRecord(record)
	if err == nil {
		err = e.Complete(x, k, own)
	}
	if err != nil {
		return Event{}, fmt.Errorf("event %d of %s: %w", r, s, err)
	}
	return e, nil
}

// Complete fills an event, whose place in the ledger and head are given, from the parts of
// its record; the payload aliases own.
func (e *Event) Complete(x *Context, k *Kind, own []byte) (err error) {
	e.Type, e.Meta = k.name, x.meta
	e.context, e.kind, e.own = x, k, own
	c := Codec{buf: own, decoding: true}
	if e.RecordedAt, err = decodeOwn(&c, &e.NewEvent); err != nil {
		return fmt.Errorf("event %d of %s: %w", e.Revision, e.Stream, err)
	}
	return nil
}

// Record gives the stored bytes, that Hash is computed from, put together anew; nil of an
// event that no log gave.
func (e *Event) Record() []byte {
	if e.context == nil {
		return nil
	}
	return e.AppendRecord(make([]byte, 0,
		len(e.context.stored)+len(e.kind.stored)+len(e.own)))
}

// AppendRecord appends what Record gives to b.
func (e *Event) AppendRecord(b []byte) []byte {
	if e.context == nil {
		return b
	}
	b = append(b, e.context.stored...)
	b = append(b, e.kind.stored...)
	return append(b, e.own...)
}

// Hash computes the hash of the stored bytes; zero of an event that no log gave.
func (e *Event) Hash() Hash {
	if e.context == nil {
		return Hash{}
	}
	return hashParts(e.context, e.kind, e.own)
}

// Verifier checks the chain of one stream, event by event from revision 0.
type Verifier struct {
	name Hash // of the stream
	next Revision
	head Hash
}

// Check refuses an event that is not the next one or does not chain to those before. It
// hashes the stored bytes, and sets the head of an event whose log keeps none: the next
// head that is kept proves it.
func (v *Verifier) Check(e *Event) error { return v.CheckHashed(e, e.Hash()) }

// CheckHashed is Check for callers that kept the hash of the stored bytes and not those.
func (v *Verifier) CheckHashed(e *Event, hash Hash) error {
	if e.Revision != v.next {
		return fmt.Errorf("%w: stream %s has revision %d where %d must be",
			ErrCorrupt, e.Stream, e.Revision, v.next)
	}
	if v.next == 0 {
		v.name = sha256.Sum256([]byte(e.Stream))
	}
	head := nextHead(v.name, e.Revision, v.head, hash)
	if e.Head.IsZero() {
		e.Head = head
	}
	if head != e.Head {
		return fmt.Errorf("%w: head of stream %s at revision %d does not match its bytes",
			ErrCorrupt, e.Stream, e.Revision)
	}
	v.head, v.next = head, v.next+1
	return nil
}
