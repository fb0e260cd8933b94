package balance

import (
	"context"
	"fmt"
	"slices"

	"github.com/jackc/pgx/v5"

	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/ledger/account"
	"github.com/stazh/stazh/ledger/reconciliation"
	"github.com/stazh/stazh/projections"
)

// changes are what a batch makes of payers.
type changes struct {
	// known and fresh are the payers that the batch touches: those with a row, and those
	// whose stream begins in the batch.
	known, fresh []string
	payers       map[string]*payer
}

// payer is a payer that the batch touches, and what the tables said of it before.
type payer struct {
	track      *reconciliation.Track
	open       []reconciliation.Mismatch
	before     standing
	waited     bool // months waited for a parameter
	suspending bool // payments were suspended
}

func newChanges(batch []projections.Event) *changes {
	c := &changes{payers: map[string]*payer{}}
	for i := range batch {
		unp, ok := batch[i].Stream.Payer()
		if !ok || c.payers[unp] != nil {
			continue
		}
		c.payers[unp] = &payer{}
		if batch[i].Revision == 0 {
			c.payers[unp].track = reconciliation.NewTrack(unp)
			c.fresh = append(c.fresh, unp)
		} else {
			c.known = append(c.known, unp)
		}
	}
	slices.Sort(c.known) // neighbours of the index stand together
	slices.Sort(c.fresh)
	return c
}

// load reads the states of the known payers.
func (c *changes) load(ctx context.Context, tx pgx.Tx) error {
	if len(c.known) == 0 {
		return nil
	}
	rows, err := tx.Query(ctx, `select unp, state from payer
		join unnest($1::text[]) n(unp) using (unp)`, c.known)
	if err != nil {
		return fmt.Errorf("load payers: %w", err)
	}
	var (
		unp   string
		state []byte
	)
	_, err = pgx.ForEachRow(rows, []any{&unp, &state}, func() error {
		track, err := decode(state)
		if err != nil {
			return err
		}
		*c.payers[unp] = payer{track: track, open: track.Open, before: standingOf(track),
			waited:     slices.ContainsFunc(track.Payer.Months, waits),
			suspending: len(track.Payer.Suspended) > 0}
		return nil
	})
	if err != nil {
		return fmt.Errorf("load payers: %w", err)
	}
	for _, unp := range c.known {
		if c.payers[unp].track == nil {
			c.payers[unp].track = reconciliation.NewTrack(unp) // whose first event is refused
		}
	}
	return nil
}

func waits(m account.LiabilityMonth) bool { return m.Awaits != "" }

// store writes what has changed.
func (c *changes) store(ctx context.Context, tx pgx.Tx) error {
	s := newStore()
	for _, list := range [...][]string{c.known, c.fresh} {
		for _, unp := range list {
			s.payer(unp, c.payers[unp])
		}
	}
	for _, unp := range c.fresh {
		write(s.rows, c.payers[unp].track)
	}
	if err := s.write(ctx, tx, c); err != nil {
		return fmt.Errorf("store payers: %w", err)
	}
	return nil
}

// store gathers rows to delete and to insert.
type store struct {
	rows      *projections.Rows
	waited    []string // payers whose waiting months are written anew
	suspended []string // treasuries whose suspended payments are
	reopened  []string // payers whose open mismatches are
	duties    []string // payers whose duty is
	unmet     metColumns
	differing figures
}

type metColumns struct {
	unps, forms []string
	quarters    []int32
}

func newStore() *store {
	return &store{rows: projections.NewRows(), differing: figures{}}
}

func (s *store) payer(unp string, p *payer) {
	if p.waited {
		s.waited = append(s.waited, unp)
	}
	writeAwaiting(s.rows, p.track.Payer)
	if p.suspending {
		s.suspended = append(s.suspended, unp)
	}
	writeSuspended(s.rows, p.track.Payer)
	now := standingOf(p.track)
	s.mismatches(unp, p, now.office)
	s.standing(&p.before, &now)
}

