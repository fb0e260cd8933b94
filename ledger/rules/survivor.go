package rules

import (
	"github.com/stazh/stazh/ledger/money"
	"github.com/stazh/stazh/ledger/period"
)

// Names of the numbers of survivors' benefits. Minimum rates count minimum old-age
// pensions.
const (
	studentAgeYears                  = "student_age_years"
	survivorRate                     = "survivor_rate"
	survivorOrphanRate               = "survivor_orphan_rate"
	survivorMinimumRate              = "survivor_minimum_rate"
	survivorOrphanMinimumRate        = "survivor_orphan_minimum_rate"
	survivorPartialMinimumRate       = "survivor_partial_minimum_rate"
	survivorPartialMotherMinimumRate = "survivor_partial_mother_minimum_rate"
	survivorPartialOrphanMinimumRate = "survivor_partial_orphan_minimum_rate"
	orphanSocialRate                 = "orphan_social_rate"
	funeralClaimMonths               = "funeral_claim_months"
	funeralWageLagMonths             = "funeral_wage_lag_months"
)

var survivorParameters = []definition{
	{name: studentAgeYears, kind: count},
	{name: survivorRate, kind: rate},
	{name: survivorOrphanRate, kind: rate},
	{name: survivorMinimumRate, kind: rate},
	{name: survivorOrphanMinimumRate, kind: rate},
	{name: survivorPartialMinimumRate, kind: rate},
	{name: survivorPartialMotherMinimumRate, kind: rate},
	{name: survivorPartialOrphanMinimumRate, kind: rate},
	{name: orphanSocialRate, kind: rate},
	{name: funeralClaimMonths, kind: count},
	{name: funeralWageLagMonths, kind: count},
}

// ClaimLate is why there is no funeral grant.
const ClaimLate Reason = "claim_late"

// survivorRules is the chapter of survivors.
var survivorRules = []Rule{
	define(about{"SU-1", pensionAct,
		"Право на пенсию по случаю потери кормильца",
		"Права на пенсію з выпадку страты карміцеля",
		"Right to a survivor pension"}, askSurvivor, tellRight, SU1),
	define(about{"SU-2", pensionAct,
		"Пенсия по случаю потери кормильца", "Пенсія з выпадку страты карміцеля",
		"Survivor pension"}, askSurvivors, tellSurvivors, SU2),
	define(about{"SU-3", pensionAct,
		"Пенсия по случаю потери кормильца при неполном стаже",
		"Пенсія з выпадку страты карміцеля пры няпоўным стажы",
		"Partial survivor pension"}, askPartialSurvivors, tellPartialSurvivors, SU3),
	define(about{"SU-4", pensionAct,
		"Социальная пенсия по случаю потери кормильца",
		"Сацыяльная пенсія з выпадку страты карміцеля",
		"Orphan's social pension"}, askOrphan,
		award(sameAward, AgeLimit), SU4),
	define(about{"SU-5", "Law 55-Z of 12 November 2001 on burial and funerals",
		"Пособие на погребение", "Дапамога на пахаванне", "Funeral grant"},
		askFuneral, tellFuneral, SU5),
}

// Relation is what a survivor is to the deceased.
type Relation uint8

// The relations that a survivor pension knows.
const (
	Spouse Relation = iota + 1
	Child
	Sibling
	Grandchild
	Parent
	Grandparent
)

var relations = []string{"spouse", "child", "sibling", "grandchild", "parent", "grandparent"}

// SurvivorInput is the question of SU-1.
type SurvivorInput struct {
	Relation            Relation
	Sex                 Sex
	BirthDate           period.Date
	OnDate              period.Date
	Dependent           bool
	Student             bool
	Disabled            bool
	DisabledBefore18    bool
	CaresForChildUnder8 bool
	Working             bool
}

