package event

import (
	"github.com/google/uuid"

	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/ledger/period"
	"github.com/stazh/stazh/ledger/seal"
)

// ConfirmationProposed asks a second officer to confirm some months of an account: to say
// that what is recorded of them has been checked and is not to change by itself any more.
type ConfirmationProposed struct {
	Confirmation uuid.UUID    `json:"confirmation"`
	From         period.Month `json:"from"`
	To           period.Month `json:"to"`
	// Snapshot is the hash of the facts that the officer saw.
	Snapshot ledger.Hash `json:"snapshot"`
	// AppealUntil is the last day on which the person may object; null where no term runs.
	AppealUntil period.Date `json:"appeal_until,omitzero"`
	Reason      seal.Sealed `json:"reason"`
}

// EventType is the stored name.
func (*ConfirmationProposed) EventType() string { return "confirmation.proposed.v1" }

// Fields is the canonical form.
func (e *ConfirmationProposed) Fields(c *ledger.Codec) {
	c.UUID(&e.Confirmation)
	c.Month(&e.From)
	c.Month(&e.To)
	c.Hash(&e.Snapshot)
	c.Date(&e.AppealUntil)
	e.Reason.Fields(c)
}

// PeriodConfirmed is the second officer's decision: documents that change the months wait
// until the confirmation is set aside.
type PeriodConfirmed struct {
	Confirmation uuid.UUID   `json:"confirmation"`
	Reason       seal.Sealed `json:"reason"`
}

// EventType is the stored name.
func (*PeriodConfirmed) EventType() string { return "confirmation.confirmed.v1" }

// Fields is the canonical form.
func (e *PeriodConfirmed) Fields(c *ledger.Codec) {
	c.UUID(&e.Confirmation)
	e.Reason.Fields(c)
}

// SetAsideProposed asks a second officer to take a confirmation back.
type SetAsideProposed struct {
	Confirmation uuid.UUID   `json:"confirmation"`
	Reason       seal.Sealed `json:"reason"`
}

// EventType is the stored name.
func (*SetAsideProposed) EventType() string { return "confirmation.set_aside_proposed.v1" }

// Fields is the canonical form.
func (e *SetAsideProposed) Fields(c *ledger.Codec) {
	c.UUID(&e.Confirmation)
	e.Reason.Fields(c)
}

// ConfirmationSetAside opens the months again.
type ConfirmationSetAside struct {
	Confirmation uuid.UUID   `json:"confirmation"`
	Reason       seal.Sealed `json:"reason"`
}

// EventType is the stored name.
func (*ConfirmationSetAside) EventType() string { return "confirmation.set_aside.v1" }

// Fields is the canonical form.
func (e *ConfirmationSetAside) Fields(c *ledger.Codec) {
	c.UUID(&e.Confirmation)
	e.Reason.Fields(c)
}

// ConfirmationReturned is a second officer's refusal of either proposal.
type ConfirmationReturned struct {
	Confirmation uuid.UUID   `json:"confirmation"`
	Reason       seal.Sealed `json:"reason"`
}

// EventType is the stored name.
func (*ConfirmationReturned) EventType() string { return "confirmation.returned.v1" }

// Fields is the canonical form.
func (e *ConfirmationReturned) Fields(c *ledger.Codec) {
	c.UUID(&e.Confirmation)
	e.Reason.Fields(c)
}
