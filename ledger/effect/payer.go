package effect

import (
	"cmp"

	"github.com/stazh/stazh/ledger/account"
	"github.com/stazh/stazh/ledger/money"
	"github.com/stazh/stazh/ledger/period"
	"github.com/stazh/stazh/ledger/settlement"
)

// Payer is what differs for a payer.
type Payer struct {
	Payer  string            `json:"payer"`
	Months []LiabilityChange `json:"months"`
	// Balance is the settlement on the day of the effect.
	Balance Change[settlement.Totals] `json:"balance"`
}

// LiabilityChange is what is owed for a month.
type LiabilityChange struct {
	Month period.Month `json:"month"`
	Change[Liability]
}

// Liability is what is owed for a month by fund; zero before the month is assessed.
type Liability struct {
	Persons     int          `json:"persons"`
	Earnings    money.Amount `json:"earnings"`
	ForPensions money.Amount `json:"for_pensions"`
	ForSocial   money.Amount `json:"for_social"`
	Total       money.Amount `json:"total"`
	// Awaiting names the parameter of the law for which some of the month waits.
	Awaiting string `json:"awaiting,omitempty"`
	// AwaitingEarnings are those that are not in the sums yet.
	AwaitingEarnings money.Amount `json:"awaiting_earnings"`
}

func payerOf(then, now *account.Payer, law *account.Law, on period.Date) Payer {
	p := Payer{Payer: now.UNP, Months: []LiabilityChange{}}
	before, after := liabilities(then), liabilities(now)
	for _, month := range union(before, after, cmp.Compare[period.Month]) {
		if before[month] != after[month] {
			p.Months = append(p.Months, LiabilityChange{month,
				Change[Liability]{before[month], after[month]}})
		}
	}
	p.Balance = Change[settlement.Totals]{settlement.Of(then, law, on).Totals,
		settlement.Of(now, law, on).Totals}
	return p
}

func (p *Payer) differs() bool {
	return len(p.Months) > 0 || p.Balance.Before != p.Balance.After
}

func liabilities(p *account.Payer) map[period.Month]Liability {
	all := make(map[period.Month]Liability, len(p.Months))
	for i := range p.Months {
		m := &p.Months[i]
		l := Liability{Persons: m.Persons, Earnings: m.LiabilityAssessed.Earnings,
			ForPensions: m.ForPensions(), ForSocial: m.ForSocial(), Total: m.Total(),
			Awaiting: m.Awaits}
		for _, e := range m.Earnings {
			l.AwaitingEarnings += e.Earnings
		}
		all[m.Month] = l
	}
	return all
}
