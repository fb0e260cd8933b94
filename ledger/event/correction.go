package event

import (
	"github.com/google/uuid"

	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/ledger/period"
)

// IndividualDataCorrected is an accepted ПУ-3 of type К: it takes the place of the version
// in force with all its facts, as the form is repeated whole.
type IndividualDataCorrected struct {
	Slot Slot `json:"slot"`
	Replacement
	Months  []MonthFact     `json:"months"`
	Service []ServicePeriod `json:"service"`
}

// EventType is the stored name.
func (*IndividualDataCorrected) EventType() string { return "individual_data.corrected.v1" }

// Fields is the canonical form.
func (e *IndividualDataCorrected) Fields(c *ledger.Codec) {
	e.Slot.Fields(c)
	e.Replacement.Fields(c)
	facts(c, &e.Months, &e.Service)
}

// facts handles what a ПУ-3 says.
func facts(c *ledger.Codec, months *[]MonthFact, service *[]ServicePeriod) {
	ledger.Slice(c, months, func(c *ledger.Codec, m *MonthFact) { m.Fields(c) })
	ledger.Slice(c, service, func(c *ledger.Codec, s *ServicePeriod) { s.Fields(c) })
}

// IndividualDataCancelled is an accepted ПУ-3 of type О: nothing is reported in the slot
// from then on, until a new original is filed or a former version is brought back. It is a
// version too.
type IndividualDataCancelled struct {
	Slot Slot `json:"slot"`
	Replacement
}

// EventType is the stored name.
func (*IndividualDataCancelled) EventType() string { return "individual_data.cancelled.v1" }

// Fields is the canonical form.
func (e *IndividualDataCancelled) Fields(c *ledger.Codec) {
	e.Slot.Fields(c)
	e.Replacement.Fields(c)
}

// IndividualDataRestored brings a former version of a slot back into force. Its facts are
// those of that version.
type IndividualDataRestored struct {
	Slot Slot `json:"slot"`
	Replacement
	Restores int `json:"restores"` // the version brought back
}

// EventType is the stored name.
func (*IndividualDataRestored) EventType() string { return "individual_data.restored.v1" }

// Fields is the canonical form.
func (e *IndividualDataRestored) Fields(c *ledger.Codec) {
	e.Slot.Fields(c)
	e.Replacement.Fields(c)
	c.Int(&e.Restores)
}

// IndividualDataReportedForPension is an accepted ПУ-3 of type П: what is known before the
// quarter ends of somebody who claims a pension. The ordinary report of the quarter takes
// its place.
type IndividualDataReportedForPension struct {
	Slot      Slot            `json:"slot"`
	Version   int             `json:"version"`
	ClaimedOn period.Date     `json:"claimed_on,omitzero"` // day of the claim, where it was given
	UpTo      period.Month    `json:"up_to"`               // last month that it tells of
	Receipt   string          `json:"receipt"`
	DocNo     int             `json:"document"`
	Months    []MonthFact     `json:"months"`
	Service   []ServicePeriod `json:"service"`
}

// EventType is the stored name.
func (*IndividualDataReportedForPension) EventType() string {
	return "individual_data.reported_for_pension.v1"
}

// Fields is the canonical form.
func (e *IndividualDataReportedForPension) Fields(c *ledger.Codec) {
	e.Slot.Fields(c)
	c.Int(&e.Version)
	c.Date(&e.ClaimedOn)
	c.Month(&e.UpTo)
	c.String(&e.Receipt)
	c.Int(&e.DocNo)
	facts(c, &e.Months, &e.Service)
}

// EmploymentRecordCorrected gives a relationship other dates or terms (ПУ-2 К). It says all
// that holds from then on.
type EmploymentRecordCorrected struct {
	Employment   uuid.UUID   `json:"employment"`
	HiredOn      period.Date `json:"hired_on,omitzero"`
	EndedOn      period.Date `json:"ended_on,omitzero"` // null while the relationship lasts
	Reason       string      `json:"reason,omitempty"`  // of the end
	Contract     string      `json:"contract"`
	ContractNo   string      `json:"contract_no,omitempty"`
	ContractDate period.Date `json:"contract_date,omitzero"`
	Receipt      string      `json:"receipt"`
	DocNo        int         `json:"document"`
}

// EventType is the stored name.
func (*EmploymentRecordCorrected) EventType() string { return "employment.record_corrected.v1" }

// Fields is the canonical form.
func (e *EmploymentRecordCorrected) Fields(c *ledger.Codec) {
	c.UUID(&e.Employment)
	c.Date(&e.HiredOn)
	c.Date(&e.EndedOn)
	c.String(&e.Reason)
	c.String(&e.Contract)
	c.String(&e.ContractNo)
	c.Date(&e.ContractDate)
	c.String(&e.Receipt)
	c.Int(&e.DocNo)
}

// EmploymentRecordCancelled takes back the dismissal of a relationship, or the whole of it
// (ПУ-2 О).
type EmploymentRecordCancelled struct {
	Employment uuid.UUID `json:"employment"`
	Dismissal  bool      `json:"dismissal"` // only the dismissal; the relationship goes on
	Receipt    string    `json:"receipt"`
	DocNo      int       `json:"document"`
}

// EventType is the stored name.
func (*EmploymentRecordCancelled) EventType() string { return "employment.record_cancelled.v1" }

// Fields is the canonical form.
func (e *EmploymentRecordCancelled) Fields(c *ledger.Codec) {
	c.UUID(&e.Employment)
	c.Bool(&e.Dismissal)
	c.String(&e.Receipt)
	c.Int(&e.DocNo)
}

// InsuranceCertificateReplaced is a certificate of insurance issued again (ПУ-1 В). The
// number stays.
type InsuranceCertificateReplaced struct {
	Payer   string `json:"payer"` // UNP of the payer who asked for it
	Cause   string `json:"cause"`
	Receipt string `json:"receipt"`
	DocNo   int    `json:"document"`
}

// CertificateRestored is the cause of a replacement that a payer asked for by ПУ-1 В.
const CertificateRestored = "restored_on_request"

// EventType is the stored name.
func (*InsuranceCertificateReplaced) EventType() string { return "person.certificate_replaced.v1" }

// Fields is the canonical form.
func (e *InsuranceCertificateReplaced) Fields(c *ledger.Codec) {
	c.String(&e.Payer)
	c.String(&e.Cause)
	c.String(&e.Receipt)
	c.Int(&e.DocNo)
}
