package commands_test

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"net"
	"os"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"

	"github.com/stazh/stazh/commands"
	"github.com/stazh/stazh/fixtures/law"
	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/ledger/account"
	"github.com/stazh/stazh/ledger/event"
	"github.com/stazh/stazh/ledger/period"
	"github.com/stazh/stazh/ledger/pglog"
	"github.com/stazh/stazh/ledger/pglog/floor"
	"github.com/stazh/stazh/ledger/pgrun"
	"github.com/stazh/stazh/ledger/pgvault"
	"github.com/stazh/stazh/ledger/seal"
)

// station is an intake on a durable Postgres of its own, with a clerk, as a server has.
type station struct {
	tb     testing.TB
	pool   *pgxpool.Pool
	server *pgrun.Server
	trips  atomic.Int64 // round trips to the database
	ahead  atomic.Int64 // of the machine's clock, as a time.Duration
	keys   *seal.Keyring
	dir    string

	log     *pglog.Log
	bus     *commands.Bus
	results *results
	close   func()
}

func newStation(b *testing.B) *station {
	b.Helper()
	// Not b.TempDir, whose parents only their owner can enter: root's Postgres runs as
	// another user.
	dir, err := os.MkdirTemp("", "stazh-intake-*")
	require.NoError(b, err)
	b.Cleanup(func() { require.NoError(b, os.RemoveAll(dir)) })
	require.NoError(b, os.Chmod(dir, 0o755))
	s := &station{tb: b, dir: dir}
	s.setDay(period.MustDate("2018-01-05"))
	s.server, err = pgrun.Start(b.Context(), pgrun.Config{Dir: dir})
	require.NoError(b, err)
	b.Cleanup(func() { require.NoError(b, s.server.Stop(context.Background())) })
	config, err := pgxpool.ParseConfig(s.server.URL())
	require.NoError(b, err)
	config.MaxConns = 40
	dial := config.ConnConfig.DialFunc
	config.ConnConfig.DialFunc = func(ctx context.Context, network, address string,
	) (net.Conn, error) {
		c, err := dial(ctx, network, address)
		return &countedConn{Conn: c, trips: &s.trips}, err
	}
	s.pool, err = pgxpool.NewWithConfig(b.Context(), config)
	require.NoError(b, err)
	b.Cleanup(s.pool.Close)
	require.NoError(b, pglog.Migrate(b.Context(), s.pool))
	require.NoError(b, pgvault.Migrate(b.Context(), s.pool))
	require.NoError(b, floor.Prepare(b.Context(), s.pool))
	s.keys, err = seal.NewKeyring(bytes.Repeat([]byte{7}, seal.KeySize), pgvault.NewVault(s.pool))
	require.NoError(b, err)
	s.open()
	b.Cleanup(func() { s.close() })
	s.publish()
	return s
}

// open starts log, bus and clerk anew: nothing is remembered.
func (s *station) open() {
	s.tb.Helper()
	if s.close != nil {
		s.close()
	}
	var err error
	s.log, err = pglog.Open(context.Background(), s.pool, pglog.Options{Clock: s.clock})
	require.NoError(s.tb, err)
	s.results = &results{Log: s.log}
	s.bus = &commands.Bus{Log: s.results, Keys: s.keys, Law: commands.NewLawbook(s.log, s.clock),
		Archive: archiveOf{pgvault.NewArchive(s.pool, s.keys, s.dir)}, Clock: s.clock,
		Logger: slog.New(slog.NewTextHandler(s.tb.Output(), nil))}
	head, err := s.log.Head(context.Background())
	require.NoError(s.tb, err)
	clerk := &commands.Clerk{Bus: s.bus, List: &nothingLeft{at: head}}
	ctx, cancel := context.WithCancel(context.Background())
	var group sync.WaitGroup
	group.Go(func() { _ = clerk.Run(ctx) })
	s.close = func() {
		cancel()
		group.Wait()
		s.log.Close()
	}
}

// clock tells a time in which reports are filed by their deadline.
func (s *station) clock() time.Time { return time.Now().Add(time.Duration(s.ahead.Load())) }

// setDay moves the clock to the beginning of a day.
func (s *station) setDay(day period.Date) { s.ahead.Store(int64(time.Until(day.Time()))) }

