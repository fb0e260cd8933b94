package node_test

import (
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/stazh/stazh/api/node"
	"github.com/stazh/stazh/commands"
	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/ledger/account"
	"github.com/stazh/stazh/ledger/event"
	"github.com/stazh/stazh/ledger/money"
	"github.com/stazh/stazh/ledger/period"
	"github.com/stazh/stazh/projections/benefit"
)

var preparer, decider = ledger.Actor{Subject: "petrova", Role: "pension_officer"},
	ledger.Actor{Subject: "ivanova", Role: "approver"}

// appendPensions puts awards of two offices into the ledger, without the filings behind
// them: pension i of 200.00 and i kopecks.
func appendPensions(t testing.TB, n *node.Node, count int) {
	t.Helper()
	const atOnce = 5000
	from := period.MustDate("2017-03-01")
	for first := 0; first < count; first += atOnce {
		batch := make([]ledger.StreamAppend, min(atOnce, count-first))
		for j := range batch {
			i := first + j
			id := ledger.DeterministicID("pensioner", i)
			benefitCase := ledger.DeterministicID(id, "case")
			award := event.Award{Case: benefitCase, Calculation: ledger.DeterministicID(id, "c"),
				Kind: "old_age", Pays: "monthly", Form: "full", From: from,
				Amount: 20_000 + money.Amount(i), Office: []string{"602", "101"}[i%2]}
			batch[j] = ledger.StreamAppend{Stream: ledger.PersonStream(id),
				Expected: ledger.NoStream, Events: []ledger.NewEvent{
					event.New(ledger.DeterministicID(id, 0), ledger.Meta{Actor: preparer},
						&event.BenefitClaimed{Case: benefitCase, Kind: "old_age", ClaimedOn: from,
							From: from}),
					event.New(ledger.DeterministicID(id, 1), ledger.Meta{Actor: decider},
						&event.PensionAssigned{Award: award})}}
		}
		_, err := n.Log.Append(t.Context(), batch...)
		require.NoError(t, err)
	}
}

// prepareRaise publishes a decree of five per cent and prepares its run.
func prepareRaise(t testing.TB, n *node.Node) commands.PreparedIndexation {
	t.Helper()
	decree, _, err := n.Bus.PublishIndexation(t.Context(), commands.PublishIndexation{
		Actor: preparer, Rule: "AD-1", Kinds: []string{"old_age"}, Act: "decree",
		From: period.MustDate("2018-05-01"), OldWage: money.MustParse("900.00"),
		NewWage: money.MustParse("945.00")})
	require.NoError(t, err)
	run, err := n.Bus.PrepareIndexation(t.Context(),
		commands.PrepareIndexation{Actor: preparer, Decree: decree})
	require.NoError(t, err)
	return run
}

func runOf(t testing.TB, n *node.Node, run uuid.UUID) *account.IndexationRun {
	t.Helper()
	n.Bus.Law.Refresh()
	law, err := n.Bus.Law.Current(t.Context())
	require.NoError(t, err)
	r, ok := law.Run(run)
	require.True(t, ok)
	return r
}

// The clerk carries a run out on the real database, from the read models, and the totals
// of the read model are those of the report.
func TestIndexationOnTheDatabase(t *testing.T) {
	t.Parallel()
	n := open(t)
	const count = 2500
	appendPensions(t, n, count)
	p := prepareRaise(t, n)
	require.Equal(t, count, p.Report.Benefits)
	// The account of one moves after the simulation.
	ended := ledger.DeterministicID("pensioner", 0)
	_, err := n.Log.Append(t.Context(), ledger.StreamAppend{Stream: ledger.PersonStream(ended),
		Expected: 1, Events: []ledger.NewEvent{event.New(uuid.New(), ledger.Meta{Actor: decider},
			&event.BenefitTerminated{Case: ledger.DeterministicID(ended, "case"),
				Last: period.MustDate("2018-04-20"), Cause: "death"})}})
	require.NoError(t, err)
	_, err = n.Bus.ApproveIndexation(t.Context(),
		commands.ApproveIndexation{Actor: decider, Ground: "decree", Run: p.Run})
	require.NoError(t, err)
	require.Eventually(t, func() bool {
		return runOf(t, n, p.Run).State == account.IndexationCompleted
	}, time.Minute, 20*time.Millisecond)
	report := runOf(t, n, p.Run).Result
	require.Equal(t, count-1, report.Benefits)
	require.Equal(t, p.Report.Old-20_000, report.Old)
	require.Equal(t, p.Report.New-21_000, report.New)

	head, err := n.Log.Head(t.Context())
	require.NoError(t, err)
	require.NoError(t, n.Runner.WaitFor(t.Context(), "benefit", head))
	totals, err := n.Models.Benefit.Totals(t.Context(), period.MustMonth("2018-05"),
		benefit.TotalFilter{Scope: benefit.Office}, "", 0)
	require.NoError(t, err)
	require.Len(t, totals.Items, len(report.Offices))
	for i, office := range report.Offices {
		require.Equal(t, office.Code, totals.Items[i].Code)
		require.EqualValues(t, office.Benefits, totals.Items[i].Count)
		require.Equal(t, office.New, totals.Items[i].Amount)
	}
}
