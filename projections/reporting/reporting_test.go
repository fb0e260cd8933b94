package reporting_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/stazh/stazh/fixtures/pgtest"
	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/ledger/event"
	"github.com/stazh/stazh/ledger/money"
	"github.com/stazh/stazh/ledger/period"
	"github.com/stazh/stazh/projections"
	"github.com/stazh/stazh/projections/projectiontest"
	"github.com/stazh/stazh/projections/reporting"
)

const (
	factory = "100000001"
	school  = "200000002"
)

func form(name string) *string { return &name }

// A filing counts under all forms from its arrival and under its own from its result.
func TestAFilingInTheTotals(t *testing.T) {
	t.Parallel()
	pool := projectiontest.Open(t, pgtest.DB(t))
	h := projectiontest.New(t)
	h.RegisterPayer(factory, "102", "Завод", period.MustDate("2020-05-05"))
	id := h.Receive(factory) // on 30 December 2025
	stream := ledger.PayerStream(factory)
	queries := reporting.NewQueries(pool)
	find := func(scope, code, name string, year, quarter int) (x reporting.Figures, n int) {
		page, err := queries.Totals(t.Context(), reporting.Filter{Scope: scope, Code: code,
			Form: form(name), Year: year, Quarter: quarter}, "", 0)
		require.NoError(t, err)
		require.LessOrEqual(t, len(page.Items), 1)
		for _, row := range page.Items {
			x = row.Figures
		}
		return x, len(page.Items)
	}
	projectiontest.CatchUp(t, pool, h, reporting.New())
	for scope, code := range map[string]string{
		reporting.Country: "BY", reporting.Region: "1", reporting.Office: "102",
	} {
		x, _ := find(scope, code, reporting.AnyForm, 2025, 4)
		require.Equal(t, reporting.Figures{Received: 1}, x)
		require.EqualValues(t, 1, x.InProgress())
	}

	h.Append(stream, &event.DocumentsPosted{Filing: id, First: 1, Last: 3, Tallies: []event.Tally{
		{Form: "ПУ-3", Year: 2025, Quarter: 3, Accepted: 1, Rejected: 1, Persons: 1,
			Earnings: 150_000, Benefits: 200, Contributions: 52_500},
		{Form: "ПУ-1", Parked: 1}}})
	h.Append(stream, &event.FilingProcessed{Filing: id, Outcome: event.Partial, Form: "ПУ-3",
		Year: 2025, Quarter: 3})
	projectiontest.CatchUp(t, pool, h, reporting.New())
	x, _ := find(reporting.Office, "102", "ПУ-3", 2025, 3)
	require.Equal(t, reporting.Figures{Received: 1, Processed: 1, Partial: 1,
		DocumentsAccepted: 1, DocumentsRejected: 1, Persons: 1, Earnings: 150_000,
		Benefits: 200, Contributions: 52_500}, x)
	x, _ = find(reporting.Office, "102", "ПУ-1", 2025, 4) // no period: quarter of arrival
	require.Equal(t, reporting.Figures{DocumentsParked: 1}, x)
	x, _ = find(reporting.Office, "102", reporting.AnyForm, 2025, 4)
	require.Equal(t, reporting.Figures{Received: 1, Processed: 1, Partial: 1}, x)
	_, n := find(reporting.Office, "101", reporting.AnyForm, 2025, 4)
	require.Zero(t, n)

	// The released document leaves the same row that it was parked in, though it is 2026.
	h.Append(ledger.PayerStream(school), &event.PaymentReceived{BankRef: "1", Amount: 500,
		ValueDate: period.MustDate("2026-04-01")})
	h.Append(stream, &event.ParkedDocumentReleased{Filing: id, DocNo: 3, Accepted: true,
		Tallies: []event.Tally{{Form: "ПУ-1", Parked: -1, Accepted: 1}}})
	projectiontest.CatchUp(t, pool, h, reporting.New())
	x, _ = find(reporting.Region, "1", "ПУ-1", 2025, 4)
	require.Equal(t, reporting.Figures{DocumentsAccepted: 1}, x)
	// A payer that is not registered has no office yet.
	x, _ = find(reporting.Office, "000", reporting.AnyForm, 2026, 2)
	require.Equal(t, reporting.Figures{Payments: 500}, x)
	var open int
	require.NoError(t, pool.QueryRow(t.Context(),
		"select count(*) from reporting_v2.open_filing").Scan(&open))
	require.Zero(t, open, "what is done with is forgotten")
}

