package rules

import (
	"github.com/stazh/stazh/ledger/money"
	"github.com/stazh/stazh/ledger/period"
)

// Names of the numbers of work injuries.
const (
	workInjuryReductionMax           = "work_injury_reduction_max"
	workInjuryFloorRate              = "work_injury_floor_rate"
	workInjuryGrantMultiple          = "work_injury_grant_multiple"
	workInjurySurvivorGrantMultiple  = "work_injury_survivor_grant_multiple"
	injuryFloor                      = "work_injury_floor"
	injuryKept                       = "part_kept"
	formulaKept                      = "1 − reduction"
	fieldReduction                   = "reduction"
	ableBodiedDependantsWithoutRight = "able_bodied_dependants_without_right"
	caresForDependant                = "cares_for_dependant_under_14_or_disabled"
)

var injuryParameters = []definition{
	{name: workInjuryReductionMax, kind: rate},
	{name: workInjuryFloorRate, kind: rate},
	{name: workInjuryGrantMultiple, kind: rate},
	{name: workInjurySurvivorGrantMultiple, kind: rate},
}

const injuryAct = "Decree 530 of 25 August 2006 on insurance activity"

// injuryRules is the chapter of work injuries. An insurance company pays them, not the
// Fund.
var injuryRules = []Rule{
	define(about{"WI-1", injuryAct,
		"Пособие при трудовом увечье", "Дапамога пры працоўным калецтве",
		"Work injury benefit by days"}, askInjuryDays, tellInjuryDays, WI1),
	define(about{"WI-2", injuryAct,
		"Ежемесячная страховая выплата при трудовом увечье",
		"Штомесячная страхавая выплата пры працоўным калецтве",
		"Work injury pension"}, askInjuryPension, tellInjuryPension, WI2),
	define(about{"WI-3", injuryAct,
		"Единовременная страховая выплата при трудовом увечье",
		"Аднаразовая страхавая выплата пры працоўным калецтве",
		"Work injury grant"}, askInjuryPension, tellInjuryGrant, WI3),
	define(about{"WI-4", injuryAct,
		"Ежемесячная страховая выплата семье погибшего",
		"Штомесячная страхавая выплата сям'і загінулага",
		"Pension of survivors of a work injury"}, askInjurySurvivors, tellInjuryShares, WI4),
	define(about{"WI-5", injuryAct,
		"Единовременная страховая выплата семье погибшего",
		"Аднаразовая страхавая выплата сям'і загінулага",
		"Grant to survivors of a work injury"}, askInjuryDeath, tellSurvivors, WI5),
	define(about{"WI-6", injuryAct,
		"Уменьшение при грубой неосторожности", "Змяншэнне пры грубай неасцярожнасці",
		"Reduction for gross negligence"}, askReducedSum, tellOneAmount, WI6),
	define(about{"WI-7", injuryAct,
		"Право семьи погибшего на страховые выплаты",
		"Права сям'і загінулага на страхавыя выплаты",
		"Right of survivors of a work injury"}, askInjuryRelative, tellRight, WI7),
}

// Negligence says by how much gross negligence reduces a benefit; 0 is no reduction.
type Negligence struct {
	Gross     bool
	Reduction money.Rate
}

// askNegligence are the fields of Negligence within a question.
func askNegligence[In any](of func(*In) *Negligence) []ask[In] {
	return asking(
		askBool("gross_negligence", func(in *In) *bool { return &of(in).Gross }).optional(),
		askRate(fieldReduction, func(in *In) *money.Rate { return &of(in).Reduction }).optional())
}

// kept gives the part of a benefit that stays. A reduction without gross negligence, or
// above the limit, is refused.
func (l *lookup) kept(n Negligence, on period.Date) exact {
	if n.Reduction == 0 || l.err != nil {
		return exactInt(1)
	}
	most := l.rate(workInjuryReductionMax, on)
	switch {
	case l.err != nil:
	case !n.Gross:
		l.err = invalid(fieldReduction, "only gross negligence reduces a benefit: "+
			"leave the reduction out or give gross_negligence true")
	case n.Reduction > min(most, rateUnits):
		l.err = invalid(fieldReduction, "the reduction must be at most %s", most)
	default:
		kept := exactRate(rateUnits - n.Reduction)
		l.trace.exact(injuryKept, formulaKept, kept)
		return kept
	}
	return exactInt(1)
}

// keeping gives the formula with the part that stays, where there is a reduction.
func (n Negligence) keeping(t *Trace, formula string) string {
	if t == nil {
		return ""
	}
	if n.Reduction != 0 {
		formula += " × " + injuryKept
	}
	return "round(" + formula + ")"
}

// InjuryDaysInput is the question of WI-1.
type InjuryDaysInput struct {
	DaysInput
	Negligence Negligence
}

var askInjuryDays = append(
	askDays(func(in *InjuryDaysInput) *DaysInput { return &in.DaysInput }),
	askNegligence(func(in *InjuryDaysInput) *Negligence { return &in.Negligence })...)

// DaysPaid is the answer of WI-1.
type DaysPaid struct {
	Days   int
	Amount money.Amount
}

var tellInjuryDays = telling(
	tellInt("days", func(p *DaysPaid) int { return p.Days }),
	tellAmount("amount", func(p *DaysPaid) money.Amount { return p.Amount }))

