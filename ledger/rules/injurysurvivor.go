package rules

import (
	"strconv"

	"github.com/stazh/stazh/ledger/money"
	"github.com/stazh/stazh/ledger/period"
)

// InjurySurvivorsInput is the question of WI-4.
type InjurySurvivorsInput struct {
	AdjustedMonthlyEarnings money.Amount
	// SurvivorIDs are any texts, each once.
	SurvivorIDs []string
	// Others are the able-bodied dependants who have no right, but had a part of the
	// earnings.
	Others int
}

var askInjurySurvivors = asking(
	askAmount("adjusted_monthly_earnings",
		func(in *InjurySurvivorsInput) *money.Amount { return &in.AdjustedMonthlyEarnings }),
	askIDs("survivor_ids", func(in *InjurySurvivorsInput) *[]string { return &in.SurvivorIDs }),
	askInt(ableBodiedDependantsWithoutRight,
		func(in *InjurySurvivorsInput) *int { return &in.Others }).optional(),
)

// InjuryShares is the answer of WI-4: Share is what each survivor gets.
type InjuryShares struct {
	Share money.Amount
	SurvivorPension
}

var tellInjuryShares = telling(
	tellAmount("share", func(s *InjuryShares) money.Amount { return s.Share }),
	tellList("survivors", func(s *InjuryShares) []PersonAmount { return s.Survivors },
		tellPersonAmount...),
	tellAmount("amount", func(s *InjuryShares) money.Amount { return s.Amount }))

// WI4 gives the monthly pension of the survivors of an injury: equal shares of the
// earnings, of which the deceased's own and those of dependants without a right are not
// paid.
func WI4(_ *Law, in InjurySurvivorsInput, t *Trace) (InjuryShares, error) {
	parts := len(in.SurvivorIDs) + 1 + in.Others
	t.count("survivor_count", "", len(in.SurvivorIDs))
	t.given(ableBodiedDependantsWithoutRight, strconv.Itoa(in.Others))
	t.count("share_count", "survivor_count + 1 + "+ableBodiedDependantsWithoutRight, parts)
	s := InjuryShares{Share: exactAmountOf(in.AdjustedMonthlyEarnings).over(parts).round()}
	t.amount("share", "round(adjusted_monthly_earnings / share_count)", s.Share)
	s.Survivors = make([]PersonAmount, len(in.SurvivorIDs))
	for i, id := range in.SurvivorIDs {
		s.Survivors[i] = PersonAmount{id, s.Share}
		s.Amount = saturating(s.Amount, s.Share)
	}
	t.amount("amount", "share × survivor_count", s.Amount)
	return s, nil
}

// InjuryDeathInput is the question of WI-5.
type InjuryDeathInput struct {
	DateOfDeath period.Date
	SurvivorIDs []string
}

var askInjuryDeath = asking(
	askDate("date_of_death", func(in *InjuryDeathInput) *period.Date { return &in.DateOfDeath }),
	askIDs("survivor_ids", func(in *InjuryDeathInput) *[]string { return &in.SurvivorIDs }))

// WI5 gives the lump sum to the survivors of an injury. It is split to the kopeck: what
// does not divide goes to the first of the list, a kopeck each.
func WI5(law *Law, in InjuryDeathInput, t *Trace) (SurvivorPension, error) {
	l := lookup{law: law, trace: t}
	multiple := l.number(workInjurySurvivorGrantMultiple, in.DateOfDeath)
	sum := multiple.times(l.wage(in.DateOfDeath.Month().Add(-1))).round()
	if l.err != nil {
		return SurvivorPension{}, l.err
	}
	t.amount("amount", "round(work_injury_survivor_grant_multiple × national_average_wage)", sum)
	count := money.Amount(len(in.SurvivorIDs))
	each, rest := sum/count, sum%count
	t.count("survivor_count", "", len(in.SurvivorIDs))
	t.amount("share", "floor(amount × 100 / survivor_count) / 100", each)
	t.amount("rest", "amount − survivor_count × share", rest)
	p := SurvivorPension{Survivors: make([]PersonAmount, len(in.SurvivorIDs)), Amount: sum}
	for i, id := range in.SurvivorIDs {
		p.Survivors[i] = PersonAmount{id, each}
		if money.Amount(i) < rest {
			p.Survivors[i].Amount++
		}
	}
	return p, nil
}

// InjuryRelation is what a survivor of an injury is to the deceased.
type InjuryRelation uint8

// The relations that work injuries know.
const (
	InjurySpouse InjuryRelation = iota + 1
	InjuryChild
	InjuryParent
	InjuryOtherRelative
)

var injuryRelations = []string{"spouse", "child", "parent", "other_relative"}

// InjuryRelativeInput is the question of WI-7.
type InjuryRelativeInput struct {
	Relation  InjuryRelation
	Sex       Sex
	BirthDate period.Date
	OnDate    period.Date
	Student   bool
	Disabled  bool
	// DesignatedParent is the one of the parents who gets the benefit.
	DesignatedParent bool
	Working          bool
	// CaresForDependant is the care for one who is younger than 14 or disabled.
	CaresForDependant bool
}

var askInjuryRelative = asking(
	askWord("relation", injuryRelations,
		func(in *InjuryRelativeInput) *InjuryRelation { return &in.Relation }),
	askSex(func(in *InjuryRelativeInput) *Sex { return &in.Sex }),
	askDate("birth_date", func(in *InjuryRelativeInput) *period.Date { return &in.BirthDate }),
	askDate("on_date", func(in *InjuryRelativeInput) *period.Date { return &in.OnDate }),
	askBool("student", func(in *InjuryRelativeInput) *bool { return &in.Student }).optional(),
	askBool("disabled", func(in *InjuryRelativeInput) *bool { return &in.Disabled }).optional(),
	askBool("designated_parent",
		func(in *InjuryRelativeInput) *bool { return &in.DesignatedParent }).optional(),
	askBool("working", func(in *InjuryRelativeInput) *bool { return &in.Working }).optional(),
	askBool(caresForDependant,
		func(in *InjuryRelativeInput) *bool { return &in.CaresForDependant }).optional(),
)

// WI7 tells whether a relative has a right to the benefits of survivors of an injury. The
// widow or widower always has, and so has anyone who is disabled or past the retirement
// age.
func WI7(law *Law, in InjuryRelativeInput, t *Trace) (Right, error) {
	if err := bornBefore(in.BirthDate, in.OnDate, "on_date"); err != nil {
		return Right{}, err
	}
	l := lookup{law: law, trace: t}
	if in.Relation == InjurySpouse {
		t.holds("eligible", "", true)
		return Right{true}, nil
	}
	right := l.pensionAgeReached(in.Sex, in.BirthDate, in.OnDate) || in.Disabled
	cares := in.CaresForDependant && !in.Working
	var formula string
	switch in.Relation {
	case InjuryChild:
		right = l.young(in.BirthDate, in.OnDate, in.Student) || right
		formula = "pension_age_reached or disabled or on_date < age_limit_date"
	case InjuryParent:
		right = right || in.DesignatedParent || cares
		formula = "pension_age_reached or disabled or designated_parent or (" +
			caresForDependant + " and not working)"
	default:
		right = right || cares
		formula = "pension_age_reached or disabled or (" + caresForDependant + " and not working)"
	}
	if l.err != nil {
		return Right{}, l.err
	}
	t.holds("eligible", formula, right)
	return Right{right}, nil
}
