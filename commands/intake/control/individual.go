package control

import (
	"iter"
	"slices"
	"strconv"
	"strings"

	"github.com/google/uuid"

	"github.com/stazh/stazh/commands/intake/document"
	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/ledger/account"
	"github.com/stazh/stazh/ledger/event"
	"github.com/stazh/stazh/ledger/period"
)

// Pointers of the parts of a ПУ-3.
const (
	dataPart    = "/individual_data"
	monthsPart  = dataPart + "/months"
	servicePart = dataPart + "/service"
)

// individual checks a ПУ-3.
func (c *check) individual() {
	d := c.doc.Data
	c.individualFilled(d)
	c.periodFields(d)
	if c.full() {
		c.individualCodes(d)
		c.monthly(d)
		c.repeatedMonths(d)
		c.totals(d)
		c.service(d)
		c.sumsAndService(d)
		c.afterFund4()
	}
	id, person := c.insured(&d.Names, dataPart)
	c.verdict.Person = id
	if person == nil || c.filer() == nil {
		return
	}
	if !c.readable(servicePart, monthsPart, dataPart+"/category", dataPart+"/contract_no",
		"/year", "/quarters") {
		return
	}
	if c.doc.Type == document.ForPension {
		c.decidedClaim(d, person)
	}
	if c.amends() {
		c.amend(d, id, person)
	} else {
		c.belong(d, id, person)
	}
}

// full tells whether a ПУ-3 or ПУ-6 says all that will hold; a cancellation and a restore only name
// what they are about, whatever else their writer has repeated.
func (c *check) full() bool {
	return c.doc.Type != document.Cancellation && c.doc.Type != document.Restore
}

// amends tells whether a ПУ-3 or ПУ-6 takes the place of a version that is there.
func (c *check) amends() bool { return c.doc.Type == document.Correction || !c.full() }

func (c *check) individualFilled(d *document.IndividualData) {
	c.filled(d.Category != "", dataPart, "/category")
	c.filled(c.doc.Year != 0, "", "/year")
	if c.doc.Type == document.Restore {
		c.filled(c.doc.Restores > 0, "", "/restores")
	}
	if !c.full() {
		return
	}
	c.filled(len(d.Months)+len(d.Service) > 0, "", monthsPart)
	if d.Category == civilContract || d.Category == civilIndividual {
		if d.ContractNo == "" {
			c.report("SPF-215", dataPart+"/contract_no", "", "")
		}
		if d.ContractDate.IsZero() {
			c.report("SPF-215", dataPart+"/contract_date", "", "")
		}
	}
	c.notFuture(d.ContractDate, dataPart+"/contract_date")
}

// periodFields checks year, quarters and the months in them.
func (c *check) periodFields(d *document.IndividualData) {
	if _, ok := quarterBits(c.doc.Quarters); !ok {
		c.report("SPF-111", "/quarters", shorten(c.doc.Quarters), "1, 12, 234 …")
		return
	}
	bits, now := quartersOf(c.doc), c.facts.Today.Month()
	for i := range d.Months {
		n := d.Months[i].Number
		switch {
		case n == 0:
			c.report("SPF-107", at(monthsPart, i, "month"), "", "")
		case n < 0 || n > 12 || bits&(1<<((n-1)/3)) == 0:
			c.report("SPF-212", at(monthsPart, i, "month"), strconv.Itoa(n), monthList(bits))
		default:
			m, ok := period.NewMonth(c.doc.Year, n)
			if ok && m > now {
				c.report(CodeNotYet, at(monthsPart, i, "month"), m.String(), "≤ "+now.String())
			}
		}
	}
	c.oldPeriod()
}

// recordYears is how far back a period is plausible: a working life, as domain practice
// has it. Older years are more often a slip.
const recordYears = 75

// oldPeriod warns of periods before the payer was registered and of very old ones.
func (c *check) oldPeriod() {
	last := lastMonth(c.doc)
	if last.IsZero() {
		return
	}
	since := c.facts.Today.AddMonths(-recordYears * 12)
	if p := c.facts.Payer; p != nil {
		since = max(since, p.Since)
	}
	if last.Last() < since {
		c.report("SPF-611", "/year", strconv.Itoa(c.doc.Year), "≥ "+since.String())
	}
}

// individualCodes looks category, tariffs, activities and occupations up.
func (c *check) individualCodes(d *document.IndividualData) {
	if c.facts.Law == nil || c.doc.Year == 0 {
		return
	}
	first, last := firstMonth(c.doc).First(), lastMonth(c.doc).Last()
	if d.Category != "" {
		holds, known := c.code(account.ClassifierCategory, d.Category, first, last)
		if known && !holds {
			c.report("SPF-208", dataPart+"/category", shorten(d.Category), "")
		}
	}
	for i := range d.Months {
		m := &d.Months[i]
		month := c.monthOf(m)
		if m.Tariff == "" || month.IsZero() {
			continue // a month that does not exist has its own finding
		}
		if !c.facts.termsOf(m.Tariff, month).holds && c.published(account.ClassifierTariff) {
			c.report("SPF-211", at(monthsPart, i, "tariff"), shorten(m.Tariff), "")
		}
	}
	for i := range d.Service {
		c.serviceCodes(d, i)
	}
}

// monthOf gives the calendar month of a month's sums, null when its number is wrong.
func (c *check) monthOf(m *document.Month) period.Month {
	month, _ := period.NewMonth(c.doc.Year, m.Number)
	return month
}

