package benefit

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/ledger/account"
	"github.com/stazh/stazh/ledger/period"
	"github.com/stazh/stazh/projections"
)

// load gives the cases of each person; who had none has an empty account.
func load(ctx context.Context, tx pgx.Tx, ids []ledger.PersonID,
) (map[ledger.PersonID]*account.Person, error) {
	persons := make(map[ledger.PersonID]*account.Person, len(ids))
	for _, id := range ids {
		persons[id] = account.NewPerson(id)
	}
	rows, err := tx.Query(ctx, "select person, state from person where person = any($1)",
		projections.UUIDs(ids))
	if err != nil {
		return nil, fmt.Errorf("load cases: %w", err)
	}
	var (
		id    ledger.PersonID
		state []byte
	)
	_, err = pgx.ForEachRow(rows, []any{(*[16]byte)(&id), &state}, func() error {
		p, err := decode(state)
		persons[id] = p
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("load cases: %w", err)
	}
	return persons, nil
}

// store replaces all rows of the persons.
func store(ctx context.Context, tx pgx.Tx, ids []ledger.PersonID,
	persons map[ledger.PersonID]*account.Person,
) error {
	var (
		states  [][]byte
		cases   caseColumns
		amounts amountColumns
	)
	for _, id := range ids {
		p := persons[id]
		c := ledger.NewEncoder(nil)
		p.Fields(c)
		states = append(states, c.Encoded())
		for i := range p.Cases {
			cases.add(id, &p.Cases[i])
			amounts.add(id, &p.Cases[i])
		}
	}
	var b pgx.Batch
	b.Queue(`insert into person (person, state) select * from unnest($1::uuid[], $2::bytea[])
		on conflict (person) do update set state = excluded.state`,
		projections.UUIDs(ids), states)
	cases.queue(&b)
	b.Queue("delete from amount where person = any($1)", projections.UUIDs(ids))
	amounts.queue(&b)
	if err := tx.SendBatch(ctx, &b).Close(); err != nil {
		return fmt.Errorf("store cases: %w", err)
	}
	return nil
}

// caseColumns are rows of the table of cases, column by column.
type caseColumns struct {
	persons, ids                   []uuid.UUID
	kinds, offices, states, works  []string
	forms                          []string
	claimedOn, firstDays, lastDays []*time.Time
	amounts, positions             []int64
}

// rowOf gives the columns of a case that are more than a copy.
func rowOf(x *account.Case) (last period.Date, amount int64) {
	if spans := spansOf(x); len(spans) > 0 {
		last = spans[len(spans)-1].last
		amount = int64(spans[len(spans)-1].amount)
	}
	return last, amount
}

func (c *caseColumns) add(person ledger.PersonID, x *account.Case) {
	last, amount := rowOf(x)
	c.persons, c.ids = append(c.persons, person), append(c.ids, x.ID)
	c.kinds = append(c.kinds, projections.Text(x.Kind))
	c.offices = append(c.offices, officeOf(x))
	c.states = append(c.states, string(x.State))
	c.works = append(c.works, workOf(x))
	c.claimedOn = append(c.claimedOn, projections.DateColumn(x.ClaimedOn))
	c.firstDays = append(c.firstDays, projections.DateColumn(firstDay(x)))
	c.lastDays = append(c.lastDays, projections.DateColumn(last))
	c.amounts = append(c.amounts, amount)
	c.forms = append(c.forms, projections.Text(x.Award.Form))
	c.positions = append(c.positions, int64(x.Position))
}

func (c *caseColumns) queue(b *pgx.Batch) {
	b.Queue(`insert into benefit_case (person, id, kind, office, state, work, claimed_on,
			first_day, last_day, amount, form, position)
		select * from unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::text[],
			$6::text[], $7::date[], $8::date[], $9::date[], $10::bigint[], $11::text[],
			$12::bigint[])
		on conflict (person, id) do update set office = excluded.office,
			state = excluded.state, work = excluded.work, first_day = excluded.first_day,
			last_day = excluded.last_day, amount = excluded.amount, form = excluded.form,
			position = excluded.position`,
		projections.UUIDs(c.persons), projections.UUIDs(c.ids), c.kinds, c.offices, c.states,
		c.works, c.claimedOn, c.firstDays, c.lastDays, c.amounts, c.forms, c.positions)
}

// amountColumns are rows of the table of amounts, column by column.
type amountColumns struct {
	persons, ids []uuid.UUID
	first, last  []*time.Time
	amounts      []int64
}

func (c *amountColumns) add(person ledger.PersonID, x *account.Case) {
	for _, s := range spansOf(x) {
		c.persons, c.ids = append(c.persons, person), append(c.ids, x.ID)
		c.first = append(c.first, projections.DateColumn(s.from))
		c.last = append(c.last, projections.DateColumn(s.last))
		c.amounts = append(c.amounts, int64(s.amount))
	}
}

func (c *amountColumns) queue(b *pgx.Batch) {
	if len(c.ids) == 0 {
		return
	}
	b.Queue(`insert into amount (person, id, first_day, last_day, amount)
		select * from unnest($1::uuid[], $2::uuid[], $3::date[], $4::date[], $5::bigint[])`,
		projections.UUIDs(c.persons), projections.UUIDs(c.ids), c.first, c.last, c.amounts)
}
