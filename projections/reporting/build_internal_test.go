package reporting

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/ledger/event"
	"github.com/stazh/stazh/ledger/period"
	"github.com/stazh/stazh/projections"
)

// TestBuildKeepsTheLastChange: a build takes payers one after another; a total that two of
// them add to was last changed by the later event, whichever payer comes first.
func TestBuildKeepsTheLastChange(t *testing.T) {
	t.Parallel()
	assessed := func(unp string, at ledger.Position) []projections.Event {
		e := &ledger.Event{Stream: ledger.PayerStream(unp), Position: at}
		return []projections.Event{{Event: e, Payload: &event.LiabilityAssessed{
			Month: period.MustMonth("2018-02"), Withheld: 100}}}
	}
	for _, order := range [][][]projections.Event{
		{assessed("100000001", 9), assessed("200000002", 4)},
		{assessed("200000002", 4), assessed("100000001", 9)},
	} {
		s := newState()
		for _, events := range order {
			unp, _ := events[0].Stream.Payer()
			require.NoError(t, s.apply(&events[0], unp))
		}
		require.Len(t, s.sums, 1)
		for _, x := range s.sums {
			require.Equal(t, ledger.Position(9), x.position)
			require.EqualValues(t, 200, x.Assessed)
		}
	}
}
