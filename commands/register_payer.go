package commands

import (
	"context"
	"slices"
	"strings"

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

// RegisterPayer records a payer. Registering it again with the same data does nothing;
// with other data it is refused as a conflict. The position is that of the registration.
func (b *Bus) RegisterPayer(ctx context.Context, c RegisterPayer) (ledger.Position, error) {
	law, err := b.Law.Current(ctx)
	if err != nil {
		return 0, err
	}
	c.UNP = control.NormalizeUNP(c.UNP)
	c.Name = strings.TrimSpace(c.Name)
	var position ledger.Position
	err = attempt(ctx, func() error {
		folds, err := b.payer(ctx, c.UNP)
		if err != nil {
			return err
		}
		payer := folds.payer
		facts, err := decideRegisterPayer(payer, c, law, FundDate(b.Clock()))
		if err != nil {
			return err
		}
		position = payer.Position
		if len(facts) == 0 {
			return nil
		}
		meta := ledger.Meta{Actor: c.Actor, Ground: c.Ground}
		result, err := b.append(ctx, ledger.StreamAppend{
			Stream: ledger.PayerStream(c.UNP), Expected: payer.Revision,
			Events: newEvents(meta, facts, "register", c.UNP, int64(payer.Revision)),
		})
		position = result.Position
		b.memory.forgetPayer(c.UNP)
		return err
	})
	return position, err
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

// newEvents makes events whose ids follow from the parts and their ordinal.
func newEvents(meta ledger.Meta, facts []event.Payload, parts ...any) []ledger.NewEvent {
	events := make([]ledger.NewEvent, len(facts))
	for i, f := range facts {
		events[i] = event.New(ledger.DeterministicID(append(parts, i)...), meta, f)
	}
	return events
}
