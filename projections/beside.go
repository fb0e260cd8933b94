package projections

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
)

// Beside is a projection that reads what its rows were before a batch, and can do so in a
// transaction of its own, so that the server reads some while it writes others.
type Beside interface {
	Projection
	// ApplyBeside is Apply. All batches before this one are committed when reading begins; it
	// sees nothing of what tx does.
	ApplyBeside(ctx context.Context, tx, reading pgx.Tx, batch []Event) error
}

const (
	// besideFrom is the number of events of a batch from which a second transaction is worth
	// what it costs.
	besideFrom = 1_000
	// besideWait is how long a connection for it is waited for: others may need all there are.
	besideWait = 50 * time.Millisecond
)

// foldBeside is fold, with a second transaction where the projection can use one and there is
// a connection.
func (r *Runner) foldBeside(
	ctx context.Context, tx pgx.Tx, p Projection, batch []Event,
) error {
	x, ok := p.(Beside)
	if !ok || len(batch) < besideFrom {
		return fold(ctx, tx, p, batch)
	}
	waiting, cancel := context.WithTimeout(ctx, besideWait)
	defer cancel()
	conn, err := r.pool.Acquire(waiting)
	if err != nil {
		return fold(ctx, tx, p, batch)
	}
	defer conn.Release()
	options := renewed(conn.Conn(), beginBeside(schemaOf(p)), len(batch))
	return pgx.BeginTxFunc(ctx, conn.Conn(), options, func(reading pgx.Tx) error {
		return Guard(func() error { return x.ApplyBeside(ctx, tx, reading, batch) })
	})
}

// beginBeside is beginFold for what is only read. A lock that somebody asks for between the two
// transactions must not stop both: the server cannot see that one waits for the other.
func beginBeside(schema string) pgx.TxOptions {
	options := beginFold(schema)
	options.BeginQuery += fmt.Sprintf("; set transaction read only; set local lock_timeout to %d",
		convoyLockMax.Milliseconds())
	return options
}
