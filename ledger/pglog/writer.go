package pglog

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/stazh/stazh/ledger"
)

// gatherTime is how long a group waits for callers that were in the last group and are
// about to call again. Without it, the first one to come back would get a commit of its
// own while all others wait. A lone caller never waits.
const gatherTime = 300 * time.Microsecond

// attemptsMax bounds how often a group is begun again; only attempts that have recorded
// nothing are.
const attemptsMax = 4

// request is one call of Append on its way through the writer.
type request struct {
	batch         []ledger.StreamAppend
	imported      []ledger.Event // the same events as recorded elsewhere; nil in an append
	events, bytes int
	streams       []*state // of the batch, in the group that has the request

	state  atomic.Int32
	done   chan struct{} // closed when result and err are set
	result ledger.Result
	err    error
	// shaky: decided with regard to appends of the same group, so that the answer is
	// only true when the group is committed.
	shaky bool
}

// States of a request: who has the last word on whether it is begun.
const (
	stateQueued = iota
	stateTaken
	stateAbandoned
)

func (r *request) take() bool    { return r.state.CompareAndSwap(stateQueued, stateTaken) }
func (r *request) abandon() bool { return r.state.CompareAndSwap(stateQueued, stateAbandoned) }

// writer is the one goroutine that writes for a Log.
type writer struct {
	log     *Log
	pool    *pgxpool.Pool
	options Options
	queue   chan *request
	done    chan struct{} // closed when the goroutine has ended

	// The rest belongs to the goroutine.
	held      *request // taken from the queue, but too large for the last group
	lastCount int      // requests of the last group
	timer     *time.Timer
	types     map[string]*numberedKind
	contexts  recentContexts
	spare     []byte          // memory for the rows of a COPY, while there is none
	lastPart  ledger.Position // last position that has a partition
	// last is where the ledger stood after the last group, unless somebody else has written
	// since; nil when that is not known.
	last *summit
}

func newWriter(ctx context.Context, l *Log, head ledger.Position) (*writer, error) {
	w := &writer{
		log: l, pool: l.pool, options: l.options,
		queue: make(chan *request, l.options.Queue),
		done:  make(chan struct{}),
		timer: time.NewTimer(time.Hour),
		types: map[string]*numberedKind{},
	}
	if err := w.ensurePartitions(ctx, w.ahead(head)); err != nil {
		return nil, err
	}
	return w, nil
}

// run writes group after group until the queue is closed and empty.
func (w *writer) run() {
	defer close(w.done)
	for {
		requests := w.collect()
		if requests == nil {
			return
		}
		w.lastCount = len(requests)
		w.process(requests)
	}
}

// collect waits for an append and takes those that wait with it, up to the limits. It
// gives nil when the queue is closed and empty.
func (w *writer) collect() []*request {
	first := w.held
	w.held = nil
	for first == nil {
		r, open := <-w.queue
		if !open {
			return nil
		}
		if r.take() {
			first = r
		}
	}
	group := append(make([]*request, 0, w.lastCount+1), first)
	events, bytes := first.events, first.bytes
	waiting := false
	for events < w.options.GroupEvents && bytes < w.options.GroupBytes {
		r, ok := w.next(len(group), &waiting)
		if !ok {
			break
		}
		if !r.take() {
			continue
		}
		if events+r.events > w.options.GroupEvents || bytes+r.bytes > w.options.GroupBytes {
			w.held = r
			break
		}
		group = append(group, r)
		events, bytes = events+r.events, bytes+r.bytes
	}
	return group
}

// next gives a request that waits, or the first to come within gatherTime when the group
// is smaller than the last one was.
func (w *writer) next(count int, waiting *bool) (*request, bool) {
	select {
	case r, open := <-w.queue:
		return r, open
	default:
	}
	if count >= w.lastCount {
		return nil, false
	}
	if !*waiting {
		*waiting = true
		w.timer.Reset(gatherTime)
	}
	select {
	case r, open := <-w.queue:
		return r, open
	case <-w.timer.C:
		return nil, false
	}
}

// errPartition: the group needs a partition that does not exist yet.
var errPartition = errors.New("partition is missing")

