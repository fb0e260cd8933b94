package settlement_test

import (
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/stazh/stazh/ledger/account"
	"github.com/stazh/stazh/ledger/event"
	"github.com/stazh/stazh/ledger/money"
	"github.com/stazh/stazh/ledger/period"
	"github.com/stazh/stazh/ledger/rules"
	"github.com/stazh/stazh/ledger/settlement"
)

func day(s string) period.Date { return period.MustDate(s) }

func part(t *testing.T, b settlement.Balance, m, fund string) settlement.Part {
	t.Helper()
	for _, x := range b.Months {
		for _, p := range x.Parts {
			if x.Month == period.MustMonth(m) && p.Fund == fund {
				return p
			}
		}
	}
	require.Fail(t, "no such part", "%s %s", m, fund)
	return settlement.Part{}
}

// short tells lines in brief.
func short(lines []settlement.Line) (list []string) {
	for _, x := range lines {
		text := x.From.String() + " " + x.Until.String() + " " + x.Base.String() + " × " +
			x.Rate.String() + " = " + x.Amount.String()
		if x.Waived {
			text += " waived"
		}
		list = append(list, text)
	}
	return list
}

// january owes 29,000.00 for pensions and 6,000.00 for social insurance by 20 February.
func january() []account.LiabilityMonth {
	return []account.LiabilityMonth{month("2018-01", 100_000_00)}
}

func TestPenaltyByDay(t *testing.T) {
	t.Parallel()
	p := payer(january(), payment("a", "2018-02-25", "9000.00", "pension", ""))
	b := settlement.Of(p, lawOf(t), day("2018-06-03"))
	// 21 to 25 February, the day of payment too: 29,000 × 5 × 0.36/360 = 145.00.
	// 26 February to 31 May, 95 days: 20,000 × 95 × 0.001 = 1,900.00; 3 days of June at
	// half the rate: 20,000 × 3 × 0.0005 = 30.00.
	require.Equal(t, []string{
		"2018-02-21 2018-02-25 29000.00 × 0.36 = 145.00",
		"2018-02-26 2018-05-31 20000.00 × 0.36 = 1900.00",
		"2018-06-01 2018-06-03 20000.00 × 0.18 = 30.00",
	}, short(part(t, b, "2018-01", "pension").Lines))
	// Social: 6,000 × 100 × 0.001 = 600.00, 6,000 × 3 × 0.0005 = 9.00.
	require.EqualValues(t, 2075_00+609_00, b.Penalty)

	p.Payments[0].ValueDate = day("2018-02-20") // on the due day: not late
	require.Len(t, part(t, settlement.Of(p, lawOf(t), day("2018-02-20")), "2018-01",
		"pension").Lines, 0)
}

// A correction that raises a past month is penalised from the due day, by itself.
func TestPenaltyFollowsACorrection(t *testing.T) {
	t.Parallel()
	p := payer(january(), payment("a", "2018-02-20", "35000.00", "", ""))
	on := day("2018-03-02")
	require.Zero(t, settlement.Of(p, lawOf(t), on).Penalty)
	p.Months[0].Pension += 1000_00
	// 1,000 for social and pension months: the money for January is short by 1,000.00, which
	// social insurance lacks as the fund that comes second: 1,000 × 10 × 0.001 = 10.00.
	b := settlement.Of(p, lawOf(t), on)
	require.EqualValues(t, 10_00, b.Penalty)
	require.EqualValues(t, 10_00, part(t, b, "2018-01", "social").Penalty)
	p.Months[0].Pension -= 1000_00
	require.Zero(t, settlement.Of(p, lawOf(t), on).Penalty)
}

