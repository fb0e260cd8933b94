package commands

import (
	"context"
	"slices"

	"github.com/google/uuid"

	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/ledger/account"
	"github.com/stazh/stazh/ledger/event"
	"github.com/stazh/stazh/ledger/money"
	"github.com/stazh/stazh/ledger/period"
	"github.com/stazh/stazh/ledger/settlement"
)

// ProposeDeferment lays a deferment of arrears before another officer: of all of them, or
// of those of one fund, or up to a month.
type ProposeDeferment struct {
	Actor       ledger.Actor
	Ground      string
	Payer       string
	Fund        string       // all when empty
	UpTo        period.Month // all months in arrears when zero
	Instalments []event.Instalment
	Reason      string
}

// instalmentsMax bounds a deferment: ten years of months.
const instalmentsMax = 120

// ProposeDeferment gives the id of the proposal. The instalments must add up to what is in
// arrears now; the refusal says how much that is.
func (b *Bus) ProposeDeferment(ctx context.Context, c ProposeDeferment,
) (id uuid.UUID, at ledger.Position, err error) {
	if c.Fund != "" {
		if err := checkFund(c.Fund); err != nil {
			return uuid.Nil, 0, err
		}
	}
	reason, err := b.reason(ctx, c.Ground, c.Reason)
	if err != nil {
		return uuid.Nil, 0, err
	}
	meta := ledger.Meta{Actor: c.Actor, Ground: c.Ground}
	at, err = b.onPayer(ctx, c.Payer, meta, func(p *account.Payer, law *account.Law,
		today period.Date) ([]event.Payload, error) {
		parts, sum := inArrears(p, law, today, c.Fund, c.UpTo)
		if err := checkInstalments(c.Instalments, sum, today); err != nil {
			return nil, err
		}
		fact := &event.DefermentProposed{Parts: parts, Instalments: c.Instalments, Reason: reason}
		for _, x := range p.Deferments {
			said := x.Proposal.Step(account.ProposalProposed)
			if x.Proposal.State == account.ProposalProposed &&
				said.By == c.Actor.Subject && said.Reason == reason &&
				slices.Equal(x.Parts, parts) && slices.Equal(x.Instalments, c.Instalments) {
				id = x.Proposal.ID
				return nil, nil
			}
		}
		id = ledger.DeterministicID("deferment", p.UNP, int64(p.Revision),
			ledger.HashRecord(event.Encode(fact)))
		fact.Proposal = id
		return []event.Payload{fact}, nil
	})
	return id, at, err
}

// inArrears gives what is overdue and not deferred.
func inArrears(p *account.Payer, law *account.Law, today period.Date, fund string,
	upTo period.Month) (parts []event.DeferredPart, sum money.Amount) {
	b := settlement.Of(p, law, today)
	for i := range b.Months {
		m := &b.Months[i]
		if !m.Overdue || upTo != 0 && m.Month > upTo {
			continue
		}
		for _, x := range m.Parts {
			if left := x.Unpaid - x.Deferred; left > 0 && (fund == "" || fund == x.Fund) {
				parts = append(parts, event.DeferredPart{Fund: x.Fund, Month: m.Month, Amount: left})
				sum += left
			}
		}
	}
	return parts, sum
}

func checkInstalments(list []event.Instalment, arrears money.Amount, today period.Date) error {
	if arrears == 0 {
		return refuse(Conflict, "no_arrears", "nothing of it is in arrears: there is nothing to defer")
	}
	if len(list) == 0 || len(list) > instalmentsMax {
		return refuse(Invalid, "instalments_invalid", "give 1 to %d instalments", instalmentsMax)
	}
	sum, last := money.Amount(0), today
	for _, x := range list {
		if x.Amount <= 0 || x.Due <= last {
			return refuse(Invalid, "instalments_invalid",
				"each instalment is above zero and later than the one before and than today")
		}
		sum, last = sum+x.Amount, x.Due
	}
	if sum != arrears {
		return refuse(Invalid, "instalments_sum",
			"the instalments add up to %s BYN, the arrears are %s BYN: make them equal", sum, arrears)
	}
	return nil
}

