package commands_test

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"os"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"

	"github.com/stazh/stazh/commands"
	"github.com/stazh/stazh/commands/intake/control"
	"github.com/stazh/stazh/commands/intake/document"
	"github.com/stazh/stazh/fixtures/pgtest"
	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/ledger/account"
	"github.com/stazh/stazh/ledger/event"
	"github.com/stazh/stazh/ledger/logtest"
	"github.com/stazh/stazh/ledger/memlog"
	"github.com/stazh/stazh/ledger/money"
	"github.com/stazh/stazh/ledger/pglog"
)

// cutDocuments is the size of the filing that is cut everywhere.
const cutDocuments = 200

// cutting is a filing to be cut, on copies of one ledger.
type cutting struct {
	*kit
	trunk   *memlog.Log           // the ledger before the filing
	before  []ledger.StreamAppend // all that stands in it
	content []byte
	want    map[ledger.StreamID]ledger.Hash // heads after the filing
	streams int                             // that the filing writes to
}

// newCutting prepares a report of ПУ-3 on registered workers with all outcomes: most are
// accepted, some wait for a person, some are refused, and a few persons stand in it twice.
// A few are corrected, cancelled and restored by later documents of the same file, and some
// reports of an earlier filing are.
func newCutting(t *testing.T) *cutting {
	t.Helper()
	c := &cutting{kit: newKit(t, nil)}
	const known = cutDocuments - 10
	workers := c.staff(known)
	var docs, earlier []document.Document
	for _, w := range workers[20:30] {
		earlier = append(earlier, quarter(w, "450.00"))
	}
	f := c.file(report(t, pack(document.PU3), earlier...))
	require.Equal(t, event.Accepted, f.Processed.Outcome, "%+v", c.findings(f))
	for i, w := range workers {
		pay := fmt.Sprintf("%d.00", 500+i)
		switch {
		case i >= 20 && i < 24:
			docs = append(docs, corrected(w, pay))
		case i >= 24 && i < 27:
			docs = append(docs, naming(w, document.Cancellation))
		case i >= 27 && i < 30:
			docs = append(docs, corrected(w, pay), restoring(w, 1))
		case i >= 30 && i < 33:
			docs = append(docs, quarter(w, pay), corrected(w, "1.00"),
				naming(w, document.Cancellation))
		case i >= 33 && i < 42:
			// These have nothing to report, so that the size of the file stays.
		default:
			docs = append(docs, quarter(w, pay))
		}
	}
	for i := range 10 {
		switch {
		case i < 4: // not registered: parked
			docs = append(docs, quarter(workerNo(t, 500+i), "700.00"))
		case i < 7: // sums that do not agree: refused
			wrong := quarter(workers[i], "100.00")
			wrong.Data.Declared.Earnings++
			docs = append(docs, wrong)
		default: // a second relationship of the same person
			second := quarter(workers[i], "300.00")
			second.Data.Category = "02"
			docs = append(docs, second)
		}
	}
	c.content = report(t, pack(document.PU3), docs...)
	c.keep()
	uncut := c.on(c.branch())
	r := uncut.receive(unp, c.content)
	require.NoError(t, uncut.bus.ProcessFiling(t.Context(), unp, r.Filing))
	f = uncut.filing(r)
	require.Equal(t, 4, f.Processed.Parked, "%+v", f.Processed)
	require.GreaterOrEqual(t, f.Processed.Rejected, 3, "%+v", f.Processed)
	require.GreaterOrEqual(t, f.Processed.Accepted, known, "%+v", f.Processed)
	c.want = uncut.heads()
	c.streams = known - 9 + 1
	return c
}

// keep makes what stands in the ledger now that from which all cuts begin.
func (c *cutting) keep() {
	c.t.Helper()
	c.trunk = c.log.(*memlog.Log).Branch(c.bus.Clock)
	for _, s := range streamsOf(c.t, c.log) {
		a := ledger.StreamAppend{Stream: s, Expected: ledger.NoStream}
		for e, err := range c.log.ReadStreams(c.t.Context(), s) {
			require.NoError(c.t, err)
			a.Events = append(a.Events, e.NewEvent)
		}
		c.before = append(c.before, a)
	}
}

// branch is a ledger in memory as it was before the filing.
func (c *cutting) branch() ledger.Log { return c.trunk.Branch(c.bus.Clock) }

func streamsOf(t testing.TB, log ledger.Log) []ledger.StreamID {
	t.Helper()
	var list []ledger.StreamID
	for e, err := range log.ReadAll(t.Context(), 0, 0) {
		require.NoError(t, err)
		if e.Revision == 0 {
			list = append(list, e.Stream)
		}
	}
	return list
}

// copy fills an empty log with what stands in the ledger before the filing.
func (c *cutting) copy(log ledger.Log) ledger.Log {
	c.t.Helper()
	_, err := log.Append(c.t.Context(), c.before...)
	require.NoError(c.t, err)
	return log
}

