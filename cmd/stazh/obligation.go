package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/google/uuid"

	"github.com/stazh/stazh/api/service"
	"github.com/stazh/stazh/commands"
	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/ledger/obligation"
	"github.com/stazh/stazh/ledger/period"
)

// quarter is a quarter on the command line, named by its first month.
type quarter period.Month

// UnmarshalText reads 2026-1.
func (q *quarter) UnmarshalText(b []byte) error {
	year, number, ok := strings.Cut(string(b), "-")
	m, err := period.ParseMonth(year + "-01")
	if !ok || err != nil || len(number) != 1 || number[0] < '1' || number[0] > '4' {
		return fmt.Errorf("%q is no quarter of the form 2026-1", b)
	}
	*q = quarter(obligation.FirstMonth(m.Year(), int(number[0]-'0')))
	return nil
}

func quarterText(year, number int) string { return fmt.Sprintf("%d-%d", year, number) }

// payerObligations shows what a payer has to file.
type payerObligations struct {
	UNP       string `arg:"" name:"unp" help:"The payer's number."`
	On        date   `placeholder:"YYYY-MM-DD" help:"Day on which they stand; today by default."`
	DueWithin int    `placeholder:"DAYS" help:"Only what is open and due within so many days."`
}

// Run lists them.
func (c *payerObligations) Run(ctx context.Context, a *app) error {
	return a.read(ctx, func(ctx context.Context, s *session) error {
		read, err := s.asOf(ctx, moment{}, 0)
		if err != nil {
			return err
		}
		x, err := s.Obligations(ctx, a.actor(roleOfficer), c.UNP, read, period.Date(c.On),
			c.DueWithin)
		if err != nil {
			return err
		}
		return a.term.answer(x.Value, func() { printObligations(a.term, x.Value) })
	})
}

func printObligations(term *terminal, v service.ObligationsView) {
	t := newTable("QUARTER", "FORM", "DUE", "STATE", "FILED", "RECEIPT", "")
	for _, o := range v.Obligations {
		var notes []string
		for _, n := range []struct {
			is   bool
			text string
		}{{o.Nil, "nil report"}, {o.Late, "late"}, {o.Extended, "deadline extended"}} {
			if n.is {
				notes = append(notes, n.text)
			}
		}
		filed := ""
		if !o.FiledOn.IsZero() {
			filed = o.FiledOn.String()
		}
		t.add(quarterText(o.Year, o.Quarter), o.Form, o.DueOn.String(), string(o.State), filed,
			o.Receipt, strings.Join(notes, ", "))
	}
	t.print(term)
	for _, n := range v.Nil {
		term.printf("Standing nil report from %s to %s: %s\n", n.From, n.Until, n.Reason)
	}
	printEstimates(term, v.Estimates)
}

// payerNil declares that there is nothing to report.
type payerNil struct {
	UNP    string  `arg:"" name:"unp" help:"The payer's number."`
	From   quarter `required:"" placeholder:"YYYY-Q" help:"First quarter."`
	Until  quarter `required:"" placeholder:"YYYY-Q" help:"Last quarter; before --from takes it back."`
	Reason string  `default:"no_activity" placeholder:"REASON" help:"${nil_reasons}"`
	Ground string  `placeholder:"TEXT" help:"The act that it relies on."`
}

// Run declares; doing it again does nothing.
func (c *payerNil) Run(ctx context.Context, a *app) error {
	return a.write(ctx, func(ctx context.Context, s *session) error {
		x, err := s.DeclareNil(ctx, a.actor(rolePayer), commands.DeclareNil{Payer: c.UNP,
			From: period.Month(c.From), Until: period.Month(c.Until).Add(2), Reason: c.Reason,
			Ground: c.Ground})
		if err != nil {
			return err
		}
		return a.term.answer(x.Value, func() { printObligations(a.term, x.Value) })
	})
}

// officeObligations shows how an office stands with a quarter.
type officeObligations struct {
	Code    string  `arg:"" help:"Code of the office."`
	Quarter quarter `required:"" placeholder:"YYYY-Q" help:"The quarter."`
	On      date    `placeholder:"YYYY-MM-DD" help:"Day on which it stands; today by default."`
	Limit   int     `default:"50" help:"How many payers to list of each form."`
}

// officeStanding is how an office stands, with those that have not filed.
type officeStanding struct {
	Duties  []service.OfficeDuty           `json:"duties"`
	Missing map[string][]service.PayerView `json:"missing"` // by form
}

// Run counts, and lists who has not filed.
func (c *officeObligations) Run(ctx context.Context, a *app) error {
	return a.read(ctx, func(ctx context.Context, s *session) error {
		read, err := s.asOf(ctx, moment{}, 0)
		if err != nil {
			return err
		}
		caller := a.actor(roleOfficer)
		filter := service.DutyFilter{Quarter: period.Month(c.Quarter), Office: c.Code,
			On: period.Date(c.On)}
		x, err := s.Duties(ctx, caller, filter, read)
		if err != nil {
			return err
		}
		answer := officeStanding{x.Value, map[string][]service.PayerView{}}
		for _, d := range x.Value {
			filter.Form = d.Form
			page, err := s.Missing(ctx, caller, filter, "", c.Limit, read)
			if err != nil {
				return err
			}
			answer.Missing[d.Form] = page.Items
		}
		return a.term.answer(answer, func() { printStanding(a.term, answer) })
	})
}

