package account_test

import (
	"log/slog"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/stazh/stazh/fixtures/pgtest"
	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/ledger/event"
	"github.com/stazh/stazh/projections"
	"github.com/stazh/stazh/projections/account"
	"github.com/stazh/stazh/projections/projectiontest"
)

// More persons in a batch than a portion has are all written, each with all of its events,
// as a replay finds.
func TestABatchOfManyPortions(t *testing.T) {
	t.Parallel()
	const persons = 1_234
	pool := projectiontest.Open(t, pgtest.DB(t))
	h := projectiontest.New(t)
	r, err := projections.NewRunner(pool, h.Log, projections.Options{
		Logger: slog.New(slog.DiscardHandler), Clock: time.Now}, account.New())
	require.NoError(t, err)
	ids := make([]ledger.PersonID, persons)
	for i := range ids {
		ids[i] = h.ID("person")
		h.Append(ledger.PersonStream(ids[i]),
			&event.EmploymentStarted{Employment: h.ID("employment"), Payer: factory})
	}
	require.NoError(t, r.CatchUp(t.Context()))
	slices.Reverse(ids)
	for _, payer := range []string{factory, school} {
		for _, id := range ids {
			report(h, id, payer)
		}
	}
	for i := range 10 {
		h.RegisterPerson(factory, event.PersonalData{InsuranceNo: strconv.Itoa(i)})
	}
	require.NoError(t, r.CatchUp(t.Context()))
	found, done, err := r.Replay(t.Context(), nil)
	require.NoError(t, err)
	require.Empty(t, found)
	require.EqualValues(t, 3*persons+10, done.Events)
	require.EqualValues(t, persons+10, done.Tables[0].Rows)
	require.EqualValues(t, 2*persons, done.Tables[1].Rows)
}

// An event that cannot stand in a person's stream stops the projection before it, and not
// the process, also where accounts are folded beside the statements.
func TestAnEventThatCannotStandThereStops(t *testing.T) {
	t.Parallel()
	pool := projectiontest.Open(t, pgtest.DB(t))
	h := projectiontest.New(t)
	id := h.RegisterPerson(factory, event.PersonalData{Surname: "ИВАНОВ"})
	projectiontest.CatchUp(t, pool, h, account.New())
	report(h, id, factory)
	at := h.Append(ledger.PersonStream(id), &event.PayerRegistered{Office: "101"})
	r, err := projections.NewRunner(pool, h.Log, projections.Options{
		Logger: slog.New(slog.DiscardHandler), Clock: time.Now}, account.New())
	require.NoError(t, err)
	err = r.CatchUp(t.Context())
	var stopped *projections.StoppedError
	require.ErrorAs(t, err, &stopped)
	require.ErrorIs(t, err, ledger.ErrCorrupt)
	require.Equal(t, at, stopped.Position)
	person, position, err := account.NewQueries(pool).Person(t.Context(), id)
	require.NoError(t, err)
	require.Len(t, person.Slots(), 1)
	require.Equal(t, at-1, position)
}
