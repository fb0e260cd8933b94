package reporting_test

import (
	"context"
	"flag"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/stazh/stazh/fixtures/pgtest"
	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/ledger/event"
	"github.com/stazh/stazh/ledger/money"
	"github.com/stazh/stazh/projections"
	"github.com/stazh/stazh/projections/projectiontest"
	"github.com/stazh/stazh/projections/reporting"
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

// row is a total as the test adds it up, in the country.
type row struct {
	form          string
	year, quarter int
}

// aggregate adds up a ledger in the plainest way: read everything, look up everything.
func aggregate(t *testing.T, log ledger.Log) map[row]reporting.Figures {
	type monthOf struct {
		payer ledger.StreamID
		month int
	}
	totals := map[row]reporting.Figures{}
	arrived := map[uuid.UUID]time.Time{}
	assessed := map[monthOf]money.Amount{}
	add := func(form string, year, quarter int, id uuid.UUID, more func(*reporting.Figures)) {
		if form == "" {
			form = reporting.Unreadable
		}
		if id != uuid.Nil && (year == 0 || quarter == 0) {
			at := arrived[id].Add(3 * time.Hour)
			year, quarter = at.Year(), (int(at.Month())+2)/3
		}
		if form == "all" {
			form = reporting.AnyForm
		}
		x := totals[row{form, year, quarter}]
		more(&x)
		totals[row{form, year, quarter}] = x
	}
	documents := func(id uuid.UUID, list []event.Tally) {
		for _, y := range list {
			add(y.Form, y.Year, y.Quarter, id, func(x *reporting.Figures) { countIn(x, y) })
		}
	}
	for e, err := range log.ReadAll(t.Context(), 0, 0) {
		require.NoError(t, err)
		payload, err := event.Decode(e)
		require.NoError(t, err)
		switch f := payload.(type) {
		case *event.FilingReceived:
			arrived[f.Filing] = e.RecordedAt
			add("all", 0, 0, f.Filing, func(x *reporting.Figures) { x.Received++ })
		case *event.DocumentsPosted:
			documents(f.Filing, f.Tallies)
		case *event.ParkedDocumentReleased:
			documents(f.Filing, f.Tallies)
		case *event.ParkedDocumentExpired:
			documents(f.Filing, f.Tallies)
		case *event.PersonsJoined:
			documents(uuid.Nil, f.Tallies)
		case *event.FilingProcessed:
			result := func(x *reporting.Figures) {
				x.Processed++
				*map[string]*int64{event.Accepted: &x.Accepted, event.Partial: &x.Partial,
					event.Refused: &x.Refused}[f.Outcome]++
			}
			add("all", 0, 0, f.Filing, result)
			add(f.Form, f.Year, f.Quarter, f.Filing, func(x *reporting.Figures) {
				result(x)
				x.Received++
			})
		case *event.LiabilityAssessed:
			k := monthOf{e.Stream, int(f.Month)}
			add("all", f.Month.Year(), f.Month.Quarter(), uuid.Nil, func(x *reporting.Figures) {
				x.Assessed += f.Total() - assessed[k]
			})
			assessed[k] = f.Total()
		case *event.PaymentReceived:
			month := f.ValueDate.Month()
			add("all", month.Year(), month.Quarter(), uuid.Nil,
				func(x *reporting.Figures) { x.Payments += f.Amount })
		case *event.PaymentReturned:
			add("all", f.On.Year(), f.On.Month().Quarter(), uuid.Nil,
				func(x *reporting.Figures) { x.Payments -= f.Amount })
		}
	}
	return totals
}

func countIn(x *reporting.Figures, y event.Tally) {
	x.DocumentsAccepted += int64(y.Accepted)
	x.DocumentsRejected += int64(y.Rejected)
	x.DocumentsParked += int64(y.Parked)
	x.Persons += int64(y.Persons)
	x.Earnings += y.Earnings
	x.Benefits += y.Benefits
	x.Contributions += y.Contributions
}

// The maintained totals equal those added up from the ledger, the offices' add up to
// their regions' and the regions' to the country's, and filings are consistent.
func TestTotalsEqualTheLedger(t *testing.T) {
	t.Parallel()
	pool := projectiontest.Open(t, pgtest.DB(t))
	rapid.Check(t, func(rt *rapid.T) {
		_, err := pool.Exec(context.Background(), `drop schema if exists reporting_v2 cascade;
			drop schema if exists projection cascade`)
		require.NoError(rt, err)
		h := projectiontest.New(t)
		projectiontest.NewRandom(h).Append(rt, rapid.IntRange(1, 80).Draw(rt, "facts"))
		projectiontest.CatchUp(t, pool, h, reporting.New())
		page, err := reporting.NewQueries(pool).Totals(t.Context(), reporting.Filter{}, "",
			projections.LimitMax)
		require.NoError(rt, err)
		require.Empty(rt, page.Next)
		want := aggregate(t, h.Log)
		got := map[string]map[row]reporting.Figures{}
		for _, x := range page.Items {
			k := row{x.Form, x.Year, x.Quarter}
			if got[x.Scope] == nil {
				got[x.Scope] = map[row]reporting.Figures{}
			}
			got[x.Scope][k] = plus(got[x.Scope][k], x.Figures)
			require.Equal(rt, x.Processed, x.Accepted+x.Partial+x.Refused)
			require.GreaterOrEqual(rt, x.InProgress(), int64(0))
			if x.Form != reporting.AnyForm {
				require.Zero(rt, x.InProgress())
			}
		}
		if len(want) == 0 {
			require.Empty(rt, got)
			return
		}
		for _, scope := range []string{reporting.Country, reporting.Region, reporting.Office} {
			require.Equal(rt, want, got[scope], scope)
		}
	})
}

func plus(a, b reporting.Figures) reporting.Figures {
	return reporting.Figures{
		Received: a.Received + b.Received, Processed: a.Processed + b.Processed,
		Accepted: a.Accepted + b.Accepted, Partial: a.Partial + b.Partial,
		Refused:           a.Refused + b.Refused,
		DocumentsAccepted: a.DocumentsAccepted + b.DocumentsAccepted,
		DocumentsRejected: a.DocumentsRejected + b.DocumentsRejected,
		DocumentsParked:   a.DocumentsParked + b.DocumentsParked,
		Persons:           a.Persons + b.Persons, Earnings: a.Earnings + b.Earnings,
		Benefits: a.Benefits + b.Benefits, Contributions: a.Contributions + b.Contributions,
		Assessed: a.Assessed + b.Assessed, Payments: a.Payments + b.Payments,
	}
}
