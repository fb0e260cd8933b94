package rules

import (
	"strconv"
	"strings"

	"github.com/stazh/stazh/ledger/money"
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

// month notes the pay of the part of a month, unrounded.
func (t *Trace) month(formula string, p monthPart, v exact) {
	if t == nil {
		return
	}
	t.given("days_of_period", strconv.Itoa(p.days))
	t.given("days_of_month", strconv.Itoa(p.whole))
	t.computed(monthPay, formula, v.String())
	t.steps[len(t.steps)-1].When = p.month.String()
}

// monthSum notes the one rounding of the sum over all months.
func (t *Trace) monthSum(v money.Amount) {
	if t == nil {
		return
	}
	var months []string
	for i := range t.steps {
		if t.steps[i].Name == monthPay {
			months = append(months, t.steps[i].Value)
		}
	}
	t.amount("amount", "round("+strings.Join(months, " + ")+")", v)
}
