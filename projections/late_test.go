package projections_test

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"

	"github.com/stazh/stazh/fixtures/pgtest"
	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/ledger/event"
	"github.com/stazh/stazh/ledger/money"
	"github.com/stazh/stazh/ledger/pglog"
	"github.com/stazh/stazh/projections"
	"github.com/stazh/stazh/projections/balance"
	"github.com/stazh/stazh/projections/projectiontest"
)

// handled is a projection that notes every event under its position: an event that comes
// twice is refused by the key, one that never comes leaves a gap.
type handled struct{ *counter }

func newHandled() handled {
	return handled{&counter{name: "handled", version: 1,
		ddl: "create table seen (position bigint primary key, amount bigint not null)"}}
}

func (handled) Tables() []projections.Table {
	return []projections.Table{{Name: "seen", Key: []string{"position"}}}
}

func (handled) Apply(ctx context.Context, tx pgx.Tx, batch []projections.Event) error {
	rows := projections.NewRows()
	for i := range batch {
		amount := int64(0)
		if f, ok := batch[i].Payload.(*event.PaymentReceived); ok {
			amount = int64(f.Amount)
		}
		rows.Table("seen", 2)
		rows.Int64(int64(batch[i].Position))
		rows.Int64(amount)
	}
	return rows.Insert(ctx, tx)
}

// openTransaction begins a transaction that has written, and therefore holds a number that
// snapshots see as unfinished, and leaves it idle until the test ends.
func openTransaction(t testing.TB, url string) {
	t.Helper()
	ctx := context.Background()
	conn, err := pgx.Connect(ctx, url)
	require.NoError(t, err)
	tx, err := conn.Begin(ctx)
	require.NoError(t, err)
	_, err = tx.Exec(ctx, "create table unfinished (n bigint); insert into unfinished values (1)")
	require.NoError(t, err)
	t.Cleanup(func() {
		require.NoError(t, tx.Rollback(ctx))
		require.NoError(t, conn.Close(ctx))
	})
}

const (
	lateWriters = 64
	lateRounds  = 6
	lateEach    = 4 // events of a writer in a round
)

// While other sessions stay idle in their transactions, in this and in another database of
// the same server, 64 writers append. After every round each projection comes to the new
// head, with the transactions still open, so that no lag can build up; in the end every
// event was handled exactly once, and the sums are those of the log.
func TestNoEventIsLostOrLateBesideOpenTransactions(t *testing.T) {
	t.Parallel()
	url := pgtest.DB(t)
	pool := open(t, url)
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	t.Cleanup(cancel)
	require.NoError(t, pglog.Migrate(ctx, pool))
	log, err := pglog.Open(ctx, pool, pglog.Options{Clock: time.Now})
	require.NoError(t, err)
	t.Cleanup(log.Close)
	h := projectiontest.On(t, log)
	noted := newHandled()
	r := runner(t, pool, log, 0, append(all(h), projections.Projection(noted))...)
	start(t, r)
	openTransaction(t, url)
	openTransaction(t, pgtest.DB(t))

	for round := range lateRounds {
		var writers sync.WaitGroup
		for w := range lateWriters {
			writers.Go(func() { payInRound(ctx, t, log, w, round) })
		}
		writers.Wait()
		last := head(t, log)
		require.Equal(t, ledger.Position((round+1)*lateWriters*lateEach), last)
		for _, name := range r.Names() {
			require.NoError(t, r.WaitFor(ctx, name, last), "while the transactions are open")
		}
	}
	requireHandled(ctx, t, pool, log, noted)
}

func lateUNP(writer int) string { return fmt.Sprintf("1%08d", writer) }

func lateAmount(writer, n int) money.Amount { return money.Amount(1 + writer*1000 + n) }

// payInRound appends the payments of one writer, one after another, each of another amount.
func payInRound(ctx context.Context, t *testing.T, log ledger.Log, writer, round int) {
	for i := range lateEach {
		n := round*lateEach + i
		ref := ledger.DeterministicID("late", writer, n)
		_, err := log.Append(ctx, ledger.StreamAppend{Stream: ledger.PayerStream(lateUNP(writer)),
			Expected: ledger.Revision(n - 1), Events: []ledger.NewEvent{event.New(ref,
				ledger.Meta{}, &event.PaymentReceived{BankRef: ref.String(),
					Amount: lateAmount(writer, n)})}})
		if err != nil {
			t.Errorf("append: %v", err)
			return
		}
	}
}

// requireHandled compares what was handled with the log: every position once, all amounts.
func requireHandled(ctx context.Context, t *testing.T, pool *pgxpool.Pool, log ledger.Log,
	noted handled) {
	t.Helper()
	var events, sum, count, first, last, total int64
	for e, err := range log.ReadAll(ctx, 0, 0) {
		require.NoError(t, err)
		payload, err := event.Decode(e)
		require.NoError(t, err)
		events++
		sum += int64(payload.(*event.PaymentReceived).Amount)
	}
	_, err := projections.NewReader(pool, noted).Read(ctx, func(tx pgx.Tx) error {
		return tx.QueryRow(ctx, `select count(*), min(position), max(position),
			sum(amount)::bigint from seen`).Scan(&count, &first, &last, &total)
	})
	require.NoError(t, err)
	require.Equal(t, []int64{events, 1, events, sum}, []int64{count, first, last, total})
	paid := int64(0)
	for w := range lateWriters {
		payer, at, err := balance.NewQueries(pool).Payer(ctx, lateUNP(w))
		require.NoError(t, err)
		require.EqualValues(t, events, at)
		paid += int64(payer.Paid())
	}
	require.Equal(t, sum, paid)
}
