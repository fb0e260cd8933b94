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
	Events []StoredEvent   `json:"events" doc:"The events by revision, from 0."`
	statement.Balance
}

// StoredEvent is the bytes that an event's hash is computed from. Its revision is its
// place in the history.
type StoredEvent struct {
	Position ledger.Position `json:"position"`
	Record   []byte          `json:"record" doc:"The stored bytes: the event's hash is theirs."`
}

// History gives a person's events up to a moment of the past, or all there are, after
// their chain was verified.
func (s *Service) History(ctx context.Context, c Caller, id ledger.PersonID, r Read,
) (out Answer[History], err error) {
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
	defer s.folders.Put(f)
	history, chain, err := f.history(ctx, s.log, id, at)
	if err != nil {
		return out, err
	}
	if f.sums == nil || f.sums.Law != law {
		f.sums = statement.NewSums(law)
	}
	history.Balance = f.sums.Of(&f.person)
	out, err = answer(ctx, s, history, at)
	out.Chain = chain
	return out, err
}

// folder is the memory of one fold at a time, that leaves nothing behind but sums.
type folder struct {
	payloads *event.Decoder
	person   account.Person
	sums     *statement.Sums // by the law asked for last
}

func newFolders() *sync.Pool {
	return &sync.Pool{New: func() any { return &folder{payloads: event.NewReusingDecoder()} }}
}

// history folds a person's stream up to a position, keeps its bytes and proves its chain.
func (f *folder) history(ctx context.Context, log ledger.Log, id ledger.PersonID,
	at ledger.Position) (h History, _ *Chain, err error) {
	f.payloads.Recycle()
	f.person.Reset(id)
	h = History{Person: id, Events: []StoredEvent{}}
	var records records
	chain, err := verified(ctx, log, ledger.PersonStream(id), at, func(e *ledger.Event) error {
		payload, err := f.payloads.Decode(e)
		if err != nil {
			return err
		}
		f.person.Apply(*e, payload)
		h.Events = append(h.Events, StoredEvent{e.Position, records.of(e)})
		return nil
	})
	if err == nil && len(h.Events) == 0 {
		err = personUnknown()
	}
	return h, chain, err
}

// records puts the bytes of events together in memory that they share.
type records struct{ room []byte }

func (r *records) of(e *ledger.Event) []byte {
	const share, usual = 32 << 10, 1 << 10
	if cap(r.room)-len(r.room) < usual {
		r.room = make([]byte, 0, share)
	}
	start := len(r.room)
	r.room = e.AppendRecord(r.room)
	return r.room[start:len(r.room):len(r.room)]
}

// verified hands the events of a stream up to a position to a function, and checks the
// chain of the whole stream: some heads are not kept, and are proved by those after them.
func verified(ctx context.Context, log ledger.Log, stream ledger.StreamID, at ledger.Position,
	take func(*ledger.Event) error) (*Chain, error) {
	chain := &Chain{Stream: stream, Revision: ledger.NoStream, Verified: true}
	var verifier ledger.Verifier
	var e ledger.Event // one for all: a function that may keep its address costs one each
	var err error
	for e, err = range log.ReadStreams(ctx, stream) {
		if err == nil {
			err = verifier.Check(&e)
		}
		if err == nil && e.Position <= at {
			chain.Revision, chain.Head = e.Revision, e.Head
			err = take(&e)
		}
		if err != nil {
			return nil, fmt.Errorf("read stream: %w", err)
		}
	}
	return chain, nil
}
