package rules

import (
	"cmp"
	"slices"

	"github.com/stazh/stazh/ledger/period"
)

// Lengths of the calendar of coverage: 30 days are a month, 12 months a year.
const (
	coverageMonthDays  = 30
	coverageYearMonths = 12
)

// Duration is a length of coverage: years, months 0 to 11, days 0 to 29.
type Duration struct {
	Years  int `json:"years"`
	Months int `json:"months"`
	Days   int `json:"days"`
}

// normal carries days into months by 30 and months into years by 12.
func (d Duration) normal() Duration {
	d.Months += d.Days / coverageMonthDays
	d.Days %= coverageMonthDays
	d.Years += d.Months / coverageYearMonths
	d.Months %= coverageYearMonths
	return d
}

// Add gives the sum of two lengths (CV-2).
func (d Duration) Add(o Duration) Duration {
	return Duration{d.Years + o.Years, d.Months + o.Months, d.Days + o.Days}.normal()
}

// WholeMonths gives the years and months in months; the days never fill one.
func (d Duration) WholeMonths() int { return d.Years*coverageYearMonths + d.Months }

// Compare gives -1, 0 or 1 as d is shorter than, as long as or longer than o.
func (d Duration) Compare(o Duration) int {
	return cmp.Or(cmp.Compare(d.Years, o.Years), cmp.Compare(d.Months, o.Months),
		cmp.Compare(d.Days, o.Days))
}

// Merge gives the days of all intervals as the fewest intervals, in order: overlapping
// and touching ones are joined. The argument stays as it is; no interval may end before
// it starts.
func Merge(intervals []period.Interval) []period.Interval {
	if len(intervals) == 0 {
		return nil
	}
	merged := slices.Clone(intervals)
	if !slices.IsSortedFunc(merged, byStart) {
		slices.SortFunc(merged, byStart)
	}
	last := 0
	for _, i := range merged[1:] {
		// One day later is touching: both ends are inside an interval.
		if merged[last].To.DaysUntil(i.From) <= 1 {
			merged[last].To = max(merged[last].To, i.To)
			continue
		}
		last++
		merged[last] = i
	}
	return merged[:last+1]
}

func byStart(a, b period.Interval) int { return cmp.Compare(a.From, b.From) }

// Measure gives the coverage of the intervals with every day counted once (CV-1):
// merged, each as whole months and rest days, then added.
func Measure(intervals []period.Interval) Duration {
	return MeasureMerged(Merge(intervals))
}

// MeasureMerged is Measure for intervals that Merge has made: it does not allocate.
func MeasureMerged(intervals []period.Interval) Duration {
	var sum Duration
	for _, i := range intervals {
		months, days := span(i)
		sum.Months += months
		sum.Days += days
	}
	return sum.normal()
}

// span counts whole months from the start to the day after the end, then the rest days.
// The month arithmetic is that of all ages and deadlines: a day missing in a month is
// its last day, so 31 January to 28 February is one month and one day.
func span(i period.Interval) (months, days int) {
	after := i.To.AddDays(1)
	months = int(after.Month() - i.From.Month())
	if i.From.AddMonths(months) > after {
		months--
	}
	return months, i.From.AddMonths(months).DaysUntil(after)
}

// coverageEndYear is the last year that a period of coverage may end in: later ones are no
// dates of a human life, and month arithmetic ends with the year 9999.
const coverageEndYear = 9998

// CoveragePeriod is a period of coverage with both ends inside it.
type CoveragePeriod struct {
	Start period.Date `json:"start"`
	End   period.Date `json:"end"`
}

// PeriodsInput is the question of CV-1.
type PeriodsInput struct {
	Periods []CoveragePeriod `json:"periods"`
}

// CoveragesInput is the question of CV-2.
type CoveragesInput struct {
	Coverages []Duration `json:"coverages"`
}

// CoverageResult is the answer of CV-1 and CV-2.
type CoverageResult struct {
	Explanation
	Coverage Duration `json:"coverage"`
}

// CV1 gives the coverage of a list of periods, explained.
func CV1(_ *Law, in PeriodsInput) (CoverageResult, error) {
	if len(in.Periods) == 0 {
		return CoverageResult{}, invalid("periods", "give at least one period")
	}
	intervals := make([]period.Interval, len(in.Periods))
	for n, p := range in.Periods {
		switch {
		case p.Start.IsZero():
			return CoverageResult{}, invalid(index("periods", n, "start"), dateForm)
		case p.End.IsZero():
			return CoverageResult{}, invalid(index("periods", n, "end"), dateForm)
		case p.End < p.Start:
			return CoverageResult{}, invalid(index("periods", n, "end"),
				"the period ends before it starts: exchange the dates or correct one")
		case p.End.Year() > coverageEndYear:
			return CoverageResult{}, invalid(index("periods", n, "end"),
				"the date is too far in the future: correct it")
		}
		intervals[n] = period.Interval{From: p.Start, To: p.End}
	}
	result := CoverageResult{Explanation: explain("CV-1")}
	merged := Merge(intervals)
	for _, i := range merged {
		months, days := span(i)
		result.step("merged period "+i.From.String()+" to "+i.To.String(),
			Duration{Months: months, Days: days}.String(), "")
	}
	result.Coverage = MeasureMerged(merged)
	result.step("sum, 30 days = 1 month, 12 months = 1 year", result.Coverage.String(), "")
	return result, nil
}

// CV2 gives the sum of a list of coverages, explained.
func CV2(_ *Law, in CoveragesInput) (CoverageResult, error) {
	if len(in.Coverages) == 0 {
		return CoverageResult{}, invalid("coverages", "give at least one coverage")
	}
	result := CoverageResult{Explanation: explain("CV-2")}
	for n, c := range in.Coverages {
		if field, ok := c.valid(); !ok {
			return CoverageResult{}, invalid(index("coverages", n, field), coverageForm)
		}
		result.Coverage = result.Coverage.Add(c)
		result.step("plus "+c.String(), result.Coverage.String(), "")
	}
	return result, nil
}
