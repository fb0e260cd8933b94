package reporting

import (
	"context"
	"sync"

	"github.com/google/uuid"

	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/ledger/event"
	"github.com/stazh/stazh/ledger/money"
	"github.com/stazh/stazh/projections"
)

// build adds up the totals of all payers.
type build struct {
	mu  sync.Mutex
	all *state // guarded by mu; only its sums and changes are used
}

// NewBuild implements projections.Builder: a payer's rows follow from its stream, and the
// totals are sums over all payers.
func (*Projection) NewBuild() projections.Build { return &build{all: newState()} }

// Handles is true for what is counted.
func (*build) Handles(empty event.Payload) bool {
	switch empty.(type) {
	case *event.PayerRegistered, *event.PayerDeregistered, *event.LiabilityAssessed,
		*event.PaymentReceived, *event.PaymentReturned, *event.PersonsJoined:
		return true
	}
	_, ok := filingOf(empty)
	return ok
}

// NewPart begins with no payer and no totals.
func (b *build) NewPart() projections.Part { return &part{build: b, state: newState()} }

// part counts payers one after the other.
type part struct {
	build *build
	unp   string // empty in a stream of somebody else
	state *state // with the totals of all payers so far
}

func newState() *state {
	s := &state{sums: map[rowKey]*sum{}, changes: map[changeKey]int64{}}
	s.forget()
	return s
}

// forget makes the state ready for other payers, with the same totals.
func (s *state) forget() {
	s.payers, s.filings = map[string]*payer{}, map[uuid.UUID]*openFiling{}
	s.assessed, s.fresh = map[payerMonth]money.Amount{}, map[payerMonth]bool{}
	s.stored = map[payerMonth]bool{}
}

func (p *part) Begin(stream ledger.StreamID) { p.unp, _ = stream.Payer() }

func (p *part) Take(events []projections.Event) error {
	if p.unp == "" {
		return nil
	}
	for i := range events {
		if err := p.state.apply(&events[i], p.unp); err != nil {
			return err
		}
	}
	return nil
}

func (p *part) End(_ context.Context, rows *projections.Rows) error {
	if p.unp != "" {
		p.state.write(rows)
		p.state.forget()
	}
	return nil
}

// Close joins the totals to those of the other parts.
func (p *part) Close(context.Context, *projections.Rows) error {
	p.build.add(p.state)
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
		if b.all.sums[k] == nil {
			b.all.sums[k] = &sum{}
		}
		b.all.sums[k].add(x)
	}
	for k, n := range s.changes {
		b.all.changes[k] += n
	}
}

// Rest gives the rows of totals.
func (b *build) Rest(rows *projections.Rows) {
	b.mu.Lock()
	defer b.mu.Unlock()
	all := totals(b.all.sums)
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
	for k, n := range payerChanges(b.all.changes) {
		rows.Table("payer_change", 5)
		rows.Text(k.scope)
		rows.Text(k.code)
		rows.Int32(int32(k.year))
		rows.Int32(int32(k.number))
		rows.Int64(n)
	}
}
