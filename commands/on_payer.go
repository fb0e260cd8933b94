package commands

import (
	"context"
	"strings"

	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/ledger/account"
	"github.com/stazh/stazh/ledger/event"
	"github.com/stazh/stazh/ledger/money"
	"github.com/stazh/stazh/ledger/period"
)

// onPayer carries out a command on one payer's account: it sits down at the payer's desk,
// reads the account, has the facts decided and records them. No facts mean that all is
// recorded already.
func (b *Bus) onPayer(ctx context.Context, unp string, meta ledger.Meta,
	decide func(p *account.Payer, law *account.Law, today period.Date) ([]event.Payload, error),
) (position ledger.Position, err error) {
	if !ledger.PayerStream(unp).Valid() {
		return 0, payerUnknown()
	}
	err = attempt(ctx, func() error {
		d, err := b.sitDown(ctx, unp)
		if err != nil {
			return err
		}
		defer d.leave(false)
		if d.remembered {
			if err := d.reload(ctx); err != nil {
				return err
			}
		}
		law, err := b.Law.Current(ctx)
		if err != nil {
			return err
		}
		p := d.folds.payer
		if !p.Registered {
			return payerUnknown()
		}
		position = p.Position
		facts, err := decide(p, law, FundDate(b.Clock()))
		if err != nil || len(facts) == 0 {
			return err
		}
		result, err := b.append(ctx, ledger.StreamAppend{Stream: ledger.PayerStream(unp),
			Expected: p.Revision,
			Events: newEvents(meta, facts, "settlement", unp, int64(p.Revision),
				meta.Actor.Subject)})
		position = result.Position
		return err
	})
	return position, err
}

func payerUnknown() error {
	return refuse(NotFound, "payer_unknown",
		"no payer is registered under this UNP: check it, or register the payer")
}

// reason archives why an officer decides, and gives the name under which it is kept. It may
// speak of persons, so that it does not stand in an event.
func (b *Bus) reason(ctx context.Context, ground, text string) (ledger.Hash, error) {
	if strings.TrimSpace(text) == "" {
		return ledger.Hash{}, refuse(Invalid, "reason_missing", "say why, for who reads it later")
	}
	if strings.TrimSpace(ground) == "" {
		return ledger.Hash{}, refuse(Invalid, "ground_missing",
			"name the legal act and article that the decision rests on")
	}
	name, _, err := b.Archive.Put(ctx, strings.NewReader(text))
	return name, err
}

// checkFund refuses a fund that there is not.
func checkFund(fund string) error {
	switch fund {
	case event.FundPension, event.FundSocial, event.FundOccupational:
		return nil
	}
	return refuse(Invalid, "fund_unknown", "the fund is one of pension, social, occupational")
}

func checkAmount(a money.Amount) error {
	if a <= 0 {
		return refuse(Invalid, "amount_invalid", "give an amount above zero")
	}
	return nil
}
