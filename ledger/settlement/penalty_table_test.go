package settlement_test

import (
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/stazh/stazh/ledger/account"
	"github.com/stazh/stazh/ledger/event"
	"github.com/stazh/stazh/ledger/money"
	"github.com/stazh/stazh/ledger/period"
	"github.com/stazh/stazh/ledger/settlement"
)

// pensions is a month that owes to the pension fund alone.
func pensions(m string, amount money.Amount) account.LiabilityMonth {
	return account.LiabilityMonth{LiabilityAssessed: event.LiabilityAssessed{
		Month: period.MustMonth(m), Persons: 1, Pension: amount}}
}

// The penalty of 10,000.00 for April 2018, by hand. The 20th of May is a Sunday, so that it is
// due on Monday the 21st. A day costs 10.00 up to 31 May and 5.00 from 1 June, when the rate
// falls by half.
func TestPenaltyFromTheDueDate(t *testing.T) {
	t.Parallel()
	for what, c := range map[string]struct {
		holiday string
		paid    string
		on      string
		lines   []string
	}{
		"paid on the Sunday":            {paid: "2018-05-20", on: "2018-07-01"},
		"paid on the working day after": {paid: "2018-05-21", on: "2018-07-01"},
		"nothing on the due day":        {on: "2018-05-21"},
		"one day late": {paid: "2018-05-22", on: "2018-07-01",
			lines: []string{"2018-05-22 2018-05-22 10000.00 × 0.36 = 10.00"}},
		"a holiday of every year after the Sunday": {holiday: "05-21", paid: "2018-05-23",
			on: "2018-07-01", lines: []string{"2018-05-23 2018-05-23 10000.00 × 0.36 = 10.00"}},
		"a holiday of this year after the Sunday": {holiday: "2018-05-21", paid: "2018-05-22",
			on: "2018-07-01"},
		"a holiday of another year": {holiday: "2019-05-21", paid: "2018-05-22",
			on: "2018-07-01", lines: []string{"2018-05-22 2018-05-22 10000.00 × 0.36 = 10.00"}},
		"across the change of the rate": {on: "2018-06-10", lines: []string{
			"2018-05-22 2018-05-31 10000.00 × 0.36 = 100.00",
			"2018-06-01 2018-06-10 10000.00 × 0.18 = 50.00"}},
		"paid on the last day of the old rate": {paid: "2018-05-31", on: "2018-06-10",
			lines: []string{"2018-05-22 2018-05-31 10000.00 × 0.36 = 100.00"}},
		"paid on the first day of the new rate": {paid: "2018-06-01", on: "2018-06-10",
			lines: []string{"2018-05-22 2018-05-31 10000.00 × 0.36 = 100.00",
				"2018-06-01 2018-06-01 10000.00 × 0.18 = 5.00"}},
	} {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			law := lawOf(t)
			if c.holiday != "" {
				ordered(t, law, account.ClassifierHoliday, c.holiday)
			}
			p := payer([]account.LiabilityMonth{pensions("2018-04", 10_000_00)})
			if c.paid != "" {
				p.Payments = append(p.Payments, payment("a", c.paid, "10000.00", "pension", ""))
			}
			b := settlement.Of(p, law, day(c.on))
			require.Equal(t, c.lines, short(part(t, b, "2018-04", "pension").Lines))
		})
	}
}

// 5,000.00 are paid in time. The ten days from 22 to 31 May are counted on what the month owes
// after each correction, as if it had been so from the beginning.
func TestPenaltyAfterALowerAndAHigherCorrection(t *testing.T) {
	t.Parallel()
	p := payer([]account.LiabilityMonth{pensions("2018-04", 10_000_00)},
		payment("a", "2018-05-21", "5000.00", "pension", ""))
	for _, step := range []struct{ owed, penalty, over money.Amount }{
		{10_000_00, 50_00, 0}, // 5,000.00 × 10 × 0.001
		{8_000_00, 30_00, 0},  // lowered: 3,000.00 × 10 × 0.001
		{5_000_00, 0, 0},      // lowered to what is paid
		{4_000_00, 0, 1_000_00},
		{9_000_00, 40_00, 0}, // raised again: 4,000.00 × 10 × 0.001
		{10_000_00, 50_00, 0},
	} {
		p.Months[0].Pension = step.owed
		b := settlement.Of(p, lawOf(t), day("2018-05-31"))
		require.Equal(t, step.penalty, b.Penalty, step.owed)
		require.Equal(t, step.over, b.Overpayment, step.owed)
	}
}

// The first instalment is paid in time and the second is not: the deferment rests the penalty
// up to the second day, and the rates of the days after it hold.
func TestPenaltyAfterABrokenInstalment(t *testing.T) {
	t.Parallel()
	p := payer(january(), payment("s", "2018-02-20", "6000.00", "social", ""),
		payment("a", "2018-03-31", "14000.00", "pension", ""))
	p.Deferments = []account.Deferment{deferred("")}
	b := settlement.Of(p, lawOf(t), day("2018-06-02"))
	require.Equal(t, []string{
		"2018-02-21 2018-02-28 29000.00 × 0.36 = 232.00", // before the approval
		"2018-05-01 2018-05-31 15000.00 × 0.36 = 465.00", // 31 × 15.00
		"2018-06-01 2018-06-02 15000.00 × 0.18 = 15.00",  // 2 × 7.50
	}, short(part(t, b, "2018-01", "pension").Lines))
	require.Equal(t, settlement.DefermentBreached, b.Deferments[0].State)

	p.Payments = append(p.Payments, payment("b", "2018-04-30", "15000.00", "pension", ""))
	b = settlement.Of(p, lawOf(t), day("2018-06-02"))
	require.Equal(t, settlement.DefermentMet, b.Deferments[0].State)
	require.EqualValues(t, 232_00, b.Penalty, "both kept: only the days before it")
}

