package pglog

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/stazh/stazh/ledger"
)

const (
	// sealLock keeps two processes from sealing at once; the number is arbitrary but must
	// never change ("stazhsea" in ASCII).
	sealLock int64 = 0x7374617a68736561
	// swapLockTimeout bounds how long the exchange of a partition lets others wait behind
	// it for a reader that is not done; it is tried again later.
	swapLockTimeout = 100 * time.Millisecond
	// swapAttempts and swapPause bound the attempts of one call.
	swapAttempts = 100
	swapPause    = 50 * time.Millisecond
)

// ErrSealPostponed: some transaction of the database took its snapshot before the exchange
// and might look for events where they are no more. Nothing is lost; call again when it
// has ended.
var ErrSealPostponed = errors.New("an old transaction is still open, seal later")

// SealOptions says what SealPartitions does, and how gently.
type SealOptions struct {
	// All seals every full partition. Without it one that ends within half a partition of
	// the head is left alone: followers, live streams and repeated appends still read it by
	// position, which is what a table is better at.
	All bool
	// Pause is made after each batch of some thousands of events; none when zero.
	Pause time.Duration
	// Progress is told, after each batch, how many events of the partition are packed.
	Progress func(events, of int64)
}

// SealPartitions packs the events of partitions that are full into segments, in which the
// events of neighbouring streams stand together compressed, drops the partitions' tables,
// and gives the number of those it has done. A history then takes one short read for each
// partition, and an event a third of its bytes; all that a Log gives stays what it was.
//
// The segments are built and compared with the table beside the log, which appends and
// readers do not notice; then the table is dropped in one short transaction. A call that
// was ended anywhere, by its context or by a crash, is continued by the next. While another
// process seals, the call does nothing. It needs the role that owns the ledger's schema,
// and space for the segments.
func (l *Log) SealPartitions(ctx context.Context, o SealOptions) (sealed int, err error) {
	conn, err := l.pool.Acquire(ctx)
	if err != nil {
		return 0, fmt.Errorf("seal partitions: %w", storeError(err))
	}
	defer conn.Release()
	var mine bool
	err = conn.QueryRow(ctx, `SELECT pg_try_advisory_lock($1)`, sealLock).Scan(&mine)
	if err != nil || !mine {
		return 0, storeError(err)
	}
	defer l.unlockSeal(ctx, conn.Conn())
	for {
		p := sealing{log: l, conn: conn.Conn(), options: o}
		found, err := p.find(ctx)
		if err == nil && !found {
			return sealed, nil
		}
		if err == nil {
			err = p.run(ctx)
		}
		if err != nil {
			return sealed, fmt.Errorf("seal partition %d: %w", p.lower, storeError(err))
		}
		sealed++
		l.sawSealed(p.upper - 1)
		l.options.Logger.Info("ledger partition sealed", "from", p.lower, "to", p.upper-1)
	}
}

// unlockSeal gives the lock back, or ends the connection, which does it too.
func (l *Log) unlockSeal(ctx context.Context, conn *pgx.Conn) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
	defer cancel()
	if _, err := conn.Exec(ctx, `SELECT pg_advisory_unlock($1)`, sealLock); err != nil {
		_ = conn.Close(ctx)
	}
}

// Partition is a run of positions: Upper is exclusive.
type Partition struct{ Lower, Upper ledger.Position }

// Querier is a pool or a connection of pgx.
type Querier interface {
	Query(ctx context.Context, sql string, arguments ...any) (pgx.Rows, error)
}

// Unsealed gives the full partitions that a call of SealPartitions would pack.
func Unsealed(ctx context.Context, db Querier, o SealOptions) ([]Partition, error) {
	rows, err := db.Query(ctx, sqlUnsealed, o.All)
	if err != nil {
		return nil, fmt.Errorf("look for full partitions: %w", storeError(err))
	}
	list, err := pgx.CollectRows(rows, pgx.RowToStructByPos[Partition])
	if err != nil {
		return nil, fmt.Errorf("look for full partitions: %w", storeError(err))
	}
	return list, nil
}

// sqlUnsealed gives partitions that are full and not sealed, the first one first.
const sqlUnsealed = `
SELECT p.lower, p.upper FROM ledger.event_partition p, ledger.head h
WHERE p.upper + CASE WHEN $1 THEN 0 ELSE (p.upper - p.lower) / 2 END <= h.position + 1
	AND NOT EXISTS (SELECT FROM ledger.event_sealed s WHERE s.lower = p.lower)
ORDER BY p.lower`