var askSurvivor = asking(
	askWord("relation", relations, func(in *SurvivorInput) *Relation { return &in.Relation }),
	askSex(func(in *SurvivorInput) *Sex { return &in.Sex }),
	askDate("birth_date", func(in *SurvivorInput) *period.Date { return &in.BirthDate }),
	askDate("on_date", func(in *SurvivorInput) *period.Date { return &in.OnDate }),
	askBool("dependent", func(in *SurvivorInput) *bool { return &in.Dependent }),
	askBool("student", func(in *SurvivorInput) *bool { return &in.Student }).optional(),
	askBool("disabled", func(in *SurvivorInput) *bool { return &in.Disabled }).optional(),
	askBool("disabled_before_18",
		func(in *SurvivorInput) *bool { return &in.DisabledBefore18 }).optional(),
	askBool("cares_for_child_under_8",
		func(in *SurvivorInput) *bool { return &in.CaresForChildUnder8 }).optional(),
	askBool("working", func(in *SurvivorInput) *bool { return &in.Working }).optional(),
)

// Right is the answer of a rule that says only whether there is a right.
type Right struct{ Eligible bool }

var tellRight = telling(tellBool("eligible", func(r *Right) bool { return r.Eligible }))

// SU1 tells whether a member of the family has a right to a survivor pension. Work
// matters only to a parent who has no other ground than the care of a child.
func SU1(law *Law, in SurvivorInput, t *Trace) (Right, error) {
	if err := bornBefore(in.BirthDate, in.OnDate, "on_date"); err != nil {
		return Right{}, err
	}
	l := lookup{law: law, trace: t}
	var right bool
	var formula string
	switch in.Relation {
	case Spouse, Grandparent:
		right, formula = in.Dependent, "dependent"
	case Parent:
		right = l.pensionAgeReached(in.Sex, in.BirthDate, in.OnDate) || in.Disabled ||
			in.CaresForChildUnder8 && !in.Working
		formula = "pension_age_reached or disabled or (cares_for_child_under_8 and not working)"
	default:
		right = l.young(in.BirthDate, in.OnDate, in.Student) || in.DisabledBefore18
		formula = "on_date < age_limit_date or disabled_before_18"
	}
	if l.err != nil {
		return Right{}, l.err
	}
	t.holds("eligible", formula, right)
	return Right{right}, nil
}

// pensionAgeReached notes whether the general retirement age is reached on the day.
func (l *lookup) pensionAgeReached(sex Sex, birth, on period.Date) bool {
	day, _ := l.retirement(general[sex].age, birth)
	reached := l.err == nil && day <= on
	l.trace.date("pension_date", "birth_date + retirement_age_months", day)
	l.trace.holds("pension_age_reached", "pension_date ≤ on_date", reached)
	return reached
}

// young tells whether a child is below the age until which children, or students, have a
// right.
func (l *lookup) young(birth, on period.Date, student bool) bool {
	limit := childAgeYears
	if student {
		limit = studentAgeYears
	}
	return l.belowAge(limit, "birth_date", birth, on)
}

// belowAge tells whether a limit of age in years is not reached on the day. born is the
// name of the birth date in the question.
func (l *lookup) belowAge(limit, born string, birth, on period.Date) bool {
	years := l.count(limit, on)
	if l.trace != nil {
		l.trace.date("age_limit_date", born+" + "+limit, birth.AddMonths(years*12))
	}
	return younger(birth, years, on)
}

// OrphanInput is the question of SU-4.
type OrphanInput struct {
	BirthDate        period.Date
	OnDate           period.Date
	Student          bool
	DisabledBefore18 bool
}

var askOrphan = asking(
	askDate("birth_date", func(in *OrphanInput) *period.Date { return &in.BirthDate }),
	askDate("on_date", func(in *OrphanInput) *period.Date { return &in.OnDate }),
	askBool("student", func(in *OrphanInput) *bool { return &in.Student }).optional(),
	askBool("disabled_before_18",
		func(in *OrphanInput) *bool { return &in.DisabledBefore18 }).optional(),
)

