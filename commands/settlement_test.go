package commands_test

import (
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/stazh/stazh/commands"
	"github.com/stazh/stazh/commands/intake/document"
	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/ledger/account"
	"github.com/stazh/stazh/ledger/event"
	"github.com/stazh/stazh/ledger/money"
	"github.com/stazh/stazh/ledger/period"
	"github.com/stazh/stazh/ledger/settlement"
)

var (
	keeper  = ledger.Actor{Subject: "petrova", Role: "officer"}
	decider = ledger.Actor{Subject: "sidorov", Role: "approver"}
)

// owing is a kit whose payer owes 350.00 for January (290.00 for pensions, 60.00 for social
// insurance), due on 20 February 2018; today is 12 April.
func inArrears(t *testing.T) *kit {
	t.Helper()
	k := newKit(t, nil)
	k.register(treasury, "501000001", "treasury")
	k.record(unp, &event.LiabilityAssessed{Month: period.MustMonth("2018-01"), Persons: 1,
		Earnings: 1000_00, Base: 1000_00, Withheld: 10_00, Pension: 280_00, Social: 60_00})
	return k
}

// record appends facts that another command would decide.
func (k *kit) record(payer string, facts ...event.Payload) {
	k.t.Helper()
	p, _ := k.payer(payer)
	events := make([]ledger.NewEvent, len(facts))
	for i, f := range facts {
		events[i] = event.New(ledger.DeterministicID("test", int64(p.Revision), i),
			ledger.Meta{Actor: clerk}, f)
	}
	_, err := k.log.Append(k.t.Context(), ledger.StreamAppend{
		Stream: ledger.PayerStream(payer), Expected: p.Revision, Events: events})
	require.NoError(k.t, err)
}

func (k *kit) pay(lines ...document.Payment) account.Filing {
	k.t.Helper()
	list := pack(document.Payments)
	list.UNP, list.FundNo = treasury, "501000001"
	docs := make([]document.Document, len(lines))
	for i := range lines {
		docs[i] = document.Document{Type: document.Original, Payment: &lines[i]}
	}
	return k.fileBy(treasury, report(k.t, list, docs...))
}

func (k *kit) balance() settlement.Balance {
	k.t.Helper()
	p, _ := k.payer(unp)
	law, err := k.bus.Law.Current(k.t.Context())
	require.NoError(k.t, err)
	return settlement.Of(p, law, commands.FundDate(*k.now))
}

func line(ref, payer, on, amount, kind string) document.Payment {
	return document.Payment{BankRef: ref, PayerUNP: payer, ValueDate: period.MustDate(on),
		Amount: money.MustParse(amount), Kind: kind}
}

