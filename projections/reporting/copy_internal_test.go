package reporting

import (
	"context"
	"log/slog"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/stazh/stazh/fixtures/pgtest"
	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/ledger/event"
	"github.com/stazh/stazh/ledger/period"
	"github.com/stazh/stazh/projections"
	"github.com/stazh/stazh/projections/projectiontest"
)

// TestTotalsFromMemory follows random histories and compares what memory answers with what
// the table does: each list, page by page, and its position; also after a rebuild.
func TestTotalsFromMemory(t *testing.T) {
	t.Parallel()
	pool := projectiontest.Open(t, pgtest.DB(t))
	held, plain := NewQueries(pool), NewQueries(pool)
	h := projectiontest.New(t)
	runner, err := projections.NewRunner(pool, h.Log, projections.Options{Clock: time.Now,
		Logger:   slog.New(slog.DiscardHandler),
		Watchers: map[string]projections.Watcher{"reporting": held}}, New())
	require.NoError(t, err)
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- runner.Run(ctx) }()
	defer func() { stop(); require.NoError(t, <-ended) }()

	none, individual := AnyForm, Individual
	filters := []Filter{{}, {Scope: Country}, {Scope: Office}, {Scope: Region, Code: "1"},
		{Scope: Office, Code: "102"}, {Code: "102"}, {Scope: Office, Form: &none},
		{Form: &individual}, {Year: 2026}, {Scope: Country, Year: 2026, Quarter: 1}, {Quarter: 4}}
	compare := func(memory ...bool) { // whether memory answers, where that is certain
		for _, f := range filters {
			for _, limit := range []int{0, 2} {
				for cursor := ""; ; {
					want, err := plain.Totals(t.Context(), f, cursor, limit)
					require.NoError(t, err)
					_, _, whole := held.copy.list(f, Total{}, 1)
					if len(memory) > 0 {
						require.Equal(t, memory[0], whole)
					}
					got, err := held.Totals(t.Context(), f, cursor, limit)
					require.NoError(t, err)
					require.Equal(t, want, got, "%+v after %q", f, cursor)
					if cursor = got.Next; cursor == "" {
						break
					}
				}
			}
		}
	}
	follow := func() {
		head, err := h.Log.Head(t.Context())
		require.NoError(t, err)
		require.NoError(t, runner.WaitFor(t.Context(), "reporting", head))
	}
	random := projectiontest.NewRandom(h)
	h.RegisterPayer("100000001", "102", "Завод", 0)
	follow()
	_, _, whole := held.copy.list(Filter{}, Total{}, 1)
	require.False(t, whole, "nobody had asked yet")
	require.Eventually(t, func() bool { // while nobody hands the table on
		_, err := held.Totals(t.Context(), Filter{}, "", 0)
		require.NoError(t, err)
		_, _, whole := held.copy.list(Filter{}, Total{}, 1)
		return whole
	}, 10*time.Second, time.Millisecond, "no batch has come since")
	compare()
	h.RegisterPayer("200000002", "602", "Школа", 0)
	follow()
	rapid.Check(t, func(r *rapid.T) {
		random.Append(r, rapid.IntRange(1, 12).Draw(r, "events"))
		follow()
		compare(true)
	})
	require.NoError(t, runner.Rebuild(t.Context(), "reporting", nil))
	compare()
	h.RegisterPayer("300000003", "101", "Ферма", 0)
	follow()
	compare(true)
}

// TestTotalsAreNotFilledForAnother: what is read for the first who asks is not kept when the
// table is somebody else's by then, as nobody would take over what changes.
func TestTotalsAreNotFilledForAnother(t *testing.T) {
	t.Parallel()
	pool := projectiontest.Open(t, pgtest.DB(t))
	h := projectiontest.New(t)
	h.RegisterPayer("100000001", "102", "Завод", 0)
	projectiontest.CatchUp(t, pool, h, New())
	q := NewQueries(pool)
	q.Moved(t.Context())
	_, err := q.Totals(t.Context(), Filter{}, "", 0)
	require.NoError(t, err)
	require.True(t, q.copy.whole)
	q.Lost()
	require.False(t, q.fill(t.Context()))
	q.refresh(t.Context(), true) // of a reader who had looked before the table was lost
	require.False(t, q.copy.whole)
	q.Moved(t.Context())
	require.True(t, q.copy.whole, "somebody has asked")
}

// TestWhoAsksDoesNotWaitForAnotherReading: a reading that does not come to its end keeps nobody
// from asking the table, and what could not be taken over in time is not remembered.
func TestWhoAsksDoesNotWaitForAnotherReading(t *testing.T) {
	t.Parallel()
	pool := projectiontest.Open(t, pgtest.DB(t))
	h := projectiontest.New(t)
	h.RegisterPayer("100000001", "102", "Завод", 0)
	h.Append(ledger.PayerStream("100000001"),
		&event.PaymentReceived{BankRef: "1", Amount: 100, ValueDate: period.MustDate("2026-02-01")})
	projectiontest.CatchUp(t, pool, h, New())
	q := NewQueries(pool)
	q.Moved(t.Context())
	q.copy.refreshing <- struct{}{} // somebody reads
	page, err := q.Totals(t.Context(), Filter{}, "", 0)
	require.NoError(t, err)
	require.NotEmpty(t, page.Items)
	require.False(t, q.copy.whole)
	<-q.copy.refreshing
	_, err = q.Totals(t.Context(), Filter{}, "", 0)
	require.NoError(t, err)
	require.True(t, q.copy.whole)
	q.copy.refreshing <- struct{}{}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	q.Moved(ended)
	require.False(t, q.copy.whole)
}

