package reconciliation

import (
	"slices"

	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/ledger/account"
	"github.com/stazh/stazh/ledger/event"
	"github.com/stazh/stazh/ledger/money"
	"github.com/stazh/stazh/ledger/period"
)

// Track follows a payer's stream and tells with which event each mismatch of what the payer
// declares arose and with which one it was resolved.
type Track struct {
	Payer *account.Payer
	Open  []Mismatch // by quarter and kind
	// Closed are those resolved since Forget, in the order of their events.
	Closed []Mismatch
}

// NewTrack begins before the first event.
func NewTrack(unp string) *Track { return &Track{Payer: account.NewPayer(unp)} }

// Apply takes the next event of the payer's stream into account.
func (t *Track) Apply(e ledger.Event, payload event.Payload) {
	t.Payer.Apply(e, payload)
	if !t.decisive(&e, payload) {
		return
	}
	at := Place{Position: e.Position, Event: e.ID, Type: e.Type, On: period.InBelarus(e.RecordedAt)}
	now := Of(t.Payer)
	for i := range now {
		now[i].Opened = at
		if j := find(t.Open, now[i].key()); j >= 0 {
			now[i].Opened = t.Open[j].Opened
		}
	}
	for _, m := range t.Open {
		if find(now, m.key()) < 0 {
			m.Closed = &at
			t.Closed = append(t.Closed, m)
		}
	}
	t.Open = now
}

// Forget lets go of the closed mismatches.
func (t *Track) Forget() { t.Closed = nil }

// decisive tells whether the account is whole after an event. The events of one filing say
// together what it changes: between the first and the last of them, differences would show
// that nobody has made.
func (t *Track) decisive(e *ledger.Event, payload event.Payload) bool {
	if t.Payer.Halfway() {
		return false
	}
	switch payload.(type) {
	case *event.FilingReceived, *event.FilingKeyBound, *event.DocumentParked,
		*event.ParkedDocumentExpired, *event.PayerRegistered, *event.PayerDeregistered,
		*event.PaymentReceived, *event.PaymentReturned, *event.PaymentSuspended:
		return false // no sum that is compared is in them
	case *event.FilingProcessed, *event.ParkedDocumentReleased:
		return true
	}
	return !t.Payer.InWork(e.Meta.Correlation)
}

func find(list []Mismatch, k key) int {
	return slices.IndexFunc(list, func(m Mismatch) bool { return m.key() == k })
}

// Fields is the canonical form of the state, without closed mismatches.
func (t *Track) Fields(c *ledger.Codec) {
	if t.Payer == nil {
		t.Payer = &account.Payer{}
	}
	t.Payer.Fields(c)
	ledger.Slice(c, &t.Open, func(c *ledger.Codec, m *Mismatch) { m.Fields(c) })
}

// Fields is the canonical form of a mismatch.
func (m *Mismatch) Fields(c *ledger.Codec) {
	c.String(&m.Kind)
	c.String(&m.Rule)
	c.Int(&m.Year)
	c.Int(&m.Quarter)
	for _, a := range [...]*money.Amount{&m.ByPayer, &m.ByAccounts, &m.Difference} {
		c.Amount(a)
	}
	c.Bool(&m.Carried)
	c.String((*string)(&m.State))
	m.Opened.fields(c)
	closed := m.Closed != nil
	if c.Bool(&closed); closed {
		if m.Closed == nil {
			m.Closed = &Place{}
		}
		m.Closed.fields(c)
	}
}

func (p *Place) fields(c *ledger.Codec) {
	c.Uint64((*uint64)(&p.Position))
	c.UUID(&p.Event)
	c.String(&p.Type)
	c.Date(&p.On)
}
