package control

import (
	"slices"
	"strconv"
	"strings"

	"github.com/google/uuid"

	"github.com/stazh/stazh/commands/intake/document"
	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/ledger/account"
	"github.com/stazh/stazh/ledger/event"
	"github.com/stazh/stazh/ledger/money"
	"github.com/stazh/stazh/ledger/period"
	"github.com/stazh/stazh/ledger/rules"
)

// occupationsPart is the pointer of the service of a ПУ-6.
const occupationsPart = dataPart + "/occupations"

// occupational checks a ПУ-6.
func (c *check) occupational() {
	d := c.doc.Data
	c.filled(c.doc.Year != 0, "", "/year")
	if c.doc.Type == document.Restore {
		c.filled(c.doc.Restores > 0, "", "/restores")
	}
	c.periodFields(d)
	if c.full() {
		c.filled(d.HighestTariff != "", dataPart, "/highest_tariff")
		c.filled(len(d.Months)+len(d.Occupations) > 0, "", monthsPart)
		c.occupations(d)
		c.occupationalMonths(d)
		c.repeatedMonths(d)
		c.totals(d)
	}
	id, person := c.insured(&d.Names, dataPart)
	c.verdict.Person = id
	if person == nil || c.filer() == nil ||
		!c.readable(occupationsPart, monthsPart, "/year", "/quarters") {
		return
	}
	quarter, err := strconv.Atoi(c.doc.Quarters)
	if err != nil || quarter < 1 || quarter > 4 {
		c.report("SPF-111", "/quarters", shorten(c.doc.Quarters), "1, 2, 3, 4")
		return
	}
	c.occupationalSlot(d, id, person, quarter)
}

// occupations checks each run of days: its dates, its kind of work and its occupation.
func (c *check) occupations(d *document.IndividualData) {
	var highest money.Rate
	for i := range d.Occupations {
		o := &d.Occupations[i]
		if o.From == 0 || o.To == 0 {
			c.filled(o.From != 0, at(occupationsPart, i, ""), "/from")
			c.filled(o.To != 0, at(occupationsPart, i, ""), "/to")
			continue
		}
		switch {
		case o.From > o.To:
			c.report("SPF-308", at(occupationsPart, i, "to"), o.To.String(),
				"≥ "+o.From.String())
		case c.doc.Year != 0 && o.From.Year() != c.doc.Year:
			c.outsideYear(o.From, at(occupationsPart, i, "from"))
		case c.doc.Year != 0 && o.To.Year() != c.doc.Year:
			c.outsideYear(o.To, at(occupationsPart, i, "to"))
		}
		c.notFuture(o.To, at(occupationsPart, i, "to"))
		highest = max(highest, c.specialWork(o, i))
	}
	declared, ok := percent(d.HighestTariff)
	if d.HighestTariff != "" && (!ok || declared > wholeRate) {
		c.report("SPF-111", dataPart+"/highest_tariff", shorten(d.HighestTariff), "9, 9,0 …")
	} else if ok && highest > 0 && declared != highest {
		c.report("SPF-219", dataPart+"/highest_tariff", d.HighestTariff, percentText(highest))
	}
}

// specialWork looks a run's kind of work and occupation up and gives its tariff.
func (c *check) specialWork(o *document.Occupation, i int) money.Rate {
	c.filled(o.Activity != "", at(occupationsPart, i, ""), "/activity")
	c.filled(o.Occupation != "", at(occupationsPart, i, ""), "/occupation")
	if c.facts.Law == nil || !c.published(account.ClassifierOccTariff) {
		return 0
	}
	rate, ok := c.facts.Law.OccupationalRate(o.Activity, o.From)
	if !ok && o.Activity != "" {
		c.report("SPF-209", at(occupationsPart, i, "activity"), shorten(o.Activity), "")
		return 0
	}
	if o.Occupation != "" && c.published(account.ClassifierOccupation) &&
		!c.facts.Law.SpecialOccupation(o.Occupation, o.Activity, o.From) {
		c.report("SPF-410", at(occupationsPart, i, "occupation"), shorten(o.Occupation),
			o.Activity)
	}
	return rate
}

