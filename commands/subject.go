package commands

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/google/uuid"

	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/ledger/account"
	"github.com/stazh/stazh/ledger/event"
	"github.com/stazh/stazh/ledger/seal"
)

// subject is an insured person whom an officer's command is about.
type subject struct {
	// person is the one account of all accounts that are joined, seen from the survivor's;
	// named is the one that the command names. Nearly always all are the same.
	person   *account.Person
	accounts []*account.Person // the survivor's first
	named    *account.Person
	key      *seal.PersonKey // of the survivor's account
	personal event.PersonalData
}

// subject loads a registered person afresh, with the personal data opened. An account that
// is merged into another is answered by that one.
func (b *Bus) subject(ctx context.Context, id ledger.PersonID) (*subject, error) {
	folds, err := b.persons(ctx, []ledger.PersonID{id}, nil)
	if err != nil {
		return nil, err
	}
	person := folds[id]
	if person == nil || !person.Registered {
		return nil, refuse(NotFound, "person_unknown",
			"no insured person is registered under this number: check it, or register the "+
				"person with ПУ-1 first")
	}
	s := &subject{named: person}
	if s.accounts, err = b.joined(ctx, person); err != nil {
		return nil, err
	}
	s.person = joinAll(s.accounts)
	id = s.person.ID
	keys, err := b.Keys.PersonKeys(ctx, []ledger.PersonID{id}, false)
	if err != nil {
		return nil, err
	}
	s.key = keys[id]
	if s.key == nil {
		return nil, refuse(Conflict, "person_erased",
			"the personal data of this account were destroyed: nothing can be decided on it")
	}
	if s.personal, err = openPersonal(s.key, s.person.Personal); err != nil {
		return nil, fmt.Errorf("open the data of person %s: %w", id, err)
	}
	return s, nil
}

// caseOf finds a case of the person.
func (s *subject) caseOf(id uuid.UUID) (*account.Case, error) {
	x, ok := s.person.Case(id)
	if !ok {
		return nil, refuse(NotFound, "case_unknown",
			"the person has no case %s: list the person's cases", id)
	}
	if x.Account != uuid.Nil {
		return nil, refuse(Conflict, "case_of_absorbed_account",
			"case %s is of an account that was merged into this one, and closed: open a new claim",
			id)
	}
	return x, nil
}

// details opens all that the claim and its evidence say; later ones replace earlier ones.
func (s *subject) details(x *account.Case) (map[string]json.RawMessage, error) {
	all := map[string]json.RawMessage{}
	for _, box := range x.Details {
		plain, err := s.key.Open(box)
		if err != nil {
			return nil, fmt.Errorf("open the details of case %s: %w", x.ID, err)
		}
		if err := json.Unmarshal(plain, &all); err != nil {
			return nil, fmt.Errorf("read the details of case %s: %w", x.ID, err)
		}
	}
	return all, nil
}

// sealDetails closes details into a box for the event of the id. A map is written by key,
// so that a retry gives the same bytes.
func (s *subject) sealDetails(use uuid.UUID, details map[string]json.RawMessage,
) (seal.Sealed, error) {
	if details == nil {
		details = map[string]json.RawMessage{}
	}
	text, err := json.Marshal(details)
	if err != nil {
		return seal.Sealed{}, refuse(Invalid, "details_invalid",
			"the details are no JSON object of fields")
	}
	return s.key.Seal(use, text), nil
}

// onPerson carries out an officer's command on one person: it loads, has the facts decided
// and records them. No facts mean that all is recorded already.
func (b *Bus) onPerson(ctx context.Context, id ledger.PersonID, meta ledger.Meta, command any,
	decide func(s *subject, ids factIDs) ([]event.Payload, error),
) (ledger.Position, error) {
	said, err := json.Marshal(command)
	if err != nil {
		return 0, refuse(Invalid, "details_invalid",
			"the details are no JSON object of fields")
	}
	var position ledger.Position
	err = attempt(ctx, func() error {
		s, err := b.subject(ctx, id)
		if err != nil {
			return err
		}
		ids := factIDs{s.person.ID, s.person.Seen(), sha256.Sum256(said)}
		facts, err := decide(s, ids)
		if err != nil {
			return err
		}
		position = s.person.Position
		if len(facts) == 0 {
			return nil
		}
		result, err := b.Log.Append(ctx, s.appends(facts, ids, meta)...)
		position = result.Position
		return err
	})
	return position, err
}

// appends puts each fact into the stream of its account.
func (s *subject) appends(facts []event.Payload, ids factIDs, meta ledger.Meta,
) (batch []ledger.StreamAppend) {
	for i, f := range facts {
		p := s.home(f)
		stream := ledger.PersonStream(p.ID)
		at := slices.IndexFunc(batch, func(x ledger.StreamAppend) bool { return x.Stream == stream })
		if at < 0 {
			at = len(batch)
			batch = append(batch, ledger.StreamAppend{Stream: stream, Expected: p.Revision})
		}
		batch[at].Events = append(batch[at].Events, event.New(ids.of(i), meta, f))
	}
	return batch
}

// factIDs gives the ids of the facts of a command on a person: they follow from the
// revision and from all that the command says, so that a repetition after an unknown
// outcome finds its own events, and never takes those of another command for them.
type factIDs struct {
	person   ledger.PersonID
	revision ledger.Revision
	command  ledger.Hash
}

func (i factIDs) of(n int) uuid.UUID {
	return ledger.DeterministicID(i.person, "officer", int64(i.revision), i.command, n)
}
