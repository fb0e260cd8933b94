package dispute_test

import (
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/stazh/stazh/fixtures/pgtest"
	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/ledger/account"
	"github.com/stazh/stazh/ledger/event"
	"github.com/stazh/stazh/ledger/period"
	"github.com/stazh/stazh/projections"
	"github.com/stazh/stazh/projections/dispute"
	"github.com/stazh/stazh/projections/projectiontest"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

const factory, school = "100000001", "200000002"

func day(s string) period.Date { return period.MustDate(s) }

func TestListsByDueDate(t *testing.T) {
	t.Parallel()
	pool := projectiontest.Open(t, pgtest.DB(t))
	h := projectiontest.New(t)
	one, other := ledger.PersonStream(uuid.UUID{1}), ledger.PersonStream(uuid.UUID{2})
	open := func(n byte, at ledger.StreamID, payer, due string) uuid.UUID {
		d := &event.DisputeOpened{Dispute: uuid.UUID{n}, Payer: payer, Office: "101",
			Line: event.Line{Kind: event.LineEmployment, ID: uuid.UUID{n}}}
		if payer == "" {
			d.DecideBy = day(due)
		} else {
			d.AnswerBy = day(due)
		}
		h.Append(at, d)
		return d.Dispute
	}
	a := open(1, one, factory, "2026-02-20")
	b := open(2, other, factory, "2026-02-10")
	c := open(3, one, school, "2026-02-10")
	fund := open(4, other, "", "2026-03-01")
	queries := dispute.NewQueries(pool)
	list := func(f dispute.Filter) (ids []uuid.UUID) {
		projectiontest.CatchUp(t, pool, h, dispute.New())
		for cursor, more := "", true; more; more = cursor != "" {
			page, err := queries.Open(t.Context(), f, cursor, 1)
			require.NoError(t, err)
			for _, d := range page.Items {
				ids = append(ids, d.DisputeOpened.Dispute)
			}
			cursor = page.Next
		}
		return ids
	}
	require.Equal(t, []uuid.UUID{b, a}, list(dispute.Filter{Payer: factory}))
	require.Equal(t, []uuid.UUID{b, c, a, fund}, list(dispute.Filter{Office: "101"}))
	require.Equal(t, []uuid.UUID{fund}, list(dispute.Filter{Office: "101", Turn: account.TurnFund}))
	late := dispute.Filter{Office: "101", DueBefore: day("2026-02-11")}
	require.Equal(t, []uuid.UUID{b, c}, list(late), "who reads says what is late")
	require.Empty(t, list(dispute.Filter{Office: "102"}))

	h.Append(one, &event.DisputeAnswered{Dispute: a, Accepted: true, CorrectBy: day("2026-02-01")},
		&event.DisputeAnswered{Dispute: c, DecideBy: day("2026-03-15")})
	h.Append(other, &event.DisputeDecided{Dispute: fund, Upheld: true})
	require.Equal(t, []uuid.UUID{a, b}, list(dispute.Filter{Payer: factory}))
	require.Empty(t, list(dispute.Filter{Payer: school}), "it has answered")
	require.Equal(t, []uuid.UUID{c}, list(dispute.Filter{Office: "101", Turn: account.TurnFund}))
	h.Append(one, &event.DisputeSettled{Dispute: a, Receipt: "R-2", DocNo: 1})
	require.Equal(t, []uuid.UUID{b, c}, list(dispute.Filter{Office: "101"}))

	d, _, err := queries.Dispute(t.Context(), a)
	require.NoError(t, err)
	require.Equal(t, account.DisputeCorrected, d.Outcome)
	require.Equal(t, "R-2", d.CorrectedBy)
	require.Equal(t, uuid.UUID{1}, d.Person)
	_, _, err = queries.Dispute(t.Context(), uuid.UUID{9})
	require.ErrorIs(t, err, projections.ErrNotFound)
}
