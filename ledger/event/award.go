package event

import (
	"github.com/google/uuid"

	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/ledger/money"
	"github.com/stazh/stazh/ledger/period"
	"github.com/stazh/stazh/ledger/seal"
)

// Calculation is what an officer's calculation found, with the state of the ledger that
// it saw. A decision on it holds only while the person's stream is still there.
type Calculation struct {
	ID   uuid.UUID `json:"calculation"`
	Case uuid.UUID `json:"case"`
	// Seen is the revision of the person's stream that the calculation read, SeenLaw that
	// of the law stream, SeenAt the ledger's position.
	Seen    ledger.Revision `json:"seen"`
	SeenLaw ledger.Revision `json:"seen_law"`
	SeenAt  ledger.Position `json:"seen_at"`
	// Rules are the ids of the rules in the order of their use.
	Rules []string `json:"rules"`
	// Entitled tells the outcome; Unmet names each condition that is not met.
	Entitled bool     `json:"entitled"`
	Unmet    []string `json:"unmet"`
	// Form is "full" or "partial" where the law knows both, else empty.
	Form string `json:"form,omitempty"`
	// From is the first day, Until the last one; zero for no end.
	From  period.Date `json:"from"`
	Until period.Date `json:"until,omitzero"`
	// Amount is in BYN for a month, or once, as the kind of benefit pays.
	Amount money.Amount `json:"amount"`
	// Trace is the whole calculation as JSON, compressed: established facts with their
	// events, each rule with inputs, parameters and steps. TraceHash is its SHA-256.
	Trace     seal.Sealed `json:"trace"`
	TraceHash ledger.Hash `json:"trace_hash"`
}

// Fields is the canonical form.
func (e *Calculation) Fields(c *ledger.Codec) {
	c.UUID(&e.ID)
	c.UUID(&e.Case)
	c.Int64((*int64)(&e.Seen))
	c.Int64((*int64)(&e.SeenLaw))
	c.Uint64((*uint64)(&e.SeenAt))
	texts(c, &e.Rules)
	c.Bool(&e.Entitled)
	texts(c, &e.Unmet)
	c.String(&e.Form)
	c.Date(&e.From)
	c.Date(&e.Until)
	c.Amount(&e.Amount)
	e.Trace.Fields(c)
	c.Hash(&e.TraceHash)
}

func texts(c *ledger.Codec, list *[]string) {
	ledger.Slice(c, list, func(c *ledger.Codec, s *string) { c.String(s) })
}

// BenefitCalculated lays a calculation before the officer who decides. Its actor is the
// author, who may not approve it.
type BenefitCalculated struct {
	Calculation
}

// EventType is the stored name.
func (*BenefitCalculated) EventType() string { return "benefit.calculated.v1" }

// CalculationReturned sends a calculation back to its author.
type CalculationReturned struct {
	Case        uuid.UUID `json:"case"`
	Calculation uuid.UUID `json:"calculation"`
	Reason      string    `json:"reason"`
}

// EventType is the stored name.
func (*CalculationReturned) EventType() string { return "benefit.calculation_returned.v1" }

// Fields is the canonical form.
func (e *CalculationReturned) Fields(c *ledger.Codec) {
	c.UUID(&e.Case)
	c.UUID(&e.Calculation)
	c.String(&e.Reason)
}

// Award is what a decision grants: the approved calculation's result, copied so that the
// decision is complete by itself.
type Award struct {
	Case        uuid.UUID    `json:"case"`
	Calculation uuid.UUID    `json:"calculation"`
	Author      string       `json:"author"` // subject of the officer who calculated
	Kind        string       `json:"kind"`
	Pays        string       `json:"pays"` // monthly, once, or period: one sum for a time
	Form        string       `json:"form,omitempty"`
	From        period.Date  `json:"from"`
	Until       period.Date  `json:"until,omitzero"`
	Amount      money.Amount `json:"amount"`
	// Office is the one that decided and that the benefit is counted for.
	Office    string          `json:"office"`
	Seen      ledger.Revision `json:"seen"`
	SeenAt    ledger.Position `json:"seen_at"`
	TraceHash ledger.Hash     `json:"trace_hash"`
}

