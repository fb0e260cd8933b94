package esdblog

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"math"

	"github.com/EventStore/EventStore-Client-Go/v4/esdb"

	"github.com/stazh/stazh/ledger"
)

const (
	// readers is how many streams are read at one time for one caller.
	readers = 16
	// readTries is how often a read that brings nothing new is taken up again.
	readTries = 5
	// pastOthers is how many events of others a limited read of all allows for at first.
	pastOthers = 64
)

// ReadStreams implements ledger.Log. Streams are read side by side, some ahead of the one
// that is yielded; a read that breaks goes on where it was.
func (l *Log) ReadStreams(
	ctx context.Context, streams ...ledger.StreamID,
) iter.Seq2[ledger.Event, error] {
	if len(streams) == 1 {
		return l.stream(ctx, streams[0], 0, math.MaxInt64)
	}
	return func(yield func(ledger.Event, error) bool) {
		ctx, cancel := context.WithCancel(ctx)
		defer cancel()
		histories := make([]chan history, len(streams))
		for i := range histories {
			histories[i] = make(chan history, 1)
		}
		read := func(i int) {
			if i < len(streams) {
				go func() { histories[i] <- l.history(ctx, streams[i]) }()
			}
		}
		for i := range readers {
			read(i)
		}
		for i := range streams {
			h := <-histories[i]
			read(i + readers)
			for j := range h.events {
				if !yield(h.events[j], nil) {
					return
				}
			}
			if h.err != nil {
				yield(ledger.Event{}, h.err)
				return
			}
		}
	}
}

// history is a whole stream, or what was read of it before the error.
type history struct {
	events []ledger.Event
	err    error
}

func (l *Log) history(ctx context.Context, s ledger.StreamID) (h history) {
	for e, err := range l.stream(ctx, s, 0, math.MaxInt64) {
		if err != nil {
			return history{err: err}
		}
		h.events = append(h.events, e)
	}
	return h
}

// stream reads at most count events of a stream from a revision on. Where the stream stands
// is remembered when it was read to its end.
func (l *Log) stream(ctx context.Context, s ledger.StreamID, from ledger.Revision, count int64,
) iter.Seq2[ledger.Event, error] {
	return func(yield func(ledger.Event, error) bool) {
		last, next, left := nowhere, from, count
		for try := 1; ; try++ {
			var failed error
			for r, err := range l.recorded(ctx, l.openStream(s, next, uint64(left))) {
				var e ledger.Event
				if err == nil {
					e, err = l.opened(r)
				}
				if err == nil && e.Revision != next {
					err = fmt.Errorf("%w: stream %s has revision %d where %d must be",
						ledger.ErrCorrupt, s, e.Revision, next)
				}
				if failed = err; err != nil {
					break
				}
				last, next, left, try = standingOf(&e), next+1, left-1, 1
				if !yield(e, nil) {
					return
				}
			}
			if failed == nil {
				if left > 0 && (from == 0 || last != nowhere) {
					l.standings.put(s, last)
				}
				return
			}
			if !errors.Is(failed, errAway) || try >= readTries || ctx.Err() != nil {
				yield(ledger.Event{}, readFailed(ctx, "stream "+string(s), failed))
				return
			}
		}
	}
}

func (l *Log) openStream(s ledger.StreamID, from ledger.Revision, count uint64,
) func(context.Context, *esdb.Client) (*esdb.ReadStream, error) {
	return func(ctx context.Context, c *esdb.Client) (*esdb.ReadStream, error) {
		return c.ReadStream(ctx, l.options.Prefix+string(s), esdb.ReadStreamOptions{
			From: esdb.Revision(uint64(from)), Direction: esdb.Forwards}, count)
	}
}

// last gives where a stream stands now.
func (l *Log) last(ctx context.Context, s ledger.StreamID) (standing, error) {
	var failed error
	for range readTries {
		failed = nil
		for r, err := range l.recorded(ctx, func(ctx context.Context, c *esdb.Client,
		) (*esdb.ReadStream, error) {
			return c.ReadStream(ctx, l.options.Prefix+string(s), esdb.ReadStreamOptions{
				From: esdb.End{}, Direction: esdb.Backwards}, 1)
		}) {
			if failed = err; err != nil {
				break
			}
			e, err := l.opened(r)
			if err != nil {
				return nowhere, err
			}
			x := standingOf(&e)
			l.standings.put(s, x)
			return x, nil
		}
		if failed == nil {
			return nowhere, nil
		}
		if !errors.Is(failed, errAway) || ctx.Err() != nil {
			break
		}
	}
	return nowhere, readFailed(ctx, "stream "+string(s), failed)
}

// ReadAll implements ledger.Log. After must be the position of an event, or beyond all.
func (l *Log) ReadAll(
	ctx context.Context, after ledger.Position, limit int,
) iter.Seq2[ledger.Event, error] {
	return func(yield func(ledger.Event, error) bool) {
		if err := ctx.Err(); err != nil {
			yield(ledger.Event{}, err)
			return
		}
		head, _ := l.end.state()
		if after >= head {
			return // the server refuses to begin at a position that it has not reached
		}
		r := reading{Log: l, place: after, after: after, left: math.MaxInt}
		if limit > 0 {
			r.left = limit
		}
		for try := 1; ; try++ {
			before := r.place
			more, err := r.some(ctx, yield)
			if r.place != before {
				try = 1
			}
			if err == nil && !more {
				return
			}
			if err != nil && (!errors.Is(err, errAway) || try >= readTries || ctx.Err() != nil) {
				yield(ledger.Event{}, readFailed(ctx, "all", err))
				return
			}
		}
	}
}

// reading is how far a read of all has come.
type reading struct {
	*Log
	place ledger.Position // of the last event seen, of whomever
	after ledger.Position
	left  int // events that are still wanted
}

// some reads on once. It gives false when nothing is left to read, or wanted.
func (r *reading) some(ctx context.Context, yield func(ledger.Event, error) bool) (bool, error) {
	count := uint64(math.MaxUint64)
	if r.left < math.MaxInt {
		count = uint64(r.left) + pastOthers
	}
	var from esdb.AllPosition = esdb.Start{}
	if r.place > 0 {
		from = esdb.Position{Commit: uint64(r.place), Prepare: uint64(r.place)}
	}
	seen := uint64(0)
	for recorded, err := range r.recorded(ctx, func(ctx context.Context, c *esdb.Client,
	) (*esdb.ReadStream, error) {
		return c.ReadAll(ctx, esdb.ReadAllOptions{From: from, Direction: esdb.Forwards}, count)
	}) {
		if err != nil {
			return false, err
		}
		seen++
		at := ledger.Position(recorded.Position.Commit)
		if at <= r.place {
			continue // a read begins with the event at its place
		}
		r.place = at
		if at <= r.after || !r.ours(recorded.StreamID) {
			continue
		}
		e, err := r.opened(recorded)
		if err != nil {
			return false, err
		}
		if !yield(e, nil) {
			return false, nil
		}
		if r.left--; r.left == 0 {
			return false, nil
		}
	}
	return seen == count, nil
}

// readFailed says what could not be read; an absent server is ledger.ErrUnavailable.
func readFailed(ctx context.Context, what string, err error) error {
	if ctx.Err() != nil {
		return fmt.Errorf("read %s from the event store: %w", what, ctx.Err())
	}
	if errors.Is(err, errAway) && !errors.Is(err, ledger.ErrUnavailable) {
		err = fmt.Errorf("%w: %w", ledger.ErrUnavailable, err)
	}
	return fmt.Errorf("read %s from the event store: %w", what, err)
}
