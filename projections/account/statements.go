package account

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgtype"

	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/projections"
)

// The statements are handed over as they are sent, and their answers taken as they come: for
// thousands of accounts the driver's conversions would cost more than the folds.

// binary is the format of all parameters and columns.
var binary = []int16{pgx.BinaryFormatCode}

// sqlLoad reads states, and the older slots of those who cannot be folded without: a slot
// that is not open any more is changed or added, or a new year closes some. Others' stay where
// they are.
const sqlLoad = `select person, state,
		case when n.first < newest - 1 or n.last > newest then older end
	from person join unnest($1::uuid[], $2::integer[], $3::integer[]) n(person, first, last)
		using (person)`

const (
	// portionPersons is the number of persons whose states are folded and written together.
	portionPersons = 500
	// portionsMax bounds the portions in memory where they are read beside: one is folded, the
	// others wait or are being read.
	portionsMax = 6
)

// loading reads the states of the known accounts, portion by portion.
type loading struct {
	*changes
	read chan *portion // closed after the last one, or an error
	free chan *portion // to be used for others
}

func newLoading(c *changes, r *room, beside bool) *loading {
	n := len(c.known)/portionPersons + 1
	if beside {
		n = min(n, portionsMax)
	}
	return &loading{changes: c, read: make(chan *portion, n), free: r.free(n)}
}

func (l *loading) run(ctx context.Context, tx pgx.Tx) error {
	defer close(l.read)
	load, err := tx.Prepare(ctx, sqlLoad, sqlLoad)
	if err != nil {
		return fmt.Errorf("load accounts: %w", err)
	}
	rows := tx.Conn().PgConn().ExecStatement(ctx, load, l.keys(), binary, binary)
	found, err := l.take(ctx, rows)
	if _, closed := rows.Close(); err == nil {
		err = closed
	}
	if n := len(l.known); err == nil && found < n {
		err = fmt.Errorf("%w: %d of %d accounts are there", ledger.ErrCorrupt, found, n)
	}
	if err != nil {
		return fmt.Errorf("load accounts: %w", err)
	}
	return nil
}

// keys are the parameters of sqlLoad.
func (l *loading) keys() [][]byte {
	ids := projections.NewArray(pgtype.UUIDOID)
	first, last := projections.NewArray(pgtype.Int4OID), projections.NewArray(pgtype.Int4OID)
	for _, t := range l.known {
		ids.UUID(t.id)
		first.Int32(t.from)
		last.Int32(t.to)
	}
	return projections.Params(len(l.known), ids, first, last)
}

// take makes portions of the rows, and counts these.
func (l *loading) take(ctx context.Context, rows *pgconn.ResultReader) (found int, err error) {
	var p *portion
	for ; rows.NextRow(); found++ {
		row := rows.Values()
		id, place := ledger.PersonID(row[0]), found
		if l.known[place].id != id { // most come in the order in which they are asked for
			place, _ = l.find(id)
		}
		if p == nil {
			select {
			case p = <-l.free:
				p.reset()
			case <-ctx.Done():
				return found, ctx.Err()
			}
		}
		p.take(l.known[place], row[1], row[2])
		if len(p.persons) == portionPersons {
			l.read <- p
			p = nil
		}
	}
	if p != nil {
		l.read <- p
	}
	return found, nil
}

// sqlUpdate leaves older slots that have not changed where they are, unread.
const sqlUpdate = `update person p set position = n.position, newest = n.newest,
		occupational = n.occupational, merged_into = n.merged_into, state = n.state,
		older = coalesce(n.older, p.older)
	from unnest($1::uuid[], $2::bigint[], $3::integer[], $4::boolean[], $5::uuid[], $6::bytea[],
		$7::bytea[]) n(person, position, newest, occupational, merged_into, state, older)
	where p.person = n.person`

// writtenAtOnce is the number of portions that are with the server: it begins with the next one
// as soon as it has written one, unless folding takes longer than writing.
const writtenAtOnce = 2

// writing writes portions back, each by a statement that is sent before the one before it is
// answered.
type writing struct {
	conn   *pgconn.PgConn
	line   *pgconn.Pipeline
	update *pgconn.StatementDescription
	sent   []int // persons of each portion that is not answered, oldest first
}

// newWriting takes the connection until it is closed.
func newWriting(ctx context.Context, tx pgx.Tx) (*writing, error) {
	update, err := tx.Prepare(ctx, sqlUpdate, sqlUpdate)
	if err != nil {
		return nil, fmt.Errorf("store accounts: %w", err)
	}
	conn := tx.Conn().PgConn()
	return &writing{conn: conn, line: conn.StartPipeline(ctx), update: update}, nil
}

// send hands a folded portion to the server, after which its room is free.
func (w *writing) send(p *portion) error {
	w.line.SendQueryStatement(w.update, projections.Params(len(p.persons), p.params()...), binary,
		nil)
	w.line.SendFlushRequest()
	w.sent = append(w.sent, len(p.persons))
	if err := w.line.Flush(); err != nil {
		return fmt.Errorf("store accounts: %w", err)
	}
	return nil
}

// await waits until at most so many portions are left that were sent and are not written.
func (w *writing) await(left int) error {
	for len(w.sent) > left {
		results, err := w.line.GetResults()
		if err != nil {
			return fmt.Errorf("store accounts: %w", err)
		}
		reader, ok := results.(*pgconn.ResultReader)
		if !ok {
			return fmt.Errorf("store accounts: the server answers %T", results)
		}
		tag, err := reader.Close()
		if err != nil {
			return fmt.Errorf("store accounts: %w", err)
		}
		if n := w.sent[0]; int(tag.RowsAffected()) < n {
			return fmt.Errorf("%w: %d of %d accounts are there", ledger.ErrCorrupt,
				tag.RowsAffected(), n)
		}
		w.sent = w.sent[1:]
	}
	return nil
}

// close gives the connection back, also after an error or a panic. What goes wrong meanwhile is
// told by the next one who uses it: nothing is left to be written.
func (w *writing) close() {
	if !w.conn.IsClosed() { // else the driver is using it to say good-bye
		_ = w.line.Sync()
	}
	_ = w.line.Close()
}
