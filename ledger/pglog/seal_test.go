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
	options.PartitionRows, options.SealSlice = 40, 40
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

// places tells how often the next event of the table belongs to another stream.
const sqlPlaces = `SELECT count(*) FILTER (WHERE stream <> before) FROM (
	SELECT stream, lag(stream) OVER (ORDER BY ctid) AS before FROM ledger.event_41) x`

func TestSealPartitions(t *testing.T) {
	t.Parallel()
	log, streams, url := sealable(t, Options{})
	pool := newPool(t, url)
	all, histories := readAll(t, log, 0), histories13(t, log, streams)
	var before, after string
	var changes int
	require.NoError(t, pool.QueryRow(t.Context(), sqlPlaces).Scan(&changes))
	require.Equal(t, 39, changes)
	require.NoError(t, pool.QueryRow(t.Context(), sqlShape).Scan(&before))

	n, err := log.SealPartitions(t.Context())
	require.NoError(t, err)
	require.Equal(t, 3, n)
	require.Equal(t, all, readAll(t, log, 0))
	require.Equal(t, histories, histories13(t, log, streams))
	require.NoError(t, pool.QueryRow(t.Context(), sqlPlaces).Scan(&changes))
	require.Equal(t, 9, changes, "events of a stream stand together")
	require.NoError(t, pool.QueryRow(t.Context(), sqlShape).Scan(&after))
	require.Equal(t, before, after, "triggers, indexes, constraints and rights")

	n, err = log.SealPartitions(t.Context())
	require.NoError(t, err)
	require.Zero(t, n)
	appendTo(t, log, logtest.Batch(streams[0], 12, logtest.NewEvents(40)...))
	n, err = log.SealPartitions(t.Context())
	require.NoError(t, err)
	require.Equal(t, 1, n)
	require.Equal(t, 170, verify(t, log))

	conn, err := pgx.Connect(t.Context(), url)
	require.NoError(t, err)
	defer func() { _ = conn.Close(t.Context()) }()
	for _, role := range []string{"origin", "replica"} {
		_, err = conn.Exec(t.Context(), `SET session_replication_role = `+role)
		require.NoError(t, err)
		for _, attack := range []string{
			`UPDATE ledger.event_1 SET record = ''`, `DELETE FROM ledger.event_41`,
			`TRUNCATE ledger.event_81`, `DELETE FROM ledger.event`, `DELETE FROM ledger.event_sealed`,
		} {
			_, err = conn.Exec(t.Context(), attack)
			require.ErrorContains(t, err, "append-only", attack)
		}
	}
}

// sqlShape describes all that the partitions are beside their rows.
const sqlShape = `SELECT string_agg(x, E'\n' ORDER BY x) FROM (
	SELECT concat_ws(' ', c.relname, pg_get_triggerdef(g.oid), g.tgenabled, g.tgisinternal,
		g.tgparentid <> 0) FROM pg_trigger g JOIN pg_class c ON c.oid = g.tgrelid
		WHERE relnamespace = 'ledger'::regnamespace AND relname ~ '^event_\d'
	UNION ALL SELECT indexdef FROM pg_indexes WHERE schemaname = 'ledger'
	UNION ALL SELECT inhrelid::regclass || ' of ' || inhparent::regclass FROM pg_inherits
	UNION ALL SELECT conrelid::regclass || ' ' || conname || pg_get_constraintdef(oid)
		FROM pg_constraint WHERE connamespace = 'ledger'::regnamespace
	UNION ALL SELECT concat_ws(' ', attrelid::regclass, attname, attnum, attstorage,
		attcompression, attnotnull) FROM pg_attribute
		WHERE attnum > 0 AND attrelid::regclass::text ~ '^ledger.event_\d+$'
	UNION ALL SELECT concat_ws(' ', relname, relkind, relowner, relacl, relpersistence,
		pg_get_expr(relpartbound, oid)) FROM pg_class
		WHERE relnamespace = 'ledger'::regnamespace AND relkind <> 't'
) s(x)`

// Wherever sealing ends, the log stays whole, and the next call finishes the work.
func TestSealingEndsAnywhere(t *testing.T) {
	t.Parallel()
	crash := errors.New("crash")
	for _, step := range []string{"build", "freeze", "swap"} {
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
					_, err := log.SealPartitions(t.Context())
					require.Error(t, err)
					require.Equal(t, all, readAll(t, log, 0))
				}
				at = ""
				n, err := log.SealPartitions(t.Context())
				require.NoError(t, err)
				require.Equal(t, 3, n)
				require.Equal(t, all, readAll(t, log, 0))
				histories13(t, log, streams)
				var left int
				require.NoError(t, admin.QueryRow(t.Context(), `SELECT count(*) FROM pg_class
					WHERE relname ~ 'sealed' AND relname !~ '^event_sealed'`).Scan(&left))
				require.Zero(t, left)
			})
		}
	}
}

// Writers and readers go on while partitions are sealed, and miss nothing.
func TestSealingBesideReadersAndWriters(t *testing.T) {
	t.Parallel()
	url := database(t)
	log := open(t, url, Options{PartitionRows: 100, SealSlice: 50})
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
		n, err := log.SealPartitions(t.Context())
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
	_, err = log.SealPartitions(t.Context())
	require.ErrorIs(t, err, ErrSealPostponed)
	require.NoError(t, tx.QueryRow(t.Context(), `SELECT count(*) FROM ledger.event`).Scan(&n))
	require.Equal(t, 130, n)
	require.NoError(t, tx.Rollback(t.Context()))
	sealed, err := log.SealPartitions(t.Context())
	require.NoError(t, err)
	require.Equal(t, 3, sealed)
}
