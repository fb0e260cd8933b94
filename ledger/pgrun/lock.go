package pgrun

import (
	"context"
	"errors"
	"fmt"
	"os"
	"sync"
	"syscall"
	"time"
)

// fileLock is an exclusive lock between processes (and between holders in one process). The
// kernel releases it when its holder dies, however it dies; the file itself stays.
type fileLock struct {
	path string
	own  owner

	mu sync.Mutex // guards f
	f  *os.File   // open while the lock is held
}

// try takes the lock if nobody else has it; a lock that we hold already stays ours.
func (l *fileLock) try() (bool, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.f != nil {
		return true, nil
	}
	f, err := l.own.open(l.path, os.O_RDWR)
	if err != nil {
		return false, err
	}
	for {
		err = syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
		if !errors.Is(err, syscall.EINTR) {
			break
		}
	}
	if err != nil {
		f.Close()
		if errors.Is(err, syscall.EWOULDBLOCK) {
			return false, nil
		}
		return false, fmt.Errorf("lock %s: %w", l.path, err)
	}
	l.f = f
	return true, nil
}

// wait takes the lock, waiting for its holder until ctx ends.
func (l *fileLock) wait(ctx context.Context) error {
	for {
		ok, err := l.try()
		if ok || err != nil {
			return err
		}
		if err := sleep(ctx, pollEvery); err != nil {
			return err
		}
	}
}

// release gives the lock back; releasing a lock that is not held does nothing.
func (l *fileLock) release() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.f != nil {
		l.f.Close() // closing the only descriptor releases the lock
		l.f = nil
	}
}

// sleep waits, or returns the error of ctx when that ends first.
func sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}
