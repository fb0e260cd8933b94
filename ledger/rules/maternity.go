package rules

import (
	"github.com/stazh/stazh/ledger/money"
	"github.com/stazh/stazh/ledger/period"
)

// Names of the numbers of maternity.
const (
	maternityDays            = "maternity_days"
	maternityDaysComplicated = "maternity_days_complicated"
	maternityDaysBeforeBirth = "maternity_days_before_birth"
	adoptionDays             = "adoption_days"
	adoptionAgeLimitMonths   = "adoption_age_months"
	maternityMinRate         = "maternity_min_rate"
	maternityMaxMultiple     = "maternity_max_multiple"
	prenatalWeek             = "prenatal_registration_week"
)

var maternityParameters = []definition{
	{name: maternityDays, kind: count},
	{name: maternityDaysComplicated, kind: count},
	{name: maternityDaysBeforeBirth, kind: count},
	{name: adoptionDays, kind: count},
	{name: adoptionAgeLimitMonths, kind: count},
	{name: maternityMinRate, kind: rate},
	{name: maternityMaxMultiple, kind: rate},
	{name: prenatalWeek, kind: count},
}

// RegisteredLate is why there is no prenatal care grant.
const RegisteredLate Reason = "registered_late"

// maternityRules is the chapter of maternity.
var maternityRules = []Rule{
	define(about{"MA-1", sicknessAct,
		"Отпуск по беременности и родам или при усыновлении",
		"Водпуск па цяжарнасці і родах або пры ўсынаўленні",
		"Maternity or adoption leave"}, askLeave, tellLeave, MA1),
	define(about{"MA-2", sicknessAct,
		"Пособие по беременности и родам", "Дапамога па цяжарнасці і родах",
		"Maternity benefit"}, askMaternity, tellMaternity, MA2),
	define(about{"MA-3", familyAct,
		"Пособие женщинам, рано ставшим на учёт по беременности",
		"Дапамога жанчынам, якія рана сталі на ўлік па цяжарнасці",
		"Prenatal care grant"}, askPrenatal,
		award(sameAward, RegisteredLate), MA3),
}

// LeaveKind is what a leave is for.
type LeaveKind uint8

// The kinds of leave.
const (
	LeaveForBirth LeaveKind = iota + 1
	LeaveForAdoption
)

var leaveKinds = []string{"birth", "adoption"}

// LeaveInput is the question of MA-1. A birth needs its expected date, an adoption the
// other two; what belongs to the other kind does not count.
type LeaveInput struct {
	Kind              LeaveKind
	Complications     bool
	MultipleBirth     bool
	ExpectedBirthDate period.Date
	ChildBirthDate    period.Date
	AdoptionDate      period.Date
}

var askLeave = asking(
	askWord("kind", leaveKinds, func(in *LeaveInput) *LeaveKind { return &in.Kind }),
	askBool("complications", func(in *LeaveInput) *bool { return &in.Complications }).optional(),
	askBool("multiple_birth", func(in *LeaveInput) *bool { return &in.MultipleBirth }).optional(),
	askDate("expected_birth_date",
		func(in *LeaveInput) *period.Date { return &in.ExpectedBirthDate }).optional(),
	askDate("child_birth_date",
		func(in *LeaveInput) *period.Date { return &in.ChildBirthDate }).optional(),
	askDate("adoption_date",
		func(in *LeaveInput) *period.Date { return &in.AdoptionDate }).optional(),
)

// Leave is the answer of MA-1.
type Leave struct {
	Eligible bool
	Reason   Reason
	// Days is 0 and EarliestStart null where there is no right.
	Days          int
	EarliestStart period.Date
}

var tellLeave = telling(
	tellBool("eligible", func(o *Leave) bool { return o.Eligible }),
	tellReason(func(o *Leave) Reason { return o.Reason }, AgeLimit),
	tellInt("days", func(o *Leave) int { return o.Days }),
	tellDate("earliest_start", func(o *Leave) period.Date { return o.EarliestStart }).
		orNull(func(o *Leave) bool { return o.Eligible }))

