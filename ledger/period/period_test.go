package period_test

import (
	"encoding/json"
	"math"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/stazh/stazh/ledger/period"
)

func drawDay(t *rapid.T) time.Time {
	start := time.Date(1, 1, 1, 0, 0, 0, 0, time.UTC)
	end := time.Date(9999, 12, 31, 0, 0, 0, 0, time.UTC)
	days := int(end.Unix()/86_400 - start.Unix()/86_400)
	return start.AddDate(0, 0, rapid.IntRange(0, days).Draw(t, "day"))
}

// Dates of all years, also before 1970, behave as the calendar of package time.
func TestDatesAsInTheCalendar(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		day := drawDay(t)
		d := period.OfTime(day.Add(time.Duration(rapid.Int64Range(0, 86_399).Draw(t, "s")) * time.Second))
		require.False(t, d.IsZero())
		require.Equal(t, day, d.Time())
		same, ok := period.NewDate(day.Year(), int(day.Month()), day.Day())
		require.True(t, ok)
		require.Equal(t, d, same)
		require.Equal(t, day.Format("2006-01-02"), d.String())
		parsed, err := period.ParseDate(d.String())
		require.NoError(t, err)
		require.Equal(t, d, parsed)
		require.Equal(t, day.Year(), d.Year())
		require.Equal(t, day.Year(), d.Month().Year())
		require.Equal(t, int(day.Month()), d.Month().Number())
		require.Equal(t, (int(day.Month())-1)/3+1, d.Month().Quarter())

		other := period.OfTime(drawDay(t))
		require.Equal(t, d < other, d.Time().Before(other.Time()))
		require.Equal(t, other, d.AddDays(d.DaysUntil(other)))
		b, err := json.Marshal(d)
		require.NoError(t, err)
		var back period.Date
		require.NoError(t, json.Unmarshal(b, &back))
		require.Equal(t, d, back)
	})
}

func TestAroundTheEpoch(t *testing.T) {
	t.Parallel()
	eve, epoch := period.MustDate("1969-12-31"), period.MustDate("1970-01-01")
	require.EqualValues(t, -1, eve)
	require.EqualValues(t, 1, epoch, "zero is the date that is not given")
	require.Equal(t, epoch, eve.AddDays(1))
	require.Equal(t, eve, epoch.AddDays(-1))
	require.Equal(t, 1, eve.DaysUntil(epoch))
	require.Equal(t, eve, period.OfTime(time.Unix(-1, 0)))
	require.Equal(t, "1899-02-28", period.MustDate("1899-03-01").AddDays(-1).String())
}

func TestAddMonths(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		from string
		n    int
		want string
	}{
		{"2026-01-31", 1, "2026-02-28"}, {"2024-01-31", 1, "2024-02-29"},
		{"2026-03-31", -1, "2026-02-28"}, {"2026-01-31", 3, "2026-04-30"},
		{"2026-02-28", 1, "2026-03-28"}, {"2024-02-29", 12, "2025-02-28"},
		{"2024-02-29", 48, "2028-02-29"}, {"2026-12-15", 1, "2027-01-15"},
		{"2026-01-15", -13, "2024-12-15"}, {"1970-01-31", -1, "1969-12-31"},
		{"1960-05-31", 0, "1960-05-31"}, {"9999-12-31", 1, ""},
	} {
		require.Equal(t, c.want, period.MustDate(c.from).AddMonths(c.n).String(), "%v", c)
	}
}

func TestMonths(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		m := period.OfTime(drawDay(t)).Month()
		require.Equal(t, m, m.First().Month())
		require.Equal(t, m, m.Last().Month())
		require.Equal(t, m.Days(), m.First().DaysUntil(m.Last())+1)
		require.Equal(t, 1, m.First().Time().Day())
		require.Equal(t, m.Days(), m.Last().Time().Day())
		parsed, err := period.ParseMonth(m.String())
		require.NoError(t, err)
		require.Equal(t, m, parsed)
		same, ok := period.NewMonth(m.Year(), m.Number())
		require.True(t, ok)
		require.Equal(t, m, same)
		require.Equal(t, m, m.Add(17).Add(-17))
		b, err := json.Marshal(m)
		require.NoError(t, err)
		var back period.Month
		require.NoError(t, json.Unmarshal(b, &back))
		require.Equal(t, m, back)
	})
	require.Equal(t, "2026-02-28", period.MustMonth("2026-02").Last().String())
	require.Equal(t, "9999-12-31", period.MustMonth("9999-12").Last().String())
	require.Equal(t, "2027-01", period.MustMonth("2026-12").Add(1).String())
}

