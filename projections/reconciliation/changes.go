package reconciliation

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"github.com/jackc/pgx/v5"

	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/ledger/reconciliation"
	"github.com/stazh/stazh/projections"
)

// changes are what a batch makes of payers.
type changes struct {
	known, fresh []string // with a row before the batch, and without one
	payers       map[string]*payer
}

// payer is a payer that the batch touches, and what the tables said of it before.
type payer struct {
	track  *reconciliation.Track
	open   []reconciliation.Mismatch
	before standing
}

func newChanges(batch []projections.Event) *changes {
	c := &changes{payers: map[string]*payer{}}
	for i := range batch {
		unp, ok := batch[i].Stream.Payer()
		if !ok || c.payers[unp] != nil {
			continue
		}
		c.payers[unp] = &payer{track: reconciliation.NewTrack(unp)}
		if batch[i].Revision == 0 {
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
		c.payers[unp] = &payer{track: track, open: track.Open, before: standingOf(track)}
		return nil
	})
	if err != nil {
		return fmt.Errorf("load payers: %w", err)
	}
	return nil
}

// store writes what has changed.
func (c *changes) store(ctx context.Context, tx pgx.Tx) error {
	s := newStore()
	for _, list := range [...][]string{c.known, c.fresh} {
		for _, unp := range list {
			s.payer(unp, c.payers[unp])
		}
	}
	for _, unp := range c.fresh {
		writePayer(s.rows, c.payers[unp].track)
	}
	if err := s.write(ctx, tx, c); err != nil {
		return fmt.Errorf("store the reconciliation of payers: %w", err)
	}
	return nil
}

// store gathers rows to delete and to insert.
type store struct {
	rows      *projections.Rows
	reopened  []string // payers whose open mismatches are written anew
	duties    []string // payers whose duty is written anew
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
	now := standingOf(p.track)
	writeMismatches(s.rows, unp, now.office, p.track.Closed)
	p.track.Forget()
	if !slices.Equal(p.open, p.track.Open) {
		if len(p.open) > 0 {
			s.reopened = append(s.reopened, unp)
		}
		writeMismatches(s.rows, unp, now.office, p.track.Open)
	} else if len(p.open) > 0 && now.office != p.before.office {
		s.reopened = append(s.reopened, unp)
		writeMismatches(s.rows, unp, now.office, p.track.Open)
	}
	s.standing(&p.before, &now)
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
	if n := len(c.known); n > 0 {
		states := make([][]byte, n)
		for i, unp := range c.known {
			e := ledger.NewEncoder(nil)
			c.payers[unp].track.Fields(e)
			states[i] = e.Encoded()
		}
		b.Queue(`update payer p set state = n.state
			from unnest($1::text[], $2::bytea[]) n(unp, state) where p.unp = n.unp`,
			c.known, states)
	}
	if len(s.reopened) > 0 {
		b.Queue("delete from mismatch where payer = any($1) and closed is null", s.reopened)
	}
	if len(s.duties) > 0 {
		b.Queue("delete from duty where unp = any($1)", s.duties)
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

// queue adds the differences to the totals and removes those that come to nothing.
func (f figures) queue(b *pgx.Batch) {
	places := make([]figure, 0, len(f))
	for place, n := range f {
		if n != 0 {
			places = append(places, place)
		}
	}
	if len(places) == 0 {
		return
	}
	slices.SortFunc(places, func(a, b figure) int {
		return cmp.Or(cmp.Compare(a.office, b.office), cmp.Compare(a.kind, b.kind),
			cmp.Compare(a.form, b.form), cmp.Compare(a.quarter, b.quarter))
	})
	var (
		offices, kinds, forms []string
		quarters              []int32
		counts                []int64
	)
	for _, place := range places {
		offices = append(offices, projections.Text(place.office))
		kinds = append(kinds, projections.Text(place.kind))
		forms = append(forms, place.form)
		quarters = append(quarters, int32(place.quarter))
		counts = append(counts, f[place])
	}
	b.Queue(`insert into total (office, payer_kind, form, quarter, payers)
		select * from unnest($1::text[], $2::text[], $3::text[], $4::integer[], $5::bigint[])
		on conflict (office, payer_kind, form, quarter)
			do update set payers = total.payers + excluded.payers`,
		offices, kinds, forms, quarters, counts)
	b.Queue(`delete from total using unnest($1::text[], $2::text[], $3::text[], $4::integer[])
			n(office, payer_kind, form, quarter)
		where total.office = n.office and total.payer_kind = n.payer_kind
			and total.form = n.form and total.quarter = n.quarter and total.payers = 0`,
		offices, kinds, forms, quarters)
}
