// Package pglog keeps the ledger in Postgres. It knows streams, positions and bytes, and
// nothing of what the events mean.
//
// Appends of all callers are collected by one goroutine and written by one transaction
// (group commit). Every writing transaction, of this and of any other process, first
// takes one advisory lock, reads the last position from the one row of ledger.head and
// gives dense positions from there; the lock is held until the commit is visible. Any
// snapshot of the database therefore holds a prefix of the ledger: a reader that goes on
// from the last position it saw cannot skip an event, whatever else runs in the database.
package pglog

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/ledger/pglog/segment"
)

const (
	// partitionRowsUsual is the number of positions of a partition: about what a country of
	// ten million records in a year, in 6 GB. A history takes a probe of an index for each.
	partitionRowsUsual = 20_000_000
	// groupEventsUsual and groupBytesUsual bound what one transaction writes: COPY gains
	// nothing beyond some 5,000 rows, and the others wait for as long as it takes.
	groupEventsUsual = 5_000
	groupBytesUsual  = 8 << 20
	// queueUsual bounds the callers that wait beside the group being written, about a
	// second's work. Whoever comes then is refused, which serves everybody better than a
	// queue that grows.
	queueUsual = 4_096
	// commitTimeoutUsual bounds the wait for the lock and the database, after which the
	// callers of a group get an error instead of waiting for ever.
	commitTimeoutUsual = 30 * time.Second
	// pollUsual is how often a waiting reader asks for the head when no notification
	// comes: it bounds the delay after a lost connection.
	pollUsual = time.Second
)

// Options says how a Log works; zero values are replaced by proven defaults.
type Options struct {
	// Clock gives the recorded time; required.
	Clock func() time.Time
	// Logger gets warnings about the connection; nil discards them.
	Logger *slog.Logger
	// Limits bounds one append; ledger.DefaultLimits when zero.
	Limits ledger.Limits
	// PartitionRows is the number of positions of partitions made from now on.
	PartitionRows int64
	// GroupEvents and GroupBytes bound one group commit. One larger append is a group
	// of its own.
	GroupEvents, GroupBytes int
	// Queue is the number of appends that may wait; further ones are refused as
	// unavailable.
	Queue int
	// CommitTimeout bounds the work of one group commit.
	CommitTimeout time.Duration
	// Poll is the longest time until Wait sees what another process appended.
	Poll time.Duration

	// segmentBytes is the size that segments are filled to; tests make them small.
	segmentBytes int
	// beforeCommit is called in a writing transaction after the lock is taken and before
	// the commit is sent; only tests in this package set it.
	beforeCommit func(pid uint32)
	// sealing is called before each step of sealing a partition; tests only, likewise. An
	// error ends the sealing there, as a crash would.
	sealing func(step string, pid uint32) error
}

// Log is a ledger.Log in Postgres.
type Log struct {
	pool    *pgxpool.Pool
	options Options
	names   *names
	parts   *parts
	stand   *standings
	sealed  atomic.Int64 // the last sealed position that was heard of
	codec   *segment.Codec
	// unpackers are of *unpacker, for those who read segments.
	unpackers sync.Pool
	pages     pages
	lent      pages // of LendStream
	watch     watch
	writer    *writer

	gate   sync.RWMutex // held for reading while an append enters the queue
	closed bool         // guarded by gate

	stop     context.CancelFunc // ends the listener
	stopped  context.Context    // done when Close was called; lifetime of the listener
	listener sync.Once
	group    sync.WaitGroup
}

var _ ledger.Log = (*Log)(nil)

// Causes of ErrUnavailable.
var (
	// ErrClosed: Close was called.
	ErrClosed = errors.New("the ledger was closed")
	// ErrQueueFull: as many appends wait as may (Options.Queue); try again later.
	ErrQueueFull = errors.New("too many appends wait")
)

