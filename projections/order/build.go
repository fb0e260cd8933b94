package order

import (
	"context"

	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/ledger/account"
	"github.com/stazh/stazh/ledger/event"
	"github.com/stazh/stazh/projections"
)

// NewBuild implements projections.Builder: every row follows from one stream.
func (p *Projection) NewBuild() projections.Build { return p }

// Handles is true for what is about orders.
func (*Projection) Handles(empty event.Payload) bool {
	_, ok := account.OrderOf(empty)
	return ok
}

// NewPart begins with no payer.
func (*Projection) NewPart() projections.Part { return &part{} }

// Rest has nothing to add.
func (*Projection) Rest(*projections.Rows) {}

// part folds the orders on payers one after the other.
type part struct{ changes }

func (p *part) Begin(ledger.StreamID) {
	if p.orders == nil || len(p.ids) > 0 {
		p.changes = *newChanges()
	}
}

func (p *part) Take(events []projections.Event) error {
	for i := range events {
		if id, ok := account.OrderOf(events[i].Payload); ok {
			if err := p.apply(&events[i], id); err != nil {
				return err
			}
		}
	}
	return nil
}

func (p *part) End(_ context.Context, rows *projections.Rows) error {
	for _, id := range p.ids {
		p.orders[id].write(rows)
	}
	return nil
}

// Close has held nothing back.
func (*part) Close(context.Context, *projections.Rows) error { return nil }
