package service

import (
	"context"
	"encoding/json"

	"github.com/google/uuid"

	"github.com/stazh/stazh/api/auth"
	"github.com/stazh/stazh/commands"
	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/ledger/entitlement"
	"github.com/stazh/stazh/ledger/money"
	"github.com/stazh/stazh/ledger/period"
)

// Details are fields that the rules of a benefit need beyond the account: health, children,
// survivors. They are personal data.
type Details map[string]json.RawMessage

// onPerson asks for an action on a person, and notes the actor.
func onPerson(c Caller, a auth.Action, id ledger.PersonID, actor *ledger.Actor) error {
	*actor = c
	return allow(c, a, auth.KindPerson, id.String())
}

// RecordSpecialPeriod adds a time that counts for coverage and that no payer reports. The
// value is the period's identifier.
func (s *Service) RecordSpecialPeriod(ctx context.Context, c Caller,
	command commands.RecordSpecialPeriod) (Answer[uuid.UUID], error) {
	if err := onPerson(c, auth.PrepareBenefit, command.Person, &command.Actor); err != nil {
		return Answer[uuid.UUID]{}, err
	}
	id, at, err := s.bus.RecordSpecialPeriod(ctx, command)
	if err != nil {
		return Answer[uuid.UUID]{}, err
	}
	return answer(ctx, s, id, at)
}

// CancelSpecialPeriod takes a special period out again.
func (s *Service) CancelSpecialPeriod(ctx context.Context, c Caller,
	command commands.CancelSpecialPeriod) (Answer[uuid.UUID], error) {
	if err := onPerson(c, auth.PrepareBenefit, command.Person, &command.Actor); err != nil {
		return Answer[uuid.UUID]{}, err
	}
	at, err := s.bus.CancelSpecialPeriod(ctx, command)
	if err != nil {
		return Answer[uuid.UUID]{}, err
	}
	return answer(ctx, s, command.Period, at)
}

// ClaimBenefit opens a case; the value is its identifier.
func (s *Service) ClaimBenefit(ctx context.Context, c Caller, command commands.ClaimBenefit,
) (Answer[uuid.UUID], error) {
	if err := onPerson(c, auth.ClaimBenefit, command.Person, &command.Actor); err != nil {
		return Answer[uuid.UUID]{}, err
	}
	id, at, err := s.bus.ClaimBenefit(ctx, command)
	if err != nil {
		return Answer[uuid.UUID]{}, err
	}
	return answer(ctx, s, id, at)
}

// RecordBenefitEvidence adds a document to a case.
func (s *Service) RecordBenefitEvidence(ctx context.Context, c Caller,
	command commands.RecordBenefitEvidence) (Answer[uuid.UUID], error) {
	if err := onPerson(c, auth.ClaimBenefit, command.Person, &command.Actor); err != nil {
		return Answer[uuid.UUID]{}, err
	}
	at, err := s.bus.RecordBenefitEvidence(ctx, command)
	if err != nil {
		return Answer[uuid.UUID]{}, err
	}
	return answer(ctx, s, command.Case, at)
}

// WithdrawClaim ends a case before it is decided.
func (s *Service) WithdrawClaim(ctx context.Context, c Caller, command commands.WithdrawClaim,
) (Answer[uuid.UUID], error) {
	if err := onPerson(c, auth.ClaimBenefit, command.Person, &command.Actor); err != nil {
		return Answer[uuid.UUID]{}, err
	}
	at, err := s.bus.WithdrawClaim(ctx, command)
	if err != nil {
		return Answer[uuid.UUID]{}, err
	}
	return answer(ctx, s, command.Case, at)
}

// CalculationView is what a calculation found, with the whole trace where it is asked for.
type CalculationView struct {
	// Calculation is the null identifier of a trial, which is not recorded.
	Calculation uuid.UUID    `json:"calculation,omitzero"`
	Kind        string       `json:"kind"`
	ClaimedOn   period.Date  `json:"claimed_on"`
	From        period.Date  `json:"from"`
	Until       period.Date  `json:"until,omitzero"`
	Entitled    bool         `json:"entitled"`
	Unmet       []string     `json:"unmet"`
	Form        string       `json:"form,omitempty"`
	Amount      money.Amount `json:"amount"`
	Pays        string       `json:"pays"`
	Rules       []string     `json:"rules"`
	// Trace is the canonical JSON of package entitlement.
	Trace json.RawMessage `json:"trace"`
}

func viewTrace(id uuid.UUID, t *entitlement.Trace) (CalculationView, error) {
	text, err := t.JSON()
	return CalculationView{Calculation: id, Kind: t.Kind.Code, ClaimedOn: t.ClaimedOn,
		From: t.From, Until: t.Until, Entitled: t.Entitled, Unmet: t.Unmet, Form: t.Form,
		Amount: t.Amount, Pays: string(t.Kind.Pays), Rules: t.RuleIDs(), Trace: text}, err
}

// CalculateBenefit lays a calculation before the second officer.
func (s *Service) CalculateBenefit(ctx context.Context, c Caller,
	command commands.CalculateBenefit) (Answer[CalculationView], error) {
	var none Answer[CalculationView]
	if err := onPerson(c, auth.PrepareBenefit, command.Person, &command.Actor); err != nil {
		return none, err
	}
	done, err := s.bus.CalculateBenefit(ctx, command)
	if err != nil {
		return none, err
	}
	view, err := viewTrace(done.Calculation, done.Trace)
	if err != nil {
		return none, err
	}
	return answer(ctx, s, view, done.Position)
}

// DecisionView is what an approval led to.
type DecisionView struct {
	Case uuid.UUID `json:"case"`
	// Entitled is false where the approved calculation refuses the claim.
	Entitled bool `json:"entitled"`
}

// ApproveCalculation is the second officer's decision.
func (s *Service) ApproveCalculation(ctx context.Context, c Caller,
	command commands.ApproveCalculation) (Answer[DecisionView], error) {
	var none Answer[DecisionView]
	if err := onPerson(c, auth.DecideBenefit, command.Person, &command.Actor); err != nil {
		return none, err
	}
	done, err := s.bus.ApproveCalculation(ctx, command)
	if err != nil {
		return none, err
	}
	return answer(ctx, s, DecisionView{done.Case, done.Entitled}, done.Position)
}

// ReturnCalculation sends a calculation back to its author.
func (s *Service) ReturnCalculation(ctx context.Context, c Caller,
	command commands.ReturnCalculation) (Answer[uuid.UUID], error) {
	if err := onPerson(c, auth.DecideBenefit, command.Person, &command.Actor); err != nil {
		return Answer[uuid.UUID]{}, err
	}
	at, err := s.bus.ReturnCalculation(ctx, command)
	if err != nil {
		return Answer[uuid.UUID]{}, err
	}
	return answer(ctx, s, command.Calculation, at)
}

// TerminateBenefit ends an awarded benefit.
func (s *Service) TerminateBenefit(ctx context.Context, c Caller,
	command commands.TerminateBenefit) (Answer[uuid.UUID], error) {
	if err := onPerson(c, auth.DecideBenefit, command.Person, &command.Actor); err != nil {
		return Answer[uuid.UUID]{}, err
	}
	at, err := s.bus.TerminateBenefit(ctx, command)
	if err != nil {
		return Answer[uuid.UUID]{}, err
	}
	return answer(ctx, s, command.Case, at)
}
