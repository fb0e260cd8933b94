package commands_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/stazh/stazh/commands"
	"github.com/stazh/stazh/commands/intake/document"
	"github.com/stazh/stazh/ledger/event"
	"github.com/stazh/stazh/ledger/reconciliation"
)

// note gives the rows of a note of 2018.
func (k *kit) note(form string) []reconciliation.NoteRow {
	k.t.Helper()
	payer, _ := k.payer(unp)
	b := k.balance()
	for _, n := range reconciliation.NotesOf(payer, &b, 2018) {
		if n.Form == form {
			return n.Rows
		}
	}
	return nil
}

// TestOccupationalContributionsAreComparedThreeWays: 9 % of 1000.00 twice and 6 % of 1200.00
// are assessed, 252.00; the ПУ-6 says a kopeck more, which is tolerated. The ordinary
// contributions on 1000.00 a month are 35 %; March waits for a number of the law.
func TestOccupationalContributionsAreComparedThreeWays(t *testing.T) {
	t.Parallel()
	k := newKit(t, nil)
	k.withRegular(1)
	k.register(treasury, "501000001", "treasury")
	require.Equal(t, []string{"payments 1 -700.00 unexplained"}, k.mismatches())
	require.Empty(t, k.note("ПЗ-6"), "nobody works in special conditions")
	d := special(workerNo(t, 0), "И", 100_000, 100_000, 120_000)
	d.Data.Months[0].Contributions++
	first := k.file(report(t, pack(document.PU6), d))
	require.Equal(t, event.Accepted, first.Processed.Outcome, "%+v", k.findings(first))
	require.Equal(t, []string{"payments 1 -700.00 unexplained",
		"occupational 1 0.01 unexplained", "occupational_payments 1 -252.00 unexplained"},
		k.mismatches())

	// What is paid for the occupational fund is for no other.
	k.pay(line("1", unp, "2018-04-10", "300.00", "occupational"))
	require.Equal(t, []string{"payments 1 -700.00 unexplained",
		"occupational 1 0.01 unexplained"}, k.mismatches())
	explain := commands.ExplainMismatch{Actor: clerk, Payer: unp, Year: 2018, Quarter: 1,
		Kind: "occupational", Text: "Rounded up"}
	_, err := k.bus.ExplainMismatch(t.Context(), explain)
	require.NoError(t, err)
	payer, _ := k.payer(unp)
	require.Equal(t, "ПЗ-6", payer.Explanations[0].Form)
	require.Equal(t, []reconciliation.NoteRow{
		{Column: 2, Kind: "occupational", ByPayer: 252_01, ByAccounts: 252_00, Difference: 1,
			State: reconciliation.Explained, Text: payer.Explanations[0].Text},
		{Column: 3, Kind: "occupational_payments", ByPayer: 252_00, ByAccounts: 252_00}},
		k.note("ПЗ-6"))

	right := special(workerNo(t, 0), "К", 100_000, 100_000, 120_000)
	f := k.file(report(t, pack(document.PU6), right))
	require.Equal(t, event.Accepted, f.Processed.Outcome, "%+v", k.findings(f))
	require.Equal(t, []string{"payments 1 -700.00 unexplained"}, k.mismatches())
	_, err = k.bus.ExplainMismatch(t.Context(), explain)
	requireCode(t, err, "mismatch_unknown")

	// A cancellation takes both sides back.
	f = k.file(report(t, pack(document.PU6), special(workerNo(t, 0), "О")))
	require.Equal(t, event.Accepted, f.Processed.Outcome, "%+v", k.findings(f))
	require.Equal(t, []string{"payments 1 -700.00 unexplained"}, k.mismatches())
	require.Zero(t, k.note("ПЗ-6")[0].ByPayer)
}

// TestPaymentForNoFundIsDividedByTheSettlement: the 250.00 pay the oldest months first, and of
// each the funds in the order of the law: of January 60.00 and 90.00 (social, occupational),
// of February 80.00 and 20.00 (what is left for pensions, social).
func TestPaymentForNoFundIsDividedByTheSettlement(t *testing.T) {
	t.Parallel()
	k := newKit(t, nil)
	k.withRegular(1)
	k.register(treasury, "501000001", "treasury")
	k.file(report(t, pack(document.PU6), special(workerNo(t, 0), "И", 100_000, 100_000, 120_000)))
	k.pay(line("1", unp, "2018-04-10", "500.00", "pension"))
	require.Equal(t, []string{"payments 1 -200.00 unexplained",
		"occupational_payments 1 -252.00 unexplained"}, k.mismatches())
	k.pay(line("2", unp, "2018-04-10", "250.00", ""))
	require.Equal(t, []string{"payments 1 -40.00 unexplained",
		"occupational_payments 1 -162.00 unexplained"}, k.mismatches())
	require.Equal(t, []reconciliation.NoteRow{
		{Column: 2, Kind: "occupational", ByPayer: 252_00, ByAccounts: 252_00},
		{Column: 3, Kind: "occupational_payments", ByPayer: 90_00, ByAccounts: 252_00,
			Difference: -162_00, State: reconciliation.Unexplained}}, k.note("ПЗ-6"))
	k.pay(line("3", unp, "2018-04-10", "900.00", "social"))
	require.Equal(t, []string{"occupational_payments 1 -82.00 unexplained"}, k.mismatches(),
		"it sets 80.00 of the payment for no fund free")
}
