package commands

// shelf is a map of bounded weight that drops what was put longest ago.
type shelf[K comparable, V any] struct {
	place  map[K]*shelved[K, V]
	oldest *shelved[K, V]
	newest *shelved[K, V]
	spare  *shelved[K, V] // places that are free: most of what is taken out is put back
	weight int            // of all that is in it
}

type shelved[K comparable, V any] struct {
	key          K
	value        V
	weight       int
	older, newer *shelved[K, V]
}

func (s *shelf[K, V]) take(key K) (value V, ok bool) {
	at, ok := s.place[key]
	if !ok {
		return value, false
	}
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
// limit is not kept.
func (s *shelf[K, V]) put(key K, value V, weight, limit int) {
	if weight > limit/4 {
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
	*at = shelved[K, V]{key: key, value: value, weight: weight, older: s.newest}
	if s.newest != nil {
		s.newest.newer = at
	} else {
		s.oldest = at
	}
	s.newest, s.place[key] = at, at
	for s.weight += weight; s.weight > limit; {
		s.remove(s.oldest)
	}
}
