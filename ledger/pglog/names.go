package pglog

import (
	"context"
	"fmt"
	"slices"
	"sync"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/ledger/pglog/segment"
)

const (
	// nameSlots bounds the remembered names, at about 80 bytes each; a busier ledger
	// looks the rest up, one query a page.
	nameSlots = 1 << 20
	// nameChunk is how many slots are allocated at once, so that a small ledger needs
	// little.
	nameChunk = 1 << 12
)

// names remembers which stream a key stands for. Both never change. Each key has one
// slot, so that remembering needs no order and no search.
type names struct {
	pool *pgxpool.Pool

	mu     sync.RWMutex
	chunks [nameSlots / nameChunk][]nameSlot // guarded by mu
}

type nameSlot struct {
	key  int32
	name ledger.StreamID
}

func newNames(pool *pgxpool.Pool) *names { return &names{pool: pool} }

// put remembers a name; the caller holds mu.
func (n *names) put(key int32, name ledger.StreamID) {
	i := uint32(key) % nameSlots
	chunk := &n.chunks[i/nameChunk]
	if *chunk == nil {
		*chunk = make([]nameSlot, nameChunk)
	}
	(*chunk)[i%nameChunk] = nameSlot{key: key, name: name}
}

// resolve fills the Stream of the page's events.
func (n *names) resolve(ctx context.Context, p *page) error {
	missing := n.remembered(p)
	if len(missing) == 0 {
		return nil
	}
	found, err := n.lookUp(ctx, missing)
	if err != nil {
		return err
	}
	for i := range p.rows {
		if p.events[i].Stream != "" {
			continue
		}
		name, ok := found[p.rows[i].Stream]
		if !ok {
			return noName(&p.rows[i])
		}
		p.events[i].Stream = name
	}
	return nil
}

func (n *names) remembered(p *page) (missing []int32) {
	n.mu.RLock()
	defer n.mu.RUnlock()
	for i := range p.rows {
		key := p.rows[i].Stream
		slot := uint32(key) % nameSlots
		chunk := n.chunks[slot/nameChunk]
		if chunk != nil && chunk[slot%nameChunk].key == key {
			p.events[i].Stream = chunk[slot%nameChunk].name
		} else {
			missing = append(missing, key)
		}
	}
	slices.Sort(missing)
	return slices.Compact(missing)
}

func (n *names) lookUp(ctx context.Context, keys []int32) (map[int32]ledger.StreamID, error) {
	found := make(map[int32]ledger.StreamID, len(keys))
	err := n.query(ctx, func(key int32, name ledger.StreamID) { found[key] = name },
		`SELECT key, name FROM ledger.stream WHERE key = ANY($1)`, keys)
	if err != nil {
		return nil, err
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	for key, name := range found {
		n.put(key, name)
	}
	return found, nil
}

// between reads the names of neighbouring streams, by key from first on, without
// remembering them. A key that is not there has no name.
func (n *names) between(ctx context.Context, first, last int32) ([]ledger.StreamID, error) {
	names := make([]ledger.StreamID, last-first+1)
	err := n.query(ctx, func(key int32, name ledger.StreamID) { names[key-first] = name },
		`SELECT key, name FROM ledger.stream WHERE key BETWEEN $1 AND $2`, first, last)
	return names, err
}

func (n *names) query(
	ctx context.Context, put func(int32, ledger.StreamID), sql string, arguments ...any,
) error {
	rows, err := n.pool.Query(ctx, sql, arguments...)
	if err != nil {
		return fmt.Errorf("read stream names: %w", storeError(err))
	}
	defer rows.Close()
	for rows.Next() {
		var (
			key  int32
			name ledger.StreamID
		)
		if err := rows.Scan(&key, (*string)(&name)); err != nil {
			return fmt.Errorf("read stream names: %w", err)
		}
		put(key, name)
	}
	if err := rows.Err(); err != nil {
		return fmt.Errorf("read stream names: %w", storeError(err))
	}
	return nil
}

// noName is the error of an event whose stream is not there.
func noName(r *segment.Row) error {
	return fmt.Errorf("%w: event %d belongs to stream number %d, which has no name",
		ledger.ErrCorrupt, r.Position, r.Stream)
}
