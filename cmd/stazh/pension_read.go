package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/stazh/stazh/api/service"
	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/ledger/account"
	"github.com/stazh/stazh/ledger/period"
	"github.com/stazh/stazh/ledger/rules"
)

// pensionKinds lists the kinds of benefits.
type pensionKinds struct {
	Kind string `arg:"" optional:"" help:"Only one kind, with all that its claim may say."`
	On   date   `placeholder:"YYYY-MM-DD" help:"Day asked from; today by default."`
}

// Run lists them.
func (c *pensionKinds) Run(ctx context.Context, a *app) error {
	return a.read(ctx, func(ctx context.Context, s *session) error {
		all, err := s.BenefitKinds(ctx, a.actor(roleOfficer), period.Date(c.On))
		if err != nil {
			return err
		}
		list := all.Value[:0]
		for _, k := range all.Value {
			if c.Kind == "" || k.Code == c.Kind {
				list = append(list, k)
			}
		}
		if len(list) == 0 {
			return usage("there is no kind %q: see `%s pension kinds`", c.Kind, program())
		}
		return a.term.answer(list, func() {
			if c.Kind != "" {
				printKind(a.term, list[0])
				return
			}
			t := newTable("KIND", "PAYS", "RULES", "TITLE")
			for _, k := range list {
				t.add(k.Code, k.Pays, strings.Join(k.Rules, " "), k.Title.EN)
			}
			t.print(a.term)
		})
	})
}

func printKind(term *terminal, k service.KindView) {
	term.printf("%s (%s), pays %s, rules %s\n", term.paint(bold, k.Title.EN), k.Code, k.Pays,
		strings.Join(k.Rules, ", "))
	if k.Body != "" {
		term.printf("Paid by %s.\n", k.Body)
	}
	if len(k.Excludes) > 0 {
		term.printf("Not together with: %s.\n", strings.Join(k.Excludes, ", "))
	}
	t := newTable("DETAIL", "TYPE", "", "MEANS")
	var add func(prefix string, details []service.DetailView)
	add = func(prefix string, details []service.DetailView) {
		for _, d := range details {
			needed := ""
			if d.Needed {
				needed = "needed"
			}
			kind := d.Type
			if len(d.Words) > 0 {
				kind = strings.Join(d.Words, "|")
			}
			t.add(prefix+d.Name, kind, needed, d.Means.EN)
			add(prefix+"  ", d.Items)
		}
	}
	add("", k.Details)
	t.print(term)
}

// pensionList lists the cases of an office.
type pensionList struct {
	Of    string `name:"of" placeholder:"CODE" help:"Office; the caller's by default."`
	Work  string `enum:",any,calculate,decide,review" default:"" placeholder:"WORK" help:"${work}"`
	State string `enum:"${case_states}" default:"" placeholder:"STATE" help:"${state}"`
	Kind  string `placeholder:"CODE" help:"Kind of benefit."`
	Limit int    `default:"50" help:"How many."`
}

// Run lists the claimed first first.
func (c *pensionList) Run(ctx context.Context, a *app) error {
	return a.read(ctx, func(ctx context.Context, s *session) error {
		read, err := s.asOf(ctx, moment{}, 0)
		if err != nil {
			return err
		}
		caller := a.actor(roleOfficer)
		filter := service.CaseFilter{Office: c.Of, Work: c.Work, Kind: c.Kind,
			State: account.CaseState(c.State)}
		if filter.Office == "" {
			filter.Office = caller.Office
		}
		page, err := s.Cases(ctx, caller, filter, "", c.Limit, read)
		if err != nil {
			return err
		}
		return a.term.answer(listOf(page), func() {
			t := newTable("CLAIMED", "OFFICE", "KIND", "STATE", "TO DO", ">AMOUNT", "PERSON",
				"CASE")
			for _, x := range page.Items {
				t.add(x.ClaimedOn.String(), x.Office, x.Kind, string(x.State), x.Work,
					x.Amount.String(), x.Person.String(), x.Case.String())
			}
			t.print(a.term)
			more(a.term, page.Next)
		})
	})
}

// pensionShow shows the cases of a person and what is paid.
type pensionShow struct {
	personArg
	readFlags
	On date `placeholder:"YYYY-MM-DD" help:"Day that is paid for; today by default."`
}

