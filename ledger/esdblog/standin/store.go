package standin

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/google/uuid"
)

// event is a recorded event.
type event struct {
	id       uuid.UUID
	stream   string
	revision uint64
	position uint64
	kind     string
	content  string // content type
	created  time.Time
	data     []byte
	metadata []byte
}

// proposed is an event that is to be appended.
type proposed struct {
	id             uuid.UUID
	kind, content  string
	data, metadata []byte
}

// Expectations of an append other than a revision.
const (
	expectNoStream = -1
	expectAny      = -2
	expectExists   = -4
)

// store is what outlives the listener.
type store struct {
	mu      sync.Mutex // guards the fields below
	events  []event
	streams map[string][]int // places in events
	next    uint64           // position of the next event
	noise   int              // a system event after so many appends; 0 for none
	appends int
	changed chan struct{} // closed and replaced by each append
}

func newStore() *store {
	return &store{streams: map[string][]int{}, next: 1, changed: make(chan struct{})}
}

// wrongVersion is an append that found its stream somewhere else.
type wrongVersion struct{ current int64 }

func (e *wrongVersion) Error() string { return fmt.Sprintf("stream is at %d", e.current) }

// append records events all or none, or finds that they are recorded: all ids of the
// proposal stand in order from the expected revision on.
func (s *store) append(stream string, expected int64, list []proposed, now time.Time,
) (revision int64, position uint64, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	places := s.streams[stream]
	current := int64(len(places)) - 1
	matches := expected == current || expected == expectAny ||
		expected == expectExists && current >= 0
	if place, ok := s.repeated(places, expected, list); ok {
		e := &s.events[place]
		return int64(e.revision), e.position, nil
	}
	if !matches {
		return 0, 0, &wrongVersion{current}
	}
	for _, p := range list {
		s.record(stream, p, now)
	}
	last := &s.events[len(s.events)-1]
	revision, position = int64(last.revision), last.position
	if s.appends++; s.noise > 0 && s.appends%s.noise == 0 {
		s.record("$stats-127.0.0.1:2113", proposed{id: uuid.New(), kind: "$statsCollected",
			content: "application/json", data: []byte("{}")}, now)
	}
	close(s.changed)
	s.changed = make(chan struct{})
	return revision, position, nil
}

func (s *store) repeated(places []int, expected int64, list []proposed) (place int, ok bool) {
	from := int(expected) + 1
	if expected < expectNoStream {
		from = slices.IndexFunc(places, func(p int) bool {
			return len(list) > 0 && s.events[p].id == list[0].id
		})
	}
	if from < 0 || len(list) == 0 || from+len(list) > len(places) {
		return 0, false
	}
	for i, p := range list {
		place = places[from+i]
		if s.events[place].id != p.id {
			return 0, false
		}
	}
	return place, true
}

func (s *store) record(stream string, p proposed, now time.Time) {
	s.streams[stream] = append(s.streams[stream], len(s.events))
	s.events = append(s.events, event{id: p.id, stream: stream,
		revision: uint64(len(s.streams[stream]) - 1), position: s.next, kind: p.kind,
		content: p.content, created: now, data: p.data, metadata: p.metadata})
	s.next += uint64(100 + len(p.data) + len(p.metadata)) // as bytes of a log
}

// page gives at most limit events of a stream (of all for an empty name), from a place on,
// and the channel that the next append closes. Places are revisions, or positions.
func (s *store) page(stream string, from uint64, backwards bool, limit int,
) (page []event, changed <-chan struct{}, exists bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := len(s.events)
	at := func(i int) *event { return &s.events[i] }
	key := func(e *event) uint64 { return e.position }
	if stream != "" {
		places := s.streams[stream]
		n, exists = len(places), len(places) > 0
		at = func(i int) *event { return &s.events[places[i]] }
		key = func(e *event) uint64 { return e.revision }
	}
	first := n // the first one that is not before from
	if n > 0 && from <= key(at(n-1)) {
		low, high := 0, n
		for low < high {
			if middle := (low + high) / 2; key(at(middle)) < from {
				low = middle + 1
			} else {
				high = middle
			}
		}
		first = low
	}
	if !backwards {
		for i := first; i < n && len(page) < limit; i++ {
			page = append(page, *at(i))
		}
		return page, s.changed, exists
	}
	if stream != "" && first < n && key(at(first)) == from {
		first++ // a revision is inclusive, a position is not
	}
	for i := first - 1; i >= 0 && len(page) < limit; i-- {
		page = append(page, *at(i))
	}
	return page, s.changed, exists
}

// streamNames gives the names of all streams that are no system streams.
func (s *store) streamNames() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var names []string
	for name := range s.streams {
		if !strings.HasPrefix(name, "$") {
			names = append(names, name)
		}
	}
	return names
}
