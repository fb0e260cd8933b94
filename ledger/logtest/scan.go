package logtest

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/stazh/stazh/ledger"
)

// RunScanner proves what logs promise that are scanners too, beside Run.
func RunScanner(t *testing.T, open func(t *testing.T) ledger.Scanner) {
	t.Helper()
	cases := []struct {
		name string
		test func(*testing.T, ledger.Scanner)
	}{
		{"scan/same events as by position", scanAll},
		{"scan/shares while others append", scanShares},
		{"scan/long streams", scanLongStreams},
		{"scan/errors end it", scanErrors},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			c.test(t, open(t))
		})
	}
}

// byStream groups events as a scan hands them out.
func byStream(events []ledger.Event, scan ledger.Scan) map[ledger.StreamID][]ledger.Event {
	streams := map[ledger.StreamID][]ledger.Event{}
	for _, e := range events {
		if e.Position > scan.UpTo {
			break
		}
		if !scan.Verify {
			e.Head = ledger.Hash{}
		}
		streams[e.Stream] = append(streams[e.Stream], e)
	}
	return streams
}

// scanned collects what a scan of one share hands out, as copies.
func scanned(
	ctx context.Context, log ledger.Scanner, scan ledger.Scan,
) (map[ledger.StreamID][]ledger.Event, error) {
	streams := map[ledger.StreamID][]ledger.Event{}
	var sum int64
	n, err := log.ScanStreams(ctx, scan, func(run []ledger.Event) error {
		s := run[0].Stream
		if len(streams[s]) != int(run[0].Revision) {
			return fmt.Errorf("revision %d of a stream of which %d events have come",
				run[0].Revision, len(streams[s]))
		}
		for _, e := range run {
			kept, err := ledger.Open(e.Stream, e.Revision, e.Position, e.Record(), e.Head)
			if err != nil {
				return err
			}
			if !scan.Verify {
				kept.Head = ledger.Hash{} // some logs keep some
			}
			streams[s] = append(streams[s], kept)
		}
		sum += int64(len(run))
		return nil
	})
	if err == nil && n != sum {
		err = fmt.Errorf("%d events are reported and %d were given", n, sum)
	}
	return streams, err
}

// mustScan is scanned in the test's own goroutine.
func mustScan(
	t *testing.T, log ledger.Scanner, scan ledger.Scan,
) map[ledger.StreamID][]ledger.Event {
	t.Helper()
	streams, err := scanned(context60(t), log, scan)
	require.NoError(t, err)
	return streams
}

// fillStreams appends to n streams, to each of them several times and unevenly often.
func fillStreams(t *testing.T, log ledger.Log, n int) {
	t.Helper()
	names := make([]ledger.StreamID, n)
	at := make([]ledger.Revision, n)
	for i := range names {
		names[i], at[i] = NewStream(), ledger.NoStream
	}
	for round := range 6 {
		var batch []ledger.StreamAppend
		for i := range names {
			if (i+round)%3 == 0 {
				continue
			}
			events := NewEvents(1 + i%3)
			batch = append(batch, Batch(names[i], at[i], events...))
			at[i] += ledger.Revision(len(events))
		}
		mustAppend(t, log, batch...)
	}
}

func scanAll(t *testing.T, log ledger.Scanner) {
	require.Empty(t, mustScan(t, log, ledger.Scan{}))
	fillStreams(t, log, 300)
	events := all(t, log, 0, 0)
	last := events[len(events)-1].Position
	for _, upTo := range []ledger.Position{1, 2, 777, last - 1, last} {
		for _, verify := range []bool{false, true} {
			scan := ledger.Scan{UpTo: upTo, Verify: verify}
			require.Equal(t, byStream(events, scan), mustScan(t, log, scan))
		}
	}
}

// scanShares reads shares at the same time, while streams grow and others come.
func scanShares(t *testing.T, log ledger.Scanner) {
	const shares = 3
	ctx := context60(t)
	fillStreams(t, log, 3_000)
	events := all(t, log, 0, 0)
	scan := ledger.Scan{UpTo: events[len(events)-1].Position, Shares: shares, Verify: true}
	want := byStream(events, scan)
	parts := make([]map[ledger.StreamID][]ledger.Event, shares)
	errs := make([]error, shares)
	var group sync.WaitGroup
	for i := range shares {
		group.Go(func() {
			part := scan
			part.Share = i
			parts[i], errs[i] = scanned(ctx, log, part)
		})
	}
	for i := range 20 {
		s := events[i*7].Stream
		known := ledger.Revision(len(stream(t, log, s)) - 1)
		mustAppend(t, log, Batch(s, known, NewEvents(2)...),
			Batch(NewStream(), ledger.NoStream, NewEvents(3)...))
	}
	group.Wait()
	require.NoError(t, errors.Join(errs...))
	got := map[ledger.StreamID][]ledger.Event{}
	for _, part := range parts {
		require.NotEmpty(t, part)
		for s := range part {
			require.NotContains(t, got, s, "a stream belongs to one share")
		}
		maps.Copy(got, part)
	}
	require.Equal(t, want, got)
}

func scanLongStreams(t *testing.T, log ledger.Scanner) {
	const length, chunk = 12_000, 3_000
	names := []ledger.StreamID{NewStream(), NewStream(), NewStream()}
	for n := 0; n < length; n += chunk {
		mustAppend(t, log, Batch(names[0], ledger.Revision(n/chunk-1), NewEvent("before")),
			Batch(names[1], ledger.Revision(n-1), NewEvents(chunk)...),
			Batch(names[2], ledger.Revision(n/chunk-1), NewEvent("behind")))
	}
	scan := ledger.Scan{UpTo: head(t, log), Verify: true}
	require.Equal(t, byStream(all(t, log, 0, 0), scan), mustScan(t, log, scan))
}

func scanErrors(t *testing.T, log ledger.Scanner) {
	fillStreams(t, log, 30)
	scan := ledger.Scan{UpTo: head(t, log)}
	refused := errors.New("refused")
	calls := 0
	_, err := log.ScanStreams(context60(t), scan, func([]ledger.Event) error {
		if calls++; calls == 3 {
			return refused
		}
		return nil
	})
	require.ErrorIs(t, err, refused)
	require.Equal(t, 3, calls)

	ctx, cancel := context.WithCancel(t.Context())
	calls = 0
	_, err = log.ScanStreams(ctx, scan, func([]ledger.Event) error {
		calls++
		cancel()
		return nil
	})
	require.ErrorIs(t, err, context.Canceled)
	require.Less(t, calls, 30)
}
