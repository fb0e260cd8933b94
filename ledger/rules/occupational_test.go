package rules_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/stazh/stazh/ledger/money"
	"github.com/stazh/stazh/ledger/period"
	"github.com/stazh/stazh/ledger/rules"
)

// TestOccupationalYieldWeighsMonths: Law 322-Z; a contribution for December earns nothing in
// its year, one for January eleven twelfths. 90.01 × 11/12 × 8 % is 6.6007…, 6.60.
func TestOccupationalYieldWeighsMonths(t *testing.T) {
	t.Parallel()
	law := &rules.Law{}
	require.NoError(t, law.Publish(rules.Parameter{Name: rules.OccupationalYieldRate,
		Value: "0.08", From: period.MustDate("2018-01-01"), Until: period.MustDate("2018-12-31"),
		Act: "test"}))
	month := func(m string, sum money.Amount) rules.MonthCredit {
		return rules.MonthCredit{Month: period.MustMonth(m), Amount: sum}
	}
	for _, c := range []struct {
		opening money.Amount
		months  []rules.MonthCredit
		base    string
		amount  string
	}{
		{0, nil, "0.00", "0.00"},
		{1000_00, nil, "1000.00", "80.00"},
		{0, []rules.MonthCredit{month("2018-12", 90_00)}, "0.00", "0.00"},
		{0, []rules.MonthCredit{month("2018-01", 90_01)}, "82.51", "6.60"},
		{1000_00, []rules.MonthCredit{month("2018-01", 90_00), month("2018-06", 60_00)},
			"1112.50", "89.00"},
	} {
		y, err := rules.OP2(law, rules.YieldInput{Year: 2018, Opening: c.opening,
			Months: c.months}, nil)
		require.NoError(t, err)
		require.Equal(t, c.base, y.Base.String())
		require.Equal(t, c.amount, y.Amount.String())
	}
	_, err := rules.OP2(law, rules.YieldInput{Year: 2018,
		Months: []rules.MonthCredit{month("2019-01", 1)}}, nil)
	require.Error(t, err)
	_, err = rules.OP2(law, rules.YieldInput{Year: 2019}, nil)
	var missing *rules.MissingParameterError
	require.ErrorAs(t, err, &missing)
}

// TestEarlyOccupationalPensionAtItsLimits: the day before, of and after each condition.
func TestEarlyOccupationalPensionAtItsLimits(t *testing.T) {
	t.Parallel()
	law := recordedLaw(t)
	// A man born on 10 February 1963 is 63 on 10 February 2026.
	base := rules.EarlyPensionInput{Sex: rules.Male, BirthDate: period.MustDate("1963-02-10"),
		OnDate: period.MustDate("2018-02-10"), Service: rules.Duration{Years: 10},
		Balance: 9600_00, EarlyMonths: 96, RequiredMale: 120, RequiredFemale: 90}
	for name, c := range map[string]struct {
		change func(in *rules.EarlyPensionInput)
		reason rules.Reason
		amount string
		months int
	}{
		"as early as may be": {func(*rules.EarlyPensionInput) {}, "", "100.00", 96},
		"a day earlier": {func(in *rules.EarlyPensionInput) {
			in.OnDate = in.OnDate.AddDays(-1)
		}, rules.AgeNotReached, "0.00", 97},
		"a day later": {func(in *rules.EarlyPensionInput) {
			in.OnDate = in.OnDate.AddDays(1)
		}, "", "100.00", 96},
		"the last day": {func(in *rules.EarlyPensionInput) {
			in.OnDate = period.MustDate("2026-02-09")
		}, "", "9600.00", 1},
		"the general age": {func(in *rules.EarlyPensionInput) {
			in.OnDate = period.MustDate("2026-02-10")
		}, rules.AgeReached, "0.00", 0},
		"a day of service short": {func(in *rules.EarlyPensionInput) {
			in.Service = rules.Duration{Years: 9, Months: 11, Days: 29}
		}, rules.SpecialCoverageShort, "0.00", 96},
		"no savings": {func(in *rules.EarlyPensionInput) { in.Balance = 0 },
			rules.SavingsMissing, "0.00", 96},
	} {
		in := base
		c.change(&in)
		p, err := rules.OP3(law, in, nil)
		require.NoError(t, err, name)
		require.Equal(t, c.reason, p.Reason, name)
		require.Equal(t, c.reason == "", p.Eligible, name)
		require.Equal(t, c.amount, p.Amount.String(), name)
		require.Equal(t, c.months, p.Months, name)
	}
}

// TestPensionPaysOutTheBalance: all payments together differ from the balance by half a
// kopeck a month at most.
func TestPensionPaysOutTheBalance(t *testing.T) {
	t.Parallel()
	law := recordedLaw(t)
	rapid.Check(t, func(t *rapid.T) {
		in := rules.EarlyPensionInput{Sex: rules.Male, BirthDate: period.MustDate("1963-02-10"),
			OnDate: period.MustDate("2018-02-10").AddDays(
				rapid.IntRange(0, 2900).Draw(t, "days")), EarlyMonths: 120,
			Balance: money.Amount(rapid.Int64Range(1, 1e9).Draw(t, "balance"))}
		p, err := rules.OP3(law, in, nil)
		if err != nil || !p.Eligible {
			t.Fatalf("%v %s", err, p.Reason)
		}
		off := 2 * (p.Amount*money.Amount(p.Months) - in.Balance)
		if max(off, -off) > money.Amount(p.Months) {
			t.Fatalf("%s over %d months of %s", in.Balance, p.Months, p.Amount)
		}
	})
}
