package projections

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/stazh/stazh/ledger"
)

const (
	// switchLockMax is how long a switch waits for readers that hold the old tables;
	// new readers queue behind it for no longer than that.
	switchLockMax = 2 * time.Second
	// switchTries is how often a switch is tried before a rebuild gives up.
	switchTries = 30
	// lockNotAvailable is the SQLSTATE of a lock that was not had in time.
	lockNotAvailable = "55P03"
)

// Progress is told how much of a long work is done, in events.
type Progress func(done, total ledger.Position)

// builder folds the ledger into a schema beside the live one.
type builder struct {
	projection Projection
	schema     string
	conn       *pgx.Conn
	position   ledger.Position
	// indexed: a build makes all indexes, not only the keys.
	indexed bool
	indexes []string // statements that make what strip took off
}

// newBuilder creates the empty schema; what a broken attempt left there is dropped.
func newBuilder(
	ctx context.Context, conn *pgx.Conn, p Projection, suffix string,
) (*builder, error) {
	b := &builder{projection: p, schema: schemaOf(p) + suffix, conn: conn}
	err := pgx.BeginTxFunc(ctx, conn, begin(b.schema), func(tx pgx.Tx) error {
		if err := lockForMigration(ctx, tx); err != nil {
			return err
		}
		return createSchema(ctx, tx, p, b.schema)
	})
	if err != nil {
		return nil, fmt.Errorf("build projection %s anew: %w", p.Name(), err)
	}
	return b, nil
}

// add folds the events of the batch that are new to the schema, in one transaction.
func (b *builder) add(ctx context.Context, batch []Event) error {
	batch = b.fresh(batch)
	if len(batch) == 0 {
		return nil
	}
	options := renewed(b.conn, beginFold(b.schema), len(batch))
	err := pgx.BeginTxFunc(ctx, b.conn, options, func(tx pgx.Tx) error {
		return fold(ctx, tx, b.projection, batch)
	})
	if err != nil {
		return stopped(b.projection, batch, err)
	}
	b.position = batch[len(batch)-1].Position
	return nil
}

// fresh leaves out what the schema has already.
func (b *builder) fresh(batch []Event) []Event {
	for len(batch) > 0 && batch[0].Position <= b.position {
		batch = batch[1:]
	}
	return batch
}

// reach folds up to exactly the position, that of an event, inside a transaction that is
// open already when tx is given, else in one transaction per batch.
func (b *builder) reach(
	ctx context.Context, log ledger.Log, to ledger.Position, size int, tx pgx.Tx,
) error {
	for b.position < to {
		if err := b.step(ctx, log, to, size, tx); err != nil {
			return err
		}
	}
	return nil
}

// step folds the next batch, not beyond the position.
func (b *builder) step(
	ctx context.Context, log ledger.Log, to ledger.Position, size int, tx pgx.Tx,
) error {
	limit := int(min(ledger.Position(size), to-b.position))
	batch, err := readBatch(ctx, log, b.position, limit, limit)
	if batch = upTo(batch, to); err == nil && len(batch) == 0 {
		err = fmt.Errorf("%w: the ledger ends before position %d", ledger.ErrCorrupt, to)
	}
	if err != nil {
		return stopped(b.projection, nil, err)
	}
	if tx == nil {
		return b.add(ctx, batch)
	}
	if err := fold(ctx, tx, b.projection, batch); err != nil {
		return stopped(b.projection, batch, err)
	}
	b.position = batch[len(batch)-1].Position
	return nil
}

// analyze lets the planner know the new tables before anybody queries them.
func (b *builder) analyze(ctx context.Context) error {
	for _, t := range b.projection.Tables() {
		if err := b.run(ctx, "analyze "+t.Name); err != nil {
			return fmt.Errorf("analyze %s: %w", t.Name, err)
		}
	}
	return nil
}

// drop removes the schema, also when ctx has ended.
func (b *builder) drop(ctx context.Context, pool *pgxpool.Pool, logger *slog.Logger) {
	_, err := pool.Exec(context.WithoutCancel(ctx), "drop schema if exists "+b.schema+" cascade")
	if err != nil {
		logger.WarnContext(ctx, "tables of a broken rebuild could not be dropped, the next "+
			"one will do it", slog.String("schema", b.schema), slog.String("error", describe(err)))
	}
}

