package pglog

import (
	"context"
	"log/slog"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/stazh/stazh/fixtures/pgtest"
	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/ledger/logtest"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

// database gives the URL of a migrated database.
func database(tb testing.TB) string {
	tb.Helper()
	return pgtest.Template(tb, "ledger", func(ctx context.Context, url string) error {
		conn, err := pgx.Connect(ctx, url)
		if err != nil {
			return err
		}
		defer func() { _ = conn.Close(ctx) }()
		return Migrate(ctx, conn)
	})
}

func newPool(tb testing.TB, url string) *pgxpool.Pool {
	tb.Helper()
	config, err := pgxpool.ParseConfig(url)
	require.NoError(tb, err)
	config.MaxConns = 8
	config.ConnConfig.RuntimeParams["plan_cache_mode"] = "force_generic_plan" // as api/node
	pool, err := pgxpool.NewWithConfig(context.Background(), config)
	require.NoError(tb, err)
	tb.Cleanup(pool.Close)
	return pool
}

// open starts a Log with a pool of its own.
func open(tb testing.TB, url string, options Options) *Log {
	tb.Helper()
	options.Clock = time.Now
	if options.Logger == nil {
		options.Logger = slog.New(slog.DiscardHandler)
	}
	log, err := Open(context.Background(), newPool(tb, url), options)
	require.NoError(tb, err)
	tb.Cleanup(log.Close)
	return log
}

func readAll(tb testing.TB, log ledger.Log, after ledger.Position) []ledger.Event {
	tb.Helper()
	var events []ledger.Event
	for e, err := range log.ReadAll(context.Background(), after, 0) {
		require.NoError(tb, err)
		events = append(events, e)
	}
	return events
}

// verify reads the whole ledger and checks the chain of each stream.
func verify(tb testing.TB, log ledger.Log) int {
	tb.Helper()
	verifiers := map[ledger.StreamID]*ledger.Verifier{}
	events := readAll(tb, log, 0)
	for i := range events {
		e := &events[i]
		if verifiers[e.Stream] == nil {
			verifiers[e.Stream] = &ledger.Verifier{}
		}
		require.False(tb, e.Head.IsZero())
		require.NoError(tb, verifiers[e.Stream].Check(e))
	}
	return len(events)
}

func appendTo(tb testing.TB, log ledger.Log, batch ...ledger.StreamAppend) ledger.Result {
	tb.Helper()
	result, err := log.Append(context.Background(), batch...)
	require.NoError(tb, err)
	return result
}

func TestContract(t *testing.T) {
	t.Parallel()
	logtest.Run(t, func(t *testing.T) ledger.Log { return open(t, database(t), Options{}) })
	logtest.RunScanner(t, func(t *testing.T) ledger.Scanner {
		return open(t, database(t), Options{})
	})
}

// The same with partitions and groups so small that every boundary is met all the time.
func TestContractWithSmallPartitions(t *testing.T) {
	t.Parallel()
	options := Options{PartitionRows: 4_000, GroupEvents: 3}
	logtest.Run(t, func(t *testing.T) ledger.Log { return open(t, database(t), options) })
	logtest.RunScanner(t, func(t *testing.T) ledger.Scanner {
		return open(t, database(t), options)
	})
}

func TestCloseFinishesWhatWaits(t *testing.T) {
	url := database(t)
	pool := newPool(t, url)
	ignored := goleak.IgnoreCurrent()
	gate, started := make(chan struct{}), make(chan struct{}, 1)
	log, err := Open(t.Context(), pool, Options{Clock: time.Now, beforeCommit: func(uint32) {
		select {
		case started <- struct{}{}:
		default:
		}
		<-gate
	}})
	require.NoError(t, err)
	const n = 20
	errs := make(chan error, n)
	add := func() {
		_, err := log.Append(context.Background(),
			logtest.Batch(logtest.NewStream(), ledger.NoStream, logtest.NewEvent("x")))
		errs <- err
	}
	go add()
	<-started // the first one is in its transaction; all others must queue
	for range n - 1 {
		go add()
	}
	waited := make(chan error, 1)
	go func() {
		_, err := log.Wait(context.Background(), 1_000)
		waited <- err
	}()
	require.Eventually(t, func() bool { return len(log.writer.queue) == n-1 },
		10*time.Second, time.Millisecond)
	closed := make(chan struct{})
	go func() { log.Close(); close(closed) }()
	close(gate)
	for range n {
		require.NoError(t, <-errs)
	}
	<-closed
	require.ErrorIs(t, <-waited, ErrClosed)
	_, err = log.Append(t.Context(),
		logtest.Batch(logtest.NewStream(), ledger.NoStream, logtest.NewEvent("late")))
	require.ErrorIs(t, err, ledger.ErrUnavailable)
	require.ErrorIs(t, err, ErrClosed)
	log.Close()
	goleak.VerifyNone(t, ignored)
	other := open(t, url, Options{})
	require.Equal(t, n, verify(t, other))
}

func TestOpenRefuses(t *testing.T) {
	t.Parallel()
	_, err := Open(t.Context(), newPool(t, database(t)), Options{})
	require.ErrorContains(t, err, "Clock")
	_, err = Open(t.Context(), newPool(t, pgtest.DB(t)), Options{Clock: time.Now})
	require.ErrorContains(t, err, "is the database migrated?")
	config, err := pgxpool.ParseConfig(database(t))
	require.NoError(t, err)
	config.ConnConfig.DefaultQueryExecMode = pgx.QueryExecModeSimpleProtocol
	pool, err := pgxpool.NewWithConfig(t.Context(), config)
	require.NoError(t, err)
	defer pool.Close()
	_, err = Open(t.Context(), pool, Options{Clock: time.Now})
	require.ErrorContains(t, err, "simple protocol")
}

func TestMigrate(t *testing.T) {
	t.Parallel()
	pool := newPool(t, pgtest.DB(t))
	errs := make(chan error, 4)
	for range 4 {
		go func() { errs <- Migrate(context.Background(), pool) }()
	}
	for range 4 {
		require.NoError(t, <-errs)
	}
	require.NoError(t, Migrate(t.Context(), pool), "again")
	log, err := Open(t.Context(), pool, Options{Clock: time.Now})
	require.NoError(t, err)
	log.Close()

	_, err = pool.Exec(t.Context(), `INSERT INTO ledger.migration (version) VALUES (999)`)
	require.NoError(t, err)
	require.ErrorIs(t, Migrate(t.Context(), pool), ErrNewerSchema)
}
