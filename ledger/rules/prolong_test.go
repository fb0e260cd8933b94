package rules_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/stazh/stazh/ledger/period"
	"github.com/stazh/stazh/ledger/rules"
)

// A prolonged number holds on and says so; the law it was made from knows nothing of it.
func TestProlonged(t *testing.T) {
	t.Parallel()
	law := &rules.Law{}
	publish := func(value, from, until string) {
		p := rules.Parameter{Name: rules.SubsistenceLevel, Value: value, Source: "gazette",
			From: period.MustDate(from)}
		if until != "" {
			p.Until = period.MustDate(until)
		}
		require.NoError(t, law.Publish(p))
	}
	day := period.MustDate("2040-01-01")
	_, _, ok := law.Prolonged(rules.SubsistenceLevel, day)
	require.False(t, ok, "nothing is known")
	publish("100.00", "2018-02-01", "2018-04-30")
	publish("110.00", "2018-08-01", "2018-10-31")
	longer, last, ok := law.Prolonged(rules.SubsistenceLevel, day)
	require.True(t, ok)
	require.Equal(t, "110.00", last.Value)
	require.Equal(t, period.MustDate("2018-10-31"), last.Until)
	p, err := longer.Lookup(rules.SubsistenceLevel, day)
	require.NoError(t, err)
	require.Equal(t, "110.00", p.Value)
	require.Equal(t, "gazette"+rules.AssumedToLast, p.Act)
	_, err = law.Lookup(rules.SubsistenceLevel, period.MustDate("2018-11-01"))
	require.Error(t, err)
	_, _, ok = longer.Prolonged(rules.SubsistenceLevel, day)
	require.False(t, ok, "it has no end any more")

	// In a gap the value before it holds on up to the next.
	gap := period.MustDate("2018-06-01")
	longer, last, ok = longer.Prolonged(rules.SubsistenceLevel, gap)
	require.True(t, ok)
	require.Equal(t, "100.00", last.Value)
	p, err = longer.Lookup(rules.SubsistenceLevel, gap)
	require.NoError(t, err)
	require.Equal(t, period.MustDate("2018-07-31"), p.Until)
	_, _, ok = law.Prolonged(rules.SubsistenceLevel, period.MustDate("2018-01-01"))
	require.False(t, ok, "nothing is known before")
}
