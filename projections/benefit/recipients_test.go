package benefit_test

import (
	"bytes"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/stazh/stazh/fixtures/pgtest"
	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/ledger/event"
	"github.com/stazh/stazh/ledger/period"
	"github.com/stazh/stazh/projections/benefit"
	"github.com/stazh/stazh/projections/projectiontest"
)

// Whom an indexation may concern: awards of the kinds that are paid on the day or later,
// each person once, page after page.
func TestRecipients(t *testing.T) {
	t.Parallel()
	pool := projectiontest.Open(t, pgtest.DB(t))
	h := projectiontest.New(t)
	var want []ledger.PersonID
	for _, number := range []string{"3270287A012PB2", "3041088A042PB2", "3270287A013PB0"} {
		person, id := open(h, number, "2018-03-10")
		award(h, person, id, "2018-03-10", "400.00")
		want = append(want, person)
	}
	h.Append(ledger.PersonStream(want[0]), &event.BenefitTerminated{Case: caseID(t, h, want[0]),
		Last: period.MustDate("2018-05-01"), Cause: "death"})
	open(h, "4090471A100BA5", "2018-03-10") // claimed only
	slices.SortFunc(want, func(a, b ledger.PersonID) int { return bytes.Compare(a[:], b[:]) })
	projectiontest.CatchUp(t, pool, h, benefit.New())
	q := benefit.NewQueries(pool)

	var got []ledger.PersonID
	var after ledger.PersonID
	for {
		list, position, err := q.Recipients(t.Context(), []string{"disability", "old_age"},
			period.MustDate("2018-05-01"), after, 2)
		require.NoError(t, err)
		require.Positive(t, position)
		if len(list) == 0 {
			break
		}
		got = append(got, list...)
		after = list[len(list)-1]
	}
	require.Equal(t, want, got)
	for kind, day := range map[string]string{"old_age": "2018-05-02", "disability": "2018-05-01"} {
		list, _, err := q.Recipients(t.Context(), []string{kind}, period.MustDate(day),
			ledger.PersonID{}, 10)
		require.NoError(t, err)
		require.Len(t, list, map[string]int{"old_age": 2, "disability": 0}[kind], kind)
	}
}

// caseID finds the only case of a person in the ledger.
func caseID(t *testing.T, h *projectiontest.History, person ledger.PersonID) (id [16]byte) {
	t.Helper()
	for e, err := range h.Log.ReadStreams(t.Context(), ledger.PersonStream(person)) {
		require.NoError(t, err)
		payload, err := event.Decode(e)
		require.NoError(t, err)
		if claim, ok := payload.(*event.BenefitClaimed); ok {
			id = claim.Case
		}
	}
	return id
}
