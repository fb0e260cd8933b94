// Package models is all read models of the product together: who opens an installation, and
// who asks it, name them once.
package models

import (
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/stazh/stazh/ledger/seal"
	"github.com/stazh/stazh/projections"
	"github.com/stazh/stazh/projections/account"
	"github.com/stazh/stazh/projections/balance"
	"github.com/stazh/stazh/projections/benefit"
	"github.com/stazh/stazh/projections/dispute"
	"github.com/stazh/stazh/projections/filing"
	"github.com/stazh/stazh/projections/order"
	"github.com/stazh/stazh/projections/registry"
	"github.com/stazh/stazh/projections/reporting"
	"github.com/stazh/stazh/projections/workforce"
)

// Queries answer from the read models.
type Queries struct {
	Account   *account.Queries
	Balance   *balance.Queries
	Benefit   *benefit.Queries
	Dispute   *dispute.Queries
	Filing    *filing.Queries
	Order     *order.Queries
	Registry  *registry.Queries
	Reporting *reporting.Queries
	Workforce *workforce.Queries
}

// NewQueries gives the queries on the database of a pool.
func NewQueries(pool *pgxpool.Pool) Queries {
	return Queries{
		Account: account.NewQueries(pool), Balance: balance.NewQueries(pool),
		Benefit: benefit.NewQueries(pool), Dispute: dispute.NewQueries(pool),
		Filing: filing.NewQueries(pool), Order: order.NewQueries(pool),
		Registry: registry.NewQueries(pool), Reporting: reporting.NewQueries(pool),
		Workforce: workforce.NewQueries(pool),
	}
}

// Watchers gives those of the queries that keep something in memory, by projection.
func (q *Queries) Watchers() map[string]projections.Watcher {
	return map[string]projections.Watcher{reporting.New().Name(): q.Reporting}
}

// All gives the projections that keep the read models. Personal data is opened with the keys.
func All(keys *seal.Keyring) []projections.Projection {
	return []projections.Projection{account.New(), balance.New(), benefit.New(), filing.New(),
		registry.New(keys), reporting.New(), workforce.New(), dispute.New(), order.New()}
}
