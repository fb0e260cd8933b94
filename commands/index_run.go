package commands

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"

	"github.com/google/uuid"
	"golang.org/x/sync/errgroup"

	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/ledger/account"
	"github.com/stazh/stazh/ledger/event"
	"github.com/stazh/stazh/ledger/period"
)

// Recipients finds insured persons who may be concerned by an indexation.
type Recipients interface {
	// Recipients gives the folds of persons with an award of one of the kinds that is paid
	// on the day or after it, in the order of their ids, beginning after the id, at most
	// so many; fewer only at the end. All of them that there are at the position are
	// given.
	//
	// The folds may come from a read model: they are a cache, and every decision on one is
	// recorded only if the stream is still at its revision.
	Recipients(ctx context.Context, kinds []string, on period.Date, after ledger.PersonID,
		limit int, at ledger.Position) ([]*account.Person, error)
	// Occupational gives in the same way the folds of all persons ever reported by ПУ-6.
	Occupational(ctx context.Context, after ledger.PersonID, limit int, at ledger.Position,
	) ([]*account.Person, error)
}

const (
	// indexBatch is how many persons are indexed by one append.
	indexBatch = 1000
	// indexAhead is how many batches are recorded at the same time: the log writes them
	// together, and the next are found meanwhile.
	indexAhead = 4
	// indexAlone is how many persons of a batch are read anew one by one after somebody
	// else wrote to their accounts; from then on the whole batch is.
	indexAlone = 3
)

// IndexationSimulation is what a decree would change, and by when that was found.
type IndexationSimulation struct {
	Decree event.IndexationDecreed
	SeenAt ledger.Position // reflected at least
	Report event.IndexationReport
}

// SimulateIndexation computes what a run of a decree would change. Nothing is recorded.
func (b *Bus) SimulateIndexation(ctx context.Context, decree uuid.UUID,
) (s IndexationSimulation, err error) {
	b.Law.Refresh()
	law, err := b.Law.Current(ctx)
	if err != nil {
		return s, err
	}
	if s.Decree, err = decreeOf(law, decree); err != nil {
		return s, err
	}
	by, err := newIndexing(law, s.Decree, uuid.Nil)
	if err != nil {
		return s, err
	}
	if s.SeenAt, err = b.Log.Head(ctx); err != nil {
		return s, err
	}
	counts := newTally()
	err = b.eachRecipients(ctx, s.Decree, s.SeenAt, func(list []*account.Person) error {
		for _, p := range list {
			by.facts(p, counts)
		}
		return nil
	})
	s.Report = counts.report()
	return s, err
}

// eachRecipients hands out all who may be concerned, in batches.
func (b *Bus) eachRecipients(ctx context.Context, decree event.IndexationDecreed,
	at ledger.Position, do func([]*account.Person) error) error {
	return eachBatch(func(after ledger.PersonID) ([]*account.Person, error) {
		return b.Recipients.Recipients(ctx, decree.Kinds, decree.From, after, indexBatch, at)
	}, do)
}

// eachBatch hands out all that find gives, in batches.
func eachBatch(find func(after ledger.PersonID) ([]*account.Person, error),
	do func([]*account.Person) error) error {
	var after ledger.PersonID
	for {
		list, err := find(after)
		if err != nil {
			return fmt.Errorf("find recipients: %w", err)
		}
		if len(list) > 0 {
			if err := do(list); err != nil {
				return err
			}
			after = list[len(list)-1].ID
		}
		if len(list) < indexBatch {
			return nil
		}
	}
}

