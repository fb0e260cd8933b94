package commands

import (
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/ledger/event"
)

// appended is what the news get of an append of one arrival and some events that tell
// nothing, the last of which is at the position.
func appended(last ledger.Position, quiet int) *clues {
	events := make([]ledger.NewEvent, quiet, quiet+1)
	for i := range events {
		events[i].Type = (*event.FilingProcessed)(nil).EventType()
	}
	id := ledger.DeterministicID("filing", int(last))
	events = append(events, event.New(uuid.New(), ledger.Meta{}, &event.FilingReceived{Filing: id}))
	return cluesOf([]ledger.StreamAppend{{Stream: "payer-200988541", Events: events}}, last)
}

// TestNewsLeaveNoEventOut: what the clerk hears begins after the last event it knows of and
// has no gap; what lies between must be read.
func TestNewsLeaveNoEventOut(t *testing.T) {
	t.Parallel()
	var n news
	require.False(t, n.begin(), "nobody listens")
	n.listen(true)
	for _, told := range []*clues{appended(13, 2), appended(30, 0), appended(20, 6)} {
		require.True(t, n.begin())
		n.end(told)
	}
	told, come := n.next(9)
	require.Nil(t, told, "event 10 is somebody else's")
	require.Nil(t, come, "and nothing is under way")
	require.Equal(t, 1, n.gap(9, 100))

	told, _ = n.next(10)
	require.Equal(t, ledger.Position(10), told.after)
	require.Equal(t, ledger.Position(20), told.last)
	require.Equal(t, []Work{
		{Payer: "200988541", Filing: ledger.DeterministicID("filing", 13)},
		{Payer: "200988541", Filing: ledger.DeterministicID("filing", 20)},
	}, told.filings, "in the order of the ledger")

	require.True(t, n.begin())
	told, come = n.next(20)
	require.Nil(t, told)
	require.NotNil(t, come)
	n.end(nil) // it failed
	<-come
	require.Equal(t, 9, n.gap(20, 100), "up to the append of event 30")
	require.Equal(t, 4, n.gap(20, 4))
	told, _ = n.next(29)
	require.Equal(t, ledger.Position(30), told.last)
}

// TestNewsAreForgottenWhenNobodyTakesThem bounds them; the clerk then reads.
func TestNewsAreForgottenWhenNobodyTakesThem(t *testing.T) {
	t.Parallel()
	var n news
	n.listen(true)
	for i := range newsMax + 1 {
		require.True(t, n.begin())
		n.end(appended(ledger.Position(i+1), 0))
	}
	told, _ := n.next(0)
	require.Nil(t, told)
	require.Equal(t, newsMax, n.gap(0, newsMax*2))
	n.listen(false)
	require.False(t, n.begin())
	n.end(appended(1, 0)) // one that was under way
	told, _ = n.next(0)
	require.Nil(t, told)
}
