package api

import "runtime"

// processorTimes is how many processors the scheduler of a server is given for each that
// there is.
const processorTimes = 4

// SpareProcessors has the scheduler of a server take the machine to have more processors than
// it has, unless the environment says how many, and gives the function that undoes it.
//
// While each of its processors has work, a Go program notices a message every ten
// milliseconds only, and the request then waits behind goroutines that each work as long:
// reading totals took fifty milliseconds beside the intake. Of more processors one is nearly
// always idle and takes the request at once; the kernel then shares the true ones among all
// threads, and prefers who has slept. An intake of small reports takes some five per cent
// more processor time for it.
func SpareProcessors(lookup func(string) (string, bool)) (undo func()) {
	if _, ok := lookup("GOMAXPROCS"); ok {
		return func() {}
	}
	before := runtime.GOMAXPROCS(0)
	runtime.GOMAXPROCS(processorTimes * before)
	return func() { runtime.GOMAXPROCS(before) }
}
