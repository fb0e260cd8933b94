package control

import (
	"strconv"

	"github.com/stazh/stazh/commands/intake/document"
)

// repeatedMonths finds months that one document states twice with the same tariff: their
// sums add up to the base of contributions. The very same line is a copy and refuses;
// other sums may be an addition that the payer states by itself, and only warn.
func (c *check) repeatedMonths(d *document.IndividualData) {
	if ascending(d.Months) {
		return // as in nearly every document: none comes twice
	}
	type key struct {
		month  int
		tariff string
	}
	first := make(map[key]int, len(d.Months))
	for i := range d.Months {
		m := &d.Months[i]
		k := key{m.Number, m.Tariff}
		j, twice := first[k]
		if !twice {
			first[k] = i
			continue
		}
		if m.Number == 0 || c.unread(at(monthsPart, i, "")) || c.unread(at(monthsPart, j, "")) {
			continue
		}
		limit := Warn
		if *m == d.Months[j] && m.Totals != (document.Totals{}) {
			limit = Refuse
		}
		c.reportAtMost(limit, "SPF-312", at(monthsPart, i, "month"), strconv.Itoa(m.Number),
			"stated once")
	}
}

func ascending(months []document.Month) bool {
	for i := 1; i < len(months); i++ {
		if months[i].Number <= months[i-1].Number {
			return false
		}
	}
	return true
}

// overpaid warns of a month that says more was paid than was due for it.
func (c *check) overpaid(m *document.Month, i int) {
	if m.Contributions >= 0 && m.Paid > m.Contributions &&
		!c.unread(at(monthsPart, i, "contributions")) {
		c.report("SPF-313", at(monthsPart, i, "paid"), m.Paid.String(),
			"≤ "+m.Contributions.String())
	}
}
