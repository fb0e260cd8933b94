package entitlement

import (
	"encoding/json"
	"errors"
	"maps"
	"strconv"
	"strings"

	"github.com/stazh/stazh/ledger/money"
	"github.com/stazh/stazh/ledger/period"
	"github.com/stazh/stazh/ledger/rules"
)

// Plan says what a forecast assumes.
type Plan struct {
	Today period.Date
	// WorkUntil is the last day of assumed work at Earnings a month, which begins with the
	// first month that is not reported; zero for none. Whole months earn all of it, a month
	// that is cut its share by days.
	WorkUntil period.Date
	Earnings  money.Amount
	// Confirmed are times that the account does not show and that are taken as shown.
	Confirmed []Confirmed
	// DeferMonths is how long the pension is not taken after the first day of the right.
	DeferMonths int
}

// Confirmed is a time taken as confirmed: work at Earnings a month, or a special period.
type Confirmed struct {
	From, To period.Date
	Kind     string // of the classifier of special periods; empty for work
	Earnings money.Amount
}

// Forecast is what becomes of a claim on assumptions. It is never recorded, and nothing
// may be decided on it.
type Forecast struct {
	Kind  string      `json:"kind"`
	Title rules.Text  `json:"title"`
	Today period.Date `json:"today"`
	// Entitled and Conditions are those of today, by the account alone.
	Entitled   bool        `json:"entitled_today"`
	Conditions []Condition `json:"conditions"`
	// FirstDay is the first day of the right on the assumptions, zero where there is none
	// up to Horizon; From is the day from which the pension is taken.
	FirstDay period.Date `json:"first_day,omitzero"`
	From     period.Date `json:"from,omitzero"`
	Horizon  period.Date `json:"horizon"`
	// Unmet are the conditions that stay unmet at the horizon.
	Unmet  []string     `json:"unmet"`
	Form   string       `json:"form,omitempty"`
	Amount money.Amount `json:"amount"`
	// Assumptions are all that the answer rests on beside the account and the law.
	Assumptions []Assumption `json:"assumptions"`
	// Trace is the calculation from From on, each step with its reasons; nil without a right.
	Trace *Trace `json:"trace,omitempty"`
}

// What may be assumed.
const (
	AssumedWork     = "work"      // work that is still to come
	AssumedPeriod   = "confirmed" // a time that the account does not show
	AssumedNumber   = "number"    // a number of the law that holds on beyond its last value
	AssumedDeferral = "deferral"
)

// Assumption is one thing that a forecast takes for granted.
type Assumption struct {
	What string `json:"what"`
	// Name is that of the number of the law or the kind of the period, Value the earnings a
	// month, the number's value, or the months of deferral.
	Name  string      `json:"name,omitempty"`
	Value string      `json:"value,omitempty"`
	From  period.Date `json:"from,omitzero"`
	// Until is the last day of the time, or the last one for which the number is published.
	Until period.Date `json:"until,omitzero"`
	Act   string      `json:"act,omitempty"`
}

// AssumedReceipt stands for the receipt of months that nobody reported.
const AssumedReceipt = "assumed"

// horizonYears bounds how far a forecast looks.
const horizonYears = 50

// Foresee answers when the person of the question will have a right to the kind and to how
// much, on the assumptions of the plan. Days of the question do not count. Where the law
// has no number yet for a day to come, the last one known is used and named. Errors are
// those of Calculate.
func Foresee(q Question, plan Plan) (*Forecast, error) {
	kind, ok, err := KindOf(q.Law, q.Kind, plan.Today)
	if err != nil {
		return nil, err
	}
	if !ok {
		return nil, ErrUnknownKind
	}
	if plan.DeferMonths > 0 && kind.Increase == "" {
		return nil, &rules.Error{Code: rules.CodeNotApplicable, Field: "defer_months",
			Message: "a deferral brings nothing for this kind of benefit"}
	}
	f := &Forecast{Kind: kind.Code, Title: kind.Title, Today: plan.Today, Unmet: []string{},
		Horizon: plan.Today.AddMonths(12 * horizonYears), Assumptions: []Assumption{}}
	s := &seer{question: q, forecast: f}
	now, err := s.on(plan.Today)
	if err != nil {
		return nil, err
	}
	f.Entitled, f.Conditions = now.Entitled, conditionsOf(now, q.Personal.BirthDate)
	s.assume(plan)
	if f.FirstDay, err = s.firstDay(); err != nil || f.FirstDay.IsZero() {
		return f, err
	}
	return f, s.take(plan.DeferMonths)
}

