package commands_test

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/stazh/stazh/ledger/esdblog"
	"github.com/stazh/stazh/ledger/esdblog/standin"
)

// TestCutInEventStoreDB breaks the connection, or ends the process, at each append to the
// event store, before it is recorded and after.
func TestCutInEventStoreDB(t *testing.T) {
	t.Parallel()
	c := newCutting(t)
	cut := func(at int, fault standin.Fault, kill bool) {
		t.Run(fmt.Sprintf("%d, fault %d, killed %v", at, fault, kill), func(t *testing.T) {
			c.cutEventStore(t, at, fault, kill)
		})
	}
	// Each cut is on a store of its own, and the filer's stream comes last.
	for i, at := range cuts(c.streams, true) {
		cut(at, []standin.Fault{standin.Drop, standin.Lose}[i%2], i%4 < 2)
	}
	cut(c.streams, standin.Lose, true) // the filer's stream
	cut(100, standin.Sever, false)
}

// TestEveryAppendIsCutInEventStoreDB lets the first try of every single append fail, half of
// them after it was recorded, and ends the process at some of them.
func TestEveryAppendIsCutInEventStoreDB(t *testing.T) {
	t.Parallel()
	c := newCutting(t)
	server := standin.Start(t)
	open := func() *esdblog.Log {
		log, err := esdblog.Open(t.Context(), esdblog.Options{URL: server.URL(),
			Clock: c.bus.Clock, Logger: slog.New(slog.DiscardHandler)})
		require.NoError(t, err)
		t.Cleanup(log.Close)
		return log
	}
	c.copy(open())
	var mu sync.Mutex // guards the three below
	tries, cuts := map[string]int{}, 0
	end := func() {}
	server.OnAppend(func(stream string) standin.Fault {
		mu.Lock()
		defer mu.Unlock()
		if tries[stream]++; tries[stream]%2 == 0 {
			return standin.None
		}
		if cuts++; cuts%64 == 0 {
			end()
		}
		return []standin.Fault{standin.Drop, standin.Lose}[cuts%2]
	})
	defer server.OnAppend(nil)
	c.finish(t, func() (*kit, context.Context) {
		ctx, cancel := context.WithCancel(t.Context())
		mu.Lock()
		defer mu.Unlock()
		end = cancel
		return c.on(open()), ctx
	})
	require.Greater(t, cuts, c.streams)
}

func (c *cutting) cutEventStore(t *testing.T, at int, fault standin.Fault, kill bool) {
	t.Helper()
	server := standin.Start(t)
	open := func() *esdblog.Log {
		log, err := esdblog.Open(t.Context(), esdblog.Options{URL: server.URL(),
			Clock: c.bus.Clock, Logger: slog.New(slog.DiscardHandler)})
		require.NoError(t, err)
		return log
	}
	prepared := open()
	c.copy(prepared)
	prepared.Close()
	var appends, processes atomic.Int32
	processCtx, end := context.WithCancel(t.Context())
	defer end()
	server.OnAppend(func(string) standin.Fault {
		if int(appends.Add(1)) != at+1 {
			return standin.None
		}
		if kill {
			end()
		}
		return fault
	})
	defer server.OnAppend(nil)
	c.finish(t, func() (*kit, context.Context) {
		log := open()
		t.Cleanup(log.Close)
		if processes.Add(1) == 1 {
			return c.on(log), processCtx
		}
		return c.on(log), t.Context()
	})
	require.Greater(t, int(appends.Load()), at, "the cut was not reached")
	if kill {
		require.EqualValues(t, 2, processes.Load())
	}
}
