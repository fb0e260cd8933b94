package pglog

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"

	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/ledger/logtest"
)

// Backends are killed at random while many append: each event is there exactly once when
// its writer repeats after every error, and errors tell the truth about what happened.
func TestKilledBackends(t *testing.T) {
	t.Parallel()
	url := database(t)
	log := open(t, url, Options{GroupEvents: 50})
	admin := newPool(t, url)
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	const writers, rounds = 16, 30
	var killed, unknown, unavailable atomic.Int64
	stop := make(chan struct{})
	var killer sync.WaitGroup
	killer.Go(func() {
		for {
			select {
			case <-stop:
				return
			case <-time.After(7 * time.Millisecond):
				killed.Add(killOthers(ctx, admin))
			}
		}
	})
	var group sync.WaitGroup
	errs := make(chan error, writers)
	written := make([][]uuid.UUID, writers)
	for i := range writers {
		group.Go(func() {
			var err error
			if written[i], err = insist(ctx, log, rounds, &unknown, &unavailable); err != nil {
				errs <- err
			}
		})
	}
	group.Wait()
	close(stop)
	killer.Wait()
	require.Empty(t, errs)
	require.NotZero(t, killed.Load())
	require.NotZero(t, unknown.Load()+unavailable.Load(), "the kills were felt")
	t.Logf("killed %d, unknown %d, unavailable %d", killed.Load(), unknown.Load(),
		unavailable.Load())

	seen := map[uuid.UUID]int{}
	for _, e := range readAll(t, open(t, url, Options{}), 0) {
		seen[e.ID]++
	}
	total := 0
	for _, ids := range written {
		for _, id := range ids {
			require.Equal(t, 1, seen[id])
			total++
		}
	}
	require.Len(t, seen, total)
	require.Equal(t, total, verify(t, open(t, url, Options{})))
}

// insist appends to a stream of its own and makes each call again until it succeeds.
func insist(
	ctx context.Context, log ledger.Log, rounds int, unknown, unavailable *atomic.Int64,
) (written []uuid.UUID, err error) {
	s := logtest.NewStream()
	for round := range rounds {
		events := logtest.NewEvents(1 + round%7*20)
		batch := logtest.Batch(s, ledger.Revision(len(written)-1), events...)
		for {
			_, err := log.Append(ctx, batch)
			if err == nil {
				break
			}
			switch {
			case errors.Is(err, ledger.ErrUnknownOutcome):
				unknown.Add(1)
			case errors.Is(err, ledger.ErrUnavailable):
				unavailable.Add(1)
			default:
				return written, err
			}
		}
		for _, e := range events {
			written = append(written, e.ID)
		}
	}
	return written, nil
}

// killOthers ends all sessions of the database that are in a transaction of the writer.
func killOthers(ctx context.Context, admin *pgxpool.Pool) int64 {
	tag, err := admin.Exec(ctx, `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
		WHERE datname = current_database() AND pid <> pg_backend_pid()
			AND xact_start IS NOT NULL AND backend_type = 'client backend'`)
	if err != nil {
		return 0
	}
	return tag.RowsAffected()
}

// What the caller learns when the backend dies at a certain moment.
func TestOutcomeOfAKill(t *testing.T) {
	t.Parallel()
	url := database(t)
	admin := newPool(t, url)
	var kill atomic.Bool
	log := open(t, url, Options{beforeCommit: func(pid uint32) {
		if kill.CompareAndSwap(true, false) {
			terminate(t, admin, pid)
		}
	}})
	s := logtest.NewStream()
	next := ledger.NoStream
	for _, n := range []int{1, copyRowsMin + 1} {
		t.Run(fmt.Sprintf("%d events", n), func(t *testing.T) {
			batch := logtest.Batch(s, next, logtest.NewEvents(n)...)
			kill.Store(true)
			_, err := log.Append(t.Context(), batch)
			require.Error(t, err)
			// The commit was not begun, so both answers are true; ErrUnavailable is the
			// better one and comes when the server says why it hangs up.
			require.True(t, errors.Is(err, ledger.ErrUnavailable) ||
				errors.Is(err, ledger.ErrUnknownOutcome), err)
			result, err := log.Append(t.Context(), batch)
			require.NoError(t, err)
			require.False(t, result.Repeated)
			next += ledger.Revision(n)
		})
	}
	require.Equal(t, int(next)+1, verify(t, log))
}

