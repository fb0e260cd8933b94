package pgvault_test

import (
	"errors"
	"fmt"
	"sync"
	"testing"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"

	"github.com/stazh/stazh/fixtures/pgtest"
	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/ledger/pgvault"
	"github.com/stazh/stazh/ledger/seal"
)

var _ seal.Vault = (*pgvault.Vault)(nil)

func persons(n int) []ledger.PersonID {
	ids := make([]ledger.PersonID, n)
	for i := range ids {
		ids[i] = ledger.PersonID(ledger.DeterministicID("person", i))
	}
	return ids
}

func TestMigrateManyTimesAtOnce(t *testing.T) {
	t.Parallel()
	p, err := pgxpool.New(t.Context(), pgtest.DB(t))
	require.NoError(t, err)
	t.Cleanup(p.Close)
	results := make(chan error)
	for range 4 {
		go func() { results <- pgvault.Migrate(t.Context(), p) }()
	}
	for range 4 {
		require.NoError(t, <-results)
	}
	require.Zero(t, count(t, p, "person_key"))
}

func TestWrappedKeysAreMadeOnDemand(t *testing.T) {
	t.Parallel()
	v := pgvault.NewVault(pool(t))
	ids := persons(3)
	maker := func(id ledger.PersonID) ([]byte, error) {
		return []byte("key of " + id.String()), nil
	}

	found, err := v.WrappedKeys(t.Context(), ids, nil)
	require.NoError(t, err)
	require.Empty(t, found)
	found, err = v.WrappedKeys(t.Context(), nil, maker)
	require.NoError(t, err)
	require.Empty(t, found)

	found, err = v.WrappedKeys(t.Context(), []ledger.PersonID{ids[1], ids[0], ids[1]}, maker)
	require.NoError(t, err)
	require.Equal(t, map[ledger.PersonID][]byte{
		ids[0]: []byte("key of " + ids[0].String()), ids[1]: []byte("key of " + ids[1].String()),
	}, found)

	other := func(ledger.PersonID) ([]byte, error) { return []byte("another"), nil }
	found, err = v.WrappedKeys(t.Context(), ids, other)
	require.NoError(t, err)
	require.Equal(t, "key of "+ids[0].String(), string(found[ids[0]]), "never replaced")
	require.Equal(t, "another", string(found[ids[2]]))
}

func TestWrappedKeysStoresNothingWhenMakingFails(t *testing.T) {
	t.Parallel()
	p := pool(t)
	failure := errors.New("no key today")
	made := 0
	_, err := pgvault.NewVault(p).WrappedKeys(t.Context(), persons(3),
		func(ledger.PersonID) ([]byte, error) {
			if made++; made == 2 {
				return nil, failure
			}
			return []byte("key"), nil
		})
	require.ErrorIs(t, err, failure)
	require.Zero(t, count(t, p, "person_key"))
}

// TestWritersAtOnceGetTheSameKeys: eight processes meet the same new persons, each in an
// order of its own, and all end with one key per person.
func TestWritersAtOnceGetTheSameKeys(t *testing.T) {
	t.Parallel()
	const writers, people = 8, 60
	p := pool(t)
	ids := persons(people)
	results := make([]map[ledger.PersonID][]byte, writers)
	var begin, end sync.WaitGroup
	begin.Add(1)
	errs := make([]error, writers)
	for w := range writers {
		end.Go(func() {
			mine := append(append([]ledger.PersonID{}, ids[w*5:]...), ids[:w*5]...)
			begin.Wait()
			results[w], errs[w] = pgvault.NewVault(p).WrappedKeys(t.Context(), mine,
				func(id ledger.PersonID) ([]byte, error) {
					return fmt.Appendf(nil, "writer %d, person %s", w, id), nil
				})
		})
	}
	begin.Done()
	end.Wait()
	for w := range writers {
		require.NoError(t, errs[w])
		require.Len(t, results[w], people)
		require.Equal(t, results[0], results[w])
	}
	require.Equal(t, people, count(t, p, "person_key"))
}

func TestKeyringOnTheVault(t *testing.T) {
	t.Parallel()
	p := pool(t)
	v := pgvault.NewVault(p)
	ids := persons(2)
	keys, err := keyring(t, v).PersonKeys(t.Context(), ids, true)
	require.NoError(t, err)
	box := keys[ids[0]].Seal(uuid.UUID{1}, []byte("Иванова"))

	again, err := keyring(t, pgvault.NewVault(p)).PersonKeys(t.Context(), ids, false)
	require.NoError(t, err)
	opened, err := again[ids[0]].Open(box)
	require.NoError(t, err, "after a restart")
	require.Equal(t, "Иванова", string(opened))

	require.NoError(t, v.Destroy(t.Context(), ids[0]))
	for _, create := range []bool{false, true} {
		left, err := keyring(t, v).PersonKeys(t.Context(), ids, create)
		require.NoError(t, err)
		require.NotContains(t, left, ids[0], "gone for ever")
		require.Contains(t, left, ids[1])
	}
}
