package service

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"

	"github.com/stazh/stazh/api/auth"
	"github.com/stazh/stazh/commands"
	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/ledger/account"
	"github.com/stazh/stazh/ledger/seal"
)

// ProposeAccountDecision lays a merge, a split or a confirmation before a second officer; the
// value is the decision's identifier.
func (s *Service) ProposeAccountDecision(ctx context.Context, c Caller,
	command commands.ProposeAccountDecision) (Answer[uuid.UUID], error) {
	if err := onPerson(c, auth.ProposeAccounts, command.Survivor, &command.Actor); err != nil {
		return Answer[uuid.UUID]{}, err
	}
	id, at, err := s.bus.ProposeAccountDecision(ctx, command)
	if err != nil {
		return Answer[uuid.UUID]{}, err
	}
	return answer(ctx, s, id, at)
}

// ApproveAccountDecision carries it out, as another officer.
func (s *Service) ApproveAccountDecision(ctx context.Context, c Caller,
	command commands.DecideAccounts) (Answer[uuid.UUID], error) {
	return s.decideAccounts(ctx, c, command, s.bus.ApproveAccountDecision)
}

// ReturnAccountDecision refuses it, as another officer.
func (s *Service) ReturnAccountDecision(ctx context.Context, c Caller,
	command commands.DecideAccounts) (Answer[uuid.UUID], error) {
	return s.decideAccounts(ctx, c, command, s.bus.ReturnAccountDecision)
}

func (s *Service) decideAccounts(ctx context.Context, c Caller, command commands.DecideAccounts,
	decide func(context.Context, commands.DecideAccounts) (ledger.Position, error),
) (Answer[uuid.UUID], error) {
	if err := onPerson(c, auth.DecideAccounts, command.Person, &command.Actor); err != nil {
		return Answer[uuid.UUID]{}, err
	}
	at, err := decide(ctx, command)
	if err != nil {
		return Answer[uuid.UUID]{}, err
	}
	return answer(ctx, s, command.Decision, at)
}

// OpenProvisional opens an account before the identity is confirmed; the value is the
// identifier of the person.
func (s *Service) OpenProvisional(ctx context.Context, c Caller,
	command commands.OpenProvisional) (Answer[uuid.UUID], error) {
	command.Actor = c
	if err := allow(c, auth.OpenAccount, auth.KindPerson, ""); err != nil {
		return Answer[uuid.UUID]{}, err
	}
	id, at, err := s.bus.OpenProvisional(ctx, command)
	if err != nil {
		return Answer[uuid.UUID]{}, err
	}
	return answer(ctx, s, id, at)
}

// AccountDecision is a decision on accounts, as each of them shows it.
type AccountDecision struct {
	Decision uuid.UUID             `json:"decision"`
	Kind     string                `json:"kind"`
	State    account.DecisionState `json:"state"`
	Survivor ledger.PersonID       `json:"survivor"`
	Absorbed ledger.PersonID       `json:"absorbed,omitzero"`
	Evidence EvidenceView          `json:"evidence"`
	// Reason is absent where the key of the account was destroyed.
	Reason     string          `json:"reason,omitempty"`
	Author     string          `json:"author"`
	ProposedAt time.Time       `json:"proposed_at"`
	DecidedBy  string          `json:"decided_by,omitempty"`
	DecidedAt  time.Time       `json:"decided_at,omitzero"`
	Position   ledger.Position `json:"position"`
}

// AccountDecisions lists the decisions on a person's accounts, in the order of proposal.
func (s *Service) AccountDecisions(ctx context.Context, c Caller, id ledger.PersonID, r Read,
) (Answer[[]AccountDecision], error) {
	var none Answer[[]AccountDecision]
	state, err := s.stateFor(ctx, c, auth.ReadDecisions, id, r)
	if err != nil {
		return none, err
	}
	keys, err := s.keysOf(ctx, state.Person)
	if err != nil {
		return none, err
	}
	list := make([]AccountDecision, len(state.Decisions))
	for i := range state.Decisions {
		d := &state.Decisions[i]
		list[i] = AccountDecision{Decision: d.Decision, Kind: d.Kind, State: d.State,
			Survivor: d.Survivor, Absorbed: d.Absorbed, Evidence: EvidenceView(d.Evidence),
			Author: d.Author, ProposedAt: d.ProposedAt, DecidedBy: d.DecidedBy,
			DecidedAt: d.DecidedAt, Position: d.Position}
		if list[i].Reason, err = opened(keys[d.Account], d.Reason); err != nil {
			return none, fmt.Errorf("open decision %s: %w", d.Decision, err)
		}
	}
	return answer(ctx, s, list, state.at)
}

// keysOf gives the keys of a person's accounts; the null identifier has the person's own.
func (s *Service) keysOf(ctx context.Context, p *account.Person,
) (map[ledger.PersonID]*seal.PersonKey, error) {
	keys, err := s.bus.Keys.PersonKeys(ctx, append([]ledger.PersonID{p.ID}, p.Absorbed...), false)
	if err != nil {
		return nil, err
	}
	keys[uuid.Nil] = keys[p.ID]
	return keys, nil
}

// opened opens a sealed text; it is empty without a key, and where nothing was sealed.
func opened(key *seal.PersonKey, box seal.Sealed) (string, error) {
	if key == nil || len(box.Box) == 0 {
		return "", nil
	}
	text, err := key.Open(box)
	return string(text), err
}
