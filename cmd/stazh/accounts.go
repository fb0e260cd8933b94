package main

import (
	"context"
	"crypto/sha256"
	"fmt"
	"io"
	"os"

	"github.com/google/uuid"

	"github.com/stazh/stazh/api/service"
	"github.com/stazh/stazh/commands"
	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/ledger/account"
	"github.com/stazh/stazh/ledger/event"
)

// groundFlags say by which act and why; both are needed.
type groundFlags struct {
	Ground string `required:"" placeholder:"TEXT" help:"The act and article relied on."`
	Reason string `required:"" placeholder:"TEXT" help:"Why; it is kept sealed."`
}

// documentFlags name a document by its file, whose hash is recorded.
type documentFlags struct {
	evidenceFlags
	Document string `required:"" type:"existingfile" placeholder:"FILE" help:"The document."`
}

func (f *documentFlags) evidence(a *app) (event.Evidence, error) {
	e := f.evidenceFlags.evidence(a)
	file, err := os.Open(f.Document)
	if err != nil {
		return e, err
	}
	defer file.Close() //nolint:errcheck // only read
	sum := sha256.New()
	if _, err := io.Copy(sum, file); err != nil {
		return e, fmt.Errorf("read %s: %w", f.Document, err)
	}
	e.SHA256 = ledger.Hash(sum.Sum(nil))
	return e, nil
}

// accountProposal proposes a decision on accounts.
type accountProposal struct {
	groundFlags
	Proof documentFlags `embed:""`
}

func (c *accountProposal) propose(ctx context.Context, a *app, kind, survivor, absorbed string,
) error {
	evidence, err := c.Proof.evidence(a)
	if err != nil {
		return err
	}
	return a.onPerson(ctx, personArg{survivor}, func(ctx context.Context, s *session,
		id ledger.PersonID) error {
		command := commands.ProposeAccountDecision{Kind: kind, Survivor: id, Ground: c.Ground,
			Reason: c.Reason, Evidence: evidence}
		if absorbed != "" {
			if command.Absorbed, err = s.personID(absorbed); err != nil {
				return err
			}
		}
		x, err := s.ProposeAccountDecision(ctx, a.actor(roleOfficer), command)
		if err != nil {
			return err
		}
		return a.term.answer(done{x.Value, x.Position}, func() {
			a.term.printf("Decision %s waits for another officer.\n", x.Value)
		})
	})
}

// personMerge proposes to join two accounts.
type personMerge struct {
	Survivor string `arg:"" help:"Number or identifier of the account that stays."`
	Absorbed string `arg:"" help:"That of the account to merge into it."`
	accountProposal
}

// Run proposes the merge.
func (c *personMerge) Run(ctx context.Context, a *app) error {
	return c.propose(ctx, a, event.MergeAccounts, c.Survivor, c.Absorbed)
}

// personSplit proposes to take two accounts apart again.
type personSplit struct {
	Survivor string `arg:"" help:"Number or identifier of the account that stayed."`
	Absorbed string `arg:"" help:"That of the account that was merged into it."`
	accountProposal
}

// Run proposes the split.
func (c *personSplit) Run(ctx context.Context, a *app) error {
	return c.propose(ctx, a, event.SplitAccounts, c.Survivor, c.Absorbed)
}

// personConfirm proposes to confirm a provisional account.
type personConfirm struct {
	Person string `arg:"" help:"Number or identifier of the account."`
	accountProposal
}

// Run proposes the confirmation.
func (c *personConfirm) Run(ctx context.Context, a *app) error {
	return c.propose(ctx, a, event.ConfirmIdentity, c.Person, "")
}

// personProvisional opens a provisional account.
type personProvisional struct {
	Number     string `arg:"" help:"Personal number, or - to read it."`
	Surname    string `required:"" placeholder:"TEXT" help:"Surname."`
	Name       string `required:"" placeholder:"TEXT" help:"Name."`
	Patronymic string `placeholder:"TEXT" help:"Patronymic."`
	accountProposal
}

