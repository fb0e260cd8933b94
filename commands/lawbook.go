package commands

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/stazh/stazh/commands/intake/control"
	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/ledger/account"
	"github.com/stazh/stazh/ledger/event"
)

// lawbookAge is how long a fold of the law is used before the stream is read again: what
// another process publishes is in force here that much later at most, and at once in the
// process with the clerk, which hears of it. Whoever finds the fold older reads; others go
// on with it meanwhile, until it is twice that old.
const lawbookAge = 5 * time.Second

// pastLaws is how many folds of the past a lawbook keeps: the law changes a few times a
// year, and questions about the past ask for few of its states.
const pastLaws = 8

// Lawbook holds the law stream and folds of it, shared by all commands and queries.
type Lawbook struct {
	log   ledger.Log
	clock func() time.Time

	reading sync.Mutex // held by the one who reads the stream

	mu     sync.Mutex // guards the fields below
	facts  []lawFact  // the stream as read last
	upTo   ledger.Position
	law    *account.Law // the fold of facts; nil before the first read
	readAt time.Time
	asked  int                                  // counts Refresh
	past   shelf[ledger.Position, *account.Law] // by the last event that is in them
	engine *control.Engine                      // of the rule pack asked for last
}

// lawFact is an event of the law stream; it never changes.
type lawFact struct {
	event   ledger.Event
	payload event.Payload
}

// NewLawbook makes a lawbook over a log.
func NewLawbook(log ledger.Log, clock func() time.Time) *Lawbook {
	return &Lawbook{log: log, clock: clock}
}

// Current gives the law as recorded now; it must not be changed.
func (l *Lawbook) Current(ctx context.Context) (*account.Law, error) {
	law, age := l.held()
	if law != nil && age < lawbookAge {
		return law, nil
	}
	if law == nil || age >= 2*lawbookAge {
		l.reading.Lock()
	} else if !l.reading.TryLock() {
		return law, nil // somebody reads it at this moment
	}
	defer l.reading.Unlock()
	if law, age := l.held(); law != nil && age < lawbookAge {
		return law, nil
	}
	return l.read(ctx, 0)
}

// held gives the law as read last, and its age; nil when the stream must be read.
func (l *Lawbook) held() (*account.Law, time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.readAt.IsZero() {
		return nil, 0
	}
	return l.law, l.clock().Sub(l.readAt).Abs()
}

// Engine gives the controls of a published rule pack.
func (l *Lawbook) Engine(pack event.RulePackPublished) (*control.Engine, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.engine != nil && l.engine.Version() == pack.Version {
		return l.engine, nil // a version never changes
	}
	engine, err := control.NewEngine(pack)
	if err != nil {
		return nil, err
	}
	l.engine = engine
	return engine, nil
}

// Refresh makes the next Current read the stream.
func (l *Lawbook) Refresh() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.asked++
	l.readAt = time.Time{}
}

// AsOf gives the law as it was recorded up to a position, which the ledger must have
// reached; it must not be changed. What is recorded never changes: the stream is read for
// positions beyond the last read only, and folded once for each state of the law.
func (l *Lawbook) AsOf(ctx context.Context, at ledger.Position) (*account.Law, error) {
	if !l.reaches(at) {
		if err := l.reach(ctx, at); err != nil {
			return nil, err
		}
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	n, _ := slices.BinarySearchFunc(l.facts, at+1, func(f lawFact, at ledger.Position) int {
		return cmp.Compare(f.event.Position, at)
	})
	if n == len(l.facts) {
		return l.law, nil
	}
	if n == 0 {
		return account.NewLaw(), nil
	}
	last := l.facts[n-1].event.Position
	law, ok := l.past.take(last)
	if !ok {
		var err error
		if law, err = foldLaw(l.facts[:n]); err != nil {
			return nil, err
		}
	}
	l.past.put(last, law, 1, pastLaws)
	return law, nil
}

func (l *Lawbook) reaches(at ledger.Position) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.law != nil && at <= l.upTo
}

// reach reads the stream unless somebody else just read it far enough.
func (l *Lawbook) reach(ctx context.Context, at ledger.Position) error {
	l.reading.Lock()
	defer l.reading.Unlock()
	if l.reaches(at) {
		return nil
	}
	// The head, so that questions about other new positions need not read again.
	head, err := l.log.Head(ctx)
	if err != nil {
		return fmt.Errorf("read the law: %w", err)
	}
	_, err = l.read(ctx, max(at, head))
	return err
}

// read takes over what is new in the stream, which holds all of the law up to a position
// that the ledger had reached before. It is called by the holder of reading.
func (l *Lawbook) read(ctx context.Context, upTo ledger.Position) (*account.Law, error) {
	readAt := l.clock()
	l.mu.Lock()
	facts, law, asked := l.facts, l.law, l.asked
	l.mu.Unlock()
	known := len(facts)
	for e, err := range l.log.ReadStreams(ctx, ledger.Law) {
		if err != nil {
			return nil, fmt.Errorf("read the law: %w", err)
		}
		if int(e.Revision) < known {
			continue
		}
		payload, err := event.Decode(e)
		if err != nil {
			return nil, fmt.Errorf("read the law: %w", err)
		}
		facts = append(facts, lawFact{e, payload})
	}
	if law == nil || len(facts) > known {
		var err error
		if law, err = foldLaw(facts); err != nil {
			return nil, err
		}
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.facts, l.law, l.upTo = facts, law, max(l.upTo, upTo, law.Position)
	if l.asked == asked { // what was asked for meanwhile may not be in it
		l.readAt = readAt
	}
	return law, nil
}

func foldLaw(facts []lawFact) (*account.Law, error) {
	law := account.NewLaw()
	for _, f := range facts {
		if err := law.Apply(f.event, f.payload); err != nil {
			return nil, fmt.Errorf("fold the law: %w", err)
		}
	}
	return law, nil
}
