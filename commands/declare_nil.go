package commands

import (
	"context"
	"slices"

	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/ledger/account"
	"github.com/stazh/stazh/ledger/event"
	"github.com/stazh/stazh/ledger/period"
)

// NilReasons are the reasons for which nothing is to be reported.
var NilReasons = []string{"no_activity", "no_employees", "seasonal", "other"}

// nilQuartersMax bounds a standing nil report: what lasts longer is asked for again.
const nilQuartersMax = 8

// DeclareNil says that a payer has nothing to report for some quarters to come.
type DeclareNil struct {
	Actor  ledger.Actor
	Ground string
	Payer  string
	From   period.Month // first month of the first quarter
	Until  period.Month // last month of the last quarter; before From to take it back
	Reason string
}

// DeclareNil is recorded once. The same first month again changes the end.
func (b *Bus) DeclareNil(ctx context.Context, c DeclareNil) (ledger.Position, error) {
	return b.onPayer(ctx, c.Payer, ledger.Meta{Actor: c.Actor, Ground: c.Ground},
		func(p *account.Payer, _ *account.Law, _ period.Date) ([]event.Payload, error) {
			if err := c.check(p); err != nil {
				return nil, err
			}
			fact := event.NilReportDeclared{From: c.From, Until: c.Until, Reason: c.Reason}
			if slices.Contains(p.Nil, fact) {
				return nil, nil
			}
			return []event.Payload{&fact}, nil
		})
}

func (c DeclareNil) check(p *account.Payer) error {
	stands := slices.ContainsFunc(p.Nil, func(n event.NilReportDeclared) bool {
		return n.From == c.From
	})
	switch {
	case c.From.IsZero() || c.Until.IsZero() || c.From.Number()%3 != 1 ||
		c.Until.Number()%3 != 0 || c.Until > c.From.Add(3*nilQuartersMax-1):
		return refuse(Invalid, "nil_quarters_invalid", "a nil report covers one to %d whole "+
			"quarters: give the first and the last of them", nilQuartersMax)
	case c.Until < c.From && !stands:
		return refuse(Invalid, "nil_unknown",
			"there is no nil report from %s to take back", c.From)
	case !slices.Contains(NilReasons, c.Reason):
		return refuse(Invalid, "nil_reason_unknown",
			"the reason must be one of no_activity, no_employees, seasonal, other")
	}
	return nil
}
