package logtest

import (
	"bytes"
	"context"
	"crypto/sha256"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/stazh/stazh/ledger"
)

func growingPositions(t *testing.T, log ledger.Log) {
	require.Zero(t, head(t, log))
	require.Empty(t, all(t, log, 0, 0))
	var want []uuid.UUID
	for n := 1; n <= 5; n++ {
		events := NewEvents(n)
		result := mustAppend(t, log, Batch(NewStream(), ledger.NoStream, events...))
		want = append(want, newIDs(events)...)
		require.False(t, result.Repeated)
		require.Equal(t, result.Position, head(t, log), "an append that returned is readable")
		got := all(t, log, 0, 0)
		require.Equal(t, want, ids(got))
		require.Equal(t, result.Position, got[len(got)-1].Position)
	}
}

func expectedRevision(t *testing.T, log ledger.Log) {
	s := NewStream()
	ctx := context60(t)
	_, err := log.Append(ctx, Batch(s, 0, NewEvent("on nothing")))
	wrongRevision(t, err, s, 0, ledger.NoStream)

	mustAppend(t, log, Batch(s, ledger.NoStream, NewEvents(3)...))
	for _, expected := range []ledger.Revision{ledger.NoStream, 0, 1, 3, 1 << 40} {
		_, err = log.Append(ctx, Batch(s, expected, NewEvent("wrong")))
		wrongRevision(t, err, s, expected, 2)
	}
	require.Len(t, all(t, log, 0, 0), 3, "a refused append records nothing")

	mustAppend(t, log, Batch(s, 2, NewEvents(2)...))
	events := stream(t, log, s)
	require.Len(t, events, 5)
	for i, e := range events {
		require.EqualValues(t, i, e.Revision)
	}
}

func severalStreams(t *testing.T, log ledger.Log) {
	ctx := context60(t)
	a, b, c := NewStream(), ledger.PayerStream("100000001"), ledger.Law
	mustAppend(t, log, Batch(b, ledger.NoStream, NewEvent("b0")))

	first, second, third := NewEvents(2), NewEvents(1), NewEvents(3)
	batch := []ledger.StreamAppend{
		Batch(a, ledger.NoStream, first...),
		Batch(b, ledger.NoStream, second...),
		Batch(c, ledger.NoStream, third...),
	}
	before := head(t, log)
	_, err := log.Append(ctx, batch...)
	wrongRevision(t, err, b, ledger.NoStream, 0)
	require.Equal(t, before, head(t, log))
	require.Empty(t, stream(t, log, a))
	require.Empty(t, stream(t, log, c))

	batch[1].Expected = 0
	result := mustAppend(t, log, batch...)
	require.Equal(t, head(t, log), result.Position)
	want := append(append(newIDs(first), newIDs(second)...), newIDs(third)...)
	got := all(t, log, before, 0)
	if log.Guarantees().Atomic {
		require.Equal(t, want, ids(got), "one call's events stand together in the order given")
	} else {
		require.ElementsMatch(t, want, ids(got))
		require.Equal(t, newIDs(third), ids(got[3:]), "the last stream comes last")
	}
	for _, e := range got {
		require.Equal(t, result.RecordedAt, e.RecordedAt)
	}
	require.Len(t, stream(t, log, b), 2)
}

func repetition(t *testing.T, log ledger.Log) {
	s := NewStream()
	ctx := context60(t)
	mustAppend(t, log, Batch(s, ledger.NoStream, NewEvents(2)...))
	events := NewEvents(3)
	first := mustAppend(t, log, Batch(s, 1, events...))
	require.False(t, first.Repeated)

	again := mustAppend(t, log, Batch(s, 1, events...))
	require.Equal(t, ledger.Result{
		Position: first.Position, RecordedAt: first.RecordedAt, Repeated: true,
	}, again)

	_, err := log.Append(ctx, Batch(s, 0, events...))
	wrongRevision(t, err, s, 0, 4)
	_, err = log.Append(ctx, Batch(s, 1, NewEvents(3)...))
	wrongRevision(t, err, s, 1, 4)
	swapped := []ledger.NewEvent{events[1], events[0], events[2]}
	_, err = log.Append(ctx, Batch(s, 1, swapped...))
	wrongRevision(t, err, s, 1, 4)
	longer := append(append([]ledger.NewEvent{}, events...), NewEvent("more"))
	_, err = log.Append(ctx, Batch(s, 1, longer...))
	wrongRevision(t, err, s, 1, 4)

	mustAppend(t, log, Batch(s, 4, NewEvents(2)...))
	again = mustAppend(t, log, Batch(s, 1, events...))
	require.True(t, again.Repeated, "still found after others have written")
	require.Equal(t, first.Position, again.Position)
	require.Equal(t, first.RecordedAt, again.RecordedAt)
	require.Len(t, all(t, log, 0, 0), 7)
}

func repetitionOfSeveral(t *testing.T, log ledger.Log) {
	ctx := context60(t)
	a, b, c := NewStream(), NewStream(), NewStream()
	batch := []ledger.StreamAppend{
		Batch(a, ledger.NoStream, NewEvents(2)...),
		Batch(b, ledger.NoStream, NewEvents(1)...),
	}
	first := mustAppend(t, log, batch...)
	mustAppend(t, log, Batch(a, 1, NewEvent("later")))
	again := mustAppend(t, log, batch...)
	require.True(t, again.Repeated)
	require.Equal(t, first.Position, again.Position)

	changed := []ledger.StreamAppend{batch[0], Batch(b, ledger.NoStream, NewEvent("other"))}
	longer := append(batch, Batch(c, ledger.NoStream, NewEvent("c")))
	if !log.Guarantees().Atomic {
		_, err := log.Append(ctx, changed...)
		wrongRevision(t, err, b, ledger.NoStream, 0)
		rest := mustAppend(t, log, longer...)
		require.False(t, rest.Repeated)
		require.Equal(t, head(t, log), rest.Position)
		got := stream(t, log, c)
		require.Len(t, got, 1, "the rest is added to what is there")
		require.Equal(t, first.RecordedAt, got[0].RecordedAt, "with the time of the beginning")
		return
	}
	_, err := log.Append(ctx, changed...)
	wrongRevision(t, err, a, ledger.NoStream, 2)
	_, err = log.Append(ctx, longer...)
	wrongRevision(t, err, a, ledger.NoStream, 2)
	require.Empty(t, stream(t, log, c), "half a repetition is none")
}

