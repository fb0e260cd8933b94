package pglog

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/stazh/stazh/ledger"
)

// writeLock is the advisory lock that every writing transaction holds until its commit
// is visible; the number is arbitrary but must never change ("stazhlog" in ASCII).
const writeLock int64 = 0x7374617a686c6f67

// sqlStates gives where streams stand: their last events.
const sqlStates = `
SELECT u.ord, s.key, e.revision::bigint, e.head
FROM unnest($1::text[]) WITH ORDINALITY u(name, ord)
JOIN ledger.stream s ON s.name = u.name
LEFT JOIN LATERAL (
	SELECT revision, head FROM ledger.event e WHERE e.stream = s.key
	ORDER BY e.revision DESC LIMIT 1
) e ON true`

// sqlKnown gives runs of revisions of some streams.
const sqlKnown = `
SELECT r.ord, e.position, e.revision::bigint, e.record
FROM unnest($1::integer[], $2::integer[], $3::integer[]) WITH ORDINALITY r(key, lo, hi, ord)
CROSS JOIN LATERAL (
	SELECT * FROM ledger.event e
	WHERE e.stream = r.key AND e.revision BETWEEN r.lo AND r.hi
	ORDER BY e.revision
	LIMIT r.hi - r.lo + 1
) e`

// load begins the transaction, takes the lock and learns where everything stands: one
// round trip, and more only when another process has written in between or something
// looks like a repetition. The streams need no lock of their own, since nobody adds to
// them without the one lock.
func (g *group) load(ctx context.Context, conn *pgx.Conn) error {
	unknown := g.remembered()
	if err := g.begin(ctx, conn, unknown); err != nil {
		return fmt.Errorf("begin an append: %w", err)
	}
	if err := g.writer.log.lastSealed(ctx, conn, unknown); err != nil {
		return fmt.Errorf("read where streams stand: %w", err)
	}
	if !g.writer.log.stand.believe(g.position) && len(unknown) < len(g.order) {
		// What was remembered is out of date.
		for _, s := range g.order {
			*s = state{name: s.name, committed: ledger.NoStream, revision: ledger.NoStream}
		}
		if err := g.ask(ctx, conn, g.order); err != nil {
			return fmt.Errorf("read where streams stand: %w", err)
		}
	}
	if err := g.loadKnown(ctx, conn); err != nil {
		return fmt.Errorf("look for a repetition: %w", err)
	}
	return g.loadTypes(ctx, conn)
}

// remembered fills the states that are remembered and gives the others.
func (g *group) remembered() (unknown []*state) {
	c := g.writer.log.stand
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, s := range g.order {
		if known, place, ok := c.find(s.name); ok {
			s.set(known)
			s.place = place
		} else {
			unknown = append(unknown, s)
		}
	}
	return unknown
}

func (s *state) set(at standing) {
	s.key, s.committed, s.revision, s.head = at.key, at.revision, at.revision, at.head
}

func (g *group) begin(ctx context.Context, conn *pgx.Conn, unknown []*state) error {
	b := &pgx.Batch{}
	queueBegin(b)
	b.Queue(`SELECT position, recorded_at, streams, contexts FROM ledger.head`)
	if len(unknown) > 0 {
		b.Queue(sqlStates, namesOf(unknown))
	}
	results := conn.SendBatch(ctx, b)
	err := g.beginResults(results, unknown)
	if closeErr := results.Close(); err == nil {
		err = closeErr
	}
	return err
}

// queueBegin opens a transaction as the role that appends, and takes the lock.
func queueBegin(b *pgx.Batch) {
	b.Queue(`BEGIN ISOLATION LEVEL READ COMMITTED`)
	b.Queue(`SET LOCAL ROLE stazh_ledger_writer`)
	b.Queue(`SELECT pg_advisory_xact_lock($1)`, writeLock)
}

func (g *group) beginResults(results pgx.BatchResults, unknown []*state) error {
	for range 3 {
		if _, err := results.Exec(); err != nil {
			return err
		}
	}
	var position int64
	err := results.QueryRow().Scan(&position, &g.recorded, &g.streams, &g.contexts)
	if err != nil {
		return err
	}
	g.position, g.recorded = ledger.Position(position), g.recorded.UTC()
	if len(unknown) == 0 {
		return nil
	}
	rows, err := results.Query()
	if err != nil {
		return err
	}
	return readStates(rows, unknown)
}

// ask reads where streams stand.
func (g *group) ask(ctx context.Context, conn *pgx.Conn, states []*state) error {
	rows, err := conn.Query(ctx, sqlStates, namesOf(states))
	if err != nil {
		return err
	}
	if err := readStates(rows, states); err != nil {
		return err
	}
	return g.writer.log.lastSealed(ctx, conn, states)
}

func namesOf(states []*state) []string {
	names := make([]string, len(states))
	for i, s := range states {
		names[i] = string(s.name)
	}
	return names
}

func readStates(rows pgx.Rows, states []*state) error {
	defer rows.Close()
	var head []byte
	for rows.Next() {
		var ord int64
		var key int32
		var revision *int64
		if err := rows.Scan(&ord, &key, &revision, &head); err != nil {
			return err
		}
		s := states[ord-1]
		at := standing{key: key, revision: ledger.NoStream}
		if revision != nil { // otherwise it is sealed
			at.revision = ledger.Revision(*revision)
			if copy(at.head[:], head) != len(head) || len(head) != len(at.head) {
				return fmt.Errorf("%w: the last event of stream %s has no head",
					ledger.ErrCorrupt, s.name)
			}
		}
		s.set(at)
	}
	return rows.Err()
}

// loadKnown loads the events that stand where appends with a past expectation would have
// put theirs.
func (g *group) loadKnown(ctx context.Context, conn *pgx.Conn) error {
	var keys []int32
	var los, his []int32
	var states []*state
	for _, r := range g.requests {
		if !r.maybeRepeated() {
			continue
		}
		for i := range r.batch {
			a := &r.batch[i]
			s := r.streams[i]
			lo := a.Expected + 1
			hi := min(a.Expected+ledger.Revision(len(a.Events)), s.committed)
			if lo <= hi {
				keys, los, his = append(keys, s.key), append(los, int32(lo)), append(his, int32(hi))
				states = append(states, s)
			}
		}
	}
	if len(states) == 0 {
		return nil
	}
	rows, err := conn.Query(ctx, sqlKnown, keys, los, his)
	if err != nil {
		return err
	}
	var (
		ord, position, revision int64
		record                  []byte
	)
	_, err = pgx.ForEachRow(rows, []any{&ord, &position, &revision, &record}, func() error {
		return states[ord-1].know(
			ledger.Revision(revision), ledger.Position(position), record)
	})
	if err != nil {
		return err
	}
	return g.loadKnownSealed(ctx, conn, states, los, his)
}

// know takes over what must be known of a recorded event.
func (s *state) know(r ledger.Revision, p ledger.Position, record []byte) error {
	at, id, err := ledger.ParseOwn(record)
	if err != nil {
		return fmt.Errorf("event %d of %s: %w", r, s.name, err)
	}
	if s.known == nil {
		s.known = make(map[ledger.Revision]known)
	}
	s.known[r] = known{id, p, at}
	return nil
}

// maybeRepeated tells whether some stream is further than the append expects.
func (r *request) maybeRepeated() bool {
	for i := range r.batch {
		if r.batch[i].Expected < r.streams[i].committed {
			return true
		}
	}
	return false
}
