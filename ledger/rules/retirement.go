package rules

import "github.com/stazh/stazh/ledger/period"

// Category is a group of persons with reduced conditions; the zero value is none.
type Category uint8

// The categories whose conditions are data.
const (
	HazardousList1 Category = iota + 1
	HazardousList2
	MotherOfFive
)

var categories = []string{"hazardous_list_1", "hazardous_list_2", "mother_of_five"}

// conditions names the numbers of the law that a pension depends on: the age, the
// coverage, that with paid contributions and that in hazardous work, all in months. A
// name that is empty stands for no such condition.
type conditions struct{ age, coverage, paid, special string }

const (
	requiredPaidCoverage = "required_paid_coverage_months"

	ageMale       = "retirement_age_months_male"
	ageFemale     = "retirement_age_months_female"
	coverageMale  = "required_coverage_months_male"
	coverageWoman = "required_coverage_months_female"
	specialPrefix = "required_special_coverage_months_"
)

// general are the conditions for everybody, by sex; reduced those of the categories.
var (
	general = [...]conditions{
		Male:   {age: ageMale, coverage: coverageMale, paid: requiredPaidCoverage},
		Female: {age: ageFemale, coverage: coverageWoman, paid: requiredPaidCoverage},
	}
	reduced = [...][3]conditions{
		HazardousList1: {
			Male: {ageMale + "_list_1", coverageMale + "_list_1", requiredPaidCoverage,
				specialPrefix + "male_list_1"},
			Female: {ageFemale + "_list_1", coverageWoman + "_list_1", requiredPaidCoverage,
				specialPrefix + "female_list_1"},
		},
		HazardousList2: {
			Male: {ageMale + "_list_2", coverageMale + "_list_2", requiredPaidCoverage,
				specialPrefix + "male_list_2"},
			Female: {ageFemale + "_list_2", coverageWoman + "_list_2", requiredPaidCoverage,
				specialPrefix + "female_list_2"},
		},
		MotherOfFive: {
			Female: {age: "retirement_age_months_mother_of_five",
				coverage: "required_coverage_months_mother_of_five",
				paid:     "required_paid_coverage_months_mother_of_five"},
		},
	}
)

// conditionsOf gives the conditions of a person; the error says that the category has none
// for the sex.
func conditionsOf(sex Sex, category Category) (conditions, error) {
	if category == 0 {
		return general[sex], nil
	}
	c := reduced[category][sex]
	if c.age == "" {
		return c, invalid("sex", "the category is for women: correct the sex or the category")
	}
	return c, nil
}

// parameters gives definitions for all names of the conditions.
func (c conditions) parameters() []definition {
	var list []definition
	for _, n := range [...]struct{ name, term string }{
		{c.age, "retirement_age_months"}, {c.coverage, "required_coverage_months"},
		{c.paid, requiredPaidCoverage}, {c.special, "required_special_coverage_months"},
	} {
		if n.name != "" && n.name != requiredPaidCoverage {
			list = append(list, definition{name: n.name, kind: count, term: n.term})
		}
	}
	return list
}

// retirement gives the first day on which the person has the age that the law requires on
// that day, and that age in months. Who has reached it keeps the right when the age rises.
func (l *lookup) retirement(series string, birth period.Date) (day period.Date, months int) {
	spans := l.law.spans(series)
	if l.err != nil {
		return 0, 0
	}
	known := period.Date(0) // the last day of the span before
	for i := range spans {
		e := &spans[i]
		end := e.Until
		if end.IsZero() && i+1 < len(spans) {
			end = spans[i+1].From.AddDays(-1)
		}
		months = int(e.number / rateUnits)
		day = birth.AddMonths(months)
		if day < e.From {
			if i == 0 || known.AddDays(1) != e.From {
				break // nothing is known of the days in between
			}
			day = e.From
		}
		if end.IsZero() || day <= end {
			l.trace.number(e, e.term, day)
			return day, months
		}
		known = end
	}
	l.err = &MissingParameterError{Name: series, Date: day}
	return 0, 0
}

func ageOf(months int) Age { return Age{months / monthsOfYear, months % monthsOfYear} }

func coverageOf(months int) Duration { return Duration{Months: months}.normal() }

const monthsOfYear = 12

// RetirementInput is the question of OA-1. OnDate may be null.
type RetirementInput struct {
	Sex       Sex
	BirthDate period.Date
	OnDate    period.Date
}

// Retirement is the answer of OA-1; the last two fields count where a day was given.
type Retirement struct {
	PensionAge        Age
	PensionDate       period.Date
	AgeRequiredOnDate Age
	Reached           bool
	asked             bool
}

