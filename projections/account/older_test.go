package account_test

import (
	"context"
	"log/slog"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/stazh/stazh/fixtures/pgtest"
	"github.com/stazh/stazh/ledger"
	fold "github.com/stazh/stazh/ledger/account"
	"github.com/stazh/stazh/ledger/event"
	"github.com/stazh/stazh/projections"
	"github.com/stazh/stazh/projections/account"
	"github.com/stazh/stazh/projections/projectiontest"
)

// reportOf records a version of a person's report on the first quarter of a year.
func reportOf(h *projectiontest.History, id ledger.PersonID, year, version int) {
	slot := event.Slot{Payer: factory, Category: "01", Year: year, Quarters: "1"}
	var fact event.Payload = &event.IndividualDataReported{Slot: slot, Version: 1, Receipt: "R"}
	if version > 1 {
		fact = &event.IndividualDataCorrected{Slot: slot, Replacement: event.Replacement{
			Version: version, Supersedes: version - 1, Receipt: "K"}}
	}
	h.Append(ledger.PersonStream(id), fact)
}

// Long lives, reported year by year, late and corrected long afterwards, are the same in the
// table however they are followed, and whole to whoever reads them.
func TestLongLives(t *testing.T) {
	t.Parallel()
	pool := projectiontest.Open(t, pgtest.DB(t))
	h := projectiontest.New(t)
	r, err := projections.NewRunner(pool, h.Log, projections.Options{
		Logger: slog.New(slog.DiscardHandler), Clock: time.Now, Batch: 7}, account.New())
	require.NoError(t, err)
	q, folds := account.NewQueries(pool), account.NewFolds(pool)
	rapid.Check(t, func(t *rapid.T) {
		id := h.ID("person")
		h.Append(ledger.PersonStream(id), &event.PersonRegistered{Payer: factory})
		versions := map[int]int{}
		year := 1990
		for range rapid.IntRange(1, 30).Draw(t, "reports") {
			year += rapid.SampledFrom([]int{0, 1, 1, 1, 5}).Draw(t, "on")
			of := year - rapid.SampledFrom([]int{0, 0, 0, 1, 2, 9}).Draw(t, "back")
			versions[of]++
			reportOf(h, id, of, versions[of])
			if rapid.IntRange(0, 2).Draw(t, "follow") == 0 {
				require.NoError(t, r.CatchUp(t.Context()))
			}
		}
		require.NoError(t, r.CatchUp(t.Context()))
		want := foldOf(t, h, id)
		read, _, err := q.Person(t.Context(), id)
		require.NoError(t, err)
		require.Equal(t, encoded(want), encoded(read))
		require.Len(t, read.Slots(), len(versions))
		kept, err := folds.Persons(t.Context(), []ledger.PersonID{id})
		require.NoError(t, err)
		require.Equal(t, encoded(want), encoded(kept[id]))
	})
	found, _, err := r.Replay(t.Context(), nil)
	require.NoError(t, err)
	require.Empty(t, found)
	require.NoError(t, r.Rebuild(t.Context(), "account", nil))
	found, _, err = r.Replay(t.Context(), nil)
	require.NoError(t, err)
	require.Empty(t, found)
}

func foldOf(t require.TestingT, h *projectiontest.History, id ledger.PersonID) *fold.Person {
	p := fold.NewPerson(id)
	for e, err := range h.Log.ReadStreams(context.Background(), ledger.PersonStream(id)) {
		require.NoError(t, err)
		payload, err := event.Decode(e)
		require.NoError(t, err)
		p.Apply(e, payload)
	}
	return p
}

func encoded(p *fold.Person) []byte {
	c := ledger.NewEncoder(nil)
	p.Fields(c)
	return c.Encoded()
}
