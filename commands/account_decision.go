package commands

import (
	"context"
	"slices"

	"github.com/google/uuid"

	"github.com/stazh/stazh/commands/intake/control"
	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/ledger/account"
	"github.com/stazh/stazh/ledger/event"
	"github.com/stazh/stazh/ledger/period"
	"github.com/stazh/stazh/ledger/seal"
)

// ProposeAccountDecision lays a decision on accounts before a second officer.
type ProposeAccountDecision struct {
	Actor  ledger.Actor
	Ground string
	Kind   string // event.MergeAccounts, SplitAccounts or ConfirmIdentity
	// Survivor is the account that stays, or the only one; Absorbed the one that is merged
	// into it, or split from it again.
	Survivor, Absorbed ledger.PersonID
	Evidence           event.Evidence
	Reason             string
}

// ProposeAccountDecision gives the decision. The same proposal by the same officer is
// recorded once while it is open.
func (b *Bus) ProposeAccountDecision(ctx context.Context, c ProposeAccountDecision,
) (id uuid.UUID, at ledger.Position, err error) {
	if err := b.checkGrounds(ctx, c.Ground, c.Reason, c.Evidence); err != nil {
		return id, 0, err
	}
	err = attempt(ctx, func() error {
		s, err := b.parties(ctx, c.Survivor, c.Absorbed)
		if err != nil {
			return err
		}
		if err := s.may(c.Kind, FundDate(b.Clock())); err != nil {
			return err
		}
		n := 0
		for _, d := range s.survivor.Decisions {
			switch {
			case d.Kind != c.Kind || d.Absorbed != c.Absorbed:
			case d.State != account.DecisionProposed:
				n++
			case d.Author == c.Actor.Subject && d.Evidence == c.Evidence:
				id, at = d.Decision, d.Position
				return nil // it is recorded
			default:
				return refuse(Conflict, "decision_pending",
					"decision %s on these accounts waits for the second officer: have it decided "+
						"or returned first", d.Decision)
			}
		}
		id = ledger.DeterministicID("account decision", c.Kind, c.Survivor, c.Absorbed, n)
		meta := ledger.Meta{Actor: c.Actor, Ground: c.Ground, Correlation: id,
			Source: c.Evidence.SHA256}
		at, err = s.record(ctx, b, id, "proposed", meta, c.Reason,
			func(reason seal.Sealed) event.Payload {
				change := event.AccountChange{Decision: id, Survivor: c.Survivor,
					Absorbed: c.Absorbed, Evidence: c.Evidence, Reason: reason}
				return &event.AccountDecisionProposed{Kind: c.Kind, AccountChange: change}
			})
		return err
	})
	return id, at, err
}

// checkGrounds refuses a decision without its ground, its reason or a document that can be
// found again.
func (b *Bus) checkGrounds(ctx context.Context, ground, reason string, e event.Evidence) error {
	if err := grounded(ground, reason); err != nil {
		return err
	}
	if e.SHA256.IsZero() {
		return refuse(Invalid, "evidence_hash_missing",
			"give the SHA-256 of the document that the decision rests on")
	}
	law, err := b.Law.Current(ctx)
	if err != nil {
		return err
	}
	return checkEvidence(law, e, FundDate(b.Clock()))
}

// parties are the accounts that a decision is about; absorbed is nil where there is one.
type parties struct {
	survivor, absorbed *account.Person
	keys               map[ledger.PersonID]*seal.PersonKey
}

// parties loads registered accounts afresh, with their keys.
func (b *Bus) parties(ctx context.Context, survivor, absorbed ledger.PersonID,
) (*parties, error) {
	ids := []ledger.PersonID{survivor}
	if absorbed != uuid.Nil {
		ids = append(ids, absorbed)
	}
	if survivor == absorbed {
		return nil, refuse(Invalid, "accounts_same", "name two different accounts")
	}
	folds, err := b.persons(ctx, ids, nil)
	if err != nil {
		return nil, err
	}
	keys, err := b.Keys.PersonKeys(ctx, ids, false)
	if err != nil {
		return nil, err
	}
	for _, id := range ids {
		if folds[id] == nil || !folds[id].Registered {
			return nil, refuse(NotFound, "person_unknown",
				"no insured person is registered under one of the numbers: check them")
		}
		if keys[id] == nil {
			return nil, refuse(Conflict, "person_erased",
				"the personal data of this account were destroyed: nothing can be decided on it")
		}
	}
	return &parties{folds[survivor], folds[absorbed], keys}, nil
}

// accounts lists the parties, the survivor's last: with its event the decision is whole.
func (s *parties) accounts() []*account.Person {
	if s.absorbed == nil {
		return []*account.Person{s.survivor}
	}
	return []*account.Person{s.absorbed, s.survivor}
}

