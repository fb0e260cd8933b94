package projections_test

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"runtime/debug"
	"strconv"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"

	"github.com/stazh/stazh/fixtures/pgtest"
	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/projections"
)

// BenchmarkLive follows the ledger of a country with each projection alone and with all of
// them, batch by batch as live: first its opening (registrations and hires), then a quarter
// of reports. "ratio" is the time of a bare upsert of the same accounts, key and state in
// batches of 5,000, by the projection's. STAZH_BENCH_PERSONS sets the size, STAZH_BENCH_BATCH
// the events of a batch: some hundreds come together while small reports are filed.
func BenchmarkLive(b *testing.B) {
	persons := 20_000
	if n, err := strconv.Atoi(os.Getenv("STAZH_BENCH_PERSONS")); err == nil {
		persons = n
	}
	f := fileCountry(b, persons)
	// The ledger in memory makes the collector work as that of no server has to.
	defer debug.SetGCPercent(debug.SetGCPercent(400))
	sets := map[string][]projections.Projection{"all": f.models()}
	order := []string{}
	for _, p := range f.models() {
		sets[p.Name()], order = []projections.Projection{p}, append(order, p.Name())
	}
	for _, name := range append(order, "all") {
		for _, phase := range []string{"opening", "quarter"} {
			b.Run(name+"/"+phase, func(b *testing.B) {
				for b.Loop() {
					b.StopTimer()
					liveOnce(b, f, sets[name], phase == "quarter")
					b.StartTimer()
				}
			})
		}
	}
}

// liveOnce measures one phase on fresh tables.
func liveOnce(b *testing.B, f *filed, list []projections.Projection, quarter bool) {
	ctx := context.Background()
	pool := open(b, pgtest.DB(b))
	batch := 0 // the usual size
	if n, err := strconv.Atoi(os.Getenv("STAZH_BENCH_BATCH")); err == nil {
		batch = n
	}
	to, events := f.opened, f.opened
	if quarter {
		require.NoError(b, runner(b, pool, f.until(f.opened), batch, list...).CatchUp(ctx))
		to, events = f.head, f.head-f.opened
	}
	r := runner(b, pool, f.until(to), batch, list...)
	began, client, server := time.Now(), cpuTime(b), serverTime(b, pool)
	require.NoError(b, r.CatchUp(ctx))
	took := time.Since(began)
	client, server = cpuTime(b)-client, serverTime(b, pool)-server
	per := func(d time.Duration) float64 { return float64(d.Nanoseconds()) / 1e3 / float64(events) }
	b.ReportMetric(float64(events)/took.Seconds(), "events/s")
	b.ReportMetric(per(client), "client-us/event")
	b.ReportMetric(per(server), "server-us/event")
	for _, p := range list {
		key := map[string]string{"account": "person", "balance": "unp"}[p.Name()]
		if key == "" || len(list) > 1 {
			continue
		}
		table := map[string]string{"account": "person", "balance": "payer"}[p.Name()]
		floor, n := upsertBare(b, pool, fmt.Sprintf("%s_v%d.%s", p.Name(), p.Version(), table),
			key, quarter)
		b.ReportMetric(floor.Seconds()/took.Seconds(), "ratio")
		b.ReportMetric(float64(n)/took.Seconds(), "accounts/s")
	}
}

// upsertBare is the floor: the finished rows' keys and states, in batches of 5,000, into
// an empty table or, again, over the rows that are there.
func upsertBare(b *testing.B, pool *pgxpool.Pool, table, key string, again bool,
) (took time.Duration, n int) {
	ctx := context.Background()
	rows, err := pool.Query(ctx, "select "+key+"::text, state from "+table+" order by position")
	require.NoError(b, err)
	type row struct {
		Key   string
		State []byte
	}
	list, err := pgx.CollectRows(rows, pgx.RowToStructByPos[row])
	require.NoError(b, err)
	kind := map[string]string{"person": "uuid", "unp": `text collate "C"`}[key]
	array := map[string]string{"person": "uuid[]", "unp": "text[]"}[key]
	_, err = pool.Exec(ctx, "create table bare (id "+kind+" primary key, state bytea)")
	require.NoError(b, err)
	for range map[bool]int{false: 1, true: 2}[again] {
		began := time.Now()
		for from := 0; from < len(list); from += 5000 {
			part := list[from:min(from+5000, len(list))]
			ids, keys, states := [][16]byte{}, []string{}, [][]byte{}
			for _, x := range part {
				if key == "person" {
					var id ledger.PersonID
					require.NoError(b, id.UnmarshalText([]byte(x.Key)))
					ids = append(ids, id)
				}
				keys, states = append(keys, x.Key), append(states, x.State)
			}
			var param any = keys
			if key == "person" {
				param = ids
			}
			_, err := pool.Exec(ctx, "insert into bare select * from unnest($1::"+array+`,
				$2::bytea[]) on conflict (id) do update set state = excluded.state`, param, states)
			require.NoError(b, err)
		}
		took = time.Since(began)
	}
	return took, len(list)
}

// serverTime is what all processes of the database server have used: those that have
// ended are counted by the one that started them.
func serverTime(b *testing.B, pool *pgxpool.Pool) time.Duration {
	var pid int
	require.NoError(b, pool.QueryRow(context.Background(), "select pg_backend_pid()").Scan(&pid))
	own, err := processOf(pid)
	require.NoError(b, err)
	server, err := processOf(own.parent)
	require.NoError(b, err)
	total := server.used + server.ended
	dirs, err := filepath.Glob("/proc/[0-9]*")
	require.NoError(b, err)
	for _, dir := range dirs {
		pid, err := strconv.Atoi(filepath.Base(dir))
		if err != nil {
			continue
		}
		// A process may end while the list is read.
		if p, err := processOf(pid); err == nil && p.parent == own.parent {
			total += p.used
		}
	}
	return total
}

// process is what the system says of one.
type process struct {
	parent      int
	used, ended time.Duration // by itself, by its children that have ended
}

// tick is the unit of times in /proc.
const tick = 10 * time.Millisecond

func processOf(pid int) (p process, err error) {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return p, err
	}
	// The name in brackets may hold anything; numbers follow it.
	fields := bytes.Fields(stat[bytes.LastIndexByte(stat, ')')+1:])
	number := func(i int) int {
		n, parseErr := strconv.Atoi(string(fields[i]))
		if parseErr != nil {
			err = parseErr
		}
		return n
	}
	p.parent = number(1)
	p.used = time.Duration(number(11)+number(12)) * tick
	p.ended = time.Duration(number(13)+number(14)) * tick
	return p, err
}
