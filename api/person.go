package api

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/google/uuid"

	"github.com/stazh/stazh/api/service"
	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/ledger/coverage"
	"github.com/stazh/stazh/ledger/period"
	"github.com/stazh/stazh/projections/statement"
)

// PersonSearch is what to search for. It travels in a body, as it is personal data.
type PersonSearch struct {
	Text   string `json:"text" minLength:"1" maxLength:"200" doc:"Insurance number or name."`
	Cursor string `json:"cursor,omitempty" maxLength:"500" doc:"next_cursor of the page before."`
	Limit  int    `json:"limit,omitempty" minimum:"1" maximum:"1000" default:"50" doc:"Page size."`
}

// PersonSearchInput searches for persons.
type PersonSearchInput struct {
	Fresh
	Body PersonSearch
}

// PersonPath names a person in a path.
type PersonPath struct {
	ID string `path:"id" format:"uuid" doc:"Identifier of the person, as a search gives it."`
}

// PersonInput asks for a person.
type PersonInput struct {
	PersonPath
	Reading
}

// AccountInput asks for a person's account.
type AccountInput struct {
	PersonPath
	Reading
	From MonthText `query:"from" doc:"First month."`
	To   MonthText `query:"to" doc:"Last month."`
}

// CoverageInput asks for a person's coverage.
type CoverageInput struct {
	PersonPath
	Reading
	On string `query:"on" format:"date" doc:"Day up to which coverage counts; today if not given."`
}

// PersonAnswer is a person.
type PersonAnswer struct {
	service.PersonView
	Position     ledger.Position `json:"position" doc:"Ledger position of the answer."`
	RecordedUpTo time.Time       `json:"recorded_up_to,omitzero" doc:"When that was recorded."`
}

// AccountAnswer is a person's account.
type AccountAnswer struct {
	statement.Statement
	Position     ledger.Position `json:"position" doc:"Ledger position of the answer."`
	RecordedUpTo time.Time       `json:"recorded_up_to,omitzero" doc:"When that was recorded."`
	Chain        *service.Chain  `json:"chain,omitempty" doc:"Its verified chain, as of the past."`
}

// appendJSON is what encoding/json writes of an account, which may be the largest answer.
func (a AccountAnswer) appendJSON(p *roomPool) (*room, error) {
	r := p.take()
	r.b = a.AppendFields(append(r.b, '{'))
	return r, r.place(a.Position, a.RecordedUpTo, a.Chain)
}

// HistoryInput asks for a person's events.
type HistoryInput struct {
	PersonPath
	AsOf         time.Time `query:"as_of" doc:"State as recorded at this moment (RFC 3339)."`
	AsOfPosition uint64    `query:"as_of_position" doc:"State as of this ledger position."`
}

// HistoryAnswer is a person's events as they are stored, certified.
type HistoryAnswer struct {
	service.History
	Position     ledger.Position `json:"position" doc:"Ledger position of the answer."`
	RecordedUpTo time.Time       `json:"recorded_up_to,omitzero" doc:"When that was recorded."`
	Chain        *service.Chain  `json:"chain" doc:"The verified chain of the events."`

	begun *room // with its events
}

// CoverageAnswer is a person's coverage.
type CoverageAnswer struct {
	coverage.Coverage
	Position     ledger.Position `json:"position" doc:"Ledger position of the answer."`
	RecordedUpTo time.Time       `json:"recorded_up_to,omitzero" doc:"When that was recorded."`
}

const pathPersons = "/v1/persons"

func (a *api) registerPersons() {
	read := func(id, path, summary, description string) route {
		return route{Operation: huma.Operation{OperationID: id, Method: http.MethodGet,
			Path: pathPersons + "/{id}" + path, Summary: summary, Description: description,
			Tags: []string{tagPersons}}, refusals: []int{http.StatusNotFound}}
	}
	register(a, route{Operation: huma.Operation{OperationID: "searchPersons",
		Method: http.MethodPost, Path: pathPersons + "/search", Tags: []string{tagPersons},
		Summary: "Find insured persons",
		Description: "By insurance number, or by name: Cyrillic in any case, ё and е, ў and у, " +
			"і and и alike, one wrong letter a word forgiven; the best first. It is a POST " +
			"only to keep names and numbers out of URLs.",
	}, refusals: []int{http.StatusBadRequest, http.StatusRequestEntityTooLarge,
		http.StatusUnsupportedMediaType}}, a.searchPersons)
	register(a, read("readPerson", "", "Read a person in the register",
		"Who the person is, now or as recorded at an earlier moment."), a.person)
	register(a, read("readAccount", "/account", "Read a person's account",
		"What each payer reported for each month with both times, and the contributions for "+
			"each fund that follow from it by the law of the month. As of a moment or position "+
			"the account is folded from the person's events, whose chain of hashes is verified "+
			"from the first to the last: its head comes with the answer."), a.account)
	register(a, read("readHistory", "/history", "Read a person's certified history",
		"Each event of the account as it is stored, in base64. The chain was computed anew from "+
			"all of them, and its head comes with the answer, together with the sums that they "+
			"fold to. Accounts that were joined have a history each.\n\n"+
			"The hash of an event is SHA-256 of `stazh/event/v1`, a byte of zero and the stored "+
			"bytes; a head is SHA-256 of `stazh/stream/v1`, SHA-256 of the stream's name, the "+
			"revision in eight bytes, the highest first, the head before (at first 32 bytes of "+
			"zero) and the event's hash."), a.history)
	register(a, read("readCoverage", "/coverage", "Read a person's coverage",
		"Coverage in total and with paid contributions, where each interval comes from, days "+
			"counted once though reported twice, and days that are missing, with the reason."),
		a.coverage)
	register(a, read("listEmployments", "/employments", "List a person's employments",
		"Relationships with payers under the identifiers that the Fund assigned."),
		a.employments)
	a.registerVersions()
	a.registerConfirmations()
}

