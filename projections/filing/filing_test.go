package filing_test

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
	"github.com/stazh/stazh/projections/filing"
	"github.com/stazh/stazh/projections/projectiontest"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

const (
	factory = "100000001"
	school  = "200000002"
)

// folded gives the payer's filings as the fold of its stream has them.
func folded(t *testing.T, h *projectiontest.History, unp string) *account.Filings {
	state := account.NewFilings()
	for e, err := range h.Log.ReadStreams(t.Context(), ledger.PayerStream(unp)) {
		require.NoError(t, err)
		payload, err := event.Decode(e)
		require.NoError(t, err)
		state.Apply(e, payload)
	}
	return state
}

func tally(accepted, parked int) []event.Tally {
	return []event.Tally{{Form: "ПУ-3", Year: 2026, Quarter: 1, Accepted: accepted,
		Parked: parked, Persons: accepted, Earnings: 100_000}}
}

// A filing passes through its statuses; at each of them it is what the fold says.
func TestAFilingFromArrivalToResult(t *testing.T) {
	t.Parallel()
	pool := projectiontest.Open(t, pgtest.DB(t))
	h := projectiontest.New(t)
	queries := filing.NewQueries(pool)
	id := h.Receive(factory)
	stream, person := ledger.PayerStream(factory), h.ID("person")
	steps := []struct {
		status string
		facts  []event.Payload
	}{
		{filing.Received, nil},
		{filing.Checking, []event.Payload{&event.DocumentsPosted{Filing: id, First: 1, Last: 200,
			Findings: ledger.HashRecord([]byte("1")), Tallies: tally(199, 0)}}},
		{filing.Checking, []event.Payload{
			&event.DocumentParked{Filing: id, DocNo: 201, Form: "ПУ-3", Awaits: "SPF-501",
				Persons: []ledger.PersonID{person}, Until: period.MustDate("2026-06-30"),
				Content: ledger.HashRecord([]byte("content"))},
			&event.DocumentsPosted{Filing: id, First: 201, Last: 201, Tallies: tally(0, 1)}}},
		{event.Partial, []event.Payload{&event.FilingProcessed{Filing: id,
			Outcome: event.Partial, Form: "ПУ-3", Year: 2026, Quarter: 1, Format: "text 1.7",
			Documents: 201, Accepted: 199, Rejected: 1, Parked: 1, RulePack: "2026.1",
			Findings: ledger.HashRecord([]byte("file"))}}},
		{event.Partial, []event.Payload{&event.ParkedDocumentReleased{Filing: id, DocNo: 201,
			Accepted: true, Findings: ledger.HashRecord([]byte("2")), Tallies: tally(1, -1)}}},
		{event.Partial, []event.Payload{
			&event.FilingKeyBound{Filing: id, KeyHash: ledger.HashRecord([]byte("key 2"))}}},
	}
	for _, step := range steps {
		if step.facts != nil {
			h.Append(stream, step.facts...)
		}
		projectiontest.CatchUp(t, pool, h, filing.New())
		f, position, err := queries.ByID(t.Context(), id)
		require.NoError(t, err)
		require.Equal(t, step.status, f.Status)
		require.Equal(t, factory, f.Payer)
		state := folded(t, h, factory)
		require.Equal(t, state.Filings[0], f.Filing)
		require.Equal(t, position, f.Changed)
		parked, _, err := queries.Parked(t.Context(), factory)
		require.NoError(t, err)
		require.Len(t, parked, len(state.Parked))
		for i := range parked {
			require.Equal(t, state.Parked[i], parked[i].Parked)
		}
	}
	f, _, err := queries.ByID(t.Context(), id)
	require.NoError(t, err)
	require.Len(t, f.Findings, 3)
	require.Equal(t, 200, f.Tallies[0].Accepted)
	for name, find := range map[string]func() (*filing.Filing, ledger.Position, error){
		"receipt": func() (*filing.Filing, ledger.Position, error) {
			return queries.ByReceipt(t.Context(), f.Receipt)
		},
		"key": func() (*filing.Filing, ledger.Position, error) {
			return queries.ByKey(t.Context(), factory, f.KeyHash)
		},
		"further key": func() (*filing.Filing, ledger.Position, error) {
			return queries.ByKey(t.Context(), factory, ledger.HashRecord([]byte("key 2")))
		},
	} {
		same, _, err := find()
		require.NoError(t, err, name)
		require.Equal(t, f, same, name)
	}
	_, _, err = queries.ByKey(t.Context(), school, f.KeyHash)
	require.ErrorIs(t, err, projections.ErrNotFound, "a key is the payer's own")
	_, _, err = queries.ByReceipt(t.Context(), "R-0")
	require.ErrorIs(t, err, projections.ErrNotFound)
	_, _, err = queries.ByID(t.Context(), uuid.New())
	require.ErrorIs(t, err, projections.ErrNotFound)
}

