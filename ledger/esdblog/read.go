package esdblog

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"math"
	"time"

	"github.com/EventStore/EventStore-Client-Go/v4/esdb"

	"github.com/stazh/stazh/ledger"
)

const (
	// readers is how many streams are read at one time for one caller.
	readers = 16
	// readTries is how often a read that brings nothing new is taken up again.
	readTries = 5
)

// ReadStreams implements ledger.Log. Streams are read side by side, some ahead of the one
// that is yielded; a read that breaks goes on where it was.
func (l *Log) ReadStreams(
	ctx context.Context, streams ...ledger.StreamID,
) iter.Seq2[ledger.Event, error] {
	marks := make([]ledger.Mark, len(streams))
	for i, s := range streams {
		marks[i] = ledger.Mark{Stream: s, Revision: ledger.NoStream}
	}
	return l.ReadAfter(ctx, marks...)
}

// ReadAfter implements ledger.Log, as ReadStreams.
func (l *Log) ReadAfter(
	ctx context.Context, marks ...ledger.Mark,
) iter.Seq2[ledger.Event, error] {
	if len(marks) == 1 {
		return l.stream(ctx, marks[0].Stream, marks[0].Revision+1, math.MaxInt64)
	}
	return func(yield func(ledger.Event, error) bool) {
		ctx, cancel := context.WithCancel(ctx)
		defer cancel()
		histories := make([]chan history, len(marks))
		for i := range histories {
			histories[i] = make(chan history, 1)
		}
		read := func(i int) {
			if i < len(marks) {
				go func() { histories[i] <- l.history(ctx, marks[i]) }()
			}
		}
		for i := range readers {
			read(i)
		}
		for i := range marks {
			h := <-histories[i]
			read(i + readers)
			for j := range h.events {
				if h.err = ctx.Err(); h.err != nil {
					break
				}
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

// history is what comes after a mark, or what was read of it before the error.
type history struct {
	events []ledger.Event
	err    error
}

func (l *Log) history(ctx context.Context, m ledger.Mark) (h history) {
	for e, err := range l.stream(ctx, m.Stream, m.Revision+1, math.MaxInt64) {
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
) func(context.Context, *esdb.Client) (source, error) {
	return func(ctx context.Context, c *esdb.Client) (source, error) {
		return fromRead(c.ReadStream(ctx, l.options.Prefix+string(s), esdb.ReadStreamOptions{
			From: esdb.Revision(uint64(from)), Direction: esdb.Forwards}, count))
	}
}

// last gives where a stream stands now.
func (l *Log) last(ctx context.Context, s ledger.StreamID) (standing, error) {
	var failed error
	for range readTries {
		failed = nil
		for r, err := range l.recorded(ctx, func(ctx context.Context, c *esdb.Client,
		) (source, error) {
			return fromRead(c.ReadStream(ctx, l.options.Prefix+string(s), esdb.ReadStreamOptions{
				From: esdb.End{}, Direction: esdb.Backwards}, 1))
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
		head, _ := l.end.state()
		if err := ctx.Err(); err != nil {
			yield(ledger.Event{}, err)
			return
		}
		if limit <= 0 {
			limit = math.MaxInt
		}
		place := after
		for try := 1; place < head; try++ {
			var failed error
			for r, err := range l.recorded(ctx, l.openAll(place, head)) {
				var e ledger.Event
				if err == nil && !l.ours(r.StreamID) {
					continue // it only begins like one
				}
				if err == nil {
					e, err = l.opened(r)
				}
				if failed = err; err != nil {
					break
				}
				place, limit, try = e.Position, limit-1, 1
				if !yield(e, nil) {
					return
				}
				if limit == 0 {
					break
				}
			}
			if failed == nil {
				return
			}
			if !errors.Is(failed, errAway) || try >= readTries || ctx.Err() != nil {
				yield(ledger.Event{}, readFailed(ctx, "all", failed))
				return
			}
		}
	}
}

func (l *Log) openAll(after, until ledger.Position,
) func(context.Context, *esdb.Client) (source, error) {
	var from esdb.AllPosition = esdb.Start{}
	if after > 0 {
		from = esdb.Position{Commit: uint64(after), Prepare: uint64(after)}
	}
	return func(ctx context.Context, c *esdb.Client) (source, error) {
		sub, err := c.SubscribeToAll(ctx, l.following(from))
		if err != nil {
			return nil, err
		}
		return &allSource{Subscription: sub, until: until}, nil
	}
}

// RecordedAt gives the time of the event at a position. It is asked for by its place, as the
// place before it, from which ReadAll would begin, is not known.
func (l *Log) RecordedAt(ctx context.Context, at ledger.Position) (time.Time, error) {
	for r, err := range l.recorded(ctx, func(ctx context.Context, c *esdb.Client,
	) (source, error) {
		return fromRead(c.ReadAll(ctx, esdb.ReadAllOptions{Direction: esdb.Forwards,
			From: esdb.Position{Commit: uint64(at), Prepare: uint64(at)}}, 1))
	}) {
		if err != nil {
			return time.Time{}, readFailed(ctx, fmt.Sprintf("position %d", at), err)
		}
		if ledger.Position(r.Position.Commit) != at || !l.ours(r.StreamID) {
			break
		}
		e, err := l.opened(r)
		return e.RecordedAt, err
	}
	return time.Time{}, fmt.Errorf("%w: no event of the ledger stands at position %d",
		ledger.ErrInvalid, at)
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
