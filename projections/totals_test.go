package projections_test

import (
	"context"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"

	"github.com/stazh/stazh/fixtures/pgtest"
	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/ledger/event"
	"github.com/stazh/stazh/ledger/money"
	"github.com/stazh/stazh/ledger/period"
	"github.com/stazh/stazh/projections"
	"github.com/stazh/stazh/projections/reporting"
)

// figures are the columns of a total that are added up.
const figures = `received, processed, accepted, partial, refused, documents_accepted,
	documents_rejected, documents_parked, persons, earnings, benefits, contributions, assessed,
	payments`

// grouped adds up decoded events, in the country, its regions and its offices.
const grouped = `select scope, code, form, year, quarter, ` + sums + ` from (
		select 'country' scope, 'BY' code, d.* from decoded d
		union all select 'region', left(office, 1), d.* from decoded d
		union all select 'office', office, d.* from decoded d) s
	group by scope, code, form, year, quarter`

const sums = `sum(received), sum(processed), sum(accepted), sum(partial), sum(refused),
	sum(documents_accepted), sum(documents_rejected), sum(documents_parked), sum(persons),
	sum(earnings), sum(benefits), sum(contributions), sum(assessed), sum(payments)`

// contribution is what one event adds to the totals of an office.
type contribution struct {
	office, form string
	month        period.Month // any of the quarter
	reporting.Figures
}

// decodeEvents writes what each event of the ledger adds into a plain table.
func decodeEvents(t testing.TB, pool *pgxpool.Pool, log ledger.Log) {
	t.Helper()
	ctx := context.Background()
	_, err := pool.Exec(ctx, `create table decoded as select ''::text office, ''::text form,
		0 as year, 0 as quarter, `+figures+` from reporting_v2.total where false`)
	require.NoError(t, err)
	rows := projections.NewRows()
	d := decoder{offices: map[ledger.StreamID]string{}, arrived: map[uuid.UUID]period.Month{},
		assessed: map[ledger.StreamID]map[period.Month]money.Amount{}}
	for e, err := range log.ReadAll(ctx, 0, 0) {
		require.NoError(t, err)
		payload, err := event.Decode(e)
		require.NoError(t, err)
		for _, c := range d.decode(e, payload) {
			rows.Table("decoded", 18)
			rows.Text(c.office)
			rows.Text(c.form)
			rows.Int32(int32(c.month.Year()))
			rows.Int32(int32(c.month.Quarter()))
			for _, n := range []int64{c.Received, c.Processed, c.Accepted, c.Partial, c.Refused,
				c.DocumentsAccepted, c.DocumentsRejected, c.DocumentsParked, c.Persons,
				int64(c.Earnings), int64(c.Benefits), int64(c.Contributions), int64(c.Assessed),
				int64(c.Payments)} {
				rows.Int64(n)
			}
		}
	}
	tx, err := pool.Begin(ctx)
	require.NoError(t, err)
	require.NoError(t, rows.Insert(ctx, tx))
	require.NoError(t, tx.Commit(ctx))
}

// decoder knows what earlier events said.
type decoder struct {
	offices  map[ledger.StreamID]string
	arrived  map[uuid.UUID]period.Month
	assessed map[ledger.StreamID]map[period.Month]money.Amount
}

