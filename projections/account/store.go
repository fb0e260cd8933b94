package account

import (
	"bytes"
	"context"
	"fmt"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"
	"golang.org/x/sync/errgroup"

	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/ledger/account"
	"github.com/stazh/stazh/projections"
)

// portionPersons is the number of persons whose states are read, folded and written together.
// While the server is busy with one portion another is folded.
const portionPersons = 500

// store folds the known accounts on their states in the table and writes them back, copies
// the fresh ones into it, and adds the links.
func (c *changes) store(ctx context.Context, tx pgx.Tx) error {
	// No portion ever waits for room: there are no more than these.
	portions := len(c.known)/portionPersons + 1
	read, folded := make(chan *portion, portions), make(chan *portion, portions)
	fresh := projections.NewRows()
	var group errgroup.Group // without a context: what ends a query ends the connection
	group.Go(func() error {
		defer close(folded)
		return projections.Guard(func() error { return c.foldAll(read, folded, fresh) })
	})
	err := c.load(ctx, tx, read)
	close(read)
	for p := range folded {
		if err == nil {
			err = p.update(ctx, tx)
		}
	}
	if failed := group.Wait(); failed != nil {
		return failed
	}
	if err != nil {
		return err
	}
	links, err := c.newLinks(ctx, tx)
	if err != nil {
		return err
	}
	for _, l := range links {
		l.write(fresh)
	}
	if err := fresh.Insert(ctx, tx); err != nil {
		return fmt.Errorf("store accounts: %w", err)
	}
	return nil
}

// portion is some of the known accounts: at first their states as they were read, then what is
// to be written.
type portion struct {
	persons []touched
	states  []byte // one after the other
	ends    []int  // of each of them
	older   [][]byte

	positions []int64
	newest    []int32
	special   []bool
	merged    pgtype.FlatArray[pgtype.UUID]
	encoded   [][]byte
}

// sqlLoad reads states, and the older slots of those who cannot be folded without: a slot
// that is not open any more is changed or added, or a new year closes some. Others' stay where
// they are.
const sqlLoad = `select person, state,
		case when n.first < newest - 1 or n.last > newest then older end
	from person join unnest($1::uuid[], $2::integer[], $3::integer[]) n(person, first, last)
		using (person)`

// load reads the states of the known accounts.
func (c *changes) load(ctx context.Context, tx pgx.Tx, read chan<- *portion) error {
	if len(c.known) == 0 {
		return nil
	}
	n := len(c.known)
	ids, first, last := make([]ledger.PersonID, n), make([]int32, n), make([]int32, n)
	for i, t := range c.known {
		ids[i], first[i], last[i] = t.id, t.from, t.to
	}
	rows, err := tx.Query(ctx, sqlLoad, projections.UUIDs(ids), first, last)
	if err != nil {
		return fmt.Errorf("load accounts: %w", err)
	}
	p, found := &portion{}, 0
	var id ledger.PersonID
	var state, older pgtype.DriverBytes // are not copied
	_, err = pgx.ForEachRow(rows, []any{(*[16]byte)(&id), &state, &older}, func() error {
		place := found // rows come in the order in which they are asked for
		if c.known[place].id != id {
			place, _ = c.find(id)
		}
		p.take(c.known[place], state, older)
		if found++; len(p.persons) == portionPersons {
			read <- p
			p = &portion{}
		}
		return nil
	})
	if err == nil && found < n {
		err = fmt.Errorf("%w: %d of %d accounts are there", ledger.ErrCorrupt, found, n)
	}
	if err != nil {
		return fmt.Errorf("load accounts: %w", err)
	}
	if found%portionPersons > 0 {
		read <- p
	}
	return nil
}

// take adds a person as it is stored.
func (p *portion) take(t touched, state, older []byte) {
	p.persons = append(p.persons, t)
	p.states = append(p.states, state...)
	p.ends = append(p.ends, len(p.states))
	p.older = append(p.older, bytes.Clone(older))
}

// foldAll folds the portions that are read, and the accounts that begin.
func (c *changes) foldAll(
	read <-chan *portion, folded chan<- *portion, fresh *projections.Rows,
) error {
	kept := newScratch()
	for _, t := range c.fresh {
		kept.person.Reset(t.id)
		if err := c.fold(&kept.person, t); err != nil {
			return err
		}
		write(fresh, &kept.person)
	}
	for p := range read {
		if err := p.fold(c, kept); err != nil {
			return err
		}
		folded <- p
	}
	return nil
}

// scratch is where one account after the other is decoded and folded. Most texts of an
// account stand in those of its colleagues too.
type scratch struct {
	person  account.Recent
	decoder *ledger.Codec
}

func newScratch() *scratch { return &scratch{decoder: ledger.NewReusingDecoder()} }

// decode makes the account of what is stored.
func (s *scratch) decode(id ledger.PersonID, state, older []byte) (*account.Recent, error) {
	s.person.Reset(id)
	s.decoder.Reset(state)
	return &s.person, s.person.Read(s.decoder, older)
}

// fold makes of the states what is to be written.
func (p *portion) fold(c *changes, kept *scratch) error {
	n := len(p.persons)
	p.positions, p.newest = make([]int64, n), make([]int32, n)
	p.special, p.merged = make([]bool, n), make(pgtype.FlatArray[pgtype.UUID], n)
	p.encoded = make([][]byte, n)
	// Most states grow by a report.
	e := ledger.NewEncoder(make([]byte, 0, len(p.states)+n*reportSizeUsual))
	start := 0
	for i, t := range p.persons {
		person, err := kept.decode(t.id, p.states[start:p.ends[i]], p.older[i])
		if err != nil {
			return err
		}
		start = p.ends[i]
		if err := c.fold(person, t); err != nil {
			return err
		}
		h := person.Head()
		p.positions[i], p.newest[i] = int64(h.Position), int32(h.Newest)
		p.special[i] = h.Occupational
		p.merged[i] = pgtype.UUID{Bytes: h.MergedInto, Valid: h.MergedInto != uuid.Nil}
		from := len(e.Encoded())
		p.older[i] = person.Store(e)
		// A buffer that grows later leaves these bytes as they are where they are.
		p.encoded[i] = e.Encoded()[from:]
	}
	return nil
}

// reportSizeUsual is by how much a report makes the state of a person longer.
const reportSizeUsual = 80

// sqlUpdate leaves older slots that have not changed where they are, unread.
const sqlUpdate = `update person p set position = n.position, newest = n.newest,
		occupational = n.occupational, merged_into = n.merged_into, state = n.state,
		older = coalesce(n.older, p.older)
	from unnest($1::uuid[], $2::bigint[], $3::integer[], $4::boolean[], $5::uuid[], $6::bytea[],
		$7::bytea[]) n(person, position, newest, occupational, merged_into, state, older)
	where p.person = n.person`

// update writes the states.
func (p *portion) update(ctx context.Context, tx pgx.Tx) error {
	ids := make([]ledger.PersonID, len(p.persons))
	for i := range p.persons {
		ids[i] = p.persons[i].id
	}
	_, err := tx.Exec(ctx, sqlUpdate, projections.UUIDs(ids), p.positions, p.newest, p.special,
		p.merged, p.encoded, p.older)
	if err != nil {
		return fmt.Errorf("store accounts: %w", err)
	}
	return nil
}
