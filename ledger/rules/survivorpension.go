package rules

import (
	"strconv"
	"strings"

	"github.com/stazh/stazh/ledger/money"
	"github.com/stazh/stazh/ledger/period"
)

// Survivor is one of the family who have a right to the pension.
type Survivor struct {
	// PersonID is any text that is unique in the list.
	PersonID string
	// FullOrphan has lost both parents, or a single mother.
	FullOrphan bool
	// MotherOfFive matters to a partial pension only.
	MotherOfFive bool
}

// PersonAmount is what one of several persons gets.
type PersonAmount struct {
	PersonID string
	Amount   money.Amount
}

var tellPersonAmount = telling(
	tellText("person_id", func(p *PersonAmount) string { return p.PersonID }),
	tellAmount("amount", func(p *PersonAmount) money.Amount { return p.Amount }))

// SurvivorsInput is the question of SU-2.
type SurvivorsInput struct {
	LastCoveredEarnings money.Amount
	OnDate              period.Date
	Survivors           []Survivor
}

var (
	askSurvivorID = askPersonID(func(s *Survivor) *string { return &s.PersonID })
	askFullOrphan = askBool("full_orphan", func(s *Survivor) *bool { return &s.FullOrphan })
)

func survivorID(s *Survivor) string { return s.PersonID }

var askSurvivors = asking(
	askAmount("last_covered_earnings",
		func(in *SurvivorsInput) *money.Amount { return &in.LastCoveredEarnings }),
	askDate("on_date", func(in *SurvivorsInput) *period.Date { return &in.OnDate }),
	askList("survivors", func(in *SurvivorsInput) *[]Survivor { return &in.Survivors },
		survivorID, askSurvivorID, askFullOrphan),
)

// SurvivorPension is the answer of SU-2: Amount is the sum of the rounded amounts.
type SurvivorPension struct {
	Survivors []PersonAmount
	Amount    money.Amount
}

var tellSurvivors = telling(
	tellList("survivors", func(p *SurvivorPension) []PersonAmount { return p.Survivors },
		tellPersonAmount...),
	tellAmount("amount", func(p *SurvivorPension) money.Amount { return p.Amount }))

// survivorKind is what the amount of a survivor depends on.
type survivorKind uint8

const (
	ordinarySurvivor survivorKind = iota
	motherOfFive
	fullOrphan
	survivorKinds
)

func (s *Survivor) kind() survivorKind {
	switch {
	case s.FullOrphan:
		return fullOrphan
	case s.MotherOfFive:
		return motherOfFive
	}
	return ordinarySurvivor
}

// terms are the names of the numbers for a kind of survivor, and of its steps.
type survivorTerms struct {
	rate, minimum, partialMinimum string
	full, fullFormula             string
	partial, partialFormula       string
}

// termsOfSurvivor are the terms by kind. A mother of five has another minimum of a
// partial pension only.
var termsOfSurvivor = [survivorKinds]survivorTerms{
	ordinarySurvivor: {
		survivorRate, survivorMinimumRate, survivorPartialMinimumRate, "survivor_full",
		"max(survivor_rate × last_covered_earnings, " +
			"survivor_minimum_rate × minimum_old_age_pension)",
		"survivor_partial", "max(survivor_full × months_counted / months_required, " +
			"survivor_partial_minimum_rate × minimum_old_age_pension)",
	},
	motherOfFive: {
		survivorRate, survivorMinimumRate, survivorPartialMotherMinimumRate, "survivor_full",
		"max(survivor_rate × last_covered_earnings, " +
			"survivor_minimum_rate × minimum_old_age_pension)",
		"survivor_partial_mother", "max(survivor_full × months_counted / months_required, " +
			"survivor_partial_mother_minimum_rate × minimum_old_age_pension)",
	},
	fullOrphan: {
		survivorOrphanRate, survivorOrphanMinimumRate, survivorPartialOrphanMinimumRate,
		"orphan_full", "max(survivor_orphan_rate × last_covered_earnings, " +
			"survivor_orphan_minimum_rate × minimum_old_age_pension)",
		"orphan_partial", "max(orphan_full × months_counted / months_required, " +
			"survivor_partial_orphan_minimum_rate × minimum_old_age_pension)",
	},
}

// SU2 gives the survivor pension of a family. It has no maximum: three survivors get
// 120 percent of the earnings.
func SU2(law *Law, in SurvivorsInput, t *Trace) (SurvivorPension, error) {
	l := lookup{law: law, trace: t}
	minimum := l.minimumPension(in.OnDate)
	names := func(k survivorKind) string { return termsOfSurvivor[k].full }
	return l.paySurvivors(in.Survivors, names, func(k survivorKind) exact {
		// A full pension knows no mothers of five, and the field is not asked for.
		return l.survivorFull(k, in.LastCoveredEarnings, minimum, in.OnDate)
	})
}

