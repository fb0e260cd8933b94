package service

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/google/uuid"

	"github.com/stazh/stazh/commands"
	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/ledger/account"
	"github.com/stazh/stazh/ledger/event"
)

// timed is a log whose positions are not dense, so that only it finds the event at one.
type timed interface {
	RecordedAt(ctx context.Context, at ledger.Position) (time.Time, error)
}

// recordedAt gives the time of the event at a position, zero for position 0.
func (s *Service) recordedAt(ctx context.Context, at ledger.Position) (time.Time, error) {
	if at == 0 {
		return time.Time{}, nil
	}
	if recorded, ok := s.times.at(at); ok {
		return recorded, nil
	}
	if sparse, ok := s.log.(timed); ok {
		recorded, err := sparse.RecordedAt(ctx, at)
		if err == nil {
			s.times.keep(at, recorded)
		}
		return recorded, err
	}
	for e, err := range s.log.ReadAll(ctx, at-1, 1) {
		if err != nil {
			return time.Time{}, fmt.Errorf("read event %d: %w", at, err)
		}
		s.times.keep(at, e.RecordedAt)
		return e.RecordedAt, nil
	}
	return time.Time{}, fmt.Errorf("%w: event %d is not there", ledger.ErrCorrupt, at)
}

// cut decides how a read is done: past tells that the state up to the position is to be
// folded from the ledger, otherwise the read models answer.
func (s *Service) cut(ctx context.Context, r Read) (at ledger.Position, past bool, err error) {
	if r.AsOf == (AsOf{}) {
		return 0, false, nil
	}
	if r.AsOf.Position > 0 && !r.AsOf.RecordedAt.IsZero() {
		return 0, true, refuse(commands.Invalid, "as_of_twice",
			"give either a moment or a position to read as of, not both")
	}
	if _, known := s.times.at(r.AsOf.Position); known {
		return r.AsOf.Position, true, nil // the ledger only grows
	}
	head, err := s.log.Head(ctx)
	if err != nil {
		return 0, true, fmt.Errorf("read the head of the ledger: %w", err)
	}
	if r.AsOf.Position > head {
		return 0, true, refuse(commands.Invalid, "as_of_ahead",
			"the ledger has reached position %d only: ask for that or an earlier one", head)
	}
	if r.AsOf.Position > 0 {
		return r.AsOf.Position, true, nil
	}
	if r.AsOf.RecordedAt.After(s.clock()) {
		// The clock of whoever recorded the last event may be ahead of ours.
		last, err := s.recordedAt(ctx, head)
		if err != nil {
			return 0, true, err
		}
		if r.AsOf.RecordedAt.After(last) {
			return 0, true, refuse(commands.Invalid, "as_of_ahead",
				"the moment to read as of is in the future: ask for now or earlier")
		}
	}
	at, err = s.positionAt(ctx, r.AsOf.RecordedAt, head)
	return at, true, err
}

// positionAt finds the last position that was recorded at or before a moment. Recorded
// times never decrease with the position, so some thirty single reads are enough for any
// ledger.
func (s *Service) positionAt(ctx context.Context, t time.Time, head ledger.Position,
) (ledger.Position, error) {
	low, high := ledger.Position(0), head // low is in, whatever is above high is out
	for low < high {
		middle := low + (high-low+1)/2
		recorded, err := s.recordedAt(ctx, middle)
		if err != nil {
			return 0, err
		}
		if recorded.After(t) {
			high = middle - 1
		} else {
			low = middle
		}
	}
	return low, nil
}

// law gives the law for a read: as recorded now, or as it was at the cut.
func (s *Service) law(ctx context.Context, at ledger.Position, past bool,
) (*account.Law, error) {
	if !past {
		return s.bus.Law.Current(ctx)
	}
	return s.bus.Law.AsOf(ctx, at)
}

