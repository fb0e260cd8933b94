package node_test

import (
	"flag"
	"log/slog"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/sync/errgroup"

	"github.com/stazh/stazh/api/node"
	"github.com/stazh/stazh/fixtures/history"
	"github.com/stazh/stazh/fixtures/pgtest"
)

var (
	histories = flag.Int("histories", 12, "how many random histories are lived and checked")
	steps     = flag.Int("steps", 60, "how many steps each of them has")
	between   = flag.Int("between", 30, "how many steps lie between two checks of everything")
	firstSeed = flag.Uint64("seed", 1, "seed of the first")
)

// TestRandomHistories lives random histories on one Postgres, all at the same time, with all
// read models following, and checks what must hold of every ledger; the read models of the
// end are then compared with a replay. `make histories` lives a thousand of 500 steps.
func TestRandomHistories(t *testing.T) {
	n, err := node.Open(t.Context(), node.Config{Dir: t.TempDir(), DatabaseURL: pgtest.DB(t),
		Clock: time.Now, Demo: true, Logger: slog.New(slog.NewTextHandler(t.Output(), nil))})
	require.NoError(t, err)
	n.Follow(t.Context())
	t.Cleanup(func() { require.NoError(t, n.Close(t.Context())) })
	var all history.Report
	var mu sync.Mutex
	group, ctx := errgroup.WithContext(t.Context())
	group.SetLimit(8)
	for i := range *histories {
		group.Go(func() error {
			r, err := history.Run(ctx, history.Options{Bus: n.Bus, Steps: *steps,
				Seed: *firstSeed + uint64(i), CheckEvery: *between}) //nolint:gosec // small
			mu.Lock()
			defer mu.Unlock()
			all.Add(r)
			return err
		})
	}
	require.NoError(t, group.Wait())
	t.Log(all)
	require.Positive(t, all.Undone)
	require.Positive(t, all.Decisions)
	require.Positive(t, all.Special)
	require.Less(t, all.Documents/2, all.Accepted, "most documents are right")

	differences, report, err := n.Runner.Replay(t.Context(), nil)
	require.NoError(t, err)
	require.Empty(t, differences)
	t.Logf("%d events replayed, %d differences", report.Events, report.Differences)
}
