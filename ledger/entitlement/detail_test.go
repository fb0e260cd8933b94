package entitlement_test

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/stazh/stazh/ledger/entitlement"
	"github.com/stazh/stazh/ledger/rules"
)

func detailNames(details []entitlement.Detail) (names []string) {
	for _, d := range details {
		names = append(names, d.Name)
	}
	return names
}

// What a kind takes is what its rules ask for and the ledger does not say.
func TestDetailsOfKinds(t *testing.T) {
	t.Parallel()
	kinds, err := entitlement.Kinds(published(t), date("2018-06-01"))
	require.NoError(t, err)
	byCode := map[string]entitlement.Kind{}
	for _, k := range kinds {
		byCode[k.Code] = k
		names := detailNames(k.Takes())
		require.True(t, slices.IsSorted(names), k.Code)
		for _, d := range k.Takes() {
			require.NoError(t, k.MayDetail(d.Name), k.Code)
			require.NotEmpty(t, d.Means.RU, "%s.%s", k.Code, d.Name)
			if d.Type == rules.TypeEnum {
				require.NotEmpty(t, d.Words, "%s.%s", k.Code, d.Name)
			}
		}
		var established *entitlement.EstablishedFactError
		require.ErrorAs(t, k.MayDetail("coverage"), &established, k.Code)
		var lost *entitlement.DetailNotTakenError
		require.ErrorAs(t, k.MayDetail("no_such_thing"), &lost, k.Code)
		require.Equal(t, names, lost.Takes)
	}
	oldAge := byCode["old_age"]
	require.Equal(t, []string{"category", "death_date", "deferral_months", "deferral_years",
		"earnings_from", "earnings_to", "mother_of_five", "until"},
		detailNames(oldAge.Takes()))
	survivor := byCode["survivor"]
	at := slices.IndexFunc(survivor.Takes(), func(d entitlement.Detail) bool {
		return d.Name == "survivors"
	})
	require.GreaterOrEqual(t, at, 0)
	list := survivor.Takes()[at]
	require.True(t, list.Needed)
	require.Subset(t, detailNames(list.Items), []string{"relation", "birth_date", "person_id"})
	grant := byCode["birth_grant"]
	require.NotContains(t, detailNames(grant.Takes()), "until", "it is paid once")
}
