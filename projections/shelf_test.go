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
			s := newShelves(memory)
			defer s.close()
			want := map[ledger.StreamID][]ledger.Event{}
			for i := range 20_000 {
				e := shelved(i, want)
				want[e.Stream] = append(want[e.Stream], e)
				require.NoError(t, s.put(keyOf(e.Stream), &e))
			}
			require.Equal(t, memory < 1<<30, s.file != nil)
			got := map[ledger.StreamID][]ledger.Event{}
			const shares = 3
			for share := range shares {
				scan := ledger.Scan{Share: share, Shares: shares, Verify: true}
				_, err := s.ScanStreams(t.Context(), scan, func(stream []ledger.Event) error {
					name := stream[0].Stream
					require.NotContains(t, got, name, "a stream is whole")
					for _, e := range stream {
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

// shelved makes the next event of a stream; some are larger than a chunk.
func shelved(i int, before map[ledger.StreamID][]ledger.Event) ledger.Event {
	var stream ledger.StreamID
	switch i % 7 {
	case 0:
		stream = ledger.PayerStream(fmt.Sprintf("1%08d", i%900))
	case 1:
		stream = ledger.Law
	default:
		stream = ledger.PersonStream(ledger.DeterministicID(i % 400))
	}
	var head ledger.Hash
	known := before[stream]
	if n := len(known); n > 0 {
		head = known[n-1].Head
	}
	e := ledger.NewEvent{ID: ledger.DeterministicID(i), Type: "payment.received.v1",
		Payload: bytes.Repeat([]byte{byte(i)}, 20+i%50)}
	e.Meta.Actor.Subject = fmt.Sprint("subject", i%5)
	if i%5000 == 0 {
		e.Payload = make([]byte, 3*shelfChunk)
	}
	return ledger.Seal(stream, ledger.Revision(len(known)), ledger.Position(i+1),
		time.UnixMicro(int64(i)*1e6), head, e)
}