// 1,200.00 are paid for 1,000.00 and 200.00 leave the fund. Then a correction makes it
// 1,150.00: 150.00 are missing, from the day after the money has left.
func TestPenaltyOnWhatARefundOrAnOffsetTook(t *testing.T) {
	t.Parallel()
	on := day("2018-03-15")
	begun := func() *account.Payer {
		return payer([]account.LiabilityMonth{pensions("2018-01", 1_150_00)},
			payment("a", "2018-02-20", "1200.00", "pension", ""))
	}
	p := begun()
	p.Refunds = []account.Refund{{RefundRequested: event.RefundRequested{Refund: uuid.UUID{3},
		Fund: "pension", Amount: 200_00}, Proposal: account.Proposal{
		State: account.ProposalApproved, On: day("2018-03-01")}}}
	b := settlement.Of(p, lawOf(t), on)
	require.EqualValues(t, 150_00, b.Refunds[0].Uncovered)
	require.Zero(t, b.Penalty, "approved, but the money is still here")
	require.Zero(t, b.Arrears)

	p.Refunds[0].PaidOn, p.Refunds[0].Proposal.State = day("2018-03-05"), account.ProposalPaid
	b = settlement.Of(p, lawOf(t), on)
	require.Equal(t, []string{"2018-03-06 2018-03-15 150.00 × 0.36 = 1.50"},
		short(b.Refunds[0].Lines))
	require.EqualValues(t, 1_50, b.Penalty)
	require.EqualValues(t, 150_00, b.Arrears)
	n, err := b.Explain(lawOf(t), settlement.FigurePenalty, settlement.Scope{}, nil)
	require.NoError(t, err)
	require.EqualValues(t, 1_50, n.Amount)
	p.Months[0].Pension = 1_000_00
	require.Zero(t, settlement.Of(p, lawOf(t), on).Penalty, "a correction takes it back")

	p = begun()
	p.Offsets = []account.Offset{{OverpaymentOffset: event.OverpaymentOffset{Offset: uuid.UUID{4},
		From: "pension", To: "social", Amount: 200_00, On: day("2018-03-01")}}}
	b = settlement.Of(p, lawOf(t), on)
	require.Equal(t, []string{"2018-03-02 2018-03-15 150.00 × 0.36 = 2.10"},
		short(b.Offsets[0].Lines))
	require.EqualValues(t, 2_10, b.Penalty)
}

// A correction has used 150.00 of a refund that is approved and has not left. What comes then
// pays the arrears of February, not the refund: that is no arrears.
func TestARefundThatHasNotLeftHoldsUpNoArrears(t *testing.T) {
	t.Parallel()
	p := payer([]account.LiabilityMonth{pensions("2018-01", 1_150_00),
		pensions("2018-02", 100_00)},
		payment("a", "2018-02-20", "1200.00", "pension", ""),
		payment("b", "2018-03-30", "120.00", "pension", ""))
	p.Refunds = []account.Refund{{RefundRequested: event.RefundRequested{Refund: uuid.UUID{3},
		Fund: "pension", Amount: 200_00}, Proposal: account.Proposal{
		State: account.ProposalApproved, On: day("2018-03-01")}}}
	b := settlement.Of(p, lawOf(t), day("2018-04-10"))
	require.Equal(t, "2018-02 pension 100.00", went(b.Payments[1])[0])
	require.Zero(t, b.Arrears)
	require.Equal(t, []string{"2018-03-21 2018-03-30 100.00 × 0.36 = 1.00"},
		short(part(t, b, "2018-02", "pension").Lines))
	require.EqualValues(t, 1_00, b.PenaltyPaid)
	require.EqualValues(t, 131_00, b.Refunds[0].Uncovered)
}

// January is below zero by 50.00 after a correction: from its due date on they pay February.
func TestANegativePartPays(t *testing.T) {
	t.Parallel()
	p := payer([]account.LiabilityMonth{pensions("2018-01", -50_00), pensions("2018-02", 100_00)})
	b := settlement.Of(p, lawOf(t), day("2018-02-19"))
	require.EqualValues(t, 50_00, b.Overpayment)
	require.EqualValues(t, 100_00, b.NotDue)

	b = settlement.Of(p, lawOf(t), day("2018-04-09"))
	require.Zero(t, b.Overpayment)
	require.EqualValues(t, 50_00, b.Arrears)
	require.Equal(t, []settlement.Allocation{{Fund: "pension", For: settlement.ForContributions,
		Month: period.MustMonth("2018-02"), Amount: 50_00}},
		part(t, b, "2018-01", "pension").Used)
	// 21 March to 9 April: 20 days × 0.05.
	require.Equal(t, []string{"2018-03-21 2018-04-09 50.00 × 0.36 = 1.00"},
		short(part(t, b, "2018-02", "pension").Lines))
	require.Zero(t, b.Refundable("pension"), "what is used is not paid back")
	n, err := b.Explain(lawOf(t), settlement.FigureArrears,
		settlement.Scope{Month: period.MustMonth("2018-02"), Fund: "pension"}, nil)
	require.NoError(t, err)
	requireSums(t, n)
	require.EqualValues(t, 50_00, n.Amount)
}
