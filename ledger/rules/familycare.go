package rules

import (
	"strconv"

	"github.com/stazh/stazh/ledger/money"
	"github.com/stazh/stazh/ledger/period"
)

// CareSetting is where a sick child is treated.
type CareSetting uint8

// The settings: at home, in hospital, and in hospital with additional specialist care.
const (
	Outpatient CareSetting = iota + 1
	Hospital
	HospitalSpecialist
)

var careSettings = []string{"outpatient", "hospital", "hospital_specialist"}

// ChildCareInput is the question of FA-6.
type ChildCareInput struct {
	ChildBirthDate period.Date
	ChildDisabled  bool
	CareSetting    CareSetting
	DaysInput
}

var askChildCare = append(asking(
	askDate("child_birth_date",
		func(in *ChildCareInput) *period.Date { return &in.ChildBirthDate }),
	askBool("child_disabled", func(in *ChildCareInput) *bool { return &in.ChildDisabled }),
	askWord("care_setting", careSettings,
		func(in *ChildCareInput) *CareSetting { return &in.CareSetting }),
), askDays(func(in *ChildCareInput) *DaysInput { return &in.DaysInput })...)

// ChildCare is the answer of FA-6 and FA-7; Days is 0 where there is no right.
type ChildCare struct {
	Award
	Days int
}

// tellChildCare are the fields of ChildCare, with the reasons that a refusal may have.
func tellChildCare(reasons ...Reason) []tell[ChildCare] {
	return append(award(func(c *ChildCare) *Award { return &c.Award }, reasons...),
		tellInt("days", func(c *ChildCare) int { return c.Days }))
}

var (
	tellSickCare   = tellChildCare(AgeLimit)
	tellSanatorium = tellChildCare(NotDisabled, AgeLimit)
)

// FA6 gives the family allowance for the care of a sick child for all of its illness. The
// age on the first day counts; in hospital without specialist care the lower limit holds
// for disabled children too. A small child in hospital has the right with specialist care
// as without.
func FA6(law *Law, in ChildCareInput, t *Trace) (ChildCare, error) {
	days, err := in.days()
	if err == nil {
		err = bornBefore(in.ChildBirthDate, in.StartDate, "start_date")
	}
	if err != nil {
		return ChildCare{}, err
	}
	l := lookup{law: law, trace: t}
	var right bool
	if in.CareSetting == Hospital {
		right = l.childBelow(hospitalChildAgeYears, false, in.ChildBirthDate, in.StartDate)
	} else {
		right = l.childBelow(sickChildAgeYears, in.ChildDisabled, in.ChildBirthDate, in.StartDate)
	}
	t.holds("eligible", "start_date < age_limit_date", right)
	if l.err != nil || !right {
		return ChildCare{Award: l.refuse(AgeLimit)}, l.err
	}
	return in.payDays(days, t), nil
}

// payDays pays all of the average earnings for the days, without a maximum.
func (in *DaysInput) payDays(days int, t *Trace) ChildCare {
	sum := exactAmountOf(in.AverageDailyEarnings).times(exactInt(days)).round()
	t.count("days", "start_date – end_date", days)
	t.amount("amount", "average_daily_earnings × days", sum)
	return ChildCare{Award{Eligible: true, Amount: sum}, days}
}

// SanatoriumInput is the question of FA-7.
type SanatoriumInput struct {
	ChildBirthDate period.Date
	ChildDisabled  bool
	DaysInput
}

var askSanatorium = append(asking(
	askDate("child_birth_date",
		func(in *SanatoriumInput) *period.Date { return &in.ChildBirthDate }),
	askBool("child_disabled", func(in *SanatoriumInput) *bool { return &in.ChildDisabled }),
), askDays(func(in *SanatoriumInput) *DaysInput { return &in.DaysInput })...)

