package commands

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/ledger/period"
)

func newQueue(full func(bool)) *queue {
	q := &queue{}
	q.open(full)
	return q
}

// TestQueueServesPayersInTurn: many filings of one payer do not delay another's.
func TestQueueServesPayersInTurn(t *testing.T) {
	t.Parallel()
	var full bool
	q := newQueue(func(is bool) { full = is })
	for range queueMax - 1 {
		q.arrive(Work{Payer: "many", Filing: uuid.New()})
	}
	require.True(t, full)
	one := Work{Payer: "one", Filing: uuid.New()}
	q.arrive(one)
	q.arrive(one) // it waits already
	require.False(t, q.missed)
	q.arrive(Work{Payer: "late", Filing: uuid.New()})
	require.Len(t, q.on, queueMax, "what does not fit is left to the work list")
	require.True(t, q.missed)
	require.False(t, q.canRefill())
	var order []string
	for len(q.on) > 0 {
		w := q.next(<-q.payers)
		q.done(w)
		order = append(order, w.Payer)
	}
	require.Equal(t, []string{"many", "one", "many"}, order[:3])
	require.Len(t, order, queueMax)
	require.Empty(t, q.waiting)
	require.Empty(t, q.payers)
	require.False(t, full)
	require.True(t, q.canRefill())
}

// TestQueueIsFullOfWhatIsComing: filings that are being recorded take the room of those that the
// clerk has not heard of yet.
func TestQueueIsFullOfWhatIsComing(t *testing.T) {
	t.Parallel()
	var full bool
	q := newQueue(func(is bool) { full = is })
	var all []Work
	for range queueFull {
		require.False(t, full)
		w := Work{Payer: "many", Filing: uuid.New()}
		q.expect(w)
		all = append(all, w)
	}
	require.True(t, full)
	q.cancel(all[0])
	require.False(t, full)
	q.expect(all[0])
	for _, w := range all {
		q.arrive(w)
		require.True(t, full)
	}
	for range all {
		q.done(q.next(<-q.payers))
		require.False(t, full)
	}
}

// TestClosedQueueHoldsNobodyUp: what was being recorded when its clerk ended fails later.
func TestClosedQueueHoldsNobodyUp(t *testing.T) {
	t.Parallel()
	var i intake
	q := newQueue(i.full.Store)
	i.clerk.Store(q)
	for range queueFull {
		q.arrive(Work{Payer: "many", Filing: uuid.New()})
	}
	cancel := i.expect(Work{Payer: "one", Filing: uuid.New()})
	_, err := i.admit()
	require.Error(t, err)
	i.clerk.CompareAndSwap(q, nil)
	q.close()
	cancel()
	leave, err := i.admit()
	require.NoError(t, err)
	leave()
}

// TestWhatIsLeftFollowsTheList: what arrives while the clerk looks comes behind what it finds,
// and the queue takes in new filings again.
func TestWhatIsLeftFollowsTheList(t *testing.T) {
	t.Parallel()
	q := newQueue(func(bool) {})
	q.missed = true // after a start with many
	first, second := Work{Payer: "one", DocNo: 1}, Work{Payer: "one", DocNo: 2}
	q.arrive(first)
	q.look()
	q.arrive(second)
	require.Empty(t, q.on)
	q.refill([]Work{first})
	require.False(t, q.missed)
	require.Equal(t, []Work{first, second}, q.waiting["one"])
}

// awayList is a work list that cannot be read.
type awayList struct {
	WorkList
	asked int
}

func (l *awayList) Unfinished(context.Context, int) ([]Work, error) {
	l.asked++
	return nil, errors.New("away")
}

func (l *awayList) ParkedUntil(context.Context, period.Date) ([]Work, error) {
	return nil, errors.New("away")
}

func (l *awayList) Awaiting(context.Context, string, period.Month, period.Month, ledger.Position,
) ([]string, error) {
	return nil, errors.New("away")
}

// TestRoundsPauseAndEnd: a list that cannot be read is asked again after pauses, also while
// filings are missed, and the end is not missed either.
func TestRoundsPauseAndEnd(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		list := &awayList{}
		c := &Clerk{List: list, Bus: &Bus{Clock: time.Now, Law: &Lawbook{},
			Logger: slog.New(slog.DiscardHandler)}}
		c.queue.open(c.Bus.intake.full.Store)
		c.queue.missed = true
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		c.rounds(ctx)
		require.Error(t, ctx.Err())
		// After 0, 2, 6, 14 and 30 seconds.
		require.Equal(t, 5, list.asked)
	})
}

