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

// Sums gives the sums of whole accounts by one law, one account after another, the same as
// Of, without the rows. It is used by one goroutine at a time.
type Sums struct {
	Law  *account.Law
	book *contribution.Book
}

// NewSums makes sums by a law.
func NewSums(law *account.Law) *Sums { return &Sums{law, contribution.NewBook(law)} }

// Of adds up an account.
func (s *Sums) Of(p *account.Person) Balance {
	var a adding
	slots := p.Slots()
	for i := range slots {
		for n := range slots[i].Months {
			a.report(&slots[i].Months[n])
		}
	}
	s.book.Each(slots, a.count)
	return a.balance()
}

// adding adds up the years of a balance.
type adding struct {
	years []Year // in their order
	last  int    // the one that was added to
	demo  bool
}

// report adds a reported month.
func (a *adding) report(m *event.MonthFact) { a.year(m.Month.Year()).Reported.add(m) }

// count adds a contribution.
func (a *adding) count(c *contribution.Contribution) {
	a.demo = a.demo || c.Demo
	t := a.year(c.Month.Year())
	t.Computed.Add(c.Funds)
	if c.Awaiting != nil {
		t.Awaiting++
	}
}

// year gives the sums of a year.
func (a *adding) year(year int) *Totals {
	if a.last >= len(a.years) || a.years[a.last].Year != year { // most follow one another
		i, found := slices.BinarySearchFunc(a.years, year,
			func(y Year, year int) int { return cmp.Compare(y.Year, year) })
		if !found {
			a.years = slices.Insert(a.years, i, Year{Year: year})
		}
		a.last = i
	}
	return &a.years[a.last].Totals
}

// balance ends the addition with the total of all years.
func (a *adding) balance() Balance {
	b := Balance{Years: a.years, Demo: a.demo}
	if b.Years == nil {
		b.Years = []Year{}
	}
	for i := range b.Years {
		y := &b.Years[i]
		b.Total.Reported.Earnings += y.Reported.Earnings
		b.Total.Reported.Benefits += y.Reported.Benefits
		b.Total.Reported.Contributions += y.Reported.Contributions
		b.Total.Reported.Paid += y.Reported.Paid
		b.Total.Computed.Add(y.Computed)
		b.Total.Awaiting += y.Awaiting
	}
	return b
}

func (r *Reported) add(m *event.MonthFact) {
	r.Earnings += m.Earnings
	r.Benefits += m.Benefits
	r.Contributions += m.Contributions
	r.Paid += m.Paid
}
