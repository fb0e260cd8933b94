package effect

import (
	"cmp"

	"github.com/stazh/stazh/ledger/account"
	"github.com/stazh/stazh/ledger/money"
	"github.com/stazh/stazh/ledger/period"
)

// OccupationalChange is a month of work in special conditions with a payer.
type OccupationalChange struct {
	Month period.Month `json:"month"`
	Payer string       `json:"payer"`
	Change[Occupational]
}

// Occupational is what is reported and credited for such a month; zero where nothing is.
type Occupational struct {
	Earnings money.Amount `json:"earnings"`
	Credited money.Amount `json:"credited"`
}

// occupationalKey is what a line of such months is about.
type occupationalKey struct {
	month period.Month
	payer string
}

func occupational(then, now *account.Person) []OccupationalChange {
	of := func(p *account.Person) map[occupationalKey]Occupational {
		all := map[occupationalKey]Occupational{}
		for i := range p.Occupational {
			s := &p.Occupational[i]
			for _, m := range s.Months {
				k := occupationalKey{m.Month, s.Payer}
				all[k] = Occupational{all[k].Earnings + m.Earnings, all[k].Credited + m.Credited}
			}
		}
		return all
	}
	before, after := of(then), of(now)
	list := []OccupationalChange{}
	for _, k := range union(before, after, func(a, b occupationalKey) int {
		return cmp.Or(cmp.Compare(a.month, b.month), cmp.Compare(a.payer, b.payer))
	}) {
		if before[k] != after[k] {
			list = append(list, OccupationalChange{k.month, k.payer,
				Change[Occupational]{before[k], after[k]}})
		}
	}
	return list
}
