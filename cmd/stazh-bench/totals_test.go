package main

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/stazh/stazh/ledger/money"
)

func TestTotalsDifferByOneKopeck(t *testing.T) {
	t.Parallel()
	filed := totals{Documents: 2, Earnings: 100, Benefits: 1, Contributions: 10}
	require.NoError(t, differ("x", filed, filed))
	for _, wrong := range []totals{{2, 101, 1, 10}, {1, 100, 1, 10}, {2, 100, 0, 10},
		{2, 100, 1, 9}} {
		require.ErrorIs(t, differ("x", filed, wrong), errDiffers)
	}
	b := &bench{config: config{wrong: true}}
	require.ErrorIs(t, differ("x", b.spoil(filed), filed), errDiffers)
	b.wrong = false
	require.NoError(t, differ("x", b.spoil(filed), filed))
}

// The control totals of a report are what its staff earns, by two ways of adding up.
func TestReportDeclaresWhatItsStaffEarns(t *testing.T) {
	t.Parallel()
	l := labour{First: 7, Firms: 12, Persons: 20, Jobs: 2, Veterans: 2, VeteranJobs: 8}
	var filed totals
	for n := range l.Firms {
		for q := range 2 {
			_, sums := l.firm(n).report(q)
			filed.add(sums)
		}
	}
	require.Equal(t, l.expected(0, 2), filed)
	// 20 persons have two jobs and, two of them, six more, in each firm and quarter.
	require.Equal(t, 12*2*(20*2+2*6), filed.Documents)
	require.Equal(t, money.Amount(80_000+7*100+30+4), pay(507, 3, 4))
}

func TestStaffOfAFirm(t *testing.T) {
	t.Parallel()
	l := labour{First: 3, Firms: 12, Persons: 5, Jobs: 2, Veterans: 1, VeteranJobs: 8}
	seen, unps := map[string]int{}, map[string]bool{}
	for n := range l.Firms {
		f := l.firm(n)
		require.Len(t, f.own, 5)
		require.Len(t, f.staff, 5+5+6)
		unps[f.unp] = true
		for _, w := range f.staff {
			seen[w.number]++
		}
	}
	require.Len(t, unps, 12)
	require.Len(t, seen, 60)
	jobs := map[int]int{}
	for _, n := range seen {
		jobs[n]++
	}
	require.Equal(t, map[int]int{2: 48, 8: 12}, jobs)
}

func TestShapeHasAboutSoManyEvents(t *testing.T) {
	t.Parallel()
	for _, events := range []int{small, million, 10 * million} {
		l := shape(events)
		perQuarter := l.Persons*jobsUsual + l.Veterans*(jobsVeteran-jobsUsual)
		got := l.Firms * (l.Persons + perQuarter*(filledQuarters+1))
		require.InEpsilon(t, events, got, 0.05)
		require.LessOrEqual(t, l.Persons*(jobsUsual+1), personsRoom)
	}
}
