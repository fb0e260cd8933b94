package event

import (
	"github.com/google/uuid"

	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/ledger/money"
	"github.com/stazh/stazh/ledger/period"
)

// OccupationalSlot is the place that versions of ПУ-6 compete for: of one payer, employment
// and quarter, at most one version is in force.
type OccupationalSlot struct {
	Payer      string    `json:"payer"`
	Employment uuid.UUID `json:"employment"`
	Year       int       `json:"year"`
	Quarter    int       `json:"quarter"` // 1-4
}

// Fields is the canonical form.
func (s *OccupationalSlot) Fields(c *ledger.Codec) {
	c.String(&s.Payer)
	c.UUID(&s.Employment)
	c.Int(&s.Year)
	c.Int(&s.Quarter)
}

// OccupationalMonth is what a payer reported of a month of work in special conditions, and
// the contribution that the Fund assessed on it and credits to the person's account.
type OccupationalMonth struct {
	Month         period.Month `json:"month"`
	Earnings      money.Amount `json:"earnings"`
	Contributions money.Amount `json:"contributions"` // as reported
	// Tariff is the rate of the month: the highest of the kinds of work done in it.
	Tariff money.Rate `json:"tariff"`
	// Credited is rule OP-1 on the earnings: it is the payer's debt and the person's credit.
	Credited money.Amount `json:"credited"`
}

// Fields is the canonical form.
func (m *OccupationalMonth) Fields(c *ledger.Codec) {
	c.Month(&m.Month)
	c.Amount(&m.Earnings)
	c.Amount(&m.Contributions)
	c.Rate(&m.Tariff)
	c.Amount(&m.Credited)
}

// SpecialService is a run of days of work in special conditions, ends included. Codes are
// as filed.
type SpecialService struct {
	From         period.Date `json:"from"`
	To           period.Date `json:"to"`
	Occupation   string      `json:"occupation,omitempty"`
	SubCode      string      `json:"sub_code,omitempty"`
	DerivedCode  string      `json:"derived_code,omitempty"`
	Classifier   string      `json:"classifier,omitempty"`
	Activity     string      `json:"activity,omitempty"`
	ListPosition string      `json:"list_position,omitempty"`
	TeamCode     string      `json:"team_code,omitempty"`
	Indicator    string      `json:"indicator,omitempty"`
	Share        string      `json:"share,omitempty"`
}

// Fields is the canonical form.
func (s *SpecialService) Fields(c *ledger.Codec) {
	c.Date(&s.From)
	c.Date(&s.To)
	for _, text := range []*string{&s.Occupation, &s.SubCode, &s.DerivedCode, &s.Classifier,
		&s.Activity, &s.ListPosition, &s.TeamCode, &s.Indicator, &s.Share} {
		c.String(text)
	}
}

// OccupationalFacts is what one version of a ПУ-6 says.
type OccupationalFacts struct {
	// ForPension marks a report before the quarter ends of somebody who claims a pension; the
	// ordinary report of the quarter takes its place.
	ForPension bool                `json:"for_pension,omitempty"`
	Paid       money.Amount        `json:"paid"` // of the quarter, as reported
	Months     []OccupationalMonth `json:"months"`
	Service    []SpecialService    `json:"service"`
}

// Fields is the canonical form.
func (f *OccupationalFacts) Fields(c *ledger.Codec) {
	c.Bool(&f.ForPension)
	c.Amount(&f.Paid)
	ledger.Slice(c, &f.Months, func(c *ledger.Codec, m *OccupationalMonth) { m.Fields(c) })
	ledger.Slice(c, &f.Service, func(c *ledger.Codec, s *SpecialService) { s.Fields(c) })
}

// OccupationalDataReported is an accepted ПУ-6 of type И or П.
type OccupationalDataReported struct {
	Slot    OccupationalSlot `json:"slot"`
	Version int              `json:"version"` // from 1
	Receipt string           `json:"receipt"` // of the filing
	DocNo   int              `json:"document"`
	OccupationalFacts
}

// EventType is the stored name.
func (*OccupationalDataReported) EventType() string { return "occupational_data.reported.v1" }

// Fields is the canonical form.
func (e *OccupationalDataReported) Fields(c *ledger.Codec) {
	e.Slot.Fields(c)
	c.Int(&e.Version)
	c.String(&e.Receipt)
	c.Int(&e.DocNo)
	e.OccupationalFacts.Fields(c)
}

// OccupationalDataCorrected is an accepted ПУ-6 of type К: it takes the place of the version
// in force with all its facts.
type OccupationalDataCorrected struct {
	Slot OccupationalSlot `json:"slot"`
	Replacement
	OccupationalFacts
}

// EventType is the stored name.
func (*OccupationalDataCorrected) EventType() string { return "occupational_data.corrected.v1" }

// Fields is the canonical form.
func (e *OccupationalDataCorrected) Fields(c *ledger.Codec) {
	e.Slot.Fields(c)
	e.Replacement.Fields(c)
	e.OccupationalFacts.Fields(c)
}

