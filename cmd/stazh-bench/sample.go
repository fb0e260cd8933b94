package main

import (
	"cmp"
	"math"
	"slices"
	"time"
)

// quantile gives the smallest value that is not exceeded by the share q of all values
// (nearest rank); the zero value for none. It leaves the values in their order.
func quantile[T cmp.Ordered](values []T, q float64) T {
	var none T
	if len(values) == 0 {
		return none
	}
	sorted := slices.Clone(values)
	slices.Sort(sorted)
	rank := int(math.Ceil(q*float64(len(sorted)))) - 1
	return sorted[min(max(rank, 0), len(sorted)-1)]
}

// median of an even number of values is the lower of the two in the middle.
func median[T cmp.Ordered](values []T) T { return quantile(values, 0.5) }

// latencies are the quantiles of durations.
type latencies struct {
	P50 time.Duration `json:"p50"`
	P99 time.Duration `json:"p99"`
	Max time.Duration `json:"max"`
}

func latenciesOf(d []time.Duration) latencies {
	return latencies{quantile(d, 0.5), quantile(d, 0.99), quantile(d, 1)}
}

// rounds is how often ours and the floor are measured in turn where that is cheap.
const rounds = 5
