package pglog

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/stazh/stazh/ledger"
)

// writeLock is the advisory lock that every writing transaction holds until its commit
// is visible; the number is arbitrary but must never change ("stazhlog" in ASCII).
const writeLock int64 = 0x7374617a686c6f67

const sqlStates = `
SELECT u.ord, s.key, s.revision, s.head
FROM unnest($1::text[]) WITH ORDINALITY u(name, ord)
JOIN ledger.stream s ON s.name = u.name`

// group is what one transaction writes: some appends in the order of their arrival.
type group struct {
	writer   *writer
	requests []*request

	// The state of the ledger as the transaction sees it and then changes it.
	position ledger.Position
	recorded time.Time
	streams  int64
	states   map[ledger.StreamID]*state
	names    []string
	order    []*state // in the order of names

	rows     []row    // the accepted events, in order
	touched  []*state // the streams that they change
	types    map[string]int16
	newTypes map[string]int16 // those of types that the database does not have yet
	decided  bool
}

// state is where a stream stands.
type state struct {
	name      ledger.StreamID
	key       int64
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
	revision ledger.Revision
	at       time.Time
}

func newGroup(w *writer, requests []*request) *group {
	g := &group{writer: w, requests: requests}
	events, streams := 0, 0
	for _, r := range requests {
		events += r.events
		streams += len(r.batch)
	}
	g.rows = make([]row, 0, events)
	g.states = make(map[ledger.StreamID]*state, streams)
	g.names = make([]string, 0, streams)
	g.order = make([]*state, 0, streams)
	all := make([]state, streams)
	for _, r := range requests {
		for i := range r.batch {
			name := r.batch[i].Stream
			if g.states[name] != nil {
				continue
			}
			s := &all[len(g.order)]
			*s = state{name: name, committed: ledger.NoStream, revision: ledger.NoStream}
			g.states[name] = s
			g.names = append(g.names, string(name))
			g.order = append(g.order, s)
		}
	}
	return g
}

// load begins the transaction, takes the lock and reads where everything stands: one
// round trip, and a second one only when something looks like a repetition. The rows of
// the streams need no lock of their own, since nobody changes them without the first.
func (g *group) load(ctx context.Context, conn *pgx.Conn) error {
	b := &pgx.Batch{}
	b.Queue(`BEGIN ISOLATION LEVEL READ COMMITTED`)
	b.Queue(`SET LOCAL ROLE stazh_ledger_writer`)
	b.Queue(`SELECT pg_advisory_xact_lock($1)`, writeLock)
	b.Queue(`SELECT position, recorded_at, streams FROM ledger.head`)
	b.Queue(sqlStates, g.names)
	results := conn.SendBatch(ctx, b)
	err := g.loadResults(results)
	if closeErr := results.Close(); err == nil {
		err = closeErr
	}
	if err != nil {
		return fmt.Errorf("begin an append: %w", err)
	}
	if err := g.loadKnown(ctx, conn); err != nil {
		return fmt.Errorf("look for a repetition: %w", err)
	}
	return g.loadTypes(ctx, conn)
}

func (g *group) loadResults(results pgx.BatchResults) error {
	for range 3 {
		if _, err := results.Exec(); err != nil {
			return err
		}
	}
	var position int64
	if err := results.QueryRow().Scan(&position, &g.recorded, &g.streams); err != nil {
		return err
	}
	g.position, g.recorded = ledger.Position(position), g.recorded.UTC()
	rows, err := results.Query()
	if err != nil {
		return err
	}
	defer rows.Close()
	var head []byte
	for rows.Next() {
		var ord, key, revision int64
		if err := rows.Scan(&ord, &key, &revision, &head); err != nil {
			return err
		}
		s := g.order[ord-1]
		s.key, s.committed, s.revision = key, ledger.Revision(revision), ledger.Revision(revision)
		if copy(s.head[:], head) != len(s.head) || len(head) != len(s.head) {
			return fmt.Errorf("%w: head of stream %s has %d bytes",
				ledger.ErrCorrupt, s.name, len(head))
		}
	}
	return rows.Err()
}

// loadKnown loads the events that stand where appends with a past expectation would have
// put theirs.
func (g *group) loadKnown(ctx context.Context, conn *pgx.Conn) error {
	var ranges ranges
	var states []*state
	for _, r := range g.requests {
		if !g.maybeRepeated(r) {
			continue
		}
		for i := range r.batch {
			a := &r.batch[i]
			s := g.states[a.Stream]
			lo := a.Expected + 1
			hi := min(a.Expected+ledger.Revision(len(a.Events)), s.committed)
			if lo <= hi {
				ranges.add(s.key, lo, hi)
				states = append(states, s)
			}
		}
	}
	if len(states) == 0 {
		return nil
	}
	rows, err := conn.Query(ctx, sqlRanges, ranges.arguments()...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		raw, err := parseRow(rows.RawValues())
		if err != nil {
			return err
		}
		s := states[raw.ordinal-1]
		e, err := ledger.Open(s.name, raw.revision, raw.position, raw.record, raw.head)
		if err != nil {
			return err
		}
		if s.known == nil {
			s.known = make(map[ledger.Revision]known)
		}
		s.known[e.Revision] = known{id: e.ID, position: e.Position, at: e.RecordedAt}
	}
	return rows.Err()
}

// maybeRepeated tells whether some stream is further than the append expects.
func (g *group) maybeRepeated(r *request) bool {
	for i := range r.batch {
		if r.batch[i].Expected < g.states[r.batch[i].Stream].committed {
			return true
		}
	}
	return false
}

// decide accepts or refuses each append in turn, as if each were alone.
func (g *group) decide() {
	g.decided = true
	for _, r := range g.requests {
		r.result, r.err, r.shaky = ledger.Result{}, nil, false
		var wrong error
		for i := range r.batch {
			a := &r.batch[i]
			s := g.states[a.Stream]
			r.shaky = r.shaky || s.revision != s.committed
			if wrong == nil && s.revision != a.Expected {
				wrong = &ledger.WrongRevisionError{
					Stream: a.Stream, Expected: a.Expected, Actual: s.revision,
				}
			}
		}
		if wrong == nil {
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
		s := g.states[a.Stream]
		if s.revision == s.committed {
			g.touched = append(g.touched, s)
		}
		if s.key == 0 {
			g.streams++
			s.key = g.streams
		}
		for j := range a.Events {
			s.revision++
			g.rows = append(g.rows, row{&a.Events[j], s, s.revision, at})
		}
		g.position += ledger.Position(len(a.Events))
	}
	r.result = ledger.Result{Position: g.position, RecordedAt: at}
	r.shaky = true
}

// repeated looks for the events of an append at the places that it expected for them.
func (g *group) repeated(r *request) (ledger.Result, bool) {
	result := ledger.Result{Repeated: true}
	for i := range r.batch {
		a := &r.batch[i]
		s := g.states[a.Stream]
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