func TestPenaltyWaitsForTheRate(t *testing.T) {
	t.Parallel()
	law := account.NewLaw()
	publish := func(name, value, from, until string) {
		x := rules.Parameter{Name: name, Value: value, From: day(from), Source: "test"}
		if until != "" {
			x.Until = day(until)
		}
		require.NoError(t, law.Parameters.Publish(x))
	}
	p := payer(january())
	b := settlement.Of(p, law, day("2018-03-01"))
	require.Equal(t, &settlement.Missing{Parameter: rules.ContributionDueDay,
		On: day("2018-02-01")}, b.PenaltyAwaits)
	require.Zero(t, b.Arrears, "nobody knows when it is due")
	require.EqualValues(t, 35000_00, b.NotDue)

	publish(rules.ContributionDueDay, "20", "1900-01-01", "")
	publish(rules.PenaltyDivisor, "360", "1900-01-01", "")
	publish(rules.RefinancingRate, "0.36", "2018-01-01", "2018-02-25")
	b = settlement.Of(p, law, day("2018-03-01"))
	require.Equal(t, &settlement.Missing{Parameter: rules.RefinancingRate,
		On: day("2018-02-26")}, b.PenaltyAwaits)
	require.EqualValues(t, 175_00, b.Penalty, "the days whose rate is known: 35,000 × 5 × 0.001")
	publish(rules.RefinancingRate, "0.18", "2018-02-26", "")
	b = settlement.Of(p, law, day("2018-03-01"))
	require.Nil(t, b.PenaltyAwaits)
	require.EqualValues(t, 175_00+70_00, b.Penalty, "35,000 × 4 × 0.0005")
}

func TestPaymentsPayPenaltyWhereTheLawSaysSo(t *testing.T) {
	t.Parallel()
	// On 2 March 10 days are due: 29,000 × 0.01 = 290.00 and 6,000 × 0.01 = 60.00. The payment
	// leaves 100.00 after the month's contributions.
	p := payer(january(), payment("a", "2018-03-02", "35100.00", "", ""))
	b := settlement.Of(p, lawOf(t), day("2018-03-31"))
	require.Equal(t, []string{"2018-01 pension 29000.00", "2018-01 social 6000.00",
		"penalty pension 100.00"}, went(b.Payments[0]))
	require.EqualValues(t, 350_00, b.Penalty)
	require.EqualValues(t, 250_00, b.PenaltyUnpaid)

	law := lawOf(t)
	ordered(t, law, account.ClassifierAllocation, "penalty", "arrears", "not_due")
	ordered(t, law, account.ClassifierFund, "social", "pension", "occupational")
	b = settlement.Of(p, law, day("2018-03-02"))
	require.Equal(t, []string{"penalty social 60.00", "penalty pension 290.00",
		"2018-01 social 6000.00", "2018-01 pension 28750.00"}, went(b.Payments[0]))
	require.EqualValues(t, 250_00, b.Arrears)
}

func TestWaiver(t *testing.T) {
	t.Parallel()
	p := payer(january())
	p.Waivers = []account.Waiver{{Proposal: account.Proposal{State: account.ProposalProposed},
		Fund: "pension", From: day("2018-02-23"), Until: day("2018-02-25")}}
	on := day("2018-02-28")
	require.EqualValues(t, 280_00, settlement.Of(p, lawOf(t), on).Penalty,
		"35,000 × 8 × 0.001: a proposal changes nothing")
	p.Waivers[0].Proposal.State, p.Waivers[0].Proposal.On = account.ProposalApproved, on
	b := settlement.Of(p, lawOf(t), on)
	require.Equal(t, []string{
		"2018-02-21 2018-02-22 29000.00 × 0.36 = 58.00",
		"2018-02-23 2018-02-25 29000.00 × 0.36 = 0.00 waived",
		"2018-02-26 2018-02-28 29000.00 × 0.36 = 87.00",
	}, short(part(t, b, "2018-01", "pension").Lines))
	require.EqualValues(t, 58_00+87_00+48_00, b.Penalty, "social: 6,000 × 8 × 0.001")
}

