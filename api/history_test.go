package api_test

import (
	"slices"
	"strconv"
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

// TestBrokenHistories: a history is written while it is read, and still nothing of it is
// answered when any of its events, the first or the last, is not what was recorded.
func TestBrokenHistories(t *testing.T) {
	t.Parallel()
	s := loaded(t, api.Options{})
	var person ledger.PersonID
	var places []ledger.Position
	for e, err := range s.node.Log.ReadAll(t.Context(), 0, 0) {
		require.NoError(t, err)
		if id, ok := e.Stream.Person(); ok && (places == nil || id == person) {
			person, places = id, append(places, e.Position)
		}
	}
	path := "/v1/persons/" + person.String() + "/history"
	whole := s.get(path).is(200)
	require.Len(t, whole.json()["events"], len(places))
	require.Equal(t, strconv.Itoa(len(whole.body)), whole.header.Get("Content-Length"))
	const (
		off     = `ALTER TABLE ledger.event_1 DISABLE TRIGGER ALL`
		lastBit = `UPDATE ledger.event_1 SET record = set_byte(record, length(record) - 1,
			get_byte(record, length(record) - 1) # 1) WHERE position = $1`
	)
	_, err := s.node.Pool.Exec(t.Context(), off)
	require.NoError(t, err)
	for _, at := range places {
		_, err := s.node.Pool.Exec(t.Context(), lastBit, int64(at))
		require.NoError(t, err)
		broken := s.get(path).is(500)
		require.Equal(t, "application/problem+json", broken.header.Get("Content-Type"))
		require.NotContains(t, string(broken.body), "record\":")
		_, err = s.node.Pool.Exec(t.Context(), lastBit, int64(at))
		require.NoError(t, err)
	}
	require.Equal(t, whole.body, s.get(path).is(200).body)
}