func (s *station) publish() {
	s.tb.Helper()
	parameters, err := law.Parameters()
	require.NoError(s.tb, err)
	invented, err := law.DemoParameters()
	require.NoError(s.tb, err)
	k := &kit{t: s.tb, bus: s.bus}
	c := k.law()
	c.Parameters = nil
	for _, p := range append(parameters, invented...) {
		c.Parameters = append(c.Parameters, account.PublishedOf(p))
	}
	_, err = s.bus.PublishLaw(s.tb.Context(), c)
	require.NoError(s.tb, err)
}

// found registers firms with their staff.
func (s *station) found(first, count, persons int) []firm {
	s.tb.Helper()
	firms := make([]firm, count)
	var files []filed
	for i := range firms {
		f := newFirm(s.tb, first+i, persons)
		_, err := s.bus.RegisterPayer(s.tb.Context(), commands.RegisterPayer{Actor: clerk,
			UNP: f.unp, FundNo: f.fundNo, Name: "ООО ВАСИЛЁК", Kind: "employer",
			Since: period.MustDate("2015-01-01")})
		require.NoError(s.tb, err)
		registrations := f.arrivals(s.tb)
		files = append(files, filed{f, registrations[0], persons})
		firms[i] = f
	}
	s.intake(files, 64)
	for i, f := range firms {
		files[i] = filed{f, f.arrivals(s.tb)[1], 1}
	}
	s.intake(files, 64)
	return firms
}

// filed is a file of so many documents.
type filed struct {
	by        firm
	content   []byte
	documents int
}

// intake files everything by so many callers at once, each of whom has the next file ready
// when the last one's arrival is recorded, and returns when the clerk has finished all.
func (s *station) intake(files []filed, callers int) {
	s.tb.Helper()
	next := make(chan filed)
	before := s.results.count.Load()
	var group sync.WaitGroup
	for range callers {
		group.Go(func() {
			for f := range next {
				_, err := s.bus.ReceiveFiling(context.Background(), commands.ReceiveFiling{
					Actor: clerk, Payer: f.by.unp, Content: bytes.NewReader(f.content),
					Channel: "api"})
				if err != nil {
					s.tb.Error(err)
				}
			}
		})
	}
	accepted := s.results.accepted.Load()
	for _, f := range files {
		next <- f
		accepted += int64(f.documents)
	}
	close(next)
	group.Wait()
	for s.results.count.Load() < before+int64(len(files)) {
		time.Sleep(time.Millisecond)
		if s.tb.Failed() {
			s.tb.FailNow()
		}
	}
	require.Equal(s.tb, accepted, s.results.accepted.Load(), "documents were not accepted")
}

// results counts what the clerk has finished, on its way into the log.
type results struct {
	ledger.Log
	count, accepted atomic.Int64
}

func (r *results) Append(ctx context.Context, batch ...ledger.StreamAppend,
) (ledger.Result, error) {
	result, err := r.Log.Append(ctx, batch...)
	if err != nil {
		return result, err
	}
	own := batch[len(batch)-1].Events
	e := own[len(own)-1]
	if e.Type != (*event.FilingProcessed)(nil).EventType() {
		return result, nil
	}
	payload, err := event.Decode(ledger.Event{NewEvent: e})
	if err == nil {
		r.accepted.Add(int64(payload.(*event.FilingProcessed).Accepted))
		r.count.Add(1)
	}
	return result, err
}

// nothingLeft is a work list of a clerk that hears of everything in time.
type nothingLeft struct {
	commands.WorkList
	at ledger.Position
}

func (l *nothingLeft) Bookmark(context.Context) (ledger.Position, error)      { return l.at, nil }
func (*nothingLeft) SetBookmark(context.Context, ledger.Position) error       { return nil }
func (*nothingLeft) Unfinished(context.Context, int) ([]commands.Work, error) { return nil, nil }

func (*nothingLeft) ParkedFor(context.Context, []ledger.PersonID, ledger.Position,
) ([]commands.Work, error) {
	return nil, nil
}

func (*nothingLeft) ParkedOf(context.Context, string, ledger.Position) ([]commands.Work, error) {
	return nil, nil
}

