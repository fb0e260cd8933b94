package account

import (
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

	revisions, positions             []int64
	registered, provisional, special []bool
	merged                           []uuid.NullUUID
	encoded                          [][]byte
}

// load reads the states of the known accounts.
func (c *changes) load(ctx context.Context, tx pgx.Tx, read chan<- *portion) error {
	if len(c.known) == 0 {
		return nil
	}
	ids := make([]ledger.PersonID, len(c.known))
	for i := range c.known {
		ids[i] = c.known[i].id
	}
	rows, err := tx.Query(ctx, `select person, state from person
		join unnest($1::uuid[]) n(person) using (person)`, projections.UUIDs(ids))
	if err != nil {
		return fmt.Errorf("load accounts: %w", err)
	}
	p, found := &portion{}, 0
	var id ledger.PersonID
	var state pgtype.DriverBytes // is not copied
	_, err = pgx.ForEachRow(rows, []any{(*[16]byte)(&id), &state}, func() error {
		place := found // rows come in the order in which they are asked for
		if c.known[place].id != id {
			place, _ = c.find(id)
		}
		p.persons = append(p.persons, c.known[place])
		p.states = append(p.states, state...)
		p.ends = append(p.ends, len(p.states))
		if found++; len(p.persons) == portionPersons {
			read <- p
			p = &portion{}
		}
		return nil
	})
	if err == nil && found < len(c.known) {
		err = fmt.Errorf("%w: %d of %d accounts are there", ledger.ErrCorrupt, found, len(c.known))
	}
	if err != nil {
		return fmt.Errorf("load accounts: %w", err)
	}
	if found%portionPersons > 0 {
		read <- p
	}
	return nil
}

// foldAll folds the portions that are read, and the accounts that begin.
func (c *changes) foldAll(
	read <-chan *portion, folded chan<- *portion, fresh *projections.Rows,
) error {
	for _, t := range c.fresh {
		person := account.NewPerson(t.id)
		if err := c.fold(person, t); err != nil {
			return err
		}
		write(fresh, person)
	}
	kept := newScratch()
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
	person  account.Person
	decoder *ledger.Codec
}

func newScratch() *scratch { return &scratch{decoder: ledger.NewReusingDecoder()} }

// decode makes the account of a state. Of the one before nothing is left: its lists may
// hold facts that belong to an event.
func (s *scratch) decode(id ledger.PersonID, state []byte) (*account.Person, error) {
	clear(s.person.Slots)
	clear(s.person.Employments)
	s.person.Reset(id)
	s.decoder.Reset(state)
	return &s.person, read(s.decoder, &s.person)
}

// fold makes of the states what is to be written.
func (p *portion) fold(c *changes, kept *scratch) error {
	n := len(p.persons)
	p.revisions, p.positions = make([]int64, n), make([]int64, n)
	p.registered, p.provisional = make([]bool, n), make([]bool, n)
	p.special, p.merged = make([]bool, n), make([]uuid.NullUUID, n)
	p.encoded = make([][]byte, n)
	// Most states grow by a report.
	e := ledger.NewEncoder(make([]byte, 0, len(p.states)+n*reportSizeUsual))
	start := 0
	for i, t := range p.persons {
		person, err := kept.decode(t.id, p.states[start:p.ends[i]])
		if err != nil {
			return err
		}
		start = p.ends[i]
		if err := c.fold(person, t); err != nil {
			return err
		}
		p.revisions[i], p.positions[i] = int64(person.Revision), int64(person.Position)
		p.registered[i], p.provisional[i] = person.Registered, person.Provisional
		p.special[i] = len(person.Occupational) > 0
		p.merged[i] = uuid.NullUUID{UUID: person.MergedInto, Valid: person.MergedInto != uuid.Nil}
		from := len(e.Encoded())
		person.Fields(e)
		// A buffer that grows later leaves these bytes as they are where they are.
		p.encoded[i] = e.Encoded()[from:]
	}
	return nil
}

// reportSizeUsual is by how much a report makes the state of a person longer.
const reportSizeUsual = 80

func decode(state []byte) (*account.Person, error) {
	person := &account.Person{}
	return person, read(ledger.NewDecoder(state), person)
}

func read(c *ledger.Codec, person *account.Person) error {
	person.Fields(c)
	if err := c.Finish(); err != nil {
		return fmt.Errorf("stored account: %w", err)
	}
	return nil
}

// update writes the states.
func (p *portion) update(ctx context.Context, tx pgx.Tx) error {
	ids := make([]ledger.PersonID, len(p.persons))
	for i := range p.persons {
		ids[i] = p.persons[i].id
	}
	_, err := tx.Exec(ctx, `update person p set revision = n.revision, position = n.position,
			registered = n.registered, provisional = n.provisional,
			occupational = n.occupational, merged_into = n.merged_into, state = n.state
		from unnest($1::uuid[], $2::bigint[], $3::bigint[], $4::boolean[], $5::boolean[],
			$6::boolean[], $7::uuid[], $8::bytea[]) n(person, revision, position,
			registered, provisional, occupational, merged_into, state)
		where p.person = n.person`, projections.UUIDs(ids), p.revisions, p.positions,
		p.registered, p.provisional, p.special, p.merged, p.encoded)
	if err != nil {
		return fmt.Errorf("store accounts: %w", err)
	}
	return nil
}
