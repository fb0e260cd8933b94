package projections_test

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"log/slog"
	"os"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"

	"github.com/stazh/stazh/fixtures/pgtest"
	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/projections"
	"github.com/stazh/stazh/projections/account"
	"github.com/stazh/stazh/projections/balance"
	"github.com/stazh/stazh/projections/benefit"
	"github.com/stazh/stazh/projections/dispute"
	"github.com/stazh/stazh/projections/filing"
	"github.com/stazh/stazh/projections/order"
	"github.com/stazh/stazh/projections/projectiontest"
	"github.com/stazh/stazh/projections/registry"
	"github.com/stazh/stazh/projections/reporting"
	"github.com/stazh/stazh/projections/workforce"
)

func TestMain(m *testing.M) {
	flag.Parse()
	// Each check folds a ledger several times into a real database.
	if f := flag.Lookup("rapid.checks"); f.Value.String() == f.DefValue {
		if err := f.Value.Set("25"); err != nil {
			panic(err)
		}
	}
	pgtest.Main(m)
}

func open(t testing.TB, url string) *pgxpool.Pool {
	t.Helper()
	config, err := pgxpool.ParseConfig(url)
	require.NoError(t, err)
	config.MaxConns = 25
	pool, err := pgxpool.NewWithConfig(context.Background(), config)
	require.NoError(t, err)
	t.Cleanup(pool.Close)
	return pool
}

// all are the projections of the product.
func all(h *projectiontest.History) []projections.Projection {
	return []projections.Projection{account.New(), balance.New(), registry.New(h.Keys),
		filing.New(), reporting.New(), benefit.New(), workforce.New(), dispute.New(),
		order.New()}
}

func runner(t testing.TB, pool *pgxpool.Pool, log ledger.Log, batch int,
	list ...projections.Projection,
) *projections.Runner {
	t.Helper()
	r, err := projections.NewRunner(pool, log, projections.Options{
		Logger: slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{
			Level: slog.LevelError + 1})),
		Clock: time.Now, Batch: batch}, list...)
	require.NoError(t, err)
	return r
}

// start runs a runner until the returned function is called, at the latest at the end of
// the test.
func start(t testing.TB, r *projections.Runner) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- r.Run(ctx) }()
	var once sync.Once
	stop = func() {
		once.Do(func() {
			cancel()
			require.NoError(t, <-done)
		})
	}
	t.Cleanup(stop)
	return stop
}

// limited gives a context that ends a test that hangs.
func limited(t testing.TB) context.Context {
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	t.Cleanup(cancel)
	return ctx
}

func head(t testing.TB, log ledger.Log) ledger.Position {
	position, err := log.Head(t.Context())
	require.NoError(t, err)
	return position
}

// counter is a projection for tests: it counts events by type.
type counter struct {
	name    string
	version int
	ddl     string
	// fail is asked before each batch is written.
	mu   sync.Mutex
	fail func(batch []projections.Event) error
}

func newCounter() *counter {
	return &counter{name: "counter", version: 1,
		ddl: `create table seen (type text collate "C" primary key, number bigint not null)`}
}

var errPlanted = errors.New("planted")

func (c *counter) Name() string { return c.name }
func (c *counter) Version() int { return c.version }
func (c *counter) DDL() string  { return c.ddl }
func (c *counter) Tables() []projections.Table {
	return []projections.Table{{Name: "seen", Key: []string{"type"}}}
}

func (c *counter) setFail(fail func([]projections.Event) error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.fail = fail
}

func (c *counter) Apply(ctx context.Context, tx pgx.Tx, batch []projections.Event) error {
	for i := range batch {
		_, err := tx.Exec(ctx, `insert into seen values ($1, 1)
			on conflict (type) do update set number = seen.number + 1`, batch[i].Type)
		if err != nil {
			return err
		}
	}
	c.mu.Lock()
	fail := c.fail
	c.mu.Unlock()
	if fail != nil {
		return fail(batch)
	}
	return nil
}

// count reads what the live counter has counted and its position.
func count(t testing.TB, pool *pgxpool.Pool, c *counter) (n int64, at ledger.Position) {
	t.Helper()
	at, err := projections.NewReader(pool, c).Read(t.Context(), func(tx pgx.Tx) error {
		return tx.QueryRow(t.Context(),
			"select coalesce(sum(number), 0)::bigint from seen").Scan(&n)
	})
	require.NoError(t, err)
	return n, at
}

// output is a logger's sink that may be read while it is written.
type output struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.b.Write(p)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.b.String()
}
