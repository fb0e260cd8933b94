package settlement_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/ledger/account"
	"github.com/stazh/stazh/ledger/event"
	"github.com/stazh/stazh/ledger/period"
	"github.com/stazh/stazh/ledger/rules"
)

// lawOf is a law with a due day and a yearly rate of 36 %: a tenth of a per cent a day. From
// 1 June 2018 the rate is half of it.
func lawOf(t require.TestingT) *account.Law {
	law := account.NewLaw()
	for _, x := range [][3]string{
		{rules.ContributionDueDay, "20", "1900-01-01"},
		{rules.PenaltyDivisor, "360", "1900-01-01"},
		{rules.RefinancingRate, "0.36", "2016-01-01"},
		{rules.RefinancingRate, "0.18", "2018-06-01"},
	} {
		require.NoError(t, law.Parameters.Publish(rules.Parameter{Name: x[0], Value: x[1],
			From: period.MustDate(x[2]), Source: "test"}))
	}
	return law
}

// ordered adds classifiers of the order of allocation to the law.
func ordered(t *testing.T, law *account.Law, name string, codes ...string) {
	t.Helper()
	f := &event.ClassifierPublished{Name: name, From: period.MustDate("2003-01-01")}
	for _, code := range codes {
		f.Entries = append(f.Entries, event.ClassifierEntry{Code: code})
	}
	require.NoError(t, law.Apply(ledger.Event{}, f))
}
