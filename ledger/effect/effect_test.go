package effect_test

import (
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/stazh/stazh/fixtures/law"
	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/ledger/account"
	"github.com/stazh/stazh/ledger/effect"
	"github.com/stazh/stazh/ledger/event"
	"github.com/stazh/stazh/ledger/money"
	"github.com/stazh/stazh/ledger/period"
)

const payer = "200988541"

var today = period.MustDate("2018-04-12")

func lawOf(t *testing.T) *account.Law {
	t.Helper()
	parameters, err := law.Parameters()
	require.NoError(t, err)
	l := account.NewLaw()
	for _, p := range parameters {
		require.NoError(t, l.Parameters.Publish(p))
	}
	return l
}

func amount(text string) money.Amount { return money.MustParse(text) }

// person has reported the earnings of January, and nothing where they are empty.
func person(earnings, category, tariff string) effect.Insured {
	p := account.NewPerson(ledger.PersonID{1})
	p.Registered, p.Revision = true, 1
	if earnings != "" {
		p.Suppose(account.Slot{Slot: event.Slot{Payer: payer, Category: category, Year: 2018,
			Quarters: "1"}, Version: 1, Months: []event.MonthFact{{Tariff: tariff,
			Month: period.MustMonth("2018-01"), Earnings: amount(earnings)}},
			Service: []event.ServicePeriod{{From: period.MustDate("2018-01-01"),
				To: period.MustDate("2018-01-31")}}})
	}
	return effect.Insured{Person: p}
}

func of(t *testing.T, before, after effect.Insured) effect.Effect {
	t.Helper()
	after.Revision++
	states := func(p effect.Insured) effect.States {
		return effect.States{Persons: map[ledger.PersonID]effect.Insured{p.ID: p}}
	}
	return effect.Of(states(before), states(after), lawOf(t), today)
}

func TestOnlyWhatDiffersIsListed(t *testing.T) {
	t.Parallel()
	e := of(t, person("500.00", "01", "1"), person("500.00", "01", "1"))
	require.Empty(t, e.Persons, "another event that changes no figure")
	require.Zero(t, e.Total)

	e = of(t, person("500.00", "01", "1"), person("400.00", "01", "1"))
	require.Len(t, e.Persons, 1)
	p := e.Persons[0]
	require.Equal(t, []effect.MonthChange{{Month: period.MustMonth("2018-01"), Payer: payer,
		Category: "01", Tariff: "1", Change: effect.Change[effect.Facts]{
			Before: effect.Facts{Earnings: amount("500.00")},
			After:  effect.Facts{Earnings: amount("400.00")}}}}, p.Months)
	require.Len(t, p.Contributions, 1)
	require.Equal(t, amount("145.00"), p.Contributions[0].Before.ForPensions) // 29 %
	require.Equal(t, amount("116.00"), p.Contributions[0].After.ForPensions)
	require.Equal(t, amount("24.00"), p.Contributions[0].After.ForSocial) // 6 %
	require.Nil(t, p.Coverage, "the days are the same")
	require.Nil(t, p.Pension, "who it is is not known, before and after")
	require.Equal(t, amount("-35.00"),
		e.Total.Contributions.After.Total-e.Total.Contributions.Before.Total)
}

// Another tariff or category moves the amounts from one line to another.
func TestLinesAreOfCategoryAndTariff(t *testing.T) {
	t.Parallel()
	for what, after := range map[string]effect.Insured{
		"tariff": person("500.00", "01", "35"), "category": person("500.00", "02", "1")} {
		p := of(t, person("500.00", "01", "1"), after).Persons[0]
		require.Len(t, p.Months, 2, what)
		require.Empty(t, p.Contributions, "%s: the sums are the same", what)
		require.Equal(t, amount("500.00"), p.Months[0].Before.Earnings+p.Months[1].Before.Earnings)
		require.Equal(t, amount("500.00"), p.Months[0].After.Earnings+p.Months[1].After.Earnings)
	}
}

func TestCancellationAndAwards(t *testing.T) {
	t.Parallel()
	award := account.Case{ID: uuid.UUID{9}, Kind: "old_age",
		Award: event.Award{From: period.MustDate("2018-03-01"), Amount: amount("300.00")}}
	before, after := person("500.00", "01", "1"), person("", "", "")
	before.Cases = []account.Case{award}
	award.Reviews = []account.Review{{Reason: "months_changed"}}
	after.Cases = []account.Case{award}
	e := of(t, before, after)
	p := e.Persons[0]
	require.Equal(t, effect.Facts{}, p.Months[0].After)
	require.Equal(t, 31, p.Coverage.Before.TotalDays)
	require.Zero(t, p.Coverage.After.TotalDays)
	require.Equal(t, []effect.Award{{Case: uuid.UUID{9}, Kind: "old_age",
		From: period.MustDate("2018-03-01"), Amount: amount("300.00"),
		Reason: "months_changed"}}, p.Awards)
	require.Equal(t, 1, e.Total.Awards)

	before.Cases = after.Cases // flagged before
	require.Empty(t, of(t, before, after).Persons[0].Awards)
}

func TestSomebodyNew(t *testing.T) {
	t.Parallel()
	now := person("500.00", "01", "1")
	now.Personal = event.PersonalData{Sex: "М", BirthDate: period.MustDate("1987-02-27")}
	e := effect.Of(effect.States{}, effect.States{
		Persons: map[ledger.PersonID]effect.Insured{now.ID: now}}, lawOf(t), today)
	require.Equal(t, effect.AccountOpened, e.Persons[0].Account)
	require.Equal(t, effect.DataUnknown, e.Persons[0].Pension.Before.Why)
	require.NotEqual(t, effect.DataUnknown, e.Persons[0].Pension.After.Why)
}

func TestCreditsForWorkInSpecialConditions(t *testing.T) {
	t.Parallel()
	with := func(credits ...money.Amount) effect.Insured {
		p := person("500.00", "01", "1")
		s := account.OccupationalSlot{OccupationalSlot: event.OccupationalSlot{Payer: payer}}
		for i, credited := range credits {
			s.Months = append(s.Months, event.OccupationalMonth{Earnings: 100_000,
				Month: period.MustMonth("2018-01").Add(i), Credited: credited})
		}
		p.Occupational = []account.OccupationalSlot{s}
		return p
	}
	e := of(t, with(9000, 9000), with(9000, 6000, 100))
	require.Len(t, e.Persons, 1)
	require.Equal(t, []effect.OccupationalChange{
		{Month: period.MustMonth("2018-02"), Payer: payer, Change: effect.Change[effect.Occupational]{
			Before: effect.Occupational{Earnings: 100_000, Credited: 9000},
			After:  effect.Occupational{Earnings: 100_000, Credited: 6000}}},
		{Month: period.MustMonth("2018-03"), Payer: payer, Change: effect.Change[effect.Occupational]{
			After: effect.Occupational{Earnings: 100_000, Credited: 100}}}}, e.Persons[0].Occupational)
	require.Equal(t, effect.Change[money.Amount]{Before: 9000, After: 6100}, e.Total.Credited)
	require.Empty(t, of(t, with(9000), with(9000)).Persons)
}
