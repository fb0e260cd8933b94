package rules

import (
	"errors"
	"slices"

	"github.com/stazh/stazh/ledger/money"
	"github.com/stazh/stazh/ledger/period"
)

// Names of the parameters of payment.
const (
	// ContributionDueDay is the day of the following month by which contributions are paid.
	ContributionDueDay = "contribution_due_day"
	// RefinancingRate is the yearly rate of the National Bank.
	RefinancingRate = "refinancing_rate"
	// PenaltyDivisor is the number that the yearly rate is divided by for a day of delay.
	PenaltyDivisor = "late_payment_divisor"
)

// ContributionDueOn gives the day of the act on which the contributions for a month are due;
// which day that is in a calendar with days off, account.Law.WorkingDayFrom tells. The error
// is a *MissingParameterError.
func ContributionDueOn(law *Law, month period.Month) (period.Date, error) {
	l := lookup{law: law}
	next := month.Add(1)
	day := l.count(ContributionDueDay, next.First())
	if l.err != nil {
		return 0, l.err
	}
	return next.First().AddDays(max(1, min(day, next.Days())) - 1), nil
}

// PenaltyTerm is a run of days with one rate of the late-payment penalty.
type PenaltyTerm struct {
	From, Until period.Date
	// Rate is the yearly rate, Divisor what makes it the rate of a day.
	Rate    money.Rate
	Divisor int
	// Missing names the parameter that is not known for these days; nil otherwise.
	Missing *MissingParameterError
	rate    exact
}

// PenaltyTerms divides the days by the rates that hold on them, in their order.
func PenaltyTerms(law *Law, from, until period.Date) []PenaltyTerm {
	if from.IsZero() || until < from {
		return nil
	}
	days := []period.Date{from}
	for _, name := range [...]string{RefinancingRate, PenaltyDivisor} {
		if law.series[name] == nil {
			continue
		}
		for _, e := range law.series[name].effective {
			days = append(days, e.From)
			if !e.Until.IsZero() {
				days = append(days, e.Until.AddDays(1))
			}
		}
	}
	days = slices.DeleteFunc(days, func(d period.Date) bool { return d < from || d > until })
	slices.Sort(days)
	days = slices.Compact(days)
	terms := make([]PenaltyTerm, len(days))
	for i, day := range days {
		t := PenaltyTerm{From: day, Until: until}
		if i+1 < len(days) {
			t.Until = days[i+1].AddDays(-1)
		}
		l := lookup{law: law}
		t.rate = l.number(RefinancingRate, day)
		t.Rate, t.Divisor = l.rate(RefinancingRate, day), l.count(PenaltyDivisor, day)
		if l.err == nil && t.Divisor == 0 {
			l.err = &MissingParameterError{Name: PenaltyDivisor, Date: day}
		}
		_ = errors.As(l.err, &t.Missing)
		terms[i] = t
	}
	return terms
}

// Penalty is base × days × rate / divisor for days of the term, rounded half-up to the
// kopeck once.
func (t *PenaltyTerm) Penalty(base money.Amount, days int) money.Amount {
	if t.Missing != nil || base <= 0 || days <= 0 {
		return 0
	}
	return exactAmountOf(base).times(t.rate).times(exactInt(days)).over(t.Divisor).round()
}
