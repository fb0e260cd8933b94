package main

import (
	"context"
	"errors"
	"runtime"
	"syscall"
	"time"
)

// nap is how long a process sleeps at once that does nothing else.
const nap = 2 * time.Millisecond

// dozeDuty sleeps until it is told to stop, and measures how much later than asked it wakes:
// so long the kernel lets any ordinary process wait that has work now and then only. No reader
// is answered sooner.
func dozeDuty(_ context.Context, t *talk) error {
	if err := t.hear(new(cue)); err != nil {
		return err
	}
	if err := t.begin(); err != nil {
		return err
	}
	stop := make(chan error, 1)
	go func() { stop <- t.await("stop") }()
	runtime.LockOSThread()
	var late []time.Duration
	began := time.Now()
	for {
		select {
		case err := <-stop:
			return errors.Join(err, t.say(answer{Took: time.Since(began), Count: len(late),
				Latency: latenciesOf(late)}))
		default:
		}
		request := syscall.NsecToTimespec(int64(nap))
		start := time.Now()
		if syscall.Nanosleep(&request, nil) == nil { // else it was woken by a signal
			late = append(late, time.Since(start)-nap)
		}
	}
}