// alone runs do with a connection that holds the locks of rebuilds and replays of the
// projections.
func (r *Runner) alone(
	ctx context.Context, list []Projection, do func(*pgxpool.Conn) error,
) error {
	conn, err := r.pool.Acquire(ctx)
	if err != nil {
		return fmt.Errorf("connect to rebuild or replay: %w", err)
	}
	defer conn.Release()
	for _, p := range list {
		release, held, err := tryLock(ctx, conn.Conn(), lockKey("rebuild", schemaOf(p)))
		if err != nil {
			return err
		}
		if !held {
			return fmt.Errorf("%w: %s", ErrBusy, p.Name())
		}
		defer release()
	}
	return do(conn)
}

// Rebuild folds the whole ledger into new tables beside the live ones and then puts them
// in their place in one transaction. Readers see the old tables until then; the follower
// pauses for the last few events only. A rebuild that breaks leaves the live tables as
// they are, and the next one starts from nothing.
func (r *Runner) Rebuild(ctx context.Context, name string, progress Progress) error {
	p, err := r.find(name)
	if err != nil {
		return err
	}
	if err := Migrate(ctx, r.pool); err != nil {
		return err
	}
	return r.alone(ctx, []Projection{p}, func(conn *pgxpool.Conn) error {
		b, err := newBuilder(ctx, conn.Conn(), p, "_new")
		if err != nil {
			return err
		}
		if err := r.rebuild(ctx, b, progress); err != nil {
			b.drop(ctx, r.pool, r.logger)
			return err
		}
		return nil
	})
}

func (r *Runner) rebuild(ctx context.Context, b *builder, progress Progress) error {
	if err := r.fill(ctx, b, progress); err != nil {
		return stopped(b.projection, nil, err)
	}
	for {
		head, err := r.log.Head(ctx)
		if err != nil {
			return fmt.Errorf("rebuild projection %s: %w", b.projection.Name(), err)
		}
		progress.tell(b.position, head)
		if b.position >= head {
			break
		}
		if err := b.step(ctx, r.log, head, r.batch, nil); err != nil {
			return err
		}
		if b.position >= head {
			break // chasing a busy ledger ends here; the rest is folded under the lock
		}
	}
	if err := b.analyze(ctx); err != nil {
		return err
	}
	for try := 1; ; try++ {
		place := b.position
		err := r.replace(ctx, b)
		if err == nil {
			progress.tell(b.position, b.position)
			return nil
		}
		var database *pgconn.PgError
		if !errors.As(err, &database) || database.Code != lockNotAvailable || try == switchTries {
			return fmt.Errorf("put the new tables of projection %s in place: %w",
				b.projection.Name(), err)
		}
		b.position = place // the transaction was rolled back
		sleep(ctx, switchLockMax/2)
	}
}

// fill brings the new tables of a Builder to the present head in one go.
func (r *Runner) fill(ctx context.Context, b *builder, progress Progress) error {
	builds, ok := b.projection.(Builder)
	if !ok {
		return nil
	}
	head, err := r.log.Head(ctx)
	if err != nil || head == 0 {
		return err
	}
	b.indexed = true
	if err := b.strip(ctx); err != nil {
		return err
	}
	t := &target{b.projection, builds.NewBuild(), head, &loader{r.pool, b.projection, b.schema}}
	if _, _, err := r.assemble(ctx, head, false, []*target{t}, progress); err != nil {
		return err
	}
	b.position = head
	return b.restore(ctx, r.pool)
}

// replace puts the built schema in the place of the live one.
func (r *Runner) replace(ctx context.Context, b *builder) error {
	live := schemaOf(b.projection)
	err := pgx.BeginTxFunc(ctx, b.conn, beginFold(b.schema), func(tx pgx.Tx) error {
		place, err := readCheckpoint(ctx, tx, live, "for update")
		if errors.Is(err, ErrNotBuilt) {
			return fmt.Errorf("%w: start the server once, it builds what is missing", err)
		}
		if err != nil {
			return err
		}
		if err := b.reach(ctx, r.log, place.position, r.batch, tx); err != nil {
			return err
		}
		var tables []string
		for _, t := range b.projection.Tables() {
			tables = append(tables, live+"."+t.Name)
		}
		_, err = tx.Exec(ctx, fmt.Sprintf("set local lock_timeout to %d; "+
			"lock table %s in access exclusive mode; drop schema %s cascade; "+
			"alter schema %s rename to %s", switchLockMax.Milliseconds(),
			strings.Join(tables, ", "), live, b.schema, live))
		if err != nil {
			return err
		}
		if w := r.watcher(b.projection); w != nil {
			w.Lost() // what it reads from now on waits for the lock, and so for the new tables
		}
		return moveCheckpoint(ctx, tx, live, b.position, true, true)
	})
	if err == nil {
		r.hub.raise(live, b.position)
	}
	return err
}

func (p Progress) tell(done, total ledger.Position) {
	if p != nil {
		p(done, max(done, total))
	}
}
