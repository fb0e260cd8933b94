package api

import (
	"errors"
	"fmt"
	"os"
	"runtime"
	"strconv"

	"golang.org/x/sys/unix"
)

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

// GoAhead puts this process before all ordinary ones wherever a processor is wanted: a server
// that only answers needs little, and waits for a slice of the kernel's behind the intake, its
// Postgres and their collectors otherwise, four to twenty milliseconds. So that they get their
// part however much it is asked, its scheduler is given half of the processors, unless the
// environment says how many. Where the system does not allow real-time priorities it fails, and
// changes nothing.
func GoAhead(lookup func(string) (string, bool)) error {
	if err := Hurry(); err != nil {
		return err
	}
	if _, ok := lookup("GOMAXPROCS"); !ok {
		runtime.GOMAXPROCS(max(1, runtime.GOMAXPROCS(0)/2))
	}
	return nil
}

// hurryPriority is the lowest of the real-time priorities, which is above all ordinary ones.
const hurryPriority = 1

// Hurry gives all threads of this process, and so those that they will start, a real-time
// priority. A process that has one is left as it is.
func Hurry() error {
	for changed := true; changed; { // a thread may have been started meanwhile
		threads, err := os.ReadDir("/proc/self/task")
		if err != nil {
			return fmt.Errorf("read this process's threads: %w", err)
		}
		changed = false
		for _, t := range threads {
			id, err := strconv.Atoi(t.Name())
			if err != nil {
				return fmt.Errorf("read this process's threads: %w", err)
			}
			hurried, err := hurryThread(id)
			if err != nil {
				return fmt.Errorf("ask for a real-time priority: %w", err)
			}
			changed = changed || hurried
		}
	}
	return nil
}

// hurryThread gives true where the thread had an ordinary priority before.
func hurryThread(id int) (bool, error) {
	attr, err := unix.SchedGetAttr(id, 0)
	switch {
	case errors.Is(err, unix.ESRCH):
		return false, nil // it has ended
	case err != nil || attr.Policy == unix.SCHED_RR || attr.Policy == unix.SCHED_FIFO:
		return false, err
	}
	*attr = unix.SchedAttr{Size: attr.Size, Policy: unix.SCHED_RR, Priority: hurryPriority}
	err = unix.SchedSetAttr(id, attr, 0)
	if errors.Is(err, unix.ESRCH) {
		return false, nil
	}
	return err == nil, err
}
