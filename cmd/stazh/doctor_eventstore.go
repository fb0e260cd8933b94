package main

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"time"

	"github.com/stazh/stazh/ledger/esdblog"
)

// eventStoreTime is how long the doctor waits for an event store.
const eventStoreTime = 5 * time.Second

// eventStore connects to the event store that keeps the ledger, if one does.
func (c *checkup) eventStore(ctx context.Context) diagnosis {
	if c.EventStore == "" {
		return fine("not used, the ledger is in Postgres")
	}
	log, err := esdblog.Open(ctx, esdblog.Options{URL: c.EventStore, Clock: c.clock,
		Logger: slog.New(slog.DiscardHandler), Patience: eventStoreTime, CallTime: eventStoreTime})
	if err != nil {
		return eventStoreFault(err)
	}
	defer log.Close()
	head, err := log.Head(ctx)
	if err != nil {
		return eventStoreFault(err)
	}
	if err := log.Examine(ctx); err != nil {
		return eventStoreFault(err)
	}
	return fine("it answers and takes appends, the ledger ends at position " + grouped(int64(head)))
}

// eventStoreFaults are the usual reasons, by a part of what the connection says.
var eventStoreFaults = [...]struct{ says, remedy string }{
	{"x509:", "let the operating system trust the authority that signed the server's " +
		"certificate, or name its file: tlsCaFile=… in the address"},
	{"first record does not look like a TLS handshake", "the server speaks without TLS: " +
		"write ?tls=false in the address, or give the server a certificate"},
	{"HTTP/1.1", "the server speaks with TLS only: leave ?tls=false out of the address"},
	{"server preface", "the server speaks with TLS only, or is no EventStoreDB: leave " +
		"?tls=false out of the address, and look at host and port"},
	{"access", "give the user of the address the right to read and write the ledger's streams"},
	{"name resolver", "correct the host's name in the address"},
	{"no such host", "correct the host's name in the address"},
	{"connection refused", "start that EventStoreDB, or correct host and port in the address"},
	{"esdb://", "write the address as esdb://host:2113?tls=true; kurrentdb:// is not known " +
		"to the client, http:// is not its protocol"},
}

// appendFaults are the reasons for which an event store takes no appends.
var appendFaults = [...]struct {
	is     error
	remedy string
}{
	{esdblog.ErrReadOnly, "give the user of the address the right to write ($w) in the " +
		"server's list of rights, or name another user in the address; without TLS the " +
		"address's user is not sent at all"},
	{esdblog.ErrNotLeader, "look whether most nodes of the cluster run and see each other; " +
		"name all of them in the address, and leave nodePreference out or write leader"},
	{esdblog.ErrAppendSize, "set the server's MaxAppendSize to 1 MiB (1048576) or more"},
}

func eventStoreFault(err error) diagnosis {
	detail := clean(err.Error(), 400)
	for _, known := range appendFaults {
		if errors.Is(err, known.is) {
			return fault(detail, known.remedy)
		}
	}
	for _, known := range eventStoreFaults {
		if strings.Contains(detail, known.says) {
			return fault(detail, known.remedy)
		}
	}
	return fault(detail, "look whether the event store runs, and correct --eventstore-url "+
		"(STAZH_EVENTSTORE_URL)")
}
