package settlement

import (
	"cmp"
	"slices"

	"github.com/stazh/stazh/ledger/account"
	"github.com/stazh/stazh/ledger/money"
	"github.com/stazh/stazh/ledger/period"
)

// Stages of the allocation of a payment, codes of the classifier of the order.
const (
	stageNamed   = "named"
	stageArrears = "arrears"
	stagePenalty = "penalty"
	stageNotDue  = "not_due"
)

// credit is money of the payer's: a payment, benefits beyond their quarter's contributions,
// an overpayment that comes from another fund, or a month's part that a correction made
// negative.
type credit struct {
	on     period.Date
	fund   int // -1 for all funds
	month  period.Month
	rest   money.Amount
	source int // index of the payment, expense, offset or month
	kind   creditKind
	went   []Allocation
}

type creditKind uint8

const (
	creditPayment creditKind = iota
	creditExpense
	creditOffset
	creditNegative
)

// collect gives what counts on the day, by day and then by the order of recording.
func (b *book) collect() {
	b.credits = make([]credit, 0, len(b.payer.Payments)+len(b.expenses))
	for i := range b.payer.Payments {
		x := &b.payer.Payments[i]
		returned := !x.ReturnedOn.IsZero() && x.ReturnedOn <= b.on
		if x.ValueDate > b.on || x.Amount <= 0 || returned {
			continue
		}
		fund := -1
		if f, ok := fundOf(x.Kind); ok {
			fund = f
		}
		b.credits = append(b.credits, credit{on: x.ValueDate, fund: fund, month: x.Month,
			rest: x.Amount, source: i, kind: creditPayment})
	}
	for i := range b.expenses {
		x := &b.expenses[i]
		last, ok := period.NewMonth(x.Year, 3*x.Quarter)
		if ok && x.Rest > 0 && last.Last() <= b.on {
			b.credits = append(b.credits, credit{on: last.Last(), fund: social, rest: x.Rest,
				source: i, kind: creditExpense})
		}
	}
	for i := range b.payer.Offsets {
		x := &b.payer.Offsets[i]
		if f, ok := fundOf(x.To); ok && x.On <= b.on {
			b.credits = append(b.credits, credit{on: x.On, fund: f, month: x.Month,
				rest: x.Amount, source: i, kind: creditOffset})
		}
	}
	for i := range b.payer.Months {
		b.negative(i)
	}
	slices.SortStableFunc(b.credits, func(x, y credit) int { return cmp.Compare(x.on, y.on) })
}

// negative makes credits of the negative parts of a month, from the day on which they would
// be due if they were not.
func (b *book) negative(i int) {
	on := b.dayOf(i)
	if on > b.on {
		return
	}
	for f := range funds {
		if sum := assessed(&b.payer.Months[i], f); sum < 0 {
			b.credits = append(b.credits, credit{on: on, fund: f, rest: -sum, source: i,
				kind: creditNegative})
		}
	}
}

// order gives the stages and the order of funds that the law has on a day.
func (b *book) order(day period.Date) (stages []string, rank [len(funds)]int) {
	for _, e := range b.law.Classifier(account.ClassifierAllocation, day) {
		stages = append(stages, e.Code)
	}
	if len(stages) == 0 {
		stages = []string{stageNamed, stageArrears, stagePenalty, stageNotDue}
	}
	n := 0
	for _, e := range b.law.Classifier(account.ClassifierFund, day) {
		if f, ok := fundOf(e.Code); ok && n < len(rank) {
			rank[n] = f
			n++
		}
	}
	if n < len(rank) {
		rank = [...]int{0, 1, 2}
	}
	return stages, rank
}

// allocate distributes what came on a day, stage by stage. In each stage money for one fund
// comes before that for all of them, which can go where the other cannot; so the order of
// recording changes no month's sums.
func (b *book) allocate(day period.Date, list []credit) {
	stages, rank := b.order(day)
	for _, stage := range stages {
		for _, kinded := range [...]bool{true, false} {
			for i := range list {
				x := &list[i]
				if x.rest == 0 || (x.fund >= 0) != kinded {
					continue
				}
				only := rank[:]
				if kinded {
					only = []int{x.fund}
				}
				b.stage(stage, day, x, only)
			}
		}
	}
}

func (b *book) stage(stage string, day period.Date, x *credit, only []int) {
	switch stage {
	case stageNamed:
		for _, f := range only {
			if c := b.charge(f, x.month); c != nil {
				b.pay(x, f, c)
			}
		}
	case stageArrears:
		b.payOldest(x, only, day)
	case stagePenalty:
		for _, f := range only {
			b.payPenalty(x, f, day)
		}
	case stageNotDue:
		b.payOldest(x, only, 0)
	}
}

// payOldest pays charges by their day, those of one day in the order of funds; only those
// that are due before a day, if one is given.
func (b *book) payOldest(x *credit, only []int, before period.Date) {
	for x.rest > 0 {
		fund, oldest := -1, (*charge)(nil)
		for _, f := range only {
			c := b.columns[f].front()
			if before != 0 {
				c = b.columns[f].late(before)
			}
			if c != nil && (oldest == nil || c.at < oldest.at) {
				fund, oldest = f, c
			}
		}
		if oldest == nil {
			return
		}
		b.pay(x, fund, oldest)
	}
}

// late gives the oldest charge that is open and due before a day. In front of it may stand a
// refund that is approved and has not left yet: it is no arrears, and holds none up.
func (c *column) late(before period.Date) *charge {
	c.front()
	for i := c.next; i < len(c.charges) && c.charges[i].at < before; i++ {
		if x := &c.charges[i]; x.open() > 0 && !x.due.IsZero() && x.due < before {
			return x
		}
	}
	return nil
}

// front gives the oldest charge that is open. Nothing opens a charge again, so that it
// goes on where it has stopped.
func (c *column) front() *charge {
	for ; c.next < len(c.charges); c.next++ {
		if c.charges[c.next].open() > 0 {
			return &c.charges[c.next]
		}
	}
	return nil
}

// pay gives of a credit to a charge; the penalty for the day of payment still grows on all
// that was open before.
func (b *book) pay(x *credit, fund int, c *charge) {
	amount := min(x.rest, c.open())
	if amount <= 0 {
		return
	}
	b.accrue(&b.columns[fund], fund, c, x.on)
	c.paid += amount
	x.give(Allocation{funds[fund], c.what, c.month, amount})
}

func (b *book) payPenalty(x *credit, fund int, day period.Date) {
	c := &b.columns[fund]
	amount := min(x.rest, c.accrued+b.pending(c, fund, day)-c.paid)
	if amount <= 0 {
		return
	}
	c.paid += amount
	x.give(Allocation{Fund: funds[fund], For: ForPenalty, Amount: amount})
}

func (x *credit) give(a Allocation) {
	x.rest -= a.Amount
	x.went = append(x.went, a)
}
