package event

import (
	"github.com/google/uuid"

	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/ledger/money"
	"github.com/stazh/stazh/ledger/period"
	"github.com/stazh/stazh/ledger/seal"
)

// PersonalData is who an insured person is. It is stored only inside a sealed box.
type PersonalData struct {
	InsuranceNo     string      `json:"insurance_no,omitempty"`
	PersonalNo      string      `json:"personal_no,omitempty"`
	Surname         string      `json:"surname"`
	Name            string      `json:"name"`
	Patronymic      string      `json:"patronymic,omitempty"`
	Sex             string      `json:"sex"`         // М or Ж
	Citizenship     string      `json:"citizenship"` // three digits, 112 = Belarus
	BirthDate       period.Date `json:"birth_date,omitzero"`
	BirthSettlement string      `json:"birth_settlement,omitempty"`
	BirthDistrict   string      `json:"birth_district,omitempty"`
	BirthRegion     string      `json:"birth_region,omitempty"`
	BirthCountry    string      `json:"birth_country,omitempty"`
	DocumentSeries  string      `json:"document_series,omitempty"`
	DocumentNo      string      `json:"document_no,omitempty"`
	DocumentDate    period.Date `json:"document_date,omitzero"`
	DocumentIssuer  string      `json:"document_issuer,omitempty"`
	Postcode        string      `json:"postcode,omitempty"`
	Address         string      `json:"address,omitempty"`
	Phone           string      `json:"phone,omitempty"`
	Phone2          string      `json:"phone2,omitempty"`
}

// Fields is the canonical form inside the box.
func (d *PersonalData) Fields(c *ledger.Codec) {
	for _, text := range []*string{
		&d.InsuranceNo, &d.PersonalNo, &d.Surname, &d.Name, &d.Patronymic, &d.Sex,
		&d.Citizenship, &d.BirthSettlement, &d.BirthDistrict, &d.BirthRegion,
		&d.BirthCountry, &d.DocumentSeries, &d.DocumentNo, &d.DocumentIssuer,
		&d.Postcode, &d.Address, &d.Phone, &d.Phone2,
	} {
		c.String(text)
	}
	c.Date(&d.BirthDate)
	c.Date(&d.DocumentDate)
}

// PersonRegistered opens an insured person's account (ПУ-1 Р, or an officer).
type PersonRegistered struct {
	Payer       string      `json:"payer,omitempty"` // UNP of the payer who filed
	Provisional bool        `json:"provisional"`     // number valid, identity not confirmed
	Personal    seal.Sealed `json:"personal"`
}

// EventType is the stored name.
func (*PersonRegistered) EventType() string { return "person.registered.v1" }

// Fields is the canonical form.
func (e *PersonRegistered) Fields(c *ledger.Codec) {
	c.String(&e.Payer)
	c.Bool(&e.Provisional)
	e.Personal.Fields(c)
}

// PersonalDataChanged replaces the personal data (ПУ-1 И).
type PersonalDataChanged struct {
	Payer    string      `json:"payer,omitempty"`
	Personal seal.Sealed `json:"personal"`
}

// EventType is the stored name.
func (*PersonalDataChanged) EventType() string { return "person.data_changed.v1" }

// Fields is the canonical form.
func (e *PersonalDataChanged) Fields(c *ledger.Codec) {
	c.String(&e.Payer)
	e.Personal.Fields(c)
}

// EmploymentStarted opens an employment relationship under an id that the Fund assigns.
type EmploymentStarted struct {
	Employment   uuid.UUID   `json:"employment"`
	Payer        string      `json:"payer"`
	HiredOn      period.Date `json:"hired_on,omitzero"`
	Contract     string      `json:"contract"` // contract code, same list as the category
	ContractNo   string      `json:"contract_no,omitempty"`
	ContractDate period.Date `json:"contract_date,omitzero"`
	// Form is the form that the relationship was learned from: ПУ-2, or ПУ-3 for the
	// categories that need no ПУ-2.
	Form string `json:"form"`
}

