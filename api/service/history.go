package service

import (
	"context"
	"fmt"
	"sync"

	"github.com/stazh/stazh/api/auth"
	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/ledger/account"
	"github.com/stazh/stazh/ledger/event"
	"github.com/stazh/stazh/projections/statement"
)

// History is a person's events as they are stored, which whoever gets them can hash and
// decode without us, and what they add up to.
type History struct {
	Person ledger.PersonID `json:"person"`
	// Events is for whoever keeps those that are lent.
	Events []StoredEvent `json:"events" doc:"The events by revision, from 0."`
	statement.Balance
}

// StoredEvent is the bytes that an event's hash is computed from. Its revision is its
// place in the history.
type StoredEvent struct {
	Position ledger.Position `json:"position"`
	Record   []byte          `json:"record" doc:"The stored bytes, that the event's hash is computed from."`
}

// History gives what a person's events up to a moment of the past, or all there are, add up
// to, after their chain was verified. The events themselves are lent to take while they are
// read, and stand in no list: what take makes of them is void if History fails, as a break
// of the chain may be found only by what follows.
func (s *Service) History(ctx context.Context, c Caller, id ledger.PersonID, r Read,
	take func(StoredEvent)) (out Answer[History], err error) {
	stream := ledger.PersonStream(id)
	if err := allow(c, auth.ReadAccount, auth.KindPerson, id.String()); err != nil {
		return out, err
	}
	if err := allow(c, auth.ReadLedger, auth.KindLedger, string(stream)); err != nil {
		return out, err
	}
	at, past, err := s.cut(ctx, r)
	if err == nil && !past {
		at, err = s.log.Head(ctx)
	}
	if err != nil {
		return out, err
	}
	law, err := s.law(ctx, at, true)
	if err != nil {
		return out, err
	}
	f := s.folders.Get().(*folder) //nolint:forcetypeassert // nothing else is in it
	chain, err := f.history(ctx, s.log, id, at, take)
	history := History{Person: id}
	if err == nil {
		history.Balance = f.balance(law)
	}
	s.folders.Put(f)
	if err == nil {
		out, err = answer(ctx, s, history, at)
		out.Chain = chain
	}
	return out, err
}

// folder is the memory of one fold at a time, with the bytes of its last event.
type folder struct {
	payloads *event.Decoder
	person   account.Person
	sums     *statement.Sums // by the law asked for last
	record   []byte
}

func newFolders() *sync.Pool {
	return &sync.Pool{New: func() any { return &folder{payloads: event.NewReusingDecoder()} }}
}

// history folds a person's stream up to a position, lends its bytes and proves its chain.
func (f *folder) history(ctx context.Context, log ledger.Log, id ledger.PersonID,
	at ledger.Position, take func(StoredEvent)) (*Chain, error) {
	f.payloads.Recycle()
	f.person.Reset(id)
	chain, err := verified(ctx, log, ledger.PersonStream(id), at, func(e *ledger.Event) error {
		payload, err := f.payloads.Decode(e)
		if err != nil {
			return err
		}
		f.person.Apply(*e, payload)
		f.record = e.AppendRecord(f.record[:0])
		take(StoredEvent{e.Position, f.record})
		return nil
	})
	if err == nil && chain.Revision == ledger.NoStream {
		err = personUnknown()
	}
	return chain, err
}

// balance adds up what was folded.
func (f *folder) balance(law *account.Law) statement.Balance {
	if f.sums == nil || f.sums.Law != law {
		f.sums = statement.NewSums(law)
	}
	return f.sums.Of(&f.person)
}

// verified lends the events of a stream up to a position to a function, and checks the chain
// of the whole stream: some heads are not kept, and are proved by those after them.
func verified(ctx context.Context, log ledger.Log, stream ledger.StreamID, at ledger.Position,
	take func(*ledger.Event) error) (*Chain, error) {
	chain := &Chain{Stream: stream, Revision: ledger.NoStream, Verified: true}
	var verifier ledger.Verifier
	err := ledger.LendStream(ctx, log, stream, func(e *ledger.Event) error {
		if err := verifier.Check(e); err != nil || e.Position > at {
			return err
		}
		chain.Revision, chain.Head = e.Revision, e.Head
		return take(e)
	})
	if err != nil {
		return nil, fmt.Errorf("read stream: %w", err)
	}
	return chain, nil
}
