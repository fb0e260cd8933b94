// Package balance keeps what follows from the streams of payers: for each payer the state
// that the fold account.Payer gives, the totals that lists show, and which months wait for a
// parameter of the law; the mismatches between what it declares and what the accounts say,
// open and closed, with the events that opened and closed them; and which of its reports are
// filed, with the counts of each office.
//
// A payer is folded once for all of that. What is owed on a day, what is unpaid of it and
// which report is missing is computed from the state when asked: the tables know no day, so
// that the passing of time writes nothing.
package balance

import (
	"context"
	_ "embed"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/ledger/account"
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
func (*Projection) Name() string { return "balance" }

// Version counts the shapes of the tables.
func (*Projection) Version() int { return 4 }

// DDL creates the tables.
func (*Projection) DDL() string { return ddl }

// Tables lists the tables.
func (*Projection) Tables() []projections.Table {
	return []projections.Table{
		{Name: "payer", Key: []string{"unp"}},
		{Name: "awaiting", Key: []string{"parameter", "for_month", "payer", "month"}},
		{Name: "suspended", Key: []string{"treasury", "bank_ref"}},
		{Name: "mismatch", Key: []string{"payer", "kind", "quarter", "opened"}},
		{Name: "duty", Key: []string{"unp"}},
		{Name: "met", Key: []string{"unp", "form", "quarter"}},
		{Name: "total", Key: []string{"office", "payer_kind", "form", "quarter"}},
	}
}

// Apply folds the events of payers: one statement loads the states that were known before
// the batch, one writes them back, and those that begin are copied into the table.
func (*Projection) Apply(
	ctx context.Context, tx pgx.Tx, batch []projections.Event,
) error {
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

// write gives the row of a payer.
func write(rows *projections.Rows, t *reconciliation.Track) {
	p := t.Payer
	rows.Table("payer", 10)
	rows.Text(p.UNP)
	rows.Int64(int64(p.Revision))
	rows.Int64(int64(p.Position))
	rows.Bool(p.Registered)
	rows.Text(p.Office)
	rows.Text(p.Kind)
	rows.Text(p.Name)
	rows.Int64(int64(p.Assessed()))
	rows.Int64(int64(p.Paid()))
	rows.Encoded(t.Fields)
}

// writeAwaiting gives the rows of a payer's months that wait for a parameter.
func writeAwaiting(rows *projections.Rows, p *account.Payer) {
	for _, m := range p.Months {
		if m.Awaits != "" {
			rows.Table("awaiting", 4)
			rows.Text(m.Awaits)
			rows.Int32(int32(m.AwaitsFor))
			rows.Text(p.UNP)
			rows.Int32(int32(m.Month))
		}
	}
}

// writeSuspended gives the rows of the payments in a treasury's lists that wait for their
// payer.
func writeSuspended(rows *projections.Rows, p *account.Payer) {
	for i := range p.Suspended {
		x := &p.Suspended[i]
		if !x.Waits() {
			continue
		}
		rows.Table("suspended", 13)
		rows.Text(p.UNP)
		rows.Text(x.BankRef)
		rows.Text(p.Office)
		rows.Int32(int32(x.ValueDate))
		rows.Int32(int32(x.BookedOn))
		rows.Int64(int64(x.Amount))
		rows.Text(x.Kind)
		rows.Int32(int32(x.Month))
		rows.Text(x.Payer)
		rows.Text(x.Reason)
		rows.Text(x.Receipt)
		rows.Int32(int32(x.DocNo))
		rows.Int64(int64(x.Position))
	}
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

// decode reads a stored state.
func decode(state []byte) (*reconciliation.Track, error) {
	t := &reconciliation.Track{}
	c := ledger.NewDecoder(state)
	t.Fields(c)
	if err := c.Finish(); err != nil {
		return nil, fmt.Errorf("stored account of a payer: %w", err)
	}
	return t, nil
}
