package statement

import (
	"cmp"
	"slices"

	"github.com/stazh/stazh/ledger/account"
	"github.com/stazh/stazh/ledger/contribution"
	"github.com/stazh/stazh/ledger/event"
)

// Balance is the sums of an account.
type Balance struct {
	Years []Year `json:"years"`
	Total Totals `json:"total"`
	// Demo is true when a demonstration value of the law was used for any amount.
	Demo bool `json:"demo"`
}

// BalanceOf gives the sums of the whole account, the same as Of, without the rows.
func BalanceOf(p *account.Person, law *account.Law) Balance {
	b := Balance{Years: []Year{}}
	for i := range p.Slots {
		for n := range p.Slots[i].Months {
			b.report(&p.Slots[i].Months[n])
		}
	}
	contribution.Each(p.Slots, law, b.count)
	return b
}

// report adds a reported month.
func (b *Balance) report(m *event.MonthFact) {
	for _, t := range b.totals(m.Month.Year()) {
		t.Reported.Earnings += m.Earnings
		t.Reported.Benefits += m.Benefits
		t.Reported.Contributions += m.Contributions
		t.Reported.Paid += m.Paid
	}
}

// count adds a contribution.
func (b *Balance) count(c *contribution.Contribution) {
	b.Demo = b.Demo || c.Demo
	for _, t := range b.totals(c.Month.Year()) {
		t.Computed.Add(c.Funds)
		if c.Awaiting != nil {
			t.Awaiting++
		}
	}
}

// totals gives the two sums that a month of the year goes into.
func (b *Balance) totals(year int) [2]*Totals {
	i := len(b.Years) - 1
	if i < 0 || b.Years[i].Year != year { // most follow one another
		var found bool
		i, found = slices.BinarySearchFunc(b.Years, year,
			func(y Year, year int) int { return cmp.Compare(y.Year, year) })
		if !found {
			b.Years = slices.Insert(b.Years, i, Year{Year: year})
		}
	}
	return [2]*Totals{&b.Years[i].Totals, &b.Total}
}
