package commands_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"iter"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/stazh/stazh/commands"
	"github.com/stazh/stazh/commands/intake/control"
	"github.com/stazh/stazh/commands/intake/document"
	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/ledger/account"
	"github.com/stazh/stazh/ledger/event"
	"github.com/stazh/stazh/ledger/period"
)

// other is a second process on the same ledger, vault and archive.
func (k *kit) other() *kit {
	other := *k
	other.bus = &commands.Bus{Log: k.bus.Log, Keys: k.bus.Keys, Archive: k.bus.Archive,
		Law: commands.NewLawbook(k.log, k.bus.Clock), Clock: k.bus.Clock, Logger: k.bus.Logger,
		Persons: k.bus.Persons, Payers: k.bus.Payers}
	return &other
}

// follower is a cache as a read model keeps it: the folds of all persons up to a position.
type follower struct {
	log  ledger.Log
	upTo ledger.Position
	gave int // folds of persons
	told int // folds of payers
	// apart: the filings may know more than the accounts.
	apart bool
}

func (f *follower) Payer(ctx context.Context, unp string,
) (*account.Payer, *account.Filings, error) {
	payer, filings := account.NewPayer(unp), account.NewFilings()
	for e, err := range f.log.ReadStreams(ctx, ledger.PayerStream(unp)) {
		if err != nil {
			return nil, nil, err
		}
		if e.Position > f.upTo {
			break
		}
		payload, err := event.Decode(e)
		if err != nil {
			return nil, nil, err
		}
		payer.Apply(e, payload)
		filings.Apply(e, payload)
	}
	if payer.Revision == ledger.NoStream {
		return nil, nil, nil
	}
	f.told++
	if f.apart {
		filings.Revision = ledger.NoStream
	}
	return payer, filings, nil
}

func (f *follower) Persons(ctx context.Context, ids []ledger.PersonID,
) (map[ledger.PersonID]*account.Person, error) {
	found := map[ledger.PersonID]*account.Person{}
	for e, err := range f.log.ReadAll(ctx, 0, 0) {
		if err != nil || e.Position > f.upTo {
			return found, err
		}
		id, ok := e.Stream.Person()
		if !ok || !slices.Contains(ids, id) {
			continue
		}
		if found[id] == nil {
			found[id] = account.NewPerson(id)
			f.gave++
		}
		payload, err := event.Decode(e)
		if err != nil {
			return nil, err
		}
		found[id].Apply(e, payload)
	}
	return found, nil
}

// TestRememberedStatesDecideAsTheLedger lets several processes file random reports in turn:
// two that remember, and now and then one that has just begun and asks a cache, which is
// behind the ledger. A check reads the ledger, or what it says beyond the cache: they must
// agree.
func TestRememberedStatesDecideAsTheLedger(t *testing.T) {
	t.Parallel()
	gave, told := 0, 0
	rapid.Check(t, func(rt *rapid.T) {
		one := newKit(t, nil)
		behind := &follower{log: one.log}
		defer func() { gave, told = gave+behind.gave, told+behind.told }()
		one.bus.Persons, one.bus.Payers = behind, behind
		processes := []*kit{one, one.other(), nil}
		workers := make([]worker, 4)
		for i := range workers {
			workers[i] = workerNo(t, i)
		}
		for range rapid.IntRange(2, 12).Draw(rt, "filings") {
			k := rapid.SampledFrom(processes).Draw(rt, "process")
			if k == nil {
				k = one.other()
			}
			head, err := one.log.Head(t.Context())
			require.NoError(rt, err)
			behind.upTo = head - min(head,
				ledger.Position(rapid.IntRange(0, 9).Draw(rt, "behind")))
			content := drawReport(rt, k, workers)
			var found []control.Finding
			reader := one.other()
			if rapid.Bool().Draw(rt, "the ledger alone") {
				reader.bus.Persons = nil
			}
			answer, err := reader.bus.CheckReport(t.Context(), commands.CheckReport{Actor: clerk,
				Payer: unp, Content: bytes.NewReader(content), SHA256: sha256.Sum256(content)},
				func(f control.Finding) error { found = append(found, f); return nil })
			require.NoError(rt, err)
			filed := k.file(content)
			want := *filed.Processed
			if answer.Earlier == "" {
				want.Filing, want.Findings = uuid.Nil, ledger.Hash{}
			}
			require.Empty(rt, cmp.Diff(want, answer.FilingProcessed))
			require.Empty(rt, cmp.Diff(filed.Tallies, answer.Tallies))
			require.Empty(rt, cmp.Diff(ordered(k.findings(filed)), ordered(found)))
		}
	})
	require.Positive(t, gave, "the cache was asked")
	require.Positive(t, told, "the cache was asked for payers")
}

