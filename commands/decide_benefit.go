package commands

import (
	"cmp"
	"context"
	"crypto/sha256"
	"slices"
	"strings"

	"github.com/google/uuid"

	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/ledger/account"
	"github.com/stazh/stazh/ledger/entitlement"
	"github.com/stazh/stazh/ledger/event"
	"github.com/stazh/stazh/ledger/period"
)

// ApproveCalculation is the second officer's decision on a calculation.
type ApproveCalculation struct {
	Actor       ledger.Actor
	Ground      string
	Person      ledger.PersonID
	Calculation uuid.UUID
}

// Decided says what an approval led to.
type Decided struct {
	Case     uuid.UUID
	Entitled bool
	Position ledger.Position
}

// ApproveCalculation assigns the pension, grants the benefit or refuses the claim, as the
// calculation found. It is refused when the approver is the author (SPF-905), when the
// ledger or the law moved so that the calculation would be another now (SPF-906), and when
// a benefit that excludes this one is paid (SPF-907).
//
// It needs a legal ground; the reason is the calculation itself, which says all it rests on.
func (b *Bus) ApproveCalculation(ctx context.Context, c ApproveCalculation) (Decided, error) {
	var done Decided
	if err := citesGround(c.Ground); err != nil {
		return done, err
	}
	meta := ledger.Meta{Actor: c.Actor, Ground: c.Ground}
	at, err := b.onPerson(ctx, c.Person, meta, c, func(s *subject, _ factIDs,
	) ([]event.Payload, error) {
		law, err := b.Law.Current(ctx)
		if err != nil {
			return nil, err
		}
		x, repeated, err := s.pending(c.Calculation)
		if err != nil {
			return nil, err
		}
		done = Decided{Case: x.ID, Entitled: x.Calculation.Entitled}
		if repeated {
			return nil, nil
		}
		kind, err := s.checkApproval(law, x, c.Actor)
		if err != nil {
			return nil, err
		}
		office := cmp.Or(c.Actor.Office, x.Office)
		return []event.Payload{decision(x, kind, office)}, nil
	})
	done.Position = at
	return done, err
}

// pending finds the case whose calculation waits for a decision. repeated tells that this
// very calculation has been approved already.
func (s *subject) pending(calculation uuid.UUID) (x *account.Case, repeated bool, err error) {
	for i := range s.person.Cases {
		x := &s.person.Cases[i]
		if x.Calculation.ID != calculation {
			continue
		}
		switch {
		case x.Pending:
			return x, false, nil
		case x.State == account.CaseRefused, x.Award.Calculation == calculation:
			return x, true, nil
		}
		return nil, false, refuse(Conflict, "calculation_not_pending",
			"calculation %s was returned or its case is closed: calculate anew", calculation)
	}
	return nil, false, refuse(NotFound, "calculation_unknown",
		"no case of the person waits with calculation %s: a newer one may have replaced it",
		calculation)
}

func (s *subject) checkApproval(law *account.Law, x *account.Case, by ledger.Actor,
) (entitlement.Kind, error) {
	kind, err := kindOf(law, x.Kind, x.From)
	if err != nil {
		return kind, err
	}
	if err := s.confirmed(); err != nil {
		return kind, err
	}
	if by.Subject == x.Author {
		return kind, refuse(Forbidden, "SPF-905",
			"who calculated may not approve: let another officer decide")
	}
	// The calculation itself is the one event since what it saw.
	if s.person.Seen() != x.Calculation.Seen+1 {
		return kind, refuse(Conflict, "SPF-906",
			"the account has changed since the calculation: calculate anew")
	}
	_, text, err := s.calculate(law, x)
	if err != nil {
		return kind, err
	}
	if ledger.Hash(sha256.Sum256(text)) != x.Calculation.TraceHash {
		return kind, refuse(Conflict, "SPF-906",
			"the law that the calculation rests on has changed: calculate anew")
	}
	if !x.Calculation.Entitled {
		return kind, nil
	}
	for i := range s.person.Cases {
		other := &s.person.Cases[i]
		if other.ID == x.ID {
			continue
		}
		_, paid := other.AmountOn(x.Calculation.From)
		if paid && (other.Kind == x.Kind && kind.Pension ||
			slices.Contains(kind.Excludes, other.Kind)) {
			return kind, refuse(Conflict, "SPF-907",
				"%s is paid on %s and excludes %s: terminate it first, or refuse the claim",
				other.Kind, x.Calculation.From, x.Kind)
		}
	}
	return kind, nil
}

