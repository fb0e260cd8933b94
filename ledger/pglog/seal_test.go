package pglog

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/ledger/logtest"
)

// sealable fills three partitions of 40 positions and the beginning of a fourth with
// events of ten streams in turn.
func sealable(tb testing.TB, options Options) (*Log, []ledger.StreamID, string) {
	tb.Helper()
	url := database(tb)
	options.PartitionRows = 40
	log := open(tb, url, options)
	streams := make([]ledger.StreamID, 10)
	for i := range streams {
		streams[i] = logtest.NewStream()
	}
	for round := range 13 {
		for _, s := range streams {
			appendTo(tb, log, logtest.Batch(s, ledger.Revision(round-1), logtest.NewEvents(1)...))
		}
	}
	return log, streams, url
}

func histories13(tb testing.TB, log *Log, streams []ledger.StreamID) []ledger.Event {
	tb.Helper()
	var events []ledger.Event
	for e, err := range log.ReadStreams(context.Background(), streams...) {
		require.NoError(tb, err)
		events = append(events, e)
	}
	require.Len(tb, events, 130)
	return events
}

func TestSealPartitions(t *testing.T) {
	t.Parallel()
	log, streams, url := sealable(t, Options{segmentBytes: 700})
	pool := newPool(t, url)
	all, histories := readAll(t, log, 0), histories13(t, log, streams)

	unsealed, err := Unsealed(t.Context(), pool, SealOptions{All: true})
	require.NoError(t, err)
	require.Equal(t, []Partition{{1, 41}, {41, 81}, {81, 121}}, unsealed)
	n, err := log.SealPartitions(t.Context(), SealOptions{})
	require.NoError(t, err)
	require.Equal(t, 2, n, "the newest is left alone")
	require.Equal(t, all, readAll(t, log, 0))
	var told []int64
	n, err = log.SealPartitions(t.Context(), SealOptions{All: true, Progress: func(n, of int64) {
		told = append(told, n, of)
	}})
	require.NoError(t, err)
	require.Equal(t, 1, n)
	require.Equal(t, []int64{40, 40}, told)
	fresh := open(t, url, Options{})
	for _, log := range []*Log{log, fresh} {
		require.Equal(t, all, readAll(t, log, 0))
		require.Equal(t, verified(t, histories), verified(t, histories13(t, log, streams)))
		for _, e := range all {
			for got, err := range log.ReadAll(t.Context(), e.Position-1, 1) {
				require.NoError(t, err)
				require.Equal(t, e, got)
			}
		}
	}
	var rows, segments int
	require.NoError(t, pool.QueryRow(t.Context(), `SELECT (SELECT count(*) FROM ledger.event),
		(SELECT count(*) FROM ledger.segment)`).Scan(&rows, &segments))
	require.Equal(t, 10, rows)
	require.Greater(t, segments, 6, "segments end within partitions and streams")

	n, err = log.SealPartitions(t.Context(), SealOptions{All: true})
	require.NoError(t, err)
	require.Zero(t, n)
	appendTo(t, log, logtest.Batch(streams[0], 12, logtest.NewEvents(40)...))
	n, err = log.SealPartitions(t.Context(), SealOptions{All: true})
	require.NoError(t, err)
	require.Equal(t, 1, n)
	require.Equal(t, 170, verify(t, log))
	require.Equal(t, 170, verify(t, fresh), "which hears of it by itself")

	conn, err := pgx.Connect(t.Context(), url)
	require.NoError(t, err)
	defer func() { _ = conn.Close(t.Context()) }()
	for _, role := range []string{"origin", "replica"} {
		_, err = conn.Exec(t.Context(), `SET session_replication_role = `+role)
		require.NoError(t, err)
		for _, table := range []string{"segment", "segment_places", "event_sealed", "pack"} {
			for _, attack := range []string{
				"DELETE FROM ledger." + table, "TRUNCATE ledger." + table,
				"UPDATE ledger." + table + " SET " + map[string]string{"segment": "number",
					"segment_places": "pack", "event_sealed": "streams", "pack": "id"}[table] + " = 7",
			} {
				_, err = conn.Exec(t.Context(), attack)
				require.ErrorContains(t, err, "append-only", attack)
			}
		}
	}
}