func terminate(tb testing.TB, admin *pgxpool.Pool, pid uint32) {
	tb.Helper()
	_, err := admin.Exec(context.Background(), `SELECT pg_terminate_backend($1, 5000)`, int32(pid))
	require.NoError(tb, err)
}

// A caller that gives up before its append is begun gets its own error and may be sure;
// one that gives up later does not know.
func TestCallerGivesUp(t *testing.T) {
	t.Parallel()
	url := database(t)
	entered, gate := make(chan struct{}, 16), make(chan struct{})
	log := open(t, url, Options{beforeCommit: func(uint32) {
		entered <- struct{}{}
		<-gate
	}})
	begun := logtest.Batch(logtest.NewStream(), ledger.NoStream, logtest.NewEvent("begun"))
	waiting := logtest.Batch(logtest.NewStream(), ledger.NoStream, logtest.NewEvent("waiting"))
	ctx, cancel := context.WithCancel(t.Context())
	first, second := make(chan error, 1), make(chan error, 1)
	go func() { _, err := log.Append(ctx, begun); first <- err }()
	<-entered
	go func() { _, err := log.Append(ctx, waiting); second <- err }()
	require.Eventually(t, func() bool { return len(log.writer.queue) == 1 },
		10*time.Second, time.Millisecond)
	cancel()
	err := <-first
	require.ErrorIs(t, err, ledger.ErrUnknownOutcome)
	require.ErrorIs(t, err, context.Canceled)
	err = <-second
	require.ErrorIs(t, err, context.Canceled)
	require.NotErrorIs(t, err, ledger.ErrUnknownOutcome)
	close(gate)

	result := appendTo(t, log, begun)
	require.True(t, result.Repeated, "it went through after its caller had left")
	result = appendTo(t, log, waiting)
	require.False(t, result.Repeated, "it was never begun")
	require.Equal(t, 2, verify(t, log))
}

// A full queue and a database that does not answer end in errors, not in a hang.
func TestDatabaseDoesNotAnswer(t *testing.T) {
	t.Parallel()
	url := database(t)
	log := open(t, url, Options{CommitTimeout: 200 * time.Millisecond, Queue: 1})
	blocker, err := newPool(t, url).Begin(t.Context())
	require.NoError(t, err)
	_, err = blocker.Exec(t.Context(), `SELECT pg_advisory_xact_lock($1)`, writeLock)
	require.NoError(t, err)
	batch := logtest.Batch(logtest.NewStream(), ledger.NoStream, logtest.NewEvent("x"))
	_, err = log.Append(t.Context(), batch)
	require.ErrorIs(t, err, ledger.ErrUnavailable)
	require.NotErrorIs(t, err, ledger.ErrUnknownOutcome)
	require.NoError(t, blocker.Rollback(t.Context()))
	require.Eventually(t, func() bool {
		result, err := log.Append(t.Context(), batch)
		return err == nil && !result.Repeated
	}, 20*time.Second, 10*time.Millisecond)
	require.Equal(t, 1, verify(t, log))
}

// The listener finds back after its connection was killed, and hears other processes.
func TestWaitAfterLostListener(t *testing.T) {
	t.Parallel()
	url := database(t)
	reader, writer := open(t, url, Options{}), open(t, url, Options{Poll: time.Hour})
	admin := newPool(t, url)
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	for i := range ledger.Position(6) {
		done := make(chan error, 1)
		go func() {
			head, err := reader.Wait(ctx, i)
			if err == nil && head != i+1 {
				err = fmt.Errorf("woke at %d, not %d", head, i+1)
			}
			done <- err
		}()
		if i%2 == 1 {
			_, err := admin.Exec(ctx, `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
				WHERE datname = current_database() AND pid <> pg_backend_pid()
					AND (query LIKE 'LISTEN%' OR query = $1)`, sqlHead)
			require.NoError(t, err)
		}
		appendTo(t, writer, logtest.Batch(logtest.NewStream(), ledger.NoStream,
			logtest.NewEvent("x")))
		require.NoError(t, <-done)
	}
}
