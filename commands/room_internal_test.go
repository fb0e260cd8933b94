package commands

import (
	"context"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// TestRoomIsNeverOverfull has many runs of all sizes enter and leave.
func TestRoomIsNeverOverfull(t *testing.T) {
	t.Parallel()
	var r room
	var inside, most atomic.Int64
	var group sync.WaitGroup
	for seed := range 16 {
		random := rand.New(rand.NewPCG(uint64(seed), 1)) //nolint:gosec // a test
		group.Go(func() {
			for range 200 {
				n := int64(roomFree + 1 + random.IntN(2*roomPersons))
				leave, err := r.enter(t.Context(), int(n), nil)
				if err != nil {
					t.Error(err)
					return
				}
				now := inside.Add(min(n, roomPersons))
				for old := most.Load(); now > old && !most.CompareAndSwap(old, now); {
					old = most.Load()
				}
				inside.Add(-min(n, roomPersons))
				leave()
			}
		})
	}
	group.Wait()
	require.LessOrEqual(t, most.Load(), int64(roomPersons))
	require.NotZero(t, most.Load())
}

func TestSmallReportsPassAFullRoom(t *testing.T) {
	t.Parallel()
	b := &Bus{}
	leave, err := b.room.enter(t.Context(), 10*roomPersons, nil)
	require.NoError(t, err)
	small, err := b.room.enter(t.Context(), roomFree, nil)
	require.NoError(t, err)
	small()
	ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
	defer cancel()
	large := &run{bus: b}
	require.ErrorIs(t, large.enterRoom(ctx, roomFree+1), context.DeadlineExceeded)
	large.leaveRoom() // it has none
	leave()
	require.NoError(t, large.enterRoom(t.Context(), roomFree+1))
	require.NoError(t, large.enterRoom(t.Context(), 10*roomPersons), "it has room already")
	large.leaveRoom()
	whole, err := b.room.enter(t.Context(), roomPersons, nil)
	require.NoError(t, err)
	whole()
}
