package control

import (
	"iter"
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
	bits := quartersOf(c.doc)
	this := person.SlotsOf(c.doc.Year)
	for s := range c.slotsBeside(this, employment, d.Category, d.ContractNo) {
		if theirs, _ := quarterBits(s.Quarters); theirs&bits != 0 &&
			!c.completes(d, s, theirs == bits) {
			c.report("SPF-601", "/type", c.doc.Type, correctionOf(s))
			return
		}
	}
	c.neighbours(d, person, employment, nil)
	c.unusualPay(d, person, employment)
}

// slotsBeside yields those of some slots that are in force, of an employment, and have the
// category and the contract.
func (c *check) slotsBeside(slots []account.Slot, employment uuid.UUID, category,
	contractNo string) iter.Seq[*account.Slot] {
	return func(yield func(*account.Slot) bool) {
		for s := range c.slotsOf(slots, employment) {
			if s.Category == category && sameNo(s.ContractNo, contractNo) && s.InForce() &&
				!yield(s) {
				return
			}
		}
	}
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

// neighbours warns of service that another slot than the document's own reports too, those of
// earlier quarters first, and of quarters left out since the last one reported. Service of
// slots older than the year before cannot be of the document's days.
func (c *check) neighbours(d *document.IndividualData, person *account.Person,
	employment uuid.UUID, own *account.Slot) {
	last := c.reportedBefore(d, person.SlotsSince(c.doc.Year-1), employment, own, c.reportedTwice)
	if !slices.Contains(monthlyPaid, d.Category) {
		return
	}
	if last == 0 { // perhaps longer ago
		last = c.reportedBefore(d, person.Slots(), employment, own,
			func(*document.IndividualData, *account.Slot) {})
	}
	if first := firstMonth(c.doc); last != 0 && last.Add(1) < first {
		c.report("SPF-608", "/quarters", quarterName(first), quarterName(last.Add(1)))
	}
}

// reportedBefore gives the last month of those slots beside the document's own that are of an
// earlier quarter; zero for none. It visits these, and then the later ones.
func (c *check) reportedBefore(d *document.IndividualData, slots []account.Slot,
	employment uuid.UUID, own *account.Slot,
	visit func(*document.IndividualData, *account.Slot)) (last period.Month) {
	bits := quartersOf(c.doc)
	for _, later := range [2]bool{false, true} {
		for s := range c.slotsBeside(slots, employment, d.Category, d.ContractNo) {
			theirs, _ := quarterBits(s.Quarters)
			earlier := s.Year < c.doc.Year || s.Year == c.doc.Year && theirs < bits
			if earlier == later || same(s, own) || c.completes(d, s, theirs == bits) {
				continue
			}
			visit(d, s)
			if earlier {
				last = max(last, slotEnd(s))
			}
		}
	}
	return last
}

// same tells whether two are one slot of one account; the second may be nil.
func same(s, own *account.Slot) bool {
	return own != nil && s.Slot == own.Slot && s.Account == own.Account
}

func (c *check) reportedTwice(d *document.IndividualData, s *account.Slot) {
	for i, mine := range d.Service {
		for _, theirs := range s.Service {
			a := period.Interval{From: mine.From, To: mine.To}
			if a.From != 0 && a.Overlaps(period.Interval{From: theirs.From, To: theirs.To}) {
				c.report("SPF-608", at(servicePart, i, "from"),
					mine.From.String()+"…"+mine.To.String(),
					theirs.From.String()+"…"+theirs.To.String())
				return
			}
		}
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
func (c *check) unusualPay(
	d *document.IndividualData, person *account.Person, employment uuid.UUID,
) {
	first := firstMonth(c.doc)
	var pay [historyMonths]money.Amount
	for s := range c.slotsOf(person.SlotsSince(first.Year()-1), employment) {
		if s.Year > first.Year() {
			continue // none of its months is in the run
		}
		for i := range s.Months {
			m := &s.Months[i]
			if back := int(first - m.Month); back >= 1 && back <= historyMonths {
				pay[back-1] += m.Earnings
			}
		}
	}
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
