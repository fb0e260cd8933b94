package gather_test

import (
	"context"
	"errors"
	"runtime"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/stazh/stazh/ledger/gather"
)

func one(int) int { return 1 }

// TestEveryCallGetsItsOwnAnswer lets many callers call many times.
func TestEveryCallGetsItsOwnAnswer(t *testing.T) {
	t.Parallel()
	running, largest := 0, 0
	b := gather.New(16, one, func(_ context.Context, batch []int) ([]int, error) {
		running++ // without a lock: the race detector tells when two batches run at once
		largest = max(largest, len(batch))
		out := make([]int, len(batch))
		for i, x := range batch {
			out[i] = -x
		}
		return out, nil
	})
	var group sync.WaitGroup
	for caller := range 64 {
		group.Go(func() {
			for i := range 100 {
				got, err := b.Do(t.Context(), caller*1000+i)
				if err != nil || got != -(caller*1000+i) {
					t.Errorf("%d: %d, %v", caller, got, err)
				}
			}
		})
	}
	group.Wait()
	require.LessOrEqual(t, largest, 16)
	require.LessOrEqual(t, running, 6400)
}

// TestCallsWaitForTheBatchAtWorkAndGoTogether holds the first batch until others wait.
func TestCallsWaitForTheBatchAtWorkAndGoTogether(t *testing.T) {
	t.Parallel()
	fault := errors.New("fault")
	begun, release := make(chan struct{}), make(chan struct{})
	var batches [][]int
	b := gather.New(100, func(x int) int { return x }, func(_ context.Context, batch []int) (
		[]int, error) {
		batches = append(batches, batch)
		if len(batches) == 1 {
			close(begun)
			<-release
			return batch, nil
		}
		return nil, fault
	})
	var group sync.WaitGroup
	group.Go(func() {
		_, err := b.Do(t.Context(), 200) // over the limit: alone
		if err != nil {
			t.Error(err)
		}
	})
	<-begun
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := b.Do(ended, 7)
	require.ErrorIs(t, err, context.Canceled)
	for range 3 {
		group.Go(func() {
			if _, err := b.Do(t.Context(), 30); !errors.Is(err, fault) {
				t.Error(err)
			}
		})
	}
	waitFor(t, b, 3)
	close(release)
	group.Wait()
	require.Equal(t, [][]int{{200}, {30, 30, 30}}, batches)
}

// TestCallerThatGivesUpIsNotHeldByItsBatch: its batch goes on for the others.
func TestCallerThatGivesUpIsNotHeldByItsBatch(t *testing.T) {
	t.Parallel()
	begun, release := make(chan struct{}), make(chan struct{})
	b := gather.New(1, one, func(ctx context.Context, batch []int) ([]int, error) {
		close(begun)
		<-release
		return batch, ctx.Err()
	})
	ended, cancel := context.WithCancel(t.Context())
	go func() {
		<-begun
		cancel()
	}()
	_, err := b.Do(ended, 1)
	require.ErrorIs(t, err, context.Canceled)
	close(release)
}

// waitFor returns when n calls wait.
func waitFor(t *testing.T, b *gather.Batcher[int, int], n int) {
	t.Helper()
	for b.Waiting() < n {
		if t.Context().Err() != nil {
			t.Fatal(t.Context().Err())
		}
		runtime.Gosched()
	}
}
