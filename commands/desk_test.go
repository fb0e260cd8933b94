package commands_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/stazh/stazh/commands"
	"github.com/stazh/stazh/commands/intake/document"
	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/ledger/event"
)

// closedArchive takes nothing in, and gives nothing, while it is closed.
type closedArchive struct {
	commands.Archive
	closed atomic.Bool
}

var errClosed = errors.New("the archive is closed")

func (a *closedArchive) Put(ctx context.Context, r io.Reader) (ledger.Hash, int64, error) {
	if a.closed.Load() {
		return ledger.Hash{}, 0, errClosed
	}
	return a.Archive.Put(ctx, r)
}

func (a *closedArchive) Open(ctx context.Context, name ledger.Hash) (commands.Content, error) {
	if a.closed.Load() {
		return nil, errClosed
	}
	return a.Archive.Open(ctx, name)
}

// TestDeskIsFreeAfterEachOutcome: however the processing of a filing ends, the payer's next
// file is received, and what was not processed is processed later, on what the ledger says.
func TestDeskIsFreeAfterEachOutcome(t *testing.T) {
	t.Parallel()
	k := newKit(t, nil)
	archive := &closedArchive{Archive: k.bus.Archive}
	k.bus.Archive = archive
	workers := k.staff(3)
	free := func(what string) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		_, err := k.bus.ReceiveFiling(ctx, commands.ReceiveFiling{Actor: clerk, Payer: unp,
			Content: strings.NewReader("what comes after " + what), Channel: "command"})
		require.NoError(t, err, what)
	}
	process := func(id uuid.UUID) error { return k.bus.ProcessFiling(t.Context(), unp, id) }

	require.Error(t, process(uuid.New()))
	free("an unknown filing")

	late := quarter(workers[0], "800.00")
	late.Data.DeclaredMonths = 2 // which is found, and to be archived
	r := k.receive(unp, report(t, pack(document.PU3), late, quarter(workers[1], "900.00")))
	archive.closed.Store(true)
	require.ErrorIs(t, process(r.Filing), errClosed)
	archive.closed.Store(false)
	free("findings that could not be archived")
	require.NoError(t, process(r.Filing), "its bytes are read back from the archive")
	f := k.filing(r)
	require.Equal(t, event.Partial, f.Processed.Outcome)
	require.NoError(t, process(r.Filing), "it is done")
	free("a filing that was processed before")

	small := report(t, pack(document.PU3), quarter(workers[2], "700.00"))
	padded := bytes.Replace(small, []byte("{"), // too large to be read at the desk
		append([]byte("{"), bytes.Repeat([]byte(" "), 70<<10)...), 1)
	require.Equal(t, event.Accepted, k.file(padded).Processed.Outcome)
	free("a large file")

	require.Equal(t, event.Refused, k.file([]byte("nothing that can be read")).Processed.Outcome)
	free("a refused file")
	for i, w := range workers {
		require.Len(t, k.person(w.number).Slots(), min(i, 1), "worker %d", i)
	}
}
