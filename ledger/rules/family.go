package rules

import (
	"github.com/stazh/stazh/ledger/money"
	"github.com/stazh/stazh/ledger/period"
)

// Names of the numbers of family allowances.
const (
	quarterlyAverageWage       = "quarterly_average_wage"
	youngChildAgeYears         = "young_child_age_years"
	hospitalChildAgeYears      = "hospital_child_age_years"
	childAllowanceFirstRate    = "child_allowance_first_rate"
	childAllowanceNextRate     = "child_allowance_next_rate"
	childAllowanceDisabledRate = "child_allowance_disabled_rate"
	olderChildRate             = "older_child_allowance_rate"
	certainFamilyRate          = "certain_family_allowance_rate"
	certainFamilyDisabledRate  = "certain_family_allowance_disabled_rate"
	disabledChildRate          = "disabled_child_allowance_rate"
	disabledChildSevereRate    = "disabled_child_allowance_severe_rate"
	hivChildRate               = "hiv_child_allowance_rate"
	birthGrantFirst            = "birth_grant_first"
	birthGrantNext             = "birth_grant_next"
	birthGrantAdoptionMonths   = "birth_grant_adoption_months"
)

var familyParameters = []definition{
	{name: quarterlyAverageWage, kind: amount},
	{name: youngChildAgeYears, kind: count},
	{name: hospitalChildAgeYears, kind: count},
	{name: childAllowanceFirstRate, kind: rate},
	{name: childAllowanceNextRate, kind: rate},
	{name: childAllowanceDisabledRate, kind: rate},
	{name: olderChildRate, kind: rate},
	{name: certainFamilyRate, kind: rate},
	{name: certainFamilyDisabledRate, kind: rate},
	{name: disabledChildRate, kind: rate},
	{name: disabledChildSevereRate, kind: rate},
	{name: hivChildRate, kind: rate},
	{name: birthGrantFirst, kind: rate},
	{name: birthGrantNext, kind: rate},
	{name: birthGrantAdoptionMonths, kind: count},
}

// Reasons why there is no family allowance.
const (
	NoChildUnder3 Reason = "no_child_under_3"
	NoChild3To18  Reason = "no_child_3_to_18"
	NotDisabled   Reason = "not_disabled"
)

const familyAct = "Law 7-Z of 29 December 2012 on state benefits for families raising children"

// familyRules is the chapter of family allowances.
var familyRules = []Rule{
	define(about{"FA-1", familyAct,
		"Пособие по уходу за ребёнком до 3 лет", "Дапамога па доглядзе дзіцяці да 3 гадоў",
		"Child allowance"}, askSmallChild, tellSmallChild, FA1),
	define(about{"FA-2", familyAct,
		"Пособие семьям на детей от 3 до 18 лет в период воспитания ребёнка до 3 лет",
		"Дапамога сем'ям на дзяцей ад 3 да 18 гадоў у перыяд выхавання дзіцяці да 3 гадоў",
		"Supplement for older children"}, askChildren,
		award(sameAward, NoChildUnder3, NoChild3To18), FA2),
	define(about{"FA-3", familyAct,
		"Пособие на детей от 3 до 18 лет из отдельных категорий семей",
		"Дапамога на дзяцей ад 3 да 18 гадоў з асобных катэгорый сем'яў",
		"Child allowance for certain families"}, askFamilyChild, tellByAge, FA3),
	define(about{"FA-4", familyAct,
		"Пособие на ребёнка-инвалида", "Дапамога на дзіця-інваліда",
		"Allowance for a disabled child"}, askDisabledChild, tellByAge, FA4),
	define(about{"FA-5", familyAct,
		"Пособие на ребёнка с ВИЧ", "Дапамога на дзіця з ВІЧ",
		"Allowance for a child with HIV"}, askChild, tellByAge, FA5),
	define(about{"FA-6", familyAct,
		"Пособие по уходу за больным ребёнком на всё время болезни",
		"Дапамога па доглядзе хворага дзіцяці на ўвесь час хваробы",
		"Allowance for the care of a sick child"}, askChildCare, tellSickCare, FA6),
	define(about{"FA-7", familyAct,
		"Пособие при санаторном лечении ребёнка-инвалида",
		"Дапамога пры санаторным лячэнні дзіцяці-інваліда",
		"Allowance for sanatorium treatment"}, askSanatorium, tellSanatorium, FA7),
	define(about{"FA-8", familyAct,
		"Пособие в связи с рождением ребёнка", "Дапамога ў сувязі з нараджэннем дзіцяці",
		"Birth grant"}, askBirth, tellBirth, FA8),
}

