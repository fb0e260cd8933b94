package statement

import (
	"cmp"
	"slices"

	"github.com/stazh/stazh/ledger/account"
	"github.com/stazh/stazh/ledger/event"
	"github.com/stazh/stazh/ledger/money"
	"github.com/stazh/stazh/ledger/period"
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
	shares, payers := sharesOf(p, &b)
	terms := termsOfMonths{law: law.Parameters}
	for from, to := 0, 0; from < len(shares); from = to {
		s := &shares[from]
		c := Contribution{Month: s.month, Payer: payers[s.payer], SelfEmployed: s.own}
		for to < len(shares) && shares[to].order(s) == 0 {
			c.Earnings += shares[to].earnings
			to++
		}
		terms.compute(&c)
		b.count(&c)
	}
	return b
}

// share is what a month of a slot adds to a contribution.
type share struct {
	month    period.Month
	payer    int32 // in the list of payers
	own      bool
	earnings money.Amount
}

func (s *share) order(o *share) int {
	switch {
	case s.month != o.month:
		return cmp.Compare(s.month, o.month)
	case s.payer != o.payer:
		return cmp.Compare(s.payer, o.payer)
	case s.own == o.own:
		return 0
	case o.own:
		return -1
	}
	return 1
}

// sharesOf gives the shares by month, payer and kind, and adds up what was reported.
func sharesOf(p *account.Person, b *Balance) (shares []share, payers []string) {
	const monthsUsual = 3
	shares = make([]share, 0, monthsUsual*len(p.Slots))
	for i := range p.Slots {
		s := &p.Slots[i]
		payer := slices.Index(payers, s.Payer) // a person has few
		if payer < 0 {
			payer, payers = len(payers), append(payers, s.Payer)
		}
		own := s.Category == account.CategorySelfEmployed
		for n := range s.Months {
			b.report(&s.Months[n])
			shares = append(shares,
				share{s.Months[n].Month, int32(payer), own, s.Months[n].Earnings})
		}
	}
	slices.SortFunc(shares, func(x, y share) int { return x.order(&y) })
	return shares, payers
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
func (b *Balance) count(c *Contribution) {
	b.Demo = b.Demo || c.Demo
	for _, t := range b.totals(c.Month.Year()) {
		t.Computed.add(c.Funds)
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
