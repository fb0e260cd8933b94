// Package floor measures what bare Postgres does with the rows of a ledger: the limit
// that benchmarks of pglog are compared with, in the same run on the same server. It
// checks nothing, chains nothing and decides nothing.
package floor

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

// Row is one event as a row.
type Row struct {
	Position                  int64
	Stream, Revision, Context int32
	Type                      int16
	Record, Head              []byte
}

// Prepare makes, in the schema `floor`, a table with the columns, storage and indexes of
// the ledger's events in the order of their arrival, and one of streams and where they
// stand, both empty and without triggers.
func Prepare(ctx context.Context, pool *pgxpool.Pool) error {
	_, err := pool.Exec(ctx, `
		DROP SCHEMA IF EXISTS floor CASCADE;
		CREATE SCHEMA floor;
		CREATE TABLE floor.event (
			position bigint NOT NULL, stream integer NOT NULL, revision integer NOT NULL,
			context integer NOT NULL, type smallint NOT NULL, record bytea NOT NULL,
			head bytea NOT NULL, PRIMARY KEY (position));
		CREATE UNIQUE INDEX ON floor.event (stream, revision);
		CREATE TABLE floor.stream (
			key integer PRIMARY KEY, name text COLLATE "C" NOT NULL UNIQUE,
			revision integer NOT NULL, head bytea NOT NULL
		) WITH (fillfactor = 65)`)
	if err != nil {
		return fmt.Errorf("prepare the floor: %w", err)
	}
	return nil
}

// Clear empties the tables of Prepare.
func Clear(ctx context.Context, pool *pgxpool.Pool) error {
	_, err := pool.Exec(ctx, `TRUNCATE floor.event, floor.stream`)
	return err
}

// TakeBack removes the rows from a position on, and what is left of them in the table.
func TakeBack(ctx context.Context, pool *pgxpool.Pool, from int64) error {
	if _, err := pool.Exec(ctx, `DELETE FROM floor.event WHERE position >= $1`, from); err != nil {
		return err
	}
	_, err := pool.Exec(ctx, `VACUUM floor.event`)
	return err
}

// Encode makes the binary COPY stream of rows, which is what the floor does not pay for.
func Encode(rows []Row) []byte {
	b := []byte("PGCOPY\n\xff\r\n\x00\x00\x00\x00\x00\x00\x00\x00\x00")
	for i := range rows {
		r := &rows[i]
		b = binary.BigEndian.AppendUint16(b, 7)
		b = binary.BigEndian.AppendUint32(b, 8)
		b = binary.BigEndian.AppendUint64(b, uint64(r.Position))
		b = binary.BigEndian.AppendUint32(b, 4)
		b = binary.BigEndian.AppendUint32(b, uint32(r.Stream))
		b = binary.BigEndian.AppendUint32(b, 4)
		b = binary.BigEndian.AppendUint32(b, uint32(r.Revision))
		b = binary.BigEndian.AppendUint32(b, 4)
		b = binary.BigEndian.AppendUint32(b, uint32(r.Context))
		b = binary.BigEndian.AppendUint32(b, 2)
		b = binary.BigEndian.AppendUint16(b, uint16(r.Type))
		b = binary.BigEndian.AppendUint32(b, uint32(len(r.Record)))
		b = append(b, r.Record...)
		b = binary.BigEndian.AppendUint32(b, uint32(len(r.Head)))
		b = append(b, r.Head...)
	}
	return binary.BigEndian.AppendUint16(b, 0xffff)
}

// Copy stores encoded rows with one COPY and commits.
func Copy(ctx context.Context, pool *pgxpool.Pool, encoded []byte) error {
	conn, err := pool.Acquire(ctx)
	if err != nil {
		return err
	}
	defer conn.Release()
	_, err = conn.Conn().PgConn().CopyFrom(ctx, bytes.NewReader(encoded),
		`COPY floor.event (`+eventColumns+`) FROM STDIN (FORMAT binary)`)
	return err
}

// Settle gives the planner what it needs to know of what was copied, and the table the
// state that it has after its autovacuum.
func Settle(ctx context.Context, pool *pgxpool.Pool) error {
	_, err := pool.Exec(ctx, `VACUUM (ANALYZE) floor.event`)
	return err
}

const eventColumns = `position, stream, revision, context, type, record, head`

// Rows reads the rows of the ledger after a position, at most limit of them.
func Rows(ctx context.Context, pool *pgxpool.Pool, after int64, limit int) ([]Row, error) {
	result, err := pool.Query(ctx, `SELECT `+eventColumns+`
		FROM ledger.event WHERE position > $1 ORDER BY position LIMIT $2`, after, limit)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(result, pgx.RowToStructByPos[Row])
}

// Select reads the rows of the ledger after a position in one statement, in order and
// binary, looks at each and throws it away.
func Select(ctx context.Context, pool *pgxpool.Pool, after int64) (rows, size int, err error) {
	return discard(ctx, pool, `SELECT `+eventColumns+` FROM ledger.event WHERE position > $1
		ORDER BY position`, after)
}

// SelectCopied is Select of all rows that Copy has written.
func SelectCopied(ctx context.Context, pool *pgxpool.Pool) (rows, size int, err error) {
	return discard(ctx, pool, `SELECT `+eventColumns+` FROM floor.event ORDER BY position`)
}

// History is Select of the rows of one stream that Copy has written, by revision.
func History(ctx context.Context, pool *pgxpool.Pool, stream int32) (rows, size int, err error) {
	return discard(ctx, pool, `SELECT `+eventColumns+` FROM floor.event WHERE stream = $1
		ORDER BY revision`, stream)
}

func discard(ctx context.Context, pool *pgxpool.Pool, sql string, args ...any,
) (rows, size int, err error) {
	args = append([]any{pgx.QueryResultFormats{1, 1, 1, 1, 1, 1, 1}}, args...)
	result, err := pool.Query(ctx, sql, args...)
	if err != nil {
		return 0, 0, err
	}
	defer result.Close()
	for result.Next() {
		rows++
		size += len(result.RawValues()[5])
	}
	return rows, size, result.Err()
}

// GroupBy adds up all rows by type, as a dashboard without maintained totals must.
func GroupBy(ctx context.Context, pool *pgxpool.Pool) error {
	_, err := pool.Exec(ctx, `SELECT type, count(*), sum(length(record)) FROM floor.event
		GROUP BY type`)
	return err
}