// on is a process that works on another log, with the same keys and archive.
func (k *kit) on(log ledger.Log) *kit {
	other := *k
	other.log = log
	other.bus = &commands.Bus{Log: log, Keys: k.bus.Keys, Archive: k.bus.Archive,
		Law: commands.NewLawbook(log, k.bus.Clock), Clock: k.bus.Clock, Logger: k.bus.Logger}
	return &other
}

// heads gives the head of each stream as it would be had all been recorded at one moment,
// and checks the chains as they are. Equal heads are equal events in equal places.
func (k *kit) heads() map[ledger.StreamID]ledger.Hash {
	k.t.Helper()
	heads := map[ledger.StreamID]ledger.Hash{}
	chains := map[ledger.StreamID]*ledger.Verifier{}
	for e, err := range k.log.ReadAll(k.t.Context(), 0, 0) {
		require.NoError(k.t, err)
		if chains[e.Stream] == nil {
			chains[e.Stream] = &ledger.Verifier{}
		}
		require.NoError(k.t, chains[e.Stream].Check(&e))
		heads[e.Stream] = ledger.Seal(e.Stream, e.Revision, 0, time.Unix(0, 0),
			heads[e.Stream], e.NewEvent).Head
	}
	return heads
}

// finish lets process after process try until one gets through, and compares.
func (c *cutting) finish(t *testing.T, process func() (*kit, context.Context)) {
	t.Helper()
	for try := 1; ; try++ {
		k, ctx := process()
		r, err := k.bus.ReceiveFiling(ctx, commands.ReceiveFiling{Actor: clerk, Payer: unp,
			Content: bytes.NewReader(c.content), Channel: "command"})
		if err == nil {
			err = k.bus.ProcessFiling(ctx, unp, r.Filing)
		}
		if err == nil {
			require.Empty(t, cmp.Diff(c.want, k.heads()))
			return
		}
		require.Less(t, try, 10, "%v", err)
	}
}

// cutStep is the distance of cuts that are spread.
const cutStep = 24

// cuts gives the places, of n, where a test cuts: all of them, or a spread with the ends
// where all would take too long; with STAZH_TEST_CUTS=all always all.
func cuts(n int, spread bool) (places []int) {
	step := 1
	if spread && os.Getenv("STAZH_TEST_CUTS") != "all" {
		step = cutStep
	}
	for at := 0; at < n-1; at += step {
		places = append(places, at)
	}
	return append(places, n-1)
}

// TestCutAtEveryStream ends the process at each stream of a filing, before it is recorded
// and after, where appends are recorded stream by stream. Under the race detector it does at
// some of them.
func TestCutAtEveryStream(t *testing.T) {
	t.Parallel()
	c := newCutting(t)
	for _, at := range cuts(c.streams+2, raced) {
		for _, lost := range []bool{false, true} {
			faulty := logtest.NewFaulty(c.branch())
			log := logtest.Streamwise{Log: faulty}
			if lost {
				faulty.LoseAnswer(at)
			} else {
				faulty.FailAppend(at, errKilled)
			}
			c.finish(t, func() (*kit, context.Context) { return c.on(log), t.Context() })
		}
	}
}

// TestCutInPostgres ends the process at each append of the filing in Postgres.
func TestCutInPostgres(t *testing.T) {
	t.Parallel()
	c := newCutting(t)
	for at := range 3 {
		for _, lost := range []bool{false, true} {
			pool, err := pgxpool.New(t.Context(), pgtest.DB(t))
			require.NoError(t, err)
			defer pool.Close()
			require.NoError(t, pglog.Migrate(t.Context(), pool))
			log, err := pglog.Open(t.Context(), pool, pglog.Options{Clock: c.bus.Clock,
				Logger: slog.New(slog.DiscardHandler)})
			require.NoError(t, err)
			defer log.Close()
			faulty := logtest.NewFaulty(c.copy(log))
			if lost {
				faulty.LoseAnswer(at)
			} else {
				faulty.FailAppend(at, errKilled)
			}
			c.finish(t, func() (*kit, context.Context) { return c.on(faulty), t.Context() })
		}
	}
}

