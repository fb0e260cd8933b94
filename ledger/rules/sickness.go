package rules

import (
	"strconv"

	"github.com/stazh/stazh/ledger/money"
	"github.com/stazh/stazh/ledger/period"
)

// Names of the numbers of benefits for incapacity for work.
const (
	sicknessReducedRate = "sickness_reduced_rate"
	sicknessReducedDays = "sickness_reduced_days"
	sicknessMaxMultiple = "sickness_max_multiple"
	sickChildDays       = "sick_child_days"
	sickChildAgeYears   = "sick_child_age_years"
)

var sicknessParameters = []definition{
	{name: sicknessReducedRate, kind: rate},
	{name: sicknessReducedDays, kind: count},
	{name: sicknessMaxMultiple, kind: rate},
	{name: sickChildDays, kind: count},
	{name: sickChildAgeYears, kind: count},
}

const sicknessAct = "Council of Ministers Regulation 569 of 28 June 2013"

// sicknessRules is the chapter of sickness.
var sicknessRules = []Rule{
	define(about{"SI-1", sicknessAct,
		"Пособие по временной нетрудоспособности",
		"Дапамога па часовай непрацаздольнасці",
		"Sickness benefit"}, askSickness, tellSickness, SI1),
	define(about{"SI-2", sicknessAct,
		"Пособие по уходу за больным ребёнком", "Дапамога па доглядзе хворага дзіцяці",
		"Benefit for the care of a sick child"}, askSickChild, tellSickChild, SI2),
}

// periodDaysMax is the longest period that a benefit by days is counted for: ten years.
// A longer one is a mistake in a date.
const periodDaysMax = 3660

// DaysInput is the part that questions about a benefit by days have in common. Both ends
// are inside the period.
type DaysInput struct {
	StartDate            period.Date
	EndDate              period.Date
	AverageDailyEarnings money.Amount
}

// askDays are the fields of DaysInput within a question.
func askDays[In any](of func(*In) *DaysInput) []ask[In] {
	return asking(
		askDate("start_date", func(in *In) *period.Date { return &of(in).StartDate }),
		askDate("end_date", func(in *In) *period.Date { return &of(in).EndDate }),
		askAmount("average_daily_earnings",
			func(in *In) *money.Amount { return &of(in).AverageDailyEarnings }))
}

// days gives the number of calendar days.
func (in *DaysInput) days() (int, error) {
	days := in.StartDate.DaysUntil(in.EndDate) + 1
	if days < 1 {
		return 0, invalid("end_date",
			"the period ends before it starts: exchange the dates or correct one")
	}
	if days > periodDaysMax {
		return 0, invalid("end_date", "the period is longer than ten years: correct the dates")
	}
	return days, nil
}

// Sickness is the answer of SI-1.
type Sickness struct {
	// Days are calendar days: those at the reduced rate, and those after them.
	Days        int
	DaysReduced int
	DaysFull    int
	// GrossAmount is the sum before the monthly maximum, CapApplied whether any month
	// was above it.
	GrossAmount money.Amount
	CapApplied  bool
	Amount      money.Amount
}

var (
	askSickness  = askDays(func(in *DaysInput) *DaysInput { return in })
	tellSickness = telling(
		tellInt("days", func(s *Sickness) int { return s.Days }),
		tellInt("days_reduced", func(s *Sickness) int { return s.DaysReduced }),
		tellInt("days_full", func(s *Sickness) int { return s.DaysFull }),
		tellAmount("gross_amount", func(s *Sickness) money.Amount { return s.GrossAmount }),
		tellBool("cap_applied", func(s *Sickness) bool { return s.CapApplied }),
		tellAmount("amount", func(s *Sickness) money.Amount { return s.Amount }))
)

// SI1 gives the benefit for a person's own sickness: a reduced rate for the first days,
// then all of the average earnings, each calendar month up to its part of the maximum.
func SI1(law *Law, in DaysInput, t *Trace) (Sickness, error) {
	days, err := in.days()
	if err != nil {
		return Sickness{}, err
	}
	l := lookup{law: law, trace: t}
	reducedRate := l.number(sicknessReducedRate, in.StartDate)
	reduced := min(days, l.count(sicknessReducedDays, in.StartDate))
	most := l.sicknessMaximum(in.StartDate)
	if l.err != nil {
		return Sickness{}, l.err
	}
	t.count("days", "start_date – end_date", days)
	t.count("days_reduced", "min(days, sickness_reduced_days)", reduced)
	t.count("days_full", "days − days_reduced", days-reduced)
	pay := dailyPay{exactAmountOf(in.AverageDailyEarnings), reducedRate, reduced}
	gross := pay.of(0, days)
	sum, capped := pay.byMonth(in.StartDate, days, most, t)
	s := Sickness{days, reduced, days - reduced, gross.round(), capped, sum.round()}
	t.amount("gross_amount", "round(average_daily_earnings × "+
		"(sickness_reduced_rate × days_reduced + days_full))", s.GrossAmount)
	t.monthSum(s.Amount)
	return s, nil
}

