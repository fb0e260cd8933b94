package coverage_test

import (
	"fmt"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/stazh/stazh/ledger/account"
	"github.com/stazh/stazh/ledger/coverage"
	"github.com/stazh/stazh/ledger/event"
	"github.com/stazh/stazh/ledger/money"
	"github.com/stazh/stazh/ledger/period"
)

var epoch = period.MustDate("2017-11-20")

// anyPerson draws an account with a few employments and reports within half a year.
func anyPerson(t *rapid.T) *account.Person {
	day := rapid.IntRange(0, 200)
	p := account.NewPerson(uuid.UUID{9})
	payer := rapid.SampledFrom([]string{payerA, payerB})
	for n := range rapid.IntRange(0, 3).Draw(t, "employments") {
		e := account.Employment{ID: relationship(byte(n)), Payer: payer.Draw(t, "payer"),
			HiredOn: epoch.AddDays(day.Draw(t, "hired"))}
		if rapid.Bool().Draw(t, "ended") {
			e.EndedOn = epoch.AddDays(day.Draw(t, "end"))
		}
		p.Employments = append(p.Employments, e)
	}
	for n := range rapid.IntRange(0, 4).Draw(t, "slots") {
		s := account.Slot{Slot: event.Slot{Payer: payer.Draw(t, "payer"),
			Employment: relationship(byte(n)),
			Category:   rapid.SampledFrom([]string{"01", "10"}).Draw(t, "category")},
			Receipt: fmt.Sprint("r", n)}
		first := epoch.Month().Add(rapid.IntRange(0, 6).Draw(t, "first"))
		s.Year = first.Year()
		for range rapid.IntRange(0, 3).Draw(t, "months") {
			s.Months = append(s.Months, event.MonthFact{
				Month:    first.Add(rapid.IntRange(0, 12-first.Number()).Draw(t, "later")),
				Earnings: money.Amount(rapid.IntRange(-1, 2).Draw(t, "earnings"))})
		}
		for range rapid.IntRange(0, 3).Draw(t, "services") {
			from := epoch.AddDays(day.Draw(t, "from"))
			s.Service = append(s.Service, event.ServicePeriod{
				From: from, To: from.AddDays(rapid.IntRange(0, 80).Draw(t, "days")),
				Activity: rapid.SampledFrom([]string{"", "СП1", "ДЕТИ0", "ВЗНОСЫВРЕМ"}).
					Draw(t, "activity")})
		}
		p.Suppose(s)
	}
	return p
}

// modelDay is what holds on one day, found without any interval arithmetic.
type modelDay struct {
	periods int
	paid    bool
	open    bool
}

func modelOf(p *account.Person, l *account.Law, d period.Date) (m modelDay) {
	for _, s := range p.Slots() {
		own := s.Category == account.CategorySelfEmployed
		earned, known := p.EarningsAt(s.Payer, d.Month(), own)
		for _, x := range s.Service {
			if d < x.From || d > x.To {
				continue
			}
			m.periods++
			m.paid = m.paid || l.PaidActivity(x.Activity, d) && known && (own || earned > 0)
		}
	}
	for _, e := range p.Employments {
		m.open = m.open || e.HiredOn <= d && (e.EndedOn.IsZero() || d <= e.EndedOn)
	}
	return m
}

// dayCount counts for each day how many of the intervals have it.
func dayCount[T any](list []T, of func(T) period.Interval) map[period.Date]int {
	count := map[period.Date]int{}
	for _, x := range list {
		for d := of(x).From; d <= of(x).To; d = d.AddDays(1) {
			count[d]++
		}
	}
	return count
}

func TestEveryDayIsCountedOnceAndNamed(t *testing.T) {
	t.Parallel()
	l := law(t)
	rapid.Check(t, func(t *rapid.T) {
		p := anyPerson(t)
		on := epoch.AddDays(rapid.IntRange(-10, 320).Draw(t, "on"))
		got := coverage.Of(p, l, on)

		ofInterval := func(i coverage.Interval) period.Interval { return i.Interval }
		total := dayCount(got.Total.Intervals, ofInterval)
		paid := dayCount(got.Paid.Intervals, ofInterval)
		gaps := map[period.Date]coverage.Gap{}
		for _, g := range got.Gaps {
			require.Equal(t, g.Interval.Days(), g.Days)
			for d := g.From; d <= g.To; d = d.AddDays(1) {
				require.NotContains(t, gaps, d, "one reason for a day")
				gaps[d] = g
			}
		}
		overlapDays, started := 0, false
		for d := epoch; d <= on; d = d.AddDays(1) {
			m := modelOf(p, l, d)
			require.Equal(t, m.periods > 0, total[d] == 1, "%s total", d)
			require.Equal(t, m.paid, paid[d] == 1, "%s paid", d)
			overlapDays += max(0, m.periods-1)
			started = started || m.periods > 0 || m.open
			g, isGap := gaps[d]
			require.Equal(t, started && !m.paid, isGap, "%s gap", d)
			if isGap {
				require.Equal(t, m.periods > 0, g.Covered, "%s", d)
				require.Equal(t, m.open || g.Covered, len(g.Employments) > 0, "%s", d)
				require.Equal(t, !m.open && !g.Covered, g.Reason == coverage.NoEmployment)
			}
		}
		require.Equal(t, overlapDays, got.OverlapDays)
		require.Equal(t, len(total), got.Total.Days)
		require.Equal(t, len(paid), got.Paid.Days)
	})
}

func TestSourcesMakeTheirInterval(t *testing.T) {
	t.Parallel()
	l := law(t)
	rapid.Check(t, func(t *rapid.T) {
		got := coverage.Of(anyPerson(t), l, epoch.AddDays(rapid.IntRange(0, 320).Draw(t, "on")))
		for _, part := range []coverage.Part{got.Total, got.Paid} {
			for n, i := range part.Intervals {
				if n > 0 {
					require.Greater(t, i.From, part.Intervals[n-1].To.AddDays(1), "merged")
				}
				made := dayCount(i.Sources, func(s coverage.Source) period.Interval {
					return s.Interval
				})
				require.Len(t, made, i.Days)
				for d := range made {
					require.True(t, i.From <= d && d <= i.To)
				}
			}
		}
	})
}

// BenchmarkOf is a person with a working life of quarters: 300 slots with two service
// periods each.
func BenchmarkOf(b *testing.B) {
	p, l := account.NewPerson(uuid.UUID{9}), law(b)
	first := period.MustMonth("1970-01")
	for n := range 300 {
		s := account.Slot{Slot: event.Slot{Payer: payerA, Employment: relationship(byte(n / 20)),
			Category: "01"}}
		m := first.Add(3 * (n / 2))
		for i := range 3 {
			s.Months = append(s.Months, event.MonthFact{Month: m.Add(i), Earnings: 100_000})
		}
		s.Service = []event.ServicePeriod{
			{From: m.First(), To: m.Add(1).Last()},
			{From: m.Add(2).First(), To: m.Add(2).Last(), Activity: "СП1"},
		}
		p.Suppose(s)
	}
	on := period.MustDate("2018-06-30")
	b.ReportAllocs()
	for b.Loop() {
		coverage.Of(p, l, on)
	}
}
