package event

import (
	"github.com/google/uuid"

	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/ledger/period"
)

// CorrectionProposed is an officer's order to correct what a payer has reported, without the
// payer: another officer decides on it. The legal ground stands beside the event.
type CorrectionProposed struct {
	Order     uuid.UUID   `json:"order"`
	Reason    ledger.Hash `json:"reason"`  // archive name of the text
	Content   ledger.Hash `json:"content"` // archive name of the file with the corrections
	Documents int         `json:"documents"`
	// Preview is the token of what the officer saw.
	Preview ledger.Hash `json:"preview"`
	// ObjectUntil is the last day in time for the payer to object; null when the law sets
	// none.
	ObjectUntil period.Date `json:"object_until,omitzero"`
}

// EventType is the stored name.
func (*CorrectionProposed) EventType() string { return "correction.proposed.v1" }

// Fields is the canonical form.
func (e *CorrectionProposed) Fields(c *ledger.Codec) {
	c.UUID(&e.Order)
	c.Hash(&e.Reason)
	c.Hash(&e.Content)
	c.Int(&e.Documents)
	c.Hash(&e.Preview)
	c.Date(&e.ObjectUntil)
}

// CorrectionObjected is what the payer has against an order, before it is carried out or
// afterwards.
type CorrectionObjected struct {
	Order uuid.UUID   `json:"order"`
	Text  ledger.Hash `json:"text"` // archive name
	Late  bool        `json:"late"` // after the last day in time
}

// EventType is the stored name.
func (*CorrectionObjected) EventType() string { return "correction.objected.v1" }

// Fields is the canonical form.
func (e *CorrectionObjected) Fields(c *ledger.Codec) {
	c.UUID(&e.Order)
	c.Hash(&e.Text)
	c.Bool(&e.Late)
}

// ObjectionAnswered is the decision on the last objection to an order. An order whose
// objection is upheld is not approved any more; one that was carried out is put right by
// another order.
type ObjectionAnswered struct {
	Order  uuid.UUID   `json:"order"`
	Upheld bool        `json:"upheld"`
	Text   ledger.Hash `json:"text"` // archive name of the reasons
}

// EventType is the stored name.
func (*ObjectionAnswered) EventType() string { return "correction.objection_answered.v1" }

// Fields is the canonical form.
func (e *ObjectionAnswered) Fields(c *ledger.Codec) {
	c.UUID(&e.Order)
	c.Bool(&e.Upheld)
	c.Hash(&e.Text)
}

// CorrectionApproved has an order carried out: its file is received as a filing.
type CorrectionApproved struct {
	Order   uuid.UUID   `json:"order"`
	Filing  uuid.UUID   `json:"filing"`
	Receipt string      `json:"receipt"`
	Preview ledger.Hash `json:"preview"` // what the approving officer saw
	Reason  ledger.Hash `json:"reason"`  // archive name of the text
}

// EventType is the stored name.
func (*CorrectionApproved) EventType() string { return "correction.approved.v1" }

// Fields is the canonical form.
func (e *CorrectionApproved) Fields(c *ledger.Codec) {
	c.UUID(&e.Order)
	c.UUID(&e.Filing)
	c.String(&e.Receipt)
	c.Hash(&e.Preview)
	c.Hash(&e.Reason)
}

// CorrectionDeclined ends an order that is not carried out.
type CorrectionDeclined struct {
	Order  uuid.UUID   `json:"order"`
	Reason ledger.Hash `json:"reason"` // archive name of the text
}

// EventType is the stored name.
func (*CorrectionDeclined) EventType() string { return "correction.declined.v1" }

// Fields is the canonical form.
func (e *CorrectionDeclined) Fields(c *ledger.Codec) {
	c.UUID(&e.Order)
	c.Hash(&e.Reason)
}
