package account_test

import (
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/stazh/stazh/fixtures/pgtest"
	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/ledger/event"
	"github.com/stazh/stazh/projections/account"
	"github.com/stazh/stazh/projections/projectiontest"
)

func TestEitherNumberReadsTheJoinedAccount(t *testing.T) {
	t.Parallel()
	pool := projectiontest.Open(t, pgtest.DB(t))
	h := projectiontest.New(t)
	one := h.RegisterPerson(factory, event.PersonalData{InsuranceNo: "3270287A012PB2"})
	other := h.RegisterPerson(factory, event.PersonalData{InsuranceNo: "3041088A042PB2"})
	third := h.RegisterPerson(factory, event.PersonalData{InsuranceNo: "6160601H012PB2"})
	report(h, one, factory)
	report(h, other, factory)
	report(h, other, school)
	report(h, third, school)
	queries := account.NewQueries(pool)
	staff := func(unp string) []ledger.PersonID {
		page, err := queries.OfPayer(t.Context(), unp, "", 0)
		require.NoError(t, err)
		return page.Items
	}
	for i, absorbed := range []ledger.PersonID{other, third} {
		merge := event.AccountChange{Decision: uuid.UUID{byte(i + 1)}, Survivor: one,
			Absorbed: absorbed}
		for _, id := range []ledger.PersonID{absorbed, one} {
			h.Append(ledger.PersonStream(id), &event.AccountDecisionProposed{
				Kind: event.MergeAccounts, AccountChange: merge},
				&event.AccountsMerged{AccountChange: merge})
		}
	}
	projectiontest.CatchUp(t, pool, h, account.New())
	var shown []uuid.UUID
	for _, id := range []ledger.PersonID{one, other, third} {
		p, _, err := queries.Person(t.Context(), id)
		require.NoError(t, err)
		require.Equal(t, one, p.ID)
		require.Len(t, p.Slots(), 4)
		shown = nil
		for _, s := range p.Slots() {
			shown = append(shown, s.Account)
		}
		require.Equal(t, []uuid.UUID{{}, other, other, third}, shown)
	}
	require.Equal(t, []ledger.PersonID{one}, staff(factory))
	require.Equal(t, []ledger.PersonID{one}, staff(school), "once, as the survivor")

	split := event.AccountChange{Decision: uuid.UUID{9}, Survivor: one, Absorbed: other}
	for _, id := range []ledger.PersonID{other, one} {
		h.Append(ledger.PersonStream(id), &event.AccountDecisionProposed{
			Kind: event.SplitAccounts, AccountChange: split},
			&event.AccountsSplit{AccountChange: split})
	}
	projectiontest.CatchUp(t, pool, h, account.New())
	p, _, err := queries.Person(t.Context(), other)
	require.NoError(t, err)
	require.Equal(t, other, p.ID)
	require.Len(t, p.Slots(), 2)
	require.Len(t, staff(factory), 2)
	require.ElementsMatch(t, []ledger.PersonID{one, other}, staff(school))
}
