package projections_test

import (
	"context"
	"fmt"
	"os"
	"strconv"
	"syscall"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"

	"github.com/stazh/stazh/fixtures/pgtest"
	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/ledger/event"
	"github.com/stazh/stazh/ledger/period"
	"github.com/stazh/stazh/ledger/pglog"
	"github.com/stazh/stazh/ledger/pglog/floor"
	"github.com/stazh/stazh/projections"
	"github.com/stazh/stazh/projections/account"
	"github.com/stazh/stazh/projections/projectiontest"
)

// benchReports is how many quarters are reported of each person of BenchmarkReplay.
const benchReports = 18

// BenchmarkReplay measures a rebuild of the accounts and a replay of all projections on
// a ledger in Postgres, in which a person's events lie scattered, against one SELECT of
// the same rows in the same run. STAZH_BENCH_PERSONS sets the size, with 20 events each.
func BenchmarkReplay(b *testing.B) {
	ctx := context.Background()
	persons := 50_000
	if n, err := strconv.Atoi(os.Getenv("STAZH_BENCH_PERSONS")); err == nil {
		persons = n
	}
	pool := open(b, pgtest.DB(b))
	require.NoError(b, pglog.Migrate(ctx, pool))
	log, err := pglog.Open(ctx, pool, pglog.Options{Clock: time.Now})
	require.NoError(b, err)
	b.Cleanup(log.Close)
	h := projectiontest.On(b, log)
	scatter(b, h, persons)
	r := runner(b, pool, log, 0, all(h)...)
	require.NoError(b, projections.Migrate(ctx, pool))
	require.NoError(b, r.CatchUp(ctx))
	events := float64(head(b, log))

	b.Run("rebuild", func(b *testing.B) {
		for b.Loop() {
			began, cpu := time.Now(), cpuTime(b)
			require.NoError(b, r.Rebuild(ctx, account.New().Name(), nil))
			report(b, pool, events, time.Since(began), cpuTime(b)-cpu)
		}
	})
	b.Run("replay", func(b *testing.B) {
		for b.Loop() {
			cpu := cpuTime(b)
			found, done, err := r.Replay(ctx, nil)
			require.NoError(b, err)
			require.Empty(b, found)
			report(b, pool, events, done.Elapsed, cpuTime(b)-cpu)
		}
	})
}

// cpuTime is what this process has used, the server's processes excluded.
func cpuTime(b *testing.B) time.Duration {
	var usage syscall.Rusage
	require.NoError(b, syscall.Getrusage(syscall.RUSAGE_SELF, &usage))
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}

// report tells the rate beside that of the bare SELECT, and what both cost here.
func report(b *testing.B, pool *pgxpool.Pool, events float64, spent, cpu time.Duration) {
	began, bareCPU := time.Now(), cpuTime(b)
	rows, _, err := floor.Select(context.Background(), pool, 0)
	require.NoError(b, err)
	require.EqualValues(b, events, rows)
	bare := time.Since(began)
	b.ReportMetric(events/spent.Seconds(), "events/s")
	b.ReportMetric(events/bare.Seconds(), "floor-events/s")
	b.ReportMetric(float64(cpu.Nanoseconds())/events, "cpu-ns/event")
	b.ReportMetric(float64((cpuTime(b)-bareCPU).Nanoseconds())/events, "floor-cpu-ns/event")
	b.ReportMetric(bare.Seconds()/spent.Seconds(), "ratio")
}

// scatter registers persons and reports quarter after quarter of all of them.
func scatter(b *testing.B, h *projectiontest.History, persons int) {
	const payers, portion = 500, 5_000
	ids := make([]ledger.PersonID, persons)
	jobs := make([]uuid.UUID, persons)
	for i := range ids {
		ids[i] = h.Keys.PersonID(fmt.Sprintf("3%06dA%03dPB1", i, i%1000))
		jobs[i] = h.ID("employment")
	}
	payer := func(i int) string { return fmt.Sprintf("1%08d", i%payers) }
	round := func(facts func(i int) []event.Payload, expected ledger.Revision) {
		for from := 0; from < persons; from += portion {
			var batch []ledger.StreamAppend
			for i := from; i < min(from+portion, persons); i++ {
				a := ledger.StreamAppend{Stream: ledger.PersonStream(ids[i]), Expected: expected}
				for _, fact := range facts(i) {
					a.Events = append(a.Events, event.New(h.ID("event"), benchMeta(), fact))
				}
				batch = append(batch, a)
			}
			_, err := h.Log.Append(context.Background(), batch...)
			require.NoError(b, err)
		}
	}
	for i := range payers {
		h.RegisterPayer(payer(i), "101", fmt.Sprintf("Завод %d", i), 0)
	}
	round(func(i int) []event.Payload {
		data := personal(fmt.Sprintf("3%06dA%03dPB1", i, i%1000), fmt.Sprintf("ИВАНОВ%d", i%5000))
		return []event.Payload{
			&event.PersonRegistered{Payer: payer(i), Personal: h.Seal(ids[i], data)},
			&event.EmploymentStarted{Employment: jobs[i], Payer: payer(i),
				HiredOn: period.MustDate("2017-01-01"), Contract: "01"}}
	}, ledger.NoStream)
	for q := range benchReports {
		round(func(i int) []event.Payload {
			return []event.Payload{quarterly(payer(i), jobs[i], q, i)}
		}, ledger.Revision(q+1))
	}
}

// benchMeta is as full as that of a filed document.
func benchMeta() ledger.Meta {
	return ledger.Meta{Actor: ledger.Actor{Subject: "bench", Role: "payer"},
		EffectiveFrom: period.MustMonth("2026-01"), EffectiveTo: period.MustMonth("2026-03"),
		Correlation: ledger.DeterministicID("filing"), Source: ledger.HashRecord(nil),
		RulePack: "2026-01-01"}
}

// quarterly is the report of a person's nth quarter from 2017 on.
func quarterly(payer string, job uuid.UUID, q, no int) event.Payload {
	first := period.MustMonth("2017-01").Add(3 * q)
	months := make([]event.MonthFact, 3)
	for m := range months {
		months[m] = event.MonthFact{Month: first.Add(m), Earnings: 150_000,
			Contributions: 52_500, Paid: 52_500, Tariff: "1"}
	}
	return &event.IndividualDataReported{
		Slot: event.Slot{Payer: payer, Employment: job, Category: "01",
			Year: first.Year(), Quarters: strconv.Itoa(first.Quarter())},
		Version: 1, Receipt: fmt.Sprintf("R-%06d", q), DocNo: no + 1, Months: months,
		Service: []event.ServicePeriod{{From: first.First(), To: first.Add(2).Last()}},
	}
}
