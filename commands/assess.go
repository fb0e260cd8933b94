package commands

import (
	"slices"

	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/ledger/account"
	"github.com/stazh/stazh/ledger/event"
	"github.com/stazh/stazh/ledger/money"
	"github.com/stazh/stazh/ledger/period"
	"github.com/stazh/stazh/ledger/rules"
)

// assessment is a payer's month while a command adds insured persons' earnings to it.
//
// Earnings of employees and of the self-employed need different numbers of the law. Those
// of a kind whose numbers are not all published wait, all of them; the others count.
type assessment struct {
	event.LiabilityAssessed
	awaits  *rules.MissingParameterError // of the earnings that wait; nil when none do
	waited  awaited                      // what was waited for so far
	waiting []event.PersonEarnings       // not in the sums
	fresh   []event.PersonEarnings       // of these, what this command has changed
	counted bool                         // the sums have changed
	terms   rules.Terms                  // of employees, once they are looked up
	tariffs *account.MonthTariffs        // of employers, likewise
}

func newAssessment(m account.LiabilityMonth) *assessment {
	return &assessment{LiabilityAssessed: m.LiabilityAssessed,
		waited: awaited{m.Awaits, m.AwaitsFor}, waiting: slices.Clone(m.Earnings)}
}

// awaited is a parameter of the law that is not published.
type awaited struct {
	name  string
	month period.Month
}

// change is what a document does to one person's earnings of a month.
type change struct {
	person        ledger.PersonID
	before, after money.Amount
	// reducedBefore and reducedAfter are the parts of these at other than the general rates.
	reducedBefore, reducedAfter []event.TariffSum
	known                       bool // the payer had reported the person for the month before
	remains                     bool // and does so after; a correction may take a month back
	selfEmployed                bool
}

// back is the change that undoes c.
func (c change) back() change {
	c.before, c.after, c.known, c.remains = c.after, c.before, c.remains, c.known
	c.reducedBefore, c.reducedAfter = c.reducedAfter, c.reducedBefore
	return c
}

// add takes a change into the month. Where a parameter is missing the earnings wait; the
// intake never stops for it.
func (a *assessment) add(law *account.Law, c change) {
	a.settle(law)
	place := slices.IndexFunc(a.waiting, c.concerns)
	if place < 0 {
		err := a.count(law, c)
		if err == nil {
			return
		}
		a.awaits, _ = missing(err)
	}
	e := event.PersonEarnings{Person: c.person, Earnings: c.after,
		SelfEmployed: c.selfEmployed, Tariffs: c.reducedAfter}
	if !c.remains {
		e.Withdrawn = true
		a.waiting = slices.DeleteFunc(a.waiting, c.concerns)
		a.fresh = replace(a.fresh, c, e)
		return
	}
	a.waiting, a.fresh = replace(a.waiting, c, e), replace(a.fresh, c, e)
}

// concerns tells whether waiting earnings are those that the change is about.
func (c change) concerns(e event.PersonEarnings) bool {
	return e.Person == c.person && e.SelfEmployed == c.selfEmployed
}

func replace(list []event.PersonEarnings, c change, e event.PersonEarnings,
) []event.PersonEarnings {
	if i := slices.IndexFunc(list, c.concerns); i >= 0 {
		list[i] = e
		return list
	}
	return append(list, e)
}

// settle counts what waits and has all its numbers now.
func (a *assessment) settle(law *account.Law) {
	a.awaits = nil
	a.waiting = slices.DeleteFunc(a.waiting, func(e event.PersonEarnings) bool {
		err := a.count(law, change{person: e.Person, after: e.Earnings,
			reducedAfter: e.Tariffs, remains: true, selfEmployed: e.SelfEmployed})
		if err != nil {
			a.awaits, _ = missing(err)
		}
		return err == nil
	})
	if len(a.waiting) == 0 && a.counted {
		a.fresh = nil
	}
}

// count moves the sums by the difference that a change makes, by CO-7 for employees and
// by CO-4 and CO-5 for the self-employed. The sums stay as they are after an error.
func (a *assessment) count(law *account.Law, c change) error {
	if c.selfEmployed {
		return a.countSelfEmployed(law, c)
	}
	if a.terms.Month == 0 {
		terms, err := rules.TermsOf(law.Parameters, a.Month)
		if err != nil {
			return err
		}
		a.terms = terms
	}
	a.countPerson(c)
	sums := rules.MonthSums{Earnings: a.Earnings, Base: a.Base, Withheld: a.Withheld}
	if c.known {
		sums.Remove(c.before, a.terms.Person(c.before))
	}
	if c.remains {
		sums.Add(c.after, a.terms.Person(c.after))
	}
	total := a.terms.Assess(sums)
	a.Earnings, a.Base, a.Withheld = total.Earnings, total.Base, total.Withheld
	a.Pension, a.Social = total.EmployerPension, total.EmployerSocial
	a.countReduced(law, c)
	a.Ceiling = a.terms.Ceiling()
	a.counted = true
	return nil
}

// countPerson counts who is reported for the month now and was not, or the reverse.
func (a *assessment) countPerson(c change) {
	switch {
	case c.remains && !c.known:
		a.Persons++
	case c.known && !c.remains:
		a.Persons--
	}
}

func (a *assessment) countSelfEmployed(law *account.Law, c change) error {
	var before, after rules.SelfEmployedContributions // nothing for nobody
	var err error
	if c.remains {
		if after, err = rules.SelfEmployed(law.Parameters, a.Month, c.after); err != nil {
			return err
		}
	}
	if c.known {
		if before, err = rules.SelfEmployed(law.Parameters, a.Month, c.before); err != nil {
			return err
		}
	}
	a.countPerson(c)
	a.Earnings += c.after - c.before
	a.SelfBase += after.Base - before.Base
	a.SelfPension += after.Pension - before.Pension
	a.SelfSocial += after.Social - before.Social
	a.counted = true
	return nil
}

// facts are the events that record the month: what is counted first, then what waits.
func (a *assessment) facts() []event.Payload {
	var facts []event.Payload
	if a.counted {
		recorded := a.LiabilityAssessed
		recorded.EmployeesWait = slices.ContainsFunc(a.waiting, employed)
		recorded.SelfEmployedWait = slices.ContainsFunc(a.waiting, selfEmployed)
		facts = append(facts, &recorded)
	}
	if len(a.fresh) > 0 {
		if a.awaits != nil {
			a.waited = awaited{a.awaits.Name, awaitedMonth(a.awaits.Date, a.Month)}
		}
		facts = append(facts, &event.LiabilityAwaitsParameter{Month: a.Month,
			Parameter: a.waited.name, For: a.waited.month, Earnings: a.fresh})
	}
	return facts
}

func employed(e event.PersonEarnings) bool     { return !e.SelfEmployed }
func selfEmployed(e event.PersonEarnings) bool { return e.SelfEmployed }

func awaitedMonth(d period.Date, otherwise period.Month) period.Month {
	if d.IsZero() {
		return otherwise
	}
	return d.Month()
}
