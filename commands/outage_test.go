package commands_test

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"os"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/stazh/stazh/commands"
	"github.com/stazh/stazh/commands/intake/document"
	"github.com/stazh/stazh/ledger/esdblog"
	"github.com/stazh/stazh/ledger/esdblog/standin"
	"github.com/stazh/stazh/ledger/logtest"
	"github.com/stazh/stazh/ledger/memlog"
)

const (
	// outageShort is how long the event store is away in this test; the variable
	// STAZH_TEST_OUTAGE gives another time, such as 30s.
	outageShort = 1500 * time.Millisecond
	// outageCallers file reports of their own meanwhile, each call within callerDeadline.
	// A call is taken for hanging when it lasts longer than the deadline by hangs.
	outageCallers  = 64
	callerDeadline = 500 * time.Millisecond
	hangs          = 30 * time.Second
	// outageDocuments is the filing that is being processed when the store goes away.
	outageDocuments = 2000
)

// TestOutageOfTheEventStore switches the event store off in the middle of a large filing and
// while many callers file theirs. Nothing is lost or doubled, nobody hangs, and everything
// finishes by itself after it is back.
func TestOutageOfTheEventStore(t *testing.T) {
	t.Parallel()
	outage := outageShort
	if text := os.Getenv("STAZH_TEST_OUTAGE"); text != "" {
		var err error
		outage, err = time.ParseDuration(text)
		require.NoError(t, err)
	}
	server := standin.Start(t)
	base := newKit(t, nil)
	log, err := esdblog.Open(t.Context(), esdblog.Options{URL: server.URL(),
		Clock: time.Now, Logger: slog.New(slog.DiscardHandler), Patience: 2 * time.Second})
	require.NoError(t, err)
	t.Cleanup(log.Close)
	k := base.on(log)
	k.publish()
	k.register(unp, fundNo, "employer")
	var docs []document.Document
	for i := range outageDocuments {
		docs = append(docs, registration(workerNo(t, i)))
	}
	large := k.receive(unp, report(t, pack(document.PU1), docs...))

	var appends atomic.Int32
	back := make(chan struct{})
	server.OnAppend(func(string) standin.Fault {
		if appends.Add(1) == outageDocuments/3 {
			go func() {
				defer close(back)
				server.Down()
				time.Sleep(outage)
				server.Up()
			}()
		}
		return standin.None
	})
	var work sync.WaitGroup
	work.Go(func() { // as the clerk does
		for k.bus.ProcessFiling(t.Context(), unp, large.Filing) != nil {
			time.Sleep(50 * time.Millisecond)
		}
	})
	var away, served atomic.Int32
	for i := range outageCallers {
		work.Go(func() { fileThrough(t, k, i, back, &away, &served) })
	}
	work.Wait()
	<-back
	require.Positive(t, away.Load(), "the outage was not felt")
	require.GreaterOrEqual(t, served.Load(), int32(2*outageCallers))

	f := k.filing(large)
	require.Equal(t, outageDocuments, f.Processed.Accepted)
	k.heads() // the chains hold
	persons, filings := 0, 0
	for stream, events := range k.digest() {
		if _, ok := stream.Person(); ok {
			require.Len(t, events, 1, "a registration stands once")
			persons++
		}
		if p, ok := stream.Payer(); ok && p != unp {
			filings += len(events)
		}
	}
	require.Equal(t, outageDocuments, persons)
	require.EqualValues(t, served.Load(), filings, "each file was received once")
}

// fileThrough files reports of its own, one during the outage and one after it at least,
// each until it has a receipt.
func fileThrough(t *testing.T, k *kit, caller int, back <-chan struct{},
	away, served *atomic.Int32) {
	for n := 0; ; n++ {
		over := false
		select {
		case <-back:
			over = true
		default:
		}
		content := fmt.Appendf(nil, "report %d of caller %d", n, caller)
		for {
			ctx, cancel := context.WithTimeout(t.Context(), callerDeadline)
			began := time.Now()
			_, err := k.bus.ReceiveFiling(ctx, commands.ReceiveFiling{Actor: clerk,
				Payer: fmt.Sprintf("1%08d", caller), Content: bytes.NewReader(content)})
			cancel()
			if time.Since(began) > callerDeadline+hangs {
				t.Errorf("a caller was held for %s", time.Since(began))
				return
			}
			if err == nil {
				break
			}
			away.Add(1)
		}
		served.Add(1)
		if over && n > 0 {
			return
		}
		time.Sleep(50 * time.Millisecond)
	}
}

// TestReleaseIsFinishedAfterACut ends the process between the person's stream and the
// payer's when a parked document is released: the next try finds what is recorded.
func TestReleaseIsFinishedAfterACut(t *testing.T) {
	t.Parallel()
	base := newKit(t, nil)
	faulty := logtest.NewFaulty(memlog.New(base.bus.Clock))
	k := base.on(logtest.Streamwise{Log: faulty})
	k.publish()
	k.register(unp, fundNo, "employer")
	w := workerNo(t, 1)
	parked := k.file(report(t, pack(document.PU2), hire(w, "2018-01-01")))
	require.Equal(t, 1, parked.Processed.Parked)
	k.file(report(t, pack(document.PU1), registration(w)))
	faulty.FailAppend(1, errKilled)
	id := parked.FilingReceived.Filing
	require.ErrorIs(t, k.bus.ReleaseParked(t.Context(), unp, id, 1), errKilled)
	require.Len(t, k.person(w.number).Employments, 1, "the person's stream was written")
	_, filings := k.payer(unp)
	require.Len(t, filings.Parked, 1, "the payer's was not")

	k = k.on(k.log)
	for range 2 {
		require.NoError(t, k.bus.ReleaseParked(t.Context(), unp, id, 1))
	}
	require.Len(t, k.person(w.number).Employments, 1)
	_, filings = k.payer(unp)
	require.Empty(t, filings.Parked)
}