// TestQueueKeepsTheOrderOfAPayer lets filings arrive, fail and be found in the work list
// at any time, also when they do not all fit: each payer's come out as they arrived.
func TestQueueKeepsTheOrderOfAPayer(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		q := newQueue(func(bool) {})
		filler := rapid.IntRange(0, 6).Draw(t, "room")
		for i := range queueMax - filler { // so that little fits
			q.on[Work{Payer: "filler", DocNo: i + 1}] = true
		}
		var all []Work   // arrived, not done
		var found []Work // by a look into the work list
		looks := false
		served := map[string]int{}
		arrived := map[string]int{}
		serve := func() {
			w := q.next(<-q.payers)
			if rapid.IntRange(0, 3).Draw(t, "fault") == 0 {
				if _, again := q.failed(w); again {
					q.payers <- w.Payer
					return
				}
			}
			q.done(w)
			if w.DocNo <= served[w.Payer] {
				return // found when it was being done: nothing is left to do
			}
			served[w.Payer]++
			require.Equal(t, served[w.Payer], w.DocNo, "of payer %s", w.Payer)
			for i := range all {
				if all[i] == w {
					all = append(all[:i], all[i+1:]...)
					break
				}
			}
		}
		for range rapid.IntRange(1, 60).Draw(t, "steps") {
			switch rapid.IntRange(0, 4).Draw(t, "step") {
			case 0, 1:
				payer := fmt.Sprint(rapid.IntRange(1, 3).Draw(t, "payer"))
				w := Work{Payer: payer, DocNo: arrived[payer] + 1} // in place of the filing
				if rapid.Bool().Draw(t, "own") {
					if q.expect(w); rapid.Bool().Draw(t, "fails") {
						q.cancel(w)
						break
					}
				}
				arrived[payer]++
				all = append(all, w)
				q.arrive(w)
				require.Empty(t, q.coming)
			case 2:
				if len(q.payers) > 0 {
					serve()
				}
			case 3:
				q.look()
				found, looks = slices.Clone(all), true
			case 4:
				if looks {
					q.refill(found)
					looks = false
				}
			}
		}
		if filler == 0 {
			return
		}
		for len(all) > 0 {
			q.look()
			q.refill(slices.Clone(all))
			require.LessOrEqual(t, len(q.left), 60)
			for len(q.payers) > 0 {
				serve()
			}
		}
		require.Equal(t, arrived, served)
	})
}

func TestFailedFilingGivesWayInTheEnd(t *testing.T) {
	t.Parallel()
	q := newQueue(func(bool) {})
	w := Work{Payer: "one", Filing: uuid.New()}
	q.arrive(w)
	var pauses []time.Duration
	for {
		pause, again := q.failed(w)
		if !again {
			break
		}
		pauses = append(pauses, pause)
	}
	require.Equal(t, []time.Duration{2 * time.Second, 4 * time.Second, 8 * time.Second,
		16 * time.Second, 32 * time.Second, time.Minute}, pauses)
	require.Equal(t, time.Minute, pauseAfter(1000))
	q.done(w)
	require.Empty(t, q.tries)
}

func TestBookmarkStaysBeforeWhatIsLeft(t *testing.T) {
	t.Parallel()
	l := leftovers{reached: 100}
	require.EqualValues(t, 100, l.bookmark())
	first, second := &clues{after: 40, last: 50, tries: 1}, &clues{after: 60, last: 70, tries: 1}
	require.True(t, l.add(second))
	require.True(t, l.add(first))
	require.EqualValues(t, 40, l.bookmark())
	first.tries = leftTries
	require.EqualValues(t, 60, l.bookmark(), "a fault that lasts does not hold it for ever")
	l.remove(second)
	require.EqualValues(t, 100, l.bookmark())
	for range leftMost - 1 {
		require.True(t, l.add(&clues{tries: leftTries}))
	}
	require.False(t, l.add(&clues{after: 90, tries: 1}))
	require.Equal(t, ledger.Position(0), l.bookmark(), "what has no room is seen after a restart")
}
