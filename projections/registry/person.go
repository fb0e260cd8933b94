package registry

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/ledger/event"
	"github.com/stazh/stazh/ledger/seal"
	"github.com/stazh/stazh/projections"
)

// identity is what a batch says about who a person is.
type identity struct {
	sealed       seal.Sealed
	registeredAt *time.Time // nil when the batch does not register the person
	provisional  *bool      // likewise
	// mergedInto is the account that absorbs this one, the null identifier for none any
	// more; nil when the batch does not say.
	mergedInto *ledger.PersonID
	position   ledger.Position
	named      bool // the batch has personal data
	fresh      bool // the person's stream begins in the batch
}

// identities gather the personal data in force after some events.
type identities struct {
	ids   []ledger.PersonID // in the order in which they were met
	found map[ledger.PersonID]*identity
}

func newIdentities() *identities {
	return &identities{found: map[ledger.PersonID]*identity{}}
}

// take takes one event of a person into account.
func (s *identities) take(id ledger.PersonID, e *projections.Event) {
	switch f := e.Payload.(type) {
	case *event.PersonRegistered:
		who := s.of(id)
		who.sealed, who.position, who.provisional = f.Personal, e.Position, &f.Provisional
		who.named = true
		who.fresh = who.fresh || e.Revision == 0
		if who.registeredAt == nil {
			at := e.RecordedAt
			who.registeredAt = &at
		}
	case *event.PersonalDataChanged:
		who := s.of(id)
		who.sealed, who.position, who.named = f.Personal, e.Position, true
	case *event.IdentityConfirmed:
		who := s.of(id)
		who.provisional, who.position = new(bool), e.Position
	case *event.AccountsMerged:
		s.merge(id, f.Absorbed, f.Survivor, e.Position)
	case *event.AccountsSplit:
		s.merge(id, f.Absorbed, uuid.Nil, e.Position)
	}
}

// merge notes by which account the absorbed one is absorbed; the survivor's row stays.
func (s *identities) merge(id, absorbed, into ledger.PersonID, at ledger.Position) {
	if id == absorbed {
		who := s.of(id)
		who.mergedInto, who.position = &into, at
	}
}

func (s *identities) of(id ledger.PersonID) *identity {
	who := s.found[id]
	if who == nil {
		who = &identity{}
		s.found[id] = who
		s.ids = append(s.ids, id)
	}
	return who
}

func (p *Projection) applyPersons(
	ctx context.Context, tx pgx.Tx, batch []projections.Event,
) error {
	who := newIdentities()
	for i := range batch {
		if id, ok := batch[i].Stream.Person(); ok {
			who.take(id, &batch[i])
		}
	}
	list, err := p.openPersons(ctx, who)
	if err != nil || len(list) == 0 {
		return err
	}
	fresh := projections.NewRows()
	var changed, moved []personRow
	for _, row := range list {
		switch {
		case row.fresh:
			row.write(fresh)
		case row.named:
			changed = append(changed, row)
		}
		if !row.fresh && (row.mergedInto != nil || !row.named) {
			moved = append(moved, row)
		}
	}
	if err := fresh.Insert(ctx, tx); err != nil {
		return fmt.Errorf("store the register of persons: %w", err)
	}
	if err := storePersons(ctx, tx, changed); err != nil {
		return err
	}
	return storeStatus(ctx, tx, moved)
}

// storeStatus writes what became of accounts: whether they are provisional, and by which one
// they are absorbed. What the batch does not say stays as it is.
func storeStatus(ctx context.Context, tx pgx.Tx, list []personRow) error {
	for _, r := range list {
		into, moves := uuid.NullUUID{}, r.mergedInto != nil
		if moves {
			into = uuid.NullUUID{UUID: *r.mergedInto, Valid: *r.mergedInto != uuid.Nil}
		}
		_, err := tx.Exec(ctx, `update person set provisional = coalesce($2, provisional),
				merged_into = case when $3 then $4::uuid else merged_into end, position = $5
			where person = $1`, r.id, r.provisional, moves, into, int64(r.position))
		if err != nil {
			return fmt.Errorf("store the register of persons: %w", err)
		}
	}
	return nil
}

// personRow is a row of the register while it is made. It is empty but for its identity
// when the person's key is destroyed.
type personRow struct {
	*identity
	id    ledger.PersonID
	known bool
	data  event.PersonalData
	words []string
}

