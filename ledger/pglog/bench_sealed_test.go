package pglog

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/ledger/logtest"
	"github.com/stazh/stazh/ledger/period"
	"github.com/stazh/stazh/ledger/pglog/floor"
)

// payerPersons is the size of the average payer.
const payerPersons = 13

// reporter makes the quarterly reports of payers, in the size and with the repetitions of
// individual records of three months: the payer's number, the employment, the receipt, and
// amounts.
type reporter struct {
	random *rand.Rand
	names  []ledger.StreamID
	jobs   []uuid.UUID
	at     ledger.Revision
}

func newReporter(persons int) *reporter {
	r := &reporter{random: rand.New(rand.NewPCG(1, 2)), at: ledger.NoStream}
	for range persons {
		r.names = append(r.names, logtest.NewStream())
		r.jobs = append(r.jobs, uuid.New())
	}
	return r
}

// quarter gives one append after the other with an event for each person.
func (r *reporter) quarter(no int) (batches [][]ledger.StreamAppend) {
	const payers = 40 // that report together in one append
	var batch []ledger.StreamAppend
	var meta ledger.Meta
	var receipt []byte
	for i, name := range r.names {
		if i%payerPersons == 0 {
			filing := uuid.New()
			unp := fmt.Sprintf("%09d", 600_000_000+i)
			meta = ledger.Meta{
				Actor:       ledger.Actor{Subject: "payer " + unp, Role: "payer"},
				Correlation: filing, Source: ledger.HashRecord(filing[:]), RulePack: "2026-01-01",
			}
			receipt = append([]byte(unp), filing.String()[:19]...)
		}
		if i%(payers*payerPersons) == 0 && len(batch) > 0 {
			batches, batch = append(batches, batch), nil
		}
		month := period.MustMonth("2006-01") + period.Month(3*no)
		e := ledger.NewEvent{ID: uuid.New(), Type: "individual_data.reported.v1", Meta: meta,
			Payload: append(append([]byte{}, receipt...), r.jobs[i][:]...)}
		e.Meta.EffectiveFrom, e.Meta.EffectiveTo = month, month+2
		for m := range 3 {
			e.Payload = binary.AppendVarint(e.Payload, int64(month)+int64(m))
			e.Payload = binary.AppendVarint(e.Payload, 100_000+r.random.Int64N(200_000))
			fee := 1_000 + r.random.Int64N(3_000)
			e.Payload = binary.AppendVarint(e.Payload, fee)
			e.Payload = binary.AppendVarint(e.Payload, fee)
			e.Payload = append(e.Payload, "\x00\x0131\x02\x00"...)
		}
		batch = append(batch, logtest.Batch(name, r.at, e))
	}
	r.at++
	return append(batches, batch)
}

// benchEvents is the size of a partition of BenchmarkSealed; STAZH_BENCH_EVENTS sets it.
func benchEvents(b *testing.B) int {
	if n, err := strconv.Atoi(os.Getenv("STAZH_BENCH_EVENTS")); err == nil {
		return n
	}
	return 100_000
}

// BenchmarkSealed measures the second of two partitions, as rows and then as segments,
// with some events of each stream in it: bytes, scans, reading by position, histories.
func BenchmarkSealed(b *testing.B) {
	for _, each := range []int{4, 20, 80} {
		b.Run(fmt.Sprintf("each=%d", each), func(b *testing.B) { benchmarkSealed(b, each) })
	}
}

func benchmarkSealed(b *testing.B, each int) {
	persons := benchEvents(b) / each
	url := database(b)
	m := benchmark{pool: newPool(b, url)}
	m.log = open(b, url, Options{PartitionRows: int64(persons * each)})
	r := newReporter(persons)
	for q := range 2 * each {
		for _, batch := range r.quarter(q) {
			appendTo(b, m.log, batch...)
		}
		if q == each-1 {
			n, err := m.log.SealPartitions(b.Context(), SealOptions{All: true})
			require.NoError(b, err)
			require.Equal(b, 1, n)
		}
	}
	_, err := m.pool.Exec(b.Context(), `VACUUM ANALYZE ledger.event, ledger.context, ledger.stream`)
	require.NoError(b, err)
	events := float64(persons * each)
	size := func(tables ...string) (sum float64) {
		for _, table := range tables {
			var n float64
			require.NoError(b, m.pool.QueryRow(b.Context(),
				`SELECT pg_total_relation_size($1)::float8`, table).Scan(&n))
			sum += n
		}
		return sum
	}
	rows := size(fmt.Sprintf("ledger.event_%d", persons*each+1))
	packed := size("ledger.segment", "ledger.segment_places")
	b.Logf("as rows")
	m.measure(b, r, each)
	m.timed(b, "seal", persons*each, 1, func(int) {
		n, err := m.log.SealPartitions(b.Context(), SealOptions{All: true})
		require.NoError(b, err)
		require.Equal(b, 1, n)
	})
	b.ReportMetric(rows/events, "B/row")
	b.ReportMetric((size("ledger.segment", "ledger.segment_places")-packed)/events, "B/sealed")
	b.ReportMetric(size("ledger.context")/events/2, "B/context")
	b.Logf("sealed")
	m.measure(b, r, each)
}

