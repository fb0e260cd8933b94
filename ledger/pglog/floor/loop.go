package floor

import (
	"context"
	"fmt"
	"sync"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

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
