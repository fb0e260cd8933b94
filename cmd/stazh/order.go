package main

import (
	"context"
	"io"

	"github.com/google/uuid"

	"github.com/stazh/stazh/api/service"
	"github.com/stazh/stazh/commands/intake/control"
	"github.com/stazh/stazh/projections/order"
)

// correctionPropose orders a correction without the payer.
type correctionPropose struct {
	UNP    string `arg:"" help:"The payer."`
	File   string `arg:"" help:"The corrections, as the payer would file them; - for input."`
	Ground string `required:"" placeholder:"TEXT" help:"The act and article it rests on."`
	Reason string `required:"" placeholder:"TEXT" help:"Why; the payer reads it."`
	Token  string `name:"preview" placeholder:"TOKEN" help:"Propose what this preview showed."`
}

// fileMax bounds a file that is read whole.
const fileMax = 64 << 20

// Run shows what the order would do, or proposes it.
func (c *correctionPropose) Run(ctx context.Context, a *app) error {
	token, err := tokenOf(c.Token)
	if err != nil {
		return err
	}
	file, err := (&fileFlags{File: c.File}).open(a)
	if err != nil {
		return err
	}
	defer file.Close() //nolint:errcheck // only read
	content, err := io.ReadAll(io.LimitReader(file, fileMax))
	if err != nil {
		return err
	}
	in := service.Proposal{Payer: c.UNP, Content: content, Ground: c.Ground,
		Reason: c.Reason, Preview: token}
	if c.Token == "" {
		return a.read(ctx, func(ctx context.Context, s *session) error {
			return c.show(ctx, a, s, in)
		})
	}
	return a.write(ctx, func(ctx context.Context, s *session) error {
		answer, err := s.ProposeOrder(ctx, a.actor(roleOfficer), in)
		if err != nil {
			return a.stale(err)
		}
		return s.tellOrder(a, answer.Value)
	})
}

func (c *correctionPropose) show(ctx context.Context, a *app, s *session, in service.Proposal,
) error {
	answer := previewAnswer{Findings: []control.Finding{}}
	var err error
	answer.PreviewView, err = s.PreviewProposal(ctx, a.actor(roleOfficer), in,
		func(f control.Finding) error {
			if answer.FindingsTotal++; len(answer.Findings) < findingsListed {
				answer.Findings = append(answer.Findings, f)
			}
			return nil
		})
	if err != nil {
		return err
	}
	answer.Truncated = len(answer.Findings) < answer.FindingsTotal
	err = a.term.answer(answer, func() {
		printPreview(a, answer)
		sayUnrecorded(a, answer.PreviewView, "Give the same with --preview TOKEN to propose it.")
	})
	return ruled(err, answer.Outcome, answer.Rejected)
}

// orderArgs name an order.
type orderArgs struct {
	UNP   string `arg:"" help:"The payer."`
	Order string `arg:"" help:"The order."`
}

func (c *orderArgs) step() (service.OrderStep, error) {
	id, err := uuid.Parse(c.Order)
	if err != nil {
		return service.OrderStep{}, usage("an order is named by its identifier: %w", err)
	}
	return service.OrderStep{Payer: c.UNP, Order: id}, nil
}

// correctionApprove has an order carried out.
type correctionApprove struct {
	orderArgs
	Token  string `name:"preview" placeholder:"TOKEN" help:"Approve what this preview showed."`
	Reason string `placeholder:"TEXT" help:"Why; needed with --preview."`
	Ground string `placeholder:"TEXT" help:"The act and article relied on; needed with --preview."`
}

// Run shows what the order would do now, or approves it.
func (c *correctionApprove) Run(ctx context.Context, a *app) error {
	step, err := c.step()
	if err != nil {
		return err
	}
	token, err := tokenOf(c.Token)
	if err != nil {
		return err
	}
	caller := a.actor(roleOfficer)
	if c.Token == "" {
		return a.read(ctx, func(ctx context.Context, s *session) error {
			view, findings, err := s.PreviewOrder(ctx, caller, step.Payer, step.Order)
			if err != nil {
				return err
			}
			answer := previewAnswer{PreviewView: view, Findings: findings,
				FindingsTotal: len(findings)}
			return a.term.answer(answer, func() {
				printPreview(a, answer)
				sayUnrecorded(a, view,
					"Give --preview TOKEN with --reason and --ground to approve it.")
			})
		})
	}
	step.Text, step.Ground = c.Reason, c.Ground
	return a.write(ctx, func(ctx context.Context, s *session) error {
		received, err := s.ApproveOrder(ctx, caller, step, token)
		if err != nil {
			return a.stale(err)
		}
		return s.follow(ctx, a, caller, received)
	})
}

type stepOn func(context.Context, service.Caller, service.OrderStep,
) (service.Answer[service.OrderView], error)

