package entitlement_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/stazh/stazh/fixtures/law"
	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/ledger/account"
	"github.com/stazh/stazh/ledger/entitlement"
	"github.com/stazh/stazh/ledger/event"
	"github.com/stazh/stazh/ledger/money"
	"github.com/stazh/stazh/ledger/period"
	"github.com/stazh/stazh/ledger/rules"
)

const payer = "200988541"

func date(s string) period.Date { return period.MustDate(s) }

// published is the law of the fixtures, recorded at the start of time.
func published(t require.TestingT) *account.Law {
	l := account.NewLaw()
	parameters, err := law.Parameters()
	require.NoError(t, err)
	for _, p := range parameters {
		fact := account.PublishedOf(p)
		require.NoError(t, l.Apply(ledger.Event{RecordedAt: time.Unix(0, 0)}, &fact))
	}
	lists, err := law.Classifiers()
	require.NoError(t, err)
	for _, c := range lists {
		fact := c.Published()
		require.NoError(t, l.Apply(ledger.Event{}, &fact))
	}
	return l
}

// worker is a person with reported months of the same earnings, and work before the
// account was opened.
func worker(before, until, first string, months int, earnings string) *account.Person {
	p := account.NewPerson(ledger.PersonID{1})
	p.Registered = true
	if before != "" {
		p.Periods = append(p.Periods, account.SpecialPeriod{
			SpecialPeriodRecorded: event.SpecialPeriodRecorded{Period: uuid.UUID{15: 9},
				Kind: "before_account", From: date(before), To: date(until)}, Position: 3})
	}
	month := period.MustMonth(first)
	slot := account.Slot{Slot: event.Slot{Payer: payer, Employment: uuid.UUID{15: 1},
		Category: "01", Year: month.Year()}, Version: 1, Receipt: "r1", DocNo: 1, Position: 7}
	for i := range months {
		slot.Months = append(slot.Months, event.MonthFact{Month: month.Add(i),
			Earnings: money.MustParse(earnings)})
	}
	if months > 0 {
		slot.Service = []event.ServicePeriod{{From: month.First(),
			To: month.Add(months - 1).Last()}}
		p.Suppose(slot)
	}
	return p
}

func claim(t require.TestingT, p *account.Person, sex, born, from, kind string,
	details string) entitlement.Question {
	q := entitlement.Question{Person: p, Law: published(t), Kind: kind,
		Personal:  event.PersonalData{Sex: sex, BirthDate: date(born)},
		ClaimedOn: date(from), From: date(from)}
	if details != "" {
		require.NoError(t, json.Unmarshal([]byte(details), &q.Details))
	}
	return q
}

func TestFullOldAgePension(t *testing.T) {
	t.Parallel()
	// 26 full years, all paid; 61 years old on the day.
	p := worker("1992-06-01", "2016-05-31", "2016-06", 24, "800.00")
	trace, err := entitlement.Calculate(claim(t, p, "М", "1957-06-01", "2018-06-01", "old_age", ""))
	require.NoError(t, err)
	require.True(t, trace.Entitled, trace.Unmet)
	require.Equal(t, "full", trace.Form)
	require.Equal(t, []string{"OA-4", "OA-5"}, trace.RuleIDs())
	// 55 % of 800 and 1 % for one extra year.
	require.Equal(t, "448.00", trace.Amount.String())
	require.Equal(t, rules.Duration{Years: 26}, trace.Coverage.Total.Coverage)
	require.Len(t, trace.Earnings, 1)
	require.Len(t, trace.Earnings[0].Months, 24)
	require.Equal(t, "r1", trace.Earnings[0].Months[0].Receipt)
	require.EqualValues(t, 7, trace.Earnings[0].Months[0].Position)
	require.Equal(t, entitlement.FromAccount, trace.Rules[1].Origins["average_monthly_earnings"])
}

func TestPartialPensionAndRefusals(t *testing.T) {
	t.Parallel()
	// 20 years where 25 are asked; the paid minimum of 16 years and 6 months is met.
	p := worker("1998-06-01", "2016-05-31", "2016-06", 24, "800.00")
	trace, err := entitlement.Calculate(claim(t, p, "М", "1957-06-01", "2018-06-01", "old_age", ""))
	require.NoError(t, err)
	require.True(t, trace.Entitled)
	require.Equal(t, "partial", trace.Form)
	require.Equal(t, []string{"OA-4", "OA-7"}, trace.RuleIDs())
	require.Equal(t, "352.00", trace.Amount.String(), "440.00 · 240/300")

	p = worker("2010-06-01", "2016-05-31", "2016-06", 24, "800.00")
	trace, err = entitlement.Calculate(claim(t, p, "М", "1960-06-01", "2018-06-01", "old_age", ""))
	require.NoError(t, err)
	require.False(t, trace.Entitled)
	require.Equal(t, []string{"age_not_reached", "coverage_short", "paid_coverage_short"},
		trace.Unmet)
	require.Zero(t, trace.Amount)
	require.Empty(t, trace.Form)
}

func TestDeferralAddsToTheAmount(t *testing.T) {
	t.Parallel()
	p := worker("1992-06-01", "2016-05-31", "2016-06", 24, "800.00")
	trace, err := entitlement.Calculate(claim(t, p, "М", "1957-06-01", "2018-06-01", "old_age",
		`{"deferral_years":1}`))
	require.NoError(t, err)
	require.Equal(t, []string{"OA-4", "OA-5", "OA-8"}, trace.RuleIDs())
	require.Equal(t, "496.00", trace.Amount.String(), "448.00 and 6 % of 800.00")
}

