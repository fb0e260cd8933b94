package main

import (
	"bytes"
	"context"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"

	"github.com/stazh/stazh/api"
	"github.com/stazh/stazh/api/node"
	"github.com/stazh/stazh/commands"
	"github.com/stazh/stazh/fixtures/country"
	"github.com/stazh/stazh/fixtures/pgtest"
	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/ledger/pglog/floor"
	"github.com/stazh/stazh/projections/reporting"
)

// countryClients is how many payers file at the same time.
const countryClients = 32

// BenchmarkCountry files what `stazh simulate` writes over HTTP, directory by directory,
// into a server whose projections all follow, and waits until every read model shows all
// of it. For each directory it tells the records a second, the processor time a record of
// this process (server and client) and of Postgres, and for the reports the ratio to
// the floor: a COPY of the rows that came of them and one upsert of all accounts. A run in
// which a document is not accepted, or totals are wrong, gives no figures.
// STAZH_BENCH_PERSONS sets the size.
func BenchmarkCountry(b *testing.B) {
	persons := 20_000
	if n, err := strconv.Atoi(os.Getenv("STAZH_BENCH_PERSONS")); err == nil {
		persons = n
	}
	dated, err := demoLaw()
	require.NoError(b, err)
	today := simulatedDay(commands.FundDate(time.Now()))
	made, err := planCountry(dated, today, country.DemoSeed, persons, 1)
	require.NoError(b, err)
	dir := b.TempDir()
	summary, err := made.WriteFolder(b.Context(), dir, runtime.GOMAXPROCS(0), func(int64) {})
	require.NoError(b, err)
	for b.Loop() {
		f := newFiler(b, made)
		f.phase("1-registrations", dir, summary.Accounts)
		f.phase("2-employments", dir, summary.Moves)
		reports, err := filepath.Glob(filepath.Join(dir, "3-reports-*"))
		require.NoError(b, err)
		from := f.head()
		took := f.phase(filepath.Base(reports[0]), dir, summary.Reports)
		f.check(summary)
		b.ReportMetric(f.floor(from).Seconds()/took.Seconds(), "ratio")
	}
}

// filer files over HTTP.
type filer struct {
	*testing.B
	node  *node.Node
	base  string
	files int64 // filed until now
}

// newFiler starts a server that follows and registers the country's payers.
func newFiler(b *testing.B, made *country.Country) *filer {
	b.Helper()
	logger := slog.New(slog.NewTextHandler(os.Stderr,
		&slog.HandlerOptions{Level: slog.LevelWarn}))
	n, err := node.Open(b.Context(), node.Config{Dir: b.TempDir(), DatabaseURL: pgtest.DB(b),
		Clock: time.Now, Demo: true, Logger: logger})
	require.NoError(b, err)
	n.Follow(b.Context())
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(b, err)
	serving, stop := context.WithCancel(context.Background())
	served := make(chan error, 1)
	handler := api.New(newService(n), api.Options{Logger: slog.New(slog.DiscardHandler),
		Clock: time.Now, Version: "bench"})
	go func() { served <- api.Serve(serving, listener, handler, logger) }()
	b.Cleanup(func() {
		stop()
		require.NoError(b, <-served)
		require.NoError(b, n.Close(context.Background()))
	})
	actor := ledger.Actor{Subject: "bench", Role: "officer"}
	payers := make(chan country.Payer)
	var clerks sync.WaitGroup
	for range countryClients {
		clerks.Go(func() {
			for p := range payers {
				_, err := n.Bus.RegisterPayer(b.Context(), commands.RegisterPayer{Actor: actor,
					UNP: p.UNP, FundNo: p.FundNo, Name: p.Name, Kind: p.Kind, Since: p.Since})
				if err != nil {
					b.Error(err)
				}
			}
		})
	}
	for p := range made.Payers() {
		payers <- p
	}
	close(payers)
	clerks.Wait()
	return &filer{B: b, node: n, base: "http://" + listener.Addr().String()}
}

func (f *filer) head() ledger.Position {
	head, err := f.node.Log.Head(f.Context())
	require.NoError(f, err)
	return head
}

// phase files a directory and tells what a record of it costs.
func (f *filer) phase(kind, dir string, records int64) time.Duration {
	var paths []string
	list := func(path string, e fs.DirEntry, err error) error {
		if err == nil && !e.IsDir() {
			paths = append(paths, path)
		}
		return err
	}
	err := filepath.WalkDir(filepath.Join(dir, kind), list)
	require.NoError(f, err)
	began, own, server := time.Now(), ownTime(f), serverTime(f, f.node.Pool)
	following := f.followersTime()
	var next atomic.Int64
	var clients sync.WaitGroup
	for range countryClients {
		clients.Go(func() {
			for i := int(next.Add(1)) - 1; i < len(paths); i = int(next.Add(1)) - 1 {
				if err := f.post(paths[i]); err != nil {
					f.Error(err)
				}
			}
		})
	}
	clients.Wait()
	received := time.Since(began)
	f.files += int64(len(paths))
	f.settle()
	took := time.Since(began)
	per := func(d time.Duration) float64 { return float64(d.Microseconds()) / float64(records) }
	f.Logf("%s: %d records in %d files, %d received/s, %d records/s until readable; "+
		"CPU a record: %.1f us here, %.1f us in Postgres, %.1f of them for projections", kind, records, len(paths),
		int(float64(len(paths))/received.Seconds()), int(float64(records)/took.Seconds()),
		per(ownTime(f)-own), per(serverTime(f, f.node.Pool)-server),
		per(f.followersTime()-following))
	return took
}