func (d *decoder) decode(e ledger.Event, payload event.Payload) []contribution {
	office := d.offices[e.Stream]
	one := func(form string, m period.Month, f reporting.Figures) contribution {
		return contribution{office, form, m, f}
	}
	switch f := payload.(type) {
	case *event.PayerRegistered:
		d.offices[e.Stream] = f.Office
		d.assessed[e.Stream] = map[period.Month]money.Amount{}
	case *event.FilingReceived:
		m := period.MonthOf(e.RecordedAt.Add(3 * time.Hour))
		d.arrived[f.Filing] = m
		return []contribution{one(reporting.AnyForm, m, reporting.Figures{Received: 1})}
	case *event.DocumentsPosted:
		return d.tallies(office, f.Filing, f.Tallies)
	case *event.ParkedDocumentReleased:
		return d.tallies(office, f.Filing, f.Tallies)
	case *event.FilingProcessed:
		x := reporting.Figures{Processed: 1}
		*map[string]*int64{event.Accepted: &x.Accepted, event.Partial: &x.Partial,
			event.Refused: &x.Refused}[f.Outcome] = 1
		all := one(reporting.AnyForm, d.arrived[f.Filing], x)
		x.Received = 1
		return []contribution{all, one(f.Form, d.quarter(f.Filing, f.Year, f.Quarter), x)}
	case *event.LiabilityAssessed:
		before := d.assessed[e.Stream][f.Month]
		d.assessed[e.Stream][f.Month] = f.Total()
		return []contribution{one(reporting.AnyForm, f.Month,
			reporting.Figures{Assessed: f.Total() - before})}
	case *event.PaymentReceived:
		return []contribution{one(reporting.AnyForm, f.ValueDate.Month(),
			reporting.Figures{Payments: f.Amount})}
	case *event.PaymentReturned:
		return []contribution{one(reporting.AnyForm, f.On.Month(),
			reporting.Figures{Payments: -f.Amount})}
	}
	return nil
}

// quarter is that of a document, or of its arrival when it has none.
func (d *decoder) quarter(filing uuid.UUID, year, quarter int) period.Month {
	if m, ok := period.NewMonth(year, 3*quarter); ok && quarter > 0 {
		return m
	}
	return d.arrived[filing]
}

func (d *decoder) tallies(office string, filing uuid.UUID, list []event.Tally,
) (all []contribution) {
	for _, y := range list {
		all = append(all, contribution{office, y.Form, d.quarter(filing, y.Year, y.Quarter),
			reporting.Figures{DocumentsAccepted: int64(y.Accepted),
				DocumentsRejected: int64(y.Rejected), DocumentsParked: int64(y.Parked),
				Persons: int64(y.Persons), Earnings: y.Earnings, Benefits: y.Benefits,
				Contributions: y.Contributions}})
	}
	return all
}

// The totals of a country whose reports went through the intake are, row by row and to the
// kopeck, those that a GROUP BY over all decoded events gives.
func TestTotalsEqualAGroupingOfTheLedger(t *testing.T) {
	t.Parallel()
	f := fileCountry(t, 300)
	pool := open(t, pgtest.DB(t))
	require.NoError(t, runner(t, pool, f.log, 700, reporting.New()).CatchUp(t.Context()))
	decodeEvents(t, pool, f.log)
	var rows, offices, differences int
	err := pool.QueryRow(t.Context(), `with maintained as (
			select scope, code, form, year, quarter, `+figures+` from reporting_v2.total),
		counted as (`+grouped+`)
		select (select count(*) from counted),
			(select count(distinct code) from counted where scope = 'office'),
			(select count(*) from ((table maintained except table counted)
				union all (table counted except table maintained)) d)`).
		Scan(&rows, &offices, &differences)
	require.NoError(t, err)
	require.Greater(t, rows, 100)
	require.Greater(t, offices, 3)
	require.Zero(t, differences)
}

// BenchmarkTotals reads a dashboard of maintained totals beside the GROUP BY over decoded
// events that it saves.
func BenchmarkTotals(b *testing.B) {
	ctx := context.Background()
	f := fileCountry(b, 20_000)
	pool := open(b, pgtest.DB(b))
	require.NoError(b, runner(b, pool, f.log, 0, reporting.New()).CatchUp(ctx))
	decodeEvents(b, pool, f.log)
	_, err := pool.Exec(ctx, "vacuum analyze decoded; ")
	require.NoError(b, err)
	queries := reporting.NewQueries(pool)
	var reads []time.Duration
	for b.Loop() {
		for range 1000 {
			began := time.Now()
			_, err := queries.Totals(ctx, reporting.Filter{Scope: reporting.Region}, "", 0)
			require.NoError(b, err)
			reads = append(reads, time.Since(began))
		}
	}
	began := time.Now()
	_, err = pool.Exec(ctx, grouped)
	require.NoError(b, err)
	b.ReportMetric(milliseconds(quantile(reads, 0.50)), "totals-p50-ms")
	b.ReportMetric(milliseconds(quantile(reads, 0.99)), "totals-p99-ms")
	b.ReportMetric(milliseconds(time.Since(began)), "group-by-ms")
	b.ReportMetric(float64(f.head), "events")
}