// foldPerson folds a person's stream up to a position and proves its chain; without any
// event the person is unknown there. Where accounts were joined at the position it gives the
// one account of all, seen from the survivor's, and proves the chains of all.
func (s *Service) foldPerson(ctx context.Context, id ledger.PersonID, at ledger.Position,
) (*account.Person, *Chain, error) {
	p, chain, err := s.foldAccount(ctx, id, at)
	if err == nil && p.MergedInto != uuid.Nil {
		p, chain, err = s.foldAccount(ctx, p.MergedInto, at)
	}
	if err != nil || len(p.Absorbed) == 0 {
		return p, chain, err
	}
	var others []*account.Person
	for _, absorbed := range p.Absorbed {
		other, proved, err := s.foldAccount(ctx, absorbed, at)
		if err != nil {
			return nil, nil, err
		}
		others = append(others, other)
		chain.Joined = append(chain.Joined, StreamHead{proved.Stream, proved.Revision, proved.Head})
	}
	return account.Join(p, others...), chain, nil
}

// foldAccount folds one account alone.
func (s *Service) foldAccount(ctx context.Context, id ledger.PersonID, at ledger.Position,
) (*account.Person, *Chain, error) {
	p := account.NewPerson(id)
	chain, err := s.each(ctx, ledger.PersonStream(id), at, p.Apply)
	if err == nil && p.Revision == ledger.NoStream {
		err = personUnknown()
	}
	return p, chain, err
}

// foldPayer folds a payer's stream up to a position.
func (s *Service) foldPayer(ctx context.Context, unp string, at ledger.Position,
) (*account.Payer, error) {
	p := account.NewPayer(unp)
	_, err := s.each(ctx, ledger.PayerStream(unp), at, p.Apply)
	if err == nil && p.Revision == ledger.NoStream {
		err = payerUnknown()
	}
	return p, err
}

// Chain is the chain of hashes of a stream at the position of an answer, computed from the
// stored bytes of every event and compared with what the ledger keeps.
type Chain struct {
	Stream   ledger.StreamID `json:"stream"`
	Revision ledger.Revision `json:"revision"`
	Head     ledger.Hash     `json:"head"`
	// Verified is true: an answer whose chain breaks is refused.
	Verified bool `json:"verified" doc:"True: all bytes were hashed and the chain holds."`
	// Joined are the heads of the accounts that are joined with it; all were proved as well.
	Joined []StreamHead `json:"joined,omitempty"`
}

// StreamHead is where the chain of a stream stands.
type StreamHead struct {
	Stream   ledger.StreamID `json:"stream"`
	Revision ledger.Revision `json:"revision"`
	Head     ledger.Hash     `json:"head"`
}

// each hands the facts of a stream up to a position to a fold, and checks its chain.
func (s *Service) each(ctx context.Context, stream ledger.StreamID, at ledger.Position,
	apply func(ledger.Event, event.Payload)) (*Chain, error) {
	payloads := event.NewDecoder()
	return verified(ctx, s.log, stream, at, func(e *ledger.Event) error {
		payload, err := payloads.Decode(e)
		if err == nil {
			apply(*e, payload)
		}
		return err
	})
}

// timesMax bounds the positions whose recorded times are remembered.
const timesMax = 4096

// times remembers when events were recorded, which never changes. The zero value is ready.
type times struct {
	mu sync.Mutex // guards the fields below
	// Two generations: when the young one is full, the old one is dropped.
	young, old map[ledger.Position]time.Time
}

func (t *times) at(p ledger.Position) (time.Time, bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if recorded, ok := t.young[p]; ok {
		return recorded, true
	}
	recorded, ok := t.old[p]
	return recorded, ok
}

func (t *times) keep(p ledger.Position, recorded time.Time) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.young == nil || len(t.young) >= timesMax/2 {
		t.old, t.young = t.young, make(map[ledger.Position]time.Time, timesMax/2)
	}
	t.young[p] = recorded
}
