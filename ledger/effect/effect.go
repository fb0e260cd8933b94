// Package effect tells what a change of facts does: to the months, contributions, coverage,
// prospects and awards of insured persons, and to what payers owe and have paid. It compares
// states of the folds from before and after, and lists only what differs.
//
// It is pure and knows nothing of how the states came about: those of a trial run give the
// preview of a filing, those of the ledger tell what a filing has done.
package effect

import (
	"bytes"
	"cmp"
	"slices"

	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/ledger/account"
	"github.com/stazh/stazh/ledger/contribution"
	"github.com/stazh/stazh/ledger/event"
	"github.com/stazh/stazh/ledger/money"
	"github.com/stazh/stazh/ledger/period"
)

// States are the subjects at one moment.
type States struct {
	Persons map[ledger.PersonID]Insured
	Payers  map[string]*account.Payer
}

// Insured is a person's account with who it is; Personal is zero where that is not known.
type Insured struct {
	*account.Person
	Personal event.PersonalData
}

// Change is a value before and after. An absent one is the zero value.
type Change[T any] struct {
	Before T `json:"before"`
	After  T `json:"after"`
}

// Effect is what differs. Amounts in BYN.
type Effect struct {
	// On is the day as of which balances and prospects are told.
	On      period.Date `json:"on"`
	Persons []Person    `json:"persons"` // by pseudonym
	Payers  []Payer     `json:"payers"`  // by UNP
	Total   Total       `json:"total"`
}

// Total adds up what differs of all persons. What payers owe is rounded on their own totals
// and may differ from the sum of the persons' contributions by kopecks.
type Total struct {
	Persons       int                        `json:"persons"`
	Facts         Change[Facts]              `json:"facts"`
	Contributions Change[contribution.Funds] `json:"contributions"`
	// Credited is what ПУ-6 credit to the occupational parts of the accounts.
	Credited Change[money.Amount] `json:"credited"`
	// CoverageDays and PaidCoverageDays are the sums of days over persons.
	CoverageDays     Change[int] `json:"coverage_days"`
	PaidCoverageDays Change[int] `json:"coverage_days_paid"`
	// Awards is how many awards rest on facts that change.
	Awards int `json:"awards"`
}

// Of compares two moments by one law, as it is seen on a day. A subject that is missing at
// one of them is as it would be before its first event.
func Of(before, after States, law *account.Law, on period.Date) Effect {
	e := Effect{On: on, Persons: []Person{}, Payers: []Payer{}}
	for id, now := range after.Persons {
		then, known := before.Persons[id]
		if !known {
			then.Person = account.NewPerson(id)
		}
		if then.Seen() == now.Seen() {
			continue // nothing was recorded
		}
		if p := personOf(then, now, law, on); p.differs() {
			e.Persons = append(e.Persons, p)
		}
	}
	slices.SortFunc(e.Persons, func(a, b Person) int {
		return bytes.Compare(a.Person[:], b.Person[:])
	})
	for unp, now := range after.Payers {
		then := before.Payers[unp]
		if then == nil {
			then = account.NewPayer(unp)
		}
		if p := payerOf(then, now, law, on); p.differs() {
			e.Payers = append(e.Payers, p)
		}
	}
	slices.SortFunc(e.Payers, func(a, b Payer) int { return cmp.Compare(a.Payer, b.Payer) })
	e.addUp()
	return e
}

func (e *Effect) addUp() {
	t := &e.Total
	t.Persons = len(e.Persons)
	for i := range e.Persons {
		p := &e.Persons[i]
		for _, m := range p.Months {
			t.Facts.Before.add(m.Before)
			t.Facts.After.add(m.After)
		}
		for _, c := range p.Contributions {
			t.Contributions.Before.Add(c.Before)
			t.Contributions.After.Add(c.After)
		}
		for _, m := range p.Occupational {
			t.Credited.Before += m.Before.Credited
			t.Credited.After += m.After.Credited
		}
		if c := p.Coverage; c != nil {
			t.CoverageDays.Before += c.Before.TotalDays
			t.CoverageDays.After += c.After.TotalDays
			t.PaidCoverageDays.Before += c.Before.PaidDays
			t.PaidCoverageDays.After += c.After.PaidDays
		}
		t.Awards += len(p.Awards)
	}
}

// Facts are reported amounts.
type Facts struct {
	Earnings      money.Amount `json:"earnings"`
	Benefits      money.Amount `json:"benefits"`
	Contributions money.Amount `json:"contributions"`
	Paid          money.Amount `json:"paid"`
}

func (f *Facts) add(o Facts) {
	f.Earnings += o.Earnings
	f.Benefits += o.Benefits
	f.Contributions += o.Contributions
	f.Paid += o.Paid
}

// union gives the keys of both maps in order.
func union[K comparable, V any](a, b map[K]V, compare func(x, y K) int) []K {
	keys := make([]K, 0, len(a)+len(b))
	for k := range a {
		keys = append(keys, k)
	}
	for k := range b {
		if _, both := a[k]; !both {
			keys = append(keys, k)
		}
	}
	slices.SortFunc(keys, compare)
	return keys
}
