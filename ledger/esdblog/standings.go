package esdblog

import (
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

// stamp gives recorded times that never repeat within the process: two calls with the same
// events then never have the same bytes, and the server tells which of them came first.
type stamp struct {
	mu   sync.Mutex // guards last
	last time.Time
}

func (s *stamp) now(clock time.Time) time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	at := clock.UTC().Truncate(time.Microsecond)
	if !at.After(s.last) {
		at = s.last.Add(time.Microsecond)
	}
	s.last = at
	return at
}
