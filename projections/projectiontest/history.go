// Package projectiontest makes ledgers for tests of projections: by hand, event by event,
// or random ones that the folds accept.
package projectiontest

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/ledger/event"
	"github.com/stazh/stazh/ledger/memlog"
	"github.com/stazh/stazh/ledger/period"
	"github.com/stazh/stazh/ledger/seal"
)

// Office is the office of events' actors.
const Office = "101"

// History writes events into a ledger. It is for one goroutine.
type History struct {
	Log   ledger.Log
	Keys  *seal.Keyring
	Vault *seal.MemoryVault

	t         testing.TB
	revisions map[ledger.StreamID]ledger.Revision
	serial    int
}

// New makes an empty history in memory. Its clock begins on 30 December 2025 and goes on
// by six hours with each reading, so that a history soon crosses a quarter.
func New(t testing.TB) *History {
	now := time.Date(2025, 12, 30, 10, 0, 0, 0, time.UTC)
	return On(t, memlog.New(func() time.Time {
		now = now.Add(6 * time.Hour)
		return now
	}))
}

// On makes a history that writes into an empty ledger.
func On(t testing.TB, log ledger.Log) *History {
	vault := seal.NewMemoryVault()
	keys, err := seal.NewKeyring(make([]byte, seal.KeySize), vault)
	require.NoError(t, err)
	return &History{Log: log, Keys: keys, Vault: vault, t: t,
		revisions: map[ledger.StreamID]ledger.Revision{}}
}

// Append records facts in one stream and gives the position of the last one.
func (h *History) Append(stream ledger.StreamID, facts ...event.Payload) ledger.Position {
	return h.append(h.batch(stream, facts...))
}

// AppendOf is Append for facts that come from a filing, as the intake records them.
func (h *History) AppendOf(filing uuid.UUID, stream ledger.StreamID, facts ...event.Payload,
) ledger.Position {
	batch := h.batch(stream, facts...)
	for i := range batch.Events {
		batch.Events[i].Meta.Correlation = filing
	}
	return h.append(batch)
}

func (h *History) append(batch ...ledger.StreamAppend) ledger.Position {
	result, err := h.Log.Append(h.t.Context(), batch...)
	require.NoError(h.t, err)
	return result.Position
}

// batch makes the append of facts to one stream.
func (h *History) batch(stream ledger.StreamID, facts ...event.Payload) ledger.StreamAppend {
	revision, ok := h.revisions[stream]
	if !ok {
		revision = ledger.NoStream
	}
	a := ledger.StreamAppend{Stream: stream, Expected: revision}
	for _, fact := range facts {
		a.Events = append(a.Events, event.New(h.ID("event"), ledger.Meta{
			Actor: ledger.Actor{Subject: "test", Role: "payer", Office: Office},
		}, fact))
	}
	h.revisions[stream] = revision + ledger.Revision(len(facts))
	return a
}

// AppendRaw records an event whose payload is given as bytes, for types that the program
// does not know.
func (h *History) AppendRaw(stream ledger.StreamID, kind string, payload []byte) {
	a := h.batch(stream)
	a.Events = []ledger.NewEvent{{ID: h.ID("event"), Type: kind, Payload: payload}}
	h.revisions[stream] = a.Expected + 1
	h.append(a)
}

// ID makes a new identifier, the same in each run.
func (h *History) ID(purpose string) uuid.UUID {
	h.serial++
	return ledger.DeterministicID(purpose, h.serial)
}

// Seal closes personal data with the person's key.
func (h *History) Seal(person ledger.PersonID, data event.PersonalData) seal.Sealed {
	keys, err := h.Keys.PersonKeys(h.t.Context(), []ledger.PersonID{person}, true)
	require.NoError(h.t, err)
	c := ledger.NewEncoder(nil)
	data.Fields(c)
	return keys[person].Seal(h.ID("use"), c.Encoded())
}

// RegisterPerson registers an insured person under the number of the data.
func (h *History) RegisterPerson(payer string, data event.PersonalData) ledger.PersonID {
	id := h.Keys.PersonID(data.InsuranceNo)
	h.Append(ledger.PersonStream(id),
		&event.PersonRegistered{Payer: payer, Personal: h.Seal(id, data)})
	return id
}

// RegisterPayer registers a payer since the day, an employer of the office.
func (h *History) RegisterPayer(unp, office, name string, since period.Date) {
	h.Append(ledger.PayerStream(unp), &event.PayerRegistered{UNP: unp,
		FundNo: office + unp[3:], Name: name, Kind: "employer", Office: office, Since: since})
}

// Receive records the arrival of a filing.
func (h *History) Receive(unp string) uuid.UUID {
	id := h.ID("filing")
	h.Append(ledger.PayerStream(unp), &event.FilingReceived{Filing: id,
		Receipt: fmt.Sprintf("R-%06d", h.serial), SHA256: ledger.HashRecord(id[:]),
		KeyHash: ledger.HashRecord([]byte(unp + id.String())), Bytes: 100, Channel: "api"})
	return id
}
