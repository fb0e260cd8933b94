package commands_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/stazh/stazh/commands/intake/document"
	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/ledger/event"
	"github.com/stazh/stazh/ledger/logtest"
)

// TestACutMergeIsFinished cuts the append of a merge before each of its streams, on a log
// that is not atomic: the same approval again ends as if nothing had been cut.
func TestACutMergeIsFinished(t *testing.T) {
	t.Parallel()
	lost := errors.New("the process was killed")
	var want map[ledger.StreamID][]string
	for cut := range 4 {
		var faulty *logtest.Faulty
		k := newKit(t, func(base ledger.Log) ledger.Log {
			faulty = logtest.NewFaulty(base)
			return logtest.Streamwise{Log: faulty}
		})
		one, other := k.twins()
		k.accept(document.PU3, quarter(one, "3000.00"), quarter(other, "3000.00"))
		decision, err := k.propose(petrova, event.MergeAccounts, one, other)
		require.NoError(t, err)
		if cut < 3 { // the payer, the absorbed account, the survivor
			faulty.FailAppend(cut, lost)
			require.ErrorIs(t, k.decide(ivanova, other, decision), lost, "cut %d", cut)
			require.Empty(t, k.person(one.number).Absorbed, "the survivor is written last")
		}
		require.NoError(t, k.decide(ivanova, one, decision))
		if want == nil {
			want = unsealed(k.digest())
		}
		require.Equal(t, want, unsealed(k.digest()), "cut %d", cut)
		require.Len(t, k.person(one.number).Absorbed, 1)
	}
}

// unsealed leaves out the payloads of persons, whose boxes are of another key in each ledger.
func unsealed(digest map[ledger.StreamID][]string) map[ledger.StreamID][]string {
	for stream, events := range digest {
		if _, ok := stream.Person(); !ok {
			continue
		}
		for i, e := range events {
			events[i] = strings.Join(strings.Fields(e)[:3], " ")
		}
	}
	return digest
}