func invalidBatches(t *testing.T, log ledger.Log) {
	e := NewEvent("x")
	change := func(f func(*ledger.NewEvent)) ledger.NewEvent {
		c := NewEvent("x")
		f(&c)
		return c
	}
	s := NewStream()
	person := uuid.New().String()
	cases := map[string][]ledger.StreamAppend{
		"no stream":        {},
		"no events":        {Batch(s, ledger.NoStream)},
		"one empty":        {Batch(s, ledger.NoStream, e), Batch(NewStream(), ledger.NoStream)},
		"stream twice":     {Batch(s, ledger.NoStream, e), Batch(s, 0, NewEvent("y"))},
		"name empty":       {Batch("", ledger.NoStream, e)},
		"name unknown":     {Batch("office-1", ledger.NoStream, e)},
		"name short UNP":   {Batch("payer-12", ledger.NoStream, e)},
		"name lower case":  {Batch("payer-ab0000001", ledger.NoStream, e)},
		"name bad uuid":    {Batch("person-1", ledger.NoStream, e)},
		"name braces":      {Batch(ledger.StreamID("person-{"+person+"}"), -1, e)},
		"name urn":         {Batch(ledger.StreamID("person-urn:uuid:"+person), -1, e)},
		"expected -2":      {Batch(s, -2, e)},
		"id not given":     {Batch(s, -1, change(func(e *ledger.NewEvent) { e.ID = uuid.Nil }))},
		"id twice":         {Batch(s, -1, e, e)},
		"id twice, apart":  {Batch(s, -1, e), Batch(NewStream(), -1, e)},
		"type empty":       {Batch(s, -1, change(func(e *ledger.NewEvent) { e.Type = "" }))},
		"type with zero":   {Batch(s, -1, change(func(e *ledger.NewEvent) { e.Type = "a\x00" }))},
		"type not ASCII":   {Batch(s, -1, change(func(e *ledger.NewEvent) { e.Type = "тип" }))},
		"ground not UTF-8": {Batch(s, -1, change(func(e *ledger.NewEvent) { e.Meta.Ground = "\xff" }))},
	}
	for name, batch := range cases {
		_, err := log.Append(context60(t), batch...)
		require.ErrorIs(t, err, ledger.ErrInvalid, name)
	}
	require.Zero(t, head(t, log))
}

// tooLarge gives more than any log takes in one append: 80 MiB in events of 1 MiB.
func tooLarge(t *testing.T, log ledger.Log) {
	payload := make([]byte, 1<<20)
	events := NewEvents(80)
	for i := range events {
		events[i].Payload = payload
	}
	_, err := log.Append(context60(t), Batch(NewStream(), ledger.NoStream, events...))
	require.ErrorIs(t, err, ledger.ErrTooLarge)
	require.Zero(t, head(t, log))
}

func cancelledAppend(t *testing.T, log ledger.Log) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := log.Append(ctx, Batch(NewStream(), ledger.NoStream, NewEvent("x")))
	require.ErrorIs(t, err, context.Canceled)
	if !isUnknown(err) {
		require.Zero(t, head(t, log))
	}
}

func recordedTime(t *testing.T, log ledger.Log) {
	before := time.Now().Add(-time.Minute)
	for i := range 20 {
		result := mustAppend(t, log, Batch(NewStream(), ledger.NoStream, NewEvents(2)...))
		require.Equal(t, time.UTC, result.RecordedAt.Location())
		require.Equal(t, result.RecordedAt.Truncate(time.Microsecond), result.RecordedAt)
		require.Len(t, all(t, log, 0, 7), 2*(i+1))
	}
	last := before
	for _, e := range all(t, log, 0, 0) { // appended by one writer, so that both hold
		require.False(t, e.RecordedAt.Before(last))
		last = e.RecordedAt
	}
	require.True(t, last.Before(time.Now().Add(time.Minute)))
}

// roundTrip stores events of all shapes and compares what comes back, hashes included.
func roundTrip(t *testing.T, log ledger.Log) {
	s := NewStream()
	full := NewEvent("полный текст")
	full.Meta.Causation = uuid.New()
	full.Meta.Source = sha256.Sum256([]byte("file"))
	bare := ledger.NewEvent{ID: uuid.New(), Type: "bare.v1"}
	big := NewEvent("big")
	big.Payload = bytes.Repeat([]byte{0, 1, 2, 0xff}, 100_000)
	events := []ledger.NewEvent{full, bare, big}
	result := mustAppend(t, log, Batch(s, ledger.NoStream, events...))

	var previous ledger.Hash
	got := stream(t, log, s)
	require.Equal(t, got, all(t, log, 0, 0), "both ways of reading give the same")
	for i, e := range got {
		want := ledger.Seal(s, ledger.Revision(i), e.Position,
			result.RecordedAt, previous, events[i])
		previous = want.Head
		require.True(t, bytes.Equal(events[i].Payload, e.Payload))
		want.Payload = e.Payload // nil and empty are the same
		require.Equal(t, want, e)
	}
}
