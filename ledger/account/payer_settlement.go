package account

import (
	"slices"

	"github.com/google/uuid"

	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/ledger/event"
	"github.com/stazh/stazh/ledger/money"
	"github.com/stazh/stazh/ledger/period"
)

// Dealings are what a payer asked for and officers decided about its sums beside
// assessments and payments. What follows from them for a balance is computed in
// ledger/settlement.
type Dealings struct {
	Expenses   []Expense // benefits paid by the payer, by year and quarter
	Offsets    []Offset  // in order of recording, as the lists below
	Refunds    []Refund
	Deferments []Deferment
	Waivers    []Waiver
	Suspended  []Suspended // payments in this payer's lists whose payer is not known
}

// Expense is what a payer claims to have paid of benefits in a quarter.
type Expense struct {
	event.BenefitExpenseClaimed
	Refused money.Amount
	// Position is that of the claim, Decided that of the refusal.
	Position ledger.Position
	Decided  ledger.Position
}

// Offset moves an overpayment.
type Offset struct {
	event.OverpaymentOffset
	Position ledger.Position
}

// Refund is a sum to be paid back. Its id is that of the request.
type Refund struct {
	event.RefundRequested
	Proposal Proposal
	BankRef  string
	PaidOn   period.Date
	// ReturnedOn is the day on which the bank has sent it back; zero for one that counts.
	ReturnedOn period.Date
}

// CountsOn tells whether a refund takes money out of its fund on a day: from the approval on,
// unless the bank has sent it back by then.
func (x *Refund) CountsOn(day period.Date) bool {
	return !x.Proposal.On.IsZero() && x.Proposal.On <= day &&
		(x.ReturnedOn.IsZero() || x.ReturnedOn > day)
}

// Deferment lets arrears be paid by instalments.
type Deferment struct {
	Proposal    Proposal
	Parts       []event.DeferredPart
	Instalments []event.Instalment
	RevokedOn   period.Date // zero while nobody revoked it
}

// Waiver frees days from penalty.
type Waiver struct {
	Proposal    Proposal
	Fund        string       // all when empty
	Month       period.Month // all when zero
	From, Until period.Date
}

// Suspended is a payment whose payer is not known, or was not when it came.
type Suspended struct {
	event.PaymentSuspended
	Parts      []event.MatchedPart // of its payers; none while it is suspended
	ReturnedOn period.Date         // by the bank; zero for one that was not
	Position   ledger.Position
}

// Waits tells whether the payer is still not known.
func (x *Suspended) Waits() bool { return len(x.Parts) == 0 && x.ReturnedOn.IsZero() }

// applySettlement takes the events of ledger/event/settlement.go into account.
func (p *Payer) applySettlement(e ledger.Event, payload event.Payload) bool {
	switch f := payload.(type) {
	case *event.PaymentReturned:
		for i := range p.Payments {
			if p.Payments[i].BankRef == f.BankRef {
				p.Payments[i].ReturnedOn = f.On
			}
		}
		if x := p.suspended(f.BankRef); x != nil && f.Suspended {
			x.ReturnedOn, x.Position = f.On, e.Position
		}
	case *event.PaymentSuspended:
		p.Suspended = append(p.Suspended, Suspended{PaymentSuspended: *f, Position: e.Position})
	case *event.SuspendedPaymentMatched:
		if x := p.suspended(f.BankRef); x != nil {
			x.Parts, x.Position = f.Parts, e.Position
		}
	case *event.BenefitExpenseClaimed:
		x := p.expense(f.Year, f.Quarter)
		x.BenefitExpenseClaimed, x.Position = *f, e.Position
	case *event.BenefitExpenseRefused:
		x := p.expense(f.Year, f.Quarter)
		x.Refused, x.Decided = f.Amount, e.Position
	case *event.OverpaymentOffset:
		p.Offsets = append(p.Offsets, Offset{*f, e.Position})
	default:
		return p.applyProposal(e, payload)
	}
	return true
}

// expense finds the claim of a quarter, or makes room for it.
func (p *Payer) expense(year, quarter int) *Expense {
	i, ok := slices.BinarySearchFunc(p.Expenses, [2]int{year, quarter},
		func(x Expense, at [2]int) int { return slices.Compare([]int{x.Year, x.Quarter}, at[:]) })
	if !ok {
		fresh := Expense{BenefitExpenseClaimed: event.BenefitExpenseClaimed{
			Year: year, Quarter: quarter}}
		p.Expenses = slices.Insert(p.Expenses, i, fresh)
	}
	return &p.Expenses[i]
}