func TestRefundTakesAPayerAndTwoOfficers(t *testing.T) {
	t.Parallel()
	k := inArrears(t)
	ctx := t.Context()
	k.pay(line("1", unp, "2018-02-20", "340.00", "pension"))
	ask := commands.RequestRefund{Actor: clerk, Payer: unp, Fund: "pension", Amount: 50_01}
	_, _, err := k.bus.RequestRefund(ctx, ask)
	requireRefusal(t, err, commands.Conflict, "overpayment_short")
	ask.Amount = 50_00
	refund, _, err := k.bus.RequestRefund(ctx, ask)
	require.NoError(t, err)
	again, _, err := k.bus.RequestRefund(ctx, ask)
	require.NoError(t, err)
	require.Equal(t, refund, again, "asked twice, asked once")

	propose := commands.ProposeRefund{Actor: keeper, Payer: unp, Refund: refund, Reason: "paid twice"}
	_, _, err = k.bus.ProposeRefund(ctx, propose)
	requireRefusal(t, err, commands.Invalid, "ground_missing")
	propose.Ground = "Instruction 45, point 12"
	proposal, _, err := k.bus.ProposeRefund(ctx, propose)
	require.NoError(t, err)
	approve := commands.DecideProposal{Actor: keeper, Payer: unp, Proposal: proposal,
		Reason: "checked"}
	_, err = k.bus.ApproveProposal(ctx, approve)
	requireRefusal(t, err, commands.Invalid, "ground_missing")
	approve.Ground, approve.Reason = "Decree 1", " "
	_, err = k.bus.ApproveProposal(ctx, approve)
	requireRefusal(t, err, commands.Invalid, "reason_missing")
	approve.Reason = "checked"
	_, err = k.bus.ApproveProposal(ctx, approve)
	requireRefusal(t, err, commands.Forbidden, "SPF-905")
	pay := commands.PayRefund{Actor: keeper, Payer: unp, Refund: refund, BankRef: "F-1"}
	_, err = k.bus.PayRefund(ctx, pay)
	requireRefusal(t, err, commands.Conflict, "refund_not_approved")
	approve.Actor = decider
	for range 2 { // approved twice, approved once
		_, err = k.bus.ApproveProposal(ctx, approve)
		require.NoError(t, err)
	}
	b := k.balance()
	require.EqualValues(t, 50_00, b.Refunded)
	require.Zero(t, b.Overpayment)
	for range 2 {
		_, err = k.bus.PayRefund(ctx, pay)
		require.NoError(t, err)
	}
	p, _ := k.payer(unp)
	require.EqualValues(t, 6, p.Revision, "one event for each step")
	require.Equal(t, account.ProposalPaid, p.Refunds[0].Proposal.State)
}

func TestRefundIsNotPaidAfterACorrection(t *testing.T) {
	t.Parallel()
	k := inArrears(t)
	ctx := t.Context()
	k.pay(line("1", unp, "2018-02-20", "340.00", "pension"))
	refund, _, err := k.bus.RequestRefund(ctx, commands.RequestRefund{Actor: clerk, Payer: unp,
		Fund: "pension", Amount: 50_00})
	require.NoError(t, err)
	proposal, _, err := k.bus.ProposeRefund(ctx, commands.ProposeRefund{Actor: keeper,
		Payer: unp, Refund: refund, Reason: "x", Ground: "y"})
	require.NoError(t, err)
	raise := &event.LiabilityAssessed{Month: period.MustMonth("2018-01"), Pension: 310_00}
	approve := commands.DecideProposal{Actor: decider, Payer: unp, Proposal: proposal,
		Reason: "checked", Ground: "Decree 1"}
	k.record(unp, raise)
	_, err = k.bus.ApproveProposal(ctx, approve)
	requireRefusal(t, err, commands.Conflict, "overpayment_short")
	raise.Pension = 290_00
	k.record(unp, raise)
	_, err = k.bus.ApproveProposal(ctx, approve)
	require.NoError(t, err)
	raise.Pension = 310_00
	k.record(unp, raise)
	_, err = k.bus.PayRefund(ctx, commands.PayRefund{Actor: keeper, Payer: unp, Refund: refund,
		BankRef: "F-1"})
	requireRefusal(t, err, commands.Conflict, "refund_uncovered")
}

func TestOffsetMovesAnOverpayment(t *testing.T) {
	t.Parallel()
	k := inArrears(t)
	k.pay(line("1", unp, "2018-02-20", "340.00", "pension"))
	move := commands.OffsetOverpayment{Actor: clerk, Payer: unp, From: "pension", To: "social",
		Month: period.MustMonth("2018-01"), Amount: 50_00}
	for range 2 {
		_, _, err := k.bus.OffsetOverpayment(t.Context(), move)
		require.NoError(t, err)
	}
	b := k.balance()
	require.EqualValues(t, 10_00, b.Arrears)
	require.Len(t, b.Offsets, 1)
	move.Amount = 1
	_, _, err := k.bus.OffsetOverpayment(t.Context(), move)
	requireRefusal(t, err, commands.Conflict, "overpayment_short")
	move.To = "pension"
	_, _, err = k.bus.OffsetOverpayment(t.Context(), move)
	requireRefusal(t, err, commands.Invalid, "fund_same")
}

