package main

import (
	"context"

	"github.com/google/uuid"

	"github.com/stazh/stazh/api/service"
	"github.com/stazh/stazh/commands"
	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/ledger/event"
	"github.com/stazh/stazh/ledger/money"
	"github.com/stazh/stazh/ledger/period"
)

// indexPublish publishes a decree.
type indexPublish struct {
	Rule    string   `arg:"" help:"AD-1 (wages), AD-2 (minimum) or AD-3 (share of the level)."`
	Kind    []string `placeholder:"KIND" help:"Kind of benefit; all that follow the rule by default."`
	From    date     `required:"" placeholder:"YYYY-MM-DD" help:"First day of the new amounts."`
	OldWage string   `placeholder:"BYN" help:"Average wage before, for AD-1."`
	NewWage string   `placeholder:"BYN" help:"Average wage now, for AD-1."`
	Act     string   `required:"" placeholder:"TEXT" help:"The decree."`
	Source  string   `placeholder:"TEXT" help:"Where it was read."`
	Ground  string   `placeholder:"TEXT" help:"The act that the publication relies on."`
}

// Run publishes; doing it again with the same decree does nothing.
func (c *indexPublish) Run(ctx context.Context, a *app) error {
	command := commands.PublishIndexation{Ground: c.Ground, Rule: c.Rule, Kinds: c.Kind,
		From: period.Date(c.From), Act: c.Act, Source: c.Source}
	for _, wage := range []struct {
		text string
		to   *money.Amount
	}{{c.OldWage, &command.OldWage}, {c.NewWage, &command.NewWage}} {
		if wage.text == "" {
			continue
		}
		var err error
		if *wage.to, err = money.Parse(wage.text); err != nil {
			return usage("wage %q: %w", wage.text, err)
		}
	}
	return a.write(ctx, func(ctx context.Context, s *session) error {
		done, err := s.PublishIndexation(ctx, a.actor(roleOfficer), command)
		if err != nil {
			return err
		}
		return a.term.answer(decreed{done.Value, done.Position}, func() {
			a.term.printf("Decree %s is published.\n", done.Value)
			a.term.say("See what it would change with `%s index simulate %s`.", program(),
				done.Value)
		})
	})
}

// decreed tells which decree or run was recorded.
type decreed struct {
	ID       uuid.UUID       `json:"id"`
	Position ledger.Position `json:"position"`
}

// indexSimulate computes what a decree would change.
type indexSimulate struct {
	Decree uuid.UUID `arg:"" help:"Identifier of the decree."`
}

// Run computes and records nothing.
func (c *indexSimulate) Run(ctx context.Context, a *app) error {
	return a.read(ctx, func(ctx context.Context, s *session) error {
		done, err := s.SimulateIndexation(ctx, a.actor(roleOfficer), c.Decree)
		if err != nil {
			return err
		}
		return a.term.answer(done.Value, func() {
			printReport(a.term, done.Value)
			a.term.say("Nothing was recorded.")
		})
	})
}

// indexPrepare lays a run before the second officer.
type indexPrepare struct {
	Decree uuid.UUID `arg:"" help:"Identifier of the decree."`
	Ground string    `placeholder:"TEXT" help:"The act that the run relies on."`
}

// Run simulates and records what was found.
func (c *indexPrepare) Run(ctx context.Context, a *app) error {
	return a.read(ctx, func(ctx context.Context, s *session) error {
		done, err := s.PrepareIndexation(ctx, a.actor(roleOfficer),
			commands.PrepareIndexation{Decree: c.Decree, Ground: c.Ground})
		if err != nil {
			return err
		}
		return a.term.answer(done.Value, func() {
			printReport(a.term, done.Value.Simulated)
			a.term.printf("Run %s waits for another officer.\n", done.Value.Run)
		})
	})
}

// indexApprove has a run carried out.
type indexApprove struct {
	Number uuid.UUID `arg:"" name:"run" help:"Identifier of the run."`
	Ground string    `required:"" placeholder:"TEXT" help:"The act and article relied on."`
	NoWait bool      `help:"Do not wait until the run is completed."`
}

