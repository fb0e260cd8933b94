package order_test

import (
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/stazh/stazh/fixtures/pgtest"
	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/ledger/account"
	"github.com/stazh/stazh/ledger/event"
	"github.com/stazh/stazh/projections/order"
	"github.com/stazh/stazh/projections/projectiontest"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

const (
	factory = "100000001"
	school  = "200000002"
)

// Orders wait for a decision, and for the answer to an objection.
func TestOrdersThatWait(t *testing.T) {
	t.Parallel()
	pool := projectiontest.Open(t, pgtest.DB(t))
	h := projectiontest.New(t)
	queries := order.NewQueries(pool)
	text := ledger.HashRecord([]byte("text"))
	ids := []uuid.UUID{h.ID("order"), h.ID("order"), h.ID("order")}
	for i, payer := range []string{factory, school, factory} {
		h.Append(ledger.PayerStream(payer), &event.CorrectionProposed{Order: ids[i],
			Reason: text, Content: text, Documents: 1, Preview: text})
	}
	list := func(f order.Filter, limit int) (found []uuid.UUID) {
		t.Helper()
		projectiontest.CatchUp(t, pool, h, order.New())
		for cursor := ""; ; {
			page, err := queries.List(t.Context(), f, cursor, limit)
			require.NoError(t, err)
			for _, o := range page.Items {
				found = append(found, o.CorrectionProposed.Order)
			}
			if cursor = page.Next; cursor == "" {
				return found
			}
		}
	}
	require.Equal(t, ids, list(order.Filter{}, 1))
	require.Equal(t, ids, list(order.Filter{Office: projectiontest.Office}, 2))
	require.Empty(t, list(order.Filter{Office: "602"}, 2))
	h.Append(ledger.PayerStream(factory),
		&event.CorrectionDeclined{Order: ids[0], Reason: text},
		&event.CorrectionApproved{Order: ids[2], Filing: h.ID("filing"), Receipt: "R",
			Preview: text, Reason: text})
	require.Equal(t, ids[1:2], list(order.Filter{}, 2))
	h.Append(ledger.PayerStream(factory), &event.CorrectionObjected{Order: ids[2], Text: text})
	require.Equal(t, ids[1:], list(order.Filter{Region: "1"}, 2))
	h.Append(ledger.PayerStream(factory),
		&event.ObjectionAnswered{Order: ids[2], Upheld: true, Text: text})
	require.Equal(t, ids[1:2], list(order.Filter{}, 2))
	require.Equal(t, []uuid.UUID{ids[0], ids[2]}, list(order.Filter{Payer: factory}, 1))

	of, err := queries.OfReceipts(t.Context(), []string{"Q", "R"})
	require.NoError(t, err)
	require.Len(t, of, 1)
	require.Equal(t, ids[2], of[0].CorrectionProposed.Order)

	page, err := queries.List(t.Context(), order.Filter{Payer: factory}, "", 0)
	require.NoError(t, err)
	want := account.NewPayer(factory)
	for e, err := range h.Log.ReadStreams(t.Context(), ledger.PayerStream(factory)) {
		require.NoError(t, err)
		payload, err := event.Decode(e)
		require.NoError(t, err)
		want.Apply(e, payload)
	}
	require.Len(t, want.Orders, 2)
	for i, o := range page.Items {
		require.Equal(t, want.Orders[i], o.Order, "the row is the fold")
		require.Equal(t, factory, o.Payer)
	}
}