// occupationalMonths checks the sums of each month against the tariff of the work done in it.
func (c *check) occupationalMonths(d *document.IndividualData) {
	service := specialService(d)
	for i := range d.Months {
		m := &d.Months[i]
		for _, s := range sums {
			if v := s.of(&m.Totals); v < 0 {
				c.report("SPF-307", at(monthsPart, i, s.name), v.String(), "≥ 0.00")
			}
		}
		month := c.monthOf(m)
		if c.facts.Law == nil || month.IsZero() {
			continue
		}
		rate, worked := c.facts.Law.OccupationalTariff(service, month)
		if !worked {
			c.report("SPF-411", at(monthsPart, i, "month"), m.Earnings.String(), "")
			continue
		}
		due := m.Earnings.Times(rate)
		if off := m.Contributions - due; max(off, -off) > roundingTolerance {
			c.report("SPF-304", at(monthsPart, i, "contributions"), m.Contributions.String(),
				due.String())
		}
	}
}

// occupationalSlot finds the slot of a ПУ-6 and checks its place among the versions.
func (c *check) occupationalSlot(d *document.IndividualData, id ledger.PersonID,
	person *account.Person, quarter int) {
	key := event.OccupationalSlot{Payer: c.facts.Payer.UNP, Year: c.doc.Year, Quarter: quarter}
	if c.full() {
		employment, ok := c.sameRelationship(d, person)
		if !ok {
			return
		}
		key.Employment = employment
	}
	if c.amends() {
		head := c.occupationalHead(person, key)
		if head == nil {
			c.report("SPF-602", "/quarters", c.doc.Quarters, "")
			return
		}
		if cited := c.cited(); cited != "" && cited != head.Receipt {
			c.report("SPF-603", "/supersedes", shorten(cited), head.Receipt)
		}
		key = head.OccupationalSlot
		c.occupationalChange(person, head)
	} else if head := person.OccupationalSlot(key); head != nil && head.InForce() &&
		!(head.ForPension && c.doc.Type == document.Original) {
		c.report("SPF-601", "/type", c.doc.Type, document.Correction+", receipt "+head.Receipt)
		return
	}
	c.verdict.Occupational = key
	c.verdict.Matches = append(c.verdict.Matches,
		Match{Person: id, Employment: key.Employment, Movement: -1})
	if !c.verdict.Unchanged {
		c.confirmed(person, c.doc.Quarters)
	}
}

// occupationalChange checks what a К, О or В makes of a slot.
func (c *check) occupationalChange(person *account.Person, s *account.OccupationalSlot) {
	switch c.doc.Type {
	case document.Correction:
		if c.facts.Law != nil && s.Same(OccupationalFacts(c.facts.Law, c.doc)) {
			c.verdict.Unchanged = true
			c.report("SPF-607", "/type", "", s.Receipt)
		}
	case document.Cancellation:
		if c.behindOccupationalAward(person, s) {
			c.report("SPF-604", "/type", c.doc.Type, "")
		}
	case document.Restore:
		c.restoredOccupational(s)
	}
}

// behindOccupationalAward tells whether a pension of the occupational fund was awarded from a
// day after the slot's first.
func (c *check) behindOccupationalAward(person *account.Person, s *account.OccupationalSlot) bool {
	first, _ := period.NewMonth(s.Year, s.Quarter*3-2)
	return c.facts.Law != nil && slices.ContainsFunc(person.Cases, func(x account.Case) bool {
		return x.State == account.CaseAwarded && first.First() < x.Award.From &&
			c.facts.Law.OccupationalPension(&x)
	})
}

// restoredOccupational checks that the version to be brought back is there and says
// something.
func (c *check) restoredOccupational(s *account.OccupationalSlot) {
	n := c.doc.Restores
	if n == s.Version {
		c.verdict.Unchanged = true
		c.report("SPF-607", "/restores", strconv.Itoa(n), s.Receipt)
		return
	}
	if facts, ok := s.Facts(n); ok && len(facts.Months)+len(facts.Service) > 0 {
		return
	}
	var list []string
	for i := range s.Former {
		if v := &s.Former[i]; len(v.Months)+len(v.Service) > 0 {
			list = append(list, strconv.Itoa(v.Version))
		}
	}
	c.report("SPF-602", "/restores", strconv.Itoa(n), strings.Join(list, ", "))
}

