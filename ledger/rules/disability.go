package rules

import (
	"github.com/stazh/stazh/ledger/money"
	"github.com/stazh/stazh/ledger/period"
)

// Names of the numbers that disability pensions rest on. Tables by group have I as 1, II
// as 2 and III as 3.
const (
	disabilityCoverage        = "disability_required_coverage_months"
	disabilityRates           = "disability_rates"
	disabilityMinimumRates    = "disability_minimum_rates"
	partialDisabilityRates    = "partial_disability_minimum_rates"
	attendanceRateGroupI      = "constant_attendance_rate_group_1"
	attendanceRate            = "constant_attendance_rate"
	attendanceAgeYears        = "constant_attendance_age_years"
	disabilitySocialRates     = "disability_social_rates"
	disabilitySocialRateYoung = "disability_social_rate_group_2_before_18"
	disabledChildRates        = "disabled_child_rates"
	childAgeYears             = "child_age_years"
)

var disabilityParameters = []definition{
	{name: disabilityCoverage, kind: steps},
	{name: disabilityRates, kind: steps},
	{name: disabilityMinimumRates, kind: steps},
	{name: partialDisabilityRates, kind: steps},
	{name: attendanceRateGroupI, kind: rate},
	{name: attendanceRate, kind: rate},
	{name: attendanceAgeYears, kind: count},
	{name: disabilitySocialRates, kind: steps},
	{name: disabilitySocialRateYoung, kind: rate},
	{name: disabledChildRates, kind: steps},
	{name: childAgeYears, kind: count},
}

// OnsetInput is the question of DI-1.
type OnsetInput struct {
	BirthDate           period.Date
	DisabilityOnsetDate period.Date
}

// OnsetCoverage is the answer of DI-1.
type OnsetCoverage struct {
	AgeAtOnset       int
	RequiredCoverage Duration
}

// DI1 gives the coverage that a disability pension needs, by the age when the disability
// began.
func DI1(law *Law, in OnsetInput, t *Trace) (OnsetCoverage, error) {
	l := lookup{law: law, trace: t}
	age, required := l.coverageByAge(in.BirthDate, in.DisabilityOnsetDate, "disability_onset_date")
	return OnsetCoverage{age, coverageOf(required)}, l.err
}

// coverageByAge gives the age on a day and the months of coverage that a disability
// pension needs from that age; field is where the day was given.
func (l *lookup) coverageByAge(birth, day period.Date, field string) (age, months int) {
	if l.err == nil {
		l.err = bornBefore(birth, day, field)
	}
	if l.err != nil {
		return 0, 0
	}
	age = fullYears(birth, day)
	l.trace.count("age_at_onset", "years from birth_date", age)
	months = int(l.step(disabilityCoverage, day, age) / rateUnits)
	l.trace.length("required_coverage", "disability_required_coverage_months[age_at_onset]",
		coverageOf(months))
	return age, months
}

// DisabilityEntitlementInput is the question of DI-2.
type DisabilityEntitlementInput struct {
	BirthDate           period.Date
	DisabilityOnsetDate period.Date
	Group               Group
	Coverage            Duration
}

// DisabilityEntitlement is the answer of DI-2.
type DisabilityEntitlement struct {
	Entitlement      Entitlement
	RequiredCoverage Duration
}

// DI2 judges whether the coverage gives a full, a partial or no disability pension.
func DI2(law *Law, in DisabilityEntitlementInput, t *Trace) (DisabilityEntitlement, error) {
	l := lookup{law: law, trace: t}
	_, required := l.coverageByAge(in.BirthDate, in.DisabilityOnsetDate, "disability_onset_date")
	if l.err != nil {
		return DisabilityEntitlement{}, l.err
	}
	answer := DisabilityEntitlement{EntitlementPartial, coverageOf(required)}
	switch {
	case in.Coverage.WholeMonths() >= required:
		answer.Entitlement = EntitlementFull
	case in.Group == GroupIII || in.Coverage == Duration{}:
		answer.Entitlement = EntitlementNone
	}
	t.word("entitlement", "", entitlements[answer.Entitlement-1])
	return answer, nil
}