func (p *Payer) suspended(bankRef string) *Suspended {
	for i := range p.Suspended {
		if p.Suspended[i].BankRef == bankRef {
			return &p.Suspended[i]
		}
	}
	return nil
}

// SuspendedPayment finds a payment of the payer's lists that was suspended.
func (p *Payer) SuspendedPayment(bankRef string) (*Suspended, bool) {
	x := p.suspended(bankRef)
	return x, x != nil
}

// CanReturn tells whether a payment with the bank's reference is recorded in all its amount
// and not returned yet.
func (p *Payer) CanReturn(bankRef string, amount money.Amount) bool {
	var sum money.Amount
	for i := range p.Payments {
		if x := &p.Payments[i]; x.BankRef == bankRef && x.ReturnedOn.IsZero() {
			sum += x.Amount
		}
	}
	return sum == amount && sum > 0
}

// RefundToPay finds the refund that is paid by money which left on a day: of the amount, and
// approved by then. Of several it is the one that was asked for first.
func (p *Payer) RefundToPay(amount money.Amount, on period.Date) (*Refund, bool) {
	for i := range p.Refunds {
		x := &p.Refunds[i]
		if x.Proposal.State == ProposalApproved && x.Amount == amount && x.Proposal.On <= on {
			return x, true
		}
	}
	return nil, false
}

// HasPaidRefund tells whether a refund with the bank's reference is recorded as paid.
func (p *Payer) HasPaidRefund(bankRef string) bool {
	return slices.ContainsFunc(p.Refunds, func(x Refund) bool {
		return !x.PaidOn.IsZero() && x.BankRef == bankRef
	})
}

// RefundToReturn finds the paid refund that the bank has sent back on a day.
func (p *Payer) RefundToReturn(bankRef string, amount money.Amount, on period.Date,
) (*Refund, bool) {
	for i := range p.Refunds {
		x := &p.Refunds[i]
		if x.Proposal.State == ProposalPaid && x.BankRef == bankRef && x.Amount == amount &&
			x.PaidOn <= on {
			return x, true
		}
	}
	return nil, false
}

// Refund finds a refund by its request.
func (p *Payer) Refund(id uuid.UUID) (*Refund, bool) {
	for i := range p.Refunds {
		if p.Refunds[i].Refund == id {
			return &p.Refunds[i], true
		}
	}
	return nil, false
}

func (d *Dealings) clone() Dealings {
	return Dealings{slices.Clone(d.Expenses), slices.Clone(d.Offsets), slices.Clone(d.Refunds),
		slices.Clone(d.Deferments), slices.Clone(d.Waivers), slices.Clone(d.Suspended)}
}

func (d *Dealings) fields(c *ledger.Codec) {
	ledger.Slice(c, &d.Expenses, func(c *ledger.Codec, x *Expense) {
		x.BenefitExpenseClaimed.Fields(c)
		c.Amount(&x.Refused)
		c.Uint64((*uint64)(&x.Position))
		c.Uint64((*uint64)(&x.Decided))
	})
	ledger.Slice(c, &d.Offsets, func(c *ledger.Codec, x *Offset) {
		x.OverpaymentOffset.Fields(c)
		c.Uint64((*uint64)(&x.Position))
	})
	ledger.Slice(c, &d.Refunds, func(c *ledger.Codec, x *Refund) {
		x.RefundRequested.Fields(c)
		x.Proposal.fields(c)
		c.String(&x.BankRef)
		c.Date(&x.PaidOn)
		c.Date(&x.ReturnedOn)
	})
	ledger.Slice(c, &d.Deferments, func(c *ledger.Codec, x *Deferment) {
		said := event.DefermentProposed{Parts: x.Parts, Instalments: x.Instalments}
		said.Fields(c)
		x.Parts, x.Instalments = said.Parts, said.Instalments
		x.Proposal.fields(c)
		c.Date(&x.RevokedOn)
	})
	ledger.Slice(c, &d.Waivers, func(c *ledger.Codec, x *Waiver) {
		x.Proposal.fields(c)
		c.String(&x.Fund)
		c.Month(&x.Month)
		c.Date(&x.From)
		c.Date(&x.Until)
	})
	ledger.Slice(c, &d.Suspended, func(c *ledger.Codec, x *Suspended) {
		x.PaymentSuspended.Fields(c)
		ledger.Slice(c, &x.Parts, func(c *ledger.Codec, p *event.MatchedPart) { p.Fields(c) })
		c.Date(&x.ReturnedOn)
		c.Uint64((*uint64)(&x.Position))
	})
}
