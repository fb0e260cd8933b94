package balance

import (
	"context"
	"sync"

	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/ledger/event"
	"github.com/stazh/stazh/ledger/reconciliation"
	"github.com/stazh/stazh/projections"
)

// build adds up the counts of all payers.
type build struct {
	mu     sync.Mutex
	totals figures // guarded by mu
}

// NewBuild implements projections.Builder: rows of payers follow from one stream, the counts
// are sums over all of them.
func (*Projection) NewBuild() projections.Build { return &build{totals: figures{}} }

// Handles is true for what is about payers.
func (*build) Handles(empty event.Payload) bool {
	return event.SubjectOf(empty) == event.Payer
}

// NewPart begins with no payer and no counts.
func (b *build) NewPart() projections.Part { return &part{build: b, added: figures{}} }

// part folds payers one after the other.
type part struct {
	build *build
	track *reconciliation.Track // nil in a stream of somebody else
	added figures
}

func (p *part) Begin(stream ledger.StreamID) {
	p.track = nil
	if unp, ok := stream.Payer(); ok {
		p.track = reconciliation.NewTrack(unp)
	}
}

func (p *part) Take(events []projections.Event) error {
	if p.track == nil {
		return nil
	}
	for i := range events {
		if err := apply(p.track, &events[i]); err != nil {
			return err
		}
	}
	return nil
}

func (p *part) End(_ context.Context, rows *projections.Rows) error {
	if p.track == nil {
		return nil
	}
	s := standingOf(p.track)
	write(rows, p.track)
	writeAwaiting(rows, p.track.Payer)
	writeSuspended(rows, p.track.Payer)
	writeMismatches(rows, s.unp, s.office, p.track.Closed)
	writeMismatches(rows, s.unp, s.office, p.track.Open)
	writeDuty(rows, &s)
	writeMet(rows, s.unp, s.Met)
	p.added.add(&s, 1)
	return nil
}

// Close joins the counts to those of the other parts.
func (p *part) Close(context.Context, *projections.Rows) error {
	p.build.mu.Lock()
	defer p.build.mu.Unlock()
	for place, n := range p.added {
		p.build.totals[place] += n
	}
	return nil
}

// Rest gives the rows of counts.
func (b *build) Rest(rows *projections.Rows) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for place, n := range b.totals {
		if n == 0 {
			continue
		}
		rows.Table("total", 5)
		rows.Text(place.office)
		rows.Text(place.kind)
		rows.Text(place.form)
		rows.Int32(int32(place.quarter))
		rows.Int64(n)
	}
}
