package commands

import (
	"context"
	"sync"
)

// turns lets commands go one after another, by key, within the process. It saves them from
// losing races that the ledger would decide anyway.
type turns struct {
	mu    sync.Mutex // guards the fields below
	queue map[string]*turn
}

type turn struct {
	free    chan struct{} // holds one value while it is nobody's turn
	waiting int           // callers that wait or have the turn
}

// take waits for the key's turn and gives the function that ends it.
func (t *turns) take(ctx context.Context, key string) (end func(), err error) {
	x := t.join(key)
	select {
	case <-x.free:
		return func() {
			x.free <- struct{}{}
			t.leave(key, x)
		}, nil
	case <-ctx.Done():
		t.leave(key, x)
		return nil, ctx.Err()
	}
}

func (t *turns) join(key string) *turn {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.queue == nil {
		t.queue = map[string]*turn{}
	}
	x := t.queue[key]
	if x == nil {
		x = &turn{free: make(chan struct{}, 1)}
		x.free <- struct{}{}
		t.queue[key] = x
	}
	x.waiting++
	return x
}

func (t *turns) leave(key string, x *turn) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if x.waiting--; x.waiting == 0 {
		delete(t.queue, key)
	}
}