// DisabilityInput is the question of DI-3.
type DisabilityInput struct {
	Group                  Group
	AverageMonthlyEarnings money.Amount
	OnDate                 period.Date
}

// Disability is the answer of DI-3.
type Disability struct {
	FloorApplied bool
	Amount       money.Amount
}

// DI3 gives a full disability pension.
func DI3(law *Law, in DisabilityInput, t *Trace) (Disability, error) {
	l := lookup{law: law, trace: t}
	full, floored := l.disability(in, l.minimumPension(in.OnDate))
	if l.err != nil {
		return Disability{}, l.err
	}
	answer := Disability{FloorApplied: floored, Amount: full.round()}
	t.amount("amount", "round(full_amount)", answer.Amount)
	return answer, nil
}

// disability gives a full disability pension unrounded, and whether it is the minimum.
func (l *lookup) disability(in DisabilityInput, least exact) (full exact, floored bool) {
	rate := exactRate(l.named(disabilityRates, in.OnDate, int(in.Group)))
	share := rate.times(exactAmountOf(in.AverageMonthlyEarnings))
	l.trace.exact("disability_rate", "disability_rates[group]", rate)
	rate = exactRate(l.named(disabilityMinimumRates, in.OnDate, int(in.Group)))
	floor := rate.times(least)
	l.trace.exact("minimum_rate", "disability_minimum_rates[group]", rate)
	full = larger(share, floor)
	l.trace.exact("full_amount", "max(disability_rate × average_monthly_earnings, "+
		"minimum_rate × minimum_old_age_pension)", full)
	return full, share.less(floor)
}

// PartialDisabilityInput is the question of DI-4. Group is I or II.
type PartialDisabilityInput struct {
	BirthDate              period.Date
	DisabilityOnsetDate    period.Date
	Group                  Group
	AverageMonthlyEarnings money.Amount
	OnDate                 period.Date
	Coverage               Duration
	MotherOfFive           bool
}

// DI4 gives a disability pension in proportion to a coverage short of the one required.
func DI4(law *Law, in PartialDisabilityInput, t *Trace) (Partial, error) {
	l := lookup{law: law, trace: t}
	_, required := l.coverageByAge(in.BirthDate, in.DisabilityOnsetDate, "disability_onset_date")
	if l.err != nil {
		return Partial{}, l.err
	}
	switch {
	case in.Coverage == Duration{}:
		return Partial{}, notApplicable("coverage",
			"without any coverage there is a social pension only: ask rule DI-6")
	case in.Coverage.WholeMonths() >= required:
		return Partial{}, notApplicable("coverage",
			"the coverage is enough for a full pension: ask rule DI-3")
	}
	least := l.minimumPension(in.OnDate)
	full, _ := l.disability(
		DisabilityInput{in.Group, in.AverageMonthlyEarnings, in.OnDate}, least)
	rate := exactRate(l.named(partialDisabilityRates, in.OnDate, int(in.Group)))
	formula := "partial_disability_minimum_rates[group]"
	if in.MotherOfFive {
		rate = larger(rate, l.number(partialMother, in.OnDate))
		formula = "max(partial_disability_minimum_rates[group], partial_minimum_rate)"
	}
	t.exact("partial_minimum_rate", formula, rate)
	if l.err != nil {
		return Partial{}, l.err
	}
	floor := rate.times(least)
	t.exact("floor", "partial_minimum_rate × minimum_old_age_pension", floor)
	return proportion(full, floor, in.Coverage, required, "months(required_coverage)", t), nil
}

