package projections

import (
	"context"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// drawRow draws the values of a row, some of them null.
func drawRow(t *rapid.T) [][]byte {
	return rapid.SliceOfN(rapid.Custom(func(t *rapid.T) []byte {
		if rapid.Bool().Draw(t, "null") {
			return nil
		}
		return rapid.SliceOfN(rapid.Byte(), 0, 5).Draw(t, "value")
	}), 1, 4).Draw(t, "row")
}

// rowsOf puts rows into the form that a build gives.
func rowsOf(list [][][]byte) *rowBuffer {
	rows := newRows()
	for _, row := range list {
		rows.Table("t", len(row))
		for _, v := range row {
			if v == nil {
				rows.Null()
			} else {
				rows.Bytes(v)
			}
		}
	}
	if len(list) == 0 {
		return &rowBuffer{}
	}
	return rows.tables["t"]
}

func sumOf(key *digestKey, list [][][]byte) *tableSum {
	s := summer{key: key, tables: map[string]*tableSum{}}
	_ = s.put(context.Background(), "t", rowsOf(list)) // never fails
	return s.table("t")
}

// The sums do not depend on the order of rows nor on where they come from, and no row can
// be changed, left out or added without a change of its bucket.
func TestSumsTellRowsApart(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		key := newDigestKey()
		list := rapid.SliceOfN(rapid.Custom(drawRow), 0, 20).Draw(t, "rows")
		given := sumOf(&key, list)
		require.EqualValues(t, len(list), given.rows)

		d, stored := digester{key: &key}, &tableSum{}
		for _, row := range rapid.Permutation(list).Draw(t, "order") {
			stored.add(d.ofValues(row))
		}
		require.Equal(t, given, stored)
		require.Nil(t, given.differing(stored))

		other := drawRow(t)
		changed := append(slices.Clone(list), other)
		want := map[int]bool{d.ofValues(other).bucket(): true}
		if len(list) > 0 && rapid.Bool().Draw(t, "replace") {
			at := rapid.IntRange(0, len(list)-1).Draw(t, "at")
			if d.ofValues(list[at]) == d.ofValues(other) {
				return // nothing would change
			}
			changed = slices.Delete(changed, at, at+1)
			want[d.ofValues(list[at]).bucket()] = true
		}
		require.Equal(t, want, given.differing(sumOf(&key, changed)))
	})
}

// Two replays have nothing in common by which a row could be made to fit.
func TestDigestsDependOnTheKey(t *testing.T) {
	t.Parallel()
	one, two := newDigestKey(), newDigestKey()
	row := [][]byte{[]byte("100000001"), nil}
	require.NotEqual(t, (&digester{key: &one}).ofValues(row), (&digester{key: &two}).ofValues(row))
}
