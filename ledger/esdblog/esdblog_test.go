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

func TestContract(t *testing.T) {
	t.Parallel()
	logtest.Run(t, func(t *testing.T) ledger.Log {
		server := standin.Start(t)
		server.MakeNoise(3)
		return open(t, server.URL(), nil)
	})
}

// TestContractOnAServer proves the contract against a real server where there is one, each
// part under a prefix of its own; nothing is deleted, and nothing else is touched.
func TestContractOnAServer(t *testing.T) {
	url := os.Getenv("STAZH_TEST_EVENTSTORE_URL")
	if url == "" {
		url = standin.Start(t).URL() // many ledgers side by side on one server
	}
	logtest.Run(t, func(t *testing.T) ledger.Log {
		return open(t, url, func(o *esdblog.Options) {
			o.Prefix = fmt.Sprintf("stazh-test-%s-", uuid.NewString()[:8])
		})
	})
}
