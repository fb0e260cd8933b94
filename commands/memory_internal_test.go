package commands

import (
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// TestShelfIsBoundedAndNeverInvents keeps a plain map beside a shelf.
func TestShelfIsBoundedAndNeverInvents(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		const limit = 40
		least := rapid.IntRange(1, limit).Draw(t, "least")
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
				s.put(key, step, rapid.IntRange(1, 15).Draw(t, "weight"), bounds{least, limit})
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
			s.put(key, key, 1, bounds{100, 100})
		}
	}
}

// TestShelfTakesTheRoomThatItUses goes through keys in circles of three lengths: those that
// the least room holds, those that need more, and those that no room would hold.
func TestShelfTakesTheRoomThatItUses(t *testing.T) {
	t.Parallel()
	const weight, least, most = 5, 500, 4000
	var s shelf[int, int]
	circle := func(keys, times int) (found int) {
		for range times {
			found = 0
			for key := range keys {
				if _, ok := s.take(key); ok {
					found++
				}
				s.put(key, key, weight, bounds{least, most})
			}
		}
		return found
	}
	require.Equal(t, 80, circle(80, 30))
	require.LessOrEqual(t, s.weight, least)
	require.Equal(t, 600, circle(600, 4), "it learns that more room serves")
	require.Zero(t, circle(2000, 4))
	require.LessOrEqual(t, s.weight, least, "it learns that no room serves")
	require.Equal(t, 600, circle(600, 4))
	require.Equal(t, 80, circle(80, 30))
	require.LessOrEqual(t, s.weight, least)
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
