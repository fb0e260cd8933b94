package account

import (
	"context"
	"slices"

	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/ledger/account"
	"github.com/stazh/stazh/ledger/event"
	"github.com/stazh/stazh/projections"
)

// NewBuild implements projections.Builder: every row follows from one stream.
func (p *Projection) NewBuild() projections.Build { return p }

// Handles is true for what is about persons.
func (*Projection) Handles(empty event.Payload) bool {
	return event.SubjectOf(empty) == event.Person
}

// NewPart makes room for the state of a person.
func (*Projection) NewPart() projections.Part { return &part{} }

// Rest has nothing to add.
func (*Projection) Rest(*projections.Rows) {}

// part folds persons one after the other.
type part struct {
	ours   bool // the stream is that of a person
	id     ledger.PersonID
	person account.Recent
	payers []string // who have reported the person
}

func (p *part) Begin(stream ledger.StreamID) {
	var id ledger.PersonID
	if id, p.ours = stream.Person(); p.ours {
		p.id = id
		p.person.Reset(id)
		p.payers = p.payers[:0]
	}
}

func (p *part) Take(events []projections.Event) error {
	if !p.ours {
		return nil
	}
	for i := range events {
		if err := apply(&p.person, &events[i]); err != nil {
			return err
		}
		if unp, ok := payerOf(events[i].Payload); ok && !slices.Contains(p.payers, unp) {
			p.payers = append(p.payers, unp)
		}
	}
	return nil
}

func (p *part) End(_ context.Context, rows *projections.Rows) error {
	if !p.ours {
		return nil
	}
	for _, unp := range p.payers {
		link{unp, p.id}.write(rows)
	}
	write(rows, &p.person)
	return nil
}

// Close has held nothing back.
func (*part) Close(context.Context, *projections.Rows) error { return nil }