// process writes one group and answers its callers.
func (w *writer) process(requests []*request) {
	ctx, cancel := context.WithTimeout(context.Background(), w.options.CommitTimeout)
	defer cancel()
	var g *group
	var err error
	for range attemptsMax {
		g = newGroup(w, requests)
		if err = w.transact(ctx, g); !errors.Is(err, errAgain) {
			break
		}
		if errors.Is(err, errPartition) {
			if failed := w.ensurePartitions(ctx, w.ahead(g.position)); failed != nil {
				err = failed
				break
			}
		}
	}
	g.answer(err)
	if err != nil {
		w.options.Logger.Error("ledger group not written",
			"appends", len(requests), "events", len(g.rows), "error", err)
		return
	}
	w.log.watch.publish(g.position)
	if w.lastPart < w.ahead(g.position) {
		// Made now, between two groups and long before it is needed; a failure is
		// tried again after the next group.
		if err := w.ensurePartitions(ctx, w.ahead(g.position)); err != nil {
			w.options.Logger.Error("ledger partition not made ahead", "error", err)
		}
	}
}

// ahead is the position that must have a partition when the head is at p.
func (w *writer) ahead(p ledger.Position) ledger.Position {
	return p + ledger.Position(w.options.PartitionRows/2) + 1
}

func (w *writer) ensurePartitions(ctx context.Context, need ledger.Position) error {
	var last int64
	err := w.pool.QueryRow(ctx, `SELECT ledger.ensure_partitions($1, $2)`,
		int64(need), w.options.PartitionRows).Scan(&last)
	if err != nil {
		return fmt.Errorf("make a partition for position %d: %w", need, storeError(err))
	}
	w.lastPart = ledger.Position(last)
	return nil
}

// errAgain marks an attempt that recorded nothing and may be made again at once.
var errAgain = errors.New("try again")

// transact makes one attempt to write a group. Unless the error says ErrUnknownOutcome,
// an error means that nothing was recorded.
func (w *writer) transact(ctx context.Context, g *group) error {
	conn, err := w.pool.Acquire(ctx)
	if err != nil {
		return unavailable(err)
	}
	defer conn.Release()
	if w.last != nil && g.small() {
		return w.foresee(ctx, g, conn.Conn())
	}
	if err := g.load(ctx, conn.Conn()); err != nil {
		w.rollback(ctx, conn.Conn())
		if conn.Conn().IsClosed() && ctx.Err() == nil {
			return fmt.Errorf("%w: %w", errAgain, unavailable(err))
		}
		return unavailable(err)
	}
	g.decide()
	if len(g.rows) == 0 {
		w.rollback(ctx, conn.Conn())
		return nil
	}
	if g.position > w.lastPart {
		w.rollback(ctx, conn.Conn())
		return fmt.Errorf("%w: %w", errAgain, errPartition)
	}
	if err := g.write(ctx, conn.Conn()); err != nil {
		w.rollback(ctx, conn.Conn())
		return err
	}
	g.remember()
	return nil
}

// unavailable is storeError for the writer, whose own time limit is the database's
// fault and not the callers'.
func unavailable(err error) error {
	if errors.Is(err, context.DeadlineExceeded) {
		return fmt.Errorf("%w: no answer in time: %w", ledger.ErrUnavailable, err)
	}
	return storeError(err)
}

// rollback leaves the connection clean for the pool, or closed when that fails.
func (w *writer) rollback(ctx context.Context, conn *pgx.Conn) {
	if conn.IsClosed() || conn.PgConn().TxStatus() == txIdle {
		return
	}
	if _, err := conn.Exec(ctx, `ROLLBACK`); err != nil {
		_ = conn.Close(ctx)
	}
}

// txIdle is the transaction status of a connection that is in none.
const txIdle = 'I'

// definite tells whether a statement's error proves that the transaction was not
// committed: the server itself refused the statement. When the statement was the commit,
// a session that was ended proves nothing.
func definite(err error, isCommit bool) bool {
	var server *pgconn.PgError
	return errors.As(err, &server) && (!isCommit || !fatal(server))
}
