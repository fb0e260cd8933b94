package entitlement_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/ledger/account"
	"github.com/stazh/stazh/ledger/entitlement"
	"github.com/stazh/stazh/ledger/event"
	"github.com/stazh/stazh/ledger/money"
	"github.com/stazh/stazh/ledger/period"
	"github.com/stazh/stazh/ledger/rules"
)

func stateOf(p *account.Person) string {
	c := ledger.NewEncoder(nil)
	p.Fields(c)
	return string(c.Encoded())
}

// A forecast on work that later is reported is what is calculated then.
func TestForecastComesTrue(t *testing.T) {
	t.Parallel()
	p := worker("1993-01-01", "2016-12-31", "2017-01", 15, "800.00") // up to March 2018
	q := claim(t, p, "М", "1957-08-10", "2018-04-12", "old_age", "")
	before := stateOf(p)
	f, err := entitlement.Foresee(q, entitlement.Plan{Today: date("2018-04-12"),
		WorkUntil: date("2018-12-31"), Earnings: money.MustParse("1000.00")})
	require.NoError(t, err)
	require.Equal(t, before, stateOf(p), "the account itself is untouched")
	require.False(t, f.Entitled)
	// Men retire at 61 in 2018.
	require.Equal(t, date("2018-08-10"), f.FirstDay)
	require.Equal(t, f.FirstDay, f.From)

	later := worker("1993-01-01", "2016-12-31", "2017-01", 15, "800.00")
	slot := worker("", "", "2018-04", 9, "1000.00").Slots()[0]
	later.Suppose(slot)
	trace, err := entitlement.Calculate(claim(t, later, "М", "1957-08-10", "2018-08-10",
		"old_age", ""))
	require.NoError(t, err)
	require.Equal(t, trace.Amount, f.Amount)
	require.Equal(t, trace.Form, f.Form)
	require.Equal(t, trace.Coverage.Total.Coverage, f.Trace.Coverage.Total.Coverage)
	last := f.Trace.Earnings[0].Months[len(f.Trace.Earnings[0].Months)-1]
	require.Equal(t, entitlement.AssumedReceipt, last.Receipt)
	require.Equal(t, []entitlement.Assumption{{What: entitlement.AssumedWork, Value: "1000.00",
		From: date("2018-04-01"), Until: date("2018-12-31")}}, f.Assumptions)
}

func TestConditionsSayWhatIsMissing(t *testing.T) {
	t.Parallel()
	p := worker("1994-01-01", "2016-12-31", "2017-01", 12, "800.00") // 24 years
	f, err := entitlement.Foresee(claim(t, p, "М", "1957-10-10", "2018-04-12", "old_age", ""),
		entitlement.Plan{Today: date("2018-04-12")})
	require.NoError(t, err)
	byCode := map[string]entitlement.Condition{}
	for _, c := range f.Conditions {
		byCode[c.Code] = c
	}
	age := byCode["age_not_reached"]
	require.False(t, age.Met)
	require.Equal(t, date("2018-10-10"), age.On, "61 years in 2018")
	require.Equal(t, rules.Duration{Months: 5, Days: 28}, *age.Missing)
	short := byCode["coverage_short"]
	require.False(t, short.Met)
	require.Equal(t, rules.Duration{Years: 24}, *short.Has)
	require.Equal(t, rules.Duration{Years: 25}, *short.Needs)
	require.Equal(t, rules.Duration{Years: 1}, *short.Missing)
	require.NotEmpty(t, short.Act)
	require.True(t, byCode["paid_coverage_short"].Met)
	require.Nil(t, byCode["paid_coverage_short"].Missing)
	require.Equal(t, "partial", f.Form, "without more work the pension is partial")
}

// What would be if a time were confirmed, and if the pension were taken later.
func TestWhatIf(t *testing.T) {
	t.Parallel()
	p := worker("1994-01-01", "2016-12-31", "2017-01", 12, "800.00")
	q := claim(t, p, "М", "1957-02-10", "2018-04-12", "old_age", "")
	foresee := func(plan entitlement.Plan) *entitlement.Forecast {
		plan.Today = date("2018-04-12")
		f, err := entitlement.Foresee(q, plan)
		require.NoError(t, err)
		return f
	}
	alone := foresee(entitlement.Plan{})
	require.Equal(t, "partial", alone.Form)
	served := foresee(entitlement.Plan{Confirmed: []entitlement.Confirmed{{Kind: "military",
		From: date("1976-01-01"), To: date("1977-12-31")}}})
	require.Equal(t, "full", served.Form)
	require.Greater(t, served.Amount, alone.Amount)
	require.Equal(t, alone.FirstDay, served.FirstDay)
	month := foresee(entitlement.Plan{Confirmed: []entitlement.Confirmed{{
		From: date("2016-12-01"), To: date("2016-12-31"), Earnings: money.MustParse("8000.00")}}})
	require.Equal(t, "1353.85", month.Trace.Earnings[0].Average.String(),
		"(12 · 800 + 8000) / 13")

	later := foresee(entitlement.Plan{DeferMonths: 12, Confirmed: []entitlement.Confirmed{{
		Kind: "military", From: date("1976-01-01"), To: date("1977-12-31")}}})
	require.Equal(t, served.FirstDay.AddMonths(12), later.From)
	require.Equal(t, []string{"OA-4", "OA-5", "OA-8"}, later.Trace.RuleIDs())
	require.Greater(t, later.Amount, served.Amount)
}