// What is not given stays not given, whatever is computed from it.
func TestNull(t *testing.T) {
	t.Parallel()
	var d period.Date
	var m period.Month
	require.True(t, d.IsZero())
	require.True(t, m.IsZero())
	require.Empty(t, d.String())
	require.Empty(t, m.String())
	for _, n := range []int{-40, 1, 40} {
		require.True(t, d.AddDays(n).IsZero())
		require.True(t, d.AddMonths(n).IsZero())
		require.True(t, m.Add(n).IsZero())
	}
	require.True(t, d.Month().IsZero())
	require.Zero(t, d.Year())
	require.True(t, m.First().IsZero())
	require.True(t, m.Last().IsZero())
	require.Zero(t, m.Days())

	var both struct {
		D period.Date  `json:"d"`
		M period.Month `json:"m"`
	}
	b, err := json.Marshal(both)
	require.NoError(t, err)
	require.JSONEq(t, `{"d":"","m":""}`, string(b))
	both.D, both.M = 5, 5
	require.NoError(t, json.Unmarshal(b, &both))
	require.True(t, both.D.IsZero())
	require.True(t, both.M.IsZero())
}

func TestRefused(t *testing.T) {
	t.Parallel()
	for _, bad := range []string{
		"", "2026", "2026-1-1", "2026-02-29", "2026-13-01", "2026-00-01", "0000-01-01",
		"01.02.2026", "2026-01-01T00:00:00Z", " 2026-01-01", "2026-01-011", "-001-01-01",
	} {
		_, err := period.ParseDate(bad)
		require.ErrorIs(t, err, period.ErrDateSyntax, bad)
	}
	for _, bad := range []string{"", "2026", "2026-1", "2026-13", "2026-00", "0000-01", "2026-01-01"} {
		_, err := period.ParseMonth(bad)
		require.ErrorIs(t, err, period.ErrMonthSyntax, bad)
	}
	for _, c := range [][3]int{{2026, 2, 29}, {2026, 13, 1}, {2026, 1, 0}, {0, 1, 1}, {10000, 1, 1}} {
		_, ok := period.NewDate(c[0], c[1], c[2])
		require.False(t, ok, "%v", c)
	}
	for _, c := range [][2]int{{2026, 0}, {2026, 13}, {0, 1}, {10000, 1}} {
		_, ok := period.NewMonth(c[0], c[1])
		require.False(t, ok, "%v", c)
	}
	require.Panics(t, func() { period.MustDate("x") })
	require.Panics(t, func() { period.MustMonth("x") })
	var d period.Date
	require.Error(t, json.Unmarshal([]byte(`"2026-02-30"`), &d))
}

func TestInterval(t *testing.T) {
	t.Parallel()
	interval := func(from, to string) period.Interval {
		return period.Interval{From: period.MustDate(from), To: period.MustDate(to)}
	}
	march := interval("2026-03-01", "2026-03-31")
	require.Equal(t, 31, march.Days())
	require.Equal(t, 1, interval("2026-03-01", "2026-03-01").Days())
	require.Equal(t, 2, interval("1969-12-31", "1970-01-01").Days())
	require.True(t, march.Overlaps(interval("2026-03-31", "2026-04-30")))
	require.True(t, march.Overlaps(interval("2026-02-01", "2026-03-01")))
	require.True(t, march.Overlaps(interval("2026-03-10", "2026-03-11")))
	require.False(t, march.Overlaps(interval("2026-04-01", "2026-04-30")))
	require.False(t, march.Overlaps(interval("2026-02-01", "2026-02-28")))
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{"2026-02-28", "1969-12-31", "2026-02", "", "0001-01-01"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if d, err := period.ParseDate(s); err == nil {
			require.Equal(t, s, d.String())
		}
		if m, err := period.ParseMonth(s); err == nil {
			require.Equal(t, s, m.String())
			require.Less(t, int64(m), int64(math.MaxInt32))
		}
	})
}
