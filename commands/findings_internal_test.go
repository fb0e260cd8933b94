package commands

import (
	"context"
	"crypto/sha256"
	"errors"
	"io"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/stazh/stazh/commands/intake/control"
	"github.com/stazh/stazh/ledger"
)

// countingArchive counts what is put into it, and fails on demand.
type countingArchive struct {
	Archive
	puts int
	err  error
}

func (a *countingArchive) Put(_ context.Context, r io.Reader) (ledger.Hash, int64, error) {
	a.puts++
	content, err := io.ReadAll(r)
	return sha256.Sum256(content), int64(len(content)), errors.Join(err, a.err)
}

// The same findings are archived once, others for themselves, and what failed again.
func TestFindingsAreArchivedOnce(t *testing.T) {
	t.Parallel()
	archive := &countingArchive{err: errors.New("no archive")}
	bus := &Bus{Archive: archive}
	late := []control.Finding{{Code: "SPF-701"}}
	_, err := bus.archiveFindings(t.Context(), late)
	require.ErrorIs(t, err, archive.err)
	archive.err = nil
	first, err := bus.archiveFindings(t.Context(), late)
	require.NoError(t, err)
	require.Equal(t, 2, archive.puts)
	again, err := bus.archiveFindings(t.Context(), late)
	require.NoError(t, err)
	require.Equal(t, first, again)
	require.Equal(t, 2, archive.puts)
	other, err := bus.archiveFindings(t.Context(), []control.Finding{{Code: "SPF-702"}})
	require.NoError(t, err)
	require.NotEqual(t, first, other)
	require.Equal(t, 3, archive.puts)
	both, err := bus.archiveFindings(t.Context(), append(late, control.Finding{Code: "SPF-702"}))
	require.NoError(t, err)
	require.NotContains(t, []ledger.Hash{first, other}, both)
	require.Equal(t, 4, archive.puts)
	none, err := bus.archiveFindings(t.Context(), nil)
	require.NoError(t, err)
	require.True(t, none.IsZero())
	require.Equal(t, 4, archive.puts)
	for i := range 2 * findingsKept {
		bus.memory.findings.Put(control.Finding{Document: i}, ledger.Hash{}, findingsKept)
	}
	_, err = bus.archiveFindings(t.Context(), late)
	require.NoError(t, err)
	require.Equal(t, 5, archive.puts, "the memory is bounded")
}
