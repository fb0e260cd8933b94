// Package recent remembers what was met a short time ago, in bounded memory.
package recent

import "sync"

// Map remembers what was put into it lately. The zero value is empty; its methods are safe
// for concurrent use.
type Map[K comparable, V any] struct {
	mu         sync.Mutex // guards the fields below
	young, old map[K]V
}

// Get gives what is remembered of a key.
func (m *Map[K, V]) Get(key K) (value V, ok bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if value, ok = m.young[key]; !ok {
		value, ok = m.old[key]
	}
	return value, ok
}

// Put remembers a value. With the same limit each time, at least so many of the last
// different keys are remembered, and at most twice as many.
func (m *Map[K, V]) Put(key K, value V, limit int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.young == nil || len(m.young) >= limit {
		m.old, m.young = m.young, map[K]V{}
	}
	m.young[key] = value
}