// decision makes the fact that follows from an approved calculation.
func decision(x *account.Case, kind entitlement.Kind, office string) event.Payload {
	c := &x.Calculation
	if !c.Entitled {
		return &event.ClaimRefused{Case: x.ID, Calculation: c.ID, Author: x.Author,
			Kind: x.Kind, Unmet: c.Unmet, Office: office, Seen: c.Seen, SeenAt: c.SeenAt,
			TraceHash: c.TraceHash}
	}
	award := event.Award{Case: x.ID, Calculation: c.ID, Author: x.Author, Kind: x.Kind,
		Pays: string(kind.Pays), Form: c.Form, From: c.From, Until: c.Until, Amount: c.Amount,
		Office: office, Seen: c.Seen, SeenAt: c.SeenAt, TraceHash: c.TraceHash}
	switch {
	case x.State == account.CaseAwarded:
		return &event.PensionRecalculated{Award: award}
	case kind.Pension:
		return &event.PensionAssigned{Award: award}
	}
	return &event.BenefitGranted{Award: award}
}

// ReturnCalculation sends a calculation back to its author.
type ReturnCalculation struct {
	Actor       ledger.Actor
	Ground      string
	Person      ledger.PersonID
	Calculation uuid.UUID
	Reason      string
}

// ReturnCalculation needs a reason that the author can act on.
func (b *Bus) ReturnCalculation(ctx context.Context, c ReturnCalculation,
) (ledger.Position, error) {
	if err := grounded(c.Ground, c.Reason); err != nil {
		return 0, err
	}
	meta := ledger.Meta{Actor: c.Actor, Ground: c.Ground}
	return b.onPerson(ctx, c.Person, meta, c, func(s *subject, _ factIDs,
	) ([]event.Payload, error) {
		x, decided, err := s.pending(c.Calculation)
		if err != nil {
			return nil, err
		}
		if decided {
			return nil, refuse(Conflict, "calculation_not_pending",
				"calculation %s is decided already", c.Calculation)
		}
		if c.Actor.Subject == x.Author {
			return nil, refuse(Forbidden, "SPF-905",
				"who calculated may not decide on it: calculate anew instead")
		}
		return []event.Payload{&event.CalculationReturned{Case: x.ID,
			Calculation: c.Calculation, Reason: c.Reason}}, nil
	})
}

// TerminateBenefit ends a pension or another benefit that is paid.
type TerminateBenefit struct {
	Actor  ledger.Actor
	Ground string
	Person ledger.PersonID
	Case   uuid.UUID
	Last   period.Date // last day paid for
	Cause  string
}

// TerminateBenefit of a benefit that has ended with the same day and cause does nothing.
func (b *Bus) TerminateBenefit(ctx context.Context, c TerminateBenefit,
) (ledger.Position, error) {
	if err := citesGround(c.Ground); err != nil {
		return 0, err
	}
	if strings.TrimSpace(c.Cause) == "" || c.Last.IsZero() {
		return 0, refuse(Invalid, "termination_incomplete",
			"give the last day as YYYY-MM-DD and the cause")
	}
	meta := ledger.Meta{Actor: c.Actor, Ground: c.Ground, Correlation: c.Case}
	return b.onPerson(ctx, c.Person, meta, c, func(s *subject, _ factIDs,
	) ([]event.Payload, error) {
		x, err := s.caseOf(c.Case)
		if err != nil {
			return nil, err
		}
		if x.State == account.CaseTerminated && x.Last == c.Last && x.Cause == c.Cause {
			return nil, nil
		}
		if x.State != account.CaseAwarded {
			return nil, refuse(Conflict, "case_not_awarded",
				"case %s is %s: only a benefit that is paid is terminated", c.Case, x.State)
		}
		if c.Last < x.Award.From.AddDays(-1) {
			return nil, refuse(Invalid, "termination_before_award",
				"the benefit begins on %s: the last day is the day before at the earliest",
				x.Award.From)
		}
		return []event.Payload{&event.BenefitTerminated{Case: c.Case, Last: c.Last,
			Cause: c.Cause}}, nil
	})
}
