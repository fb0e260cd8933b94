package balance_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/stazh/stazh/fixtures/pgtest"
	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/ledger/event"
	"github.com/stazh/stazh/ledger/obligation"
	"github.com/stazh/stazh/ledger/period"
	pure "github.com/stazh/stazh/ledger/reconciliation"
	"github.com/stazh/stazh/projections"
	"github.com/stazh/stazh/projections/balance"
	"github.com/stazh/stazh/projections/projectiontest"
)

// tracks follows all payers of a ledger in memory.
func tracks(t *testing.T, log ledger.Log) map[string]*pure.Track {
	t.Helper()
	all := map[string]*pure.Track{}
	for e, err := range log.ReadAll(t.Context(), 0, 0) {
		require.NoError(t, err)
		unp, ok := e.Stream.Payer()
		if !ok {
			continue
		}
		if all[unp] == nil {
			all[unp] = pure.NewTrack(unp)
		}
		payload, err := event.Decode(e)
		require.NoError(t, err)
		all[unp].Apply(e, payload)
	}
	return all
}

// line says of a mismatch what lists show.
func line(unp string, m pure.Mismatch) string {
	closed := ledger.Position(0)
	if m.Closed != nil {
		closed = m.Closed.Position
	}
	return fmt.Sprintf("%s %d-%d %s %s %s %v %d-%d", unp, m.Year, m.Quarter, m.Kind, m.Difference,
		m.State, m.Carried, m.Opened.Position, closed)
}

// At any position, and however the events were cut, the tables say what the pure functions
// say of the accounts.
func TestTablesAreThePureFunction(t *testing.T) {
	t.Parallel()
	pool := projectiontest.Open(t, pgtest.DB(t))
	queries := balance.NewQueries(pool)
	rapid.Check(t, func(rt *rapid.T) {
		_, err := pool.Exec(context.Background(), `drop schema if exists balance_v4 cascade;
			drop schema if exists projection cascade`)
		require.NoError(rt, err)
		h := projectiontest.New(t)
		random := projectiontest.NewRandom(h)
		for range rapid.IntRange(1, 4).Draw(rt, "parts") {
			random.AppendReports(rt, rapid.IntRange(1, 30).Draw(rt, "facts"))
			projectiontest.CatchUp(t, pool, h, balance.New())
			all := tracks(t, h.Log)
			requireMismatches(t, rt, queries, all)
			requireObligations(t, rt, queries, all)
		}
	})
}

func requireMismatches(t *testing.T, rt *rapid.T, queries *balance.Queries,
	all map[string]*pure.Track) {
	open := []string{}
	for unp, track := range all {
		want, got := []string{}, []string{}
		for _, m := range slices.Concat(track.Closed, track.Open) {
			want = append(want, line(unp, m))
		}
		list, _, err := queries.Mismatches(t.Context(), unp)
		require.NoError(rt, err)
		for _, m := range list {
			got = append(got, line(unp, m.Mismatch))
		}
		require.ElementsMatch(rt, want, got)
		for _, m := range track.Open {
			if !m.Carried {
				open = append(open, line(unp, m))
			}
		}
		if !track.Payer.Halfway() {
			require.Equal(rt, plain(pure.Of(track.Payer)), plain(track.Open))
		}
	}
	var got []string
	for cursor := ""; ; {
		page, err := queries.Open(t.Context(), balance.MismatchFilter{}, cursor, 3)
		require.NoError(rt, err)
		for _, m := range page.Items {
			got = append(got, line(m.Payer, m.Mismatch))
		}
		if cursor = page.Next; cursor == "" {
			break
		}
	}
	require.ElementsMatch(rt, open, got)
}

// plain leaves out where mismatches arose, which the account alone does not know.
func plain(list []pure.Mismatch) []pure.Mismatch {
	list = slices.Clone(list)
	for i := range list {
		list[i].Opened = pure.Place{}
	}
	return list
}

