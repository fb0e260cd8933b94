package projections_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/stazh/stazh/fixtures/pgtest"
	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/projections/balance"
	"github.com/stazh/stazh/projections/projectiontest"
)

// Empty tables of a long ledger are filled at once; when that fails, all that stands
// before the event that fails is still projected, and the event is named.
func TestFillingAtOnceStopsWhereBatchesStop(t *testing.T) {
	t.Parallel()
	pool := open(t, pgtest.DB(t))
	h := projectiontest.New(t)
	pay(h, 64)
	h.AppendRaw(ledger.PayerStream(unp), "payer.abolished.v9", []byte{1})
	pay(h, 5)
	err := runner(t, pool, h.Log, 3, balance.New()).CatchUp(t.Context())
	require.ErrorIs(t, err, ledger.ErrUnknownType)
	require.ErrorContains(t, err, `stopped before event 65 (type "payer.abolished.v9")`)
	payer, at, err := balance.NewQueries(pool).Payer(t.Context(), unp)
	require.Error(t, err, "not shown before it has caught up: %v at %d", payer, at)
	var position int64
	require.NoError(t, pool.QueryRow(t.Context(),
		"select position from projection.checkpoint where name = 'balance'").Scan(&position))
	require.EqualValues(t, 64, position)
	require.Empty(t, leftovers(t, pool))
}
