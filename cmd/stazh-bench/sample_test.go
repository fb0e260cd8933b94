package main

import (
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func TestQuantile(t *testing.T) {
	t.Parallel()
	values := []time.Duration{5, 1, 4, 2, 3}
	for q, want := range map[float64]time.Duration{0: 1, 0.2: 1, 0.21: 2, 0.5: 3, 0.8: 4,
		0.99: 5, 1: 5} {
		require.Equal(t, want, quantile(values, q), "q = %v", q)
	}
	require.Equal(t, []time.Duration{5, 1, 4, 2, 3}, values, "the order is kept")
	require.Zero(t, quantile([]time.Duration(nil), 0.99))
	require.Equal(t, 2, median([]int{4, 1, 2, 3}))
}

// Of all values, at least the share q does not exceed the quantile, and no smaller value
// of the sample has that property.
func TestQuantileIsTheSmallestThatCoversItsShare(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		values := rapid.SliceOfN(rapid.IntRange(0, 50), 1, 100).Draw(t, "values")
		q := rapid.Float64Range(0.01, 1).Draw(t, "q")
		covered := func(x int) float64 {
			n := 0
			for _, v := range values {
				if v <= x {
					n++
				}
			}
			return float64(n) / float64(len(values))
		}
		got := quantile(values, q)
		require.Contains(t, values, got)
		require.GreaterOrEqual(t, covered(got)+1e-9, q)
		below := slices.DeleteFunc(slices.Clone(values), func(v int) bool { return v >= got })
		if len(below) > 0 {
			require.Less(t, covered(slices.Max(below)), q)
		}
	})
}
