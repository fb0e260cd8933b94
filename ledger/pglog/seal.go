package pglog

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

const (
	// sealLock keeps two processes from sealing at once; the number is arbitrary but must
	// never change ("stazhsea" in ASCII).
	sealLock int64 = 0x7374617a68736561
	// sealSliceUsual bounds how far events are moved: a slice of 300 MB fits the memory of
	// a small machine, so that reading by position stays within what is cached, although
	// neighbours by position no longer stand side by side.
	sealSliceUsual = 1 << 20
	// swapLockTimeout bounds how long the exchange of a partition lets others wait behind
	// it for a reader that is not done; it is tried again later.
	swapLockTimeout = 100 * time.Millisecond
	// swapAttempts and swapPause bound the attempts of one call.
	swapAttempts = 100
	swapPause    = 50 * time.Millisecond
)

// ErrSealPostponed: some transaction of the database began before the rewritten partition
// was complete and would not see it. Nothing is lost; call again when it has ended.
var ErrSealPostponed = errors.New("an old transaction is still open, seal later")

// errSealDiffers: the rewritten partition is not what it was made from.
var errSealDiffers = errors.New("the rewritten partition differs from the original")

// SealPartitions rewrites partitions that are full so that the events of one stream stand
// together, and gives the number of those it has done. A history then takes few pages
// instead of one for each event; reading by position gets somewhat slower, as each page
// is met several times. Content, triggers and rights stay as they are.
//
// A partition is copied and compared beside the log, which appends and readers do not
// notice, and then exchanged in one short transaction. A call that was ended anywhere, by
// its context or by a crash, is continued by the next. While another process seals, the
// call does nothing. It needs the role that owns the ledger's schema, and for a while
// the space of one more partition.
func (l *Log) SealPartitions(ctx context.Context) (sealed int, err error) {
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
		p := sealing{log: l, conn: conn.Conn()}
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

// sealing is the work on one partition.
type sealing struct {
	log          *Log
	conn         *pgx.Conn
	lower, upper int64
}

// find gives the first partition that is full and not sealed.
func (p *sealing) find(ctx context.Context) (bool, error) {
	err := p.conn.QueryRow(ctx, `SELECT p.lower, p.upper
		FROM ledger.event_partition p, ledger.head h
		WHERE p.upper <= h.position + 1
			AND NOT EXISTS (SELECT FROM ledger.event_sealed s WHERE s.lower = p.lower)
		ORDER BY p.lower LIMIT 1`).Scan(&p.lower, &p.upper)
	if errors.Is(err, pgx.ErrNoRows) {
		return false, nil
	}
	return err == nil, err
}

// sql puts the names and bounds of the partition into a text.
func (p *sealing) sql(text string) string {
	return strings.NewReplacer(
		"{old}", fmt.Sprintf("event_%d", p.lower),
		"{new}", fmt.Sprintf("event_%d_sealed", p.lower),
		"{lower}", fmt.Sprint(p.lower), "{upper}", fmt.Sprint(p.upper),
		"{slice}", fmt.Sprint(p.log.options.SealSlice),
	).Replace(text)
}

func (p *sealing) run(ctx context.Context) error {
	var built bool
	err := p.conn.QueryRow(ctx,
		p.sql(`SELECT to_regclass('ledger.{new}') IS NOT NULL`)).Scan(&built)
	if err != nil {
		return err
	}
	if !built { // a table that is there is whole: it is built in one transaction
		if err := p.step(ctx, "build", p.build); err != nil {
			return err
		}
	}
	if err := p.step(ctx, "freeze", p.freeze); err != nil {
		return err
	}
	for attempt := 1; ; attempt++ {
		err := p.step(ctx, "swap", p.swap)
		var server *pgconn.PgError
		if !errors.As(err, &server) || server.Code != "55P03" || attempt == swapAttempts {
			return err
		}
		select {
		case <-time.After(swapPause):
		case <-ctx.Done():
			return ctx.Err()
		}
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

// sqlBuild makes the copy. The CHECK saves the exchange a scan of the whole table.
const sqlBuild = `
SET LOCAL work_mem = '256MB';
CREATE TABLE ledger.{new} (LIKE ledger.event INCLUDING STORAGE INCLUDING COMPRESSION);
INSERT INTO ledger.{new} SELECT * FROM ledger.{old}
	ORDER BY (position - {lower}) / {slice}, stream, revision;
ALTER TABLE ledger.{new} ADD CONSTRAINT {new}_pkey PRIMARY KEY (position),
	ADD CONSTRAINT bounds CHECK (position >= {lower} AND position < {upper});
CREATE UNIQUE INDEX {new}_stream ON ledger.{new} (stream, revision);
CREATE TRIGGER append_only_sealing BEFORE UPDATE OR DELETE ON ledger.{new}
	FOR EACH ROW EXECUTE FUNCTION ledger.refuse();
ALTER TABLE ledger.{new} ENABLE ALWAYS TRIGGER append_only_sealing;
CREATE TRIGGER no_truncate BEFORE TRUNCATE ON ledger.{new}
	EXECUTE FUNCTION ledger.refuse();
ALTER TABLE ledger.{new} ENABLE ALWAYS TRIGGER no_truncate;
`

// sqlContent is the number of rows and two independent sums over all their bytes, which do
// not depend on the order.
const sqlContent = `SELECT count(*), coalesce(sum(hash_record_extended(e, 1)), 0),
	coalesce(sum(hash_record_extended(e, 2)), 0) FROM ledger.%s e`

func (p *sealing) build(ctx context.Context) error {
	return pgx.BeginFunc(ctx, p.conn, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, p.sql(sqlBuild)); err != nil {
			return err
		}
		var rows int64
		var same bool
		err := tx.QueryRow(ctx, fmt.Sprintf(`SELECT a.*, a = b FROM (%s) a, (%s) b`,
			fmt.Sprintf(sqlContent, p.sql("{old}")), fmt.Sprintf(sqlContent, p.sql("{new}"))),
		).Scan(&rows, nil, nil, &same)
		if err == nil && (!same || rows != p.upper-p.lower) {
			err = fmt.Errorf("%w: %d of %d rows", errSealDiffers, rows, p.upper-p.lower)
		}
		return err
	})
}

// freeze makes the rows visible to every transaction, also to those that are older than
// the copy: they would see the exchange, and no events in it.
func (p *sealing) freeze(ctx context.Context) error {
	if _, err := p.conn.Exec(ctx, p.sql(`VACUUM (FREEZE, ANALYZE) ledger.{new}`)); err != nil {
		return err
	}
	// The table's own row in the catalogue was written by the transaction that made it,
	// or by a later one.
	var frozen bool
	err := p.conn.QueryRow(ctx, p.sql(`SELECT bool_and(age(relfrozenxid) < age(
			(SELECT xmin FROM pg_attribute WHERE attrelid = c.oid AND attname = 'position')))
		FROM pg_class c WHERE c.oid = 'ledger.{new}'::regclass`)).Scan(&frozen)
	if err == nil && !frozen {
		err = ErrSealPostponed
	}
	return err
}

// sqlSwap exchanges the partition.
const sqlSwap = `
ALTER TABLE ledger.event DETACH PARTITION ledger.{old};
DROP TABLE ledger.{old};
ALTER TABLE ledger.{new} RENAME TO {old};
ALTER INDEX ledger.{new}_pkey RENAME TO {old}_pkey;
ALTER INDEX ledger.{new}_stream RENAME TO {old}_stream;
DROP TRIGGER append_only_sealing ON ledger.{old};
ALTER TABLE ledger.event ATTACH PARTITION ledger.{old} FOR VALUES FROM ({lower}) TO ({upper});
ALTER TABLE ledger.{old} ENABLE ALWAYS TRIGGER append_only, DROP CONSTRAINT bounds;
INSERT INTO ledger.event_sealed (lower) VALUES ({lower});
`

func (p *sealing) swap(ctx context.Context) error {
	return pgx.BeginFunc(ctx, p.conn, func(tx pgx.Tx) error {
		_, err := tx.Exec(ctx, fmt.Sprintf(`SET LOCAL lock_timeout = %d;`,
			swapLockTimeout.Milliseconds())+p.sql(sqlSwap))
		return err
	})
}
