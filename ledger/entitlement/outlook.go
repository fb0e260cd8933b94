package entitlement

import (
	"math/big"
	"slices"

	"github.com/stazh/stazh/ledger/account"
	"github.com/stazh/stazh/ledger/money"
	"github.com/stazh/stazh/ledger/period"
	"github.com/stazh/stazh/ledger/rules"
)

// Outlook is what somebody can expect at the age for a benefit, if work goes on until then
// as it was of late. It asks a few days only, where a Forecast looks for the first one, so
// that it can be had for everybody whom a report is about.
type Outlook struct {
	// On is the first day at the age, or the day asked on where that is later.
	On period.Date `json:"on"`
	// Earnings are assumed of each month to come: the average of the last reported year.
	Earnings money.Amount `json:"earnings"`
	Entitled bool         `json:"entitled"`
	Form     string       `json:"form,omitempty"`
	Amount   money.Amount `json:"amount"`
	// Unmet are the conditions that stay unmet.
	Unmet []string `json:"unmet"`
}

// OldAge is the kind of benefit that everybody has an outlook to.
const OldAge = "old_age"

// ageMovesMax bounds the search for the day of an age that itself rises from year to year.
const ageMovesMax = 8

// recentMonths is how many of the last reported months tell what work brings.
const recentMonths = 12

// Expect gives the outlook from a day on. Days of the question do not count. Errors are
// those of Calculate.
func Expect(q Question, today period.Date) (Outlook, error) {
	s := &seer{question: q, forecast: &Forecast{}}
	earnings := recentEarnings(q.Person)
	day := today
	for range ageMovesMax {
		if day > today && earnings > 0 {
			s.question.Person = q.Person
			s.assume(Plan{Today: today, WorkUntil: day.AddDays(-1), Earnings: earnings})
		}
		trace, err := s.on(day)
		if err != nil {
			return Outlook{}, err
		}
		if reached := ageReached(trace, q.Personal.BirthDate); reached > day {
			day = reached
			continue
		}
		break
	}
	t := s.last
	return Outlook{On: day, Earnings: earnings, Entitled: t.Entitled, Form: t.Form,
		Amount: t.Amount, Unmet: t.Unmet}, nil
}

// ageReached is the day of an age that is still to come; zero for none.
func ageReached(t *Trace, birth period.Date) period.Date {
	if !slices.Contains(t.Unmet, string(rules.AgeNotReached)) {
		return 0
	}
	for _, c := range conditionsOf(t, birth) {
		if c.Code == string(rules.AgeNotReached) {
			return c.On
		}
	}
	return 0
}

// recentEarnings is the average of the last months that anybody reported, zero for none.
func recentEarnings(p *account.Person) money.Amount {
	last := lastReported(p)
	if last.IsZero() {
		return 0
	}
	var sum money.Amount
	first := last
	slots := p.Slots()
	for i := range slots {
		for _, m := range slots[i].Months {
			if m.Month > last.Add(-recentMonths) {
				sum += m.Earnings
				first = min(first, m.Month)
			}
		}
	}
	months := int64(last-first) + 1
	return money.RoundHalfUp(big.NewRat(int64(sum), 100*months))
}
