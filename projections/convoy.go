package projections

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/stazh/stazh/ledger"
)

// convoy takes those projections of a process that have caught up through the ledger together:
// one transaction for each batch, in which all of them are locked, fold and are moved on. What
// is paid for each transaction is then paid once and not by each projection, and one that a
// batch does not concern costs hardly anything.
//
// Nobody waits for another: whose tables somebody else holds, or who fails, is left behind
// and goes on alone, until it has caught up again. All of them do when they fall behind
// together, as they get further side by side than one after the other.
type convoy struct {
	*Runner
	joining chan *rider
	riders  []*rider
	conn    *pgx.Conn
	// reader stands where the last of the riders does.
	reader follower
}

// rider is a projection in the convoy.
type rider struct {
	*follower
	projection Projection
	build      Build // nil where it cannot be told which events concern the projection
	release    func()
	// left is closed when the projection has to go on alone, because of failure if it is set.
	left    chan struct{}
	failure error
}

func newConvoy(r *Runner) *convoy {
	return &convoy{Runner: r, joining: make(chan *rider)}
}

const (
	// inStep is how many events the last batch of a projection may have had at most that joins
	// the convoy. A full batch is the convoy's own sign that it is behind: positions do not
	// tell, as a log may leave some out.
	inStep = 500
	// convoyLockMax is how long the convoy waits for a lock on a table.
	convoyLockMax = time.Second
)

// After each batch the convoy pauses for a breath, and then rests unless somebody waits for
// what comes next. The first event after a quiet time is projected at once; in a steady stream
// some more wait for the next batch, so that its fixed costs are paid some twenty times a
// second, or a hundred times for those who wait, and not a thousand times.
const (
	breath = 10 * time.Millisecond
	rest   = 40 * time.Millisecond
)

// join takes a projection along that has caught up, and returns when it must go on alone: with
// an error where it has failed.
func (c *convoy) join(ctx context.Context, p Projection) error {
	x := &rider{projection: p, left: make(chan struct{})}
	if b, ok := p.(Builder); ok {
		x.build = b.NewBuild()
	}
	select {
	case c.joining <- x:
	case <-ctx.Done():
		return nil
	}
	select {
	case <-x.left:
		return x.failure
	case <-ctx.Done():
		return nil
	}
}

// run travels until ctx ends.
func (c *convoy) run(ctx context.Context) {
	for {
		select {
		case x := <-c.joining:
			if err := c.travel(ctx, x); err != nil && ctx.Err() == nil {
				c.logger.WarnContext(ctx, "projections go on one by one",
					slog.String("error", describe(err)))
			}
		case <-ctx.Done():
			return
		}
	}
}

// travel follows the ledger from the first rider's joining until nobody rides any more.
func (c *convoy) travel(ctx context.Context, first *rider) error {
	conn, err := c.pool.Acquire(ctx)
	if err != nil {
		close(first.left)
		return fmt.Errorf("connect for projections: %w", err)
	}
	defer conn.Release()
	c.conn = conn.Conn()
	defer c.feed.leave(&c.reader)
	defer c.part(ctx, func(*rider) bool { return true })
	if err := c.admit(ctx, first); err != nil {
		return err
	}
	for len(c.riders) > 0 {
		head, err := c.wait(ctx)
		if err != nil {
			return err
		}
		if head <= c.place() {
			continue
		}
		if full, err := c.step(ctx); err != nil || full {
			return err
		}
		sleep(ctx, breath)
		c.hub.rest(ctx, rest)
	}
	return nil
}

// place is where the last rider stands.
func (c *convoy) place() ledger.Position {
	at := c.riders[0].position
	for _, x := range c.riders[1:] {
		at = min(at, x.position)
	}
	return at
}

// wait returns the head once it is beyond somebody's place, or after a pulse. Meanwhile
// others may join.
func (c *convoy) wait(ctx context.Context) (ledger.Position, error) {
	waiting, cancel := context.WithTimeout(ctx, pulse)
	defer cancel()
	type answer struct {
		head ledger.Position
		err  error
	}
	place, reached := c.place(), make(chan answer, 1)
	go func() {
		head, err := c.log.Wait(waiting, place)
		reached <- answer{head, err}
	}()
	select {
	case x := <-c.joining:
		cancel()
		<-reached
		return 0, c.admit(ctx, x)
	case a := <-reached:
		if a.err == nil || !errors.Is(a.err, context.DeadlineExceeded) || ctx.Err() != nil {
			return a.head, a.err
		}
	}
	// A connection that is lost has lost the locks of the projections.
	return 0, c.conn.Ping(ctx)
}

