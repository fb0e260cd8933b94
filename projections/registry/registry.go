// Package registry answers who is who: insured persons by number or name, payers by UNP,
// fund number or name, with a search that forgives spelling. It is the one read model
// that holds personal data in the clear, opened with the persons' keys.
package registry

import (
	"context"
	_ "embed"

	"github.com/jackc/pgx/v5"

	"github.com/stazh/stazh/ledger/seal"
	"github.com/stazh/stazh/projections"
)

//go:embed schema.sql
var ddl string

// Projection folds registrations of persons and payers.
type Projection struct{ keys *seal.Keyring }

// New makes the projection; keys opens the personal data.
func New(keys *seal.Keyring) *Projection { return &Projection{keys} }

// Name is the question answered.
func (*Projection) Name() string { return "registry" }

// Version counts the shapes of the tables.
func (*Projection) Version() int { return 2 }

// DDL creates the tables.
func (*Projection) DDL() string { return ddl }

// Tables lists the tables.
func (*Projection) Tables() []projections.Table {
	return []projections.Table{
		{Name: "person", Key: []string{"person"}},
		{Name: "payer", Key: []string{"unp"}},
	}
}

// Apply takes the registrations of the batch into account.
func (p *Projection) Apply(
	ctx context.Context, tx pgx.Tx, batch []projections.Event,
) error {
	if err := p.applyPersons(ctx, tx, batch); err != nil {
		return err
	}
	return applyPayers(ctx, tx, batch)
}
