package control

import (
	"github.com/stazh/stazh/commands/intake/document"
	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/ledger/account"
	"github.com/stazh/stazh/ledger/event"
)

// belarus is the country code of the citizens whose ПУ-1 needs a personal number.
const belarus = "112"

// need says for whom a field of ПУ-1 must be filled in.
type need uint8

const (
	byAll need = iota
	byCitizens
	byForeigners
	advised           // its absence only causes a warning
	advisedToCitizens // likewise; foreigners often have none
)

// registrationFields are the mandatory and the recommended fields of ПУ-1. A person
// without a personal number must have an insurance number: the ledger finds accounts by
// one of the two.
var registrationFields = []struct {
	name  string
	value func(*event.PersonalData) bool // filled in
	need  need
}{
	{"surname", func(d *event.PersonalData) bool { return d.Surname != "" }, byAll},
	{"name", func(d *event.PersonalData) bool { return d.Name != "" }, byAll},
	{"sex", func(d *event.PersonalData) bool { return d.Sex != "" }, byAll},
	{"citizenship", func(d *event.PersonalData) bool { return d.Citizenship != "" }, byAll},
	{"birth_date", func(d *event.PersonalData) bool { return d.BirthDate != 0 }, byAll},
	{"document_no", func(d *event.PersonalData) bool { return d.DocumentNo != "" }, byAll},
	{"personal_no", func(d *event.PersonalData) bool { return d.PersonalNo != "" }, byCitizens},
	{"document_series", func(d *event.PersonalData) bool { return d.DocumentSeries != "" },
		byCitizens},
	{"birth_country", func(d *event.PersonalData) bool { return d.BirthCountry != "" },
		byForeigners},
	{"patronymic", func(d *event.PersonalData) bool { return d.Patronymic != "" },
		advisedToCitizens},
	{"postcode", func(d *event.PersonalData) bool { return d.Postcode != "" }, advised},
}

// restoreFields is how many of them, from the first, a ПУ-1 В needs: the names.
const restoreFields = 2

// registration checks a ПУ-1.
func (c *check) registration() {
	r := c.doc.Registration
	c.registrationFilled(r)
	c.registrationNumbers(r)
	c.registrationValues(r)
	c.registrationNames(r)
	if c.doc.Type != "" {
		c.registrationIdentity(r)
	}
}

func (c *check) registrationFilled(r *document.Registration) {
	citizen := r.Citizenship == belarus || r.Citizenship == ""
	again := c.doc.Type == document.Restore // the Fund knows all but who is meant
	for i := range registrationFields {
		f := &registrationFields[i]
		if f.value(&r.PersonalData) || again && i >= restoreFields {
			continue
		}
		switch f.need {
		case byCitizens:
			if !citizen {
				continue
			}
		case byForeigners:
			if citizen {
				continue
			}
		case advisedToCitizens:
			if citizen {
				c.report("SPF-109", "/registration/"+f.name, "", "")
			}
			continue
		case advised:
			c.report("SPF-109", "/registration/"+f.name, "", "")
			continue
		}
		c.report("SPF-107", "/registration/"+f.name, "", "")
	}
	changes := c.doc.Type == document.Original
	if r.InsuranceNo == "" && (changes || again || (!citizen && r.PersonalNo == "")) {
		c.report("SPF-107", "/registration/insurance_no", "", "")
	}
	if p := r.Previous; c.doc.Type == document.Register && p != (document.PreviousNames{}) {
		c.mustBeEmpty(p.Surname, "/registration/previous/surname")
		c.mustBeEmpty(p.Name, "/registration/previous/name")
		c.mustBeEmpty(p.Patronymic, "/registration/previous/patronymic")
		c.mustBeEmpty(p.BirthDate.String(), "/registration/previous/birth_date")
	}
}

func (c *check) mustBeEmpty(value, pointer string) {
	if value != "" {
		c.report("SPF-108", pointer, c.shown(pointer, value), "")
	}
}

func (c *check) registrationNumbers(r *document.Registration) {
	personalNo := NormalizePersonalNo(r.PersonalNo)
	if c.personalNo(personalNo, "/registration/personal_no") {
		sex, birth, _ := PersonalNoHolder(personalNo)
		if r.BirthDate != 0 && r.BirthDate != birth {
			c.report("SPF-206", "/registration/birth_date",
				mask(r.BirthDate.String()), mask(birth.String()))
		}
		if sexKnown(r.Sex) && r.Sex != sex {
			c.report("SPF-206", "/registration/sex", r.Sex, sex)
		}
	}
	if no := NormalizePersonalNo(r.InsuranceNo); no != personalNo {
		c.personalNo(no, "/registration/insurance_no")
	}
}

