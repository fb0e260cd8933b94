package settlement

import (
	"github.com/stazh/stazh/ledger/event"
	"github.com/stazh/stazh/ledger/money"
	"github.com/stazh/stazh/ledger/period"
)

// payments explains what was paid: by payments and where they went. In a fund, what was
// moved to it counts, and what was moved out of it is taken off.
func (x *explainer) payments() (list []Node) {
	for i := range x.Payments {
		p := &x.Payments[i]
		if x.returned(p) {
			continue
		}
		rest := p.Rest
		if !x.rest(p.Kind) {
			rest = 0
		}
		n := node("payment")
		n.Facts = []Fact{paymentFact(p)}
		if n.Parts = x.went(p.Allocations, rest); len(n.Parts) > 0 {
			n.sum()
			list = append(list, n)
		}
	}
	for i := range x.Offsets {
		o := &x.Offsets[i]
		fact := offsetFact(o)
		if x.Fund == o.From && x.Month == 0 {
			list = append(list, leaf("moved_out", -o.Amount, fact))
		}
		if x.Fund == "" && x.Month == 0 {
			continue // what one fund has given another one has
		}
		rest := o.Rest
		if !x.rest(o.To) {
			rest = 0
		}
		n := node("moved_in")
		n.Facts = []Fact{fact}
		if n.Parts = x.went(o.Allocations, rest); len(n.Parts) > 0 {
			n.sum()
			list = append(list, n)
		}
	}
	if x.Month != 0 {
		list = append(list, x.credits()...)
	}
	return list
}

// credits are benefits of other quarters, and months below zero, that paid a month.
func (x *explainer) credits() (list []Node) {
	for i := range x.Expenses {
		e := &x.Expenses[i]
		n := node("benefits")
		n.Facts = []Fact{expenseFact(e)}
		for _, a := range e.Allocations {
			if x.Month == a.Month && x.fund(a.Fund) && !e.covers(a.Month) {
				n.Parts = append(n.Parts, allocation(a))
			}
		}
		if n.sum(); n.Amount != 0 {
			list = append(list, n)
		}
	}
	return append(list, x.negatives(func(a Allocation) bool {
		return a.For == ForContributions && x.Month == a.Month && x.fund(a.Fund)
	})...)
}

// negatives gives the parts of months that a correction made negative and that were used, as
// nodes of what they were used for.
func (x *explainer) negatives(used func(Allocation) bool) (list []Node) {
	for i := range x.Months {
		m := &x.Months[i]
		for _, p := range m.Parts {
			n := node("negative")
			n.Fund, n.Month, n.Facts = p.Fund, m.Month, []Fact{assessmentFact(m)}
			for _, a := range p.Used {
				if used(a) {
					n.Parts = append(n.Parts, allocation(a))
				}
			}
			if n.sum(); n.Amount != 0 {
				list = append(list, n)
			}
		}
	}
	return list
}

// covers tells whether a month is of the quarter.
func (e *Expense) covers(m period.Month) bool {
	return m.Year() == e.Year && m.Quarter() == e.Quarter
}

func (x *explainer) returned(p *Payment) bool {
	return !p.ReturnedOn.IsZero() && p.ReturnedOn <= x.On
}

// rest tells whether the rest of money for a fund, or of money for all when it is empty,
// belongs to the scope.
func (x *explainer) rest(fund string) bool {
	return x.Month == 0 && (x.Fund == "" || x.Fund == fund)
}

// went gives the allocations within the scope, and a rest.
func (x *explainer) went(list []Allocation, rest money.Amount) (parts []Node) {
	for _, a := range list {
		if x.fund(a.Fund) && (x.Month == 0 || a.For == ForContributions && a.Month == x.Month) {
			parts = append(parts, allocation(a))
		}
	}
	if rest > 0 {
		parts = append(parts, leaf("rest", rest))
	}
	return parts
}

func allocation(a Allocation) Node {
	n := leaf("to_"+a.For, a.Amount)
	n.Fund, n.Month = a.Fund, a.Month
	return n
}

func paymentFact(p *Payment) Fact {
	return Fact{Type: p.EventType(), Position: p.Position, Receipt: p.Receipt,
		Document: p.DocNo, BankRef: p.BankRef}
}

func refundFact(r *Refund) Fact {
	return Fact{Type: typeOf(&event.ProposalApproved{}), Position: r.approvedAt,
		BankRef: r.BankRef}
}

func offsetFact(o *Offset) Fact {
	return Fact{Type: typeOf(&event.OverpaymentOffset{}), Position: o.Position}
}

func expenseFact(e *Expense) Fact {
	return Fact{Type: typeOf(&event.BenefitExpenseClaimed{}), Position: e.Position,
		Receipt: e.Receipt}
}

