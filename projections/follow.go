package projections

import (
	"context"
	"errors"
	"fmt"
	"log/slog"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"golang.org/x/sync/errgroup"

	"github.com/stazh/stazh/ledger"
)

// follower brings the live tables of one projection forward. It is used by one
// goroutine, while it holds the projection's lock.
type follower struct {
	*Runner
	projection Projection
	schema     string
	conn       *pgx.Conn
	position   ledger.Position
	ready      bool
	// goal is the head that the ledger had when this follower began.
	goal ledger.Position
	// limit bounds the next batch: halved when a batch fails, so that everything before
	// the event that fails is projected and the event can be named.
	limit int
	// took is how many events the last batch had.
	took int
}

// errMoved: the checkpoint is not where this follower left it, as after a rebuild.
var errMoved = errors.New("the checkpoint was moved by somebody else")

// run goes on until the projection is as far as the ledger is, but for a few events, and
// beyond all that was there when it began: a follower of its own is for who is behind.
func (f *follower) run(ctx context.Context) error {
	if err := f.start(ctx); err != nil {
		return err
	}
	for head := f.goal; f.position < f.goal || f.took > inStep && f.position < head; {
		err := f.step(ctx)
		if err == nil {
			head, err = f.log.Head(ctx)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// catchUp goes to the present head of the ledger and no further.
func (f *follower) catchUp(ctx context.Context) error {
	if err := f.start(ctx); err != nil {
		return err
	}
	for f.position < f.goal {
		if err := f.step(ctx); err != nil {
			return err
		}
	}
	return nil
}

// start notes the goal. Where nothing is left to project the tables are declared ready,
// and what an earlier failure left in the checkpoint is cleared: on a quiet ledger no
// batch would come to do it.
func (f *follower) start(ctx context.Context) error {
	head, err := f.log.Head(ctx)
	if err != nil {
		return fmt.Errorf("projection %s: %w", f.projection.Name(), err)
	}
	f.goal = head
	if f.position == 0 && f.goal >= ledger.Position(buildFrom*f.batch) {
		if err := f.fill(ctx); err != nil {
			return err
		}
	}
	if f.position < f.goal {
		return nil
	}
	err = f.transact(ctx, nil)
	if errors.Is(err, errMoved) {
		return f.reload(ctx)
	}
	return err
}

// buildFrom is the number of batches from which empty tables are not filled batch by batch
// but as by a rebuild.
const buildFrom = 10

// fill fills empty tables by a rebuild, where the projection can be built. When that
// cannot be done the follower goes on batch by batch, and stops exactly before an event
// that cannot be projected.
func (f *follower) fill(ctx context.Context) error {
	if _, ok := f.projection.(Builder); !ok {
		return nil
	}
	if err := f.Rebuild(ctx, f.projection.Name(), nil); err != nil {
		f.logger.WarnContext(ctx, "empty tables could not be filled at once, they are filled "+
			"batch by batch", slog.String("projection", f.projection.Name()),
			slog.String("error", describe(err)))
		return ctx.Err()
	}
	if err := f.reload(ctx); err != nil {
		return err
	}
	return dropOlder(ctx, f.conn, f.projection)
}

// step projects one batch.
func (f *follower) step(ctx context.Context) error {
	batch, err := f.feed.read(ctx, f, f.limit)
	if err == nil && len(batch) == 0 {
		err = fmt.Errorf("%w: the ledger ends before its head", ledger.ErrCorrupt)
	}
	if err != nil {
		return stopped(f.projection, nil, err)
	}
	err = f.transact(ctx, batch)
	switch {
	case err == nil:
		f.limit, f.took = min(2*f.limit, f.batch), len(batch)
	case errors.Is(err, errMoved):
		return f.reload(ctx)
	case len(batch) > 1 && f.divisible(ctx, err):
		f.limit = (len(batch) + 1) / 2
	default:
		return stopped(f.projection, batch, err)
	}
	return nil
}

// divisible tells whether a smaller batch may get further.
func (f *follower) divisible(ctx context.Context, err error) bool {
	return ctx.Err() == nil && !f.conn.IsClosed() && !errors.Is(err, ErrNotBuilt) &&
		!pgconn.Timeout(err)
}

// reload takes over the place to which the checkpoint was moved.
func (f *follower) reload(ctx context.Context) error {
	place, err := prepare(ctx, f.conn, f.projection)
	if err != nil {
		return err
	}
	f.position, f.ready, f.took = place.position, place.ready, 0
	if w := f.watcher(f.projection); w != nil {
		w.Lost()
	}
	f.hub.reset(f.schema, f.position)
	return nil
}

// transact applies a batch and moves the checkpoint, both or neither. The row of the
// checkpoint is locked before any table is touched: whoever wants the tables for
// himself, as a rebuild that switches, locks the row first and so never meets a batch.
func (f *follower) transact(ctx context.Context, batch []Event) error {
	to := f.position
	if len(batch) > 0 {
		to = batch[len(batch)-1].Position
	}
	ready := f.ready || to >= f.goal
	options := renewed(f.conn, beginFold(f.schema), len(batch))
	err := pgx.BeginTxFunc(ctx, f.conn, options, func(tx pgx.Tx) error {
		place, err := readCheckpoint(ctx, tx, f.schema, "for update")
		if err != nil {
			return err
		}
		if place.position != f.position {
			return errMoved
		}
		if len(batch) > 0 {
			if err := f.foldBeside(ctx, tx, f.projection, batch); err != nil {
				return err
			}
		}
		return moveCheckpoint(ctx, tx, f.schema, to, ready, false)
	})
	if err != nil {
		return err
	}
	f.arrive(ctx, to)
	if ready && !f.ready {
		f.ready = true
		return dropOlder(ctx, f.conn, f.projection)
	}
	return nil
}

// arrive tells that the tables have come to a position.
func (f *follower) arrive(ctx context.Context, at ledger.Position) {
	f.position = at
	if w := f.watcher(f.projection); w != nil {
		w.Moved(ctx)
	}
	f.hub.reset(f.schema, at)
}

// CatchUp brings all projections to the present head of the ledger: for commands that
// run without a server. Where another process follows, it waits for that one.
func (r *Runner) CatchUp(ctx context.Context) error {
	if err := Migrate(ctx, r.pool); err != nil {
		return err
	}
	head, err := r.log.Head(ctx)
	if err != nil {
		return fmt.Errorf("catch up: %w", err)
	}
	group, ctx := errgroup.WithContext(ctx)
	for _, p := range r.projections {
		group.Go(func() error { return r.catchUp(ctx, p, head) })
	}
	return group.Wait()
}

func (r *Runner) catchUp(ctx context.Context, p Projection, head ledger.Position) error {
	for {
		held, err := r.lead(ctx, p, func(f *follower) error { return f.catchUp(ctx) })
		if held || err != nil {
			if err != nil {
				r.recordFailure(ctx, p, err)
			}
			return err
		}
		waiting, cancel := context.WithTimeout(ctx, takeoverPoll)
		err = r.WaitFor(waiting, p.Name(), head)
		cancel()
		if err == nil || ctx.Err() != nil {
			return err
		}
		if failure, err := r.failure(ctx, p); err != nil || failure != "" {
			return errors.Join(err, fmt.Errorf("another process follows with projection %s "+
				"and cannot go on: %s", p.Name(), failure))
		}
	}
}