// EventType is the stored name.
func (*EmploymentStarted) EventType() string { return "employment.started.v1" }

// Fields is the canonical form.
func (e *EmploymentStarted) Fields(c *ledger.Codec) {
	c.UUID(&e.Employment)
	c.String(&e.Payer)
	c.Date(&e.HiredOn)
	c.String(&e.Contract)
	c.String(&e.ContractNo)
	c.Date(&e.ContractDate)
	c.String(&e.Form)
}

// EmploymentEnded is a dismissal (ПУ-2).
type EmploymentEnded struct {
	Employment uuid.UUID   `json:"employment"`
	EndedOn    period.Date `json:"ended_on"`
	Reason     string      `json:"reason"`
}

// EventType is the stored name.
func (*EmploymentEnded) EventType() string { return "employment.ended.v1" }

// Fields is the canonical form.
func (e *EmploymentEnded) Fields(c *ledger.Codec) {
	c.UUID(&e.Employment)
	c.Date(&e.EndedOn)
	c.String(&e.Reason)
}

// Slot is the place that versions of one form compete for: of one payer, employment,
// category, contract and quarters, at most one version is in force.
type Slot struct {
	Payer      string    `json:"payer"`
	Employment uuid.UUID `json:"employment"`
	Category   string    `json:"category"`
	ContractNo string    `json:"contract_no,omitempty"`
	Year       int       `json:"year"`
	Quarters   string    `json:"quarters"` // digits 1-4, ascending
}

// Fields is the canonical form.
func (s *Slot) Fields(c *ledger.Codec) {
	c.String(&s.Payer)
	c.UUID(&s.Employment)
	c.String(&s.Category)
	c.String(&s.ContractNo)
	c.Int(&s.Year)
	c.String(&s.Quarters)
}

// MonthFact is what a payer reported of one month. Amounts in BYN.
type MonthFact struct {
	Month         period.Month `json:"month"`
	Earnings      money.Amount `json:"earnings"`
	Benefits      money.Amount `json:"benefits"`
	Contributions money.Amount `json:"contributions"`
	Paid          money.Amount `json:"paid"`
	Tariff        string       `json:"tariff,omitempty"`
}

// Fields is the canonical form.
func (m *MonthFact) Fields(c *ledger.Codec) {
	c.Month(&m.Month)
	c.Amount(&m.Earnings)
	c.Amount(&m.Benefits)
	c.Amount(&m.Contributions)
	c.Amount(&m.Paid)
	c.String(&m.Tariff)
}

// ServicePeriod is a run of days of work of one kind, ends included.
type ServicePeriod struct {
	From       period.Date `json:"from"`
	To         period.Date `json:"to"`
	Occupation string      `json:"occupation,omitempty"`
	Activity   string      `json:"activity,omitempty"`
	Indicator1 string      `json:"indicator1,omitempty"`
	Indicator2 string      `json:"indicator2,omitempty"`
}

// Fields is the canonical form.
func (s *ServicePeriod) Fields(c *ledger.Codec) {
	c.Date(&s.From)
	c.Date(&s.To)
	c.String(&s.Occupation)
	c.String(&s.Activity)
	c.String(&s.Indicator1)
	c.String(&s.Indicator2)
}

// IndividualDataReported is an accepted ПУ-3 of type И: the first version of its slot, or
// the next one where nothing was in force, or only a report for a pension.
type IndividualDataReported struct {
	Slot    Slot            `json:"slot"`
	Version int             `json:"version"` // from 1
	Receipt string          `json:"receipt"` // of the filing
	DocNo   int             `json:"document"`
	Months  []MonthFact     `json:"months"`
	Service []ServicePeriod `json:"service"`
}

// EventType is the stored name.
func (*IndividualDataReported) EventType() string { return "individual_data.reported.v1" }

// Fields is the canonical form.
func (e *IndividualDataReported) Fields(c *ledger.Codec) {
	e.Slot.Fields(c)
	c.Int(&e.Version)
	c.String(&e.Receipt)
	c.Int(&e.DocNo)
	facts(c, &e.Months, &e.Service)
}
