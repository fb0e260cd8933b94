package rules_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/stazh/stazh/ledger/money"
	"github.com/stazh/stazh/ledger/period"
	"github.com/stazh/stazh/ledger/rules"
)

// parameter is a publication with an act; until may be empty.
func parameter(name, value, from, until string) rules.Parameter {
	p := rules.Parameter{Name: name, Value: value, From: period.MustDate(from), Act: "test act"}
	if until != "" {
		p.Until = period.MustDate(until)
	}
	return p
}

// law2018 has the numbers of 2018 that contributions need, with the gap of February.
func law2018(t testing.TB) *rules.Law {
	t.Helper()
	law := &rules.Law{}
	for _, p := range []rules.Parameter{
		parameter("insured_rate", "0.01", "2003-01-01", ""),
		parameter("employer_pension_rate", "0.28", "2003-01-01", ""),
		parameter("employer_social_rate", "0.06", "2003-01-01", ""),
		parameter("self_employed_pension_rate", "0.29", "2003-01-01", ""),
		parameter("self_employed_social_rate", "0.06", "2003-01-01", ""),
		parameter("contribution_ceiling_multiple", "5", "2003-01-01", ""),
		parameter("work_injury_rate_min", "0.003", "2003-01-01", ""),
		parameter("work_injury_rate_max", "0.009", "2003-01-01", ""),
		parameter("national_average_wage", "859.00", "2018-01-01", ""),
		parameter("national_average_wage", "943.90", "2018-05-01", ""),
		parameter("minimum_old_age_rate", "0.25", "2003-01-01", ""),
		parameter("retirement_age_months_male", "726", "2017-01-01", "2017-12-31"),
		parameter("retirement_age_months_male", "732", "2018-01-01", "2018-12-31"),
		parameter("subsistence_level", "199.32", "2018-02-01", "2018-04-30"),
		parameter("subsistence_level", "206.58", "2018-05-01", "2018-07-31"),
		parameter("minimum_wage", "265", "2017-01-01", "2017-12-31"),
		parameter("minimum_wage", "305", "2018-01-01", "2018-12-31"),
	} {
		require.NoError(t, law.Publish(p))
	}
	return law
}

func TestLookupHoldsBetweenItsDays(t *testing.T) {
	t.Parallel()
	law := law2018(t)
	for _, c := range []struct{ name, date, want string }{
		{"minimum_wage", "2016-12-31", ""},
		{"minimum_wage", "2017-01-01", "265.00"},
		{"minimum_wage", "2017-12-31", "265.00"},
		{"minimum_wage", "2018-01-01", "305.00"},
		{"minimum_wage", "2019-01-01", ""},
		{"national_average_wage", "2017-12-31", ""},
		{"national_average_wage", "2018-01-01", "859.00"},
		{"national_average_wage", "2018-01-31", "859.00"},
		{"national_average_wage", "2018-02-01", ""},
		{"base_value", "2018-01-01", ""},
	} {
		got, err := law.Amount(c.name, period.MustDate(c.date))
		if c.want == "" {
			var missing *rules.MissingParameterError
			require.ErrorAs(t, err, &missing, "%s on %s", c.name, c.date)
			require.Equal(t, c.name, missing.Name)
			require.Equal(t, period.MustDate(c.date), missing.Date)
			continue
		}
		require.NoError(t, err)
		require.Equal(t, c.want, got.String(), "%s on %s", c.name, c.date)
	}
	_, err := law.Rate("insured_rate", 0)
	require.Error(t, err, "the null date has no law")
}

func TestPublishRefuses(t *testing.T) {
	t.Parallel()
	noSource := parameter("minimum_wage", "330", "2019-01-01", "")
	noSource.Act = ""
	noStart := parameter("minimum_wage", "330", "2019-01-01", "")
	noStart.From = 0
	for what, c := range map[string]struct {
		p     rules.Parameter
		field string
	}{
		"unknown name":     {parameter("minimum_wages", "330", "2019-01-01", ""), "name"},
		"no number":        {parameter("minimum_wage", "x", "2019-01-01", ""), "value"},
		"negative":         {parameter("minimum_wage", "-1.00", "2019-01-01", ""), "value"},
		"comma":            {parameter("minimum_wage", "330,00", "2019-01-01", ""), "value"},
		"third decimal":    {parameter("minimum_wage", "330.001", "2019-01-01", ""), "value"},
		"hexadecimal":      {parameter("insured_rate", "0x1", "2019-01-01", ""), "value"},
		"exponent":         {parameter("insured_rate", "1e2", "2019-01-01", ""), "value"},
		"absurd rate":      {parameter("insured_rate", "1000.1", "2019-01-01", ""), "value"},
		"fraction of days": {parameter("sick_child_days", "1.5", "2019-01-01", ""), "value"},
		"unknown word":     {parameter("deferral_base", "wage", "2019-01-01", ""), "value"},
		"no source":        {noSource, "act"},
		"no start":         {noStart, "from"},
		"end before start": {parameter("minimum_wage", "1", "2019-01-02", "2019-01-01"), "until"},
		"half a month":     {parameter("national_average_wage", "1", "2019-01-02", ""), "from"},
		"two months": {
			parameter("national_average_wage", "1", "2019-01-01", "2019-02-28"), "from"},
		"reaches into next": {parameter("minimum_wage", "1", "2016-01-01", "2017-01-01"), "from"},
		"starts within":     {parameter("minimum_wage", "1", "2018-06-01", ""), "from"},
	} {
		law := law2018(t)
		before := law.Series(c.p.Name)
		var refused *rules.Error
		require.ErrorAs(t, law.Publish(c.p), &refused, what)
		require.Equal(t, c.field, refused.Field, what)
		require.Equal(t, before, law.Series(c.p.Name), "%s: the law has not changed", what)
	}
}

