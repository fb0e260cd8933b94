package commands

import (
	"context"
	"fmt"

	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/ledger/account"
	"github.com/stazh/stazh/ledger/event"
)

// joined gives all accounts of the person whose account is p: the survivor's first, then
// the absorbed ones in the order of their merging. For nearly everybody it is p alone.
func (b *Bus) joined(ctx context.Context, p *account.Person) ([]*account.Person, error) {
	if !p.Linked() {
		return []*account.Person{p}, nil
	}
	known := map[ledger.PersonID]*account.Person{p.ID: p}
	load := func(ids ...ledger.PersonID) error {
		var missing []ledger.PersonID
		for _, id := range ids {
			if known[id] == nil {
				missing = append(missing, id)
			}
		}
		if len(missing) == 0 {
			return nil
		}
		folds, err := b.persons(ctx, missing, nil)
		for id, fold := range folds {
			known[id] = fold
		}
		return err
	}
	if err := load(p.Canonical()); err != nil {
		return nil, err
	}
	survivor := known[p.Canonical()]
	if survivor == nil {
		return nil, corruptLink(p.ID)
	}
	if err := load(survivor.Absorbed...); err != nil {
		return nil, err
	}
	list := []*account.Person{survivor}
	for _, id := range survivor.Absorbed {
		if known[id] == nil {
			return nil, corruptLink(id)
		}
		list = append(list, known[id])
	}
	return list, nil
}

// joinAll makes the one account of accounts, seen from the first.
func joinAll(accounts []*account.Person) *account.Person {
	if len(accounts) == 1 {
		return accounts[0]
	}
	return account.Join(accounts[0], accounts[1:]...)
}

// home is the account that a fact is recorded in: the one that holds what it changes; for
// new facts about a time the one that was named; for the rest, claims first of all, the
// survivor's.
func (s *subject) home(fact event.Payload) *account.Person {
	if len(s.accounts) == 1 {
		return s.accounts[0]
	}
	for _, p := range s.accounts {
		if p.Holds(fact) {
			return p
		}
	}
	if _, ok := fact.(*event.SpecialPeriodRecorded); ok {
		return s.named
	}
	return s.accounts[0]
}

// loadLinked reads the accounts that are joined with those loaded, until none is missing.
func (r *run) loadLinked(ctx context.Context) error {
	for {
		var missing []ledger.PersonID
		want := func(id ledger.PersonID) {
			if _, ok := r.persons[id]; !ok {
				r.persons[id] = nil
				missing = append(missing, id)
			}
		}
		for _, p := range r.persons {
			if p == nil || !p.person.Linked() {
				continue
			}
			want(p.person.Canonical())
			for _, id := range p.person.Absorbed {
				want(id)
			}
		}
		if len(missing) == 0 {
			return nil
		}
		if err := r.loadPersons(ctx, missing); err != nil {
			return err
		}
	}
}

// accounts gives the account of a number first, then those that are joined with it.
func (r *run) accounts(about *insured) []*insured {
	list := []*insured{about}
	if !about.person.Linked() {
		return list
	}
	add := func(id ledger.PersonID) {
		if p := r.persons[id]; p != nil && p != about {
			list = append(list, p)
		}
	}
	survivor := about
	if id := about.person.MergedInto; id != (ledger.PersonID{}) {
		add(id)
		survivor = r.persons[id]
	}
	for _, id := range survivor.person.Absorbed {
		add(id)
	}
	return list
}

// view is what is known of the person, from the account of the number that a document
// names: with the facts of all accounts that are joined with it.
func (r *run) view(about *insured) *account.Person {
	if !about.person.Linked() {
		return about.person
	}
	var others []*account.Person
	for _, p := range r.accounts(about)[1:] {
		others = append(others, p.person)
	}
	return account.Join(about.person, others...)
}

// home is the account that a fact is recorded in: the one that holds what it changes, or
// that of the number under which it was filed.
func (r *run) home(about *insured, fact event.Payload) *insured {
	if !about.person.Linked() || about.person.Holds(fact) {
		return about
	}
	for _, p := range r.accounts(about)[1:] {
		if p.person.Holds(fact) {
			return p
		}
	}
	return about
}

func corruptLink(id ledger.PersonID) error {
	return fmt.Errorf("%w: account %s is joined with one that is not there", ledger.ErrCorrupt, id)
}

// confirmed refuses a decision on an account whose identity is not confirmed.
func (s *subject) confirmed() error {
	if s.person.Provisional {
		return refuse(Conflict, "account_provisional",
			"the account is provisional: confirm the identity, by ПУ-1 or by two officers, first")
	}
	return nil
}
