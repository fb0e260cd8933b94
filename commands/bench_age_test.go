package commands_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/ledger/account"
	"github.com/stazh/stazh/ledger/event"
	"github.com/stazh/stazh/ledger/period"
	"github.com/stazh/stazh/projections"
	read "github.com/stazh/stazh/projections/account"
)

// BenchmarkReportByAge files reports on people of whom little has been reported before, and
// on people with 35 years of reports, a year each, to a process that remembers nobody; and
// has their accounts follow. "old/young" is the processor time of the latter by that of the
// former, of this process and of Postgres.
func BenchmarkReportByAge(b *testing.B) {
	const persons = 500
	s := newStation(b)
	firms := s.found(1, 2, persons)
	slots := []int{8, 140}
	for i, f := range firms {
		s.age(f, slots[i])
	}
	runner, err := projections.NewRunner(s.pool, s.log, projections.Options{
		Logger: s.bus.Logger, Clock: s.clock}, read.New())
	require.NoError(b, err)
	require.NoError(b, runner.CatchUp(b.Context()))
	costs, quarter := make([]cost, len(firms)), 0
	for b.Loop() {
		for range 4 {
			s.setDay(afterQuarter(b, quarter))
			for i, f := range firms {
				files := []filed{{f, f.report(b, quarter), persons}}
				s.open()
				s.bus.Persons = read.NewFolds(s.pool)
				costs[i].add(s.measure(func() {
					s.intake(files, 1)
					require.NoError(b, runner.CatchUp(b.Context()))
				}))
			}
			quarter++
		}
	}
	b.ReportMetric(0, "ns/op")
	whole := make([]float64, len(costs))
	for i, c := range costs {
		records := float64(quarter * persons)
		whole[i] = float64((c.client + c.server).Microseconds()) / records
		name := fmt.Sprintf("/record-of-%d", slots[i])
		b.ReportMetric(float64(c.client.Microseconds())/records, "client-µs"+name)
		b.ReportMetric(float64(c.server.Microseconds())/records, "server-µs"+name)
		b.ReportMetric(float64(c.allocs)/records, "allocs"+name)
		b.ReportMetric(float64(c.bytes)/records, "B"+name)
	}
	b.ReportMetric(whole[1]/whole[0], "old/young")
}

// age records so many quarters before the first reports of the staff of a firm.
func (s *station) age(f firm, quarters int) {
	s.tb.Helper()
	ctx := s.tb.Context()
	var batch []ledger.StreamAppend
	for _, w := range f.staff {
		p := account.NewPerson(s.keys.PersonID(w.number))
		stream := ledger.PersonStream(p.ID)
		for e, err := range s.log.ReadStreams(ctx, stream) {
			require.NoError(s.tb, err)
			payload, err := event.Decode(e)
			require.NoError(s.tb, err)
			p.Apply(e, payload)
		}
		x := ledger.StreamAppend{Stream: stream, Expected: p.Revision}
		first, ok := period.NewMonth(benchYear, 1)
		require.True(s.tb, ok)
		for n := range quarters {
			x.Events = append(x.Events, event.New(ledger.DeterministicID(p.ID, "before", n),
				ledger.Meta{Actor: clerk, Correlation: ledger.DeterministicID(f.unp, n)},
				reportedBefore(&p.Employments[0], first.Add(3*(n-quarters)))))
		}
		batch = append(batch, x)
	}
	for part := range slices.Chunk(batch, 20) {
		_, err := s.log.Append(ctx, part...)
		require.NoError(s.tb, err)
	}
}

// reportedBefore is a report on the quarter that begins with the month.
func reportedBefore(e *account.Employment, first period.Month) event.Payload {
	f := &event.IndividualDataReported{Version: 1, Receipt: "2000-ABCDEFGH", DocNo: 1,
		Slot: event.Slot{Payer: e.Payer, Employment: e.ID, Category: "01", Year: first.Year(),
			Quarters: fmt.Sprint(first.Quarter())},
		Service: []event.ServicePeriod{{From: first.First(), To: first.Add(2).Last()}}}
	for m := range 3 {
		f.Months = append(f.Months, event.MonthFact{Month: first.Add(m), Earnings: 80_000,
			Contributions: 800, Paid: 800, Tariff: "1"})
	}
	return f
}