// TestTotalsFromMemoryOfAListener: a process that only hears of what another one projects
// answers as the table does at every position that was waited for, while a third process
// rebuilds the table again and again.
func TestTotalsFromMemoryOfAListener(t *testing.T) {
	t.Parallel()
	url := pgtest.DB(t)
	h := projectiontest.New(t)
	h.RegisterPayer("100000001", "102", "Завод", 0)
	following, listening := newHolder(t, url, h), newHolder(t, url, h)
	following.run(t, following.runner.Run)
	listening.run(t, listening.runner.Listen)
	random, plain := projectiontest.NewRandom(h), NewQueries(projectiontest.Open(t, url))
	third := newHolder(t, url, h)
	limited, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	requireAlike := func(t require.TestingT, inMemory *int) {
		head, err := h.Log.Head(limited)
		require.NoError(t, err)
		for _, x := range []*holder{listening, following} {
			require.NoError(t, x.runner.WaitFor(limited, "reporting", head))
			_, _, whole := x.copy.list(Filter{}, Total{}, 1)
			got, err := x.Totals(limited, Filter{}, "", 0)
			require.NoError(t, err)
			want, err := plain.Totals(limited, Filter{}, "", 0)
			require.NoError(t, err)
			require.Equal(t, want, got)
			if whole && x == listening {
				*inMemory++
			}
		}
	}
	var beside, alone int
	requireAlike(t, &beside) // and so the table is there
	ctx, stop := context.WithCancel(limited)
	rebuilt := make(chan error, 1)
	go func() {
		for ctx.Err() == nil {
			if err := third.runner.Rebuild(limited, "reporting", nil); err != nil {
				rebuilt <- err
				return
			}
		}
		rebuilt <- nil
	}()
	rapid.Check(t, func(r *rapid.T) {
		random.Append(r, rapid.IntRange(1, 12).Draw(r, "events"))
		requireAlike(r, &beside)
	})
	stop()
	require.NoError(t, <-rebuilt)
	rapid.Check(t, func(r *rapid.T) {
		random.Append(r, rapid.IntRange(1, 12).Draw(r, "events"))
		requireAlike(r, &alone)
	})
	require.Positive(t, alone, "memory never answered")
	t.Logf("answered from memory %d times beside rebuilds, %d times alone", beside, alone)
}

// TestARebuildMendsWhatOthersRemember: rows that were spoiled in the table and are in memory
// elsewhere are right again once a process of its own has built them anew, without any event.
func TestARebuildMendsWhatOthersRemember(t *testing.T) {
	t.Parallel()
	url := pgtest.DB(t)
	h := projectiontest.New(t)
	h.RegisterPayer("100000001", "102", "Завод", 0)
	h.Append(ledger.PayerStream("100000001"),
		&event.PaymentReceived{BankRef: "1", Amount: 100, ValueDate: period.MustDate("2026-02-01")})
	pool := projectiontest.Open(t, url)
	projectiontest.CatchUp(t, pool, h, New())
	right, err := NewQueries(pool).Totals(t.Context(), Filter{}, "", 0)
	require.NoError(t, err)
	_, err = pool.Exec(t.Context(), "update reporting_v2.total set received = received + 1")
	require.NoError(t, err)
	wrong, err := NewQueries(pool).Totals(t.Context(), Filter{}, "", 0)
	require.NoError(t, err)
	require.NotEqual(t, right, wrong)
	following, listening := newHolder(t, url, h), newHolder(t, url, h)
	following.run(t, following.runner.Run)
	listening.run(t, listening.runner.Listen)
	remember := func(want projections.Page[Total]) {
		for _, x := range []*holder{listening, following} {
			require.Eventually(t, func() bool {
				got, err := x.Totals(t.Context(), Filter{}, "", 0)
				require.NoError(t, err)
				_, _, whole := x.copy.list(Filter{}, Total{}, 1)
				return whole && cmp.Equal(want, got)
			}, 20*time.Second, time.Millisecond)
		}
	}
	remember(wrong)
	require.NoError(t, newHolder(t, url, h).runner.Rebuild(t.Context(), "reporting", nil))
	remember(right)
}

// holder is queries that remember, and the runner that tells them, as a server has.
type holder struct {
	*Queries
	runner *projections.Runner
}

func newHolder(t *testing.T, url string, h *projectiontest.History) *holder {
	t.Helper()
	pool := projectiontest.Open(t, url)
	q := NewQueries(pool)
	runner, err := projections.NewRunner(pool, h.Log, projections.Options{Clock: time.Now,
		Logger:   slog.New(slog.DiscardHandler),
		Watchers: map[string]projections.Watcher{"reporting": q}}, New())
	require.NoError(t, err)
	return &holder{q, runner}
}

// run follows or listens until the end of the test.
func (*holder) run(t *testing.T, do func(context.Context) error) {
	t.Helper()
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- do(ctx) }()
	t.Cleanup(func() { stop(); require.NoError(t, <-ended) })
}