// OccupationalDataCancelled is an accepted ПУ-6 of type О: nothing is reported in the slot
// from then on, until a new original is filed.
type OccupationalDataCancelled struct {
	Slot OccupationalSlot `json:"slot"`
	Replacement
}

// EventType is the stored name.
func (*OccupationalDataCancelled) EventType() string { return "occupational_data.cancelled.v1" }

// Fields is the canonical form.
func (e *OccupationalDataCancelled) Fields(c *ledger.Codec) {
	e.Slot.Fields(c)
	e.Replacement.Fields(c)
}

// OccupationalDataRestored is an accepted ПУ-6 of type В: it brings a former version of a
// slot back into force. Its facts are those of that version.
type OccupationalDataRestored struct {
	Slot OccupationalSlot `json:"slot"`
	Replacement
	Restores int `json:"restores"` // the version brought back
}

// EventType is the stored name.
func (*OccupationalDataRestored) EventType() string { return "occupational_data.restored.v1" }

// Fields is the canonical form.
func (e *OccupationalDataRestored) Fields(c *ledger.Codec) {
	e.Slot.Fields(c)
	e.Replacement.Fields(c)
	c.Int(&e.Restores)
}

// OccupationalYieldCredited is the yield of a year on the occupational part of an account
// (ДПЧ), rule OP-2. It replaces what was credited for the year before.
type OccupationalYieldCredited struct {
	Run  uuid.UUID `json:"run"`
	Year int       `json:"year"`
	// Base is the balance weighted by the months in the account, rounded for reading only.
	Base        money.Amount `json:"base"`
	Coefficient money.Rate   `json:"coefficient"`
	Amount      money.Amount `json:"amount"`
}

// EventType is the stored name.
func (*OccupationalYieldCredited) EventType() string { return "occupational_yield.credited.v1" }

// Fields is the canonical form.
func (e *OccupationalYieldCredited) Fields(c *ledger.Codec) {
	c.UUID(&e.Run)
	c.Int(&e.Year)
	c.Amount(&e.Base)
	c.Rate(&e.Coefficient)
	c.Amount(&e.Amount)
}

// OccupationalAssessed is what a payer owes in occupational contributions for a month: the
// sum of what is credited to its persons, over all ПУ-6 in force. It replaces the month's
// former assessment.
type OccupationalAssessed struct {
	Month    period.Month `json:"month"`
	Persons  int          `json:"persons"`
	Earnings money.Amount `json:"earnings"`
	Amount   money.Amount `json:"amount"`
}

// EventType is the stored name.
func (*OccupationalAssessed) EventType() string { return "occupational.assessed.v1" }

// Fields is the canonical form.
func (e *OccupationalAssessed) Fields(c *ledger.Codec) {
	c.Month(&e.Month)
	c.Int(&e.Persons)
	c.Amount(&e.Earnings)
	c.Amount(&e.Amount)
}

// OccupationalYieldPrepared is a run that credits the yield of a year to all accounts, as
// one officer prepared it, with the figures of its simulation.
type OccupationalYieldPrepared struct {
	Run         uuid.UUID    `json:"run"`
	Year        int          `json:"year"`
	Coefficient money.Rate   `json:"coefficient"`
	Ground      string       `json:"ground"` // legal ground that the officer names
	Persons     int          `json:"persons"`
	Amount      money.Amount `json:"amount"` // what would be credited, in all
}

// EventType is the stored name.
func (*OccupationalYieldPrepared) EventType() string { return "occupational_yield.prepared.v1" }

// Fields is the canonical form.
func (e *OccupationalYieldPrepared) Fields(c *ledger.Codec) {
	c.UUID(&e.Run)
	c.Int(&e.Year)
	c.Rate(&e.Coefficient)
	c.String(&e.Ground)
	c.Int(&e.Persons)
	c.Amount(&e.Amount)
}

// OccupationalYieldApproved is the second officer's approval: from it on the run is carried
// out.
type OccupationalYieldApproved struct {
	Run uuid.UUID `json:"run"`
}

// EventType is the stored name.
func (*OccupationalYieldApproved) EventType() string { return "occupational_yield.approved.v1" }

// Fields is the canonical form.
func (e *OccupationalYieldApproved) Fields(c *ledger.Codec) { c.UUID(&e.Run) }

// OccupationalYieldCompleted is the report of a run that has reached all accounts.
type OccupationalYieldCompleted struct {
	Run     uuid.UUID    `json:"run"`
	Persons int          `json:"persons"` // with a yield of the year
	Amount  money.Amount `json:"amount"`
}

// EventType is the stored name.
func (*OccupationalYieldCompleted) EventType() string { return "occupational_yield.completed.v1" }

// Fields is the canonical form.
func (e *OccupationalYieldCompleted) Fields(c *ledger.Codec) {
	c.UUID(&e.Run)
	c.Int(&e.Persons)
	c.Amount(&e.Amount)
}
