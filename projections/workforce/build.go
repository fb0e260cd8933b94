package workforce

import (
	"context"

	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/ledger/event"
	"github.com/stazh/stazh/projections"
)

// NewBuild implements projections.Builder: every row follows from one stream.
func (p *Projection) NewBuild() projections.Build { return p }

// Handles is true for reports.
func (*Projection) Handles(empty event.Payload) bool {
	_, _, ok := reportOf(ledger.PersonID{}, empty)
	return ok
}

// NewPart begins with nobody.
func (*Projection) NewPart() projections.Part { return &part{} }

// Rest has nothing to add.
func (*Projection) Rest(*projections.Rows) {}

// part gathers the places of persons one after the other. There are few of a person, so
// that a list serves better than a map.
type part struct {
	person   ledger.PersonID
	isPerson bool
	places   []place
	quarters []Quarters
}

func (p *part) Begin(stream ledger.StreamID) {
	p.person, p.isPerson = stream.Person()
	p.places, p.quarters = p.places[:0], p.quarters[:0]
}

func (p *part) Take(events []projections.Event) error {
	if !p.isPerson {
		return nil
	}
next:
	for i := range events {
		at, q, ok := reportOf(p.person, events[i].Payload)
		if !ok {
			continue
		}
		for n := len(p.places) - 1; n >= 0; n-- { // the newest first: years come in order
			if p.places[n] == at {
				p.quarters[n] |= q
				continue next
			}
		}
		p.places, p.quarters = append(p.places, at), append(p.quarters, q)
	}
	return nil
}

func (p *part) End(_ context.Context, rows *projections.Rows) error {
	for i := range p.places {
		write(rows, p.places[i], p.quarters[i])
	}
	return nil
}

// Close has held nothing back.
func (*part) Close(context.Context, *projections.Rows) error { return nil }