// Names of code lists and attributes that only the rules look into.
const (
	classifierOccupation = "occupation"
	// attributePrefix marks an activity code that a number follows: МЕДФАКТ/30.
	attributePrefix = "prefix"
	// attributeIndicator says what the first indicator of a run counts.
	attributeIndicator = "indicator"
	// attributeCategories lists the categories that an activity is confined to.
	attributeCategories = "categories"
)

// activity finds the activity code of a run of days.
func (c *check) activity(s *document.Service) (event.ClassifierEntry, bool) {
	if c.facts.Law == nil || s.Activity == "" {
		return event.ClassifierEntry{}, false
	}
	for _, on := range [2]period.Date{s.From, s.To} {
		entry, ok := c.facts.Law.Code(account.ClassifierActivity, s.Activity, on)
		if ok {
			return entry, true
		}
		prefix, number, ok := strings.Cut(s.Activity, "/")
		if !ok || number == "" {
			continue
		}
		entry, ok = c.facts.Law.Code(account.ClassifierActivity, prefix+"/", on)
		if ok && entry.Attribute(attributePrefix) == yes {
			return entry, true
		}
	}
	return event.ClassifierEntry{}, false
}

// Values of attributes of the code lists.
const (
	yes = "yes"
	no  = "no"
)

func (c *check) serviceCodes(d *document.IndividualData, i int) {
	s := &d.Service[i]
	if s.Activity != "" {
		entry, holds := c.activity(s)
		only := entry.Attribute(attributeCategories)
		if !holds && c.published(account.ClassifierActivity) {
			c.report("SPF-209", at(servicePart, i, "activity"), shorten(s.Activity), "")
		} else if only != "" && d.Category != "" && !slices.Contains(fields(only), d.Category) {
			c.report("SPF-209", at(servicePart, i, "activity"), shorten(s.Activity), only)
		}
	}
	if s.Occupation != "" {
		holds, known := c.code(classifierOccupation, s.Occupation, s.From, s.To)
		if known && !holds {
			c.report("SPF-210", at(servicePart, i, "occupation"), shorten(s.Occupation), "")
		}
	}
}

// belong finds the employment that a ПУ-3 belongs to and checks it against what is
// reported for it already.
func (c *check) belong(d *document.IndividualData, id ledger.PersonID, person *account.Person) {
	var room [4]period.Interval // for all but the longest
	spans := c.spans(room[:0], d)
	if d.Category == "" || c.doc.Year == 0 || (len(spans) == 0 && len(d.Service) > 0) {
		return // a finding says so already
	}
	employment, ambiguous := c.employmentOf(d, person, spans)
	match := Match{Person: id, Movement: -1}
	switch {
	case ambiguous:
		c.await(id)
		c.report("SPF-506", dataPart+"/contract_no", d.ContractNo, "")
		return
	case employment == nil:
		match.New, match.Contract = true, d.Category
		c.withoutHire(d.Category, id)
	default:
		match.Employment, match.Contract = employment.ID, employment.Contract
		c.afterDismissal(d, employment)
		c.history(d, person, employment.ID)
	}
	c.verdict.Slot = event.Slot{Payer: c.facts.Payer.UNP, Employment: match.Employment,
		Category: d.Category, ContractNo: d.ContractNo, Year: c.doc.Year,
		Quarters: Quarters(c.doc)}
	c.confirmed(person, c.verdict.Slot.Quarters)
	c.verdict.Matches = append(c.verdict.Matches, match)
}

// spans adds the days that a ПУ-3 is about: its service, else its months.
func (c *check) spans(spans []period.Interval, d *document.IndividualData) []period.Interval {
	for _, s := range d.Service {
		if !backwards(s) {
			spans = append(spans, period.Interval{From: s.From, To: s.To})
		}
	}
	if len(d.Service) > 0 {
		return spans
	}
	for i := range d.Months {
		if m := c.monthOf(&d.Months[i]); !m.IsZero() {
			spans = append(spans, period.Interval{From: m.First(), To: m.Last()})
		}
	}
	return spans
}

// withoutHire tells that no hire fits: who needs one waits for it, the report of others opens
// a relationship of its own.
func (c *check) withoutHire(category string, id ledger.PersonID) {
	switch {
	case slices.Contains(hireNeeded, category):
		c.await(id)
		c.report("SPF-406", dataPart+"/insurance_no", "", "ПУ-2")
	case !slices.Contains(unannounced, category):
		c.report("SPF-413", dataPart+"/category", category, "ПУ-2")
	}
}

// afterDismissal refuses days of service after the employment has ended.
func (c *check) afterDismissal(d *document.IndividualData, e *account.Employment) {
	if e.EndedOn.IsZero() {
		return
	}
	for i, s := range d.Service {
		if s.To > e.EndedOn {
			c.report("SPF-412", at(servicePart, i, "to"), s.To.String(), "≤ "+e.EndedOn.String())
		}
	}
}

// slotsOf yields those of some form slots that are of an employment at the filing payer.
func (c *check) slotsOf(slots []account.Slot, employment uuid.UUID) iter.Seq[*account.Slot] {
	return func(yield func(*account.Slot) bool) {
		for i := range slots {
			s := &slots[i]
			if s.Employment == employment && s.Payer == c.facts.Payer.UNP && !yield(s) {
				return
			}
		}
	}
}