func TestListsOfFilings(t *testing.T) {
	t.Parallel()
	pool := projectiontest.Open(t, pgtest.DB(t))
	h := projectiontest.New(t)
	var ids []uuid.UUID
	for range 5 {
		ids = append(ids, h.Receive(factory))
	}
	other := h.Receive(school)
	same := h.ID("filing") // the same bytes filed again by another payer
	h.Append(ledger.PayerStream(school), &event.FilingReceived{Filing: same, Receipt: "R-same",
		SHA256: ledger.HashRecord(ids[0][:])})
	h.Append(ledger.PayerStream(factory), &event.FilingProcessed{Filing: ids[1],
		Outcome: event.Refused})
	projectiontest.CatchUp(t, pool, h, filing.New())
	queries := filing.NewQueries(pool)
	identify := func(list []*filing.Filing) (found []uuid.UUID) {
		for _, f := range list {
			found = append(found, f.FilingReceived.Filing)
		}
		return found
	}

	var got []uuid.UUID
	for cursor := ""; ; {
		page, err := queries.OfPayer(t.Context(), factory, cursor, 2)
		require.NoError(t, err)
		require.EqualValues(t, 8, page.Position)
		got = append(got, identify(page.Items)...)
		if cursor = page.Next; cursor == "" {
			break
		}
	}
	require.Equal(t, []uuid.UUID{ids[4], ids[3], ids[2], ids[1], ids[0]}, got)
	_, err := queries.OfPayer(t.Context(), factory, "AQ", 2)
	require.ErrorIs(t, err, projections.ErrCursor)

	list, _, err := queries.Unfinished(t.Context(), 0, 3)
	require.NoError(t, err)
	require.Equal(t, []uuid.UUID{ids[0], ids[2], ids[3]}, identify(list))
	list, _, err = queries.Unfinished(t.Context(), list[2].Position, 10)
	require.NoError(t, err)
	require.Equal(t, []uuid.UUID{ids[4], other, same}, identify(list))

	list, _, err = queries.BySHA256(t.Context(), ledger.HashRecord(ids[0][:]))
	require.NoError(t, err)
	require.Equal(t, []uuid.UUID{ids[0], same}, identify(list))
	list, _, err = queries.BySHA256(t.Context(), ledger.Hash{1})
	require.NoError(t, err)
	require.Empty(t, list)
	_, _, err = queries.ByKey(t.Context(), school, ledger.Hash{})
	require.ErrorIs(t, err, projections.ErrNotFound, "no key is not a key")
}

func TestParkedDocuments(t *testing.T) {
	t.Parallel()
	pool := projectiontest.Open(t, pgtest.DB(t))
	h := projectiontest.New(t)
	ann, bob, eve := h.ID("ann"), h.ID("bob"), h.ID("eve")
	first, second := h.Receive(factory), h.Receive(school)
	day := period.MustDate("2026-03-01")
	park := func(unp string, id uuid.UUID, no, days int, persons ...ledger.PersonID) {
		h.Append(ledger.PayerStream(unp), &event.DocumentParked{Filing: id, DocNo: no,
			Form: "ПУ-3", Awaits: "SPF-501", Persons: persons, Until: day.AddDays(days),
			Content: ledger.HashRecord(id[:])})
	}
	park(factory, first, 7, 0, ann)
	park(factory, first, 8, 2, ann, bob)
	park(school, second, 1, 1, bob)
	projectiontest.CatchUp(t, pool, h, filing.New())
	queries := filing.NewQueries(pool)
	type doc struct {
		payer string
		no    int
	}
	docs := func(list []filing.Parked, _ ledger.Position, err error) (found []doc) {
		require.NoError(t, err)
		for _, p := range list {
			found = append(found, doc{p.Payer, p.DocNo})
		}
		return found
	}
	a7, a8, b1 := doc{factory, 7}, doc{factory, 8}, doc{school, 1}
	persons := func(ids ...ledger.PersonID) []ledger.PersonID { return ids }
	require.Equal(t, []doc{a7, a8}, docs(queries.ParkedFor(t.Context(), persons(ann))))
	require.Equal(t, []doc{a8, b1}, docs(queries.ParkedFor(t.Context(), persons(bob, eve))))
	require.Equal(t, []doc{a7, a8, b1}, docs(queries.ParkedFor(t.Context(), persons(ann, bob))))
	require.Empty(t, docs(queries.ParkedFor(t.Context(), persons(eve))))
	require.Empty(t, docs(queries.ParkedExpired(t.Context(), day, 10)), "the last day still counts")
	require.Equal(t, []doc{a7, b1}, docs(queries.ParkedExpired(t.Context(), day.AddDays(2), 10)))
	require.Equal(t, []doc{a7}, docs(queries.ParkedExpired(t.Context(), day.AddDays(9), 1)))
	require.Equal(t, []doc{a7, a8}, docs(queries.Parked(t.Context(), factory)))

	h.Append(ledger.PayerStream(factory),
		&event.ParkedDocumentExpired{Filing: first, DocNo: 7, On: day.AddDays(1)},
		&event.ParkedDocumentReleased{Filing: first, DocNo: 8, Accepted: true})
	projectiontest.CatchUp(t, pool, h, filing.New())
	require.Empty(t, docs(queries.Parked(t.Context(), factory)))
	require.Equal(t, []doc{b1}, docs(queries.ParkedFor(t.Context(), persons(ann, bob))))
}
