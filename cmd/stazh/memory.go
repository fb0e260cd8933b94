package main

import "runtime/debug"

const (
	// gcPercent lets a server's heap grow to nine times what is in use before it is
	// collected, which is up to memoryMax under load: the intake makes garbage at a steady
	// rate, and collecting it at every doubling takes an eighth of all its CPU time.
	gcPercent = 800
	// memoryMax is from where on it is collected more often instead. What a server holds
	// in use is bounded far below it by the limits of its parts.
	memoryMax = 460 << 20
)

// collectLess sets how much memory the garbage of a server may take, unless the
// environment says so, and gives the function that undoes it.
func collectLess(lookup func(string) (string, bool)) (undo func()) {
	percent, limit := -1, int64(-1)
	if _, ok := lookup("GOGC"); !ok {
		percent = debug.SetGCPercent(gcPercent)
	}
	if _, ok := lookup("GOMEMLIMIT"); !ok {
		limit = debug.SetMemoryLimit(memoryMax)
	}
	return func() {
		if percent >= 0 {
			debug.SetGCPercent(percent)
		}
		if limit >= 0 {
			debug.SetMemoryLimit(limit)
		}
	}
}
