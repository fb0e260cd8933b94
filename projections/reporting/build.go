package reporting

import (
	"context"
	"sync"

	"github.com/google/uuid"

	"github.com/stazh/stazh/ledger/money"
	"github.com/stazh/stazh/projections"
)

// build adds up the totals of all payers.
type build struct {
	mu      sync.Mutex
	sums    map[rowKey]*sum     // guarded by mu
	changes map[changeKey]int64 // guarded by mu
}

// NewBuild implements projections.Builder: a payer's rows follow from its stream, and the
// totals are sums over all payers.
func (*Projection) NewBuild() projections.Build {
	return &build{sums: map[rowKey]*sum{}, changes: map[changeKey]int64{}}
}

func newState() *state {
	return &state{
		payers: map[string]*payer{}, filings: map[uuid.UUID]*openFiling{},
		assessed: map[payerMonth]money.Amount{}, stored: map[payerMonth]bool{},
		fresh: map[payerMonth]bool{}, sums: map[rowKey]*sum{},
		changes: map[changeKey]int64{},
	}
}

// Streams counts whole streams of payers.
func (b *build) Streams(
	_ context.Context, streams [][]projections.Event, rows *projections.Rows,
) error {
	s := newState()
	for _, events := range streams {
		unp, ok := events[0].Stream.Payer()
		if !ok {
			continue
		}
		for i := range events {
			if err := s.apply(&events[i], unp); err != nil {
				return err
			}
		}
	}
	s.write(rows)
	b.add(s)
	return nil
}

// write gives the rows of payers.
func (s *state) write(rows *projections.Rows) {
	for unp, p := range s.payers {
		rows.Table("payer", 5)
		rows.Text(unp)
		rows.Text(p.office)
		rows.Text(p.kind)
		rows.Date(p.since)
		rows.Date(p.deregisteredOn)
	}
	for k := range s.assessed {
		s.writeAssessment(rows, k)
	}
	s.writeFilings(rows)
}

func (s *state) writeAssessment(rows *projections.Rows, k payerMonth) {
	rows.Table("assessment", 3)
	rows.Text(k.payer)
	rows.Int32(int32(k.month))
	rows.Int64(int64(s.assessed[k]))
}

// writeFilings gives the rows of the filings that are not done with.
func (s *state) writeFilings(rows *projections.Rows) {
	for id, f := range s.filings {
		if f.done() {
			continue
		}
		rows.Table("open_filing", 6)
		rows.UUID(id)
		rows.Text(f.office)
		rows.Int32(int32(f.arrived.year))
		rows.Int32(int32(f.arrived.number))
		rows.Bool(f.processed)
		rows.Int64(f.parked)
	}
}

// add joins what some payers add to the totals.
func (b *build) add(s *state) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for k, x := range s.sums {
		if b.sums[k] == nil {
			b.sums[k] = &sum{}
		}
		b.sums[k].add(x)
	}
	for k, n := range s.changes {
		b.changes[k] += n
	}
}

// Rest gives the rows of totals.
func (b *build) Rest(rows *projections.Rows) {
	b.mu.Lock()
	defer b.mu.Unlock()
	all := totals(b.sums)
	for k, x := range all {
		numbers := x.numbers()
		rows.Table("total", 5+len(numbers))
		rows.Text(k.scope)
		rows.Text(k.code)
		rows.Text(k.form)
		rows.Int32(int32(k.year))
		rows.Int32(int32(k.number))
		for _, n := range numbers {
			rows.Int64(n)
		}
	}
	for q, position := range lastChanges(all) {
		rows.Table("quarter_change", 3)
		rows.Int32(int32(q.year))
		rows.Int32(int32(q.number))
		rows.Int64(int64(position))
	}
	for k, n := range payerChanges(b.changes) {
		rows.Table("payer_change", 5)
		rows.Text(k.scope)
		rows.Text(k.code)
		rows.Int32(int32(k.year))
		rows.Int32(int32(k.number))
		rows.Int64(n)
	}
}
