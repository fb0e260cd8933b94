package workforce_test

import (
	"bytes"
	"slices"
	"testing"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"

	"github.com/stazh/stazh/fixtures/pgtest"
	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/ledger/event"
	"github.com/stazh/stazh/ledger/period"
	"github.com/stazh/stazh/projections/projectiontest"
	"github.com/stazh/stazh/projections/workforce"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

const (
	factory = "100000001"
	school  = "200000002"
)

func report(payer, category string, year int, quarters string) event.Payload {
	return &event.IndividualDataReported{Version: 1, Slot: event.Slot{Payer: payer,
		Category: category, Year: year, Quarters: quarters}}
}

func TestQuarters(t *testing.T) {
	t.Parallel()
	for _, digits := range []string{"", "1", "4", "23", "1234"} {
		require.Equal(t, digits, workforce.QuartersOf(digits).String())
	}
	require.Equal(t, "2", workforce.QuartersOf("0259x").String(), "other signs name no quarter")
}

func TestPersonsOfAPayer(t *testing.T) {
	t.Parallel()
	pool := projectiontest.Open(t, pgtest.DB(t))
	h := projectiontest.New(t)
	ids := make([]ledger.PersonID, 5)
	for i := range ids {
		ids[i] = h.ID("person")
	}
	slices.SortFunc(ids, func(a, b ledger.PersonID) int { return bytes.Compare(a[:], b[:]) })
	stream := func(i int) ledger.StreamID { return ledger.PersonStream(ids[i]) }
	h.Append(stream(0), report(factory, "01", 2026, "1"))
	h.Append(stream(1), report(factory, "01", 2026, "12"), report(school, "01", 2026, "1"))
	h.Append(stream(2), report(factory, "03", 2026, "1"), report(factory, "01", 2026, "2"))
	projectiontest.CatchUp(t, pool, h, workforce.New())
	h.Append(stream(0), report(factory, "01", 2026, "3"), report(factory, "01", 2026, "3"))
	h.Append(stream(2), report(factory, "03", 2026, "4"), report(factory, "03", 2025, "4"))
	h.Append(stream(3), report(school, "01", 2026, "1"))
	h.Append(stream(4), report(factory, "01", 2027, "1"))
	projectiontest.CatchUp(t, pool, h, workforce.New())

	queries := workforce.NewQueries(pool)
	for name, x := range map[string]struct {
		filter workforce.Filter
		want   []workforce.Person
	}{
		"year": {workforce.Filter{Payer: factory, Year: 2026}, []workforce.Person{
			{ID: ids[0], Quarters: workforce.QuartersOf("13"), Categories: []string{"01"}},
			{ID: ids[1], Quarters: workforce.QuartersOf("12"), Categories: []string{"01"}},
			{ID: ids[2], Quarters: workforce.QuartersOf("124"), Categories: []string{"01", "03"}}}},
		"quarters": {workforce.Filter{Payer: factory, Year: 2026,
			Quarters: workforce.QuartersOf("34")}, []workforce.Person{
			{ID: ids[0], Quarters: workforce.QuartersOf("13"), Categories: []string{"01"}},
			{ID: ids[2], Quarters: workforce.QuartersOf("14"), Categories: []string{"03"}}}},
		"category": {workforce.Filter{Payer: factory, Year: 2026, Category: "03"},
			[]workforce.Person{{ID: ids[2], Quarters: workforce.QuartersOf("14"),
				Categories: []string{"03"}}}},
		"other year": {workforce.Filter{Payer: factory, Year: 2027}, []workforce.Person{
			{ID: ids[4], Quarters: workforce.QuartersOf("1"), Categories: []string{"01"}}}},
		"nobody": {workforce.Filter{Payer: factory, Year: 2024}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			var got []workforce.Person
			for after := (ledger.PersonID{}); ; {
				page, at, err := queries.Persons(t.Context(), x.filter, after, 2)
				require.NoError(t, err)
				require.EqualValues(t, 11, at)
				got = append(got, page...)
				if len(page) < 2 {
					break
				}
				after = page[1].ID
			}
			require.Equal(t, x.want, got)
		})
	}
}

