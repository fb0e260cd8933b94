// Package gather joins calls that are made at the same time into one: while a batch is at
// work, the calls that come wait and become the next batch. A lone call goes at once, and
// under load one round trip to a database serves many callers.
package gather

import (
	"context"
	"fmt"
	"sync"
)

// Batcher joins calls with an argument of type T. Its methods are safe for concurrent use.
type Batcher[T, R any] struct {
	do    func(ctx context.Context, batch []T) ([]R, error)
	size  func(T) int
	limit int

	mu      sync.Mutex // guards the fields below
	busy    bool       // a batch is at work
	waiting []*call[T, R]
}

type call[T, R any] struct {
	argument T
	done     chan struct{} // closed when result and err are set, or lead is
	lead     bool          // this call carries out the next batch
	result   R
	err      error
}

// New makes a Batcher. do answers each argument of a batch, in order, or fails for all of
// them; it is called by one goroutine at a time, with a context that does not end with
// that of a single caller. A batch ends before its sizes exceed the limit together; one
// larger call is a batch of its own.
func New[T, R any](limit int, size func(T) int,
	do func(ctx context.Context, batch []T) ([]R, error)) *Batcher[T, R] {
	return &Batcher[T, R]{do: do, size: size, limit: limit}
}

// Do carries the argument out together with those of other callers. When ctx ends first,
// it returns with its error although the work may still be done.
func (b *Batcher[T, R]) Do(ctx context.Context, argument T) (R, error) {
	c := &call[T, R]{argument: argument, done: make(chan struct{})}
	b.mu.Lock()
	b.waiting = append(b.waiting, c)
	lead := !b.busy
	b.busy = true
	b.mu.Unlock()
	if !lead {
		select {
		case <-c.done:
		case <-ctx.Done():
			if b.leave(c) {
				var none R
				return none, ctx.Err()
			}
			<-c.done // it is in a batch, or has to lead one
		}
		if !c.lead {
			return c.result, c.err
		}
	}
	b.work(ctx, c)
	return c.result, c.err
}

// leave takes a call out of those that wait; false when it is at work already.
func (b *Batcher[T, R]) leave(c *call[T, R]) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	for i, w := range b.waiting {
		if w == c && !c.lead {
			b.waiting = append(b.waiting[:i], b.waiting[i+1:]...)
			return true
		}
	}
	return false
}

// work carries out the batch that own, the first that waits, leads, and lets the first of
// the next batch lead that.
func (b *Batcher[T, R]) work(ctx context.Context, own *call[T, R]) {
	b.mu.Lock()
	n, total := 1, b.size(own.argument)
	for n < len(b.waiting) && total+b.size(b.waiting[n].argument) <= b.limit {
		total += b.size(b.waiting[n].argument)
		n++
	}
	batch := b.waiting[:n:n]
	b.waiting = b.waiting[n:]
	b.mu.Unlock()

	finished := false
	defer func() {
		if !finished { // do panicked: nobody may wait for ever
			b.finish(batch, own, nil, fmt.Errorf("gather: the batch was not carried out"))
		}
	}()
	arguments := make([]T, n)
	for i, c := range batch {
		arguments[i] = c.argument
	}
	results, err := b.do(context.WithoutCancel(ctx), arguments)
	finished = true
	b.finish(batch, own, results, err)
}

func (b *Batcher[T, R]) finish(batch []*call[T, R], own *call[T, R], results []R, err error) {
	b.mu.Lock()
	if len(b.waiting) == 0 {
		b.busy = false
		b.waiting = nil
	} else {
		next := b.waiting[0]
		next.lead = true
		close(next.done)
	}
	b.mu.Unlock()
	for i, c := range batch {
		if err == nil {
			c.result = results[i]
		}
		c.err = err
		if c != own {
			close(c.done)
		}
	}
}
