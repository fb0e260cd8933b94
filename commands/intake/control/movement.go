package control

import (
	"github.com/stazh/stazh/commands/intake/document"
	"github.com/stazh/stazh/ledger"
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
	var opened []opening
	for i := range d.Movements {
		m := &d.Movements[i]
		place := at(movementsPart, i, "")
		c.movementFields(m, place)
		id, person := c.insured(&m.Names, place)
		match := Match{Person: id, Movement: -1, Contract: m.Contract}
		if person != nil && c.filer() != nil && c.datesReadable(place) {
			match = c.move(m, i, match, person, &opened)
		}
		c.verdict.Matches = append(c.verdict.Matches, match)
	}
}

func (c *check) datesReadable(place string) bool {
	return !c.unread(place+"/hired_on") && !c.unread(place+"/dismissed_on") &&
		!c.unread(place+"/contract") && !c.unread(place+"/contract_no")
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
	arrived := c.facts.arrived()
	if due := m.HiredOn.AddDays(hireDays); m.HiredOn != 0 && arrived > due {
		c.report("SPF-703", place+"/hired_on", m.HiredOn.String(), "≤ "+due.String())
	}
	if m.DismissedOn != 0 && arrived > m.DismissedOn {
		c.report("SPF-703", place+"/dismissed_on", m.DismissedOn.String(),
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

// opening is a relationship that an earlier movement of the same ПУ-2 opens.
type opening struct {
	movement int
	person   ledger.PersonID
	account.Employment
}

// move finds the employment that a movement opens or ends.
func (c *check) move(
	m *document.Movement, i int, match Match, person *account.Person, opened *[]opening,
) Match {
	place := at(movementsPart, i, "")
	if m.DismissedOn != 0 {
		if found := c.dismiss(m, place, match, person, *opened); found.done {
			c.lastService(m, place, person, found.Match)
			return found.Match
		}
	}
	if m.HiredOn == 0 && m.DismissedOn != 0 {
		return match
	}
	if existing := c.openAlready(m, match, person, *opened); existing != nil {
		if existing.HiredOn == 0 && existing.Form == string(document.PU3) {
			// The relationship was learned from a ПУ-3; the hire adds nothing to decide.
			match.Employment = existing.ID
			return match
		}
		c.report("SPF-507", place+hireField(m), existing.HiredOn.String(), "")
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

// dismissal is what was found out about one: done means that the movement needs no more.
type dismissal struct {
	Match
	done bool
}

// dismiss finds the one open employment that a dismissal ends. A movement that names a
// hire too, which nobody has notified before, opens the employment first.
func (c *check) dismiss(
	m *document.Movement, place string, match Match, person *account.Person, opened []opening,
) dismissal {
	var found []Match
	repeated := false
	consider := func(e *account.Employment, as Match) {
		if e.Payer != c.facts.Payer.UNP || !sameNo(e.Contract, m.Contract) ||
			!sameNo(e.ContractNo, m.ContractNo) || e.HiredOn > m.DismissedOn ||
			(m.HiredOn != 0 && e.HiredOn != 0 && e.HiredOn != m.HiredOn) {
			return
		}
		if e.EndedOn != 0 {
			repeated = repeated || e.EndedOn == m.DismissedOn
			return
		}
		as.Contract = e.Contract
		found = append(found, as)
	}
	for i := range person.Employments {
		e := &person.Employments[i]
		consider(e, Match{Person: match.Person, Employment: e.ID, Movement: -1})
	}
	for i := range opened {
		if o := &opened[i]; o.person == match.Person {
			consider(&o.Employment, Match{Person: match.Person, Movement: o.movement})
		}
	}
	switch {
	case len(found) == 1:
		return dismissal{found[0], true}
	case len(found) > 1:
		c.await(match.Person)
		c.report("SPF-506", place+"/dismissed_on", m.DismissedOn.String(), "")
		return dismissal{match, true}
	case repeated:
		c.report("SPF-507", place+"/dismissed_on", m.DismissedOn.String(), "")
		return dismissal{match, true}
	case m.HiredOn == 0:
		c.await(match.Person)
		c.report("SPF-406", place+"/dismissed_on", m.DismissedOn.String(), "ПУ-2")
		return dismissal{match, true}
	}
	return dismissal{match, false}
}

// openAlready finds an employment of the same payer, contract and number that is open on
// the day of the hire: hiring into it again would open a second one.
func (c *check) openAlready(
	m *document.Movement, match Match, person *account.Person, opened []opening,
) *account.Employment {
	same := func(e *account.Employment) bool {
		return e.Payer == c.facts.Payer.UNP && e.Contract == m.Contract &&
			e.ContractNo == m.ContractNo &&
			(e.EndedOn == 0 || (m.HiredOn != 0 && m.HiredOn <= e.EndedOn)) &&
			(m.DismissedOn == 0 || e.HiredOn <= m.DismissedOn)
	}
	for i := range person.Employments {
		if same(&person.Employments[i]) {
			return &person.Employments[i]
		}
	}
	for i := range opened {
		if opened[i].person == match.Person && same(&opened[i].Employment) {
			return &opened[i].Employment
		}
	}
	return nil
}

// lastService refuses a dismissal before the last day of service already reported.
func (c *check) lastService(
	m *document.Movement, place string, person *account.Person, match Match,
) {
	if match.Movement >= 0 {
		return
	}
	var last period.Date
	for s := range c.slotsOf(person, match.Employment) {
		for _, x := range s.Service {
			last = max(last, x.To)
		}
	}
	if last > m.DismissedOn {
		c.report("SPF-412", place+"/dismissed_on", m.DismissedOn.String(), "≥ "+last.String())
	}
}
