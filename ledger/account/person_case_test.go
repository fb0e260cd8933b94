package account_test

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/stazh/stazh/ledger/account"
	"github.com/stazh/stazh/ledger/event"
	"github.com/stazh/stazh/ledger/money"
)

func claimed() *event.BenefitClaimed {
	return &event.BenefitClaimed{Case: id(30), Kind: "old_age", ClaimedOn: date("2018-05-14"),
		From: date("2018-06-01"), Details: sealed(1)}
}

func calculated(n byte, sum string) *event.BenefitCalculated {
	return &event.BenefitCalculated{Calculation: event.Calculation{ID: id(n), Case: id(30),
		Entitled: true, From: date("2018-06-01"), Amount: money.MustParse(sum), Trace: sealed(2)}}
}

func awarded(n byte, from, sum string) event.Award {
	return event.Award{Case: id(30), Calculation: id(n), Kind: "old_age", Pays: "monthly",
		From: date(from), Amount: money.MustParse(sum)}
}

func TestCaseFromClaimToAward(t *testing.T) {
	t.Parallel()
	p := foldPerson(claimed(), calculated(31, "400.00"))
	x, ok := p.Case(id(30))
	require.True(t, ok)
	require.Equal(t, account.CaseCalculated, x.State)
	require.True(t, x.Pending)
	require.Empty(t, x.Calculation.Trace.Box, "the trace stays in its event")
	_, pays := x.AmountOn(date("2018-06-01"))
	require.False(t, pays, "nothing is paid before the decision")

	p = foldPerson(claimed(), calculated(31, "400.00"),
		&event.CalculationReturned{Case: id(30), Calculation: id(31), Reason: "month missing"})
	require.Equal(t, account.CaseClaimed, p.Cases[0].State)
	require.False(t, p.Cases[0].Pending)

	p = foldPerson(claimed(), calculated(31, "400.00"),
		&event.PensionAssigned{Award: awarded(31, "2018-06-01", "400.00")})
	x = &p.Cases[0]
	require.Equal(t, account.CaseAwarded, x.State)
	_, pays = x.AmountOn(date("2018-05-31"))
	require.False(t, pays, "the day before")
	sum, pays := x.AmountOn(date("2018-06-01"))
	require.True(t, pays)
	require.Equal(t, money.MustParse("400.00"), sum)
}

func TestAmountsByDay(t *testing.T) {
	t.Parallel()
	facts := []event.Payload{claimed(), calculated(31, "400.00"),
		&event.PensionAssigned{Award: awarded(31, "2018-06-01", "400.00")},
		&event.PensionIndexed{Case: id(30), Run: id(40), Rule: "AD-1", From: date("2019-05-01"),
			Old: money.MustParse("400.00"), New: money.MustParse("426.00")}}
	on := func(p *account.Person, day string) string {
		sum, ok := p.Cases[0].AmountOn(date(day))
		if !ok {
			return ""
		}
		return sum.String()
	}
	p := foldPerson(facts...)
	require.Equal(t, "400.00", on(p, "2019-04-30"))
	require.Equal(t, "426.00", on(p, "2019-05-01"))

	facts = append(facts, &event.PensionReviewFlagged{Case: id(30), Cause: id(50)})
	require.Len(t, foldPerson(facts...).Cases[0].Reviews, 1)
	require.Equal(t, "426.00", on(foldPerson(facts...), "2020-01-01"),
		"a review changes no amount")

	facts = append(facts, calculated(32, "431.00"))
	require.Equal(t, account.CaseAwarded, foldPerson(facts...).Cases[0].State)
	facts = append(facts, &event.PensionRecalculated{
		Award: awarded(32, "2019-09-01", "431.00")})
	p = foldPerson(facts...)
	require.Empty(t, p.Cases[0].Reviews)
	require.Equal(t, "400.00", on(p, "2018-06-01"), "the first day stays")
	require.Equal(t, "426.00", on(p, "2019-08-31"))
	require.Equal(t, "431.00", on(p, "2019-09-01"))

	late := foldPerson(append(slices.Clone(facts), &event.PensionIndexed{Case: id(30),
		Run: id(41), Rule: "AD-1", From: date("2019-08-01"), Old: money.MustParse("426.00"),
		New: money.MustParse("430.00")})...)
	require.Equal(t, "430.00", on(late, "2019-08-15"))
	require.Equal(t, "431.00", on(late, "2019-09-01"), "a later day counts, not a later record")

	p = foldPerson(append(facts, &event.BenefitTerminated{Case: id(30),
		Last: date("2020-02-10"), Cause: "death"})...)
	require.Equal(t, "431.00", on(p, "2020-02-10"))
	require.Empty(t, on(p, "2020-02-11"))
	require.Equal(t, account.CaseTerminated, p.Cases[0].State)
}

func TestSpecialPeriods(t *testing.T) {
	t.Parallel()
	military := &event.SpecialPeriodRecorded{Period: id(29), Kind: "military",
		From: date("1979-05-10"), To: date("1981-05-20")}
	require.Len(t, foldPerson(military).Periods, 1)
	require.Empty(t, foldPerson(military,
		&event.SpecialPeriodCancelled{Period: id(29), Reason: "recorded twice"}).Periods)
}

func TestCloneKeepsCasesApart(t *testing.T) {
	t.Parallel()
	p := foldPerson(claimed())
	q := p.Clone()
	x := calculated(31, "400.00")
	q.Apply(at(1, x), x)
	require.Equal(t, account.CaseClaimed, p.Cases[0].State)
}

func TestIndexationRunsOfTheLaw(t *testing.T) {
	t.Parallel()
	law := account.NewLaw()
	for n, x := range []event.Payload{
		&event.IndexationDecreed{Decree: id(33), Rule: "AD-1", From: date("2019-05-01")},
		&event.IndexationPrepared{Run: id(34), Decree: id(33)},
		&event.IndexationApproved{Run: id(34)},
		&event.IndexationCompleted{Run: id(34), Report: event.IndexationReport{
			IndexationSums: event.IndexationSums{Benefits: 3}}},
	} {
		require.NoError(t, law.Apply(at(n, x), x))
	}
	_, ok := law.Decree(id(33))
	require.True(t, ok)
	r, ok := law.Run(id(34))
	require.True(t, ok)
	require.Equal(t, account.IndexationCompleted, r.State)
	require.Equal(t, 3, r.Result.Benefits)
	_, ok = law.Run(id(99))
	require.False(t, ok)
}

// A sum that is paid once, or for a time, is no amount of every day after.
func TestSumsPaidOnceEnd(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ pays, until, last string }{
		{"once", "", "2018-06-01"}, {"period", "2018-06-20", "2018-06-20"},
		{"period", "", "2018-06-01"},
	} {
		a := awarded(31, "2018-06-01", "400.00")
		if a.Pays = c.pays; c.until != "" {
			a.Until = date(c.until)
		}
		p := foldPerson(claimed(), calculated(31, "400.00"), &event.BenefitGranted{Award: a})
		x := &p.Cases[0]
		require.Equal(t, date(c.last), x.LastDay(), c)
		_, pays := x.AmountOn(date(c.last))
		require.True(t, pays, c)
		_, pays = x.AmountOn(date(c.last).AddDays(1))
		require.False(t, pays, c)
	}
}
