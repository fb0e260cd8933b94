package benefit

import (
	"bytes"
	"cmp"
	"slices"

	"github.com/stazh/stazh/ledger/account"
	"github.com/stazh/stazh/ledger/money"
	"github.com/stazh/stazh/ledger/period"
)

// span is a time in which a case pays the same amount.
type span struct {
	from, last period.Date // last is null while no end is known
	amount     money.Amount
}

// spansOf gives what a case pays, by day. All of it follows from Case.AmountOn, asked on
// the days on which the answer may change.
func spansOf(x *account.Case) (list []span) {
	days := turns(x)
	for i, day := range days {
		amount, ok := x.AmountOn(day)
		if !ok {
			continue
		}
		last := x.LastDay()
		if i+1 < len(days) {
			last = days[i+1].AddDays(-1)
		}
		if n := len(list); n > 0 && list[n-1].amount == amount &&
			list[n-1].last.AddDays(1) == day {
			list[n-1].last = last
			continue
		}
		list = append(list, span{day, last, amount})
	}
	return list
}

// turns lists the days on which the amount of a case may change, ascending.
func turns(x *account.Case) []period.Date {
	days := make([]period.Date, 0, len(x.Amounts)+2)
	for _, a := range x.Amounts {
		days = append(days, max(a.From, x.Award.From))
	}
	if len(days) > 0 {
		days = append(days, x.Award.From)
	}
	if last := x.LastDay(); len(days) > 0 && !last.IsZero() {
		days = append(days, last.AddDays(1))
	}
	slices.Sort(days)
	return slices.Compact(days)
}

// InMonth gives what a case adds to the totals of a month; ok is false for nothing.
func InMonth(x *account.Case, month period.Month) (amount money.Amount, ok bool) {
	if x.Monthly() {
		return x.AmountOn(month.Last())
	}
	if x.Award.From.IsZero() || x.Award.From.Month() != month {
		return 0, false
	}
	return x.AmountOn(x.Award.From)
}

// months lists the months in which the figures of a case may change, ascending.
func months(x *account.Case) []period.Month {
	var list []period.Month
	for _, day := range turns(x) {
		list = append(list, day.Month())
		if !x.Monthly() {
			list = append(list, day.Month().Add(1))
		}
	}
	slices.Sort(list)
	return slices.Compact(list)
}

// PaidBy gives what an account pays for a day: what PaidOn reads, of a state at hand.
func PaidBy(p *account.Person, on period.Date) (list []Paid) {
	for i := range p.Cases {
		x := &p.Cases[i]
		for _, s := range spansOf(x) {
			if s.from <= on && (s.last.IsZero() || on <= s.last) {
				list = append(list, Paid{Case: x.ID, Kind: x.Kind, Office: officeOf(x),
					Form: x.Award.Form, FirstDay: s.from, LastDay: s.last, Amount: s.amount})
			}
		}
	}
	slices.SortFunc(list, func(a, b Paid) int {
		return cmp.Or(cmp.Compare(a.FirstDay, b.FirstDay), bytes.Compare(a.Case[:], b.Case[:]))
	})
	return list
}
