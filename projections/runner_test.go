package projections_test

import (
	"context"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"

	"github.com/stazh/stazh/fixtures/pgtest"
	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/ledger/event"
	"github.com/stazh/stazh/projections"
	"github.com/stazh/stazh/projections/projectiontest"
)

const unp = "100000001"

func pay(h *projectiontest.History, n int) (last ledger.Position) {
	for range n {
		last = h.Append(ledger.PayerStream(unp),
			&event.PaymentReceived{BankRef: h.ID("payment").String(), Amount: 100})
	}
	return last
}

// An error in Apply leaves rows and checkpoint as they were before the batch.
func TestRowsAndCheckpointMoveTogether(t *testing.T) {
	t.Parallel()
	pool := open(t, pgtest.DB(t))
	h := projectiontest.New(t)
	pay(h, 3)
	c := newCounter()
	r := runner(t, pool, h.Log, 1, c)
	require.NoError(t, r.CatchUp(t.Context()))
	pay(h, 2)
	c.setFail(func(batch []projections.Event) error {
		if batch[0].Position == 5 {
			return errPlanted
		}
		return nil
	})
	err := r.CatchUp(t.Context())
	require.ErrorIs(t, err, errPlanted)
	var stop *projections.StoppedError
	require.ErrorAs(t, err, &stop)
	require.Equal(t, ledger.Position(5), stop.Position)
	n, at := count(t, pool, c)
	require.EqualValues(t, 4, n)
	require.EqualValues(t, 4, at)

	c.setFail(nil)
	require.NoError(t, r.CatchUp(t.Context()))
	n, at = count(t, pool, c)
	require.EqualValues(t, 5, n)
	require.EqualValues(t, 5, at)
}

// Whatever the size of the batch, everything before the event that cannot be applied is
// projected, the event is named, the others go on, and it mends itself.
func TestAFaultStopsOneProjectionAtItsEvent(t *testing.T) {
	t.Parallel()
	pool := open(t, pgtest.DB(t))
	h := projectiontest.New(t)
	pay(h, 50)
	bad, good := newCounter(), newCounter()
	good.name = "good"
	bad.setFail(func(batch []projections.Event) error {
		for i := range batch {
			if batch[i].Position == 37 {
				return errPlanted
			}
		}
		return nil
	})
	var log output
	r, err := projections.NewRunner(pool, h.Log, projections.Options{
		Logger: slog.New(slog.NewTextHandler(&log, nil)), Clock: time.Now}, bad, good)
	require.NoError(t, err)
	start(t, r)
	ctx := limited(t)
	require.NoError(t, r.WaitFor(ctx, "good", 50))
	require.NoError(t, r.WaitFor(ctx, "counter", 36))
	require.Eventually(t, func() bool {
		status, err := r.Status(ctx)
		require.NoError(t, err)
		return status[0].Error != ""
	}, 10*time.Second, 10*time.Millisecond)
	status, err := r.Status(ctx)
	require.NoError(t, err)
	require.Equal(t, projections.Status{Name: "counter", Version: 1, Position: 36, Head: 50,
		Lag: 14, Ready: status[0].Ready, Since: status[0].Since, Error: "projection counter " +
			"stopped before event 37 (type \"payment.received.v1\"): planted"}, status[0])
	require.False(t, status[0].Since.IsZero())
	require.Equal(t, projections.Status{Name: "good", Version: 1, Position: 50, Head: 50,
		Ready: true}, status[1])
	require.Contains(t, log.String(), "stopped before event 37")

	bad.setFail(nil)
	require.NoError(t, r.WaitFor(ctx, "counter", 50))
	status, err = r.Status(ctx)
	require.NoError(t, err)
	require.Empty(t, status[0].Error)
	require.Zero(t, status[0].Since)
	n, _ := count(t, pool, bad)
	require.EqualValues(t, 50, n)
}

// An event type that the program does not know stops every projection before it.
func TestAnUnknownTypeIsNeverPassedOver(t *testing.T) {
	t.Parallel()
	pool := open(t, pgtest.DB(t))
	h := projectiontest.New(t)
	pay(h, 2)
	h.AppendRaw(ledger.PayerStream(unp), "payer.abolished.v9", []byte("ИВАНОВ"))
	pay(h, 2)
	c := newCounter()
	err := runner(t, pool, h.Log, 0, c).CatchUp(t.Context())
	require.ErrorIs(t, err, ledger.ErrUnknownType)
	require.ErrorContains(t, err, `stopped before event 3 (type "payer.abolished.v9")`)
	require.NotContains(t, err.Error(), "ИВАНОВ")
	status, err := runner(t, pool, h.Log, 0, c).Status(t.Context())
	require.NoError(t, err)
	require.EqualValues(t, 2, status[0].Position)
}

// What the database says of a refused row may quote it; that never gets into a log.
func TestErrorsOfTheDatabaseAreNotQuoted(t *testing.T) {
	t.Parallel()
	pool := open(t, pgtest.DB(t))
	h := projectiontest.New(t)
	pay(h, 1)
	c := newCounter()
	c.ddl = strings.Replace(c.ddl, "not null", "not null check (number < 1)", 1)
	err := runner(t, pool, h.Log, 0, c).CatchUp(t.Context())
	require.ErrorContains(t, err, "SQLSTATE 23514")
	require.ErrorContains(t, err, `constraint "seen_number_check"`)
	require.NotContains(t, err.Error(), "violates")
}