// deferred pays the 29,000.00 of January in two instalments, from 1 March.
func deferred(revoked string) account.Deferment {
	x := account.Deferment{
		Proposal: account.Proposal{ID: uuid.UUID{1}, State: account.ProposalApproved,
			On: day("2018-03-01")},
		Parts: []event.DeferredPart{{Fund: "pension", Month: period.MustMonth("2018-01"),
			Amount: 29000_00}},
		Instalments: []event.Instalment{{Due: day("2018-03-31"), Amount: 14000_00},
			{Due: day("2018-04-30"), Amount: 15000_00}}}
	if revoked != "" {
		x.RevokedOn, x.Proposal.State = day(revoked), account.ProposalRevoked
	}
	return x
}

func TestDeferment(t *testing.T) {
	t.Parallel()
	social := payment("s", "2018-02-20", "6000.00", "social", "")
	for what, c := range map[string]struct {
		payments []account.Payment
		revoked  string
		on       string
		state    string
		paid     []string // states of the instalments
		lines    []string // after those of February: 8 days, 232.00
		arrears  money.Amount
		deferred money.Amount
	}{
		"stands": {on: "2018-03-31", state: "standing", paid: []string{"ahead", "ahead"},
			deferred: 29000_00},
		"met to the end": {payments: []account.Payment{
			payment("a", "2018-03-31", "14000.00", "pension", ""),
			payment("b", "2018-04-30", "15000.00", "pension", "")},
			on: "2018-06-30", state: "met", paid: []string{"met", "met"}},
		"a missed instalment": {payments: []account.Payment{
			payment("a", "2018-03-31", "13999.99", "pension", "")},
			on: "2018-04-04", state: "breached", paid: []string{"missed", "ahead"},
			// 15,000.01 × 2 × 0.001 = 30.00002
			lines:   []string{"2018-04-03 2018-04-04 15000.01 × 0.36 = 30.00"},
			arrears: 15000_01},
		"paid on the Monday after a Saturday": {payments: []account.Payment{
			payment("a", "2018-04-02", "14000.00", "pension", "")},
			on: "2018-04-04", state: "standing", paid: []string{"met", "ahead"},
			deferred: 15000_00},
		"revoked": {revoked: "2018-03-11", on: "2018-03-12", state: "revoked",
			paid:    []string{"ahead", "ahead"},
			lines:   []string{"2018-03-11 2018-03-12 29000.00 × 0.36 = 58.00"},
			arrears: 29000_00},
	} {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			p := payer(january(), append(c.payments, social)...)
			p.Deferments = []account.Deferment{deferred(c.revoked)}
			b := settlement.Of(p, lawOf(t), day(c.on))
			require.Equal(t, c.state, b.Deferments[0].State)
			for i, x := range b.Deferments[0].Instalments {
				require.Equal(t, c.paid[i], x.State, i)
			}
			lines := short(part(t, b, "2018-01", "pension").Lines)
			require.Equal(t, "2018-02-21 2018-02-28 29000.00 × 0.36 = 232.00", lines[0])
			require.Equal(t, c.lines, append([]string(nil), lines[1:]...))
			require.Equal(t, c.arrears, b.Arrears)
			require.Equal(t, c.deferred, b.Deferred)
			require.Equal(t, c.arrears > 0, b.Months[0].Overdue)
		})
	}
}

