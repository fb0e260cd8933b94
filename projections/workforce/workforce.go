// Package workforce answers whom a payer has reported in a year: person by person, with the
// quarters and contribution categories that were reported at some time; and whom it employs
// by its ПУ-2 without having reported them.
//
// A person whose report was cancelled stays in the one answer and comes into the other: it
// finds candidates, and who decides reads their streams.
package workforce

import (
	"bytes"
	"cmp"
	"context"
	_ "embed"
	"fmt"
	"slices"

	"github.com/jackc/pgx/v5"

	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/ledger/event"
	"github.com/stazh/stazh/projections"
)

//go:embed schema.sql
var ddl string

// Projection follows the reports on persons.
type Projection struct{}

// New makes the projection.
func New() *Projection { return &Projection{} }

// Name is the question answered.
func (*Projection) Name() string { return "workforce" }

// Version counts the shapes of the tables.
func (*Projection) Version() int { return 2 }

// DDL creates the tables.
func (*Projection) DDL() string { return ddl }

// Tables lists the tables.
func (*Projection) Tables() []projections.Table {
	return []projections.Table{
		{Name: "reported", Key: []string{"payer", "year", "person", "category"}},
		{Name: "employed", Key: []string{"employment"}}}
}

// Quarters is a set of quarters.
type Quarters uint8

// QuartersOf makes the set of quarters that digits name.
func QuartersOf(digits string) (q Quarters) {
	for _, d := range []byte(digits) {
		if d >= '1' && d <= '4' {
			q |= 1 << (d - '1')
		}
	}
	return q
}

// String names the quarters by ascending digits.
func (q Quarters) String() string {
	digits := make([]byte, 0, 4)
	for n := range byte(4) {
		if q&(1<<n) != 0 {
			digits = append(digits, '1'+n)
		}
	}
	return string(digits)
}

// place is the key of a row.
type place struct {
	payer    string
	year     int16
	person   ledger.PersonID
	category string
}

func compare(a, b place) int {
	return cmp.Or(cmp.Compare(a.payer, b.payer), cmp.Compare(a.year, b.year),
		bytes.Compare(a.person[:], b.person[:]), cmp.Compare(a.category, b.category))
}

// reports are the quarters of a place that were reported at some time, and those of them of
// which that is not sure to hold: a report was cancelled, or was only for a pension.
type reports struct{ quarters, unsure Quarters }

func (r reports) with(other reports) reports {
	return reports{r.quarters | other.quarters, r.unsure | other.unsure}
}

// reportOf tells where a report stands. Corrections stay in the place of what they correct.
func reportOf(person ledger.PersonID, payload event.Payload) (p place, r reports, ok bool) {
	var s *event.Slot
	unsure := true
	switch f := payload.(type) {
	case *event.IndividualDataReported:
		s, unsure = &f.Slot, false
	case *event.IndividualDataReportedForPension:
		s = &f.Slot
	case *event.IndividualDataCancelled:
		s = &f.Slot
	default:
		return p, r, false
	}
	r.quarters = QuartersOf(s.Quarters)
	if unsure {
		r.unsure = r.quarters
	}
	return place{projections.Text(s.Payer), int16(s.Year), person,
		projections.Text(s.Category)}, r, true
}

// Apply notes new places and new quarters of known ones, and what becomes of employments.
func (*Projection) Apply(ctx context.Context, tx pgx.Tx, batch []projections.Event) error {
	reported := map[place]reports{}
	begun := map[ledger.PersonID]bool{}
	for i := range batch {
		person, ok := batch[i].Stream.Person()
		if !ok {
			continue
		}
		if batch[i].Revision == 0 {
			begun[person] = true
		}
		if p, r, ok := reportOf(person, batch[i].Payload); ok {
			reported[p] = reported[p].with(r)
		}
	}
	if err := applyEmployments(ctx, tx, batch, begun); err != nil {
		return err
	}
	if len(reported) == 0 {
		return nil
	}
	return store(ctx, tx, reported, begun)
}

