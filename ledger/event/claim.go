package event

import (
	"github.com/google/uuid"

	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/ledger/period"
	"github.com/stazh/stazh/ledger/seal"
)

// Evidence names a document that a fact rests on. The document itself may be archived
// under its hash.
type Evidence struct {
	Item   string      `json:"item"` // code of the classifier of evidence
	On     period.Date `json:"on"`   // day on which the Fund received it
	SHA256 ledger.Hash `json:"sha256,omitzero"`
}

// Fields is the canonical form.
func (e *Evidence) Fields(c *ledger.Codec) {
	c.String(&e.Item)
	c.Date(&e.On)
	c.OptionalHash(&e.SHA256)
}

// SpecialPeriodRecorded adds a time that no payer reports and that counts for coverage by
// law: military service, study, care, work abroad under a treaty and the like. Whether it
// counts as paid is said by the classifier of its kinds.
type SpecialPeriodRecorded struct {
	Period   uuid.UUID   `json:"period"`
	Kind     string      `json:"kind"` // code of the classifier of special periods
	From     period.Date `json:"from"`
	To       period.Date `json:"to"` // last day
	Evidence Evidence    `json:"evidence"`
}

// EventType is the stored name.
func (*SpecialPeriodRecorded) EventType() string { return "special_period.recorded.v1" }

// Fields is the canonical form.
func (e *SpecialPeriodRecorded) Fields(c *ledger.Codec) {
	c.UUID(&e.Period)
	c.String(&e.Kind)
	c.Date(&e.From)
	c.Date(&e.To)
	e.Evidence.Fields(c)
}

// SpecialPeriodCancelled takes a special period out of the account.
type SpecialPeriodCancelled struct {
	Period uuid.UUID `json:"period"`
	Reason string    `json:"reason"`
}

// EventType is the stored name.
func (*SpecialPeriodCancelled) EventType() string { return "special_period.cancelled.v1" }

// Fields is the canonical form.
func (e *SpecialPeriodCancelled) Fields(c *ledger.Codec) {
	c.UUID(&e.Period)
	c.String(&e.Reason)
}

// BenefitClaimed opens a case: somebody asks for a pension or another benefit on the
// account of the insured person in whose stream it stands.
type BenefitClaimed struct {
	Case      uuid.UUID   `json:"case"`
	Kind      string      `json:"kind"` // code of the classifier of benefits
	ClaimedOn period.Date `json:"claimed_on"`
	// From is the day from which the benefit is asked, by which its conditions are judged.
	From period.Date `json:"from"`
	// Details are what the benefit's rules need beyond the account, as a JSON object of
	// their fields: health, children, survivors. They are personal data.
	Details seal.Sealed `json:"details"`
}

// EventType is the stored name.
func (*BenefitClaimed) EventType() string { return "benefit.claimed.v1" }

// Fields is the canonical form.
func (e *BenefitClaimed) Fields(c *ledger.Codec) {
	c.UUID(&e.Case)
	c.String(&e.Kind)
	c.Date(&e.ClaimedOn)
	c.Date(&e.From)
	e.Details.Fields(c)
}

// BenefitEvidenceRecorded adds a document to a case, and the details that it proves.
type BenefitEvidenceRecorded struct {
	Case     uuid.UUID `json:"case"`
	Evidence Evidence  `json:"evidence"`
	// Details replace those of the same name given before.
	Details seal.Sealed `json:"details"`
}

// EventType is the stored name.
func (*BenefitEvidenceRecorded) EventType() string { return "benefit.evidence_recorded.v1" }

// Fields is the canonical form.
func (e *BenefitEvidenceRecorded) Fields(c *ledger.Codec) {
	c.UUID(&e.Case)
	e.Evidence.Fields(c)
	e.Details.Fields(c)
}

// ClaimWithdrawn ends a case before it is decided.
type ClaimWithdrawn struct {
	Case   uuid.UUID `json:"case"`
	Reason string    `json:"reason"`
}

// EventType is the stored name.
func (*ClaimWithdrawn) EventType() string { return "benefit.claim_withdrawn.v1" }

// Fields is the canonical form.
func (e *ClaimWithdrawn) Fields(c *ledger.Codec) {
	c.UUID(&e.Case)
	c.String(&e.Reason)
}