func TestDefermentTakesTwoOfficers(t *testing.T) {
	t.Parallel()
	k := inArrears(t)
	ctx := t.Context()
	propose := commands.ProposeDeferment{Actor: keeper, Payer: unp, Ground: "Decree 1",
		Reason: "seasonal work", Instalments: []event.Instalment{
			{Due: period.MustDate("2018-05-10"), Amount: 200_00},
			{Due: period.MustDate("2018-06-10"), Amount: 100_00}}}
	_, _, err := k.bus.ProposeDeferment(ctx, propose)
	requireRefusal(t, err, commands.Invalid, "instalments_sum")
	require.Contains(t, err.Error(), "350.00")
	propose.Instalments[1].Amount = 150_00
	id, _, err := k.bus.ProposeDeferment(ctx, propose)
	require.NoError(t, err)
	again, _, err := k.bus.ProposeDeferment(ctx, propose)
	require.NoError(t, err)
	require.Equal(t, id, again)
	_, err = k.bus.ApproveProposal(ctx, commands.DecideProposal{Actor: keeper, Payer: unp,
		Proposal: id, Reason: "checked", Ground: "Decree 1"})
	requireRefusal(t, err, commands.Forbidden, "SPF-905")

	k.pay(line("1", unp, "2018-04-11", "1.00", ""))
	approve := commands.DecideProposal{Actor: decider, Payer: unp, Proposal: id,
		Reason: "checked", Ground: "Decree 1"}
	_, err = k.bus.ApproveProposal(ctx, approve)
	requireRefusal(t, err, commands.Conflict, "SPF-906")
	_, err = k.bus.DeclineProposal(ctx, commands.DecideProposal{Actor: decider, Payer: unp,
		Proposal: id, Reason: "arrears moved", Ground: "Decree 1"})
	require.NoError(t, err)
	propose.Instalments[1].Amount = 149_00
	id, _, err = k.bus.ProposeDeferment(ctx, propose)
	require.NoError(t, err)
	approve.Proposal = id
	_, err = k.bus.ApproveProposal(ctx, approve)
	require.NoError(t, err)
	require.EqualValues(t, 349_00, k.balance().Deferred)
	_, _, err = k.bus.ProposeDeferment(ctx, propose)
	requireRefusal(t, err, commands.Conflict, "no_arrears")

	*k.now = k.now.Add(10 * 24 * time.Hour)
	_, err = k.bus.RevokeDeferment(ctx, commands.RevokeDeferment{Actor: keeper, Payer: unp,
		Deferment: id, Reason: "bankruptcy", Ground: "Decree 1"})
	require.NoError(t, err)
	require.EqualValues(t, 349_00, k.balance().Arrears)
}

func TestWaiverTakesTwoOfficers(t *testing.T) {
	t.Parallel()
	k := inArrears(t)
	ctx := t.Context()
	before := k.balance().Penalty
	require.Positive(t, int64(before))
	propose := commands.ProposePenaltyWaiver{Actor: keeper, Payer: unp, Ground: "Decree 1",
		Reason: "the bank's fault", From: period.MustDate("2018-02-21"),
		Until: period.MustDate("2018-04-12")}
	id, _, err := k.bus.ProposePenaltyWaiver(ctx, propose)
	require.NoError(t, err)
	require.Equal(t, before, k.balance().Penalty)
	_, err = k.bus.ApproveProposal(ctx, commands.DecideProposal{Actor: decider, Payer: unp,
		Proposal: id, Reason: "checked", Ground: "Decree 1"})
	require.NoError(t, err)
	require.Zero(t, k.balance().Penalty)
	_, err = k.bus.ApproveProposal(ctx, commands.DecideProposal{Actor: decider, Payer: unp,
		Reason: "checked", Ground: "Decree 1"})
	requireRefusal(t, err, commands.NotFound, "proposal_unknown")
	_, err = k.bus.ApproveProposal(ctx, commands.DecideProposal{Actor: decider, Payer: unp,
		Proposal: uuid.UUID{9}, Reason: "checked", Ground: "Decree 1"})
	requireRefusal(t, err, commands.NotFound, "proposal_unknown")
}