var tellByAge = award(sameAward, AgeLimit)

// ChildInput is the question of FA-5 and a part of others.
type ChildInput struct {
	ChildBirthDate period.Date
	OnDate         period.Date
}

// askChildOf are the fields of ChildInput within a question.
func askChildOf[In any](of func(*In) *ChildInput) []ask[In] {
	return asking(
		askDate("child_birth_date", func(in *In) *period.Date { return &of(in).ChildBirthDate }),
		askDate("on_date", func(in *In) *period.Date { return &of(in).OnDate }))
}

var askChild = askChildOf(func(in *ChildInput) *ChildInput { return in })

// child starts a calculation about a child that is born.
func (in *ChildInput) child(law *Law, t *Trace) lookup {
	return lookup{law: law, trace: t, err: bornBefore(in.ChildBirthDate, in.OnDate, "on_date")}
}

// below tells whether the child is below a limit of age on the day.
func (in *ChildInput) below(l *lookup, limit string) bool {
	return l.belowAge(limit, "child_birth_date", in.ChildBirthDate, in.OnDate)
}

// SmallChildInput is the question of FA-1.
type SmallChildInput struct {
	ChildInput
	// ChildOrder is 1 for the first child.
	ChildOrder    int
	ChildDisabled bool
}

var askSmallChild = append(
	askChildOf(func(in *SmallChildInput) *ChildInput { return &in.ChildInput }),
	askInt("child_order", func(in *SmallChildInput) *int { return &in.ChildOrder }).
		between(1, intMax),
	askBool("child_disabled", func(in *SmallChildInput) *bool { return &in.ChildDisabled }))

// SmallChild is the answer of FA-1; the rate is 0 where there is no right.
type SmallChild struct {
	Award
	Rate money.Rate
}

var tellSmallChild = append(
	award(func(s *SmallChild) *Award { return &s.Award }, AgeLimit),
	tellRate("rate", func(s *SmallChild) money.Rate { return s.Rate }))

// FA1 gives the allowance for a child younger than three: a share of the average wage of
// the relevant quarter. The rate for a disabled child goes before the one by order.
func FA1(law *Law, in SmallChildInput, t *Trace) (SmallChild, error) {
	l := in.child(law, t)
	right := in.below(&l, youngChildAgeYears)
	t.holds("eligible", "on_date < age_limit_date", right)
	if l.err != nil || !right {
		return SmallChild{Award: l.refuse(AgeLimit)}, l.err
	}
	name := childAllowanceNextRate
	switch {
	case in.ChildDisabled:
		name = childAllowanceDisabledRate
	case in.ChildOrder == 1:
		name = childAllowanceFirstRate
	}
	rate := l.rate(name, in.OnDate)
	wage := l.number(quarterlyAverageWage, in.OnDate)
	if l.err != nil {
		return SmallChild{}, l.err
	}
	sum := exactRate(rate).times(wage).round()
	if t != nil {
		t.amount("amount", "round("+name+" × quarterly_average_wage)", sum)
	}
	return SmallChild{Award{Eligible: true, Amount: sum}, rate}, nil
}

// ChildrenInput is the question of FA-2.
type ChildrenInput struct {
	ChildBirthDates []period.Date
	OnDate          period.Date
}

var askChildren = asking(
	askDates("child_birth_dates",
		func(in *ChildrenInput) *[]period.Date { return &in.ChildBirthDates }),
	askDate("on_date", func(in *ChildrenInput) *period.Date { return &in.OnDate }))