// take has a step taken on the order.
func (c *orderArgs) take(ctx context.Context, a *app, role string, said service.OrderStep,
	do func(*session) stepOn) error {
	step, err := c.step()
	if err != nil {
		return err
	}
	said.Payer, said.Order = step.Payer, step.Order
	return a.write(ctx, func(ctx context.Context, s *session) error {
		answer, err := do(s)(ctx, a.actor(role), said)
		if err != nil {
			return err
		}
		return s.tellOrder(a, answer.Value)
	})
}

// correctionDecline ends an order that is not carried out.
type correctionDecline struct {
	orderArgs
	why
}

// Run declines.
func (c *correctionDecline) Run(ctx context.Context, a *app) error {
	return c.take(ctx, a, roleOfficer, service.OrderStep{Text: c.Reason, Ground: c.Ground},
		func(s *session) stepOn { return s.DeclineOrder })
}

// correctionObject is the payer's objection.
type correctionObject struct {
	orderArgs
	Text   string `required:"" placeholder:"TEXT" help:"What is wrong with the order."`
	Ground string `placeholder:"TEXT" help:"The act and article relied on."`
}

// Run objects.
func (c *correctionObject) Run(ctx context.Context, a *app) error {
	return c.take(ctx, a, rolePayer, service.OrderStep{Text: c.Text, Ground: c.Ground},
		func(s *session) stepOn { return s.ObjectToOrder })
}

// correctionReply answers the payer's objection.
type correctionReply struct {
	orderArgs
	why
	Upheld bool `help:"The objection is right."`
}

// Run answers.
func (c *correctionReply) Run(ctx context.Context, a *app) error {
	return c.take(ctx, a, roleOfficer, service.OrderStep{Text: c.Reason, Ground: c.Ground,
		Upheld: c.Upheld}, func(s *session) stepOn { return s.AnswerObjection })
}

// correctionList lists orders.
type correctionList struct {
	UNP    string `arg:"" optional:"" help:"The payer; without one, orders that wait."`
	Region string `placeholder:"DIGIT" help:"Only orders of a region."`
}

// ordersListed bounds one answer.
const ordersListed = 1000

// Run lists the orders on a payer, or those that wait in the caller's office.
func (c *correctionList) Run(ctx context.Context, a *app) error {
	return a.read(ctx, func(ctx context.Context, s *session) error {
		if err := s.caughtUp(ctx); err != nil {
			return err
		}
		page, err := s.Orders(ctx, a.actor(roleOfficer), order.Filter{Payer: c.UNP,
			Office: a.Office, Region: c.Region}, "", ordersListed, service.Read{})
		if err != nil {
			return err
		}
		return a.term.answer(page.Items, func() {
			t := newTable("ORDER", "PAYER", "STATE", ">DOCUMENTS", "BY", "OBJECT UNTIL",
				"OBJECTION", "RECEIPT")
			for _, o := range page.Items {
				t.add(o.Order.String(), o.Payer, o.State, countText(o.Documents),
					clean(o.ProposedBy, 30), dateText(o.ObjectUntil), objectionText(o),
					o.Receipt)
			}
			t.print(a.term)
		})
	})
}

func objectionText(o service.OrderView) string {
	n := len(o.Objections)
	switch {
	case n == 0:
		return ""
	case o.Objections[n-1].Answer == "":
		return "open"
	case o.Objections[n-1].Upheld:
		return "upheld"
	}
	return "answered"
}

// tellOrder shows an order.
func (s *session) tellOrder(a *app, o service.OrderView) error {
	return a.term.answer(o, func() {
		a.term.printf("Order     %s on payer %s: %s, %s documents\n", o.Order, o.Payer, o.State,
			countText(o.Documents))
		a.term.printf("Reason    %s (%s)\n", clean(o.Reason, 0), clean(o.Ground, 0))
		a.term.printf("Proposed  by %s, %s\n", clean(o.ProposedBy, 60),
			o.ProposedAt.UTC().Format(timeForm))
		if !o.ObjectUntil.IsZero() {
			a.term.printf("Objection until %s\n", o.ObjectUntil)
		}
		for _, x := range o.Objections {
			a.term.printf("Objection %s\n", clean(x.Text, 0))
			if x.Answer != "" {
				word := "not upheld"
				if x.Upheld {
					word = "upheld"
				}
				a.term.printf("Answer    %s: %s (%s)\n", word, clean(x.Answer, 0),
					clean(x.AnswerGround, 0))
			}
		}
		if o.Decision != "" {
			a.term.printf("Decision  %s by %s: %s (%s)\n", o.State, clean(o.DecidedBy, 60),
				clean(o.Decision, 0), clean(o.DecisionGround, 0))
		}
	})
}