// seer asks the same question for many days.
type seer struct {
	question Question
	forecast *Forecast
	last     *Trace // of the day asked last
}

// on answers for a day by the law as far as it is known, and beyond by its last numbers.
func (s *seer) on(day period.Date) (*Trace, error) {
	q := s.question
	q.ClaimedOn, q.From = day, day
	for {
		trace, err := Calculate(q)
		var missing *rules.Error
		if !errors.As(err, &missing) || missing.Code != rules.CodeMissingParameter {
			s.last = trace
			return trace, err
		}
		numbers, last, ok := q.Law.Parameters.Prolonged(missing.Field, missing.Day)
		if !ok {
			return nil, err
		}
		law := *q.Law
		law.Parameters = numbers
		q.Law, s.question.Law = &law, &law
		s.forecast.Assumptions = append(s.forecast.Assumptions, Assumption{
			What: AssumedNumber, Name: last.Name, Value: last.Value, From: last.From,
			Until: last.Until, Act: actOf(last)})
	}
}

func actOf(p rules.Parameter) string {
	act := p.Act
	if act == "" {
		act = p.Source
	}
	if p.Demo && !strings.Contains(act, "demonstration") {
		act += " (demonstration value)"
	}
	return act
}

// assume makes a changed copy of the account.
func (s *seer) assume(plan Plan) {
	p := s.question.Person.Clone()
	f := s.forecast
	if from := workFrom(p, plan.Today); plan.WorkUntil >= from {
		p.Suppose(assumedWork(from, plan.WorkUntil, plan.Earnings))
		f.Assumptions = append(f.Assumptions, Assumption{What: AssumedWork,
			Value: plan.Earnings.String(), From: from, Until: plan.WorkUntil})
	}
	for _, c := range plan.Confirmed {
		a := Assumption{What: AssumedPeriod, Name: c.Kind, From: c.From, Until: c.To}
		if c.Kind == "" {
			p.Suppose(assumedWork(c.From, c.To, c.Earnings))
			a.Value = c.Earnings.String()
		} else {
			p.Periods = append(p.Periods, assumedPeriod(c))
		}
		f.Assumptions = append(f.Assumptions, a)
	}
	s.question.Person = p
}

// firstDay looks for the first day of the right. Conditions change with the person's age,
// by months from the day of birth; with the law, mostly at the turn of a year; and with
// assumed work from day to day. It is enough to look once a month at the day of birth and
// at each last day of a year, and then at each day since the look before.
func (s *seer) firstDay() (period.Date, error) {
	today := s.forecast.Today
	before := today
	for _, day := range s.looks() {
		trace, err := s.on(day)
		if err != nil {
			return 0, err
		}
		if !trace.Entitled {
			before = day
			continue
		}
		for first := before; first < day; first = first.AddDays(1) {
			if trace, err = s.on(first); err != nil || trace.Entitled {
				return first, err
			}
		}
		return day, nil
	}
	s.forecast.Unmet = s.last.Unmet
	return 0, nil
}

// looks lists the days to look at, ascending, from today.
func (s *seer) looks() []period.Date {
	today, end := s.forecast.Today, s.forecast.Horizon
	birth := s.question.Personal.BirthDate
	if birth.IsZero() {
		birth = today
	}
	days := []period.Date{today}
	months := int(today.Month() - birth.Month())
	for n := months; ; n++ {
		day := birth.AddMonths(n)
		if day > end {
			return append(days, end)
		}
		if day > today {
			days = append(days, day)
		}
		if last := day.Month().Last(); last.Month().Number() == 12 && last > today &&
			last != day && last <= end {
			days = append(days, last)
		}
	}
}

// take calculates from the day on which the pension is taken.
func (s *seer) take(months int) error {
	f := s.forecast
	f.From = f.FirstDay.AddMonths(months)
	if months > 0 {
		details := maps.Clone(s.question.Details)
		if details == nil {
			details = map[string]json.RawMessage{}
		}
		details["deferral_years"] = raw(months / 12)
		details["deferral_months"] = raw(months % 12)
		s.question.Details = details
		f.Assumptions = append(f.Assumptions, Assumption{What: AssumedDeferral,
			Value: strconv.Itoa(months), From: f.FirstDay, Until: f.From.AddDays(-1)})
	}
	trace, err := s.on(f.From)
	if err != nil {
		return err
	}
	f.Trace, f.Form, f.Amount, f.Unmet = trace, trace.Form, trace.Amount, trace.Unmet
	return nil
}
