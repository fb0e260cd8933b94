package pglog

import (
	"math/rand/v2"
	"runtime"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/ledger/logtest"
	"github.com/stazh/stazh/ledger/pglog/segment"
)

// A scan of many pages, whose memory is used again and again, gives what reading by
// position gives, from segments, from the table and from both; its texts stay as they were.
func TestScanInMemoryThatIsUsedAgain(t *testing.T) {
	t.Parallel()
	const persons, rounds = 1_200, 10
	log := open(t, database(t), Options{PartitionRows: persons * rounds / 3})
	names := make([]ledger.StreamID, persons)
	for i := range names {
		names[i] = logtest.NewStream()
	}
	for round := range rounds {
		var batch []ledger.StreamAppend
		for _, name := range names {
			batch = append(batch, logtest.Batch(name, ledger.Revision(round-1),
				logtest.NewEvents(1)...))
		}
		appendTo(t, log, batch...)
	}
	type seen struct {
		event  ledger.Event // its payload as a copy
		record string
		hash   ledger.Hash
	}
	want := make([]seen, 0, persons*rounds)
	keep := func(e ledger.Event) seen {
		s := seen{e, string(e.Record()), e.Hash()}
		s.event.Payload = nil
		return s
	}
	for e, err := range log.ReadAll(t.Context(), 0, 0) {
		require.NoError(t, err)
		want = append(want, keep(e))
	}
	require.Len(t, want, persons*rounds)
	for _, sealed := range []bool{false, true} {
		if sealed {
			_, err := log.SealPartitions(t.Context(), SealOptions{})
			require.NoError(t, err)
		}
		for share := range 2 {
			got := map[ledger.Position]seen{}
			_, err := log.ScanStreams(t.Context(), ledger.Scan{UpTo: persons * rounds,
				Share: share, Shares: 2, Verify: true}, func(run []ledger.Event) error {
				for i := range run {
					got[run[i].Position] = keep(run[i])
				}
				return nil
			})
			require.NoError(t, err)
			require.NotEmpty(t, got)
			for at, s := range got {
				w := want[at-1]
				require.Equal(t, w.record, s.record)
				require.Equal(t, w.hash, s.hash)
				require.Equal(t, w.event.Head, s.event.Head)
				require.Equal(t, w.event.Stream, s.event.Stream)
				require.Equal(t, w.event.Meta, s.event.Meta)
				require.Equal(t, w.event.Type, s.event.Type)
				require.Equal(t, w.event.ID, s.event.ID)
				require.True(t, w.event.RecordedAt.Equal(s.event.RecordedAt))
			}
		}
	}
}

// A page that is filled again takes no new memory, and gives what was put in last.
func TestPageIsFilledAgain(t *testing.T) { //nolint:paralleltest // counts allocations
	p := newScanned()
	records := make([][]byte, 2_000)
	for i := range records {
		records[i] = []byte(strings.Repeat(string(rune('a'+i%26)), 1+rand.IntN(300)))
	}
	fill := func() {
		p.reset()
		r := reading{page: &p.page, wants: func(int32) (from, to ledger.Revision) {
			return 0, ledger.Revision(len(records))
		}}
		var row [1]segment.Row
		for i, record := range records {
			row[0] = segment.Row{Stream: int32(1 + i/100), Revision: ledger.Revision(i % 100),
				Record: record}
			r.take(r.run(1), row[:])
		}
		r.merge()
	}
	fill()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	for range 50 {
		fill()
	}
	runtime.ReadMemStats(&after)
	require.Less(t, after.TotalAlloc-before.TotalAlloc, uint64(64<<10))
	require.Len(t, p.rows, len(records))
	for i := range p.rows {
		require.Equal(t, records[i], p.rows[i].Record)
	}
}

// Rows that come in any order, as those of a table that was written to by hand might, are
// put into that of streams and revisions, in memory that is used again.
func TestRowsAreArranged(t *testing.T) {
	t.Parallel()
	p := newScanned()
	rapid.Check(t, func(t *rapid.T) {
		first := rapid.Int32Range(1, 1000).Draw(t, "first")
		lengths := rapid.SliceOfN(rapid.IntRange(0, 5), 1, 20).Draw(t, "streams")
		var want []segment.Row
		for i, length := range lengths {
			for r := range length {
				want = append(want, segment.Row{Stream: first + int32(i),
					Revision: ledger.Revision(r), Record: []byte{byte(i), byte(r)}})
			}
		}
		p.reset()
		p.table = append(p.table, rapid.Permutation(want).Draw(t, "order")...)
		p.arrange(first, first+int32(len(lengths))-1)
		require.Len(t, p.table, len(want))
		for i := range want {
			require.Equal(t, want[i], p.table[i])
		}
	})
}
