package main

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/stazh/stazh/ledger/esdblog/standin"
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
