package settlement_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/stazh/stazh/ledger/account"
	"github.com/stazh/stazh/ledger/event"
	"github.com/stazh/stazh/ledger/money"
	"github.com/stazh/stazh/ledger/period"
	"github.com/stazh/stazh/ledger/rules"
	"github.com/stazh/stazh/ledger/settlement"
)

var first = period.MustMonth("2018-01")

func amountOf(t *rapid.T, most int64, what string) money.Amount {
	return money.Amount(rapid.Int64Range(1, most).Draw(t, what))
}

func dayOf(t *rapid.T, what string) period.Date {
	return period.MustDate("2018-01-01").AddDays(rapid.IntRange(0, 300).Draw(t, what))
}

func fundOf(t *rapid.T, what string) string {
	return rapid.SampledFrom([]string{event.FundPension, event.FundSocial,
		event.FundOccupational}).Draw(t, what)
}

func idOf(t *rapid.T) (id uuid.UUID) {
	copy(id[:], rapid.SliceOfN(rapid.Byte(), 16, 16).Draw(t, "id"))
	return id
}

// anyPayer draws assessments, some made negative by a correction, payments, and whatever
// people may have decided, sensible or not.
func anyPayer(t *rapid.T) *account.Payer {
	p := account.NewPayer(unp)
	for n := range rapid.IntRange(0, 6).Draw(t, "months") {
		part := rapid.Int64Range(-50, 40_000)
		m := month(first.Add(2*n).String(), 0)
		m.Pension = money.Amount(part.Draw(t, "pension"))
		m.Social = money.Amount(part.Draw(t, "social"))
		if rapid.Bool().Draw(t, "special work") {
			m.Occupational.Amount = money.Amount(part.Draw(t, "occupational"))
		}
		if rapid.IntRange(0, 3).Draw(t, "waits") == 0 {
			m.Awaits, m.AwaitsFor = rules.NationalAverageWage, m.Month.Add(-1)
			m.Earnings = []event.PersonEarnings{{Person: idOf(t), Earnings: amountOf(t, 900, "waiting")},
				{Person: idOf(t), Earnings: amountOf(t, 900, "waiting")}}
		}
		p.Months = append(p.Months, m)
	}
	for n := range rapid.IntRange(0, 8).Draw(t, "payments") {
		x := payment(fmt.Sprint(n), "2018-01-01", "0.00",
			rapid.SampledFrom([]string{"", "pension", "social", "occupational"}).Draw(t, "kind"),
			"")
		x.Amount, x.ValueDate = amountOf(t, 50_000, "amount"), dayOf(t, "day")
		if rapid.Bool().Draw(t, "named") {
			x.Month = first.Add(rapid.IntRange(0, 12).Draw(t, "month"))
		}
		if rapid.IntRange(0, 7).Draw(t, "returned") == 0 {
			x.ReturnedOn = x.ValueDate.AddDays(rapid.IntRange(0, 20).Draw(t, "after"))
		}
		p.Payments = append(p.Payments, x)
	}
	dealings(t, p)
	return p
}

func approved(t *rapid.T) account.Proposal {
	return account.Proposal{ID: idOf(t), State: account.ProposalApproved, On: dayOf(t, "approved")}
}

