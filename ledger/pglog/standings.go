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

	young, old half
	youngFloor ledger.Position // floor when old is dropped
}

// half is one of the two parts of the cache: names, and apart from them, where the collector
// has nothing to follow, what is remembered of each.
type half struct {
	place map[ledger.StreamID]int32 // in list
	list  []standing
}

func newHalf(room int) half {
	return half{place: make(map[ledger.StreamID]int32, room), list: make([]standing, 0, room)}
}

func (h *half) add(name ledger.StreamID, s standing) {
	h.place[name] = int32(len(h.list))
	h.list = append(h.list, s)
}

func newStandings() *standings { return &standings{young: newHalf(0), old: newHalf(0)} }

// get gives what is remembered as of position, for all names or for those given before.
func (c *standings) get(name ledger.StreamID) (standing, bool) {
	s, _, ok := c.find(name)
	return s, ok
}

// find is get with the place in the young half, one more than its index; 0 for none.
func (c *standings) find(name ledger.StreamID) (s standing, place int32, ok bool) {
	if i, ok := c.young.place[name]; ok {
		return c.young.list[i], i + 1, true
	}
	if i, ok := c.old.place[name]; ok {
		return c.old.list[i], 0, true
	}
	return s, 0, false
}

// believe tells whether what is remembered is right when the ledger's head is at p; if
// not, it is forgotten.
func (c *standings) believe(p ledger.Position) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if p == c.position {
		return true
	}
	c.young, c.old = newHalf(0), newHalf(0)
	c.position, c.floor, c.youngFloor = p, p, p
	return false
}

// committed takes over where the streams stand after a commit that moved the head from
// the position believed to p.
func (c *standings) committed(p ledger.Position, states []*state) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, s := range states {
		c.put(s.name, s.place, standing{s.key, s.revision, s.head})
	}
	c.position = p
	if len(c.young.list) >= standingsMax {
		c.old, c.young = c.young, newHalf(standingsMax)
		c.floor, c.youngFloor = c.youngFloor, p
	}
}

// put remembers where a stream stands, in its place where find gave one. What the old half
// says of it does not matter any more.
func (c *standings) put(name ledger.StreamID, place int32, s standing) {
	if place == 0 {
		i, ok := c.young.place[name]
		if !ok {
			c.young.add(name, s)
			return
		}
		place = i + 1
	}
	c.young.list[place-1] = s
}

// seen takes over what a reader saw in a snapshot whose head was at asOf.
func (c *standings) seen(name ledger.StreamID, s standing, asOf ledger.Position) {
	c.mu.Lock()
	defer c.mu.Unlock()
	// A snapshot beyond position was made after a commit that is not taken over yet.
	if asOf < c.floor || asOf > c.position || len(c.young.list) >= standingsMax {
		return
	}
	if _, ok := c.get(name); !ok {
		c.young.add(name, s)
	}
}
