package pglog

import (
	"time"

	"github.com/google/uuid"

	"github.com/stazh/stazh/ledger"
)

// group is what one transaction writes: some appends in the order of their arrival.
type group struct {
	writer   *writer
	requests []*request

	// The state of the ledger as the transaction sees it and then changes it.
	summit
	states map[ledger.StreamID]*state
	order  []*state // of all streams, in the order of their first mention

	rows        []row    // the accepted events, in order
	touched     []*state // the streams that they change
	types       map[string]*numberedKind
	newTypes    map[int16]*ledger.Kind    // those that the database does not have yet
	newContexts []*numbered               // likewise
	byMeta      map[ledger.Meta]*numbered // newContexts
	lastMeta    ledger.Meta               // of the last row, without months
	lastContext *numbered                 // that of lastMeta
	decided     bool
}

// summit is where the whole ledger stands: the one row of ledger.head.
type summit struct {
	position ledger.Position
	recorded time.Time
	streams  int32
	contexts int32
}

// state is where a stream stands.
type state struct {
	name      ledger.StreamID
	key       int32
	place     int32           // in the standings, if they have it
	committed ledger.Revision // before this group
	revision  ledger.Revision
	head      ledger.Hash
	// known are events that the database has, loaded to recognise a repetition.
	known map[ledger.Revision]known
}

// known is what must be known of a recorded event to recognise it.
type known struct {
	id       uuid.UUID
	position ledger.Position
	at       time.Time
}

// row is an event on its way into the table.
type row struct {
	event    *ledger.NewEvent
	state    *state
	context  *numbered
	kind     *numberedKind
	revision ledger.Revision
	at       time.Time
}

// numberedKind is an event type and its number.
type numberedKind struct {
	id int16
	*ledger.Kind
}

func newGroup(w *writer, requests []*request) *group {
	g := &group{writer: w, requests: requests}
	events, streams := 0, 0
	for _, r := range requests {
		events += r.events
		streams += len(r.batch)
	}
	g.rows = make([]row, 0, events)
	g.order = make([]*state, 0, streams)
	all := make([]state, streams)
	g.states = make(map[ledger.StreamID]*state, streams)
	for _, r := range requests {
		r.streams = make([]*state, len(r.batch))
		for i := range r.batch {
			name := r.batch[i].Stream
			s := g.states[name]
			if s == nil {
				s = &all[len(g.order)]
				*s = state{name: name, committed: ledger.NoStream, revision: ledger.NoStream}
				g.states[name] = s
				g.order = append(g.order, s)
			}
			r.streams[i] = s
		}
	}
	return g
}

// decide accepts or refuses each append in turn, as if each were alone.
func (g *group) decide() {
	g.decided = true
	for _, r := range g.requests {
		r.result, r.err, r.shaky = ledger.Result{}, nil, false
		var wrong error
		for i := range r.batch {
			a := &r.batch[i]
			s := r.streams[i]
			r.shaky = r.shaky || s.revision != s.committed
			// The heads of what this group adds are not made yet: an import waits for them.
			busy := r.imported != nil && s.revision != s.committed
			if wrong == nil && (s.revision != a.Expected || busy) {
				wrong = &ledger.WrongRevisionError{
					Stream: a.Stream, Expected: a.Expected, Actual: s.revision,
				}
			}
		}
		if wrong == nil && r.imported != nil {
			g.takeOver(r)
		} else if wrong == nil {
			g.accept(r)
		} else if result, ok := g.repeated(r); ok {
			r.result = result
		} else {
			r.err = wrong
		}
	}
}

func (g *group) accept(r *request) {
	at := g.writer.options.Clock().UTC().Truncate(time.Microsecond)
	if at.Before(g.recorded) {
		at = g.recorded
	}
	g.recorded = at
	for i := range r.batch {
		a := &r.batch[i]
		s := r.streams[i]
		g.touch(s)
		for j := range a.Events {
			s.revision++
			e := &a.Events[j]
			g.rows = append(g.rows,
				row{e, s, g.contextOf(&e.Meta), g.types[e.Type], s.revision, at})
		}
		g.position += ledger.Position(len(a.Events))
	}
	r.result = ledger.Result{Position: g.position, RecordedAt: at}
	r.shaky = true
}

// touch notes that a stream is about to change, and numbers a new one.
func (g *group) touch(s *state) {
	if s.revision == s.committed {
		g.touched = append(g.touched, s)
	}
	if s.key == 0 {
		g.streams++
		s.key = g.streams
	}
}

// contextOf gives the stored context of an event's metadata, a new one if nobody used the
// same a short time ago.
func (g *group) contextOf(m *ledger.Meta) *numbered {
	meta := m.WithoutMonths()
	if g.lastContext != nil && meta == g.lastMeta {
		return g.lastContext
	}
	x := g.writer.contexts.get(meta)
	if x == nil {
		x = g.byMeta[meta]
	}
	if x == nil {
		g.contexts++
		x = &numbered{g.contexts, ledger.NewContext(meta)}
		g.newContexts = append(g.newContexts, x)
		if g.byMeta == nil {
			g.byMeta = map[ledger.Meta]*numbered{}
		}
		g.byMeta[meta] = x
	}
	g.lastMeta, g.lastContext = meta, x
	return x
}

// repeated looks for the events of an append at the places that it expected for them.
func (g *group) repeated(r *request) (ledger.Result, bool) {
	result := ledger.Result{Repeated: true}
	for i := range r.batch {
		a := &r.batch[i]
		s := r.streams[i]
		for j := range a.Events {
			revision := a.Expected + 1 + ledger.Revision(j)
			k, ok := s.known[revision]
			if revision > s.committed {
				k, ok = g.pending(s, revision)
			}
			if !ok || k.id != a.Events[j].ID {
				return ledger.Result{}, false
			}
			if k.position > result.Position {
				result.Position, result.RecordedAt = k.position, k.at
			}
		}
	}
	return result, true
}

// pending finds an event that an earlier append of this group adds.
func (g *group) pending(s *state, revision ledger.Revision) (known, bool) {
	if revision > s.revision {
		return known{}, false
	}
	first := g.position - ledger.Position(len(g.rows)) + 1
	for i := range g.rows {
		if row := &g.rows[i]; row.state == s && row.revision == revision {
			return known{row.event.ID, first + ledger.Position(i), row.at}, true
		}
	}
	return known{}, false
}

// answer tells the callers. After a failed transaction, those whose answer does not
// depend on it get theirs; all others get the error.
func (g *group) answer(err error) {
	for _, r := range g.requests {
		if err != nil && (r.shaky || !g.decided) {
			r.result, r.err = ledger.Result{}, err
		}
		close(r.done)
	}
}