// sealing is the work on one partition. Each step finds out what has been done of it.
type sealing struct {
	log          *Log
	conn         *pgx.Conn // holds the lock
	options      SealOptions
	lower, upper int64
	pack         int32
	guess        int // events of the next segment
}

// find gives the first partition to be sealed.
func (p *sealing) find(ctx context.Context) (bool, error) {
	err := p.conn.QueryRow(ctx, sqlUnsealed+` LIMIT 1`, p.options.All).Scan(&p.lower, &p.upper)
	if errors.Is(err, pgx.ErrNoRows) {
		return false, nil
	}
	return err == nil, err
}

func (p *sealing) run(ctx context.Context) error {
	if err := p.step(ctx, "begin", p.begin); err != nil {
		return err
	}
	err := p.step(ctx, "build", p.build)
	if err == nil {
		err = p.step(ctx, "place", p.place)
	}
	if errors.Is(err, errSealDiffers) {
		// What was built is of no use; the next call begins another pack.
		return errors.Join(err, p.newPack(ctx))
	}
	if err != nil {
		return err
	}
	if err := p.step(ctx, "tidy", p.tidy); err != nil {
		return err
	}
	for attempt := 1; ; attempt++ {
		err := p.step(ctx, "swap", p.swap)
		var server *pgconn.PgError
		if !errors.As(err, &server) || server.Code != "55P03" || attempt == swapAttempts {
			return err
		}
		if err := pause(ctx, swapPause); err != nil {
			return err
		}
	}
}

func pause(ctx context.Context, d time.Duration) error {
	if d <= 0 {
		return ctx.Err()
	}
	select {
	case <-time.After(d):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (p *sealing) step(
	ctx context.Context, name string, do func(context.Context) error,
) error {
	if hook := p.log.options.sealing; hook != nil {
		if err := hook(name, p.conn.PgConn().PID()); err != nil {
			return err
		}
	}
	return do(ctx)
}

// begin finds the pack that an earlier call began, or begins one.
func (p *sealing) begin(ctx context.Context) error {
	err := p.conn.QueryRow(ctx,
		`SELECT id FROM ledger.pack WHERE lower = $1 ORDER BY id DESC LIMIT 1`, p.lower).
		Scan(&p.pack)
	if errors.Is(err, pgx.ErrNoRows) {
		return p.newPack(ctx)
	}
	return err
}

// newPack takes the next number; packs are numbered in the order of their partitions.
func (p *sealing) newPack(ctx context.Context) error {
	return p.conn.QueryRow(ctx, `INSERT INTO ledger.pack (id, lower)
		SELECT coalesce(max(id), 0) + 1, $1 FROM ledger.pack RETURNING id`, p.lower).Scan(&p.pack)
}

// tidy lets readers find by the index alone which segments they need.
func (p *sealing) tidy(ctx context.Context) error {
	_, err := p.conn.Exec(ctx, `VACUUM (FREEZE, ANALYZE) ledger.segment, ledger.segment_places`)
	return err
}

// sqlOldSnapshots finds transactions that keep a snapshot between their statements, as far
// as the role may see them. Statements of others take theirs after they have waited for
// the exchange.
const sqlOldSnapshots = `
SELECT EXISTS (SELECT FROM pg_stat_activity WHERE datname = current_database()
	AND state LIKE 'idle in transaction%' AND backend_xmin IS NOT NULL)`

// swap lets the segments stand for the table.
func (p *sealing) swap(ctx context.Context) error {
	return pgx.BeginFunc(ctx, p.conn, func(tx pgx.Tx) error {
		_, err := tx.Exec(ctx, fmt.Sprintf(`SET LOCAL lock_timeout = %d;
			LOCK TABLE ledger.event, ledger.event_%d IN ACCESS EXCLUSIVE MODE`,
			swapLockTimeout.Milliseconds(), p.lower))
		if err != nil {
			return err
		}
		var old bool
		if err := tx.QueryRow(ctx, sqlOldSnapshots).Scan(&old); err != nil {
			return err
		}
		if old {
			return ErrSealPostponed
		}
		_, err = tx.Exec(ctx, fmt.Sprintf(`ALTER TABLE ledger.event DETACH PARTITION ledger.event_%d;
			DROP TABLE ledger.event_%[1]d;
			INSERT INTO ledger.event_sealed (lower, upper, pack, streams)
			SELECT %[1]d, %[2]d, %[3]d, last FROM ledger.segment WHERE pack = %[3]d
			ORDER BY number DESC LIMIT 1`,
			p.lower, p.upper, p.pack))
		return err
	})
}
