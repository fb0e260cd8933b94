package logtest

import (
	"slices"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/stazh/stazh/ledger"
)

// model runs random sequences of operations on the log and on the simplest thing that
// could be a ledger, and compares each answer.
func model(t *testing.T, log ledger.Log) {
	rapid.Check(t, func(t *rapid.T) {
		m := newMachine(t, log)
		t.Repeat(map[string]func(*rapid.T){
			"append":  m.append,
			"repeat":  m.repeat,
			"streams": m.readStreams,
			"after":   m.readAfter,
			"all":     m.readAll,
			"":        m.check,
		})
	})
}

type place struct {
	stream ledger.StreamID
	id     uuid.UUID
}

// machine is the model: the order of all events since it started, and the streams. Where the
// log is not atomic or dense, order and positions are those that it gives.
type machine struct {
	log       ledger.Log
	gives     ledger.Guarantees
	base      ledger.Position
	names     []ledger.StreamID
	order     []place
	positions []ledger.Position         // of the events in order
	streams   map[ledger.StreamID][]int // places in order
	done      [][]ledger.StreamAppend
}

// position gives that of the nth event, or where the model began.
func (m *machine) position(n int) ledger.Position {
	if n == 0 {
		return m.base
	}
	return m.positions[n-1]
}

func newMachine(t *rapid.T, log ledger.Log) *machine {
	base, err := log.Head(t.Context())
	require.NoError(t, err)
	m := &machine{log: log, gives: log.Guarantees(), base: base,
		streams: map[ledger.StreamID][]int{}}
	for range 4 {
		m.names = append(m.names, NewStream())
	}
	return m
}

func (m *machine) append(t *rapid.T) {
	names := rapid.Permutation(m.names).Draw(t, "names")
	names = names[:rapid.IntRange(1, 3).Draw(t, "streams")]
	batch := make([]ledger.StreamAppend, len(names))
	for i, s := range names {
		expected := ledger.Revision(len(m.streams[s])) - 1
		if rapid.IntRange(0, 5).Draw(t, "wrong") == 0 {
			expected = ledger.Revision(rapid.IntRange(-1, 6).Draw(t, "expected"))
		}
		batch[i] = Batch(s, expected, NewEvents(rapid.IntRange(1, 3).Draw(t, "events"))...)
	}
	m.try(t, batch)
}

// repeat makes an earlier call again, sometimes with one of its streams left out or its
// last event changed.
func (m *machine) repeat(t *rapid.T) {
	if len(m.done) == 0 {
		return
	}
	batch := slices.Clone(rapid.SampledFrom(m.done).Draw(t, "done"))
	switch rapid.IntRange(0, 4).Draw(t, "change") {
	case 0:
		if len(batch) > 1 {
			batch = batch[1:]
		}
	case 1:
		last := &batch[len(batch)-1]
		last.Events = append(slices.Clone(last.Events[:len(last.Events)-1]), NewEvent("other"))
	}
	m.try(t, batch)
}

func (m *machine) try(t *rapid.T, batch []ledger.StreamAppend) {
	result, err := m.log.Append(t.Context(), batch...)
	fresh, wrong := m.expect(batch)
	if wrong != nil {
		var got *ledger.WrongRevisionError
		require.ErrorAs(t, err, &got)
		require.Equal(t, wrong, got)
		return
	}
	require.NoError(t, err)
	require.Equal(t, len(fresh) == 0, result.Repeated)
	if len(fresh) > 0 {
		m.record(t, fresh)
		m.done = append(m.done, batch)
	}
	last, ok := m.repeated(batch)
	require.True(t, ok)
	require.Equal(t, m.position(last+1), result.Position)
}

// expect gives the streams of a batch that an append must add to, none for a repetition, or
// the error that it must give.
func (m *machine) expect(batch []ledger.StreamAppend,
) (fresh []ledger.StreamAppend, wrong *ledger.WrongRevisionError) {
	if m.gives.Atomic {
		wrong = m.mismatch(batch)
		if wrong == nil {
			return batch, nil
		}
		if _, ok := m.repeated(batch); ok {
			return nil, nil
		}
		return nil, wrong
	}
	for i := range batch {
		one := batch[i : i+1]
		wrong := m.mismatch(one)
		if wrong == nil {
			fresh = append(fresh, one...)
		} else if _, ok := m.repeated(one); !ok {
			return nil, wrong
		}
	}
	return fresh, nil
}

