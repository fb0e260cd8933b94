package benefit_test

import (
	"context"
	"flag"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/stazh/stazh/fixtures/pgtest"
	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/ledger/account"
	"github.com/stazh/stazh/ledger/event"
	"github.com/stazh/stazh/ledger/money"
	"github.com/stazh/stazh/ledger/period"
	"github.com/stazh/stazh/projections"
	"github.com/stazh/stazh/projections/benefit"
	"github.com/stazh/stazh/projections/projectiontest"
)

func TestMain(m *testing.M) {
	flag.Parse()
	// Each check works on a real database.
	if f := flag.Lookup("rapid.checks"); f.Value.String() == f.DefValue {
		if err := f.Value.Set("20"); err != nil {
			panic(err)
		}
	}
	pgtest.Main(m)
}

// accounts folds everything that a ledger says of persons, in the plainest way.
func accounts(t *testing.T, log ledger.Log) map[ledger.PersonID]*account.Person {
	all := map[ledger.PersonID]*account.Person{}
	for e, err := range log.ReadAll(t.Context(), 0, 0) {
		require.NoError(t, err)
		id, ok := e.Stream.Person()
		if !ok {
			continue
		}
		payload, err := event.Decode(e)
		require.NoError(t, err)
		if all[id] == nil {
			all[id] = account.NewPerson(id)
		}
		all[id].Apply(e, payload)
	}
	return all
}

type place struct{ scope, code, kind string }

type figure struct {
	count  int64
	amount money.Amount
}

// aggregate adds up what is in force in a month, case by case.
func aggregate(persons map[ledger.PersonID]*account.Person, month period.Month,
) map[place]figure {
	totals := map[place]figure{}
	for _, p := range persons {
		for i := range p.Cases {
			x := &p.Cases[i]
			day := month.Last()
			if !x.Monthly() {
				if day = x.Award.From; day.Month() != month {
					continue
				}
			}
			amount, ok := x.AmountOn(day)
			if !ok {
				continue
			}
			office := x.Office
			if office == "" {
				office = "000"
			}
			for _, k := range []place{{"country", "BY", x.Kind}, {"region", office[:1], x.Kind},
				{"office", office, x.Kind}} {
				f := totals[k]
				totals[k] = figure{f.count + 1, f.amount + amount}
			}
		}
	}
	return totals
}

// In every month the maintained totals are those of all accounts, and what is paid to a
// person on a day is what the account says.
func TestTotalsEqualTheAccounts(t *testing.T) {
	t.Parallel()
	pool := projectiontest.Open(t, pgtest.DB(t))
	queries := benefit.NewQueries(pool)
	rapid.Check(t, func(rt *rapid.T) {
		_, err := pool.Exec(context.Background(), `drop schema if exists benefit_v2 cascade;
			drop schema if exists projection cascade`)
		require.NoError(rt, err)
		h := projectiontest.New(t)
		random := projectiontest.NewRandom(h)
		for range rapid.IntRange(1, 3).Draw(rt, "parts") {
			random.AppendCases(rt, rapid.IntRange(1, 40).Draw(rt, "facts"))
			projectiontest.CatchUp(t, pool, h, benefit.New())
		}
		persons := accounts(t, h.Log)
		for month := period.MustMonth("2025-12"); month <= period.MustMonth("2027-12"); month++ {
			page, err := queries.Totals(t.Context(), month, benefit.TotalFilter{}, "",
				projections.LimitMax)
			require.NoError(rt, err)
			got := map[place]figure{}
			for _, x := range page.Items {
				got[place{x.Scope, x.Code, x.Kind}] = figure{x.Count, x.Amount}
			}
			require.Equal(rt, aggregate(persons, month), got, month)
		}
		day := period.MustDate("2026-01-01").AddDays(rapid.IntRange(-5, 700).Draw(rt, "on"))
		for id, p := range persons {
			requirePaid(rt, queries, id, p, day)
		}
	})
}

func requirePaid(t *rapid.T, queries *benefit.Queries, id ledger.PersonID, p *account.Person,
	day period.Date,
) {
	want := map[uuid.UUID]money.Amount{}
	for i := range p.Cases {
		if amount, ok := p.Cases[i].AmountOn(day); ok {
			want[p.Cases[i].ID] = amount
		}
	}
	list, _, err := queries.PaidOn(context.Background(), []ledger.PersonID{id}, day)
	require.NoError(t, err)
	got := map[uuid.UUID]money.Amount{}
	for _, x := range list {
		got[x.Case] = x.Amount
		require.LessOrEqual(t, x.FirstDay, day)
		require.True(t, x.LastDay.IsZero() || x.LastDay >= day)
	}
	require.Equal(t, want, got, day)
}
