package commands

import (
	"context"

	"github.com/google/uuid"

	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/ledger/account"
	"github.com/stazh/stazh/ledger/event"
	"github.com/stazh/stazh/ledger/period"
	"github.com/stazh/stazh/ledger/seal"
)

// ProposeConfirmation asks a second officer to confirm months of an account.
type ProposeConfirmation struct {
	Actor    ledger.Actor
	Ground   string
	Person   ledger.PersonID
	From, To period.Month
	// AppealUntil is the last day on which the person may object; null where no term runs.
	AppealUntil period.Date
	Reason      string
}

// ProposeConfirmation gives the id of the confirmation. The same officer's proposal for the
// same months stands once.
func (b *Bus) ProposeConfirmation(ctx context.Context, c ProposeConfirmation,
) (id uuid.UUID, at ledger.Position, err error) {
	if err := grounded(c.Ground, c.Reason); err != nil {
		return uuid.Nil, 0, err
	}
	today := FundDate(b.Clock())
	if c.From.IsZero() || c.To < c.From || c.To >= today.Month() {
		return uuid.Nil, 0, refuse(Invalid, "months_invalid",
			"give the first and the last month as YYYY-MM, all of them over")
	}
	meta := ledger.Meta{Actor: c.Actor, Ground: c.Ground, EffectiveFrom: c.From,
		EffectiveTo: c.To}
	at, err = b.onPerson(ctx, c.Person, meta, c, func(s *subject, ids factIDs,
	) ([]event.Payload, error) {
		for i := range s.person.Confirmations {
			x := &s.person.Confirmations[i]
			waits := x.State == account.ConfirmationProposed
			if waits && x.From == c.From && x.To == c.To && x.Author == c.Actor.Subject {
				id = x.ID
				return nil, nil
			}
			if (waits || x.Holds()) && x.From <= c.To && c.From <= x.To {
				return nil, refuse(Conflict, "months_confirmed",
					"some of these months are confirmed, or proposed to be, by %s: decide "+
						"on that first", x.ID)
			}
		}
		id = ledger.DeterministicID(ids.of(0), "confirmation")
		return []event.Payload{&event.ConfirmationProposed{Confirmation: id, From: c.From,
			To: c.To, Snapshot: s.person.FactsHash(c.From, c.To), AppealUntil: c.AppealUntil,
			Reason: s.sealReason(ids.of(0), c.Reason)}}, nil
	})
	return id, at, err
}

// ProposeSetAside asks a second officer to take a confirmation back.
type ProposeSetAside struct {
	Actor        ledger.Actor
	Ground       string
	Person       ledger.PersonID
	Confirmation uuid.UUID
	Reason       string
}

// ProposeSetAside is refused for a confirmation that does not hold.
func (b *Bus) ProposeSetAside(ctx context.Context, c ProposeSetAside) (ledger.Position, error) {
	if err := grounded(c.Ground, c.Reason); err != nil {
		return 0, err
	}
	meta := ledger.Meta{Actor: c.Actor, Ground: c.Ground, Correlation: c.Confirmation}
	return b.onPerson(ctx, c.Person, meta, c, func(s *subject, ids factIDs,
	) ([]event.Payload, error) {
		x, err := s.confirmation(c.Confirmation)
		switch {
		case err != nil:
			return nil, err
		case x.State == account.SetAsideProposed && x.Author == c.Actor.Subject:
			return nil, nil
		case x.State != account.ConfirmationHolds:
			return nil, confirmationState(x)
		}
		return []event.Payload{&event.SetAsideProposed{Confirmation: x.ID,
			Reason: s.sealReason(ids.of(0), c.Reason)}}, nil
	})
}

// DecideConfirmation is the second officer's decision on either proposal.
type DecideConfirmation struct {
	Actor        ledger.Actor
	Ground       string
	Person       ledger.PersonID
	Confirmation uuid.UUID
	Approve      bool
	Reason       string
}

// DecideConfirmation is refused to the officer who proposed (SPF-905), and an approval where
// the months are not any more what that officer saw.
func (b *Bus) DecideConfirmation(ctx context.Context, c DecideConfirmation,
) (ledger.Position, error) {
	if err := grounded(c.Ground, c.Reason); err != nil {
		return 0, err
	}
	meta := ledger.Meta{Actor: c.Actor, Ground: c.Ground, Correlation: c.Confirmation}
	return b.onPerson(ctx, c.Person, meta, c, func(s *subject, ids factIDs,
	) ([]event.Payload, error) {
		x, err := s.confirmation(c.Confirmation)
		if err != nil || s.decidedAlready(x, c) {
			return nil, err
		}
		if x.State != account.ConfirmationProposed && x.State != account.SetAsideProposed {
			return nil, confirmationState(x)
		}
		if x.Author == c.Actor.Subject {
			return nil, refuse(Forbidden, "SPF-905", "you have proposed this yourself: let "+
				"another officer decide")
		}
		reason := s.sealReason(ids.of(0), c.Reason)
		switch {
		case !c.Approve:
			return []event.Payload{&event.ConfirmationReturned{Confirmation: x.ID,
				Reason: reason}}, nil
		case x.State == account.SetAsideProposed:
			return []event.Payload{&event.ConfirmationSetAside{Confirmation: x.ID,
				Reason: reason}}, nil
		case s.person.FactsHash(x.From, x.To) != x.Snapshot:
			return nil, refuse(Conflict, "months_moved", "the months have changed since they were "+
				"checked: return the proposal and check them again")
		}
		return []event.Payload{&event.PeriodConfirmed{Confirmation: x.ID, Reason: reason}}, nil
	})
}

// decidedAlready tells that the very same decision of the same officer is recorded.
func (s *subject) decidedAlready(x *account.Confirmation, c DecideConfirmation) bool {
	return x.DecidedBy == c.Actor.Subject && c.Approve &&
		(x.State == account.ConfirmationHolds || x.State == account.ConfirmationSetAside)
}

func (s *subject) confirmation(id uuid.UUID) (*account.Confirmation, error) {
	if x := s.person.Confirmation(id); x != nil {
		return x, nil
	}
	return nil, refuse(NotFound, "confirmation_unknown",
		"the account has no confirmation %s: list those of the person", id)
}

func confirmationState(x *account.Confirmation) error {
	return refuse(Conflict, "confirmation_state",
		"confirmation %s is in the state %s: list those of the person", x.ID, x.State)
}

// sealReason closes a free text into a box for the event of the id.
func (s *subject) sealReason(use uuid.UUID, reason string) seal.Sealed {
	return s.key.Seal(use, []byte(reason))
}
