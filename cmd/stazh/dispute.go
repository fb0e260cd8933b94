package main

import (
	"context"
	"fmt"

	"github.com/google/uuid"

	"github.com/stazh/stazh/api/service"
	"github.com/stazh/stazh/commands"
	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/ledger/account"
	"github.com/stazh/stazh/ledger/event"
	"github.com/stazh/stazh/ledger/period"
	"github.com/stazh/stazh/projections/statement"
)

// lineFlags name a line of an account: a reported month, or its whole form or a run of
// service of it; an employment; a special period.
type lineFlags struct {
	Payer       string `placeholder:"UNP" help:"Payer of the month."`
	Month       month  `placeholder:"YYYY-MM" help:"Month that the payer reported."`
	Receipt     string `help:"Receipt of the report, where the payer sent several of the month."`
	Whole       bool   `help:"The whole form that the month stands in, not the month alone."`
	ServiceFrom date   `placeholder:"YYYY-MM-DD" help:"The form's run of service from that day."`
	Employment  string `placeholder:"ID" help:"Identifier of an employment, as --json shows it."`
	Period      string `placeholder:"ID" help:"Identifier of a special period."`
}

// line finds what the flags name in an account.
func (f *lineFlags) line(s statement.Statement) (line event.Line, err error) {
	for kind, text := range map[string]string{event.LineEmployment: f.Employment,
		event.LinePeriod: f.Period} {
		if text == "" {
			continue
		}
		if line.ID, err = uuid.Parse(text); err != nil {
			return line, usage("%q is no identifier of an %s", text, kind)
		}
		line.Kind = kind
		return line, nil
	}
	if f.Payer == "" || f.Month == 0 {
		return line, usage("name the line: --payer and --month, --employment, or --period")
	}
	var found []event.Slot
	for _, r := range s.Rows {
		if r.Payer == f.Payer && r.Month == period.Month(f.Month) &&
			(f.Receipt == "" || r.Receipt == f.Receipt) {
			found = append(found, event.Slot{Payer: r.Payer, Employment: r.Employment,
				Category: r.Category, ContractNo: r.ContractNo, Year: r.Year,
				Quarters: r.Quarters})
		}
	}
	if len(found) != 1 {
		return line, usage("%d reports of payer %s are of that month: name one by --receipt",
			len(found), f.Payer)
	}
	line = event.Line{Kind: event.LineMonth, Slot: found[0], Month: period.Month(f.Month)}
	switch {
	case f.ServiceFrom != 0:
		line = event.Line{Kind: event.LineService, Slot: found[0],
			From: period.Date(f.ServiceFrom)}
	case f.Whole:
		line = event.Line{Kind: event.LineSlot, Slot: found[0]}
	}
	return line, nil
}

// disputeOpen opens a dispute.
type disputeOpen struct {
	personArg
	lineFlags
	Text   string `required:"" placeholder:"TEXT" help:"What is wrong, or - to read it."`
	Ground string `placeholder:"TEXT" help:"The act relied on."`
}

// Run opens it.
func (c *disputeOpen) Run(ctx context.Context, a *app) error {
	text, err := a.argument(c.Text)
	if err != nil {
		return err
	}
	return a.onPerson(ctx, c.personArg, func(ctx context.Context, s *session,
		id ledger.PersonID) error {
		read, err := s.asOf(ctx, moment{}, 0)
		if err != nil {
			return err
		}
		caller := a.actor(roleOfficer)
		x, err := s.Account(ctx, caller, id, read, 0, 0)
		if err != nil {
			return err
		}
		line, err := c.line(x.Value)
		if err != nil {
			return err
		}
		opened, err := s.OpenDispute(ctx, caller, commands.OpenDispute{Person: id, Line: line,
			Text: text, Ground: c.Ground})
		return a.recorded("Dispute", opened, err)
	})
}

// disputeArg names a dispute of a person.
type disputeArg struct {
	personArg
	Dispute string `arg:"" optional:"" help:"Identifier; the newest that is open by default."`
}

// onDispute opens the ledger for a command on a dispute.
func (a *app) onDispute(ctx context.Context, x disputeArg,
	do func(context.Context, *session, ledger.PersonID, uuid.UUID) error) error {
	return a.onPerson(ctx, x.personArg, func(ctx context.Context, s *session,
		id ledger.PersonID) error {
		if x.Dispute != "" {
			dispute, err := uuid.Parse(x.Dispute)
			if err != nil {
				return usage("%q is no identifier of a dispute", x.Dispute)
			}
			return do(ctx, s, id, dispute)
		}
		read, err := s.asOf(ctx, moment{}, 0)
		if err != nil {
			return err
		}
		list, err := s.PersonDisputes(ctx, a.actor(roleOfficer), id, read)
		if err != nil {
			return err
		}
		for i := len(list.Value) - 1; i >= 0; i-- {
			if d := list.Value[i]; d.State != account.DisputeClosed {
				return do(ctx, s, id, d.Dispute)
			}
		}
		return fmt.Errorf("the person has no open dispute: see `%s dispute list`", program())
	})
}

// disputeAnswer answers a dispute: a payer's answer names the payer instead of the person.
type disputeAnswer struct {
	Dispute string `arg:"" help:"Identifier of the dispute."`
	Payer   string `placeholder:"UNP" help:"Who answers; an officer names --person instead."`
	Person  string `placeholder:"NUMBER" help:"Whose dispute an officer answers for the payer."`
	Accept  bool   `help:"The line is wrong and will be corrected."`
	Deny    bool   `help:"The line is right."`
	Text    string `placeholder:"TEXT" help:"The reason; a denial needs one."`
	Ground  string `placeholder:"TEXT" help:"The act relied on."`
}

