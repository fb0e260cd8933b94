package balance_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/stazh/stazh/fixtures/pgtest"
	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/ledger/account"
	"github.com/stazh/stazh/ledger/event"
	"github.com/stazh/stazh/ledger/money"
	"github.com/stazh/stazh/ledger/period"
	"github.com/stazh/stazh/projections"
	"github.com/stazh/stazh/projections/balance"
	"github.com/stazh/stazh/projections/projectiontest"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

const factory = "100000001"

func TestPayerIsTheFold(t *testing.T) {
	t.Parallel()
	pool := projectiontest.Open(t, pgtest.DB(t))
	h := projectiontest.New(t)
	stream := ledger.PayerStream(factory)
	h.RegisterPayer(factory, "101", "Завод", period.MustDate("2020-01-01"))
	january := period.MustMonth("2026-01")
	h.Append(stream, &event.LiabilityAssessed{Month: january, Withheld: 100, Pension: 2800})
	projectiontest.CatchUp(t, pool, h, balance.New())
	h.Append(stream, &event.LiabilityAssessed{Month: january, Withheld: 200, Pension: 5600},
		&event.PaymentReceived{BankRef: "1", Amount: 2000},
		&event.PaymentReceived{BankRef: "2", Amount: 500})
	h.Receive(factory) // belongs to another fold, and moves the revision all the same
	projectiontest.CatchUp(t, pool, h, balance.New())

	want := account.NewPayer(factory)
	for e, err := range h.Log.ReadStreams(t.Context(), stream) {
		require.NoError(t, err)
		payload, err := event.Decode(e)
		require.NoError(t, err)
		want.Apply(e, payload)
	}
	queries := balance.NewQueries(pool)
	payer, position, err := queries.Payer(t.Context(), factory)
	require.NoError(t, err)
	require.Equal(t, want, payer)
	require.EqualValues(t, 6, position)
	require.EqualValues(t, 5, payer.Revision)

	page, err := queries.List(t.Context(), balance.Filter{}, "", 0)
	require.NoError(t, err)
	require.Equal(t, []balance.Summary{{UNP: factory, Name: "Завод", Office: "101",
		Kind: "employer", Assessed: money.MustParse("58.00"), Paid: money.MustParse("25.00")}},
		page.Items)
	_, _, err = queries.Payer(t.Context(), "999999999")
	require.ErrorIs(t, err, projections.ErrNotFound)
}

func TestListByOfficeAndRegion(t *testing.T) {
	t.Parallel()
	pool := projectiontest.Open(t, pgtest.DB(t))
	h := projectiontest.New(t)
	for i, office := range []string{"101", "102", "102", "201", "101", "102"} {
		h.RegisterPayer(fmt.Sprintf("10000000%d", i), office, "Завод", 0)
	}
	h.Receive("100000009") // not registered: not in the list
	projectiontest.CatchUp(t, pool, h, balance.New())
	queries := balance.NewQueries(pool)
	for name, x := range map[string]struct {
		filter balance.Filter
		want   []string
	}{
		"country": {balance.Filter{},
			[]string{"100000000", "100000004", "100000001", "100000002", "100000005", "100000003"}},
		"region": {balance.Filter{Region: "1"},
			[]string{"100000000", "100000004", "100000001", "100000002", "100000005"}},
		"office": {balance.Filter{Office: "102"}, []string{"100000001", "100000002", "100000005"}},
		"empty":  {balance.Filter{Office: "103"}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			var got []string
			for cursor := ""; ; {
				page, err := queries.List(t.Context(), x.filter, cursor, 2)
				require.NoError(t, err)
				require.LessOrEqual(t, len(page.Items), 2)
				for _, p := range page.Items {
					got = append(got, p.UNP)
				}
				if cursor = page.Next; cursor == "" {
					break
				}
			}
			require.Equal(t, x.want, got)
		})
	}
	_, err := queries.List(t.Context(), balance.Filter{}, "AQEB", 2)
	require.ErrorIs(t, err, projections.ErrCursor)
}

// Payers with months that wait for a parameter are found, until the month is assessed.
func TestAwaiting(t *testing.T) {
	t.Parallel()
	pool := projectiontest.Open(t, pgtest.DB(t))
	h := projectiontest.New(t)
	wage, january := "national_average_wage", period.MustMonth("2026-01")
	for _, unp := range projectiontest.Payers {
		for n := range 2 {
			h.Append(ledger.PayerStream(unp), &event.LiabilityAwaitsParameter{
				Month: january.Add(n), Parameter: wage, For: january.Add(-1),
				Earnings: []event.PersonEarnings{{Earnings: 1}}})
		}
	}
	projectiontest.CatchUp(t, pool, h, balance.New())
	queries := balance.NewQueries(pool)
	between := func(parameter string, from, until period.Month, after string) []string {
		unps, _, err := queries.Awaiting(t.Context(), parameter, from, until, after, 10)
		require.NoError(t, err)
		return unps
	}
	find := func(parameter string, of period.Month, after string) []string {
		return between(parameter, of, of, after)
	}
	require.Equal(t, projectiontest.Payers, find(wage, january.Add(-1), ""))
	require.Equal(t, projectiontest.Payers[1:],
		find(wage, january.Add(-1), projectiontest.Payers[0]))
	require.Empty(t, find(wage, january, ""))
	require.Empty(t, find("minimum_wage", january.Add(-1), ""))

	// A value may begin to hold long before the month that waits for it.
	december := january.Add(-1)
	require.Equal(t, projectiontest.Payers, between(wage, december.Add(-5), january, ""))
	require.Equal(t, projectiontest.Payers, between(wage, december.Add(-5), december, ""))
	require.Equal(t, projectiontest.Payers, between(wage, december.Add(-5), 0, ""), "no end")
	require.Empty(t, between(wage, december.Add(-5), december.Add(-1), ""))
	require.Empty(t, between(wage, january, 0, ""))
	require.Equal(t, projectiontest.Payers, between("", 0, 0, ""), "any parameter")

	for n := range 2 {
		h.Append(ledger.PayerStream(projectiontest.Payers[1]),
			&event.LiabilityAssessed{Month: january.Add(n)})
		projectiontest.CatchUp(t, pool, h, balance.New())
	}
	require.Equal(t, []string{projectiontest.Payers[0], projectiontest.Payers[2]},
		find(wage, january.Add(-1), ""))
}
