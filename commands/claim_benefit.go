package commands

import (
	"context"
	"encoding/json"

	"github.com/google/uuid"

	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/ledger/account"
	"github.com/stazh/stazh/ledger/entitlement"
	"github.com/stazh/stazh/ledger/event"
	"github.com/stazh/stazh/ledger/period"
)

// ClaimBenefit opens a case on an insured person's account.
type ClaimBenefit struct {
	Actor     ledger.Actor
	Ground    string
	Person    ledger.PersonID
	Kind      string      // of the classifier of benefits
	ClaimedOn period.Date // today by default
	From      period.Date // the day from which it is asked; ClaimedOn by default
	// Details are fields of the kind's rules that the account does not say.
	Details map[string]json.RawMessage
}

// ClaimBenefit gives the case. The same claim is recorded once; while a case of the kind is
// open or awarded, another one of the same kind and day is refused.
func (b *Bus) ClaimBenefit(ctx context.Context, c ClaimBenefit,
) (uuid.UUID, ledger.Position, error) {
	law, err := b.Law.Current(ctx)
	if err != nil {
		return uuid.Nil, 0, err
	}
	today := FundDate(b.Clock())
	if c.ClaimedOn.IsZero() {
		c.ClaimedOn = today
	}
	if c.From.IsZero() {
		c.From = c.ClaimedOn
	}
	if c.ClaimedOn > today {
		return uuid.Nil, 0, refuse(Invalid, "claim_in_future",
			"the claim is dated after today, %s: correct its day", today)
	}
	if err := CheckClaim(law, c.Kind, c.From, c.Details); err != nil {
		return uuid.Nil, 0, err
	}
	var id uuid.UUID
	meta := ledger.Meta{Actor: c.Actor, Ground: c.Ground, EffectiveFrom: c.From.Month()}
	at, err := b.onPerson(ctx, c.Person, meta, c, func(s *subject, ids factIDs,
	) ([]event.Payload, error) {
		claims := 0 // of the same kind and days that ended without an award
		for i := range s.person.Cases {
			x := &s.person.Cases[i]
			if x.Kind != c.Kind || x.From != c.From || x.ClaimedOn != c.ClaimedOn {
				continue
			}
			if x.State != account.CaseWithdrawn && x.State != account.CaseRefused {
				id = x.ID
				return nil, nil // it is recorded
			}
			claims++
		}
		id = ledger.DeterministicID(c.Person, "claim", c.Kind, c.ClaimedOn, c.From, claims)
		box, err := s.sealDetails(ids.of(0), c.Details)
		if err != nil {
			return nil, err
		}
		return []event.Payload{&event.BenefitClaimed{Case: id, Kind: c.Kind,
			ClaimedOn: c.ClaimedOn, From: c.From, Details: box}}, nil
	})
	return id, at, err
}

// CheckClaim refuses a kind that there is not on the day, and details that its rules do not
// read.
func CheckClaim(law *account.Law, code string, on period.Date,
	details map[string]json.RawMessage) error {
	kind, err := kindOf(law, code, on)
	if err != nil {
		return err
	}
	return checkDetails(kind, details)
}

func kindOf(law *account.Law, code string, on period.Date) (entitlement.Kind, error) {
	kind, ok, err := entitlement.KindOf(law, code, on)
	if err != nil {
		return kind, &Error{Kind: Unavailable, Code: "benefit_kind_unreadable", Cause: err,
			Message: "this program does not understand the published kind of benefit: update it"}
	}
	if !ok {
		return kind, refuse(Invalid, "benefit_kind_unknown",
			"there is no kind of benefit %q on %s: see the list of kinds", code, on)
	}
	return kind, nil
}

func checkDetails(kind entitlement.Kind, details map[string]json.RawMessage) error {
	for name := range details {
		if err := kind.MayDetail(name); err != nil {
			return &Error{Kind: Invalid, Code: "detail_not_taken", Message: err.Error()}
		}
	}
	return nil
}

// RecordBenefitEvidence adds a document to a case and the details that it proves.
type RecordBenefitEvidence struct {
	Actor    ledger.Actor
	Ground   string
	Person   ledger.PersonID
	Case     uuid.UUID
	Evidence event.Evidence
	Details  map[string]json.RawMessage
}

// RecordBenefitEvidence is refused for a case that is closed.
func (b *Bus) RecordBenefitEvidence(ctx context.Context, c RecordBenefitEvidence,
) (ledger.Position, error) {
	law, err := b.Law.Current(ctx)
	if err != nil {
		return 0, err
	}
	if err := checkEvidence(law, c.Evidence, FundDate(b.Clock())); err != nil {
		return 0, err
	}
	meta := ledger.Meta{Actor: c.Actor, Ground: c.Ground, Correlation: c.Case}
	return b.onPerson(ctx, c.Person, meta, c, func(s *subject, ids factIDs,
	) ([]event.Payload, error) {
		x, err := s.open(c.Case)
		if err != nil {
			return nil, err
		}
		kind, err := kindOf(law, x.Kind, x.From)
		if err != nil {
			return nil, err
		}
		if err := checkDetails(kind, c.Details); err != nil {
			return nil, err
		}
		box, err := s.sealDetails(ids.of(0), c.Details)
		if err != nil {
			return nil, err
		}
		return []event.Payload{&event.BenefitEvidenceRecorded{Case: c.Case,
			Evidence: c.Evidence, Details: box}}, nil
	})
}

// open finds a case that may still be worked on.
func (s *subject) open(id uuid.UUID) (*account.Case, error) {
	x, err := s.caseOf(id)
	if err != nil {
		return nil, err
	}
	switch x.State {
	case account.CaseRefused, account.CaseWithdrawn, account.CaseTerminated:
		return nil, refuse(Conflict, "case_closed",
			"case %s is %s: open a new claim", id, x.State)
	}
	return x, nil
}

// WithdrawClaim ends a case before it is decided.
type WithdrawClaim struct {
	Actor  ledger.Actor
	Ground string
	Person ledger.PersonID
	Case   uuid.UUID
	Reason string
}

// WithdrawClaim of an awarded benefit is refused: that is terminated.
func (b *Bus) WithdrawClaim(ctx context.Context, c WithdrawClaim) (ledger.Position, error) {
	if err := said(fieldReason, c.Reason); err != nil {
		return 0, err
	}
	meta := ledger.Meta{Actor: c.Actor, Ground: c.Ground, Correlation: c.Case}
	return b.onPerson(ctx, c.Person, meta, c, func(s *subject, _ factIDs,
	) ([]event.Payload, error) {
		x, err := s.open(c.Case)
		if err != nil {
			return nil, err
		}
		if x.State == account.CaseAwarded {
			return nil, refuse(Conflict, "case_awarded",
				"case %s is awarded: terminate the benefit instead", c.Case)
		}
		return []event.Payload{&event.ClaimWithdrawn{Case: c.Case, Reason: c.Reason}}, nil
	})
}
