// Package reconciliation keeps, for every payer, the mismatches between what it declares and
// what the accounts say – open and closed, with the events that opened and closed them – and
// which of its reports are filed, with the counts of each office.
//
// Mismatches are those of ledger/reconciliation, followed event by event. Whether a report
// is missing depends on the day: the tables hold what is met and who owes, and due dates are
// compared when somebody reads, so that the passing of time writes nothing.
package reconciliation

import (
	"context"
	_ "embed"
	"fmt"
	"slices"

	"github.com/jackc/pgx/v5"

	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/ledger/obligation"
	"github.com/stazh/stazh/ledger/period"
	"github.com/stazh/stazh/ledger/reconciliation"
	"github.com/stazh/stazh/projections"
)

//go:embed schema.sql
var ddl string

// Projection folds the streams of payers.
type Projection struct{}

// New makes the projection.
func New() *Projection { return &Projection{} }

// Name is the question answered.
func (*Projection) Name() string { return "reconciliation" }

// Version counts the shapes of the tables.
func (*Projection) Version() int { return 1 }

// DDL creates the tables.
func (*Projection) DDL() string { return ddl }

// Tables lists the tables.
func (*Projection) Tables() []projections.Table {
	return []projections.Table{
		{Name: "payer", Key: []string{"unp"}},
		{Name: "mismatch", Key: []string{"payer", "kind", "quarter", "opened"}},
		{Name: "duty", Key: []string{"unp"}},
		{Name: "met", Key: []string{"unp", "form", "quarter"}},
		{Name: "total", Key: []string{"office", "payer_kind", "form", "quarter"}},
	}
}

// Apply folds the events of payers, each on its state of before the batch.
func (*Projection) Apply(ctx context.Context, tx pgx.Tx, batch []projections.Event) error {
	c := newChanges(batch)
	if len(c.payers) == 0 {
		return nil
	}
	if err := c.load(ctx, tx); err != nil {
		return err
	}
	for i := range batch {
		unp, ok := batch[i].Stream.Payer()
		if !ok {
			continue
		}
		if err := apply(c.payers[unp].track, &batch[i]); err != nil {
			return err
		}
	}
	return c.store(ctx, tx)
}

// apply folds one event.
func apply(t *reconciliation.Track, e *projections.Event) error {
	if e.Revision != t.Payer.Revision+1 {
		return fmt.Errorf("%w: revision %d of a payer comes after revision %d",
			ledger.ErrCorrupt, e.Revision, t.Payer.Revision)
	}
	t.Apply(*e.Event, e.Payload)
	return nil
}

// standing is what the tables of obligations say of a payer.
type standing struct {
	unp, office, kind string
	obligation.Standing
}

func standingOf(t *reconciliation.Track) standing {
	p := t.Payer
	return standing{p.UNP, p.Office, p.Kind, obligation.StandingOf(p)}
}

// figure is a place in the table of totals.
type figure struct {
	office, kind, form string
	quarter            period.Month
}

// figures are differences to the totals.
type figures map[figure]int64

// add takes a payer's standing in or out.
func (f figures) add(s *standing, sign int64) {
	if s.First == 0 {
		return
	}
	f[figure{s.office, s.kind, "", s.First}] += sign
	if s.Last != 0 {
		f[figure{s.office, s.kind, "", s.Last.Add(3)}] -= sign
	}
	for _, m := range s.Met {
		f[figure{s.office, s.kind, m.Form, m.Quarter}] += sign
	}
}

func quarterOf(m *reconciliation.Mismatch) period.Month {
	return obligation.FirstMonth(m.Year, m.Quarter)
}

// writeMismatches gives the rows of mismatches.
func writeMismatches(rows *projections.Rows, unp, office string,
	list []reconciliation.Mismatch) {
	for i := range list {
		m := &list[i]
		rows.Table("mismatch", 10)
		rows.Text(unp)
		rows.Text(m.Kind)
		rows.Int32(int32(quarterOf(m)))
		rows.Int64(int64(m.Opened.Position))
		if m.Closed == nil {
			rows.Null()
		} else {
			rows.Int64(int64(m.Closed.Position))
		}
		rows.Text(office)
		rows.Int64(int64(m.Difference))
		rows.Bool(m.Carried)
		rows.Bool(m.State == reconciliation.Explained)
		rows.Encoded(m.Fields)
	}
}

func writePayer(rows *projections.Rows, t *reconciliation.Track) {
	rows.Table("payer", 2)
	rows.Text(t.Payer.UNP)
	rows.Encoded(t.Fields)
}

func writeDuty(rows *projections.Rows, s *standing) {
	if s.First == 0 {
		return
	}
	rows.Table("duty", 5)
	rows.Text(s.unp)
	rows.Text(s.office)
	rows.Text(s.kind)
	rows.Int32(int32(s.First))
	if s.Last == 0 {
		rows.Null()
	} else {
		rows.Int32(int32(s.Last))
	}
}

func writeMet(rows *projections.Rows, unp string, list []obligation.Filed) {
	for _, m := range list {
		rows.Table("met", 3)
		rows.Text(unp)
		rows.Text(m.Form)
		rows.Int32(int32(m.Quarter))
	}
}

// without gives the filed reports of a list that another list lacks.
func without(list, other []obligation.Filed) (left []obligation.Filed) {
	for _, m := range list {
		if !slices.ContainsFunc(other, func(o obligation.Filed) bool {
			return o.Form == m.Form && o.Quarter == m.Quarter
		}) {
			left = append(left, m)
		}
	}
	return left
}

func decode(state []byte) (*reconciliation.Track, error) {
	t := &reconciliation.Track{}
	c := ledger.NewDecoder(state)
	t.Fields(c)
	if err := c.Finish(); err != nil {
		return nil, fmt.Errorf("stored reconciliation of a payer: %w", err)
	}
	return t, nil
}
