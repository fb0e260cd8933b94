package main

import (
	"context"
	"strconv"

	"github.com/google/uuid"

	"github.com/stazh/stazh/api/service"
	"github.com/stazh/stazh/commands"
	"github.com/stazh/stazh/ledger/occupational"
	"github.com/stazh/stazh/ledger/period"
)

// personOccupational shows the occupational part of an account.
type personOccupational struct {
	Person string `arg:"" help:"Insurance number, identifier, or - to read it."`
	On     date   `placeholder:"YYYY-MM-DD" help:"Day of the balance; today by default."`
	AsOf   moment `placeholder:"TIME" help:"As the Fund knew it then (RFC 3339)."`
	At     uint64 `placeholder:"POSITION" help:"As the ledger was at the position."`
}

// Run shows months, years and the balance.
func (c *personOccupational) Run(ctx context.Context, a *app) error {
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
		found, err := s.Occupational(ctx, a.actor(roleOfficer), id, read, period.Date(c.On))
		if err != nil {
			return err
		}
		return a.term.answer(found.Value, func() { printOccupational(a.term, found.Value) })
	})
}

func printOccupational(term *terminal, x occupational.Account) {
	months := newTable("MONTH", "PAYER", ">EARNINGS", ">TARIFF", ">CREDITED", "RECEIPT")
	for _, m := range x.Months {
		months.add(m.Month.String(), m.Payer, m.Earnings.String(), m.Tariff.String(),
			m.Credited.String(), m.Receipt)
	}
	if len(x.Months) > 0 {
		months.print(term)
		term.printf("\n")
	}
	years := newTable("YEAR", ">OPENING", ">CREDITED", ">WEIGHTED", ">RATE", ">YIELD", ">PAID",
		">CLOSING")
	for _, y := range x.Years {
		years.add(strconv.Itoa(y.Year), y.Opening.String(), y.Credited.String(),
			y.Base.String(), y.Coefficient.String(), y.Yield.String(), y.Consumed.String(),
			y.Closing.String())
	}
	if len(x.Years) > 0 {
		years.print(term)
		term.printf("\n")
	}
	term.printf("Work in special conditions: %d y %d m %d d.\n", x.Service.Length.Years,
		x.Service.Length.Months, x.Service.Length.Days)
	for _, p := range x.Pensions {
		term.printf("%s from %s until %s: %s BYN a month, %s paid.\n", p.Kind, p.From, p.Until,
			p.Amount, p.Paid)
	}
	term.printf("Balance on %s: %s BYN.\n", x.On, x.Balance)
}

// occupationalYield lays the crediting of a year's yield before the second officer.
type occupationalYield struct {
	Year   int    `required:"" placeholder:"YYYY" help:"Year that has ended."`
	Ground string `required:"" placeholder:"TEXT" help:"The act by which it is credited."`
}

// Run simulates and records what was found.
func (c *occupationalYield) Run(ctx context.Context, a *app) error {
	return a.read(ctx, func(ctx context.Context, s *session) error {
		done, err := s.PrepareYield(ctx, a.actor(roleOfficer),
			commands.PrepareYield{Year: c.Year, Ground: c.Ground})
		if err != nil {
			return err
		}
		return a.term.answer(done.Value, func() {
			printYield(a.term, done.Value)
			a.term.printf("Run %s waits for another officer.\n", done.Value.Run)
		})
	})
}

// occupationalApprove has a year's yield credited.
type occupationalApprove struct {
	Number uuid.UUID `arg:"" name:"run" help:"Identifier of the run."`
	Ground string    `required:"" placeholder:"TEXT" help:"The act that the decision relies on."`
	NoWait bool      `help:"Do not wait until the run is completed."`
}

// Run approves and waits for the result.
func (c *occupationalApprove) Run(ctx context.Context, a *app) error {
	return a.read(ctx, func(ctx context.Context, s *session) error {
		caller := a.actor(roleOfficer)
		done, err := s.ApproveYield(ctx, caller,
			commands.ApproveYield{Run: c.Number, Ground: c.Ground})
		if err == nil && !c.NoWait {
			a.term.say("Approved. An interrupted run goes on when a server or another command runs.")
			done, err = s.WaitCredited(ctx, caller, c.Number)
		}
		if err != nil {
			return err
		}
		return a.term.answer(done.Value, func() { printYield(a.term, done.Value) })
	})
}

// occupationalList lists the runs.
type occupationalList struct{}

// Run lists the latest one first.
func (*occupationalList) Run(ctx context.Context, a *app) error {
	return a.read(ctx, func(ctx context.Context, s *session) error {
		found, err := s.Yields(ctx, a.actor(roleOfficer), service.Read{})
		if err != nil {
			return err
		}
		page := service.Page[service.YieldRunView]{Items: found.Value, Position: found.Position}
		return a.term.answer(listOf(page), func() {
			t := newTable("RUN", ">YEAR", ">RATE", "STATE", ">PERSONS", ">AMOUNT")
			for _, r := range found.Value {
				sums := yieldSums(r)
				t.add(r.Run.String(), strconv.Itoa(r.Year), r.Coefficient.String(),
					string(r.State), grouped(int64(sums.Persons)), sums.Amount.String())
			}
			t.print(a.term)
		})
	})
}

func yieldSums(r service.YieldRunView) service.YieldSums {
	if r.Result != nil {
		return *r.Result
	}
	return r.Simulated
}

func printYield(term *terminal, r service.YieldRunView) {
	sums := yieldSums(r)
	term.printf("Yield of %d at %s: %s, %s BYN, %s.\n", r.Year, r.Coefficient,
		counted(int64(sums.Persons), "persons"), sums.Amount, r.State)
}
