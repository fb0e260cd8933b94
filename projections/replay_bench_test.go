package projections_test

import (
	"context"
	"fmt"
	"os"
	"runtime/debug"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"

	"github.com/stazh/stazh/fixtures/pgtest"
	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/ledger/event"
	"github.com/stazh/stazh/ledger/period"
	"github.com/stazh/stazh/ledger/pglog"
	"github.com/stazh/stazh/projections"
	"github.com/stazh/stazh/projections/account"
	"github.com/stazh/stazh/projections/projectiontest"
)

// benchReports is how many quarters are reported of each person of BenchmarkReplay.
const benchReports = 78

// BenchmarkReplay measures a rebuild of the accounts and a replay of all projections on
// a ledger in Postgres, in which a person's events lie scattered, against one SELECT of
// the same rows in the same run. STAZH_BENCH_PERSONS sets the size, with 80 events each;
// STAZH_BENCH_SEAL=1 seals the ledger before, so that events of a person stand together.
func BenchmarkReplay(b *testing.B) {
	ctx := context.Background()
	persons := 5_000
	if n, err := strconv.Atoi(os.Getenv("STAZH_BENCH_PERSONS")); err == nil {
		persons = n
	}
	pool := open(b, pgtest.DB(b))
	require.NoError(b, pglog.Migrate(ctx, pool))
	log, err := pglog.Open(ctx, pool, pglog.Options{Clock: time.Now, PartitionRows: 100_000})
	require.NoError(b, err)
	b.Cleanup(log.Close)
	h := projectiontest.On(b, log)
	scatter(b, h, persons)
	m := meter{pool: pool, table: "ledger.event", events: float64(head(b, log))}
	if os.Getenv("STAZH_BENCH_SEAL") != "" {
		m.table = "bare_event"
		_, err := pool.Exec(ctx, "create table bare_event as table ledger.event")
		require.NoError(b, err)
		_, err = pool.Exec(ctx, "create index on bare_event (position)")
		require.NoError(b, err)
		_, err = log.SealPartitions(ctx, pglog.SealOptions{All: true})
		require.NoError(b, err)
	}
	_, err = pool.Exec(ctx, "vacuum (freeze, analyze)")
	require.NoError(b, err)
	r := runner(b, pool, log, 0, all(h)...)
	require.NoError(b, projections.Migrate(ctx, pool))
	require.NoError(b, r.CatchUp(ctx))

	b.Run("rebuild", func(b *testing.B) {
		for b.Loop() {
			m.measure(b, func() { require.NoError(b, r.Rebuild(ctx, account.New().Name(), nil)) })
		}
	})
	b.Run("replay", func(b *testing.B) {
		for b.Loop() {
			m.measure(b, func() {
				found, done, err := r.Replay(ctx, nil)
				require.NoError(b, err)
				require.Empty(b, found)
				require.EqualValues(b, m.events, done.Events)
			})
		}
	})
}

// meter holds a work on all events against the bare SELECT of them.
type meter struct {
	pool   *pgxpool.Pool
	table  string // has all events as rows
	events float64
}

// measure tells the rates of both, their ratio, what each costs here and in the server,
// and the most memory that this process had meanwhile.
func (m *meter) measure(b *testing.B, work func()) {
	spent, client, server := m.cost(b, func() {
		resetPeak(b)
		work()
		b.ReportMetric(float64(peak(b))/(1<<20), "peak-MiB")
	})
	bare, bareClient, bareServer := m.cost(b, func() {
		require.EqualValues(b, m.events, m.bare(b))
	})
	each := func(d time.Duration) float64 { return float64(d.Nanoseconds()) / m.events }
	b.ReportMetric(m.events/spent.Seconds(), "events/s")
	b.ReportMetric(m.events/bare.Seconds(), "floor-events/s")
	b.ReportMetric(bare.Seconds()/spent.Seconds(), "ratio")
	b.ReportMetric(each(client), "client-ns/event")
	b.ReportMetric(each(server), "server-ns/event")
	b.ReportMetric(each(bareClient), "floor-client-ns/event")
	b.ReportMetric(each(bareServer), "floor-server-ns/event")
}

// bare reads all rows in one statement, in order and binary, looks at each and throws it
// away: what floor.Select does, also for a ledger whose rows were packed into segments.
func (m *meter) bare(b *testing.B) (n int) {
	rows, err := m.pool.Query(context.Background(), `select position, stream, revision, context,
		type, record, head from `+m.table+" order by position", pgx.QueryResultFormats{1})
	require.NoError(b, err)
	defer rows.Close()
	for rows.Next() {
		if len(rows.RawValues()[5]) > 0 {
			n++
		}
	}
	require.NoError(b, rows.Err())
	return n
}

// cost gives the time of a work and the CPU time of this process and of the server's.
func (m *meter) cost(b *testing.B, work func()) (spent, client, server time.Duration) {
	client, server = cpuTime(b), m.serverTime(b)
	began := time.Now()
	work()
	spent = time.Since(began)
	return spent, cpuTime(b) - client, m.serverTime(b) - server
}

// cpuTime is what this process has used, the server's processes excluded.
func cpuTime(b *testing.B) time.Duration {
	var usage syscall.Rusage
	require.NoError(b, syscall.Getrusage(syscall.RUSAGE_SELF, &usage))
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}

// serverTime is what the processes of the server have used, those that ended included.
func (m *meter) serverTime(b *testing.B) (sum time.Duration) {
	var backend int
	require.NoError(b, m.pool.QueryRow(context.Background(),
		"select pg_backend_pid()").Scan(&backend))
	parent := processStat(b, strconv.Itoa(backend))[1]
	all, err := os.ReadDir("/proc")
	require.NoError(b, err)
	for _, entry := range all {
		if _, err := strconv.Atoi(entry.Name()); err != nil {
			continue
		}
		stat := processStat(b, entry.Name())
		switch {
		case stat == nil: // it has just ended
		case entry.Name() == strconv.Itoa(parent):
			sum += time.Duration(stat[11]+stat[12]+stat[13]+stat[14]) * tick
		case stat[1] == parent:
			sum += time.Duration(stat[11]+stat[12]) * tick
		}
	}
	return sum
}

// processStat gives the numbers of /proc/<pid>/stat from the state on, which is taken for 0:
// the parent is the second, times are the twelfth to the fifteenth.
func processStat(b *testing.B, pid string) (numbers []int) {
	text, err := os.ReadFile("/proc/" + pid + "/stat")
	if err != nil {
		return nil
	}
	_, rest, ok := strings.Cut(string(text), ") ")
	require.True(b, ok)
	for _, word := range strings.Fields(rest) {
		n, _ := strconv.Atoi(word)
		numbers = append(numbers, n)
	}
	return numbers
}

// resetPeak lets the kernel measure the largest memory of this process anew.
func resetPeak(b *testing.B) {
	debug.FreeOSMemory()
	require.NoError(b, os.WriteFile("/proc/self/clear_refs", []byte("5"), 0))
}

// peak is the largest resident memory since then, in bytes.
func peak(b *testing.B) int {
	text, err := os.ReadFile("/proc/self/status")
	require.NoError(b, err)
	_, rest, _ := strings.Cut(string(text), "VmHWM:")
	kib, err := strconv.Atoi(strings.Fields(rest)[0])
	require.NoError(b, err)
	return kib << 10
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
