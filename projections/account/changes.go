package account

import (
	"bytes"
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
	next  []int32 // of each event, the next one of the same person; none at the end
	// known and fresh are the persons whom the batch touches, in the order of the index: in
	// it neighbours are found on the page that was read already. Known are those with a row,
	// fresh those whose stream begins in the batch.
	known, fresh []touched
	// links are those that the batch names and the accounts before it did not.
	links  []link
	linked map[link]bool
}

// touched is a person with events in the batch.
type touched struct {
	id          ledger.PersonID
	first, last int32 // of these events
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

// none stands for no event.
const none = -1

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
	c := &changes{batch: batch, next: make([]int32, len(batch)), linked: map[link]bool{}}
	var all []touched
	places := make(map[ledger.PersonID]int32, len(batch))
	for i := range batch {
		id, ok := batch[i].Stream.Person()
		if !ok {
			continue
		}
		c.next[i] = none
		if at, met := places[id]; met {
			c.next[all[at].last], all[at].last = int32(i), int32(i)
			all[at].on(batch[i].Payload)
			continue
		}
		places[id] = int32(len(all))
		t := touched{id: id, first: int32(i), last: int32(i), from: noYears}
		t.on(batch[i].Payload)
		all = append(all, t)
	}
	slices.SortFunc(all, func(a, b touched) int { return bytes.Compare(a.id[:], b.id[:]) })
	for _, t := range all {
		if batch[t.first].Revision == 0 {
			c.fresh = append(c.fresh, t)
		} else {
			c.known = append(c.known, t)
		}
	}
	return c
}

// fold applies a person's events of the batch.
func (c *changes) fold(person *account.Recent, t touched) error {
	for i := t.first; i != none; i = c.next[i] {
		e := &c.batch[i]
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