// counting counts the events that are read of persons' streams, and of the others.
type counting struct {
	ledger.Log
	read, others int
}

func (c *counting) ReadAfter(ctx context.Context, marks ...ledger.Mark,
) iter.Seq2[ledger.Event, error] {
	return func(yield func(ledger.Event, error) bool) {
		for e, err := range c.Log.ReadAfter(ctx, marks...) {
			if _, ok := e.Stream.Person(); ok {
				c.read++
			} else {
				c.others++
			}
			if !yield(e, err) {
				return
			}
		}
	}
}

// newCountedKit makes a kit whose reads are counted, and a cache that nobody asks yet.
func newCountedKit(t *testing.T) (*kit, *counting, *follower) {
	log := &counting{}
	k := newKit(t, func(l ledger.Log) ledger.Log {
		log.Log = l
		return log
	})
	return k, log, &follower{log: k.log}
}

// catchUp has the cache know all that the ledger says now.
func (f *follower) catchUp(t *testing.T) {
	var err error
	f.upTo, err = f.log.Head(t.Context())
	require.NoError(t, err)
}

// TestStoredAccountsAreBroughtUp: of an account that is stored, whoever decides reads only what
// has come after it, also when a first try was on less than the ledger says.
func TestStoredAccountsAreBroughtUp(t *testing.T) {
	t.Parallel()
	k, log, stored := newCountedKit(t)
	w := k.staff(1)[0]
	stored.catchUp(t)
	accept := func(k *kit, year int) {
		t.Helper()
		f := k.file(report(t, pack(document.PU3), contracted(w, year)))
		require.Equal(t, event.Accepted, f.Processed.Outcome, "%+v", k.findings(f))
	}
	one, two := k.other(), k.other()
	one.bus.Persons, two.bus.Persons = stored, stored
	begun := k.person(w.number).Revision
	since := func() int { return int(k.person(w.number).Revision - begun) }
	log.read = 0
	accept(one, 2013)
	require.Zero(t, log.read, "the cache has it all")
	want := since()
	log.read = 0
	accept(two, 2014) // in vain on the cache, then with what has come after it
	require.Equal(t, want, log.read)
	want = since()
	log.read = 0
	content := report(t, pack(document.PU3), quarter(w, "900.00"))
	_, err := one.bus.CheckReport(t.Context(), commands.CheckReport{Actor: clerk, Payer: unp,
		Content: bytes.NewReader(content), SHA256: sha256.Sum256(content)},
		func(control.Finding) error { return nil })
	require.NoError(t, err)
	require.Equal(t, want, log.read, "a check knows what is recorded")
}

// TestStoredPayersAreBroughtUp: of a payer that is stored, and whom this process has brought
// further and remembers no more, only what has come since is read; all of it where the stored
// filings may know more than the account.
func TestStoredPayersAreBroughtUp(t *testing.T) {
	t.Parallel()
	for name, apart := range map[string]bool{"together": false, "apart": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			k, log, stored := newCountedKit(t)
			w := k.staff(1)[0]
			stored.apart = apart
			stored.catchUp(t)
			k = k.other()
			k.bus.Payers = stored
			before, err := k.bus.Log.Head(t.Context())
			require.NoError(t, err)
			// Of a payer whose desk an officer has left, nothing is remembered.
			_, err = k.bus.DeclareNil(t.Context(), commands.DeclareNil{Actor: clerk, Payer: unp,
				From: period.MustMonth("2018-04"), Until: period.MustMonth("2018-09"),
				Reason: "seasonal"})
			require.NoError(t, err)
			after, err := k.bus.Log.Head(t.Context())
			require.NoError(t, err)
			log.others = 0
			f := k.file(report(t, pack(document.PU3), quarter(w, "800.00")))
			require.Equal(t, event.Accepted, f.Processed.Outcome, "%+v", k.findings(f))
			if since := int(after - before); apart {
				require.Greater(t, log.others, since)
			} else {
				require.Equal(t, since, log.others)
			}
		})
	}
}

// TestAccountsThatCannotBeReadStopNoFiling: the ledger says all that the cache would.
func TestAccountsThatCannotBeReadStopNoFiling(t *testing.T) {
	t.Parallel()
	k := newKit(t, nil)
	k.staff(1)
	k = k.other()
	k.bus.Persons = brokenCache{}
	f := k.file(report(t, pack(document.PU3), quarter(workerNo(t, 0), "800.00")))
	require.Equal(t, event.Accepted, f.Processed.Outcome, "%+v", k.findings(f))
}