// SU4 gives the social pension of a child that lost the breadwinner.
func SU4(law *Law, in OrphanInput, t *Trace) (Award, error) {
	if err := bornBefore(in.BirthDate, in.OnDate, "on_date"); err != nil {
		return Award{}, err
	}
	l := lookup{law: law, trace: t}
	right := l.young(in.BirthDate, in.OnDate, in.Student) || in.DisabledBefore18
	t.holds("eligible", "on_date < age_limit_date or disabled_before_18", right)
	return l.awardByAge(right, orphanSocialRate, in.OnDate)
}

// awardByAge gives a part of the subsistence level to who has the age for it.
func (l *lookup) awardByAge(right bool, rateName string, on period.Date) (Award, error) {
	if !right {
		return l.award(AgeLimit, "", on)
	}
	return l.award("", rateName, on)
}

// FuneralInput is the question of SU-5.
type FuneralInput struct {
	DateOfDeath period.Date
	ClaimDate   period.Date
	// BurialDate is null where it is not given.
	BurialDate    period.Date
	LateDiscovery bool
}

var askFuneral = asking(
	askDate("date_of_death", func(in *FuneralInput) *period.Date { return &in.DateOfDeath }),
	askDate("claim_date", func(in *FuneralInput) *period.Date { return &in.ClaimDate }),
	askDate("burial_date", func(in *FuneralInput) *period.Date { return &in.BurialDate }).optional(),
	askBool("late_discovery", func(in *FuneralInput) *bool { return &in.LateDiscovery }).optional(),
)

// FuneralGrant is the answer of SU-5.
type FuneralGrant struct {
	Award
	// LastClaimDate is the last day on which the grant may be claimed.
	LastClaimDate period.Date
}

var tellFuneral = append(
	award(func(g *FuneralGrant) *Award { return &g.Award }, ClaimLate),
	tellDate("last_claim_date", func(g *FuneralGrant) period.Date { return g.LastClaimDate }))

// SU5 gives the grant to who pays for a funeral: the national average wage of a month
// before the death. The time for the claim runs from the burial where the death was
// discovered late.
func SU5(law *Law, in FuneralInput, t *Trace) (FuneralGrant, error) {
	start, formula := in.DateOfDeath, "date_of_death + funeral_claim_months"
	if in.LateDiscovery {
		start, formula = in.BurialDate, "burial_date + funeral_claim_months"
	}
	switch {
	case start.IsZero():
		return FuneralGrant{}, invalid("burial_date",
			"the time runs from the burial where the death was discovered late: give its day")
	case !in.BurialDate.IsZero() && in.BurialDate < in.DateOfDeath:
		return FuneralGrant{}, invalid("burial_date", "the burial lies before the death")
	case in.ClaimDate < in.DateOfDeath:
		return FuneralGrant{}, invalid("claim_date", "the claim lies before the death")
	}
	l := lookup{law: law, trace: t}
	last := start.AddMonths(l.count(funeralClaimMonths, in.DateOfDeath))
	t.date("last_claim_date", formula, last)
	timely := in.ClaimDate <= last
	t.holds("eligible", "claim_date ≤ last_claim_date", timely)
	if l.err != nil || !timely {
		return FuneralGrant{l.refuse(ClaimLate), last}, l.err
	}
	lag := l.count(funeralWageLagMonths, in.DateOfDeath)
	wage := l.wage(in.DateOfDeath.Month().Add(-lag))
	if l.err != nil {
		return FuneralGrant{}, l.err
	}
	g := FuneralGrant{Award{Eligible: true, Amount: wage.round()}, last}
	t.amount("amount", "national_average_wage", g.Amount)
	return g, nil
}

// saturating adds an amount to a sum; what is beyond all range stays so.
func saturating(sum, a money.Amount) money.Amount { return min(sum+a, amountTooLarge) }