func dealings(t *rapid.T, p *account.Payer) {
	for q := range rapid.IntRange(0, 3).Draw(t, "expenses") {
		p.Expenses = append(p.Expenses, account.Expense{
			BenefitExpenseClaimed: event.BenefitExpenseClaimed{Year: 2018, Quarter: q + 1,
				Amount: amountOf(t, 30_000, "claimed")},
			Refused: amountOf(t, 40_000, "refused") - 1})
	}
	for range rapid.IntRange(0, 2).Draw(t, "offsets") {
		p.Offsets = append(p.Offsets, account.Offset{OverpaymentOffset: event.OverpaymentOffset{
			Offset: idOf(t), From: fundOf(t, "from"), To: fundOf(t, "to"), On: dayOf(t, "on"),
			Month:  first.Add(rapid.IntRange(0, 12).Draw(t, "to month")),
			Amount: amountOf(t, 20_000, "moved")}})
	}
	for range rapid.IntRange(0, 2).Draw(t, "refunds") {
		x := account.Refund{Proposal: approved(t),
			RefundRequested: event.RefundRequested{Refund: idOf(t), Fund: fundOf(t, "of"),
				Amount: amountOf(t, 20_000, "refund")}}
		if rapid.Bool().Draw(t, "paid back") {
			x.Proposal.State = account.ProposalPaid
			x.PaidOn = x.Proposal.On.AddDays(rapid.IntRange(0, 40).Draw(t, "paid after"))
		}
		if rapid.IntRange(0, 3).Draw(t, "asked for") == 0 {
			x.Proposal, x.PaidOn = account.Proposal{State: account.ProposalRequested}, 0
		}
		p.Refunds = append(p.Refunds, x)
	}
	for n := range rapid.IntRange(0, 2).Draw(t, "suspended") {
		p.Suspended = append(p.Suspended, account.Suspended{PaymentSuspended: event.PaymentSuspended{
			BankRef: fmt.Sprint("s", n), Amount: amountOf(t, 20_000, "unknown"),
			ValueDate: dayOf(t, "suspended on")}})
	}
	for range rapid.IntRange(0, 2).Draw(t, "deferments") {
		x := account.Deferment{Proposal: approved(t)}
		sum := money.Amount(0)
		for range rapid.IntRange(1, 3).Draw(t, "parts") {
			part := event.DeferredPart{Fund: fundOf(t, "fund"), Amount: amountOf(t, 30_000, "part"),
				Month: first.Add(rapid.IntRange(0, 12).Draw(t, "deferred month"))}
			x.Parts, sum = append(x.Parts, part), sum+part.Amount
		}
		x.Instalments = []event.Instalment{
			{Due: x.Proposal.On.AddDays(30), Amount: sum / 2},
			{Due: x.Proposal.On.AddDays(60), Amount: sum - sum/2}}
		p.Deferments = append(p.Deferments, x)
	}
	for range rapid.IntRange(0, 2).Draw(t, "waivers") {
		w := account.Waiver{Proposal: approved(t), From: dayOf(t, "from day")}
		w.Until = w.From.AddDays(rapid.IntRange(0, 60).Draw(t, "waived days"))
		p.Waivers = append(p.Waivers, w)
	}
}

func onOf(t *rapid.T) period.Date {
	return period.MustDate("2017-12-20").AddDays(rapid.IntRange(0, 500).Draw(t, "on"))
}

func balanced(t *rapid.T, s settlement.Sums) {
	require.Equal(t, s.Assessed+s.Refunded+s.Penalty-s.Offset-s.Paid,
		s.Arrears+s.Deferred+s.NotDue+s.PenaltyUnpaid-s.Overpayment)
	for _, sum := range []money.Amount{s.Arrears, s.Deferred, s.NotDue, s.Overpayment, s.Penalty,
		s.PenaltyPaid, s.PenaltyUnpaid, s.Offset, s.Refunded} {
		require.GreaterOrEqual(t, sum, money.Amount(0))
	}
}

