package service

import (
	"context"
	"time"

	"github.com/google/uuid"

	"github.com/stazh/stazh/api/auth"
	"github.com/stazh/stazh/commands"
	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/ledger/account"
	"github.com/stazh/stazh/ledger/period"
)

// ConfirmationView is months of an account that officers have checked.
type ConfirmationView struct {
	ID          uuid.UUID    `json:"id"`
	From        period.Month `json:"from"`
	To          period.Month `json:"to"`
	State       string       `json:"state"`
	AppealUntil period.Date  `json:"appeal_until,omitzero"`
	// Author proposed what waits or was decided last; DecidedBy decided it.
	Author    string          `json:"author"`
	DecidedBy string          `json:"decided_by,omitempty"`
	DecidedAt time.Time       `json:"decided_at,omitzero"`
	Position  ledger.Position `json:"position"`
}

func viewConfirmation(x account.Confirmation) ConfirmationView {
	return ConfirmationView{ID: x.ID, From: x.From, To: x.To, State: string(x.State),
		AppealUntil: x.AppealUntil, Author: x.Author, DecidedBy: x.DecidedBy,
		DecidedAt: x.DecidedAt, Position: x.Position}
}

// Confirmations lists those of a person in the order of proposal.
func (s *Service) Confirmations(ctx context.Context, c Caller, id ledger.PersonID, r Read,
) (Answer[[]ConfirmationView], error) {
	x, err := s.state(ctx, c, id, r)
	if err != nil {
		return Answer[[]ConfirmationView]{}, err
	}
	list := make([]ConfirmationView, len(x.Person.Confirmations))
	for i, one := range x.Person.Confirmations {
		list[i] = viewConfirmation(one)
	}
	return answer(ctx, s, list, x.at)
}

// ProposeConfirmation asks a second officer to confirm months; the value is the
// confirmation's identifier.
func (s *Service) ProposeConfirmation(ctx context.Context, c Caller,
	command commands.ProposeConfirmation) (Answer[uuid.UUID], error) {
	if err := onPerson(c, auth.ProposeConfirmation, command.Person, &command.Actor); err != nil {
		return Answer[uuid.UUID]{}, err
	}
	id, at, err := s.bus.ProposeConfirmation(ctx, command)
	if err != nil {
		return Answer[uuid.UUID]{}, err
	}
	return answer(ctx, s, id, at)
}

// ProposeSetAside asks a second officer to take a confirmation back.
func (s *Service) ProposeSetAside(ctx context.Context, c Caller,
	command commands.ProposeSetAside) (Answer[uuid.UUID], error) {
	if err := onPerson(c, auth.ProposeConfirmation, command.Person, &command.Actor); err != nil {
		return Answer[uuid.UUID]{}, err
	}
	at, err := s.bus.ProposeSetAside(ctx, command)
	if err != nil {
		return Answer[uuid.UUID]{}, err
	}
	return answer(ctx, s, command.Confirmation, at)
}

// DecideConfirmation approves or returns what another officer has proposed.
func (s *Service) DecideConfirmation(ctx context.Context, c Caller,
	command commands.DecideConfirmation) (Answer[uuid.UUID], error) {
	if err := onPerson(c, auth.DecideConfirmation, command.Person, &command.Actor); err != nil {
		return Answer[uuid.UUID]{}, err
	}
	at, err := s.bus.DecideConfirmation(ctx, command)
	if err != nil {
		return Answer[uuid.UUID]{}, err
	}
	return answer(ctx, s, command.Confirmation, at)
}
