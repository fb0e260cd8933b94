package event

import (
	"github.com/google/uuid"

	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/ledger/period"
	"github.com/stazh/stazh/ledger/seal"
)

// Kinds of lines of an account that may be disputed.
const (
	LineMonth      = "month"      // a month of a form slot
	LineService    = "service"    // a run of service of a form slot
	LineSlot       = "slot"       // a form slot as a whole
	LineEmployment = "employment" // a relationship with a payer
	LinePeriod     = "period"     // a special period, which the Fund recorded
)

// Line refers to a line of an account, by what it is and not by its place.
type Line struct {
	Kind string `json:"kind"`
	// Slot is that of a month, a service or a slot.
	Slot Slot `json:"slot,omitzero"`
	// Month is the one disputed; zero for other kinds.
	Month period.Month `json:"month,omitzero"`
	// From is the first day of the run of service; zero for other kinds.
	From period.Date `json:"from,omitzero"`
	// ID is that of the employment or special period; the null identifier for other kinds.
	ID uuid.UUID `json:"id,omitzero"`
}

// Fields is the canonical form.
func (l *Line) Fields(c *ledger.Codec) {
	c.String(&l.Kind)
	l.Slot.Fields(c)
	c.Month(&l.Month)
	c.Date(&l.From)
	c.OptionalUUID(&l.ID)
}

// DisputeOpened says that an insured person holds a line of the account to be wrong.
type DisputeOpened struct {
	Dispute uuid.UUID `json:"dispute"`
	Line    Line      `json:"line"`
	// Payer has reported the line and is asked first; empty where the Fund recorded it.
	Payer  string `json:"payer,omitempty"`
	Office string `json:"office,omitempty"` // of the Fund, which decides
	// Version, Receipt and DocNo are those of the form that is disputed; zero for lines that
	// no form has.
	Version int         `json:"version,omitempty"`
	Receipt string      `json:"receipt,omitempty"`
	DocNo   int         `json:"document,omitempty"`
	Text    seal.Sealed `json:"text"`
	// AnswerBy is the last day of the payer's term; DecideBy that of the Fund's where the
	// Fund recorded the line.
	AnswerBy period.Date `json:"answer_by,omitzero"`
	DecideBy period.Date `json:"decide_by,omitzero"`
}

// EventType is the stored name.
func (*DisputeOpened) EventType() string { return "dispute.opened.v1" }

// Fields is the canonical form.
func (e *DisputeOpened) Fields(c *ledger.Codec) {
	c.UUID(&e.Dispute)
	e.Line.Fields(c)
	c.String(&e.Payer)
	c.String(&e.Office)
	c.Int(&e.Version)
	c.String(&e.Receipt)
	c.Int(&e.DocNo)
	e.Text.Fields(c)
	c.Date(&e.AnswerBy)
	c.Date(&e.DecideBy)
}

// DisputeAnswered is what the payer, or an officer in the payer's place, says to it.
type DisputeAnswered struct {
	Dispute uuid.UUID `json:"dispute"`
	// Accepted: the line is wrong and will be corrected, by CorrectBy. Otherwise it is held
	// to be right, and the Fund decides by DecideBy.
	Accepted  bool        `json:"accepted"`
	ForFund   bool        `json:"for_fund"` // an officer answered
	Text      seal.Sealed `json:"text"`
	CorrectBy period.Date `json:"correct_by,omitzero"`
	DecideBy  period.Date `json:"decide_by,omitzero"`
}

// EventType is the stored name.
func (*DisputeAnswered) EventType() string { return "dispute.answered.v1" }

// Fields is the canonical form.
func (e *DisputeAnswered) Fields(c *ledger.Codec) {
	c.UUID(&e.Dispute)
	c.Bool(&e.Accepted)
	c.Bool(&e.ForFund)
	e.Text.Fields(c)
	c.Date(&e.CorrectBy)
	c.Date(&e.DecideBy)
}

// DisputeDecided closes a dispute by a decision of the Fund.
type DisputeDecided struct {
	Dispute uuid.UUID   `json:"dispute"`
	Upheld  bool        `json:"upheld"` // the person is right: the line is to be corrected
	Text    seal.Sealed `json:"text"`
}

// EventType is the stored name.
func (*DisputeDecided) EventType() string { return "dispute.decided.v1" }

// Fields is the canonical form.
func (e *DisputeDecided) Fields(c *ledger.Codec) {
	c.UUID(&e.Dispute)
	c.Bool(&e.Upheld)
	e.Text.Fields(c)
}

// DisputeSettled closes a dispute because the line was corrected.
type DisputeSettled struct {
	Dispute uuid.UUID `json:"dispute"`
	Receipt string    `json:"receipt"` // of the filing that corrected it
	DocNo   int       `json:"document"`
	Cause   uuid.UUID `json:"cause"` // the event that changed the line
}

// EventType is the stored name.
func (*DisputeSettled) EventType() string { return "dispute.settled.v1" }

// Fields is the canonical form.
func (e *DisputeSettled) Fields(c *ledger.Codec) {
	c.UUID(&e.Dispute)
	c.String(&e.Receipt)
	c.Int(&e.DocNo)
	c.UUID(&e.Cause)
}

// DisputeWithdrawn closes a dispute at the person's wish.
type DisputeWithdrawn struct {
	Dispute uuid.UUID   `json:"dispute"`
	Text    seal.Sealed `json:"text"`
}

// EventType is the stored name.
func (*DisputeWithdrawn) EventType() string { return "dispute.withdrawn.v1" }

// Fields is the canonical form.
func (e *DisputeWithdrawn) Fields(c *ledger.Codec) {
	c.UUID(&e.Dispute)
	e.Text.Fields(c)
}