// A correction has added to a month that was deferred, and the rest is deferred, too.
func TestASecondDefermentStandsBesideTheFirst(t *testing.T) {
	t.Parallel()
	second := deferred("")
	second.Proposal.ID[0]++
	second.Proposal.On = day("2018-03-11")
	second.Parts = []event.DeferredPart{{Fund: "pension",
		Month: period.MustMonth("2018-01"), Amount: 1000_00}}
	second.Instalments = []event.Instalment{{Due: day("2018-05-31"), Amount: 1000_00}}
	first := deferred("")
	first.Parts = []event.DeferredPart{{Fund: "pension",
		Month: period.MustMonth("2018-01"), Amount: 28000_00}}
	first.Instalments = []event.Instalment{{Due: day("2018-03-31"), Amount: 14000_00},
		{Due: day("2018-04-30"), Amount: 14000_00}}
	balance := func(on string, payments ...account.Payment) settlement.Balance {
		p := payer(january(), append(payments,
			payment("s", "2018-02-20", "6000.00", "social", ""))...)
		p.Deferments = []account.Deferment{first, second}
		return settlement.Of(p, lawOf(t), day(on))
	}
	states := func(b settlement.Balance) []string {
		return []string{b.Deferments[0].State, b.Deferments[1].State}
	}
	b := balance("2018-03-31")
	require.Equal(t, []string{"standing", "standing"}, states(b))
	require.Equal(t, money.Amount(29000_00), b.Deferred)
	require.Zero(t, b.Arrears)

	// Until 10 March 1,000.00 are not deferred: 10 × 0.001 × 1,000.00 after February's 232.00.
	lines := short(part(t, b, "2018-01", "pension").Lines)
	require.Equal(t, []string{"2018-02-21 2018-02-28 29000.00 × 0.36 = 232.00",
		"2018-03-01 2018-03-10 1000.00 × 0.36 = 10.00"}, lines)

	// Without the first instalment the first holds no more; the second does.
	b = balance("2018-04-02") // the 31st is a Saturday
	require.Equal(t, []string{"standing", "standing"}, states(b))
	require.Equal(t, day("2018-04-02"), b.Deferments[0].Instalments[0].DueOn)
	b = balance("2018-04-03")
	require.Equal(t, []string{"breached", "standing"}, states(b))
	require.Equal(t, money.Amount(1000_00), b.Deferred)
	require.Equal(t, money.Amount(28000_00), b.Arrears)

	// Payments end the first one first.
	b = balance("2018-04-02", payment("a", "2018-03-31", "28000.00", "pension", ""))
	require.Equal(t, []string{"met", "standing"}, states(b))
	require.Equal(t, money.Amount(1000_00), b.Deferred)
}

func TestBenefitsAreOffset(t *testing.T) {
	t.Parallel()
	p := payer(quarter()) // 6.00 for social insurance each month
	p.Expenses = []account.Expense{{BenefitExpenseClaimed: event.BenefitExpenseClaimed{
		Year: 2018, Quarter: 1, Amount: 25_00, Receipt: "R"}, Refused: 5_00}}
	b := settlement.Of(p, lawOf(t), day("2018-03-31"))
	require.EqualValues(t, 20_00, b.Offset)
	for _, m := range []string{"2018-01", "2018-02", "2018-03"} {
		require.EqualValues(t, 6_00, part(t, b, m, "social").Offset)
		require.Empty(t, part(t, b, m, "social").Lines, "no penalty on what may be kept")
	}
	require.EqualValues(t, 2_00, b.Expenses[0].Rest)
	require.EqualValues(t, 2_00, b.Overpayment)
	p.Months = append(p.Months, month("2018-04", 100_00))
	b = settlement.Of(p, lawOf(t), day("2018-05-31"))
	require.EqualValues(t, 4_00, part(t, b, "2018-04", "social").Unpaid, "the rest is used")
	p.Expenses[0].Refused = 25_00
	require.Zero(t, settlement.Of(p, lawOf(t), day("2018-05-31")).Offset)
}

