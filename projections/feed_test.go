package projections

import (
	"context"
	"errors"
	"iter"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/ledger/event"
	"github.com/stazh/stazh/ledger/memlog"
)

// counted is a ledger that counts the events that are read of it.
type counted struct {
	ledger.Log
	read atomic.Int64
	// fail is asked before each reading.
	fail func(after ledger.Position) error
}

func (c *counted) ReadAll(ctx context.Context, after ledger.Position, limit int,
) iter.Seq2[ledger.Event, error] {
	return func(yield func(ledger.Event, error) bool) {
		if c.fail != nil {
			if err := c.fail(after); err != nil {
				yield(ledger.Event{}, err)
				return
			}
		}
		for e, err := range c.Log.ReadAll(ctx, after, limit) {
			c.read.Add(1)
			if !yield(e, err) {
				return
			}
		}
	}
}

// paymentsLog is a ledger of so many events.
func paymentsLog(t require.TestingT, n int) *counted {
	log := memlog.New(func() time.Time { return time.Unix(0, 0) })
	for i := range n {
		ref := ledger.DeterministicID("payment", i)
		_, err := log.Append(context.Background(), ledger.StreamAppend{
			Stream: ledger.PayerStream("200988541"), Expected: ledger.Revision(i - 1),
			Events: []ledger.NewEvent{event.New(ref, ledger.Meta{},
				&event.PaymentReceived{BankRef: ref.String(), Amount: 1})}})
		require.NoError(t, err)
	}
	return &counted{Log: log}
}

// Whatever the readers' pace, starts and limits are, each sees every event once, in order.
func TestFeedGivesEverythingInOrder(t *testing.T) {
	t.Parallel()
	const events = 60
	log := paymentsLog(t, events)
	rapid.Check(t, func(t *rapid.T) {
		f := newFeed(log, rapid.IntRange(1, 20).Draw(t, "batch"))
		readers := make([]*follower, rapid.IntRange(1, 4).Draw(t, "readers"))
		for i := range readers {
			at := rapid.Uint64Range(0, events).Draw(t, "start")
			readers[i] = &follower{position: ledger.Position(at)}
		}
		for len(readers) > 0 {
			i := rapid.IntRange(0, len(readers)-1).Draw(t, "who")
			who := readers[i]
			limit := rapid.IntRange(1, 25).Draw(t, "limit")
			if who.position == events || rapid.IntRange(0, 20).Draw(t, "leaves") == 0 {
				f.leave(who)
				readers = append(readers[:i], readers[i+1:]...)
				continue
			}
			// One that runs ahead would wait for the others, who are not asked meanwhile.
			for _, other := range readers {
				if other.position < who.position {
					who = other
				}
			}
			batch, err := f.read(context.Background(), who, limit)
			require.NoError(t, err)
			require.NotEmpty(t, batch)
			require.LessOrEqual(t, len(batch), limit)
			for _, e := range batch {
				require.Equal(t, who.position+1, e.Position)
				who.position = e.Position
			}
		}
	})
}

// The first section is short, as nothing can be folded before it is read; the others grow.
func TestFeedBeginsWithLittle(t *testing.T) {
	t.Parallel()
	f, who := newFeed(paymentsLog(t, 200), 40), &follower{}
	var sizes []int
	for who.position < 200 {
		f.stand(who, who.position)
		s, err := f.find(t.Context(), who.position)
		require.NoError(t, err)
		sizes = append(sizes, len(s.batch))
		who.position = s.end()
	}
	require.Equal(t, []int{5, 10, 20, 40, 40, 40, 40, 5}, sizes)
}

// Followers at the same place read the ledger once, also when one is much slower.
func TestFeedReadsOnce(t *testing.T) {
	t.Parallel()
	const events = 400
	log := paymentsLog(t, events)
	f := newFeed(log, 10)
	readers := []*follower{{}, {}, {}}
	for _, who := range readers {
		f.stand(who, 0)
	}
	var all sync.WaitGroup
	for i, who := range readers {
		all.Go(func() {
			for who.position < events {
				batch, err := f.read(context.Background(), who, 10)
				if err != nil {
					t.Error(err)
					return
				}
				who.position = batch[len(batch)-1].Position
				if i == 0 {
					time.Sleep(100 * time.Microsecond)
				}
			}
			f.leave(who)
		})
	}
	all.Wait()
	require.EqualValues(t, events, log.read.Load())
}

// Who stands still is not waited for without end, and reads by itself afterwards.
func TestFeedGoesOnWithoutOneThatStandsStill(t *testing.T) {
	t.Parallel()
	log := paymentsLog(t, 200)
	f := newFeed(log, 10)
	slow, fast := &follower{}, &follower{}
	_, err := f.read(t.Context(), slow, 10)
	require.NoError(t, err)
	for fast.position < 200 {
		batch, err := f.read(t.Context(), fast, 10)
		require.NoError(t, err)
		fast.position = batch[len(batch)-1].Position
	}
	batch, err := f.read(t.Context(), slow, 10)
	require.NoError(t, err)
	require.Equal(t, ledger.Position(1), batch[0].Position)
}

var errAway = errors.New("away")

// A section that could not be read is read again by the next who asks.
func TestFeedForgetsWhatFailed(t *testing.T) {
	t.Parallel()
	log := paymentsLog(t, 30)
	var away atomic.Bool
	log.fail = func(ledger.Position) error {
		if away.Load() {
			return errAway
		}
		return nil
	}
	f, who := newFeed(log, 10), &follower{}
	away.Store(true)
	_, err := f.read(t.Context(), who, 10)
	require.ErrorIs(t, err, errAway)
	away.Store(false)
	batch, err := f.read(t.Context(), who, 10)
	require.NoError(t, err)
	require.NotEmpty(t, batch)

	ended, cancel := context.WithCancel(t.Context())
	cancel()
	who.position = 30
	_, err = f.read(ended, who, 10)
	require.ErrorIs(t, err, context.Canceled)
}

// Sections of a few large events count by their bytes: the feed does not keep thousands of
// them because their number is small.
func TestFeedKeepsFewBytes(t *testing.T) {
	t.Parallel()
	f, slow := newFeed(paymentsLog(t, 0), 1_000), &follower{}
	f.stand(slow, 0)
	done := make(chan struct{})
	close(done)
	for f.makeRoom(false) {
		after := ledger.Position(len(f.sections))
		f.sections = append(f.sections, &section{after: after, done: done,
			batch: []Event{{Event: &ledger.Event{Position: after + 1}}}, bytes: batchBytesMax})
		require.LessOrEqual(t, len(f.sections), feedBatches)
	}
	require.Len(t, f.sections, feedBatches)
	f.stand(slow, 1)
	require.True(t, f.makeRoom(false), "the oldest section is needed no longer")
	require.Len(t, f.sections, feedBatches-1)
}
