package account

import (
	"context"
	"fmt"
	"slices"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/ledger/account"
	"github.com/stazh/stazh/ledger/gather"
	"github.com/stazh/stazh/projections"
)

// Folds gives the accounts of persons as they are stored at the moment, with one query for
// all who ask at the same time. An account may be behind the ledger: its revision tells what
// it is as of. One row instead of all events of a life is what makes it worth having.
type Folds struct {
	reader *projections.Reader
	reads  *gather.Batcher[[]ledger.PersonID, map[ledger.PersonID]stored]
}

// stored is an account as it lies in the table.
type stored struct{ state, older []byte }

// foldsBatch bounds the persons of one query.
const foldsBatch = 4_000

// NewFolds makes them on a pool.
func NewFolds(pool *pgxpool.Pool) *Folds {
	f := &Folds{reader: projections.NewReader(pool, New())}
	f.reads = gather.New(foldsBatch, func(ids []ledger.PersonID) int { return len(ids) }, f.read)
	return f
}

// Persons gives the accounts that are stored of the persons, each without those that it is
// joined with.
func (f *Folds) Persons(ctx context.Context, ids []ledger.PersonID,
) (map[ledger.PersonID]*account.Person, error) {
	states, err := f.reads.Do(ctx, ids)
	if err != nil {
		return nil, fmt.Errorf("stored accounts: %w", err)
	}
	persons := make(map[ledger.PersonID]*account.Person, len(ids))
	for _, id := range ids {
		x, ok := states[id]
		if !ok {
			continue
		}
		if persons[id], err = account.Restore(x.state, x.older); err != nil {
			return nil, err
		}
	}
	return persons, nil
}

// read answers several callers, all with everything that was found: nobody changes it.
func (f *Folds) read(ctx context.Context, lists [][]ledger.PersonID,
) ([]map[ledger.PersonID]stored, error) {
	found := map[ledger.PersonID]stored{}
	err := f.reader.Peek(ctx, "select person, state, older from "+f.reader.Table("person")+
		" where person = any($1)", []any{projections.UUIDs(slices.Concat(lists...))},
		func(row pgx.CollectableRow) error {
			var id uuid.UUID
			var x stored
			err := row.Scan((*[16]byte)(&id), &x.state, &x.older)
			found[id] = x
			return err
		})
	return slices.Repeat([]map[ledger.PersonID]stored{found}, len(lists)), err
}
