package esdblog

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/EventStore/EventStore-Client-Go/v4/esdb"

	"github.com/stazh/stazh/ledger"
)

// source is an open read of the client's, of either kind. next gives io.EOF at the end.
type source interface {
	next() (*esdb.RecordedEvent, error)
	close()
}

// streamSource reads a stream, or all backwards.
type streamSource struct{ *esdb.ReadStream }

func fromRead(stream *esdb.ReadStream, err error) (source, error) {
	if err != nil {
		return nil, err
	}
	return streamSource{stream}, nil
}

func (s streamSource) close() { s.Close() }

func (s streamSource) next() (*esdb.RecordedEvent, error) {
	e, err := s.Recv()
	if codeOf(err) == esdb.ErrorCodeResourceNotFound {
		return nil, io.EOF // a stream that does not exist has no events
	}
	if err != nil {
		return nil, err
	}
	return e.OriginalEvent(), nil
}

// allSource reads the ledger up to a position. It is a subscription, as only these have a
// filter; it goes on where the last one ended and leaves out what belongs to others.
type allSource struct {
	*esdb.Subscription
	until ledger.Position
	ended bool
}

func (s *allSource) close() { _ = s.Close() } // gives no error

func (s *allSource) next() (*esdb.RecordedEvent, error) {
	for !s.ended {
		e := s.Recv()
		switch {
		case e.EventAppeared != nil:
			r := e.EventAppeared.OriginalEvent()
			s.ended = ledger.Position(r.Position.Commit) >= s.until
			return r, nil
		case e.SubscriptionDropped != nil:
			return nil, fmt.Errorf("%w: %w", errAway, e.SubscriptionDropped.Error)
		}
	}
	return nil, io.EOF
}

// recorded opens a read and yields its events. The client's Recv does not end with ctx when
// it has to tell of a broken connection, so that it is called by a goroutine of its own.
func (l *Log) recorded(ctx context.Context,
	open func(context.Context, *esdb.Client) (source, error),
) func(func(*esdb.RecordedEvent, error) bool) {
	return func(yield func(*esdb.RecordedEvent, error) bool) {
		ctx, cancel := context.WithCancel(ctx)
		defer cancel()
		defer context.AfterFunc(l.link.life, cancel)()
		stream, err := ask(ctx, l.link, source.close, open)
		if err != nil {
			yield(nil, err)
			return
		}
		l.link.hold()
		pages := make(chan page)
		go func() {
			defer l.link.release()
			defer stream.close()
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
func receive(ctx context.Context, from source, to chan<- page) {
	var p page
	for p.err == nil {
		for p.err == nil && len(p.events) < pageEvents {
			var e *esdb.RecordedEvent
			if e, p.err = next(from); p.err == nil {
				p.events = append(p.events, e)
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

func next(from source) (e *esdb.RecordedEvent, err error) {
	defer caught(&err)
	return from.next()
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
			err := l.link.silent()
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
		case errors.Is(p.err, io.EOF):
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
