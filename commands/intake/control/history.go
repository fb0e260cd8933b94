package control

import (
	"slices"
	"strconv"

	"github.com/google/uuid"

	"github.com/stazh/stazh/commands/intake/document"
	"github.com/stazh/stazh/ledger/account"
	"github.com/stazh/stazh/ledger/event"
	"github.com/stazh/stazh/ledger/money"
	"github.com/stazh/stazh/ledger/period"
)

// history compares a ПУ-3 with what is reported for the employment already.
func (c *check) history(d *document.IndividualData, person *account.Person, employment uuid.UUID) {
	told := c.look(d, person, employment, nil)
	if told.filled != nil {
		c.report("SPF-601", "/type", c.doc.Type, correctionOf(told.filled))
		return
	}
	c.compare(d, &told)
}

// compare weighs a ПУ-3 by what else is told of its employment.
func (c *check) compare(d *document.IndividualData, told *told) {
	if told.twice {
		c.neighbours(d, told)
	}
	c.leftOut(d, told.last)
	c.unusualPay(d, &told.pay)
}

// told is what an account says of an employment, as far as a ПУ-3 must go with it. Accounts
// are long and seldom in the processor's cache: they are gone through once, and once more
// for a document that a finding is certain about.
type told struct {
	// slots are those that can be of the document's days or of the year before them.
	slots      []account.Slot
	employment uuid.UUID
	own        *account.Slot               // which the document corrects; nil for none
	filled     *account.Slot               // the first that has the document's place already
	twice      bool                        // another one has days of the document's service
	last       period.Month                // of the quarters before the document's
	pay        [historyMonths]money.Amount // of the months before it, the latest first
}

// look gathers what is told of an employment, own aside.
func (c *check) look(d *document.IndividualData, person *account.Person, employment uuid.UUID,
	own *account.Slot) told {
	t := told{slots: person.SlotsSince(c.doc.Year - 1), employment: employment, own: own}
	bits, first := quartersOf(c.doc), firstMonth(c.doc)
	year := first.Year()
	for s := range c.slotsOf(t.slots, employment) {
		if s.Year == year || s.Year == year-1 { // else too long ago
			t.addPay(s, first)
		}
		if !beside(s, d) {
			continue
		}
		theirs, _ := quarterBits(s.Quarters)
		if c.completes(d, s, theirs == bits) {
			continue
		}
		if t.filled == nil && s.Year == c.doc.Year && theirs&bits != 0 {
			t.filled = s
		}
		if same(s, own) {
			continue
		}
		t.twice = t.twice || shareDays(d.Service, s.Service)
		if c.earlier(s, theirs, bits) {
			t.last = max(t.last, slotEnd(s))
		}
	}
	if t.last == 0 && slices.Contains(monthlyPaid, d.Category) {
		t.last = c.longAgo(d, person, employment)
	}
	return t
}

// longAgo gives the last month of the quarters reported of an employment before the year
// before the document's; zero for none.
func (c *check) longAgo(d *document.IndividualData, person *account.Person,
	employment uuid.UUID) (last period.Month) {
	for s := range c.slotsOf(person.Slots(), employment) {
		if s.Year < c.doc.Year-1 && beside(s, d) {
			last = max(last, slotEnd(s))
		}
	}
	return last
}

// same tells whether two are one slot of one account; the second may be nil.
func same(s, own *account.Slot) bool {
	return own != nil && s.Slot == own.Slot && s.Account == own.Account
}

// addPay adds what a slot says of the months before the first of a document.
func (t *told) addPay(s *account.Slot, first period.Month) {
	for i := range s.Months {
		m := &s.Months[i]
		if back := int(first - m.Month); back >= 1 && back <= historyMonths {
			t.pay[back-1] += m.Earnings
		}
	}
}

// beside tells whether a slot of the employment is in force and has the category and the
// contract of a ПУ-3.
func beside(s *account.Slot, d *document.IndividualData) bool {
	return s.Category == d.Category && sameNo(s.ContractNo, d.ContractNo) && s.InForce()
}

// earlier tells whether a slot of some quarters is of an earlier time than the document.
func (c *check) earlier(s *account.Slot, theirs, bits int) bool {
	return s.Year < c.doc.Year || s.Year == c.doc.Year && theirs < bits
}

