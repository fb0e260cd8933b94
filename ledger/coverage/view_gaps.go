package coverage

import (
	"slices"

	"github.com/stazh/stazh/ledger/account"
	"github.com/stazh/stazh/ledger/obligation"
	"github.com/stazh/stazh/ledger/period"
	"github.com/stazh/stazh/ledger/rules"
)

// addUnpaid names the covered days that are not paid.
func (c *Coverage) addUnpaid(p *account.Person, spans []span, runs []run, pieces []piece) {
	var gaps []Gap
	for _, x := range pieces {
		reason := Unpaid
		paid := slices.ContainsFunc(x.on, func(i int) bool {
			if runs[i].unpaid == NoEarnings {
				reason = NoEarnings // one report is all that these days want
			}
			return !runs[i].isUnpaid()
		})
		if paid {
			continue
		}
		gap := Gap{Interval: x.Interval, Reason: reason, Covered: true}
		for _, i := range x.on {
			if runs[i].unpaid != reason {
				continue
			}
			from := spans[runs[i].span].source(p, x.Interval)
			if from.Payer != "" { // a special period belongs to no employment
				gap.name(Employment{from.Payer, from.Employment, from.Activity})
			}
		}
		gaps = appendGap(gaps, gap)
	}
	c.Gaps = append(c.Gaps, gaps...)
}

// uncovered names the days that nothing covers, from the first service or the first
// known hire to the day that is asked about.
func uncovered(p *account.Person, spans []span, law *account.Law, on period.Date) []Gap {
	gaps := []Gap{}
	covered := rules.Merge(intervalsOf(wholeRuns(spans)))
	first, last := period.Date(0), on
	if len(covered) > 0 {
		first = covered[0].From
		if on.IsZero() {
			last = covered[len(covered)-1].To
		}
	}
	open, named := employmentsOn(p, last)
	for _, x := range open {
		if first.IsZero() || x.From < first {
			first = x.From
		}
	}
	if first.IsZero() || last.IsZero() {
		return gaps
	}
	for _, hole := range holes(covered, period.Interval{From: first, To: last}) {
		within, who := []period.Interval{hole}, []Employment{}
		for i, x := range open {
			if x.Overlaps(hole) {
				within = append(within, period.Interval{
					From: max(x.From, hole.From), To: min(x.To, hole.To)})
				who = append(who, named[i])
			}
		}
		for _, x := range sweep(within) {
			gap := Gap{Interval: x.Interval, Reason: NoEmployment}
			for _, i := range x.on[1:] { // the first is the hole itself
				gap.name(who[i-1])
			}
			for _, g := range divide(gap, law, on) {
				gaps = appendGap(gaps, g)
			}
		}
	}
	return gaps
}

// employmentsOn gives the days of the known employments up to a day. A relationship
// that only a report of individual data tells of has no hire; nothing says that it
// lasted beyond the reported days, so it makes no gap.
func employmentsOn(p *account.Person, last period.Date,
) (open []period.Interval, named []Employment) {
	for _, e := range p.Employments {
		days := period.Interval{From: e.HiredOn, To: last}
		if !e.EndedOn.IsZero() {
			days.To = min(days.To, e.EndedOn)
		}
		if days.From.IsZero() || days.To < days.From {
			continue
		}
		open = append(open, days)
		named = append(named, Employment{Payer: e.Payer, Employment: e.ID})
	}
	return open, named
}

// holes gives the days of whole that no interval of the merged list covers.
func holes(merged []period.Interval, whole period.Interval) []period.Interval {
	var list []period.Interval
	from := whole.From
	for _, m := range merged {
		if from < m.From {
			list = append(list, period.Interval{From: from, To: m.From.AddDays(-1)})
		}
		from = m.To.AddDays(1)
	}
	if from <= whole.To {
		list = append(list, period.Interval{From: from, To: whole.To})
	}
	return list
}

// divide gives an uncovered gap its reason: days of an open employment are missing only
// after the due date of the report of their quarter.
func divide(g Gap, law *account.Law, on period.Date) []Gap {
	if len(g.Employments) == 0 {
		return []Gap{g}
	}
	g.Reason = NoReport
	if on.IsZero() {
		return []Gap{g}
	}
	awaited := firstAwaited(law, on)
	if g.To < awaited {
		return []Gap{g}
	}
	late := g
	late.Reason, late.From = ReportNotDue, max(g.From, awaited)
	if late.From == g.From {
		return []Gap{late}
	}
	g.To = awaited.AddDays(-1)
	return []Gap{g, late}
}

// firstAwaited gives the first day of the earliest quarter that may still be reported
// on the day. Without a duty in the law it is the month after a quarter in which it may be.
func firstAwaited(law *account.Law, on period.Date) period.Date {
	quarter := obligation.QuarterOf(on.Month()).Add(-3)
	due := quarter.Add(3).Last()
	if duty, ok := obligation.DutyOf(law, account.FormPU3, quarter); ok {
		due = duty.DueOn
	}
	if on <= due {
		return quarter.First()
	}
	return quarter.Add(3).First()
}

// name adds an employment once.
func (g *Gap) name(e Employment) {
	if !slices.Contains(g.Employments, e) {
		g.Employments = append(g.Employments, e)
	}
}

// appendGap adds a gap, to the last one where it continues it.
func appendGap(gaps []Gap, g Gap) []Gap {
	if n := len(gaps) - 1; n >= 0 && gaps[n].Reason == g.Reason &&
		gaps[n].To.AddDays(1) == g.From && slices.Equal(gaps[n].Employments, g.Employments) {
		gaps[n].To = g.To
		gaps[n].Days = gaps[n].Interval.Days()
		return gaps
	}
	g.Days = g.Interval.Days()
	return append(gaps, g)
}
