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
