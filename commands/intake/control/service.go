package control

import (
	"slices"
	"strconv"
	"strings"

	"github.com/stazh/stazh/commands/intake/document"
	"github.com/stazh/stazh/ledger/account"
	"github.com/stazh/stazh/ledger/money"
	"github.com/stazh/stazh/ledger/period"
)

// monthlyPaid are the categories that are paid every month; others, such as civil
// contracts, may be paid at the end only.
var monthlyPaid = []string{"01", "02", "07"}

// service checks the runs of days one by one and against each other.
func (c *check) service(d *document.IndividualData) {
	for i := range d.Service {
		s := &d.Service[i]
		if s.From == 0 || s.To == 0 {
			c.filled(s.From != 0, at(servicePart, i, ""), "/from")
			c.filled(s.To != 0, at(servicePart, i, ""), "/to")
			continue
		}
		switch {
		case s.From > s.To:
			c.report("SPF-308", at(servicePart, i, "to"), s.To.String(), "≥ "+s.From.String())
			continue
		case c.doc.Year == 0:
		case s.From.Year() != c.doc.Year:
			c.outsideYear(s.From, at(servicePart, i, "from"))
		case s.To.Year() != c.doc.Year:
			c.outsideYear(s.To, at(servicePart, i, "to"))
		}
		if s.To > c.facts.Today {
			c.notFuture(s.To, at(servicePart, i, "to"))
		}
		c.indicator(s, i)
		c.overlap(d.Service[:i], s, i)
	}
}

func (c *check) outsideYear(d period.Date, pointer string) {
	year := strconv.Itoa(c.doc.Year)
	c.report("SPF-308", pointer, d.String(), year+"-01-01…"+year+"-12-31")
}

// indicatorDigits bounds the numbers that are read as days, far above any run.
const indicatorDigits = 9

// indicator refuses more days than a run has where the activity is one whose first
// indicator counts days.
func (c *check) indicator(s *document.Service, i int) {
	value := s.Indicator1
	if len(value) > indicatorDigits || !digits(value) {
		return
	}
	entry, _ := c.activity(s)
	if entry.Attribute(attributeIndicator) != "days" {
		return
	}
	n, _ := strconv.Atoi(value)
	if most := (period.Interval{From: s.From, To: s.To}).Days(); n > most {
		c.report("SPF-310", at(servicePart, i, "indicator1"), value, "≤ "+strconv.Itoa(most))
	}
}

// overlap refuses days that are stated twice in ways that exclude each other: once as
// counting to the coverage with paid contributions and once as not.
func (c *check) overlap(earlier []document.Service, s *document.Service, i int) {
	mine := period.Interval{From: s.From, To: s.To}
	for j := range earlier {
		e := &earlier[j]
		other := period.Interval{From: e.From, To: e.To}
		if e.From == 0 || e.To == 0 || !mine.Overlaps(other) || c.facts.Law == nil {
			continue
		}
		if c.facts.Law.PaidActivity(s.Activity, s.From) !=
			c.facts.Law.PaidActivity(e.Activity, e.From) {
			c.report("SPF-309", at(servicePart, i, "from"),
				s.From.String()+"…"+s.To.String(),
				"other than "+e.From.String()+"…"+e.To.String())
			return
		}
	}
}

// paid tells whether a run of days is known to earn paid coverage.
func (c *check) paid(s *document.Service) bool {
	if s.Activity == "" {
		return true
	}
	entry, ok := c.activity(s)
	return ok && entry.Attribute(account.AttributePaid) != no
}

// needsBenefit tells whether an activity is one for which a benefit is paid.
func (c *check) needsBenefit(s *document.Service) bool {
	entry, _ := c.activity(s)
	return entry.Attribute(account.AttributeNeedsBenefit) == yes
}

// backwards tells whether a run of days lacks an end or ends before it begins.
func backwards(s document.Service) bool { return s.From == 0 || s.To == 0 || s.From > s.To }