// post files one file, again while the server is full.
func (f *filer) post(path string) error {
	content, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	for {
		request, err := http.NewRequestWithContext(f.Context(), http.MethodPost,
			f.base+"/v1/filings", bytes.NewReader(content))
		if err != nil {
			return err
		}
		for name, value := range map[string]string{"Idempotency-Key": filepath.Base(path),
			"Content-Type": "application/octet-stream", "Stazh-Role": "payer",
			"Stazh-Subject": "bench"} {
			request.Header.Set(name, value)
		}
		answer, err := http.DefaultClient.Do(request)
		if err != nil {
			return err
		}
		answer.Body.Close() //nolint:errcheck // the status says all
		switch answer.StatusCode {
		case http.StatusCreated, http.StatusOK, http.StatusAccepted:
			return nil
		case http.StatusServiceUnavailable, http.StatusTooManyRequests:
			time.Sleep(50 * time.Millisecond)
		default:
			return fmt.Errorf("%s: %s", filepath.Base(path), answer.Status)
		}
	}
}

// settle waits until every filing has its result, in all read models.
func (f *filer) settle() {
	ctx := f.Context()
	for {
		total := f.total(reporting.AnyForm)
		if total.Processed == f.files {
			break
		}
		time.Sleep(20 * time.Millisecond)
	}
	for _, name := range f.node.Runner.Names() {
		require.NoError(f, f.node.Runner.WaitFor(ctx, name, f.head()))
	}
}

// total adds up the country's rows of a form, over all quarters.
func (f *filer) total(form string) (sum reporting.Figures) {
	page, err := f.node.Models.Reporting.Totals(f.Context(), reporting.Filter{
		Scope: reporting.Country, Form: &form}, "", 1000)
	require.NoError(f, err)
	for _, t := range page.Items {
		sum.Processed += t.Processed
		sum.DocumentsAccepted += t.DocumentsAccepted
		sum.DocumentsRejected += t.DocumentsRejected
		sum.DocumentsParked += t.DocumentsParked
	}
	return sum
}

// check insists that every document was accepted.
func (f *filer) check(s country.Summary) {
	for form, want := range map[string]int64{"ПУ-1": s.Accounts, "ПУ-3": s.Reports} {
		total := f.total(form)
		require.Equal(f, want, total.DocumentsAccepted, form)
		require.Zero(f, total.DocumentsRejected+total.DocumentsParked, form)
	}
}

// floor is the time of a bare COPY of the ledger's rows after a position, in portions of
// 10,000, and of one upsert of all accounts over as many rows that are there.
func (f *filer) floor(from ledger.Position) (took time.Duration) {
	ctx, pool := f.Context(), f.node.Pool
	require.NoError(f, floor.Prepare(ctx, pool))
	for {
		rows, err := floor.Rows(ctx, pool, int64(from), 10_000)
		require.NoError(f, err)
		if len(rows) == 0 {
			break
		}
		encoded := floor.Encode(rows)
		began := time.Now()
		require.NoError(f, floor.Copy(ctx, pool, encoded))
		took += time.Since(began)
		from += ledger.Position(len(rows))
	}
	_, err := pool.Exec(ctx, `create table floor.person (like account_v4.person including all);
		insert into floor.person select * from account_v4.person`)
	require.NoError(f, err)
	began := time.Now()
	_, err = pool.Exec(ctx, `insert into floor.person select * from account_v4.person
		on conflict (person) do update set position = excluded.position,
			state = excluded.state`)
	require.NoError(f, err)
	return took + time.Since(began)
}

// followersTime is what those processes of the database server have used which write the
// read models: they hold their projections' locks for as long as they live.
func (f *filer) followersTime() (total time.Duration) {
	rows, err := f.node.Pool.Query(f.Context(), `select distinct l.pid from pg_locks l
		join pg_stat_activity a using (pid)
		where locktype = 'advisory' and granted and query <> ''
			and a.datname = current_database()`)
	require.NoError(f, err)
	pids, err := pgx.CollectRows(rows, pgx.RowTo[int])
	require.NoError(f, err)
	for _, pid := range pids {
		if s := statOf(pid); s != nil {
			total += tick * time.Duration(s[userField]+s[userField+1])
		}
	}
	return total
}

// tick is the unit of times in /proc.
const tick = 10 * time.Millisecond

// ownTime is what this process has used.
func ownTime(b testing.TB) time.Duration {
	var usage syscall.Rusage
	require.NoError(b, syscall.Getrusage(syscall.RUSAGE_SELF, &usage))
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}

// serverTime is what all processes of the database server have used; those that have ended
// are counted by the one that started them.
func serverTime(b testing.TB, pool *pgxpool.Pool) (total time.Duration) {
	var pid int
	row := pool.QueryRow(context.Background(), "select pg_backend_pid()")
	require.NoError(b, row.Scan(&pid))
	server := statOf(pid)[parentField]
	dirs, err := filepath.Glob("/proc/[0-9]*")
	require.NoError(b, err)
	for _, dir := range dirs {
		pid, err := strconv.Atoi(filepath.Base(dir))
		if err != nil {
			continue
		}
		switch s := statOf(pid); {
		case s == nil: // it has ended meanwhile
		case pid == server:
			total += tick * time.Duration(s[userField]+s[userField+1]+s[userField+2]+s[userField+3])
		case s[parentField] == server:
			total += tick * time.Duration(s[userField]+s[userField+1])
		}
	}
	return total
}

// Fields of /proc/PID/stat behind the name: times follow one another as user, system and
// those of ended children.
const (
	parentField = 1
	userField   = 11
)

func statOf(pid int) (numbers []int) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return nil
	}
	for _, field := range strings.Fields(string(text[bytes.LastIndexByte(text, ')')+1:])) {
		n, _ := strconv.Atoi(field) //nolint:errcheck // the state is a letter
		numbers = append(numbers, n)
	}
	return numbers
}