// An assessment that replaces another counts as the change.
func TestAssessedCountsChanges(t *testing.T) {
	t.Parallel()
	pool := projectiontest.Open(t, pgtest.DB(t))
	h := projectiontest.New(t)
	h.RegisterPayer(factory, "102", "Завод", 0)
	for i, total := range []money.Amount{1000, 4000, 2500, 2500} {
		h.Append(ledger.PayerStream(factory), &event.LiabilityAssessed{
			Month: period.MustMonth("2026-03"), Withheld: total - 10, Social: 10})
		if i%2 == 1 {
			projectiontest.CatchUp(t, pool, h, reporting.New())
		}
		h.Append(ledger.PayerStream(factory), &event.LiabilityAssessed{
			Month: period.MustMonth("2026-04"), Pension: total})
	}
	projectiontest.CatchUp(t, pool, h, reporting.New())
	page, err := reporting.NewQueries(pool).Totals(t.Context(),
		reporting.Filter{Scope: reporting.Country}, "", 0)
	require.NoError(t, err)
	require.Len(t, page.Items, 2)
	require.EqualValues(t, 2500, page.Items[0].Assessed)
	require.EqualValues(t, 1, page.Items[0].Quarter)
	require.EqualValues(t, 2500, page.Items[1].Assessed)
	require.EqualValues(t, 2, page.Items[1].Quarter)
}

// The duty to report begins with the quarter of registration and ends with the quarter of
// the last day; it moves with the payer.
func TestExpected(t *testing.T) {
	t.Parallel()
	pool := projectiontest.Open(t, pgtest.DB(t))
	h := projectiontest.New(t)
	register := func(unp, kind, office, since string) {
		h.Append(ledger.PayerStream(unp), &event.PayerRegistered{UNP: unp, Kind: kind,
			Office: office, Since: period.MustDate(since)})
	}
	leave := func(unp, on string) {
		h.Append(ledger.PayerStream(unp), &event.PayerDeregistered{On: period.MustDate(on)})
	}
	register("100000001", "employer", "101", "2025-03-31") // from the first quarter
	register("100000002", "employer", "101", "2025-04-01") // from the second
	register("100000003", "treasury", "101", "2025-01-01") // never
	register("100000004", "farm", "102", "2025-01-01")
	register("100000005", "employer", "501", "2025-01-01")
	leave("100000004", "2025-07-01")                       // last day in the second quarter
	leave("100000005", "2025-07-02")                       // last day in the third
	register("100000006", "employer", "102", "2025-05-01") // gone before it began
	leave("100000006", "2025-05-01")                       //
	register("100000002", "employer", "201", "2025-04-01") // moved to another region
	projectiontest.CatchUp(t, pool, h, reporting.New())
	queries := reporting.NewQueries(pool)
	for _, x := range []struct {
		scope, code string
		want        [5]int64 // from the last quarter of 2024 on
	}{
		{reporting.Country, "BY", [5]int64{0, 3, 4, 3, 2}},
		{reporting.Region, "1", [5]int64{0, 2, 2, 1, 1}},
		{reporting.Region, "2", [5]int64{0, 0, 1, 1, 1}},
		{reporting.Office, "101", [5]int64{0, 1, 1, 1, 1}},
		{reporting.Office, "102", [5]int64{0, 1, 1, 0, 0}},
		{reporting.Office, "501", [5]int64{0, 1, 1, 1, 0}},
	} {
		for i, want := range x.want {
			year, quarter := 2025, i
			if i == 0 {
				year, quarter = 2024, 4
			}
			list, _, err := queries.Expected(t.Context(), x.scope, x.code, year, quarter)
			require.NoError(t, err)
			var payers int64
			for _, e := range list {
				require.Equal(t, x.code, e.Code)
				payers += e.Payers
			}
			require.Equal(t, want, payers, "%s %s in quarter %d of %d", x.scope, x.code, quarter,
				year)
		}
	}
	list, _, err := queries.Expected(t.Context(), reporting.Office, "", 2025, 2)
	require.NoError(t, err)
	require.Len(t, list, 4)
}

