package logtest

import (
	"context"
	"fmt"
	"iter"
	"math/rand/v2"
	"sync"

	"github.com/stazh/stazh/ledger"
)

// Faulty is a ledger.Log whose calls fail as told, for the crash tests of what is built
// on a Log. Without orders it is the Log inside. It is safe for concurrent use.
type Faulty struct {
	log ledger.Log

	mu      sync.Mutex
	appends []appendFault // guarded by mu; orders for the next appends, first one first
	reads   []readFault   // guarded by mu; orders for the next reads
	random  *rand.Rand    // guarded by mu; nil without Randomly
	percent int           // guarded by mu
}

type appendFault struct {
	// before fails the call without recording; after records and then loses the answer.
	before, after error
}

type readFault struct {
	armed  bool
	events int
	err    error
}

// NewFaulty wraps a log.
func NewFaulty(log ledger.Log) *Faulty { return &Faulty{log: log} }

// FailAppend lets the next `skip` appends pass and the one after them fail with err,
// with nothing recorded.
func (f *Faulty) FailAppend(skip int, err error) {
	f.orderAppend(skip, appendFault{before: err})
}

// LoseAnswer lets the next `skip` appends pass; the one after them is recorded, but its
// caller gets ErrUnknownOutcome, as after a connection lost in the middle of a commit.
func (f *Faulty) LoseAnswer(skip int) {
	f.orderAppend(skip, appendFault{
		after: fmt.Errorf("%w: answer lost on order", ledger.ErrUnknownOutcome),
	})
}

// BreakRead lets the next `skip` reads pass; the one after them yields the given number
// of events (fewer if there are fewer) and then err.
func (f *Faulty) BreakRead(skip, events int, err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for len(f.reads) <= skip {
		f.reads = append(f.reads, readFault{})
	}
	f.reads[skip] = readFault{armed: true, events: events, err: err}
}

// Randomly makes the given part of all further appends fail, half of them before they
// are recorded (ErrUnavailable) and half after (ErrUnknownOutcome), the same ones for
// the same seed and order of calls. Orders for single calls go first.
func (f *Faulty) Randomly(seed uint64, percent int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.random, f.percent = rand.New(rand.NewPCG(seed, seed)), percent
}

func (f *Faulty) orderAppend(skip int, fault appendFault) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for len(f.appends) <= skip {
		f.appends = append(f.appends, appendFault{})
	}
	f.appends[skip] = fault
}

func (f *Faulty) nextAppend() (fault appendFault) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if len(f.appends) > 0 {
		fault, f.appends = f.appends[0], f.appends[1:]
		return fault
	}
	if f.random == nil || f.random.IntN(100) >= f.percent {
		return fault
	}
	if f.random.IntN(2) == 0 {
		fault.before = fmt.Errorf("%w: random fault", ledger.ErrUnavailable)
	} else {
		fault.after = fmt.Errorf("%w: random fault", ledger.ErrUnknownOutcome)
	}
	return fault
}

func (f *Faulty) nextRead() (fault readFault) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if len(f.reads) > 0 {
		fault, f.reads = f.reads[0], f.reads[1:]
	}
	return fault
}

// Append implements ledger.Log.
func (f *Faulty) Append(
	ctx context.Context, batch ...ledger.StreamAppend,
) (ledger.Result, error) {
	fault := f.nextAppend()
	if fault.before != nil {
		return ledger.Result{}, fault.before
	}
	result, err := f.log.Append(ctx, batch...)
	if err == nil && fault.after != nil {
		return ledger.Result{}, fault.after
	}
	return result, err
}

// ReadStreams implements ledger.Log.
func (f *Faulty) ReadStreams(
	ctx context.Context, streams ...ledger.StreamID,
) iter.Seq2[ledger.Event, error] {
	return f.nextRead().apply(f.log.ReadStreams(ctx, streams...))
}

// ReadAfter implements ledger.Log.
func (f *Faulty) ReadAfter(
	ctx context.Context, marks ...ledger.Mark,
) iter.Seq2[ledger.Event, error] {
	return f.nextRead().apply(f.log.ReadAfter(ctx, marks...))
}

// ReadAll implements ledger.Log.
func (f *Faulty) ReadAll(
	ctx context.Context, after ledger.Position, limit int,
) iter.Seq2[ledger.Event, error] {
	return f.nextRead().apply(f.log.ReadAll(ctx, after, limit))
}

func (r readFault) apply(events iter.Seq2[ledger.Event, error]) iter.Seq2[ledger.Event, error] {
	if !r.armed {
		return events
	}
	return func(yield func(ledger.Event, error) bool) {
		n := 0
		for e, err := range events {
			if n == r.events {
				break
			}
			if !yield(e, err) || err != nil {
				return
			}
			n++
		}
		yield(ledger.Event{}, r.err)
	}
}

// Head implements ledger.Log.
func (f *Faulty) Head(ctx context.Context) (ledger.Position, error) { return f.log.Head(ctx) }

// Wait implements ledger.Log.
func (f *Faulty) Wait(ctx context.Context, after ledger.Position) (ledger.Position, error) {
	return f.log.Wait(ctx, after)
}

// Guarantees implements ledger.Log.
func (f *Faulty) Guarantees() ledger.Guarantees { return f.log.Guarantees() }
