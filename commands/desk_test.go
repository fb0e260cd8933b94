package commands_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"io"
	"iter"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/stazh/stazh/commands"
	"github.com/stazh/stazh/commands/intake/control"
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

// slowLog is a ledger that does not answer whoever asks for many streams until it may.
type slowLog struct {
	ledger.Log
	asked  atomic.Int64
	answer chan struct{}
}

func (l *slowLog) ReadAfter(ctx context.Context, marks ...ledger.Mark,
) iter.Seq2[ledger.Event, error] {
	if len(marks) == 1000 {
		l.asked.Add(1)
		<-l.answer
	}
	return l.Log.ReadAfter(ctx, marks...)
}

// TestDeskIsFreeWhileThereIsNoRoom: a small file whose persons have to wait for those of large
// files does not keep the payer's next file waiting.
func TestDeskIsFreeWhileThereIsNoRoom(t *testing.T) {
	t.Parallel()
	log := &slowLog{answer: make(chan struct{})}
	k := newKit(t, func(l ledger.Log) ledger.Log {
		log.Log = l
		return log
	})
	var told atomic.Int64
	clock := k.bus.Clock
	k.bus.Clock = func() time.Time {
		told.Add(1)
		return clock()
	}
	content := func(first, persons int) []byte {
		var docs []document.Document
		for i := range persons {
			docs = append(docs, registration(workerNo(t, first+i)))
		}
		return report(t, pack(document.PU1), docs...)
	}
	var work sync.WaitGroup
	defer work.Wait()
	for i := range 3 { // which take all the room
		large := content(1000*(i+1), 1000)
		work.Go(func() {
			_, err := k.bus.CheckReport(t.Context(), commands.CheckReport{Actor: clerk, Payer: unp,
				Content: bytes.NewReader(large), SHA256: sha256.Sum256(large)},
				func(control.Finding) error { return nil })
			if err != nil {
				t.Error(err)
			}
		})
	}
	defer close(log.answer)
	require.Eventually(t, func() bool { return log.asked.Load() == 3 }, time.Minute,
		time.Millisecond)
	small := content(0, 120)
	require.Less(t, len(small), 64<<10, "it is read at the desk")
	r := k.receive(unp, small)
	told.Store(0)
	work.Go(func() {
		if err := k.bus.ProcessFiling(t.Context(), unp, r.Filing); err != nil {
			t.Error(err)
		}
	})
	// It asks for the time when it sits at the desk.
	require.Eventually(t, func() bool { return told.Load() > 0 }, time.Minute, time.Millisecond)
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	_, err := k.bus.ReceiveFiling(ctx, commands.ReceiveFiling{Actor: clerk, Payer: unp,
		Content: strings.NewReader("the next one"), Channel: "command"})
	require.NoError(t, err)
}
