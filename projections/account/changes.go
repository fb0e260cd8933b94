package account

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"

	"github.com/jackc/pgx/v5"

	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/ledger/account"
	"github.com/stazh/stazh/ledger/event"
	"github.com/stazh/stazh/projections"
)

// changes are what a batch makes of accounts, person by person.
type changes struct {
	batch []projections.Event
	// order are the events of persons, person by person and each one's in their order. Persons
	// are in the order of the index: in it neighbours are found on the page that was read
	// already.
	order []placed
	// known and fresh are the persons whom the batch touches, in this order. Known are those
	// with a row, fresh those whose stream begins in the batch.
	known, fresh []touched
	// links are those that the batch names and the accounts before it did not.
	links  []link
	linked map[link]bool
}

// placed is an event of a person and its place in the batch.
type placed struct {
	id ledger.PersonID
	at int32
}

// touched is a person with events in the batch.
type touched struct {
	id         ledger.PersonID
	start, end int32 // of these events in the order
	// from and to are the years of the slots that these are about.
	from, to int32
}

// noYears are those of events about no slot: of no year that there is.
const noYears = math.MaxInt32

// on adds the year of a slot that a further event is about.
func (t *touched) on(payload event.Payload) {
	if year, ok := account.SlotYear(payload); ok {
		t.from, t.to = min(t.from, int32(year)), max(t.to, int32(year))
	}
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
	c := &changes{batch: batch, order: make([]placed, 0, len(batch)), linked: map[link]bool{}}
	for i := range batch {
		if id, ok := batch[i].Stream.Person(); ok {
			c.order = append(c.order, placed{id, int32(i)})
		}
	}
	slices.SortFunc(c.order, func(a, b placed) int {
		return cmp.Or(bytes.Compare(a.id[:], b.id[:]), cmp.Compare(a.at, b.at))
	})
	for start := 0; start < len(c.order); {
		t := touched{id: c.order[start].id, start: int32(start), from: noYears}
		end := start
		for ; end < len(c.order) && c.order[end].id == t.id; end++ {
			t.on(batch[c.order[end].at].Payload)
		}
		t.end = int32(end)
		if batch[c.order[start].at].Revision == 0 {
			c.fresh = append(c.fresh, t)
		} else {
			c.known = append(c.known, t)
		}
		start = end
	}
	return c
}

// fold applies a person's events of the batch.
func (c *changes) fold(person *account.Recent, t touched) error {
	for _, next := range c.order[t.start:t.end] {
		e := &c.batch[next.at]
		if payer, ok := payerOf(e.Payload); ok {
			// An account that names the payer has the link. One that does not may have
			// named it in older slots: newLinks looks.
			if l := (link{payer, t.id}); !person.Names(payer) && !c.linked[l] {
				c.linked[l] = true
				c.links = append(c.links, l)
			}
		}
		if err := apply(person, e); err != nil {
			return err
		}
	}
	return nil
}

// newLinks leaves out the links that are there. An account may name a payer again of whom
// it kept no trace, so the accounts alone do not tell.
func (c *changes) newLinks(ctx context.Context, tx pgx.Tx) ([]link, error) {
	var payers []string
	var persons []ledger.PersonID
	for _, l := range c.links {
		if _, known := c.find(l.person); known {
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

// find gives the place of a person among the known.
func (c *changes) find(id ledger.PersonID) (place int, found bool) {
	return slices.BinarySearchFunc(c.known, id, func(t touched, id ledger.PersonID) int {
		return bytes.Compare(t.id[:], id[:])
	})
}
