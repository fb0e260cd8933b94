// Package account keeps the accounts of insured persons: for each person the state that
// the fold account.Person gives, and which persons a payer has reported. Contributions,
// coverage and everything that needs the law are computed from the state when asked.
package account

import (
	"context"
	_ "embed"
	"fmt"
	"sync"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/ledger/account"
	"github.com/stazh/stazh/ledger/event"
	"github.com/stazh/stazh/projections"
)

//go:embed schema.sql
var ddl string

// Projection folds the streams of persons.
type Projection struct {
	rooms sync.Pool // of *room, which batch after batch is folded in
}

// New makes the projection.
func New() *Projection { return &Projection{} }

// Name is the question answered.
func (*Projection) Name() string { return "account" }

// Version counts the shapes of the tables.
func (*Projection) Version() int { return 4 }

// DDL creates the tables.
func (*Projection) DDL() string { return ddl }

// Tables lists the tables.
func (*Projection) Tables() []projections.Table {
	return []projections.Table{
		{Name: "person", Key: []string{"person"}},
		{Name: "payer_person", Key: []string{"payer", "person"}},
	}
}

// Apply folds the events of persons: one statement loads the states that were known before
// the batch, some write them back, and those that begin are copied into the table.
func (p *Projection) Apply(
	ctx context.Context, tx pgx.Tx, batch []projections.Event,
) error {
	return p.ApplyBeside(ctx, tx, tx, batch)
}

// ApplyBeside implements projections.Beside: states are read while others are written.
func (p *Projection) ApplyBeside(
	ctx context.Context, tx, reading pgx.Tx, batch []projections.Event,
) error {
	c := newChanges(batch)
	if len(c.known)+len(c.fresh) == 0 {
		return nil
	}
	r, ok := p.rooms.Get().(*room)
	if !ok {
		r = newRoom()
	}
	defer p.rooms.Put(r)
	return c.store(ctx, tx, reading, r)
}

// write gives the row of a person.
func write(rows *projections.Rows, p *account.Recent) {
	h := p.Head()
	rows.Table("person", 7)
	rows.UUID(h.ID)
	rows.Int64(int64(h.Position))
	rows.Int32(int32(h.Newest))
	rows.Bool(h.Occupational)
	if h.MergedInto == uuid.Nil {
		rows.Null()
	} else {
		rows.UUID(h.MergedInto)
	}
	var older []byte
	rows.Encoded(func(c *ledger.Codec) { older = p.Store(c) })
	if older == nil {
		rows.Null()
	} else {
		rows.Bytes(older)
	}
}

// apply folds one event.
func apply(person *account.Recent, e *projections.Event) error {
	if last := person.Head().Revision; e.Revision != last+1 {
		return fmt.Errorf("%w: revision %d of a person comes after revision %d",
			ledger.ErrCorrupt, e.Revision, last)
	}
	return person.Apply(*e.Event, e.Payload)
}

// payerOf gives the payer who has reported a person by an event.
func payerOf(payload event.Payload) (unp string, ok bool) {
	switch f := payload.(type) {
	case *event.EmploymentStarted:
		return projections.Text(f.Payer), true
	case *event.IndividualDataReported:
		return projections.Text(f.Slot.Payer), true
	}
	return "", false
}
