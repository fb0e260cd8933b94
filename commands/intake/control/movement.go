package control

import (
	"github.com/stazh/stazh/commands/intake/document"
	"github.com/stazh/stazh/ledger/account"
	"github.com/stazh/stazh/ledger/period"
)

// movementsPart is the pointer of ПУ-2's list of movements.
const movementsPart = "/movements"

// hireDays is how many calendar days after a hire its ПУ-2 may be filed; a dismissal is
// to be filed on its day (in force since 1 April 2022).
const hireDays = 5

// movements checks a ПУ-2.
func (c *check) movements() {
	d := c.doc
	c.filled(len(d.Movements) > 0, "", movementsPart)
	c.counted(d.DeclaredMovements, len(d.Movements), "/declared_movements", movementsPart)
	c.verdict.Matches = make([]Match, 0, len(d.Movements))
	var opened openings
	for i := range d.Movements {
		m := &d.Movements[i]
		place := at(movementsPart, i, "")
		if d.Type != document.Cancellation {
			c.movementFields(m, place)
		}
		id, person := c.insured(&m.Names, place)
		match := Match{Person: id, Movement: -1, Contract: m.Contract}
		if person != nil && c.filer() != nil && c.datesReadable(place) {
			switch d.Type {
			case document.Correction:
				match = c.correctRecord(m, place, match, person)
			case document.Cancellation:
				match = c.cancelRecord(m, place, match, person)
			default:
				match = c.move(m, i, match, person, &opened)
			}
		}
		c.verdict.Matches = append(c.verdict.Matches, match)
	}
}

func (c *check) datesReadable(place string) bool {
	return !c.unread(place+"/hired_on") && !c.unread(place+"/corrects") &&
		!c.unread(place+"/dismissed_on") && !c.unread(place+"/contract") &&
		!c.unread(place+"/contract_no")
}

// movementFields checks what stands in one movement.
func (c *check) movementFields(m *document.Movement, place string) {
	civil := c.dateless(m)
	if m.HiredOn == 0 && m.DismissedOn == 0 && !civil {
		c.report("SPF-107", place+"/hired_on", "", "")
	}
	if m.HiredOn != 0 {
		c.filled(m.Contract != "", place, "/contract")
	}
	if m.DismissedOn != 0 && !civil {
		c.filled(m.Reason != "", place, "/reason")
	}
	if m.Reason != "" && m.DismissedOn == 0 && !civil {
		c.filled(false, place, "/dismissed_on")
	}
	if m.HiredOn != 0 && m.DismissedOn != 0 && m.DismissedOn < m.HiredOn {
		c.report("SPF-308", place+"/dismissed_on", m.DismissedOn.String(),
			"≥ "+m.HiredOn.String())
	}
	c.notFuture(m.HiredOn, place+"/hired_on")
	c.notFuture(m.DismissedOn, place+"/dismissed_on")
	c.notFuture(m.ContractDate, place+"/contract_date")
	c.movementCodes(m, place)
	if c.doc.Type != document.Correction {
		c.movementDue(m, place)
	}
}

// movementDue warns of a movement that is told of too late.
func (c *check) movementDue(m *document.Movement, place string) {
	arrived := c.facts.arrived()
	if due := m.HiredOn.AddDays(hireDays); m.HiredOn != 0 && arrived > due {
		c.report("SPF-703", place+"/hired_on", arrived.String(), "≤ "+due.String())
	}
	if m.DismissedOn != 0 && arrived > m.DismissedOn {
		c.report("SPF-703", place+"/dismissed_on", arrived.String(),
			"≤ "+m.DismissedOn.String())
	}
}

// attributeDates says whether a contract's dates stand in ПУ-2.
const attributeDates = "dates"

// dateless tells whether a movement is of a contract that has no dates in ПУ-2: civil
// contracts, unless the code list says otherwise.
func (c *check) dateless(m *document.Movement) bool {
	if c.facts.Law != nil {
		entry, ok := c.facts.Law.Code(account.ClassifierContract, m.Contract, c.facts.Today)
		if ok {
			return entry.Attribute(attributeDates) == "blank"
		}
	}
	return m.Contract == civilContract
}

func (c *check) movementCodes(m *document.Movement, place string) {
	on := max(m.HiredOn, m.DismissedOn)
	if on == 0 {
		on = c.facts.Today
	}
	if m.Contract != "" {
		first := on
		if m.HiredOn != 0 {
			first = m.HiredOn
		}
		holds, known := c.code(account.ClassifierContract, m.Contract, first, on)
		if known && !holds {
			c.report("SPF-208", place+"/contract", shorten(m.Contract), "")
		}
	}
	if m.Reason != "" {
		holds, known := c.code(account.ClassifierDismissal, m.Reason, on)
		if known && !holds {
			c.report("SPF-216", place+"/reason", shorten(m.Reason), "")
		}
	}
}

// move finds the employment that a movement opens or ends.
func (c *check) move(
	m *document.Movement, i int, match Match, person *account.Person, opened *openings,
) Match {
	place := at(movementsPart, i, "")
	if m.DismissedOn != 0 {
		if found := c.dismiss(m, place, match, person, *opened); found.done {
			c.lastService(m, place, person, found.Match)
			opened.completed(found.Employment, m, i, person, match)
			return found.Match
		}
	}
	if m.HiredOn == 0 && m.DismissedOn != 0 {
		return match
	}
	switch existing := c.openAlready(m, match, person, *opened); {
	case len(existing) > 1:
		c.await(match.Person)
		c.report("SPF-506", place+hireField(m), filedHire(m), "")
		return match
	case len(existing) == 1 && isLearned(existing[0]):
		// The hire gives the relationship that a ПУ-3 has told of its dates.
		match.Employment = existing[0].ID
		opened.completed(match.Employment, m, i, person, match)
		return match
	case len(existing) == 1:
		c.report("SPF-507", place+hireField(m), filedHire(m), openSince(existing[0]))
		return match
	}
	match.New = true
	e := account.Employment{Payer: c.facts.Payer.UNP, HiredOn: m.HiredOn,
		EndedOn: m.DismissedOn, Contract: m.Contract, ContractNo: m.ContractNo}
	*opened = append(*opened, opening{i, match.Person, e})
	return match
}

// hireField is the field that a finding about a hire stands at.
func hireField(m *document.Movement) string {
	if m.HiredOn == 0 {
		return "/contract"
	}
	return "/hired_on"
}

// filedHire is what a movement says at hireField.
func filedHire(m *document.Movement) string {
	if m.HiredOn == 0 {
		return shorten(m.Contract)
	}
	return m.HiredOn.String()
}

// openSince says which recorded relationship a hire repeats.
func openSince(e *account.Employment) string {
	switch {
	case e.HiredOn == 0:
		return "the open relationship that is recorded"
	case e.EndedOn == 0:
		return "open since " + e.HiredOn.String()
	}
	return "recorded " + e.HiredOn.String() + "…" + e.EndedOn.String()
}

// lastService refuses a dismissal before the last day of service already reported.
func (c *check) lastService(
	m *document.Movement, place string, person *account.Person, match Match,
) {
	if match.Movement >= 0 {
		return
	}
	var last period.Date
	for s := range c.slotsOf(person.Slots(), match.Employment) {
		for _, x := range s.Service {
			last = max(last, x.To)
		}
	}
	if last > m.DismissedOn {
		c.report("SPF-412", place+"/dismissed_on", m.DismissedOn.String(), "≥ "+last.String())
	}
}