// strayMonth tells whether some month is not of the document's quarters: its sums then
// belong to another month, and that one seems to lack them.
func (c *check) strayMonth(d *document.IndividualData) bool {
	bits := quartersOf(c.doc)
	return slices.ContainsFunc(d.Months, func(m document.Month) bool {
		return m.Number < 1 || m.Number > 12 || bits&(1<<((m.Number-1)/3)) == 0
	})
}

// serviceMonths are the months of the document's year, as bits, that service touches.
type serviceMonths struct{ any, paid, benefit uint16 }

// sumsAndService compares sums with service, month by month: SPF-411 for sums without
// service and the reverse, SPF-408 for benefits without their activity and the reverse.
func (c *check) sumsAndService(d *document.IndividualData) {
	if c.doc.Year == 0 || !c.readable(monthsPart, servicePart, "/year", "/quarters") ||
		slices.ContainsFunc(d.Service, backwards) || c.strayMonth(d) {
		return
	}
	var with serviceMonths
	for i := range d.Service {
		s := &d.Service[i]
		bits := c.monthBits(s.From, s.To)
		with.any |= bits
		if c.paid(s) {
			with.paid |= bits
		}
		if c.needsBenefit(s) {
			with.benefit |= bits
			if benefits(d, bits) == 0 {
				c.report("SPF-408", at(servicePart, i, "activity"), s.Activity, "")
			}
		}
	}
	known := c.published(account.ClassifierActivity)
	var sumless uint16 = 1<<12 - 1
	for i := range d.Months {
		m := &d.Months[i]
		bit := uint16(1) << (m.Number - 1)
		if m.Earnings != 0 || m.Benefits != 0 {
			sumless &^= bit
		}
		if m.Earnings > 0 && with.any&bit == 0 && d.Category != outsidePayouts {
			c.report("SPF-411", at(monthsPart, i, "earnings"), m.Earnings.String(), "0.00")
		}
		if known && m.Benefits > 0 && with.benefit&bit == 0 {
			c.report("SPF-408", at(monthsPart, i, "benefits"), m.Benefits.String(), "0.00")
		}
	}
	if slices.Contains(monthlyPaid, d.Category) {
		c.serviceWithoutSum(d, with.paid&sumless)
	}
}

// serviceWithoutSum warns once for each run of days with a month of the document's
// quarters that has no sum.
func (c *check) serviceWithoutSum(d *document.IndividualData, months uint16) {
	quarters := quartersOf(c.doc)
	for i := range d.Service {
		s := &d.Service[i]
		bits := c.monthBits(s.From, s.To) & months
		for n := range 12 {
			if bits&(1<<n) == 0 || quarters&(1<<(n/3)) == 0 || !c.paid(s) {
				continue
			}
			m, _ := period.NewMonth(c.doc.Year, n+1)
			c.report("SPF-411", at(servicePart, i, "from"), m.String()+": 0.00", "> 0.00")
			months &^= 1 << n
			break
		}
	}
}

// monthBits are the months of the document's year between two days, as bits.
func (c *check) monthBits(from, to period.Date) (bits uint16) {
	first, ok := period.NewMonth(c.doc.Year, 1)
	if !ok || from == 0 || to == 0 {
		return 0
	}
	start, end := max(from.Month(), first), min(to.Month(), first.Add(11))
	for m := start; m <= end; m = m.Add(1) {
		bits |= 1 << (m.Number() - 1)
	}
	return bits
}

// benefits adds up the benefits of the months in bits.
func benefits(d *document.IndividualData, bits uint16) (sum money.Amount) {
	for i := range d.Months {
		m := &d.Months[i]
		if m.Number >= 1 && m.Number <= 12 && bits&(1<<(m.Number-1)) != 0 {
			sum += m.Benefits
		}
	}
	return sum
}

// fields splits a list of codes at commas and blanks.
func fields(list string) []string {
	return strings.FieldsFunc(list, func(r rune) bool { return r == ',' || r == ' ' })
}
