package registry_test

import (
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/ledger/event"
	"github.com/stazh/stazh/projections/projectiontest"
	"github.com/stazh/stazh/projections/registry"
)

func TestASearchFindsOnePersonOfJoinedAccounts(t *testing.T) {
	t.Parallel()
	h, pool, ids := registered(t)
	one, other := ids[0], ids[1] // ИВАНОВ and ИВАНОВА
	queries := registry.NewQueries(pool)
	both := func(facts ...event.Payload) {
		for _, id := range []ledger.PersonID{other, one} {
			h.Append(ledger.PersonStream(id), facts...)
		}
		projectiontest.CatchUp(t, pool, h, registry.New(h.Keys))
	}
	found := func(text string) (list []ledger.PersonID) {
		page, err := queries.FindPersons(t.Context(), text, "", 0)
		require.NoError(t, err)
		for _, p := range page.Items {
			list = append(list, p.ID)
		}
		return list
	}
	merge := event.AccountChange{Decision: uuid.UUID{1}, Survivor: one, Absorbed: other}
	both(&event.AccountDecisionProposed{Kind: event.MergeAccounts, AccountChange: merge},
		&event.AccountsMerged{AccountChange: merge})
	require.Equal(t, []ledger.PersonID{one}, found("иванов п"))
	require.Equal(t, []ledger.PersonID{one}, found(numberOf(0)))
	require.Equal(t, []ledger.PersonID{one}, found(numberOf(1)), "the old number finds the person")
	absorbed, _, err := queries.Absorbed(t.Context(), one)
	require.NoError(t, err)
	require.Len(t, absorbed, 1)
	require.Equal(t, numberOf(1), absorbed[0].InsuranceNo)
	require.Equal(t, one, absorbed[0].MergedInto)

	split := event.AccountChange{Decision: uuid.UUID{2}, Survivor: one, Absorbed: other}
	both(&event.AccountDecisionProposed{Kind: event.SplitAccounts, AccountChange: split},
		&event.AccountsSplit{AccountChange: split})
	require.Equal(t, []ledger.PersonID{other}, found(numberOf(1)))
	require.Equal(t, []ledger.PersonID{one, other}, found("иванов п"))
	absorbed, _, err = queries.Absorbed(t.Context(), one)
	require.NoError(t, err)
	require.Empty(t, absorbed)
}

func TestAConfirmedAccountIsNotProvisional(t *testing.T) {
	t.Parallel()
	h, pool, _ := registered(t)
	no := "3270287A012PB2"
	id := h.Keys.PersonID(no)
	provisional := func() bool {
		projectiontest.CatchUp(t, pool, h, registry.New(h.Keys))
		p, _, err := registry.NewQueries(pool).PersonByNumber(t.Context(), no)
		require.NoError(t, err)
		require.Equal(t, "НОВИК", p.Surname)
		return p.Provisional
	}
	h.Append(ledger.PersonStream(id), &event.PersonRegistered{Provisional: true,
		Personal: h.Seal(id, event.PersonalData{InsuranceNo: no, Surname: "НОВИК"})})
	require.True(t, provisional())
	change := event.AccountChange{Decision: uuid.UUID{3}, Survivor: id}
	h.Append(ledger.PersonStream(id), &event.AccountDecisionProposed{Kind: event.ConfirmIdentity,
		AccountChange: change}, &event.IdentityConfirmed{AccountChange: change})
	require.False(t, provisional())
}
