package commands_test

import (
	"io"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/stazh/stazh/commands"
	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/ledger/account"
	"github.com/stazh/stazh/ledger/event"
	"github.com/stazh/stazh/ledger/money"
	"github.com/stazh/stazh/ledger/period"
	"github.com/stazh/stazh/ledger/settlement"
)

// refunded has a refund of the pension fund asked for, proposed and approved, today.
func (k *kit) refunded(amount money.Amount) uuid.UUID {
	k.t.Helper()
	ctx := k.t.Context()
	refund, _, err := k.bus.RequestRefund(ctx, commands.RequestRefund{Actor: clerk, Payer: unp,
		Fund: "pension", Amount: amount})
	require.NoError(k.t, err)
	proposal, _, err := k.bus.ProposeRefund(ctx, commands.ProposeRefund{Actor: keeper, Payer: unp,
		Refund: refund, Reason: "paid twice", Ground: "Instruction 45"})
	require.NoError(k.t, err)
	_, err = k.bus.ApproveProposal(ctx, commands.DecideProposal{Actor: decider, Payer: unp,
		Proposal: proposal, Reason: "checked", Ground: "Decree 1"})
	require.NoError(k.t, err)
	return refund
}

// The outgoing line of the treasury's list pays the approved refund, whoever else is looking.
func TestTheTreasurysListPaysARefund(t *testing.T) {
	t.Parallel()
	k := inArrears(t)
	k.pay(line("1", unp, "2018-02-20", "340.00", "pension"))
	f := k.pay(line("F-0", unp, "2018-04-12", "30.00", "refund"))
	require.Equal(t, 1, f.Processed.Rejected, "nothing is approved")
	require.Equal(t, "SPF-807", k.findings(f)[0].Code)
	first, second := k.refunded(30_00), k.refunded(20_00)

	f = k.pay(line("F-1", unp, "2018-04-11", "30.00", "refund"),
		line("F-2", unp, "2018-04-12", "30.01", "refund"),
		line("F-3", unp, "2018-04-12", "20.00", "refund"),
		line("F-4", unp, "2018-04-12", "20.00", "refund"))
	require.Equal(t, 1, f.Processed.Accepted, "before the approval, another sum, paid already")
	require.EqualValues(t, -20_00, f.Tallies[0].Payments)
	p, _ := k.payer(unp)
	require.Equal(t, account.ProposalApproved, p.Refunds[0].Proposal.State)
	require.Equal(t, account.ProposalPaid, p.Refunds[1].Proposal.State)
	require.Equal(t, second, p.Refunds[1].Refund)
	require.Equal(t, "F-3", p.Refunds[1].BankRef)
	require.Equal(t, period.MustDate("2018-04-12"), p.Refunds[1].PaidOn)

	f = k.pay(line("F-3", unp, "2018-04-12", "20.00", "refund"))
	require.Equal(t, 1, f.Processed.Rejected)
	require.Equal(t, "SPF-803", k.findings(f)[0].Code)

	// A correction has used the overpayment: an officer may not pay. What the bank has paid all
	// the same is a fact, and is owed.
	k.record(unp, &event.LiabilityAssessed{Month: period.MustMonth("2018-01"), Pension: 340_00})
	_, err := k.bus.PayRefund(t.Context(), commands.PayRefund{Actor: keeper, Payer: unp,
		Refund: first, BankRef: "F-5"})
	requireRefusal(t, err, commands.Conflict, "refund_uncovered")
	f = k.pay(line("F-5", unp, "2018-04-12", "30.00", "refund"))
	require.Equal(t, 1, f.Processed.Accepted)
	b := k.balance()
	require.EqualValues(t, 50_00, b.Refunded)
	require.EqualValues(t, 50_00, b.Refunds[0].Uncovered+b.Refunds[1].Uncovered)
}

