package main

import (
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/ledger/esdblog"
	"github.com/stazh/stazh/ledger/esdblog/standin"
	"github.com/stazh/stazh/ledger/logtest"
)

// The doctor names what is wrong with the address of an event store.
func TestDoctorNamesFaultsOfTheEventStore(t *testing.T) {
	t.Parallel()
	server := standin.Start(t)
	url := server.URL()
	down := standin.Start(t)
	down.Down()
	for address, want := range map[string]string{
		url: "", "": "",
		strings.Replace(url, "tls=false", "tls=true", 1): "without TLS",
		down.URL():                      "start that EventStoreDB",
		"http://127.0.0.1:2113":         "write the address as esdb://",
		"kurrentdb://127.0.0.1:2113":    "write the address as esdb://",
		"esdb://host.invalid?tls=false": "host",
	} {
		c := &checkup{settings: &settings{EventStore: address}, clock: time.Now}
		d := c.eventStore(t.Context())
		if want == "" {
			require.Equal(t, healthy, d.Verdict, "%s: %s", address, d.Detail)
			continue
		}
		require.Equal(t, faulty, d.Verdict, address)
		require.Contains(t, d.Remedy, want, "%s: %s", address, d.Detail)
	}
}

// It finds a user that may only read, a cluster without leader and a limit that is too low,
// and leaves nothing behind.
func TestDoctorNamesWhyAppendsAreRefused(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, remedy string
		set          func(*standin.Server)
	}{
		{"healthy", "", func(*standin.Server) {}},
		{"read-only user", "right to write", func(s *standin.Server) {
			s.OnAppend(func(string) standin.Fault { return standin.Deny })
		}},
		{"no leader", "see each other", func(s *standin.Server) {
			s.OnAppend(func(string) standin.Fault { return standin.NotLeader })
		}},
		{"append size", "MaxAppendSize", func(s *standin.Server) { s.LimitAppends(512 << 10) }},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			server := standin.Start(t)
			log, err := esdblog.Open(t.Context(), esdblog.Options{URL: server.URL(),
				Clock: time.Now, Logger: slog.New(slog.DiscardHandler)})
			require.NoError(t, err)
			t.Cleanup(log.Close)
			before, err := log.Append(t.Context(), logtest.Batch("law", -1,
				logtest.NewEvents(3)...))
			require.NoError(t, err)
			c.set(server)
			d := (&checkup{settings: &settings{EventStore: server.URL()},
				clock: time.Now}).eventStore(t.Context())
			if c.remedy == "" {
				require.Equal(t, healthy, d.Verdict, d.Detail)
			} else {
				require.Equal(t, faulty, d.Verdict, d.Detail)
				require.Contains(t, d.Remedy, c.remedy, d.Detail)
			}
			server.OnAppend(nil)
			server.LimitAppends(1 << 20)
			after, err := log.Append(t.Context(), logtest.Batch("payer-100000001", -1,
				logtest.NewEvents(1)...))
			require.NoError(t, err)
			require.Less(t, after.Position-before.Position, ledger.Position(1000),
				"nothing was recorded between")
		})
	}
}

// A certificate that nobody trusts is named as such.
func TestDoctorNamesAnUntrustedCertificate(t *testing.T) {
	t.Parallel()
	server := httptest.NewUnstartedServer(http.NotFoundHandler())
	server.EnableHTTP2 = true
	server.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)
	server.StartTLS()
	t.Cleanup(server.Close)
	address := "esdb://" + server.Listener.Addr().String() + "?tls=true"
	d := (&checkup{settings: &settings{EventStore: address}, clock: time.Now}).
		eventStore(t.Context())
	require.Equal(t, faulty, d.Verdict)
	require.Contains(t, d.Remedy, "tlsCaFile=", d.Detail)
}
