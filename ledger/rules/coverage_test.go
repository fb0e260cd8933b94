package rules_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/stazh/stazh/ledger/period"
	"github.com/stazh/stazh/ledger/rules"
)

func interval(from, to string) period.Interval {
	return period.Interval{From: period.MustDate(from), To: period.MustDate(to)}
}

func one(i period.Interval) []period.Interval { return []period.Interval{i} }

func TestMeasure(t *testing.T) {
	t.Parallel()
	for what, c := range map[string]struct {
		intervals []period.Interval
		want      rules.Duration
	}{
		"nothing": {nil, rules.Duration{}},
		"one day": {one(interval("2018-01-01", "2018-01-01")), rules.Duration{Days: 1}},
		"to 20 March": {
			one(interval("2018-01-15", "2018-03-20")), rules.Duration{Months: 2, Days: 6}},
		"from 31 January": {
			one(interval("2018-01-31", "2018-02-28")), rules.Duration{Months: 1, Days: 1}},
		"whole February":   {one(interval("2018-02-01", "2018-02-28")), rules.Duration{Months: 1}},
		"leap February":    {one(interval("2020-02-01", "2020-02-28")), rules.Duration{Days: 28}},
		"leap day":         {one(interval("2020-02-01", "2020-02-29")), rules.Duration{Months: 1}},
		"thirty days":      {one(interval("2018-01-01", "2018-01-30")), rules.Duration{Months: 1}},
		"whole year":       {one(interval("2018-01-01", "2018-12-31")), rules.Duration{Years: 1}},
		"across the epoch": {one(interval("1969-12-31", "1970-01-01")), rules.Duration{Days: 2}},
		"overlap counts once": {[]period.Interval{
			interval("2018-02-01", "2018-03-31"), interval("2018-01-01", "2018-02-28")},
			rules.Duration{Months: 3}},
		"touching joins": {[]period.Interval{
			interval("2018-01-15", "2018-01-31"), interval("2018-02-01", "2018-02-14")},
			rules.Duration{Months: 1}},
		"gap of a day does not": {[]period.Interval{
			interval("2018-01-15", "2018-01-31"), interval("2018-02-02", "2018-02-14")},
			rules.Duration{Months: 1}},
		"one inside the other": {[]period.Interval{
			interval("2018-01-01", "2018-12-31"), interval("2018-05-01", "2018-05-02")},
			rules.Duration{Years: 1}},
	} {
		require.Equal(t, c.want, rules.Measure(c.intervals), what)
	}
}

func TestMergeLeavesGapsAndItsArgument(t *testing.T) {
	t.Parallel()
	given := []period.Interval{
		interval("2018-03-01", "2018-03-31"), interval("2018-01-01", "2018-01-10"),
		interval("2018-01-11", "2018-01-20"), interval("2018-01-22", "2018-01-25"),
	}
	before := append([]period.Interval{}, given...)
	require.Equal(t, []period.Interval{
		interval("2018-01-01", "2018-01-20"), interval("2018-01-22", "2018-01-25"),
		interval("2018-03-01", "2018-03-31"),
	}, rules.Merge(given))
	require.Equal(t, before, given)
	require.Nil(t, rules.Merge(nil))
}

func TestAdd(t *testing.T) {
	t.Parallel()
	require.Equal(t, rules.Duration{Years: 4, Months: 2, Days: 5},
		rules.Duration{Years: 1, Months: 6, Days: 20}.Add(
			rules.Duration{Years: 2, Months: 7, Days: 15}))
	require.Equal(t, rules.Duration{Years: 1},
		rules.Duration{Months: 11, Days: 29}.Add(rules.Duration{Days: 1}))
	require.Equal(t, 50, rules.Duration{Years: 4, Months: 2, Days: 29}.WholeMonths())
}

func TestCompare(t *testing.T) {
	t.Parallel()
	short, long := rules.Duration{Years: 24, Months: 11, Days: 29}, rules.Duration{Years: 25}
	require.Equal(t, -1, short.Compare(long))
	require.Equal(t, 1, long.Compare(short))
	require.Equal(t, 0, long.Compare(long))
}

// drawIntervals gives up to eight intervals within about eight years.
func drawIntervals(t *rapid.T) []period.Interval {
	start := period.MustDate("2014-01-01")
	return rapid.SliceOfN(rapid.Custom(func(t *rapid.T) period.Interval {
		from := start.AddDays(rapid.IntRange(0, 2800).Draw(t, "from"))
		return period.Interval{From: from, To: from.AddDays(rapid.IntRange(0, 300).Draw(t, "days"))}
	}), 0, 8).Draw(t, "intervals")
}

func TestMergeKeepsExactlyTheDays(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		given := drawIntervals(t)
		days := map[period.Date]bool{}
		for _, i := range given {
			for d := i.From; d <= i.To; d++ {
				days[d] = true
			}
		}
		merged := rules.Merge(given)
		total := 0
		for n, i := range merged {
			total += i.Days()
			for d := i.From; d <= i.To; d++ {
				require.True(t, days[d])
			}
			if n > 0 {
				require.Greater(t, merged[n-1].To.DaysUntil(i.From), 1)
			}
		}
		require.Len(t, days, total)
		require.Equal(t, merged, rules.Merge(merged))
	})
}

func TestMeasureIsNormalAndNeverShrinks(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		from := period.MustDate("2014-01-01").AddDays(rapid.IntRange(0, 3000).Draw(t, "from"))
		to := from.AddDays(rapid.IntRange(0, 3000).Draw(t, "days"))
		got := rules.Measure([]period.Interval{{From: from, To: to}})
		require.True(t, got.Months < 12 && got.Days < 30, "%s is not normal", got)
		// Calendar months have 28 to 31 days, so the 30-day reading stays near.
		days := period.Interval{From: from, To: to}.Days()
		require.InDelta(t, float64(days)/365.25, float64(got.WholeMonths())/12+
			float64(got.Days)/360, 0.02)
		longer := rules.Measure([]period.Interval{{From: from, To: to.AddDays(32)}})
		require.Equal(t, 1, longer.Compare(got))
	})
}