// verified gives the events with all their heads.
func verified(tb testing.TB, events []ledger.Event) []ledger.Event {
	tb.Helper()
	verifiers := map[ledger.StreamID]*ledger.Verifier{}
	for i := range events {
		e := &events[i]
		if verifiers[e.Stream] == nil {
			verifiers[e.Stream] = &ledger.Verifier{}
		}
		require.NoError(tb, verifiers[e.Stream].Check(e))
	}
	return events
}

// Segments end where streams end, as long as streams are short: a history then needs one of
// each pack.
func TestSegmentsHoldWholeStreams(t *testing.T) {
	t.Parallel()
	log, streams, url := sealable(t, Options{segmentBytes: 1_000})
	_, err := log.SealPartitions(t.Context(), SealOptions{All: true})
	require.NoError(t, err)
	var segments, shared int // shared: of those that begin where the one before ended
	require.NoError(t, newPool(t, url).QueryRow(t.Context(), `SELECT count(*),
		count(*) FILTER (WHERE EXISTS (SELECT FROM ledger.segment b WHERE b.pack = g.pack
			AND b.number = g.number - 1 AND b.last = g.stream)) FROM ledger.segment g`).
		Scan(&segments, &shared))
	require.Greater(t, segments, 3)
	require.Less(t, segments, 3*len(streams))
	require.Zero(t, shared)
	histories13(t, log, streams)
}

// What is not right in the table is not packed.
func TestSealingRefusesWhatIsWrong(t *testing.T) {
	t.Parallel()
	log, _, url := sealable(t, Options{})
	pool := newPool(t, url)
	const change = `UPDATE ledger.event SET record = set_byte(record, length(record) - 1,
		get_byte(record, length(record) - 1) # 1) WHERE position = 15`
	_, err := pool.Exec(t.Context(), `ALTER TABLE ledger.event_1 DISABLE TRIGGER ALL;`+change)
	require.NoError(t, err)
	for range 2 {
		_, err = log.SealPartitions(t.Context(), SealOptions{All: true})
		require.ErrorContains(t, err, "event 15")
	}
	_, err = pool.Exec(t.Context(), change)
	require.NoError(t, err)
	n, err := log.SealPartitions(t.Context(), SealOptions{All: true})
	require.NoError(t, err)
	require.Equal(t, 3, n)
	require.Equal(t, 130, verify(t, log))
}

// What was packed wrongly is not used, and a call after the next one begins anew.
func TestSealingAbandonsAWrongPack(t *testing.T) {
	t.Parallel()
	crash := errors.New("crash")
	log, _, url := sealable(t, Options{segmentBytes: 400, sealing: func(step string, _ uint32) error {
		if step == "place" {
			return crash
		}
		return nil
	}})
	all := readAll(t, log, 0)
	_, err := log.SealPartitions(t.Context(), SealOptions{All: true})
	require.ErrorIs(t, err, crash)
	_, err = newPool(t, url).Exec(t.Context(), `ALTER TABLE ledger.segment DISABLE TRIGGER ALL;
		DELETE FROM ledger.segment WHERE number = 1`)
	require.NoError(t, err)
	log = open(t, url, Options{})
	_, err = log.SealPartitions(t.Context(), SealOptions{All: true})
	require.ErrorIs(t, err, errSealDiffers)
	require.Equal(t, all, readAll(t, log, 0))
	n, err := log.SealPartitions(t.Context(), SealOptions{All: true})
	require.NoError(t, err)
	require.Equal(t, 3, n)
	require.Equal(t, all, readAll(t, log, 0))
}