func (m *machine) mismatch(batch []ledger.StreamAppend) *ledger.WrongRevisionError {
	for _, a := range batch {
		if actual := ledger.Revision(len(m.streams[a.Stream])) - 1; actual != a.Expected {
			return &ledger.WrongRevisionError{
				Stream: a.Stream, Expected: a.Expected, Actual: actual,
			}
		}
	}
	return nil
}

func (m *machine) repeated(batch []ledger.StreamAppend) (last int, ok bool) {
	for _, a := range batch {
		places := m.streams[a.Stream]
		for i := range a.Events {
			revision := int(a.Expected) + 1 + i
			if revision >= len(places) || m.order[places[revision]].id != a.Events[i].ID {
				return 0, false
			}
			last = max(last, places[revision])
		}
	}
	return last, true
}

// record takes over what an append has added, as the log has it.
func (m *machine) record(t *rapid.T, batch []ledger.StreamAppend) {
	var want, got []place
	for _, a := range batch {
		for i := range a.Events {
			want = append(want, place{a.Stream, a.Events[i].ID})
		}
	}
	after := m.position(len(m.order))
	for e, err := range m.log.ReadAll(t.Context(), after, 0) {
		require.NoError(t, err)
		require.NoError(t, m.gives.Follows(after, e.Position))
		after = e.Position
		got = append(got, place{e.Stream, e.ID})
		m.streams[e.Stream] = append(m.streams[e.Stream], len(m.order))
		m.order = append(m.order, got[len(got)-1])
		m.positions = append(m.positions, e.Position)
	}
	if m.gives.Atomic {
		require.Equal(t, want, got)
	} else {
		require.ElementsMatch(t, want, got)
		last := batch[len(batch)-1]
		require.Equal(t, want[len(want)-len(last.Events):], got[len(got)-len(last.Events):],
			"the last stream comes last")
	}
}

func (m *machine) readStreams(t *rapid.T) {
	asked := rapid.SliceOfN(rapid.SampledFrom(m.names), 0, 5).Draw(t, "asked")
	var want, got []place
	for _, s := range asked {
		for _, i := range m.streams[s] {
			want = append(want, m.order[i])
		}
	}
	for e, err := range m.log.ReadStreams(t.Context(), asked...) {
		require.NoError(t, err)
		got = append(got, place{e.Stream, e.ID})
	}
	require.Equal(t, want, got)
}

func (m *machine) readAfter(t *rapid.T) {
	var marks []ledger.Mark
	var want, got []place
	for _, s := range rapid.SliceOfNDistinct(rapid.SampledFrom(m.names), 0, 4,
		rapid.ID[ledger.StreamID]).Draw(t, "asked") {
		places := m.streams[s]
		known := rapid.IntRange(0, len(places)+1).Draw(t, "known")
		mark := ledger.Mark{Stream: s, Revision: ledger.Revision(known) - 1}
		if known > 0 && known <= len(places) && rapid.Bool().Draw(t, "placed") {
			mark.Position = m.positions[places[known-1]]
		}
		marks = append(marks, mark)
		for _, i := range places[min(known, len(places)):] {
			want = append(want, m.order[i])
		}
	}
	for e, err := range m.log.ReadAfter(t.Context(), marks...) {
		require.NoError(t, err)
		got = append(got, place{e.Stream, e.ID})
	}
	require.Equal(t, want, got)
}

func (m *machine) readAll(t *rapid.T) {
	from := rapid.IntRange(0, len(m.order)).Draw(t, "from")
	limit := rapid.IntRange(0, 10).Draw(t, "limit")
	want := m.order[from:]
	if limit > 0 && limit < len(want) {
		want = want[:limit]
	}
	n := 0
	for e, err := range m.log.ReadAll(t.Context(), m.position(from), limit) {
		require.NoError(t, err)
		require.Less(t, n, len(want))
		require.Equal(t, want[n], place{e.Stream, e.ID})
		n++
		require.Equal(t, m.position(from+n), e.Position)
	}
	require.Equal(t, len(want), n)
}

func (m *machine) check(t *rapid.T) {
	p, err := m.log.Head(t.Context())
	require.NoError(t, err)
	require.Equal(t, m.position(len(m.order)), p)
}
