package registry

import (
	"context"
	"fmt"
	"strings"
	"time"

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
	position     ledger.Position
}

// identities gathers the personal data in force after the batch.
func identities(batch []projections.Event) ([]ledger.PersonID, map[ledger.PersonID]*identity) {
	var ids []ledger.PersonID
	found := map[ledger.PersonID]*identity{}
	for i := range batch {
		id, ok := batch[i].Stream.Person()
		if !ok {
			continue
		}
		var sealed seal.Sealed
		registered, isRegistration := batch[i].Payload.(*event.PersonRegistered)
		if isRegistration {
			sealed = registered.Personal
		} else if changed, ok := batch[i].Payload.(*event.PersonalDataChanged); ok {
			sealed = changed.Personal
		} else {
			continue
		}
		who := found[id]
		if who == nil {
			who = &identity{}
			found[id] = who
			ids = append(ids, id)
		}
		who.sealed, who.position = sealed, batch[i].Position
		if isRegistration {
			who.provisional = &registered.Provisional
			if who.registeredAt == nil {
				who.registeredAt = &batch[i].RecordedAt
			}
		}
	}
	return ids, found
}

func (p *Projection) applyPersons(
	ctx context.Context, tx pgx.Tx, batch []projections.Event,
) error {
	ids, found := identities(batch)
	if len(ids) == 0 {
		return nil
	}
	keys, err := p.keys.PersonKeys(ctx, ids, false)
	if err != nil {
		return fmt.Errorf("open personal data: %w", err)
	}
	rows := newPersonRows(len(ids))
	for _, id := range ids {
		var data *event.PersonalData
		if key := keys[id]; key != nil {
			if data, err = openPersonal(key, found[id].sealed); err != nil {
				return fmt.Errorf("personal data of event %d: %w", found[id].position, err)
			}
		}
		rows.add(id, found[id], data)
	}
	return rows.store(ctx, tx)
}

func openPersonal(key *seal.PersonKey, sealed seal.Sealed) (*event.PersonalData, error) {
	plain, err := key.Open(sealed)
	if err != nil {
		return nil, err
	}
	data := &event.PersonalData{}
	c := ledger.NewDecoder(plain)
	data.Fields(c)
	return data, c.Finish()
}

// personRows are the columns of the rows to write.
type personRows struct {
	ids                               []ledger.PersonID
	known                             []bool
	numbers, surnames, names, fathers []string
	births                            []*time.Time
	sexes                             []string
	provisional                       []*bool
	registered                        []*time.Time
	search                            []string
	keys                              []string
	positions                         []int64
}

func newPersonRows(n int) *personRows {
	return &personRows{ids: make([]ledger.PersonID, 0, n)}
}

// add appends a row; without data it is empty but for the person's identifier.
func (r *personRows) add(id ledger.PersonID, who *identity, data *event.PersonalData) {
	known := data != nil
	if !known {
		data = &event.PersonalData{}
	}
	list := words(data.Surname + " " + data.Name + " " + data.Patronymic)
	r.ids = append(r.ids, id)
	r.known = append(r.known, known)
	r.numbers = append(r.numbers, projections.Text(data.InsuranceNo))
	r.surnames = append(r.surnames, projections.Text(data.Surname))
	r.names = append(r.names, projections.Text(data.Name))
	r.fathers = append(r.fathers, projections.Text(data.Patronymic))
	r.births = append(r.births, projections.DateColumn(data.BirthDate))
	r.sexes = append(r.sexes, projections.Text(data.Sex))
	r.provisional = append(r.provisional, who.provisional)
	r.registered = append(r.registered, who.registeredAt)
	r.search = append(r.search, strings.Join(list, " "))
	r.keys = append(r.keys, arrayText(indexKeys(list)))
	r.positions = append(r.positions, int64(who.position))
}

// arrayText writes numbers as a Postgres array: unnest would flatten an array of arrays,
// so each goes as a text.
func arrayText(keys []int32) string {
	text := strings.ReplaceAll(strings.Trim(fmt.Sprint(keys), "[]"), " ", ",")
	return "{" + text + "}"
}

// store writes the rows. What the batch does not say of a registration stays as it is:
// the first time of registration, the latest word on whether it is provisional.
func (r *personRows) store(ctx context.Context, tx pgx.Tx) error {
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
		projections.UUIDs(r.ids), r.known, r.numbers, r.surnames, r.names, r.fathers,
		r.births, r.sexes,
		r.provisional, r.registered, r.search, r.keys, r.positions)
	if err != nil {
		return fmt.Errorf("store the register of persons: %w", err)
	}
	return nil
}
