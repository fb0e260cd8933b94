// Package ledger is the core of Stazh: the immutable event, the one Log that keeps
// events, their canonical binary form and their hash chain. It does no I/O and knows
// nothing of persons, payers or the law; those are in ledger/event and ledger/account.
package ledger

import (
	"context"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"iter"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/stazh/stazh/ledger/period"
)

// Position is the place of an event in the whole ledger, in commit order. It grows from
// event to event, by one where the log is dense (see Guarantees). Zero is "before the first
// event"; positions are only compared and given back to the log that they come from.
type Position uint64

// Revision is the place of an event in its stream, from 0.
type Revision int64

// NoStream is the expected revision of a stream that must not exist yet.
const NoStream Revision = -1

// StreamID names a stream: "person-<uuid>", "payer-<UNP>" or "law".
type StreamID string

// Law is the stream of dated parameters, classifiers and rule packs.
const Law StreamID = "law"

// PersonID is the pseudonym of an insured person, made from the insurance number by
// seal.Keyring.PersonID.
type PersonID = uuid.UUID

// PersonStream names the stream of an insured person.
func PersonStream(id PersonID) StreamID { return StreamID("person-" + id.String()) }

// PayerStream names the stream of a payer by its UNP (nine characters).
func PayerStream(unp string) StreamID { return StreamID("payer-" + unp) }

// Person gives the insured person whose stream this is. Only the canonical text of the
// identifier counts: a second spelling would be a second stream of the same person.
func (s StreamID) Person() (PersonID, bool) {
	text, ok := strings.CutPrefix(string(s), "person-")
	if !ok {
		return PersonID{}, false
	}
	return canonicalUUID(text)
}

// noNibble is what nibble gives for a character that is no lower-case hexadecimal digit.
const noNibble = 0xff

// nibble gives the value of each hexadecimal digit.
var nibble = func() (table [256]byte) {
	for i := range table {
		table[i] = noNibble
	}
	for i, c := range []byte("0123456789abcdef") {
		table[c] = byte(i)
	}
	return table
}()

// canonicalUUID reads the one spelling that uuid.UUID.String gives, without allocation.
func canonicalUUID(text string) (id uuid.UUID, ok bool) {
	const length = 36
	if len(text) != length {
		return uuid.UUID{}, false
	}
	nibbles := 0
	for i := range length {
		digit := nibble[text[i]]
		if i == 8 || i == 13 || i == 18 || i == 23 {
			if text[i] != '-' {
				return uuid.UUID{}, false
			}
			continue
		}
		if digit == noNibble {
			return uuid.UUID{}, false
		}
		id[nibbles/2] = id[nibbles/2]<<4 | digit
		nibbles++
	}
	return id, true
}

// Payer gives the UNP of the payer whose stream this is.
func (s StreamID) Payer() (unp string, ok bool) {
	return strings.CutPrefix(string(s), "payer-")
}

// Valid tells whether the name has one of the three forms that the ledger knows.
func (s StreamID) Valid() bool {
	if s == Law {
		return true
	}
	if _, ok := s.Person(); ok {
		return true
	}
	unp, ok := s.Payer()
	if !ok || len(unp) != 9 {
		return false
	}
	for _, c := range []byte(unp) {
		if (c < '0' || c > '9') && (c < 'A' || c > 'Z') {
			return false
		}
	}
	return true
}

// Actor is who caused an event: the subject that authenticated (or was named), the role
// in which it acted and the office it acted for, if any.
type Actor struct {
	Subject string `json:"subject"`
	Role    string `json:"role"`
	Office  string `json:"office,omitempty"`
}