// Run opens it.
func (c *personProvisional) Run(ctx context.Context, a *app) error {
	number, err := a.argument(c.Number)
	if err != nil {
		return err
	}
	evidence, err := c.Proof.evidence(a)
	if err != nil {
		return err
	}
	return a.read(ctx, func(ctx context.Context, s *session) error {
		x, err := s.OpenProvisional(ctx, a.actor(roleOfficer), commands.OpenProvisional{
			Ground: c.Ground, Reason: c.Reason, Evidence: evidence,
			Personal: event.PersonalData{PersonalNo: number, Surname: c.Surname, Name: c.Name,
				Patronymic: c.Patronymic}})
		return a.recorded("Provisional account", x, err)
	})
}

// decisionArg names a decision on a person's accounts.
type decisionArg struct {
	personArg
	Decision string `arg:"" optional:"" help:"Identifier; the newest that waits by default."`
}

// onDecision opens the ledger for a command on a decision.
func (a *app) onDecision(ctx context.Context, x decisionArg,
	do func(context.Context, *session, commands.DecideAccounts) error) error {
	return a.onPerson(ctx, x.personArg, func(ctx context.Context, s *session,
		id ledger.PersonID) error {
		if x.Decision != "" {
			decision, err := uuid.Parse(x.Decision)
			if err != nil {
				return usage("%q is no identifier of a decision", x.Decision)
			}
			return do(ctx, s, commands.DecideAccounts{Person: id, Decision: decision})
		}
		read, err := s.asOf(ctx, moment{}, 0)
		if err != nil {
			return err
		}
		list, err := s.AccountDecisions(ctx, a.actor(roleOfficer), id, read)
		if err != nil {
			return err
		}
		for i := len(list.Value) - 1; i >= 0; i-- {
			if d := list.Value[i]; d.State == account.DecisionProposed {
				return do(ctx, s, commands.DecideAccounts{Person: id, Decision: d.Decision})
			}
		}
		return fmt.Errorf("no decision waits: see `%s person decisions`", program())
	})
}

// personApprove carries a decision on accounts out.
type personApprove struct {
	decisionArg
	groundFlags
}

// Run approves it.
func (c *personApprove) Run(ctx context.Context, a *app) error {
	return a.onDecision(ctx, c.decisionArg, func(ctx context.Context, s *session,
		command commands.DecideAccounts) error {
		command.Ground, command.Reason = c.Ground, c.Reason
		x, err := s.ApproveAccountDecision(ctx, a.actor(roleOfficer), command)
		return a.recorded("Decision", x, err)
	})
}

// personReturn refuses a decision on accounts.
type personReturn struct {
	decisionArg
	groundFlags
}

// Run returns it.
func (c *personReturn) Run(ctx context.Context, a *app) error {
	return a.onDecision(ctx, c.decisionArg, func(ctx context.Context, s *session,
		command commands.DecideAccounts) error {
		command.Ground, command.Reason = c.Ground, c.Reason
		x, err := s.ReturnAccountDecision(ctx, a.actor(roleOfficer), command)
		return a.recorded("The return of decision", x, err)
	})
}

// personDecisions lists decisions on accounts.
type personDecisions struct {
	personArg
	readFlags
}

// Run lists them in the order of proposal.
func (c *personDecisions) Run(ctx context.Context, a *app) error {
	return a.onPerson(ctx, c.personArg, func(ctx context.Context, s *session,
		id ledger.PersonID) error {
		read, err := s.asOf(ctx, c.AsOf, c.At)
		if err != nil {
			return err
		}
		list, err := s.AccountDecisions(ctx, a.actor(roleOfficer), id, read)
		if err != nil {
			return err
		}
		return a.term.answer(list.Value, func() { printDecisions(a.term, list.Value) })
	})
}

func printDecisions(term *terminal, list []service.AccountDecision) {
	if len(list) == 0 {
		term.printf("Nothing was decided on the accounts.\n")
		return
	}
	t := newTable("KIND", "STATE", "PROPOSED BY", "DECIDED BY", "DOCUMENT", "ABSORBED", "DECISION")
	for _, d := range list {
		absorbed := "-"
		if d.Absorbed != uuid.Nil {
			absorbed = d.Absorbed.String()
		}
		t.add(d.Kind, string(d.State), clean(d.Author, 30), clean(d.DecidedBy, 30),
			d.Evidence.Item, absorbed, d.Decision.String())
	}
	t.print(term)
}
