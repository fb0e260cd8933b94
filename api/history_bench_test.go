package api_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"

	"github.com/stazh/stazh/api"
	"github.com/stazh/stazh/api/node"
	"github.com/stazh/stazh/fixtures/pgtest"
	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/ledger/event"
	"github.com/stazh/stazh/ledger/money"
	"github.com/stazh/stazh/ledger/period"
	"github.com/stazh/stazh/ledger/pglog"
)

// A career is a ledger of persons who have eight jobs each, with a report for each job and
// quarter: some three hundred events a person, which stand a quarter of a year apart.
const (
	careerFirms    = 20
	careerPersons  = 40 // of each firm
	careerJobs     = 8
	careerQuarters = 38
	careerParts    = 8 // partitions
)

// career fills a ledger. The persons of a firm have their further jobs in the next ones.
func career(b *testing.B, n *node.Node) (persons []ledger.PersonID) {
	b.Helper()
	ids := func(firm, i int) ledger.PersonID {
		return ledger.DeterministicID("bench", "person", firm, i)
	}
	for firm := range careerFirms {
		var batch []ledger.StreamAppend
		for i := range careerPersons {
			id := ids(firm, i)
			persons = append(persons, id)
			events := []ledger.NewEvent{careerEvent(firm, 0, &event.PersonRegistered{
				Payer: careerPayer(firm)})}
			for job := range careerJobs {
				events = append(events, careerEvent(firm, 0, &event.EmploymentStarted{
					Employment: ledger.DeterministicID(id, job), Contract: "01", Form: "ПУ-2",
					Payer: careerPayer((firm + job) % careerFirms)}))
			}
			batch = append(batch, ledger.StreamAppend{Stream: ledger.PersonStream(id),
				Expected: ledger.NoStream, Events: events})
		}
		_, err := n.Log.Append(b.Context(), batch...)
		require.NoError(b, err)
	}
	next := make(map[ledger.PersonID]ledger.Revision, len(persons))
	for quarter := range careerQuarters {
		for firm := range careerFirms {
			var batch []ledger.StreamAppend
			for job := range careerJobs {
				for i := range careerPersons {
					id := ids((firm-job+careerFirms)%careerFirms, i)
					batch = append(batch, ledger.StreamAppend{Stream: ledger.PersonStream(id),
						Expected: careerJobs + next[id],
						Events:   []ledger.NewEvent{careerReport(id, firm, job, quarter, i)}})
					next[id]++
				}
			}
			_, err := n.Log.Append(b.Context(), batch...)
			require.NoError(b, err)
		}
	}
	return persons
}

func careerPayer(firm int) string { return fmt.Sprintf("19%07d", firm) }

func careerEvent(firm, filing int, fact event.Payload) ledger.NewEvent {
	id := ledger.DeterministicID("bench", "filing", firm, filing)
	return event.New(uuid.New(), ledger.Meta{Correlation: id, Source: ledger.HashRecord(id[:]),
		Actor:    ledger.Actor{Subject: "payer " + careerPayer(firm), Role: "payer"},
		RulePack: "2026-01-01"}, fact)
}

func careerReport(id ledger.PersonID, firm, job, quarter, serial int) ledger.NewEvent {
	filing := ledger.DeterministicID("bench", "filing", firm, quarter+1)
	first := period.MustMonth("2017-01").Add(3 * quarter)
	fact := &event.IndividualDataReported{Slot: event.Slot{Payer: careerPayer(firm),
		Employment: ledger.DeterministicID(id, job), Category: "01", Year: first.Year(),
		Quarters: fmt.Sprint(quarter%4 + 1)}, Version: 1, Receipt: filing.String()[:19],
		DocNo: serial + 1, Service: []event.ServicePeriod{{From: first.First(),
			To: first.Add(2).Last()}}}
	for m := range 3 {
		earned := money.Amount(80_000 + serial*700 + quarter*10 + m)
		fact.Months = append(fact.Months, event.MonthFact{Month: first.Add(m), Earnings: earned,
			Contributions: earned / 100, Paid: earned / 100, Tariff: "1"})
	}
	e := careerEvent(firm, quarter+1, fact)
	e.Meta.EffectiveFrom, e.Meta.EffectiveTo = first, first.Add(2)
	return e
}

