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
	for from, to := 0, 0; from < len(shares.order); from = to {
		key := shares.order[from] >> placeBits
		c := Contribution{Month: period.Month(key >> (1 + payerBits)),
			Payer: payers[key>>1&(1<<payerBits-1)], SelfEmployed: key&1 == 1}
		for ; to < len(shares.order) && shares.order[to]>>placeBits == key; to++ {
			c.Earnings += shares.earnings[shares.order[to]&(1<<placeBits-1)]
		}
		terms.compute(&c)
		b.count(&c)
	}
	return b
}

// shares are what the months of slots add to contributions. Their order is by month, payer
// and kind, and is made of numbers, which sort five times as fast as structs: a month has
// at most 17 bits, below it stand the payer, the kind, and where the earnings are.
type shares struct {
	order    []uint64
	earnings []money.Amount
}

const (
	placeBits = 26
	payerBits = 20
)

// sharesOf gives the shares and the payers, and adds up what was reported.
func sharesOf(p *account.Person, b *Balance) (s shares, payers []string) {
	const monthsUsual = 3
	s = shares{order: make([]uint64, 0, monthsUsual*len(p.Slots)),
		earnings: make([]money.Amount, 0, monthsUsual*len(p.Slots))}
	for i := range p.Slots {
		x := &p.Slots[i]
		payer := slices.Index(payers, x.Payer) // a person has few
		if payer < 0 {
			payer, payers = len(payers), append(payers, x.Payer)
		}
		kind := uint64(payer) << 1
		if x.Category == account.CategorySelfEmployed {
			kind |= 1
		}
		for n := range x.Months {
			m := &x.Months[n]
			b.report(m)
			key := uint64(m.Month)<<(1+payerBits) | kind
			s.order = append(s.order, key<<placeBits|uint64(len(s.earnings)))
			s.earnings = append(s.earnings, m.Earnings)
		}
	}
	slices.Sort(s.order)
	return s, payers
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
