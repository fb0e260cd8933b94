package commands_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/stazh/stazh/commands/intake/document"
	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/ledger/account"
	"github.com/stazh/stazh/ledger/event"
)

// What ПУ-6 credit is not shared, but the person counts once: 90.00 and 45.00 of January stay.
func TestMergedAccountsCountOnceInSpecialConditions(t *testing.T) {
	t.Parallel()
	k := newKit(t, nil)
	one, other := k.twins()
	k.accept(document.PU3, quarter(one, "1000.00"), quarter(other, "1000.00"))
	k.accept(document.PU6, special(one, "И", 100_000, 100_000, 100_000),
		special(other, "И", 50_000))
	want := account.OccupationalLiability{Persons: 2, Earnings: 1500_00, Amount: 135_00}
	require.Equal(t, want, k.occupational("2018-01"))
	k.joins(event.MergeAccounts, one, other)
	want.Persons = 1
	require.Equal(t, want, k.occupational("2018-01"))
	require.Equal(t, 1, k.occupational("2018-02").Persons, "the other account has nothing of it")
	require.Equal(t, -1, k.joinedPersons("ПУ-6"))
	// What changes while they are joined is counted for the whole person.
	f := k.accept(document.PU6, special(other, "О"))
	require.Zero(t, f.Tallies[0].Persons)
	require.Equal(t, 1, k.occupational("2018-01").Persons)
	back := special(other, "В")
	back.Restores = 1
	f = k.accept(document.PU6, back)
	require.Zero(t, f.Tallies[0].Persons)
	require.Equal(t, want, k.occupational("2018-01"))

	k.joins(event.SplitAccounts, one, other)
	want.Persons = 2
	require.Equal(t, want, k.occupational("2018-01"))
	require.Zero(t, k.joinedPersons("ПУ-6"), "a split undoes the merge")
}

// joinedPersons adds up what merges and splits do to the persons that a form counts.
func (k *kit) joinedPersons(form string) (n int) {
	k.t.Helper()
	for e, err := range k.log.ReadStreams(k.t.Context(), ledger.PayerStream(unp)) {
		require.NoError(k.t, err)
		payload, err := event.Decode(e)
		require.NoError(k.t, err)
		if f, ok := payload.(*event.PersonsJoined); ok {
			for _, t := range f.Tallies {
				if t.Form == form {
					n += t.Persons
				}
			}
		}
	}
	return n
}
