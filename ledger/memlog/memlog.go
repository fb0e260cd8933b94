// Package memlog keeps a ledger in memory, for tests and simulations. It follows the
// whole contract of ledger.Log except that nothing outlives the process.
package memlog

import (
	"bytes"
	"context"
	"fmt"
	"iter"
	"slices"
	"sync"
	"time"

	"github.com/stazh/stazh/ledger"
)

// Log is a ledger.Log in memory.
type Log struct {
	clock  func() time.Time
	limits ledger.Limits

	mu      sync.RWMutex
	events  []entry                     // guarded by mu; only ever appended to
	streams map[ledger.StreamID][]int32 // guarded by mu; places in events, by revision
	last    time.Time                   // guarded by mu; recorded time of the last append
	changed chan struct{}               // guarded by mu; closed and replaced by each append
}

// entry is what a store keeps of an event: the bytes, not the value that the caller gave
// and may change afterwards.
type entry struct {
	stream   ledger.StreamID
	revision ledger.Revision
	record   []byte
	head     ledger.Hash
	at       time.Time
	id       [16]byte
}

// New makes an empty log that takes the recorded time from clock.
func New(clock func() time.Time) *Log {
	return &Log{
		clock:   clock,
		limits:  ledger.DefaultLimits(),
		streams: make(map[ledger.StreamID][]int32),
		changed: make(chan struct{}),
	}
}

// Branch makes a log that begins with all that stands in l and then goes its own way. It
// costs next to nothing: what is recorded never changes, so that both share it.
func (l *Log) Branch(clock func() time.Time) *Log {
	l.mu.RLock()
	defer l.mu.RUnlock()
	b := New(clock)
	b.events, b.last = slices.Clip(l.events), l.last
	for stream, places := range l.streams {
		b.streams[stream] = slices.Clip(places)
	}
	return b
}

// Guarantees implements ledger.Log.
func (l *Log) Guarantees() ledger.Guarantees {
	return ledger.Guarantees{Atomic: true, Dense: true}
}