// The bank takes back a payment that was suspended and then split among payers: all parts go.
func TestBankReturnsASplitPayment(t *testing.T) {
	t.Parallel()
	k := inArrears(t)
	ctx := t.Context()
	const other = "MA1953684"
	k.register(other, "602000018", "employer")
	k.pay(line("s1", "200988542", "2018-02-20", "100.00", ""))
	_, err := k.bus.MatchSuspended(ctx, commands.MatchSuspended{Actor: keeper, Treasury: treasury,
		Reason: "the purpose names them", Ground: "Instruction 45", BankRef: "s1",
		Parts: []event.MatchedPart{{Payer: unp, Kind: "pension", Amount: 60_00},
			{Payer: unp, Kind: "social", Amount: 10_00}, {Payer: other, Amount: 30_00}}})
	require.NoError(t, err)
	f := k.pay(line("s1", "200988542", "2018-02-22", "99.00", "returned"))
	require.Equal(t, 1, f.Processed.Rejected, "another sum")

	f = k.pay(line("s1", "200988542", "2018-02-22", "100.00", "returned"),
		line("s1", "200988542", "2018-02-22", "100.00", "returned"))
	require.Equal(t, 1, f.Processed.Accepted, "%+v", k.findings(f))
	require.EqualValues(t, -100_00, f.Tallies[0].Payments)
	require.Zero(t, k.balance().Paid)
	neighbour, _ := k.payer(other)
	require.Zero(t, neighbour.Paid())
	list, _ := k.payer(treasury)
	require.Equal(t, period.MustDate("2018-02-22"), list.Suspended[0].ReturnedOn)
	f = k.pay(line("s1", "200988542", "2018-02-23", "100.00", "returned"))
	require.Equal(t, 1, f.Processed.Rejected, "returned already")
	require.Equal(t, "SPF-806", k.findings(f)[0].Code)
}

// A part that its payer's own line has taken back cannot be taken back with the whole again.
func TestBankReturnsAPartOfASplitPayment(t *testing.T) {
	t.Parallel()
	k := inArrears(t)
	const other = "MA1953684"
	k.register(other, "602000018", "employer")
	k.pay(line("s1", "", "2018-02-20", "100.00", ""))
	_, err := k.bus.MatchSuspended(t.Context(), commands.MatchSuspended{Actor: keeper,
		Reason: "the purpose names them", Ground: "Instruction 45", Treasury: treasury,
		BankRef: "s1", Parts: []event.MatchedPart{{Payer: unp, Amount: 70_00},
			{Payer: other, Amount: 30_00}}})
	require.NoError(t, err)
	f := k.pay(line("s1", other, "2018-02-22", "30.00", "returned"))
	require.Equal(t, 1, f.Processed.Accepted)
	require.EqualValues(t, 70_00, k.balance().Paid)
	f = k.pay(line("s1", "", "2018-02-23", "100.00", "returned"))
	require.Equal(t, 1, f.Processed.Rejected)
	f = k.pay(line("s1", unp, "2018-02-23", "70.00", "returned"))
	require.Equal(t, 1, f.Processed.Accepted)
	require.Zero(t, k.balance().Paid)
}