func (*nothingLeft) ParkedUntil(context.Context, period.Date) ([]commands.Work, error) {
	return nil, nil
}

func (*nothingLeft) Awaiting(context.Context, string, period.Month, period.Month,
	ledger.Position) ([]string, error) {
	return nil, nil
}

type archiveOf struct{ *pgvault.Archive }

func (a archiveOf) Open(ctx context.Context, name ledger.Hash) (commands.Content, error) {
	return a.Archive.Open(ctx, name)
}

func (a archiveOf) Put(ctx context.Context, r io.Reader) (ledger.Hash, int64, error) {
	return a.Archive.Put(ctx, r)
}

// copyRows writes the ledger's rows after a position as bare COPYs, each portion with a
// commit of its own.
func (s *station) copyRows(after ledger.Position, portion int) cost {
	s.tb.Helper()
	rows, err := floor.Rows(s.tb.Context(), s.pool, int64(after), 1<<30)
	require.NoError(s.tb, err)
	var encoded [][]byte
	for part := range slices.Chunk(rows, portion) {
		encoded = append(encoded, floor.Encode(part))
	}
	c := s.measure(func() {
		for _, e := range encoded {
			require.NoError(s.tb, floor.Copy(s.tb.Context(), s.pool, e))
		}
	})
	require.NoError(s.tb, floor.Clear(s.tb.Context(), s.pool))
	return c
}

// load is what a benchmark of the intake files.
type load struct {
	firms, persons, callers int
	portion                 int  // rows of a commit of the floor
	cold                    bool // nothing is remembered at the begin of a round
}

// BenchmarkIntake files quarterly reports and sets what it costs beside bare COPYs of the
// rows that came of it.
func BenchmarkIntake(b *testing.B) {
	for name, l := range map[string]load{
		"large":      {firms: 16, persons: 1000, callers: 8, portion: 1000},
		"large-cold": {firms: 16, persons: 1000, callers: 8, portion: 1000, cold: true},
		"small":      {firms: 1024, persons: 13, callers: 64, portion: 17},
		"small-cold": {firms: 1024, persons: 13, callers: 64, portion: 17, cold: true},
		"huge":       {firms: 3, persons: 4000, callers: 1, portion: 1000},
	} {
		b.Run(name, func(b *testing.B) { benchmarkIntake(b, l) })
	}
}

func benchmarkIntake(b *testing.B, l load) {
	s := newStation(b)
	firms := s.found(1, l.firms, l.persons)
	var ours, portions, thousands cost
	quarter := 0
	for b.Loop() {
		var files []filed
		for _, f := range firms {
			files = append(files, filed{f, f.report(b, quarter), l.persons})
		}
		s.setDay(afterQuarter(b, quarter))
		if l.cold {
			s.open()
		}
		after, err := s.log.Head(b.Context())
		require.NoError(b, err)
		ours.add(s.measure(func() { s.intake(files, l.callers) }))
		portions.add(s.copyRows(after, l.portion))
		if l.portion != 1000 {
			thousands.add(s.copyRows(after, 1000))
		}
		quarter++
	}
	reports := float64(quarter * l.firms)
	records := reports * float64(l.persons)
	micros := func(d time.Duration) float64 { return float64(d.Microseconds()) / records }
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(records/ours.wall.Seconds(), "records/s")
	b.ReportMetric(portions.wall.Seconds()/ours.wall.Seconds(), "of-copy")
	if l.portion != 1000 {
		b.ReportMetric(thousands.wall.Seconds()/ours.wall.Seconds(), "of-copy-by-1000")
	}
	b.ReportMetric(micros(ours.client), "client-µs/record")
	b.ReportMetric(micros(ours.server), "server-µs/record")
	copying := portions.client + portions.server
	b.ReportMetric((ours.client+ours.server).Seconds()/copying.Seconds(), "x-copy-cpu")
	b.ReportMetric(float64(ours.allocs)/records, "allocs/record")
	b.ReportMetric(float64(ours.bytes)/records, "B/record")
	b.ReportMetric(float64(ours.commits)/reports, "commits/report")
	b.ReportMetric(float64(ours.trips)/reports, "trips/report")
}
