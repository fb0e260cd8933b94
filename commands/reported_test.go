package commands_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/stazh/stazh/commands/intake/document"
	"github.com/stazh/stazh/ledger/account"
	"github.com/stazh/stazh/ledger/event"
	"github.com/stazh/stazh/ledger/obligation"
	"github.com/stazh/stazh/ledger/period"
)

// owes is what has become of the ПУ-3 of the first quarter of 2018 on a day, with the day on
// which it was filed.
func (k *kit) owes(on string) string {
	k.t.Helper()
	law, err := k.bus.Law.Current(k.t.Context())
	require.NoError(k.t, err)
	payer, _ := k.payer(unp)
	for _, x := range obligation.Of(payer, law, period.MustDate(on)) {
		if x.Form == account.FormPU3 && x.Year == 2018 && x.Quarter == 1 {
			if x.State != obligation.Met {
				require.Empty(k.t, x.Receipt)
				return string(x.State)
			}
			return string(x.State) + " " + x.FiledOn.String()
		}
	}
	return "none"
}

func TestAnObligationIsOpenAgainOnceNobodyIsReported(t *testing.T) {
	t.Parallel()
	k := newKit(t, nil)
	one, other := workerNo(t, 1), workerNo(t, 2)
	k.accept(document.PU1, registration(one), registration(other))
	k.accept(document.PU2, hire(one, "2018-01-01"), hire(other, "2018-01-01"))
	require.Equal(t, "none", k.owes("2018-04-30"), "the account was opened after the quarter")
	k.accept(document.PU3, quarter(one, "800.00"), quarter(other, "900.00"))
	require.Equal(t, "met 2018-04-12", k.owes("2018-04-30"))

	k.later(1)
	k.accept(document.PU3, corrected(one, "850.00"), naming(other, document.Cancellation))
	require.Equal(t, "met 2018-04-12", k.owes("2018-04-30"), "one is reported still")
	k.accept(document.PU3, naming(one, document.Cancellation))
	require.Equal(t, "open", k.owes("2018-04-30"))
	require.Equal(t, "missed", k.owes("2018-05-03"))
	require.NotContains(t, k.mismatches(), "earnings", "what is missing is no difference")

	k.later(1)
	k.accept(document.PU3, restoring(one, 2))
	require.Equal(t, "met 2018-04-14", k.owes("2018-04-30"), "since it is there again")
	payer, _ := k.payer(unp)
	require.Equal(t, 1, payer.Individual[0].Persons)

	// A file that takes back and reports anew leaves no gap.
	k.later(1)
	anew := quarter(one, "800.00")
	anew.Data.Category = "02"
	k.accept(document.PU3, naming(one, document.Cancellation), anew)
	require.Equal(t, "met 2018-04-14", k.owes("2018-04-30"))
}

// A report for a pension comes before that of the quarter, and is not instead of it.
func TestAReportForAPensionDoesNotMeetTheObligation(t *testing.T) {
	t.Parallel()
	k := newKit(t, nil)
	one, other := k.twins()
	early := quarter(one, "800.00")
	early.Type = document.ForPension
	k.accept(document.PU3, early)
	require.Equal(t, "open", k.owes("2018-04-30"))
	k.accept(document.PU3, naming(one, document.Cancellation))
	k.accept(document.PU3, restoring(one, 1))
	require.Equal(t, "open", k.owes("2018-04-30"), "what is restored is for a pension, too")

	k.joins(event.MergeAccounts, one, other)
	payer, _ := k.payer(unp)
	require.Equal(t, []int{1, 1}, []int{payer.Individual[0].Persons, payer.Individual[0].ForPension})
	k.later(1)
	k.accept(document.PU3, quarter(one, "800.00"))
	require.Equal(t, "met 2018-04-13", k.owes("2018-04-30"))
	again := naming(one, document.Cancellation)
	again.FilledOn = again.FilledOn.AddDays(1)
	k.accept(document.PU3, again)
	require.Equal(t, "open", k.owes("2018-04-30"))
}

// Two accounts of one person count as one, so that they stop to count together.
func TestTheObligationOfJoinedAccounts(t *testing.T) {
	t.Parallel()
	k := newKit(t, nil)
	one, other := k.twins()
	early := quarter(other, "400.00")
	early.Type = document.ForPension
	k.accept(document.PU3, quarter(one, "800.00"), early)
	reported := func() []int {
		payer, _ := k.payer(unp)
		return []int{payer.Individual[0].Persons, payer.Individual[0].ForPension}
	}
	require.Equal(t, []int{2, 1}, reported())
	k.joins(event.MergeAccounts, one, other)
	require.Equal(t, []int{1, 0}, reported())
	require.Equal(t, "met 2018-04-12", k.owes("2018-04-30"))
	k.joins(event.SplitAccounts, one, other)
	require.Equal(t, []int{2, 1}, reported())
	k.joins(event.MergeAccounts, one, other)
	k.accept(document.PU3, naming(one, document.Cancellation))
	require.Equal(t, []int{1, 1}, reported())
	require.Equal(t, "open", k.owes("2018-04-30"), "what is left is for a pension")
}