// openPersons opens the personal data of all persons with one look for their keys.
func (p *Projection) openPersons(
	ctx context.Context, who *identities,
) ([]personRow, error) {
	if len(who.ids) == 0 {
		return nil, nil
	}
	keys, err := p.keys.PersonKeys(ctx, who.ids, false)
	if err != nil {
		return nil, fmt.Errorf("open personal data: %w", err)
	}
	list := make([]personRow, len(who.ids))
	for i, id := range who.ids {
		row := &list[i]
		row.identity, row.id = who.found[id], id
		if key := keys[id]; key != nil && row.named {
			row.known = true
			if err := row.open(key); err != nil {
				return nil, fmt.Errorf("personal data of event %d: %w", row.position, err)
			}
		}
		row.words = words(row.data.Surname + " " + row.data.Name + " " + row.data.Patronymic)
	}
	return list, nil
}

func (r *personRow) open(key *seal.PersonKey) error {
	plain, err := key.Open(r.sealed)
	if err != nil {
		return err
	}
	c := ledger.NewDecoder(plain)
	r.data.Fields(c)
	return c.Finish()
}

// arrayText writes numbers as a Postgres array: unnest would flatten an array of arrays,
// so each goes as a text.
func arrayText(keys []int32) string {
	text := make([]byte, 0, 12*len(keys)+2)
	text = append(text, '{')
	for i, key := range keys {
		if i > 0 {
			text = append(text, ',')
		}
		text = strconv.AppendInt(text, int64(key), 10)
	}
	return string(append(text, '}'))
}

// storePersons writes the rows of persons who were known. What the batch does not say of a
// registration stays as it is: the first time of registration, the latest word on whether
// it is provisional.
func storePersons(ctx context.Context, tx pgx.Tx, list []personRow) error {
	n := len(list)
	if n == 0 {
		return nil
	}
	var (
		ids                      = make([]ledger.PersonID, n)
		known                    = make([]bool, n)
		numbers, surnames, names = make([]string, n), make([]string, n), make([]string, n)
		fathers, sexes           = make([]string, n), make([]string, n)
		births, registered       = make([]*time.Time, n), make([]*time.Time, n)
		provisional              = make([]*bool, n)
		search, keys             = make([]string, n), make([]string, n)
		positions                = make([]int64, n)
	)
	for i := range list {
		r := &list[i]
		ids[i], known[i] = r.id, r.known
		numbers[i] = projections.Text(r.data.InsuranceNo)
		surnames[i], names[i] = projections.Text(r.data.Surname), projections.Text(r.data.Name)
		fathers[i], sexes[i] = projections.Text(r.data.Patronymic), projections.Text(r.data.Sex)
		births[i], registered[i] = projections.DateColumn(r.data.BirthDate), r.registeredAt
		provisional[i] = r.provisional
		search[i], keys[i] = strings.Join(r.words, " "), arrayText(indexKeys(r.words))
		positions[i] = int64(r.position)
	}
	_, err := tx.Exec(ctx, `insert into person (person, known, insurance_no, surname,
			name, patronymic, birth_date, sex, provisional, registered_at, search, keys,
			position)
		select n.person, known, insurance_no, surname, name, patronymic, birth_date, sex,
			coalesce(n.provisional, o.provisional, false),
			coalesce(o.registered_at, n.registered_at), search, keys::integer[], position
		from unnest($1::uuid[], $2::boolean[], $3::text[], $4::text[], $5::text[],
			$6::text[], $7::date[], $8::text[], $9::boolean[], $10::timestamptz[],
			$11::text[], $12::text[], $13::bigint[])
			as n(person, known, insurance_no, surname, name, patronymic, birth_date, sex,
			provisional, registered_at, search, keys, position)
		left join lateral (select provisional, registered_at from person p
			where p.person = n.person) o on true
		on conflict (person) do update set known = excluded.known,
			insurance_no = excluded.insurance_no, surname = excluded.surname,
			name = excluded.name, patronymic = excluded.patronymic,
			birth_date = excluded.birth_date, sex = excluded.sex,
			provisional = excluded.provisional, registered_at = excluded.registered_at,
			search = excluded.search, keys = excluded.keys, position = excluded.position`,
		projections.UUIDs(ids), known, numbers, surnames, names, fathers, births, sexes,
		provisional, registered, search, keys, positions)
	if err != nil {
		return fmt.Errorf("store the register of persons: %w", err)
	}
	return nil
}
