// Package benefit keeps the cases of pensions and other benefits: every claim with its
// state for the lists of offices, what each award pays by day, and how many benefits are
// in force in each month and what they cost, by kind, office, region and country.
//
// The cases are those of the fold account.Person. A monthly benefit counts in a month when
// it is paid for the month's last day, with the amount of that day; a sum that is paid
// once, or for a time, counts in the month of its first day. The totals are maintained
// with each event and looked up when somebody reads.
package benefit

import (
	"bytes"
	"context"
	_ "embed"
	"fmt"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/ledger/account"
	"github.com/stazh/stazh/ledger/event"
	"github.com/stazh/stazh/ledger/seal"
	"github.com/stazh/stazh/projections"
)

//go:embed schema.sql
var ddl string

// Projection folds the cases of persons.
type Projection struct{}

// New makes the projection.
func New() *Projection { return &Projection{} }

// Name is the question answered.
func (*Projection) Name() string { return "benefit" }

// Version counts the shapes of the tables.
func (*Projection) Version() int { return 2 }

// DDL creates the tables.
func (*Projection) DDL() string { return ddl }

// Tables lists the tables.
func (*Projection) Tables() []projections.Table {
	return []projections.Table{
		{Name: "person", Key: []string{"person"}},
		{Name: "benefit_case", Key: []string{"person", "id"}},
		{Name: "amount", Key: []string{"person", "id", "first_day"}},
		{Name: "total", Key: []string{"scope", "code", "kind", "month"}},
	}
}

// Apply folds the events of cases: the cases of the persons concerned are loaded, and
// written back with the difference that they make to the totals.
func (*Projection) Apply(ctx context.Context, tx pgx.Tx, batch []projections.Event) error {
	ids := touched(batch)
	if len(ids) == 0 {
		return nil
	}
	persons, err := load(ctx, tx, ids)
	if err != nil {
		return err
	}
	changes := changes{}
	for _, p := range persons {
		changes.person(p, -1)
	}
	for i := range batch {
		if id, ok := batch[i].Stream.Person(); ok && ofCase(batch[i].Payload) {
			apply(persons[id], &batch[i])
		}
	}
	for _, p := range persons {
		changes.person(p, 1)
	}
	if err := store(ctx, tx, ids, persons); err != nil {
		return err
	}
	return changes.store(ctx, tx)
}

// ofCase tells whether an event concerns a case: the types of all that do begin with one of
// two words. One that the fold does not know stops the projection.
func ofCase(payload event.Payload) bool {
	if payload == nil {
		return false
	}
	kind := payload.EventType()
	return strings.HasPrefix(kind, "benefit.") || strings.HasPrefix(kind, "pension.")
}

// apply folds one event into the cases of a person. What a claim says is left in the
// ledger: it is sealed, and nobody reads it here.
func apply(p *account.Person, e *projections.Event) {
	p.Apply(*e.Event, e.Payload)
	for i := range p.Cases {
		p.Cases[i].Details, p.Cases[i].Calculation.Trace = nil, seal.Sealed{}
	}
}

// touched lists the persons of whose cases a batch has events, each once.
func touched(batch []projections.Event) (ids []ledger.PersonID) {
	seen := map[ledger.PersonID]bool{}
	for i := range batch {
		id, ok := batch[i].Stream.Person()
		if ok && !seen[id] && ofCase(batch[i].Payload) {
			seen[id] = true
			ids = append(ids, id)
		}
	}
	slices.SortFunc(ids, func(a, b ledger.PersonID) int { return bytes.Compare(a[:], b[:]) })
	return ids
}

// Works that a case waits for; WorkNone is for a case that waits for nobody.
const (
	WorkNone      = ""
	WorkCalculate = "calculate" // a claim that nobody has calculated, or that was returned
	WorkDecide    = "decide"    // a calculation that waits for the second officer
	WorkReview    = "review"    // an award whose facts have changed
)

// workOf says what an officer has to do with a case next.
func workOf(x *account.Case) string {
	switch {
	case x.Pending:
		return WorkDecide
	case x.State == account.CaseClaimed:
		return WorkCalculate
	case x.State == account.CaseAwarded && len(x.Reviews) > 0:
		return WorkReview
	}
	return WorkNone
}

// unknownOffice counts what no office has put its name to.
const unknownOffice = "000"

func officeOf(x *account.Case) string {
	if x.Office == "" {
		return unknownOffice
	}
	return projections.Text(x.Office)
}

func decode(state []byte) (*account.Person, error) {
	p := &account.Person{}
	c := ledger.NewDecoder(state)
	p.Fields(c)
	if err := c.Finish(); err != nil {
		return nil, fmt.Errorf("stored cases: %w", err)
	}
	return p, nil
}
