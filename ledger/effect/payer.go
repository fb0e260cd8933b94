package effect

import (
	"cmp"

	"github.com/stazh/stazh/ledger/account"
	"github.com/stazh/stazh/ledger/event"
	"github.com/stazh/stazh/ledger/money"
	"github.com/stazh/stazh/ledger/period"
	"github.com/stazh/stazh/ledger/settlement"
)

// Payer is what differs for a payer.
type Payer struct {
	Payer  string            `json:"payer"`
	Months []LiabilityChange `json:"months"`
	// Balance is the settlement on the day of the effect, over all funds; Funds are those
	// whose figures differ.
	Balance Change[settlement.Sums] `json:"balance"`
	Funds   []FundChange            `json:"funds"`
}

// FundChange is the settlement of a fund.
type FundChange struct {
	Fund string `json:"fund"`
	Change[settlement.Sums]
}

// LiabilityChange is what is owed for a month.
type LiabilityChange struct {
	Month period.Month `json:"month"`
	Change[Liability]
}

// Liability is what is owed for a month by fund; zero before the month is assessed.
type Liability struct {
	Persons         int          `json:"persons"`
	Earnings        money.Amount `json:"earnings"`
	ForPensions     money.Amount `json:"for_pensions"`
	ForSocial       money.Amount `json:"for_social"`
	ForOccupational money.Amount `json:"for_occupational"`
	Total           money.Amount `json:"total"`
	// Awaiting names the parameter of the law for which some of the month waits.
	Awaiting string `json:"awaiting,omitempty"`
	// AwaitingEarnings are those that are not in the sums yet.
	AwaitingEarnings money.Amount `json:"awaiting_earnings"`
}

func payerOf(then, now *account.Payer, law *account.Law, on period.Date) Payer {
	p := Payer{Payer: now.UNP, Months: []LiabilityChange{}, Funds: []FundChange{}}
	was, is := settlement.Of(then, law, on), settlement.Of(now, law, on)
	before, after := liabilities(then, &was), liabilities(now, &is)
	for _, month := range union(before, after, cmp.Compare[period.Month]) {
		if before[month] != after[month] {
			p.Months = append(p.Months, LiabilityChange{month,
				Change[Liability]{before[month], after[month]}})
		}
	}
	p.Balance = Change[settlement.Sums]{was.Sums, is.Sums}
	wasFunds, isFunds := funds(&was), funds(&is)
	for _, fund := range union(wasFunds, isFunds, cmp.Compare[string]) {
		if wasFunds[fund] != isFunds[fund] {
			p.Funds = append(p.Funds, FundChange{fund,
				Change[settlement.Sums]{wasFunds[fund], isFunds[fund]}})
		}
	}
	return p
}

func (p *Payer) differs() bool {
	return len(p.Months)+len(p.Funds) > 0 || p.Balance.Before != p.Balance.After
}

func funds(b *settlement.Balance) map[string]settlement.Sums {
	all := make(map[string]settlement.Sums, len(b.Funds))
	for _, f := range b.Funds {
		all[f.Fund] = f.Sums
	}
	return all
}

func liabilities(p *account.Payer, b *settlement.Balance) map[period.Month]Liability {
	all := make(map[period.Month]Liability, len(p.Months))
	for i := range p.Months {
		m := &p.Months[i]
		l := Liability{Persons: m.Persons, Earnings: m.LiabilityAssessed.Earnings,
			Awaiting: m.Awaits}
		for _, e := range m.Earnings {
			l.AwaitingEarnings += e.Earnings
		}
		all[m.Month] = l
	}
	for i := range b.Months {
		m := &b.Months[i]
		l := all[m.Month]
		l.Total = m.Total
		for _, part := range m.Parts {
			switch part.Fund {
			case event.FundPension:
				l.ForPensions = part.Assessed
			case event.FundSocial:
				l.ForSocial = part.Assessed
			case event.FundOccupational:
				l.ForOccupational = part.Assessed
			}
		}
		all[m.Month] = l
	}
	return all
}
