// Package pgvault keeps in Postgres what the ledger must not hold itself: the wrapped
// keys of insured persons, and the archive of files exactly as they were filed. It never
// sees a key in the clear and knows nothing of what the files mean.
package pgvault

import (
	"context"
	_ "embed"
	"fmt"
	"slices"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/ledger/gather"
)

//go:embed schema.sql
var schema string

// migrationLock keeps two processes from creating the schema at once.
const migrationLock = 7_203_144_001

// Migrate creates the tables where they are missing.
func Migrate(ctx context.Context, pool *pgxpool.Pool) error {
	tx, err := pool.Begin(ctx)
	if err != nil {
		return fmt.Errorf("migrate vault: %w", err)
	}
	defer tx.Rollback(context.WithoutCancel(ctx)) //nolint:errcheck // after commit a no-op
	if _, err := tx.Exec(ctx, "SELECT pg_advisory_xact_lock($1)", migrationLock); err != nil {
		return fmt.Errorf("migrate vault: %w", err)
	}
	if _, err := tx.Exec(ctx, schema); err != nil {
		return fmt.Errorf("migrate vault: %w", err)
	}
	return tx.Commit(ctx)
}

// Vault implements seal.Vault.
type Vault struct {
	pool  *pgxpool.Pool
	reads *gather.Batcher[[]ledger.PersonID, map[ledger.PersonID][]byte]
}

// readBatch bounds the persons whose keys one query reads.
const readBatch = 5_000

// NewVault makes a vault on a migrated database.
func NewVault(pool *pgxpool.Pool) *Vault {
	v := &Vault{pool: pool}
	v.reads = gather.New(readBatch, func(p []ledger.PersonID) int { return len(p) }, v.readAll)
	return v
}

// WrappedKeys implements seal.Vault. The keys it makes are durable when it returns.
func (v *Vault) WrappedKeys(ctx context.Context, persons []ledger.PersonID,
	make func(ledger.PersonID) ([]byte, error)) (map[ledger.PersonID][]byte, error) {
	if len(persons) == 0 {
		return nil, nil
	}
	found, err := v.reads.Do(ctx, persons)
	if err != nil || make == nil {
		return found, err
	}
	var ids [][16]byte
	var boxes [][]byte
	for _, id := range sorted(persons) {
		if _, ok := found[id]; ok {
			continue
		}
		w, err := make(id)
		if err != nil {
			return nil, err
		}
		ids, boxes = append(ids, id), append(boxes, w)
	}
	if len(ids) == 0 {
		return found, nil
	}
	// Inserting in the order of ids keeps two writers from waiting for each other; the
	// one who comes second finds the first one's keys by reading again.
	_, err = v.pool.Exec(ctx, `INSERT INTO vault.person_key (person, wrapped)
		SELECT * FROM unnest($1::uuid[], $2::bytea[]) ON CONFLICT DO NOTHING`, ids, boxes)
	if err != nil {
		return nil, fmt.Errorf("store keys: %w", err)
	}
	return v.read(ctx, persons)
}

func sorted(persons []ledger.PersonID) []ledger.PersonID {
	ids := slices.Clone(persons)
	slices.SortFunc(ids, func(a, b ledger.PersonID) int { return slices.Compare(a[:], b[:]) })
	return slices.Compact(ids)
}

// readAll reads the keys that several callers ask for, in one query.
func (v *Vault) readAll(ctx context.Context, lists [][]ledger.PersonID,
) ([]map[ledger.PersonID][]byte, error) {
	all, err := v.read(ctx, slices.Concat(lists...))
	if err != nil {
		return nil, err
	}
	if len(lists) == 1 {
		return []map[ledger.PersonID][]byte{all}, nil
	}
	answers := make([]map[ledger.PersonID][]byte, len(lists))
	for i, list := range lists {
		answers[i] = make(map[ledger.PersonID][]byte, len(list))
		for _, id := range list {
			if key, ok := all[id]; ok {
				answers[i][id] = key
			}
		}
	}
	return answers, nil
}

func (v *Vault) read(ctx context.Context, persons []ledger.PersonID,
) (map[ledger.PersonID][]byte, error) {
	rows, err := v.pool.Query(ctx,
		"SELECT person, wrapped FROM vault.person_key WHERE person = ANY($1)", plain(persons))
	if err != nil {
		return nil, fmt.Errorf("read keys: %w", err)
	}
	defer rows.Close()
	found := make(map[ledger.PersonID][]byte, len(persons))
	for rows.Next() {
		var id ledger.PersonID
		var wrapped []byte
		if err := rows.Scan((*[16]byte)(&id), &wrapped); err != nil {
			return nil, fmt.Errorf("read keys: %w", err)
		}
		found[id] = wrapped
	}
	return found, rows.Err()
}

// plain gives identifiers as pgx encodes them at once; through their texts it takes ten times
// as long.
func plain(persons []ledger.PersonID) [][16]byte {
	list := make([][16]byte, len(persons))
	for i, id := range persons {
		list[i] = id
	}
	return list
}

// Destroy empties a person's key: the personal data in the person's events cannot be
// read any more, here or in any copy of the ledger.
func (v *Vault) Destroy(ctx context.Context, person ledger.PersonID) error {
	_, err := v.pool.Exec(ctx,
		"UPDATE vault.person_key SET wrapped = '' WHERE person = $1", person)
	if err != nil {
		return fmt.Errorf("destroy key: %w", err)
	}
	return nil
}
