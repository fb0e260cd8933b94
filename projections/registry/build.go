package registry

import (
	"context"
	"strings"

	"github.com/stazh/stazh/projections"
)

// NewBuild implements projections.Builder: every row follows from one stream.
func (p *Projection) NewBuild() projections.Build { return p }

// Rest has nothing to add.
func (*Projection) Rest(*projections.Rows) {}

// Streams opens the personal data of some persons at once, with one look for their keys.
func (p *Projection) Streams(
	ctx context.Context, streams [][]projections.Event, rows *projections.Rows,
) error {
	who := newIdentities()
	for _, events := range streams {
		if id, ok := events[0].Stream.Person(); ok {
			for i := range events {
				who.take(id, &events[i])
			}
		} else if unp, ok := events[0].Stream.Payer(); ok {
			row := &payerRow{Payer: Payer{UNP: unp}}
			for i := range events {
				row.apply(&events[i])
			}
			if row.position > 0 {
				row.write(rows)
			}
		}
	}
	list, err := p.openPersons(ctx, who)
	for i := range list {
		list[i].write(rows)
	}
	return err
}

// write gives the row of a person, in the order of the table's columns.
func (r *personRow) write(rows *projections.Rows) {
	rows.Table("person", 13)
	rows.UUID(r.id)
	rows.Bool(r.known)
	rows.Text(r.data.InsuranceNo)
	rows.Text(r.data.Surname)
	rows.Text(r.data.Name)
	rows.Text(r.data.Patronymic)
	rows.Date(r.data.BirthDate)
	rows.Text(r.data.Sex)
	rows.Bool(r.provisional != nil && *r.provisional)
	if r.registeredAt == nil {
		rows.Null()
	} else {
		rows.Time(*r.registeredAt)
	}
	rows.Text(strings.Join(r.words, " "))
	rows.Int32s(indexKeys(r.words))
	rows.Int64(int64(r.position))
}

// write gives the row of a payer, in the order of the table's columns.
func (r *payerRow) write(rows *projections.Rows) {
	list := words(r.Name)
	rows.Table("payer", 11)
	rows.Text(r.UNP)
	rows.Bool(r.registered)
	rows.Text(r.Name)
	rows.Text(r.FundNo)
	rows.Text(r.Office)
	rows.Text(r.Kind)
	rows.Date(r.Since)
	rows.Date(r.DeregisteredOn)
	rows.Text(strings.Join(list, " "))
	rows.Int32s(indexKeys(list))
	rows.Int64(int64(r.position))
}
