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
		{name: hazardousCoverage[Male], kind: count, term: "hazardous_coverage_months"},
		{name: hazardousCoverage[Female], kind: count, term: "hazardous_coverage_months"},
		{name: socialPensionAge[Male], kind: count, term: "social_pension_age_months"},
		{name: socialPensionAge[Female], kind: count, term: "social_pension_age_months"},
		{name: partialMinimum, kind: rate, term: "partial_minimum_rate"},
		{name: partialMother, kind: rate, term: "partial_minimum_rate"},
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
	t.count("extra_years", "min(old_age_extra_year_cap, floor((months(coverage) − "+
		"required_coverage_months) / 12))", extra)
	hazardous := in.HazardousCoverage.WholeMonths() - l.count(hazardousCoverage[in.Sex], in.OnDate)
	hazardous = min(l.count(hazardousYearCap, in.OnDate), max(hazardous, 0)/monthsOfYear)
	t.count("hazardous_years", "min(hazardous_year_cap, floor(max(months(hazardous_coverage) "+
		"− hazardous_coverage_months, 0) / 12))", hazardous)
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

// PartialInput is the question of OA-7.
type PartialInput struct {
	Sex                    Sex
	OnDate                 period.Date
	AverageMonthlyEarnings money.Amount
	Coverage               Duration
	MotherOfFive           bool
}

// Partial is the answer of a rule for a pension in proportion to the coverage.
type Partial struct {
	MonthsCounted  int
	MonthsRequired int
	FullAmount     money.Amount
	FloorApplied   bool
	Amount         money.Amount
}

// OA7 gives an old-age pension in proportion to a coverage short of the one required.
func OA7(law *Law, in PartialInput, t *Trace) (Partial, error) {
	l := lookup{law: law, trace: t}
	required := l.count(general[in.Sex].coverage, in.OnDate)
	if l.err == nil && in.Coverage.WholeMonths() >= required {
		return Partial{}, notApplicable("coverage",
			"the coverage is enough for a full pension: ask rule OA-5")
	}
	base := l.number(oldAgeBaseRate, in.OnDate)
	least := l.minimumPension(in.OnDate)
	most, capped := l.limit(MaximumOldAgePension, in.OnDate)
	floorName := partialMinimum
	if in.MotherOfFive {
		floorName = partialMother
	}
	floor := l.number(floorName, in.OnDate).times(least)
	if l.err != nil {
		return Partial{}, l.err
	}
	full := larger(base.times(exactAmountOf(in.AverageMonthlyEarnings)), least)
	formula := "max(old_age_base_rate × average_monthly_earnings, minimum_old_age_pension)"
	if capped {
		full = smaller(full, most)
		formula = "min(max(old_age_base_rate × average_monthly_earnings, " +
			"minimum_old_age_pension), maximum_old_age_pension)"
	}
	t.exact("full_amount", formula, full)
	t.exact("floor", "partial_minimum_rate × minimum_old_age_pension", floor)
	return proportion(full, floor, in.Coverage, required, "required_coverage_months", t), nil
}

// countedDays is how many days over whole months count as one more month of a pension in
// proportion to the coverage: more than these.
const countedDays = 15

// monthsCounted gives the months that a pension in proportion counts.
func (d Duration) monthsCounted() int {
	n := d.WholeMonths()
	if d.Days > countedDays {
		n++
	}
	return n
}

// countedFormula says how monthsCounted counts.
const countedFormula = "months(coverage), with one more for a rest of over 15 days"

// proportion gives full × months / required, at least the floor; formula says where the
// required months are from.
func proportion(
	full, floor exact, coverage Duration, required int, formula string, t *Trace,
) Partial {
	n := coverage.monthsCounted()
	t.count("months_counted", countedFormula, n)
	t.count("months_required", formula, required)
	share := full.times(exactInt(n)).over(required)
	answer := Partial{MonthsCounted: n, MonthsRequired: required, FullAmount: full.round(),
		FloorApplied: share.less(floor), Amount: larger(share, floor).round()}
	t.amount("amount", "round(max(full_amount × months_counted / months_required, floor))",
		answer.Amount)
	return answer
}

// DeferralInput is the question of OA-8.
type DeferralInput struct {
	PensionAmount          money.Amount
	AverageMonthlyEarnings money.Amount
	DeferralYears          int
	DeferralMonths         int
}

// Deferral is the answer of OA-8.
type Deferral struct {
	IncreaseRate   money.Rate
	IncreaseAmount money.Amount
	Amount         money.Amount
}

// deferralOfPension is the choice of deferral_base by which the increase for deferral is a
// percentage of the pension; it is one of the earnings otherwise.
const deferralOfPension = "pension"

// OA8 gives a deferred old-age pension: for each complete year its own rate, for the rest
// one for every two months. The question has no day.
func OA8(law *Law, in DeferralInput, t *Trace) (Deferral, error) {
	l := lookup{law: law, trace: t}
	rate := l.table(deferralRates, undated).sum(in.DeferralYears) +
		l.rate(deferralMonthsRate, undated)*money.Rate(in.DeferralMonths/2)
	choice := l.word(deferralBase, undated)
	if l.err != nil {
		return Deferral{}, l.err
	}
	t.rate("increase_rate", "sum(deferral_rates, deferral_years) + "+
		"floor(deferral_months / 2) × deferral_rate_two_months", rate)
	base, formula := in.AverageMonthlyEarnings, "increase_rate × average_monthly_earnings"
	if choice == deferralOfPension {
		base, formula = in.PensionAmount, "increase_rate × pension_amount"
	}
	increase := exactRate(rate).times(exactAmountOf(base))
	t.exact("increase_amount", formula, increase)
	answer := Deferral{IncreaseRate: rate, IncreaseAmount: increase.round(),
		Amount: exactAmountOf(in.PensionAmount).plus(increase).round()}
	t.amount("amount", "round(pension_amount + increase_amount)", answer.Amount)
	return answer, nil
}

// SocialPensionInput is the question of OA-9.
type SocialPensionInput struct {
	Sex                        Sex
	BirthDate                  period.Date
	OnDate                     period.Date
	Working                    bool
	EntitledToInsurancePension bool
}

// Why there is no social pension.
const (
	Working          Reason = "working"
	InsurancePension Reason = "insurance_pension"
)

// OA9 gives the social pension for old age, which takes the place of one from insurance.
func OA9(law *Law, in SocialPensionInput, t *Trace) (Award, error) {
	if err := bornBefore(in.BirthDate, in.OnDate, "on_date"); err != nil {
		return Award{}, err
	}
	l := lookup{law: law, trace: t}
	age := l.count(socialPensionAge[in.Sex], in.OnDate)
	var reason Reason
	switch {
	case l.err != nil:
		return Award{}, l.err
	case !reached(in.BirthDate, age, in.OnDate):
		reason = AgeNotReached
	case in.Working:
		reason = Working
	case in.EntitledToInsurancePension:
		reason = InsurancePension
	}
	return l.award(reason, socialPensionRate, in.OnDate)
}
