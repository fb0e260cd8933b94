package logtest

import (
	"context"
	"errors"
	"sync"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/stazh/stazh/ledger"
)

// concurrent lets many writers append to a stream of their own and to a shared one at
// once while a reader follows, and then compares what everybody saw.
func concurrent(t *testing.T, log ledger.Log) {
	const rounds, sharedStreams = 6, 4
	writers := 64
	if !log.Guarantees().Atomic {
		writers = 32 // whoever loses a race asks a server where the streams are
	}
	ctx := context60(t)
	shared := make([]ledger.StreamID, sharedStreams)
	for i := range shared {
		shared[i] = NewStream()
	}
	followed := make(chan followResult, 1)
	go func() { followed <- follow(ctx, log, writers*rounds*2) }()

	own := make([]ledger.StreamID, writers)
	results := make(chan writeResult, writers)
	for i := range writers {
		own[i] = NewStream()
		go func() { results <- write(ctx, log, own[i], shared[i%sharedStreams], rounds) }()
	}
	appended := map[uuid.UUID]bool{}
	for range writers {
		r := <-results
		require.NoError(t, r.err)
		for _, id := range r.ids {
			appended[id] = true
		}
	}
	seen := <-followed
	require.NoError(t, seen.err)
	require.Len(t, appended, writers*rounds*2)
	for _, id := range seen.ids {
		require.True(t, appended[id], "the follower saw what nobody appended")
		delete(appended, id)
	}
	require.Empty(t, appended, "the follower missed events")

	for _, s := range own {
		require.Len(t, stream(t, log, s), rounds)
	}
	for _, s := range shared {
		require.Len(t, stream(t, log, s), writers*rounds/sharedStreams)
	}
	require.Equal(t, seen.ids, ids(all(t, log, 0, 100)))
}

type writeResult struct {
	ids []uuid.UUID
	err error
}

// write appends in rounds, always to both streams at once, deciding anew after each
// conflict as a command does.
func write(
	ctx context.Context, log ledger.Log, own, shared ledger.StreamID, rounds int,
) (r writeResult) {
	expected := ledger.NoStream
	for round := range rounds {
		a, b := NewEvent("own"), NewEvent("shared")
		for {
			_, err := log.Append(ctx,
				Batch(own, ledger.Revision(round-1), a), Batch(shared, expected, b))
			var wrong *ledger.WrongRevisionError
			if errors.As(err, &wrong) && wrong.Stream == shared {
				expected = wrong.Actual
				continue
			}
			if err != nil {
				r.err = err
				return r
			}
			expected++
			break
		}
		r.ids = append(r.ids, a.ID, b.ID)
	}
	return r
}

type followResult struct {
	ids []uuid.UUID
	err error
}

// follow reads as a projection does, until it has seen n events.
func follow(ctx context.Context, log ledger.Log, n int) (r followResult) {
	var after ledger.Position
	for len(r.ids) < n {
		if _, r.err = log.Wait(ctx, after); r.err != nil {
			return r
		}
		for e, err := range log.ReadAll(ctx, after, 50) {
			if err == nil {
				err = log.Guarantees().Follows(after, e.Position)
			}
			if err != nil {
				r.err = err
				return r
			}
			after = e.Position
			r.ids = append(r.ids, e.ID)
		}
	}
	return r
}

func oneWins(t *testing.T, log ledger.Log) {
	const writers = 32
	s := NewStream()
	errs := race(t, log, writers, func(int) ledger.StreamAppend {
		return Batch(s, ledger.NoStream, NewEvent("mine"))
	})
	won := 0
	for _, r := range errs {
		if r.err == nil {
			won++
			continue
		}
		wrongRevision(t, r.err, s, ledger.NoStream, 0)
	}
	require.Equal(t, 1, won)
	require.Len(t, stream(t, log, s), 1)
}

func sameBatchManyTimes(t *testing.T, log ledger.Log) {
	const writers = 32
	batch := Batch(NewStream(), ledger.NoStream, NewEvents(3)...)
	recorded := 0
	results := race(t, log, writers, func(int) ledger.StreamAppend { return batch })
	for _, r := range results {
		require.NoError(t, r.err)
		require.Equal(t, results[0].result.Position, r.result.Position)
		require.Equal(t, results[0].result.RecordedAt, r.result.RecordedAt)
		if !r.result.Repeated {
			recorded++
		}
	}
	require.Equal(t, 1, recorded)
	require.Len(t, all(t, log, 0, 0), 3)
}

type raceResult struct {
	result ledger.Result
	err    error
}

// race makes n appends at once.
func race(
	t *testing.T, log ledger.Log, n int, batch func(int) ledger.StreamAppend,
) []raceResult {
	ctx := context60(t)
	results := make([]raceResult, n)
	var group sync.WaitGroup
	for i := range n {
		a := batch(i)
		group.Go(func() { results[i].result, results[i].err = log.Append(ctx, a) })
	}
	group.Wait()
	return results
}

func isUnknown(err error) bool { return errors.Is(err, ledger.ErrUnknownOutcome) }
