package projections_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"

	"github.com/stazh/stazh/fixtures/pgtest"
	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/ledger/event"
	"github.com/stazh/stazh/ledger/period"
	"github.com/stazh/stazh/projections"
	"github.com/stazh/stazh/projections/account"
	"github.com/stazh/stazh/projections/balance"
	"github.com/stazh/stazh/projections/projectiontest"
	"github.com/stazh/stazh/projections/registry"
)

// benchPersons is how many insured persons a benchmark reports, a quarter of each.
const benchPersons = 50_000

// BenchmarkProject measures how fast a projection follows a ledger of registrations and
// reports, against one bare upsert of as many accounts of the same size in batches of the
// same number of rows: "ratio" is the projection's rate by that floor's, per account.
func BenchmarkProject(b *testing.B) {
	h := projectiontest.New(b)
	state := fill(b, h)
	for _, p := range []projections.Projection{
		account.New(), balance.New(), registry.New(h.Keys),
	} {
		b.Run(p.Name(), func(b *testing.B) {
			for b.Loop() {
				pool := open(b, pgtest.DB(b))
				began := time.Now()
				require.NoError(b, runner(b, pool, h.Log, 0, p).CatchUp(b.Context()))
				spent := time.Since(began)
				floor := bareUpsert(b, pool, state)
				b.ReportMetric(float64(head(b, h.Log))/spent.Seconds(), "events/s")
				b.ReportMetric(benchPersons/floor.Seconds(), "floor-rows/s")
				b.ReportMetric(floor.Seconds()/spent.Seconds(), "ratio")
			}
		})
	}
}

// BenchmarkFollow measures the live following of accounts that exist: one more quarter of
// every person, against a bare upsert of the same number of rows that exist as well.
func BenchmarkFollow(b *testing.B) {
	h := projectiontest.New(b)
	state := fill(b, h)
	pool := open(b, pgtest.DB(b))
	require.NoError(b, runner(b, pool, h.Log, 0, account.New()).CatchUp(b.Context()))
	bareUpsert(b, pool, state)
	quarter := 1
	for b.Loop() {
		quarter++
		for i := range benchPersons {
			id := h.Keys.PersonID(benchNumber(i))
			h.Append(ledger.PersonStream(id), quarterly(unp, h.ID("employment"), quarter, i))
		}
		r := runner(b, pool, h.Log, 0, account.New())
		began := time.Now()
		require.NoError(b, r.CatchUp(b.Context()))
		spent := time.Since(began)
		floor := bareUpsert(b, pool, state+quarter*120)
		b.ReportMetric(benchPersons/spent.Seconds(), "events/s")
		b.ReportMetric(benchPersons/floor.Seconds(), "floor-rows/s")
		b.ReportMetric(floor.Seconds()/spent.Seconds(), "ratio")
	}
}

func benchNumber(i int) string { return fmt.Sprintf("3%06dA%03dPB1", i, i%1000) }

// fill registers the persons and reports a quarter of each; it gives the size of a state.
func fill(b *testing.B, h *projectiontest.History) (state int) {
	for i := range benchPersons {
		id := h.RegisterPerson(unp, personal(benchNumber(i), fmt.Sprintf("ИВАНОВ%d", i%5000)))
		months := []event.MonthFact{}
		for m := range 3 {
			months = append(months, event.MonthFact{Month: period.MustMonth("2026-01").Add(m),
				Earnings: 150_000, Contributions: 52_500, Paid: 52_500})
		}
		h.Append(ledger.PersonStream(id), &event.IndividualDataReported{
			Slot: event.Slot{Payer: unp, Employment: h.ID("employment"), Category: "01",
				Year: 2026, Quarters: "1"}, Version: 1, Receipt: "R-000001", DocNo: i + 1,
			Months: months, Service: []event.ServicePeriod{{From: period.MustDate("2026-01-01"),
				To: period.MustDate("2026-03-31")}}})
	}
	return 420
}

// bareUpsert is the floor: rows of a key and a state, nothing decoded and nothing folded.
func bareUpsert(b *testing.B, pool *pgxpool.Pool, size int) time.Duration {
	ctx := context.Background()
	_, err := pool.Exec(ctx, `create table if not exists bare (id uuid primary key, state bytea)`)
	require.NoError(b, err)
	began := time.Now()
	for from := 0; from < benchPersons; from += 5000 {
		var ids [][16]byte
		var states [][]byte
		for i := range 5000 {
			ids = append(ids, ledger.DeterministicID(from, i))
			states = append(states, make([]byte, size))
		}
		_, err := pool.Exec(ctx, `insert into bare select * from unnest($1::uuid[], $2::bytea[])
			on conflict (id) do update set state = excluded.state`, ids, states)
		require.NoError(b, err)
	}
	return time.Since(began)
}
