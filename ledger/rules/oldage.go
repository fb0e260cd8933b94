package rules

import (
	"slices"

	"github.com/stazh/stazh/ledger/money"
	"github.com/stazh/stazh/ledger/period"
)

// Names of the numbers that old-age pensions rest on.
const (
	oldAgeBaseRate     = "old_age_base_rate"
	oldAgeYearRate     = "old_age_year_rate"
	oldAgeExtraYearCap = "old_age_extra_year_cap"
	hazardousYearCap   = "hazardous_year_cap"
	socialPensionRate  = "social_pension_rate"
	deferralBase       = "deferral_base"
	deferralRates      = "deferral_rates"
	deferralMonthsRate = "deferral_rate_two_months"
	partialMinimum     = "partial_old_age_minimum_rate"
	partialMother      = "partial_minimum_rate_mother_of_five"
)

// hazardousCoverage is the hazardous work in months beyond which years count extra, and
// socialPensionAge the age of a social pension in months, by sex.
var (
	hazardousCoverage = [...]string{
		Male: "hazardous_coverage_months_male", Female: "hazardous_coverage_months_female"}
	socialPensionAge = [...]string{
		Male: "social_pension_age_months_male", Female: "social_pension_age_months_female"}
)

var oldAgeParameters = slices.Concat(
	[]definition{{name: requiredPaidCoverage, kind: count}},
	general[Male].parameters(), general[Female].parameters(),
	reduced[HazardousList1][Male].parameters(), reduced[HazardousList1][Female].parameters(),
	reduced[HazardousList2][Male].parameters(), reduced[HazardousList2][Female].parameters(),
	reduced[MotherOfFive][Female].parameters(),
	[]definition{
		{name: hazardousCoverage[Male], kind: count},
		{name: hazardousCoverage[Female], kind: count},
		{name: socialPensionAge[Male], kind: count},
		{name: socialPensionAge[Female], kind: count},
		{name: partialMinimum, kind: rate},
		{name: partialMother, kind: rate},
		{name: deferralRates, kind: steps},
		{name: deferralMonthsRate, kind: rate},
	})

// OldAgeInput is the question of OA-5.
type OldAgeInput struct {
	Sex                    Sex
	OnDate                 period.Date
	AverageMonthlyEarnings money.Amount
	Coverage               Duration
	HazardousCoverage      Duration
}

// OldAge is the answer of OA-5.
type OldAge struct {
	// ExtraYears and HazardousYears are the full years that count beyond those required.
	ExtraYears     int
	HazardousYears int
	GrossAmount    money.Amount
	FloorApplied   bool
	CapApplied     bool
	Amount         money.Amount
}

// OA5 gives a full old-age pension, before deferral.
func OA5(law *Law, in OldAgeInput, t *Trace) (OldAge, error) {
	l := lookup{law: law, trace: t}
	required := l.count(general[in.Sex].coverage, in.OnDate)
	beyond := in.Coverage.WholeMonths() - required
	if l.err == nil && beyond < 0 {
		return OldAge{}, notApplicable("coverage",
			"the coverage is short of a full pension: ask rule OA-7")
	}
	base, year := l.number(oldAgeBaseRate, in.OnDate), l.number(oldAgeYearRate, in.OnDate)
	extra := min(l.count(oldAgeExtraYearCap, in.OnDate), beyond/monthsOfYear)
	t.count("extra_years", "", extra)
	hazardous := in.HazardousCoverage.WholeMonths() - l.count(hazardousCoverage[in.Sex], in.OnDate)
	hazardous = min(l.count(hazardousYearCap, in.OnDate), max(hazardous, 0)/monthsOfYear)
	t.count("hazardous_years", "", hazardous)
	least := l.minimumPension(in.OnDate)
	most, capped := l.limit(MaximumOldAgePension, in.OnDate)
	if l.err != nil {
		return OldAge{}, l.err
	}
	earnings := exactAmountOf(in.AverageMonthlyEarnings)
	perYear := larger(year.times(earnings), year.times(least))
	gross := base.times(earnings).plus(perYear.times(exactInt(extra))).
		plus(year.times(earnings).times(exactInt(hazardous)))
	t.exact("gross_amount", "old_age_base_rate × average_monthly_earnings + extra_years × "+
		"max(old_age_year_rate × average_monthly_earnings, old_age_year_rate × "+
		"minimum_old_age_pension) + hazardous_years × old_age_year_rate × "+
		"average_monthly_earnings", gross)
	amount := larger(gross, least)
	answer := OldAge{ExtraYears: extra, HazardousYears: hazardous, GrossAmount: gross.round(),
		FloorApplied: gross.less(least), CapApplied: capped && most.less(amount)}
	formula := "round(max(gross_amount, minimum_old_age_pension))"
	if capped {
		amount = smaller(amount, most)
		formula = "round(min(max(gross_amount, minimum_old_age_pension), maximum_old_age_pension))"
	}
	answer.Amount = amount.round()
	t.amount("amount", formula, answer.Amount)
	return answer, nil
}

// OA6 gives the minimum old-age pension on a day.
func OA6(law *Law, on period.Date, t *Trace) (money.Amount, error) {
	l := lookup{law: law, trace: t}
	m := l.minimumPension(on)
	if l.err != nil {
		return 0, l.err
	}
	t.amount("amount", "round(minimum_old_age_pension)", m.round())
	return m.round(), nil
}