// benefitsAnswer is what a person has claimed and is paid.
type benefitsAnswer struct {
	Cases    []service.CaseView `json:"cases"`
	Paid     []service.PaidView `json:"paid"`
	Position ledger.Position    `json:"position"`
}

// Run shows them.
func (c *pensionShow) Run(ctx context.Context, a *app) error {
	return a.onPerson(ctx, c.personArg, func(ctx context.Context, s *session,
		id ledger.PersonID) error {
		read, err := s.asOf(ctx, c.AsOf, c.At)
		if err != nil {
			return err
		}
		cases, err := s.PersonCases(ctx, a.actor(roleOfficer), id, read)
		if err != nil {
			return err
		}
		paid, err := s.Benefits(ctx, a.actor(roleOfficer), id, read, period.Date(c.On))
		if err != nil {
			return err
		}
		answer := benefitsAnswer{cases.Value, paid.Value, cases.Position}
		return a.term.answer(answer, func() { printBenefits(a.term, answer) })
	})
}

func printBenefits(term *terminal, b benefitsAnswer) {
	if len(b.Cases) == 0 {
		term.printf("Nothing has been claimed.\n")
		return
	}
	for _, x := range b.Cases {
		term.printf("%s: %s, claimed on %s, case %s\n", term.paint(bold, x.Kind), x.State,
			x.ClaimedOn, x.Case)
		if x.Author != "" {
			term.printf("  calculated by %s", x.Author)
			if x.DecidedBy != "" {
				term.printf(", decided by %s on %s", x.DecidedBy,
					x.DecidedAt.Format("2006-01-02"))
			}
			term.printf("\n")
		}
		if x.Pending {
			term.printf("  calculation %s waits for another officer\n", x.Calculation)
		}
		for _, amount := range x.Amounts {
			rule := ""
			if amount.Rule != "" {
				rule = ", by " + amount.Rule
			}
			term.printf("  from %s %s BYN%s%s\n", amount.From, amount.Amount,
				formWord(x.Form), rule)
		}
		printUnmet(term, x.Unmet)
		for _, r := range x.Reviews {
			term.printf("  %s to be reviewed: %s since %s\n", term.paint(yellow, "!"), r.Reason,
				r.RecordedAt.Format("2006-01-02"))
		}
		if x.Cause != "" {
			term.printf("  ended: %s\n", clean(x.Cause, 80))
		}
	}
	for _, p := range b.Paid {
		term.printf("Paid on the day asked: %s, %s BYN since %s.\n", p.Kind, p.Amount, p.From)
	}
}

func printUnmet(term *terminal, unmet []string) {
	for _, code := range unmet {
		term.printf("  – %s (%s)\n", rules.Term(code).EN, code)
	}
}

// pensionTotals counts benefits in force.
type pensionTotals struct {
	Month month  `placeholder:"YYYY-MM" help:"The month; this one by default."`
	Scope string `enum:",country,region,office" default:"country" help:"${scope}"`
	Code  string `placeholder:"CODE" help:"One region or office."`
	Kind  string `placeholder:"CODE" help:"Kind of benefit."`
	Limit int    `default:"200" help:"How many."`
}

// Run shows them.
func (c *pensionTotals) Run(ctx context.Context, a *app) error {
	return a.read(ctx, func(ctx context.Context, s *session) error {
		read, err := s.asOf(ctx, moment{}, 0)
		if err != nil {
			return err
		}
		page, err := s.BenefitTotals(ctx, a.actor(roleOfficer), period.Month(c.Month),
			service.BenefitTotalFilter{Scope: c.Scope, Code: c.Code, Kind: c.Kind}, "",
			c.Limit, read)
		if err != nil {
			return err
		}
		return a.term.answer(listOf(page), func() {
			t := newTable("MONTH", "SCOPE", "CODE", "KIND", ">BENEFITS", ">BYN A MONTH")
			for _, x := range page.Items {
				t.add(x.Month.String(), x.Scope, x.Code, x.Kind, fmt.Sprint(x.Count),
					x.Amount.String())
			}
			t.print(a.term)
			more(a.term, page.Next)
		})
	})
}
