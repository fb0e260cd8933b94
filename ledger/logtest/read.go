package logtest

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/stazh/stazh/ledger"
)

func readStreams(t *testing.T, log ledger.Log) {
	ctx := context60(t)
	names := make([]ledger.StreamID, 5)
	for i := range names {
		names[i] = NewStream()
	}
	for round := range 4 {
		var batch []ledger.StreamAppend
		for _, s := range names {
			batch = append(batch, Batch(s, ledger.Revision(2*round-1), NewEvents(2)...))
		}
		mustAppend(t, log, batch...)
	}
	asked := []ledger.StreamID{names[3], NewStream(), names[0], names[4], ledger.Law, names[1]}
	var got []ledger.StreamID
	count := 0
	verifiers := map[ledger.StreamID]*ledger.Verifier{}
	for e, err := range log.ReadStreams(ctx, asked...) {
		require.NoError(t, err)
		if verifiers[e.Stream] == nil {
			verifiers[e.Stream] = new(ledger.Verifier)
			got = append(got, e.Stream)
		}
		require.Equal(t, got[len(got)-1], e.Stream, "each stream whole")
		require.NoError(t, verifiers[e.Stream].Check(&e))
		count++
	}
	require.Equal(t, 4*8, count)
	require.Equal(t, []ledger.StreamID{names[3], names[0], names[4], names[1]}, got)
	for range log.ReadStreams(ctx) {
		require.Fail(t, "no names, no events")
	}
}

func readAfter(t *testing.T, log ledger.Log) {
	const length = 6
	whole := map[ledger.StreamID][]ledger.Event{}
	var names []ledger.StreamID
	for range 4 {
		s := NewStream()
		for n := 0; n < length; n += 2 {
			mustAppend(t, log, Batch(s, ledger.Revision(n-1), NewEvents(2)...))
		}
		names, whole[s] = append(names, s), stream(t, log, s)
	}
	unknown := NewStream()
	for _, placed := range []bool{false, true} {
		for round := range length + 2 {
			marks := []ledger.Mark{{Stream: unknown, Revision: ledger.NoStream}}
			var want []ledger.Event
			for i, s := range names {
				m := ledger.Mark{Stream: s, Revision: ledger.Revision((round+i)%(length+2)) - 1}
				if placed && m.Revision >= 0 && m.Revision < length {
					m.Position = whole[s][m.Revision].Position
				}
				marks = append(marks, m)
				want = append(want, whole[s][min(m.Revision+1, length):]...)
			}
			got := readMarks(t, log, marks...)
			require.Equal(t, ids(want), ids(got), "marks %v", marks)
			for i := range got {
				require.Equal(t, want[i].Stream, got[i].Stream)
				require.Equal(t, want[i].Revision, got[i].Revision)
				require.Equal(t, want[i].Position, got[i].Position)
				require.Equal(t, want[i].Hash(), got[i].Hash())
			}
		}
	}
	// Whoever is at the end of a stream and asks later gets what has come.
	s := names[1]
	last := whole[s][length-1]
	mark := ledger.Mark{Stream: s, Revision: last.Revision, Position: last.Position}
	require.Empty(t, readMarks(t, log, mark))
	mustAppend(t, log, Batch(s, last.Revision, NewEvents(3)...))
	mustAppend(t, log, Batch(names[0], length-1, NewEvent("other")))
	got := readMarks(t, log, mark)
	require.Equal(t, stream(t, log, s)[length:], got)
	require.Empty(t, readMarks(t, log))
	require.Empty(t, readMarks(t, log, ledger.Mark{Stream: unknown, Revision: 4}))
}

func readMarks(t *testing.T, log ledger.Log, marks ...ledger.Mark) (events []ledger.Event) {
	t.Helper()
	for e, err := range log.ReadAfter(context60(t), marks...) {
		require.NoError(t, err)
		events = append(events, e)
	}
	return events
}

func readAll(t *testing.T, log ledger.Log) {
	var want []ledger.Event
	for range 10 {
		mustAppend(t, log, Batch(NewStream(), ledger.NoStream, NewEvents(3)...))
	}
	want = all(t, log, 0, 0)
	require.Len(t, want, 30)
	for _, page := range []int{1, 7, 30, 31, 1000} {
		require.Equal(t, want, all(t, log, 0, page), "page of %d", page)
	}
	require.Equal(t, want[12:], all(t, log, want[11].Position, 0))
	end := head(t, log)
	for _, after := range []ledger.Position{end, end + 1, 1 << 60} {
		require.Empty(t, slices.Collect(firsts(t, log, after)), "after %d", after)
	}
	n := 0
	for e, err := range log.ReadAll(context60(t), want[2].Position, 4) {
		require.NoError(t, err)
		require.Equal(t, want[3+n], e)
		n++
	}
	require.Equal(t, 4, n)
}

