package pglog

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"

	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/ledger/logtest"
	"github.com/stazh/stazh/ledger/pglog/floor"
)

// benchPayload has the size of an individual record of a quarter.
const benchPayload = 170

func benchEvent(filing uuid.UUID) ledger.NewEvent {
	e := logtest.NewEvent("bench")
	e.Type = "report.accepted.v1"
	e.Payload = make([]byte, benchPayload)
	e.Meta.Correlation, e.Meta.Causation = filing, filing
	return e
}

type benchmark struct {
	log  *Log
	pool *pgxpool.Pool
}

func newBenchmark(b *testing.B) benchmark {
	b.Helper()
	url := database(b)
	pool := newPool(b, url)
	require.NoError(b, floor.Prepare(b.Context(), pool))
	return benchmark{log: open(b, url, Options{}), pool: pool}
}

// persons makes batches of one event for each of 1,000 persons, going round through all.
func (m *benchmark) persons(n, count int) [][]ledger.StreamAppend {
	names := make([]ledger.StreamID, n)
	for i := range names {
		names[i] = logtest.NewStream()
	}
	batches := make([][]ledger.StreamAppend, count)
	at := 0
	for i := range batches {
		filing := uuid.New() // all events of a report have it in common
		for range 1_000 {
			batches[i] = append(batches[i], logtest.Batch(
				names[at%n], ledger.Revision(at/n-1), benchEvent(filing)))
			at++
		}
	}
	return batches
}

// BenchmarkBulk appends reports of 1,000 persons and copies the same rows, as the ledger
// stored them, into a table with the same indexes: in the same portions and all at once.
func BenchmarkBulk(b *testing.B) {
	m := newBenchmark(b)
	const count = 40
	ctx := b.Context()
	const found = 20 // the first batches, which found the streams, are not measured
	rounds := 0
	var ours, spent, portions, whole time.Duration
	for b.Loop() {
		batches := m.persons(found*1_000, found+count)
		m.appendAll(b, batches[:found])
		after, err := m.log.Head(ctx)
		require.NoError(b, err)
		rounds++
		before := clientTime(b)
		ours += m.appendAll(b, batches[found:])
		spent += clientTime(b) - before
		rows, err := floor.Rows(ctx, m.pool, int64(after), count*1_000)
		require.NoError(b, err)
		require.Len(b, rows, count*1_000)
		encoded := make([][]byte, count)
		for i := range encoded {
			encoded[i] = floor.Encode(rows[i*1_000 : (i+1)*1_000])
		}
		start := time.Now()
		for _, e := range encoded {
			require.NoError(b, floor.Copy(ctx, m.pool, e))
		}
		portions += time.Since(start)
		require.NoError(b, floor.Clear(ctx, m.pool))
		all := floor.Encode(rows)
		start = time.Now()
		require.NoError(b, floor.Copy(ctx, m.pool, all))
		whole += time.Since(start)
		require.NoError(b, floor.Clear(ctx, m.pool))
	}
	events := float64(rounds * count * 1_000)
	b.ReportMetric(events/ours.Seconds(), "events/s")
	b.ReportMetric(float64(spent.Nanoseconds())/events, "client-ns/event")
	b.ReportMetric(events/portions.Seconds(), "copy-rows/s")
	b.ReportMetric(portions.Seconds()/ours.Seconds(), "of-copy-by-1000")
	b.ReportMetric(whole.Seconds()/ours.Seconds(), "of-copy-at-once")
}

