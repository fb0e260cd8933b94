package rules_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/stazh/stazh/ledger/money"
	"github.com/stazh/stazh/ledger/period"
	"github.com/stazh/stazh/ledger/rules"
)

// What the law must be like whatever its numbers: more coverage or earnings never give
// less, a partial pension is never above the full one, and who waits gets more.

var june2018 = period.MustDate("2018-06-01")

func drawEarnings(t *rapid.T, name string) money.Amount {
	return money.Amount(rapid.Int64Range(0, 400_000).Draw(t, name))
}

func drawSex(t *rapid.T) rules.Sex {
	return rapid.SampledFrom([]rules.Sex{rules.Male, rules.Female}).Draw(t, "sex")
}

func ofMonths(months, days int) rules.Duration {
	return rules.Duration{Years: months / 12, Months: months % 12, Days: days}
}

// pension gives the pension of OA-5 or, with a short coverage, of OA-7.
func pension(t *rapid.T, law *rules.Law, in rules.OldAgeInput) (money.Amount, bool) {
	full, err := rules.OA5(law, in, nil)
	if err == nil {
		return full.Amount, true
	}
	require.Equal(t, rules.CodeNotApplicable, rules.AsError(err).Code)
	part, err := rules.OA7(law, rules.PartialInput{Sex: in.Sex, OnDate: in.OnDate,
		AverageMonthlyEarnings: in.AverageMonthlyEarnings, Coverage: in.Coverage}, nil)
	require.NoError(t, err)
	require.LessOrEqual(t, part.Amount, part.FullAmount)
	require.LessOrEqual(t, part.MonthsCounted, part.MonthsRequired)
	return part.Amount, false
}

func TestOldAgePensionGrowsWithCoverageAndEarnings(t *testing.T) {
	t.Parallel()
	law := recordedLaw(t)
	least, err := rules.OA6(law, june2018, nil)
	require.NoError(t, err)
	rapid.Check(t, func(t *rapid.T) {
		months := rapid.IntRange(0, 600).Draw(t, "months")
		low := rules.OldAgeInput{Sex: drawSex(t), OnDate: june2018,
			AverageMonthlyEarnings: drawEarnings(t, "earnings"),
			Coverage:               ofMonths(months, rapid.IntRange(0, 29).Draw(t, "days")),
			HazardousCoverage:      ofMonths(rapid.IntRange(0, months).Draw(t, "hazardous"), 0)}
		high := low
		high.Coverage = ofMonths(months+rapid.IntRange(1, 100).Draw(t, "more months"),
			low.Coverage.Days)
		high.HazardousCoverage = ofMonths(low.HazardousCoverage.WholeMonths()+
			rapid.IntRange(0, 100).Draw(t, "more hazardous months"), 0)
		high.AverageMonthlyEarnings += drawEarnings(t, "more earnings")
		lower, full := pension(t, law, low)
		higher, _ := pension(t, law, high)
		require.LessOrEqual(t, lower, higher)
		require.LessOrEqual(t, higher, money.MustParse("972.92"))
		if full {
			require.GreaterOrEqual(t, lower, least)
		} else {
			require.GreaterOrEqual(t, lower, least/2)
		}
	})
}

func TestDeferralNeverLowersAPension(t *testing.T) {
	t.Parallel()
	law := recordedLaw(t)
	rapid.Check(t, func(t *rapid.T) {
		in := rules.DeferralInput{PensionAmount: drawEarnings(t, "pension"),
			AverageMonthlyEarnings: drawEarnings(t, "earnings"),
			DeferralYears:          rapid.IntRange(0, 20).Draw(t, "years"),
			DeferralMonths:         rapid.IntRange(0, 11).Draw(t, "months")}
		now, err := rules.OA8(law, in, nil)
		require.NoError(t, err)
		require.GreaterOrEqual(t, now.Amount, in.PensionAmount)
		in.DeferralMonths++
		if in.DeferralMonths == 12 {
			in.DeferralYears, in.DeferralMonths = in.DeferralYears+1, 0
		}
		later, err := rules.OA8(law, in, nil)
		require.NoError(t, err)
		require.LessOrEqual(t, now.Amount, later.Amount)
	})
}