// FA2 gives the supplement of a family that has a child younger than three and an older
// one: one for the family, whatever the number of children.
func FA2(law *Law, in ChildrenInput, t *Trace) (Award, error) {
	l := lookup{law: law, trace: t}
	small := l.count(youngChildAgeYears, in.OnDate)
	grown := l.count(childAgeYears, in.OnDate)
	var hasSmall, hasOlder bool
	for i, birth := range in.ChildBirthDates {
		if birth > in.OnDate {
			return Award{}, bornBefore(birth, in.OnDate, index("child_birth_dates", i))
		}
		young := younger(birth, small, in.OnDate)
		hasSmall = hasSmall || young
		hasOlder = hasOlder || !young && younger(birth, grown, in.OnDate)
	}
	t.holds("child_under_3", "on_date − child_birth_dates < young_child_age_years", hasSmall)
	t.holds("child_3_to_18", "young_child_age_years ≤ on_date − child_birth_dates < "+
		"child_age_years", hasOlder)
	switch {
	case l.err != nil:
		return Award{}, l.err
	case !hasSmall:
		return l.refuse(NoChildUnder3), nil
	case !hasOlder:
		return l.refuse(NoChild3To18), nil
	}
	return l.award("", olderChildRate, in.OnDate)
}

// FamilyKind is why a family has an allowance for its children from three to eighteen.
type FamilyKind uint8

// The kinds of families. They differ in the proof they need, not in the amount.
const (
	BothParentsDisabled FamilyKind = iota + 1
	SingleParentDisabled
	OneDisabledOtherCarer
	FatherInService
)

var familyKinds = []string{"both_parents_disabled", "single_parent_disabled",
	"one_disabled_other_carer", "father_in_service"}

// FamilyChildInput is the question of FA-3.
type FamilyChildInput struct {
	ChildInput
	ChildDisabled bool
	FamilyKind    FamilyKind
}

var askFamilyChild = append(
	askChildOf(func(in *FamilyChildInput) *ChildInput { return &in.ChildInput }),
	askBool("child_disabled", func(in *FamilyChildInput) *bool { return &in.ChildDisabled }),
	askWord("family_kind", familyKinds,
		func(in *FamilyChildInput) *FamilyKind { return &in.FamilyKind }))

// FA3 gives the allowance of certain families for a child from three to eighteen.
func FA3(law *Law, in FamilyChildInput, t *Trace) (Award, error) {
	l := in.child(law, t)
	small := in.below(&l, youngChildAgeYears)
	t.holds("child_under_3", "on_date < age_limit_date", small)
	right := in.below(&l, childAgeYears) && !small
	t.holds("eligible", "on_date < age_limit_date and not child_under_3", right)
	share := certainFamilyRate
	if in.ChildDisabled {
		share = certainFamilyDisabledRate
	}
	return l.awardByAge(right, share, in.OnDate)
}

// degreesOfHealthLoss is how many degrees a child's loss of health has, from the lightest.
const degreesOfHealthLoss = 4

// severeHealthLoss is the degree from which an older child gets more.
const severeHealthLoss = 3

// DisabledChildInput is the question of FA-4.
type DisabledChildInput struct {
	ChildInput
	HealthLossDegree int
}

var askDisabledChild = append(
	askChildOf(func(in *DisabledChildInput) *ChildInput { return &in.ChildInput }),
	askInt("health_loss_degree", func(in *DisabledChildInput) *int { return &in.HealthLossDegree }).
		between(1, degreesOfHealthLoss))

// FA4 gives the allowance for a disabled child by its loss of health.
func FA4(law *Law, in DisabledChildInput, t *Trace) (Award, error) {
	l := in.child(law, t)
	share := disabledChildRate
	if in.HealthLossDegree >= severeHealthLoss {
		small := in.below(&l, youngChildAgeYears)
		t.holds("child_under_3", "on_date < age_limit_date", small)
		if !small {
			share = disabledChildSevereRate
		}
	}
	right := in.below(&l, childAgeYears)
	t.holds("eligible", "on_date < age_limit_date", right)
	return l.awardByAge(right, share, in.OnDate)
}

// FA5 gives the allowance for a child with HIV.
func FA5(law *Law, in ChildInput, t *Trace) (Award, error) {
	l := in.child(law, t)
	right := in.below(&l, childAgeYears)
	t.holds("eligible", "on_date < age_limit_date", right)
	return l.awardByAge(right, hivChildRate, in.OnDate)
}