// ProposePenaltyWaiver lays before another officer that no penalty is charged for days.
type ProposePenaltyWaiver struct {
	Actor       ledger.Actor
	Ground      string
	Payer       string
	Fund        string       // all when empty
	Month       period.Month // all when zero
	From, Until period.Date
	Reason      string
}

// ProposePenaltyWaiver gives the id of the proposal.
func (b *Bus) ProposePenaltyWaiver(ctx context.Context, c ProposePenaltyWaiver,
) (id uuid.UUID, at ledger.Position, err error) {
	if c.Fund != "" {
		if err := checkFund(c.Fund); err != nil {
			return uuid.Nil, 0, err
		}
	}
	if c.From.IsZero() || c.Until < c.From {
		return uuid.Nil, 0, refuse(Invalid, "period_invalid",
			"give the first and the last day as YYYY-MM-DD, the last not before the first")
	}
	reason, err := b.reason(ctx, c.Ground, c.Reason)
	if err != nil {
		return uuid.Nil, 0, err
	}
	fact := &event.PenaltyWaiverProposed{Fund: c.Fund, Month: c.Month, From: c.From,
		Until: c.Until, Reason: reason}
	id = ledger.DeterministicID("waiver", c.Payer, c.Actor.Subject,
		ledger.HashRecord(event.Encode(fact)))
	fact.Proposal = id
	meta := ledger.Meta{Actor: c.Actor, Ground: c.Ground, Correlation: id}
	at, err = b.onPayer(ctx, c.Payer, meta, func(p *account.Payer, _ *account.Law, _ period.Date,
	) ([]event.Payload, error) {
		if _, known := p.Proposal(id); known {
			return nil, nil
		}
		return []event.Payload{fact}, nil
	})
	return id, at, err
}

// DecideProposal is the second officer's decision on a refund, a deferment or a waiver.
type DecideProposal struct {
	Actor    ledger.Actor
	Ground   string
	Payer    string
	Proposal uuid.UUID
	Reason   string
}

// ApproveProposal makes a proposal hold from today. It is refused when the approver is who
// proposed it (SPF-905), and when what it rests on has moved (SPF-906).
func (b *Bus) ApproveProposal(ctx context.Context, c DecideProposal) (ledger.Position, error) {
	reason, err := b.reason(ctx, c.Ground, c.Reason)
	if err != nil {
		return 0, err
	}
	meta := ledger.Meta{Actor: c.Actor, Ground: c.Ground, Correlation: c.Proposal}
	return b.onPayer(ctx, c.Payer, meta, func(p *account.Payer, law *account.Law,
		today period.Date) ([]event.Payload, error) {
		x, err := pendingProposal(p, c.Proposal, c.Actor)
		if err != nil || x == nil {
			return nil, err
		}
		if err := checkStillHolds(p, law, c.Proposal, today); err != nil {
			return nil, err
		}
		return []event.Payload{&event.ProposalApproved{Proposal: c.Proposal, On: today,
			Reason: reason}}, nil
	})
}

// pendingProposal finds what waits for a decision; nil when the very officer has approved
// it already.
func pendingProposal(p *account.Payer, id uuid.UUID, by ledger.Actor,
) (*account.Proposal, error) {
	x, ok := p.Proposal(id)
	if !ok || id == uuid.Nil {
		return nil, refuse(NotFound, "proposal_unknown",
			"the payer has no such proposal: see its balance")
	}
	if x.State == account.ProposalApproved &&
		x.Step(account.ProposalApproved).By == by.Subject {
		return nil, nil
	}
	if x.State != account.ProposalProposed {
		return nil, refuse(Conflict, "proposal_not_pending",
			"the proposal is %s already", x.State)
	}
	if x.Step(account.ProposalProposed).By == by.Subject {
		return nil, refuse(Forbidden, "SPF-905",
			"who proposed may not decide: let another officer do it")
	}
	return x, nil
}

