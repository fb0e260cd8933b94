package esdblog

import (
	"context"
	"fmt"
	"log/slog"
	"sync"

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
		) (source, error) {
			return fromRead(c.ReadAll(ctx, esdb.ReadAllOptions{From: from,
				Direction: esdb.Backwards}, endPage))
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
			return c.SubscribeToAll(ctx, l.following(place))
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

// following are the options of a subscription to the ledger after a place. The filter keeps
// out all other streams, the server's own first of all.
func (l *Log) following(after esdb.AllPosition) esdb.SubscribeToAllOptions {
	return esdb.SubscribeToAllOptions{From: after, MaxSearchWindow: searchWindow,
		CheckpointInterval: 1, Filter: &esdb.SubscriptionFilter{Type: esdb.StreamFilterType,
			Prefixes: []string{l.options.Prefix + "person-", l.options.Prefix + "payer-",
				l.options.Prefix + string(ledger.Law)}}}
}
