// Package settlement is the account of a payer as it stands on a day: what is owed for each
// month, which payments went where, what is in arrears, not due or paid too much. All of it
// follows from the payer's fold and the law; nothing of it is recorded, so that it is right
// as of any position and by itself after each correction.
package settlement

import (
	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/ledger/account"
	"github.com/stazh/stazh/ledger/event"
	"github.com/stazh/stazh/ledger/money"
	"github.com/stazh/stazh/ledger/period"
)

// Balance is what a payer owes and has paid, as it stands on a day. In all of it
//
//	Assessed − Paid = Arrears + NotDue − Overpayment
//
// holds to the kopeck, and no payment is allocated beyond its amount.
type Balance struct {
	Payer string `json:"payer"`
	// Position is that of the payer's last event that the answer rests on.
	Position ledger.Position `json:"position"`
	On       period.Date     `json:"on"`
	Months   []Month         `json:"months"` // ascending
	// Payments are those with a value date up to On, by value date.
	Payments []Payment `json:"payments"`
	Totals
}

// Totals are sums over all months and payments.
type Totals struct {
	Assessed money.Amount `json:"assessed"`
	Paid     money.Amount `json:"paid"`
	// Arrears is what is unpaid of months whose due date is before On.
	Arrears money.Amount `json:"arrears"`
	// NotDue is what is unpaid of the other months.
	NotDue money.Amount `json:"not_due"`
	// Overpayment is what no assessed month takes: the rest of payments, and a month's
	// part that a correction made negative.
	Overpayment money.Amount `json:"overpayment"`
	// Awaiting is how many months cannot be assessed in full yet.
	Awaiting int `json:"awaiting"`
	// Demo is true when it is so for any month.
	Demo bool `json:"demo"`
}

// Month is a payer's contributions for a month.
type Month struct {
	event.LiabilityAssessed
	ForPensions money.Amount `json:"for_pensions"`
	ForSocial   money.Amount `json:"for_social"`
	Total       money.Amount `json:"total"`
	// Awaiting names the parameter that is missing for the persons not assessed yet.
	Awaiting *Awaiting   `json:"awaiting,omitempty"`
	DueOn    period.Date `json:"due_on"`
	// PaidPensions and PaidSocial are what payments have been allocated.
	PaidPensions money.Amount `json:"paid_pensions"`
	PaidSocial   money.Amount `json:"paid_social"`
	Unpaid       money.Amount `json:"unpaid"`
	// Overdue is true when anything is unpaid after the due date.
	Overdue bool `json:"overdue"`
	// Demo is true when a demonstration value of the law holds for the month.
	Demo     bool            `json:"demo"`
	Position ledger.Position `json:"position"` // of the assessment
}

// Awaiting says that persons wait to be assessed until the parameter of the law is
// published for the month.
type Awaiting struct {
	Parameter string       `json:"parameter"`
	Month     period.Month `json:"month"`
	Persons   int          `json:"persons"`
	Earnings  money.Amount `json:"earnings"`
}

// Payment is a payment and where it went.
type Payment struct {
	event.PaymentReceived
	Allocations []Allocation `json:"allocations"`
	Rest        money.Amount `json:"rest"` // not allocated
}

// Parts of a month's contributions.
const (
	PartPensions = "pensions"
	PartSocial   = "social"
)

// Allocation is the part of a payment that went to a part of a month.
type Allocation struct {
	Month  period.Month `json:"month"`
	Part   string       `json:"part"`
	Amount money.Amount `json:"amount"`
}

// dueDay is the day of the following month by which contributions are paid: with the
// wages, at the latest on the 20th. It is used for every month, also where the 20th is
// no working day.
const dueDay = 20

// DueOn gives the last day to pay the contributions for a month on.
func DueOn(m period.Month) period.Date { return m.Add(1).First().AddDays(dueDay - 1) }

// Of gives the balance on a day by the law as it is known. Payments with a later value date
// do not count; months count as they are assessed now, and are due by On.
func Of(p *account.Payer, law *account.Law, on period.Date) Balance {
	b := Balance{Payer: p.UNP, Position: p.Position, On: on, Months: make([]Month, len(p.Months))}
	for i, m := range p.Months {
		b.Months[i] = monthOf(m)
	}
	b.Payments = allocate(b.Months, payments(p.Payments, on))
	for i := range b.Months {
		b.count(&b.Months[i])
	}
	for _, x := range b.Payments {
		b.Paid += x.Amount
		b.Overpayment += x.Rest
	}
	b.markDemo(law.Parameters)
	return b
}

func monthOf(m account.LiabilityMonth) Month {
	v := Month{
		LiabilityAssessed: m.LiabilityAssessed, ForPensions: m.ForPensions(),
		ForSocial: m.ForSocial(), Total: m.LiabilityAssessed.Total(),
		DueOn: DueOn(m.Month), Position: m.Position,
	}
	if m.Awaits != "" {
		v.Awaiting = &Awaiting{Parameter: m.Awaits, Month: m.AwaitsFor,
			Persons: len(m.Earnings)}
		for _, e := range m.Earnings {
			v.Awaiting.Earnings += e.Earnings
		}
	}
	return v
}

// count closes a month after the allocation and adds it to the totals.
func (b *Balance) count(m *Month) {
	b.Assessed += m.Total
	pensions, social := m.ForPensions-m.PaidPensions, m.ForSocial-m.PaidSocial
	for _, open := range []money.Amount{pensions, social} {
		if open < 0 {
			b.Overpayment -= open
			continue
		}
		m.Unpaid += open
	}
	if m.Overdue = m.Unpaid > 0 && m.DueOn < b.On; m.Overdue {
		b.Arrears += m.Unpaid
	} else {
		b.NotDue += m.Unpaid
	}
	if m.Awaiting != nil {
		b.Awaiting++
	}
}
