// Package dispute keeps the lists of disputes over lines of accounts: what a payer has to
// answer or correct, and what an office has to decide, the first due first. What the
// disputes say stays sealed; late is what is due before the day of who reads.
package dispute

import (
	"bytes"
	"context"
	_ "embed"
	"fmt"
	"slices"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/ledger/account"
	"github.com/stazh/stazh/ledger/event"
	"github.com/stazh/stazh/projections"
)

//go:embed schema.sql
var ddl string

// Projection folds the disputes of persons.
type Projection struct{}

// New makes the projection.
func New() *Projection { return &Projection{} }

// Name is the question answered.
func (*Projection) Name() string { return "dispute" }

// Version counts the shapes of the tables.
func (*Projection) Version() int { return 1 }

// DDL creates the tables.
func (*Projection) DDL() string { return ddl }

// Tables lists the tables.
func (*Projection) Tables() []projections.Table {
	return []projections.Table{{Name: "dispute", Key: []string{"id"}}}
}

// disputeOf gives the dispute that an event is about.
func disputeOf(payload event.Payload) (id uuid.UUID, ok bool) {
	switch f := payload.(type) {
	case *event.DisputeOpened:
		return f.Dispute, true
	case *event.DisputeAnswered:
		return f.Dispute, true
	case *event.DisputeDecided:
		return f.Dispute, true
	case *event.DisputeSettled:
		return f.Dispute, true
	case *event.DisputeWithdrawn:
		return f.Dispute, true
	}
	return uuid.Nil, false
}

// Apply folds the events of disputes.
func (*Projection) Apply(ctx context.Context, tx pgx.Tx, batch []projections.Event) error {
	var ids []uuid.UUID
	for i := range batch {
		if id, ok := disputeOf(batch[i].Payload); ok && !slices.Contains(ids, id) {
			ids = append(ids, id)
		}
	}
	if len(ids) == 0 {
		return nil
	}
	persons, err := load(ctx, tx, ids)
	if err != nil {
		return err
	}
	for i := range batch {
		if _, ok := disputeOf(batch[i].Payload); ok {
			id, _ := batch[i].Stream.Person()
			if persons[id] == nil {
				persons[id] = account.NewPerson(id)
			}
			persons[id].Apply(*batch[i].Event, batch[i].Payload)
		}
	}
	return store(ctx, tx, persons)
}

// load gives accounts that hold nothing but the known disputes.
func load(ctx context.Context, tx pgx.Tx, ids []uuid.UUID,
) (map[ledger.PersonID]*account.Person, error) {
	rows, err := tx.Query(ctx, `select person, state from dispute
		join unnest($1::uuid[]) n(id) using (id)`, projections.UUIDs(ids))
	if err != nil {
		return nil, fmt.Errorf("load disputes: %w", err)
	}
	persons := map[ledger.PersonID]*account.Person{}
	var person ledger.PersonID
	var state []byte
	_, err = pgx.ForEachRow(rows, []any{(*[16]byte)(&person), &state}, func() error {
		if persons[person] == nil {
			persons[person] = account.NewPerson(person)
		}
		d, err := decode(state)
		persons[person].Disputes = append(persons[person].Disputes, d)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("load disputes: %w", err)
	}
	return persons, nil
}

func decode(state []byte) (d account.Dispute, err error) {
	c := ledger.NewDecoder(state)
	d.Fields(c)
	if err := c.Finish(); err != nil {
		return d, fmt.Errorf("stored dispute: %w", err)
	}
	return d, nil
}

// store replaces the rows of disputes.
func store(ctx context.Context, tx pgx.Tx, persons map[ledger.PersonID]*account.Person) error {
	order := make([]ledger.PersonID, 0, len(persons))
	var ids []uuid.UUID
	for id, p := range persons {
		order = append(order, id)
		for i := range p.Disputes {
			ids = append(ids, p.Disputes[i].DisputeOpened.Dispute)
		}
	}
	slices.SortFunc(order, func(a, b ledger.PersonID) int { return bytes.Compare(a[:], b[:]) })
	if _, err := tx.Exec(ctx, "delete from dispute where id = any($1)",
		projections.UUIDs(ids)); err != nil {
		return fmt.Errorf("store disputes: %w", err)
	}
	rows := projections.NewRows()
	for _, id := range order {
		write(rows, persons[id])
	}
	if err := rows.Insert(ctx, tx); err != nil {
		return fmt.Errorf("store disputes: %w", err)
	}
	return nil
}

// write gives the rows of a person's disputes.
func write(rows *projections.Rows, p *account.Person) {
	for i := range p.Disputes {
		d := &p.Disputes[i]
		turn, due := d.Turn()
		rows.Table("dispute", 8)
		rows.UUID(d.DisputeOpened.Dispute)
		rows.UUID(p.ID)
		rows.Text(d.Payer)
		rows.Text(d.Office)
		rows.Text(string(turn))
		rows.Date(due)
		rows.Int64(int64(d.Position))
		rows.Encoded(d.Fields)
	}
}

// NewBuild implements projections.Builder: every row follows from one stream.
func (p *Projection) NewBuild() projections.Build { return p }

// Handles is true for what concerns disputes.
func (*Projection) Handles(empty event.Payload) bool {
	_, ok := disputeOf(empty)
	return ok
}

// NewPart begins with no dispute.
func (*Projection) NewPart() projections.Part { return &part{} }

// Rest has nothing to add.
func (*Projection) Rest(*projections.Rows) {}

// part folds the disputes of one person after the other.
type part struct {
	ours   bool // the stream is that of a person
	person account.Person
}

func (p *part) Begin(stream ledger.StreamID) {
	var id ledger.PersonID
	if id, p.ours = stream.Person(); p.ours {
		p.person.Reset(id)
	}
}

func (p *part) Take(events []projections.Event) error {
	for i := range events {
		if events[i].Payload == nil || !p.ours {
			continue
		}
		if _, ok := disputeOf(events[i].Payload); ok {
			p.person.Apply(*events[i].Event, events[i].Payload)
		}
	}
	return nil
}

func (p *part) End(_ context.Context, rows *projections.Rows) error {
	if p.ours {
		write(rows, &p.person)
	}
	return nil
}

// Close has held nothing back.
func (*part) Close(context.Context, *projections.Rows) error { return nil }
