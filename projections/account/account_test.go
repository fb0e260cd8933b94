package account_test

import (
	"bytes"
	"slices"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/stazh/stazh/fixtures/pgtest"
	"github.com/stazh/stazh/ledger"
	fold "github.com/stazh/stazh/ledger/account"
	"github.com/stazh/stazh/ledger/event"
	"github.com/stazh/stazh/ledger/period"
	"github.com/stazh/stazh/projections"
	"github.com/stazh/stazh/projections/account"
	"github.com/stazh/stazh/projections/projectiontest"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

const (
	factory = "100000001"
	school  = "200000002"
)

// report tells of a month of a person.
func report(h *projectiontest.History, id ledger.PersonID, payer string) {
	h.Append(ledger.PersonStream(id), &event.IndividualDataReported{
		Slot: event.Slot{Payer: payer, Category: "01", Year: 2026, Quarters: "1"}, Version: 1,
		Receipt: "R-1", DocNo: 1, Months: []event.MonthFact{
			{Month: period.MustMonth("2026-01"), Earnings: 150_000, Contributions: 52_500}},
		Service: []event.ServicePeriod{{From: period.MustDate("2026-01-01"),
			To: period.MustDate("2026-03-31")}},
	})
}

func TestPersonIsTheFold(t *testing.T) {
	t.Parallel()
	pool := projectiontest.Open(t, pgtest.DB(t))
	h := projectiontest.New(t)
	id := h.RegisterPerson(factory, event.PersonalData{InsuranceNo: "3270287A012PB2"})
	employment := h.ID("employment")
	h.Append(ledger.PersonStream(id), &event.EmploymentStarted{Employment: employment,
		Payer: factory, HiredOn: period.MustDate("2026-01-12"), Contract: "01", Form: "ПУ-2"})
	report(h, id, factory)
	folds := account.NewFolds(pool)
	stored, err := folds.Persons(t.Context(), []ledger.PersonID{id})
	require.NoError(t, err)
	require.Empty(t, stored, "nothing is built")
	projectiontest.CatchUp(t, pool, h, account.New())
	h.Append(ledger.PersonStream(id), &event.EmploymentEnded{Employment: employment,
		EndedOn: period.MustDate("2026-02-27"), Reason: "1"})
	report(h, id, school)
	projectiontest.CatchUp(t, pool, h, account.New())

	want := fold.NewPerson(id)
	for e, err := range h.Log.ReadStreams(t.Context(), ledger.PersonStream(id)) {
		require.NoError(t, err)
		payload, err := event.Decode(e)
		require.NoError(t, err)
		want.Apply(e, payload)
	}
	person, position, err := account.NewQueries(pool).Person(t.Context(), id)
	require.NoError(t, err)
	require.Equal(t, want, person)
	require.Len(t, person.Slots(), 2)
	require.EqualValues(t, 5, position)
	stored, err = folds.Persons(t.Context(), []ledger.PersonID{id, uuid.New()})
	require.NoError(t, err)
	require.Equal(t, map[ledger.PersonID]*fold.Person{id: want}, stored)

	_, position, err = account.NewQueries(pool).Person(t.Context(), uuid.New())
	require.ErrorIs(t, err, projections.ErrNotFound)
	require.EqualValues(t, 5, position)
}

func TestOfPayer(t *testing.T) {
	t.Parallel()
	pool := projectiontest.Open(t, pgtest.DB(t))
	h := projectiontest.New(t)
	var want []ledger.PersonID
	for i := range 7 {
		id := h.ID("person")
		h.Append(ledger.PersonStream(id),
			&event.EmploymentStarted{Employment: h.ID("employment"), Payer: factory})
		report(h, id, factory) // a second fact makes no second link
		if i == 0 {
			report(h, id, school)
		}
		want = append(want, id)
	}
	slices.SortFunc(want, func(a, b ledger.PersonID) int { return bytes.Compare(a[:], b[:]) })
	projectiontest.CatchUp(t, pool, h, account.New())
	queries := account.NewQueries(pool)

	var got []ledger.PersonID
	cursor, pages := "", 0
	for {
		page, err := queries.OfPayer(t.Context(), factory, cursor, 3)
		require.NoError(t, err)
		require.EqualValues(t, 15, page.Position)
		got = append(got, page.Items...)
		pages++
		if cursor = page.Next; cursor == "" {
			break
		}
	}
	require.Equal(t, want, got)
	require.Equal(t, 3, pages)

	page, err := queries.OfPayer(t.Context(), school, "", 0)
	require.NoError(t, err)
	require.Len(t, page.Items, 1)
	_, err = queries.OfPayer(t.Context(), factory, "bad cursor", 3)
	require.ErrorIs(t, err, projections.ErrCursor)
}

// A stream with a revision missing is refused, not folded as if it were whole.
func TestAGapInAStreamStops(t *testing.T) {
	t.Parallel()
	pool := projectiontest.Open(t, pgtest.DB(t))
	h := projectiontest.New(t)
	id := h.RegisterPerson(factory, event.PersonalData{InsuranceNo: "3270287A012PB2"})
	projectiontest.CatchUp(t, pool, h, account.New())
	tx, err := pool.Begin(t.Context())
	require.NoError(t, err)
	t.Cleanup(func() { _ = tx.Rollback(t.Context()) })
	_, err = tx.Exec(t.Context(), "set local search_path to account_v4")
	require.NoError(t, err)
	e := projections.Event{Event: &ledger.Event{}, Payload: &event.EmploymentEnded{}}
	e.Stream, e.Revision, e.Position = ledger.PersonStream(id), 2, 2
	require.ErrorIs(t, account.New().Apply(t.Context(), tx, []projections.Event{e}),
		ledger.ErrCorrupt)
}
