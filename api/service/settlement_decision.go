package service

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/google/uuid"

	"github.com/stazh/stazh/api/auth"
	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/ledger/account"
	"github.com/stazh/stazh/ledger/money"
	"github.com/stazh/stazh/ledger/period"
)

// Kinds of what two officers decide about a payer's sums.
const (
	DecidedRefund    = "refund"
	DecidedDeferment = "deferment"
	DecidedWaiver    = "waiver"
)

// PayerDecision is a refund, a deferment or a waiver with who did what about it, and why.
type PayerDecision struct {
	Kind     string    `json:"kind"`
	State    string    `json:"state"`
	Refund   uuid.UUID `json:"refund,omitzero"`
	Proposal uuid.UUID `json:"proposal,omitzero"`
	Fund     string    `json:"fund,omitempty"` // all when empty
	// Amount is what is paid back or deferred; a waiver names days and no sum.
	Amount money.Amount        `json:"amount,omitzero"`
	Month  period.Month        `json:"month,omitzero"`
	From   period.Date         `json:"from,omitzero"`
	Until  period.Date         `json:"until,omitzero"`
	Steps  []PayerDecisionStep `json:"steps"`
	parts  []account.Step
}

// PayerDecisionStep is one step.
type PayerDecisionStep struct {
	State    string          `json:"state"`
	By       string          `json:"by"`
	At       time.Time       `json:"at"`
	Reason   string          `json:"reason,omitempty"`
	Ground   string          `json:"ground,omitempty"`
	Position ledger.Position `json:"position"`
}

// PayerDecisions tells what was decided, or waits to be, about a payer's sums, in the order
// in which it began.
func (s *Service) PayerDecisions(ctx context.Context, c Caller, unp string, r Read,
) (Answer[[]PayerDecision], error) {
	var none Answer[[]PayerDecision]
	p, at, err := s.payer(ctx, c, auth.ReadSettlement, unp, r)
	if err != nil {
		return none, err
	}
	list := decisionsOf(p)
	for i := range list {
		if err := s.tellSteps(ctx, &list[i]); err != nil {
			return none, err
		}
	}
	return answer(ctx, s, list, at)
}

func decisionsOf(p *account.Payer) []PayerDecision {
	list := []PayerDecision{}
	add := func(x *account.Proposal, d PayerDecision) {
		d.State, d.Proposal, d.parts = string(x.State), x.ID, x.Steps
		list = append(list, d)
	}
	for i := range p.Refunds {
		x := &p.Refunds[i]
		add(&x.Proposal, PayerDecision{Kind: DecidedRefund, Refund: x.Refund, Fund: x.Fund,
			Amount: x.Amount})
	}
	for i := range p.Deferments {
		x := &p.Deferments[i]
		d := PayerDecision{Kind: DecidedDeferment, From: x.Instalments[0].Due,
			Until: x.Instalments[len(x.Instalments)-1].Due}
		for k, part := range x.Parts {
			d.Amount += part.Amount
			if k == 0 {
				d.Fund, d.Month = part.Fund, part.Month
			}
			if part.Fund != d.Fund {
				d.Fund = ""
			}
			if part.Month != d.Month {
				d.Month = 0
			}
		}
		add(&x.Proposal, d)
	}
	for i := range p.Waivers {
		x := &p.Waivers[i]
		add(&x.Proposal, PayerDecision{Kind: DecidedWaiver, Fund: x.Fund, Month: x.Month,
			From: x.From, Until: x.Until})
	}
	slices.SortStableFunc(list, func(a, b PayerDecision) int {
		return cmp.Compare(a.parts[0].Position, b.parts[0].Position)
	})
	return list
}

// tellSteps reads why, which the archive keeps encrypted.
func (s *Service) tellSteps(ctx context.Context, d *PayerDecision) error {
	for _, x := range d.parts {
		reason, err := s.text(ctx, x.Reason)
		if err != nil {
			return err
		}
		d.Steps = append(d.Steps, PayerDecisionStep{State: string(x.State), By: x.By, At: x.At,
			Reason: reason, Ground: x.Ground, Position: x.Position})
	}
	return nil
}
