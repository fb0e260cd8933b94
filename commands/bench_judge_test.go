package commands_test

import (
	"context"
	"iter"
	"log/slog"
	"runtime"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/stazh/stazh/commands"
	"github.com/stazh/stazh/fixtures/law"
	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/ledger/account"
	"github.com/stazh/stazh/ledger/period"
)

// payersOnly is a log that believes what is said of persons and forgets it, so that a
// benchmark on it measures what is done with a report and not what keeping it takes.
type payersOnly struct{ ledger.Log }

func (l payersOnly) Append(ctx context.Context, batch ...ledger.StreamAppend,
) (ledger.Result, error) {
	return l.Log.Append(ctx, batch[len(batch)-1])
}

func (l payersOnly) ReadStreams(ctx context.Context, streams ...ledger.StreamID,
) iter.Seq2[ledger.Event, error] {
	var payers []ledger.StreamID
	for _, s := range streams {
		if _, person := s.Person(); !person {
			payers = append(payers, s)
		}
	}
	return l.Log.ReadStreams(ctx, payers...)
}

// BenchmarkJudge takes quarterly reports in without a database: reading, judging and
// deciding alone, on accounts that grow from nothing to five years.
func BenchmarkJudge(b *testing.B) {
	const persons, quarters = 1000, 20
	k := newKit(b, func(l ledger.Log) ledger.Log { return payersOnly{l} })
	k.bus.Logger = slog.New(slog.NewTextHandler(b.Output(), nil))
	invented, err := law.DemoParameters()
	require.NoError(b, err)
	c := commands.PublishLaw{Actor: clerk}
	for _, p := range invented {
		c.Parameters = append(c.Parameters, account.PublishedOf(p))
	}
	_, err = k.bus.PublishLaw(b.Context(), c)
	require.NoError(b, err)
	spent, before, after := time.Duration(0), runtime.MemStats{}, runtime.MemStats{}
	bytes, allocs, records := uint64(0), uint64(0), 0
	for round := 0; b.Loop(); round++ {
		f := newFirm(b, round+1, persons)
		k.register(f.unp, f.fundNo, "employer")
		for _, content := range f.arrivals(b) {
			*k.now = period.MustDate("2018-01-05").Time()
			r := k.fileBy(f.unp, content)
			require.Zero(b, r.Processed.Rejected+r.Processed.Parked)
		}
		for q := range quarters {
			*k.now = afterQuarter(b, q).Time()
			r := k.receive(f.unp, f.report(b, q))
			runtime.ReadMemStats(&before)
			start := clientTime(b)
			require.NoError(b, k.bus.ProcessFiling(b.Context(), f.unp, r.Filing))
			spent += clientTime(b) - start
			runtime.ReadMemStats(&after)
			bytes += after.TotalAlloc - before.TotalAlloc
			allocs += after.Mallocs - before.Mallocs
			records += persons
			require.Equal(b, persons, k.filing(r).Processed.Accepted)
		}
	}
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(float64(spent.Nanoseconds())/float64(records), "cpu-ns/record")
	b.ReportMetric(float64(allocs)/float64(records), "allocs/record")
	b.ReportMetric(float64(bytes)/float64(records), "B/record")
}