// BenchmarkHistory answers requests for certified histories of persons with some three
// hundred events, from rows and from segments, and tells the processor time of this process
// for each: that of Postgres is not in it, nor that of a client.
func BenchmarkHistory(b *testing.B) {
	const events = 1 + careerJobs + careerJobs*careerQuarters
	n, err := node.Open(b.Context(), node.Config{Dir: b.TempDir(), DatabaseURL: pgtest.DB(b),
		Clock: time.Now, Demo: true, Logger: slog.New(slog.DiscardHandler),
		PartitionRows: careerFirms * careerPersons * events / careerParts})
	require.NoError(b, err)
	b.Cleanup(func() { require.NoError(b, n.Close(context.WithoutCancel(b.Context()))) })
	persons := career(b, n)
	head, err := n.Log.Head(b.Context())
	require.NoError(b, err)
	_, err = n.Pool.Exec(b.Context(), `VACUUM ANALYZE ledger.event, ledger.context, ledger.stream`)
	require.NoError(b, err)
	handler := api.New(serviceOf(n, b.TempDir()), api.Options{Clock: time.Now,
		Logger: slog.New(slog.DiscardHandler)})
	read := func(b *testing.B, get func(path string) int) {
		here, there := processorTime(b), databaseTime(b, n.Pool)
		took := make([]time.Duration, 0, 4096)
		for i := 0; b.Loop(); i++ {
			path := fmt.Sprintf("/v1/persons/%s/history?as_of_position=%d",
				persons[i*37%len(persons)], head)
			start := time.Now()
			require.Equal(b, http.StatusOK, get(path))
			took = append(took, time.Since(start))
		}
		per := func(d time.Duration) float64 {
			return float64(d.Nanoseconds()) / 1e3 / float64(b.N)
		}
		slices.Sort(took)
		b.ReportMetric(per(processorTime(b)-here), "cpu-us/op")
		b.ReportMetric(per(databaseTime(b, n.Pool)-there), "db-us/op")
		b.ReportMetric(float64(took[len(took)/2].Nanoseconds())/1e3, "p50-us")
		b.ReportMetric(float64(took[len(took)*99/100].Nanoseconds())/1e3, "p99-us")
		b.ReportAllocs()
	}
	direct := func(path string) int {
		w := httptest.NewRecorder()
		w.Body = nil
		handler.ServeHTTP(w, named(http.MethodGet, path, nil))
		return w.Code
	}
	served := httptest.NewServer(handler)
	b.Cleanup(served.Close)
	over := func(path string) int {
		r := named(http.MethodGet, served.URL+path, nil)
		r.RequestURI, r.Host = "", ""
		answer, err := served.Client().Do(r)
		require.NoError(b, err)
		_, err = io.Copy(io.Discard, answer.Body)
		require.NoError(b, errors.Join(err, answer.Body.Close()))
		return answer.StatusCode
	}
	measure := func(name string) {
		b.Run(name, func(b *testing.B) { read(b, direct) })
		b.Run(name+"/http", func(b *testing.B) { read(b, over) })
	}
	measure("rows")
	sealed, err := n.Log.(*pglog.Log).SealPartitions(b.Context(), pglog.SealOptions{All: true})
	require.NoError(b, err)
	require.GreaterOrEqual(b, sealed, careerParts)
	measure("sealed")
}

// named is a request of somebody who may read everything.
func named(method, path string, body io.Reader) *http.Request {
	r := httptest.NewRequest(method, path, body)
	r.Host = "127.0.0.1"
	r.Header.Set("Stazh-Subject", "bench")
	r.Header.Set("Stazh-Role", "officer")
	return r
}

// processorTime is what this process has used.
func processorTime(b *testing.B) time.Duration {
	b.Helper()
	var u syscall.Rusage
	require.NoError(b, syscall.Getrusage(syscall.RUSAGE_SELF, &u))
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// databaseTime is what the sessions of the pool have used on the server's side.
func databaseTime(b *testing.B, pool *pgxpool.Pool) (sum time.Duration) {
	b.Helper()
	rows, err := pool.Query(b.Context(),
		`SELECT pid FROM pg_stat_activity WHERE datname = current_database()`)
	require.NoError(b, err)
	sessions, err := pgx.CollectRows(rows, pgx.RowTo[int])
	require.NoError(b, err)
	for _, pid := range sessions {
		text, err := os.ReadFile(fmt.Sprintf("/proc/%d/schedstat", pid))
		if err != nil {
			continue // it has ended
		}
		used, err := strconv.ParseInt(strings.Fields(string(text))[0], 10, 64)
		require.NoError(b, err)
		sum += time.Duration(used)
	}
	return sum
}
