package pglog

import (
	"sync"

	"github.com/stazh/stazh/ledger"
)

// standingsMax is the number of streams in each of the two halves of the cache, at some
// 200 bytes each.
const standingsMax = 1 << 17

// standing is where a stream stands: the last event that it has.
type standing struct {
	key      int32
	revision ledger.Revision
	head     ledger.Hash
}

// standings remembers where streams stand, so that the writer need not ask for what it
// wrote, or what somebody just read, a moment ago. It is only believed when the ledger's
// head, read under the lock that all writers take, is the position it is right for: when
// another process has written in between, it is emptied.
type standings struct {
	mu sync.Mutex

	position ledger.Position // what is remembered is right as of here
	// floor: each stream that changed between it and position is remembered. What was
	// read from a snapshot of floor or later and is not contradicted is therefore right.
	floor ledger.Position

	young, old map[ledger.StreamID]standing
	youngFloor ledger.Position // floor when old is dropped
}

func newStandings() *standings {
	return &standings{
		young: map[ledger.StreamID]standing{}, old: map[ledger.StreamID]standing{},
	}
}

// get gives what is remembered as of position, for all names or for those given before.
func (c *standings) get(name ledger.StreamID) (standing, bool) {
	s, ok := c.young[name]
	if !ok {
		s, ok = c.old[name]
	}
	return s, ok
}

// believe tells whether what is remembered is right when the ledger's head is at p; if
// not, it is forgotten.
func (c *standings) believe(p ledger.Position) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if p == c.position {
		return true
	}
	clear(c.young)
	clear(c.old)
	c.position, c.floor, c.youngFloor = p, p, p
	return false
}

// committed takes over where the streams stand after a commit that moved the head from
// the position believed to p.
func (c *standings) committed(p ledger.Position, states []*state) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, s := range states {
		c.put(s.name, standing{s.key, s.revision, s.head})
	}
	c.position = p
	if len(c.young) >= standingsMax {
		c.old, c.young = c.young, make(map[ledger.StreamID]standing, standingsMax)
		c.floor, c.youngFloor = c.youngFloor, p
	}
}

func (c *standings) put(name ledger.StreamID, s standing) {
	delete(c.old, name)
	c.young[name] = s
}

// seen takes over what a reader saw in a snapshot whose head was at asOf.
func (c *standings) seen(name ledger.StreamID, s standing, asOf ledger.Position) {
	c.mu.Lock()
	defer c.mu.Unlock()
	// A snapshot beyond position was made after a commit that is not taken over yet.
	if asOf < c.floor || asOf > c.position || len(c.young) >= standingsMax {
		return
	}
	if _, ok := c.get(name); !ok {
		c.young[name] = s
	}
}