// TestCutFilingIsFinishedAsItBegan: between the cut and the finish another payer reports the
// same persons, and a number of the law is published. What was recorded before the cut
// stands as it was decided, and is counted once.
func TestCutFilingIsFinishedAsItBegan(t *testing.T) {
	t.Parallel()
	c := newCutting(t)
	const otherUNP = "MA1953684"
	for _, at := range []int{1, 2, 100, c.streams} {
		faulty := logtest.NewFaulty(c.branch())
		k := c.on(logtest.Streamwise{Log: faulty})
		r := k.receive(unp, c.content)
		faulty.FailAppend(at-1, errKilled)
		require.ErrorIs(t, k.bus.ProcessFiling(t.Context(), unp, r.Filing), errKilled)

		other := c.on(k.log) // with a memory that has seen the half of it
		other.register(otherUNP, "602000018", "employer")
		p := pack(document.PU2)
		p.UNP, p.FundNo = otherUNP, "602000018"
		var hires []document.Document
		for i := range 5 {
			d := hire(workerNo(t, i), "2018-02-01")
			d.FundNo = "602000018"
			hires = append(hires, d)
		}
		content := bytes.ReplaceAll(report(t, p, hires...), []byte(fundNo), []byte("602000018"))
		f := other.fileBy(otherUNP, content)
		require.Equal(t, event.Accepted, f.Processed.Outcome, "%+v", other.findings(f))

		require.NoError(t, other.bus.ProcessFiling(t.Context(), unp, r.Filing))
		got, want := other.filing(r), c.uncut()
		require.Empty(t, cmp.Diff(*want.Processed, *got.Processed))
		require.Empty(t, cmp.Diff(want.Tallies, got.Tallies))
		seen := map[string]bool{}
		for _, events := range other.digest() {
			for _, e := range events {
				id := e[2:38]
				require.False(t, seen[id], "an event stands twice")
				seen[id] = true
			}
		}
		require.Empty(t, cmp.Diff(liabilities(c.kit, want), liabilities(other, got)))
	}
}

// uncut is the result of the filing without any interruption.
func (c *cutting) uncut() account.Filing {
	c.t.Helper()
	k := c.on(c.branch())
	r := k.receive(unp, c.content)
	require.NoError(c.t, k.bus.ProcessFiling(c.t.Context(), unp, r.Filing))
	c.log = k.log
	return k.filing(r)
}

// liabilities gives what the filer owes by month.
func liabilities(k *kit, _ account.Filing) []event.LiabilityAssessed {
	payer, _ := k.payer(unp)
	var list []event.LiabilityAssessed
	for _, m := range payer.Months {
		list = append(list, m.LiabilityAssessed)
	}
	return slices.Clip(list)
}

// TestRecordedDocumentsStayAccepted: after the cut the list of categories loses the one that
// the report uses. Documents that were recorded before stand and are counted; the others are
// refused.
func TestRecordedDocumentsStayAccepted(t *testing.T) {
	t.Parallel()
	c := newCutting(t)
	for _, at := range []int{1, 50, c.streams - 1} {
		faulty := logtest.NewFaulty(c.branch())
		k := c.on(logtest.Streamwise{Log: faulty})
		r := k.receive(unp, c.content)
		faulty.FailAppend(at, errKilled)
		require.ErrorIs(t, k.bus.ProcessFiling(t.Context(), unp, r.Filing), errKilled)
		k = c.on(k.log)
		_, err := k.bus.PublishLaw(t.Context(), commands.PublishLaw{Actor: clerk,
			Classifiers: []event.ClassifierPublished{{Name: account.ClassifierCategory,
				Entries: []event.ClassifierEntry{{Code: "99", TitleRU: "иная"}}}}})
		require.NoError(t, err)
		require.NoError(t, k.bus.ProcessFiling(t.Context(), unp, r.Filing))

		recorded, earnings := 0, money.Amount(0)
		for e, err := range k.log.ReadAll(t.Context(), 0, 0) {
			require.NoError(t, err)
			payload, err := event.Decode(e)
			require.NoError(t, err)
			if e.Meta.Correlation != r.Filing {
				continue
			}
			if id, ok := e.Stream.Person(); ok {
				p := accountBefore(t, k, id, e.Revision)
				if change, ok := p.Change(payload); ok {
					recorded++
					earnings += earningsOf(change.After.Months) - earningsOf(change.Before.Months)
				}
			}
		}
		f := k.filing(r)
		accepted := recorded // and what brings back a version that never was superseded
		for _, finding := range k.findings(f) {
			if finding.Code == "SPF-607" {
				accepted++
			}
		}
		require.Equal(t, accepted, f.Processed.Accepted)
		require.GreaterOrEqual(t, recorded, at)
		require.Equal(t, cutDocuments-accepted, f.Processed.Rejected)
		var told money.Amount
		for _, tally := range f.Tallies {
			told += tally.Earnings
		}
		require.Equal(t, earnings, told)
		refused := map[int]bool{}
		for _, finding := range k.findings(f) {
			if finding.Severity == control.Refuse {
				refused[finding.Document] = true
			}
		}
		require.Len(t, refused, f.Processed.Rejected)
	}
}

// accountBefore folds a person up to the event with the revision, left out.
func accountBefore(t *testing.T, k *kit, id ledger.PersonID, revision ledger.Revision,
) *account.Person {
	t.Helper()
	p := account.NewPerson(id)
	for e, err := range k.log.ReadStreams(t.Context(), ledger.PersonStream(id)) {
		require.NoError(t, err)
		if e.Revision < revision {
			payload, err := event.Decode(e)
			require.NoError(t, err)
			p.Apply(e, payload)
		}
	}
	return p
}

func earningsOf(months []event.MonthFact) (sum money.Amount) {
	for _, m := range months {
		sum += m.Earnings
	}
	return sum
}
