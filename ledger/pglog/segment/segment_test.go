package segment

import (
	"bytes"
	"encoding/binary"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/stazh/stazh/ledger"
)

// draw makes rows of some streams, in order.
func draw(t *rapid.T) (rows []Row) {
	random := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 0))
	stream := int32(0)
	for range rapid.IntRange(0, 8).Draw(t, "streams") {
		stream += rapid.Int32Range(1, 1<<27).Draw(t, "step")
		revision := ledger.Revision(rapid.Int32Range(0, 50).Draw(t, "revision"))
		for range rapid.IntRange(1, 40).Draw(t, "events") {
			row := Row{
				Stream: stream, Revision: revision,
				Position: ledger.Position(random.Int64()),
				Context:  1 + random.Int32N(4), Type: int16(random.IntN(300)),
				Record: binary.AppendVarint(nil, int64(random.Uint64())),
			}
			for range 16 + random.IntN(40) {
				row.Record = append(row.Record, byte(random.Uint32()))
			}
			row.Head[0], row.Head[31] = byte(revision), byte(stream)
			rows = append(rows, row)
			revision++
		}
	}
	return rows
}

// cloneRows copies rows with their records.
func cloneRows(rows []Row) []Row {
	list := []Row{}
	for _, row := range rows {
		row.Record = bytes.Clone(row.Record)
		list = append(list, row)
	}
	return list
}

func codec(tb testing.TB) *Codec {
	tb.Helper()
	c, err := NewCodec()
	require.NoError(tb, err)
	return c
}

// What is unpacked is what was packed, but for the heads that follow from others.
func TestRoundTrip(t *testing.T) {
	t.Parallel()
	c := codec(t)
	u := c.NewUnpacker()
	rapid.Check(t, func(t *rapid.T) {
		rows := draw(t)
		data, err := c.Pack([]byte("before"), rows)
		require.NoError(t, err)
		got, err := u.Unpack(nil, bytes.TrimPrefix(data, []byte("before")))
		require.NoError(t, err)
		require.Len(t, got, len(rows))
		odd := func(stream int32) bool { return stream%2 == 1 }
		some := slices.DeleteFunc(cloneRows(got), func(r Row) bool { return !odd(r.Stream) })
		wanted, err := u.UnpackWanted([]Row{}, bytes.TrimPrefix(data, []byte("before")), odd)
		require.NoError(t, err)
		require.Equal(t, some, wanted)
		got, err = u.Unpack(nil, bytes.TrimPrefix(data, []byte("before")))
		require.NoError(t, err)
		bare := 0
		for i, row := range got {
			want := rows[i]
			if row.Bare {
				bare++
				require.LessOrEqual(t, bare, headEvery)
				followed := row.Revision == 0 || i > 0 && rows[i-1].Stream == row.Stream
				require.True(t, followed, "the row before says what follows")
				lasts := i == len(rows)-1 || rows[i+1].Stream != row.Stream
				require.False(t, lasts, "the last head of a stream is kept")
				want.Head, want.Bare = ledger.Hash{}, true
			} else {
				bare = 0
			}
			require.Equal(t, want, row)
		}
	})
}

func TestPackRefuses(t *testing.T) {
	t.Parallel()
	c := codec(t)
	record := make([]byte, 40)
	cases := map[string][]Row{
		"a gap":           {{Stream: 1, Record: record}, {Stream: 1, Revision: 2, Record: record}},
		"order":           {{Stream: 2, Record: record}, {Stream: 1, Record: record}},
		"a short record":  {{Stream: 1, Record: record[:16]}},
		"an empty record": {{Stream: 1}},
	}
	for name, rows := range cases {
		_, err := c.Pack(nil, rows)
		require.Error(t, err, name)
	}
}

// Whatever the bytes are, unpacking ends, with rows that pack again or with an error.
func FuzzUnpack(f *testing.F) {
	c := codec(f)
	var rows []Row
	for i := range 40 {
		row := Row{Stream: int32(1 + i/20), Revision: ledger.Revision(i % 20), Context: int32(i % 3),
			Position: ledger.Position(100 + i), Record: binary.AppendVarint(nil, int64(i))}
		row.Record = append(row.Record, bytes.Repeat([]byte{byte(i)}, 30)...)
		rows = append(rows, row)
	}
	data, err := c.Pack(nil, rows)
	require.NoError(f, err)
	f.Add(data)
	f.Add([]byte{version, 0, 0})
	f.Fuzz(func(t *testing.T, data []byte) {
		rows, err := c.NewUnpacker().Unpack(nil, data)
		if err != nil {
			require.Empty(t, rows)
			return
		}
		_, err = c.Pack(nil, rows)
		require.NoError(t, err)
	})
}
