package entitlement_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/stazh/stazh/ledger/entitlement"
	"github.com/stazh/stazh/ledger/money"
	"github.com/stazh/stazh/ledger/period"
)

// The outlook is what a forecast finds that assumes the same work.
func TestOutlookIsTheForecastAtTheAge(t *testing.T) {
	t.Parallel()
	for what, x := range map[string]struct{ sex, birth string }{
		"soon": {"М", "1957-08-10"}, "age reached": {"Ж", "1958-01-01"},
		"the age rises on the way": {"М", "1961-03-05"}, "far": {"Ж", "1985-05-20"},
	} {
		p := worker("1993-01-01", "2016-12-31", "2017-01", 15, "800.00")
		q := claim(t, p, x.sex, x.birth, "2018-04-12", "old_age", "")
		before := stateOf(p)
		got, err := entitlement.Expect(q, date("2018-04-12"))
		require.NoError(t, err, what)
		require.Equal(t, before, stateOf(p), "the account itself is untouched")
		require.Equal(t, money.MustParse("800.00"), got.Earnings, what)
		want, err := entitlement.Foresee(q, entitlement.Plan{Today: date("2018-04-12"),
			WorkUntil: max(got.On.AddDays(-1), date("2018-04-30")), Earnings: got.Earnings})
		require.NoError(t, err, what)
		require.True(t, got.Entitled, what)
		require.Equal(t, want.FirstDay, got.On, what)
		if got.On > date("2018-04-12") {
			require.Equal(t, want.Amount, got.Amount, what)
		}
		require.Equal(t, want.Form, got.Form, what)
	}
}

func TestOutlookNamesWhatIsMissing(t *testing.T) {
	t.Parallel()
	p := worker("2015-01-01", "2016-12-31", "2017-01", 0, "800.00")
	got, err := entitlement.Expect(claim(t, p, "М", "1950-08-10", "2018-04-12", "old_age", ""),
		date("2018-04-12"))
	require.NoError(t, err)
	require.False(t, got.Entitled)
	require.Contains(t, got.Unmet, "coverage_short")
	require.Equal(t, date("2018-04-12"), got.On)
	require.Zero(t, got.Earnings)
	require.Zero(t, got.Amount)
}

func BenchmarkExpect(b *testing.B) {
	p := worker("1993-01-01", "2016-12-31", "2017-01", 15, "800.00")
	q := claim(b, p, "М", "1987-02-10", "2018-04-12", "old_age", "")
	for b.Loop() {
		if _, err := entitlement.Expect(q, period.MustDate("2018-04-12")); err != nil {
			b.Fatal(err)
		}
	}
}
