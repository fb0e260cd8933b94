package projectiontest

import (
	"context"
	"log/slog"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"

	"github.com/stazh/stazh/projections"
)

// Open connects to a database until the test ends.
func Open(t testing.TB, url string) *pgxpool.Pool {
	t.Helper()
	pool, err := pgxpool.New(context.Background(), url)
	require.NoError(t, err)
	t.Cleanup(pool.Close)
	return pool
}

// CatchUp projects all that the history holds by now.
func CatchUp(t testing.TB, pool *pgxpool.Pool, h *History, p projections.Projection) {
	t.Helper()
	r, err := projections.NewRunner(pool, h.Log, projections.Options{
		Logger: slog.New(slog.DiscardHandler),
		Clock:  func() time.Time { return time.Time{} },
		Batch:  3, // small, so that states are stored and loaded again
	}, p)
	require.NoError(t, err)
	require.NoError(t, r.CatchUp(t.Context()))
}
