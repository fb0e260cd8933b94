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

// coverageRules is the chapter of coverage.
var coverageRules = []Rule{
	define(about{"CV-1", pensionAct, "Стаж по периодам", "Стаж па перыядах",
		"Coverage of periods"},
		asking(askList("periods", func(in *PeriodsInput) *[]CoveragePeriod { return &in.Periods },
			nil,
			askDate("start", func(p *CoveragePeriod) *period.Date { return &p.Start }),
			askDate("end", func(p *CoveragePeriod) *period.Date { return &p.End }))),
		tellTotalCoverage, CV1),
	define(about{"CV-2", pensionAct, "Сумма стажа", "Сума стажу", "Sum of coverages"},
		asking(askList("coverages",
			func(in *CoveragesInput) *[]Duration { return &in.Coverages }, nil,
			askInt("years", func(d *Duration) *int { return &d.Years }).between(0, coverageYearsMax),
			askInt("months", func(d *Duration) *int { return &d.Months }).
				between(0, coverageYearMonths-1),
			askInt("days", func(d *Duration) *int { return &d.Days }).
				between(0, coverageMonthDays-1))),
		tellTotalCoverage, CV2),
}

var tellTotalCoverage = telling(
	tellCoverage("coverage", func(d *Duration) Duration { return *d }))

// CoveragePeriod is a period of coverage with both ends inside it.
type CoveragePeriod struct{ Start, End period.Date }

// PeriodsInput is the question of CV-1.
type PeriodsInput struct{ Periods []CoveragePeriod }

// CoveragesInput is the question of CV-2.
type CoveragesInput struct{ Coverages []Duration }

// CV1 gives the coverage of a list of periods.
func CV1(_ *Law, in PeriodsInput, t *Trace) (Duration, error) {
	intervals := make([]period.Interval, len(in.Periods))
	for n, p := range in.Periods {
		if p.End < p.Start {
			return Duration{}, invalid(index("periods", n)+".end",
				"the period ends before it starts: exchange the dates or correct one")
		}
		intervals[n] = period.Interval{From: p.Start, To: p.End}
	}
	merged := Merge(intervals)
	if t != nil {
		for _, i := range merged {
			months, days := span(i)
			t.length("merged_period", i.From.String()+" – "+i.To.String(),
				Duration{Months: months, Days: days})
		}
	}
	total := MeasureMerged(merged)
	t.length("coverage", "", total)
	return total, nil
}

// CV2 gives the sum of a list of coverages.
func CV2(_ *Law, in CoveragesInput, t *Trace) (Duration, error) {
	var total Duration
	for _, c := range in.Coverages {
		total = total.Add(c)
		t.length("coverage_added", "", c)
	}
	t.length("coverage", "", total)
	return total, nil
}