// expenses explains what the payer keeps for benefits that it has paid. For one month it is
// what the month's own quarter gives.
func (x *explainer) expenses() (list []Node) {
	for i := range x.Expenses {
		e := &x.Expenses[i]
		n := node("benefits")
		n.Facts = []Fact{expenseFact(e)}
		for _, a := range e.Allocations {
			if x.fund(a.Fund) && (x.Month == 0 || a.Month == x.Month && e.covers(a.Month)) {
				n.Parts = append(n.Parts, allocation(a))
			}
		}
		if e.Rest > 0 && e.counts(x.On) && x.rest(event.FundSocial) {
			n.Parts = append(n.Parts, leaf("rest", e.Rest))
		}
		if n.sum(); len(n.Parts) > 0 {
			list = append(list, n)
		}
	}
	return list
}

// counts tells whether the rest of an expense is a credit on the day.
func (e *Expense) counts(on period.Date) bool {
	last, ok := period.NewMonth(e.Year, 3*e.Quarter)
	return ok && last.Last() <= on
}

// allocated explains what payments, benefits and offsets gave for a purpose.
func (x *explainer) allocated(purpose string) (list []Node) {
	take := func(code string, fact Fact, allocations []Allocation) {
		n := node(code)
		n.Facts = []Fact{fact}
		for _, a := range allocations {
			if a.For == purpose && x.fund(a.Fund) && x.month(a.Month) {
				n.Parts = append(n.Parts, allocation(a))
			}
		}
		if n.sum(); n.Amount != 0 {
			list = append(list, n)
		}
	}
	for i := range x.Payments {
		take("payment", paymentFact(&x.Payments[i]), x.Payments[i].Allocations)
	}
	for i := range x.Expenses {
		take("benefits", expenseFact(&x.Expenses[i]), x.Expenses[i].Allocations)
	}
	for i := range x.Offsets {
		take("moved_in", offsetFact(&x.Offsets[i]), x.Offsets[i].Allocations)
	}
	return append(list, x.negatives(func(a Allocation) bool {
		return a.For == purpose && x.fund(a.Fund) && x.month(a.Month)
	})...)
}

// refunds explains what is paid back, less what the bank has sent back.
func (x *explainer) refunds() (list []Node) {
	for i := range x.Refunds {
		r := &x.Refunds[i]
		if r.Approved.IsZero() || r.Approved > x.On || !x.fund(r.Fund) {
			continue
		}
		n := leaf("refund", r.Amount, refundFact(r))
		n.Fund = r.Fund
		list = append(list, n)
		if !r.ReturnedOn.IsZero() && r.ReturnedOn <= x.On {
			back := leaf("refund_returned", -r.Amount, Fact{
				Type: typeOf(&event.RefundReturned{}), Position: r.Position, BankRef: r.BankRef})
			back.Fund = r.Fund
			list = append(list, back)
		}
	}
	return list
}

// rests explains what is overpaid.
func (x *explainer) rests() (list []Node) {
	for i := range x.Payments {
		if p := &x.Payments[i]; p.Rest > 0 && x.rest(p.Kind) {
			list = append(list, leaf("payment", p.Rest, paymentFact(p)))
		}
	}
	for i := range x.Expenses {
		if e := &x.Expenses[i]; e.Rest > 0 && e.counts(x.On) && x.rest(event.FundSocial) {
			list = append(list, leaf("benefits", e.Rest, expenseFact(e)))
		}
	}
	for i := range x.Offsets {
		if o := &x.Offsets[i]; o.Rest > 0 && x.rest(o.To) {
			list = append(list, leaf("moved_in", o.Rest, offsetFact(o)))
		}
	}
	for i := range x.Months {
		for _, p := range x.Months[i].Parts {
			if left := p.left(); left > 0 && x.fund(p.Fund) {
				n := leaf("negative", left, assessmentFact(&x.Months[i]))
				n.Fund, n.Month = p.Fund, x.Months[i].Month
				list = append(list, n)
			}
		}
	}
	return list
}

// left is what is not used of a part that a correction made negative.
func (p *Part) left() money.Amount {
	left := max(-p.Assessed, 0)
	for _, a := range p.Used {
		left -= a.Amount
	}
	return left
}

// uncovered is what refunds and offsets took and a correction has used since: it is owed.
func (x *explainer) uncovered(figure string) (list []Node) {
	add := func(fund string, open money.Amount, due period.Date, fact Fact) {
		late := !due.IsZero() && due < x.On
		if open > 0 && x.fund(fund) &&
			(figure == FigureArrears && late || figure == FigureNotDue && !late ||
				figure == FigureUnpaid) {
			n := leaf("uncovered", open, fact)
			n.Fund = fund
			list = append(list, n)
		}
	}
	for i := range x.Refunds {
		r := &x.Refunds[i]
		add(r.Fund, r.Uncovered, r.PaidOn, refundFact(r))
	}
	for i := range x.Offsets {
		o := &x.Offsets[i]
		add(o.From, o.Uncovered, o.On, offsetFact(o))
	}
	return list
}