// Balance equals assessed less paid, less offsets, plus penalties and refunds; for all and
// for each fund; and no payment goes beyond its amount.
func TestBooksBalance(t *testing.T) {
	t.Parallel()
	law := lawOf(t)
	rapid.Check(t, func(t *rapid.T) {
		p := anyPayer(t)
		b := settlement.Of(p, law, onOf(t))
		balanced(t, b.Sums)
		require.Equal(t, p.Assessed(), b.Assessed)
		var paid, rest money.Amount
		given := map[string]money.Amount{}
		take := func(kind string, amount, rest money.Amount, list []settlement.Allocation) {
			for _, a := range list {
				require.Positive(t, int64(a.Amount))
				require.True(t, kind == "" || kind == a.Fund)
				amount -= a.Amount
				given[a.For+a.Fund+a.Month.String()] += a.Amount
			}
			require.Equal(t, rest, amount)
			require.GreaterOrEqual(t, rest, money.Amount(0))
		}
		for _, x := range b.Payments {
			if !x.ReturnedOn.IsZero() && x.ReturnedOn <= b.On {
				require.Empty(t, x.Allocations)
				continue
			}
			paid += x.Amount
			if x.Kind == "" {
				rest += x.Rest
			}
			take(x.Kind, x.Amount, x.Rest, x.Allocations)
		}
		require.Equal(t, paid, b.Paid)
		var offset money.Amount
		for _, x := range b.Expenses {
			offset += x.Claimed - x.Refused
			if last, _ := period.NewMonth(x.Year, 3*x.Quarter); last.Last() > b.On {
				offset -= x.Rest // a credit of the quarter's last day
			}
			take(event.FundSocial, x.Claimed-x.Refused, x.Rest, x.Allocations)
		}
		require.Equal(t, offset, b.Offset)
		for _, x := range b.Offsets {
			take(x.To, x.Amount, x.Rest, x.Allocations)
		}
		for _, m := range b.Months {
			for _, x := range m.Parts {
				left := max(-x.Assessed, 0)
				for _, a := range x.Used {
					left -= a.Amount
				}
				take(x.Fund, max(-x.Assessed, 0), left, x.Used)
			}
		}
		requireParts(t, &b, given)
		requireFunds(t, &b, rest)
	})
}

// requireParts checks that months have what payments, benefits and offsets gave them, and
// that the parts of the months make the sums of the funds.
func requireParts(t *rapid.T, b *settlement.Balance, given map[string]money.Amount) {
	var open money.Amount
	for _, m := range b.Months {
		for _, x := range m.Parts {
			require.Equal(t, given["contributions"+x.Fund+m.Month.String()], x.Paid+x.Offset)
			require.Equal(t, max(x.Assessed, 0)-x.Paid-x.Offset, x.Unpaid)
			require.LessOrEqual(t, x.Deferred, x.Unpaid)
			open += x.Unpaid
		}
	}
	for _, x := range b.Refunds {
		open += x.Uncovered
	}
	for _, x := range b.Offsets {
		open += x.Uncovered
	}
	require.Equal(t, b.Arrears+b.Deferred+b.NotDue, open)
}

func requireFunds(t *rapid.T, b *settlement.Balance, rest money.Amount) {
	var sum settlement.Sums
	for _, f := range b.Funds {
		balanced(t, f.Sums)
		var penalty money.Amount
		for _, m := range b.Months {
			for _, x := range m.Parts {
				if x.Fund == f.Fund {
					penalty += x.Penalty
				}
			}
		}
		for _, x := range b.Refunds {
			if x.Fund == f.Fund {
				penalty += x.Penalty
			}
		}
		for _, x := range b.Offsets {
			if x.From == f.Fund {
				penalty += x.Penalty
			}
		}
		require.Equal(t, f.Penalty, penalty)
		sum.Assessed += f.Assessed
		sum.Arrears += f.Arrears
		sum.Penalty += f.Penalty
		sum.Paid += f.Paid
		sum.Offset += f.Offset
		sum.Overpayment += f.Overpayment
	}
	require.Equal(t, b.Assessed, sum.Assessed)
	require.Equal(t, b.Arrears, sum.Arrears)
	require.Equal(t, b.Penalty, sum.Penalty)
	require.Equal(t, b.Offset, sum.Offset)
	require.Equal(t, b.Paid, sum.Paid+rest)
	require.Equal(t, b.Overpayment, sum.Overpayment+rest)
}