func (s *store) mismatches(unp string, p *payer, office string) {
	writeMismatches(s.rows, unp, office, p.track.Closed)
	p.track.Forget()
	if slices.Equal(p.open, p.track.Open) && (len(p.open) == 0 || office == p.before.office) {
		return
	}
	if len(p.open) > 0 {
		s.reopened = append(s.reopened, unp)
	}
	writeMismatches(s.rows, unp, office, p.track.Open)
}

func (s *store) standing(before, now *standing) {
	if before.office != now.office || before.kind != now.kind || before.First != now.First ||
		before.Last != now.Last {
		if before.First != 0 {
			s.duties = append(s.duties, now.unp)
		}
		writeDuty(s.rows, now)
	}
	for _, m := range without(before.Met, now.Met) {
		s.unmet.unps = append(s.unmet.unps, now.unp)
		s.unmet.forms = append(s.unmet.forms, m.Form)
		s.unmet.quarters = append(s.unmet.quarters, int32(m.Quarter))
	}
	writeMet(s.rows, now.unp, without(now.Met, before.Met))
	s.differing.add(before, -1)
	s.differing.add(now, 1)
}

func (s *store) write(ctx context.Context, tx pgx.Tx, c *changes) error {
	var b pgx.Batch
	c.queueUpdate(&b)
	for _, x := range [...]struct {
		statement string
		payers    []string
	}{
		{"delete from awaiting where payer = any($1)", s.waited},
		{"delete from suspended where treasury = any($1)", s.suspended},
		{"delete from mismatch where payer = any($1) and closed is null", s.reopened},
		{"delete from duty where unp = any($1)", s.duties},
	} {
		if len(x.payers) > 0 {
			b.Queue(x.statement, x.payers)
		}
	}
	if len(s.unmet.unps) > 0 {
		b.Queue(`delete from met using unnest($1::text[], $2::text[], $3::integer[])
				n(unp, form, quarter)
			where met.unp = n.unp and met.form = n.form and met.quarter = n.quarter`,
			s.unmet.unps, s.unmet.forms, s.unmet.quarters)
	}
	s.differing.queue(&b)
	if b.Len() > 0 {
		if err := tx.SendBatch(ctx, &b).Close(); err != nil {
			return err
		}
	}
	return s.rows.Insert(ctx, tx)
}

// queueUpdate writes the states of the known payers.
func (c *changes) queueUpdate(b *pgx.Batch) {
	n := len(c.known)
	if n == 0 {
		return
	}
	var (
		revisions  = make([]int64, n)
		positions  = make([]int64, n)
		registered = make([]bool, n)
		offices    = make([]string, n)
		kinds      = make([]string, n)
		names      = make([]string, n)
		assessed   = make([]int64, n)
		paid       = make([]int64, n)
		encoded    = make([][]byte, n)
	)
	for i, unp := range c.known {
		t := c.payers[unp].track
		p := t.Payer
		revisions[i], positions[i] = int64(p.Revision), int64(p.Position)
		registered[i] = p.Registered
		offices[i], kinds[i] = projections.Text(p.Office), projections.Text(p.Kind)
		names[i] = projections.Text(p.Name)
		assessed[i], paid[i] = int64(p.Assessed()), int64(p.Paid())
		e := ledger.NewEncoder(nil)
		t.Fields(e)
		encoded[i] = e.Encoded()
	}
	b.Queue(`update payer p set revision = n.revision, position = n.position,
			registered = n.registered, office = n.office, kind = n.kind, name = n.name,
			assessed = n.assessed, paid = n.paid, state = n.state
		from unnest($1::text[], $2::bigint[], $3::bigint[], $4::boolean[], $5::text[],
			$6::text[], $7::text[], $8::bigint[], $9::bigint[], $10::bytea[])
			n(unp, revision, position, registered, office, kind, name, assessed, paid, state)
		where p.unp = n.unp`,
		c.known, revisions, positions, registered, offices, kinds, names, assessed, paid, encoded)
}
