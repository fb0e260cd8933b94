package esdblog_test

import (
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"

	"github.com/stazh/stazh/fixtures/pgtest"
	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/ledger/esdblog/standin"
	"github.com/stazh/stazh/ledger/logtest"
	"github.com/stazh/stazh/ledger/memlog"
	"github.com/stazh/stazh/ledger/pglog"
)

// benchLogs are the three logs. The CPU that is reported is this process's: for EventStoreDB
// it has both the client and the stand-in, for Postgres the client only.
func benchLogs(b *testing.B) map[string]func(*testing.B) ledger.Log {
	b.Helper()
	return map[string]func(*testing.B) ledger.Log{
		"memory": func(*testing.B) ledger.Log { return memlog.New(time.Now) },
		"eventstore": func(b *testing.B) ledger.Log {
			b.Helper()
			return open(b, standin.Start(b).URL(), nil)
		},
		"postgres": func(b *testing.B) ledger.Log {
			b.Helper()
			pool, err := pgxpool.New(b.Context(), pgtest.DB(b))
			require.NoError(b, err)
			b.Cleanup(pool.Close)
			require.NoError(b, pglog.Migrate(b.Context(), pool))
			log, err := pglog.Open(b.Context(), pool,
				pglog.Options{Clock: time.Now, Logger: quiet})
			require.NoError(b, err)
			b.Cleanup(log.Close)
			return log
		},
	}
}

// cpu is what this process has used so far.
func cpu(b *testing.B) time.Duration {
	b.Helper()
	var usage syscall.Rusage
	require.NoError(b, syscall.Getrusage(syscall.RUSAGE_SELF, &usage))
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}

// perEvent measures work on events and reports the CPU that each of them took.
func perEvent(b *testing.B, events func() int) {
	b.Helper()
	before := cpu(b)
	b.ResetTimer()
	n := events()
	b.StopTimer()
	b.ReportMetric(float64((cpu(b)-before).Microseconds())/float64(n), "cpu-us/event")
	b.ReportMetric(float64(n)/b.Elapsed().Seconds(), "events/s")
}

// BenchmarkAppend appends to streams of their own, from 64 callers, so many events a call.
func BenchmarkAppend(b *testing.B) {
	for name, make := range benchLogs(b) {
		for _, size := range []struct {
			name   string
			events int
		}{{"1", 1}, {"100", 100}} {
			b.Run(name+"/"+size.name, func(b *testing.B) {
				log := make(b)
				var left atomic.Int64
				left.Store(int64(b.N))
				perEvent(b, func() int {
					var callers sync.WaitGroup
					for range 64 {
						callers.Go(func() {
							for left.Add(-1) >= 0 {
								_, err := log.Append(b.Context(), logtest.Batch(
									logtest.NewStream(), -1, logtest.NewEvents(size.events)...))
								if err != nil {
									b.Error(err)
								}
							}
						})
					}
					callers.Wait()
					return b.N * size.events
				})
			})
		}
	}
}

// BenchmarkAppendStreams appends to 200 persons and a payer at once, as a filing does.
func BenchmarkAppendStreams(b *testing.B) {
	for name, make := range benchLogs(b) {
		b.Run(name, func(b *testing.B) {
			log := make(b)
			perEvent(b, func() int {
				for range b.N {
					var batch []ledger.StreamAppend
					for range 200 {
						batch = append(batch, logtest.Batch(logtest.NewStream(), -1,
							logtest.NewEvents(1)...))
					}
					_, err := log.Append(b.Context(), batch...)
					require.NoError(b, err)
				}
				return 200 * b.N
			})
		})
	}
}

// BenchmarkRead reads 20,000 events: all of them in order, and as 2,000 streams.
func BenchmarkRead(b *testing.B) {
	const streams, each = 2000, 10
	for name, make := range benchLogs(b) {
		log := make(b)
		names := []ledger.StreamID{}
		for range streams {
			names = append(names, logtest.NewStream())
			_, err := log.Append(b.Context(),
				logtest.Batch(names[len(names)-1], -1, logtest.NewEvents(each)...))
			require.NoError(b, err)
		}
		count := func(b *testing.B, read func(func(ledger.Event, error) bool)) int {
			n := 0
			for _, err := range read {
				require.NoError(b, err)
				n++
			}
			require.Equal(b, streams*each, n)
			return n
		}
		b.Run(name+"/all", func(b *testing.B) {
			perEvent(b, func() (n int) {
				for range b.N {
					n += count(b, log.ReadAll(b.Context(), 0, 0))
				}
				return n
			})
		})
		b.Run(name+"/streams", func(b *testing.B) {
			perEvent(b, func() (n int) {
				for range b.N {
					n += count(b, log.ReadStreams(b.Context(), names...))
				}
				return n
			})
		})
	}
}