func TestRetirementDateFollowsTheBirthDate(t *testing.T) {
	t.Parallel()
	law := recordedLaw(t)
	rapid.Check(t, func(t *rapid.T) {
		birth := drawDate(t, "birth_date")
		sex := drawSex(t)
		at := func(birth, on period.Date) rules.Retirement {
			r, err := rules.OA1(law, rules.RetirementInput{Sex: sex, BirthDate: birth, OnDate: on},
				nil)
			require.NoError(t, err)
			return r
		}
		r := at(birth, birth)
		require.LessOrEqual(t, r.PensionDate, at(birth.AddDays(1), birth.AddDays(1)).PensionDate)
		require.False(t, at(birth, r.PensionDate.AddDays(-1)).Reached)
		require.True(t, at(birth, r.PensionDate).Reached)
		require.True(t, at(birth, r.PensionDate.AddDays(400)).Reached, "a right is not lost again")
		// No earlier day has the age of its own year.
		for on := r.PensionDate.AddDays(-400); on < r.PensionDate; on++ {
			required, err := law.Rate(map[rules.Sex]string{
				rules.Male: "retirement_age_months_male", rules.Female: "retirement_age_months_female",
			}[sex], on)
			require.NoError(t, err)
			require.Less(t, on, birth.AddMonths(int(required/100_000_000)))
		}
	})
}

func TestDisabilityPensionsKeepTheirOrder(t *testing.T) {
	t.Parallel()
	law := recordedLaw(t)
	rapid.Check(t, func(t *rapid.T) {
		earnings := drawEarnings(t, "earnings")
		var amounts [3]money.Amount
		for i, group := range []rules.Group{rules.GroupI, rules.GroupII, rules.GroupIII} {
			d, err := rules.DI3(law, rules.DisabilityInput{Group: group,
				AverageMonthlyEarnings: earnings, OnDate: june2018}, nil)
			require.NoError(t, err)
			amounts[i] = d.Amount
		}
		require.GreaterOrEqual(t, amounts[0], amounts[1])
		require.GreaterOrEqual(t, amounts[1], amounts[2])
		in := rules.PartialDisabilityInput{BirthDate: drawDate(t, "birth_date"),
			DisabilityOnsetDate: june2018, Group: rules.GroupII, AverageMonthlyEarnings: earnings,
			OnDate: june2018, Coverage: ofMonths(rapid.IntRange(0, 200).Draw(t, "months"), 1)}
		part, err := rules.DI4(law, in, nil)
		if err != nil {
			require.Equal(t, rules.CodeNotApplicable, rules.AsError(err).Code)
			return
		}
		require.LessOrEqual(t, part.Amount, amounts[1])
		in.MotherOfFive = true
		mother, err := rules.DI4(law, in, nil)
		require.NoError(t, err)
		require.GreaterOrEqual(t, mother.Amount, part.Amount)
	})
}

// Required coverage rises with the age when a disability began, and in years never falls.
func TestRequiredCoverageRises(t *testing.T) {
	t.Parallel()
	law := recordedLaw(t)
	last := -1
	for age := range 100 {
		birth := june2018.AddMonths(-12 * age)
		got, err := rules.DI1(law, rules.OnsetInput{BirthDate: birth,
			DisabilityOnsetDate: june2018}, nil)
		require.NoError(t, err)
		require.Equal(t, age, got.AgeAtOnset)
		require.GreaterOrEqual(t, got.RequiredCoverage.Years, last)
		last = got.RequiredCoverage.Years
	}
	require.Equal(t, 15, last)
}