// may refuses a decision that the accounts do not allow. Accounts are joined one deep: an
// account that has absorbed others is not absorbed itself, and none is absorbed twice.
func (s *parties) may(kind string, today period.Date) error {
	switch kind {
	case event.ConfirmIdentity:
		if !s.survivor.Provisional {
			return refuse(Conflict, "account_not_provisional",
				"the identity of this account is confirmed already")
		}
		return nil
	case event.SplitAccounts:
		if s.absorbed == nil || s.absorbed.MergedInto != s.survivor.ID {
			return refuse(Conflict, "accounts_not_merged",
				"the second account is not merged into the first: name them as they were merged")
		}
		return nil
	case event.MergeAccounts:
		if s.absorbed == nil {
			return refuse(Invalid, "accounts_same", "name two different accounts")
		}
		return s.mayMerge(today)
	}
	return refuse(Invalid, "decision_kind_unknown", "decisions on accounts are %s, %s and %s",
		event.MergeAccounts, event.SplitAccounts, event.ConfirmIdentity)
}

func (s *parties) mayMerge(today period.Date) error {
	switch {
	case s.survivor.MergedInto != uuid.Nil:
		return refuse(Conflict, "survivor_absorbed",
			"the account that is to stay is merged into another itself: name that one")
	case s.absorbed.MergedInto != uuid.Nil:
		return refuse(Conflict, "account_absorbed",
			"the account is merged into another already: split it first")
	case len(s.absorbed.Absorbed) > 0:
		return refuse(Conflict, "absorbed_has_accounts",
			"the account has absorbed others: let it stay instead, or split these first")
	case s.survivor.Provisional:
		return refuse(Conflict, "survivor_provisional",
			"the account that is to stay is provisional: confirm it, or let the other one stay")
	}
	for i := range s.absorbed.Cases {
		if x := &s.absorbed.Cases[i]; isOpen(x, today) {
			return refuse(Conflict, "absorbed_has_cases",
				"case %s of the account to be absorbed is %s: withdraw or terminate it, or let "+
					"this account stay", x.ID, x.State)
		}
	}
	return nil
}

// isOpen tells whether a case may still be decided, or pays each month.
func isOpen(x *account.Case, today period.Date) bool {
	switch x.State {
	case account.CaseClaimed, account.CaseCalculated:
		return true
	case account.CaseAwarded:
		last := x.LastDay()
		return x.Pending || x.Monthly() && (last.IsZero() || last >= today)
	}
	return false
}

// record puts the same fact into the streams of all parties that do not have it: where a
// log is not atomic, an earlier try may have left it in some.
func (s *parties) record(ctx context.Context, b *Bus, decision uuid.UUID, step string,
	meta ledger.Meta, reason string, fact func(reason seal.Sealed) event.Payload,
) (ledger.Position, error) {
	var batch []ledger.StreamAppend
	for _, p := range s.accounts() {
		id := ledger.DeterministicID(decision, step, p.ID, meta.Actor.Subject)
		f := fact(s.keys[p.ID].Seal(id, []byte(reason)))
		if s.has(p, decision, f) {
			continue
		}
		batch = append(batch, ledger.StreamAppend{Stream: ledger.PersonStream(p.ID),
			Expected: p.Revision, Events: []ledger.NewEvent{event.New(id, meta, f)}})
	}
	result, err := b.append(ctx, batch...)
	return result.Position, err
}

// has tells whether an account knows of a step of a decision.
func (*parties) has(p *account.Person, decision uuid.UUID, fact event.Payload) bool {
	d, known := p.Decision(decision)
	if _, proposal := fact.(*event.AccountDecisionProposed); proposal {
		return known
	}
	return known && d.State != account.DecisionProposed
}

// DecideAccounts is the second officer's word on a decision on accounts.
type DecideAccounts struct {
	Actor    ledger.Actor
	Ground   string
	Person   ledger.PersonID // any account that it is about
	Decision uuid.UUID
	Reason   string
}

// ReturnAccountDecision refuses a decision on accounts; nothing changes.
func (b *Bus) ReturnAccountDecision(ctx context.Context, c DecideAccounts,
) (at ledger.Position, err error) {
	if err := grounded(c.Ground, c.Reason); err != nil {
		return 0, err
	}
	err = attempt(ctx, func() error {
		s, d, err := b.pendingDecision(ctx, c)
		if err != nil {
			return err
		}
		if d.State == account.DecisionReturned && d.DecidedBy == c.Actor.Subject {
			at = d.Position
			return nil
		}
		if err := decidable(d, c.Actor); err != nil {
			return err
		}
		meta := ledger.Meta{Actor: c.Actor, Ground: c.Ground, Correlation: c.Decision}
		at, err = s.record(ctx, b, c.Decision, "returned", meta, c.Reason,
			func(reason seal.Sealed) event.Payload {
				return &event.AccountDecisionReturned{Decision: c.Decision, Reason: reason}
			})
		return err
	})
	return at, err
}

