package projections

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"golang.org/x/sync/errgroup"

	"github.com/stazh/stazh/ledger"
)

// Options configures a Runner.
type Options struct {
	Logger *slog.Logger
	// Clock measures how long a replay takes; it decides nothing.
	Clock func() time.Time
	// Batch bounds the events of one transaction; 0 means 10,000.
	Batch int
	// Watchers are told of projections by name.
	Watchers map[string]Watcher
	// Memory bounds the events that a rebuild or replay keeps in memory, in bytes; the
	// rest waits in a temporary file. 0 means 256 MiB.
	Memory int
}

// Runner keeps a set of projections up to date. Of all processes with the same database
// one follows each projection; the others wait and take over when it ends. All methods
// are safe for concurrent use.
//
// Run holds one connection of the pool to listen, one for the projections that have caught
// up and one for each that has not; their Apply may need further ones to look up keys or, if
// there are any, to read beside (see Beside). A pool of 20 is enough.
type Runner struct {
	pool        *pgxpool.Pool
	log         ledger.Log
	logger      *slog.Logger
	clock       func() time.Time
	batch       int
	memory      int
	building    chan struct{} // has room for one: see newShelves
	projections []Projection
	watchers    map[string]Watcher // by schema
	hub         *hub
	hearing     atomic.Bool // other processes are heard: see listen
	feed        *feed
}

// Watcher keeps something in memory of the tables of a projection. It is told before anybody
// who waits for a position is woken.
type Watcher interface {
	// Moved: a batch was applied, by this process or by another one, or following begins.
	Moved(ctx context.Context)
	// Lost: the tables may change from now on without a word, or were replaced.
	Lost()
}

// watcher gives the watcher of a projection, nil where it has none.
func (r *Runner) watcher(p Projection) Watcher { return r.watchers[schemaOf(p)] }

// NewRunner makes a runner; it starts nothing.
func NewRunner(
	pool *pgxpool.Pool, log ledger.Log, options Options, projections ...Projection,
) (*Runner, error) {
	r := &Runner{pool: pool, log: log, logger: options.Logger, clock: options.Clock,
		batch: options.Batch, memory: options.Memory, projections: projections, hub: newHub(),
		watchers: map[string]Watcher{}, building: make(chan struct{}, 1)}
	if r.logger == nil || r.clock == nil {
		return nil, errors.New("projection runner needs a logger and a clock")
	}
	if r.batch <= 0 {
		r.batch = batchMax
	}
	if r.memory <= 0 {
		r.memory = shelfMemory
	}
	r.feed = newFeed(log, r.batch)
	names := map[string]bool{}
	for _, p := range projections {
		if err := check(p); err != nil {
			return nil, err
		}
		if names[p.Name()] {
			return nil, fmt.Errorf("projection %s is given twice", p.Name())
		}
		names[p.Name()] = true
		if w := options.Watchers[p.Name()]; w != nil {
			r.watchers[schemaOf(p)] = w
		}
	}
	return r, nil
}

// find gives the projection of a name.
func (r *Runner) find(name string) (Projection, error) {
	for _, p := range r.projections {
		if p.Name() == name {
			return p, nil
		}
	}
	return nil, fmt.Errorf("%w: %q", ErrUnknownProjection, name)
}

// Names lists the projections in the order they were given.
func (r *Runner) Names() []string {
	names := make([]string, len(r.projections))
	for i, p := range r.projections {
		names[i] = p.Name()
	}
	return names
}

const (
	// takeoverPoll is how often a waiting process tries to become the follower.
	takeoverPoll = 500 * time.Millisecond
	// pulse is how often an idle follower makes sure that it still has its connection, and
	// with it the lock, and who listens that there is somebody to be heard.
	pulse = 2 * time.Second
	// backoffMin and backoffMax bound the pause after a failure.
	backoffMin = 250 * time.Millisecond
	backoffMax = 30 * time.Second
)

// Run follows the ledger with all projections until ctx ends, and then returns nil. A
// projection that fails is tried again for ever, with pauses; the others go on.
func (r *Runner) Run(ctx context.Context) error {
	if err := Migrate(ctx, r.pool); err != nil {
		return unlessEnded(ctx, err)
	}
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error { r.listen(ctx); return nil })
	together := newConvoy(r)
	group.Go(func() error { together.run(ctx); return nil })
	for _, p := range r.projections {
		group.Go(func() error { r.keep(ctx, p, together); return nil })
	}
	return group.Wait()
}

// Listen only takes note of what other processes have projected, and tells watchers of it,
// until ctx ends: for a process that reads and waits but does not follow.
func (r *Runner) Listen(ctx context.Context) error {
	if err := Migrate(ctx, r.pool); err != nil {
		return unlessEnded(ctx, err)
	}
	r.listen(ctx)
	return nil
}

// unlessEnded drops the error of what was broken off by the end of ctx.
func unlessEnded(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return nil
	}
	return err
}

