package filer_test

import (
	"context"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/stazh/stazh/fixtures/pgtest"
	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/ledger/account"
	"github.com/stazh/stazh/ledger/event"
	"github.com/stazh/stazh/projections/balance"
	"github.com/stazh/stazh/projections/filer"
	"github.com/stazh/stazh/projections/filing"
	"github.com/stazh/stazh/projections/projectiontest"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

// folded are the folds of a payer's stream up to a position.
func folded(t require.TestingT, log ledger.Log, unp string, upTo ledger.Position,
) (*account.Payer, *account.Filings) {
	payer, filings := account.NewPayer(unp), account.NewFilings()
	for e, err := range log.ReadStreams(context.Background(), ledger.PayerStream(unp)) {
		require.NoError(t, err)
		if e.Position > upTo {
			break
		}
		payload, err := event.Decode(e)
		require.NoError(t, err)
		payer.Apply(e, payload)
		filings.Apply(e, payload)
	}
	return payer, filings
}

func head(t require.TestingT, log ledger.Log) ledger.Position {
	at, err := log.Head(context.Background())
	require.NoError(t, err)
	return at
}

// agree compares what is stored of all payers with what the ledger says up to a position.
func agree(t require.TestingT, pool *pgxpool.Pool, log ledger.Log, upTo ledger.Position) {
	folds := filer.NewFolds(pool)
	for _, unp := range projectiontest.Payers {
		payer, filings, err := folds.Payer(context.Background(), unp)
		require.NoError(t, err)
		want, all := folded(t, log, unp, upTo)
		if want.Revision == ledger.NoStream {
			require.Nil(t, payer)
			continue
		}
		require.Empty(t, cmp.Diff(want, payer, cmpopts.EquateEmpty()))
		require.Empty(t, cmp.Diff(all, filings, cmpopts.EquateEmpty()))
	}
}

// What is stored of a payer is what its stream says as of where the balances stand, and nothing
// while the filings are behind that.
func TestStoredPayersAreWhatTheLedgerSays(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		pool := projectiontest.Open(t, pgtest.DB(t))
		h := projectiontest.New(t)
		r := projectiontest.NewRandom(h)
		folds := filer.NewFolds(pool)
		payer, _, err := folds.Payer(t.Context(), projectiontest.Payers[0])
		require.NoError(rt, err, "nothing is built yet")
		require.Nil(rt, payer)
		r.Append(rt, rapid.IntRange(1, 30).Draw(rt, "facts"))
		r.AppendReports(rt, rapid.IntRange(1, 30).Draw(rt, "reports"))
		projectiontest.CatchUp(t, pool, h, balance.New())
		projectiontest.CatchUp(t, pool, h, filing.New())
		upTo := head(rt, h.Log)
		agree(rt, pool, h.Log, upTo)
		late := projectiontest.Payers[0]
		h.Append(ledger.PayerStream(late), &event.PayerDeregistered{})
		agree(rt, pool, h.Log, upTo)
		projectiontest.CatchUp(t, pool, h, balance.New())
		payer, filings, err := folds.Payer(t.Context(), late)
		require.NoError(rt, err)
		require.Nil(rt, payer, "the filings are behind")
		require.Nil(rt, filings)
		projectiontest.CatchUp(t, pool, h, filing.New())
		agree(rt, pool, h.Log, head(rt, h.Log))
	})
}
