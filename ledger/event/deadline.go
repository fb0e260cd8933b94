package event

import (
	"github.com/google/uuid"

	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/ledger/period"
)

// OutageDeclared says that reports could not be filed on some days, and proposes that due
// dates on them move. Nothing moves before another officer extends the deadline.
type OutageDeclared struct {
	Outage   uuid.UUID   `json:"outage"`
	From     period.Date `json:"from"`
	To       period.Date `json:"to"`       // last day
	Extended period.Date `json:"extended"` // the new due date
	Forms    []string    `json:"forms"`    // concerned; all when empty
	Reason   string      `json:"reason"`
}

// EventType is the stored name.
func (*OutageDeclared) EventType() string { return "law.outage_declared.v1" }

// Fields is the canonical form.
func (e *OutageDeclared) Fields(c *ledger.Codec) {
	c.UUID(&e.Outage)
	c.Date(&e.From)
	c.Date(&e.To)
	c.Date(&e.Extended)
	ledger.Slice(c, &e.Forms, func(c *ledger.Codec, s *string) { c.String(s) })
	c.String(&e.Reason)
}

// DeadlineExtended is the second officer's decision on an outage: the due dates of the
// forms that fall on its days move to the new date.
type DeadlineExtended struct {
	Outage uuid.UUID `json:"outage"`
	Reason string    `json:"reason"`
}

// EventType is the stored name.
func (*DeadlineExtended) EventType() string { return "law.deadline_extended.v1" }

// Fields is the canonical form.
func (e *DeadlineExtended) Fields(c *ledger.Codec) {
	c.UUID(&e.Outage)
	c.String(&e.Reason)
}