// RunIndexation carries out an approved run, or goes on with one that was interrupted: what
// the accounts have of it already is counted and not done again, whoever did it. It ends
// with the report as an event; of a run that is completed it does nothing.
func (b *Bus) RunIndexation(ctx context.Context, run uuid.UUID) error {
	b.Law.Refresh()
	law, err := b.Law.Current(ctx)
	if err != nil {
		return err
	}
	r, ok := law.Run(run)
	switch {
	case !ok:
		return runUnknown(run)
	case r.State == account.IndexationCompleted:
		return nil
	case r.State != account.IndexationApproved:
		return refuse(Conflict, "run_not_approved", "run %s waits for the second officer", run)
	}
	decree, err := decreeOf(law, r.Decree)
	if err != nil {
		return err
	}
	by, err := newIndexing(law, decree, run)
	if err != nil {
		return err
	}
	head, err := b.Log.Head(ctx)
	if err != nil {
		return err
	}
	meta := ledger.Meta{Actor: ClerkActor, Ground: decree.Act, Correlation: run,
		EffectiveFrom: decree.From.Month()}
	counts := newTally()
	var mu sync.Mutex // guards counts
	group, groupCtx := errgroup.WithContext(ctx)
	group.SetLimit(indexAhead)
	err = b.eachRecipients(groupCtx, decree, head, func(list []*account.Person) error {
		group.Go(func() error {
			part, err := b.index(groupCtx, by, meta, list)
			if err == nil {
				mu.Lock()
				defer mu.Unlock()
				counts.join(part)
			}
			return err
		})
		return nil
	})
	if failed := group.Wait(); failed != nil {
		err = failed // why the search for more was cancelled
	}
	if err != nil {
		return err
	}
	return b.completeIndexation(ctx, run, counts.report())
}

func (b *Bus) completeIndexation(ctx context.Context, run uuid.UUID,
	report event.IndexationReport) error {
	meta := ledger.Meta{Actor: ClerkActor, Correlation: run}
	_, err := b.onLaw(ctx, meta, func(law *account.Law) (event.Payload, error) {
		if r, ok := law.Run(run); !ok || r.State == account.IndexationCompleted {
			return nil, nil
		}
		return &event.IndexationCompleted{Run: run, Report: report}, nil
	})
	return err
}

// index records the new amounts of a batch of persons and counts them.
func (b *Bus) index(ctx context.Context, by *indexing, meta ledger.Meta,
	persons []*account.Person) (counts *tally, err error) {
	err = b.recordBatch(ctx, persons, func(list []*account.Person) []ledger.StreamAppend {
		counts = newTally()
		return by.appends(list, meta, counts)
	})
	return counts, err
}

// recordBatch records what is decided on a batch of persons by one append. An account to
// which somebody else wrote meanwhile is read from the ledger and decided on anew; the
// others of the batch stay as they were decided.
func (b *Bus) recordBatch(ctx context.Context, persons []*account.Person,
	decide func([]*account.Person) []ledger.StreamAppend) error {
	conflicts := 0
	for range attemptsMax {
		batch := decide(persons)
		if len(batch) == 0 {
			return nil
		}
		_, err := b.Log.Append(ctx, batch...)
		var conflict *ledger.WrongRevisionError
		switch {
		case err == nil:
			return nil
		case errors.Is(err, ledger.ErrUnknownOutcome) && ctx.Err() == nil:
			continue // the same events are found or recorded
		case !errors.As(err, &conflict):
			return fmt.Errorf("record new amounts: %w", err)
		}
		conflicts++
		if persons, err = b.reload(ctx, persons, conflict.Stream, conflicts); err != nil {
			return err
		}
	}
	return fmt.Errorf("record new amounts: %d accounts of a batch keep moving", conflicts)
}

// appends decides on persons and makes what is to be recorded.
func (x *indexing) appends(persons []*account.Person, meta ledger.Meta, counts *tally,
) []ledger.StreamAppend {
	batch := make([]ledger.StreamAppend, 0, len(persons))
	for _, p := range persons {
		ids, facts := x.facts(p, counts)
		if len(facts) == 0 {
			continue
		}
		events := make([]ledger.NewEvent, len(facts))
		for i, f := range facts {
			events[i] = event.New(ids[i], meta, f)
		}
		batch = append(batch, ledger.StreamAppend{Stream: ledger.PersonStream(p.ID),
			Expected: p.Revision, Events: events})
	}
	return batch
}

// reload reads the person of the stream from the ledger, or after several conflicts all.
func (b *Bus) reload(ctx context.Context, persons []*account.Person, moved ledger.StreamID,
	conflicts int) ([]*account.Person, error) {
	var ids []ledger.PersonID
	for _, p := range persons {
		if conflicts > indexAlone || ledger.PersonStream(p.ID) == moved {
			ids = append(ids, p.ID)
		}
	}
	fresh, err := b.persons(ctx, ids, nil)
	if err != nil {
		return nil, err
	}
	persons = slices.Clone(persons)
	for i, p := range persons {
		if f := fresh[p.ID]; f != nil {
			persons[i] = f
		}
	}
	return persons, nil
}
