package pglog

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"io/fs"

	"github.com/jackc/pgx/v5"
)

//go:embed migrations/*.sql
var migrations embed.FS

// migrateLock keeps two processes from migrating one database at once; the number is
// arbitrary but must never change ("stazhmig" in ASCII).
const migrateLock int64 = 0x7374617a686d6967

// Beginner is a pool or a connection of pgx.
type Beginner interface {
	Begin(ctx context.Context) (pgx.Tx, error)
}

// ErrNewerSchema: the database was migrated by a newer program than this one.
var ErrNewerSchema = errors.New("the ledger's schema is newer than this program")

// Migrate brings the schema `ledger` to the version this program needs, in one
// transaction, and does nothing when it is there already. The role needs the right to
// create the schema and the role stazh_ledger_writer, or to be a member of it.
func Migrate(ctx context.Context, db Beginner) error {
	if err := migrate(ctx, db); err != nil {
		return fmt.Errorf("migrate the ledger's schema: %w", err)
	}
	return nil
}

func migrate(ctx context.Context, db Beginner) error {
	files, err := fs.Glob(migrations, "migrations/*.sql") // sorted: 0001, 0002, …
	if err != nil {
		return err
	}
	tx, err := db.Begin(ctx)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback(context.WithoutCancel(ctx)) }()
	if _, err = tx.Exec(ctx, `SELECT pg_advisory_xact_lock($1)`, migrateLock); err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `SET LOCAL client_min_messages = warning;
		CREATE SCHEMA IF NOT EXISTS ledger;
		CREATE TABLE IF NOT EXISTS ledger.migration (
			version integer PRIMARY KEY,
			applied_at timestamptz NOT NULL DEFAULT now()
		)`)
	if err != nil {
		return err
	}
	var version int
	err = tx.QueryRow(ctx, `SELECT coalesce(max(version), 0) FROM ledger.migration`).
		Scan(&version)
	if err != nil {
		return err
	}
	if version > len(files) {
		return fmt.Errorf("%w: version %d, known are %d; run the newer program",
			ErrNewerSchema, version, len(files))
	}
	for i := version; i < len(files); i++ {
		if err := apply(ctx, tx, i+1, files[i]); err != nil {
			return err
		}
	}
	return tx.Commit(ctx)
}

func apply(ctx context.Context, tx pgx.Tx, version int, file string) error {
	text, err := migrations.ReadFile(file)
	if err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, string(text)); err != nil {
		return fmt.Errorf("%s: %w", file, err)
	}
	_, err = tx.Exec(ctx, `INSERT INTO ledger.migration (version) VALUES ($1)`, version)
	return err
}