// OA1 gives the day on which a person reaches the retirement age, which rises by the year.
func OA1(law *Law, in RetirementInput, t *Trace) (Retirement, error) {
	l := lookup{law: law, trace: t}
	series := general[in.Sex].age
	day, months := l.retirement(series, in.BirthDate)
	answer := Retirement{PensionAge: ageOf(months), PensionDate: day}
	t.date("pension_date", "birth_date + retirement_age_months", day)
	if l.err == nil && !in.OnDate.IsZero() {
		if err := bornBefore(in.BirthDate, in.OnDate, "on_date"); err != nil {
			return Retirement{}, err
		}
		answer.asked = true
		answer.AgeRequiredOnDate = ageOf(l.count(series, in.OnDate))
		answer.Reached = day <= in.OnDate
		t.holds("reached", "pension_date ≤ on_date", answer.Reached)
	}
	return answer, l.err
}

// ConditionsInput is the question of OA-2, and with a category of OA-3.
type ConditionsInput struct {
	Category Category
	Sex      Sex
	OnDate   period.Date
}

// Conditions is the answer of OA-2 and OA-3.
type Conditions struct {
	RequiredAge             Age
	RequiredCoverage        Duration
	RequiredPaidCoverage    Duration
	RequiredSpecialCoverage Duration
}

// OA2 gives the coverage that an old-age pension needs on a day.
func OA2(law *Law, in ConditionsInput, t *Trace) (Conditions, error) {
	l := lookup{law: law, trace: t}
	of := general[in.Sex]
	answer := Conditions{
		RequiredCoverage:     coverageOf(l.count(of.coverage, in.OnDate)),
		RequiredPaidCoverage: coverageOf(l.count(of.paid, in.OnDate)),
	}
	return answer, l.err
}

// OA3 gives the age and the coverage that a category with reduced conditions needs.
func OA3(law *Law, in ConditionsInput, t *Trace) (Conditions, error) {
	of, err := conditionsOf(in.Sex, in.Category)
	if err != nil {
		return Conditions{}, err
	}
	l := lookup{law: law, trace: t}
	answer := Conditions{
		RequiredAge:          ageOf(l.count(of.age, in.OnDate)),
		RequiredCoverage:     coverageOf(l.count(of.coverage, in.OnDate)),
		RequiredPaidCoverage: coverageOf(l.count(of.paid, in.OnDate)),
	}
	if of.special != "" {
		answer.RequiredSpecialCoverage = coverageOf(l.count(of.special, in.OnDate))
	}
	return answer, l.err
}

// Entitlement is what kind of pension a person has a right to.
type Entitlement uint8

// The entitlements.
const (
	EntitlementFull Entitlement = iota + 1
	EntitlementPartial
	EntitlementNone
)

var entitlements = []string{"full", "partial", "none"}

// EntitlementInput is the question of OA-4.
type EntitlementInput struct {
	Sex             Sex
	BirthDate       period.Date
	OnDate          period.Date
	Coverage        Duration
	PaidCoverage    Duration
	Category        Category
	SpecialCoverage Duration
}

// EntitlementResult is the answer of OA-4. Reasons are sorted.
type EntitlementResult struct {
	Entitlement Entitlement
	Reasons     []Reason
}

// Why an old-age pension is not full.
const (
	AgeNotReached        Reason = "age_not_reached"
	CoverageShort        Reason = "coverage_short"
	PaidCoverageShort    Reason = "paid_coverage_short"
	SpecialCoverageShort Reason = "special_coverage_short"
)

// OA4 judges whether a person has a right to an old-age pension on the day of the claim.
func OA4(law *Law, in EntitlementInput, t *Trace) (EntitlementResult, error) {
	of, err := conditionsOf(in.Sex, in.Category)
	if err != nil {
		return EntitlementResult{}, err
	}
	if in.PaidCoverage.Compare(in.Coverage) > 0 {
		return EntitlementResult{}, invalid("paid_coverage",
			"the paid coverage is a part of the coverage and cannot be longer")
	}
	if err := bornBefore(in.BirthDate, in.OnDate, "on_date"); err != nil {
		return EntitlementResult{}, err
	}
	l := lookup{law: law, trace: t}
	day, _ := l.retirement(of.age, in.BirthDate)
	var answer EntitlementResult
	miss := func(reason Reason, missed bool) bool {
		if missed {
			answer.Reasons = append(answer.Reasons, reason)
		}
		t.holds(string(reason), "", missed)
		return missed
	}
	young := miss(AgeNotReached, day > in.OnDate)
	short := miss(CoverageShort, l.short(in.Coverage, of.coverage, in.OnDate))
	unpaid := miss(PaidCoverageShort, l.short(in.PaidCoverage, of.paid, in.OnDate))
	special := of.special != "" &&
		miss(SpecialCoverageShort, l.short(in.SpecialCoverage, of.special, in.OnDate))
	switch {
	case young || unpaid || special || short && in.Category != 0:
		answer.Entitlement = EntitlementNone
	case short:
		answer.Entitlement = EntitlementPartial
	default:
		answer.Entitlement = EntitlementFull
	}
	t.word("entitlement", "", entitlements[answer.Entitlement-1])
	return answer, l.err
}

// short tells whether a coverage lacks whole months of what a number of the law requires.
func (l *lookup) short(coverage Duration, name string, on period.Date) bool {
	return coverage.WholeMonths() < l.count(name, on)
}
