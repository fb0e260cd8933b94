package control

import (
	"fmt"
	"slices"
	"strings"

	"github.com/google/uuid"

	"github.com/stazh/stazh/commands/intake/document"
	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/ledger/account"
	"github.com/stazh/stazh/ledger/event"
	"github.com/stazh/stazh/ledger/money"
)

// amend finds the form slot whose version in force a К, О or В takes the place of, and
// checks the change.
func (c *check) amend(d *document.IndividualData, id ledger.PersonID, person *account.Person) {
	if d.Category == "" || c.doc.Year == 0 {
		return // a finding says so already
	}
	s := c.amended(d, id, person)
	if s == nil {
		return
	}
	if cited := c.cited(); cited != "" && cited != s.Receipt {
		c.report("SPF-603", "/supersedes", shorten(cited), s.Receipt)
	}
	c.verdict.Slot = s.Slot
	match := Match{Person: id, Employment: s.Employment, Movement: -1}
	e, known := person.Employment(s.Employment)
	match.Contract = e.Contract
	c.verdict.Matches = append(c.verdict.Matches, match)
	switch c.doc.Type {
	case document.Correction:
		if known {
			c.afterDismissal(d, &e)
		}
		c.corrected(d, person, s)
	case document.Cancellation:
		if behindAward(person, s) {
			c.report("SPF-604", "/type", c.doc.Type, "")
		}
	case document.Restore:
		c.restored(s)
	}
	if !c.verdict.Unchanged {
		c.confirmed(person, c.verdict.Slot.Quarters)
	}
}

// confirmed has a document wait that changes months which officers have confirmed, until
// they set the confirmation aside.
func (c *check) confirmed(person *account.Person, quarters string) {
	if len(person.Confirmations) == 0 {
		return
	}
	changed := *c.doc
	changed.Quarters = quarters
	if x := person.ConfirmedIn(firstMonth(&changed), lastMonth(&changed)); x != nil {
		c.await(person.ID)
		c.report("SPF-606", "/quarters", quarters, x.From.String()+"…"+x.To.String())
	}
}

// cited is the receipt that the document gives of the version it takes the place of.
func (c *check) cited() string { return NormalizeReceipt(c.doc.Supersedes) }

// behindAward tells whether a benefit was awarded from a day after the slot's first.
func behindAward(person *account.Person, s *account.Slot) bool {
	first := (&account.SlotChange{Before: account.Reported{Months: s.Months,
		Service: s.Service}}).Earliest()
	return slices.ContainsFunc(person.Cases, func(x account.Case) bool {
		return x.State == account.CaseAwarded && first < x.Award.From
	})
}

// amended finds the one slot that the document names: by category, contract, year and
// quarters, then by the receipt that it cites, then by the employment that has its days.
func (c *check) amended(d *document.IndividualData, id ledger.PersonID, person *account.Person,
) *account.Slot {
	bits := quartersOf(c.doc)
	var same, others []*account.Slot
	slots := person.SlotsOf(c.doc.Year)
	for i := range slots {
		s := &slots[i]
		if s.Payer != c.facts.Payer.UNP || s.Category != d.Category ||
			!sameNo(s.ContractNo, d.ContractNo) ||
			(!s.InForce() && c.doc.Type != document.Restore) {
			continue
		}
		// A writer of text packs may leave the quarters blank.
		if theirs, _ := quarterBits(s.Quarters); bits == 0 || theirs == bits {
			same = append(same, s)
		} else {
			others = append(others, s)
		}
	}
	same = narrowed(same, func(s *account.Slot) bool { return s.ContractNo == d.ContractNo })
	same = narrowed(same, func(s *account.Slot) bool {
		return s.Receipt == c.cited()
	})
	same = narrowed(same, func(s *account.Slot) bool { return s.Account == uuid.Nil })
	if len(same) > 1 {
		if e, _ := c.employmentOf(d, person, c.spans(nil, d)); e != nil {
			same = narrowed(same, func(s *account.Slot) bool { return s.Employment == e.ID })
		}
	}
	switch {
	case len(same) == 1:
		return same[0]
	case len(same) > 1:
		c.await(id)
		c.report("SPF-506", dataPart+"/contract_no", d.ContractNo, slotList(same))
	default:
		c.report("SPF-602", "/quarters", c.doc.Quarters, slotList(others))
	}
	return nil
}