// A report of what is known writes nothing.
func TestARowThatDoesNotChangeIsNotWritten(t *testing.T) {
	t.Parallel()
	pool := projectiontest.Open(t, pgtest.DB(t))
	h := projectiontest.New(t)
	stream := ledger.PersonStream(h.ID("person"))
	h.Append(stream, report(factory, "01", 2026, "1"), report(factory, "01", 2026, "2"))
	projectiontest.CatchUp(t, pool, h, workforce.New())
	before := rowVersion(t, pool)
	h.Append(stream, report(factory, "01", 2026, "2"), report(factory, "01", 2026, "12"))
	projectiontest.CatchUp(t, pool, h, workforce.New())
	require.Equal(t, before, rowVersion(t, pool))
	h.Append(stream, report(factory, "01", 2026, "3"))
	projectiontest.CatchUp(t, pool, h, workforce.New())
	require.NotEqual(t, before, rowVersion(t, pool))
}

// rowVersion tells which transaction wrote the one row.
func rowVersion(t *testing.T, pool *pgxpool.Pool) (version uint32) {
	require.NoError(t, pool.QueryRow(t.Context(),
		"select xmin::text::int from workforce_v2.reported").Scan(&version))
	return version
}

func unreported(t *testing.T, q *workforce.Queries, quarter string) (ids []ledger.PersonID) {
	t.Helper()
	ids, _, err := q.Unreported(t.Context(), factory, period.MustMonth(quarter),
		ledger.PersonID{}, 10)
	require.NoError(t, err)
	return ids
}

// Whom ПУ-2 tell of stays in the answer until a report on the quarter comes, and comes back
// where a report was cancelled.
func TestEmployeesWithoutReports(t *testing.T) {
	t.Parallel()
	pool := projectiontest.Open(t, pgtest.DB(t))
	h := projectiontest.New(t)
	queries := workforce.NewQueries(pool)
	one, other, learned := h.ID("person"), h.ID("person"), h.ID("person")
	job, second := h.ID("employment"), h.ID("employment")
	stream := ledger.PersonStream
	day := period.MustDate
	h.Append(stream(one), &event.EmploymentStarted{Employment: job, Payer: factory,
		HiredOn: day("2026-02-16")})
	h.Append(stream(other), &event.EmploymentStarted{Employment: second, Payer: factory,
		HiredOn: day("2025-01-01")}, &event.EmploymentEnded{Employment: second,
		EndedOn: day("2026-03-31")})
	h.Append(stream(learned), &event.EmploymentStarted{Employment: h.ID("employment"),
		Payer: factory}, report(factory, "01", 2026, "1"))
	catchUp := func() { projectiontest.CatchUp(t, pool, h, workforce.New()) }
	catchUp()
	require.Empty(t, unreported(t, queries, "2024-10"))
	require.Equal(t, []ledger.PersonID{other}, unreported(t, queries, "2025-10"))
	require.ElementsMatch(t, []ledger.PersonID{one, other}, unreported(t, queries, "2026-01"))
	require.Equal(t, []ledger.PersonID{one}, unreported(t, queries, "2026-04"))

	h.Append(stream(one), report(factory, "01", 2026, "1"))
	h.Append(stream(other), &event.IndividualDataReportedForPension{Version: 1,
		Slot: event.Slot{Payer: factory, Category: "01", Year: 2026, Quarters: "1"}})
	catchUp()
	require.Equal(t, []ledger.PersonID{other}, unreported(t, queries, "2026-01"),
		"a report for a pension is not that of the quarter")
	h.Append(stream(one), &event.IndividualDataCancelled{
		Replacement: event.Replacement{Version: 2, Supersedes: 1},
		Slot:        event.Slot{Payer: factory, Category: "01", Year: 2026, Quarters: "1"}})
	h.Append(stream(other), &event.EmploymentRecordCancelled{Employment: second, Dismissal: true})
	catchUp()
	require.ElementsMatch(t, []ledger.PersonID{one, other}, unreported(t, queries, "2026-01"))
	require.ElementsMatch(t, []ledger.PersonID{one, other}, unreported(t, queries, "2027-01"))

	h.Append(stream(one), &event.EmploymentRecordCancelled{Employment: job})
	h.Append(stream(other), &event.EmploymentRecordCorrected{Employment: second,
		HiredOn: day("2026-04-01"), EndedOn: day("2026-05-01")})
	catchUp()
	require.Empty(t, unreported(t, queries, "2026-01"))
	require.Equal(t, []ledger.PersonID{other}, unreported(t, queries, "2026-04"))
	require.Empty(t, unreported(t, queries, "2026-07"))
}
