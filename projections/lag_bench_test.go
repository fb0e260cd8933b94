package projections_test

import (
	"context"
	"os"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"

	"github.com/stazh/stazh/fixtures/pgtest"
	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/ledger/event"
	"github.com/stazh/stazh/ledger/money"
	"github.com/stazh/stazh/ledger/period"
	"github.com/stazh/stazh/ledger/pglog"
	"github.com/stazh/stazh/projections/projectiontest"
	"github.com/stazh/stazh/projections/reporting"
)

// Of the load under which the lag is measured.
const (
	lagRate    = 10_000 // events a second that are offered
	lagWriters = 64
	lagStaff   = 13 // persons that are reported together
	lagTeams   = 20 // of so many persons each payer has; it reports one team at a time
)

// BenchmarkLag offers 10,000 events a second to a ledger in Postgres which all projections
// follow, and measures the time from the call that appends to the moment at which each
// read model shows it; meanwhile it reads a dashboard of totals. "idle" does the same
// while another session stays idle in a transaction: "drift" is the median lag of the last
// third by that of the first. STAZH_BENCH_SECONDS sets how long.
func BenchmarkLag(b *testing.B) {
	seconds := 5
	if n, err := strconv.Atoi(os.Getenv("STAZH_BENCH_SECONDS")); err == nil {
		seconds = n
	}
	for _, idle := range []bool{false, true} {
		name := map[bool]string{false: "alone", true: "idle"}[idle]
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				measureLag(b, idle, time.Duration(seconds)*time.Second)
			}
		})
	}
}

func measureLag(b *testing.B, idle bool, long time.Duration) {
	ctx := context.Background()
	url := pgtest.DB(b)
	pool := open(b, url)
	require.NoError(b, pglog.Migrate(ctx, pool))
	log, err := pglog.Open(ctx, pool, pglog.Options{Clock: time.Now})
	require.NoError(b, err)
	b.Cleanup(log.Close)
	h := projectiontest.On(b, log)
	staffs := make([][]ledger.PersonID, lagWriters)
	for w := range staffs {
		h.RegisterPayer(lateUNP(w), strconv.Itoa(101+w), "Завод", 0)
		staffs[w] = registerStaff(b, h, w)
	}
	r := runner(b, pool, log, 0, all(h)...)
	stop := start(b, r)
	defer stop()
	for _, name := range r.Names() {
		require.NoError(b, r.WaitFor(ctx, name, head(b, log)))
	}
	if idle {
		openTransaction(b, url)
	}
	m := &lagMeter{lags: map[string][]time.Duration{}}
	client, server, from := cpuTime(b), serverTime(b, pool), head(b, log)
	reading, cancel := context.WithCancel(ctx)
	var readers sync.WaitGroup
	readers.Go(func() { m.readTotals(reading, b, pool) })
	var writers sync.WaitGroup
	for w := range staffs {
		writers.Go(func() { m.write(ctx, b, log, r.Names(), r.WaitFor, w, staffs[w], long) })
	}
	writers.Wait()
	cancel()
	readers.Wait()
	events := float64(head(b, log) - from)
	b.ReportMetric(events/long.Seconds(), "events/s")
	b.ReportMetric(float64((cpuTime(b)-client).Microseconds())/events, "client-us/event")
	b.ReportMetric(float64((serverTime(b, pool)-server).Microseconds())/events, "server-us/event")
	m.report(b)
}

// registerStaff registers the persons of a payer with one append.
func registerStaff(b *testing.B, h *projectiontest.History, writer int) []ledger.PersonID {
	var ids []ledger.PersonID
	var batch []ledger.StreamAppend
	for i := range lagStaff * lagTeams {
		number := benchNumber(writer*lagStaff*lagTeams + i)
		id := h.Keys.PersonID(number)
		ids = append(ids, id)
		batch = append(batch, ledger.StreamAppend{Stream: ledger.PersonStream(id),
			Expected: ledger.NoStream, Events: []ledger.NewEvent{event.New(h.ID("event"),
				ledger.Meta{}, &event.PersonRegistered{Payer: lateUNP(writer),
					Personal: h.Seal(id, personal(number, "ИВАНОВ"))})}})
	}
	_, err := h.Log.Append(context.Background(), batch...)
	require.NoError(b, err)
	return ids
}

// lagMeter collects lags by the read model, in the order in which they ended.
type lagMeter struct {
	mu   sync.Mutex
	lags map[string][]time.Duration // guarded by mu
}

