package pglog

import (
	"context"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/ledger/logtest"
)

// What one process remembers of a stream is worth nothing after another one has written.
func TestRememberedStreamOfAnotherProcess(t *testing.T) {
	t.Parallel()
	url := database(t)
	a, b := open(t, url, Options{}), open(t, url, Options{})
	s, other := logtest.NewStream(), logtest.NewStream()
	appendTo(t, a, logtest.Batch(s, ledger.NoStream, logtest.NewEvents(2)...))
	appendTo(t, b, logtest.Batch(s, 1, logtest.NewEvents(1)...))
	var wrong *ledger.WrongRevisionError
	_, err := a.Append(t.Context(), logtest.Batch(s, 1, logtest.NewEvents(1)...))
	require.ErrorAs(t, err, &wrong)
	require.EqualValues(t, 2, wrong.Actual)
	appendTo(t, a, logtest.Batch(s, 2, logtest.NewEvents(1)...))

	// A reader's view counts only as long as nobody has written since.
	appendTo(t, b, logtest.Batch(other, ledger.NoStream, logtest.NewEvents(3)...))
	appendTo(t, a, logtest.Batch(s, 3, logtest.NewEvents(1)...)) // a knows b's position now
	for _, err := range a.ReadStreams(t.Context(), other) {
		require.NoError(t, err)
	}
	known, ok := a.stand.get(other)
	require.True(t, ok)
	require.EqualValues(t, 2, known.revision)
	appendTo(t, a, logtest.Batch(other, 2, logtest.NewEvents(1)...))
	for _, err := range b.ReadStreams(t.Context(), other) {
		require.NoError(t, err)
	}
	appendTo(t, b, logtest.Batch(other, 3, logtest.NewEvents(1)...))
	_, err = a.Append(t.Context(), logtest.Batch(other, 3, logtest.NewEvents(1)...))
	require.ErrorAs(t, err, &wrong)
	require.Equal(t, 10, verify(t, a))
}

func TestStandings(t *testing.T) {
	t.Parallel()
	c := newStandings()
	require.False(t, c.believe(7))
	require.True(t, c.believe(7))
	c.seen("old", standing{key: 1}, 6)
	c.seen("future", standing{key: 1}, 8)
	c.seen("law", standing{key: 2, revision: 4}, 7)
	c.committed(9, []*state{{name: "person", key: 3, revision: 1}})
	c.seen("person", standing{key: 3, revision: 0}, 8)
	for name, want := range map[ledger.StreamID]int64{
		"old": -1, "future": -1, "law": 4, "person": 1, "nobody": -1,
	} {
		got, ok := c.get(name)
		require.Equal(t, want >= 0, ok, name)
		if ok {
			require.EqualValues(t, want, got.revision, name)
		}
	}
	// A state that has found its place is remembered there.
	_, place, _ := c.find("person")
	require.Positive(t, place)
	c.committed(9, []*state{{name: "person", key: 3, revision: 2, place: place}})
	got, _ := c.get("person")
	require.EqualValues(t, 2, got.revision)
	require.Len(t, c.young.list, 2)
	require.True(t, c.believe(9))
	require.False(t, c.believe(10))
	_, ok := c.get("law")
	require.False(t, ok)
}

// However many streams there are, what is remembered stays bounded, and what a reader saw
// before the oldest change that is remembered is not believed.
func TestStandingsAreBounded(t *testing.T) {
	t.Parallel()
	c := newStandings()
	c.believe(0)
	for i := range 3*standingsMax + 1 {
		name := ledger.StreamID(fmt.Sprint(i))
		c.committed(ledger.Position(i+1), []*state{{name: name, revision: ledger.Revision(i)}})
	}
	require.LessOrEqual(t, len(c.young.list)+len(c.old.list), 2*standingsMax)
	_, ok := c.get("5")
	require.False(t, ok)
	c.seen("5", standing{}, 2*standingsMax-1)
	_, ok = c.get("5")
	require.False(t, ok, "stream 5 may have changed since that was forgotten")
	c.seen("5", standing{revision: 5}, 2*standingsMax)
	_, ok = c.get("5")
	require.True(t, ok)
}

// Contexts that readers do not remember are looked up, also when slots collide.
func TestForgottenContexts(t *testing.T) {
	t.Parallel()
	url := database(t)
	log := open(t, url, Options{})
	s := logtest.NewStream()
	appendTo(t, log, logtest.Batch(s, ledger.NoStream, logtest.NewEvents(9)...))
	want := readAll(t, log, 0)
	fresh := open(t, url, Options{})
	fresh.parts.putContext(&numbered{contextSlots + 3, ledger.NewContext(ledger.Meta{})})
	for range 2 {
		require.Equal(t, want, readAll(t, fresh, 0))
		var got []ledger.Event
		for e, err := range fresh.ReadStreams(context.Background(), s) {
			require.NoError(t, err)
			got = append(got, e)
		}
		require.Equal(t, want, got)
	}
}
