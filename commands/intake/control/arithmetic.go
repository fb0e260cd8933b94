package control

import (
	"slices"
	"strconv"

	"github.com/stazh/stazh/commands/intake/document"
	"github.com/stazh/stazh/ledger/account"
	"github.com/stazh/stazh/ledger/money"
	"github.com/stazh/stazh/ledger/period"
	"github.com/stazh/stazh/ledger/rules"
)

// selfPayers are the categories that pay contributions for themselves: sole proprietors,
// creative workers, notaries, craftsmen.
var selfPayers = []string{"10", "12", "13", "14"}

// attributeRate is the share of the base that the contributions column of ПУ-3 holds for
// a tariff code. What the column means has changed over the years; where the code list
// does not say it, contributions are not recomputed.
const attributeRate = "rate"

// roundingTolerance is the difference that rounding may make in one month.
const roundingTolerance money.Amount = 1

// monthly checks the sums of each month.
func (c *check) monthly(d *document.IndividualData) {
	for i := range d.Months {
		m, before := &d.Months[i], len(c.verdict.Findings)
		for _, s := range sums {
			if v := s.of(&m.Totals); v < 0 {
				c.report("SPF-307", at(monthsPart, i, s.name), v.String(), "≥ 0.00")
			}
		}
		if month := c.monthOf(m); c.facts.Law != nil && !month.IsZero() {
			c.contributions(m, i, month)
			if slices.Contains(selfPayers, d.Category) {
				c.selfPayerBase(d, m, i, month)
			}
		}
		if before == len(c.verdict.Findings) {
			c.overpaid(m, i) // wrong contributions are not told twice
		}
	}
}

// contributions recomputes a month's contributions where the tariff's rate and the
// ceiling of the month are known. Earnings above the ceiling are legal, contributions on
// them are not due: that they were counted there is SPF-305, any other difference
// SPF-304.
func (c *check) contributions(m *document.Month, i int, month period.Month) {
	rate, ok := c.tariffRate(m.Tariff, month)
	if !ok || m.Earnings < 0 || m.Contributions < 0 {
		return
	}
	ceiling, err := rules.Ceiling(c.facts.Law.Parameters, month)
	if err != nil {
		return // the average wage is not published yet: nothing can be said
	}
	right := min(m.Earnings, ceiling).Times(rate)
	difference := m.Contributions - right
	if difference == 0 || c.unread(at(monthsPart, i, "earnings")) ||
		c.unread(at(monthsPart, i, "month")) {
		return
	}
	pointer := at(monthsPart, i, "contributions")
	switch {
	case max(difference, -difference) <= roundingTolerance:
		c.reportAtMost(Warn, "SPF-304", pointer, m.Contributions.String(), right.String())
	case m.Earnings > ceiling && difference > 0:
		c.report("SPF-305", pointer, m.Contributions.String(), right.String())
	default:
		c.report("SPF-304", pointer, m.Contributions.String(), right.String())
	}
}

// tariffRate gives the share of the base that a tariff's contributions are.
func (c *check) tariffRate(tariff string, month period.Month) (money.Rate, bool) {
	if tariff == "" {
		return 0, false
	}
	entry, ok := c.facts.Law.Code(account.ClassifierTariff, tariff, month.First())
	if !ok {
		return 0, false
	}
	text := entry.Attribute(attributeRate)
	if text != c.rateText || text == "" {
		rate, err := money.ParseRate(text)
		if err != nil || rate <= 0 || rate > wholeRate {
			return 0, false
		}
		c.rateText, c.rate = text, rate
	}
	return c.rate, true
}

var wholeRate = money.MustParseRate("1")

// selfPayerBase warns when a self-payer's base of a month worked in full is below the
// minimum wage.
func (c *check) selfPayerBase(
	d *document.IndividualData, m *document.Month, i int, month period.Month,
) {
	floor, err := c.facts.Law.Parameters.Amount(rules.MinimumWage, month.First())
	if err != nil || m.Earnings >= floor {
		return
	}
	whole := period.Interval{From: month.First(), To: month.Last()}
	for _, s := range d.Service {
		if contains(period.Interval{From: s.From, To: s.To}, whole) && c.paid(&s) {
			c.report("SPF-306", at(monthsPart, i, "earnings"), m.Earnings.String(),
				"≥ "+floor.String())
			return
		}
	}
}

// totals compares the head's sums and counts with the months and service.
func (c *check) totals(d *document.IndividualData) {
	c.counted(d.DeclaredMonths, len(d.Months), "/declared_months", monthsPart)
	c.counted(d.DeclaredService, len(d.Service), "/declared_service", servicePart)
	if d.Declared == nil {
		return
	}
	if d.Sum() == *d.Declared {
		return
	}
	total := d.Sum()
	for _, s := range sums {
		got, want := s.of(d.Declared), s.of(&total)
		if got != want && c.sumReadable(s.name) {
			c.report("SPF-301", dataPart+"/declared/"+s.name, got.String(), want.String())
		}
	}
}

// sumReadable tells whether all months' values of a sum were read.
func (c *check) sumReadable(name string) bool {
	for _, f := range c.doc.Faults {
		if structural(f.Code) {
			return false
		}
		if !within(f.Pointer, monthsPart) && !within(monthsPart, f.Pointer) {
			continue
		}
		switch last := lastPart(f.Pointer); last {
		case "month", "tariff":
		case "earnings", "benefits", "contributions", "paid":
			if last == name {
				return false
			}
		default:
			return false
		}
	}
	return true
}

// counted compares a declared count with the records there are.
func (c *check) counted(declared, found int, field, list string) {
	if declared < 0 || declared == found {
		return
	}
	for _, f := range c.doc.Faults {
		if structural(f.Code) || f.Pointer == list {
			return
		}
	}
	place := dataPart
	if c.doc.Data == nil {
		place = ""
	}
	c.report("SPF-303", place+field, strconv.Itoa(declared), strconv.Itoa(found))
}
