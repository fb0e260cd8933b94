package account_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/stazh/stazh/ledger/account"
	"github.com/stazh/stazh/ledger/event"
	"github.com/stazh/stazh/ledger/money"
	"github.com/stazh/stazh/ledger/period"
)

// corrects, cancels and restores make the next version of the slot of report.
func corrects(f *event.IndividualDataReported, version int, months ...event.MonthFact,
) event.Payload {
	return &event.IndividualDataCorrected{Slot: f.Slot, Replacement: event.Replacement{
		Version: version, Supersedes: version - 1, Receipt: "k", DocNo: version}, Months: months}
}

func cancels(f *event.IndividualDataReported, version int) event.Payload {
	return &event.IndividualDataCancelled{Slot: f.Slot, Replacement: event.Replacement{
		Version: version, Supersedes: version - 1, Receipt: "o", DocNo: version}}
}

func restores(f *event.IndividualDataReported, version, former int) event.Payload {
	return &event.IndividualDataRestored{Slot: f.Slot, Replacement: event.Replacement{
		Version: version, Supersedes: version - 1, Receipt: "v", DocNo: version}, Restores: former}
}

func TestVersionsOfASlot(t *testing.T) {
	t.Parallel()
	f := report(5, payerA, "01", earned("2018-01", "859.00"))
	again := *f
	again.Version, again.Receipt = 5, "r2"
	p := foldPerson(f, corrects(f, 2, earned("2018-02", "900.00")), cancels(f, 3),
		restores(f, 4, 1), &again)
	require.Len(t, p.Slots(), 1)
	s := p.Slot(f.Slot)
	require.Equal(t, 5, s.Version)
	require.Equal(t, "r2", s.Receipt)
	require.Equal(t, f.Months, s.Months)
	require.True(t, s.InForce())
	require.Len(t, s.Former, 4)
	require.Equal(t, account.Version{Version: 3, Receipt: "o", DocNo: 3,
		RecordedAt: at(2, f).RecordedAt, Position: 30}, s.Former[2])
	require.Equal(t, f.Months, s.Former[3].Months, "the restore brought the first back")
	months, service, ok := s.Facts(2)
	require.True(t, ok)
	require.Equal(t, []event.MonthFact{earned("2018-02", "900.00")}, months)
	require.Empty(t, service)
	_, _, ok = s.Facts(6)
	require.False(t, ok)
	require.Nil(t, p.Slot(event.Slot{}))
}

func TestReportForAPensionGivesWayToTheOrdinaryOne(t *testing.T) {
	t.Parallel()
	f := report(5, payerA, "01", earned("2018-01", "859.00"), earned("2018-02", "1.00"))
	p := foldPerson(&event.IndividualDataReportedForPension{Slot: f.Slot, Version: 1,
		Receipt: "p", Months: f.Months[:1]})
	require.True(t, p.Slots()[0].ForPension)
	require.Len(t, p.Slots()[0].Months, 1)
	f.Version = 2
	p.Apply(at(1, f), f)
	require.Len(t, p.Slots(), 1)
	require.False(t, p.Slots()[0].ForPension)
	require.True(t, p.Slots()[0].Former[0].ForPension)
	require.Len(t, p.Slots()[0].Months, 2)
}

func TestEarningsBesideASlot(t *testing.T) {
	t.Parallel()
	one, two := report(1, payerA, "01", earned("2018-01", "100.00")),
		report(2, payerA, "01", earned("2018-01", "20.00"))
	p := foldPerson(one, two, report(3, payerA, "10", earned("2018-01", "3.00")))
	sum, known := p.EarningsBeside(one.Slot, month("2018-01"))
	require.Equal(t, "20.00", sum.String())
	require.True(t, known)
	p.Apply(at(3, cancels(two, 2)), cancels(two, 2))
	sum, known = p.EarningsBeside(one.Slot, month("2018-01"))
	require.Zero(t, sum)
	require.False(t, known)
}

// slotModel is what a slot must say, kept without a fold: every version's months.
type slotModel struct {
	fact     *event.IndividualDataReported
	versions [][]event.MonthFact
}

// next draws an event that may follow, and what will be in force after it.
func (m *slotModel) next(t *rapid.T) event.Payload {
	n := len(m.versions)
	sum := money.Amount(rapid.Int64Range(1, 1000).Draw(t, "sum"))
	months := []event.MonthFact{{Month: period.MustMonth("2018-01"), Earnings: sum}}
	if n == 0 || len(m.versions[n-1]) == 0 {
		if n == 0 || rapid.Bool().Draw(t, "again") {
			f := *m.fact
			f.Version, f.Months, f.Service = n+1, months, nil
			m.versions = append(m.versions, months)
			return &f
		}
	}
	switch rapid.IntRange(0, 2).Draw(t, "kind") {
	case 0:
		m.versions = append(m.versions, months)
		return corrects(m.fact, n+1, months...)
	case 1:
		m.versions = append(m.versions, nil)
		return cancels(m.fact, n+1)
	}
	former := rapid.IntRange(1, n).Draw(t, "former")
	m.versions = append(m.versions, m.versions[former-1])
	return restores(m.fact, n+1, former)
}

// TestAnySequenceKeepsOneHead: whatever follows whatever, each slot has one version in
// force, all its former versions say what they said, a copy is not touched by what happens
// to the original, and a restore gives back what was in force before a correction.
func TestAnySequenceKeepsOneHead(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		slots := []*slotModel{{fact: report(1, payerA, "01")}, {fact: report(2, payerA, "01")}}
		p := account.NewPerson(id(1))
		for n := range rapid.IntRange(1, 30).Draw(t, "events") {
			m := rapid.SampledFrom(slots).Draw(t, "slot")
			before, copied := snapshot(p), p.Clone()
			x := m.next(t)
			change, ok := p.Change(x)
			require.True(t, ok)
			p.Apply(at(n, x), x)
			require.Equal(t, before, snapshot(copied))
			s := p.Slot(m.fact.Slot)
			require.Equal(t, s.Months, change.After.Months, "what Change has foretold")
			require.Equal(t, len(m.versions), s.Version)
			require.Len(t, s.Former, s.Version-1)
			for i, want := range m.versions {
				got, _, ok := s.Facts(i + 1)
				require.True(t, ok)
				require.Equal(t, len(want), len(got))
				if len(want) > 0 {
					require.Equal(t, want, got)
				}
			}
			require.LessOrEqual(t, len(p.Slots()), len(slots))
		}
		sum, _ := p.EarningsAt(payerA, month("2018-01"), false)
		var want money.Amount
		for _, m := range slots {
			if n := len(m.versions); n > 0 && len(m.versions[n-1]) > 0 {
				want += m.versions[n-1][0].Earnings
			}
		}
		require.Equal(t, want, sum)
	})
}
