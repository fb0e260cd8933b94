package main

import (
	"fmt"
	"strings"

	"github.com/stazh/stazh/api/service"
	"github.com/stazh/stazh/ledger/effect"
	"github.com/stazh/stazh/ledger/money"
	"github.com/stazh/stazh/ledger/period"
	"github.com/stazh/stazh/ledger/rules"
)

// personsShown bounds the persons that people see of an effect; --json lists more.
const personsShown = 20

// printEffect shows what differs: person by person, by payer and in total.
func printEffect(term *terminal, e effect.Effect, insured []service.InsuredView) {
	if len(e.Persons)+len(e.Payers) == 0 {
		term.printf("\nNothing would differ.\n")
		return
	}
	for i := range e.Persons {
		if i == personsShown {
			term.printf("\n... and %s more persons\n", grouped(int64(e.Total.Persons-i)))
			break
		}
		printPersonEffect(term, &e.Persons[i], insured[i])
	}
	for i := range e.Payers {
		printPayerEffect(term, &e.Payers[i], e.On)
	}
	if e.Total.Persons > 1 {
		printTotalEffect(term, &e.Total)
	}
}

// differences is a table of values before and after.
type differences struct{ *table }

func newDifferences() differences {
	return differences{newTable("When", "What", ">Before", ">After", ">Change")}
}

// amount adds a line unless the value stays.
func (t differences) amount(when, what string, before, after money.Amount) {
	if before != after {
		t.add(when, what, before.String(), after.String(), signed(after-before))
	}
}

func (t differences) length(when, what string, before, after rules.Duration, days int) {
	if before != after || days != 0 {
		t.add(when, what, lengthText(before), lengthText(after), fmt.Sprintf("%+d d", days))
	}
}

func (t differences) text(when, what, before, after string) {
	if before != after {
		t.add(when, what, orDash(before), orDash(after))
	}
}

func (t differences) show(term *terminal, title string) {
	if len(t.rows) > 0 {
		term.printf("\n%s\n", term.paint(bold, title))
		t.print(term)
	}
}

func signed(a money.Amount) string {
	if a > 0 {
		return "+" + a.String()
	}
	return a.String()
}

func orDash(s string) string {
	if s == "" {
		return "-"
	}
	return s
}

func lengthText(d rules.Duration) string {
	return fmt.Sprintf("%dy %dm %dd", d.Years, d.Months, d.Days)
}

func printPersonEffect(term *terminal, p *effect.Person, who service.InsuredView) {
	t := newDifferences()
	switch p.Account {
	case effect.AccountOpened:
		t.add("", "Account", "-", "opened")
	case effect.DataChanged:
		t.add("", "Personal data", "", "changed")
	}
	for _, e := range p.Employments {
		what := "Employment at " + e.Payer
		t.text("", what+" from", dateText(e.Before.HiredOn), dateText(e.After.HiredOn))
		t.text("", what+" until", dateText(e.Before.EndedOn), dateText(e.After.EndedOn))
		t.text("", what+" contract", e.Before.Contract, e.After.Contract)
	}
	for _, m := range p.Months {
		kind := " (" + m.Category
		if m.Tariff != "" {
			kind += ", tariff " + m.Tariff
		}
		kind += ")"
		when := m.Month.String()
		t.amount(when, "Earnings"+kind, m.Before.Earnings, m.After.Earnings)
		t.amount(when, "Benefits"+kind, m.Before.Benefits, m.After.Benefits)
		t.amount(when, "Contributions reported"+kind, m.Before.Contributions,
			m.After.Contributions)
		t.amount(when, "Of these paid"+kind, m.Before.Paid, m.After.Paid)
	}
	for _, c := range p.Contributions {
		when := c.Month.String()
		t.amount(when, "Contributions for pensions", c.Before.ForPensions, c.After.ForPensions)
		t.amount(when, "Contributions for benefits", c.Before.ForSocial, c.After.ForSocial)
		if c.Awaiting != "" {
			t.add(when, "Contributions await", "", c.Awaiting)
		}
	}
	for _, m := range p.Occupational {
		when := m.Month.String()
		t.amount(when, "Earnings in special conditions", m.Before.Earnings, m.After.Earnings)
		t.amount(when, "Credited for occupational pensions", m.Before.Credited, m.After.Credited)
	}
	if c := p.Coverage; c != nil {
		t.length("", "Coverage", c.Before.Total, c.After.Total,
			c.After.TotalDays-c.Before.TotalDays)
		t.length("", "Coverage paid for", c.Before.Paid, c.After.Paid,
			c.After.PaidDays-c.Before.PaidDays)
	}
	addOutlook(t, p.Pension)
	for _, x := range p.Awards {
		t.add(dateText(x.From), "Award "+x.Kind, "", "to review")
	}
	name := strings.TrimSpace(fmt.Sprintf("%s %s %s", who.Surname, who.Name, who.Patronymic))
	if name == "" {
		name = p.Person.String()
	}
	t.show(term, clean(name, 60)+"  "+who.InsuranceNo)
}

