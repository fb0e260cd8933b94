package pglog

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/ledger/pglog/segment"
)

// contextSlots bounds the remembered contexts, at about 400 bytes each and many pointers for
// the collector to follow. They are those of the events that read models are just to read; a
// page that needs others looks them up, all in one query.
const contextSlots = 1 << 14

// parts remembers the parts of records that many events share. They never change.
type parts struct {
	pool     *pgxpool.Pool
	contexts [contextSlots]atomic.Pointer[numbered]

	mu    sync.Mutex // held to replace kinds
	kinds atomic.Pointer[map[int16]*ledger.Kind]
}

// numbered is a context and its number.
type numbered struct {
	id int32
	*ledger.Context
}

func newParts(pool *pgxpool.Pool) *parts {
	p := &parts{pool: pool}
	p.kinds.Store(&map[int16]*ledger.Kind{})
	return p
}

// context gives a context if it is remembered.
func (p *parts) context(id int32) *ledger.Context {
	n := p.contexts[uint32(id)%contextSlots].Load()
	if n == nil || n.id != id {
		return nil
	}
	return n.Context
}

func (p *parts) putContext(n *numbered) { p.contexts[uint32(n.id)%contextSlots].Store(n) }

// kind gives an event type if it is remembered.
func (p *parts) kind(id int16) *ledger.Kind { return (*p.kinds.Load())[id] }

// putKinds replaces what is remembered of event types, which are never many.
func (p *parts) putKinds(kinds map[int16]*ledger.Kind) {
	p.mu.Lock()
	defer p.mu.Unlock()
	all := make(map[int16]*ledger.Kind, len(kinds))
	for id, k := range *p.kinds.Load() {
		all[id] = k
	}
	for id, k := range kinds {
		all[id] = k
	}
	p.kinds.Store(&all)
}

// lookUp finds the contexts and kinds of rows that are missing from the list.
func (p *parts) lookUp(ctx context.Context, rows []segment.Row, list []part) error {
	var ids []int32
	unknown := false
	for i := range list {
		if list[i].context == nil {
			ids = append(ids, rows[i].Context)
		}
		unknown = unknown || list[i].kind == nil
	}
	slices.Sort(ids)
	contexts, err := p.readContexts(ctx, slices.Compact(ids))
	if err != nil {
		return fmt.Errorf("read contexts: %w", err)
	}
	if unknown {
		if err := p.readKinds(ctx); err != nil {
			return fmt.Errorf("read event types: %w", err)
		}
	}
	for i := range list {
		x := &list[i]
		if x.context == nil {
			x.context = contexts[rows[i].Context]
		}
		if x.kind == nil {
			x.kind = p.kind(rows[i].Type)
		}
		if x.context == nil || x.kind == nil {
			return fmt.Errorf("%w: event %d has context %d and type %d, which are not there",
				ledger.ErrCorrupt, rows[i].Position, rows[i].Context, rows[i].Type)
		}
	}
	return nil
}

func (p *parts) readContexts(
	ctx context.Context, ids []int32,
) (map[int32]*ledger.Context, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	rows, err := p.pool.Query(ctx,
		`SELECT id, stored FROM ledger.context WHERE id = ANY($1)`, ids)
	if err != nil {
		return nil, storeError(err)
	}
	defer rows.Close()
	found := make(map[int32]*ledger.Context, len(ids))
	for rows.Next() {
		var id int32
		var stored []byte
		if err := rows.Scan(&id, &stored); err != nil {
			return nil, err
		}
		x, err := ledger.ParseContext(stored)
		if err != nil {
			return nil, fmt.Errorf("context %d: %w", id, err)
		}
		found[id] = x
		p.putContext(&numbered{id, x})
	}
	return found, storeError(rows.Err())
}

func (p *parts) readKinds(ctx context.Context) error {
	rows, err := p.pool.Query(ctx, `SELECT id, name FROM ledger.event_type`)
	if err != nil {
		return storeError(err)
	}
	defer rows.Close()
	kinds := map[int16]*ledger.Kind{}
	for rows.Next() {
		var id int16
		var name string
		if err := rows.Scan(&id, &name); err != nil {
			return err
		}
		kinds[id] = ledger.NewKind(name)
	}
	p.putKinds(kinds)
	return storeError(rows.Err())
}

// recentMax is the number of contexts in each half of recentContexts, at some 500 bytes.
const recentMax = 1 << 12

// recentContexts finds the contexts that were written a short time ago, so that the parts
// of one large filing, or many appends of one actor, share theirs. Finding none costs
// only the bytes of another.
type recentContexts struct{ young, old map[ledger.Meta]*numbered }

func (c *recentContexts) get(m ledger.Meta) *numbered {
	if x := c.young[m]; x != nil {
		return x
	}
	return c.old[m]
}

func (c *recentContexts) put(x *numbered) {
	if len(c.young) >= recentMax {
		c.young, c.old = nil, c.young
	}
	if c.young == nil {
		c.young = map[ledger.Meta]*numbered{}
	}
	c.young[x.Meta()] = x
}