// Open starts a Log on a migrated database (see Migrate). The pool stays the caller's
// and must outlive the Log; its default query mode must not be the simple protocol.
func Open(ctx context.Context, pool *pgxpool.Pool, options Options) (*Log, error) {
	if options.Clock == nil {
		return nil, errors.New("pglog: Options.Clock is not given")
	}
	mode := pool.Config().ConnConfig.DefaultQueryExecMode
	if mode == pgx.QueryExecModeSimpleProtocol {
		return nil, errors.New("pglog: the pool uses the simple protocol, which has no " +
			"binary results; remove default_query_exec_mode from the database URL")
	}
	options = options.withDefaults()
	l := &Log{pool: pool, options: options, names: newNames(pool), parts: newParts(pool),
		stand: newStandings(), lent: pages{lent: true}}
	var err error
	if l.codec, err = segment.NewCodec(); err != nil {
		return nil, err
	}
	l.unpackers.New = func() any { return &unpacker{Unpacker: l.codec.NewUnpacker()} }
	l.watch.changed = make(chan struct{})
	l.stopped, l.stop = context.WithCancel(context.Background())

	head, err := l.Head(ctx)
	if err == nil {
		err = l.checkSealed(ctx)
	}
	if err != nil {
		l.stop()
		return nil, fmt.Errorf("open the ledger (is the database migrated?): %w", err)
	}
	w, err := newWriter(ctx, l, head)
	if err != nil {
		l.stop()
		return nil, fmt.Errorf("open the ledger: %w", err)
	}
	l.writer = w
	l.watch.publish(head)
	l.group.Go(w.run)
	return l, nil
}

func (o Options) withDefaults() Options {
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Limits == (ledger.Limits{}) {
		o.Limits = ledger.DefaultLimits()
	}
	setDefault(&o.PartitionRows, partitionRowsUsual)
	setDefault(&o.GroupEvents, groupEventsUsual)
	setDefault(&o.GroupBytes, groupBytesUsual)
	setDefault(&o.Queue, queueUsual)
	setDefault(&o.CommitTimeout, commitTimeoutUsual)
	setDefault(&o.Poll, pollUsual)
	setDefault(&o.segmentBytes, segmentBytesUsual)
	return o
}

func setDefault[T int | int64 | time.Duration](v *T, usual T) {
	if *v <= 0 {
		*v = usual
	}
}

// Close takes no more appends, finishes those that wait and ends the Log's goroutines.
// The pool stays open. Waiting readers return with an error.
func (l *Log) Close() {
	l.gate.Lock()
	if !l.closed {
		l.closed = true
		close(l.writer.queue)
	}
	l.gate.Unlock()
	<-l.writer.done
	l.stop()
	l.group.Wait()
}

// Append implements ledger.Log. It returns after the commit of the group that its events
// were written with; with the server's setting synchronous_commit = on that is when they
// are on disk.
func (l *Log) Append(
	ctx context.Context, batch ...ledger.StreamAppend,
) (ledger.Result, error) {
	return l.put(ctx, &request{batch: batch})
}

// put hands a request to the writer and waits for its end.
func (l *Log) put(ctx context.Context, r *request) (_ ledger.Result, err error) {
	if r.events, r.bytes, err = l.options.Limits.Check(r.batch); err != nil {
		return ledger.Result{}, err
	}
	r.done = make(chan struct{})
	if err := l.enqueue(ctx, r); err != nil {
		return ledger.Result{}, err
	}
	select {
	case <-r.done:
		return r.result, r.err
	case <-ctx.Done():
	}
	if r.abandon() {
		return ledger.Result{}, fmt.Errorf("append not begun: %w", ctx.Err())
	}
	select {
	case <-r.done: // it was decided in the same moment
		return r.result, r.err
	default:
		return ledger.Result{}, fmt.Errorf("%w: %w", ledger.ErrUnknownOutcome, ctx.Err())
	}
}

func (l *Log) enqueue(ctx context.Context, r *request) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	l.gate.RLock()
	defer l.gate.RUnlock()
	if l.closed {
		return fmt.Errorf("%w: %w", ledger.ErrUnavailable, ErrClosed)
	}
	select {
	case l.writer.queue <- r:
		return nil
	default:
		return fmt.Errorf("%w: %w", ledger.ErrUnavailable, ErrQueueFull)
	}
}

// Guarantees implements ledger.Log.
func (l *Log) Guarantees() ledger.Guarantees {
	return ledger.Guarantees{Atomic: true, Dense: true}
}

// Head implements ledger.Log.
func (l *Log) Head(ctx context.Context) (ledger.Position, error) {
	var position int64
	err := l.pool.QueryRow(ctx, sqlHead).Scan(&position)
	if err != nil {
		return 0, fmt.Errorf("read the ledger's head: %w", storeError(err))
	}
	return ledger.Position(position), nil
}

const sqlHead = `SELECT position FROM ledger.head`
