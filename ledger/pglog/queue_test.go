package pglog

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/ledger/logtest"
)

// While the database stands still as many appends wait as may, all others are refused at
// once, and what was not refused is recorded afterwards.
func TestFullQueueRefuses(t *testing.T) {
	t.Parallel()
	const room = 3
	gate, begun := make(chan struct{}), make(chan struct{}, 1)
	log := open(t, database(t), Options{Queue: room, beforeCommit: func(uint32) {
		select {
		case begun <- struct{}{}:
		default:
		}
		<-gate
	}})
	var group sync.WaitGroup
	ctx := context.Background()
	appendOne := func() {
		group.Go(func() {
			_, err := log.Append(ctx, logtest.Batch(logtest.NewStream(), ledger.NoStream,
				logtest.NewEvent("waits")))
			if err != nil {
				t.Error(err)
			}
		})
	}
	appendOne()
	<-begun // the writer holds it and takes no more
	for range room {
		appendOne()
	}
	require.Eventually(t, func() bool { return len(log.writer.queue) == room },
		20*time.Second, time.Millisecond)
	for range 3 {
		_, err := log.Append(ctx, logtest.Batch(logtest.NewStream(), ledger.NoStream,
			logtest.NewEvent("refused")))
		require.ErrorIs(t, err, ledger.ErrUnavailable)
		require.ErrorIs(t, err, ErrQueueFull)
		require.NotErrorIs(t, err, ledger.ErrUnknownOutcome)
	}
	close(gate)
	group.Wait()
	require.Equal(t, 1+room, verify(t, log))
}