// occupationalHead finds the version that a К, О or В takes the place of: of the employment
// where it is known, else that of the receipt that is cited, else the only one, first in the
// account of the number. A В may find a version that is a cancellation.
func (c *check) occupationalHead(person *account.Person, key event.OccupationalSlot,
) *account.OccupationalSlot {
	var found []*account.OccupationalSlot
	for i := range person.Occupational {
		s := &person.Occupational[i]
		if s.Payer != key.Payer || s.Year != key.Year || s.Quarter != key.Quarter ||
			(!s.InForce() && c.doc.Type != document.Restore) {
			continue
		}
		if s.Employment == key.Employment ||
			(key.Employment == uuid.Nil && s.Receipt == c.cited()) {
			return s
		}
		found = append(found, s)
	}
	found = narrowed(found, func(s *account.OccupationalSlot) bool { return s.Account == uuid.Nil })
	if len(found) == 1 {
		return found[0]
	}
	return nil
}

// sameRelationship finds the employment whose ПУ-3 has each run of days of the ПУ-6 in its
// service; a ПУ-6 without any belongs to the only employment that was paid in its months.
func (c *check) sameRelationship(d *document.IndividualData, person *account.Person,
) (uuid.UUID, bool) {
	slots := person.Slots()
	for i := range slots {
		s := &slots[i]
		if s.Payer != c.facts.Payer.UNP || s.Year != c.doc.Year || !s.InForce() ||
			c.uncovered(d, slots, s.Employment) >= 0 {
			continue
		}
		return s.Employment, true
	}
	pointer, got := "/quarters", c.doc.Quarters
	for i := range d.Occupations {
		if c.coveredBy(slots, &d.Occupations[i]) {
			continue
		}
		o := &d.Occupations[i]
		pointer, got = at(occupationsPart, i, "from"), o.From.String()+"…"+o.To.String()
		break
	}
	c.report("SPF-409", pointer, got, string(document.PU3))
	return uuid.Nil, false
}

// uncovered gives the first run of days that no ПУ-3 of the employment has whole, -1 for
// none.
func (c *check) uncovered(d *document.IndividualData, slots []account.Slot,
	employment uuid.UUID) int {
	for i := range d.Occupations {
		if !c.inService(slots, &d.Occupations[i], employment) {
			return i
		}
	}
	return -1
}

// coveredBy tells whether any ПУ-3 of the payer has the run of days whole.
func (c *check) coveredBy(slots []account.Slot, o *document.Occupation) bool {
	for i := range slots {
		if c.inService(slots, o, slots[i].Employment) {
			return true
		}
	}
	return false
}

func (c *check) inService(slots []account.Slot, o *document.Occupation,
	employment uuid.UUID) bool {
	run := period.Interval{From: o.From, To: o.To}
	for i := range slots {
		s := &slots[i]
		if s.Payer != c.facts.Payer.UNP || s.Employment != employment {
			continue
		}
		for _, x := range s.Service {
			if contains(period.Interval{From: x.From, To: x.To}, run) {
				return true
			}
		}
	}
	return false
}

// OccupationalFacts gives what a ПУ-6 says as it is recorded, with the contribution that the
// Fund assesses on each month: by the tariff of the work done in it, or where the form tells
// of none, by the highest that it states.
func OccupationalFacts(law *account.Law, d *document.Document) event.OccupationalFacts {
	facts := event.OccupationalFacts{ForPension: d.Type == document.ForPension,
		Paid: d.Sum().Paid, Service: specialService(d.Data),
		Months: make([]event.OccupationalMonth, len(d.Data.Months))}
	for i, m := range d.Data.Months {
		month, _ := period.NewMonth(d.Year, m.Number)
		tariff, ok := law.OccupationalTariff(facts.Service, month)
		if !ok {
			tariff, _ = percent(d.Data.HighestTariff)
		}
		credited, _ := rules.OP1(nil, // it reads no number of the law and cannot fail
			rules.SpecialEarnings{Earnings: m.Earnings, Tariff: tariff}, nil)
		facts.Months[i] = event.OccupationalMonth{Month: month, Earnings: m.Earnings,
			Contributions: m.Contributions, Tariff: tariff, Credited: credited}
	}
	return facts
}

func specialService(d *document.IndividualData) []event.SpecialService {
	service := make([]event.SpecialService, len(d.Occupations))
	for i, o := range d.Occupations {
		service[i] = event.SpecialService(o)
	}
	return service
}

// percent reads a rate in per cent: "9", "4,5".
func percent(s string) (money.Rate, bool) {
	r, err := money.ParseRate(strings.Replace(strings.TrimSpace(s), ",", ".", 1))
	return r / 100, err == nil && r > 0
}

func percentText(r money.Rate) string { return (r * 100).String() }
