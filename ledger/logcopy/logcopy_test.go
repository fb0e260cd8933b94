package logcopy_test

import (
	"context"
	"errors"
	"log/slog"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"

	"github.com/stazh/stazh/fixtures/pgtest"
	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/ledger/esdblog"
	"github.com/stazh/stazh/ledger/esdblog/standin"
	"github.com/stazh/stazh/ledger/logcopy"
	"github.com/stazh/stazh/ledger/logtest"
	"github.com/stazh/stazh/ledger/memlog"
	"github.com/stazh/stazh/ledger/pglog"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

func postgres(t *testing.T) *pglog.Log {
	t.Helper()
	pool, err := pgxpool.New(t.Context(), pgtest.DB(t))
	require.NoError(t, err)
	t.Cleanup(pool.Close)
	require.NoError(t, pglog.Migrate(t.Context(), pool))
	log, err := pglog.Open(t.Context(), pool, pglog.Options{Clock: time.Now})
	require.NoError(t, err)
	t.Cleanup(log.Close)
	return log
}

func eventStore(t *testing.T, server *standin.Server) *esdblog.Log {
	t.Helper()
	log, err := esdblog.Open(t.Context(), esdblog.Options{URL: server.URL(), Clock: time.Now,
		Logger: slog.New(slog.DiscardHandler), Patience: time.Second})
	require.NoError(t, err)
	t.Cleanup(log.Close)
	return log
}

// fill makes a history of appends to several streams at different times, which is several
// batches of a copy long.
func fill(t *testing.T, log ledger.Log) {
	t.Helper()
	payer, at := ledger.PayerStream("100000001"), ledger.NoStream
	for n := range 280 {
		var batch []ledger.StreamAppend
		for range n % 7 {
			batch = append(batch, logtest.Batch(logtest.NewStream(), ledger.NoStream,
				logtest.NewEvents(1+n%5)...))
		}
		own := logtest.NewEvents(1 + n%9)
		batch = append(batch, logtest.Batch(payer, at, own...))
		at += ledger.Revision(len(own))
		_, err := log.Append(t.Context(), batch...)
		require.NoError(t, err)
	}
}

// all reads a ledger; positions are each log's own.
func all(t *testing.T, log ledger.Log) []ledger.Event {
	t.Helper()
	var list []ledger.Event
	for e, err := range log.ReadAll(t.Context(), 0, 0) {
		require.NoError(t, err)
		e.Position = 0
		list = append(list, e)
	}
	return list
}

func byStream(list []ledger.Event) map[ledger.StreamID][]ledger.Event {
	streams := map[ledger.StreamID][]ledger.Event{}
	for _, e := range list {
		streams[e.Stream] = append(streams[e.Stream], e)
	}
	return streams
}

func silent(logcopy.Stage, ledger.Position, ledger.Position) {}

// A ledger goes to an event store and back, and every event is the same, to the byte.
func TestThereAndBack(t *testing.T) {
	t.Parallel()
	from, there, back := postgres(t), eventStore(t, standin.Start(t)), postgres(t)
	fill(t, from)
	want := all(t, from)
	var told []logcopy.Stage
	head, err := from.Head(t.Context())
	require.NoError(t, err)
	report, err := logcopy.Run(t.Context(), from, there,
		func(s logcopy.Stage, done, of ledger.Position) {
			require.LessOrEqual(t, done, of)
			require.Equal(t, head, of)
			if len(told) == 0 || told[len(told)-1] != s {
				told = append(told, s)
			}
		})
	require.NoError(t, err)
	streams := int64(len(byStream(want)))
	require.Equal(t, logcopy.Report{Events: int64(len(want)), Streams: streams,
		Copied: int64(len(want))}, report)
	require.Equal(t, []logcopy.Stage{logcopy.Copying, logcopy.Verifying}, told)
	require.Equal(t, byStream(want), byStream(all(t, there)))

	_, err = logcopy.Run(t.Context(), there, back, silent)
	require.NoError(t, err)
	require.Equal(t, byStream(want), byStream(all(t, back)))
	report, err = logcopy.Run(t.Context(), from, there, silent)
	require.NoError(t, err)
	require.Zero(t, report.Copied, "all is there")

	stream := ledger.PayerStream("100000001")
	last := byStream(want)[stream]
	_, err = back.Append(t.Context(), logtest.Batch(stream,
		last[len(last)-1].Revision, logtest.NewEvents(1)...))
	require.NoError(t, err, "the copy goes on as a ledger")
}

// Between logs of the same kind the order of all events is the same too.
func TestKeepsTheOrder(t *testing.T) {
	t.Parallel()
	from, to := memlog.New(time.Now), postgres(t)
	fill(t, from)
	_, err := logcopy.Run(t.Context(), from, to, silent)
	require.NoError(t, err)
	require.Equal(t, all(t, from), all(t, to))
}

var errCut = errors.New("cut")

// cut lets so many imports pass and fails then, before or after it was done.
type cut struct {
	ledger.Importer
	left  int
	after bool
}

func (c *cut) Import(ctx context.Context, events []ledger.Event) error {
	if c.left--; c.left >= 0 {
		return c.Importer.Import(ctx, events)
	}
	if c.after {
		if err := c.Importer.Import(ctx, events); err != nil {
			return err
		}
	}
	return errCut
}

// A copy that ends between any two batches goes on where it was.
func TestGoesOnAfterAnInterruption(t *testing.T) {
	t.Parallel()
	from := memlog.New(time.Now)
	fill(t, from)
	want := all(t, from)
	server := standin.Start(t)
	for name, to := range map[string]ledger.Importer{"Postgres": postgres(t),
		"memory": memlog.New(time.Now), "EventStoreDB": eventStore(t, server)} {
		t.Run(name, func(t *testing.T) {
			var copied int64
			for _, after := range []bool{false, true} {
				report, err := logcopy.Run(t.Context(), from, &cut{to, 1, after}, silent)
				require.ErrorIs(t, err, errCut)
				copied += report.Copied
			}
			require.Positive(t, copied)
			report, err := logcopy.Run(t.Context(), from, to, silent)
			require.NoError(t, err)
			require.Equal(t, int64(len(want)), report.Events)
			require.Less(t, report.Copied, report.Events)
			require.Equal(t, byStream(want), byStream(all(t, to)))
		})
	}
}

// A copy into an event store may end at any append to a stream, recorded or not, and goes
// on there.
func TestGoesOnWithinABatch(t *testing.T) {
	t.Parallel()
	from := memlog.New(time.Now)
	fill(t, from)
	want := byStream(all(t, from))
	for _, fault := range []standin.Fault{standin.Drop, standin.Sever} {
		server := standin.Start(t)
		ends := 0
		for step := int64(1); ; step += 350 {
			var appends atomic.Int64
			ctx, cancel := context.WithCancel(t.Context())
			server.OnAppend(func(string) standin.Fault {
				if appends.Add(1) == step {
					cancel()
					return fault
				}
				return standin.None
			})
			_, err := logcopy.Run(ctx, from, eventStore(t, server), silent)
			cancel()
			if err == nil {
				break
			}
			ends++
			require.ErrorIs(t, err, context.Canceled)
		}
		require.Greater(t, ends, 1)
		server.OnAppend(nil)
		log := eventStore(t, server)
		require.Equal(t, want, byStream(all(t, log)))
		report, err := logcopy.Run(t.Context(), from, log, silent)
		require.NoError(t, err)
		require.Zero(t, report.Copied)
	}
}

// What is no beginning of the source is left alone.
func TestRefusesAnotherLedger(t *testing.T) {
	t.Parallel()
	from := memlog.New(time.Now)
	fill(t, from)
	for name, to := range map[string]ledger.Importer{
		"Postgres": postgres(t), "EventStoreDB": eventStore(t, standin.Start(t)),
	} {
		_, err := to.Append(t.Context(), logtest.Batch(logtest.NewStream(), ledger.NoStream,
			logtest.NewEvents(2)...))
		require.NoError(t, err)
		before := all(t, to)
		_, err = logcopy.Run(t.Context(), from, to, silent)
		require.ErrorIs(t, err, logcopy.ErrOther, name)
		require.Equal(t, before, all(t, to), name)
	}
	longer, shorter := memlog.New(time.Now), memlog.New(time.Now)
	_, err := logcopy.Run(t.Context(), from, longer, silent)
	require.NoError(t, err)
	_, err = logcopy.Run(t.Context(), longer, shorter, silent)
	require.NoError(t, err)
	_, err = longer.Append(t.Context(), logtest.Batch(logtest.NewStream(), ledger.NoStream,
		logtest.NewEvents(1)...))
	require.NoError(t, err)
	_, err = logcopy.Run(t.Context(), shorter, longer, silent)
	require.ErrorIs(t, err, logcopy.ErrOther, "the target is ahead")
}

// Who writes to the source meanwhile is told to stop.
func TestTellsOfASourceThatChanges(t *testing.T) {
	t.Parallel()
	from := memlog.New(time.Now)
	fill(t, from)
	_, err := logcopy.Run(t.Context(), from, memlog.New(time.Now),
		func(s logcopy.Stage, done, head ledger.Position) {
			if s == logcopy.Copying && done == head {
				_, err := from.Append(t.Context(), logtest.Batch(logtest.NewStream(),
					ledger.NoStream, logtest.NewEvents(1)...))
				require.NoError(t, err)
			}
		})
	require.ErrorContains(t, err, "has changed during the copy")
}

// An import that does not fit is refused whole.
func TestImportRefuses(t *testing.T) {
	t.Parallel()
	from := memlog.New(time.Now)
	fill(t, from)
	var events []ledger.Event
	for e, err := range from.ReadAll(t.Context(), 0, 40) {
		require.NoError(t, err)
		events = append(events, e)
	}
	for name, to := range map[string]ledger.Importer{"Postgres": postgres(t),
		"memory": memlog.New(time.Now), "EventStoreDB": eventStore(t, standin.Start(t))} {
		require.NoError(t, to.Import(t.Context(), events[:20]), name)
		require.NoError(t, to.Import(t.Context(), events[:20]), "%s: repeated", name)
		before := all(t, to)
		require.Len(t, before, 20)
		forged := append([]ledger.Event(nil), events[20:22]...)
		forged[0].Head[3] ^= 1
		require.ErrorIs(t, to.Import(t.Context(), forged), ledger.ErrCorrupt, name)
		var wrong *ledger.WrongRevisionError
		skipped := []ledger.Event{events[39]}
		require.ErrorAs(t, to.Import(t.Context(), skipped), &wrong, name)
		require.Equal(t, before, all(t, to), name)
		require.NoError(t, to.Import(t.Context(), events[20:]), name)
	}
}
