package main

import (
	"context"

	"github.com/google/uuid"

	"github.com/stazh/stazh/api/service"
	"github.com/stazh/stazh/commands"
	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/ledger/money"
	"github.com/stazh/stazh/ledger/period"
)

// refundReturned records that the bank has sent a refund back.
type refundReturned struct {
	unpArg
	Refund uuid.UUID `arg:"" help:"Identifier of the refund."`
	On     date      `placeholder:"YYYY-MM-DD" help:"Day of the return; today by default."`
	why
}

// Run records it.
func (c *refundReturned) Run(ctx context.Context, a *app) error {
	return a.settle(ctx, "Return of refund", func(ctx context.Context, s *session,
	) (service.Answer[uuid.UUID], error) {
		return s.ReturnRefund(ctx, a.actor(roleOfficer), commands.ReturnRefund{Payer: c.UNP,
			Refund: c.Refund, On: period.Date(c.On), Reason: c.Reason, Ground: c.Ground})
	})
}

// payerDecisions lists refunds, deferments and waivers with their steps.
type payerDecisions struct {
	unpArg
	AsOf moment `placeholder:"TIME" help:"As the Fund knew it then (RFC 3339)."`
	At   uint64 `placeholder:"POSITION" help:"As the ledger was at the position."`
}

// Run lists them in the order in which they began.
func (c *payerDecisions) Run(ctx context.Context, a *app) error {
	return a.read(ctx, func(ctx context.Context, s *session) error {
		read, err := s.asOf(ctx, c.AsOf, c.At)
		if err != nil {
			return err
		}
		x, err := s.PayerDecisions(ctx, a.actor(roleOfficer), c.UNP, read)
		if err != nil {
			return err
		}
		answer := struct {
			Items    []service.PayerDecision `json:"items"`
			Position ledger.Position         `json:"position"`
		}{x.Value, x.Position}
		return a.term.answer(answer, func() { printDecided(a.term, x.Value) })
	})
}

func printDecided(term *terminal, list []service.PayerDecision) {
	if len(list) == 0 {
		term.printf("No refund, deferment or waiver was asked for or proposed.\n")
		return
	}
	for i, d := range list {
		if i > 0 {
			term.printf("\n")
		}
		term.printf("%s\n", term.paint(bold, decidedTitle(&d)))
		t := newTable("STEP", "ON", "BY", "WHY", "ACT")
		for _, s := range d.Steps {
			t.add(s.State, period.InBelarus(s.At).String(), clean(s.By, 30),
				clean(s.Reason, 0), clean(s.Ground, 0))
		}
		t.print(term)
	}
}

// decidedTitle names a decision by what officers call it by: its sum, fund, month and days, and
// the identifier that the next step asks for.
func decidedTitle(d *service.PayerDecision) string {
	title := d.Kind
	if d.Amount != money.Amount(0) {
		title += " " + d.Amount.String()
	}
	if d.Fund != "" {
		title += " " + d.Fund
	}
	if d.Month != 0 {
		title += " " + d.Month.String()
	}
	if !d.From.IsZero() {
		title += ", " + d.From.String() + " – " + d.Until.String()
	}
	title += ", " + d.State
	if d.Refund != uuid.Nil {
		title += ", refund " + d.Refund.String()
	}
	if d.Proposal != uuid.Nil {
		title += ", proposal " + d.Proposal.String()
	}
	return title
}
