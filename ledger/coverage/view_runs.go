package coverage

import (
	"cmp"
	"slices"

	"github.com/stazh/stazh/ledger/account"
	"github.com/stazh/stazh/ledger/period"
)

// span is one reported service period, or a special period, up to the day that is asked
// about; place is that in the service of the slot.
type span struct {
	period.Interval
	slot  *account.Slot // nil for a special period, whose place is that in the account
	place int
}

func (s span) source(p *account.Person, days period.Interval) Source {
	if s.slot == nil {
		x := p.Periods[s.place]
		return Source{Interval: days, Kind: x.Kind, Period: x.Period,
			RecordedAt: x.RecordedAt, Position: x.Position, Account: x.Account}
	}
	slot := s.slot
	service := &slot.Service[s.place]
	return Source{
		Interval: days, Payer: slot.Payer, Employment: slot.Employment,
		Category: slot.Category, Activity: service.Activity, Occupation: service.Occupation,
		Receipt: slot.Receipt, DocNo: slot.DocNo,
		RecordedAt: slot.RecordedAt, Position: slot.Position, Account: slot.Account,
	}
}

func spansOf(p *account.Person, slots []account.Slot, on period.Date) []span {
	var spans []span
	for i := range slots {
		for j, s := range slots[i].Service {
			days := period.Interval{From: s.From, To: s.To}
			if !on.IsZero() {
				days.To = min(days.To, on)
			}
			if days.From.IsZero() || days.To < days.From {
				continue // begins after the day
			}
			spans = append(spans, span{days, &slots[i], j})
		}
	}
	for i, x := range p.Periods {
		days := period.Interval{From: x.From, To: x.To}
		if !on.IsZero() {
			days.To = min(days.To, on)
		}
		if days.To >= days.From {
			spans = append(spans, span{days, nil, i})
		}
	}
	return spans
}

// run is a stretch of a service period whose days are alike: paid, or unpaid for one
// reason.
type run struct {
	period.Interval
	span   int
	unpaid string // Unpaid, NoEarnings, or empty for paid days
}

func (r run) isUnpaid() bool { return r.unpaid != "" }

func wholeRuns(spans []span) []run {
	runs := make([]run, len(spans))
	for i, s := range spans {
		runs[i] = run{Interval: s.Interval, span: i}
	}
	return runs
}

func intervalsOf(runs []run) []period.Interval {
	list := make([]period.Interval, len(runs))
	for i, r := range runs {
		list[i] = r.Interval
	}
	return list
}

// runsOf divides the service periods into runs.
func runsOf(p *account.Person, slots []account.Slot, law *account.Law, spans []span) []run {
	due := monthsDue(slots)
	runs := make([]run, 0, 2*len(spans))
	for i, s := range spans {
		if s.slot == nil {
			reason := Unpaid
			if law.PaidSpecialPeriod(p.Periods[s.place].Kind, s.From) {
				reason = ""
			}
			runs = append(runs, run{s.Interval, i, reason})
			continue
		}
		slot := s.slot
		activity := slot.Service[s.place].Activity
		key := payerMonth{payer: slot.Payer, own: slot.Category == account.CategorySelfEmployed}
		for from := s.From; from <= s.To; {
			key.month = from.Month()
			to := min(key.month.Last(), s.To)
			reason := ""
			if !due[key] {
				reason = NoEarnings
			}
			runs = appendDays(runs, law, run{period.Interval{From: from, To: to}, i, reason},
				activity)
			from = to.AddDays(1)
		}
	}
	return runs
}

// appendDays adds a run of one month, divided where the classifier of activities begins
// or ends to call the code unpaid.
func appendDays(runs []run, law *account.Law, r run, activity string) []run {
	if activity == "" {
		return join(runs, r)
	}
	for d := r.From; d <= r.To; d = d.AddDays(1) {
		day := run{period.Interval{From: d, To: d}, r.span, r.unpaid}
		if !law.PaidActivity(activity, d) {
			day.unpaid = Unpaid
		}
		runs = join(runs, day)
	}
	return runs
}

// join adds a run to the last one where it continues it.
func join(runs []run, r run) []run {
	if n := len(runs) - 1; n >= 0 && runs[n].span == r.span && runs[n].unpaid == r.unpaid {
		runs[n].To = r.To
		return runs
	}
	return append(runs, r)
}

// payerMonth is a month at a payer, with own true for a self-employed person's own
// insurance.
type payerMonth struct {
	payer string
	month period.Month
	own   bool
}

// monthsDue tells for which months contributions are due: earnings above zero over all
// slots of the payer. A self-employed person owes them for any reported month, as the
// declared income counts as the minimum wage at least (CO-4).
func monthsDue(slots []account.Slot) map[payerMonth]bool {
	earned := map[payerMonth]int64{}
	due := map[payerMonth]bool{}
	for i := range slots {
		s := &slots[i]
		own := s.Category == account.CategorySelfEmployed
		for _, m := range s.Months {
			key := payerMonth{s.Payer, m.Month, own}
			earned[key] += int64(m.Earnings)
			due[key] = own || earned[key] > 0
		}
	}
	return due
}

// piece is a run of days on which the same intervals of a list hold; on are their
// places in the list, ascending.
type piece struct {
	period.Interval
	on []int
}

// sweep divides the days of a list of intervals into pieces, in order.
func sweep(list []period.Interval) []piece {
	type edge struct {
		day   period.Date
		place int
		opens bool
	}
	edges := make([]edge, 0, 2*len(list))
	for i, x := range list {
		edges = append(edges, edge{x.From, i, true}, edge{x.To.AddDays(1), i, false})
	}
	slices.SortFunc(edges, func(a, b edge) int { return cmp.Compare(a.day, b.day) })
	var pieces []piece
	var open []int
	for i, e := range edges {
		at, found := slices.BinarySearch(open, e.place)
		switch {
		case e.opens && !found:
			open = slices.Insert(open, at, e.place)
		case found:
			open = slices.Delete(open, at, at+1)
		}
		if i+1 < len(edges) && edges[i+1].day > e.day && len(open) > 0 {
			days := period.Interval{From: e.day, To: edges[i+1].day.AddDays(-1)}
			pieces = append(pieces, piece{days, slices.Clone(open)})
		}
	}
	return pieces
}