func printStanding(term *terminal, x officeStanding) {
	t := newTable("FORM", "DUE", ">OWING", ">FILED", ">MISSING", "STATE")
	for _, d := range x.Duties {
		t.add(d.Form, d.DueOn.String(), grouped(d.Owing), grouped(d.Met), grouped(d.Missing),
			string(d.State))
	}
	t.print(term)
	for _, d := range x.Duties {
		for _, p := range x.Missing[d.Form] {
			term.printf("%s  %s  %s\n", d.Form, p.UNP, clean(p.Name, 60))
		}
	}
}

// officeMismatches lists what differs for the payers of an office.
type officeMismatches struct {
	Code        string `arg:"" help:"Code of the office."`
	Kind        string `placeholder:"KIND" help:"${mismatches}"`
	Unexplained bool   `help:"Only what nobody has explained as it stands."`
	Limit       int    `default:"50" help:"How many."`
}

// Run lists them.
func (c *officeMismatches) Run(ctx context.Context, a *app) error {
	return a.read(ctx, func(ctx context.Context, s *session) error {
		read, err := s.asOf(ctx, moment{}, 0)
		if err != nil {
			return err
		}
		page, err := s.Mismatches(ctx, a.actor(roleOfficer), service.MismatchFilter{
			Office: c.Code, Kind: c.Kind, Unexplained: c.Unexplained}, "", c.Limit, read)
		if err != nil {
			return err
		}
		return a.term.answer(listOf(page), func() {
			t := newTable("PAYER", "QUARTER", "KIND", ">BY PAYER", ">BY ACCOUNTS", ">DIFFERENCE",
				"STATE", "SINCE")
			for _, m := range page.Items {
				t.add(m.Payer, quarterText(m.Year, m.Quarter), m.Kind, m.ByPayer.String(),
					m.ByAccounts.String(), m.Difference.String(), string(m.State),
					m.Opened.On.String())
			}
			t.print(a.term)
			more(a.term, page.Next)
		})
	})
}

// outageDeclare proposes to move due dates.
type outageDeclare struct {
	From     date     `required:"" placeholder:"YYYY-MM-DD" help:"First day."`
	To       date     `required:"" placeholder:"YYYY-MM-DD" help:"Last day."`
	Extended date     `required:"" placeholder:"YYYY-MM-DD" help:"New due date of what was due then."`
	Form     []string `placeholder:"FORM" help:"4-фонд or ПУ-3; both by default."`
	Reason   string   `required:"" placeholder:"TEXT" help:"What happened."`
	Ground   string   `required:"" placeholder:"TEXT" help:"The act that it relies on."`
}

// Run declares; doing it again does nothing.
func (c *outageDeclare) Run(ctx context.Context, a *app) error {
	return a.write(ctx, func(ctx context.Context, s *session) error {
		x, err := s.DeclareOutage(ctx, a.actor(roleOfficer), commands.DeclareOutage{
			From: period.Date(c.From), To: period.Date(c.To), Extended: period.Date(c.Extended),
			Forms: c.Form, Reason: c.Reason, Ground: c.Ground})
		if err != nil {
			return err
		}
		return a.term.answer(x.Value, func() {
			a.term.printf("Outage %s waits for another officer.\n", x.Value.Outage)
		})
	})
}

// outageExtend is the second officer's decision.
type outageExtend struct {
	Outage uuid.UUID `arg:"" help:"Identifier of the outage."`
	why
}

// Run extends the deadline.
func (c *outageExtend) Run(ctx context.Context, a *app) error {
	return a.write(ctx, func(ctx context.Context, s *session) error {
		x, err := s.ExtendDeadline(ctx, a.actor(roleOfficer), commands.ExtendDeadline{
			Outage: c.Outage, Reason: c.Reason, Ground: c.Ground})
		if err != nil {
			return err
		}
		return a.term.answer(x.Value, func() {
			a.term.printf("What was due from %s to %s is due on %s.\n", x.Value.From, x.Value.To,
				x.Value.Extended)
		})
	})
}

// outageList lists outages.
type outageList struct{}

// Run lists them.
func (*outageList) Run(ctx context.Context, a *app) error {
	return a.read(ctx, func(ctx context.Context, s *session) error {
		read, err := s.asOf(ctx, moment{}, 0)
		if err != nil {
			return err
		}
		x, err := s.Outages(ctx, a.actor(roleOfficer), read)
		if err != nil {
			return err
		}
		answer := list[service.OutageView]{Items: x.Value, Position: ledger.Position(x.Position)}
		return a.term.answer(answer, func() {
			t := newTable("FROM", "TO", "NEW DUE DATE", "FORMS", "STATE", "OUTAGE")
			for _, o := range x.Value {
				state, forms := "waits for another officer", "all"
				if o.InForce {
					state = "in force, by " + o.ExtendedBy
				}
				if len(o.Forms) > 0 {
					forms = strings.Join(o.Forms, ", ")
				}
				t.add(o.From.String(), o.To.String(), o.Extended.String(), forms, state,
					o.Outage.String())
			}
			t.print(a.term)
		})
	})
}
