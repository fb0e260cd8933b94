package esdblog_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/ledger/esdblog"
	"github.com/stazh/stazh/ledger/esdblog/standin"
	"github.com/stazh/stazh/ledger/logtest"
)

// once gives a fault to the first append and none to the others.
func once(f standin.Fault) func(string) standin.Fault {
	var given atomic.Bool
	return func(string) standin.Fault {
		if given.Swap(true) {
			return standin.None
		}
		return f
	}
}

func count(t *testing.T, log ledger.Log) int {
	t.Helper()
	n := 0
	for _, err := range log.ReadAll(t.Context(), 0, 0) {
		require.NoError(t, err)
		n++
	}
	return n
}

// Whatever happens to one append, it is recorded once, and its caller need not know.
func TestFaultsOfOneAppendAreMended(t *testing.T) {
	t.Parallel()
	for name, fault := range map[string]standin.Fault{"dropped before": standin.Drop,
		"answer lost": standin.Lose, "not the leader": standin.NotLeader,
		"server killed after it": standin.Sever, "stalled": standin.Stall} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := standin.Start(t)
			log := open(t, server.URL(), func(o *esdblog.Options) { o.CallTime = time.Second })
			s := logtest.NewStream()
			for i := range 3 {
				server.OnAppend(once(fault))
				events := logtest.NewEvents(2)
				result, err := log.Append(t.Context(),
					logtest.Batch(s, ledger.Revision(2*i-1), events...))
				require.NoError(t, err)
				require.False(t, result.Repeated)
				again, err := log.Append(t.Context(),
					logtest.Batch(s, ledger.Revision(2*i-1), events...))
				require.NoError(t, err)
				require.True(t, again.Repeated)
				require.Equal(t, result.Position, again.Position)
				require.Equal(t, result.RecordedAt, again.RecordedAt)
			}
			require.Equal(t, 6, count(t, log))
		})
	}
}

// The server refuses for good: the error comes soon, says what to look at, and nothing is
// recorded.
func TestRefusalsAreTold(t *testing.T) {
	t.Parallel()
	server := standin.Start(t)
	log := open(t, server.URL(), nil)
	server.OnAppend(func(string) standin.Fault { return standin.Deny })
	_, err := log.Append(t.Context(), logtest.Batch(ledger.Law, -1, logtest.NewEvents(50)...))
	require.ErrorContains(t, err, "the user of its address may")
	require.NotErrorIs(t, err, ledger.ErrUnknownOutcome)
	server.OnAppend(nil)
	server.LimitAppends(10_000)
	_, err = log.Append(t.Context(), logtest.Batch(ledger.Law, -1, logtest.NewEvents(500)...))
	require.ErrorContains(t, err, "MaxAppendSize")
	require.Zero(t, count(t, log))
}

// Appends larger than the server takes are sent in parts; an end between two parts is made
// good by the same call.
func TestLargeAppendsAreCut(t *testing.T) {
	t.Parallel()
	server := standin.Start(t)
	server.LimitAppends(64 << 10)
	small := func(o *esdblog.Options) { o.AppendBytes, o.Patience = 60<<10, time.Second }
	log := open(t, server.URL(), small)
	batch := logtest.Batch(ledger.Law, -1, logtest.NewEvents(1000)...)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var parts atomic.Int32
	server.OnAppend(func(string) standin.Fault {
		if parts.Add(1) > 2 {
			cancel()
			return standin.Stall
		}
		return standin.None
	})
	_, err := log.Append(ctx, batch)
	require.ErrorIs(t, err, ledger.ErrUnknownOutcome)
	require.ErrorIs(t, err, context.Canceled)
	server.OnAppend(nil)

	other := open(t, server.URL(), small) // knows nothing of the first
	n := count(t, other)
	require.Positive(t, n)
	require.Less(t, n, 1000)
	result, err := other.Append(t.Context(), batch)
	require.NoError(t, err)
	require.False(t, result.Repeated)
	require.Equal(t, 1000, count(t, other))
	var chain ledger.Verifier
	for e, err := range other.ReadStreams(t.Context(), ledger.Law) {
		require.NoError(t, err)
		require.NoError(t, chain.Check(&e))
		require.Equal(t, result.RecordedAt, e.RecordedAt)
	}
}

// A call waits for a server that is away no longer than its context, or the patience.
func TestCallersHonourTheirContext(t *testing.T) {
	t.Parallel()
	server := standin.Start(t)
	log := open(t, server.URL(), func(o *esdblog.Options) { o.Patience = 400 * time.Millisecond })
	server.Down()
	const callers = 100 // more than may be in flight
	var calls sync.WaitGroup
	for i := range callers {
		calls.Go(func() {
			ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
			if i%2 == 0 {
				ctx = t.Context()
			}
			defer cancel()
			began := time.Now()
			_, err := log.Append(ctx,
				logtest.Batch(logtest.NewStream(), -1, logtest.NewEvent("x")))
			if !errors.Is(err, ledger.ErrUnavailable) && !errors.Is(err, ledger.ErrUnknownOutcome) &&
				!errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("append to a server that is away: %v", err)
			}
			if took := time.Since(began); took > 20*time.Second {
				t.Errorf("returned after %s", took)
			}
		})
	}
	calls.Wait()
	for _, err := range log.ReadStreams(t.Context(), ledger.Law) {
		require.ErrorIs(t, err, ledger.ErrUnavailable)
	}
	server.Up()
	require.Eventually(t, func() bool {
		_, err := log.Append(t.Context(),
			logtest.Batch(logtest.NewStream(), -1, logtest.NewEvent("x")))
		return err == nil
	}, 20*time.Second, 10*time.Millisecond)
}

