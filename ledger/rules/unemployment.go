package rules

import (
	"github.com/stazh/stazh/ledger/money"
	"github.com/stazh/stazh/ledger/period"
)

// Names of the numbers of unemployment. Rates are of the average earnings on the regular
// track and of the base value on the others.
const (
	baseValue                   = "base_value"
	unemploymentAge             = "unemployment_age_years"
	unemploymentPaidWeeks       = "unemployment_paid_weeks"
	unemploymentCoveredMonths   = "unemployment_covered_months"
	unemploymentPublicWorksDays = "unemployment_public_works_days"
	unemploymentFirstWeeks      = "unemployment_first_weeks"
	unemploymentMaxBaseValues   = "unemployment_max_base_values"
	unemploymentMaximum         = "unemployment_maximum"
)

// unemploymentRates are the names of the rates by track: of the first weeks and after.
var unemploymentRates = [...][2]string{
	TrackRegular:   {"unemployment_regular_first_rate", "unemployment_regular_next_rate"},
	TrackCovered:   {"unemployment_covered_first_rate", "unemployment_covered_next_rate"},
	TrackFirstTime: {"unemployment_first_time_first_rate", "unemployment_first_time_next_rate"},
}

var unemploymentParameters = []definition{
	{name: baseValue, kind: amount},
	{name: unemploymentAge, kind: count},
	{name: unemploymentPaidWeeks, kind: count},
	{name: unemploymentCoveredMonths, kind: count},
	{name: unemploymentPublicWorksDays, kind: count},
	{name: unemploymentFirstWeeks, kind: count},
	{name: unemploymentMaxBaseValues, kind: rate},
	{name: unemploymentRates[TrackRegular][0], kind: rate},
	{name: unemploymentRates[TrackRegular][1], kind: rate},
	{name: unemploymentRates[TrackCovered][0], kind: rate},
	{name: unemploymentRates[TrackCovered][1], kind: rate},
	{name: unemploymentRates[TrackFirstTime][0], kind: rate},
	{name: unemploymentRates[TrackFirstTime][1], kind: rate},
}

// Reasons why there is no unemployment benefit.
const (
	InBusiness       Reason = "in_business"
	InService        Reason = "in_service"
	NotAbleOrWilling Reason = "not_able_or_willing"
	NotRegistered    Reason = "not_registered"
	PastPensionAge   Reason = "pension_age"
	DayStudent       Reason = "student"
	UnderAge         Reason = "under_age"
	Voluntary        Reason = "voluntary"
)

const employmentAct = "Law 125-Z of 15 June 2006 on employment"

// unemploymentRules is the chapter of unemployment.
var unemploymentRules = []Rule{
	define(about{"UN-1", employmentAct,
		"Право на пособие по безработице", "Права на дапамогу па беспрацоўі",
		"Right to unemployment benefit"}, askUnemployed, tellUnemployed, UN1),
	define(about{"UN-2", employmentAct,
		"Пособие по безработице", "Дапамога па беспрацоўі",
		"Unemployment benefit"}, askUnemployment, tellUnemployment, UN2),
}

// Track is by what an unemployment benefit goes; the zero value is none.
type Track uint8

// The tracks.
const (
	TrackRegular Track = iota + 1
	TrackCovered
	TrackFirstTime
)

var tracks = []string{"regular", "covered", "first_time"}

// UnemployedInput is the question of UN-1.
type UnemployedInput struct {
	Sex                   Sex
	BirthDate             period.Date
	OnDate                period.Date
	Registered            bool
	DayStudent            bool
	InService             bool
	InBusiness            bool
	AbleAndWilling        bool
	Involuntary           bool
	PaidWeeksLast12Months int
	CoveredMonthsTotal    int
	PublicWorksDays       int
}

var askUnemployed = asking(
	askSex(func(in *UnemployedInput) *Sex { return &in.Sex }),
	askDate("birth_date", func(in *UnemployedInput) *period.Date { return &in.BirthDate }),
	askDate("on_date", func(in *UnemployedInput) *period.Date { return &in.OnDate }),
	askBool("registered", func(in *UnemployedInput) *bool { return &in.Registered }),
	askBool("day_student", func(in *UnemployedInput) *bool { return &in.DayStudent }),
	askBool("in_service", func(in *UnemployedInput) *bool { return &in.InService }),
	askBool("in_business", func(in *UnemployedInput) *bool { return &in.InBusiness }),
	askBool("able_and_willing", func(in *UnemployedInput) *bool { return &in.AbleAndWilling }),
	askBool("involuntary", func(in *UnemployedInput) *bool { return &in.Involuntary }),
	askInt("paid_weeks_last_12_months",
		func(in *UnemployedInput) *int { return &in.PaidWeeksLast12Months }),
	askInt("covered_months_total",
		func(in *UnemployedInput) *int { return &in.CoveredMonthsTotal }),
	askInt("public_works_days", func(in *UnemployedInput) *int { return &in.PublicWorksDays }),
)

// Unemployed is the answer of UN-1. Reasons are sorted; Track is none where there are any.
type Unemployed struct {
	Eligible bool
	Reasons  []Reason
	Track    Track
}

var tellUnemployed = telling(
	tellBool("eligible", func(u *Unemployed) bool { return u.Eligible }),
	tellReasons(func(u *Unemployed) []Reason { return u.Reasons },
		InBusiness, InService, NotAbleOrWilling, NotRegistered,
		PastPensionAge, DayStudent, UnderAge, Voluntary),
	tellWord("track", tracks, func(u *Unemployed) Track { return u.Track }).
		orNull(func(u *Unemployed) bool { return u.Track != 0 }))

