package service

import (
	"context"
	"errors"
	"time"

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
}

func viewPerson(p registry.Person) PersonView { return PersonView(p) }

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
	list, err := s.registry.FindPersons(ctx, text, cursor, limit)
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

// Person gives a person's data in the register.
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
	list, position, err := s.registry.Persons(ctx, []ledger.PersonID{id})
	if err == nil && len(list) == 0 {
		err = personUnknown()
	}
	if err != nil {
		return none, found(err, personUnknown)
	}
	return answer(ctx, s, viewPerson(list[0]), position)
}

// personAsOf opens the personal data that were in force at a position.
func (s *Service) personAsOf(ctx context.Context, id ledger.PersonID, at ledger.Position,
) (PersonView, error) {
	p := account.NewPerson(id)
	view := PersonView{ID: id}
	err := s.each(ctx, ledger.PersonStream(id), at, func(e ledger.Event, x event.Payload) {
		p.Apply(e, x)
		if _, ok := x.(*event.PersonRegistered); ok {
			view.RegisteredAt = e.RecordedAt
		}
	})
	if err == nil && !p.Registered {
		err = personUnknown()
	}
	if err != nil {
		return view, err
	}
	view.Provisional = p.Provisional
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

// state gives a person's account and the law, both for the same read.
func (s *Service) state(ctx context.Context, c Caller, id ledger.PersonID, r Read,
) (*account.Person, *account.Law, ledger.Position, error) {
	return s.stateFor(ctx, c, auth.ReadAccount, id, r)
}

// stateFor is state for an action on the person.
func (s *Service) stateFor(ctx context.Context, c Caller, action auth.Action,
	id ledger.PersonID, r Read) (*account.Person, *account.Law, ledger.Position, error) {
	if err := allow(c, action, auth.KindPerson, id.String()); err != nil {
		return nil, nil, 0, err
	}
	at, past, err := s.cut(ctx, r)
	if err != nil {
		return nil, nil, 0, err
	}
	var p *account.Person
	if past {
		p, err = s.foldPerson(ctx, id, at)
	} else {
		if err := s.await(ctx, projectionAccount, r.AtLeast); err != nil {
			return nil, nil, 0, err
		}
		p, at, err = s.account.Person(ctx, id)
		err = found(err, personUnknown)
	}
	if err != nil {
		return nil, nil, 0, err
	}
	law, err := s.law(ctx, at, past)
	return p, law, at, err
}

// Account gives a person's account by month; from and to may be zero.
func (s *Service) Account(ctx context.Context, c Caller, id ledger.PersonID, r Read,
	from, to period.Month) (Answer[statement.Statement], error) {
	var none Answer[statement.Statement]
	if from > 0 && to > 0 && to < from {
		return none, refuse(commands.Invalid, "months_reversed",
			"the last month lies before the first: exchange them")
	}
	p, law, at, err := s.state(ctx, c, id, r)
	if err != nil {
		return none, err
	}
	return answer(ctx, s, statement.Between(p, law, from, to), at)
}

// Coverage gives a person's coverage on a day, the null date meaning today.
func (s *Service) Coverage(ctx context.Context, c Caller, id ledger.PersonID, r Read,
	on period.Date) (Answer[coverage.Coverage], error) {
	p, law, at, err := s.state(ctx, c, id, r)
	if err != nil {
		return Answer[coverage.Coverage]{}, err
	}
	if on.IsZero() {
		on = commands.FundDate(s.clock())
	}
	return answer(ctx, s, coverage.Of(p, law, on), at)
}

// Employments gives a person's employment relationships.
func (s *Service) Employments(ctx context.Context, c Caller, id ledger.PersonID, r Read,
) (Answer[[]statement.Employment], error) {
	p, law, at, err := s.state(ctx, c, id, r)
	if err != nil {
		return Answer[[]statement.Employment]{}, err
	}
	return answer(ctx, s, statement.Of(p, law).Employments, at)
}
