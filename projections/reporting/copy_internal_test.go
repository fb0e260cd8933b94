package reporting

import (
	"context"
	"log/slog"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/stazh/stazh/fixtures/pgtest"
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
