package commands

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/stazh/stazh/commands/intake/control"
	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/ledger/account"
	"github.com/stazh/stazh/ledger/event"
)

// lawbookAge is how long a fold of the law is used before the stream is read again: what
// another process publishes is in force here that much later at most, and at once in the
// process with the clerk, which hears of it.
const lawbookAge = 5 * time.Second

// Lawbook holds the fold of the law stream, shared by all commands and queries.
type Lawbook struct {
	log   ledger.Log
	clock func() time.Time

	mu     sync.Mutex // guards the fields below
	law    *account.Law
	readAt time.Time
	engine *control.Engine // of the rule pack asked for last
}

// NewLawbook makes a lawbook over a log.
func NewLawbook(log ledger.Log, clock func() time.Time) *Lawbook {
	return &Lawbook{log: log, clock: clock}
}

// Current gives the law as recorded now; it must not be changed.
func (l *Lawbook) Current(ctx context.Context) (*account.Law, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.law != nil && l.clock().Sub(l.readAt).Abs() < lawbookAge {
		return l.law, nil
	}
	readAt := l.clock()
	law, err := l.read(ctx, func(ledger.Event) bool { return true })
	if err != nil {
		return nil, err
	}
	l.law, l.readAt = law, readAt
	return law, nil
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
	l.law = nil
}

// AsOf gives the law as it was recorded up to the events that known accepts.
func (l *Lawbook) AsOf(ctx context.Context, known func(ledger.Event) bool,
) (*account.Law, error) {
	return l.read(ctx, known)
}

func (l *Lawbook) read(ctx context.Context, known func(ledger.Event) bool,
) (*account.Law, error) {
	law := account.NewLaw()
	for e, err := range l.log.ReadStreams(ctx, ledger.Law) {
		if err != nil {
			return nil, fmt.Errorf("read the law: %w", err)
		}
		if !known(e) {
			break
		}
		payload, err := event.Decode(e)
		if err != nil {
			return nil, fmt.Errorf("read the law: %w", err)
		}
		if err := law.Apply(e, payload); err != nil {
			return nil, fmt.Errorf("read the law: %w", err)
		}
	}
	return law, nil
}
