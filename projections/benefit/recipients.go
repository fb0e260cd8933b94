package benefit

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/ledger/account"
	"github.com/stazh/stazh/ledger/period"
	"github.com/stazh/stazh/projections"
)

// Recipients lists persons with an award of one of the kinds that is paid on the day or
// after it, in the order of their ids from after the id on, at most so many. Page after
// page it reads the cases once, in the order of the key.
func (q *Queries) Recipients(ctx context.Context, kinds []string, on period.Date,
	after ledger.PersonID, limit int,
) (list []ledger.PersonID, position ledger.Position, err error) {
	position, err = q.reader.Read(ctx, func(tx pgx.Tx) error {
		rows, err := tx.Query(ctx, `select distinct person from benefit_case
			where person > $1 and kind = any($2) and state = any($3)
				and (last_day is null or last_day >= $4)
			order by person limit $5`, after, kinds,
			[]string{string(account.CaseAwarded), string(account.CaseTerminated)},
			projections.DateColumn(on), limit)
		if err != nil {
			return err
		}
		list, err = pgx.CollectRows(rows, pgx.RowTo[ledger.PersonID])
		return err
	})
	if err != nil {
		return nil, position, fmt.Errorf("find recipients of benefits: %w", err)
	}
	return list, position, nil
}