func firsts(t *testing.T, log ledger.Log, after ledger.Position) func(func(ledger.Event) bool) {
	return func(yield func(ledger.Event) bool) {
		for e, err := range log.ReadAll(context60(t), after, 0) {
			require.NoError(t, err)
			if !yield(e) {
				return
			}
		}
	}
}

func earlyBreak(t *testing.T, log ledger.Log) {
	s := NewStream()
	mustAppend(t, log, Batch(s, ledger.NoStream, NewEvents(20)...))
	// More rounds than any pool has connections: a break that leaks one would hang.
	for range 100 {
		seen := 0
		for _, err := range log.ReadAll(context60(t), 0, 0) {
			require.NoError(t, err)
			if seen++; seen == 3 {
				break
			}
		}
		for e, err := range log.ReadStreams(context60(t), s) {
			require.NoError(t, err)
			if e.Revision == 3 {
				break
			}
		}
	}
	require.Len(t, stream(t, log, s), 20)
}

func cancelledRead(t *testing.T, log ledger.Log) {
	s := NewStream()
	mustAppend(t, log, Batch(s, ledger.NoStream, NewEvents(50)...))
	readers := map[string]func(context.Context) func(func(ledger.Event, error) bool){
		"all": func(ctx context.Context) func(func(ledger.Event, error) bool) {
			return log.ReadAll(ctx, 0, 0)
		},
		"streams": func(ctx context.Context) func(func(ledger.Event, error) bool) {
			return log.ReadStreams(ctx, s)
		},
		"after": func(ctx context.Context) func(func(ledger.Event, error) bool) {
			return log.ReadAfter(ctx, ledger.Mark{Stream: s, Revision: 9},
				ledger.Mark{Stream: NewStream(), Revision: ledger.NoStream})
		},
	}
	for name, read := range readers {
		for _, after := range []int{0, 1, 30} {
			ctx, cancel := context.WithCancel(t.Context())
			if after == 0 {
				cancel()
			}
			var last error
			n := 0
			for _, err := range read(ctx) {
				require.NoError(t, last, "nothing comes after an error")
				if last = err; err != nil {
					continue
				}
				if n++; n == after {
					cancel()
				}
			}
			cancel()
			require.ErrorIs(t, last, context.Canceled, "%s cancelled after %d", name, after)
			require.Less(t, n, 50)
		}
	}
}

// longStreams reads streams longer than any page of an implementation.
func longStreams(t *testing.T, log ledger.Log) {
	const length, chunk = 12_000, 3_000
	long, short := NewStream(), NewStream()
	for n := 0; n < length; n += chunk {
		mustAppend(t, log, Batch(long, ledger.Revision(n-1), NewEvents(chunk)...))
		mustAppend(t, log, Batch(short, ledger.Revision(n/chunk-1), NewEvent("between")))
	}
	require.Len(t, stream(t, log, long), length)
	var lengths [2]int
	for e, err := range log.ReadStreams(context60(t), short, long, short) {
		require.NoError(t, err)
		if e.Stream == short {
			lengths[0]++
		} else {
			lengths[1]++
		}
	}
	require.Equal(t, [2]int{2 * length / chunk, length}, lengths)
	rest := readMarks(t, log, ledger.Mark{Stream: short, Revision: 1},
		ledger.Mark{Stream: long, Revision: 100})
	require.Len(t, rest, length/chunk-2+length-101)
	require.Equal(t, ledger.Revision(101), rest[length/chunk-2].Revision)
	require.Len(t, all(t, log, 0, 0), length+length/chunk)
	require.Len(t, all(t, log, 0, 6_000), length+length/chunk)
}

func waitWakes(t *testing.T, log ledger.Log) {
	result := mustAppend(t, log, Batch(NewStream(), ledger.NoStream, NewEvents(2)...))
	p, err := log.Wait(context60(t), 0)
	require.NoError(t, err)
	require.Equal(t, result.Position, p)

	for range 5 {
		after := head(t, log)
		woken := make(chan ledger.Position, 1)
		failed := make(chan error, 1)
		ctx := context60(t)
		go func() {
			p, err := log.Wait(ctx, after)
			failed <- err
			woken <- p
		}()
		select {
		case <-failed:
			require.Fail(t, "woken before there was anything")
		case <-time.After(5 * time.Millisecond):
		}
		result = mustAppend(t, log, Batch(NewStream(), ledger.NoStream, NewEvent("wake")))
		require.NoError(t, <-failed)
		require.Equal(t, result.Position, <-woken)
	}
}

func waitCancelled(t *testing.T, log ledger.Log) {
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	_, err := log.Wait(ctx, 0)
	require.ErrorIs(t, err, context.DeadlineExceeded)
	result := mustAppend(t, log, Batch(NewStream(), ledger.NoStream, NewEvent("x")))
	_, err = log.Wait(ctx, result.Position)
	require.ErrorIs(t, err, context.DeadlineExceeded)
}