func TestExpenseIsRefusedInPart(t *testing.T) {
	t.Parallel()
	k := inArrears(t)
	refuse := commands.RefuseExpense{Actor: keeper, Payer: unp, Year: 2018, Quarter: 1,
		Amount: 10_00, Reason: "no sick note", Ground: "Regulation 569"}
	_, err := k.bus.RefuseExpense(t.Context(), refuse)
	requireRefusal(t, err, commands.NotFound, "expense_unknown")
	k.record(unp, &event.BenefitExpenseClaimed{Year: 2018, Quarter: 1, Amount: 40_00})
	require.EqualValues(t, 40_00, k.balance().Offset)
	for range 2 {
		_, err = k.bus.RefuseExpense(t.Context(), refuse)
		require.NoError(t, err)
	}
	require.EqualValues(t, 30_00, k.balance().Offset)
	refuse.Amount = 40_01
	_, err = k.bus.RefuseExpense(t.Context(), refuse)
	requireRefusal(t, err, commands.Invalid, "amount_invalid")
}

func TestSuspendedPaymentIsMatched(t *testing.T) {
	t.Parallel()
	k := inArrears(t)
	ctx := t.Context()
	k.register("MA1953684", "602000018", "employer")
	f := k.pay(line("s1", "200988542", "2018-02-20", "100.00", ""))
	require.Equal(t, 1, f.Processed.Accepted)
	match := commands.MatchSuspended{Actor: keeper, Treasury: treasury, BankRef: "s1",
		Reason: "checked", Ground: "Decree 1",
		Parts: []event.MatchedPart{{Payer: unp, Kind: "pension", Amount: 60_00},
			{Payer: unp, Kind: "social", Amount: 10_00}, {Payer: "MA1953684", Amount: 29_99}}}
	_, err := k.bus.MatchSuspended(ctx, match)
	requireRefusal(t, err, commands.Invalid, "SPF-804")
	match.Parts[2].Amount = 30_00
	for range 2 {
		_, err = k.bus.MatchSuspended(ctx, match)
		require.NoError(t, err)
	}
	b := k.balance()
	require.EqualValues(t, 70_00, b.Paid)
	require.Equal(t, period.MustDate("2018-02-20"), b.Payments[0].ValueDate)
	require.Equal(t, f.Receipt, b.Payments[0].Receipt)
	other, _ := k.payer("MA1953684")
	require.EqualValues(t, 30_00, other.Paid())
	match.Parts = []event.MatchedPart{{Payer: unp, Amount: 100_00}}
	_, err = k.bus.MatchSuspended(ctx, match)
	requireRefusal(t, err, commands.Conflict, "suspense_matched")
	match.BankRef = "s2"
	_, err = k.bus.MatchSuspended(ctx, match)
	requireRefusal(t, err, commands.NotFound, "suspense_unknown")
}

func TestBankReturnsAPayment(t *testing.T) {
	t.Parallel()
	k := inArrears(t)
	k.pay(line("1", unp, "2018-02-20", "350.00", ""))
	require.Zero(t, k.balance().Arrears)
	f := k.pay(line("1", unp, "2018-02-22", "350.00", "returned"))
	require.Equal(t, 1, f.Processed.Accepted, "%+v", k.findings(f))
	require.EqualValues(t, -350_00, f.Tallies[0].Payments)
	require.EqualValues(t, 350_00, k.balance().Arrears)
	f = k.pay(line("1", unp, "2018-02-23", "350.00", "returned"))
	require.Equal(t, 1, f.Processed.Rejected, "returned already")
}
