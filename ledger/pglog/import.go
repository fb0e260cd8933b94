package pglog

import (
	"context"

	"github.com/stazh/stazh/ledger"
)

var _ ledger.Importer = (*Log)(nil)

// Import implements ledger.Importer, in one transaction. Times that step back from one
// stream to another, as in a ledger that several processes wrote without a common order,
// are kept.
func (l *Log) Import(ctx context.Context, events []ledger.Event) error {
	if len(events) == 0 {
		return ctx.Err()
	}
	batch, err := ledger.Appends(events)
	if err != nil {
		return err
	}
	_, err = l.put(ctx, &request{batch: batch, imported: events})
	return err
}

// takeOver accepts events of another ledger, in their order.
func (g *group) takeOver(r *request) {
	err := ledger.CheckChains(r.imported, func(s ledger.StreamID) ledger.Hash {
		return g.states[s].head
	})
	if err != nil {
		r.err = err
		return
	}
	for i := range r.batch {
		g.touch(r.streams[i])
	}
	for i := range r.imported {
		e := &r.imported[i]
		s := g.states[e.Stream]
		s.revision = e.Revision
		g.rows = append(g.rows, row{&e.NewEvent, s, g.contextOf(&e.Meta), g.types[e.Type],
			e.Revision, e.RecordedAt})
		if e.RecordedAt.After(g.recorded) {
			g.recorded = e.RecordedAt
		}
	}
	g.position += ledger.Position(len(r.imported))
	r.result = ledger.Result{Position: g.position, RecordedAt: g.recorded}
	r.shaky = true
}
