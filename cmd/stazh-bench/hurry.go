package main

import (
	"os"
	"strconv"
	"syscall"
	"unsafe"
)

// schedRR is the policy of threads that go before all ordinary ones.
const schedRR = 2

// hurry puts all threads of this process, and those that they will start, before all others:
// a reader on another machine would not wait for this one's processors. It gives false where
// that is not allowed.
func hurry() bool {
	threads, err := os.ReadDir("/proc/self/task")
	if err != nil {
		return false
	}
	priority := int32(1)
	for _, t := range threads {
		id, err := strconv.Atoi(t.Name())
		if err != nil {
			return false
		}
		_, _, failed := syscall.RawSyscall(syscall.SYS_SCHED_SETSCHEDULER, uintptr(id), schedRR,
			uintptr(unsafe.Pointer(&priority))) //nolint:gosec // the call takes an address
		if failed != 0 {
			return false
		}
	}
	return true
}
