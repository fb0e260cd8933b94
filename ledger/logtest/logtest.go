// Package logtest proves that an implementation of ledger.Log keeps the contract, and
// offers a Log with faults for the crash tests of what is built on top.
package logtest

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/ledger/period"
)

// patience bounds every wait of the suite: far over what a loaded machine needs, so that
// only a real hang reaches it.
const patience = 60 * time.Second

// Run proves the contract on logs that open makes. Each call of open must give an empty
// log of its own and clean up by t.Cleanup.
func Run(t *testing.T, open func(t *testing.T) ledger.Log) {
	t.Helper()
	cases := []struct {
		name string
		test func(*testing.T, ledger.Log)
	}{
		{"append/positions grow and last", growingPositions},
		{"append/expected revision", expectedRevision},
		{"append/several streams", severalStreams},
		{"append/repetition", repetition},
		{"append/repetition of several streams", repetitionOfSeveral},
		{"append/invalid", invalidBatches},
		{"append/too large", tooLarge},
		{"append/cancelled before", cancelledAppend},
		{"append/recorded time never decreases", recordedTime},
		{"append/bytes come back as given", roundTrip},
		{"read/streams in order", readStreams},
		{"read/after marks", readAfter},
		{"read/all with limit and continuation", readAll},
		{"read/early break", earlyBreak},
		{"read/cancelled", cancelledRead},
		{"read/long streams", longStreams},
		{"wait/wakes on append", waitWakes},
		{"wait/honours the context", waitCancelled},
		{"concurrent/writers and a follower", concurrent},
		{"concurrent/one wins", oneWins},
		{"concurrent/same batch many times", sameBatchManyTimes},
		{"model", model},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			c.test(t, open(t))
		})
	}
}

// NewEvent makes an event with a random id whose metadata and payload hold the label.
func NewEvent(label string) ledger.NewEvent {
	return ledger.NewEvent{
		ID:   uuid.New(),
		Type: "test.happened.v1",
		Meta: ledger.Meta{
			EffectiveFrom: period.MustMonth("2026-01"),
			EffectiveTo:   period.MustMonth("2026-03"),
			Actor:         ledger.Actor{Subject: "logtest", Role: "tester", Office: "101"},
			Ground:        "test " + label,
			Correlation:   uuid.New(),
			RulePack:      "2026.1",
		},
		Payload: []byte("payload of " + label),
	}
}

// NewEvents makes n events.
func NewEvents(n int) []ledger.NewEvent {
	events := make([]ledger.NewEvent, n)
	for i := range events {
		events[i] = NewEvent(fmt.Sprint(i))
	}
	return events
}

// Batch makes what is appended to one stream.
func Batch(
	s ledger.StreamID, expected ledger.Revision, events ...ledger.NewEvent,
) ledger.StreamAppend {
	return ledger.StreamAppend{Stream: s, Expected: expected, Events: events}
}

// NewStream names the stream of a person that nobody has used.
func NewStream() ledger.StreamID { return ledger.PersonStream(uuid.New()) }

func context60(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	t.Cleanup(cancel)
	return ctx
}

// all reads everything after a position, in pages of the given size (0: in one).
func all(t *testing.T, log ledger.Log, after ledger.Position, page int) []ledger.Event {
	t.Helper()
	var events []ledger.Event
	gives := log.Guarantees()
	for {
		n := 0
		for e, err := range log.ReadAll(context60(t), after, page) {
			require.NoError(t, err)
			require.NoError(t, gives.Follows(after, e.Position))
			after, n = e.Position, n+1
			events = append(events, e)
		}
		if page == 0 || n == 0 {
			return events
		}
		require.LessOrEqual(t, n, page)
	}
}

// stream reads one stream and verifies its chain.
func stream(t *testing.T, log ledger.Log, s ledger.StreamID) []ledger.Event {
	t.Helper()
	var (
		events   []ledger.Event
		verifier ledger.Verifier
	)
	for e, err := range log.ReadStreams(context60(t), s) {
		require.NoError(t, err)
		require.Equal(t, s, e.Stream)
		require.NoError(t, verifier.Check(&e))
		events = append(events, e)
	}
	return events
}

func ids(events []ledger.Event) []uuid.UUID {
	list := make([]uuid.UUID, len(events))
	for i := range events {
		list[i] = events[i].ID
	}
	return list
}

func newIDs(events []ledger.NewEvent) []uuid.UUID {
	list := make([]uuid.UUID, len(events))
	for i := range events {
		list[i] = events[i].ID
	}
	return list
}

func head(t *testing.T, log ledger.Log) ledger.Position {
	t.Helper()
	p, err := log.Head(context60(t))
	require.NoError(t, err)
	return p
}

func mustAppend(t *testing.T, log ledger.Log, batch ...ledger.StreamAppend) ledger.Result {
	t.Helper()
	result, err := log.Append(context60(t), batch...)
	require.NoError(t, err)
	return result
}

// wrongRevision requires the error of a stream that is somewhere else.
func wrongRevision(t *testing.T, err error, s ledger.StreamID, expected, actual ledger.Revision) {
	t.Helper()
	var wrong *ledger.WrongRevisionError
	require.ErrorAs(t, err, &wrong)
	require.Equal(t, ledger.WrongRevisionError{
		Stream: s, Expected: expected, Actual: actual,
	}, *wrong)
}