// personalNo checks a normalised number where one is given; sound is true when it is
// given and right.
func (c *check) personalNo(no, pointer string) (sound bool) {
	if no == "" {
		return false
	}
	code, got, expected := PersonalNoFault(no)
	if code != "" {
		c.report(code, pointer, got, expected)
		return false
	}
	if letters, unusual := personalNoUnusual(no); unusual {
		c.report("SPF-217", pointer, letters, "")
	}
	return true
}

func sexKnown(sex string) bool { return sex == "М" || sex == "Ж" }

const (
	ageMin = 14  // the youngest that may work
	ageMax = 100 // older persons are few; a wrong century is more likely
)

func (c *check) registrationValues(r *document.Registration) {
	if r.Sex != "" && !sexKnown(r.Sex) {
		got := shorten(r.Sex)
		if r.Sex == "M" { // a Latin letter that looks like the right one
			got += " (U+004D)"
		}
		c.report("SPF-111", "/registration/sex", got, "М, Ж")
	}
	today := c.facts.Today
	switch born := r.BirthDate; {
	case born.IsZero():
	case born > today:
		c.notFuture(born, "/registration/birth_date")
	case born.AddMonths(ageMin*12) > today || born.AddMonths(ageMax*12) < today:
		c.report("SPF-214", "/registration/birth_date", mask(born.String()), "14–100")
	}
	c.notFuture(r.DocumentDate, "/registration/document_date")
	if r.Citizenship == "" {
		return
	}
	holds, known := c.code(account.ClassifierCountry, r.Citizenship, today)
	if known && !holds {
		c.report("SPF-218", "/registration/citizenship", shorten(r.Citizenship), "")
	}
}

func (c *check) registrationNames(r *document.Registration) {
	c.cleanName(r.Surname, "/registration/surname")
	c.cleanName(r.Name, "/registration/name")
	c.cleanName(r.Patronymic, "/registration/patronymic")
}

func (c *check) cleanName(name, pointer string) {
	if got, expected, flawed := nameFlaw(name); flawed {
		c.report("SPF-112", pointer, got, expected)
	}
}

// registrationIdentity finds the account that the questionnaire is about, by the
// insurance number or, where none was issued yet, by the personal number.
func (c *check) registrationIdentity(r *document.Registration) {
	insurance, number := NormalizePersonalNo(r.InsuranceNo), NormalizePersonalNo(r.PersonalNo)
	key, pointer := insurance, "/registration/insurance_no"
	if key == "" {
		key, pointer = number, "/registration/personal_no"
	}
	if key == "" || c.unread(pointer) {
		return
	}
	id := c.facts.PersonID(key)
	c.verdict.Person = id
	person := c.facts.registered(id)
	if number != "" && number != key {
		other := c.facts.PersonID(number)
		if person != nil && c.facts.registered(other) != nil && !c.facts.samePerson(id, other) {
			c.await(id)
			c.report("SPF-505", "/registration/personal_no", mask(number), "")
			return
		}
	}
	switch {
	case person == nil && c.doc.Type != document.Register:
		c.await(id)
		c.report("SPF-501", pointer, mask(key), "ПУ-1 Р")
	case person != nil:
		c.knownPerson(r, id, number, key, pointer)
	}
}

// knownPerson compares a questionnaire with the account that exists.
func (c *check) knownPerson(
	r *document.Registration, id ledger.PersonID, number, key, pointer string,
) {
	changes := c.doc.Type == document.Original
	if known, ok := c.facts.Personal(id); ok {
		has := NormalizePersonalNo(known.PersonalNo)
		if has != "" && number != "" && has != number &&
			!c.facts.samePerson(id, c.facts.PersonID(number)) {
			c.report("SPF-503", "/registration/personal_no", mask(number), mask(has))
			return
		}
		surname, field := r.Surname, "/registration/surname"
		if changes {
			surname, field = r.Previous.Surname, "/registration/previous/surname"
		}
		c.sameSurname(surname, known.Surname, field)
	}
	// A questionnaire that registers a provisional account confirms it.
	if person := c.facts.registered(id); c.doc.Type == document.Register &&
		!person.Provisional {
		c.verdict.Known = true
		c.report("SPF-508", pointer, mask(key), "")
	}
}

// sameSurname compares a filed surname with the account's: one slip of the pen warns,
// more refuse. A blank one says nothing.
func (c *check) sameSurname(filed, known, pointer string) {
	if filed == "" {
		return
	}
	switch n := nameEdits(filed, known); {
	case n == 1:
		c.reportAtMost(Warn, "SPF-502", pointer, mask(filed), mask(known))
	case n > 1:
		c.report("SPF-502", pointer, mask(filed), mask(known))
	}
}