// UN1 judges whether a person has a right to unemployment benefit, and by which track.
func UN1(law *Law, in UnemployedInput, t *Trace) (Unemployed, error) {
	if err := bornBefore(in.BirthDate, in.OnDate, "on_date"); err != nil {
		return Unemployed{}, err
	}
	l := lookup{law: law, trace: t}
	underAge := l.belowAge(unemploymentAge, "birth_date", in.BirthDate, in.OnDate)
	pensionAge := l.pensionAgeReached(in.Sex, in.BirthDate, in.OnDate)
	var u Unemployed
	for _, c := range [...]struct {
		reason  Reason
		holds   bool
		formula string
	}{
		{InBusiness, in.InBusiness, "in_business"},
		{InService, in.InService, "in_service"},
		{NotAbleOrWilling, !in.AbleAndWilling, "not able_and_willing"},
		{NotRegistered, !in.Registered, "not registered"},
		{PastPensionAge, pensionAge, "pension_age_reached"},
		{DayStudent, in.DayStudent, "day_student"},
		{UnderAge, underAge, "on_date < age_limit_date"},
		{Voluntary, !in.Involuntary, "not involuntary"},
	} {
		if c.holds {
			u.Reasons = append(u.Reasons, c.reason)
			t.word("reason", c.formula, string(c.reason))
		}
	}
	if u.Eligible = len(u.Reasons) == 0; u.Eligible {
		u.Track = l.track(in)
	}
	t.holds("eligible", "", u.Eligible)
	return u, l.err
}

// track gives the first track whose condition holds.
func (l *lookup) track(in UnemployedInput) Track {
	weeks := l.count(unemploymentPaidWeeks, in.OnDate)
	months := l.count(unemploymentCoveredMonths, in.OnDate)
	days := l.count(unemploymentPublicWorksDays, in.OnDate)
	track, formula := TrackFirstTime, "otherwise"
	switch {
	case in.PaidWeeksLast12Months >= weeks:
		track, formula = TrackRegular, "paid_weeks_last_12_months ≥ unemployment_paid_weeks"
	case in.CoveredMonthsTotal >= months:
		track, formula = TrackCovered, "covered_months_total ≥ unemployment_covered_months"
	case in.PublicWorksDays >= days:
		track, formula = TrackCovered, "public_works_days ≥ unemployment_public_works_days"
	}
	l.trace.word("track", formula, tracks[track-1])
	return track
}

// unemploymentWeeks is how long the benefit is paid.
const unemploymentWeeks = 26

// UnemploymentInput is the question of UN-2. Only the regular track has earnings.
type UnemploymentInput struct {
	Track           Track
	Week            int
	AverageEarnings *money.Amount
	OnDate          period.Date
}

var askUnemployment = asking(
	askWord("track", tracks, func(in *UnemploymentInput) *Track { return &in.Track }),
	askInt("week", func(in *UnemploymentInput) *int { return &in.Week }).
		between(1, unemploymentWeeks),
	askAmountOrNot("average_earnings",
		func(in *UnemploymentInput) **money.Amount { return &in.AverageEarnings }),
	askDate("on_date", func(in *UnemploymentInput) *period.Date { return &in.OnDate }),
)

// Unemployment is the answer of UN-2; the amount is for a month.
type Unemployment struct {
	Rate       money.Rate
	CapApplied bool
	Amount     money.Amount
}

var tellUnemployment = telling(
	tellRate("rate", func(u *Unemployment) money.Rate { return u.Rate }),
	tellBool("cap_applied", func(u *Unemployment) bool { return u.CapApplied }),
	tellAmount("amount", func(u *Unemployment) money.Amount { return u.Amount }))

// UN2 gives the benefit in a week of unemployment: a rate of the earnings or of the base
// value that falls after the first weeks, up to a maximum.
func UN2(law *Law, in UnemploymentInput, t *Trace) (Unemployment, error) {
	regular := in.Track == TrackRegular
	switch {
	case regular && in.AverageEarnings == nil:
		return Unemployment{}, invalid("average_earnings", amountForm)
	case !regular && in.AverageEarnings != nil:
		return Unemployment{}, invalid("average_earnings",
			"this track goes by the base value: leave the earnings out")
	}
	l := lookup{law: law, trace: t}
	name := unemploymentRates[in.Track][0]
	if in.Week > l.count(unemploymentFirstWeeks, in.OnDate) {
		name = unemploymentRates[in.Track][1]
	}
	u := Unemployment{Rate: l.rate(name, in.OnDate)}
	multiple := l.number(unemploymentMaxBaseValues, in.OnDate)
	base := l.number(baseValue, in.OnDate)
	if l.err != nil {
		return Unemployment{}, l.err
	}
	most, of := multiple.times(base), base
	if regular {
		of = exactAmountOf(*in.AverageEarnings)
	}
	sum := exactRate(u.Rate).times(of)
	u.CapApplied, u.Amount = most.less(sum), smaller(sum, most).round()
	if t != nil {
		t.exact(unemploymentMaximum, "unemployment_max_base_values × base_value", most)
		formula := name + " × base_value"
		if regular {
			formula = name + " × average_earnings"
		}
		t.amount("amount", "round(min("+formula+", unemployment_maximum))", u.Amount)
	}
	return u, nil
}
