// Package gather joins calls that are made at the same time into one: while a batch is at
// work, the calls that come wait and become the next batch. A lone call goes at once, and
// under load one round trip to a database serves many callers.
package gather

import (
	"context"
	"slices"
	"sync"
	"time"
)

// timeMax bounds the work on one batch, as no caller's time limit can.
const timeMax = time.Minute

// Batcher joins calls with an argument of type T. Its methods are safe for concurrent use.
type Batcher[T, R any] struct {
	do    func(ctx context.Context, batch []T) ([]R, error)
	size  func(T) int
	limit int

	mu      sync.Mutex // guards the fields below
	busy    bool       // a goroutine is at work
	waiting []*call[T, R]
}

type call[T, R any] struct {
	argument T
	done     chan struct{} // closed when result and err are set
	result   R
	err      error
}

// New makes a Batcher. do answers each argument of a batch, in order, or fails for all of
// them; it is called once at a time, with a context that does not end with that of a
// single caller. A batch ends before its sizes exceed the limit together; one larger call
// is a batch of its own.
func New[T, R any](limit int, size func(T) int,
	do func(ctx context.Context, batch []T) ([]R, error)) *Batcher[T, R] {
	return &Batcher[T, R]{do: do, size: size, limit: limit}
}

// Do carries the argument out together with those of other callers. When ctx ends first,
// it returns its error at once, although the work may still be done.
func (b *Batcher[T, R]) Do(ctx context.Context, argument T) (R, error) {
	c := &call[T, R]{argument: argument, done: make(chan struct{})}
	b.mu.Lock()
	b.waiting = append(b.waiting, c)
	if !b.busy {
		b.busy = true
		go b.work(context.WithoutCancel(ctx))
	}
	b.mu.Unlock()
	select {
	case <-c.done:
		return c.result, c.err
	case <-ctx.Done():
		b.leave(c)
		var none R
		return none, ctx.Err()
	}
}

// leave takes a call out of those that wait, where it still does.
func (b *Batcher[T, R]) leave(c *call[T, R]) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.waiting = slices.DeleteFunc(b.waiting, func(w *call[T, R]) bool { return w == c })
}

// work carries out batch after batch until nobody waits.
func (b *Batcher[T, R]) work(ctx context.Context) {
	for batch := b.next(); batch != nil; batch = b.next() {
		b.carryOut(ctx, batch)
	}
}

func (b *Batcher[T, R]) carryOut(ctx context.Context, batch []*call[T, R]) {
	ctx, cancel := context.WithTimeout(ctx, timeMax)
	defer cancel()
	arguments := make([]T, len(batch))
	for i, c := range batch {
		arguments[i] = c.argument
	}
	results, err := b.do(ctx, arguments)
	for i, c := range batch {
		if c.err = err; err == nil {
			c.result = results[i]
		}
		close(c.done)
	}
}

// next takes the calls of the next batch; nil when nobody waits.
func (b *Batcher[T, R]) next() []*call[T, R] {
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.waiting) == 0 {
		b.busy = false
		return nil
	}
	n, total := 1, b.size(b.waiting[0].argument)
	for n < len(b.waiting) && total+b.size(b.waiting[n].argument) <= b.limit {
		total += b.size(b.waiting[n].argument)
		n++
	}
	batch := slices.Clone(b.waiting[:n])
	b.waiting = slices.Delete(b.waiting, 0, n)
	return batch
}
