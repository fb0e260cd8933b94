package commands_test

import (
	"bytes"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/stazh/stazh/commands"
	"github.com/stazh/stazh/commands/intake/document"
	"github.com/stazh/stazh/ledger/event"
)

// A version is found by the receipt of a document that names the person by one number and has
// changed what the joined account of the other number holds.
func TestARestoreFindsAVersionInAJoinedAccount(t *testing.T) {
	t.Parallel()
	k := newKit(t, nil)
	one, other := k.twins()
	k.accept(document.PU3, quarter(other, "500.00"))
	k.joins(event.MergeAccounts, one, other)
	d := quarter(one, "600.00")
	d.Type = document.Correction
	correction := k.accept(document.PU3, d)
	require.Equal(t, 2, k.person(other.number).Slots()[0].Version)

	var file bytes.Buffer
	require.NoError(t, k.bus.MakeRestore(t.Context(), commands.RestoreVersion{Payer: unp,
		Receipt: correction.Receipt, Version: 1}, &file))
	f := k.file(file.Bytes())
	require.Equal(t, 1, f.Processed.Accepted, "%+v", k.findings(f))
	slot := k.person(other.number).Slots()[0]
	require.Equal(t, 3, slot.Version)
	require.Equal(t, amount("500.00"), slot.Months[0].Earnings)
}