// Wherever sealing ends, the log stays whole, and the next call finishes the work.
func TestSealingEndsAnywhere(t *testing.T) {
	t.Parallel()
	crash := errors.New("crash")
	for _, step := range []string{"begin", "build", "place", "tidy", "swap"} {
		for _, kill := range []bool{false, true} {
			t.Run(fmt.Sprint(step, kill), func(t *testing.T) {
				t.Parallel()
				var at string
				var end func(pid uint32) error
				log, streams, url := sealable(t, Options{
					sealing: func(step string, pid uint32) error {
						if step == at {
							return end(pid)
						}
						return nil
					}})
				all := readAll(t, log, 0)
				admin := newPool(t, url)
				at, end = step, func(pid uint32) error {
					if kill {
						terminate(t, admin, pid)
						return nil
					}
					return crash
				}
				for range 2 {
					_, err := log.SealPartitions(t.Context(), SealOptions{All: true})
					require.Error(t, err)
					require.Equal(t, all, readAll(t, log, 0))
				}
				at = ""
				n, err := log.SealPartitions(t.Context(), SealOptions{All: true})
				require.NoError(t, err)
				require.Equal(t, 3, n)
				require.Equal(t, all, readAll(t, log, 0))
				histories13(t, log, streams)
			})
		}
	}
}

// Writers and readers go on while partitions are sealed, and miss nothing.
func TestSealingBesideReadersAndWriters(t *testing.T) {
	t.Parallel()
	url := database(t)
	log := open(t, url, Options{PartitionRows: 100, segmentBytes: 1_000})
	const writers, each = 4, 150
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var reading, writing sync.WaitGroup
	streams := make([]ledger.StreamID, writers)
	for i := range streams {
		streams[i] = logtest.NewStream()
		writing.Go(func() {
			for r := range each {
				_, err := log.Append(t.Context(), logtest.Batch(
					streams[i], ledger.Revision(r-1), logtest.NewEvents(1)...))
				if err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	for range 2 {
		reading.Go(func() {
			for ctx.Err() == nil {
				head, err := log.Head(t.Context())
				if err != nil {
					t.Error(err)
					return
				}
				n := 0
				for _, err := range log.ReadAll(t.Context(), 0, int(head)+1) {
					if err != nil {
						t.Error(err)
						return
					}
					n++
				}
				if n < int(head) {
					t.Errorf("%d events of %d were read", n, head)
				}
				for _, err := range log.ReadStreams(t.Context(), streams...) {
					if err != nil {
						t.Error(err)
						return
					}
				}
			}
		})
	}
	sealed := 0
	for sealed < writers*each/100 {
		n, err := log.SealPartitions(t.Context(), SealOptions{All: true})
		if !errors.Is(err, ErrSealPostponed) {
			require.NoError(t, err)
		}
		sealed += n
	}
	cancel()
	reading.Wait()
	writing.Wait()
	require.Equal(t, writers*each, verify(t, log))
}

// A transaction that began before the copy was complete sees all events all the time.
func TestSealingWaitsForOldTransactions(t *testing.T) {
	t.Parallel()
	log, _, url := sealable(t, Options{})
	conn, err := pgx.Connect(t.Context(), url)
	require.NoError(t, err)
	defer func() { _ = conn.Close(t.Context()) }()
	tx, err := conn.BeginTx(t.Context(), pgx.TxOptions{IsoLevel: pgx.RepeatableRead})
	require.NoError(t, err)
	var n int
	require.NoError(t, tx.QueryRow(t.Context(), `SELECT 1`).Scan(&n)) // takes its snapshot
	_, err = log.SealPartitions(t.Context(), SealOptions{All: true})
	require.ErrorIs(t, err, ErrSealPostponed)
	require.NoError(t, tx.QueryRow(t.Context(), `SELECT count(*) FROM ledger.event`).Scan(&n))
	require.Equal(t, 130, n)
	require.NoError(t, tx.Rollback(t.Context()))
	sealed, err := log.SealPartitions(t.Context(), SealOptions{All: true})
	require.NoError(t, err)
	require.Equal(t, 3, sealed)
}
