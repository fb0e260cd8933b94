package esdblog

import (
	"context"
	"errors"
	"fmt"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/stazh/stazh/ledger"
)

// writers is how many streams of one append are written at one time.
const writers = 16

// Append implements ledger.Log. First it looks where all streams are, so that a batch which
// is behind is nearly always refused before anything of it is recorded. Then it writes all
// streams but the last side by side, and the last one when these are there.
func (l *Log) Append(
	ctx context.Context, batch ...ledger.StreamAppend,
) (ledger.Result, error) {
	if _, _, err := l.limits.Check(batch); err != nil {
		return ledger.Result{}, err
	}
	if err := ctx.Err(); err != nil {
		return ledger.Result{}, err
	}
	b, err := l.begin(ctx, batch, time.Time{})
	if err == nil {
		err = b.write(ctx)
	}
	if err != nil {
		return ledger.Result{}, err
	}
	return b.result(), nil
}

// batch is an append on its way.
type batch struct {
	streams []*writing
	at      time.Time // recorded time of what is new
}

// write writes the streams, the last one when all others are there.
func (b *batch) write(ctx context.Context) error {
	n := len(b.streams) - 1
	err := b.all(n, func(i int) error { return b.streams[i].write(ctx, b.at) })
	if err == nil {
		err = b.streams[n].write(ctx, b.at)
	}
	if err != nil {
		return b.failed(err)
	}
	return nil
}

// begin looks where the streams are. The recorded time is the clock's unless it is given.
func (l *Log) begin(ctx context.Context, list []ledger.StreamAppend, at time.Time,
) (*batch, error) {
	b := &batch{streams: make([]*writing, len(list)), at: at}
	for i := range list {
		b.streams[i] = &writing{Log: l, StreamAppend: &list[i]}
	}
	err := b.all(len(list), func(i int) error { return b.streams[i].look(ctx) })
	if err != nil {
		return nil, err
	}
	if !at.IsZero() {
		return b, nil
	}
	for _, w := range b.streams {
		if w.done > 0 && w.standing.at.After(b.at) {
			b.at = w.standing.at // the rest of an append has the time of its beginning
		}
	}
	if b.at.IsZero() {
		b.at = l.stamp.now(l.options.Clock())
	}
	for _, w := range b.streams {
		if w.standing.at.After(b.at) {
			b.at = w.standing.at
		}
	}
	return b, nil
}

// all calls do for the first n streams, some at a time, and gives the first error by the
// order of the streams. After one that failed no further one is begun.
func (b *batch) all(n int, do func(i int) error) error {
	errs := make([]error, n)
	var group errgroup.Group
	group.SetLimit(writers)
	stop := make(chan struct{}, n)
	for i := range n {
		if len(stop) > 0 {
			break
		}
		group.Go(func() error {
			if errs[i] = do(i); errs[i] != nil {
				stop <- struct{}{}
			}
			return nil
		})
	}
	_ = group.Wait() // the errors are in errs
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// failed makes the error of an append that was not finished: where anything was sent, part
// of it may be recorded.
func (b *batch) failed(err error) error {
	var wrong *ledger.WrongRevisionError
	if errors.As(err, &wrong) || errors.Is(err, ledger.ErrUnknownOutcome) ||
		errors.Is(err, errRefused) {
		return err
	}
	for _, w := range b.streams {
		if w.sent {
			return fmt.Errorf("%w: %w", ledger.ErrUnknownOutcome, err)
		}
	}
	return err
}

func (b *batch) result() ledger.Result {
	result := ledger.Result{Repeated: true}
	for _, w := range b.streams {
		result.Position = max(result.Position, w.position)
		result.Repeated = result.Repeated && w.found
	}
	result.RecordedAt = b.streams[len(b.streams)-1].standing.at
	return result
}
