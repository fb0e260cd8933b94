package api

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"
	"github.com/google/uuid"

	"github.com/stazh/stazh/api/service"
	"github.com/stazh/stazh/commands"
	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/ledger/period"
)

// ConfirmationBody proposes to confirm months of an account.
type ConfirmationBody struct {
	From        MonthText   `json:"from" doc:"First month."`
	To          MonthText   `json:"to" doc:"Last month."`
	AppealUntil period.Date `json:"appeal_until,omitempty" doc:"Last day to object; none if not given."`
	Reason      string      `json:"reason" maxLength:"500" doc:"What was checked."`
	Ground      string      `json:"ground" maxLength:"500" doc:"Act and article relied on."`
}

// ConfirmationInput proposes a confirmation.
type ConfirmationInput struct {
	PersonPath
	UnneededKey
	Body ConfirmationBody
}

// ConfirmationPath names a confirmation.
type ConfirmationPath struct {
	PersonPath
	Confirmation uuidPath `path:"confirmation" format:"uuid" doc:"Identifier of the confirmation."`
}

// ConfirmationReasonInput says why a confirmation is to be set aside, or is approved or
// returned.
type ConfirmationReasonInput struct {
	ConfirmationPath
	UnneededKey
	Body SaidBody
}

func (p ConfirmationPath) ids(ctx context.Context,
) (person ledger.PersonID, id uuid.UUID, err error) {
	if person, err = p.personID(ctx); err == nil {
		id, err = p.Confirmation.id(ctx, "confirmation")
	}
	return person, id, err
}

func (a *api) registerConfirmations() {
	write := func(id, path, summary, description string) route {
		r := benefitWrite(id, "/confirmations"+path, summary, description)
		r.Tags = []string{tagPersons}
		return r
	}
	register(a, route{Operation: huma.Operation{OperationID: "listConfirmations",
		Method: http.MethodGet, Path: pathPersons + "/{id}/confirmations",
		Tags: []string{tagPersons}, Summary: "List confirmed months of an account",
		Description: "Months that two officers have checked. Documents that change them wait " +
			"(SPF-606) until two officers set the confirmation aside.",
	}, refusals: []int{http.StatusNotFound}}, a.confirmations)
	register(a, write("proposeConfirmation", "", "Propose to confirm months",
		"Lays the months as they are before a second officer."), a.proposeConfirmation)
	register(a, write("proposeSetAside", "/{confirmation}/set-aside",
		"Propose to set a confirmation aside", "The months stay confirmed until a second "+
			"officer agrees; documents that wait for it are then judged again."),
		a.proposeSetAside)
	register(a, write("approveConfirmation", "/{confirmation}/approval",
		"Approve what is proposed of a confirmation", "Refused to who proposed it (SPF-905), "+
			"and where the months have changed since they were checked."), a.approveConfirmation)
	register(a, write("returnConfirmation", "/{confirmation}/return",
		"Return what is proposed of a confirmation", "Leaves the months as they are."),
		a.returnConfirmation)
}

func (a *api) confirmations(ctx context.Context, c service.Caller, in *PersonInput,
) (*Output[List[service.ConfirmationView]], error) {
	id, err := in.personID(ctx)
	if err != nil {
		return nil, err
	}
	x, err := a.service.Confirmations(ctx, c, id, in.read())
	if err != nil {
		return nil, err
	}
	return listOf(service.Page[service.ConfirmationView]{Items: x.Value, Position: x.Position}),
		nil
}

func (a *api) proposeConfirmation(ctx context.Context, c service.Caller, in *ConfirmationInput,
) (*Output[Recorded], error) {
	person, err := in.personID(ctx)
	if err != nil {
		return nil, err
	}
	from, err := monthOf(ctx, "from", in.Body.From)
	if err != nil {
		return nil, err
	}
	to, err := monthOf(ctx, "to", in.Body.To)
	if err != nil {
		return nil, err
	}
	return recorded(a.service.ProposeConfirmation(ctx, c, commands.ProposeConfirmation{
		Person: person, From: from, To: to, AppealUntil: in.Body.AppealUntil,
		Reason: in.Body.Reason, Ground: in.Body.Ground}))
}

func (a *api) proposeSetAside(ctx context.Context, c service.Caller,
	in *ConfirmationReasonInput) (*Output[Recorded], error) {
	person, id, err := in.ids(ctx)
	if err != nil {
		return nil, err
	}
	return recorded(a.service.ProposeSetAside(ctx, c, commands.ProposeSetAside{Person: person,
		Confirmation: id, Reason: in.Body.Reason, Ground: in.Body.Ground}))
}

func (a *api) approveConfirmation(ctx context.Context, c service.Caller,
	in *ConfirmationReasonInput) (*Output[Recorded], error) {
	return a.decideConfirmation(ctx, c, in, true)
}

func (a *api) returnConfirmation(ctx context.Context, c service.Caller,
	in *ConfirmationReasonInput) (*Output[Recorded], error) {
	return a.decideConfirmation(ctx, c, in, false)
}

func (a *api) decideConfirmation(ctx context.Context, c service.Caller,
	in *ConfirmationReasonInput, approve bool) (*Output[Recorded], error) {
	person, id, err := in.ids(ctx)
	if err != nil {
		return nil, err
	}
	return recorded(a.service.DecideConfirmation(ctx, c, commands.DecideConfirmation{
		Person: person, Confirmation: id, Approve: approve, Reason: in.Body.Reason,
		Ground: in.Body.Ground}))
}
