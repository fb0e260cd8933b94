// Package floor measures what bare Postgres does with the rows of a ledger: the limit
// that benchmarks of pglog are compared with, in the same run on the same server. It
// checks nothing, chains nothing and decides nothing.
package floor

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"sync"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

// Row is one row of ledger.event.
type Row struct {
	Position                  int64
	Stream, Revision, Context int32
	Type                      int16
	Record, Head              []byte
}

// Prepare makes, in the schema `floor`, a table with the columns, storage and indexes of
// a partition of ledger.event and one of streams and where they stand, both empty and
// without triggers. The database must hold a migrated ledger.
func Prepare(ctx context.Context, pool *pgxpool.Pool) error {
	_, err := pool.Exec(ctx, `
		DROP SCHEMA IF EXISTS floor CASCADE;
		CREATE SCHEMA floor;
		CREATE TABLE floor.event (LIKE ledger.event INCLUDING STORAGE INCLUDING COMPRESSION);
		ALTER TABLE floor.event ADD PRIMARY KEY (position);
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

// Rows reads the rows of the ledger after a position, at most limit of them.
func Rows(ctx context.Context, pool *pgxpool.Pool, after int64, limit int) ([]Row, error) {
	result, err := pool.Query(ctx, `SELECT position, stream, revision, context, type, record, head
		FROM ledger.event WHERE position > $1 ORDER BY position LIMIT $2`, after, limit)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(result, pgx.RowToStructByPos[Row])
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
		`COPY floor.event (position, stream, revision, context, type, record, head)
		FROM STDIN (FORMAT binary)`)
	return err
}

// Select reads the rows of the ledger after a position in one statement, in order and
// binary, looks at each and throws it away.
func Select(ctx context.Context, pool *pgxpool.Pool, after int64) (rows, size int, err error) {
	result, err := pool.Query(ctx, `SELECT position, stream, revision, context, type, record, head
		FROM ledger.event WHERE position > $1 ORDER BY position`,
		pgx.QueryResultFormats{1, 1, 1, 1, 1, 1, 1}, after)
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

// Loop is a bare group commit: callers hand it one row each, one goroutine writes what
// waits with one statement for the events and one for the streams, in one round trip,
// and every caller returns after the commit.
type Loop struct {
	pool  *pgxpool.Pool
	queue chan loopRequest
	group sync.WaitGroup
}

type loopRequest struct {
	row  Row
	done chan error
}

// loopMax bounds a group of a Loop.
const loopMax = 512

// NewLoop starts the goroutine; Close ends it.
func NewLoop(pool *pgxpool.Pool) *Loop {
	l := &Loop{pool: pool, queue: make(chan loopRequest, loopMax)}
	l.group.Go(l.run)
	return l
}

// Close ends the goroutine, when no call of Append is left.
func (l *Loop) Close() {
	close(l.queue)
	l.group.Wait()
}

// Append stores one row and waits for its commit.
func (l *Loop) Append(row Row) error {
	r := loopRequest{row: row, done: make(chan error, 1)}
	l.queue <- r
	return <-r.done
}

func (l *Loop) run() {
	for first := range l.queue {
		group := []loopRequest{first}
	collect:
		for len(group) < loopMax {
			select {
			case r, open := <-l.queue:
				if !open {
					break collect
				}
				group = append(group, r)
			default:
				break collect
			}
		}
		err := l.write(group)
		for _, r := range group {
			r.done <- err
		}
	}
}

func (l *Loop) write(group []loopRequest) error {
	n := len(group)
	positions, types := make([]int64, n), make([]int16, n)
	streams, revisions, contexts := make([]int32, n), make([]int32, n), make([]int32, n)
	records, heads := make([][]byte, n), make([][]byte, n)
	names := make([]string, n)
	for i, r := range group {
		positions[i], streams[i] = r.row.Position, r.row.Stream
		revisions[i], contexts[i] = r.row.Revision, r.row.Context
		types[i] = r.row.Type
		records[i], heads[i] = r.row.Record, r.row.Head
		names[i] = fmt.Sprintf("person-%036d", r.row.Stream)
	}
	b := &pgx.Batch{} // without BEGIN one implicit transaction
	b.Queue(`INSERT INTO floor.stream (key, name, revision, head)
		SELECT * FROM unnest($1::integer[], $2::text[], $3::integer[], $4::bytea[])
		ON CONFLICT (key) DO UPDATE SET revision = EXCLUDED.revision, head = EXCLUDED.head`,
		streams, names, revisions, heads)
	b.Queue(`INSERT INTO floor.event SELECT * FROM unnest($1::bigint[], $2::integer[],
		$3::integer[], $4::integer[], $5::smallint[], $6::bytea[], $7::bytea[])`,
		positions, streams, revisions, contexts, types, records, heads)
	return l.pool.SendBatch(context.Background(), b).Close()
}
