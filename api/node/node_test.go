package node_test

import (
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/stazh/stazh/api/node"
	"github.com/stazh/stazh/commands"
	"github.com/stazh/stazh/fixtures/pgtest"
	"github.com/stazh/stazh/ledger"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

func TestOpensTwiceOnOneDatabase(t *testing.T) {
	t.Parallel()
	cfg := node.Config{Dir: t.TempDir(), DatabaseURL: pgtest.DB(t), Clock: time.Now,
		Logger: slog.New(slog.NewTextHandler(t.Output(), nil))}
	var heads []uint64
	for range 2 {
		n, err := node.Open(t.Context(), cfg)
		require.NoError(t, err)
		n.Follow(t.Context())
		head, err := n.Log.Head(t.Context())
		require.NoError(t, err)
		heads = append(heads, uint64(head))
		require.NoError(t, n.Runner.WaitFor(t.Context(), "reporting", head))
		require.NoError(t, n.Close(t.Context()))
	}
	require.Positive(t, heads[0], "the law is published")
	require.Equal(t, heads[0], heads[1], "once")
}

// In the first moment of a start the read models are not there yet: nobody complains of it.
func TestAFirstStartWarnsOfNothing(t *testing.T) {
	t.Parallel()
	var said strings.Builder
	n, err := node.Open(t.Context(), node.Config{Dir: t.TempDir(), DatabaseURL: pgtest.DB(t),
		Clock: time.Now, Logger: slog.New(slog.NewTextHandler(&said,
			&slog.HandlerOptions{Level: slog.LevelWarn}))})
	require.NoError(t, err)
	_, err = n.Models.Unfinished(t.Context(), 1)
	require.ErrorIs(t, err, commands.ErrListNotMade, "nobody builds them")
	_, err = n.Models.Reported(t.Context(), "100000001", 2018, "", "", ledger.PersonID{}, 1)
	var refusal *commands.Error
	require.ErrorAs(t, err, &refusal, "nor is it a fault to those who ask for a list")
	require.Equal(t, commands.Unavailable, refusal.Kind)
	n.Follow(t.Context())
	list, err := n.Models.Unfinished(t.Context(), 1)
	require.NoError(t, err, "it waits")
	require.Empty(t, list)
	_, err = n.Models.Awaiting(t.Context(), "", 0, 0, 0)
	require.NoError(t, err)
	require.NoError(t, n.Close(t.Context()))
	require.Empty(t, said.String())
}

// A node seals full partitions by itself; what comes after works on sealed events.
func TestSeals(t *testing.T) {
	t.Parallel()
	cfg := node.Config{Dir: t.TempDir(), DatabaseURL: pgtest.DB(t), Clock: time.Now,
		PartitionRows: 60, Logger: slog.New(slog.NewTextHandler(t.Output(), nil))}
	n, err := node.Open(t.Context(), cfg)
	require.NoError(t, err)
	n.Follow(t.Context())
	var last int64
	require.Eventually(t, func() bool {
		err := n.Pool.QueryRow(t.Context(),
			`SELECT coalesce(max(upper), 0) FROM ledger.event_sealed`).Scan(&last)
		return err == nil && last > 100
	}, 2*time.Minute, 20*time.Millisecond)
	require.NoError(t, n.Close(t.Context()))

	n, err = node.Open(t.Context(), cfg)
	require.NoError(t, err)
	defer func() { require.NoError(t, n.Close(t.Context())) }()
	head, err := n.Log.Head(t.Context())
	require.NoError(t, err)
	law := 0
	for _, err := range n.Log.ReadStreams(t.Context(), ledger.Law) {
		require.NoError(t, err)
		law++
	}
	require.EqualValues(t, head, law, "the law is found again, and not published twice")
}
