package commands_test

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/stazh/stazh/commands"
	"github.com/stazh/stazh/commands/intake/document"
	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/ledger/event"
	"github.com/stazh/stazh/ledger/period"
)

var errTransient = errors.New("the connection was lost")

// flaky is a ledger whose appends fail while it is broken.
type flaky struct {
	ledger.Log
	mu     sync.Mutex
	broken bool
}

func (l *flaky) breakNow(broken bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.broken = broken
}

func (l *flaky) Append(ctx context.Context, batch ...ledger.StreamAppend,
) (ledger.Result, error) {
	l.mu.Lock()
	broken := l.broken
	l.mu.Unlock()
	if broken {
		return ledger.Result{}, errTransient
	}
	return l.Log.Append(ctx, batch...)
}

// workList answers from the ledger; some questions fail at first.
type workList struct {
	k *kit

	mu         sync.Mutex // guards the fields below
	bookmark   ledger.Position
	failParked int
	from, to   period.Month // of the last question for a parameter
}

func (l *workList) Bookmark(context.Context) (ledger.Position, error) { return l.at(), nil }

func (l *workList) at() ledger.Position {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.bookmark
}

func (l *workList) SetBookmark(_ context.Context, at ledger.Position) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.bookmark = at
	return nil
}

func (l *workList) Unfinished(_ context.Context, limit int) ([]commands.Work, error) {
	_, filings := l.k.payer(unp)
	var list []commands.Work
	for _, f := range filings.Filings {
		if f.Processed == nil && len(list) < limit {
			list = append(list, commands.Work{Payer: unp, Filing: f.FilingReceived.Filing})
		}
	}
	return list, nil
}

func (l *workList) ParkedFor(_ context.Context, persons []ledger.PersonID, _ ledger.Position,
) ([]commands.Work, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.failParked > 0 {
		l.failParked--
		return nil, errTransient
	}
	_, filings := l.k.payer(unp)
	var list []commands.Work
	for _, p := range filings.Parked {
		if slices.ContainsFunc(p.Persons, func(id ledger.PersonID) bool {
			return slices.Contains(persons, id)
		}) {
			list = append(list, commands.Work{Payer: unp, Filing: p.Filing, DocNo: p.DocNo})
		}
	}
	return list, nil
}

func (l *workList) ParkedOf(_ context.Context, of string, _ ledger.Position,
) ([]commands.Work, error) {
	_, filings := l.k.payer(of)
	var list []commands.Work
	for _, p := range filings.Parked {
		list = append(list, commands.Work{Payer: of, Filing: p.Filing, DocNo: p.DocNo})
	}
	return list, nil
}

func (l *workList) ParkedUntil(context.Context, period.Date) ([]commands.Work, error) {
	return nil, nil
}

func (l *workList) Awaiting(_ context.Context, name string, from, until period.Month,
	_ ledger.Position) ([]string, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if name == "" {
		return nil, nil // only what the clerk is told of
	}
	l.from, l.to = from, until
	return []string{unp}, nil
}

// withClerk runs the test beside a clerk, in a time of its own. The clerk's clock stands
// still, so that it makes its round at the start only.
func withClerk(t *testing.T, prepare func(*kit), test func(*kit, *flaky, *workList)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		var log *flaky
		k := newKit(t, func(l ledger.Log) ledger.Log {
			log = &flaky{Log: l}
			return log
		})
		prepare(k)
		list := &workList{k: k}
		besideClerk(t, k, list, func() { test(k, log, list) })
	})
}

// besideClerk runs the test while a clerk works.
func besideClerk(t *testing.T, k *kit, list commands.WorkList, test func()) {
	t.Helper()
	c := &commands.Clerk{Bus: k.bus, List: list}
	ctx, cancel := context.WithCancel(t.Context())
	var ended sync.WaitGroup
	ended.Go(func() { _ = c.Run(ctx) })
	time.Sleep(time.Millisecond)
	test()
	cancel()
	ended.Wait()
}

func nothing(*kit) {}

func TestClerkTriesFilingsAgainInTheirOrder(t *testing.T) {
	t.Parallel()
	withClerk(t, nothing, func(k *kit, log *flaky, _ *workList) {
		w := workerNo(t, 1)
		var receipts []commands.Receipt
		for i, content := range [][]byte{
			report(t, pack(document.PU1), registration(w)),
			report(t, pack(document.PU2), hire(w, "2018-01-01")),
			report(t, pack(document.PU3), quarter(w, "800.00")),
		} {
			if i == 0 {
				// The first is received and fails before the others arrive.
				receipts = append(receipts, k.receive(unp, content))
				log.breakNow(true)
				time.Sleep(5 * time.Second)
				log.breakNow(false)
				continue
			}
			receipts = append(receipts, k.receive(unp, content))
		}
		time.Sleep(10 * time.Second)
		for _, r := range receipts {
			f := k.filing(r)
			require.NotNil(t, f.Processed)
			require.Equal(t, event.Accepted, f.Processed.Outcome)
			require.Zero(t, f.Processed.Parked)
		}
		_, filings := k.payer(unp)
		require.Empty(t, filings.Parked)
	})
}

func TestClerkJudgesAgainWhatFailed(t *testing.T) {
	t.Parallel()
	w := workerNo(t, 1)
	parked := func(k *kit) {
		k.file(report(t, pack(document.PU3), quarter(w, "800.00")))
		k.file(report(t, pack(document.PU1), registration(w)))
	}
	waiting := func(k *kit) int {
		_, filings := k.payer(unp)
		return len(filings.Parked)
	}
	t.Run("the question failed", func(t *testing.T) {
		t.Parallel()
		withClerk(t, parked, func(k *kit, _ *flaky, list *workList) {
			time.Sleep(time.Second)
			list.mu.Lock()
			list.failParked = 3 // 2 + 4 + 8 seconds
			list.mu.Unlock()
			k.file(report(t, pack(document.PU2), hire(w, "2018-01-01")))
			time.Sleep(13 * time.Second)
			require.Equal(t, 1, waiting(k))
			head, err := k.log.Head(t.Context())
			require.NoError(t, err)
			require.Less(t, list.at(), head, "a restart sees it again")
			time.Sleep(2 * time.Second)
			require.Zero(t, waiting(k))
			head, err = k.log.Head(t.Context())
			require.NoError(t, err)
			require.Equal(t, head, list.at())
		})
	})
	t.Run("the release failed", func(t *testing.T) {
		t.Parallel()
		withClerk(t, parked, func(k *kit, log *flaky, list *workList) {
			time.Sleep(time.Second)
			log.breakNow(true)
			other := &kit{t: k.t, log: k.log, now: k.now, bus: &commands.Bus{Log: k.log,
				Keys: k.bus.Keys, Archive: k.bus.Archive, Law: k.bus.Law,
				Clock: k.bus.Clock, Logger: k.bus.Logger}} // a process that can append
			other.file(report(t, pack(document.PU2), hire(w, "2018-01-01")))
			time.Sleep(5 * time.Second)
			require.Equal(t, 1, waiting(k))
			log.breakNow(false)
			time.Sleep(10 * time.Second)
			require.Zero(t, waiting(k))
		})
	})
}
