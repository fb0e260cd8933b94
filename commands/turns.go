package commands

import "sync"

// turns lets the commands of one payer go one after another within the process, which
// saves them from losing races that the ledger would decide anyway.
type turns struct {
	mu    sync.Mutex // guards the fields below
	queue map[string]*turn
}

type turn struct {
	mu      sync.Mutex
	waiting int
}

// take waits for the key's turn and gives the function that ends it.
func (t *turns) take(key string) func() {
	t.mu.Lock()
	if t.queue == nil {
		t.queue = map[string]*turn{}
	}
	x := t.queue[key]
	if x == nil {
		x = &turn{}
		t.queue[key] = x
	}
	x.waiting++
	t.mu.Unlock()
	x.mu.Lock()
	return func() {
		x.mu.Unlock()
		t.mu.Lock()
		defer t.mu.Unlock()
		if x.waiting--; x.waiting == 0 {
			delete(t.queue, key)
		}
	}
}
