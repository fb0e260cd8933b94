package control

import (
	"slices"
	"strings"

	"github.com/google/uuid"

	"github.com/stazh/stazh/commands/intake/document"
	"github.com/stazh/stazh/ledger/account"
	"github.com/stazh/stazh/ledger/period"
)

// CorrectedRecord is what a relationship is after a movement of a ПУ-2 К: a hire replaces
// date and contract, a dismissal its date and reason; what the movement leaves blank stays.
func CorrectedRecord(e account.Employment, m *document.Movement) account.Employment {
	if !m.HiredOn.IsZero() {
		e.HiredOn = m.HiredOn
	}
	if !m.DismissedOn.IsZero() {
		e.EndedOn, e.EndReason = m.DismissedOn, m.Reason
	}
	if m.Contract != "" {
		e.Contract = m.Contract
	}
	if m.ContractNo != "" {
		e.ContractNo = m.ContractNo
	}
	if !m.ContractDate.IsZero() {
		e.ContractDate = m.ContractDate
	}
	return e
}

// correctRecord finds the relationship that a movement of a К is about and checks what it
// becomes.
func (c *check) correctRecord(
	m *document.Movement, place string, match Match, person *account.Person,
) Match {
	field := hireField(m)
	if m.HiredOn == 0 && m.DismissedOn != 0 {
		field = "/dismissed_on"
	}
	e := c.record(place+field, c.recordsToCorrect(m, person), person, match)
	if e == nil {
		return match
	}
	match.Employment, match.Contract = e.ID, e.Contract
	now := CorrectedRecord(*e, m)
	if now == *e {
		match.Unchanged = true
		c.report("SPF-607", place+field, "", "")
		return match
	}
	if now.EndedOn != 0 && now.EndedOn < now.HiredOn {
		c.report("SPF-308", place+field, now.EndedOn.String(), "≥ "+now.HiredOn.String())
	}
	if m.DismissedOn != 0 {
		c.lastService(m, place, person, match)
	}
	return match
}

// recordsToCorrect lists the relationships that a correcting movement may be about, by what
// tells them apart best: the recorded hire date that it cites, the same hire date, for a
// dismissal that they have ended, and the contract.
func (c *check) recordsToCorrect(m *document.Movement, person *account.Person,
) []*account.Employment {
	list := c.announced(person)
	if m.Corrects != 0 {
		return kept(list, func(e *account.Employment) bool { return e.HiredOn == m.Corrects })
	}
	if m.HiredOn == 0 && m.DismissedOn != 0 {
		list = kept(list, func(e *account.Employment) bool { return e.EndedOn != 0 })
	}
	for _, fits := range []func(*account.Employment) bool{
		func(e *account.Employment) bool { return m.HiredOn != 0 && e.HiredOn == m.HiredOn },
		func(e *account.Employment) bool { return m.ContractNo != "" && e.ContractNo == m.ContractNo },
		func(e *account.Employment) bool { return m.Contract != "" && e.Contract == m.Contract },
		func(e *account.Employment) bool { return m.DismissedOn != 0 && e.EndedOn == m.DismissedOn },
	} {
		if left := kept(list, fits); len(left) > 0 {
			list = left
		}
	}
	return list
}

// cancelRecord finds what a movement of an О takes back: a hire by its date, a dismissal by
// its own, or, as text packs leave both blank, the last movement of the form's quarters.
func (c *check) cancelRecord(
	m *document.Movement, place string, match Match, person *account.Person,
) Match {
	list := c.announced(person)
	pointer := place + "/insurance_no"
	switch {
	case m.HiredOn != 0:
		pointer = place + "/hired_on"
		list = kept(list, func(e *account.Employment) bool { return e.HiredOn == m.HiredOn })
	case m.DismissedOn != 0:
		pointer = place + "/dismissed_on"
		list = kept(list, func(e *account.Employment) bool { return e.EndedOn == m.DismissedOn })
	case len(list) > 1:
		list = kept(list, func(e *account.Employment) bool {
			last := max(e.HiredOn, e.EndedOn)
			bits, _ := quarterBits(c.doc.Quarters)
			return last.Year() == c.doc.Year &&
				(bits == 0 || bits&(1<<(last.Month().Quarter()-1)) != 0)
		})
	}
	if m.ContractNo != "" {
		list = kept(list, func(e *account.Employment) bool { return e.ContractNo == m.ContractNo })
	}
	e := c.record(pointer, list, person, match)
	if e == nil {
		return match
	}
	match.Employment, match.Contract = e.ID, e.Contract
	match.Dismissal = m.HiredOn == 0 && e.EndedOn != 0
	if !match.Dismissal {
		for s := range c.slotsOf(person.Slots(), e.ID) {
			if s.InForce() {
				c.report("SPF-612", pointer, e.HiredOn.String(), slotList([]*account.Slot{s}))
				break
			}
		}
	}
	return match
}

// record gives the one relationship that is meant. A form must not speak of it twice: what
// the second movement makes of it would hang on the first.
func (c *check) record(pointer string, list []*account.Employment, person *account.Person,
	match Match) *account.Employment {
	// Of joined accounts, the account of the filed number comes first.
	if own := kept(list, isOwn); len(own) > 0 {
		list = own
	}
	switch {
	case len(list) > 1:
		c.await(person.ID)
		c.report("SPF-506", pointer, "", recordList(list))
	case len(list) == 0:
		c.report("SPF-602", pointer, "", recordList(c.announced(person)))
	case c.spokenOf(list[0].ID, match):
		c.report("SPF-507", pointer, "", recordList(list))
	default:
		return list[0]
	}
	return nil
}

func (c *check) spokenOf(id uuid.UUID, match Match) bool {
	return slices.ContainsFunc(c.verdict.Matches, func(x Match) bool {
		return x.Person == match.Person && x.Employment == id
	})
}

// announced lists the relationships with the filer that a ПУ-2 told of.
func (c *check) announced(person *account.Person) []*account.Employment {
	var list []*account.Employment
	for i := range person.Employments {
		if e := &person.Employments[i]; e.Payer == c.facts.Payer.UNP && !isLearned(e) {
			list = append(list, e)
		}
	}
	return list
}

// isOwn tells whether a relationship is recorded in the account itself, and not in one that
// is joined with it.
func isOwn(e *account.Employment) bool { return e.Account == uuid.Nil }

func kept(list []*account.Employment, fits func(*account.Employment) bool,
) []*account.Employment {
	var left []*account.Employment
	for _, e := range list {
		if fits(e) {
			left = append(left, e)
		}
	}
	return left
}

// recordList says which relationships there are: "2018-01-09…, 2015-02-01…2017-06-30".
func recordList(list []*account.Employment) string {
	texts := make([]string, len(list))
	for i, e := range list {
		texts[i] = e.HiredOn.String() + "…"
		if e.EndedOn != 0 {
			texts[i] += e.EndedOn.String()
		}
	}
	return strings.Join(texts, ", ")
}

// EarliestOf is the first day that two states of a relationship tell of.
func EarliestOf(states ...account.Employment) (first period.Date) {
	for _, e := range states {
		for _, day := range []period.Date{e.HiredOn, e.EndedOn} {
			if day != 0 && (first == 0 || day < first) {
				first = day
			}
		}
	}
	return first
}
