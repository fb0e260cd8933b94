package pglog

import (
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"testing"
	"time"

	"github.com/google/uuid"
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
	began := time.Now()
	bare, scan := m.measure(b, r, "rows", each)
	n, err := m.log.SealPartitions(b.Context(), SealOptions{All: true})
	require.NoError(b, err)
	require.Equal(b, 1, n)
	_ = began
	b.ReportMetric(rows/events, "B/row")
	b.ReportMetric((size("ledger.segment", "ledger.segment_places")-packed)/events, "B/sealed")
	b.ReportMetric(size("ledger.context")/events/2, "B/context")
	_, sealed := m.measure(b, r, "sealed", each)
	_ = bare
	_, _ = scan, sealed
	b.ReportMetric(0, "ns/op")
}

// measure reads all in several ways.
func (m *benchmark) measure(b *testing.B, r *reporter, name string, each int) (bare, scan time.Duration) {
	ctx := b.Context()
	total := ledger.Position(2 * each * len(r.names))
	var scans, verified, reads, bares, histories []time.Duration
	for range 3 {
		for _, verify := range []bool{false, true} {
			start := time.Now()
			n, err := m.log.ScanStreams(ctx, ledger.Scan{UpTo: total, Verify: verify},
				func([]ledger.Event) error { return nil })
			require.NoError(b, err)
			require.EqualValues(b, total, n)
			if verify {
				verified = append(verified, time.Since(start))
			} else {
				scans = append(scans, time.Since(start))
			}
		}
		start := time.Now()
		require.EqualValues(b, total, m.count(b))
		reads = append(reads, time.Since(start))
		if name == "rows" {
			start = time.Now()
			n, _, err := floor.Select(ctx, m.pool, 0)
			require.NoError(b, err)
			require.EqualValues(b, total/2, n)
			bares = append(bares, time.Since(start))
		}
	}
	for i := range 300 {
		s := r.names[i*7919%len(r.names)]
		start := time.Now()
		n := 0
		for _, err := range m.log.ReadStreams(ctx, s) {
			require.NoError(b, err)
			n++
		}
		histories = append(histories, time.Since(start))
		require.Equal(b, 2*each, n)
	}
	rate := func(d time.Duration) float64 { return float64(total) / d.Seconds() / 1e3 }
	scan = middle(scans)
	b.ReportMetric(rate(scan), "k-scan/s-"+name)
	b.ReportMetric(rate(middle(verified)), "k-verify/s-"+name)
	b.ReportMetric(rate(middle(reads)), "k-read/s-"+name)
	b.ReportMetric(middle(histories).Seconds()*1e6, "us-history-"+name)
	b.ReportMetric(histories[len(histories)*99/100].Seconds()*1e6, "us-p99-"+name)
	if name == "rows" {
		bare = middle(bares)
		b.ReportMetric(rate(bare)/2, "k-bare/s")
	}
	return bare, scan
}
