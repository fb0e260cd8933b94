package projections_test

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/stazh/stazh/fixtures/pgtest"
	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/ledger/event"
	"github.com/stazh/stazh/ledger/pglog"
	"github.com/stazh/stazh/projections"
	"github.com/stazh/stazh/projections/balance"
	"github.com/stazh/stazh/projections/projectiontest"
)

// With the ledger in Postgres and many writers at once, everything that was recorded is
// projected, once, and readable a moment later.
func TestOnTheLedgerInPostgres(t *testing.T) {
	t.Parallel()
	url := pgtest.DB(t)
	pool := open(t, url)
	ctx := limited(t)
	require.NoError(t, pglog.Migrate(ctx, pool))
	log, err := pglog.Open(ctx, pool, pglog.Options{Clock: time.Now})
	require.NoError(t, err)
	t.Cleanup(log.Close)
	h := projectiontest.On(t, log)
	for _, unp := range projectiontest.Payers {
		h.RegisterPayer(unp, "101", "Завод", 0)
	}
	c := newCounter()
	r := runner(t, pool, log, 0, append(all(h), projections.Projection(c))...)
	start(t, r)

	var writers sync.WaitGroup
	for _, unp := range projectiontest.Payers {
		writers.Go(func() { write(ctx, t, log, unp) })
	}
	writers.Wait()
	last := head(t, log)
	require.Equal(t, ledger.Position(3+3*paymentsEach), last)
	for _, name := range r.Names() {
		require.NoError(t, r.WaitFor(ctx, name, last))
	}
	n, _ := count(t, pool, c)
	require.EqualValues(t, last, n)
	payer, at, err := balance.NewQueries(pool).Payer(ctx, projectiontest.Payers[0])
	require.NoError(t, err)
	require.Equal(t, last, at)
	require.EqualValues(t, 100*paymentsEach, payer.Paid())

	found, report, err := r.Replay(ctx, nil)
	require.NoError(t, err)
	require.Empty(t, found)
	require.Equal(t, last, report.Events)
	require.Equal(t, 3, report.Streams)
}

const paymentsEach = 40

// write pays one after another, as one client does.
func write(ctx context.Context, t *testing.T, log ledger.Log, unp string) {
	for i := range paymentsEach {
		ref := ledger.DeterministicID(unp, i)
		_, err := log.Append(ctx, ledger.StreamAppend{Stream: ledger.PayerStream(unp),
			Expected: ledger.Revision(i), Events: []ledger.NewEvent{event.New(ref, ledger.Meta{},
				&event.PaymentReceived{BankRef: ref.String(), Amount: 100})}})
		if err != nil {
			t.Errorf("append: %v", err)
			return
		}
	}
}

// A replay refuses a ledger in which somebody who took the triggers away changed an event,
// its place in the chain, or left one out.
func TestReplayRefusesAChangedLedger(t *testing.T) {
	t.Parallel()
	const off = `ALTER TABLE ledger.event DISABLE TRIGGER ALL;
		ALTER TABLE ledger.event_1 DISABLE TRIGGER ALL;`
	cases := []struct{ name, sql, message string }{
		{"byte of an event", `UPDATE ledger.event SET record = set_byte(record, 12, 1 +
			get_byte(record, 12) % 200) WHERE position = 4`,
			"head of stream payer-100000001 at revision 1 does not match its bytes"},
		{"head", `UPDATE ledger.event SET head = sha256(head) WHERE position = 4`,
			"head of stream payer-100000001 at revision 1 does not match its bytes"},
		{"last event", `DELETE FROM ledger.event WHERE position = 6`,
			"5 events are there up to position 6"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			pool := open(t, pgtest.DB(t))
			ctx := limited(t)
			require.NoError(t, pglog.Migrate(ctx, pool))
			log, err := pglog.Open(ctx, pool, pglog.Options{Clock: time.Now})
			require.NoError(t, err)
			t.Cleanup(log.Close)
			h := projectiontest.On(t, log)
			for range 2 {
				for _, unp := range projectiontest.Payers {
					h.RegisterPayer(unp, "101", "Завод", 0)
				}
			}
			r := runner(t, pool, log, 0, all(h)...)
			require.NoError(t, r.CatchUp(ctx))
			_, err = pool.Exec(ctx, off+c.sql)
			require.NoError(t, err)
			_, _, err = r.Replay(ctx, nil)
			require.ErrorIs(t, err, ledger.ErrCorrupt)
			require.ErrorContains(t, err, c.message)
			require.Empty(t, leftovers(t, pool))
		})
	}
}
