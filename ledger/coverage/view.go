// Package coverage answers what coverage an insured person has on a day: the length by
// CV-1 in total and with paid contributions apart, where each interval comes from, which
// days were reported more than once, and which days are missing and why.
//
// It is a pure view over the folds of package account. What counts as a paid day is a
// reading of the law; docs/reading-of-the-law.md, "Coverage", gives it with its reasons.
package coverage

import (
	"cmp"
	"slices"
	"time"

	"github.com/google/uuid"

	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/ledger/account"
	"github.com/stazh/stazh/ledger/period"
	"github.com/stazh/stazh/ledger/rules"
)

// Coverage is a person's coverage on a day.
type Coverage struct {
	Person ledger.PersonID `json:"person"`
	// Position is that of the last event of the person that the answer rests on.
	Position ledger.Position `json:"position"`
	On       period.Date     `json:"on"`
	Total    Part            `json:"total"`
	Paid     Part            `json:"paid"` // days with paid contributions only
	// Overlaps are the days that several service periods cover; they count once.
	Overlaps []Overlap `json:"overlaps"`
	// OverlapDays is how many days more the reports name than are counted.
	OverlapDays int   `json:"overlap_days"`
	Gaps        []Gap `json:"gaps"`
}

// Part is coverage of one kind.
type Part struct {
	Coverage  rules.Duration `json:"coverage"`
	Days      int            `json:"days"`
	Intervals []Interval     `json:"intervals"` // merged, ascending
}

// Interval is a run of covered days that service periods make together.
type Interval struct {
	period.Interval
	Days    int      `json:"days"`
	Sources []Source `json:"sources"` // by first day
}

// Source is a reported service period, or the run of its days that counts; or a special
// period, which has a kind and no payer.
type Source struct {
	period.Interval
	Kind       string          `json:"kind,omitempty"`
	Period     uuid.UUID       `json:"special_period,omitzero"`
	Payer      string          `json:"payer,omitempty"`
	Employment uuid.UUID       `json:"employment,omitzero"`
	Category   string          `json:"category,omitempty"`
	Activity   string          `json:"activity,omitempty"`
	Occupation string          `json:"occupation,omitempty"`
	Receipt    string          `json:"receipt,omitempty"`
	DocNo      int             `json:"document,omitempty"`
	RecordedAt time.Time       `json:"recorded_at"`
	Position   ledger.Position `json:"position"`
	// Account is the joined account that it is recorded in; absent for the person's own.
	Account ledger.PersonID `json:"account,omitzero"`
}

// Overlap is a run of days that the same service periods cover together.
type Overlap struct {
	period.Interval
	Days    int      `json:"days"`
	Sources []Source `json:"sources"`
}

// Reasons of a gap.
const (
	// NoReport: an employment was open and its payer reported no service, though the
	// time for the report is over.
	NoReport = "no_report"
	// ReportNotDue: as NoReport, but the payer may still report.
	ReportNotDue = "report_not_due"
	// NoEmployment: no employment that the Fund knows of was open.
	NoEmployment = "no_employment"
	// Unpaid: the days are covered, but by their activity code they do not count as
	// paid.
	Unpaid = "unpaid"
	// NoEarnings: the days are covered by work that would count as paid, but the payer
	// reported no earnings, and so no contributions due, for the month.
	NoEarnings = "no_earnings"
)

// Gap is a run of days missing from a coverage for one reason.
type Gap struct {
	period.Interval
	Days   int    `json:"days"`
	Reason string `json:"reason"`
	// Covered is true where the days count to the total and are only not paid.
	Covered bool `json:"covered"`
	// Employments are those that were open on the days, or that the unpaid service
	// belongs to; none for NoEmployment.
	Employments []Employment `json:"employments,omitempty"`
}

// Employment names a relationship and the activity code where one makes the gap.
type Employment struct {
	Payer      string    `json:"payer"`
	Employment uuid.UUID `json:"employment"`
	Activity   string    `json:"activity,omitempty"`
}

// Of gives the coverage on a day: of all that is reported up to it, whatever the
// employments' own dates say. The null date asks for all that is reported; uncovered
// days then end with the last service.
func Of(p *account.Person, law *account.Law, on period.Date) Coverage {
	slots := p.Slots()
	spans := spansOf(p, slots, on)
	runs := runsOf(p, slots, law, spans)
	pieces := sweep(intervalsOf(runs))
	c := Coverage{
		Person: p.ID, Position: p.Position, On: on,
		Total:    part(p, spans, wholeRuns(spans)),
		Paid:     part(p, spans, slices.DeleteFunc(slices.Clone(runs), run.isUnpaid)),
		Overlaps: []Overlap{},
		Gaps:     uncovered(p, spans, law, on),
	}
	c.addOverlaps(p, spans, runs, pieces)
	c.addUnpaid(p, spans, runs, pieces)
	slices.SortFunc(c.Gaps, func(a, b Gap) int { return cmp.Compare(a.From, b.From) })
	return c
}

// part merges runs, measures them and says what each interval is made of.
func part(p *account.Person, spans []span, runs []run) Part {
	merged := rules.Merge(intervalsOf(runs))
	made := Part{Coverage: rules.MeasureMerged(merged), Intervals: make([]Interval, len(merged))}
	for i, m := range merged {
		made.Intervals[i] = Interval{Interval: m, Days: m.Days()}
		made.Days += m.Days()
	}
	runs = slices.Clone(runs)
	slices.SortStableFunc(runs, func(a, b run) int { return cmp.Compare(a.From, b.From) })
	at := 0
	for _, r := range joined(runs) {
		for merged[at].To < r.From {
			at++
		}
		into := &made.Intervals[at]
		into.Sources = append(into.Sources, spans[r.span].source(p, r.Interval))
	}
	return made
}

// joined makes one of runs of the same service period that touch. The runs of a period
// never overlap, and all come by first day.
func joined(runs []run) []run {
	last := map[int]int{} // span to its place in list
	list := make([]run, 0, len(runs))
	for _, r := range runs {
		if i, ok := last[r.span]; ok && list[i].To.AddDays(1) == r.From {
			list[i].To = r.To
			continue
		}
		last[r.span] = len(list)
		list = append(list, r)
	}
	return list
}

func (c *Coverage) addOverlaps(p *account.Person, spans []span, runs []run, pieces []piece) {
	var previous []int
	for _, x := range pieces {
		together := spansOn(runs, x)
		if len(together) < 2 {
			previous = nil
			continue
		}
		c.OverlapDays += (len(together) - 1) * x.Days()
		last := len(c.Overlaps) - 1
		if slices.Equal(previous, together) && c.Overlaps[last].To.AddDays(1) == x.From {
			c.Overlaps[last].To = x.To
			c.Overlaps[last].Days += x.Days()
			continue
		}
		previous = together
		o := Overlap{Interval: x.Interval, Days: x.Days()}
		for _, s := range together {
			o.Sources = append(o.Sources, spans[s].source(p, spans[s].Interval))
		}
		c.Overlaps = append(c.Overlaps, o)
	}
}

// spansOn gives the service periods that cover a piece, ascending.
func spansOn(runs []run, x piece) []int {
	list := make([]int, len(x.on))
	for i, r := range x.on {
		list[i] = runs[r].span
	}
	slices.Sort(list)
	return list
}
