package esdblog

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"sync"
	"time"

	"github.com/EventStore/EventStore-Client-Go/v4/esdb"

	"github.com/stazh/stazh/ledger"
)

const (
	// searchWindow is how many events of others the server passes over before it tells how
	// far it is; its own default would be a message for every 32 events.
	searchWindow = 4096
	// endPage is how many events are read at once to find the last one of the ledger behind
	// system events.
	endPage = 500
)

// end knows the position of the last event and wakes those who wait for the next.
type end struct {
	mu      sync.Mutex // guards the fields below
	head    ledger.Position
	changed chan struct{} // closed and replaced by each change
}

func newEnd() *end { return &end{changed: make(chan struct{})} }

func (e *end) state() (ledger.Position, <-chan struct{}) {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.head, e.changed
}

func (e *end) raise(p ledger.Position) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if p > e.head {
		e.head = p
		close(e.changed)
		e.changed = make(chan struct{})
	}
}

// Head implements ledger.Log. It asks nobody: a subscription brings what others append.
func (l *Log) Head(ctx context.Context) (ledger.Position, error) {
	head, _ := l.end.state()
	return head, ctx.Err()
}

// Wait implements ledger.Log.
func (l *Log) Wait(ctx context.Context, after ledger.Position) (ledger.Position, error) {
	for {
		head, changed := l.end.state()
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

// findEnd reads backwards to the last event of the ledger, past what the server writes for
// itself, and gives the place of the newest event of all, from where to follow.
func (l *Log) findEnd(ctx context.Context) (place esdb.AllPosition, err error) {
	place = esdb.Start{}
	var from esdb.AllPosition = esdb.End{}
	for {
		n := 0
		for r, err := range l.recorded(ctx, func(ctx context.Context, c *esdb.Client,
		) (*esdb.ReadStream, error) {
			return c.ReadAll(ctx, esdb.ReadAllOptions{From: from, Direction: esdb.Backwards},
				endPage)
		}) {
			if err != nil {
				return nil, err
			}
			if _, first := place.(esdb.Start); first {
				place = r.Position
			}
			if l.ours(r.StreamID) {
				l.end.raise(ledger.Position(r.Position.Commit))
				return place, nil
			}
			from = r.Position
			n++
		}
		if n == 0 {
			return place, nil
		}
	}
}

// follow keeps a subscription to everything after the place, as long as the log is open. One
// that breaks is taken up again where it was.
func (l *Log) follow(ctx context.Context, place esdb.AllPosition) {
	for pause := backoffMin; ctx.Err() == nil; pause = min(2*pause, backoffMax) {
		reached, err := l.subscription(ctx, place)
		if reached != place {
			place, pause = reached, backoffMin
		}
		if ctx.Err() != nil {
			return
		}
		l.link.logger.WarnContext(ctx, "subscription to the event store broke, it is taken up "+
			"again", slog.String("error", err.Error()))
		sleep(ctx, jitter(pause))
	}
}

// subscription follows until it breaks, and gives the place that it has reached.
func (l *Log) subscription(ctx context.Context, place esdb.AllPosition,
) (esdb.AllPosition, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	sub, err := ask(ctx, l.link, func(s *esdb.Subscription) { _ = s.Close() },
		func(ctx context.Context, c *esdb.Client) (*esdb.Subscription, error) {
			return c.SubscribeToAll(ctx, esdb.SubscribeToAllOptions{From: place,
				MaxSearchWindow: searchWindow, CheckpointInterval: 1, Filter: l.filter()})
		})
	if err != nil {
		return place, err
	}
	l.link.hold()
	defer l.link.release()
	defer sub.Close() //nolint:errcheck // gives none
	for {
		switch e := sub.Recv(); {
		case e.EventAppeared != nil:
			r := e.EventAppeared.OriginalEvent()
			place = r.Position
			if l.ours(r.StreamID) {
				l.end.raise(ledger.Position(r.Position.Commit))
			}
		case e.CheckPointReached != nil:
			place = *e.CheckPointReached
		case e.SubscriptionDropped != nil:
			return place, e.SubscriptionDropped.Error
		}
	}
}

// filter keeps out all streams but the ledger's, the server's own first of all.
func (l *Log) filter() *esdb.SubscriptionFilter {
	return &esdb.SubscriptionFilter{Type: esdb.StreamFilterType, Prefixes: []string{
		l.options.Prefix + "person-", l.options.Prefix + "payer-",
		l.options.Prefix + string(ledger.Law)}}
}

// recorded opens a read and yields its events. The client's Recv does not end with ctx when
// it has to tell of a broken connection, so that it is called by a goroutine of its own.
func (l *Log) recorded(ctx context.Context,
	open func(context.Context, *esdb.Client) (*esdb.ReadStream, error),
) func(func(*esdb.RecordedEvent, error) bool) {
	return func(yield func(*esdb.RecordedEvent, error) bool) {
		ctx, cancel := context.WithCancel(ctx)
		defer cancel()
		defer context.AfterFunc(l.link.life, cancel)()
		stream, err := ask(ctx, l.link, (*esdb.ReadStream).Close, open)
		if err != nil {
			yield(nil, err)
			return
		}
		l.link.hold()
		pages := make(chan page)
		go func() {
			defer l.link.release()
			defer stream.Close()
			receive(ctx, stream, pages)
		}()
		l.hand(ctx, pages, yield)
	}
}

// page is some events in a row, and what came after them: nil for more events.
type page struct {
	events []*esdb.RecordedEvent
	err    error
}

// pageEvents is how many events are handed over at once.
const pageEvents = 128

// receive takes events from the client until there are no more or nobody wants them.
func receive(ctx context.Context, stream *esdb.ReadStream, to chan<- page) {
	var p page
	for p.err == nil {
		for p.err == nil && len(p.events) < pageEvents {
			var e *esdb.ResolvedEvent
			if e, p.err = next(stream); p.err == nil {
				p.events = append(p.events, e.OriginalEvent())
			}
		}
		select {
		case to <- p:
			p.events = nil
		case <-ctx.Done():
			return
		}
	}
}

func next(stream *esdb.ReadStream) (e *esdb.ResolvedEvent, err error) {
	defer caught(&err)
	return stream.Recv()
}

// hand yields what receive sends.
func (l *Log) hand(ctx context.Context, pages <-chan page,
	yield func(*esdb.RecordedEvent, error) bool) {
	// An answer that does not come is noticed by the time since the last one.
	patience := time.NewTimer(l.options.CallTime)
	defer patience.Stop()
	for {
		var p page
		patience.Reset(l.options.CallTime)
		select {
		case p = <-pages:
		case <-ctx.Done():
			yield(nil, ctx.Err())
			return
		case <-patience.C:
			err := fmt.Errorf("%w within %s", errAway, l.options.CallTime)
			l.link.lost(err)
			yield(nil, err)
			return
		}
		for _, e := range p.events {
			if ctx.Err() != nil {
				yield(nil, ctx.Err())
				return
			}
			if !yield(e, nil) {
				return
			}
		}
		switch {
		case p.err == nil:
			continue
		case errors.Is(p.err, io.EOF) || codeOf(p.err) == esdb.ErrorCodeResourceNotFound:
			return
		case ctx.Err() != nil:
			yield(nil, ctx.Err())
			return
		case isAway(p.err):
			l.link.lost(p.err)
			p.err = fmt.Errorf("%w: %w", errAway, p.err)
		}
		yield(nil, p.err)
		return
	}
}