// MA1 gives the length of a leave and its first possible day.
func MA1(law *Law, in LeaveInput, t *Trace) (Leave, error) {
	l := lookup{law: law, trace: t}
	if in.Kind == LeaveForAdoption {
		return l.adoptionLeave(in)
	}
	expected := in.ExpectedBirthDate
	if expected.IsZero() {
		return Leave{}, invalid("expected_birth_date", dateForm)
	}
	length := maternityDays
	if in.Complications || in.MultipleBirth {
		length = maternityDaysComplicated
	}
	o := Leave{Eligible: true, Days: l.count(length, expected)}
	o.EarliestStart = expected.AddDays(-l.count(maternityDaysBeforeBirth, expected))
	if l.err != nil {
		return Leave{}, l.err
	}
	t.count("days", length, o.Days)
	t.date("earliest_start", "expected_birth_date − maternity_days_before_birth", o.EarliestStart)
	return o, nil
}

func (l *lookup) adoptionLeave(in LeaveInput) (Leave, error) {
	switch {
	case in.ChildBirthDate.IsZero():
		return Leave{}, invalid("child_birth_date", dateForm)
	case in.AdoptionDate.IsZero():
		return Leave{}, invalid("adoption_date", dateForm)
	}
	err := bornBefore(in.ChildBirthDate, in.AdoptionDate, "adoption_date")
	if err != nil {
		return Leave{}, err
	}
	young := l.adoptedBefore(adoptionAgeLimitMonths, in.ChildBirthDate, in.AdoptionDate)
	if !young || l.err != nil {
		return Leave{Reason: l.refuse(AgeLimit).Reason}, l.err
	}
	o := Leave{Eligible: true, Days: l.count(adoptionDays, in.AdoptionDate),
		EarliestStart: in.AdoptionDate}
	if l.err != nil {
		return Leave{}, l.err
	}
	l.trace.count("days", adoptionDays, o.Days)
	l.trace.date("earliest_start", "adoption_date", o.EarliestStart)
	return o, nil
}

// adoptedBefore tells whether an adopted child is below an age in months.
func (l *lookup) adoptedBefore(limit string, birth, adoption period.Date) bool {
	months := l.count(limit, adoption)
	young := !reached(birth, months, adoption)
	if l.trace != nil && l.err == nil {
		l.trace.date("age_limit_date", "child_birth_date + "+limit, birth.AddMonths(months))
		l.trace.holds("eligible", "adoption_date < age_limit_date", young)
	}
	return young
}

// Beneficiary is whose maternity benefit is asked about.
type Beneficiary uint8

// The kinds of beneficiaries.
const (
	EmployedMother Beneficiary = iota + 1
	StudentMother
	UnemployedMother
)

var beneficiaries = []string{"employed", "student", "unemployed"}

// maternityDaysMax is the longest leave of all.
const maternityDaysMax = 140

// MaternityInput is the question of MA-2.
type MaternityInput struct {
	Beneficiary Beneficiary
	// MonthlyAmount is the average earnings, the education grant or the unemployment
	// benefit.
	MonthlyAmount money.Amount
	StartDate     period.Date
	Days          int
}

var askMaternity = asking(
	askWord("beneficiary", beneficiaries,
		func(in *MaternityInput) *Beneficiary { return &in.Beneficiary }),
	askAmount("monthly_amount",
		func(in *MaternityInput) *money.Amount { return &in.MonthlyAmount }),
	askDate("start_date", func(in *MaternityInput) *period.Date { return &in.StartDate }),
	askInt("days", func(in *MaternityInput) *int { return &in.Days }).between(1, maternityDaysMax),
)

// Maternity is the answer of MA-2.
type Maternity struct {
	// Daily tells whether the benefit goes by AverageDailyEarnings, as that of employed
	// women does.
	Daily                bool
	AverageDailyEarnings money.Amount
	// FloorApplied and CapApplied tell whether any month was below the minimum or above
	// the maximum.
	FloorApplied bool
	CapApplied   bool
	Amount       money.Amount
}