// Meta is what an event says about itself beside its fact. All of it is hashed.
type Meta struct {
	// EffectiveFrom and EffectiveTo are the months that the fact is about; zero when
	// it is about none.
	EffectiveFrom period.Month `json:"effective_from,omitzero"`
	EffectiveTo   period.Month `json:"effective_to,omitzero"`
	Actor         Actor        `json:"actor"`
	// Ground is the act and article the actor relied on.
	Ground string `json:"ground,omitempty"`
	// Correlation is the filing or case that the event belongs to; Causation is the
	// event or command that led to it.
	Correlation uuid.UUID `json:"correlation,omitzero"`
	Causation   uuid.UUID `json:"causation,omitzero"`
	// Source is the SHA-256 of the source document's bytes; zero when there is none.
	Source Hash `json:"source,omitzero"`
	// RulePack is the version of the control rules that let the fact in.
	RulePack string `json:"rule_pack,omitempty"`
}

// NewEvent is an event that has not been recorded yet. Payload is the canonical form
// that the event's type defines (package event writes it).
type NewEvent struct {
	ID      uuid.UUID
	Type    string
	Meta    Meta
	Payload []byte
}

// Event is a recorded event. Its stored bytes and their hash are given by Record and Hash,
// which put them together and compute when they are asked; Head is the stream's chain up
// to and including this event (see chain.go), zero where the log does not keep it.
type Event struct {
	NewEvent
	Stream     StreamID
	Revision   Revision
	Position   Position
	RecordedAt time.Time
	Head       Hash

	// The parts of the record; nil in an event that no log gave.
	context *Context
	kind    *Kind
	own     []byte
}

// StreamAppend is what one Append adds to one stream, which must be at the Expected
// revision (NoStream for a new one).
type StreamAppend struct {
	Stream   StreamID
	Expected Revision
	Events   []NewEvent
}

// Mark says how far a stream is known.
type Mark struct {
	Stream StreamID
	// Revision is that of the last event that is known, NoStream for none; Position is where
	// this event stands, which spares a look at what lies before. Zero is always right.
	Revision Revision
	Position Position
}

// Result says where an append stands in the ledger.
type Result struct {
	// Position is that of the last event of the append.
	Position Position
	// RecordedAt is the append's recorded time, one for all its events; where the log is
	// not atomic, that of its last stream.
	RecordedAt time.Time
	// Repeated is true when the events had been recorded by an earlier call already.
	Repeated bool
}

// Guarantees are what some logs give beyond the contract of Log.
type Guarantees struct {
	// Atomic: an append to several streams is recorded whole or not at all, its events
	// stand together in the order given, and RecordedAt never decreases with the position,
	// but for events taken over from another log (see Importer).
	Atomic bool
	// Dense: positions are 1, 2, 3 and so on, so that whoever reads sees what is missing,
	// and differences of positions count events.
	Dense bool
}

// Follows refuses a position that cannot be that of the event after the one at last.
func (g Guarantees) Follows(last, next Position) error {
	if next <= last || g.Dense && next != last+1 {
		return fmt.Errorf("%w: position %d came after %d", ErrCorrupt, next, last)
	}
	return nil
}

// Log keeps the events. Implementations are proved by package logtest; all methods are
// safe for concurrent use and return when ctx ends, with its error.
type Log interface {
	// Append records all events of the batch, durably, before it returns. Positions are
	// given in commit order, and RecordedAt never decreases within a stream.
	//
	// Each stream may appear once in a batch. When a stream is not at its expected
	// revision the result is *WrongRevisionError, except when each stream of the batch
	// already holds exactly the batch's event ids from expected+1 on: then the append
	// is a repetition and returns the place of the first one. After ErrUnknownOutcome
	// the same call may therefore be made again.
	//
	// The events of one stream are recorded all or none. An atomic log does the same for
	// the batch. Any other records the last stream of the batch only when all others are
	// recorded, so that its events prove the batch complete; after an error any of the
	// streams before it may be recorded. The same call, made again, leaves alone what is
	// recorded and adds the rest. Who decides anew instead must find what is recorded by
	// its event ids, and decide on each stream as it was before them.
	Append(ctx context.Context, batch ...StreamAppend) (Result, error)

	// ReadStreams yields the events of the streams, each stream whole, in the order of
	// the arguments and by revision. A stream that does not exist yields nothing. An
	// error is yielded as the last pair and is never to be taken for the end. Head is
	// given with the last event of a stream, and with others as far as the log keeps it;
	// a Verifier makes those between.
	ReadStreams(ctx context.Context, streams ...StreamID) iter.Seq2[Event, error]

	// ReadAfter is ReadStreams without what is known of each stream, which may be named
	// once. A stream that ends at its mark, or before, yields nothing.
	ReadAfter(ctx context.Context, marks ...Mark) iter.Seq2[Event, error]

	// ReadAll yields at most limit events after the position, in order; limit <= 0
	// means all there are. A reader that continues after the last position it saw never
	// misses an event. Errors are as in ReadStreams. Each event has its Head.
	ReadAll(ctx context.Context, after Position, limit int) iter.Seq2[Event, error]

	// Head gives the position of the last event, zero for an empty ledger. It is never
	// before an append that has returned in this process. Where the log is not dense, it may
	// follow what other processes append a moment later.
	Head(ctx context.Context) (Position, error)

	// Wait returns the head as soon as it is beyond after.
	Wait(ctx context.Context, after Position) (Position, error)

	// Guarantees tells what this log gives beyond the contract, the same for its lifetime.
	Guarantees() Guarantees
}

