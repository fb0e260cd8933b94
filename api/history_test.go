package api_test

import (
	"slices"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/stazh/stazh/api"
	"github.com/stazh/stazh/ledger"
)

// TestHistoriesAtOnce: histories are read in memory that is used again, and whoever reads
// beside others gets the bytes of the person that was asked for.
func TestHistoriesAtOnce(t *testing.T) {
	t.Parallel()
	s := loaded(t, api.Options{})
	var persons []ledger.PersonID
	for e, err := range s.node.Log.ReadAll(t.Context(), 0, 0) {
		require.NoError(t, err)
		if id, ok := e.Stream.Person(); ok && !slices.Contains(persons, id) {
			persons = append(persons, id)
		}
	}
	require.Len(t, persons, 200)
	alone := make([]string, len(persons))
	for i, id := range persons {
		alone[i] = string(s.get("/v1/persons/" + id.String() + "/history").is(200).body)
	}
	var readers sync.WaitGroup
	for first := range 8 {
		readers.Go(func() {
			for i := first; i < len(persons); i += 8 - first%3 {
				a := s.get("/v1/persons/" + persons[i].String() + "/history")
				if string(a.body) != alone[i] {
					t.Errorf("the history of person %d is another beside others", i)
				}
			}
		})
	}
	readers.Wait()
}
