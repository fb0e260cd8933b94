package projections

import (
	"bytes"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/stazh/stazh/ledger"
)

// Whether memory holds all events or nearly none, each stream comes back whole, in
// order and as it was put, and no other way of cutting shows.
func TestShelvesGiveEachStreamWhole(t *testing.T) {
	t.Parallel()
	for _, memory := range []int{0, 300_000, 1 << 30} {
		t.Run(fmt.Sprint(memory), func(t *testing.T) {
			t.Parallel()
			s := newShelves(memory, true)
			defer s.close()
			want := map[ledger.StreamID][]ledger.Event{}
			for i := range 20_000 {
				e := shelved(i)
				want[e.Stream] = append(want[e.Stream], e)
				require.NoError(t, s.put(keyOf(e.Stream), &e))
			}
			require.Equal(t, memory < 1<<30, s.file != nil)
			got := map[ledger.StreamID][]ledger.Event{}
			const shares = 3
			for share := range shares {
				scan := ledger.Scan{Share: share, Shares: shares}
				_, err := s.ScanStreams(t.Context(), scan, func(stream []ledger.Event) error {
					name := stream[0].Stream
					require.NotContains(t, got, name, "a stream is whole")
					for _, e := range stream {
						e.Payload = bytes.Clone(e.Payload)
						got[name] = append(got[name], e)
					}
					return nil
				})
				require.NoError(t, err)
			}
			require.Equal(t, want, got)
		})
	}
}

// shelved makes an event; some are larger than a chunk.
func shelved(i int) ledger.Event {
	e := ledger.Event{Position: ledger.Position(i + 1), Revision: ledger.Revision(i),
		RecordedAt: time.UnixMicro(int64(i) * 1e6).UTC(),
		Hash:       ledger.HashRecord([]byte{byte(i)})}
	e.Type, e.Meta.Actor.Subject = "payment.received.v1", fmt.Sprint("subject", i%5)
	e.Payload = bytes.Repeat([]byte{byte(i)}, 20+i%50)
	switch i % 7 {
	case 0:
		e.Stream = ledger.PayerStream(fmt.Sprintf("1%08d", i%900))
	case 1:
		e.Stream = ledger.Law
	default:
		e.Stream = ledger.PersonStream(ledger.DeterministicID(i % 400))
	}
	if i%5000 == 0 {
		e.Payload = make([]byte, 3*shelfChunk)
	}
	return e
}