// keep follows with one projection, alone while it is behind and then together with the
// others; again after each failure.
func (r *Runner) keep(ctx context.Context, p Projection, together *convoy) {
	pause, apart := backoffMin, backoffMin
	for ctx.Err() == nil {
		before := r.hub.position(schemaOf(p))
		held, err := r.lead(ctx, p, func(f *follower) error { return f.run(ctx) })
		switch {
		case ctx.Err() != nil:
			return
		case err == nil && !held:
			sleep(ctx, takeoverPoll)
			continue
		case err == nil:
			pause = backoffMin
			joined := time.Now()
			if err = together.join(ctx, p); err == nil || ctx.Err() != nil {
				continue
			}
			if time.Since(joined) > backoffMax {
				apart = backoffMin
			}
			r.logger.WarnContext(ctx, "projection failed among others, it goes on alone",
				slog.String("projection", p.Name()), slog.String("error", describe(err)),
				slog.Duration("at_least", apart))
			r.stayAlone(ctx, p, apart)
			apart = min(2*apart, backoffMax)
			continue
		case r.hub.position(schemaOf(p)) > before:
			pause = backoffMin
		}
		r.logger.ErrorContext(ctx, "projection stopped, it will be tried again",
			slog.String("projection", p.Name()), slog.String("error", describe(err)),
			slog.Duration("pause", pause))
		r.recordFailure(ctx, p, err)
		sleep(ctx, pause)
		pause = min(2*pause, backoffMax)
	}
}

// stayAlone follows with one projection for a while, also when it has caught up, unless it fails.
// The batch of others is broken off by one that fails among them, so that this must be rare.
func (r *Runner) stayAlone(ctx context.Context, p Projection, d time.Duration) {
	waiting, cancel := context.WithTimeout(ctx, d)
	defer cancel()
	for waiting.Err() == nil {
		held, err := r.lead(ctx, p, func(f *follower) error { return f.run(ctx) })
		if err == nil && held {
			_, err = r.log.Wait(waiting, r.hub.position(schemaOf(p)))
		}
		if err != nil || !held {
			return
		}
	}
}

func sleep(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}

// lead calls do with a follower if no other process or call leads the projection; held
// tells whether it did. The lock belongs to the connection that also writes: when the
// connection is lost, so is the lock, and nothing more can be written.
func (r *Runner) lead(
	ctx context.Context, p Projection, do func(*follower) error,
) (held bool, err error) {
	conn, err := r.pool.Acquire(ctx)
	if err != nil {
		return false, fmt.Errorf("connect for projection %s: %w", p.Name(), err)
	}
	defer conn.Release()
	f, release, err := r.take(ctx, conn.Conn(), p)
	if err != nil || f == nil {
		return false, err
	}
	defer release()
	return true, do(f)
}

// take makes a connection the one that writes the tables of a projection, until release; nil
// where another process or call does.
func (r *Runner) take(
	ctx context.Context, conn *pgx.Conn, p Projection,
) (f *follower, release func(), err error) {
	unlock, held, err := tryLock(ctx, conn, lockKey("follow", schemaOf(p)))
	if err != nil || !held {
		return nil, nil, err
	}
	place, err := prepare(ctx, conn, p)
	if err != nil {
		unlock()
		return nil, nil, err
	}
	forgetPlans(conn)
	f = &follower{Runner: r, projection: p, schema: schemaOf(p), conn: conn,
		position: place.position, ready: place.ready, limit: r.batch}
	w := r.watcher(p)
	if w != nil {
		r.hub.watch(f.schema, true)
		w.Lost()
		w.Moved(ctx)
	}
	// What the one before has done last may not have been heard of yet: watchers come first.
	r.hub.reset(f.schema, f.position)
	return f, func() {
		r.feed.leave(f)
		if w != nil {
			w.Lost()
			r.hub.watch(f.schema, false)
		}
		unlock()
	}, nil
}

// tryLock takes an advisory lock of the session; release gives it back, or closes the
// connection when that cannot be done.
func tryLock(ctx context.Context, conn *pgx.Conn, key int64) (func(), bool, error) {
	var held bool
	err := conn.QueryRow(ctx, "select pg_try_advisory_lock($1)", key).Scan(&held)
	if err != nil || !held {
		if err != nil {
			err = fmt.Errorf("lock the projection: %w", err)
		}
		return nil, false, err
	}
	return func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), pulse)
		defer cancel()
		if _, err := conn.Exec(ctx, "select pg_advisory_unlock($1)", key); err != nil {
			_ = conn.Close(ctx) // ends the session and with it the lock
		}
	}, true, nil
}

// recordFailure makes the failure visible to all processes. If that fails too, the log
// has it.
func (r *Runner) recordFailure(ctx context.Context, p Projection, cause error) {
	_, err := r.pool.Exec(ctx, `update projection.checkpoint
		set error = $2, failed_at = coalesce(failed_at, now()) where schema_name = $1`,
		schemaOf(p), describe(cause))
	if err != nil && ctx.Err() == nil {
		r.logger.WarnContext(ctx, "failure of a projection could not be recorded",
			slog.String("projection", p.Name()), slog.String("error", describe(err)))
	}
}