// AttendanceInput is the question of DI-5. Group and DisabilityOnsetDate may be zero.
type AttendanceInput struct {
	Group                   Group
	BirthDate               period.Date
	OnDate                  period.Date
	DisabilityOnsetDate     period.Date
	DisabledChild           bool
	Single                  bool
	NeedsConstantAttendance bool
}

// Share is an amount as a rate of a number of the law.
type Share struct {
	Rate   money.Rate
	Amount money.Amount
}

// DI5 gives the supplement for constant attendance: the highest rate that fits, never
// two of them together.
func DI5(law *Law, in AttendanceInput, t *Trace) (Share, error) {
	if err := bornBefore(in.BirthDate, in.OnDate, "on_date"); err != nil {
		return Share{}, err
	}
	onset := in.DisabilityOnsetDate
	if !onset.IsZero() {
		if err := bornBefore(in.BirthDate, onset, "disability_onset_date"); err != nil {
			return Share{}, err
		}
	}
	l := lookup{law: law, trace: t}
	old, young := l.count(attendanceAgeYears, in.OnDate), l.count(childAgeYears, in.OnDate)
	child := in.DisabledChild && younger(in.BirthDate, young, in.OnDate)
	early := in.Group == GroupII && !onset.IsZero() && younger(in.BirthDate, young, onset)
	needy := in.NeedsConstantAttendance && (child || early || in.Group == GroupII && in.Single)
	var rate money.Rate
	switch {
	case in.Group == GroupI:
		rate = l.rate(attendanceRateGroupI, in.OnDate)
	case !younger(in.BirthDate, old, in.OnDate) || needy:
		rate = l.rate(attendanceRate, in.OnDate)
	}
	t.rate("rate", "", rate)
	amount := exactRate(rate).times(l.minimumPension(in.OnDate)).round()
	if l.err != nil {
		return Share{}, l.err
	}
	t.amount("amount", "round(rate × minimum_old_age_pension)", amount)
	return Share{rate, amount}, nil
}

// DisabilitySocialInput is the question of DI-6.
type DisabilitySocialInput struct {
	Group                      Group
	OnsetBefore18              bool
	Working                    bool
	EntitledToInsurancePension bool
	OnDate                     period.Date
}

// DI6 gives the social pension for a disability of an adult. When it began decides on the
// rate only, not on the right.
func DI6(law *Law, in DisabilitySocialInput, t *Trace) (Award, error) {
	l := lookup{law: law, trace: t}
	switch {
	case in.Working:
		return l.award(Working, "", in.OnDate)
	case in.EntitledToInsurancePension:
		return l.award(InsurancePension, "", in.OnDate)
	case in.Group == GroupII && in.OnsetBefore18:
		return l.award("", disabilitySocialRateYoung, in.OnDate)
	}
	rate := l.named(disabilitySocialRates, in.OnDate, int(in.Group))
	return l.levelShare(rate, "disability_social_rates[group]", in.OnDate)
}

// ChildSocialInput is the question of DI-7.
type ChildSocialInput struct {
	BirthDate period.Date
	OnDate    period.Date
	// HealthLossDegree is 1 to 4, numbered upwards, unlike the groups of adults.
	HealthLossDegree int
}

// AgeLimit says that the person is too old, or too young where the rule has a least age.
const AgeLimit Reason = "age_limit"

// DI7 gives the social pension of a child with a disability.
func DI7(law *Law, in ChildSocialInput, t *Trace) (Award, error) {
	if err := bornBefore(in.BirthDate, in.OnDate, "on_date"); err != nil {
		return Award{}, err
	}
	l := lookup{law: law, trace: t}
	limit := l.count(childAgeYears, in.OnDate)
	switch {
	case l.err != nil:
		return Award{}, l.err
	case !younger(in.BirthDate, limit, in.OnDate):
		return l.award(AgeLimit, "", in.OnDate)
	}
	rate := l.named(disabledChildRates, in.OnDate, in.HealthLossDegree)
	return l.levelShare(rate, "disabled_child_rates[health_loss_degree]", in.OnDate)
}