// survivorFull gives the full pension of one survivor, unrounded.
func (l *lookup) survivorFull(
	k survivorKind, earnings money.Amount, minimum exact, on period.Date,
) exact {
	terms := &termsOfSurvivor[k]
	full := larger(l.number(terms.rate, on).times(exactAmountOf(earnings)),
		l.number(terms.minimum, on).times(minimum))
	l.trace.exact(terms.full, terms.fullFormula, full)
	return full
}

// paySurvivors rounds the amount of each survivor and adds them. The amount of each kind
// is asked for once; its step has the name of the kind.
func (l *lookup) paySurvivors(
	survivors []Survivor, name func(survivorKind) string, pay func(survivorKind) exact,
) (SurvivorPension, error) {
	var (
		amounts [survivorKinds]money.Amount
		count   [survivorKinds]int
	)
	p := SurvivorPension{Survivors: make([]PersonAmount, len(survivors))}
	for i := range survivors {
		k := survivors[i].kind()
		if count[k]++; count[k] == 1 {
			amounts[k] = pay(k).round()
		}
		p.Survivors[i] = PersonAmount{survivors[i].PersonID, amounts[k]}
		p.Amount = saturating(p.Amount, amounts[k])
	}
	if l.trace != nil && l.err == nil {
		var parts []string
		for k, n := range count {
			if n > 0 {
				parts = append(parts, strconv.Itoa(n)+" × round("+name(survivorKind(k))+")")
			}
		}
		l.trace.amount("amount", strings.Join(parts, " + "), p.Amount)
	}
	return p, l.err
}

// PartialSurvivorsInput is the question of SU-3.
type PartialSurvivorsInput struct {
	SurvivorsInput
	DeceasedBirthDate period.Date
	DeathDate         period.Date
	// Coverage is that of the deceased.
	Coverage Duration
}

var askPartialSurvivors = asking(
	askAmount("last_covered_earnings",
		func(in *PartialSurvivorsInput) *money.Amount { return &in.LastCoveredEarnings }),
	askDate("on_date", func(in *PartialSurvivorsInput) *period.Date { return &in.OnDate }),
	askDate("deceased_birth_date",
		func(in *PartialSurvivorsInput) *period.Date { return &in.DeceasedBirthDate }),
	askDate("death_date", func(in *PartialSurvivorsInput) *period.Date { return &in.DeathDate }),
	askCoverage("coverage", func(in *PartialSurvivorsInput) *Duration { return &in.Coverage }),
	askList("survivors", func(in *PartialSurvivorsInput) *[]Survivor { return &in.Survivors },
		survivorID, askSurvivorID, askFullOrphan,
		askBool("mother_of_five", func(s *Survivor) *bool { return &s.MotherOfFive })),
)

// PartialSurvivorPension is the answer of SU-3.
type PartialSurvivorPension struct {
	// MonthsCounted and MonthsRequired are the proportion: the coverage of the deceased,
	// and what a disability pension would have needed at that age.
	MonthsCounted  int
	MonthsRequired int
	SurvivorPension
}

var tellPartialSurvivors = telling(
	tellInt("months_counted", func(p *PartialSurvivorPension) int { return p.MonthsCounted }),
	tellInt("months_required", func(p *PartialSurvivorPension) int { return p.MonthsRequired }),
	tellList("survivors", func(p *PartialSurvivorPension) []PersonAmount { return p.Survivors },
		tellPersonAmount...),
	tellAmount("amount", func(p *PartialSurvivorPension) money.Amount { return p.Amount }))

// SU3 gives the survivor pension of a family where the deceased had less coverage than
// the full one needs: each survivor's full pension in the proportion of the months.
func SU3(law *Law, in PartialSurvivorsInput, t *Trace) (PartialSurvivorPension, error) {
	l := lookup{law: law, trace: t}
	_, required := l.coverageByAge(in.DeceasedBirthDate, in.DeathDate, "death_date")
	if l.err != nil {
		return PartialSurvivorPension{}, l.err
	}
	switch {
	case in.Coverage == Duration{}:
		return PartialSurvivorPension{}, notApplicable("coverage",
			"without any coverage there is no survivor pension: ask for the social pension (SU-4)")
	case in.Coverage.WholeMonths() >= required:
		return PartialSurvivorPension{}, notApplicable("coverage",
			"the coverage gives the full pension: ask SU-2")
	}
	n := in.Coverage.monthsCounted()
	t.count("months_counted", countedFormula, n)
	t.count("months_required", "months(required_coverage)", required)
	proportion := exactInt(n).over(required)
	minimum := l.minimumPension(in.OnDate)
	names := func(k survivorKind) string { return termsOfSurvivor[k].partial }
	p, err := l.paySurvivors(in.Survivors, names, func(k survivorKind) exact {
		terms := &termsOfSurvivor[k]
		full := l.survivorFull(k, in.LastCoveredEarnings, minimum, in.OnDate)
		partial := larger(full.times(proportion),
			l.number(terms.partialMinimum, in.OnDate).times(minimum))
		l.trace.exact(terms.partial, terms.partialFormula, partial)
		return partial
	})
	return PartialSurvivorPension{n, required, p}, err
}
