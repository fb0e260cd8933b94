package benefit_test

import (
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/stazh/stazh/fixtures/pgtest"
	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/ledger/account"
	"github.com/stazh/stazh/ledger/event"
	"github.com/stazh/stazh/ledger/money"
	"github.com/stazh/stazh/ledger/period"
	"github.com/stazh/stazh/projections"
	"github.com/stazh/stazh/projections/benefit"
	"github.com/stazh/stazh/projections/projectiontest"
)

const payer = "100000001"

// open opens a case of a new person, claimed on the day.
func open(h *projectiontest.History, number, day string) (ledger.PersonID, uuid.UUID) {
	person := h.RegisterPerson(payer, event.PersonalData{InsuranceNo: number, Surname: "КОТ",
		Name: "А", Sex: "М", Citizenship: "112", BirthDate: period.MustDate("1957-02-27")})
	id := h.ID("case")
	h.Append(ledger.PersonStream(person), &event.BenefitClaimed{Case: id, Kind: "old_age",
		ClaimedOn: period.MustDate(day), From: period.MustDate(day),
		Details: h.Seal(person, event.PersonalData{})})
	return person, id
}

// award calculates and awards a case from the day.
func award(h *projectiontest.History, person ledger.PersonID, id uuid.UUID, day, sum string) {
	h.Append(ledger.PersonStream(person),
		&event.BenefitCalculated{Calculation: event.Calculation{ID: h.ID("c"), Case: id}},
		&event.PensionAssigned{Award: event.Award{Case: id, Kind: "old_age", Pays: "monthly",
			Form: "full", From: period.MustDate(day), Amount: money.MustParse(sum),
			Office: projectiontest.Office}})
}

// The work of an office goes from one list to the next as its officers decide.
func TestWorkLists(t *testing.T) {
	t.Parallel()
	pool := projectiontest.Open(t, pgtest.DB(t))
	q := benefit.NewQueries(pool)
	h := projectiontest.New(t)
	person, id := open(h, "3270287A012PB2", "2018-03-10")
	second, other := open(h, "3041088A042PB2", "2018-03-01")
	requireWork := func(work string, want ...uuid.UUID) {
		t.Helper()
		projectiontest.CatchUp(t, pool, h, benefit.New())
		page, err := q.Cases(t.Context(), benefit.Filter{Office: projectiontest.Office, Work: work},
			"", 0)
		require.NoError(t, err)
		got := []uuid.UUID{}
		for _, x := range page.Items {
			got = append(got, x.ID)
		}
		require.Equal(t, append([]uuid.UUID{}, want...), got, work)
	}
	requireWork(benefit.WorkCalculate, other, id)
	h.Append(ledger.PersonStream(person),
		&event.BenefitCalculated{Calculation: event.Calculation{ID: h.ID("c"), Case: id}})
	requireWork(benefit.WorkCalculate, other)
	requireWork(benefit.WorkDecide, id)
	award(h, person, id, "2018-03-10", "400.00")
	requireWork(benefit.WorkDecide)
	h.Append(ledger.PersonStream(person), &event.PensionReviewFlagged{Case: id,
		Cause: h.ID("cause"), Reason: "months_changed"})
	requireWork(benefit.WorkReview, id)
	requireWork(benefit.AnyWork, other, id)
	h.Append(ledger.PersonStream(second), &event.ClaimWithdrawn{Case: other, Reason: "r"})
	requireWork(benefit.AnyWork, id)

	first, err := q.Cases(t.Context(), benefit.Filter{Office: projectiontest.Office}, "", 1)
	require.NoError(t, err)
	require.Equal(t, other, first.Items[0].ID)
	rest, err := q.Cases(t.Context(), benefit.Filter{Office: projectiontest.Office},
		first.Next, 1)
	require.NoError(t, err)
	require.Equal(t, id, rest.Items[0].ID)
	require.Empty(t, rest.Next)
	require.Equal(t, account.CaseAwarded, rest.Items[0].State)
	require.Equal(t, "400.00", rest.Items[0].Amount.String())
	require.Equal(t, second, first.Items[0].Person)
	_, err = q.Cases(t.Context(), benefit.Filter{}, "zzz", 1)
	require.ErrorIs(t, err, projections.ErrCursor)
}

// A pension counts in the months for whose last day it is paid, with the amount of that day.
func TestMonthsOfAPension(t *testing.T) {
	t.Parallel()
	pool := projectiontest.Open(t, pgtest.DB(t))
	q := benefit.NewQueries(pool)
	h := projectiontest.New(t)
	person, id := open(h, "3270287A012PB2", "2018-03-10")
	award(h, person, id, "2018-03-10", "400.00")
	h.Append(ledger.PersonStream(person), &event.PensionIndexed{Case: id, Run: h.ID("run"),
		Rule: "AD-1", From: period.MustDate("2018-05-01"), New: money.MustParse("426.00")})
	h.Append(ledger.PersonStream(person), &event.BenefitTerminated{Case: id,
		Last: period.MustDate("2018-08-14"), Cause: "death"})
	projectiontest.CatchUp(t, pool, h, benefit.New())
	for month, want := range map[string]string{"2018-02": "", "2018-03": "400.00",
		"2018-04": "400.00", "2018-05": "426.00", "2018-07": "426.00", "2018-08": "",
		"2030-01": ""} {
		page, err := q.Totals(t.Context(), period.MustMonth(month),
			benefit.TotalFilter{Scope: benefit.Office, Code: "101", Kind: "old_age"}, "", 0)
		require.NoError(t, err)
		if want == "" {
			require.Empty(t, page.Items, month)
			continue
		}
		require.Len(t, page.Items, 1, month)
		require.EqualValues(t, 1, page.Items[0].Count)
		require.Equal(t, want, page.Items[0].Amount.String(), month)
	}
	first, err := q.Totals(t.Context(), period.MustMonth("2018-05"), benefit.TotalFilter{}, "", 1)
	require.NoError(t, err)
	require.Equal(t, benefit.Country, first.Items[0].Scope)
	rest, err := q.Totals(t.Context(), period.MustMonth("2018-05"), benefit.TotalFilter{},
		first.Next, 2)
	require.NoError(t, err)
	require.Len(t, rest.Items, 2)
	require.Empty(t, rest.Next)
}
