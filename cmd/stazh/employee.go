package main

import (
	"context"

	"github.com/stazh/stazh/ledger/obligation"
	"github.com/stazh/stazh/ledger/period"
)

// payerUnreported lists whom a payer employs without having reported them.
type payerUnreported struct {
	UNP     string  `arg:"" name:"unp" help:"The payer's number."`
	Quarter quarter `required:"" placeholder:"YYYY-Q" help:"The quarter."`
	On      date    `placeholder:"YYYY-MM-DD" help:"Day on which it stands; today by default."`
	Limit   int     `default:"50" help:"How many."`
}

// Run lists them.
func (c *payerUnreported) Run(ctx context.Context, a *app) error {
	return a.read(ctx, func(ctx context.Context, s *session) error {
		read, err := s.asOf(ctx, moment{}, 0)
		if err != nil {
			return err
		}
		page, err := s.Employees(ctx, a.actor(roleOfficer), c.UNP, period.Month(c.Quarter),
			period.Date(c.On), "", c.Limit, read)
		if err != nil {
			return err
		}
		return a.term.answer(listOf(page), func() {
			if len(page.Items) == 0 {
				a.term.printf("Nobody whom ПУ-2 tell of is without ПУ-3.\n")
				return
			}
			t := newTable("INSURANCE NUMBER", "NAME", "DUE", "STATE")
			for _, x := range page.Items {
				t.add(x.Person.InsuranceNo, fullName(x.Person), x.DueOn.String(), string(x.State))
			}
			t.print(a.term)
			more(a.term, page.Next)
		})
	})
}

// personOwed lists the reports that employers owe on a person.
type personOwed struct {
	Person string `arg:"" help:"Insurance number, identifier, or - to read it."`
	On     date   `placeholder:"YYYY-MM-DD" help:"Day on which they stand; today by default."`
	All    bool   `help:"With those that came in time."`
	AsOf   moment `placeholder:"TIME" help:"As the Fund knew it then (RFC 3339)."`
	At     uint64 `placeholder:"POSITION" help:"As the ledger was at the position."`
}

// Run lists them.
func (c *personOwed) Run(ctx context.Context, a *app) error {
	text, err := a.argument(c.Person)
	if err != nil {
		return err
	}
	return a.read(ctx, func(ctx context.Context, s *session) error {
		id, err := s.personID(text)
		if err != nil {
			return err
		}
		read, err := s.asOf(ctx, c.AsOf, c.At)
		if err != nil {
			return err
		}
		x, err := s.OwedReports(ctx, a.actor(roleOfficer), id, read, period.Date(c.On), c.All)
		if err != nil {
			return err
		}
		answer := list[obligation.EmployeeReport]{Items: x.Value, Position: x.Position}
		return a.term.answer(answer, func() { printOwed(a.term, x.Value) })
	})
}

func printOwed(term *terminal, reports []obligation.EmployeeReport) {
	if len(reports) == 0 {
		term.printf("Nobody owes a report on this person.\n")
		return
	}
	t := newTable("PAYER", "QUARTER", "DUE", "STATE", "FILED", "RECEIPT", "")
	for _, x := range reports {
		late := ""
		if x.Late {
			late = "late"
		}
		t.add(x.Payer, quarterText(x.Year, x.Quarter), x.DueOn.String(), string(x.State),
			dash(x.FiledOn), x.Receipt, late)
	}
	t.print(term)
}
