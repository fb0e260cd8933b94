package node

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/stazh/stazh/commands"
	"github.com/stazh/stazh/ledger"
	fold "github.com/stazh/stazh/ledger/account"
	"github.com/stazh/stazh/ledger/period"
	"github.com/stazh/stazh/projections"
	"github.com/stazh/stazh/projections/filing"
	"github.com/stazh/stazh/projections/models"
	"github.com/stazh/stazh/projections/workforce"
)

// Models are the queries of all read models. They also are the clerk's work list,
// and find whom an indexation may concern.
type Models struct {
	models.Queries

	runner *projections.Runner
	log    ledger.Log
	pool   *pgxpool.Pool
	built  sync.Map // names of the models that were seen built: they stay so
}

func newModels(n *Node) (*Models, *projections.Runner, error) {
	queries := models.NewQueries(n.Reads)
	runner, err := projections.NewRunner(n.Pool, n.Log,
		projections.Options{Logger: n.Config.Logger, Clock: n.Config.Clock,
			Watchers: queries.Watchers()}, models.All(n.Keys)...)
	if err != nil {
		return nil, nil, err
	}
	return &Models{Queries: queries, runner: runner, log: n.Log,
		pool: n.Pool}, runner, nil
}

// clerkPatience bounds how long the clerk waits for a read model before it goes on with
// other work and asks again later.
const clerkPatience = 30 * time.Second

// buildPatience bounds how long the clerk waits for a read model that is being built for the
// first time, as all are in the first moment of a start, and buildLook is how often it looks.
// A build may also take minutes, in which the clerk has other work.
const (
	buildPatience = 2 * time.Second
	buildLook     = 20 * time.Millisecond
)

// awaitBuilt lasts until the model can be read.
func (m *Models) awaitBuilt(ctx context.Context, model string) error {
	if _, known := m.built.Load(model); known {
		return nil
	}
	for range buildPatience / buildLook {
		ready, err := m.runner.Built(ctx, model)
		switch {
		case err != nil:
			return err
		case ready:
			m.built.Store(model, true)
			return nil
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(buildLook):
		}
	}
	return fmt.Errorf("read model %s: %w", model, commands.ErrListNotMade)
}

// wait lasts until the model reflects the position, or all there is when it is zero.
func (m *Models) wait(ctx context.Context, model string, at ledger.Position) error {
	if err := m.awaitBuilt(ctx, model); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, clerkPatience)
	defer cancel()
	if at == 0 {
		head, err := m.log.Head(ctx)
		if err != nil {
			return err
		}
		at = head
	}
	return m.runner.WaitFor(ctx, model, at)
}

// Recipients implements commands.Recipients: the cases tell who is concerned, the accounts
// are the folds.
func (m *Models) Recipients(ctx context.Context, kinds []string, on period.Date,
	after ledger.PersonID, limit int, at ledger.Position) ([]*fold.Person, error) {
	for _, model := range [...]string{"benefit", "account"} {
		if err := m.wait(ctx, model, at); err != nil {
			return nil, err
		}
	}
	ids, _, err := m.Benefit.Recipients(ctx, kinds, on, after, limit)
	if err != nil {
		return nil, err
	}
	persons, _, err := m.Account.Persons(ctx, ids)
	return persons, err
}

// Occupational implements commands.Recipients.
func (m *Models) Occupational(ctx context.Context, after ledger.PersonID, limit int,
	at ledger.Position) ([]*fold.Person, error) {
	if err := m.wait(ctx, "account", at); err != nil {
		return nil, err
	}
	ids, _, err := m.Account.Occupational(ctx, after, limit)
	if err != nil {
		return nil, err
	}
	persons, _, err := m.Account.Persons(ctx, ids)
	return persons, err
}

// Reported implements commands.Workforce.
func (m *Models) Reported(ctx context.Context, payer string, year int, quarters, category string,
	after ledger.PersonID, limit int) ([]ledger.PersonID, error) {
	if err := m.wait(ctx, "workforce", 0); err != nil {
		return nil, err
	}
	list, _, err := m.Workforce.Persons(ctx, workforce.Filter{Payer: payer, Year: year,
		Quarters: workforce.QuartersOf(quarters), Category: category}, after, limit)
	ids := make([]ledger.PersonID, len(list))
	for i, p := range list {
		ids[i] = p.ID
	}
	return ids, err
}

