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
type assessment struct {
	event.LiabilityAssessed
	awaits  *rules.MissingParameterError
	waiting []event.PersonEarnings // not in the sums yet
	fresh   []event.PersonEarnings // added by this command
	terms   rules.Terms
}

func newAssessment(m account.LiabilityMonth) *assessment {
	return &assessment{LiabilityAssessed: m.LiabilityAssessed,
		waiting: slices.Clone(m.Earnings)}
}

// change is what a document does to one person's earnings of a month.
type change struct {
	person        ledger.PersonID
	before, after money.Amount
	known         bool // the payer had reported the person for the month before
	selfEmployed  bool
}

// add takes a change into the month. Where a parameter is missing the earnings wait; the
// intake never stops for it.
func (a *assessment) add(law *rules.Law, c change) {
	if len(a.waiting) > 0 || a.settle(law) != nil {
		// What waits is settled together, once all its parameters are there.
		a.wait(event.PersonEarnings{
			Person: c.person, Earnings: c.after, SelfEmployed: c.selfEmployed})
		a.awaits, _ = missing(a.settle(law))
		return
	}
	if err := a.count(law, c); err != nil {
		a.awaits, _ = missing(err)
		a.wait(event.PersonEarnings{
			Person: c.person, Earnings: c.after, SelfEmployed: c.selfEmployed})
	}
}

func (a *assessment) wait(e event.PersonEarnings) {
	replace := func(list []event.PersonEarnings) []event.PersonEarnings {
		i := slices.IndexFunc(list, func(x event.PersonEarnings) bool {
			return x.Person == e.Person && x.SelfEmployed == e.SelfEmployed
		})
		if i >= 0 {
			list[i] = e
			return list
		}
		return append(list, e)
	}
	a.waiting, a.fresh = replace(a.waiting), replace(a.fresh)
}

// settle counts all that waits, or nothing and gives the missing parameter's error.
func (a *assessment) settle(law *rules.Law) error {
	trial := *a
	trial.waiting = nil
	if trial.terms.Month == 0 {
		terms, err := rules.TermsOf(law, a.Month)
		if err != nil {
			return err
		}
		trial.terms = terms
	}
	for _, e := range a.waiting {
		err := trial.count(law, change{
			person: e.Person, after: e.Earnings, selfEmployed: e.SelfEmployed})
		if err != nil {
			return err
		}
	}
	trial.fresh, trial.awaits = nil, nil
	*a = trial
	return nil
}

// count moves the sums by the difference that a change makes, by CO-7 for employers and
// by CO-4 and CO-5 for the self-employed.
func (a *assessment) count(law *rules.Law, c change) error {
	if c.selfEmployed {
		return a.countSelfEmployed(law, c)
	}
	if !c.known {
		a.Persons++
	}
	sums := rules.MonthSums{Earnings: a.Earnings, Base: a.Base, Withheld: a.Withheld}
	if c.known {
		sums.Remove(c.before, a.terms.Person(c.before))
	}
	sums.Add(c.after, a.terms.Person(c.after))
	total := a.terms.Assess(sums)
	a.Earnings, a.Base, a.Withheld = total.Earnings, total.Base, total.Withheld
	a.Pension, a.Social = total.EmployerPension, total.EmployerSocial
	a.Ceiling = a.terms.Ceiling()
	return nil
}

func (a *assessment) countSelfEmployed(law *rules.Law, c change) error {
	after, err := rules.SelfEmployed(law, a.Month, c.after)
	if err != nil {
		return err
	}
	if c.known {
		before, err := rules.SelfEmployed(law, a.Month, c.before)
		if err != nil {
			return err
		}
		a.SelfBase -= before.Base
		a.SelfPension -= before.Pension
		a.SelfSocial -= before.Social
		a.Earnings -= c.before
	} else {
		a.Persons++
	}
	a.SelfBase += after.Base
	a.SelfPension += after.Pension
	a.SelfSocial += after.Social
	a.Earnings += c.after
	a.Ceiling = a.terms.Ceiling()
	return nil
}

// fact is the event that records the month.
func (a *assessment) fact() event.Payload {
	if a.awaits == nil {
		recorded := a.LiabilityAssessed
		return &recorded
	}
	return &event.LiabilityAwaitsParameter{
		Month: a.Month, Parameter: a.awaits.Name, For: awaitedMonth(a.awaits.Date, a.Month),
		Earnings: a.fresh,
	}
}

func awaitedMonth(d period.Date, otherwise period.Month) period.Month {
	if d.IsZero() {
		return otherwise
	}
	return d.Month()
}