func TestPagesOfTotals(t *testing.T) {
	t.Parallel()
	pool := projectiontest.Open(t, pgtest.DB(t))
	h := projectiontest.New(t)
	for i, unp := range projectiontest.Payers {
		h.RegisterPayer(unp, []string{"101", "102", "501"}[i], "Завод", 0)
		h.Receive(unp)
		h.Append(ledger.PayerStream(unp), &event.PaymentReceived{BankRef: "1", Amount: 1,
			ValueDate: period.MustDate("2026-01-05")})
	}
	projectiontest.CatchUp(t, pool, h, reporting.New())
	queries := reporting.NewQueries(pool)
	all, err := queries.Totals(t.Context(), reporting.Filter{}, "", 0)
	require.NoError(t, err)
	require.Empty(t, all.Next)
	var got []reporting.Total
	for cursor := ""; ; {
		page, err := queries.Totals(t.Context(), reporting.Filter{}, cursor, 4)
		require.NoError(t, err)
		got = append(got, page.Items...)
		if cursor = page.Next; cursor == "" {
			break
		}
	}
	require.Equal(t, all.Items, got)
	_, err = queries.Totals(t.Context(), reporting.Filter{}, "A", 4)
	require.ErrorIs(t, err, projections.ErrCursor)
	payments, err := queries.Totals(t.Context(), reporting.Filter{Scope: reporting.Region,
		Form: form(reporting.AnyForm), Year: 2026}, "", 0)
	require.NoError(t, err)
	require.Len(t, payments.Items, 2)
	require.EqualValues(t, 2, payments.Items[0].Payments)
}

// Whoever follows the changes sees each, even when the list is cut.
func TestChangedSince(t *testing.T) {
	t.Parallel()
	pool := projectiontest.Open(t, pgtest.DB(t))
	h := projectiontest.New(t)
	queries := reporting.NewQueries(pool)
	h.RegisterPayer(factory, "101", "Завод", 0)
	h.RegisterPayer(school, "501", "Школа", 0)
	seen := map[string]reporting.Total{}
	var since ledger.Position
	follow := func() {
		for {
			list, at, err := queries.ChangedSince(t.Context(), since, reporting.Filter{}, 2)
			require.NoError(t, err)
			for _, row := range list {
				require.Greater(t, row.Position, since)
				seen[row.Scope+row.Code+row.Form+string(rune('0'+row.Quarter))] = row
			}
			if len(list) < 2 {
				since = at
				return
			}
			since = list[len(list)-1].Position
		}
	}
	for range 3 {
		id := h.Receive(factory)
		h.Receive(school)
		h.Append(ledger.PayerStream(factory), &event.FilingProcessed{Filing: id,
			Outcome: event.Accepted, Form: "ПУ-3", Year: 2026, Quarter: 1})
		projectiontest.CatchUp(t, pool, h, reporting.New())
		follow()
		require.Equal(t, head(t, h), since)
		all, err := queries.Totals(t.Context(), reporting.Filter{}, "", 0)
		require.NoError(t, err)
		require.Len(t, seen, len(all.Items))
		for _, row := range all.Items {
			require.Contains(t, seen, row.Scope+row.Code+row.Form+string(rune('0'+row.Quarter)))
			require.Equal(t, row, seen[row.Scope+row.Code+row.Form+string(rune('0'+row.Quarter))])
		}
	}
	list, _, err := queries.ChangedSince(t.Context(), 2, reporting.Filter{Scope: reporting.Office,
		Code: "501"}, 100)
	require.NoError(t, err)
	require.NotEmpty(t, list)
	for _, row := range list {
		require.Equal(t, "501", row.Code)
	}
}

func head(t *testing.T, h *projectiontest.History) ledger.Position {
	position, err := h.Log.Head(t.Context())
	require.NoError(t, err)
	return position
}