func (m *lagMeter) add(name string, lag time.Duration) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.lags[name] = append(m.lags[name], lag)
}

// write reports a staff's months, one append after another, at this writer's share of the
// rate; how long an append waits for its turn counts as lag.
func (m *lagMeter) write(ctx context.Context, b *testing.B, log ledger.Log, names []string,
	wait func(context.Context, string, ledger.Position) error, writer int,
	staff []ledger.PersonID, long time.Duration) {
	const every = time.Second * lagWriters * (lagStaff + 1) / lagRate
	began := time.Now().Add(every * time.Duration(writer) / lagWriters)
	var waits sync.WaitGroup
	defer waits.Wait()
	for n := 0; ; n++ {
		due := began.Add(every * time.Duration(n))
		if due.Sub(began) >= long {
			return
		}
		time.Sleep(time.Until(due))
		result, err := log.Append(ctx, monthOf(writer, n, staff)...)
		if err != nil {
			b.Error(err)
			return
		}
		for _, name := range names {
			waits.Go(func() {
				if err := wait(ctx, name, result.Position); err != nil {
					b.Error(err)
				}
				m.add(name, time.Since(due))
			})
		}
	}
}

// monthOf is what a payer's report of a month brings: a fact of each person, a liability.
func monthOf(writer, n int, staff []ledger.PersonID) (batch []ledger.StreamAppend) {
	month := period.MustMonth("2018-01").Add(n)
	team, round := n%lagTeams, n/lagTeams
	for i, id := range staff[team*lagStaff : (team+1)*lagStaff] {
		fact := &event.IndividualDataReported{
			Slot: event.Slot{Payer: lateUNP(writer), Category: "01", Year: month.Year(),
				Quarters: "1"}, Version: 1, Receipt: "R-000001", DocNo: i + 1,
			Months: []event.MonthFact{{Month: month, Earnings: 150_000, Contributions: 1_500}}}
		batch = append(batch, ledger.StreamAppend{Stream: ledger.PersonStream(id),
			Expected: ledger.Revision(round), Events: []ledger.NewEvent{
				event.New(ledger.DeterministicID(id, n), ledger.Meta{}, fact)}})
	}
	due := &event.LiabilityAssessed{Month: month, Withheld: money.Amount(lagStaff * 1_500)}
	return append(batch, ledger.StreamAppend{Stream: ledger.PayerStream(lateUNP(writer)),
		Expected: ledger.Revision(n), Events: []ledger.NewEvent{
			event.New(ledger.DeterministicID("due", writer, n), ledger.Meta{}, due)}})
}

// readTotals reads the totals of a quarter in the country and its regions, again and
// again, as a dashboard does.
func (m *lagMeter) readTotals(ctx context.Context, b *testing.B, pool *pgxpool.Pool) {
	queries := reporting.NewQueries(pool)
	for ctx.Err() == nil {
		for _, scope := range []string{reporting.Country, reporting.Region} {
			began := time.Now()
			_, err := queries.Totals(context.WithoutCancel(ctx), reporting.Filter{Scope: scope,
				Year: 2018, Quarter: 1}, "", 0)
			if err != nil {
				b.Error(err)
				return
			}
			m.add("totals", time.Since(began))
		}
		time.Sleep(5 * time.Millisecond)
	}
}

// report gives the quantiles, and for the slowest read model how the lag changed.
func (m *lagMeter) report(b *testing.B) {
	drift, all := 0.0, []time.Duration{}
	for name, lags := range m.lags {
		third := len(lags) / 3
		first, last := slices.Clone(lags[:third]), slices.Clone(lags[len(lags)-third:])
		if name == "totals" {
			b.ReportMetric(milliseconds(quantile(lags, 0.99)), "totals-p99-ms")
			b.ReportMetric(milliseconds(quantile(lags, 0.50)), "totals-p50-ms")
			continue
		}
		drift = max(drift, milliseconds(quantile(last, 0.5))/milliseconds(quantile(first, 0.5)))
		all = append(all, lags...)
	}
	b.ReportMetric(milliseconds(quantile(all, 0.50)), "lag-p50-ms")
	b.ReportMetric(milliseconds(quantile(all, 0.99)), "lag-p99-ms")
	b.ReportMetric(drift, "drift")
}

func milliseconds(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

// quantile sorts the list.
func quantile(list []time.Duration, q float64) time.Duration {
	slices.Sort(list)
	return list[int(q*float64(len(list)-1))]
}
