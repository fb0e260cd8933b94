package commands

import (
	"encoding/binary"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/ledger/account"
)

// TestShelfIsBoundedAndNeverInvents keeps a plain map beside a shelf.
func TestShelfIsBoundedAndNeverInvents(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		const limit = 40
		var s shelf[int, int]
		latest := map[int]int{}
		for step := range rapid.IntRange(1, 200).Draw(t, "steps") {
			key := rapid.IntRange(0, 20).Draw(t, "key")
			if v, ok := s.take(key); ok {
				require.Equal(t, latest[key], v)
				_, again := s.take(key)
				require.False(t, again, "what is taken is gone")
			}
			if rapid.Bool().Draw(t, "put") {
				s.put(key, step, rapid.IntRange(1, 15).Draw(t, "weight"), limit)
				latest[key] = step
			}
			total, count := 0, 0
			var before *shelved[int, int]
			for x := s.oldest; x != nil; before, x = x, x.newer {
				require.Same(t, before, x.older)
				require.Same(t, x, s.place[x.key])
				total += x.weight
				count++
			}
			require.Same(t, before, s.newest)
			require.Equal(t, total, s.weight)
			require.LessOrEqual(t, total, limit)
			require.Len(t, s.place, count)
		}
	})
}

// TestShelfKeepsAllThatFits goes through the keys in a circle, which a shelf that forgets
// the oldest too early would never serve.
func TestShelfKeepsAllThatFits(t *testing.T) {
	t.Parallel()
	var s shelf[int, int]
	for round := range 5 {
		for key := range 100 {
			_, ok := s.take(key)
			require.Equal(t, round > 0, ok, "round %d, key %d", round, key)
			s.put(key, key, 1, 100)
		}
	}
}

func TestFullIntakeRefusesForNow(t *testing.T) {
	t.Parallel()
	var i intake
	for range receivingMax {
		_, err := i.admit()
		require.NoError(t, err)
	}
	_, err := i.admit()
	var refused *Error
	require.ErrorAs(t, err, &refused)
	require.Equal(t, Unavailable, refused.Kind)
	i.receiving.Add(-1)
	leave, err := i.admit()
	require.NoError(t, err)
	leave()
	i.full.Store(true)
	_, err = i.admit()
	require.ErrorAs(t, err, &refused)
	i.full.Store(false)
	_, err = i.admit()
	require.NoError(t, err, "a refusal takes no place")
}

// TestPersonsAreRememberedWhereTheyComeBack has a circle of persons file again and again, then
// many who file once, and the circle again.
func TestPersonsAreRememberedWhereTheyComeBack(t *testing.T) {
	t.Parallel()
	var m memory
	next := uint64(0)
	newcomer := func() (id ledger.PersonID) {
		next++
		binary.BigEndian.PutUint64(id[:], next)
		return id
	}
	ask := func(id ledger.PersonID) (met bool) {
		found := map[ledger.PersonID]*insured{}
		if met = len(m.takePersons([]ledger.PersonID{id}, found)) == 0; !met {
			found[id] = &insured{person: account.NewPerson(id)}
		}
		found[id].person.Revision++
		m.keepPersons(found)
		return met
	}
	circle := make([]ledger.PersonID, worthBack)
	for i := range circle {
		circle[i] = newcomer()
	}
	around := func() (met int) {
		for _, id := range circle {
			if ask(id) {
				met++
			}
		}
		return met
	}
	require.Zero(t, around())
	around() // learns that they come back
	around() // and keeps them
	require.Equal(t, len(circle), around())
	for range 4 * worthPersons {
		require.False(t, ask(newcomer()))
	}
	require.LessOrEqual(t, m.persons.weight, personsLeast)
	require.Less(t, around(), len(circle)/2)
	around()
	around()
	require.Equal(t, len(circle), around())
	require.LessOrEqual(t, m.persons.weight, personsWeight)
}