// The law of days to come is the last one known, and each number that is taken on is named.
func TestNumbersToCome(t *testing.T) {
	t.Parallel()
	p := worker("1993-01-01", "2016-12-31", "2017-01", 15, "800.00")
	q := claim(t, p, "М", "1977-02-10", "2018-04-12", "old_age", "")
	f, err := entitlement.Foresee(q, entitlement.Plan{Today: date("2018-04-12"),
		WorkUntil: date("2045-12-31"), Earnings: money.MustParse("900.00")})
	require.NoError(t, err)
	require.Equal(t, date("2040-02-10"), f.FirstDay, "63 years")
	names := map[string]entitlement.Assumption{}
	for _, a := range f.Assumptions {
		names[a.Name] = a
	}
	require.Contains(t, names, rules.SubsistenceLevel)
	require.Contains(t, names, rules.MaximumOldAgePension)
	require.Equal(t, date("2018-12-31"), names[rules.MaximumOldAgePension].Until)
	text, err := f.Trace.JSON()
	require.NoError(t, err)
	require.Contains(t, string(text), rules.AssumedToLast)
	_, err = entitlement.Calculate(claim(t, p, "М", "1957-02-10", "2040-02-10", "old_age", ""))
	var missing *rules.Error
	require.ErrorAs(t, err, &missing, "a claim is never decided on an assumed number")
	require.Equal(t, rules.CodeMissingParameter, missing.Code)

	never, err := entitlement.Foresee(claim(t, worker("", "", "2017-01", 12, "800.00"), "М",
		"1957-02-10", "2018-04-12", "old_age", ""), entitlement.Plan{Today: date("2018-04-12")})
	require.NoError(t, err)
	require.True(t, never.FirstDay.IsZero())
	require.Contains(t, never.Unmet, "paid_coverage_short")
	require.Nil(t, never.Trace)
	_, err = entitlement.Foresee(claim(t, p, "М", "1957-02-10", "2018-04-12", "social_old_age",
		`{"working":false,"entitled_to_insurance_pension":false}`),
		entitlement.Plan{Today: date("2018-04-12"), DeferMonths: 1})
	require.ErrorAs(t, err, &missing)
	require.Equal(t, rules.CodeNotApplicable, missing.Code)
}

// The first day found is the first of all days: a day-by-day search finds no earlier one.
func TestFirstDayIsTheFirst(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		months := rapid.IntRange(1, 26).Draw(rt, "months")
		begun := date("1990-01-01").AddDays(rapid.IntRange(0, 8000).Draw(rt, "begun"))
		p := worker(begun.String(), "2015-12-31", "2016-01", months, "700.00")
		born := date("1956-12-01").AddDays(rapid.IntRange(0, 270).Draw(rt, "born"))
		today := date("2018-04-12")
		q := claim(rt, p, "М", born.String(), today.String(), "old_age", "")
		plan := entitlement.Plan{Today: today, Earnings: money.MustParse("900.00")}
		if rapid.Bool().Draw(rt, "works") {
			plan.WorkUntil = today.AddDays(rapid.IntRange(0, 120).Draw(rt, "until"))
		}
		f, err := entitlement.Foresee(q, plan)
		require.NoError(rt, err)
		copied := assumed(p, f)
		end := today.AddDays(120)
		if !f.FirstDay.IsZero() && f.FirstDay < end {
			end = f.FirstDay
		}
		for day := today; day < end; day = day.AddDays(1) {
			q.Person, q.ClaimedOn, q.From = copied, day, day
			trace, err := entitlement.Calculate(q)
			if err != nil {
				break // beyond the numbers that are published
			}
			require.False(rt, trace.Entitled, "%s is before %s", day, f.FirstDay)
		}
	})
}

// assumed adds the work of a forecast to a copy of the account.
func assumed(p *account.Person, f *entitlement.Forecast) *account.Person {
	p = p.Clone()
	for _, a := range f.Assumptions {
		if a.What == entitlement.AssumedWork {
			slot := account.Slot{Service: []event.ServicePeriod{{From: a.From, To: a.Until}}}
			for m := a.From.Month(); m <= a.Until.Month(); m++ {
				slot.Months = append(slot.Months, event.MonthFact{Month: m,
					Earnings: money.MustParse("900.00")})
			}
			p.Suppose(slot)
		}
	}
	return p
}

func BenchmarkForesee(b *testing.B) {
	p := worker("1993-01-01", "2016-12-31", "2017-01", 15, "800.00")
	q := claim(b, p, "М", "1987-02-10", "2018-04-12", "old_age", "")
	for b.Loop() {
		if _, err := entitlement.Foresee(q, entitlement.Plan{Today: period.MustDate("2018-04-12"),
			WorkUntil: period.MustDate("2060-12-31"),
			Earnings:  money.MustParse("900.00")}); err != nil {
			b.Fatal(err)
		}
	}
}
