package pglog

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/ledger/logtest"
)

// Two processes append, each commit is held open for a random time, and foreign
// transactions stay open all along. A reader that follows sees every event once, in
// order, without waiting for the foreign ones.
func TestReaderNeverSkips(t *testing.T) {
	t.Parallel()
	url := database(t)
	slow := func(uint32) { time.Sleep(time.Duration(rand.IntN(3_000)) * time.Microsecond) }
	options := Options{beforeCommit: slow, GroupEvents: 7, PartitionRows: 100}
	logs := []*Log{open(t, url, options), open(t, url, options)}
	follower := open(t, url, Options{})
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()

	// An old transaction with a number of its own, and one that holds a snapshot.
	for _, statement := range []string{
		`CREATE TABLE elsewhere AS SELECT pg_current_xact_id()`,
		`SELECT count(*) FROM ledger.event`,
	} {
		tx, err := newPool(t, url).Begin(ctx)
		require.NoError(t, err)
		_, err = tx.Exec(ctx, statement)
		require.NoError(t, err)
		defer func() { _ = tx.Rollback(context.Background()) }()
	}

	const writers, rounds = 16, 20
	appended := make(chan uuid.UUID, writers*rounds*3)
	errs := make(chan error, writers+1)
	var group sync.WaitGroup
	for i := range writers {
		group.Go(func() {
			s := logtest.NewStream()
			last := ledger.NoStream
			for round := range rounds {
				events := logtest.NewEvents(1 + round%3)
				if _, err := logs[i%2].Append(ctx, logtest.Batch(s, last, events...)); err != nil {
					errs <- err
					return
				}
				last += ledger.Revision(len(events))
				for _, e := range events {
					appended <- e.ID
				}
			}
		})
	}
	go func() { group.Wait(); close(appended) }()

	followed := make(chan []uuid.UUID, 1)
	total := writers * (rounds/3*6 + 1 + 2)
	go func() {
		ids, err := followUntil(ctx, follower, total)
		if err != nil {
			errs <- err
		}
		followed <- ids
	}()
	want := map[uuid.UUID]bool{}
	for id := range appended {
		want[id] = true
	}
	got := <-followed
	require.Empty(t, errs)
	require.Len(t, want, total)
	for _, id := range got {
		require.True(t, want[id])
		delete(want, id)
	}
	require.Empty(t, want)
	require.Equal(t, total, verify(t, follower))
}

func followUntil(ctx context.Context, log ledger.Log, n int) (ids []uuid.UUID, err error) {
	var after ledger.Position
	for len(ids) < n {
		if _, err := log.Wait(ctx, after); err != nil {
			return ids, err
		}
		for e, err := range log.ReadAll(ctx, after, 0) {
			if err != nil {
				return ids, err
			}
			if e.Position != after+1 {
				return ids, fmt.Errorf("%d came after %d", e.Position, after)
			}
			after = e.Position
			ids = append(ids, e.ID)
		}
	}
	return ids, nil
}

// The same batch and rival batches through two processes: what one recorded, the other
// recognises.
func TestTwoProcesses(t *testing.T) {
	t.Parallel()
	url := database(t)
	a, b := open(t, url, Options{}), open(t, url, Options{})
	s := logtest.NewStream()
	batch := logtest.Batch(s, ledger.NoStream, logtest.NewEvents(3)...)
	first := appendTo(t, a, batch)
	again := appendTo(t, b, batch)
	require.True(t, again.Repeated)
	require.Equal(t, first.Position, again.Position)

	other := logtest.NewEvent("another type")
	other.Type = "other.happened.v1"
	appendTo(t, b, logtest.Batch(s, 2, other))
	other.ID = uuid.New()
	appendTo(t, a, logtest.Batch(s, 3, other))
	_, err := a.Append(t.Context(), logtest.Batch(s, 3, logtest.NewEvent("late")))
	var wrong *ledger.WrongRevisionError
	require.ErrorAs(t, err, &wrong)
	require.Equal(t, ledger.Revision(4), wrong.Actual)
	require.Equal(t, 5, verify(t, a))
	require.Equal(t, readAll(t, a, 0), readAll(t, b, 0))
	var types []string
	rows, err := newPool(t, url).Query(t.Context(),
		`SELECT t.name FROM ledger.event e JOIN ledger.event_type t ON t.id = e.type
		ORDER BY e.position`)
	require.NoError(t, err)
	for rows.Next() {
		var name string
		require.NoError(t, rows.Scan(&name))
		types = append(types, name)
	}
	require.NoError(t, rows.Err())
	for i, e := range readAll(t, a, 0) {
		require.Equal(t, e.Type, types[i])
	}
}

// Partitions are made before they are needed, also for a group that spans several.
func TestPartitions(t *testing.T) {
	t.Parallel()
	url := database(t)
	log := open(t, url, Options{PartitionRows: 10})
	pool := newPool(t, url)
	parts := func() (n int64) {
		require.NoError(t, pool.QueryRow(t.Context(), `SELECT count(*) FROM pg_inherits
			WHERE inhparent = 'ledger.event'::regclass`).Scan(&n))
		return n
	}
	require.EqualValues(t, 1, parts())
	s := logtest.NewStream()
	var last ledger.Revision = ledger.NoStream
	for _, n := range []int{4, 3, 1, 2, 35, 150, 1} {
		appendTo(t, log, logtest.Batch(s, last, logtest.NewEvents(n)...))
		last += ledger.Revision(n)
		head, err := log.Head(t.Context())
		require.NoError(t, err)
		require.Eventually(t, func() bool { return parts() >= int64(head+5)/10+1 },
			10*time.Second, time.Millisecond, "half a partition ahead of %d", head)
	}
	require.Equal(t, 196, verify(t, log))
	n := 0
	for e, err := range log.ReadAll(t.Context(), 7, 8) {
		require.NoError(t, err)
		n++
		require.Equal(t, ledger.Position(7+n), e.Position)
	}
	require.Equal(t, 8, n)
}

// The recorded time never goes back, also when the second process has a slower clock.
func TestSlowClock(t *testing.T) {
	t.Parallel()
	url := database(t)
	fast := open(t, url, Options{})
	slow, err := Open(t.Context(), newPool(t, url), Options{
		Clock: func() time.Time { return time.Now().Add(-time.Hour) },
	})
	require.NoError(t, err)
	t.Cleanup(slow.Close)
	first := appendTo(t, fast, logtest.Batch(logtest.NewStream(), ledger.NoStream,
		logtest.NewEvent("a")))
	second := appendTo(t, slow, logtest.Batch(logtest.NewStream(), ledger.NoStream,
		logtest.NewEvent("b")))
	require.Equal(t, first.RecordedAt, second.RecordedAt)
	require.Equal(t, second.RecordedAt, readAll(t, slow, 1)[0].RecordedAt)
}