// namespace is the UUIDv5 namespace of all deterministic identifiers of the ledger.
var namespace = uuid.MustParse("5b2d6c0e-8f5a-5c53-9d0e-3a6f3f1f7c11")

// DeterministicID makes the identifier of something that a retry must find again, from
// the parts that define it, such as a filing, a document number and an ordinal.
func DeterministicID(parts ...any) uuid.UUID {
	return identify(appendParts(make([]byte, 0, 256), parts))
}

// Series makes DeterministicIDs that have their first parts in common and numbers behind
// them, as those of a filing's events.
type Series struct{ first []byte }

// NewSeries begins a series with the parts that its identifiers have in common.
func NewSeries(parts ...any) Series { return Series{appendParts(nil, parts)} }

// ID is DeterministicID of the common parts and the numbers.
func (s Series) ID(numbers ...int) uuid.UUID {
	var room [128]byte
	buf := append(room[:0], s.first...)
	for _, n := range numbers {
		buf = appendNumber(buf, int64(n))
	}
	return identify(buf)
}

// identify is SHA-1 over the namespace and each part's text with its length in front
// (UUIDv5).
func identify(buf []byte) uuid.UUID {
	sum := sha1.Sum(buf)
	id := uuid.UUID(sum[:16])
	id[6] = id[6]&0x0f | 5<<4
	id[8] = id[8]&0x3f | 0x80
	return id
}

func appendParts(buf []byte, parts []any) []byte {
	buf = append(buf, namespace[:]...)
	for _, p := range parts {
		buf = appendPart(buf, p)
	}
	return buf
}

// appendPart appends "length:text" of a part; the usual ones without an allocation.
func appendPart(buf []byte, part any) []byte {
	var room [2 * sha256.Size]byte
	text := room[:0]
	switch p := part.(type) {
	case string:
		buf = strconv.AppendInt(buf, int64(len(p)), 10)
		return append(append(buf, ':'), p...)
	case int:
		return appendNumber(buf, int64(p))
	case int64:
		return appendNumber(buf, p)
	case uuid.UUID: // as its String
		text = hex.AppendEncode(text, p[:4])
		for _, group := range [...][]byte{p[4:6], p[6:8], p[8:10], p[10:]} {
			text = hex.AppendEncode(append(text, '-'), group)
		}
	case period.Month:
		text = p.AppendText(text)
	case Hash:
		if !p.IsZero() { // as its String
			text = hex.AppendEncode(text, p[:])
		}
	default:
		text = fmt.Append(text, p)
	}
	buf = strconv.AppendInt(buf, int64(len(text)), 10)
	return append(append(buf, ':'), text...)
}

func appendNumber(buf []byte, n int64) []byte {
	var room [20]byte
	text := strconv.AppendInt(room[:0], n, 10)
	buf = strconv.AppendInt(buf, int64(len(text)), 10)
	return append(append(buf, ':'), text...)
}
