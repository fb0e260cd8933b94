package main

import (
	"context"

	"github.com/google/uuid"

	"github.com/stazh/stazh/commands"
	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/ledger/period"
)

// confirmationPropose lays months before a second officer.
type confirmationPropose struct {
	personArg
	groundFlags
	From        month `required:"" placeholder:"YYYY-MM" help:"First month."`
	To          month `required:"" placeholder:"YYYY-MM" help:"Last month."`
	AppealUntil date  `placeholder:"YYYY-MM-DD" help:"Last day on which the person may object."`
}

// Run proposes once.
func (c *confirmationPropose) Run(ctx context.Context, a *app) error {
	return a.onPerson(ctx, c.personArg, func(ctx context.Context, s *session,
		id ledger.PersonID) error {
		x, err := s.ProposeConfirmation(ctx, a.actor(roleOfficer), commands.ProposeConfirmation{
			Person: id, From: period.Month(c.From), To: period.Month(c.To),
			AppealUntil: period.Date(c.AppealUntil), Reason: c.Reason, Ground: c.Ground})
		return a.recorded("The proposal to confirm", x, err)
	})
}

// confirmationArg names a confirmation of a person.
type confirmationArg struct {
	personArg
	Confirmation uuid.UUID `arg:"" help:"Identifier of the confirmation."`
	groundFlags
}

// confirmationSetAside proposes to take a confirmation back.
type confirmationSetAside struct{ confirmationArg }

// Run proposes once.
func (c *confirmationSetAside) Run(ctx context.Context, a *app) error {
	return a.onPerson(ctx, c.personArg, func(ctx context.Context, s *session,
		id ledger.PersonID) error {
		x, err := s.ProposeSetAside(ctx, a.actor(roleOfficer), commands.ProposeSetAside{
			Person: id, Confirmation: c.Confirmation, Reason: c.Reason, Ground: c.Ground})
		return a.recorded("The proposal to set aside", x, err)
	})
}

// confirmationApprove carries out what another officer has proposed.
type confirmationApprove struct{ confirmationArg }

// Run decides.
func (c *confirmationApprove) Run(ctx context.Context, a *app) error {
	return c.decide(ctx, a, true)
}

// confirmationReturn refuses what another officer has proposed.
type confirmationReturn struct{ confirmationArg }

// Run decides.
func (c *confirmationReturn) Run(ctx context.Context, a *app) error {
	return c.decide(ctx, a, false)
}

func (c *confirmationArg) decide(ctx context.Context, a *app, approve bool) error {
	return a.onPerson(ctx, c.personArg, func(ctx context.Context, s *session,
		id ledger.PersonID) error {
		x, err := s.DecideConfirmation(ctx, a.actor(roleOfficer), commands.DecideConfirmation{
			Person: id, Confirmation: c.Confirmation, Approve: approve, Reason: c.Reason,
			Ground: c.Ground})
		return a.recorded("The decision on", x, err)
	})
}

// confirmationList lists a person's confirmations.
type confirmationList struct {
	personArg
	readFlags
}

// Run lists them in the order of proposal.
func (c *confirmationList) Run(ctx context.Context, a *app) error {
	return a.onPerson(ctx, c.personArg, func(ctx context.Context, s *session,
		id ledger.PersonID) error {
		read, err := s.asOf(ctx, c.AsOf, c.At)
		if err != nil {
			return err
		}
		x, err := s.Confirmations(ctx, a.actor(roleOfficer), id, read)
		if err != nil {
			return err
		}
		return a.term.answer(x.Value, func() {
			t := newTable("FROM", "TO", "STATE", "PROPOSED BY", "DECIDED BY", "IDENTIFIER")
			for _, v := range x.Value {
				t.add(v.From.String(), v.To.String(), v.State, clean(v.Author, 30),
					clean(v.DecidedBy, 30), v.ID.String())
			}
			t.print(a.term)
		})
	})
}