// clientTime is the processor time of this process so far.
func clientTime(tb testing.TB) time.Duration {
	tb.Helper()
	var u syscall.Rusage
	require.NoError(tb, syscall.Getrusage(syscall.RUSAGE_SELF, &u))
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// appendAll appends with four callers, each batch after the one that it builds on.
func (m *benchmark) appendAll(b *testing.B, batches [][]ledger.StreamAppend) time.Duration {
	b.Helper()
	const callers = 4
	start := time.Now()
	var group sync.WaitGroup
	for c := range callers {
		group.Go(func() {
			for i := c; i < len(batches); i += callers {
				if _, err := m.log.Append(context.Background(), batches[i]...); err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	group.Wait()
	return time.Since(start)
}

// BenchmarkSingle appends one event at a time from 64 goroutines and does the same with
// a bare group-commit loop.
func BenchmarkSingle(b *testing.B) {
	m := newBenchmark(b)
	const callers, each = 64, 40
	var ours, bare time.Duration
	rounds := 0
	var position atomic.Int64
	for b.Loop() {
		rounds++
		ours += parallel(callers, func(int) {
			s := logtest.NewStream()
			for i := range each {
				_, err := m.log.Append(context.Background(),
					logtest.Batch(s, ledger.Revision(i-1), benchEvent(uuid.New())))
				if err != nil {
					b.Error(err)
				}
			}
		})
		loop := floor.NewLoop(m.pool)
		record, head := make([]byte, benchPayload+30), make([]byte, 32)
		bare += parallel(callers, func(c int) {
			for i := range each {
				err := loop.Append(floor.Row{
					Position: position.Add(1), Stream: int32(rounds*callers + c),
					Revision: int32(i), Type: 1, Record: record, Head: head,
				})
				if err != nil {
					b.Error(err)
				}
			}
		})
		loop.Close()
	}
	n := float64(rounds * callers * each)
	b.ReportMetric(n/ours.Seconds(), "appends/s")
	b.ReportMetric(n/bare.Seconds(), "bare-appends/s")
	b.ReportMetric(bare.Seconds()/ours.Seconds(), "of-bare-loop")
}

func parallel(n int, do func(int)) time.Duration {
	start := time.Now()
	var group sync.WaitGroup
	for i := range n {
		group.Go(func() { do(i) })
	}
	group.Wait()
	return time.Since(start)
}

// BenchmarkReadAll reads a ledger of 200,000 events, each decoded and hashed, and the
// same rows with one bare SELECT.
func BenchmarkReadAll(b *testing.B) {
	m := newBenchmark(b)
	const count = 200
	m.appendAll(b, m.persons(20_000, count))
	ctx := b.Context()
	_, err := m.pool.Exec(ctx, `VACUUM ANALYZE ledger.event`)
	require.NoError(b, err)
	var ours, bare time.Duration
	rounds := 0
	for b.Loop() {
		rounds++
		start := time.Now()
		n := 0
		for _, err := range m.log.ReadAll(ctx, 0, 0) {
			if err != nil {
				b.Fatal(err)
			}
			n++
		}
		ours += time.Since(start)
		require.Equal(b, count*1_000, n)
		start = time.Now()
		rows, _, err := floor.Select(ctx, m.pool, 0)
		bare += time.Since(start)
		require.NoError(b, err)
		require.Equal(b, count*1_000, rows)
	}
	n := float64(rounds * count * 1_000)
	b.ReportMetric(n/ours.Seconds(), "events/s")
	b.ReportMetric(n/bare.Seconds(), "bare-rows/s")
	b.ReportMetric(bare.Seconds()/ours.Seconds(), "of-bare-select")
}

// BenchmarkScan reads a ledger of 400,000 events, 20 of each stream, stream by stream, and
// the same rows with one bare SELECT.
func BenchmarkScan(b *testing.B) {
	m := newBenchmark(b)
	const count = 400_000
	for _, batch := range m.persons(20_000, count/1_000) {
		appendTo(b, m.log, batch...)
	}
	ctx := b.Context()
	_, err := m.pool.Exec(ctx, `VACUUM ANALYZE ledger.event`)
	require.NoError(b, err)
	for _, verify := range []bool{false, true} {
		b.Run(fmt.Sprintf("verify=%t", verify), func(b *testing.B) {
			var ours, bare time.Duration
			for b.Loop() {
				start := time.Now()
				n, err := m.log.ScanStreams(ctx, ledger.Scan{UpTo: count, Verify: verify},
					func([]ledger.Event) error { return nil })
				ours += time.Since(start)
				require.NoError(b, err)
				require.EqualValues(b, count, n)
				start = time.Now()
				_, _, err = floor.Select(ctx, m.pool, 0)
				bare += time.Since(start)
				require.NoError(b, err)
			}
			b.ReportMetric(float64(b.N*count)/ours.Seconds(), "events/s")
			b.ReportMetric(float64(b.N*count)/bare.Seconds(), "bare-rows/s")
			b.ReportMetric(bare.Seconds()/ours.Seconds(), "of-bare-select")
		})
	}
}

// BenchmarkHistory reads the histories of 13 persons, as a small report does.
func BenchmarkHistory(b *testing.B) {
	m := newBenchmark(b)
	batches := m.persons(4_000, 80) // 20 events a person
	m.appendAll(b, batches)
	_, err := m.pool.Exec(b.Context(), `VACUUM ANALYZE ledger.event, ledger.stream`)
	require.NoError(b, err)
	var names []ledger.StreamID
	for i := range 13 {
		names = append(names, batches[0][i*70].Stream)
	}
	for b.Loop() {
		n := 0
		for _, err := range m.log.ReadStreams(b.Context(), names...) {
			if err != nil {
				b.Fatal(err)
			}
			n++
		}
		require.Equal(b, 260, n)
	}
}

// The floor stores exactly the rows that the ledger stored, or it would be no limit.
func TestFloorStoresTheSameRows(t *testing.T) {
	t.Parallel()
	url := database(t)
	pool, log := newPool(t, url), open(t, url, Options{})
	appendTo(t, log, logtest.Batch(logtest.NewStream(), ledger.NoStream,
		logtest.NewEvents(300)...))
	require.NoError(t, floor.Prepare(t.Context(), pool))
	rows, err := floor.Rows(t.Context(), pool, 0, 1_000)
	require.NoError(t, err)
	require.NoError(t, floor.Copy(t.Context(), pool, floor.Encode(rows)))
	var same int
	require.NoError(t, pool.QueryRow(t.Context(), `SELECT count(*) FROM (
		SELECT * FROM floor.event INTERSECT SELECT * FROM ledger.event) x`).Scan(&same))
	require.Equal(t, 300, same)
	n, size, err := floor.Select(t.Context(), pool, 0)
	require.NoError(t, err)
	require.Equal(t, 300, n)
	require.Positive(t, size)
	require.NoError(t, floor.Clear(t.Context(), pool))
	loop := floor.NewLoop(pool)
	for _, row := range rows {
		require.NoError(t, loop.Append(row))
	}
	loop.Close()
	require.NoError(t, pool.QueryRow(t.Context(),
		`SELECT count(*) FROM floor.event`).Scan(&same))
	require.Equal(t, 300, same)
}

func (m *benchmark) count(b *testing.B) (n int) {
	b.Helper()
	for _, err := range m.log.ReadAll(b.Context(), 0, 0) {
		require.NoError(b, err)
		n++
	}
	return n
}

func middle(d []time.Duration) time.Duration {
	slices.Sort(d)
	return d[len(d)/2]
}
