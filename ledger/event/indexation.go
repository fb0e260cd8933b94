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

// IndexationSums are figures of a run: how many benefits it changes, and what they pay a
// month before and after, in BYN.
type IndexationSums struct {
	Benefits int          `json:"count"`
	Old      money.Amount `json:"old"`
	New      money.Amount `json:"new"`
}

func (s *IndexationSums) fields(c *ledger.Codec) {
	c.Int(&s.Benefits)
	c.Amount(&s.Old)
	c.Amount(&s.New)
}

// IndexationPart is the part of one kind of benefit, or of one office, in a run.
type IndexationPart struct {
	Code string `json:"code"`
	IndexationSums
}

// IndexationReport is what a run changes, or changed. Kinds and Offices each add up to the
// whole; both are sorted by code.
type IndexationReport struct {
	IndexationSums
	Kinds   []IndexationPart `json:"kinds"`
	Offices []IndexationPart `json:"offices"`
	// Left counts benefits of the decree's kinds that were looked at and left as they
	// are, by reason.
	Left []IndexationLeft `json:"left"`
}

// IndexationLeft counts benefits that a run leaves as they are for a reason, a code.
type IndexationLeft struct {
	Reason   string `json:"reason"`
	Benefits int    `json:"count"`
}

func (r *IndexationReport) fields(c *ledger.Codec) {
	r.IndexationSums.fields(c)
	for _, list := range [...]*[]IndexationPart{&r.Kinds, &r.Offices} {
		ledger.Slice(c, list, func(c *ledger.Codec, p *IndexationPart) {
			c.String(&p.Code)
			p.IndexationSums.fields(c)
		})
	}
	ledger.Slice(c, &r.Left, func(c *ledger.Codec, l *IndexationLeft) {
		c.String(&l.Reason)
		c.Int(&l.Benefits)
	})
}

// IndexationPrepared lays a simulated run of a decree before the officer who approves it.
type IndexationPrepared struct {
	Run    uuid.UUID `json:"run"`
	Decree uuid.UUID `json:"decree"`
	// SeenAt is the position that the simulation reflects at least.
	SeenAt ledger.Position  `json:"seen_at"`
	Report IndexationReport `json:"report"`
}

// EventType is the stored name.
func (*IndexationPrepared) EventType() string { return "law.indexation_prepared.v1" }

// Fields is the canonical form.
func (e *IndexationPrepared) Fields(c *ledger.Codec) {
	c.UUID(&e.Run)
	c.UUID(&e.Decree)
	c.Uint64((*uint64)(&e.SeenAt))
	e.Report.fields(c)
}

// IndexationApproved is the second officer's order to carry a run out.
type IndexationApproved struct {
	Run uuid.UUID `json:"run"`
}

// EventType is the stored name.
func (*IndexationApproved) EventType() string { return "law.indexation_approved.v1" }

// Fields is the canonical form.
func (e *IndexationApproved) Fields(c *ledger.Codec) { c.UUID(&e.Run) }

// IndexationCompleted reports a run that has reached every benefit it concerns: what it
// changed and is in force when it ends.
type IndexationCompleted struct {
	Run    uuid.UUID        `json:"run"`
	Report IndexationReport `json:"report"`
}

// EventType is the stored name.
func (*IndexationCompleted) EventType() string { return "law.indexation_completed.v1" }

// Fields is the canonical form.
func (e *IndexationCompleted) Fields(c *ledger.Codec) {
	c.UUID(&e.Run)
	e.Report.fields(c)
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
