package ledger

import (
	"fmt"
	"unicode/utf8"

	"github.com/google/uuid"
)

// Limits bounds one Append, so that a single caller cannot hold up all others or fill
// the memory of the writer.
type Limits struct {
	// Events is the largest number of events of one append.
	Events int
	// Bytes is the largest sum of the events' payloads and texts.
	Bytes int
}

// DefaultLimits are far over what the largest payer reports for a quarter (about 20,000
// insured persons) and still fit the memory of a small machine.
func DefaultLimits() Limits { return Limits{Events: 200_000, Bytes: 64 << 20} }

// typeLengthMax bounds the name of an event type.
const typeLengthMax = 100

// Check refuses a batch that breaks the contract of Append (ErrInvalid) or is over the
// limits (ErrTooLarge). It gives the number of events and their size in bytes.
func (l Limits) Check(batch []StreamAppend) (events, bytes int, err error) {
	if len(batch) == 0 {
		return 0, 0, fmt.Errorf("%w: no stream given", ErrInvalid)
	}
	for i := range batch {
		events += len(batch[i].Events)
		for j := range batch[i].Events {
			bytes += batch[i].Events[j].size()
		}
	}
	if events > l.Events || bytes > l.Bytes {
		return events, bytes, fmt.Errorf(
			"%w: %d events of %d bytes, the limit is %d events of %d bytes; split it",
			ErrTooLarge, events, bytes, l.Events, l.Bytes)
	}
	streams := make(map[StreamID]struct{}, len(batch))
	ids := make(map[uuid.UUID]struct{}, events)
	for i := range batch {
		if err := batch[i].check(streams, ids); err != nil {
			return events, bytes, err
		}
	}
	return events, bytes, nil
}

func (a *StreamAppend) check(streams map[StreamID]struct{}, ids map[uuid.UUID]struct{}) error {
	if !a.Stream.Valid() {
		return fmt.Errorf("%w: %q is no stream name", ErrInvalid, a.Stream)
	}
	if _, twice := streams[a.Stream]; twice {
		return fmt.Errorf("%w: stream %s appears twice, join its events in one",
			ErrInvalid, a.Stream)
	}
	streams[a.Stream] = struct{}{}
	if a.Expected < NoStream {
		return fmt.Errorf("%w: expected revision %d of stream %s, -1 means a new stream",
			ErrInvalid, a.Expected, a.Stream)
	}
	if len(a.Events) == 0 {
		return fmt.Errorf("%w: no events for stream %s", ErrInvalid, a.Stream)
	}
	for i := range a.Events {
		e := &a.Events[i]
		if err := e.check(); err != nil {
			return fmt.Errorf("%w: event %d for stream %s: %w", ErrInvalid, i, a.Stream, err)
		}
		if _, twice := ids[e.ID]; twice {
			return fmt.Errorf("%w: event id %s appears twice", ErrInvalid, e.ID)
		}
		ids[e.ID] = struct{}{}
	}
	return nil
}

// check refuses what could be written but not read back or not be told apart.
func (e *NewEvent) check() error {
	if e.ID == uuid.Nil {
		return fmt.Errorf("its id is not given")
	}
	if e.Type == "" || len(e.Type) > typeLengthMax {
		return fmt.Errorf("its type must have 1 to %d characters", typeLengthMax)
	}
	for _, c := range []byte(e.Type) {
		if c <= ' ' || c > '~' {
			return fmt.Errorf("its type must be of printable ASCII without spaces")
		}
	}
	m := &e.Meta
	for _, text := range [...]string{
		m.Actor.Subject, m.Actor.Role, m.Actor.Office, m.Ground, m.RulePack,
	} {
		if !utf8.ValidString(text) {
			return fmt.Errorf("a text of its metadata is not UTF-8")
		}
	}
	return nil
}

func (e *NewEvent) size() int {
	m := &e.Meta
	return len(e.Payload) + len(e.Type) + len(m.Actor.Subject) + len(m.Actor.Role) +
		len(m.Actor.Office) + len(m.Ground) + len(m.RulePack)
}
