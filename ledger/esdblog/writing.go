package esdblog

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/EventStore/EventStore-Client-Go/v4/esdb"

	"github.com/stazh/stazh/ledger"
)

const (
	// sendTries is how often an append whose outcome is unknown is made again. Between two
	// tries the call waits until the server is back.
	sendTries = 20
	// refusalsMax is how often an append that the server breaks off without a reason is made
	// again: the client tells neither a missing right nor a limit of the server.
	refusalsMax = 3
)

// writing is one stream of an append on its way.
type writing struct {
	*Log
	*ledger.StreamAppend
	// standing is where the stream stands before what is to be written, and in the end
	// after it; done is how many of the events it has.
	standing standing
	done     int
	position ledger.Position // of the last event written or found
	found    bool            // all events had been recorded before
	sent     bool            // something was sent, so that it may be recorded
}

// trace is what a stream holds from an expected revision on, beside some events.
type trace struct {
	before, after standing
	known         bool // the expected revision exists
	others        bool // another event stands where one of the events would
	matched       int  // events that are there, in their order
	position      ledger.Position
}

// trace reads what stands where events are to be written.
func (w *writing) trace(ctx context.Context, expected ledger.Revision, events []ledger.NewEvent,
) (trace, error) {
	t := trace{before: nowhere, known: expected == ledger.NoStream}
	count := int64(len(events))
	if !t.known {
		count++
	}
	t.after = t.before
	for e, err := range w.stream(ctx, w.Stream, max(expected, 0), count) {
		switch {
		case err != nil:
			return t, err
		case e.Revision == expected:
			t.before, t.known = standingOf(&e), true
			t.after = t.before
		case !t.others && e.ID == events[t.matched].ID:
			t.matched++
			t.after, t.position = standingOf(&e), e.Position
		default:
			t.others = true
		}
	}
	return t, nil
}

// look finds out where the stream stands: in the memory, or from the server.
func (w *writing) look(ctx context.Context) error {
	if x, ok := w.standings.get(w.Stream); ok && x.revision == w.Expected {
		w.standing = x
		return nil
	}
	t, err := w.trace(ctx, w.Expected, w.Events)
	if err != nil {
		return err
	}
	switch {
	case !t.known || t.others:
		return w.wrong(ctx)
	case t.matched == len(w.Events):
		w.found, w.position = true, t.position
	case t.matched > 0 && !w.cut():
		return w.wrong(ctx) // it was recorded as a part of something else
	}
	w.standing, w.done = t.after, t.matched
	return nil
}

// wrong makes the error of a stream that is somewhere else. Where this process knows it to be
// further, it need not ask how far it has come since.
func (w *writing) wrong(ctx context.Context) error {
	now, ok := w.standings.get(w.Stream)
	if !ok || now.revision <= w.Expected {
		var err error
		if now, err = w.last(ctx, w.Stream); err != nil {
			return err
		}
	}
	return &ledger.WrongRevisionError{Stream: w.Stream, Expected: w.Expected,
		Actual: now.revision}
}

// cut tells whether the events are more than one call to the server takes, so that a part
// of them may be recorded without the rest.
func (w *writing) cut() bool {
	size := 0
	for i := range w.Events {
		size += len(w.Events[i].Payload) + eventOverhead
	}
	return size > w.options.AppendBytes
}

// eventOverhead is what an event takes beside its payload, more often than not less.
const eventOverhead = 400

// write records the events that the stream does not have yet, part by part.
func (w *writing) write(ctx context.Context, at time.Time) error {
	if w.found {
		return nil
	}
	end, err := w.turns.take(ctx, w.Stream)
	if err != nil {
		return err
	}
	defer end()
	w.found = true // until something new is recorded
	if x, ok := w.standings.get(w.Stream); ok && x.revision > w.standing.revision {
		if err := w.settle(ctx, w.Events[w.done:]); err != nil {
			return err // somebody was faster in this process
		}
	}
	for w.done < len(w.Events) {
		p, err := w.part(at)
		if err != nil {
			return err
		}
		if err := w.send(ctx, p); err != nil {
			return err
		}
	}
	return nil
}