// What the bank sends back counts as never paid, and may be asked for anew. Why it came back is
// kept in the archive.
func TestTheBankSendsARefundBack(t *testing.T) {
	t.Parallel()
	k := inArrears(t)
	k.pay(line("1", unp, "2018-02-20", "340.00", "pension"))
	refund := k.refunded(30_00)
	back := line("F-1", unp, "2018-04-14", "30.00", "returned")
	back.Purpose = "account closed"
	paid := line("F-1", unp, "2018-04-13", "30.00", "refund")
	k.later(2)
	f := k.pay(back, paid, line("F-1", unp, "2018-04-14", "30.01", "returned"),
		line("F-1", unp, "2018-04-12", "30.00", "returned"), back, back)
	codes := findingCodes(k.findings(f))
	require.Equal(t, []string{"SPF-806", "SPF-806", "SPF-806", "SPF-806"}, codes,
		"not paid yet, another sum, before the payment, twice")
	require.Equal(t, 2, f.Processed.Accepted)
	require.Zero(t, f.Tallies[0].Payments)

	payer, _ := k.payer(unp)
	x := payer.Refunds[0].Proposal
	require.Equal(t, account.ProposalReturned, x.State)
	require.Equal(t, period.MustDate("2018-04-14"), payer.Refunds[0].ReturnedOn)
	require.Equal(t, "account closed", k.archived(x.Step(account.ProposalReturned).Reason))
	law, err := k.bus.Law.Current(t.Context())
	require.NoError(t, err)
	for on, want := range map[string][]int64{"2018-04-13": {30_00, 20_00, 30_00},
		"2018-04-14": {0, 50_00, 0}} {
		b := settlement.Of(payer, law, period.MustDate(on))
		require.Equal(t, want[:2], []int64{int64(b.Refunded), int64(b.Overpayment)}, on)
		tree, err := b.Explain(law, settlement.FigureRefunded, settlement.Scope{}, nil)
		require.NoError(t, err)
		require.EqualValues(t, want[2], tree.Amount, on)
	}
	b := settlement.Of(payer, law, period.MustDate("2018-04-14"))
	tree, err := b.Explain(law, settlement.FigureRefunded, settlement.Scope{}, nil)
	require.NoError(t, err)
	require.Equal(t, []string{"refund", "refund_returned"},
		[]string{tree.Parts[0].Code, tree.Parts[1].Code})
	require.Equal(t, x.Position(), tree.Parts[1].Facts[0].Position)
	require.Equal(t, x.Step(account.ProposalApproved).Position, tree.Parts[0].Facts[0].Position)

	f = k.pay(paid)
	require.Equal(t, []string{"SPF-803"}, findingCodes(k.findings(f)), "it was recorded once")
	require.NotEqual(t, refund, k.refunded(50_00), "all may be asked back again")
}

// An officer records the return where the treasury's list does not tell it.
func TestAnOfficerRecordsARefundThatCameBack(t *testing.T) {
	t.Parallel()
	k := inArrears(t)
	k.pay(line("1", unp, "2018-02-20", "340.00", "pension"))
	c := commands.ReturnRefund{Actor: keeper, Payer: unp, Refund: k.refunded(50_00),
		Reason: "the account is closed", Ground: "Instruction 45"}
	_, err := k.bus.ReturnRefund(t.Context(), c)
	requireRefusal(t, err, commands.Conflict, "refund_not_paid")
	_, err = k.bus.PayRefund(t.Context(), commands.PayRefund{Actor: keeper, Payer: unp,
		Refund: c.Refund, BankRef: "F-1"})
	require.NoError(t, err)
	early, silent := c, c
	early.On = period.MustDate("2018-04-11")
	_, err = k.bus.ReturnRefund(t.Context(), early)
	requireRefusal(t, err, commands.Invalid, "return_day_invalid")
	silent.Reason = " "
	_, err = k.bus.ReturnRefund(t.Context(), silent)
	requireRefusal(t, err, commands.Invalid, "reason_missing")
	for range 2 { // once recorded, it is recorded
		_, err = k.bus.ReturnRefund(t.Context(), c)
		require.NoError(t, err)
	}
	payer, _ := k.payer(unp)
	require.Len(t, payer.Refunds[0].Proposal.Steps, 5)
	require.EqualValues(t, 50_00, k.balance().Overpayment)
}

// archived reads a text out of the archive.
func (k *kit) archived(name ledger.Hash) string {
	k.t.Helper()
	content, err := k.bus.Archive.Open(k.t.Context(), name)
	require.NoError(k.t, err)
	text, err := io.ReadAll(content)
	require.NoError(k.t, err)
	return string(text)
}
