package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"

	"github.com/stazh/stazh/api/service"
	"github.com/stazh/stazh/commands"
	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/ledger/period"
)

// detailsFlag reads what a claim says. It is personal data and never stands on a command
// line, which other users of the machine can see.
type detailsFlag struct {
	Details string `placeholder:"FILE" help:"JSON object of details; - for standard input."`
}

// detailsMax bounds the details of a claim.
const detailsMax = 1 << 20

func (f *detailsFlag) read(a *app) (service.Details, error) {
	if f.Details == "" {
		return nil, nil
	}
	file, err := (&fileFlags{File: f.Details}).open(a)
	if err != nil {
		return nil, err
	}
	defer file.Close() //nolint:errcheck // only read
	text, err := io.ReadAll(io.LimitReader(file, detailsMax))
	if err != nil {
		return nil, fmt.Errorf("read the details: %w", err)
	}
	var details service.Details
	if err := json.Unmarshal(text, &details); err != nil {
		return nil, usage("the details are no JSON object: see `%s pension kinds --json`", program())
	}
	return details, nil
}

// pensionClaim opens a case.
type pensionClaim struct {
	personArg
	detailsFlag
	Kind      string `default:"old_age" help:"Kind of benefit; see pension kinds."`
	ClaimedOn date   `placeholder:"YYYY-MM-DD" help:"Day of the claim; today by default."`
	From      date   `placeholder:"YYYY-MM-DD" help:"Day asked from; that of the claim by default."`
	Ground    string `placeholder:"TEXT" help:"The act relied on."`
}

// Run records the claim once.
func (c *pensionClaim) Run(ctx context.Context, a *app) error {
	details, err := c.read(a)
	if err != nil {
		return err
	}
	return a.onPerson(ctx, c.personArg, func(ctx context.Context, s *session,
		id ledger.PersonID) error {
		x, err := s.ClaimBenefit(ctx, a.actor(roleOfficer), commands.ClaimBenefit{Person: id,
			Kind: c.Kind, ClaimedOn: period.Date(c.ClaimedOn), From: period.Date(c.From),
			Details: details, Ground: c.Ground})
		return a.recorded("Claim", x, err)
	})
}

// caseArg names a case of a person.
type caseArg struct {
	personArg
	Case string `arg:"" optional:"" help:"Identifier of the case; the newest by default."`
}

// onCase opens the ledger for a command on a case.
func (a *app) onCase(ctx context.Context, x caseArg,
	do func(context.Context, *session, ledger.PersonID, service.CaseView) error) error {
	return a.onPerson(ctx, x.personArg, func(ctx context.Context, s *session,
		id ledger.PersonID) error {
		read, err := s.asOf(ctx, moment{}, 0)
		if err != nil {
			return err
		}
		list, err := s.PersonCases(ctx, a.actor(roleOfficer), id, read)
		if err != nil {
			return err
		}
		for i := len(list.Value) - 1; i >= 0; i-- {
			if v := list.Value[i]; x.Case == "" || x.Case == v.Case.String() ||
				x.Case == v.Calculation.String() {
				return do(ctx, s, id, v)
			}
		}
		return fmt.Errorf("the person has no such case: see `%s pension show`", program())
	})
}

// pensionEvidence adds a document to a case.
type pensionEvidence struct {
	caseArg
	detailsFlag
	Ground string        `placeholder:"TEXT" help:"The act relied on."`
	Proof  evidenceFlags `embed:""`
}

// Run records it.
func (c *pensionEvidence) Run(ctx context.Context, a *app) error {
	details, err := c.read(a)
	if err != nil {
		return err
	}
	return a.onCase(ctx, c.caseArg, func(ctx context.Context, s *session, id ledger.PersonID,
		v service.CaseView) error {
		x, err := s.RecordBenefitEvidence(ctx, a.actor(roleOfficer),
			commands.RecordBenefitEvidence{Person: id, Case: v.Case,
				Evidence: c.Proof.evidence(a), Details: details, Ground: c.Ground})
		return a.recorded("Evidence for case", x, err)
	})
}

// pensionCalculate has a case calculated.
type pensionCalculate struct {
	caseArg
	From   date   `placeholder:"YYYY-MM-DD" help:"First day of a recalculated amount."`
	Ground string `placeholder:"TEXT" help:"The act relied on."`
}

