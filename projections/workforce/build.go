package workforce

import (
	"context"
	"slices"

	"github.com/google/uuid"

	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/ledger/event"
	"github.com/stazh/stazh/projections"
)

// NewBuild implements projections.Builder: every row follows from one stream.
func (p *Projection) NewBuild() projections.Build { return p }

// Handles is true for reports, hires and dismissals.
func (*Projection) Handles(empty event.Payload) bool {
	_, _, report := reportOf(ledger.PersonID{}, empty)
	_, employs := employmentOf(empty)
	return report || employs
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
	reports  []reports
	// ids and employments are those of the person, in the order of their beginning.
	ids         []uuid.UUID
	employments []employment
}

func (p *part) Begin(stream ledger.StreamID) {
	p.person, p.isPerson = stream.Person()
	p.places, p.reports = p.places[:0], p.reports[:0]
	p.ids, p.employments = p.ids[:0], p.employments[:0]
}

func (p *part) Take(events []projections.Event) error {
	if !p.isPerson {
		return nil
	}
next:
	for i := range events {
		if id, ok := employmentOf(events[i].Payload); ok {
			p.employment(id).apply(p.person, events[i].Payload)
			continue
		}
		at, r, ok := reportOf(p.person, events[i].Payload)
		if !ok {
			continue
		}
		for n := len(p.places) - 1; n >= 0; n-- { // the newest first: years come in order
			if p.places[n] == at {
				p.reports[n] = p.reports[n].with(r)
				continue next
			}
		}
		p.places, p.reports = append(p.places, at), append(p.reports, r)
	}
	return nil
}

// employment finds a relationship of the person, or begins it.
func (p *part) employment(id uuid.UUID) *employment {
	i := slices.Index(p.ids, id)
	if i < 0 {
		i = len(p.ids)
		p.ids, p.employments = append(p.ids, id), append(p.employments, employment{})
	}
	return &p.employments[i]
}

func (p *part) End(_ context.Context, rows *projections.Rows) error {
	for i := range p.places {
		write(rows, p.places[i], p.reports[i])
	}
	for i := range p.ids {
		writeEmployment(rows, p.ids[i], &p.employments[i])
	}
	return nil
}

// Close has held nothing back.
func (*part) Close(context.Context, *projections.Rows) error { return nil }
