package commands

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/stazh/stazh/commands/intake/control"
	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/ledger/account"
	"github.com/stazh/stazh/ledger/event"
	"github.com/stazh/stazh/ledger/period"
)

// PayerKinds are the kinds of payers. A treasury only files lists of payments.
var PayerKinds = []string{"employer", "sole_proprietor", "farm", "self_employed", "treasury"}

// RegisterPayer opens a payer's account.
type RegisterPayer struct {
	Actor  ledger.Actor
	Ground string
	UNP    string
	FundNo string // nine digits: office (three), serial number (six)
	Name   string
	Kind   string
	Since  period.Date
}

// RegisteredPayer is what came of a registration.
type RegisteredPayer struct {
	// Payer is the account; of a new one, all that is in it is the registration.
	Payer *account.Payer
	// Repeated is true when the payer had been registered before, with the same data.
	Repeated bool
	// RecordedAt is when a new registration was recorded; zero of a repetition.
	RecordedAt time.Time
}

// RegisterPayer records a payer. Registering it again with the same data does nothing;
// with other data it is refused as a conflict.
func (b *Bus) RegisterPayer(ctx context.Context, c RegisterPayer) (RegisteredPayer, error) {
	law, err := b.Law.Current(ctx)
	if err != nil {
		return RegisteredPayer{}, err
	}
	c.UNP = control.NormalizeUNP(c.UNP)
	c.Name = strings.TrimSpace(c.Name)
	// Nearly every payer is new, so that its stream is not read first: the append holds only
	// where there is none. Where there is one, the command is decided on it.
	r, err := b.registerPayer(ctx, account.NewPayer(c.UNP), c, law)
	if !r.Repeated && !undecided(err) {
		return r, err
	}
	err = attempt(ctx, func() error {
		folds, err := b.payer(ctx, c.UNP)
		if err != nil {
			return err
		}
		r, err = b.registerPayer(ctx, folds.payer, c, law)
		return err
	})
	return r, err
}

// registerPayer decides on what is known of the payer and records it.
func (b *Bus) registerPayer(ctx context.Context, payer *account.Payer, c RegisterPayer,
	law *account.Law) (RegisteredPayer, error) {
	facts, err := decideRegisterPayer(payer, c, law, FundDate(b.Clock()))
	if err != nil {
		return RegisteredPayer{}, err
	}
	if len(facts) == 0 {
		return RegisteredPayer{Payer: payer, Repeated: true}, nil
	}
	meta := ledger.Meta{Actor: c.Actor, Ground: c.Ground}
	// The data are part of the id: of two registrations at the same time with different
	// ones, the second must not be taken for a repetition.
	events := newEvents(meta, facts, "register", c.UNP, int64(payer.Revision), c.FundNo, c.Name,
		c.Kind, c.Since)
	result, err := b.append(ctx, ledger.StreamAppend{
		Stream: ledger.PayerStream(c.UNP), Expected: payer.Revision, Events: events})
	b.memory.forgetPayer(c.UNP)
	if err != nil {
		return RegisteredPayer{}, err
	}
	payer.Apply(ledger.Event{Revision: payer.Revision + 1, Position: result.Position,
		RecordedAt: result.RecordedAt}, facts[0])
	return RegisteredPayer{payer, result.Repeated, result.RecordedAt}, nil
}

func decideRegisterPayer(payer *account.Payer, c RegisterPayer, law *account.Law,
	today period.Date) ([]event.Payload, error) {
	if !control.UNPValid(c.UNP) {
		return nil, refuse(Invalid, "unp_invalid",
			"%q is not a valid UNP: check its nine characters and the check digit", c.UNP)
	}
	if len(c.FundNo) != 9 || strings.Trim(c.FundNo, "0123456789") != "" {
		return nil, refuse(Invalid, "fund_no_invalid",
			"the Fund number needs nine digits: office (3) and serial number (6)")
	}
	office := c.FundNo[:3]
	if _, ok := law.Code(account.ClassifierOffice, office, today); !ok {
		return nil, refuse(Invalid, "office_unknown",
			"the Fund number names office %s, which does not exist: see GET /v1/offices", office)
	}
	if c.Name == "" {
		return nil, refuse(Invalid, "name_missing", "give the payer's name")
	}
	if !slices.Contains(PayerKinds, c.Kind) {
		return nil, refuse(Invalid, "kind_unknown", "kind is one of %s",
			strings.Join(PayerKinds, ", "))
	}
	if c.Since.IsZero() {
		return nil, refuse(Invalid, "since_missing",
			"give the first day of the payer's duties as YYYY-MM-DD")
	}
	fact := &event.PayerRegistered{UNP: c.UNP, FundNo: c.FundNo, Name: c.Name, Kind: c.Kind,
		Office: office, Since: c.Since}
	if !payer.Registered {
		return []event.Payload{fact}, nil
	}
	recorded := event.PayerRegistered{UNP: payer.UNP, FundNo: payer.FundNo, Name: payer.Name,
		Kind: payer.Kind, Office: payer.Office, Since: payer.Since}
	if recorded != *fact {
		return nil, refuse(Conflict, "payer_exists",
			"payer %s is registered already, with other data", c.UNP)
	}
	return nil, nil
}

// newEvents makes events whose ids follow from the parts, their ordinal and what they say:
// another command at the same place must not be taken for a repetition.
func newEvents(meta ledger.Meta, facts []event.Payload, parts ...any) []ledger.NewEvent {
	events := make([]ledger.NewEvent, len(facts))
	for i, f := range facts {
		payload := event.Encode(f)
		id := ledger.DeterministicID(append(parts, i, f.EventType(), ledger.HashRecord(payload))...)
		events[i] = ledger.NewEvent{ID: id, Type: f.EventType(), Meta: meta, Payload: payload}
	}
	return events
}
