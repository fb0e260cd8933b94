// Package order answers which orders to correct a payer's reports there are, and which of
// them wait for an officer: for a decision, or for the answer to an objection. An order's
// state is that of the fold of its payer.
package order

import (
	"context"
	_ "embed"
	"fmt"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/ledger/account"
	"github.com/stazh/stazh/ledger/event"
	"github.com/stazh/stazh/projections"
)

//go:embed schema.sql
var ddl string

// Projection folds orders.
type Projection struct{}

// New makes the projection.
func New() *Projection { return &Projection{} }

// Name is the question answered.
func (*Projection) Name() string { return "order" }

// Version counts the shapes of the tables.
func (*Projection) Version() int { return 2 }

// DDL creates the tables.
func (*Projection) DDL() string { return ddl }

// Tables lists the tables.
func (*Projection) Tables() []projections.Table {
	return []projections.Table{{Name: "correction_order", Key: []string{"correction_order"}}}
}

// Order is an order with its payer.
type Order struct {
	account.Order
	Payer string
	// Proposed is the position of the proposal.
	Proposed ledger.Position
}

// Waiting tells whether an officer has something to do.
func (o *Order) Waiting() bool { return o.State == account.OrderProposed || o.Open() != nil }

// fields is the canonical form.
func (o *Order) fields(c *ledger.Codec) {
	o.Order.Fields(c)
	c.String(&o.Payer)
	c.Uint64((*uint64)(&o.Proposed))
}

// changes are the orders that a batch touches, in order of first touch.
type changes struct {
	orders map[uuid.UUID]*Order
	ids    []uuid.UUID
	fresh  map[uuid.UUID]bool
}

func newChanges() *changes {
	return &changes{orders: map[uuid.UUID]*Order{}, fresh: map[uuid.UUID]bool{}}
}

// Apply folds the orders of the batch. There are few, so that each is a statement.
func (*Projection) Apply(ctx context.Context, tx pgx.Tx, batch []projections.Event) error {
	c := newChanges()
	for i := range batch {
		id, ok := account.OrderOf(batch[i].Payload)
		if !ok {
			continue
		}
		if _, begins := batch[i].Payload.(*event.CorrectionProposed); !begins &&
			c.orders[id] == nil {
			if err := c.load(ctx, tx, id); err != nil {
				return err
			}
		}
		if err := c.apply(&batch[i], id); err != nil {
			return err
		}
	}
	return c.store(ctx, tx)
}

func (c *changes) load(ctx context.Context, tx pgx.Tx, id uuid.UUID) error {
	var state []byte
	err := tx.QueryRow(ctx, "select state from correction_order where correction_order = $1",
		id).Scan(&state)
	if err != nil {
		return fmt.Errorf("load order %s: %w", id, err)
	}
	o, err := decode(state)
	c.orders[id] = o
	c.ids = append(c.ids, id)
	return err
}

func decode(state []byte) (*Order, error) {
	o := &Order{}
	c := ledger.NewDecoder(state)
	o.fields(c)
	if err := c.Finish(); err != nil {
		return nil, fmt.Errorf("stored order: %w", err)
	}
	return o, nil
}

// apply takes one event: the fold does it, on a payer with this one order.
func (c *changes) apply(e *projections.Event, id uuid.UUID) error {
	payer, ok := e.Stream.Payer()
	if !ok {
		return fmt.Errorf("%w: an order outside a payer's stream", ledger.ErrCorrupt)
	}
	o := c.orders[id]
	fold := account.NewPayer(payer)
	if o == nil {
		o = &Order{Payer: payer, Proposed: e.Position}
		c.orders[id], c.fresh[id] = o, true
		c.ids = append(c.ids, id)
	} else {
		fold.Orders = []account.Order{o.Order}
	}
	fold.Apply(*e.Event, e.Payload)
	o.Order = fold.Orders[0]
	return nil
}

func (c *changes) store(ctx context.Context, tx pgx.Tx) error {
	rows := projections.NewRows()
	for _, id := range c.ids {
		o := c.orders[id]
		if c.fresh[id] {
			o.write(rows)
			continue
		}
		e := ledger.NewEncoder(nil)
		o.fields(e)
		_, err := tx.Exec(ctx, `update correction_order
			set waiting = $2, position = $3, receipt = $4, state = $5
			where correction_order = $1`,
			id, o.Waiting(), int64(o.Position), o.Receipt, e.Encoded())
		if err != nil {
			return fmt.Errorf("store order %s: %w", id, err)
		}
	}
	if err := rows.Insert(ctx, tx); err != nil {
		return fmt.Errorf("store orders: %w", err)
	}
	return nil
}

func (o *Order) write(rows *projections.Rows) {
	rows.Table("correction_order", 8)
	rows.UUID(o.CorrectionProposed.Order)
	rows.Text(o.Payer)
	rows.Text(o.Office)
	rows.Bool(o.Waiting())
	rows.Int64(int64(o.Proposed))
	rows.Int64(int64(o.Position))
	rows.Text(o.Receipt)
	rows.Encoded(o.fields)
}