// admit lets a rider in, unless another process follows with its projection by now or its
// tables are not at the place any more where it left them. An error concerns the convoy.
func (c *convoy) admit(ctx context.Context, x *rider) error {
	f, release, err := c.take(ctx, c.conn, x.projection)
	if err != nil || f == nil {
		close(x.left)
		return err
	}
	x.follower, x.release = f, release
	c.riders = append(c.riders, x)
	if !x.ready {
		c.part(ctx, func(y *rider) bool { return y == x })
	}
	return nil
}

// part leaves riders behind.
func (c *convoy) part(ctx context.Context, who func(*rider) bool) {
	c.riders = slices.DeleteFunc(c.riders, func(x *rider) bool {
		if !who(x) {
			return false
		}
		if ctx.Err() == nil {
			c.logger.DebugContext(ctx, "projection goes on alone",
				slog.String("projection", x.projection.Name()))
		}
		x.release()
		close(x.left)
		return true
	})
}

// step takes all riders through a batch, those who can, and tells whether it was a full one.
func (c *convoy) step(ctx context.Context) (full bool, err error) {
	c.reader.position = c.place()
	batch, err := c.feed.read(ctx, &c.reader, c.batch)
	if err == nil && len(batch) == 0 {
		err = fmt.Errorf("%w: the ledger ends before its head", ledger.ErrCorrupt)
	}
	if err != nil {
		return false, err
	}
	to := batch[len(batch)-1].Position
	// Who has joined further ahead waits there.
	behind := slices.DeleteFunc(slices.Clone(c.riders), func(x *rider) bool {
		return x.position >= to
	})
	var moved []*rider
	var failed *rider
	options := renewed(c.conn, beginConvoy(), len(batch))
	err = pgx.BeginTxFunc(ctx, c.conn, options, func(tx pgx.Tx) (err error) {
		if moved, err = move(ctx, tx, behind, to); err != nil {
			return err
		}
		for _, x := range moved {
			if err := x.fold(ctx, tx, batch); err != nil {
				failed = x
				return err
			}
		}
		return nil
	})
	switch {
	case err == nil:
		for _, x := range moved {
			x.arrive(ctx, to)
		}
		c.part(ctx, func(x *rider) bool { return x.position < to })
	case failed != nil && !c.conn.IsClosed():
		// Alone it gets as far as it can and tells why it gets no further.
		failed.failure = err
		c.part(ctx, func(x *rider) bool { return x == failed })
	default:
		return false, err
	}
	return len(batch) >= c.batch, nil
}

// move moves the checkpoints of riders, and gives those whose tables nobody else has locked or
// has brought to another place. A row stays locked until the transaction ends.
func move(ctx context.Context, tx pgx.Tx, riders []*rider, to ledger.Position,
) (moved []*rider, err error) {
	schemas, places := make([]string, len(riders)), make([]int64, len(riders))
	for i, x := range riders {
		schemas[i], places[i] = x.schema, int64(x.position)
	}
	var list []string
	err = tx.QueryRow(ctx, `with free as (
			select schema_name from projection.checkpoint where schema_name = any($1)
			for update skip locked
		), moved as (
			update projection.checkpoint c set position = $3, error = '', failed_at = null,
				changed_at = now()
			from free, unnest($1::text[], $2::bigint[]) n(schema_name, position)
			where c.schema_name = free.schema_name and c.schema_name = n.schema_name
				and c.position = n.position
			returning c.schema_name
		)
		select coalesce(array_agg(schema_name), '{}'),
			pg_notify($4, string_agg(schema_name, ',') || ':' || $3::bigint)
		from moved`, schemas, places, int64(to), channel).Scan(&list, nil)
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(slices.Clone(riders), func(x *rider) bool {
		return !slices.Contains(list, x.schema)
	}), nil
}

// fold applies what of the batch is new to the rider, where it concerns it at all.
func (x *rider) fold(ctx context.Context, tx pgx.Tx, batch []Event) error {
	seen, _ := slices.BinarySearchFunc(batch, x.position+1, byPosition)
	if batch = batch[seen:]; len(batch) == 0 || !x.concerned(batch) {
		return nil
	}
	if _, err := tx.Exec(ctx, "set local search_path to "+x.schema+", public"); err != nil {
		return err
	}
	return x.foldBeside(ctx, tx, x.projection, batch)
}

func (x *rider) concerned(batch []Event) bool {
	return x.build == nil || slices.ContainsFunc(batch, func(e Event) bool {
		return x.build.Handles(e.Payload)
	})
}
