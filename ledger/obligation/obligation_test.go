package obligation_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/stazh/stazh/ledger/account"
	"github.com/stazh/stazh/ledger/obligation"
	"github.com/stazh/stazh/ledger/period"
)

// What is due on a day off is due on the next working day, as contributions are.
func TestDueDaysAreWorkingDays(t *testing.T) {
	t.Parallel()
	law := lawOf(t)
	for _, c := range []struct{ form, quarter, due string }{
		{account.FormFund4, "2018-01", "2018-04-20"},
		{account.FormFund4, "2018-07", "2018-10-22"}, // the 20th is a Saturday
		{account.FormFund4, "2018-10", "2019-01-21"}, // a Sunday
		{account.FormPU3, "2020-07", "2020-11-02"},
		{account.FormPU3, "2022-01", "2022-05-02"}, // a Saturday before a Sunday
	} {
		duty, ok := obligation.DutyOf(law, c.form, period.MustMonth(c.quarter))
		require.True(t, ok)
		require.Equal(t, c.due, duty.DueOn.String(), c.form)
		require.False(t, duty.Extended)
	}
}

func TestAnEstimateWaitsForTheDueDay(t *testing.T) {
	t.Parallel()
	p := employer("employer")
	p.Individual = []account.ReportedQuarter{{Year: 2020, Quarter: 2, Persons: 1}}
	p.Months = []account.LiabilityMonth{{}}
	p.Months[0].Month, p.Months[0].Pension = period.MustMonth("2020-05"), 280_00
	require.Empty(t, obligation.Estimates(p, lawOf(t), day("2020-11-02")), "a Monday")
	list := obligation.Estimates(p, lawOf(t), day("2020-11-03"))
	require.Len(t, list, 1)
	require.EqualValues(t, 280_00, list[0].Amount)
}
