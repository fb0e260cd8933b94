package esdblog

import (
	"context"
	"hash/maphash"
	"sync"
	"time"

	"github.com/stazh/stazh/ledger"
)

// standingsMax is the number of streams in each half of the memory, some 150 bytes each.
const standingsMax = 1 << 16

// standing is an event at which a stream stood when it was last seen: what the next event's
// chain begins with. That the event stands there never changes; only whether it is still the
// last one is not known, which the server tells.
type standing struct {
	revision ledger.Revision
	head     ledger.Hash
	at       time.Time
}

// nowhere is the standing of a stream that does not exist.
var nowhere = standing{revision: ledger.NoStream}

// standings remembers where streams stood, so that an append after a read needs no other.
type standings struct {
	mu         sync.Mutex // guards the fields below
	young, old map[ledger.StreamID]standing
}

func (c *standings) get(s ledger.StreamID) (standing, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	x, ok := c.young[s]
	if !ok {
		x, ok = c.old[s]
	}
	return x, ok
}

// put remembers a standing, unless a later one is known.
func (c *standings) put(s ledger.StreamID, x standing) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.young == nil || len(c.young) >= standingsMax {
		c.old, c.young = c.young, make(map[ledger.StreamID]standing)
	}
	if known, ok := c.young[s]; ok && known.revision > x.revision {
		return
	}
	c.young[s] = x
}

// standingOf is where a stream stands after an event.
func standingOf(e *ledger.Event) standing {
	return standing{revision: e.Revision, head: e.Head, at: e.RecordedAt}
}

// stamp gives recorded times that never go back within the process.
type stamp struct {
	mu   sync.Mutex // guards last
	last time.Time
}

func (s *stamp) now(clock time.Time) time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	if at := clock.UTC().Truncate(time.Microsecond); at.After(s.last) {
		s.last = at
	}
	return s.last
}

// turns lets writes to one stream go one after another within the process. Two calls with
// the same events at the same moment would otherwise both be told by the server that all is
// well, and not which of them was first. Streams share a turn where their hashes agree.
type turns struct {
	seed maphash.Seed
	free [1024]chan struct{} // each holds something while its turn is taken
}

func newTurns() *turns {
	t := &turns{seed: maphash.MakeSeed()}
	for i := range t.free {
		t.free[i] = make(chan struct{}, 1)
	}
	return t
}

// take waits for the stream's turn and gives the function that ends it.
func (t *turns) take(ctx context.Context, s ledger.StreamID) (end func(), err error) {
	turn := t.free[maphash.String(t.seed, string(s))%uint64(len(t.free))]
	select {
	case turn <- struct{}{}:
		return func() { <-turn }, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}