// narrowed leaves those that fit, unless none does.
func narrowed[S any](list []*S, fits func(*S) bool) []*S {
	if len(list) < 2 {
		return list
	}
	var left []*S
	for _, s := range list {
		if fits(s) {
			left = append(left, s)
		}
	}
	if len(left) == 0 {
		return list
	}
	return left
}

// slotList says which slots of the year there are: "1 (receipt EZ2H-7K4M), 2 (…)".
func slotList(slots []*account.Slot) string {
	list := make([]string, len(slots))
	for i, s := range slots {
		list[i] = s.Quarters + " (receipt " + s.Receipt + ")"
	}
	return strings.Join(list, ", ")
}

// corrected checks what a correction makes of a slot.
func (c *check) corrected(d *document.IndividualData, person *account.Person, s *account.Slot) {
	if c.saysTheSame(d, s) {
		c.verdict.Unchanged = true
		c.report("SPF-607", "/type", "", s.Receipt)
		return
	}
	c.belowPaid(d, s)
	told := c.look(d, person, s.Employment, s)
	c.compare(d, &told)
}

// belowPaid warns of months whose contributions fall below what the version in force says
// was paid, where the correction does not say that less was paid.
func (c *check) belowPaid(d *document.IndividualData, s *account.Slot) {
	for i := range d.Months {
		month := c.monthOf(&d.Months[i])
		var was document.Totals
		for _, m := range s.Months {
			if m.Month == month {
				was.Contributions += m.Contributions
				was.Paid += m.Paid
			}
		}
		due := monthSum(d, d.Months[i].Number, contributionsOf)
		if due < was.Contributions && due < was.Paid {
			c.report("SPF-605", at(monthsPart, i, "contributions"), due.String(),
				"≥ "+was.Paid.String())
		}
	}
}

func contributionsOf(t *document.Totals) money.Amount { return t.Contributions }

// decidedClaim refuses a report for a pension whose claim has been decided: the claim of
// the day that the report names, or else the last one.
func (c *check) decidedClaim(d *document.IndividualData, person *account.Person) {
	var claim *account.Case
	for i := range person.Cases {
		x := &person.Cases[i]
		if d.ClaimedOn.IsZero() || x.ClaimedOn == d.ClaimedOn {
			claim = x
		}
	}
	if claim == nil || claim.State == account.CaseClaimed ||
		claim.State == account.CaseCalculated {
		return
	}
	c.report("SPF-610", "/type", c.doc.Type, document.Original+", "+document.Correction)
}

// saysTheSame tells whether a document repeats what is in force.
func (c *check) saysTheSame(d *document.IndividualData, s *account.Slot) bool {
	return slices.EqualFunc(d.Months, s.Months, func(a document.Month, b event.MonthFact) bool {
		return c.monthOf(&a) == b.Month && a.Totals == document.Totals{Earnings: b.Earnings,
			Benefits: b.Benefits, Contributions: b.Contributions, Paid: b.Paid} &&
			a.Tariff == b.Tariff
	}) && slices.EqualFunc(d.Service, s.Service,
		func(a document.Service, b event.ServicePeriod) bool { return event.ServicePeriod(a) == b })
}

// restored checks that the version to be brought back is there and says something.
func (c *check) restored(s *account.Slot) {
	n := c.doc.Restores
	if n == s.Version {
		c.verdict.Unchanged = true
		c.report("SPF-607", "/restores", fmt.Sprint(n), s.Receipt)
		return
	}
	months, service, ok := s.Facts(n)
	if !ok || len(months)+len(service) == 0 {
		c.report("SPF-602", "/restores", fmt.Sprint(n), versionList(s))
	}
}

// versionList names the former versions that say something: "1, 2".
func versionList(s *account.Slot) string {
	var list []string
	for i := range s.Former {
		if v := &s.Former[i]; len(v.Months)+len(v.Service) > 0 {
			list = append(list, fmt.Sprint(v.Version))
		}
	}
	return strings.Join(list, ", ")
}
