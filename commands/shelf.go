package commands

import "github.com/stazh/stazh/ledger/recent"

// shelf is a map of bounded weight that drops what was put longest ago. It takes the least
// room as long as more would not be made use of: what is kept in vain costs the collector as
// much as what is needed.
type shelf[K comparable, V any] struct {
	place  map[K]*shelved[K, V]
	oldest *shelved[K, V]
	newest *shelved[K, V]
	spare  *shelved[K, V] // places that are free: most of what is taken out is put back
	weight int            // of all that is in it
	use    use[K]
}

// bounds are the weight that a shelf may always have, and the one that it may have where it
// is made use of; no use is looked at where both are the same.
type bounds struct{ least, most int }

type shelved[K comparable, V any] struct {
	key          K
	value        V
	weight       int
	since        int64 // by the shelf's clock
	older, newer *shelved[K, V]
}

func (s *shelf[K, V]) take(key K) (value V, ok bool) {
	at, ok := s.place[key]
	if !ok {
		s.use.miss(key)
		return value, false
	}
	s.use.find(at.since)
	value = at.value
	s.remove(at)
	return value, true
}

func (s *shelf[K, V]) remove(at *shelved[K, V]) {
	if at.older != nil {
		at.older.newer = at.newer
	} else {
		s.oldest = at.newer
	}
	if at.newer != nil {
		at.newer.older = at.older
	} else {
		s.newest = at.older
	}
	delete(s.place, at.key)
	s.weight -= at.weight
	*at = shelved[K, V]{newer: s.spare}
	s.spare = at
}

// put keeps a value whose key must not be there. Something heavier than a quarter of the
// room is not kept.
func (s *shelf[K, V]) put(key K, value V, weight int, b bounds) {
	room := s.use.room(weight, b)
	if weight > room/4 {
		return
	}
	if s.place == nil {
		s.place = map[K]*shelved[K, V]{}
	}
	at := s.spare
	if at != nil {
		s.spare = at.newer
	} else {
		at = new(shelved[K, V])
	}
	*at = shelved[K, V]{key: key, value: value, weight: weight, since: s.use.clock,
		older: s.newest}
	if s.newest != nil {
		s.newest.newer = at
	} else {
		s.oldest = at
	}
	s.newest, s.place[key] = at, at
	for s.weight += weight; s.weight > room; {
		s.use.drop(s.oldest.key, s.oldest.since)
		s.remove(s.oldest)
	}
}

// use tells whether a shelf's room beyond the least is worth having: whether of what is put a
// part is asked for again so late that only a large shelf has it still, and not so late that
// none has. It remembers the keys of what was dropped, so that a small shelf finds out, too.
type use[K comparable] struct {
	bounds
	clock int64 // weight of all that was put so far
	gone  recent.Map[K, int64]
	puts  int // since it was found out last
	far   int // asked for again, of those that only a large shelf has
	next  int64
	large bool
}

// usePart is the part of what is put that makes room worth having: one in so many.
const usePart = 8

// room is how much a shelf may hold now that more is put.
func (u *use[K]) room(weight int, b bounds) int {
	u.bounds = b
	u.clock += int64(weight)
	u.puts++
	if u.clock >= u.next {
		u.large = u.far*usePart >= u.puts
		u.puts, u.far, u.next = 0, 0, u.clock+int64(b.most/2)
	}
	if u.large {
		return b.most
	}
	return b.least
}

func (u *use[K]) drop(key K, since int64) {
	if u.least < u.most {
		u.gone.Put(key, since, u.most/shelvedLight)
	}
}

// shelvedLight is about the least that something on a shelf weighs.
const shelvedLight = 4

// miss notes that something is asked for that is not there, or not any more.
func (u *use[K]) miss(key K) {
	if u.least < u.most {
		if since, ok := u.gone.Get(key); ok {
			u.find(since)
		}
	}
}

// find notes that something is asked for that was put at a time. What is taken out while it is
// worked on leaves its room to others, so that a shelf holds for longer than its weight says.
func (u *use[K]) find(since int64) {
	if age := u.clock - since; age > int64(u.least) && age <= int64(u.most+u.most/2) {
		u.far++
	}
}
