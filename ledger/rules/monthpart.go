package rules

import (
	"strconv"

	"github.com/stazh/stazh/ledger/period"
)

// monthPart is the part of a calendar month that a period has: some of its days.
type monthPart struct {
	month period.Month
	days  int
	whole int // days of the month
}

// monthPartOf gives the part of the first day's month that a period of some days has.
func monthPartOf(from period.Date, days int) monthPart {
	m := from.Month()
	return monthPart{m, min(days, from.DaysUntil(m.Last())+1), m.Days()}
}

// of gives the part of a monthly amount, pro rata by calendar days.
func (p monthPart) of(monthly exact) exact {
	return monthly.times(exactInt(p.days)).over(p.whole)
}

// month notes a figure that goes on unrounded and belongs to the part of a month.
func (t *Trace) month(name, formula string, p monthPart, v exact) {
	if t == nil {
		return
	}
	t.given("days_of_period", strconv.Itoa(p.days))
	t.given("days_of_month", strconv.Itoa(p.whole))
	t.computed(name, formula, v.String())
	t.steps[len(t.steps)-1].When = p.month.String()
}

// figure notes a figure that a later step names, without a step of its own.
func (t *Trace) figure(name string, v exact) {
	if t != nil {
		t.given(name, v.String())
	}
}