// Of two processes one follows; when its connection dies the other takes over, and no
// event is counted twice or left out.
func TestTakeover(t *testing.T) {
	t.Parallel()
	url := pgtest.DB(t)
	h := projectiontest.New(t)
	first, second := newCounter(), newCounter()
	poolA, poolB := open(t, named(t, url, "a")), open(t, named(t, url, "b"))
	a, b := runner(t, poolA, h.Log, 3, first), runner(t, poolB, h.Log, 3, second)
	stopA := start(t, a)
	ctx := limited(t)
	require.NoError(t, a.WaitFor(ctx, "counter", pay(h, 10)))
	start(t, b)
	require.NoError(t, b.WaitFor(ctx, "counter", pay(h, 10)))
	// The first one may have lost the lead at a place where it lets go: between its way alone
	// and that together with other projections.
	require.Len(t, leaders(t, poolB), 1)

	for range 3 { // whoever leads loses all its connections in the midst of work
		kill(t, poolB, leaders(t, poolB)[0])
		require.NoError(t, b.WaitFor(ctx, "counter", pay(h, 20)))
	}
	stopA()
	require.NoError(t, b.WaitFor(ctx, "counter", pay(h, 10)))
	require.Equal(t, []string{"b"}, leaders(t, poolB))
	n, at := count(t, poolB, second)
	require.EqualValues(t, 90, n)
	require.EqualValues(t, 90, at)
}

// named makes connections tell the name of their process.
func named(t *testing.T, url, name string) string {
	t.Helper()
	separator := "?"
	if strings.Contains(url, "?") {
		separator = "&"
	}
	return url + separator + "application_name=" + name
}

// leaders names the process that holds the lock of the projection, once there is one and
// no process holds the short lock of a migration beside it.
func leaders(t *testing.T, pool *pgxpool.Pool) (names []string) {
	t.Helper()
	require.Eventually(t, func() bool {
		err := pool.QueryRow(t.Context(), `select array_agg(a.application_name)
			from pg_locks l join pg_stat_activity a using (pid)
			where l.locktype = 'advisory' and l.granted and a.datname = current_database()
		`).Scan(&names)
		return err == nil && len(names) == 1 // a connection may have been killed
	}, 10*time.Second, 10*time.Millisecond)
	return names
}

// kill terminates the backends of a process, as a crash does.
func kill(t *testing.T, pool *pgxpool.Pool, name string) {
	t.Helper()
	_, err := pool.Exec(t.Context(), `select pg_terminate_backend(pid) from pg_stat_activity
		where application_name = $1 and datname = current_database()
		and pid <> pg_backend_pid()`, name)
	require.NoError(t, err)
}

// A process that only reads hears from the one that follows, and gives up with its
// context.
func TestWaitFor(t *testing.T) {
	t.Parallel()
	url := pgtest.DB(t)
	h := projectiontest.New(t)
	c := newCounter()
	status, err := runner(t, open(t, url), h.Log, 0, c).Status(t.Context())
	require.NoError(t, err, "before any table exists")
	require.Equal(t, []projections.Status{{Name: "counter", Version: 1}}, status)
	follower, reader := runner(t, open(t, url), h.Log, 0, c), runner(t, open(t, url), h.Log, 0, c)
	start(t, follower)
	ctx, cancel := context.WithCancel(limited(t))
	heard := make(chan error, 1)
	go func() { heard <- reader.Listen(ctx) }()
	for range 20 {
		require.NoError(t, reader.WaitFor(ctx, "counter", pay(h, 1)))
	}
	short, stop := context.WithTimeout(ctx, 50*time.Millisecond)
	defer stop()
	err = reader.WaitFor(short, "counter", 1000)
	require.ErrorIs(t, err, context.DeadlineExceeded)
	require.ErrorContains(t, err, "projection counter has reached 20, waiting for 1000")
	require.ErrorIs(t, reader.WaitFor(ctx, "nothing", 1), projections.ErrUnknownProjection)
	cancel()
	require.NoError(t, <-heard)
}

// A command without a server waits for the server that follows, and is told when that
// one cannot go on.
func TestCatchUpBesideAServer(t *testing.T) {
	t.Parallel()
	url := pgtest.DB(t)
	h := projectiontest.New(t)
	served := newCounter()
	start(t, runner(t, open(t, url), h.Log, 0, served))
	pool := open(t, url)
	own := newCounter()
	command := runner(t, pool, h.Log, 0, own)
	require.Eventually(t, func() bool {
		status, err := command.Status(t.Context())
		require.NoError(t, err)
		return status[0].Ready
	}, 10*time.Second, 10*time.Millisecond)
	pay(h, 100)
	require.NoError(t, command.CatchUp(limited(t)))
	n, _ := count(t, pool, served)
	require.EqualValues(t, 100, n)

	// Neither the server nor the command, which takes over while the server pauses, can
	// go on: either way the command says where and why.
	planted := func([]projections.Event) error { return errPlanted }
	served.setFail(planted)
	own.setFail(planted)
	pay(h, 1)
	require.ErrorContains(t, command.CatchUp(limited(t)), "stopped before event 101")
}

func TestNewRunnerRefuses(t *testing.T) {
	t.Parallel()
	h := projectiontest.New(t)
	options := projections.Options{Logger: slog.Default(), Clock: time.Now}
	bad := newCounter()
	bad.name = "drop table"
	for text, list := range map[string][]projections.Projection{
		"must be lower-case letters": {bad},
		"given twice":                {newCounter(), newCounter()},
	} {
		_, err := projections.NewRunner(nil, h.Log, options, list...)
		require.ErrorContains(t, err, text)
	}
	_, err := projections.NewRunner(nil, h.Log, projections.Options{})
	require.ErrorContains(t, err, "needs a logger and a clock")
}
