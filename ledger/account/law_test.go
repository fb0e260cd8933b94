package account_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/ledger/account"
	"github.com/stazh/stazh/ledger/event"
	"github.com/stazh/stazh/ledger/rules"
)

func foldLaw(t *testing.T, payloads ...event.Payload) *account.Law {
	t.Helper()
	l := account.NewLaw()
	for n, x := range payloads {
		require.NoError(t, l.Apply(at(n, x), x))
	}
	return l
}

func wage(value string) *event.ParameterPublished {
	return &event.ParameterPublished{Name: rules.NationalAverageWage, Value: value,
		From: date("2018-01-01"), Until: date("2018-01-31"), Act: "act", Demo: true}
}

func TestLawParametersAsTheyWereKnown(t *testing.T) {
	t.Parallel()
	l := foldLaw(t, wage("859.00"), wage("860.00"))
	require.EqualValues(t, 1, l.Revision)
	require.Equal(t, ledger.Position(20), l.Position)
	require.Equal(t, []event.ParameterPublished{*wage("859.00"), *wage("860.00")}, l.Published)

	for _, c := range []struct {
		known time.Time
		want  string
	}{
		{start.Add(-time.Second), ""}, {start, "859.00"},
		{start.Add(time.Hour - time.Second), "859.00"}, {start.Add(time.Hour), "860.00"},
	} {
		p, err := l.Parameters.AsKnownAt(c.known).Lookup(rules.NationalAverageWage,
			date("2018-01-15"))
		require.Equal(t, c.want == "", err != nil, c.known)
		require.Equal(t, c.want, p.Value, c.known)
	}
	p, err := l.Parameters.Lookup(rules.NationalAverageWage, date("2018-01-15"))
	require.NoError(t, err)
	require.True(t, p.Demo)
	require.Equal(t, start.Add(time.Hour), p.KnownFrom)
}

func TestLawRefusesAParameterItCannotRead(t *testing.T) {
	t.Parallel()
	l := foldLaw(t, wage("859.00"))
	bad := wage("8,59")
	err := l.Apply(at(1, bad), bad)
	require.ErrorContains(t, err, "parameter national_average_wage from 2018-01-01")
	require.EqualValues(t, 0, l.Revision, "the law stays where it was")
	require.Len(t, l.Published, 1)
}

func activities(from string, entries ...event.ClassifierEntry) *event.ClassifierPublished {
	c := &event.ClassifierPublished{Name: account.ClassifierActivity, Entries: entries}
	if from != "" {
		c.From = date(from)
	}
	return c
}

func activity(code, paid, from, until string) event.ClassifierEntry {
	e := event.ClassifierEntry{Code: code,
		Attributes: []event.Attribute{{Key: account.AttributePaid, Value: paid}}}
	if from != "" {
		e.From = date(from)
	}
	if until != "" {
		e.Until = date(until)
	}
	return e
}

func TestLawClassifiersByDate(t *testing.T) {
	t.Parallel()
	old := activities("", activity("ДЕТИ", "no", "", "2021-12-31"), activity("СП1", "yes", "", ""))
	// The same code twice: what it means changes in the middle of a year.
	next := activities("2022-01-01", activity("ДЕТИ0", "no", "2022-01-01", ""),
		activity("СП1", "yes", "", "2022-06-30"), activity("СП1", "no", "2022-07-01", ""))
	l := foldLaw(t, old, next)

	for _, c := range []struct {
		code, on string
		known    bool
		paid     bool
	}{
		{"ДЕТИ", "2000-01-01", true, false},
		{"ДЕТИ", "2021-12-31", true, false},
		{"ДЕТИ", "2022-01-01", false, true},
		{"ДЕТИ0", "2021-12-31", false, true},
		{"ДЕТИ0", "2022-01-01", true, false},
		{"СП1", "2021-12-31", true, true},
		{"СП1", "2022-06-30", true, true},
		{"СП1", "2022-07-01", true, false},
		{"НЕТ", "2022-07-01", false, true},
		{"", "2022-07-01", false, true},
	} {
		entry, known := l.Code(account.ClassifierActivity, c.code, date(c.on))
		require.Equal(t, c.known, known, "%s on %s", c.code, c.on)
		if known {
			require.Equal(t, c.code, entry.Code)
		}
		require.Equal(t, c.paid, l.PaidActivity(c.code, date(c.on)), "%s on %s", c.code, c.on)
	}
	codes := func(on string) (list []string) {
		for _, e := range l.Classifier(account.ClassifierActivity, date(on)) {
			list = append(list, e.Code)
		}
		return list
	}
	require.Equal(t, []string{"ДЕТИ", "СП1"}, codes("2018-01-01"))
	require.Equal(t, []string{"ДЕТИ0", "СП1"}, codes("2022-08-01"))
	require.Len(t, old.Entries, 2, "asking changes nothing")
	require.Nil(t, l.Classifier("nothing", date("2018-01-01")))

	latest, ok := l.LatestClassifier(account.ClassifierActivity)
	require.True(t, ok)
	require.Equal(t, *next, latest)
	_, ok = l.LatestClassifier("nothing")
	require.False(t, ok)
}

// TestLawClassifierReplacesFromItsDayOn: what is recorded later counts from its first
// day on, also against a version with a later first day that was recorded before.
func TestLawClassifierReplacesFromItsDayOn(t *testing.T) {
	t.Parallel()
	l := foldLaw(t, activities("2022-01-01", activity("A", "no", "", "")),
		activities("2018-01-01", activity("B", "no", "", "")))
	_, known := l.Code(account.ClassifierActivity, "A", date("2023-01-01"))
	require.False(t, known)
	_, known = l.Code(account.ClassifierActivity, "B", date("2023-01-01"))
	require.True(t, known)
	_, known = l.Code(account.ClassifierActivity, "B", date("2017-12-31"))
	require.False(t, known)
}

func TestLawRulePacksByDate(t *testing.T) {
	t.Parallel()
	pack := func(version, from string) *event.RulePackPublished {
		return &event.RulePackPublished{Version: version, From: date(from)}
	}
	l := foldLaw(t, pack("2", "2019-01-01"), pack("1", "2018-01-01"), pack("2a", "2019-01-01"))
	for on, want := range map[string]string{
		"2017-12-31": "", "2018-01-01": "1", "2018-12-31": "1", "2019-01-01": "2a",
		"2030-01-01": "2a",
	} {
		p, ok := l.RulePack(date(on))
		require.Equal(t, want != "", ok, on)
		require.Equal(t, want, p.Version, on)
	}
	require.True(t, l.HasRulePack("2"))
	require.False(t, l.HasRulePack("3"))
}

func TestLawRefusesOtherStreams(t *testing.T) {
	t.Parallel()
	x := &event.EmploymentEnded{}
	require.Panics(t, func() { _ = account.NewLaw().Apply(at(0, x), x) })
}