// completes tells whether an original takes the place of a report for a pension: it is of
// the same slot and leaves out no month that this one told of.
func (c *check) completes(d *document.IndividualData, s *account.Slot, sameQuarters bool) bool {
	if !s.ForPension || c.doc.Type != document.Original || !sameQuarters ||
		s.Year != c.doc.Year || s.ContractNo != d.ContractNo {
		return false
	}
	return !slices.ContainsFunc(s.Months, func(m event.MonthFact) bool {
		return !slices.ContainsFunc(d.Months, func(x document.Month) bool {
			return x.Number == m.Month.Number()
		})
	})
}

// correctionOf says what may follow a slot that is filled: a correction of the document
// with the receipt.
func correctionOf(s *account.Slot) string {
	if s.Receipt == "" {
		return document.Correction
	}
	return document.Correction + ", receipt " + s.Receipt
}

// neighbours warns of service that another slot than the document's own reports too, those
// of earlier quarters first.
func (c *check) neighbours(d *document.IndividualData, told *told) {
	bits := quartersOf(c.doc)
	for _, later := range [2]bool{false, true} {
		for s := range c.slotsOf(told.slots, told.employment) {
			theirs, _ := quarterBits(s.Quarters)
			if !same(s, told.own) && beside(s, d) && c.earlier(s, theirs, bits) != later &&
				!c.completes(d, s, theirs == bits) {
				c.reportedTwice(d, s)
			}
		}
	}
}

func (c *check) reportedTwice(d *document.IndividualData, s *account.Slot) {
	for i, mine := range d.Service {
		j := overlapping(mine, s.Service)
		if j < 0 {
			continue
		}
		theirs := s.Service[j]
		c.report("SPF-608", at(servicePart, i, "from"),
			mine.From.String()+"…"+mine.To.String(),
			"other than "+theirs.From.String()+"…"+theirs.To.String())
		return
	}
}

// overlapping gives the first run of a slot's days that shares days with a document's; -1 for
// none.
func overlapping(mine document.Service, theirs []event.ServicePeriod) int {
	a := period.Interval{From: mine.From, To: mine.To}
	if a.From == 0 {
		return -1
	}
	return slices.IndexFunc(theirs, func(x event.ServicePeriod) bool {
		return a.Overlaps(period.Interval{From: x.From, To: x.To})
	})
}

// shareDays tells whether some run of a document's service shares days with one of a slot.
func shareDays(mine []document.Service, theirs []event.ServicePeriod) bool {
	return slices.ContainsFunc(mine, func(s document.Service) bool {
		return overlapping(s, theirs) >= 0
	})
}

// leftOut warns of quarters left out since the last one reported.
func (c *check) leftOut(d *document.IndividualData, last period.Month) {
	if last == 0 || !slices.Contains(monthlyPaid, d.Category) {
		return
	}
	if first := firstMonth(c.doc); last.Add(1) < first {
		c.report("SPF-608", "/quarters", quarterName(first), quarterName(last.Add(1)))
	}
}

// slotEnd gives the last month of a slot.
func slotEnd(s *account.Slot) period.Month {
	last := 0
	if n := len(s.Quarters); n > 0 {
		last = int(s.Quarters[n-1] - '0')
	}
	m, _ := period.NewMonth(s.Year, last*3)
	return m
}

// quarterName names the quarter of a month: "2018-Q1".
func quarterName(m period.Month) string {
	return strconv.Itoa(m.Year()) + "-Q" + strconv.Itoa(m.Quarter())
}

const (
	// historyMonths is the run of months before the document that pay is compared with.
	historyMonths = 12
	// historyMonthsMin is the least number of paid months in it that make a median worth
	// comparing with: half of them.
	historyMonthsMin = 6
	// unusualTimes is how many times more or less than the median is unusual.
	unusualTimes = 3
)

// unusualPay warns of a month's pay far from the median of the year before.
func (c *check) unusualPay(d *document.IndividualData, pay *[historyMonths]money.Amount) {
	slices.Sort(pay[:])
	unpaid := 0
	for unpaid < historyMonths && pay[unpaid] <= 0 {
		unpaid++
	}
	paid := pay[unpaid:]
	if len(paid) < historyMonthsMin {
		return
	}
	median := (paid[(len(paid)-1)/2] + paid[len(paid)/2]) / 2
	for i := range d.Months {
		e := d.Months[i].Earnings
		if e > median*unusualTimes || (e > 0 && e*unusualTimes < median) {
			c.report("SPF-609", at(monthsPart, i, "earnings"), e.String(), "≈ "+median.String())
		}
	}
}