// part is what one call to the server carries.
type part struct {
	events []ledger.NewEvent
	data   []esdb.EventData
	after  standing // of the stream, when it is recorded
}

// part seals the next events.
func (w *writing) part(at time.Time) (part, error) {
	p := part{after: w.standing}
	rest := w.Events[w.done:]
	size := 0
	for i := range rest {
		e := ledger.Seal(w.Stream, p.after.revision+1, 0, at, p.after.head, rest[i])
		data, err := stored(&e)
		if err != nil {
			return p, err
		}
		if size += sentBytes(&data); size > w.options.AppendBytes {
			break
		}
		p.data, p.after = append(p.data, data), standingOf(&e)
	}
	p.events = rest[:len(p.data)]
	if len(p.data) == 0 {
		return p, fmt.Errorf("%w: event %s for stream %s has more than the %d bytes that the "+
			"event store takes at once", ledger.ErrTooLarge, rest[0].ID, w.Stream,
			w.options.AppendBytes)
	}
	return p, nil
}

// errRefused: the server does not take the append, and will not when it is made again.
var errRefused = errors.New("the event store refuses the append")

// send records a part. As long as the outcome is unknown it is sent again, byte for byte
// the same: the server records it once, whichever of the calls arrive.
func (w *writing) send(ctx context.Context, p part) error {
	var err error
	for try, refusals := 1, 0; try <= sendTries; try++ {
		var result *esdb.WriteResult
		result, err = w.call(ctx, p)
		away := errors.Is(err, ledger.ErrUnavailable)
		w.sent = w.sent || !away
		switch {
		case err == nil:
			w.found = false
			w.advance(p.after, ledger.Position(result.CommitPosition), len(p.events))
			return nil
		case codeOf(err) == esdb.ErrorCodeWrongExpectedVersion:
			return w.settle(ctx, p.events)
		case ctx.Err() != nil || away:
			return err
		case errors.Is(err, errAway):
			continue
		case codeOf(err) == esdb.ErrorCodeAccessDenied,
			codeOf(err) == esdb.ErrorCodeUnauthenticated:
			return fmt.Errorf("%w: the user of its address may not write: %w", errRefused, err)
		}
		if refusals++; refusals == refusalsMax {
			return fmt.Errorf("%w: it breaks off without a reason; look whether the user of "+
				"its address may write, and whether its limit of an append (MaxAppendSize) is "+
				"at least 1 MiB: %w", errRefused, err)
		}
	}
	return fmt.Errorf("%w: no answer after %d tries: %w", ledger.ErrUnknownOutcome, sendTries, err)
}

// call sends a part once. It is the only place of the program that writes to the server, and
// always names the revision that it expects.
func (w *writing) call(ctx context.Context, p part) (*esdb.WriteResult, error) {
	var expected esdb.ExpectedRevision = esdb.NoStream{}
	if w.standing.revision != ledger.NoStream {
		expected = esdb.Revision(uint64(w.standing.revision))
	}
	return ask(ctx, w.link, nil,
		func(ctx context.Context, c *esdb.Client) (*esdb.WriteResult, error) {
			return c.AppendToStream(ctx, w.options.Prefix+string(w.Stream),
				esdb.AppendToStreamOptions{ExpectedRevision: expected}, p.data...)
		})
}

// advance takes over that events are recorded.
func (w *writing) advance(to standing, position ledger.Position, events int) {
	w.standing, w.position, w.done = to, position, w.done+events
	w.standings.put(w.Stream, to)
	w.end.raise(position)
}

// settle finds out why the stream is not where it was expected: because the events are there
// already, which somebody else may have written with another time, or because others are.
func (w *writing) settle(ctx context.Context, events []ledger.NewEvent) error {
	t, err := w.trace(ctx, w.standing.revision, events)
	if err != nil {
		return err
	}
	whole := t.matched == len(events) && !t.others
	if !t.known || !whole && (t.others || t.matched == 0 || !w.cut()) {
		return w.wrong(ctx)
	}
	w.advance(t.after, t.position, t.matched)
	return nil
}
