package projections

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/jackc/pgx/v5"
)

// NewRows makes room for rows that Apply adds.
func NewRows() *Rows { return newRows() }

// Insert adds the rows to their tables by COPY, which costs a fraction of a statement with
// parameters. None of them may be there already.
func (r *Rows) Insert(ctx context.Context, tx pgx.Tx) error {
	for _, name := range slices.Sorted(maps.Keys(r.tables)) {
		if rows := r.tables[name]; rows.rows > 0 {
			if err := rows.copyTo(ctx, tx, name); err != nil {
				return fmt.Errorf("add rows to table %s: %w", name, err)
			}
		}
	}
	return nil
}