// Run lays the calculation before a second officer.
func (c *pensionCalculate) Run(ctx context.Context, a *app) error {
	return a.onCase(ctx, c.caseArg, func(ctx context.Context, s *session, id ledger.PersonID,
		v service.CaseView) error {
		x, err := s.CalculateBenefit(ctx, a.actor(roleOfficer), commands.CalculateBenefit{
			Person: id, Case: v.Case, From: period.Date(c.From), Ground: c.Ground})
		if err != nil {
			return err
		}
		return a.term.answer(x.Value, func() {
			printResult(a.term, x.Value)
			a.term.printf("Calculation %s waits for another officer's decision.\n",
				x.Value.Calculation)
		})
	})
}

// printResult says in a line what a calculation found.
func printResult(term *terminal, v service.CalculationView) {
	if v.Entitled {
		term.printf("%s %s BYN %s from %s%s.\n", term.mark(true), v.Amount, paysWord(v.Pays),
			v.From, formWord(v.Form))
		return
	}
	term.printf("%s No right on %s:\n", term.mark(false), v.From)
	printUnmet(term, v.Unmet)
}

func paysWord(pays string) string {
	switch pays {
	case "monthly":
		return "a month"
	case "once":
		return "once"
	}
	return "for the time"
}

func formWord(form string) string {
	if form == "" {
		return ""
	}
	return ", " + form
}

// pensionApprove is the second officer's decision.
type pensionApprove struct {
	caseArg
	Ground string `required:"" placeholder:"TEXT" help:"The act and article relied on."`
}

// Run decides as the calculation found.
func (c *pensionApprove) Run(ctx context.Context, a *app) error {
	return a.onCase(ctx, c.caseArg, func(ctx context.Context, s *session, id ledger.PersonID,
		v service.CaseView) error {
		x, err := s.ApproveCalculation(ctx, a.actor(roleOfficer), commands.ApproveCalculation{
			Person: id, Calculation: v.Calculation, Ground: c.Ground})
		if err != nil {
			return err
		}
		return a.term.answer(x.Value, func() {
			if x.Value.Entitled {
				a.term.printf("%s Case %s is awarded.\n", a.term.mark(true), x.Value.Case)
				return
			}
			a.term.printf("%s Case %s is refused.\n", a.term.mark(false), x.Value.Case)
		})
	})
}

// pensionReturn sends a calculation back.
type pensionReturn struct {
	caseArg
	Reason string `required:"" placeholder:"TEXT" help:"What its author has to mend."`
	Ground string `required:"" placeholder:"TEXT" help:"The act and article relied on."`
}

// Run returns it.
func (c *pensionReturn) Run(ctx context.Context, a *app) error {
	return a.onCase(ctx, c.caseArg, func(ctx context.Context, s *session, id ledger.PersonID,
		v service.CaseView) error {
		x, err := s.ReturnCalculation(ctx, a.actor(roleOfficer), commands.ReturnCalculation{
			Person: id, Calculation: v.Calculation, Reason: c.Reason, Ground: c.Ground})
		return a.recorded("The return of calculation", x, err)
	})
}

// pensionWithdraw ends a claim.
type pensionWithdraw struct {
	caseArg
	Reason string `required:"" placeholder:"TEXT" help:"Why."`
	Ground string `placeholder:"TEXT" help:"The act relied on."`
}

// Run ends it.
func (c *pensionWithdraw) Run(ctx context.Context, a *app) error {
	return a.onCase(ctx, c.caseArg, func(ctx context.Context, s *session, id ledger.PersonID,
		v service.CaseView) error {
		x, err := s.WithdrawClaim(ctx, a.actor(roleOfficer), commands.WithdrawClaim{
			Person: id, Case: v.Case, Reason: c.Reason, Ground: c.Ground})
		return a.recorded("The withdrawal of claim", x, err)
	})
}

// pensionTerminate ends a benefit.
type pensionTerminate struct {
	caseArg
	Last   date   `required:"" placeholder:"YYYY-MM-DD" help:"Last day that is paid for."`
	Cause  string `required:"" placeholder:"CODE" help:"Why, such as death."`
	Ground string `required:"" placeholder:"TEXT" help:"The act and article relied on."`
}

// Run ends it.
func (c *pensionTerminate) Run(ctx context.Context, a *app) error {
	return a.onCase(ctx, c.caseArg, func(ctx context.Context, s *session, id ledger.PersonID,
		v service.CaseView) error {
		x, err := s.TerminateBenefit(ctx, a.actor(roleOfficer), commands.TerminateBenefit{
			Person: id, Case: v.Case, Last: period.Date(c.Last), Cause: c.Cause,
			Ground: c.Ground})
		return a.recorded("The end of case", x, err)
	})
}
