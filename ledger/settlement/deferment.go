package settlement

import (
	"cmp"
	"slices"

	"github.com/stazh/stazh/ledger/account"
	"github.com/stazh/stazh/ledger/money"
	"github.com/stazh/stazh/ledger/period"
)

// decisions are the days on which deferments begin, are examined and end.
func (b *book) decisions() []moment {
	var list []moment
	for i := range b.payer.Deferments {
		x := &b.payer.Deferments[i]
		view := Deferment{Proposal: x.Proposal.ID, State: string(x.Proposal.State),
			Parts: x.Parts, Instalments: make([]Instalment, len(x.Instalments)),
			Position: x.Proposal.Position()}
		for k, due := range x.Instalments {
			view.Instalments[k] = Instalment{due, InstalmentAhead}
		}
		b.defers = append(b.defers, view)
		if x.Proposal.On.IsZero() || x.Proposal.On > b.on ||
			x.Proposal.State == account.ProposalDeclined {
			continue
		}
		list = append(list, moment{x.Proposal.On, func(day period.Date) { b.begin(i, day) }})
		for k := range x.Instalments {
			list = append(list, moment{x.Instalments[k].Due.AddDays(1),
				func(day period.Date) { b.examine(i, k, day) }})
		}
		if !x.RevokedOn.IsZero() {
			list = append(list, moment{x.RevokedOn, func(day period.Date) {
				b.end(i, day, string(account.ProposalRevoked))
			}})
		}
	}
	slices.SortStableFunc(list, func(x, y moment) int { return cmp.Compare(x.on, y.on) })
	return list
}

// begin lets a deferment hold. Arrears that a correction has added to a month may be deferred
// beside those that are.
func (b *book) begin(i int, day period.Date) {
	view := &b.defers[i]
	view.State, view.From = DefermentStanding, day
	for _, part := range view.Parts {
		f, ok := fundOf(part.Fund)
		if !ok {
			continue
		}
		if c := b.charge(f, part.Month); c != nil {
			b.accrue(&b.columns[f], f, c, day.AddDays(-1))
			c.grants = append(c.grants, grant{i, part.Amount})
		}
	}
}

// examine looks, on the day after an instalment, whether it was met.
func (b *book) examine(i, k int, day period.Date) {
	view := &b.defers[i]
	if view.State != DefermentStanding {
		return
	}
	if b.remaining(i) <= later(view.Instalments, k) {
		view.Instalments[k].State = InstalmentMet
		return
	}
	view.Instalments[k].State = InstalmentMissed
	b.end(i, day, DefermentBreached)
}

// end lets the penalty grow again from a day on.
func (b *book) end(i int, day period.Date, state string) {
	view := &b.defers[i]
	if view.State != DefermentStanding {
		return
	}
	view.State, view.Ended = state, day
	for _, part := range view.Parts {
		f, ok := fundOf(part.Fund)
		if !ok {
			continue
		}
		if c := b.charge(f, part.Month); c != nil {
			b.accrue(&b.columns[f], f, c, day.AddDays(-1))
			c.grants = slices.DeleteFunc(c.grants, func(g grant) bool { return g.deferment == i })
		}
	}
}

// remaining is what is unpaid of a deferment's parts.
func (b *book) remaining(i int) (sum money.Amount) {
	for _, part := range b.defers[i].Parts {
		f, ok := fundOf(part.Fund)
		if !ok {
			continue
		}
		if c := b.charge(f, part.Month); c != nil {
			sum += c.restedBy(i)
		}
	}
	return sum
}

// later adds up the instalments after one.
func later(list []Instalment, k int) (sum money.Amount) {
	for _, x := range list[k+1:] {
		sum += x.Amount
	}
	return sum
}
