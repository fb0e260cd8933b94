// Package account keeps the accounts of insured persons: for each person the state that
// the fold account.Person gives, and which persons a payer has reported. Contributions,
// coverage and everything that needs the law are computed from the state when asked.
package account

import (
	"bytes"
	"context"
	_ "embed"
	"fmt"
	"slices"

	"github.com/jackc/pgx/v5"

	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/ledger/account"
	"github.com/stazh/stazh/ledger/event"
	"github.com/stazh/stazh/projections"
)

//go:embed schema.sql
var ddl string

// Projection folds the streams of persons.
type Projection struct{}

// New makes the projection.
func New() *Projection { return &Projection{} }

// Name is the question answered.
func (*Projection) Name() string { return "account" }

// Version counts the shapes of the tables.
func (*Projection) Version() int { return 1 }

// DDL creates the tables.
func (*Projection) DDL() string { return ddl }

// Tables lists the tables.
func (*Projection) Tables() []projections.Table {
	return []projections.Table{
		{Name: "person", Key: []string{"person"}},
		{Name: "payer_person", Key: []string{"payer", "person"}},
	}
}

// link is a payer who has reported a person.
type link struct {
	payer  string
	person ledger.PersonID
}

// Apply folds the events of persons: one statement loads all states that the batch
// touches, one writes them back.
func (*Projection) Apply(
	ctx context.Context, tx pgx.Tx, batch []projections.Event,
) error {
	ids, fresh := touched(batch)
	if len(ids) == 0 {
		return nil
	}
	states, err := load(ctx, tx, ids, fresh)
	if err != nil {
		return err
	}
	var links []link
	for i := range batch {
		id, ok := batch[i].Stream.Person()
		if !ok {
			continue
		}
		if payer, ok := newPayer(states[id], batch[i].Payload); ok {
			links = append(links, link{payer, id})
		}
		if err := apply(states[id], &batch[i]); err != nil {
			return err
		}
	}
	return store(ctx, tx, ids, states, links)
}

// apply folds one event.
func apply(person *account.Person, e *projections.Event) error {
	if e.Revision != person.Revision+1 {
		return fmt.Errorf("%w: revision %d of a person comes after revision %d",
			ledger.ErrCorrupt, e.Revision, person.Revision)
	}
	person.Apply(*e.Event, e.Payload)
	return nil
}

// payerOf gives the payer who has reported a person by an event.
func payerOf(payload event.Payload) (unp string, ok bool) {
	switch f := payload.(type) {
	case *event.EmploymentStarted:
		return projections.Text(f.Payer), true
	case *event.IndividualDataReported:
		return projections.Text(f.Slot.Payer), true
	}
	return "", false
}

// touched lists the persons of a batch, each once, and those of them whom it begins.
func touched(batch []projections.Event) (ids []ledger.PersonID, fresh map[ledger.PersonID]bool) {
	fresh = map[ledger.PersonID]bool{} // false: known before the batch
	for i := range batch {
		id, ok := batch[i].Stream.Person()
		if !ok {
			continue
		}
		if _, met := fresh[id]; !met {
			fresh[id] = batch[i].Revision == 0
			ids = append(ids, id)
		}
	}
	// In the order of the index neighbours are found on the page that was read already.
	slices.SortFunc(ids, func(a, b ledger.PersonID) int { return bytes.Compare(a[:], b[:]) })
	return ids, fresh
}

// newPayer gives the payer of an event by which a person's account meets it for the first
// time. It may name one again whose only trace in the account was overwritten.
func newPayer(person *account.Person, payload event.Payload) (unp string, ok bool) {
	unp, ok = payerOf(payload)
	for i := 0; ok && i < len(person.Slots); i++ {
		ok = projections.Text(person.Slots[i].Payer) != unp
	}
	for i := 0; ok && i < len(person.Employments); i++ {
		ok = projections.Text(person.Employments[i].Payer) != unp
	}
	return unp, ok
}

// load gives a state for each person, a fresh one where there is no row.
func load(
	ctx context.Context, tx pgx.Tx, ids []ledger.PersonID, fresh map[ledger.PersonID]bool,
) (map[ledger.PersonID]*account.Person, error) {
	states := make(map[ledger.PersonID]*account.Person, len(ids))
	var known []ledger.PersonID
	for _, id := range ids {
		states[id] = account.NewPerson(id)
		if !fresh[id] {
			known = append(known, id)
		}
	}
	if len(known) == 0 {
		return states, nil
	}
	rows, err := tx.Query(ctx, "select person, state from person where person = any($1)",
		projections.UUIDs(known))
	if err != nil {
		return nil, fmt.Errorf("load accounts: %w", err)
	}
	var (
		id    ledger.PersonID
		state []byte
	)
	_, err = pgx.ForEachRow(rows, []any{(*[16]byte)(&id), &state}, func() error {
		person, err := decode(state)
		states[id] = person
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("load accounts: %w", err)
	}
	return states, nil
}

func decode(state []byte) (*account.Person, error) {
	person := &account.Person{}
	c := ledger.NewDecoder(state)
	person.Fields(c)
	if err := c.Finish(); err != nil {
		return nil, fmt.Errorf("stored account: %w", err)
	}
	return person, nil
}

// stateSizeUsual is room for the state of a person with some quarters reported.
const stateSizeUsual = 1024

func store(ctx context.Context, tx pgx.Tx, ids []ledger.PersonID,
	states map[ledger.PersonID]*account.Person, links []link,
) error {
	var (
		revisions   = make([]int64, len(ids))
		positions   = make([]int64, len(ids))
		registered  = make([]bool, len(ids))
		provisional = make([]bool, len(ids))
		encoded     = make([][]byte, len(ids))
		c           = ledger.NewEncoder(make([]byte, 0, stateSizeUsual*len(ids)))
	)
	for i, id := range ids {
		p := states[id]
		revisions[i], positions[i] = int64(p.Revision), int64(p.Position)
		registered[i], provisional[i] = p.Registered, p.Provisional
		start := len(c.Encoded())
		p.Fields(c)
		// A buffer that grows later leaves these bytes as they are where they are.
		encoded[i] = c.Encoded()[start:]
	}
	var payers []string
	var persons []ledger.PersonID
	for _, l := range links {
		payers, persons = append(payers, l.payer), append(persons, l.person)
	}
	var b pgx.Batch
	b.Queue(`insert into person (person, revision, position, registered, provisional, state)
		select * from unnest($1::uuid[], $2::bigint[], $3::bigint[], $4::boolean[],
			$5::boolean[], $6::bytea[])
		on conflict (person) do update set revision = excluded.revision,
			position = excluded.position, registered = excluded.registered,
			provisional = excluded.provisional, state = excluded.state`,
		projections.UUIDs(ids), revisions, positions, registered, provisional, encoded)
	if len(links) > 0 {
		b.Queue(`insert into payer_person (payer, person)
			select * from unnest($1::text[], $2::uuid[]) on conflict do nothing`,
			payers, projections.UUIDs(persons))
	}
	if err := tx.SendBatch(ctx, &b).Close(); err != nil {
		return fmt.Errorf("store accounts: %w", err)
	}
	return nil
}
