package projections

import (
	"context"
	"crypto/sha256"
	_ "embed"
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/stazh/stazh/ledger"
)

//go:embed schema.sql
var schemaSQL string

// lockKey makes the number of an advisory lock from what it protects.
func lockKey(purpose, schema string) int64 {
	sum := sha256.Sum256([]byte("stazh/projection/" + purpose + "/" + schema))
	return int64(binary.BigEndian.Uint64(sum[:8]))
}

// Migrate creates the table of checkpoints when it does not exist. The tables of the
// projections are created by their followers.
func Migrate(ctx context.Context, pool *pgxpool.Pool) error {
	err := pgx.BeginFunc(ctx, pool, func(tx pgx.Tx) error {
		if err := lockForMigration(ctx, tx); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, schemaSQL)
		return err
	})
	if err != nil {
		return fmt.Errorf("create the table of projection checkpoints: %w", err)
	}
	return nil
}

// lockForMigration lets one process at a time create or drop schemas.
func lockForMigration(ctx context.Context, tx pgx.Tx) error {
	_, err := tx.Exec(ctx, "select pg_advisory_xact_lock($1)", lockKey("migrate", ""))
	return err
}

// checkpoint is the row of a schema.
type checkpoint struct {
	position ledger.Position
	ready    bool
}

// prepare makes sure that the live schema exists, under the follower's lock.
func prepare(ctx context.Context, conn *pgx.Conn, p Projection) (checkpoint, error) {
	var c checkpoint
	err := pgx.BeginFunc(ctx, conn, func(tx pgx.Tx) error {
		if err := lockForMigration(ctx, tx); err != nil {
			return err
		}
		var newest int
		err := tx.QueryRow(ctx, `select coalesce(max(version), 0)
			from projection.checkpoint where name = $1 and ready`, p.Name()).Scan(&newest)
		if err != nil {
			return err
		}
		if newest > p.Version() {
			return ErrSuperseded
		}
		c, err = readCheckpoint(ctx, tx, schemaOf(p), "")
		if err == nil || !errors.Is(err, ErrNotBuilt) {
			return err
		}
		if err := createSchema(ctx, tx, p, schemaOf(p)); err != nil {
			return err
		}
		_, err = tx.Exec(ctx, `insert into projection.checkpoint (schema_name, name, version)
			values ($1, $2, $3)`, schemaOf(p), p.Name(), p.Version())
		return err
	})
	if err != nil {
		return c, fmt.Errorf("prepare the tables of projection %s: %w", p.Name(), err)
	}
	return c, nil
}

// readCheckpoint reads the row of a schema; locking is "" or "for update".
func readCheckpoint(
	ctx context.Context, tx pgx.Tx, schema, locking string,
) (checkpoint, error) {
	var (
		c        checkpoint
		position int64
	)
	err := tx.QueryRow(ctx, `select position, ready from projection.checkpoint
		where schema_name = $1 `+locking, schema).Scan(&position, &c.ready)
	if errors.Is(err, pgx.ErrNoRows) {
		return c, ErrNotBuilt
	}
	c.position = ledger.Position(position)
	return c, err
}

// createSchema makes a fresh schema with the projection's tables; remains of a broken
// attempt under the same name are dropped.
func createSchema(ctx context.Context, tx pgx.Tx, p Projection, schema string) error {
	_, err := tx.Exec(ctx, "drop schema if exists "+schema+" cascade; create schema "+schema+
		"; set local search_path to "+schema+", public")
	if err != nil {
		return err
	}
	if _, err = tx.Exec(ctx, p.DDL()); err != nil {
		return fmt.Errorf("create tables in %s: %w", schema, err)
	}
	return nil
}

// moveCheckpoint writes the new place and tells it to other processes on commit, also whether
// the tables are new ones.
func moveCheckpoint(ctx context.Context, tx pgx.Tx, schema string, to ledger.Position,
	ready, replaced bool) error {
	told := tidings{[]string{schema}, to, replaced}
	var b pgx.Batch
	b.Queue(`update projection.checkpoint set position = $2, ready = ready or $3,
		error = '', failed_at = null, changed_at = now() where schema_name = $1`,
		schema, int64(to), ready)
	b.Queue("select pg_notify($1, $2)", channel, told.String())
	return tx.SendBatch(ctx, &b).Close()
}

// dropOlder removes the tables of older versions once this one is ready. The row locks
// make followers of those versions finish their batch first.
func dropOlder(ctx context.Context, conn *pgx.Conn, p Projection) error {
	err := pgx.BeginFunc(ctx, conn, func(tx pgx.Tx) error {
		if err := lockForMigration(ctx, tx); err != nil {
			return err
		}
		rows, err := tx.Query(ctx, `select schema_name from projection.checkpoint
			where name = $1 and version < $2 for update`, p.Name(), p.Version())
		if err != nil {
			return err
		}
		old, err := pgx.CollectRows(rows, pgx.RowTo[string])
		if err != nil {
			return err
		}
		if len(old) > 0 {
			told := tidings{old, 0, true} // else a process of before would answer for ever
			if _, err := tx.Exec(ctx, "select pg_notify($1, $2)", channel, told.String()); err != nil {
				return err
			}
		}
		for _, schema := range old {
			_, err := tx.Exec(ctx, "drop schema if exists "+pgx.Identifier{schema}.Sanitize()+
				" cascade")
			if err != nil {
				return err
			}
		}
		_, err = tx.Exec(ctx, `delete from projection.checkpoint
			where name = $1 and version < $2`, p.Name(), p.Version())
		return err
	})
	if err != nil {
		return fmt.Errorf("drop older versions of projection %s: %w", p.Name(), err)
	}
	return nil
}
