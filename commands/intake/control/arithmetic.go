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
			v := s.of(&m.Totals)
			if v < 0 && c.doc.Type == document.Correction {
				v = monthSum(d, m.Number, s.of)
			}
			if v < 0 {
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

// monthSum adds up a month that stands in a document more than once: a correction may take
// back in one line what is too much in another, as long as the month does not end below
// zero.
func monthSum(d *document.IndividualData, number int, of func(*document.Totals) money.Amount,
) (sum money.Amount) {
	for i := range d.Months {
		if d.Months[i].Number == number {
			sum += of(&d.Months[i].Totals)
		}
	}
	return sum
}

// contributions recomputes a month's contributions where the tariff's rate and the
// ceiling of the month are known. Earnings above the ceiling are legal, contributions on
// them are not due: that they were counted there is SPF-305, any other difference
// SPF-304.
func (c *check) contributions(m *document.Month, i int, month period.Month) {
	terms := c.facts.termsOf(m.Tariff, month)
	if !terms.known || m.Earnings < 0 || m.Contributions < 0 {
		return
	}
	ceiling := terms.ceiling
	right := min(m.Earnings, ceiling).Times(terms.rate)
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

// monthTerms is what the law says of a tariff in a month.
type monthTerms struct {
	holds bool // the code list has the tariff, and the payer may use it
	known bool // rate and ceiling are
	rate  money.Rate
	// ceiling bounds the earnings that contributions are due on.
	ceiling money.Amount
}

// tariffMonth is a tariff in a month.
type tariffMonth struct {
	tariff string
	month  period.Month
}

// termsOf looks up what holds for a tariff in a month, once for all documents: most state
// the same few.
func (f *Facts) termsOf(tariff string, month period.Month) monthTerms {
	key := tariffMonth{tariff, month}
	last := &f.lastTerms[uint(month)%uint(len(f.lastTerms))]
	if last.tariffMonth != key {
		*last = lastTerms{key, f.anyTerms(key)}
	}
	return last.monthTerms
}

// lastTerms are those of the tariff that was asked for last of a month.
type lastTerms struct {
	tariffMonth
	monthTerms
}

// anyTerms is termsOf for tariffs that change from document to document.
func (f *Facts) anyTerms(key tariffMonth) monthTerms {
	t, ok := f.terms[key]
	if !ok {
		t = f.lookUpTerms(key.tariff, key.month)
		if f.terms == nil || len(f.terms) >= termsMax {
			f.terms = map[tariffMonth]monthTerms{}
		}
		f.terms[key] = t
	}
	return t
}

// termsMax bounds what is remembered: tariffs are whatever a file says.
const termsMax = 1000

func (f *Facts) lookUpTerms(tariff string, month period.Month) (t monthTerms) {
	if tariff == "" {
		return t
	}
	entry, ok := f.Law.Code(account.ClassifierTariff, tariff, month.First())
	if !ok {
		return t
	}
	t.holds = f.Payer == nil || account.MayUse(entry, f.Payer.Kind)
	rate, err := money.ParseRate(entry.Attribute(attributeRate))
	if err != nil || rate <= 0 || rate > wholeRate {
		return t
	}
	ceiling, err := rules.Ceiling(f.Law.Parameters, month)
	if err != nil {
		return t // the average wage is not published yet: nothing can be said
	}
	t.known, t.rate, t.ceiling = true, rate, ceiling
	return t
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
	if c.doc.Form == document.PU6 {
		c.counted(d.DeclaredService, len(d.Occupations), "/declared_service", occupationsPart)
	} else {
		c.counted(d.DeclaredService, len(d.Service), "/declared_service", servicePart)
	}
	if d.Declared == nil {
		return
	}
	if c.doc.Sum() != *d.Declared {
		c.wrongTotals(d)
	}
}

// wrongTotals reports the sums of the head that are not those of the months.
func (c *check) wrongTotals(d *document.IndividualData) {
	total := c.doc.Sum()
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

// ContributionOf gives the contributions that a tariff asks for on the earnings of a month;
// ok is false where the law does not say yet, or knows no such tariff.
func ContributionOf(law *account.Law, tariff string, month period.Month, earnings money.Amount,
) (sum money.Amount, ok bool) {
	terms := (&Facts{Law: law}).lookUpTerms(tariff, month)
	if !terms.known {
		return 0, false
	}
	return min(earnings, terms.ceiling).Times(terms.rate), true
}
