// Package logcopy moves a whole ledger from one log to another: every event with its id,
// recorded time, bytes and head, in the same order. A copy that was interrupted goes on
// where it was. It knows nothing of what events say, and nothing of keys and archives,
// which no log holds.
package logcopy

import (
	"context"
	"errors"
	"fmt"
	"iter"

	"github.com/stazh/stazh/ledger"
)

const (
	// batchEvents and batchBytes bound what is imported at once. Where batches end follows
	// from the events before them alone, so that every run ends them at the same places.
	batchEvents = 1000
	batchBytes  = 4 << 20
	// importTries is how often a batch is imported whose outcome is unknown.
	importTries = 5
)

// ErrOther: the target holds events that the source has not.
var ErrOther = errors.New("the target holds another ledger; name one that is empty, or that " +
	"an earlier copy of this one has begun")

// errChanged: the source has got events since the copy began.
var errChanged = errors.New("the source has changed during the copy: stop whatever writes " +
	"to it, and copy again; what is copied stays")

// Stage is what a copy is doing.
type Stage string

// The stages, in their order.
const (
	Comparing Stage = "Comparing" // what the target has already
	Copying   Stage = "Copying"
	Verifying Stage = "Verifying" // everything, event by event
)

// Progress is told, in positions of the source, how far a stage has come.
type Progress func(stage Stage, done, head ledger.Position)

// Report is what was found at the end.
type Report struct {
	// Events and Streams are those of both ledgers, and Copied the events of this run.
	Events, Streams, Copied int64
}

// Run copies what the target does not have yet, and then compares both ledgers whole. The
// error is ErrOther, with nothing written, when the target is no beginning of the source.
// Nobody may write to either meanwhile.
func Run(
	ctx context.Context, from ledger.Log, to ledger.Importer, progress Progress,
) (report Report, err error) {
	head, err := from.Head(ctx)
	if err != nil {
		return report, fmt.Errorf("copy: %w", err)
	}
	c := &run{from, to, func(s Stage, done ledger.Position) { progress(s, done, head) }}
	has, err := c.compare(ctx, Comparing)
	if err != nil {
		return report, err
	}
	if report.Copied, err = c.copy(ctx, has.place); err != nil {
		return report, err
	}
	has, err = c.compare(ctx, Verifying)
	if err == nil && !has.whole {
		err = errChanged
	}
	report.Events, report.Streams = has.events, has.streams
	return report, err
}

type run struct {
	from ledger.Log
	to   ledger.Importer
	tell func(Stage, ledger.Position)
}

// copy imports everything after the place.
func (c *run) copy(ctx context.Context, place ledger.Position) (copied int64, err error) {
	for batch, err := range c.batches(ctx, place) {
		if err == nil {
			err = c.take(ctx, batch)
		}
		if err != nil {
			return copied, fmt.Errorf("copy after position %d: %w", place, err)
		}
		place = batch[len(batch)-1].Position
		copied += int64(len(batch))
		c.tell(Copying, place)
	}
	return copied, nil
}

func (c *run) take(ctx context.Context, batch []ledger.Event) (err error) {
	for range importTries {
		err = c.to.Import(ctx, batch)
		if !errors.Is(err, ledger.ErrUnknownOutcome) || ctx.Err() != nil {
			break
		}
	}
	return err
}

// batches cuts the source, from a place on.
func (c *run) batches(
	ctx context.Context, after ledger.Position,
) iter.Seq2[[]ledger.Event, error] {
	return func(yield func([]ledger.Event, error) bool) {
		var (
			batch []ledger.Event
			bytes int
			last  = after
			gives = c.from.Guarantees()
		)
		for e, err := range c.from.ReadAll(ctx, after, 0) {
			if err == nil {
				err = gives.Follows(last, e.Position)
			}
			if err != nil {
				yield(nil, fmt.Errorf("read the source: %w", err))
				return
			}
			last = e.Position
			batch = append(batch, e)
			if bytes += len(e.Payload); len(batch) < batchEvents && bytes < batchBytes {
				continue
			}
			if !yield(batch, nil) {
				return
			}
			batch, bytes = nil, 0
		}
		if len(batch) > 0 {
			yield(batch, nil)
		}
	}
}

// agreement is how far two ledgers are the same.
type agreement struct {
	events, streams int64           // in the batches that are there whole
	place           ledger.Position // in the source, from where to copy
	whole           bool            // both end here
}

// compare reads both ledgers side by side. A log that is not atomic may have a part of a
// batch, and any part of it; within a batch its order is its own.
func (c *run) compare(ctx context.Context, stage Stage) (a agreement, err error) {
	next, stop := iter.Pull2(c.to.ReadAll(ctx, 0, 0))
	defer stop()
	for batch, err := range c.batches(ctx, 0) {
		if err != nil {
			return a, err
		}
		n, err := agree(batch, next)
		if err != nil {
			return a, err
		}
		if n < len(batch) {
			if c.to.Guarantees().Atomic && n > 0 {
				a.place = batch[n-1].Position // in the same order, to the event
			}
			return a, nil
		}
		a.events, a.place = a.events+int64(n), batch[n-1].Position
		for i := range batch {
			if batch[i].Revision == 0 {
				a.streams++
			}
		}
		c.tell(stage, a.place)
	}
	e, err, more := next()
	if err != nil {
		return a, fmt.Errorf("read the target: %w", err)
	}
	if more {
		return a, other(&e)
	}
	a.whole = true
	return a, nil
}

type place struct {
	stream   ledger.StreamID
	revision ledger.Revision
}

// agree reads as many events of the target as the batch has, or all there are. Each must be
// one of the batch, to the byte and with the same head.
func agree(
	batch []ledger.Event, next func() (ledger.Event, error, bool),
) (n int, err error) {
	wanted := make(map[place]*ledger.Event, len(batch))
	for i := range batch {
		wanted[place{batch[i].Stream, batch[i].Revision}] = &batch[i]
	}
	for ; n < len(batch); n++ {
		e, err, ok := next()
		if err != nil {
			return n, fmt.Errorf("read the target: %w", err)
		}
		if !ok {
			break
		}
		want := wanted[place{e.Stream, e.Revision}]
		if want == nil || want.Head != e.Head || want.Hash() != e.Hash() {
			return n, other(&e)
		}
	}
	return n, nil
}

func other(e *ledger.Event) error {
	return fmt.Errorf("%w (event %d of stream %s differs or is in another place)",
		ErrOther, e.Revision, e.Stream)
}