func requireObligations(t *testing.T, rt *rapid.T, queries *balance.Queries,
	all map[string]*pure.Track) {
	kinds := []string{"employer"}
	for quarter := period.MustMonth("2025-10"); quarter <= period.MustMonth("2027-01"); quarter = quarter.Add(3) {
		for _, form := range obligation.Forms() {
			counts := map[string]balance.Count{}
			missing := map[string][]string{}
			for unp, track := range all {
				p := track.Payer
				s := obligation.StandingOf(p)
				if !s.Owes(quarter) || p.Kind != kinds[0] {
					continue
				}
				c := counts[p.Office]
				c.Office = p.Office
				c.Owing++
				if _, met := s.Find(form, quarter); met {
					c.Met++
				} else {
					missing[p.Office] = append(missing[p.Office], unp)
				}
				counts[p.Office] = c
			}
			duty := balance.Duty{Form: form, Quarter: quarter, Kinds: kinds}
			list, _, err := queries.Counts(t.Context(), duty, "", "")
			require.NoError(rt, err)
			got := map[string]balance.Count{}
			for _, c := range list {
				if c.Owing > 0 {
					got[c.Office] = c
				}
			}
			require.Equal(rt, counts, got)
			for office, want := range missing {
				page, err := queries.Missing(t.Context(), duty, office, "", 0)
				require.NoError(rt, err)
				slices.Sort(want)
				require.Equal(rt, want, page.Items)
			}
		}
	}
}

// The life of a mismatch, with the events that opened and closed it.
func TestMismatchIsClosedByTheEventThatResolvesIt(t *testing.T) {
	t.Parallel()
	pool := projectiontest.Open(t, pgtest.DB(t))
	h := projectiontest.New(t)
	stream := ledger.PayerStream(factory)
	queries := balance.NewQueries(pool)
	h.RegisterPayer(factory, "101", "Завод", period.MustDate("2020-01-01"))
	show := func() string {
		projectiontest.CatchUp(t, pool, h, balance.New())
		list, _, err := queries.Mismatches(t.Context(), factory)
		require.NoError(t, err)
		lines := make([]string, len(list))
		for i, m := range list {
			lines[i] = strings.TrimPrefix(line(m.Payer, m.Mismatch), factory+" ")
		}
		return strings.Join(lines, "\n")
	}
	january := period.MustMonth("2026-01")
	filing := h.Receive(factory)
	h.AppendOf(filing, stream, &event.LiabilityAssessed{Month: january, Withheld: 100,
		Pension: 2800, Social: 600}, &event.DocumentsPosted{Filing: filing, First: 1, Last: 1,
		Tallies: []event.Tally{{Form: "ПУ-3", Year: 2026, Quarter: 1, Accepted: 1,
			Persons: 1, Earnings: 10000}}})
	h.Append(stream, &event.PayerReportAccepted{Year: 2026, Quarter: 1, Version: 1,
		Sums: event.ReportSums{Earnings: 10500, Contributions: 2900}})
	require.Equal(t, "", show(), "the filing is not processed yet")
	h.Append(stream, &event.FilingProcessed{Filing: filing, Form: "ПУ-3"})
	require.Equal(t, "2026-1 earnings 5.00 unexplained false 6-0", show())
	h.Append(stream, &event.MismatchExplained{Form: "ПЗ-3", Year: 2026, Quarter: 1,
		Kind: "earnings", Difference: 500})
	require.Equal(t, "2026-1 earnings 5.00 explained false 6-0", show())
	h.Append(stream, &event.PayerReportCorrected{Year: 2026, Quarter: 1, Version: 2,
		Supersedes: 1, Sums: event.ReportSums{Earnings: 10000, Contributions: 2900}})
	require.Equal(t, "2026-1 earnings 5.00 explained false 6-8", show())
}

func TestABadCursorIsRefused(t *testing.T) {
	t.Parallel()
	pool := projectiontest.Open(t, pgtest.DB(t))
	projectiontest.CatchUp(t, pool, projectiontest.New(t), balance.New())
	_, err := balance.NewQueries(pool).Open(t.Context(), balance.MismatchFilter{}, "AQEB", 2)
	require.ErrorIs(t, err, projections.ErrCursor)
}
