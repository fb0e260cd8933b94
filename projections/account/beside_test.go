package account_test

import (
	"context"
	"log/slog"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"

	"github.com/stazh/stazh/fixtures/pgtest"
	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/ledger/event"
	"github.com/stazh/stazh/projections"
	"github.com/stazh/stazh/projections/account"
	"github.com/stazh/stazh/projections/projectiontest"
)

// crowd is more persons than are read without a second transaction, and more than a portion.
const crowd = 1_100

// hired gives persons with an account each.
func hired(h *projectiontest.History, n int) []ledger.PersonID {
	ids := make([]ledger.PersonID, n)
	for i := range ids {
		ids[i] = h.ID("person")
		h.Append(ledger.PersonStream(ids[i]),
			&event.EmploymentStarted{Employment: h.ID("employment"), Payer: factory})
	}
	return ids
}

func newRunner(t *testing.T, pool *pgxpool.Pool, h *projectiontest.History) *projections.Runner {
	t.Helper()
	r, err := projections.NewRunner(pool, h.Log, projections.Options{
		Logger: slog.New(slog.DiscardHandler), Clock: time.Now, Batch: crowd}, account.New())
	require.NoError(t, err)
	return r
}

// replayed holds all rows to what the ledger says.
func replayed(t *testing.T, r *projections.Runner) {
	t.Helper()
	found, _, err := r.Replay(t.Context(), nil)
	require.NoError(t, err)
	require.Empty(t, found)
}

// Everybody is in each batch, so that what is read beside one is what the batch before wrote;
// and connections are lost in the midst of the work.
func TestStatesAreThoseOfTheBatchBefore(t *testing.T) {
	t.Parallel()
	pool := projectiontest.Open(t, pgtest.DB(t))
	h := projectiontest.New(t)
	ids := hired(h, crowd)
	r := newRunner(t, pool, h)
	require.NoError(t, r.CatchUp(t.Context()))
	for year := range 5 {
		for _, id := range ids {
			reportOf(h, id, 2020+year, 1)
		}
	}
	for kills := range 200 {
		ended := make(chan error, 1)
		go func() { ended <- r.CatchUp(t.Context()) }()
		if kills < 8 {
			time.Sleep(time.Duration(5*kills) * time.Millisecond)
			_, _ = pool.Exec(t.Context(), `select pg_terminate_backend(pid)
				from pg_stat_activity where datname = current_database()
				and pid <> pg_backend_pid()`) // its own connection may have been ended before
		}
		if <-ended == nil && kills >= 8 {
			break
		}
	}
	pool.Reset() // some connections that lie idle in it are lost, too
	replayed(t, r)
}

// A state that is older than its events is refused, whatever the reading transaction sees.
func TestAStaleStateIsRefused(t *testing.T) {
	t.Parallel()
	ctx, pool := t.Context(), projectiontest.Open(t, pgtest.DB(t))
	h, p := projectiontest.New(t), account.New()
	ids := hired(h, crowd)
	r := newRunner(t, pool, h)
	require.NoError(t, r.CatchUp(ctx))
	begin := func(isolation string) pgx.Tx {
		tx, err := pool.BeginTx(ctx, pgx.TxOptions{BeginQuery: "begin " + isolation +
			"; set local search_path to account_v4, public; select count(*) from person"})
		require.NoError(t, err)
		t.Cleanup(func() { _ = tx.Rollback(context.WithoutCancel(ctx)) })
		return tx
	}
	stale, fresh := begin("isolation level repeatable read"), begin("")
	for _, id := range ids {
		reportOf(h, id, 2025, 1)
	}
	require.NoError(t, r.CatchUp(ctx))
	head, err := h.Log.Head(ctx)
	require.NoError(t, err)
	for _, id := range ids {
		reportOf(h, id, 2026, 1)
	}
	batch := eventsAfter(t, h, head)
	tx := begin("")
	require.ErrorIs(t, p.ApplyBeside(ctx, tx, stale, batch), ledger.ErrCorrupt)
	require.NoError(t, p.ApplyBeside(ctx, tx, fresh, batch))
}

func eventsAfter(t *testing.T, h *projectiontest.History, after ledger.Position,
) (batch []projections.Event) {
	t.Helper()
	for e, err := range h.Log.ReadAll(t.Context(), after, 0) {
		require.NoError(t, err)
		payload, err := event.Decode(e)
		require.NoError(t, err)
		batch = append(batch, projections.Event{Event: &e, Payload: payload})
	}
	return batch
}

// An event that cannot stand there stops the projection exactly before it, though others of its
// batch are being read, folded and written at that moment.
func TestAnEventAmongManyStopsExactlyBefore(t *testing.T) {
	t.Parallel()
	pool := projectiontest.Open(t, pgtest.DB(t))
	h := projectiontest.New(t)
	ids := hired(h, crowd)
	r := newRunner(t, pool, h)
	require.NoError(t, r.CatchUp(t.Context()))
	const good = 800
	for _, id := range ids[:good] {
		report(h, id, school)
	}
	at := h.Append(ledger.PersonStream(ids[good]), &event.PayerRegistered{Office: "101"})
	for _, id := range ids[good+1:] {
		report(h, id, school)
	}
	var stopped *projections.StoppedError
	require.ErrorAs(t, r.CatchUp(t.Context()), &stopped)
	require.Equal(t, at, stopped.Position)
	var reported int
	require.NoError(t, pool.QueryRow(t.Context(),
		"select count(*) from account_v4.person where newest > 0").Scan(&reported))
	require.Equal(t, good, reported)
}

// Without a second connection the first one does it all.
func TestOneConnectionIsEnough(t *testing.T) {
	t.Parallel()
	config, err := pgxpool.ParseConfig(pgtest.DB(t))
	require.NoError(t, err)
	config.MaxConns = 1
	pool, err := pgxpool.NewWithConfig(t.Context(), config)
	require.NoError(t, err)
	t.Cleanup(pool.Close)
	h := projectiontest.New(t)
	for _, id := range hired(h, crowd) {
		report(h, id, school)
	}
	require.NoError(t, newRunner(t, pool, h).CatchUp(t.Context()))
	replayed(t, newRunner(t, projectiontest.Open(t, config.ConnString()), h))
}