// store adds the rows that are new and updates those that gain a quarter. Of persons whose
// streams begin in the batch there can be no row yet.
func store(ctx context.Context, tx pgx.Tx, reported map[place]reports,
	begun map[ledger.PersonID]bool) error {
	places := make([]place, 0, len(reported))
	var looked []place
	for p := range reported {
		places = append(places, p)
	}
	slices.SortFunc(places, compare) // neighbours of the index stand together
	for _, p := range places {
		if !begun[p.person] {
			looked = append(looked, p)
		}
	}
	known, err := load(ctx, tx, looked)
	if err != nil {
		return err
	}
	rows := projections.NewRows()
	var grown []place
	for _, p := range places {
		switch before, there := known[p]; {
		case !there:
			write(rows, p, reported[p])
		case before.with(reported[p]) != before:
			reported[p] = before.with(reported[p])
			grown = append(grown, p)
		}
	}
	if err := update(ctx, tx, grown, reported); err != nil {
		return err
	}
	if err := rows.Insert(ctx, tx); err != nil {
		return fmt.Errorf("store reported persons: %w", err)
	}
	return nil
}

// keys makes array parameters of places.
func keys(places []place) []any {
	var (
		payers     = make([]string, len(places))
		years      = make([]int16, len(places))
		persons    = make([]ledger.PersonID, len(places))
		categories = make([]string, len(places))
	)
	for i, p := range places {
		payers[i], years[i], persons[i], categories[i] = p.payer, p.year, p.person, p.category
	}
	return []any{payers, years, projections.UUIDs(persons), categories}
}

// load reads the rows that are there.
func load(ctx context.Context, tx pgx.Tx, places []place) (map[place]reports, error) {
	if len(places) == 0 {
		return nil, nil
	}
	rows, err := tx.Query(ctx, `select payer, year, person, category, quarters, unsure from reported
		join unnest($1::text[], $2::smallint[], $3::uuid[], $4::text[])
			n(payer, year, person, category) using (payer, year, person, category)`,
		keys(places)...)
	if err != nil {
		return nil, fmt.Errorf("load reported persons: %w", err)
	}
	known := make(map[place]reports, len(places))
	var p place
	var quarters, unsure int16
	_, err = pgx.ForEachRow(rows,
		[]any{&p.payer, &p.year, (*[16]byte)(&p.person), &p.category, &quarters, &unsure},
		func() error {
			known[p] = reports{Quarters(quarters), Quarters(unsure)}
			return nil
		})
	if err != nil {
		return nil, fmt.Errorf("load reported persons: %w", err)
	}
	return known, nil
}

func update(ctx context.Context, tx pgx.Tx, places []place, reported map[place]reports) error {
	if len(places) == 0 {
		return nil
	}
	quarters, unsure := make([]int16, len(places)), make([]int16, len(places))
	for i, p := range places {
		quarters[i], unsure[i] = int16(reported[p].quarters), int16(reported[p].unsure)
	}
	_, err := tx.Exec(ctx, `update reported r set quarters = n.quarters, unsure = n.unsure
		from unnest($1::text[], $2::smallint[], $3::uuid[], $4::text[], $5::smallint[],
			$6::smallint[]) n(payer, year, person, category, quarters, unsure)
		where (r.payer, r.year, r.person, r.category)
			= (n.payer, n.year, n.person, n.category)`,
		append(keys(places), quarters, unsure)...)
	if err != nil {
		return fmt.Errorf("store reported persons: %w", err)
	}
	return nil
}

func write(rows *projections.Rows, p place, r reports) {
	rows.Table("reported", 6)
	rows.Text(p.payer)
	rows.Int16(p.year)
	rows.UUID(p.person)
	rows.Text(p.category)
	rows.Int16(int16(r.quarters))
	rows.Int16(int16(r.unsure))
}
