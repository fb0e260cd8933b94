package service

import (
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/ledger/event"
	"github.com/stazh/stazh/ledger/memlog"
	"github.com/stazh/stazh/ledger/period"
)

// TestPositionAt: the cut of a moment is the last event recorded up to it, also where
// many events share a moment.
func TestPositionAt(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		start := time.Date(2026, 5, 4, 9, 0, 0, 0, time.UTC)
		now := start
		log := memlog.New(func() time.Time { return now })
		revision := ledger.NoStream
		for range rapid.IntRange(0, 12).Draw(t, "appends") {
			now = now.Add(time.Duration(rapid.IntRange(0, 3).Draw(t, "pause")) * time.Second)
			events := make([]ledger.NewEvent, rapid.IntRange(1, 4).Draw(t, "events"))
			for i := range events {
				events[i] = event.New(uuid.New(), ledger.Meta{},
					&event.PayerDeregistered{On: period.MustDate("2026-01-01")})
			}
			_, err := log.Append(t.Context(), ledger.StreamAppend{
				Stream: ledger.PayerStream("190000018"), Expected: revision, Events: events})
			require.NoError(t, err)
			revision += ledger.Revision(len(events))
		}
		s := &Service{log: log}
		head, err := log.Head(t.Context())
		require.NoError(t, err)
		at := start.Add(time.Duration(rapid.IntRange(-1, 40).Draw(t, "at")) * time.Second)
		var want ledger.Position
		for e, err := range log.ReadAll(t.Context(), 0, 0) {
			require.NoError(t, err)
			if !e.RecordedAt.After(at) {
				want = e.Position
			}
		}
		got, err := s.positionAt(t.Context(), at, head)
		require.NoError(t, err)
		require.Equal(t, want, got)
	})
}
