package projections_test

import (
	"context"
	"fmt"
	"log/slog"
	"math"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"

	"github.com/stazh/stazh/fixtures/pgtest"
	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/projections"
	"github.com/stazh/stazh/projections/dispute"
	"github.com/stazh/stazh/projections/projectiontest"
)

// counters are projections of a number of names.
func counters(names ...string) (own []*counter, list []projections.Projection) {
	for _, name := range names {
		c := newCounter()
		c.name = name
		own, list = append(own, c), append(list, c)
	}
	return own, list
}

// requireTogether pays until one transaction has moved the checkpoints of all projections.
func requireTogether(t *testing.T, pool *pgxpool.Pool, h *projectiontest.History,
	r *projections.Runner) {
	t.Helper()
	ctx := limited(t)
	require.Eventually(t, func() bool {
		last := pay(h, 1)
		for _, name := range r.Names() {
			require.NoError(t, r.WaitFor(ctx, name, last))
		}
		var transactions int
		require.NoError(t, pool.QueryRow(ctx,
			"select count(distinct xmin::text) from projection.checkpoint").Scan(&transactions))
		return transactions == 1
	}, 20*time.Second, time.Millisecond)
}

// Who has caught up goes on with the others: also with those whose tables stand elsewhere.
func TestProjectionsThatHaveCaughtUpShareTransactions(t *testing.T) {
	t.Parallel()
	pool := open(t, pgtest.DB(t))
	h := projectiontest.New(t)
	pay(h, 40)
	own, list := counters("first", "second", "third")
	require.NoError(t, runner(t, pool, h.Log, 0, list[0]).CatchUp(t.Context()))
	pay(h, 20)
	r := runner(t, pool, h.Log, 0, list...)
	start(t, r)
	requireTogether(t, pool, h, r)
	for _, c := range own {
		n, at := count(t, pool, c)
		require.EqualValues(t, head(t, h.Log), n, c.name)
		require.EqualValues(t, n, at)
	}
}

// deaf handles nothing that is paid.
type deaf struct{ *counter }

func (deaf) NewBuild() projections.Build { return dispute.New() }

// A batch that does not concern a projection moves it on, and does not trouble it.
func TestABatchIsOnlyAppliedWhereItCounts(t *testing.T) {
	t.Parallel()
	pool := open(t, pgtest.DB(t))
	h := projectiontest.New(t)
	own, list := counters("hears", "deaf")
	r := runner(t, pool, h.Log, 0, list[0], deaf{own[1]})
	start(t, r)
	requireTogether(t, pool, h, r)
	before, _ := count(t, pool, own[1]) // some came before the two went together
	last := pay(h, 5)
	require.NoError(t, r.WaitFor(limited(t), "hears", last))
	n, at := count(t, pool, own[1])
	require.Equal(t, before, n)
	require.Equal(t, last, at)
	n, _ = count(t, pool, own[0])
	require.EqualValues(t, last, n)
}

// One that fails in the midst of the others stops exactly before its event, tells why, and
// goes on with them when its cause is mended; they never wait.
func TestOneThatFailsIsLeftBehind(t *testing.T) {
	t.Parallel()
	pool := open(t, pgtest.DB(t))
	h := projectiontest.New(t)
	own, list := counters("good", "bad", "last")
	r := runner(t, pool, h.Log, 0, list...)
	start(t, r)
	requireTogether(t, pool, h, r)
	poison := pay(h, 3) + 1
	own[1].setFail(func(batch []projections.Event) error {
		for i := range batch {
			if batch[i].Position == poison {
				panic("planted")
			}
		}
		return nil
	})
	ctx := limited(t)
	last := pay(h, 20)
	require.NoError(t, r.WaitFor(ctx, "good", last))
	require.NoError(t, r.WaitFor(ctx, "last", last))
	require.NoError(t, r.WaitFor(ctx, "bad", poison-1))
	require.Eventually(t, func() bool {
		status, err := r.Status(ctx)
		require.NoError(t, err)
		require.Empty(t, status[0].Error)
		require.LessOrEqual(t, status[1].Position, poison-1)
		return status[1].Error == fmt.Sprintf("projection bad stopped before event %d (type "+
			"\"payment.received.v1\"): %v: planted", poison, ledger.ErrCorrupt)
	}, 10*time.Second, 10*time.Millisecond)

	own[1].setFail(nil)
	requireTogether(t, pool, h, r)
	for _, c := range own {
		n, _ := count(t, pool, c)
		require.EqualValues(t, head(t, h.Log), n, c.name)
	}
}