// addOutlook tells of a pension to be expected.
func addOutlook(t differences, o *effect.Change[effect.Outlook]) {
	if o == nil {
		return
	}
	told := func(x effect.Outlook) string {
		switch {
		case x.Why != "":
			return x.Why
		case !x.Entitled:
			return "no right"
		}
		return x.Amount.String()
	}
	change := ""
	if o.Before.Entitled && o.After.Entitled {
		change = signed(o.After.Amount - o.Before.Amount)
	}
	when := o.After.On
	if when.IsZero() {
		when = o.Before.On
	}
	t.add(dateText(when), "Pension outlook", told(o.Before), told(o.After), change)
	t.amount("", "  if work goes on at", o.Before.Earnings, o.After.Earnings)
}

func dateText(d period.Date) string {
	if d.IsZero() {
		return ""
	}
	return d.String()
}

func printPayerEffect(term *terminal, p *effect.Payer, on period.Date) {
	t := newDifferences()
	for _, m := range p.Months {
		when := m.Month.String()
		t.text(when, "Persons", countText(m.Before.Persons), countText(m.After.Persons))
		t.amount(when, "Owed for pensions", m.Before.ForPensions, m.After.ForPensions)
		t.amount(when, "Owed for benefits", m.Before.ForSocial, m.After.ForSocial)
		t.amount(when, "Owed for occupational pensions", m.Before.ForOccupational,
			m.After.ForOccupational)
		t.amount(when, "Earnings that wait for "+orDash(m.After.Awaiting),
			m.Before.AwaitingEarnings, m.After.AwaitingEarnings)
	}
	day, before, after := on.String(), p.Balance.Before, p.Balance.After
	for _, f := range []struct {
		what          string
		before, after money.Amount
	}{
		{"Assessed", before.Assessed, after.Assessed},
		{"Benefits offset", before.Offset, after.Offset},
		{"Paid", before.Paid, after.Paid},
		{"Refunded", before.Refunded, after.Refunded},
		{"Arrears", before.Arrears, after.Arrears},
		{"Deferred", before.Deferred, after.Deferred},
		{"Not due yet", before.NotDue, after.NotDue},
		{"Penalty", before.Penalty, after.Penalty},
		{"Penalty unpaid", before.PenaltyUnpaid, after.PenaltyUnpaid},
		{"Overpayment", before.Overpayment, after.Overpayment},
	} {
		t.amount(day, f.what, f.before, f.after)
	}
	t.show(term, "Payer "+p.Payer)
}

func countText(n int) string { return grouped(int64(n)) }

func printTotalEffect(term *terminal, total *effect.Total) {
	t := newDifferences()
	facts, funds := total.Facts, total.Contributions
	t.amount("", "Earnings", facts.Before.Earnings, facts.After.Earnings)
	t.amount("", "Benefits", facts.Before.Benefits, facts.After.Benefits)
	t.amount("", "Contributions reported", facts.Before.Contributions, facts.After.Contributions)
	t.amount("", "Of these paid", facts.Before.Paid, facts.After.Paid)
	t.amount("", "Contributions for pensions", funds.Before.ForPensions, funds.After.ForPensions)
	t.amount("", "Contributions for benefits", funds.Before.ForSocial, funds.After.ForSocial)
	t.amount("", "Credited for occupational pensions", total.Credited.Before, total.Credited.After)
	t.days("Days of coverage", total.CoverageDays)
	t.days("Days of coverage paid for", total.PaidCoverageDays)
	if total.Awards > 0 {
		t.add("", "Awards to review", "", countText(total.Awards))
	}
	t.show(term, fmt.Sprintf("Total of %s persons", countText(total.Persons)))
}

func (t differences) days(what string, c effect.Change[int]) {
	if c.Before != c.After {
		t.add("", what, countText(c.Before), countText(c.After), fmt.Sprintf("%+d", c.After-c.Before))
	}
}
