package commands_test

import (
	"bytes"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/stazh/stazh/commands"
	"github.com/stazh/stazh/commands/intake/control"
	"github.com/stazh/stazh/commands/intake/document"
	"github.com/stazh/stazh/ledger/event"
)

// A file that came too early is taken in anew when it is sent again on a later day, and else is
// the same filing as ever.
func TestAFileThatCameTooEarlyMayComeAgain(t *testing.T) {
	t.Parallel()
	for _, whole := range []bool{false, true} {
		k := newKit(t, nil)
		one, other := workerNo(t, 1), workerNo(t, 2)
		k.accept(document.PU1, registration(one), registration(other))
		k.accept(document.PU2, hire(one, "2018-01-01"), hire(other, "2018-01-01"))
		d, fine := quarter(one, "800.00"), quarter(other, "800.00")
		d.FilledOn = commands.FundDate(*k.now).AddDays(2)
		docs := []document.Document{d}
		if whole {
			docs = append(docs, fine) // is refused with the other
		}
		content := report(t, pack(document.PU3), docs...)
		send := func() commands.Receipt {
			r, err := k.bus.ReceiveFiling(t.Context(), commands.ReceiveFiling{Actor: clerk,
				Payer: unp, Content: bytes.NewReader(content), Channel: "test", AllOrNothing: whole})
			require.NoError(t, err)
			require.NoError(t, k.bus.ProcessFiling(t.Context(), unp, r.Filing))
			return r
		}
		first := send()
		f := k.filing(first)
		require.Equal(t, event.Refused, f.Processed.Outcome)
		require.Contains(t, findingCodes(k.findings(f)), control.CodeNotYet)
		again := send()
		require.True(t, again.Repeated, "of the same day it is the same filing")
		require.Equal(t, first.Number, again.Number)

		k.later(1)
		second := send()
		require.False(t, second.Repeated, "on another day it is judged anew")
		require.Equal(t, event.Refused, k.filing(second).Processed.Outcome, "and still too early")
		k.later(1)
		third := send()
		require.NotEqual(t, first.Number, third.Number)
		require.NotEqual(t, second.Number, third.Number)
		require.Equal(t, event.Accepted, k.filing(third).Processed.Outcome)
		k.later(1)
		require.Equal(t, third.Number, send().Number, "what is taken in is the same for ever")
		require.Equal(t, event.Refused, k.filing(first).Processed.Outcome)
	}
}

// What this process remembers of a filing that another one has refused since is not believed:
// no append would tell that it is behind.
func TestAFileThatCameTooEarlyAndWasRefusedElsewhere(t *testing.T) {
	t.Parallel()
	one := newKit(t, nil)
	w := workerNo(t, 1)
	one.accept(document.PU1, registration(w))
	one.accept(document.PU2, hire(w, "2018-01-01"))
	early := quarter(w, "800.00")
	early.FilledOn = commands.FundDate(*one.now).AddDays(1)
	content := report(t, pack(document.PU3), early)
	first := one.receive(unp, content)
	require.NoError(t, one.other().bus.ProcessFiling(t.Context(), unp, first.Filing))
	require.True(t, one.receive(unp, content).Repeated, "of the same day it is the same filing")

	one.later(1)
	second := one.receive(unp, content)
	require.False(t, second.Repeated)
	require.NotEqual(t, first.Number, second.Number)
	require.NoError(t, one.bus.ProcessFiling(t.Context(), unp, second.Filing))
	require.Equal(t, event.Accepted, one.filing(second).Processed.Outcome)
}

// What else is refused, and what is refused in part, stays what it is.
func TestOtherRefusalsKeepTheirReceipt(t *testing.T) {
	t.Parallel()
	k := newKit(t, nil)
	one, other := workerNo(t, 1), workerNo(t, 2)
	k.accept(document.PU1, registration(one), registration(other))
	k.accept(document.PU2, hire(one, "2018-01-01"), hire(other, "2018-01-01"))
	early, bare := quarter(one, "800.00"), corrected(one, "1.00")
	early.FilledOn = commands.FundDate(*k.now).AddDays(1)
	for _, content := range [][]byte{
		report(t, pack(document.PU3), early, quarter(other, "800.00")),
		report(t, pack(document.PU3), bare)} {
		r := k.receive(unp, content)
		require.NoError(t, k.bus.ProcessFiling(t.Context(), unp, r.Filing))
		require.NotEqual(t, event.Accepted, k.filing(r).Processed.Outcome)
		k.later(3)
		require.Equal(t, r.Number, k.receive(unp, content).Number)
	}
}