func (a *api) searchPersons(ctx context.Context, c service.Caller, in *PersonSearchInput,
) (*Output[List[service.PersonView]], error) {
	page, err := a.service.FindPersons(ctx, c, in.Body.Text, in.Body.Cursor, in.Body.Limit,
		in.read())
	if err != nil {
		return nil, err
	}
	return listOf(page), nil
}

// personID reads the identifier, which huma has checked.
func (p PersonPath) personID(ctx context.Context) (ledger.PersonID, error) {
	id, err := uuid.Parse(p.ID)
	if err != nil {
		problem := refuseParameter(ctx, "id", "uuid")
		problem.Errors[0].In = "path"
		return id, problem
	}
	return id, nil
}

func (a *api) person(ctx context.Context, c service.Caller, in *PersonInput,
) (*Output[PersonAnswer], error) {
	id, err := in.personID(ctx)
	if err != nil {
		return nil, err
	}
	x, err := a.service.Person(ctx, c, id, in.read())
	if err != nil {
		return nil, err
	}
	return output(PersonAnswer{x.Value, x.Position, x.RecordedUpTo}, x.Position), nil
}

func (a *api) account(ctx context.Context, c service.Caller, in *AccountInput,
) (*Output[AccountAnswer], error) {
	id, err := in.personID(ctx)
	if err != nil {
		return nil, err
	}
	from, err := monthOf(ctx, "from", in.From)
	if err != nil {
		return nil, err
	}
	to, err := monthOf(ctx, "to", in.To)
	if err != nil {
		return nil, err
	}
	x, err := a.service.Account(ctx, c, id, in.read(), from, to)
	if err != nil {
		return nil, err
	}
	return output(AccountAnswer{x.Value, x.Position, x.RecordedUpTo, x.Chain}, x.Position), nil
}

func (a *api) history(ctx context.Context, c service.Caller, in *HistoryInput,
) (*Output[HistoryAnswer], error) {
	id, err := in.personID(ctx)
	if err != nil {
		return nil, err
	}
	begun := a.rooms.take()
	begun.beginHistory(id)
	x, err := a.service.History(ctx, c, id,
		Reading{AsOf: in.AsOf, AsOfPosition: in.AsOfPosition}.read(), begun.event)
	if err != nil {
		a.rooms.give(begun)
		return nil, err
	}
	return output(HistoryAnswer{x.Value, x.Position, x.RecordedUpTo, x.Chain, begun},
		x.Position), nil
}

func (a *api) coverage(ctx context.Context, c service.Caller, in *CoverageInput,
) (*Output[CoverageAnswer], error) {
	id, err := in.personID(ctx)
	if err != nil {
		return nil, err
	}
	on, err := dateOf(ctx, "on", in.On)
	if err != nil {
		return nil, err
	}
	x, err := a.service.Coverage(ctx, c, id, in.read(), on)
	if err != nil {
		return nil, err
	}
	return output(CoverageAnswer{x.Value, x.Position, x.RecordedUpTo}, x.Position), nil
}

func (a *api) employments(ctx context.Context, c service.Caller, in *PersonInput,
) (*Output[List[statement.Employment]], error) {
	id, err := in.personID(ctx)
	if err != nil {
		return nil, err
	}
	x, err := a.service.Employments(ctx, c, id, in.read())
	if err != nil {
		return nil, err
	}
	return listOf(service.Page[statement.Employment]{Items: x.Value, Position: x.Position}), nil
}

// monthOf reads a month of the query; empty text is the null month.
func monthOf(ctx context.Context, name string, value MonthText) (period.Month, error) {
	if value == "" {
		return 0, nil
	}
	m, err := period.ParseMonth(string(value))
	if err != nil {
		return 0, refuseParameter(ctx, name, "month")
	}
	return m, nil
}

// dateOf reads a day of the query; empty text is the null date.
func dateOf(ctx context.Context, name, value string) (period.Date, error) {
	if value == "" {
		return 0, nil
	}
	d, err := period.ParseDate(value)
	if err != nil {
		return 0, refuseParameter(ctx, name, "date")
	}
	return d, nil
}
