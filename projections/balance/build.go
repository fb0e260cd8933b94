package balance

import (
	"context"

	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/ledger/account"
	"github.com/stazh/stazh/ledger/event"
	"github.com/stazh/stazh/projections"
)

// NewBuild implements projections.Builder: every row follows from one stream.
func (p *Projection) NewBuild() projections.Build { return p }

// Handles is true for what is about payers.
func (*Projection) Handles(empty event.Payload) bool {
	return event.SubjectOf(empty) == event.Payer
}

// NewPart begins with no payer.
func (*Projection) NewPart() projections.Part { return &part{} }

// Rest has nothing to add.
func (*Projection) Rest(*projections.Rows) {}

// part folds payers one after the other.
type part struct {
	payer *account.Payer // nil in a stream of somebody else
}

func (p *part) Begin(stream ledger.StreamID) {
	p.payer = nil
	if unp, ok := stream.Payer(); ok {
		p.payer = account.NewPayer(unp)
	}
}

func (p *part) Take(events []projections.Event) error {
	if p.payer == nil {
		return nil
	}
	for i := range events {
		if err := apply(p.payer, &events[i]); err != nil {
			return err
		}
	}
	return nil
}

func (p *part) End(_ context.Context, rows *projections.Rows) error {
	if p.payer == nil {
		return nil
	}
	write(rows, p.payer)
	writeAwaiting(rows, p.payer)
	writeSuspended(rows, p.payer)
	return nil
}

// Close has held nothing back.
func (*part) Close(context.Context, *projections.Rows) error { return nil }