// Unreported implements commands.Staff. It does not wait: a report that has just come is in
// its account, where those look who decide.
func (m *Models) Unreported(ctx context.Context, payer string, quarter period.Month,
	after ledger.PersonID, limit int) ([]ledger.PersonID, error) {
	ids, _, err := m.Workforce.Unreported(ctx, payer, quarter, after, limit)
	return ids, err
}

// clerkSchema keeps the clerk's bookmark.
const clerkSchema = `CREATE SCHEMA IF NOT EXISTS clerk;
CREATE TABLE IF NOT EXISTS clerk.bookmark (
	id int PRIMARY KEY DEFAULT 1 CHECK (id = 1), position bigint NOT NULL);
INSERT INTO clerk.bookmark (position) VALUES (0) ON CONFLICT DO NOTHING`

// Bookmark implements commands.WorkList.
func (m *Models) Bookmark(ctx context.Context) (at ledger.Position, err error) {
	err = m.pool.QueryRow(ctx, "SELECT position FROM clerk.bookmark").Scan(&at)
	return at, err
}

// SetBookmark implements commands.WorkList.
func (m *Models) SetBookmark(ctx context.Context, at ledger.Position) error {
	_, err := m.pool.Exec(ctx,
		"UPDATE clerk.bookmark SET position = $1 WHERE position < $1", int64(at))
	return err
}

// workPage is how much of a list is read at once.
const workPage = projections.LimitMax

// Unfinished implements commands.WorkList. The read model is first brought up to the
// head, so that nothing that arrived before is missed.
func (m *Models) Unfinished(ctx context.Context, limit int) ([]commands.Work, error) {
	if err := m.wait(ctx, "filing", 0); err != nil {
		return nil, err
	}
	var work []commands.Work
	for after := ledger.Position(0); len(work) < limit; {
		n := min(workPage, limit-len(work))
		list, _, err := m.Filing.Unfinished(ctx, after, n)
		if err != nil {
			return nil, err
		}
		for _, f := range list {
			after = f.Filing.Position
			work = append(work,
				commands.Work{Payer: f.Payer, Filing: f.Filing.FilingReceived.Filing})
		}
		if len(list) < n {
			break
		}
	}
	return work, nil
}

// ParkedFor implements commands.WorkList.
func (m *Models) ParkedFor(ctx context.Context, persons []ledger.PersonID, at ledger.Position,
) ([]commands.Work, error) {
	if err := m.wait(ctx, "filing", at); err != nil {
		return nil, err
	}
	list, _, err := m.Filing.ParkedFor(ctx, persons)
	return parkedWork(list), err
}

// ParkedOf implements commands.WorkList.
func (m *Models) ParkedOf(ctx context.Context, unp string, at ledger.Position,
) ([]commands.Work, error) {
	if err := m.wait(ctx, "filing", at); err != nil {
		return nil, err
	}
	list, _, err := m.Filing.Parked(ctx, unp)
	return parkedWork(list), err
}

// ParkedUntil implements commands.WorkList.
func (m *Models) ParkedUntil(ctx context.Context, before period.Date) ([]commands.Work, error) {
	if err := m.wait(ctx, "filing", 0); err != nil {
		return nil, err
	}
	list, _, err := m.Filing.ParkedExpired(ctx, before, workPage)
	return parkedWork(list), err
}

func parkedWork(list []filing.Parked) []commands.Work {
	work := make([]commands.Work, len(list))
	for i, p := range list {
		work[i] = commands.Work{Payer: p.Payer, Filing: p.Filing, DocNo: p.DocNo}
	}
	return work
}

// Awaiting implements commands.WorkList.
func (m *Models) Awaiting(ctx context.Context, name string, from, until period.Month,
	at ledger.Position) ([]string, error) {
	if err := m.wait(ctx, "balance", at); err != nil {
		return nil, err
	}
	var all []string
	for after := ""; ; after = all[len(all)-1] {
		page, _, err := m.Balance.Awaiting(ctx, name, from, until, after, workPage)
		all = append(all, page...)
		if err != nil || len(page) < workPage {
			return all, err
		}
	}
}