// shy fails among others, and only there: nobody else's transactions wait for locks for a
// limited time.
type shy struct {
	*counter
	failed atomic.Int32
}

func (s *shy) Apply(ctx context.Context, tx pgx.Tx, batch []projections.Event) error {
	var limit string
	if err := tx.QueryRow(ctx, "select current_setting('lock_timeout')").Scan(&limit); err != nil {
		return err
	}
	if limit != "0" {
		s.failed.Add(1)
		return errPlanted
	}
	return s.counter.Apply(ctx, tx, batch)
}

// One that fails among others again and again, and not alone, follows all the same. It is told
// of, and it comes back to disturb the others more and more rarely.
func TestOneThatFailsAmongOthersStaysAway(t *testing.T) {
	t.Parallel()
	pool := open(t, pgtest.DB(t))
	h := projectiontest.New(t)
	own, list := counters("good", "shy")
	x, log := &shy{counter: own[1]}, new(output)
	r, err := projections.NewRunner(pool, h.Log, projections.Options{
		Logger: slog.New(slog.NewTextHandler(log, nil)), Clock: time.Now}, list[0], x)
	require.NoError(t, err)
	start(t, r)
	ctx := limited(t)
	began := time.Now()
	for time.Since(began) < 3*time.Second || x.failed.Load() == 0 {
		last := pay(h, 1)
		require.NoError(t, r.WaitFor(ctx, "good", last))
		require.NoError(t, r.WaitFor(ctx, "shy", last))
	}
	require.Contains(t, log.String(), "projection failed among others, it goes on alone")
	require.Contains(t, log.String(), "projection=shy error=planted")
	// It stays away for 0.25 seconds, 0.5, 1 …, and comes back after each.
	times := 1 + math.Log2(1+time.Since(began).Seconds()/0.25)
	require.LessOrEqual(t, float64(x.failed.Load()), times)
	for _, c := range own {
		n, _ := count(t, pool, c)
		require.EqualValues(t, head(t, h.Log), n, c.name)
	}
}

// Nobody waits for tables that somebody else holds: as a rebuild does, which locks the
// checkpoint, or somebody who locks a table.
func TestNobodyWaitsForLocksOfAnother(t *testing.T) {
	t.Parallel()
	for name, lock := range map[string]string{
		"checkpoint": "select from projection.checkpoint where name = 'held' for update",
		"table":      "lock table held_v1.seen in access exclusive mode",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			pool := open(t, pgtest.DB(t))
			h := projectiontest.New(t)
			own, list := counters("held", "free")
			r := runner(t, pool, h.Log, 0, list...)
			start(t, r)
			requireTogether(t, pool, h, r)
			ctx := limited(t)
			before, _ := count(t, pool, own[0])
			tx, err := pool.Begin(ctx)
			require.NoError(t, err)
			_, err = tx.Exec(ctx, lock)
			require.NoError(t, err)
			last := pay(h, 10)
			require.NoError(t, r.WaitFor(ctx, "free", last))
			n, _ := count(t, pool, own[1])
			require.EqualValues(t, last, n)
			require.NoError(t, tx.Commit(ctx))
			require.NoError(t, r.WaitFor(ctx, "held", last))
			n, _ = count(t, pool, own[0])
			require.EqualValues(t, last, n)
			require.Greater(t, n, before)
			requireTogether(t, pool, h, r)
		})
	}
}

// However projections fail, fall behind and come back, each handles every event once.
func TestConvoyUnderChange(t *testing.T) {
	t.Parallel()
	pool := open(t, pgtest.DB(t))
	h := projectiontest.New(t)
	own, list := counters("a", "b", "c", "d")
	r := runner(t, pool, h.Log, 7, list...)
	start(t, r)
	ctx := limited(t)
	for round := range 40 {
		who := own[round%3] // the last one never fails
		var failed atomic.Bool
		who.setFail(func([]projections.Event) error {
			if failed.Swap(true) {
				return nil
			}
			return errPlanted
		})
		last := pay(h, 1+round%23)
		require.NoError(t, r.WaitFor(ctx, "d", last))
	}
	for _, c := range own {
		c.setFail(nil)
		last := head(t, h.Log)
		require.NoError(t, r.WaitFor(ctx, c.name, last))
		n, at := count(t, pool, c)
		require.EqualValues(t, last, n, c.name)
		require.Equal(t, last, at)
	}
	status, err := r.Status(ctx)
	require.NoError(t, err)
	for _, s := range status {
		require.Empty(t, s.Error)
	}
}