// A new value, rate, table or age of retirement is a row of data. Nothing else changes,
// and what was known before stays as it was.
func TestTheLawChangesByDataAlone(t *testing.T) {
	t.Parallel()
	law := recordedLaw(t)
	decree := time.Date(2027, 5, 1, 0, 0, 0, 0, time.UTC)
	for _, p := range [][3]string{
		{"subsistence_level", "1000.00", "2027-11-01"},
		{"subsistence_level", "1001.00", "2028-02-01"},
		{"minimum_old_age_rate", "0.30", "2028-01-01"},
		{"retirement_age_months_male", "768", "2028-01-01"},
		{"required_paid_coverage_months", "252", "2028-01-01"},
		{"retirement_age_months_male_list_1", "640", "2028-01-01"},
		{"disability_required_coverage_months", "0:12 30:60", "2028-01-01"},
		{"disability_rates", "1:0.80 2:0.70 3:0.45", "2028-01-01"},
		{"deferral_rates", "1:0.10", "2028-01-01"},
		{"national_average_wage", "3000.00", "2028-01-01"},
		{"contribution_ceiling_multiple", "6", "2028-01-01"},
		{"insured_rate", "0.02", "2028-01-01"},
	} {
		published := parameter(p[0], p[1], p[2], "")
		published.KnownFrom = decree
		if p[0] == "subsistence_level" {
			published.Until = published.From.AddMonths(3).AddDays(-1)
		}
		require.NoError(t, law.Publish(published), p[0])
	}
	questions := []sourced{
		{"", "OA-6", `{"on_date":"2028-02-01"}`, `{"amount":"300.30"}`},
		{"", "OA-1", `{"sex":"male","birth_date":"1964-01-02","on_date":"2028-02-01"}`,
			`{"pension_age":{"years":63,"months":0},"reached":true}`},
		{"", "OA-1", `{"sex":"male","birth_date":"1965-01-02","on_date":"2028-02-01"}`,
			`{"pension_age":{"years":64,"months":0},"pension_date":"2029-01-02"}`},
		{"", "OA-2", `{"sex":"male","on_date":"2028-02-01"}`,
			`{"required_paid_coverage":{"years":21,"months":0,"days":0}}`},
		{"", "OA-3", `{"category":"hazardous_list_1","sex":"male","on_date":"2028-02-01"}`,
			`{"required_age":{"years":53,"months":4}}`},
		{"", "DI-1", `{"birth_date":"1990-01-01","disability_onset_date":"2028-02-01"}`,
			`{"required_coverage":{"years":5,"months":0,"days":0}}`},
		{"", "DI-3", `{"group":"II","average_monthly_earnings":"1000.00","on_date":"2028-02-01"}`,
			`{"amount":"700.00"}`},
		{"", "OA-8", deferral(3, 2), `{"increase_rate":"0.31"}`},
		{"", "CO-1", `{"contribution_month":"2028-02","earnings":"99999.00"}`,
			`{"base":"18000.00","amount":"360.00"}`},
	}
	for _, q := range questions {
		requireFields(t, law, q)
	}
	known := law.AsKnownAt(decree.AddDate(0, 0, -1))
	for _, q := range questions {
		before, err := rules.Run(recordedLaw(t), q.rule, []byte(q.input))
		then, errThen := rules.Run(known, q.rule, []byte(q.input))
		require.Equal(t, rules.AsError(err), rules.AsError(errThen), q.rule)
		require.Equal(t, string(before), string(then), q.rule)
	}
	// A question without a day of its own is answered by the law of the day asked for.
	requireFields(t, law.On(june2018), sourced{"", "OA-8", deferral(3, 2),
		`{"increase_rate":"0.25"}`})
}

func TestPublishRefusesTables(t *testing.T) {
	t.Parallel()
	for _, table := range []string{"", "12", "0:", ":12", "0:12 0:24", "23:24 0:12", "0:12  23:24",
		"0:-1", "-1:0", "0:x", "0:1001", "0:12,23:24", "70000:1"} {
		law := &rules.Law{}
		err := law.Publish(parameter("disability_required_coverage_months", table,
			"2018-01-01", ""))
		require.Equal(t, "value", rules.AsError(err).Field, fmt.Sprintf("%q", table))
	}
	law := &rules.Law{}
	require.NoError(t, law.Publish(parameter("disability_rates", "1:0.750 2:0.65", "2018-01-01",
		"")))
	p, err := law.Lookup("disability_rates", june2018)
	require.NoError(t, err)
	require.Equal(t, "1:0.75 2:0.65", p.Value)
	// A group that a table does not name has no value.
	law = recordedLaw(t)
	require.NoError(t, law.Publish(parameter("disability_rates", "1:0.75 2:0.65", "2018-06-01",
		"")))
	question := rules.DisabilityInput{Group: rules.GroupII, OnDate: june2018}
	_, err = rules.DI3(law, question, nil)
	require.NoError(t, err)
	question.Group = rules.GroupIII
	_, err = rules.DI3(law, question, nil)
	require.Equal(t, rules.CodeMissingParameter, rules.AsError(err).Code)
	require.Equal(t, "disability_rates", rules.AsError(err).Field)
}