// checkStillHolds looks whether a refund is still covered and whether deferred arrears are
// still what they were.
func checkStillHolds(p *account.Payer, law *account.Law, id uuid.UUID, today period.Date) error {
	for _, x := range p.Refunds {
		if x.Proposal.ID != id {
			continue
		}
		b := settlement.Of(p, law, today)
		if has := b.Overpaid(x.Fund); x.Amount > has {
			return refuse(Conflict, "overpayment_short",
				"%s BYN are overpaid in this fund now: decline the refund", has)
		}
	}
	for _, x := range p.Deferments {
		if x.Proposal.ID != id {
			continue
		}
		parts, _ := inArrears(p, law, today, "", 0)
		for _, part := range x.Parts {
			if !slices.Contains(parts, part) {
				return refuse(Conflict, "SPF-906",
					"the arrears have changed since the proposal: propose the deferment anew")
			}
		}
		if x.Instalments[0].Due < today {
			return refuse(Conflict, "SPF-906",
				"the first instalment was due before today: propose the deferment anew")
		}
	}
	return nil
}

// DeclineProposal ends a proposal without effect.
func (b *Bus) DeclineProposal(ctx context.Context, c DecideProposal) (ledger.Position, error) {
	reason, err := b.reason(ctx, c.Ground, c.Reason)
	if err != nil {
		return 0, err
	}
	meta := ledger.Meta{Actor: c.Actor, Ground: c.Ground, Correlation: c.Proposal}
	return b.onPayer(ctx, c.Payer, meta, func(p *account.Payer, _ *account.Law, _ period.Date,
	) ([]event.Payload, error) {
		if x, ok := p.Proposal(c.Proposal); ok && x.State == account.ProposalDeclined {
			done := x.Step(account.ProposalDeclined)
			if done.Reason == reason && done.By == c.Actor.Subject {
				return nil, nil
			}
		}
		x, err := pendingProposal(p, c.Proposal, c.Actor)
		if err != nil {
			return nil, err
		}
		if x == nil {
			return nil, refuse(Conflict, "proposal_not_pending", "the proposal is approved already")
		}
		return []event.Payload{&event.ProposalDeclined{Proposal: c.Proposal, Reason: reason}}, nil
	})
}

// RevokeDeferment ends a deferment from today on.
type RevokeDeferment struct {
	Actor     ledger.Actor
	Ground    string
	Payer     string
	Deferment uuid.UUID // its proposal
	Reason    string
}

// RevokeDeferment of one that does not stand is refused.
func (b *Bus) RevokeDeferment(ctx context.Context, c RevokeDeferment) (ledger.Position, error) {
	reason, err := b.reason(ctx, c.Ground, c.Reason)
	if err != nil {
		return 0, err
	}
	meta := ledger.Meta{Actor: c.Actor, Ground: c.Ground, Correlation: c.Deferment}
	return b.onPayer(ctx, c.Payer, meta, func(p *account.Payer, law *account.Law,
		today period.Date) ([]event.Payload, error) {
		b := settlement.Of(p, law, today)
		i := slices.IndexFunc(b.Deferments, func(x settlement.Deferment) bool {
			return x.Proposal == c.Deferment
		})
		if i < 0 {
			return nil, refuse(NotFound, "deferment_unknown",
				"the payer has no such deferment: see its balance")
		}
		switch b.Deferments[i].State {
		case settlement.DefermentStanding:
			return []event.Payload{&event.DefermentRevoked{Deferment: c.Deferment, On: today,
				Reason: reason}}, nil
		case string(account.ProposalRevoked):
			return nil, nil
		}
		return nil, refuse(Conflict, "deferment_not_standing",
			"the deferment is %s: only one that stands is revoked", b.Deferments[i].State)
	})
}
