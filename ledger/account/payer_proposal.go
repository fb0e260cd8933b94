package account

import (
	"slices"
	"time"

	"github.com/google/uuid"

	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/ledger/event"
	"github.com/stazh/stazh/ledger/period"
)

// ProposalState is how far a proposal has come.
type ProposalState string

// The states of what two officers decide; a refund is requested first and paid last.
const (
	ProposalRequested ProposalState = "requested"
	ProposalProposed  ProposalState = "proposed" // waits for the second officer
	ProposalApproved  ProposalState = "approved"
	ProposalDeclined  ProposalState = "declined"
	ProposalPaid      ProposalState = "paid"
	ProposalReturned  ProposalState = "returned" // a refund, by the bank
	ProposalRevoked   ProposalState = "revoked"
)

// Proposal is what one officer proposes and another decides.
type Proposal struct {
	ID    uuid.UUID
	State ProposalState
	On    period.Date // from which it holds; zero before the approval
	Steps []Step      // in order of recording
}

// Step is who brought a proposal how far, and why.
type Step struct {
	State    ProposalState
	By       string // subject of the actor
	At       time.Time
	Ground   string      // act and article; empty where none was named
	Reason   ledger.Hash // archive name of the text; zero where none is needed
	Position ledger.Position
}

// Step finds the step to a state; it is zero while there is none.
func (x *Proposal) Step(state ProposalState) (s Step) {
	for i := range x.Steps {
		if x.Steps[i].State == state {
			s = x.Steps[i]
		}
	}
	return s
}

// Position is that of the last event.
func (x *Proposal) Position() ledger.Position {
	if len(x.Steps) == 0 {
		return 0
	}
	return x.Steps[len(x.Steps)-1].Position
}

// come brings a proposal to a state. The list of steps is replaced, never changed in place, as
// a copy of the account may share it.
func (x *Proposal) come(to ProposalState, e ledger.Event, reason ledger.Hash) {
	x.State = to
	x.Steps = append(slices.Clip(x.Steps), Step{State: to, By: e.Meta.Actor.Subject,
		At: e.RecordedAt, Ground: e.Meta.Ground, Reason: reason, Position: e.Position})
}

// applyProposal takes what two officers decide into account.
func (p *Payer) applyProposal(e ledger.Event, payload event.Payload) bool {
	switch f := payload.(type) {
	case *event.DefermentProposed:
		x := Deferment{Parts: f.Parts, Instalments: f.Instalments}
		x.Proposal.propose(e, f.Proposal, f.Reason)
		p.Deferments = append(p.Deferments, x)
	case *event.DefermentRevoked:
		for i := range p.Deferments {
			if x := &p.Deferments[i]; x.Proposal.ID == f.Deferment {
				x.RevokedOn = f.On
				x.Proposal.come(ProposalRevoked, e, f.Reason)
			}
		}
	case *event.PenaltyWaiverProposed:
		x := Waiver{Fund: f.Fund, Month: f.Month, From: f.From, Until: f.Until}
		x.Proposal.propose(e, f.Proposal, f.Reason)
		p.Waivers = append(p.Waivers, x)
	case *event.ProposalApproved:
		if x, ok := p.Proposal(f.Proposal); ok {
			x.On = f.On
			x.come(ProposalApproved, e, f.Reason)
		}
	case *event.ProposalDeclined:
		if x, ok := p.Proposal(f.Proposal); ok {
			x.come(ProposalDeclined, e, f.Reason)
		}
	default:
		return p.applyRefund(e, payload)
	}
	return true
}

// applyRefund takes the other steps of refunds into account.
func (p *Payer) applyRefund(e ledger.Event, payload event.Payload) bool {
	switch f := payload.(type) {
	case *event.RefundRequested:
		x := Refund{RefundRequested: *f}
		x.Proposal.come(ProposalRequested, e, ledger.Hash{})
		p.Refunds = append(p.Refunds, x)
	case *event.RefundProposed:
		if x, ok := p.Refund(f.Refund); ok {
			x.Proposal.propose(e, f.Proposal, f.Reason)
		}
	case *event.RefundPaid:
		if x, ok := p.Refund(f.Refund); ok {
			x.BankRef, x.PaidOn = f.BankRef, f.On
			x.Proposal.come(ProposalPaid, e, ledger.Hash{})
		}
	case *event.RefundReturned:
		if x, ok := p.Refund(f.Refund); ok {
			x.ReturnedOn = f.On
			x.Proposal.come(ProposalReturned, e, f.Reason)
		}
	default:
		return false
	}
	return true
}

func (x *Proposal) propose(e ledger.Event, id uuid.UUID, reason ledger.Hash) {
	x.ID = id
	x.come(ProposalProposed, e, reason)
}

// Proposal finds what is proposed under an id: a refund, a deferment or a waiver.
func (p *Payer) Proposal(id uuid.UUID) (*Proposal, bool) {
	for i := range p.Refunds {
		if x := &p.Refunds[i].Proposal; x.ID == id {
			return x, true
		}
	}
	for i := range p.Deferments {
		if x := &p.Deferments[i].Proposal; x.ID == id {
			return x, true
		}
	}
	for i := range p.Waivers {
		if x := &p.Waivers[i].Proposal; x.ID == id {
			return x, true
		}
	}
	return nil, false
}

func (x *Proposal) fields(c *ledger.Codec) {
	c.UUID(&x.ID)
	c.String((*string)(&x.State))
	c.Date(&x.On)
	ledger.Slice(c, &x.Steps, func(c *ledger.Codec, s *Step) {
		c.String((*string)(&s.State))
		c.String(&s.By)
		instant(c, &s.At)
		c.String(&s.Ground)
		c.OptionalHash(&s.Reason)
		c.Uint64((*uint64)(&s.Position))
	})
}