// pendingDecision finds a decision and the accounts that it is about. Its state is that of
// the survivor's account, which is written last.
func (b *Bus) pendingDecision(ctx context.Context, c DecideAccounts,
) (*parties, *account.Decision, error) {
	folds, err := b.persons(ctx, []ledger.PersonID{c.Person}, nil)
	if err != nil {
		return nil, nil, err
	}
	unknown := refuse(NotFound, "decision_unknown",
		"the account has no decision %s: list the decisions of the account", c.Decision)
	named := folds[c.Person]
	if named == nil {
		return nil, nil, unknown
	}
	d, ok := named.Decision(c.Decision)
	if !ok {
		return nil, nil, unknown
	}
	s, err := b.parties(ctx, d.Survivor, d.Absorbed)
	if err != nil {
		return nil, nil, err
	}
	if d, ok = s.survivor.Decision(c.Decision); !ok {
		return nil, nil, unknown // its proposal was cut short: it is to be proposed again
	}
	return s, d, nil
}

// decidable refuses who proposed, and what is decided.
func decidable(d *account.Decision, by ledger.Actor) error {
	if d.State != account.DecisionProposed {
		return refuse(Conflict, "decision_not_pending",
			"decision %s is %s already", d.AccountChange.Decision, d.State)
	}
	if d.Author == by.Subject {
		return refuse(Forbidden, "SPF-905",
			"who proposed may not decide: let another officer do it")
	}
	return nil
}

// OpenProvisional opens an account before the identity is confirmed.
type OpenProvisional struct {
	Actor    ledger.Actor
	Ground   string
	Personal event.PersonalData // the number, and the names at least
	Evidence event.Evidence
	Reason   string
}

// OpenProvisional gives the account. Documents that wait for the person are released.
func (b *Bus) OpenProvisional(ctx context.Context, c OpenProvisional,
) (id ledger.PersonID, at ledger.Position, err error) {
	if err := b.checkGrounds(ctx, c.Ground, c.Reason, c.Evidence); err != nil {
		return id, 0, err
	}
	number := control.NormalizePersonalNo(c.Personal.PersonalNo)
	if code, _, expected := control.PersonalNoFault(number); code != "" {
		return id, 0, refuse(Invalid, "insurance_no_invalid",
			"the insurance number is wrong (%s): expected is %s", code, expected)
	}
	if c.Personal.Surname == "" || c.Personal.Name == "" {
		return id, 0, refuse(Invalid, "names_missing", "give the surname and the name")
	}
	c.Personal.PersonalNo, c.Personal.InsuranceNo = number, number
	c.Personal.Sex, c.Personal.BirthDate, _ = control.PersonalNoHolder(number)
	id = b.Keys.PersonID(number)
	err = attempt(ctx, func() error {
		folds, err := b.persons(ctx, []ledger.PersonID{id}, nil)
		if err != nil {
			return err
		}
		opening := ledger.DeterministicID("provisional", id)
		if p := folds[id]; p != nil {
			if _, ours := p.Decision(opening); ours && p.Provisional {
				at = p.Position
				return nil
			}
			return refuse(Conflict, "person_registered",
				"an account is open under this number: read it instead")
		}
		keys, err := b.Keys.PersonKeys(ctx, []ledger.PersonID{id}, true)
		if err != nil {
			return err
		}
		at, err = b.openAccount(ctx, c, id, opening, keys[id])
		return err
	})
	return id, at, err
}

func (b *Bus) openAccount(ctx context.Context, c OpenProvisional, id ledger.PersonID,
	opening uuid.UUID, key *seal.PersonKey) (ledger.Position, error) {
	if key == nil {
		return 0, refuse(Conflict, "person_erased",
			"the personal data of this account were destroyed: nothing can be decided on it")
	}
	meta := ledger.Meta{Actor: c.Actor, Ground: c.Ground, Correlation: opening,
		Source: c.Evidence.SHA256}
	registered := ledger.DeterministicID(opening, "registered")
	told := ledger.DeterministicID(opening, "told")
	result, err := b.append(ctx, ledger.StreamAppend{Stream: ledger.PersonStream(id),
		Expected: ledger.NoStream, Events: []ledger.NewEvent{
			event.New(registered, meta, &event.PersonRegistered{Provisional: true,
				Personal: sealPersonal(key, registered, c.Personal)}),
			event.New(told, meta, &event.ProvisionalOpened{AccountChange: event.AccountChange{
				Decision: opening, Survivor: id, Evidence: c.Evidence,
				Reason: key.Seal(told, []byte(c.Reason))}}),
		}})
	return result.Position, err
}

// payersOf lists the payers that have reported months in an account.
func payersOf(p *account.Person) (payers []string) {
	slots := p.Slots()
	for i := range slots {
		payers = append(payers, slots[i].Payer)
	}
	for i := range p.Occupational {
		payers = append(payers, p.Occupational[i].Payer)
	}
	slices.Sort(payers)
	return slices.Compact(payers)
}
