package commands_test

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/stazh/stazh/commands"
	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/ledger/account"
	"github.com/stazh/stazh/ledger/event"
)

// lawAsOf folds the law stream up to a position, as plainly as can be.
func (k *kit) lawAsOf(at ledger.Position) *account.Law {
	k.t.Helper()
	law := account.NewLaw()
	for e, err := range k.log.ReadStreams(k.t.Context(), ledger.Law) {
		require.NoError(k.t, err)
		if e.Position > at {
			break
		}
		payload, err := event.Decode(e)
		require.NoError(k.t, err)
		require.NoError(k.t, law.Apply(e, payload))
	}
	return law
}

func TestLawAsOfEveryPositionIsItsFold(t *testing.T) {
	t.Parallel()
	k := newKit(t, nil)
	log := &counted{Log: k.log}
	book := commands.NewLawbook(log, k.bus.Clock)
	head, err := k.log.Head(t.Context())
	require.NoError(t, err)
	for _, at := range []ledger.Position{head, 0, 1, 2, head / 2, head - 1, head - 2, head, 1} {
		law, err := book.AsOf(t.Context(), at)
		require.NoError(t, err)
		require.Equal(t, k.lawAsOf(at), law, "as of %d", at)
		again, err := book.AsOf(t.Context(), at)
		require.NoError(t, err)
		require.Equal(t, law.Revision, again.Revision)
		if law.Revision != ledger.NoStream {
			require.Same(t, law, again, "folded once")
		}
	}
	require.EqualValues(t, 1, log.reads.Load(), "all positions were reached by one read")

	// A change of the law beyond what was read is found, and earlier states stay.
	c := k.law()
	c.Parameters = c.Parameters[:1]
	c.Parameters[0].Source += " again"
	published, err := k.bus.PublishLaw(t.Context(), c)
	require.NoError(t, err)
	require.Equal(t, 1, published)
	for _, at := range []ledger.Position{head + 1, head} {
		law, err := book.AsOf(t.Context(), at)
		require.NoError(t, err)
		require.Equal(t, k.lawAsOf(at), law, "as of %d", at)
	}
	require.EqualValues(t, 2, log.reads.Load())
}

// TestLawIsReadAgainAfterAWhile: others publish, too. The same law stays one value.
func TestLawIsReadAgainAfterAWhile(t *testing.T) {
	t.Parallel()
	k := newKit(t, nil)
	log := &counted{Log: k.log}
	book := commands.NewLawbook(log, k.bus.Clock)
	first, err := book.Current(t.Context())
	require.NoError(t, err)
	same, err := book.Current(t.Context())
	require.NoError(t, err)
	require.Same(t, first, same)
	require.EqualValues(t, 1, log.reads.Load())

	*k.now = k.now.Add(6 * time.Second)
	same, err = book.Current(t.Context())
	require.NoError(t, err)
	require.Same(t, first, same, "nothing was published")
	require.EqualValues(t, 2, log.reads.Load())

	c := k.law()
	c.Parameters = c.Parameters[:1]
	c.Parameters[0].Source += " again"
	_, err = k.bus.PublishLaw(t.Context(), c)
	require.NoError(t, err)
	book.Refresh()
	next, err := book.Current(t.Context())
	require.NoError(t, err)
	require.Equal(t, first.Revision+1, next.Revision)
	require.Equal(t, k.lawAsOf(next.Position), next)
	require.Equal(t, k.lawAsOf(first.Position), first, "who uses a law is not disturbed")
}

// TestLawbookIsSharedByMany reads, refreshes and asks for the past at the same time.
func TestLawbookIsSharedByMany(t *testing.T) {
	t.Parallel()
	k := newKit(t, nil)
	book := commands.NewLawbook(k.log, k.bus.Clock)
	head, err := k.log.Head(t.Context())
	require.NoError(t, err)
	ctx := context.WithoutCancel(t.Context())
	var group sync.WaitGroup
	laws := make([]*account.Law, 8)
	for i := range laws {
		group.Go(func() {
			for n := range 5 {
				if i == 0 {
					book.Refresh()
				}
				if _, err := book.Current(ctx); err != nil {
					return
				}
				laws[i], _ = book.AsOf(ctx, head-ledger.Position(n))
			}
		})
	}
	group.Wait()
	want := k.lawAsOf(head - 4)
	for _, law := range laws {
		require.Equal(t, want, law)
	}
}
