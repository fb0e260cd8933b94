package control

import (
	"slices"

	"github.com/google/uuid"

	"github.com/stazh/stazh/commands/intake/document"
	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/ledger/account"
)

// opening is a relationship that an earlier movement of the same ПУ-2 opens, or completes
// when a ПУ-3 had told of it before: then it has its id.
type opening struct {
	movement int
	person   ledger.PersonID
	account.Employment
}

// openings are those of one ПУ-2.
type openings []opening

// has tells whether the form completes the relationship: it must not be taken for another
// one by what the account says of it.
func (list openings) has(id uuid.UUID) bool {
	return slices.ContainsFunc(list, func(o opening) bool {
		return o.ID == id && id != uuid.Nil
	})
}

// match names the relationship that the opening is about.
func (o *opening) match() Match {
	if o.ID != uuid.Nil {
		return Match{Person: o.person, Employment: o.ID, Movement: -1}
	}
	return Match{Person: o.person, Movement: o.movement}
}

// completed notes that a hire gives the dates of a relationship that a ПУ-3 told of.
func (list *openings) completed(
	id uuid.UUID, m *document.Movement, i int, person *account.Person, match Match,
) {
	for _, e := range person.Employments {
		if e.ID == id && isLearned(&e) && m.HiredOn != 0 {
			*list = append(*list, opening{i, match.Person, account.Employment{ID: id,
				Payer: e.Payer, HiredOn: m.HiredOn, EndedOn: m.DismissedOn,
				Contract: m.Contract, ContractNo: m.ContractNo}})
		}
	}
}

// isLearned tells whether only a ПУ-3 has told of a relationship: its contract then is
// the category of that form.
func isLearned(e *account.Employment) bool { return e.Form == string(document.PU3) }

// isOf tells whether a relationship is of a contract of ПУ-2; a blank one fits any.
func isOf(e *account.Employment, contract string) bool {
	if isLearned(e) && contract != "" {
		return hiredUnder(e.Contract, contract)
	}
	return sameNo(e.Contract, contract)
}

// dismissal is what was found out about one: done means that the movement needs no more.
type dismissal struct {
	Match
	done bool
}

// dismiss finds the one open employment that a dismissal ends. A movement that names a
// hire too, which nobody has notified before, opens the employment first.
func (c *check) dismiss(
	m *document.Movement, place string, match Match, person *account.Person, opened openings,
) dismissal {
	found, repeated := c.ending(m, match, person, opened)
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

// ending lists the open employments that a dismissal may be about; repeated is set when
// one has ended on that day already. Where the dismissal names its contract, relationships
// that a ПУ-2 announced come before those that only a ПУ-3 has told of.
func (c *check) ending(
	m *document.Movement, match Match, person *account.Person, opened openings,
) (found []Match, repeated bool) {
	var announced []Match
	consider := func(e *account.Employment, as Match) {
		if e.Payer != c.facts.Payer.UNP || !isOf(e, m.Contract) ||
			!sameNo(e.ContractNo, m.ContractNo) || e.HiredOn > m.DismissedOn ||
			(m.HiredOn != 0 && e.HiredOn != 0 && e.HiredOn != m.HiredOn) {
			return
		}
		if e.EndedOn != 0 {
			repeated = repeated || e.EndedOn == m.DismissedOn
			return
		}
		as.Contract = e.Contract
		if isLearned(e) && m.Contract != "" {
			as.Contract = m.Contract
		}
		found = append(found, as)
		if !isLearned(e) {
			announced = append(announced, as)
		}
	}
	for i := range person.Employments {
		if e := &person.Employments[i]; !opened.has(e.ID) {
			consider(e, Match{Person: match.Person, Employment: e.ID, Movement: -1})
		}
	}
	for i := range opened {
		if o := &opened[i]; o.person == match.Person {
			consider(&o.Employment, o.match())
		}
	}
	if m.Contract != "" && len(announced) > 0 {
		found = announced
	}
	return ownFirst(found, person), repeated
}

// ownFirst leaves out relationships of joined accounts where the account itself has some.
func ownFirst(found []Match, person *account.Person) []Match {
	if len(found) < 2 || !person.Linked() {
		return found
	}
	own := slices.DeleteFunc(slices.Clone(found), func(m Match) bool {
		e, ok := person.Employment(m.Employment)
		return ok && e.Account != uuid.Nil
	})
	if len(own) == 0 {
		return found
	}
	return own
}

// openAlready lists the employments that a hire may be about, as hiring into one again
// would open a second: the one that a ПУ-2 announced under the same contract and number,
// or else those that a ПУ-3 has told of and whose category goes with the contract.
func (c *check) openAlready(
	m *document.Movement, match Match, person *account.Person, opened openings,
) []*account.Employment {
	open := func(e *account.Employment) bool {
		return e.Payer == c.facts.Payer.UNP &&
			(e.EndedOn == 0 || (m.HiredOn != 0 && m.HiredOn <= e.EndedOn)) &&
			(m.DismissedOn == 0 || e.HiredOn <= m.DismissedOn)
	}
	var learned []*account.Employment
	for i := range person.Employments {
		e := &person.Employments[i]
		switch {
		case !open(e) || opened.has(e.ID):
		case isLearned(e):
			if isOf(e, m.Contract) && sameNo(e.ContractNo, m.ContractNo) {
				learned = append(learned, e)
			}
		case e.Contract == m.Contract && e.ContractNo == m.ContractNo:
			return []*account.Employment{e}
		}
	}
	for i := range opened {
		o := &opened[i]
		if o.person == match.Person && open(&o.Employment) && o.Contract == m.Contract &&
			o.ContractNo == m.ContractNo {
			return []*account.Employment{&o.Employment}
		}
	}
	return learned
}