// WI1 gives the benefit for the days of incapacity after an injury: all of the average
// earnings from the first day, without a maximum.
func WI1(law *Law, in InjuryDaysInput, t *Trace) (DaysPaid, error) {
	days, err := in.days()
	if err != nil {
		return DaysPaid{}, err
	}
	l := lookup{law: law, trace: t}
	kept := l.kept(in.Negligence, in.StartDate)
	if l.err != nil {
		return DaysPaid{}, l.err
	}
	t.count("days", "start_date – end_date", days)
	sum := exactAmountOf(in.AverageDailyEarnings).times(exactInt(days)).times(kept)
	p := DaysPaid{days, sum.round()}
	t.amount("amount", in.Negligence.keeping(t, "average_daily_earnings × days"), p.Amount)
	return p, nil
}

// InjuryPensionInput is the question of WI-2 and WI-3.
type InjuryPensionInput struct {
	AdjustedMonthlyEarnings money.Amount
	// LossOfCapacity is above 0 and at most 1.
	LossOfCapacity money.Rate
	OnDate         period.Date
	Negligence     Negligence
}

var askInjuryPension = append(asking(
	askAmount("adjusted_monthly_earnings",
		func(in *InjuryPensionInput) *money.Amount { return &in.AdjustedMonthlyEarnings }),
	askRate("loss_of_capacity",
		func(in *InjuryPensionInput) *money.Rate { return &in.LossOfCapacity }),
	askDate("on_date", func(in *InjuryPensionInput) *period.Date { return &in.OnDate }),
), askNegligence(func(in *InjuryPensionInput) *Negligence { return &in.Negligence })...)

// InjuryPension is the answer of WI-2.
type InjuryPension struct {
	FloorApplied bool
	Amount       money.Amount
}

var tellInjuryPension = telling(
	tellBool("floor_applied", func(p *InjuryPension) bool { return p.FloorApplied }),
	tellAmount("amount", func(p *InjuryPension) money.Amount { return p.Amount }))

// WI2 gives the monthly pension after an injury: the earnings, but at least a share of
// the average wage of the month before, by the loss of capacity.
func WI2(law *Law, in InjuryPensionInput, t *Trace) (InjuryPension, error) {
	l := lookup{law: law, trace: t}
	pension, lifted := l.injuryPension(in)
	if l.err != nil {
		return InjuryPension{}, l.err
	}
	p := InjuryPension{lifted, pension.round()}
	t.amount("amount", "round(monthly_pension)", p.Amount)
	return p, nil
}

// injuryPension gives the monthly pension, unrounded, and whether the floor lifted it.
func (l *lookup) injuryPension(in InjuryPensionInput) (pension exact, lifted bool) {
	if in.LossOfCapacity <= 0 || in.LossOfCapacity > rateUnits {
		l.err = invalid("loss_of_capacity", "the loss must be above 0 and at most 1")
		return exact{}, false
	}
	kept := l.kept(in.Negligence, in.OnDate)
	share := l.number(workInjuryFloorRate, in.OnDate)
	floor := share.times(l.wage(in.OnDate.Month().Add(-1)))
	if l.err != nil {
		return exact{}, false
	}
	l.trace.exact(injuryFloor, "work_injury_floor_rate × national_average_wage", floor)
	earnings := exactAmountOf(in.AdjustedMonthlyEarnings)
	lifted = earnings.less(floor)
	pension = larger(earnings, floor).times(exactRate(in.LossOfCapacity)).times(kept)
	formula := "max(adjusted_monthly_earnings, work_injury_floor) × loss_of_capacity"
	if in.Negligence.Reduction != 0 {
		formula = "max(adjusted_monthly_earnings, work_injury_floor) × loss_of_capacity × " +
			injuryKept
	}
	l.trace.exact("monthly_pension", formula, pension)
	return pension, lifted
}

// InjuryGrant is the answer of WI-3.
type InjuryGrant struct {
	MonthlyPension money.Amount
	Amount         money.Amount
}

var tellInjuryGrant = telling(
	tellAmount("monthly_pension", func(g *InjuryGrant) money.Amount { return g.MonthlyPension }),
	tellAmount("amount", func(g *InjuryGrant) money.Amount { return g.Amount }))

// WI3 gives the lump sum after an injury: a multiple of the unrounded monthly pension.
func WI3(law *Law, in InjuryPensionInput, t *Trace) (InjuryGrant, error) {
	l := lookup{law: law, trace: t}
	pension, _ := l.injuryPension(in)
	grant := pension.times(l.number(workInjuryGrantMultiple, in.OnDate))
	if l.err != nil {
		return InjuryGrant{}, l.err
	}
	g := InjuryGrant{pension.round(), grant.round()}
	t.amount("amount", "round(work_injury_grant_multiple × monthly_pension)", g.Amount)
	return g, nil
}

// ReducedSumInput is the question of WI-6.
type ReducedSumInput struct {
	BenefitAmount money.Amount
	Negligence    Negligence
}

var askReducedSum = append(asking(
	askAmount("benefit_amount", func(in *ReducedSumInput) *money.Amount { return &in.BenefitAmount }),
), askNegligence(func(in *ReducedSumInput) *Negligence { return &in.Negligence })...)

// WI6 reduces a benefit for gross negligence. The question has no day of its own.
func WI6(law *Law, in ReducedSumInput, t *Trace) (money.Amount, error) {
	l := lookup{law: law, trace: t}
	kept := l.kept(in.Negligence, undated)
	if l.err != nil {
		return 0, l.err
	}
	sum := exactAmountOf(in.BenefitAmount).times(kept).round()
	t.amount("amount", in.Negligence.keeping(t, "benefit_amount"), sum)
	return sum, nil
}
