package commands

import (
	"context"
	"slices"
	"strings"

	"github.com/google/uuid"

	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/ledger/account"
	"github.com/stazh/stazh/ledger/event"
	"github.com/stazh/stazh/ledger/obligation"
	"github.com/stazh/stazh/ledger/period"
)

// DeclareOutage says that reports could not be filed on some days.
type DeclareOutage struct {
	Actor    ledger.Actor
	Ground   string
	From, To period.Date
	Extended period.Date // new due date of what was due on these days
	Forms    []string    // all when empty
	Reason   string
}

// DeclareOutage gives the outage's id. It moves nothing before a second officer extends the
// deadline. The same outage is recorded once.
func (b *Bus) DeclareOutage(ctx context.Context, c DeclareOutage,
) (id uuid.UUID, at ledger.Position, err error) {
	if err := c.check(); err != nil {
		return id, 0, err
	}
	forms := slices.Sorted(slices.Values(c.Forms))
	id = ledger.DeterministicID("outage", c.From.String(), c.To.String(), c.Extended.String(),
		strings.Join(forms, ","))
	at, err = b.onLaw(ctx, ledger.Meta{Actor: c.Actor, Ground: c.Ground},
		func(law *account.Law) (event.Payload, error) {
			if _, recorded := law.Outage(id); recorded {
				return nil, nil
			}
			return &event.OutageDeclared{Outage: id, From: c.From, To: c.To,
				Extended: c.Extended, Forms: forms, Reason: c.Reason}, nil
		})
	return id, at, err
}

func (c DeclareOutage) check() error {
	if err := grounded(c.Ground, c.Reason); err != nil {
		return err
	}
	switch {
	case c.From.IsZero() || c.To < c.From || c.Extended <= c.To:
		return refuse(Invalid, "outage_days_invalid",
			"give the first and the last day of the outage, and a later new due date")
	}
	for _, form := range c.Forms {
		if !slices.Contains(obligation.Forms(), form) {
			return refuse(Invalid, "outage_form_unknown",
				"the forms must be of %s", strings.Join(obligation.Forms(), ", "))
		}
	}
	return nil
}

// ExtendDeadline is the second officer's decision on an outage.
type ExtendDeadline struct {
	Actor  ledger.Actor
	Ground string
	Outage uuid.UUID
	Reason string
}

// ExtendDeadline moves the due dates. It is refused for the officer who declared the outage
// (SPF-905).
func (b *Bus) ExtendDeadline(ctx context.Context, c ExtendDeadline) (ledger.Position, error) {
	if err := grounded(c.Ground, c.Reason); err != nil {
		return 0, err
	}
	return b.onLaw(ctx, ledger.Meta{Actor: c.Actor, Ground: c.Ground},
		func(law *account.Law) (event.Payload, error) {
			x, ok := law.Outage(c.Outage)
			switch {
			case !ok:
				return nil, refuse(NotFound, "outage_unknown", "there is no such outage")
			case x.Extends:
				return nil, nil
			case x.DeclaredBy == c.Actor.Subject:
				return nil, refuse(Forbidden, "SPF-905",
					"who declared an outage cannot extend the deadline for it: another officer must")
			}
			return &event.DeadlineExtended{Outage: c.Outage, Reason: c.Reason}, nil
		})
}
