package reconciliation

import (
	"cmp"
	"slices"

	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/ledger/account"
	"github.com/stazh/stazh/ledger/event"
	"github.com/stazh/stazh/ledger/money"
	"github.com/stazh/stazh/ledger/period"
	"github.com/stazh/stazh/ledger/settlement"
)

// Paid compares payments with what is assessed, by the payer's settlement on a day: in the open
// ones what is unpaid of the months from the beginning of each year, due or not. The closed
// ones are quarters that were covered after they had been assessed. Both are by quarter and
// kind.
func Paid(p *account.Payer, b *settlement.Balance) (open, closed []Mismatch) {
	credits := creditsOf(p, b)
	var sum [2]covered // ordinary and occupational contributions
	for i := range b.Months {
		m := &b.Months[i]
		first := i == 0 || !sameQuarter(b.Months[i-1].Month, m.Month)
		if i == 0 || b.Months[i-1].Month.Year() != m.Month.Year() {
			sum = [2]covered{}
		}
		for group := range sum {
			if first {
				sum[group].begun = Place{}
			}
			sum[group].add(p, m, group, credits[i][group])
		}
		if i+1 < len(b.Months) && sameQuarter(m.Month, b.Months[i+1].Month) {
			continue
		}
		for group, kind := range Unpaid() {
			open, closed = sum[group].note(open, closed, p, kind, m.Month)
		}
	}
	return open, closed
}

func sameQuarter(a, b period.Month) bool {
	return a.Year() == b.Year() && a.Quarter() == b.Quarter()
}

// groupOf tells of which of the kinds of Unpaid a fund is.
func groupOf(fund string) int {
	if fund == event.FundOccupational {
		return 1
	}
	return 0
}

// covered is how payments stand to what is assessed of the months of a year up to one.
type covered struct {
	assessed, unpaid money.Amount
	short            Place // the first assessment that is not covered
	begun            Place // the first one of the last quarter
	last             credit
}

// add takes the month in.
func (c *covered) add(p *account.Payer, m *settlement.Month, group int, x credit) {
	place := Place{Position: m.Position, Type: assessments()[group]}
	if owed, ok := p.Month(m.Month); ok {
		place.On = period.InBelarus(owed.RecordedAt)
	}
	for i := range m.Parts {
		part := &m.Parts[i]
		if groupOf(part.Fund) != group {
			continue
		}
		c.assessed += part.Assessed
		c.unpaid += part.Unpaid
		if part.Unpaid > 0 && (c.short.Position == 0 || m.Position < c.short.Position) {
			c.short = place
		}
		if c.begun.Position == 0 || m.Position < c.begun.Position {
			c.begun = place
		}
	}
	c.last.merge(x)
}

func assessments() [2]string {
	return [...]string{(*event.LiabilityAssessed)(nil).EventType(),
		(*event.OccupationalAssessed)(nil).EventType()}
}

// note tells how the quarter of a month ends.
func (c *covered) note(open, closed []Mismatch, p *account.Payer, kind string, m period.Month,
) (nowOpen, nowClosed []Mismatch) {
	x := Mismatch{Kind: kind, Year: m.Year(), Quarter: m.Quarter(), ByAccounts: c.assessed,
		ByPayer: c.assessed - c.unpaid, Opened: c.begun}
	switch {
	case c.begun.Position == 0: // nothing of the kind is assessed for the quarter
	case c.unpaid > 0:
		if c.short.Position > c.begun.Position {
			x.Opened = c.short
		}
		open = note(open, p, x)
	case c.last.Position > c.begun.Position:
		x.ByPayer -= c.last.amount
		place := c.last.Place
		x.Closed = &place
		closed = note(closed, p, x)
	}
	return open, closed
}

// credit is what was recorded last of what covers contributions, with its amount.
type credit struct {
	Place
	amount money.Amount
}

func (c *credit) merge(x credit) {
	switch {
	case x.Position > c.Position:
		*c = x
	case x.Position == c.Position:
		c.amount += x.amount
	}
}

// creditsOf finds, for each month of a balance, what was recorded last of what covers it.
func creditsOf(p *account.Payer, b *settlement.Balance) [][2]credit {
	list := make([][2]credit, len(b.Months))
	give := func(place Place, allocations []settlement.Allocation) {
		for _, a := range allocations {
			i, ok := slices.BinarySearchFunc(b.Months, a.Month,
				func(m settlement.Month, at period.Month) int { return cmp.Compare(m.Month, at) })
			if ok && a.For == settlement.ForContributions {
				list[i][groupOf(a.Fund)].merge(credit{place, a.Amount})
			}
		}
	}
	for i := range b.Payments {
		x := &b.Payments[i]
		place := Place{Position: x.Position, Type: x.EventType()}
		if at, ok := slices.BinarySearchFunc(p.Payments, x.Position,
			func(y account.Payment, at ledger.Position) int {
				return cmp.Compare(y.Position, at)
			}); ok {
			place.On = period.InBelarus(p.Payments[at].RecordedAt)
		}
		give(place, x.Allocations)
	}
	for i := range b.Expenses {
		x := &b.Expenses[i]
		give(Place{Position: x.Position,
			Type: (*event.BenefitExpenseClaimed)(nil).EventType()}, x.Allocations)
	}
	for i := range b.Offsets {
		x := &b.Offsets[i]
		give(Place{Position: x.Position, Type: x.EventType(), On: x.On}, x.Allocations)
	}
	for i := range b.Months {
		for _, part := range b.Months[i].Parts {
			give(Place{Position: b.Months[i].Position, Type: assessments()[groupOf(part.Fund)]},
				part.Used)
		}
	}
	return list
}

// occupational gives what is covered and what is assessed in occupational contributions, from
// the beginning of a year up to the end of a quarter.
func occupational(b *settlement.Balance, year, quarter int) (byPayer, byAccounts money.Amount) {
	var sum covered
	for i := range b.Months {
		m := &b.Months[i]
		if m.Month.Year() == year && m.Month.Quarter() <= quarter {
			sum.add(&account.Payer{}, m, 1, credit{})
		}
	}
	return sum.assessed - sum.unpaid, sum.assessed
}
