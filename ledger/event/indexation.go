package event

import (
	"github.com/google/uuid"

	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/ledger/money"
	"github.com/stazh/stazh/ledger/period"
)

// IndexationDecreed is an act of the law stream that raises benefits in force from a day
// on: by the growth of the average wage (AD-1), or to the minimum and to rates of the
// subsistence level that holds on that day (AD-2, AD-3), for which no wages are given.
type IndexationDecreed struct {
	Decree uuid.UUID   `json:"decree"`
	Rule   string      `json:"rule"`  // AD-1, AD-2 or AD-3
	Kinds  []string    `json:"kinds"` // of benefits, sorted
	From   period.Date `json:"from"`
	// OldWage and NewWage are the average wages that AD-1 compares, in BYN.
	OldWage money.Amount `json:"old_wage"`
	NewWage money.Amount `json:"new_wage"`
	Act     string       `json:"act"`
	Source  string       `json:"source"`
	Demo    bool         `json:"demo"`
}

// EventType is the stored name.
func (*IndexationDecreed) EventType() string { return "law.indexation_decreed.v1" }

// Fields is the canonical form.
func (e *IndexationDecreed) Fields(c *ledger.Codec) {
	c.UUID(&e.Decree)
	c.String(&e.Rule)
	texts(c, &e.Kinds)
	c.Date(&e.From)
	c.Amount(&e.OldWage)
	c.Amount(&e.NewWage)
	c.String(&e.Act)
	c.String(&e.Source)
	c.Bool(&e.Demo)
}

// IndexationPrepared lays a simulated run of a decree before the officer who approves it.
type IndexationPrepared struct {
	Run    uuid.UUID `json:"run"`
	Decree uuid.UUID `json:"decree"`
	// SeenAt is the position that the simulation reflects; Benefits, Old and New are how
	// many it would change and their sums a month before and after, in BYN.
	SeenAt   ledger.Position `json:"seen_at"`
	Benefits int             `json:"benefits"`
	Old      money.Amount    `json:"old"`
	New      money.Amount    `json:"new"`
}

// EventType is the stored name.
func (*IndexationPrepared) EventType() string { return "law.indexation_prepared.v1" }

// Fields is the canonical form.
func (e *IndexationPrepared) Fields(c *ledger.Codec) {
	c.UUID(&e.Run)
	c.UUID(&e.Decree)
	c.Uint64((*uint64)(&e.SeenAt))
	c.Int(&e.Benefits)
	c.Amount(&e.Old)
	c.Amount(&e.New)
}

// IndexationApproved is the second officer's order to carry a run out.
type IndexationApproved struct {
	Run uuid.UUID `json:"run"`
}

// EventType is the stored name.
func (*IndexationApproved) EventType() string { return "law.indexation_approved.v1" }

// Fields is the canonical form.
func (e *IndexationApproved) Fields(c *ledger.Codec) { c.UUID(&e.Run) }

// IndexationCompleted reports a run that has reached every benefit it concerns.
type IndexationCompleted struct {
	Run      uuid.UUID    `json:"run"`
	Benefits int          `json:"benefits"`
	Old      money.Amount `json:"old"`
	New      money.Amount `json:"new"`
}

// EventType is the stored name.
func (*IndexationCompleted) EventType() string { return "law.indexation_completed.v1" }

// Fields is the canonical form.
func (e *IndexationCompleted) Fields(c *ledger.Codec) {
	c.UUID(&e.Run)
	c.Int(&e.Benefits)
	c.Amount(&e.Old)
	c.Amount(&e.New)
}

// PensionIndexed gives one benefit its new amount from a day on, by a run.
type PensionIndexed struct {
	Case uuid.UUID    `json:"case"`
	Run  uuid.UUID    `json:"run"`
	Rule string       `json:"rule"`
	From period.Date  `json:"from"`
	Old  money.Amount `json:"old"`
	New  money.Amount `json:"new"`
}

// EventType is the stored name.
func (*PensionIndexed) EventType() string { return "pension.indexed.v1" }

// Fields is the canonical form.
func (e *PensionIndexed) Fields(c *ledger.Codec) {
	c.UUID(&e.Case)
	c.UUID(&e.Run)
	c.String(&e.Rule)
	c.Date(&e.From)
	c.Amount(&e.Old)
	c.Amount(&e.New)
}
