package balance_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/stazh/stazh/fixtures/pgtest"
	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/ledger/event"
	"github.com/stazh/stazh/ledger/period"
	"github.com/stazh/stazh/projections/balance"
	"github.com/stazh/stazh/projections/projectiontest"
)

// Suspended payments are listed, the oldest first, until they are matched or returned.
func TestSuspendedPayments(t *testing.T) {
	t.Parallel()
	pool := projectiontest.Open(t, pgtest.DB(t))
	h := projectiontest.New(t)
	const treasury = "100000007"
	stream := ledger.PayerStream(treasury)
	h.RegisterPayer(treasury, "501", "Казначейство", 0)
	suspended := func(ref, on string) *event.PaymentSuspended {
		return &event.PaymentSuspended{BankRef: ref, ValueDate: period.MustDate(on), Amount: 100,
			Payer: "200988542", Reason: "SPF-801", Receipt: "R", DocNo: 3}
	}
	h.Append(stream, suspended("b", "2018-03-02"), suspended("a", "2018-03-01"))
	projectiontest.CatchUp(t, pool, h, balance.New())
	h.Append(stream, suspended("c", "2018-03-02"), suspended("d", "2018-03-04"))
	projectiontest.CatchUp(t, pool, h, balance.New())
	queries := balance.NewQueries(pool)
	refs := func(filter balance.Filter) (list []string) {
		for cursor := ""; ; {
			page, err := queries.Suspended(t.Context(), filter, cursor, 2)
			require.NoError(t, err)
			for _, x := range page.Items {
				list = append(list, x.BankRef)
			}
			if cursor = page.Next; cursor == "" {
				return list
			}
		}
	}
	require.Equal(t, []string{"a", "b", "c", "d"}, refs(balance.Filter{}))
	require.Empty(t, refs(balance.Filter{Office: "502"}))
	page, err := queries.Suspended(t.Context(), balance.Filter{Office: "501"}, "", 1)
	require.NoError(t, err)
	require.Equal(t, balance.Suspended{Treasury: treasury, BankRef: "a", Office: "501",
		ValueDate: period.MustDate("2018-03-01"), Amount: 100, Payer: "200988542",
		Reason: "SPF-801", Receipt: "R", DocNo: 3, Position: 3}, page.Items[0])

	h.Append(stream, &event.SuspendedPaymentMatched{BankRef: "b",
		Parts: []event.MatchedPart{{Payer: "100000001", Amount: 100}}},
		&event.PaymentReturned{BankRef: "d", Amount: 100, Suspended: true,
			On: period.MustDate("2018-03-08")})
	projectiontest.CatchUp(t, pool, h, balance.New())
	require.Equal(t, []string{"a", "c"}, refs(balance.Filter{}))

	accounts, err := queries.Accounts(t.Context(), balance.Filter{Region: "5"}, "", 5)
	require.NoError(t, err)
	require.Len(t, accounts.Items, 1)
	require.Len(t, accounts.Items[0].Payer.Suspended, 4)
	require.EqualValues(t, 7, accounts.Position)
}
