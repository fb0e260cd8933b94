package control

import (
	"github.com/stazh/stazh/commands/intake/document"
	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/ledger/account"
)

// insured checks the names and the number by which ПУ-2 and ПУ-3 name a person and finds
// the account. place is the pointer of the part that holds the names. The result is nil
// when there is no such account or it cannot be told.
func (c *check) insured(n *document.Names, place string) (ledger.PersonID, *account.Person) {
	c.filled(n.Surname != "", place, "/surname")
	c.filled(n.Insurance != "", place, "/insurance_no")
	if got, expected, flawed := nameFlaw(n.Surname); flawed {
		c.report("SPF-112", place+"/surname", got, expected)
	}
	if n.Insurance == "" {
		return ledger.PersonID{}, nil
	}
	no := NormalizePersonalNo(n.Insurance)
	if code, got, expected := PersonalNoFault(no); code != "" {
		c.report(code, place+"/insurance_no", got, expected)
		if s, on := c.engine.severity(code, c.facts.Today); on && s == Refuse {
			return ledger.PersonID{}, nil
		}
	}
	id := c.facts.PersonID(no)
	person := c.facts.registered(id)
	if person == nil {
		c.await(id)
		c.report("SPF-501", place+"/insurance_no", mask(no), "ПУ-1 Р")
		return id, nil
	}
	c.sameName(n, id, place)
	return id, person
}

// filled reports a mandatory field that is empty.
func (c *check) filled(ok bool, place, field string) {
	if !ok {
		c.report("SPF-107", place+field, "", "")
	}
}

// sameName compares surname and initials with the account: one difference warns, more
// refuse. A wrong initial counts as one. The finding stands at the first difference.
func (c *check) sameName(n *document.Names, id ledger.PersonID, place string) {
	known, ok := c.facts.Personal(id)
	if !ok || n.Surname == "" {
		return
	}
	differences := nameEdits(n.Surname, known.Surname)
	field, got, expected := "/surname", n.Surname, known.Surname
	initials := [2]struct{ field, filed, name string }{
		{"/initial", n.Initial, known.Name}, {"/initial2", n.Initial2, known.Patronymic},
	}
	for _, i := range initials {
		if !initialDiffers(i.filed, i.name) {
			continue
		}
		if differences == 0 {
			field, got, expected = i.field, i.filed, i.name
		}
		differences++
	}
	switch {
	case differences == 1:
		c.reportAtMost(Warn, "SPF-502", place+field, mask(got), mask(expected))
	case differences > 1:
		c.report("SPF-502", place+field, mask(got), mask(expected))
	}
}