type brokenCache struct{}

func (brokenCache) Persons(context.Context, []ledger.PersonID,
) (map[ledger.PersonID]*account.Person, error) {
	return nil, errors.New("no such table")
}

// TestHireByAnotherProcessIsSeen: a document waits for what another process has recorded
// since this one looked. Nothing would be appended to the person's stream, so that no
// conflict would tell.
func TestHireByAnotherProcessIsSeen(t *testing.T) {
	t.Parallel()
	one := newKit(t, nil)
	two := one.other()
	w := workerNo(t, 1)
	require.Equal(t, event.Accepted,
		one.file(report(t, pack(document.PU1), registration(w))).Processed.Outcome)
	require.Equal(t, event.Accepted,
		two.file(report(t, pack(document.PU2), hire(w, "2018-01-01"))).Processed.Outcome)
	f := one.file(report(t, pack(document.PU3), quarter(w, "800.00")))
	require.Equal(t, event.Accepted, f.Processed.Outcome, "%+v", one.findings(f))
}

// TestDismissalByAnotherProcessIsSeen: a document would be accepted on what this process
// remembers; the append finds that it is behind.
func TestDismissalByAnotherProcessIsSeen(t *testing.T) {
	t.Parallel()
	one := newKit(t, nil)
	two := one.other()
	w := one.staff(1)[0]
	leave := hire(w, "2018-01-01")
	leave.Movements[0].HiredOn = 0
	leave.Movements[0].DismissedOn = period.MustDate("2018-02-15")
	leave.Movements[0].Reason = "1.1"
	f := two.file(report(t, pack(document.PU2), leave))
	require.Equal(t, event.Accepted, f.Processed.Outcome, "%+v", two.findings(f))
	f = one.file(report(t, pack(document.PU3), quarter(w, "800.00")))
	require.Equal(t, event.Refused, f.Processed.Outcome)
	require.Equal(t, "SPF-412", one.findings(f)[0].Code)
	require.Empty(t, one.person(w.number).Slots())
}

// TestFilingOfAnotherProcessIsProcessed: the payer's remembered stream does not know the
// filing, and its bytes are in the archive only.
func TestFilingOfAnotherProcessIsProcessed(t *testing.T) {
	t.Parallel()
	one := newKit(t, nil)
	two := one.other()
	one.staff(1)
	r := two.receive(unp, report(t, pack(document.PU1), registration(workerNo(t, 7))))
	require.NoError(t, one.bus.ProcessFiling(t.Context(), unp, r.Filing))
	require.Equal(t, 1, one.filing(r).Processed.Accepted)

	var refused *commands.Error
	require.ErrorAs(t, one.bus.ProcessFiling(t.Context(), unp, uuid.New()), &refused)
	require.Equal(t, commands.NotFound, refused.Kind)
}

// contracted is a report on the first quarter of a year, under a civil contract.
func contracted(w worker, year int) document.Document {
	d := quarter(w, "800.00")
	d.Year = year
	for j := range d.Data.Months {
		d.Data.Months[j].Tariff = ""
	}
	d.Data.Service, d.Data.DeclaredService = nil, 0
	d.Data.Category, d.Data.ContractNo = "03", fmt.Sprint(year)
	d.Data.ContractDate = period.MustDate("2013-01-01")
	return d
}

// TestOneFilingByTwoProcessesIsOneResult lets two processes take on the same filings at
// the same time.
func TestOneFilingByTwoProcessesIsOneResult(t *testing.T) {
	t.Parallel()
	one := newKit(t, nil)
	processes := []*kit{one, one.other()}
	workers := one.staff(3)
	for round := range 5 {
		docs := make([]document.Document, len(workers))
		for i, w := range workers {
			docs[i] = contracted(w, 2013+round)
		}
		r := one.receive(unp, report(t, pack(document.PU3), docs...))
		done := make(chan error)
		for _, k := range processes {
			go func() { done <- k.bus.ProcessFiling(t.Context(), unp, r.Filing) }()
		}
		for range processes {
			require.NoError(t, <-done)
		}
		f := one.filing(r)
		require.Equal(t, 3, f.Processed.Accepted, "%+v", one.findings(f))
	}
	for _, w := range workers {
		require.Len(t, one.person(w.number).Slots(), 5)
	}
}