// measure reads all in several ways; half of it, or all, is sealed.
func (m *benchmark) measure(b *testing.B, r *reporter, each int) {
	b.Helper()
	const rounds = 5
	ctx := b.Context()
	total := 2 * each * len(r.names)
	for _, verify := range []bool{false, true} {
		m.timed(b, fmt.Sprintf("scan, verify=%t", verify), total, rounds, func(int) {
			n, err := m.log.ScanStreams(ctx, ledger.Scan{UpTo: ledger.Position(total), Verify: verify},
				func([]ledger.Event) error { return nil })
			require.NoError(b, err)
			require.EqualValues(b, total, n)
		})
	}
	m.timed(b, "by position", total, rounds, func(int) { require.Equal(b, total, m.count(b)) })
	m.timed(b, "histories", 2*each, 1_000, func(i int) {
		n := 0
		for _, err := range m.log.ReadStreams(ctx, r.names[i*7919%len(r.names)]) {
			require.NoError(b, err)
			n++
		}
		require.Equal(b, 2*each, n)
	})
	left := 0
	m.timed(b, "bare SELECT of the rows left", total/2, rounds, func(int) {
		n, _, err := floor.Select(ctx, m.pool, 0)
		require.NoError(b, err)
		left = n
	})
	if left == 0 {
		return
	}
	m.timed(b, "bare history of the rows left", each, 1_000, func(i int) {
		rows, err := m.pool.Query(ctx, `SELECT e.position, e.record, e.head
			FROM ledger.stream s JOIN ledger.event e ON e.stream = s.key
			WHERE s.name = $1 ORDER BY e.revision`, string(r.names[i*7919%len(r.names)]))
		require.NoError(b, err)
		for rows.Next() {
			_ = rows.RawValues()
		}
		require.NoError(b, rows.Err())
	})
}

// timed does something several times and logs what it took: the middle and the worst but
// one in a hundred by the clock, and the processor's time here and in the server, which
// other work on the machine does not change much.
func (m *benchmark) timed(b *testing.B, name string, events, rounds int, do func(int)) {
	b.Helper()
	var took []time.Duration
	client, server := clientCPU(b), m.serverCPU(b)
	for i := range rounds {
		start := time.Now()
		do(i)
		took = append(took, time.Since(start))
	}
	client, server = clientCPU(b)-client, m.serverCPU(b)-server
	per := func(d time.Duration) float64 {
		return float64(d.Nanoseconds()) / 1e3 / float64(events*rounds)
	}
	b.Logf("%-30s %9.0f us, p99 %9.0f us, %6.0f k/s; us of CPU an event: %.2f here, %.2f server",
		name, float64(middle(took).Nanoseconds())/1e3,
		float64(took[(len(took)-1)*99/100].Nanoseconds())/1e3,
		float64(events)/middle(took).Seconds()/1e3, per(client), per(server))
}

func clientCPU(b *testing.B) time.Duration {
	b.Helper()
	var usage syscall.Rusage
	require.NoError(b, syscall.Getrusage(syscall.RUSAGE_SELF, &usage))
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}

// serverCPU is what the backends of the database have used, in ticks of 10 ms.
func (m *benchmark) serverCPU(b *testing.B) (sum time.Duration) {
	b.Helper()
	rows, err := m.pool.Query(b.Context(),
		`SELECT pid FROM pg_stat_activity WHERE datname = current_database()`)
	require.NoError(b, err)
	pids, err := pgx.CollectRows(rows, pgx.RowTo[int])
	require.NoError(b, err)
	for _, pid := range pids {
		text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
		if err != nil {
			continue // it ended
		}
		fields := strings.Fields(string(text[bytes.LastIndexByte(text, ')')+1:]))
		for _, ticks := range fields[11:13] {
			n, err := strconv.Atoi(ticks)
			require.NoError(b, err)
			sum += time.Duration(n) * 10 * time.Millisecond
		}
	}
	return sum
}
