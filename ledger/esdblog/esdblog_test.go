package esdblog_test

import (
	"fmt"
	"log/slog"
	"os"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/ledger/esdblog"
	"github.com/stazh/stazh/ledger/esdblog/standin"
	"github.com/stazh/stazh/ledger/logtest"
)

var quiet = slog.New(slog.DiscardHandler)

// open opens a log on a server, for the time of the test.
func open(t testing.TB, url string, change func(*esdblog.Options)) *esdblog.Log {
	t.Helper()
	o := esdblog.Options{URL: url, Clock: time.Now,
		Logger: quiet}
	if change != nil {
		change(&o)
	}
	log, err := esdblog.Open(t.Context(), o)
	require.NoError(t, err)
	t.Cleanup(log.Close)
	return log
}

// TestContract proves the contract on stand-ins, or on a real server where there is one: each
// part under a prefix of its own; nothing is deleted, and nothing else is touched.
func TestContract(t *testing.T) {
	t.Parallel()
	logtest.Run(t, func(t *testing.T) ledger.Log {
		url := os.Getenv("STAZH_TEST_EVENTSTORE_URL")
		if url == "" {
			server := standin.Start(t)
			server.MakeNoise(3)
			url = server.URL()
		}
		return open(t, url, func(o *esdblog.Options) {
			o.Prefix = fmt.Sprintf("stazh-test-%s-", uuid.NewString()[:8])
		})
	})
}

// Ledgers with prefixes of their own share a server and see nothing of one another, also
// when the prefix of one begins with that of another.
func TestLedgersSideBySide(t *testing.T) {
	t.Parallel()
	server := standin.Start(t)
	server.MakeNoise(2)
	var logs []*esdblog.Log
	for _, prefix := range []string{"", "a-", "a-person-", "b-"} {
		logs = append(logs, open(t, server.URL(), func(o *esdblog.Options) { o.Prefix = prefix }))
	}
	s := logtest.NewStream()
	for round := range 5 {
		for i, log := range logs {
			_, err := log.Append(t.Context(),
				logtest.Batch(s, ledger.Revision(round-1), logtest.NewEvent(fmt.Sprint(i))))
			require.NoError(t, err)
		}
	}
	for i, log := range logs {
		n := 0
		for e, err := range log.ReadAll(t.Context(), 0, 0) {
			require.NoError(t, err)
			require.Equal(t, "test "+fmt.Sprint(i), e.Meta.Ground)
			n++
		}
		require.Equal(t, 5, n)
	}
	again := open(t, server.URL(), func(o *esdblog.Options) { o.Prefix = "a-" })
	want, err := logs[1].Head(t.Context())
	require.NoError(t, err)
	got, err := again.Head(t.Context())
	require.NoError(t, err)
	require.Equal(t, want, got)
}