// sicknessMaximum gives the most that sickness pays for a whole month, by the wage of the
// month before the incapacity began.
func (l *lookup) sicknessMaximum(start period.Date) exact {
	most := l.number(sicknessMaxMultiple, start).times(l.wage(start.Month().Add(-1)))
	if l.err == nil {
		l.trace.exact(monthMaximum, "sickness_max_multiple × national_average_wage", most)
	}
	return most
}

// Names of steps that belong to one calendar month.
const (
	monthMaximum = "maximum_of_month"
	monthPay     = "pay_of_month"
)

// dailyPay is pay by the day: a part of the earnings for the first days, then all.
type dailyPay struct {
	earnings    exact
	reducedRate exact
	reducedDays int
}

// reduced counts the days at the reduced rate in some days after the first ones.
func (p *dailyPay) reduced(before, days int) int {
	return min(days, max(0, p.reducedDays-before))
}

// of gives the pay of some days after the first ones.
func (p *dailyPay) of(before, days int) exact {
	reduced := p.reduced(before, days)
	return p.earnings.times(p.reducedRate.times(exactInt(reduced)).
		plus(exactInt(days - reduced)))
}

// byMonth adds the pay of the calendar months of a period, each held to its days' part of
// the monthly maximum, and tells whether one was above it.
func (p *dailyPay) byMonth(
	start period.Date, days int, most exact, t *Trace,
) (sum exact, capped bool) {
	for before := 0; before < days; {
		part := monthPartOf(start.AddDays(before), days-before)
		limit := part.of(most)
		pay := p.of(before, part.days)
		if limit.less(pay) {
			pay, capped = limit, true
		}
		t.given("days_reduced_of_month", strconv.Itoa(p.reduced(before, part.days)))
		t.month("min(average_daily_earnings × (days_of_period − days_reduced_of_month + "+
			"sickness_reduced_rate × days_reduced_of_month), "+
			"maximum_of_month × days_of_period / days_of_month)", part, pay)
		sum = sum.plus(pay)
		before += part.days
	}
	return sum, capped
}

// SickChildInput is the question of SI-2.
type SickChildInput struct {
	ChildBirthDate period.Date
	ChildDisabled  bool
	Hospitalised   bool
	DaysInput
}

var askSickChild = append(asking(
	askDate("child_birth_date",
		func(in *SickChildInput) *period.Date { return &in.ChildBirthDate }),
	askBool("child_disabled", func(in *SickChildInput) *bool { return &in.ChildDisabled }),
	askBool("hospitalised", func(in *SickChildInput) *bool { return &in.Hospitalised }),
), askDays(func(in *SickChildInput) *DaysInput { return &in.DaysInput })...)

// SickChild is the answer of SI-2.
type SickChild struct {
	Award
	// DaysPaid is 0 where there is no right.
	DaysPaid int
}

var tellSickChild = append(
	award(func(s *SickChild) *Award { return &s.Award }, AgeLimit),
	tellInt("days_paid", func(s *SickChild) int { return s.DaysPaid }))

// SI2 gives the sickness benefit for the care of a sick child: all of the average
// earnings, without limit in hospital and for the first days at home.
func SI2(law *Law, in SickChildInput, t *Trace) (SickChild, error) {
	days, err := in.days()
	if err == nil {
		err = bornBefore(in.ChildBirthDate, in.StartDate, "start_date")
	}
	if err != nil {
		return SickChild{}, err
	}
	l := lookup{law: law, trace: t}
	right := l.childBelow(sickChildAgeYears, in.ChildDisabled, in.ChildBirthDate, in.StartDate)
	t.holds("eligible", "start_date < age_limit_date", right)
	if l.err != nil || !right {
		return SickChild{Award: l.refuse(AgeLimit)}, l.err
	}
	t.count("days", "start_date – end_date", days)
	if !in.Hospitalised {
		days = min(days, l.count(sickChildDays, in.StartDate))
		t.count("days_paid", "min(days, sick_child_days)", days)
	}
	most := l.sicknessMaximum(in.StartDate)
	if l.err != nil {
		return SickChild{}, l.err
	}
	pay := dailyPay{earnings: exactAmountOf(in.AverageDailyEarnings)}
	sum, _ := pay.byMonth(in.StartDate, days, most, t)
	s := SickChild{Award{Eligible: true, Amount: sum.round()}, days}
	t.monthSum(s.Amount)
	return s, nil
}

// childBelow tells whether a child is below an age, which for a disabled child is the age
// until which it is a child.
func (l *lookup) childBelow(limit string, disabled bool, birth, on period.Date) bool {
	if disabled {
		limit = childAgeYears
	}
	return l.belowAge(limit, "child_birth_date", birth, on)
}
