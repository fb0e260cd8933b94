package settlement

import (
	"github.com/stazh/stazh/ledger/account"
	"github.com/stazh/stazh/ledger/money"
	"github.com/stazh/stazh/ledger/period"
	"github.com/stazh/stazh/ledger/rules"
)

// balance tells how the book stands.
func (b *book) balance() Balance {
	p := b.payer
	v := Balance{Payer: p.UNP, Position: p.Position, On: b.on, Funds: make([]Fund, 0, len(funds)),
		Months: make([]Month, len(p.Months)), Payments: []Payment{}, Expenses: []Expense{},
		Offsets: []Offset{}, Refunds: []Refund{}, Deferments: []Deferment{},
		Suspense: []Suspended{}}
	v.Expenses = append(v.Expenses, b.expenses...)
	for i := range p.Months {
		v.Months[i] = b.month(i)
		if v.Months[i].Awaiting != nil {
			v.Awaiting++
		}
	}
	for f := range b.columns {
		if x := b.fund(f); x != (Fund{Fund: funds[f]}) || f <= social {
			v.Funds = append(v.Funds, x)
			v.Sums.add(&x.Sums)
		}
	}
	b.deal(&v)
	b.tell(&v)
	b.suspend(&v)
	v.refundable()
	v.PenaltyAwaits = b.missing
	v.markDemo(b.law.Parameters)
	return v
}

func (s *Sums) add(x *Sums) {
	s.Assessed += x.Assessed
	s.Offset += x.Offset
	s.Paid += x.Paid
	s.Arrears += x.Arrears
	s.Deferred += x.Deferred
	s.NotDue += x.NotDue
	s.Overpayment += x.Overpayment
	s.Penalty += x.Penalty
	s.PenaltyPaid += x.PenaltyPaid
	s.PenaltyUnpaid += x.PenaltyUnpaid
	s.Refunded += x.Refunded
}

// fund gives the sums of one fund: what came into it, whatever it was used for, and how what
// is owed stands.
func (b *book) fund(f int) Fund {
	c := &b.columns[f]
	v := Fund{Fund: funds[f], Sums: Sums{Overpayment: c.over, Penalty: c.accrued,
		PenaltyPaid: c.paid, PenaltyUnpaid: c.accrued - c.paid}}
	for i := range b.payer.Months {
		v.Assessed += assessed(&b.payer.Months[i], f)
		v.Offset += b.offset[i][f]
	}
	for i := range c.charges {
		x := &c.charges[i]
		switch x.what {
		case ForRefund:
			v.Refunded += x.owed
		case ForOffset:
			v.Paid -= x.owed
		}
		switch open := x.open(); {
		case x.due.IsZero() || x.due >= b.on:
			v.NotDue += open
		default:
			v.Deferred += x.rested()
			v.Arrears += open - x.rested()
		}
	}
	for i := range b.credits {
		x := &b.credits[i]
		came := money.Amount(0)
		for _, a := range x.went {
			if a.Fund == funds[f] {
				came += a.Amount
			}
		}
		if x.fund == f {
			v.Overpayment += x.rest
			came += x.rest
		}
		switch x.kind {
		case creditExpense:
			v.Offset += came
		case creditNegative: // assessed below zero, and nothing that came
		default:
			v.Paid += came
		}
	}
	return v
}

func (b *book) month(i int) Month {
	m := &b.payer.Months[i]
	v := Month{LiabilityAssessed: m.LiabilityAssessed,
		Total: m.LiabilityAssessed.Total() + m.Occupational.Amount,
		DueOn: b.due[i], Position: m.Position, Parts: make([]Part, 0, len(funds))}
	if v.DueOn.IsZero() && b.missing == nil {
		b.missing = &Missing{rules.ContributionDueDay, m.Month.Add(1).First()}
	}
	for f := range funds {
		sum := assessed(m, f)
		if sum == 0 && f > social {
			continue
		}
		part := Part{Fund: funds[f], Assessed: sum, Offset: b.offset[i][f]}
		if at := b.columns[f].place[i]; at >= 0 {
			c := &b.columns[f].charges[at]
			part.Paid, part.Unpaid, part.Lines = c.paid, c.open(), c.lines
			part.Deferred, part.Penalty = c.rested(), c.penalty()
		}
		v.Unpaid += part.Unpaid
		v.Overdue = v.Overdue || part.Unpaid > part.Deferred && !v.DueOn.IsZero() && v.DueOn < b.on
		v.Parts = append(v.Parts, part)
	}
	if m.Awaits != "" {
		v.Awaiting = &Awaiting{Parameter: m.Awaits, Month: m.AwaitsFor,
			Persons: len(m.Earnings), Of: m.Earnings}
		for _, e := range m.Earnings {
			v.Awaiting.Earnings += e.Earnings
		}
	}
	return v
}