var tellMaternity = telling(
	tellAmount("average_daily_earnings",
		func(m *Maternity) money.Amount { return m.AverageDailyEarnings }).
		orNull(func(m *Maternity) bool { return m.Daily }),
	tellBool("floor_applied", func(m *Maternity) bool { return m.FloorApplied }),
	tellBool("cap_applied", func(m *Maternity) bool { return m.CapApplied }),
	tellAmount("amount", func(m *Maternity) money.Amount { return m.Amount }))

// Formulas of the benefit for the days of a calendar month.
const (
	maternityOfEmployed = "min(max(average_daily_earnings × days_of_period, " +
		"minimum_of_month × days_of_period / days_of_month), " +
		"maximum_of_month × days_of_period / days_of_month)"
	maternityOfOthers = "min(max(monthly_amount, minimum_of_month), maximum_of_month) × " +
		"days_of_period / days_of_month"
)

// maternityMonths is how many months before the leave make the daily earnings.
const maternityMonths = 6

// MA2 gives the sum for a leave: the earnings of employed women by the day, the grant or
// benefit of others by the month, each calendar month between its days' part of the
// minimum and the maximum at the start of the leave.
func MA2(law *Law, in MaternityInput, t *Trace) (Maternity, error) {
	l := lookup{law: law, trace: t}
	share := l.number(maternityMinRate, in.StartDate)
	least := share.times(l.subsistence(in.StartDate))
	multiple := l.number(maternityMaxMultiple, in.StartDate)
	most := multiple.times(l.wage(in.StartDate.Month().Add(-1)))
	if l.err != nil {
		return Maternity{}, l.err
	}
	t.exact("minimum_of_month", "maternity_min_rate × subsistence_level_counted", least)
	t.exact(monthMaximum, "maternity_max_multiple × national_average_wage", most)
	monthly := exactAmountOf(in.MonthlyAmount)
	m := Maternity{Daily: in.Beneficiary == EmployedMother}
	var daily exact
	formula := maternityOfOthers
	if m.Daily {
		formula = maternityOfEmployed
		daily = monthly.times(exactInt(maternityMonths)).over(daysBefore(in.StartDate))
		m.AverageDailyEarnings = daily.round()
		t.count("days_of_six_months", "", daysBefore(in.StartDate))
		t.exact("average_daily_earnings", "monthly_amount × 6 / days_of_six_months", daily)
	}
	var sum exact
	for before := 0; before < in.Days; {
		part := monthPartOf(in.StartDate.AddDays(before), in.Days-before)
		before += part.days
		pay := part.of(monthly)
		if m.Daily {
			pay = daily.times(exactInt(part.days))
		}
		if floor := part.of(least); pay.less(floor) {
			pay, m.FloorApplied = floor, true
		}
		if limit := part.of(most); limit.less(pay) {
			pay, m.CapApplied = limit, true
		}
		t.month(formula, part, pay)
		sum = sum.plus(pay)
	}
	m.Amount = sum.round()
	t.monthSum(m.Amount)
	return m, nil
}

// daysBefore counts the calendar days of the six months before the month of the day.
func daysBefore(start period.Date) int {
	month := start.Month()
	return month.Add(-maternityMonths).First().DaysUntil(month.First())
}

// PrenatalInput is the question of MA-3.
type PrenatalInput struct {
	RegistrationWeek int
	// OnDate is the day of the award.
	OnDate period.Date
}

var askPrenatal = asking(
	askInt("registration_week", func(in *PrenatalInput) *int { return &in.RegistrationWeek }),
	askDate("on_date", func(in *PrenatalInput) *period.Date { return &in.OnDate }))

// MA3 gives the grant to who registered with the state health care early.
func MA3(law *Law, in PrenatalInput, t *Trace) (Award, error) {
	l := lookup{law: law, trace: t}
	early := in.RegistrationWeek < l.count(prenatalWeek, in.OnDate)
	t.holds("eligible", "registration_week < prenatal_registration_week", early)
	if l.err != nil || !early {
		return l.refuse(RegisteredLate), l.err
	}
	a := Award{Eligible: true, Amount: l.subsistence(in.OnDate).round()}
	if l.err == nil {
		t.amount("amount", "round(subsistence_level_counted)", a.Amount)
	}
	return a, l.err
}