// No payment has a rest while something is owed that it may pay.
func TestNothingIsIdle(t *testing.T) {
	t.Parallel()
	law := lawOf(t)
	rapid.Check(t, func(t *rapid.T) {
		b := settlement.Of(anyPayer(t), law, onOf(t))
		for _, x := range b.Payments {
			if x.Rest == 0 {
				continue
			}
			for _, f := range b.Funds {
				require.False(t, (x.Kind == "" || x.Kind == f.Fund) && f.NotDue > 0)
				require.False(t, (x.Kind == "" || x.Kind == f.Fund) && f.Arrears > 0)
			}
		}
	})
}

func TestPaymentsInAnyOrderOfRecordingPayTheSame(t *testing.T) {
	t.Parallel()
	law := lawOf(t)
	rapid.Check(t, func(t *rapid.T) {
		p := anyPayer(t)
		for i := range p.Payments { // many of one day
			if rapid.Bool().Draw(t, "same day") {
				p.Payments[i].ValueDate = period.MustDate("2018-03-05")
			}
		}
		on := onOf(t)
		want := settlement.Of(p, law, on)
		p.Payments = rapid.Permutation(p.Payments).Draw(t, "order")
		got := settlement.Of(p, law, on)
		require.Equal(t, want.Months, got.Months)
		require.Equal(t, want.Totals, got.Totals)
		require.Equal(t, want.Funds, got.Funds)
	})
}

// With the days the penalty only grows; and one that is not waived is never less.
func TestPenaltyIsMonotone(t *testing.T) {
	t.Parallel()
	law := lawOf(t)
	rapid.Check(t, func(t *rapid.T) {
		p := anyPayer(t)
		p.Waivers = nil
		on := onOf(t)
		before := settlement.Of(p, law, on)
		after := settlement.Of(p, law, on.AddDays(rapid.IntRange(1, 90).Draw(t, "later")))
		require.GreaterOrEqual(t, after.Penalty, before.Penalty)
		p.Waivers = []account.Waiver{{Proposal: account.Proposal{On: 1,
			State: account.ProposalApproved}, From: dayOf(t, "from"), Until: on}}
		require.LessOrEqual(t, settlement.Of(p, law, on).Penalty, before.Penalty)
	})
}

// A payer without late payments has no penalty, and lines of the same month do not overlap.
func TestPenaltyLinesFollowOneAnother(t *testing.T) {
	t.Parallel()
	law := lawOf(t)
	rapid.Check(t, func(t *rapid.T) {
		b := settlement.Of(anyPayer(t), law, onOf(t))
		for _, m := range b.Months {
			for _, x := range m.Parts {
				last := m.DueOn
				for _, line := range x.Lines {
					require.Greater(t, line.From, last)
					require.Equal(t, line.Days, line.From.DaysUntil(line.Until)+1)
					require.Positive(t, int64(line.Base))
					last = line.Until
				}
				require.True(t, len(x.Lines) == 0 || last <= b.On)
			}
		}
	})
}

// A balance as of an earlier day does not know of what was paid and decided later.
func TestTheFutureDoesNotCount(t *testing.T) {
	t.Parallel()
	law := lawOf(t)
	rapid.Check(t, func(t *rapid.T) {
		p := anyPayer(t)
		on := onOf(t)
		want := settlement.Of(p, law, on)
		p.Payments = slices.DeleteFunc(p.Payments, func(x account.Payment) bool {
			return x.ValueDate > on
		})
		p.Offsets = slices.DeleteFunc(p.Offsets, func(x account.Offset) bool { return x.On > on })
		require.Equal(t, want, settlement.Of(p, law, on))
	})
}

func BenchmarkTwentyYears(b *testing.B) {
	law := lawOf(b)
	p := account.NewPayer(unp)
	for n := range 240 {
		p.Months = append(p.Months, month(first.Add(n).String(), 100_000_00))
		for k := range 20 {
			x := payment(fmt.Sprint(n, k), "2018-01-01", "1700.00", "", "")
			x.ValueDate = first.Add(n + 2).First().AddDays(k)
			p.Payments = append(p.Payments, x)
		}
	}
	b.ReportAllocs()
	for b.Loop() {
		settlement.Of(p, law, first.Add(250).First())
	}
}
