package commands_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/stazh/stazh/commands"
	"github.com/stazh/stazh/commands/intake/document"
	"github.com/stazh/stazh/ledger/event"
)

// TestAPreviewSeesTheWholePerson: what a filing under the old number does is told of the
// survivor with all accounts, and the token of the preview holds.
func TestAPreviewSeesTheWholePerson(t *testing.T) {
	t.Parallel()
	k := newKit(t, nil)
	one, other := k.twins()
	k.accept(document.PU3, quarter(one, "3000.00"))
	k.joins(event.MergeAccounts, one, other)
	content := report(t, pack(document.PU3), quarter(other, "2000.00"))
	shown := k.preview(content)
	require.Equal(t, 1, shown.Report.Accepted, "%+v", shown.Report)
	require.Len(t, shown.Effect.Persons, 1)
	require.Equal(t, k.bus.Keys.PersonID(one.number), shown.Effect.Persons[0].Person)
	require.Len(t, shown.Insured, 1)

	receipt, err := k.send(content, shown.Token)
	require.NoError(t, err)
	require.NoError(t, k.bus.ProcessFiling(t.Context(), unp, receipt.Filing))
	require.Equal(t, 1, k.filing(receipt).Processed.Accepted)

	content = report(t, pack(document.PU3), corrected(other, "2100.00"))
	shown = k.preview(content)
	k.accept(document.PU3, corrected(one, "3100.00"))
	_, err = k.send(content, shown.Token)
	var stale *commands.StalePreviewError
	require.ErrorAs(t, err, &stale, "a change under the other number makes it stale")
}