func TestRefundsAndOffsets(t *testing.T) {
	t.Parallel()
	p := payer(january()[:1], payment("a", "2018-02-10", "29500.00", "pension", ""))
	on := day("2018-03-01")
	b := settlement.Of(p, lawOf(t), on)
	require.EqualValues(t, 500_00, b.Refundable("pension"))
	require.Zero(t, b.Refundable("social"))
	request := event.RefundRequested{Refund: uuid.UUID{3}, Fund: "pension", Amount: 200_00}
	p.Refunds = []account.Refund{{RefundRequested: request,
		Proposal: account.Proposal{State: account.ProposalRequested}}}
	b = settlement.Of(p, lawOf(t), on)
	require.EqualValues(t, 300_00, b.Refundable("pension"), "asked for, not decided")
	require.EqualValues(t, 500_00, b.Overpayment)

	p.Refunds[0].Proposal = account.Proposal{State: account.ProposalApproved, On: on}
	p.Offsets = []account.Offset{{OverpaymentOffset: event.OverpaymentOffset{From: "pension",
		To: "social", Month: period.MustMonth("2018-01"), Amount: 300_00, On: on}}}
	b = settlement.Of(p, lawOf(t), on)
	require.Equal(t, []string{"2018-01 pension 29000.00", "refund pension 200.00",
		"offset pension 300.00"}, went(b.Payments[0]))
	require.EqualValues(t, 300_00, part(t, b, "2018-01", "social").Paid)
	require.Zero(t, b.Overpayment)
	require.EqualValues(t, 200_00, b.Refunded)
	require.EqualValues(t, 5700_00, b.Arrears)

	p.Months[0].Pension += 450_00 // a correction uses the overpayment: what is back is owed
	b = settlement.Of(p, lawOf(t), on.AddDays(1))
	require.EqualValues(t, 150_00, b.Refunds[0].Uncovered)
	require.EqualValues(t, 300_00, b.Offsets[0].Uncovered)
	require.EqualValues(t, 5700_00+300_00, b.Arrears)
	require.EqualValues(t, 150_00, b.NotDue, "what is not paid back yet is no arrears")
}

// 600.00 of a payment for all funds are left. What one fund asks for of them, another cannot.
func TestWhatIsLeftForAllFundsIsAskedForOnce(t *testing.T) {
	t.Parallel()
	p := payer(nil, payment("a", "2018-02-10", "600.00", "", ""),
		payment("b", "2018-02-10", "50.00", "social", ""))
	ask := func(fund string, amount money.Amount) {
		p.Refunds = append(p.Refunds, account.Refund{RefundRequested: event.RefundRequested{
			Fund: fund, Amount: amount}, Proposal: account.Proposal{
			State: account.ProposalRequested}})
	}
	refundable := func() [3]money.Amount {
		b := settlement.Of(p, lawOf(t), day("2018-03-01"))
		for _, fund := range []string{"pension", "social"} {
			n, err := b.Explain(lawOf(t), "refundable", settlement.Scope{Fund: fund}, nil)
			require.NoError(t, err)
			require.Equal(t, b.Refundable(fund), n.Amount)
			requireSums(t, n)
		}
		return [3]money.Amount{b.Refundable("pension"), b.Refundable("social"), b.Sums.Refundable}
	}
	require.Equal(t, [3]money.Amount{600_00, 650_00, 650_00}, refundable())
	ask("social", 40_00)
	require.Equal(t, [3]money.Amount{600_00, 610_00, 610_00}, refundable(), "its own first")
	ask("pension", 500_00)
	require.Equal(t, [3]money.Amount{100_00, 110_00, 110_00}, refundable())
}

func TestReturnedPaymentsNeverWere(t *testing.T) {
	t.Parallel()
	p := payer(january(), payment("a", "2018-02-10", "35000.00", "", ""))
	p.Payments[0].ReturnedOn = day("2018-02-23")
	require.Zero(t, settlement.Of(p, lawOf(t), day("2018-02-22")).Arrears)
	b := settlement.Of(p, lawOf(t), day("2018-02-23"))
	require.EqualValues(t, 35000_00, b.Arrears)
	require.EqualValues(t, 105_00, b.Penalty, "35,000 × 3 × 0.001, from the due day")
	require.Equal(t, day("2018-02-23"), b.Payments[0].ReturnedOn)
	require.Zero(t, b.Paid)
}