func TestHazardousPensionBelowTheGeneralCoverage(t *testing.T) {
	t.Parallel()
	p := worker("1998-06-01", "2016-05-31", "2016-06", 24, "800.00")
	p.Periods[0].Kind = "before_account_list_1"
	trace, err := entitlement.Calculate(claim(t, p, "М", "1967-01-01", "2018-06-01",
		"hazardous_list_1", ""))
	require.NoError(t, err)
	require.True(t, trace.Entitled, trace.Unmet)
	require.Equal(t, []string{"OA-4", "OA-7"}, trace.RuleIDs())
	require.Equal(t, rules.Duration{Years: 18}, trace.Coverage.List1)
}

func TestSocialPensionNeedsNoAccount(t *testing.T) {
	t.Parallel()
	q := claim(t, worker("", "", "2018-01", 0, "0.00"), "Ж", "1950-01-01", "2018-02-01",
		"social_old_age", `{"working":false,"entitled_to_insurance_pension":false}`)
	trace, err := entitlement.Calculate(q)
	require.NoError(t, err)
	require.True(t, trace.Entitled)
	require.Equal(t, "99.66", trace.Amount.String())
	require.Nil(t, trace.Coverage, "nothing is established that no rule asks for")
}

func TestNothingIsGuessed(t *testing.T) {
	t.Parallel()
	p := worker("1992-06-01", "2016-05-31", "2016-06", 24, "800.00")
	_, err := entitlement.Calculate(claim(t, p, "М", "1957-06-01", "2018-06-01", "old_age",
		`{"average_monthly_earnings":"9999.00"}`))
	var established *entitlement.EstablishedFactError
	require.ErrorAs(t, err, &established)
	require.Equal(t, "average_monthly_earnings", established.Field)

	_, err = entitlement.Calculate(claim(t, p, "М", "1957-06-01", "2018-06-01",
		"social_old_age", `{"working":false}`))
	var missing *entitlement.MissingEvidenceError
	require.ErrorAs(t, err, &missing)
	require.Equal(t, "entitled_to_insurance_pension", missing.Field)

	q := claim(t, p, "М", "1957-06-01", "2018-06-01", "old_age", "")
	q.Personal.BirthDate = 0
	_, err = entitlement.Calculate(q)
	require.ErrorAs(t, err, &missing)
	require.Equal(t, "birth_date", missing.Field)

	_, err = entitlement.Calculate(claim(t, p, "М", "1957-06-01", "2018-06-01", "nothing", ""))
	require.ErrorIs(t, err, entitlement.ErrUnknownKind)

	_, err = entitlement.Calculate(claim(t, p, "М", "1957-06-01", "2040-06-01", "social_old_age",
		`{"working":false,"entitled_to_insurance_pension":false}`))
	var lacking *rules.Error
	require.ErrorAs(t, err, &lacking)
	require.Equal(t, rules.CodeMissingParameter, lacking.Code)
}

// TestAKindOfBenefitIsData: what the law adds needs an entry and no code.
func TestAKindOfBenefitIsData(t *testing.T) {
	t.Parallel()
	q := claim(t, worker("", "", "2018-01", 0, "0.00"), "Ж", "1950-01-01", "2018-02-01",
		"veteran_pension", "")
	_, err := entitlement.Calculate(q)
	require.ErrorIs(t, err, entitlement.ErrUnknownKind)
	require.NoError(t, q.Law.Apply(ledger.Event{}, &event.ClassifierPublished{
		Name: account.ClassifierBenefit, From: date("2018-01-01"),
		Entries: []event.ClassifierEntry{{Code: "veteran_pension",
			Attributes: []event.Attribute{{Key: "amount", Value: "AD-3"},
				{Key: "fixed.subsistence_rate", Value: "0.75"},
				{Key: "pays", Value: "monthly"}, {Key: "pension", Value: "yes"}}}}}))
	trace, err := entitlement.Calculate(q)
	require.NoError(t, err)
	require.True(t, trace.Entitled)
	require.Equal(t, "149.49", trace.Amount.String())
	require.Equal(t, entitlement.FromKind, trace.Rules[0].Origins["subsistence_rate"])
}

func TestTheSameStateGivesTheSameTrace(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		months := rapid.IntRange(1, 200).Draw(rt, "months")
		p := worker("1985-01-01", "1999-12-31", "2000-01", months,
			money.Amount(rapid.IntRange(1, 500_000).Draw(rt, "earnings")).String())
		born := date("1945-01-01").AddDays(rapid.IntRange(0, 9000).Draw(rt, "age")).String()
		first, err := entitlement.Calculate(claim(rt, p, "Ж", born, "2018-06-01", "old_age", ""))
		require.NoError(rt, err)
		second, err := entitlement.Calculate(claim(rt, p.Clone(), "Ж", born, "2018-06-01",
			"old_age", ""))
		require.NoError(rt, err)
		one, err := first.JSON()
		require.NoError(rt, err)
		two, err := second.JSON()
		require.NoError(rt, err)
		require.Equal(rt, string(one), string(two))
		require.Equal(rt, first.Entitled, len(first.Unmet) == 0)
		require.Equal(rt, first.Entitled, first.Amount > 0)
	})
}