// Fields is the canonical form.
func (e *Award) Fields(c *ledger.Codec) {
	c.UUID(&e.Case)
	c.UUID(&e.Calculation)
	c.String(&e.Author)
	c.String(&e.Kind)
	c.String(&e.Pays)
	c.String(&e.Form)
	c.Date(&e.From)
	c.Date(&e.Until)
	c.Amount(&e.Amount)
	c.String(&e.Office)
	c.Int64((*int64)(&e.Seen))
	c.Uint64((*uint64)(&e.SeenAt))
	c.Hash(&e.TraceHash)
}

// PensionAssigned is a second officer's decision that a pension is paid each month.
type PensionAssigned struct {
	Award
}

// EventType is the stored name.
func (*PensionAssigned) EventType() string { return "pension.assigned.v1" }

// PensionRecalculated replaces the amount of an assigned pension from a day on, after its
// facts were reviewed.
type PensionRecalculated struct {
	Award
}

// EventType is the stored name.
func (*PensionRecalculated) EventType() string { return "pension.recalculated.v1" }

// BenefitGranted is a second officer's decision on another benefit: a sum paid once, for
// a time, or each month.
type BenefitGranted struct {
	Award
}

// EventType is the stored name.
func (*BenefitGranted) EventType() string { return "benefit.granted.v1" }

// ClaimRefused is a second officer's decision that a claim does not meet its conditions.
type ClaimRefused struct {
	Case        uuid.UUID       `json:"case"`
	Calculation uuid.UUID       `json:"calculation"`
	Author      string          `json:"author"`
	Kind        string          `json:"kind"`
	Unmet       []string        `json:"unmet"` // each condition that is not met
	Office      string          `json:"office"`
	Seen        ledger.Revision `json:"seen"`
	SeenAt      ledger.Position `json:"seen_at"`
	TraceHash   ledger.Hash     `json:"trace_hash"`
}

// EventType is the stored name.
func (*ClaimRefused) EventType() string { return "benefit.claim_refused.v1" }

// Fields is the canonical form.
func (e *ClaimRefused) Fields(c *ledger.Codec) {
	c.UUID(&e.Case)
	c.UUID(&e.Calculation)
	c.String(&e.Author)
	c.String(&e.Kind)
	texts(c, &e.Unmet)
	c.String(&e.Office)
	c.Int64((*int64)(&e.Seen))
	c.Uint64((*uint64)(&e.SeenAt))
	c.Hash(&e.TraceHash)
}

// PensionReviewFlagged says that facts behind an assigned pension or granted benefit have
// changed. The pension stays as it is until an officer has recalculated it.
type PensionReviewFlagged struct {
	Case uuid.UUID `json:"case"`
	// Cause is the id of the event that changed the facts.
	Cause  uuid.UUID `json:"cause"`
	Reason string    `json:"reason"` // a code
}

// EventType is the stored name.
func (*PensionReviewFlagged) EventType() string { return "pension.review_flagged.v1" }

// Fields is the canonical form.
func (e *PensionReviewFlagged) Fields(c *ledger.Codec) {
	c.UUID(&e.Case)
	c.UUID(&e.Cause)
	c.String(&e.Reason)
}

// BenefitTerminated ends a pension or a monthly benefit.
type BenefitTerminated struct {
	Case  uuid.UUID   `json:"case"`
	Last  period.Date `json:"last"` // last day paid for
	Cause string      `json:"cause"`
}

// EventType is the stored name.
func (*BenefitTerminated) EventType() string { return "benefit.terminated.v1" }

// Fields is the canonical form.
func (e *BenefitTerminated) Fields(c *ledger.Codec) {
	c.UUID(&e.Case)
	c.Date(&e.Last)
	c.String(&e.Cause)
}