// Append implements ledger.Log.
func (l *Log) Append(
	ctx context.Context, batch ...ledger.StreamAppend,
) (ledger.Result, error) {
	if _, _, err := l.limits.Check(batch); err != nil {
		return ledger.Result{}, err
	}
	if err := ctx.Err(); err != nil {
		return ledger.Result{}, err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if fresh, err := l.expected(batch); err != nil {
		return ledger.Result{}, err
	} else if !fresh {
		result, _ := l.repeated(batch)
		return result, nil
	}
	at := l.now()
	for i := range batch {
		l.record(&batch[i], at)
	}
	close(l.changed)
	l.changed = make(chan struct{})
	return ledger.Result{Position: ledger.Position(len(l.events)), RecordedAt: at}, nil
}

// expected tells whether all streams are where the batch expects them; if not, it must be
// recorded already. The caller holds mu.
func (l *Log) expected(batch []ledger.StreamAppend) (bool, error) {
	for i := range batch {
		a := &batch[i]
		actual := l.revision(a.Stream)
		if actual == a.Expected {
			continue
		}
		if _, ok := l.repeated(batch); ok {
			return false, nil
		}
		return false, &ledger.WrongRevisionError{
			Stream: a.Stream, Expected: a.Expected, Actual: actual,
		}
	}
	return true, nil
}

func (l *Log) revision(s ledger.StreamID) ledger.Revision {
	return ledger.Revision(len(l.streams[s])) - 1
}

// repeated looks for the whole batch in the log, at the place where it would have been.
func (l *Log) repeated(batch []ledger.StreamAppend) (ledger.Result, bool) {
	result := ledger.Result{Repeated: true}
	for i := range batch {
		a := &batch[i]
		places := l.streams[a.Stream]
		from := int(a.Expected) + 1
		if from+len(a.Events) > len(places) {
			return ledger.Result{}, false
		}
		for j := range a.Events {
			place := places[from+j]
			if l.events[place].id != a.Events[j].ID {
				return ledger.Result{}, false
			}
			if p := ledger.Position(place) + 1; p > result.Position {
				result.Position, result.RecordedAt = p, l.events[place].at
			}
		}
	}
	return result, true
}

// now is the recorded time of the next append, which never goes back.
func (l *Log) now() time.Time {
	at := l.clock().UTC().Truncate(time.Microsecond)
	if at.Before(l.last) {
		at = l.last
	}
	l.last = at
	return at
}

func (l *Log) record(a *ledger.StreamAppend, at time.Time) {
	places, head := l.streams[a.Stream], l.headOf(a.Stream)
	for i := range a.Events {
		revision := ledger.Revision(len(places))
		position := ledger.Position(len(l.events)) + 1
		e := ledger.Seal(a.Stream, revision, position, at, head, a.Events[i])
		head = e.Head
		places = append(places, int32(len(l.events)))
		l.events = append(l.events, entry{
			stream: a.Stream, revision: revision,
			record: e.Record(), head: e.Head, at: at, id: e.ID,
		})
	}
	l.streams[a.Stream] = places
}

// ReadStreams implements ledger.Log. All streams are read as of the call.
func (l *Log) ReadStreams(
	ctx context.Context, streams ...ledger.StreamID,
) iter.Seq2[ledger.Event, error] {
	return func(yield func(ledger.Event, error) bool) {
		l.mu.RLock()
		events := l.events
		places := make([][]int32, len(streams))
		for i, s := range streams {
			places[i] = l.streams[s]
		}
		l.mu.RUnlock()
		if err := ctx.Err(); err != nil {
			yield(ledger.Event{}, err)
			return
		}
		for _, list := range places {
			for _, place := range list {
				if !give(ctx, events, int(place), yield) {
					return
				}
			}
		}
	}
}

// ReadAfter implements ledger.Log. All streams are read as of the call.
func (l *Log) ReadAfter(
	ctx context.Context, marks ...ledger.Mark,
) iter.Seq2[ledger.Event, error] {
	return func(yield func(ledger.Event, error) bool) {
		known := make(map[ledger.StreamID]ledger.Revision, len(marks))
		streams := make([]ledger.StreamID, len(marks))
		for i, m := range marks {
			streams[i], known[m.Stream] = m.Stream, m.Revision
		}
		for e, err := range l.ReadStreams(ctx, streams...) {
			if err == nil && e.Revision <= known[e.Stream] {
				continue
			}
			if !yield(e, err) {
				return
			}
		}
	}
}

// ReadAll implements ledger.Log.
func (l *Log) ReadAll(
	ctx context.Context, after ledger.Position, limit int,
) iter.Seq2[ledger.Event, error] {
	return func(yield func(ledger.Event, error) bool) {
		l.mu.RLock()
		events := l.events
		l.mu.RUnlock()
		if err := ctx.Err(); err != nil {
			yield(ledger.Event{}, err)
			return
		}
		if after >= ledger.Position(len(events)) {
			return
		}
		end := len(events)
		if limit > 0 && limit < end-int(after) {
			end = int(after) + limit
		}
		for place := int(after); place < end; place++ {
			if !give(ctx, events, place, yield) {
				return
			}
		}
	}
}

// give yields one event, from a copy of its bytes; false ends the iteration.
func give(
	ctx context.Context, events []entry, place int, yield func(ledger.Event, error) bool,
) bool {
	if err := ctx.Err(); err != nil {
		yield(ledger.Event{}, err)
		return false
	}
	s := &events[place]
	e, err := ledger.Open(
		s.stream, s.revision, ledger.Position(place)+1, bytes.Clone(s.record), s.head)
	if err != nil {
		yield(ledger.Event{}, err)
		return false
	}
	return yield(e, nil)
}

// Head implements ledger.Log.
func (l *Log) Head(ctx context.Context) (ledger.Position, error) {
	l.mu.RLock()
	defer l.mu.RUnlock()
	return ledger.Position(len(l.events)), ctx.Err()
}

// Wait implements ledger.Log.
func (l *Log) Wait(ctx context.Context, after ledger.Position) (ledger.Position, error) {
	for {
		l.mu.RLock()
		head, changed := ledger.Position(len(l.events)), l.changed
		l.mu.RUnlock()
		if head > after {
			return head, nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return head, fmt.Errorf("wait for an event after %d: %w", after, ctx.Err())
		}
	}
}
