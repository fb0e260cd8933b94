package account

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/stazh/stazh/ledger"
)

// sqlLoad reads states, and the older slots of those who cannot be folded without: a slot
// that is not open any more is changed or added, or a new year closes some. Others' stay where
// they are.
const sqlLoad = `select person, state,
		case when n.first < newest - 1 or n.last > newest then older end
	from person join unnest($1::uuid[], $2::integer[], $3::integer[]) n(person, first, last)
		using (person)`

// sqlUpdate leaves older slots that have not changed where they are, unread.
const sqlUpdate = `update person p set position = n.position, newest = n.newest,
		occupational = n.occupational, merged_into = n.merged_into, state = n.state,
		older = coalesce(n.older, p.older)
	from unnest($1::uuid[], $2::bigint[], $3::integer[], $4::boolean[], $5::uuid[], $6::bytea[],
		$7::bytea[]) n(person, position, newest, occupational, merged_into, state, older)
	where p.person = n.person`

// shuttle carries portions between the table and the process: what is folded on the way there,
// what is to be folded on the way back, in one message each.
type shuttle struct {
	conn         *pgconn.PgConn
	load, update *pgconn.StatementDescription
}

// newShuttle has the statements prepared, which a connection does once.
func newShuttle(ctx context.Context, tx pgx.Tx) (s shuttle, err error) {
	s.conn = tx.Conn().PgConn()
	if s.load, err = tx.Prepare(ctx, sqlLoad, sqlLoad); err == nil {
		s.update, err = tx.Prepare(ctx, sqlUpdate, sqlUpdate)
	}
	if err != nil {
		return s, fmt.Errorf("prepare the statements of accounts: %w", err)
	}
	return s, nil
}

// binary is the format of all parameters and columns.
var binary = []int16{pgx.BinaryFormatCode}

// trip writes one portion and reads another, either of which may be empty, while meanwhile is
// done here.
func (s shuttle) trip(
	ctx context.Context, write, read *portion, meanwhile func() error,
) (err error) {
	var b pgconn.Batch
	if len(write.persons) > 0 {
		b.ExecStatement(s.update, write.written(), binary, nil)
	}
	if len(read.persons) > 0 {
		b.ExecStatement(s.load, read.read(), binary, binary)
	}
	results := s.conn.ExecBatch(ctx, &b)
	// All answers are taken, also after an error or a panic: else the connection is lost.
	defer func() {
		if closed := results.Close(); err == nil && closed != nil {
			err = fmt.Errorf("store accounts: %w", closed)
		}
	}()
	if err := meanwhile(); err != nil {
		return err
	}
	if len(write.persons) > 0 && results.NextResult() {
		if err := write.check(results.ResultReader()); err != nil {
			return err
		}
	}
	if len(read.persons) > 0 && results.NextResult() {
		return read.take(results.ResultReader())
	}
	return nil
}

// check holds the answer to sqlUpdate to what was sent.
func (p *portion) check(r *pgconn.ResultReader) error {
	tag, err := r.Close()
	if err != nil {
		return fmt.Errorf("store accounts: %w", err)
	}
	if n := int(tag.RowsAffected()); n != len(p.persons) {
		return fmt.Errorf("%w: %d of %d accounts are there", ledger.ErrCorrupt, n,
			len(p.persons))
	}
	return nil
}