// FA7 gives the allowance for the sanatorium treatment of a disabled child.
func FA7(law *Law, in SanatoriumInput, t *Trace) (ChildCare, error) {
	days, err := in.days()
	if err == nil {
		err = bornBefore(in.ChildBirthDate, in.StartDate, "start_date")
	}
	if err != nil {
		return ChildCare{}, err
	}
	l := lookup{law: law, trace: t}
	young := l.childBelow(childAgeYears, true, in.ChildBirthDate, in.StartDate)
	t.holds("eligible", "child_disabled and start_date < age_limit_date",
		young && in.ChildDisabled)
	switch {
	case l.err != nil:
		return ChildCare{}, l.err
	case !in.ChildDisabled:
		return ChildCare{Award: l.refuse(NotDisabled)}, nil
	case !young:
		return ChildCare{Award: l.refuse(AgeLimit)}, nil
	}
	return in.payDays(days, t), nil
}

// childrenBornMax bounds a multiple birth; more is a mistake.
const childrenBornMax = 100

// BirthInput is the question of FA-8.
type BirthInput struct {
	ChildBirthDate   period.Date
	ChildrenBorn     int
	PreviousChildren int
	// AdoptionDate is null where the parents are those of the birth.
	AdoptionDate period.Date
}

var askBirth = asking(
	askDate("child_birth_date", func(in *BirthInput) *period.Date { return &in.ChildBirthDate }),
	askInt("children_born", func(in *BirthInput) *int { return &in.ChildrenBorn }).
		between(1, childrenBornMax),
	askInt("previous_children", func(in *BirthInput) *int { return &in.PreviousChildren }),
	askDate("adoption_date",
		func(in *BirthInput) *period.Date { return &in.AdoptionDate }).optional(),
)

// BirthGrant is the answer of FA-8. ChildAmounts are in the order of birth, none where
// there is no right.
type BirthGrant struct {
	Award
	ChildAmounts []money.Amount
}

var tellBirth = append(
	award(func(g *BirthGrant) *Award { return &g.Award }, AgeLimit),
	tellAmounts("child_amounts", func(g *BirthGrant) []money.Amount { return g.ChildAmounts }))

// FA8 gives the grant for a birth, or for the adoption of a small child: for the first
// child of the family less than for each one after it, by the level of the day before the
// birth.
func FA8(law *Law, in BirthInput, t *Trace) (BirthGrant, error) {
	l := lookup{law: law, trace: t}
	if !in.AdoptionDate.IsZero() {
		l.err = bornBefore(in.ChildBirthDate, in.AdoptionDate, "adoption_date")
		if l.err != nil {
			return BirthGrant{}, l.err
		}
		young := l.adoptedBefore(birthGrantAdoptionMonths, in.ChildBirthDate, in.AdoptionDate)
		if !young || l.err != nil {
			return BirthGrant{Award: l.refuse(AgeLimit)}, l.err
		}
	}
	before := in.ChildBirthDate.AddDays(-1)
	level := l.subsistence(before)
	var first, next money.Amount
	if in.PreviousChildren == 0 {
		first = l.birthSum(birthGrantFirst, level, before)
	}
	if in.PreviousChildren+in.ChildrenBorn > 1 {
		next = l.birthSum(birthGrantNext, level, before)
	}
	if l.err != nil {
		return BirthGrant{}, l.err
	}
	g := BirthGrant{Award{Eligible: true}, make([]money.Amount, in.ChildrenBorn)}
	for k := range g.ChildAmounts {
		g.ChildAmounts[k] = next
		if in.PreviousChildren+k == 0 {
			g.ChildAmounts[k] = first
		}
		g.Amount = saturating(g.Amount, g.ChildAmounts[k])
	}
	if t != nil {
		t.amount("amount", birthFormula(in), g.Amount)
	}
	return g, nil
}

// birthFormula adds the sums of the children born.
func birthFormula(in BirthInput) string {
	first, next := birthGrantFirst+"_sum", " × "+birthGrantNext+"_sum"
	switch {
	case in.PreviousChildren > 0:
		return strconv.Itoa(in.ChildrenBorn) + next
	case in.ChildrenBorn == 1:
		return first
	}
	return first + " + " + strconv.Itoa(in.ChildrenBorn-1) + next
}

// birthSum gives the grant for one child.
func (l *lookup) birthSum(multiple string, level exact, on period.Date) money.Amount {
	sum := l.number(multiple, on).times(level).round()
	if l.trace != nil && l.err == nil {
		l.trace.amount(multiple+"_sum", "round("+multiple+" × subsistence_level_counted)", sum)
	}
	return sum
}