// deal gives payments, expenses and offsets with where they went, and the totals that the
// funds do not have.
func (b *book) deal(v *Balance) {
	for i := range b.payer.Offsets {
		if x := &b.payer.Offsets[i]; x.On <= b.on {
			v.Offsets = append(v.Offsets, Offset{OverpaymentOffset: x.OverpaymentOffset,
				Position: x.Position, Allocations: []Allocation{}, Rest: x.Amount})
		}
	}
	for i := range b.credits {
		x := &b.credits[i]
		if x.went == nil {
			x.went = []Allocation{}
		}
		switch x.kind {
		case creditPayment:
			v.Payments = append(v.Payments, b.payment(x.source, x.went, x.rest))
		case creditExpense:
			e := &v.Expenses[x.source]
			e.Allocations, e.Rest = append(e.Allocations, x.went...), x.rest
		case creditNegative:
			parts := v.Months[x.source].Parts
			for k := range parts {
				if parts[k].Fund == funds[x.fund] && len(x.went) > 0 {
					parts[k].Used = x.went
				}
			}
		case creditOffset:
			for k := range v.Offsets {
				if o := &v.Offsets[k]; o.Offset == b.payer.Offsets[x.source].Offset {
					o.Allocations, o.Rest = x.went, x.rest
				}
			}
		}
		if x.fund < 0 {
			v.Overpayment += x.rest
			v.Paid += x.rest
		}
	}
	for i := range b.payer.Payments {
		if x := &b.payer.Payments[i]; !x.ReturnedOn.IsZero() && x.ReturnedOn <= b.on {
			v.Payments = append(v.Payments, b.payment(i, []Allocation{}, 0))
		}
	}
}

func (b *book) payment(i int, went []Allocation, rest money.Amount) Payment {
	x := &b.payer.Payments[i]
	return Payment{PaymentReceived: x.PaymentReceived, ReturnedOn: x.ReturnedOn,
		Position: x.Position, Allocations: went, Rest: rest}
}

// tell gives refunds and deferments with what became of them.
func (b *book) tell(v *Balance) {
	for i := range b.payer.Refunds {
		x := &b.payer.Refunds[i]
		refund := Refund{RefundRequested: x.RefundRequested, State: x.Proposal.State,
			Proposal: x.Proposal.ID, Approved: x.Proposal.On, PaidOn: x.PaidOn,
			ReturnedOn: x.ReturnedOn, BankRef: x.BankRef, Position: x.Proposal.Position(),
			approvedAt: x.Proposal.Step(account.ProposalApproved).Position}
		if c := b.taken(x.Fund, ForRefund, i); c != nil {
			refund.Uncovered, refund.Penalty, refund.Lines = c.open(), c.penalty(), c.lines
		}
		v.Refunds = append(v.Refunds, refund)
	}
	for i := range v.Offsets {
		for k := range b.payer.Offsets {
			if b.payer.Offsets[k].Offset == v.Offsets[i].Offset {
				if c := b.taken(v.Offsets[i].From, ForOffset, k); c != nil {
					x := &v.Offsets[i]
					x.Uncovered, x.Penalty, x.Lines = c.open(), c.penalty(), c.lines
				}
			}
		}
	}
	for i := range b.defers {
		x := b.defers[i]
		if x.State == DefermentStanding {
			left := b.remaining(i)
			for k := range x.Instalments {
				if left <= later(x.Instalments, k) {
					x.Instalments[k].State = InstalmentMet
				}
			}
			if left == 0 {
				x.State = DefermentMet
			}
		}
		v.Deferments = append(v.Deferments, x)
	}
}

// taken finds what a refund or an offset has taken out of a fund.
func (b *book) taken(fund, what string, source int) *charge {
	f, ok := fundOf(fund)
	if !ok {
		return nil
	}
	for i := range b.columns[f].charges {
		if c := &b.columns[f].charges[i]; c.what == what && c.source == source {
			return c
		}
	}
	return nil
}

// markDemo marks the months whose amounts rest on demonstration values, by the law as it
// is known now. Assessments carry amounts only, so the law must say it.
func (b *Balance) markDemo(law *rules.Law) {
	for i := range b.Months {
		m := &b.Months[i]
		first := m.Month.First()
		m.Demo = m.Base != 0 && (demo(law, m.Month.Add(-1).First(), rules.NationalAverageWage) ||
			demo(law, first, rules.ContributionCeilingMultiple, rules.InsuredRate,
				rules.EmployerPensionRate, rules.EmployerSocialRate)) ||
			m.SelfBase != 0 && demo(law, first, rules.MinimumWage,
				rules.SelfEmployedPensionRate, rules.SelfEmployedSocialRate)
		b.Demo = b.Demo || m.Demo
	}
}

// demo tells whether a demonstration value of any of the parameters holds on the day.
func demo(law *rules.Law, on period.Date, names ...string) bool {
	for _, name := range names {
		if p, err := law.Lookup(name, on); err == nil && p.Demo {
			return true
		}
	}
	return false
}
