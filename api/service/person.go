package service

import (
	"context"
	"errors"
	"time"

	"github.com/google/uuid"

	"github.com/stazh/stazh/api/auth"
	"github.com/stazh/stazh/commands"
	"github.com/stazh/stazh/commands/intake/control"
	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/ledger/account"
	"github.com/stazh/stazh/ledger/coverage"
	"github.com/stazh/stazh/ledger/event"
	"github.com/stazh/stazh/ledger/period"
	"github.com/stazh/stazh/ledger/seal"
	"github.com/stazh/stazh/projections/registry"
	"github.com/stazh/stazh/projections/statement"
)

// PersonView is an insured person in the register.
type PersonView struct {
	ID ledger.PersonID `json:"id"`
	// Known is false when the personal data were destroyed, or never came.
	Known        bool        `json:"known"`
	InsuranceNo  string      `json:"insurance_no,omitempty"`
	Surname      string      `json:"surname,omitempty"`
	Name         string      `json:"name,omitempty"`
	Patronymic   string      `json:"patronymic,omitempty"`
	BirthDate    period.Date `json:"birth_date,omitzero"`
	Sex          string      `json:"sex,omitempty"`
	Provisional  bool        `json:"provisional"`
	RegisteredAt time.Time   `json:"registered_at,omitzero"`
	// Accounts are those that are joined with this one, where one person is asked for.
	Accounts []JoinedAccount `json:"accounts,omitempty"`
}

// JoinedAccount is an account of the same person under another number, with the personal
// data that were filed under it; none where they were destroyed.
type JoinedAccount struct {
	ID          ledger.PersonID `json:"id"`
	InsuranceNo string          `json:"insurance_no,omitempty"`
	Surname     string          `json:"surname,omitempty"`
	Name        string          `json:"name,omitempty"`
	Patronymic  string          `json:"patronymic,omitempty"`
	BirthDate   period.Date     `json:"birth_date,omitzero"`
}

func viewPerson(p registry.Person) PersonView {
	return PersonView{ID: p.ID, Known: p.Known, InsuranceNo: p.InsuranceNo, Surname: p.Surname,
		Name: p.Name, Patronymic: p.Patronymic, BirthDate: p.BirthDate, Sex: p.Sex,
		Provisional: p.Provisional, RegisteredAt: p.RegisteredAt}
}

// PersonID makes the identifier of a person from the insurance or personal number, after
// checking the number. It needs no look-up: the person may be unknown.
func (s *Service) PersonID(number string) (ledger.PersonID, error) {
	no := control.NormalizePersonalNo(number)
	if code, _, expected := control.PersonalNoFault(no); code != "" {
		return ledger.PersonID{}, refuse(commands.Invalid, "insurance_no_invalid",
			"the insurance number is wrong (%s): expected is %s", code, expected)
	}
	return s.bus.Keys.PersonID(no), nil
}

// FindPersons searches the register by insurance number or by name, best first. The text
// is personal data.
func (s *Service) FindPersons(ctx context.Context, c Caller, text, cursor string, limit int,
	r Read) (Page[PersonView], error) {
	page := Page[PersonView]{Items: []PersonView{}}
	if err := allow(c, auth.FindPersons, auth.KindPerson, ""); err != nil {
		return page, err
	}
	if err := s.await(ctx, projectionRegistry, r.AtLeast); err != nil {
		return page, err
	}
	list, err := s.models.Registry.FindPersons(ctx, text, cursor, limit)
	if err != nil {
		return page, searched(err)
	}
	for _, p := range list.Items {
		page.Items = append(page.Items, viewPerson(p))
	}
	page.Next, page.Position = list.Next, list.Position
	return page, nil
}

// searched turns the register's own errors into refusals.
func searched(err error) error {
	if errors.Is(err, registry.ErrSearch) {
		return &commands.Error{Kind: commands.Invalid, Code: "search_empty", Cause: err,
			Message: "give a number, or at least two letters of one word of the name"}
	}
	return found(err, never)
}

// Person gives a person's data in the register. An account that is merged into another is
// answered by that one, with the numbers of all.
func (s *Service) Person(ctx context.Context, c Caller, id ledger.PersonID, r Read,
) (Answer[PersonView], error) {
	var none Answer[PersonView]
	if err := allow(c, auth.ReadPerson, auth.KindPerson, id.String()); err != nil {
		return none, err
	}
	at, past, err := s.cut(ctx, r)
	if err != nil {
		return none, err
	}
	if past {
		view, err := s.personAsOf(ctx, id, at)
		if err != nil {
			return none, err
		}
		return answer(ctx, s, view, at)
	}
	if err := s.await(ctx, projectionRegistry, r.AtLeast); err != nil {
		return none, err
	}
	view, position, err := s.registered(ctx, id)
	if err != nil {
		return none, found(err, personUnknown)
	}
	return answer(ctx, s, view, position)
}

// registered reads a person's row and those of the joined accounts.
func (s *Service) registered(ctx context.Context, id ledger.PersonID,
) (view PersonView, at ledger.Position, err error) {
	list, at, err := s.models.Registry.Persons(ctx, []ledger.PersonID{id})
	if err == nil && len(list) == 1 && list[0].MergedInto != uuid.Nil {
		list, at, err = s.models.Registry.Persons(ctx, []ledger.PersonID{list[0].MergedInto})
	}
	if err == nil && len(list) == 0 {
		err = personUnknown()
	}
	if err != nil {
		return view, at, err
	}
	view = viewPerson(list[0])
	absorbed, _, err := s.models.Registry.Absorbed(ctx, view.ID)
	for _, p := range absorbed {
		view.Accounts = append(view.Accounts, JoinedAccount{ID: p.ID, InsuranceNo: p.InsuranceNo,
			Surname: p.Surname, Name: p.Name, Patronymic: p.Patronymic, BirthDate: p.BirthDate})
	}
	return view, at, err
}