// Run approves and waits for the result.
func (c *indexApprove) Run(ctx context.Context, a *app) error {
	return a.read(ctx, func(ctx context.Context, s *session) error {
		caller := a.actor(roleOfficer)
		done, err := s.ApproveIndexation(ctx, caller,
			commands.ApproveIndexation{Run: c.Number, Ground: c.Ground})
		if err != nil {
			return err
		}
		if c.NoWait {
			return a.term.answer(decreed{done.Value, done.Position}, func() {
				a.term.printf("Run %s is approved; a server carries it out.\n", c.Number)
			})
		}
		a.term.say("Approved. An interrupted run goes on when a server or another command runs.")
		decree, err := s.WaitIndexed(ctx, caller, c.Number)
		if err != nil {
			return err
		}
		return a.term.answer(decree.Value, func() { printDecree(a.term, decree.Value) })
	})
}

// indexStatus shows a decree.
type indexStatus struct {
	Decree uuid.UUID `arg:"" help:"Identifier of the decree."`
}

// Run shows what the decree's runs changed.
func (c *indexStatus) Run(ctx context.Context, a *app) error {
	return a.read(ctx, func(ctx context.Context, s *session) error {
		found, err := s.Indexation(ctx, a.actor(roleOfficer), c.Decree, service.Read{})
		if err != nil {
			return err
		}
		return a.term.answer(found.Value, func() { printDecree(a.term, found.Value) })
	})
}

// indexList lists the decrees.
type indexList struct{}

// Run lists the latest one first.
func (*indexList) Run(ctx context.Context, a *app) error {
	return a.read(ctx, func(ctx context.Context, s *session) error {
		found, err := s.Indexations(ctx, a.actor(roleOfficer), service.Read{})
		if err != nil {
			return err
		}
		page := service.Page[service.IndexationView]{Items: found.Value, Position: found.Position}
		return a.term.answer(listOf(page), func() {
			t := newTable("DECREE", "RULE", "FROM", ">RUNS", "LAST RUN", "ACT")
			for _, d := range found.Value {
				last := "-"
				if n := len(d.Runs); n > 0 {
					last = string(d.Runs[n-1].State)
				}
				t.add(d.Decree.String(), d.Rule, d.From.String(), grouped(int64(len(d.Runs))), last,
					clean(d.Act, 60))
			}
			t.print(a.term)
		})
	})
}

func printDecree(term *terminal, d service.IndexationView) {
	term.printf("%s  %s from %s\n", term.paint(bold, d.Decree.String()), d.Rule, d.From)
	if d.NewWage > 0 {
		term.printf("Average wage %s → %s BYN\n", d.OldWage, d.NewWage)
	}
	term.printf("%s\n", clean(d.Act, 100))
	for _, r := range d.Runs {
		term.printf("\nRun %s: %s, prepared by %s", r.Run, r.State, clean(r.PreparedBy, 40))
		if r.ApprovedBy != "" {
			term.printf(", approved by %s", clean(r.ApprovedBy, 40))
		}
		term.printf("\n")
		if r.Result == nil {
			printReport(term, r.Simulated)
			continue
		}
		printReport(term, *r.Result)
		if diff := r.Result.Benefits - r.Simulated.Benefits; diff != 0 ||
			r.Result.New != r.Simulated.New {
			term.printf("Moved since the simulation: %+d benefits, %s BYN a month\n", diff,
				r.Result.New-r.Simulated.New)
		}
	}
}

func printReport(term *terminal, r service.IndexationReportView) {
	term.printf("%s benefits, %s → %s BYN a month\n", grouped(int64(r.Benefits)), r.Old, r.New)
	t := newTable("", "CODE", ">BENEFITS", ">BEFORE", ">AFTER")
	for _, group := range []struct {
		title string
		parts []event.IndexationPart
	}{{"kind", r.Kinds}, {"region", r.Regions}, {"office", r.Offices}} {
		for _, p := range group.parts {
			t.add(group.title, p.Code, grouped(int64(p.Benefits)), p.Old.String(), p.New.String())
		}
	}
	if r.Benefits > 0 {
		t.print(term)
	}
	for _, l := range r.Left {
		term.printf("Left as they are, %s: %s\n", l.Reason, grouped(int64(l.Benefits)))
	}
}
