package account

import (
	"slices"
	"time"

	"github.com/google/uuid"

	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/ledger/event"
)

// OrderState is how far an order to correct a payer's reports has come.
type OrderState string

// The states of an order.
const (
	OrderProposed OrderState = "proposed" // waits for the second officer
	OrderApproved OrderState = "approved" // its file is received
	OrderDeclined OrderState = "declined"
)

// Order is an order to correct what the payer has reported, without the payer.
type Order struct {
	event.CorrectionProposed
	Ground     string
	ProposedBy string
	Office     string // of the officer who proposed
	ProposedAt time.Time
	State      OrderState
	// Receipt is that of the filing that carries it out; Decision the archive name of why it
	// is carried out or not, DecisionGround the act that the deciding officer names.
	Receipt        string
	Decision       ledger.Hash
	DecisionGround string
	DecidedBy      string
	DecidedAt      time.Time
	// Objections are the payer's, in order of recording.
	Objections []Objection
	Position   ledger.Position // of its last event
}

// Objection is what the payer has against an order, and the answer.
type Objection struct {
	Text         ledger.Hash
	Late         bool
	By           string
	At           time.Time
	Answer       ledger.Hash // zero while there is none
	AnswerGround string
	Upheld       bool
	AnsweredBy   string
	AnsweredAt   time.Time
}

// ApprovedBy names the officer who had the order carried out; empty for none.
func (o *Order) ApprovedBy() string {
	if o.State == OrderApproved {
		return o.DecidedBy
	}
	return ""
}

// Open gives the objection that waits for an answer, nil for none.
func (o *Order) Open() *Objection {
	if n := len(o.Objections); n > 0 && o.Objections[n-1].Answer.IsZero() {
		return &o.Objections[n-1]
	}
	return nil
}

// Answered tells whether an officer has answered an objection.
func (o *Order) Answered(by string) bool {
	return slices.ContainsFunc(o.Objections, func(x Objection) bool { return x.AnsweredBy == by })
}

// Upheld tells whether an objection was upheld.
func (o *Order) Upheld() bool {
	return slices.ContainsFunc(o.Objections, func(x Objection) bool { return x.Upheld })
}

// Order finds an order; nil when there is none of the id.
func (p *Payer) Order(id uuid.UUID) *Order {
	for i := range p.Orders {
		if p.Orders[i].Order == id {
			return &p.Orders[i]
		}
	}
	return nil
}

// OrderOf tells which order an event is about.
func OrderOf(payload event.Payload) (id uuid.UUID, ok bool) {
	switch f := payload.(type) {
	case *event.CorrectionProposed:
		return f.Order, true
	case *event.CorrectionObjected:
		return f.Order, true
	case *event.ObjectionAnswered:
		return f.Order, true
	case *event.CorrectionApproved:
		return f.Order, true
	case *event.CorrectionDeclined:
		return f.Order, true
	}
	return uuid.Nil, false
}

// applyOrder takes events about orders; ok is false for others. They change nothing of the
// account itself: the filing of an approved order does.
func (p *Payer) applyOrder(e ledger.Event, payload event.Payload) (ok bool) {
	if f, ok := payload.(*event.CorrectionProposed); ok {
		p.Orders = append(p.Orders, Order{CorrectionProposed: *f, Ground: e.Meta.Ground,
			ProposedBy: e.Meta.Actor.Subject, Office: e.Meta.Actor.Office,
			ProposedAt: e.RecordedAt, State: OrderProposed, Position: e.Position})
		return true
	}
	id, ok := OrderOf(payload)
	if !ok {
		return false
	}
	o := p.Order(id)
	if o == nil {
		panic("account: event of an order that has not been proposed")
	}
	by := e.Meta.Actor.Subject
	switch f := payload.(type) {
	case *event.CorrectionObjected:
		o.Objections = append(slices.Clone(o.Objections),
			Objection{Text: f.Text, Late: f.Late, By: by, At: e.RecordedAt})
	case *event.ObjectionAnswered:
		o.Objections = slices.Clone(o.Objections)
		if x := o.Open(); x != nil {
			x.Answer, x.Upheld, x.AnsweredBy, x.AnsweredAt = f.Text, f.Upheld, by, e.RecordedAt
			x.AnswerGround = e.Meta.Ground
		}
	case *event.CorrectionApproved:
		o.State, o.Receipt, o.Decision = OrderApproved, f.Receipt, f.Reason
		o.DecidedBy, o.DecidedAt, o.DecisionGround = by, e.RecordedAt, e.Meta.Ground
	case *event.CorrectionDeclined:
		o.State, o.Decision = OrderDeclined, f.Reason
		o.DecidedBy, o.DecidedAt, o.DecisionGround = by, e.RecordedAt, e.Meta.Ground
	}
	o.Position = e.Position
	return true
}

// Fields is the canonical form of the state.
func (o *Order) Fields(c *ledger.Codec) {
	o.CorrectionProposed.Fields(c)
	c.String(&o.Ground)
	c.String(&o.ProposedBy)
	c.String(&o.Office)
	instant(c, &o.ProposedAt)
	c.String((*string)(&o.State))
	c.String(&o.Receipt)
	c.OptionalHash(&o.Decision)
	c.String(&o.DecisionGround)
	c.String(&o.DecidedBy)
	instant(c, &o.DecidedAt)
	ledger.Slice(c, &o.Objections, func(c *ledger.Codec, x *Objection) {
		c.Hash(&x.Text)
		c.Bool(&x.Late)
		c.String(&x.By)
		instant(c, &x.At)
		c.OptionalHash(&x.Answer)
		c.String(&x.AnswerGround)
		c.Bool(&x.Upheld)
		c.String(&x.AnsweredBy)
		instant(c, &x.AnsweredAt)
	})
	c.Uint64((*uint64)(&o.Position))
}
