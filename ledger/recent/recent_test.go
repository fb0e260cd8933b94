package recent_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/stazh/stazh/ledger/recent"
)

// The last keys are remembered with their last values, as many as promised; of all others
// none that was not put, and never more than twice as many.
func TestTheLastKeysAreRemembered(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		limit := rapid.IntRange(1, 9).Draw(t, "limit")
		keys := rapid.SliceOf(rapid.IntRange(0, 30)).Draw(t, "keys")
		var m recent.Map[int, int]
		last := map[int]int{}
		for i, k := range keys {
			m.Put(k, i, limit)
			last[k] = i
			for _, k := range keys[max(0, i+1-limit) : i+1] {
				value, ok := m.Get(k)
				require.True(t, ok, "%d of %v", k, keys[:i+1])
				require.Equal(t, last[k], value)
			}
			kept := 0
			for k := range 31 {
				if value, ok := m.Get(k); ok {
					require.Equal(t, last[k], value)
					kept++
				}
			}
			require.LessOrEqual(t, kept, 2*limit)
		}
	})
}
