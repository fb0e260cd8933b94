package benefit

import (
	"context"
	"sync"

	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/ledger/account"
	"github.com/stazh/stazh/ledger/event"
	"github.com/stazh/stazh/ledger/period"
	"github.com/stazh/stazh/projections"
)

// build adds up the totals of all persons.
type build struct {
	mu      sync.Mutex
	changes changes // guarded by mu
}

// NewBuild implements projections.Builder: the rows of cases follow from one stream, the
// totals are sums over all persons.
func (*Projection) NewBuild() projections.Build { return &build{changes: changes{}} }

// Handles is true for events of cases.
func (*build) Handles(empty event.Payload) bool { return ofCase(empty) }

// NewPart begins with no person and no totals.
func (b *build) NewPart() projections.Part { return &part{build: b, changes: changes{}} }

// part folds persons one after the other.
type part struct {
	build   *build
	person  *account.Person // nil in a stream of somebody else
	changes changes
}

func (p *part) Begin(stream ledger.StreamID) {
	p.person = nil
	if id, ok := stream.Person(); ok {
		p.person = account.NewPerson(id)
	}
}

func (p *part) Take(events []projections.Event) error {
	if p.person == nil {
		return nil
	}
	for i := range events {
		if ofCase(events[i].Payload) {
			apply(p.person, &events[i])
		}
	}
	return nil
}

func (p *part) End(_ context.Context, rows *projections.Rows) error {
	if p.person != nil && len(p.person.Cases) > 0 {
		write(rows, p.person)
		p.changes.person(p.person, 1)
	}
	return nil
}

func (p *part) Close(context.Context, *projections.Rows) error {
	p.build.mu.Lock()
	defer p.build.mu.Unlock()
	p.build.changes.add(p.changes)
	return nil
}

// write gives the rows of a person.
func write(rows *projections.Rows, p *account.Person) {
	rows.Table("person", 2)
	rows.UUID(p.ID)
	rows.Encoded(p.Fields)
	for i := range p.Cases {
		x := &p.Cases[i]
		last, amount := rowOf(x)
		rows.Table("benefit_case", 12)
		rows.UUID(p.ID)
		rows.UUID(x.ID)
		rows.Text(x.Kind)
		rows.Text(officeOf(x))
		rows.Text(string(x.State))
		rows.Text(workOf(x))
		rows.Date(x.ClaimedOn)
		rows.Date(firstDay(x))
		rows.Date(last)
		rows.Int64(amount)
		rows.Text(x.Award.Form)
		rows.Int64(int64(x.Position))
		for _, s := range spansOf(x) {
			rows.Table("amount", 5)
			rows.UUID(p.ID)
			rows.UUID(x.ID)
			rows.Date(s.from)
			rows.Date(s.last)
			rows.Int64(int64(s.amount))
		}
	}
}

// firstDay is that of the award, before it the day from which the benefit is asked.
func firstDay(x *account.Case) period.Date {
	if !x.Award.From.IsZero() {
		return x.Award.From
	}
	return x.From
}

// Rest gives the rows of totals.
func (b *build) Rest(rows *projections.Rows) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for s, list := range b.changes {
		for _, x := range running(figure{}, list) {
			rows.Table("total", 6)
			rows.Text(s.scope)
			rows.Text(s.code)
			rows.Text(s.kind)
			rows.Int32(int32(x.month))
			rows.Int64(x.count)
			rows.Int64(int64(x.amount))
		}
	}
}
