package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/stazh/stazh/api/service"
	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/ledger/entitlement"
	"github.com/stazh/stazh/ledger/money"
	"github.com/stazh/stazh/ledger/period"
	"github.com/stazh/stazh/ledger/rules"
)

// pensionForecast looks ahead.
type pensionForecast struct {
	personArg
	readFlags
	detailsFlag
	Kind      string `default:"old_age" help:"Kind of benefit."`
	WorkUntil date   `placeholder:"YYYY-MM-DD" help:"Last day of assumed work."`
	Earnings  string `placeholder:"BYN" help:"Earnings of a month of that work."`
	Confirm   []span `placeholder:"FROM..TO[=KIND|=BYN]" help:"A time to take as confirmed."`
	Defer     int    `placeholder:"MONTHS" help:"How long the pension is not taken."`
	Explain   bool   `help:"Show the whole calculation."`
}

// span is a time to take as confirmed.
type span entitlement.Confirmed

// UnmarshalText reads 2016-01-01..2016-12-31=military, or with earnings in place of a kind.
func (s *span) UnmarshalText(text []byte) error {
	days, what, _ := strings.Cut(string(text), "=")
	from, to, ok := strings.Cut(days, "..")
	var err error
	if ok {
		if s.From, err = period.ParseDate(from); err == nil {
			s.To, err = period.ParseDate(to)
		}
	}
	if !ok || err != nil {
		return usage("%q is no time: write it as 2016-01-01..2016-12-31=military", text)
	}
	if earnings, err := money.Parse(what); err == nil {
		s.Earnings = earnings
	} else {
		s.Kind = what
	}
	return nil
}

func (c *pensionForecast) plan(a *app) (service.ForecastPlan, error) {
	details, err := c.read(a)
	if err != nil {
		return service.ForecastPlan{}, err
	}
	plan := service.ForecastPlan{Kind: c.Kind, Details: details, Plan: entitlement.Plan{
		WorkUntil: period.Date(c.WorkUntil), DeferMonths: c.Defer}}
	if c.Earnings != "" {
		if plan.Earnings, err = money.Parse(c.Earnings); err != nil {
			return plan, usage("%q is no amount: write it as 859.00", c.Earnings)
		}
	}
	for _, x := range c.Confirm {
		plan.Confirmed = append(plan.Confirmed, entitlement.Confirmed(x))
	}
	return plan, nil
}

// Run shows what becomes of a claim; nothing is recorded.
func (c *pensionForecast) Run(ctx context.Context, a *app) error {
	plan, err := c.plan(a)
	if err != nil {
		return err
	}
	return a.onPerson(ctx, c.personArg, func(ctx context.Context, s *session,
		id ledger.PersonID) error {
		read, err := s.asOf(ctx, c.AsOf, c.At)
		if err != nil {
			return err
		}
		plan.Person = id
		x, err := s.Forecast(ctx, a.actor(roleOfficer), plan, read)
		if err != nil {
			return err
		}
		if a.term.json || !c.Explain || x.Value.Trace == nil {
			return a.term.answer(x.Value, func() { printForecast(a.term, x.Value) })
		}
		printForecast(a.term, x.Value)
		return s.printTrace(ctx, a, x.Value.Trace, x.Position)
	})
}

func printForecast(term *terminal, f service.ForecastView) {
	term.printf("%s, looking ahead from %s\n", term.paint(bold, f.Title.EN), f.Today)
	if x := f.Awarded; x != nil {
		term.printf("It is awarded already: %s BYN, since %s. What follows is of a new claim.\n",
			term.paint(bold, x.Amount.String()), x.From)
	}
	for _, c := range f.Conditions {
		line := term.mark(c.Met) + " " + conditionText(c)
		term.printf("  %s\n", line)
	}
	if f.FirstDay.IsZero() {
		term.printf("No right up to %s:\n", f.Horizon)
		printUnmet(term, f.Unmet)
	} else {
		term.printf("First day of the right: %s\n", f.FirstDay)
		term.printf("Expected from %s: %s BYN%s\n", f.From,
			term.paint(bold, f.Amount.String()), formWord(f.Form))
	}
	if len(f.Assumptions) == 0 {
		return
	}
	term.printf("This is no decision. It assumes:\n")
	for _, x := range f.Assumptions {
		term.printf("  – %s\n", assumptionText(x))
	}
}

// conditionText says how far a condition is from being met.
func conditionText(c entitlement.Condition) string {
	var b strings.Builder
	switch c.Code {
	case string(rules.AgeNotReached):
		b.WriteString("age")
	case string(rules.CoverageShort):
		b.WriteString("coverage")
	case string(rules.PaidCoverageShort):
		b.WriteString("coverage with paid contributions")
	case string(rules.SpecialCoverageShort):
		b.WriteString("coverage in special conditions")
	default:
		return c.Means.EN + " (" + c.Code + ")"
	}
	if c.Has != nil && c.Needs != nil {
		fmt.Fprintf(&b, ": %s of %s", c.Has, c.Needs)
	}
	if c.Missing != nil {
		fmt.Fprintf(&b, ", %s missing", c.Missing)
	}
	if !c.On.IsZero() {
		fmt.Fprintf(&b, ", reached on %s", c.On)
	}
	return b.String()
}

func assumptionText(x entitlement.Assumption) string {
	switch x.What {
	case entitlement.AssumedWork:
		return fmt.Sprintf("work from %s to %s at %s BYN a month", x.From, x.Until, x.Value)
	case entitlement.AssumedPeriod:
		if x.Name == "" {
			return fmt.Sprintf("confirmed work from %s to %s at %s BYN a month", x.From, x.Until,
				x.Value)
		}
		return fmt.Sprintf("confirmed: %s from %s to %s", x.Name, x.From, x.Until)
	case entitlement.AssumedNumber:
		return fmt.Sprintf("%s stays %s, as published up to %s (%s)", x.Name, x.Value, x.Until,
			clean(x.Act, 80))
	}
	return fmt.Sprintf("the pension is taken %s months later", x.Value)
}
