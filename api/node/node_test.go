package node_test

import (
	"log/slog"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/stazh/stazh/api/node"
	"github.com/stazh/stazh/fixtures/pgtest"
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