func TestLaterPublicationReplacesFromWhenItIsKnown(t *testing.T) {
	t.Parallel()
	day := func(d int) time.Time { return time.Date(2018, 3, d, 0, 0, 0, 0, time.UTC) }
	first := parameter("national_average_wage", "870.00", "2018-02-01", "")
	first.KnownFrom = day(10)
	second := parameter("national_average_wage", "880.00", "2018-02-01", "")
	second.KnownFrom = day(20)
	february := period.MustDate("2018-02-15")
	for _, order := range [][]rules.Parameter{{first, second}, {second, first}} {
		law := law2018(t)
		for _, p := range order {
			require.NoError(t, law.Publish(p))
		}
		for at, want := range map[time.Time]string{
			day(9): "", day(10): "870.00", day(19): "870.00", day(20): "880.00", day(31): "880.00",
		} {
			got, err := law.AsKnownAt(at).Amount("national_average_wage", february)
			if want == "" {
				require.Error(t, err)
				continue
			}
			require.NoError(t, err)
			require.Equal(t, want, got.String())
		}
		got, err := law.Amount("national_average_wage", february)
		require.NoError(t, err)
		require.Equal(t, "880.00", got.String())
	}
}

func TestCloneIsIndependent(t *testing.T) {
	t.Parallel()
	law := law2018(t)
	clone := law.Clone()
	require.NoError(t, clone.Publish(parameter("base_value", "24.50", "2018-01-01", "")))
	require.NoError(t, clone.Publish(parameter("minimum_wage", "330", "2019-01-01", "")))
	_, err := law.Amount("base_value", period.MustDate("2018-01-01"))
	require.Error(t, err)
	_, err = law.Amount("minimum_wage", period.MustDate("2019-01-01"))
	require.Error(t, err)
}

func TestAtListsWhatHolds(t *testing.T) {
	t.Parallel()
	var names []string
	for _, p := range law2018(t).At(period.MustDate("2018-02-01")) {
		names = append(names, p.Name)
	}
	require.Equal(t, []string{
		"contribution_ceiling_multiple", "employer_pension_rate", "employer_social_rate",
		"insured_rate", "minimum_old_age_rate", "minimum_wage", "retirement_age_months_male",
		"self_employed_pension_rate", "self_employed_social_rate", "subsistence_level",
		"work_injury_rate_max", "work_injury_rate_min",
	}, names)
}

func TestValuesBecomeCanonical(t *testing.T) {
	t.Parallel()
	law := &rules.Law{}
	for _, c := range []struct{ name, given, want string }{
		{"minimum_wage", "0330", "330.00"},
		{"employer_pension_rate", "0.280", "0.28"},
		{"subsistence_level", "92.415", "92.415"},
		{"subsistence_level", "199.3", "199.30"},
		{"sick_child_days", "14.0", "14"},
		{"deferral_base", "pension", "pension"},
	} {
		require.NoError(t, law.Publish(parameter(c.name, c.given, "2018-01-01", "")))
		p, err := law.Lookup(c.name, period.MustDate("2018-01-01"))
		require.NoError(t, err)
		require.Equal(t, c.want, p.Value)
	}
	level, err := law.Rate("subsistence_level", period.MustDate("2018-01-01"))
	require.NoError(t, err)
	require.Equal(t, money.MustParseRate("199.3"), level)
}

func TestHotPathDoesNotAllocate(t *testing.T) {
	law := law2018(t)
	month := period.MustMonth("2018-02")
	earnings := money.MustParse("5000.00")
	intervals := []period.Interval{
		{From: period.MustDate("2018-01-15"), To: period.MustDate("2018-03-20")},
	}
	require.Zero(t, testing.AllocsPerRun(100, func() {
		terms, err := rules.TermsOf(law, month)
		if err != nil {
			t.Fatal(err)
		}
		var sums rules.MonthSums
		sums.Add(earnings, terms.Person(earnings))
		if terms.Assess(sums).Base != terms.Ceiling() {
			t.Fatal("not capped")
		}
		if rules.MeasureMerged(intervals).Months != 2 {
			t.Fatal("not two months")
		}
	}))
}
