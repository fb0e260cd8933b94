package statement

import (
	"cmp"
	"errors"
	"fmt"
	"slices"

	"github.com/stazh/stazh/ledger/account"
	"github.com/stazh/stazh/ledger/event"
	"github.com/stazh/stazh/ledger/money"
	"github.com/stazh/stazh/ledger/period"
	"github.com/stazh/stazh/ledger/rules"
)

// contributions adds up the rows of each month and payer and applies the law of the
// month to the sum: the ceiling holds for all contracts with a payer together.
func contributions(rows []Row, law *account.Law) []Contribution {
	type key struct {
		month period.Month
		payer string
		own   bool
	}
	place := make(map[key]int, len(rows))
	list := make([]Contribution, 0, len(rows))
	for n := range rows {
		r := &rows[n]
		k := key{r.Month, r.Payer, r.Category == account.CategorySelfEmployed}
		i, known := place[k]
		if !known {
			i = len(list)
			place[k] = i
			list = append(list, Contribution{Month: k.month, Payer: k.payer, SelfEmployed: k.own})
		}
		list[i].Earnings += r.Earnings
		list[i].Tariffs = law.AddReduced(list[i].Tariffs, "", r.Category,
			[]event.MonthFact{r.MonthFact}, r.Month)
	}
	slices.SortStableFunc(list, func(a, b Contribution) int {
		return cmp.Or(cmp.Compare(a.Month, b.Month), cmp.Compare(a.Payer, b.Payer))
	})
	terms := map[period.Month]monthTerms{}
	for i := range list {
		if list[i].SelfEmployed {
			list[i].compute(law.Parameters)
			continue
		}
		t, known := terms[list[i].Month]
		if !known {
			t = termsOf(law.Parameters, list[i].Month)
			terms[list[i].Month] = t
		}
		list[i].apply(law, t)
	}
	return list
}

// monthTerms is the law of a month for workers, looked up once for all payers.
type monthTerms struct {
	rules.Terms
	awaiting *Awaiting
	demo     bool
}

func termsOf(law *rules.Law, month period.Month) monthTerms {
	terms, err := rules.TermsOf(law, month)
	if err != nil {
		return monthTerms{awaiting: awaiting(err, month)}
	}
	first := month.First()
	return monthTerms{Terms: terms,
		demo: isDemo(law, rules.NationalAverageWage, month.Add(-1).First()) ||
			isDemo(law, rules.ContributionCeilingMultiple, first) ||
			isDemo(law, rules.InsuredRate, first) ||
			isDemo(law, rules.EmployerPensionRate, first) ||
			isDemo(law, rules.EmployerSocialRate, first)}
}

func isDemo(law *rules.Law, name string, on period.Date) bool {
	p, err := law.Lookup(name, on)
	return err == nil && p.Demo
}

// apply gives CO-1 to CO-3.
func (c *Contribution) apply(law *account.Law, t monthTerms) {
	c.Awaiting, c.Demo = t.awaiting, t.demo
	if c.Awaiting != nil {
		return
	}
	of := t.Person(c.Earnings)
	c.Base, c.Insured, c.Pension, c.Social = of.Base, of.Insured, of.Pension, of.Social
	if len(c.Tariffs) > 0 {
		c.applyTariffs(law, &t.Terms)
	}
	c.sum()
}

// applyTariffs counts the employer's contributions anew, part by part.
func (c *Contribution) applyTariffs(law *account.Law, t *rules.Terms) {
	parts := make([]money.Amount, len(c.Tariffs))
	for i, x := range c.Tariffs {
		parts[i] = x.Earnings
	}
	general := c.Base
	c.Pension, c.Social = 0, 0
	for i, base := range t.Bases(c.Earnings, parts) {
		pension, social := law.EmployerRates(c.Tariffs[i].Tariff, t).Employer(base)
		c.Pension, c.Social, general = c.Pension+pension, c.Social+social, general-base
	}
	c.Pension += general.Times(t.EmployerPensionRate)
	c.Social += general.Times(t.EmployerSocialRate)
}

// compute gives CO-4 and CO-5.
func (c *Contribution) compute(law *rules.Law) {
	of, err := rules.SelfEmployed(law, c.Month, c.Earnings)
	if err != nil {
		c.Awaiting = awaiting(err, c.Month)
		return
	}
	c.Base, c.OwnPension, c.OwnSocial = of.Base, of.Pension, of.Social
	c.sum()
	first := c.Month.First()
	c.Demo = isDemo(law, rules.MinimumWage, first) ||
		isDemo(law, rules.SelfEmployedPensionRate, first) ||
		isDemo(law, rules.SelfEmployedSocialRate, first)
}

// awaiting names the parameter that is missing. Nothing else can be wrong with a month
// of the account, as no fact without a month is ever recorded.
func awaiting(err error, month period.Month) *Awaiting {
	var missing *rules.MissingParameterError
	if !errors.As(err, &missing) {
		panic(fmt.Sprintf("statement: contributions of %s: %v", month, err))
	}
	if !missing.Date.IsZero() {
		month = missing.Date.Month()
	}
	return &Awaiting{Parameter: missing.Name, Month: month}
}
