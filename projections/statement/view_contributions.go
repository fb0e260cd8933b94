package statement

import (
	"errors"
	"fmt"

	"github.com/stazh/stazh/ledger/account"
	"github.com/stazh/stazh/ledger/period"
	"github.com/stazh/stazh/ledger/rules"
)

// contributions adds up the rows of each month and payer, which they stand in the order
// of, and applies the law of the month to the sum: the ceiling holds for all contracts
// with a payer together.
func contributions(rows []Row, law *rules.Law) []Contribution {
	list := make([]Contribution, 0, len(rows))
	for i := range rows {
		r := &rows[i]
		own := r.Category == account.CategorySelfEmployed
		at := len(list) - 1
		for at >= 0 && list[at].SelfEmployed != own && list[at].of(r.Month, r.Payer) {
			at--
		}
		if at < 0 || !list[at].of(r.Month, r.Payer) {
			at = len(list)
			list = append(list, Contribution{Month: r.Month, Payer: r.Payer, SelfEmployed: own})
		}
		list[at].Earnings += r.Earnings
	}
	terms := termsOfMonths{law: law}
	for i := range list {
		terms.compute(&list[i])
	}
	return list
}

func (c *Contribution) of(month period.Month, payer string) bool {
	return c.Month == month && c.Payer == payer
}

// termsOfMonths looks the law of months up, which come one after the other.
type termsOfMonths struct {
	law   *rules.Law
	month period.Month
	last  monthTerms
}

// compute gives a contribution the amounts that follow from its earnings.
func (t *termsOfMonths) compute(c *Contribution) {
	if c.SelfEmployed {
		c.compute(t.law)
		return
	}
	if c.Month != t.month {
		t.month, t.last = c.Month, termsOf(t.law, c.Month)
	}
	c.apply(&t.last)
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
func (c *Contribution) apply(t *monthTerms) {
	c.Awaiting, c.Demo = t.awaiting, t.demo
	if c.Awaiting != nil {
		return
	}
	of := t.Person(c.Earnings)
	c.Base, c.Insured, c.Pension, c.Social = of.Base, of.Insured, of.Pension, of.Social
	c.sum()
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
