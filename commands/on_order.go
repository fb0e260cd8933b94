package commands

import (
	"bytes"
	"context"
	"fmt"

	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/ledger/account"
	"github.com/stazh/stazh/ledger/event"
)

// onOrder records one fact about an order, whose text is archived first; nil records nothing.
func (b *Bus) onOrder(ctx context.Context, c OnOrder,
	decide func(o *account.Order, text ledger.Hash) (event.Payload, error),
) (ledger.Position, error) {
	if err := reasoned(c.Text); err != nil {
		return 0, err
	}
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

// onOrders carries out a command about orders at the payer's desk: it has the facts decided and
// records them in one append. No facts mean that all is recorded already.
func (b *Bus) onOrders(ctx context.Context, unp string, meta ledger.Meta,
	decide func(folds *payerFolds) ([]event.Payload, error)) (at ledger.Position, err error) {
	if !ledger.PayerStream(unp).Valid() {
		return 0, refuse(Invalid, "payer_invalid",
			"name the payer by its UNP, nine digits or capital Latin letters")
	}
	err = attempt(ctx, func() error {
		d, err := b.sitDown(ctx, unp)
		if err != nil {
			return err
		}
		defer d.leave(false) // what is read next is read from the ledger
		if d.remembered {
			if err := d.reload(ctx); err != nil {
				return err
			}
		}
		payer := d.folds.payer
		facts, err := decide(d.folds)
		at = payer.Position
		if err != nil || len(facts) == 0 {
			return err
		}
		events := make([]ledger.NewEvent, len(facts))
		for i, f := range facts {
			var said bytes.Buffer
			fmt.Fprintf(&said, "%s %s %x", meta.Actor.Subject, f.EventType(), event.Encode(f))
			id := ledger.DeterministicID(unp, "decision", int64(payer.Revision), i, said.String())
			m := meta
			if received, ok := f.(*event.FilingReceived); ok {
				id, m.Correlation = ledger.DeterministicID(received.Filing, "received"), received.Filing
			}
			events[i] = event.New(id, m, f)
		}
		result, err := b.append(ctx, ledger.StreamAppend{Stream: ledger.PayerStream(unp),
			Expected: payer.Revision, Events: events})
		at = result.Position
		return err
	})
	return at, err
}
