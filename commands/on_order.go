package commands

import (
	"context"

	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/ledger/account"
	"github.com/stazh/stazh/ledger/event"
)

// onOrder records one fact about an order, whose text is archived first; nil records nothing.
// The caller has looked whether there is a text.
func (b *Bus) onOrder(ctx context.Context, c OnOrder,
	decide func(o *account.Order, text ledger.Hash) (event.Payload, error),
) (ledger.Position, error) {
	text, err := b.archiveText(ctx, c.Text)
	if err != nil {
		return 0, err
	}
	return b.onOrders(ctx, c.Payer, ledger.Meta{Actor: c.Actor, Ground: c.Ground,
		Correlation: c.Order}, func(folds *payerFolds) ([]event.Payload, error) {
		o, err := orderOf(folds, c.Order)
		if err != nil {
			return nil, err
		}
		fact, err := decide(o, text)
		if fact == nil || err != nil {
			return nil, err
		}
		return []event.Payload{fact}, nil
	})
}

// onOrders carries out a command about orders at the payer's desk. A filing that an order
// becomes is an event like any other filing's, on the ground of the order.
func (b *Bus) onOrders(ctx context.Context, unp string, meta ledger.Meta,
	decide func(folds *payerFolds) ([]event.Payload, error)) (ledger.Position, error) {
	return b.atDesk(ctx, unp, func(folds *payerFolds) ([]ledger.NewEvent, error) {
		facts, err := decide(folds)
		events := newEvents(meta, facts, "decision", unp, int64(folds.payer.Revision),
			meta.Actor.Subject)
		for i, f := range facts {
			if received, ok := f.(*event.FilingReceived); ok {
				m := meta
				m.Correlation = received.Filing
				m.Ground = folds.payer.Order(meta.Correlation).Ground
				events[i] = event.New(ledger.DeterministicID(received.Filing, "received"), m, f)
			}
		}
		return events, err
	})
}