// personAsOf opens the personal data that were in force at a position.
func (s *Service) personAsOf(ctx context.Context, id ledger.PersonID, at ledger.Position,
) (PersonView, error) {
	p, _, err := s.foldPerson(ctx, id, at)
	if err == nil && !p.Registered {
		err = personUnknown()
	}
	if err != nil {
		return PersonView{ID: id}, err
	}
	view := PersonView{ID: p.ID, Provisional: p.Provisional}
	_, err = s.each(ctx, ledger.PersonStream(p.ID), at, func(e ledger.Event, x event.Payload) {
		if _, ok := x.(*event.PersonRegistered); ok && view.RegisteredAt.IsZero() {
			view.RegisteredAt = e.RecordedAt
		}
	})
	if err != nil {
		return view, err
	}
	for _, absorbed := range p.Absorbed {
		other, _, err := s.foldAccount(ctx, absorbed, at)
		if err != nil {
			return view, err
		}
		data, _, err := s.personal(ctx, other)
		if err != nil {
			return view, err
		}
		view.Accounts = append(view.Accounts, JoinedAccount{ID: absorbed,
			InsuranceNo: data.InsuranceNo, Surname: data.Surname, Name: data.Name,
			Patronymic: data.Patronymic, BirthDate: data.BirthDate})
	}
	data, key, err := s.personal(ctx, p)
	if err != nil || key == nil {
		return view, err
	}
	view.Known, view.InsuranceNo, view.Surname = true, data.InsuranceNo, data.Surname
	view.Name, view.Patronymic, view.Sex = data.Name, data.Patronymic, data.Sex
	view.BirthDate = data.BirthDate
	return view, nil
}

// personal opens the personal data of an account; without a key they were destroyed.
func (s *Service) personal(ctx context.Context, p *account.Person,
) (data event.PersonalData, key *seal.PersonKey, err error) {
	keys, err := s.bus.Keys.PersonKeys(ctx, []ledger.PersonID{p.ID}, false)
	if err != nil || keys[p.ID] == nil {
		return data, nil, err
	}
	key = keys[p.ID]
	plain, err := key.Open(p.Personal)
	if err != nil {
		return data, nil, err
	}
	codec := ledger.NewDecoder(plain)
	data.Fields(codec)
	return data, key, codec.Finish()
}

// personState is a person's account and the law, both for the same read.
type personState struct {
	*account.Person
	law   *account.Law
	at    ledger.Position
	chain *Chain // nil where a read model answers
}

func (s *Service) state(ctx context.Context, c Caller, id ledger.PersonID, r Read,
) (personState, error) {
	return s.stateFor(ctx, c, auth.ReadAccount, id, r)
}

// stateFor is state for an action on the person.
func (s *Service) stateFor(ctx context.Context, c Caller, action auth.Action,
	id ledger.PersonID, r Read) (x personState, err error) {
	if err := allow(c, action, auth.KindPerson, id.String()); err != nil {
		return x, err
	}
	at, past, err := s.cut(ctx, r)
	if err != nil {
		return x, err
	}
	x.at = at
	if past {
		x.Person, x.chain, err = s.foldPerson(ctx, id, at)
	} else {
		if err := s.await(ctx, projectionAccount, r.AtLeast); err != nil {
			return x, err
		}
		x.Person, x.at, err = s.models.Account.Person(ctx, id)
		err = found(err, personUnknown)
	}
	if err == nil {
		x.law, err = s.law(ctx, x.at, past)
	}
	return x, err
}

// Account gives a person's account by month; from and to may be zero. As of the past, the
// chain of the person's events was verified and comes with the answer.
func (s *Service) Account(ctx context.Context, c Caller, id ledger.PersonID, r Read,
	from, to period.Month) (Answer[statement.Statement], error) {
	var none Answer[statement.Statement]
	if from > 0 && to > 0 && to < from {
		return none, refuse(commands.Invalid, "months_reversed",
			"the last month lies before the first: exchange them")
	}
	x, err := s.state(ctx, c, id, r)
	if err != nil {
		return none, err
	}
	out, err := answer(ctx, s, statement.Between(x.Person, x.law, from, to), x.at)
	out.Chain = x.chain
	return out, err
}

// Coverage gives a person's coverage on a day, the null date meaning today.
func (s *Service) Coverage(ctx context.Context, c Caller, id ledger.PersonID, r Read,
	on period.Date) (Answer[coverage.Coverage], error) {
	x, err := s.state(ctx, c, id, r)
	if err != nil {
		return Answer[coverage.Coverage]{}, err
	}
	if on.IsZero() {
		on = commands.FundDate(s.clock())
	}
	return answer(ctx, s, coverage.Of(x.Person, x.law, on), x.at)
}

// Employments gives a person's employment relationships.
func (s *Service) Employments(ctx context.Context, c Caller, id ledger.PersonID, r Read,
) (Answer[[]statement.Employment], error) {
	x, err := s.state(ctx, c, id, r)
	if err != nil {
		return Answer[[]statement.Employment]{}, err
	}
	return answer(ctx, s, statement.Of(x.Person, x.law).Employments, x.at)
}
