package account

import (
	"bytes"
	"context"
	"fmt"
	"slices"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"

	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/ledger/account"
	"github.com/stazh/stazh/projections"
)

// changes are what a batch makes of accounts.
type changes struct {
	// known and fresh are the persons whom the batch touches: those with a row, and those
	// whose stream begins in the batch.
	known, fresh []ledger.PersonID
	states       map[ledger.PersonID]*account.Person
	// links are those that the batch names and the accounts before it did not, in order.
	links  []link
	linked map[link]bool
}

// link is a payer who has reported a person.
type link struct {
	payer  string
	person ledger.PersonID
}

func (l link) write(rows *projections.Rows) {
	rows.Table("payer_person", 2)
	rows.Text(l.payer)
	rows.UUID(l.person)
}

func newChanges(batch []projections.Event) *changes {
	c := &changes{states: make(map[ledger.PersonID]*account.Person, len(batch)),
		linked: map[link]bool{}}
	for i := range batch {
		id, ok := batch[i].Stream.Person()
		if !ok || c.states[id] != nil {
			continue
		}
		c.states[id] = account.NewPerson(id)
		if batch[i].Revision == 0 {
			c.fresh = append(c.fresh, id)
		} else {
			c.known = append(c.known, id)
		}
	}
	// In the order of the index neighbours are found on the page that was read already.
	for _, ids := range [][]ledger.PersonID{c.known, c.fresh} {
		slices.SortFunc(ids, func(a, b ledger.PersonID) int { return bytes.Compare(a[:], b[:]) })
	}
	return c
}

// load reads the states of the known persons.
func (c *changes) load(ctx context.Context, tx pgx.Tx) error {
	if len(c.known) == 0 {
		return nil
	}
	rows, err := tx.Query(ctx, `select person, state from person
		join unnest($1::uuid[]) n(person) using (person)`, projections.UUIDs(c.known))
	if err != nil {
		return fmt.Errorf("load accounts: %w", err)
	}
	var (
		id    ledger.PersonID
		state pgtype.DriverBytes // the connection's; the decoder copies what is kept
		codec = ledger.NewReusingDecoder()
	)
	_, err = pgx.ForEachRow(rows, []any{(*[16]byte)(&id), &state}, func() error {
		person := c.states[id]
		if person == nil { // outside a batch nobody has made them
			person = account.NewPerson(id)
			c.states[id] = person
		}
		codec.Reset(state)
		person.Fields(codec)
		return stored(codec)
	})
	if err != nil {
		return fmt.Errorf("load accounts: %w", err)
	}
	return nil
}

func decode(state []byte) (*account.Person, error) {
	person := &account.Person{}
	c := ledger.NewDecoder(state)
	person.Fields(c)
	return person, stored(c)
}

// stored tells whether a state was read well.
func stored(c *ledger.Codec) error {
	if err := c.Finish(); err != nil {
		return fmt.Errorf("stored account: %w", err)
	}
	return nil
}

// link notes a payer of a person, unless the person's account shows it already. It must be
// called before the event that names the payer is folded.
func (c *changes) link(payer string, id ledger.PersonID) {
	person := c.states[id]
	for i := range person.Slots {
		if projections.Text(person.Slots[i].Payer) == payer {
			return
		}
	}
	for i := range person.Employments {
		if projections.Text(person.Employments[i].Payer) == payer {
			return
		}
	}
	if l := (link{payer, id}); !c.linked[l] {
		c.linked[l] = true
		c.links = append(c.links, l)
	}
}

// store writes the accounts and links.
func (c *changes) store(ctx context.Context, tx pgx.Tx) error {
	links, err := c.newLinks(ctx, tx)
	if err == nil {
		err = c.update(ctx, tx)
	}
	if err != nil {
		return err
	}
	rows := projections.NewRows()
	for _, id := range c.fresh {
		write(rows, c.states[id])
	}
	for _, l := range links {
		l.write(rows)
	}
	if err := rows.Insert(ctx, tx); err != nil {
		return fmt.Errorf("store accounts: %w", err)
	}
	return nil
}

// newLinks leaves out the links that are there. An account may name a payer again of whom
// it kept no trace, so the accounts alone do not tell.
func (c *changes) newLinks(ctx context.Context, tx pgx.Tx) ([]link, error) {
	var payers []string
	var persons []ledger.PersonID
	for _, l := range c.links {
		if c.knows(l.person) {
			payers, persons = append(payers, l.payer), append(persons, l.person)
		}
	}
	if len(payers) == 0 {
		return c.links, nil
	}
	rows, err := tx.Query(ctx, `select payer, person from payer_person
		join unnest($1::text[], $2::uuid[]) n(payer, person) using (payer, person)`,
		payers, projections.UUIDs(persons))
	if err != nil {
		return nil, fmt.Errorf("look for links: %w", err)
	}
	there := map[link]bool{}
	var l link
	_, err = pgx.ForEachRow(rows, []any{&l.payer, (*[16]byte)(&l.person)}, func() error {
		there[l] = true
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("look for links: %w", err)
	}
	return slices.DeleteFunc(c.links, func(l link) bool { return there[l] }), nil
}

// knows tells whether a person had an account before the batch.
func (c *changes) knows(id ledger.PersonID) bool {
	_, found := slices.BinarySearchFunc(c.known, id, func(a, b ledger.PersonID) int {
		return bytes.Compare(a[:], b[:])
	})
	return found
}

// stateSizeUsual is room for the state of a person with some quarters reported.
const stateSizeUsual = 1024

// update writes the states of the known persons.
func (c *changes) update(ctx context.Context, tx pgx.Tx) error {
	n := len(c.known)
	if n == 0 {
		return nil
	}
	var (
		revisions   = make([]int64, n)
		positions   = make([]int64, n)
		registered  = make([]bool, n)
		provisional = make([]bool, n)
		merged      = make([]uuid.NullUUID, n)
		encoded     = make([][]byte, n)
		e           = ledger.NewEncoder(make([]byte, 0, stateSizeUsual*n))
	)
	for i, id := range c.known {
		p := c.states[id]
		revisions[i], positions[i] = int64(p.Revision), int64(p.Position)
		registered[i], provisional[i] = p.Registered, p.Provisional
		merged[i] = uuid.NullUUID{UUID: p.MergedInto, Valid: p.MergedInto != uuid.Nil}
		start := len(e.Encoded())
		p.Fields(e)
		// A buffer that grows later leaves these bytes as they are where they are.
		encoded[i] = e.Encoded()[start:]
	}
	_, err := tx.Exec(ctx, `update person p set revision = n.revision, position = n.position,
			registered = n.registered, provisional = n.provisional,
			merged_into = n.merged_into, state = n.state
		from unnest($1::uuid[], $2::bigint[], $3::bigint[], $4::boolean[], $5::boolean[],
			$6::uuid[], $7::bytea[])
			n(person, revision, position, registered, provisional, merged_into, state)
		where p.person = n.person`, projections.UUIDs(c.known), revisions, positions,
		registered, provisional, merged, encoded)
	if err != nil {
		return fmt.Errorf("store accounts: %w", err)
	}
	return nil
}