// Run answers it.
func (c *disputeAnswer) Run(ctx context.Context, a *app) error {
	if c.Accept == c.Deny || (c.Payer == "") == (c.Person == "") {
		return usage("give either --accept or --deny, and either --payer or --person")
	}
	id, err := uuid.Parse(c.Dispute)
	if err != nil {
		return usage("%q is no identifier of a dispute", c.Dispute)
	}
	return a.read(ctx, func(ctx context.Context, s *session) error {
		command := commands.AnswerDispute{Dispute: id, Payer: c.Payer, Accepted: c.Accept,
			Text: c.Text, Ground: c.Ground}
		role := rolePayer
		if c.Person != "" {
			role = roleOfficer
			if command.Person, err = s.personID(c.Person); err != nil {
				return err
			}
		}
		x, err := s.AnswerDispute(ctx, a.actor(role), command)
		return a.recorded("The answer to dispute", x, err)
	})
}

// disputeDecide decides a dispute.
type disputeDecide struct {
	disputeArg
	groundFlags
	Uphold  bool `help:"The person is right: the line is to be corrected."`
	Dismiss bool `help:"The line is right."`
}

// Run decides it.
func (c *disputeDecide) Run(ctx context.Context, a *app) error {
	if c.Uphold == c.Dismiss {
		return usage("give either --uphold or --dismiss")
	}
	return a.onDispute(ctx, c.disputeArg, func(ctx context.Context, s *session,
		id ledger.PersonID, dispute uuid.UUID) error {
		x, err := s.DecideDispute(ctx, a.actor(roleOfficer), commands.DecideDispute{Person: id,
			Dispute: dispute, Upheld: c.Uphold, Text: c.Reason, Ground: c.Ground})
		return a.recorded("The decision of dispute", x, err)
	})
}

// disputeWithdraw withdraws a dispute.
type disputeWithdraw struct {
	disputeArg
	Text string `placeholder:"TEXT" help:"Why; it is kept sealed."`
}

// Run withdraws it.
func (c *disputeWithdraw) Run(ctx context.Context, a *app) error {
	return a.onDispute(ctx, c.disputeArg, func(ctx context.Context, s *session,
		id ledger.PersonID, dispute uuid.UUID) error {
		x, err := s.WithdrawDispute(ctx, a.actor(roleOfficer), commands.WithdrawDispute{
			Person: id, Dispute: dispute, Text: c.Text})
		return a.recorded("The withdrawal of dispute", x, err)
	})
}

// disputeList lists the disputes of a person, a payer or an office.
type disputeList struct {
	Person string `placeholder:"NUMBER" help:"All disputes of the person."`
	Payer  string `placeholder:"UNP" help:"Those that the payer has to answer or to correct."`
	Of     string `placeholder:"CODE" help:"Those that are open at the office."`
	Turn   string `enum:",payer,correction,fund" default:"" placeholder:"WHOSE" help:"${turn}"`
	Late   bool   `help:"Only those whose term has passed."`
	Limit  int    `default:"50" help:"How many."`
}

// Run lists them; those of payers and offices by the day they are due.
func (c *disputeList) Run(ctx context.Context, a *app) error {
	return a.read(ctx, func(ctx context.Context, s *session) error {
		read, err := s.asOf(ctx, moment{}, 0)
		if err != nil {
			return err
		}
		switch {
		case c.Person != "":
			id, err := s.personID(c.Person)
			if err != nil {
				return err
			}
			list, err := s.PersonDisputes(ctx, a.actor(roleOfficer), id, read)
			if err != nil {
				return err
			}
			return a.term.answer(list.Value, func() { printDisputes(a.term, list.Value) })
		case c.Payer != "":
			page, err := s.PayerDisputes(ctx, a.actor(rolePayer), c.Payer, "", c.Limit, read)
			if err != nil {
				return err
			}
			return a.term.answer(listOf(page), func() { printTasks(a.term, page.Items) })
		case c.Of != "":
			page, err := s.Disputes(ctx, a.actor(roleOfficer), service.DisputeFilter{
				Office: c.Of, Turn: account.Turn(c.Turn), Late: c.Late}, "", c.Limit, read)
			if err != nil {
				return err
			}
			return a.term.answer(listOf(page), func() { printDisputes(a.term, page.Items) })
		}
		return usage("name a --person, a --payer or an office by --of")
	})
}

func printDisputes(term *terminal, list []service.DisputeView) {
	tasks := make([]service.DisputeTask, len(list))
	for i := range list {
		tasks[i] = list[i].DisputeTask
	}
	printTasks(term, tasks)
}

func printTasks(term *terminal, list []service.DisputeTask) {
	if len(list) == 0 {
		term.printf("No disputes.\n")
		return
	}
	t := newTable("DUE", "STATE", "LINE", "PAYER", "TEXT", "DISPUTE")
	for _, d := range list {
		state := string(d.State)
		if d.Outcome != "" {
			state += ": " + string(d.Outcome)
		}
		t.add(dash(d.Due), state, lineText(d.Line), d.Payer, clean(d.Text, 40),
			d.Dispute.String())
	}
	t.print(term)
}

// lineText names a line in few words.
func lineText(l event.Line) string {
	switch l.Kind {
	case event.LineMonth:
		return "month " + l.Month.String()
	case event.LineService:
		return "service from " + l.From.String()
	case event.LineSlot:
		return fmt.Sprintf("form of %d, quarters %s", l.Slot.Year, l.Slot.Quarters)
	}
	return l.Kind
}