// The end of the ledger is followed across restarts, also what others append meanwhile.
func TestFollowingGoesOnAfterARestart(t *testing.T) {
	t.Parallel()
	server := standin.Start(t)
	server.MakeNoise(2)
	writer, reader := open(t, server.URL(), nil), open(t, server.URL(), nil)
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	var after ledger.Position
	for i := range 4 {
		result, err := writer.Append(ctx,
			logtest.Batch(ledger.Law, ledger.Revision(i-1), logtest.NewEvent("x")))
		require.NoError(t, err)
		after, err = reader.Wait(ctx, after)
		require.NoError(t, err)
		require.Equal(t, result.Position, after)
		server.Down()
		server.Up()
	}
	require.Equal(t, 4, count(t, reader))
}

// A read that is broken off goes on where it was, and never ends early.
func TestReadsGoOnAfterARestart(t *testing.T) {
	t.Parallel()
	server := standin.Start(t)
	log := open(t, server.URL(), nil)
	const events = 20_000
	for i := 0; i < events; i += 2000 {
		_, err := log.Append(t.Context(),
			logtest.Batch(ledger.Law, ledger.Revision(i-1), logtest.NewEvents(2000)...))
		require.NoError(t, err)
	}
	var chain ledger.Verifier
	n := 0
	for e, err := range log.ReadStreams(t.Context(), ledger.Law) {
		require.NoError(t, err)
		require.NoError(t, chain.Check(&e))
		if n++; n%5000 == 10 {
			server.Down()
			server.Up()
		}
	}
	require.Equal(t, events, n)
	n = 0
	var last ledger.Position
	for e, err := range log.ReadAll(t.Context(), 0, 0) {
		require.NoError(t, err)
		require.Greater(t, e.Position, last)
		last = e.Position
		if n++; n%5000 == 10 {
			server.Down()
			server.Up()
		}
	}
	require.Equal(t, events, n)
}

// What is open is closed: a log leaves nothing behind.
func TestCloseLeavesNothingRunning(t *testing.T) {
	server := standin.Start(t)
	known := goleak.IgnoreCurrent()
	log := open(t, server.URL(), nil)
	_, err := log.Append(t.Context(),
		logtest.Batch(ledger.Law, -1, logtest.NewEvents(300)...))
	require.NoError(t, err)
	for _, err := range log.ReadAll(t.Context(), 0, 0) {
		require.NoError(t, err)
		break
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for _, err := range log.ReadStreams(ctx, ledger.Law, logtest.NewStream()) {
		require.ErrorIs(t, err, context.Canceled)
	}
	log.Close()
	// The server's side of the connection ends a moment later.
	goleak.VerifyNone(t, known)
}

// A server that was never there is told at once, with what to look at.
func TestOpenWithoutAServer(t *testing.T) {
	t.Parallel()
	server := standin.Start(t)
	server.Down()
	_, err := esdblog.Open(t.Context(), esdblog.Options{URL: server.URL(), Clock: time.Now,
		Logger: quiet, Patience: 100 * time.Millisecond, CallTime: 200 * time.Millisecond})
	require.ErrorIs(t, err, ledger.ErrUnavailable)
	_, err = esdblog.Open(t.Context(), esdblog.Options{URL: "http://somewhere", Clock: time.Now,
		Logger: quiet})
	require.ErrorContains(t, err, "esdb://")
}

// The time of an event is found by its position, which must be one.
func TestTimeOfAPosition(t *testing.T) {
	t.Parallel()
	server := standin.Start(t)
	server.MakeNoise(1)
	log := open(t, server.URL(), nil)
	for i := range 3 {
		result, err := log.Append(t.Context(),
			logtest.Batch(ledger.Law, ledger.Revision(i-1), logtest.NewEvent("x")))
		require.NoError(t, err)
		at, err := log.RecordedAt(t.Context(), result.Position)
		require.NoError(t, err)
		require.Equal(t, result.RecordedAt, at)
		_, err = log.RecordedAt(t.Context(), result.Position+1)
		require.ErrorIs(t, err, ledger.ErrInvalid)
	}
}

// Nothing that this package does asks the server to delete.
func TestNothingIsDeleted(t *testing.T) {
	t.Parallel()
	server := standin.Start(t)
	log := open(t, server.URL(), nil)
	for i := range 10 {
		_, err := log.Append(t.Context(), logtest.Batch(ledger.StreamID(
			fmt.Sprintf("payer-%09d", i)), -1, logtest.NewEvent("x")))
		require.NoError(t, err)
	}
	require.Equal(t, 10, count(t, log))
	require.Zero(t, server.Calls("delete"))
}
