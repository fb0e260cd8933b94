package api

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"
	"github.com/google/uuid"

	"github.com/stazh/stazh/api/service"
	"github.com/stazh/stazh/commands"
	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/ledger/account"
	"github.com/stazh/stazh/ledger/event"
)

// DisputeBody opens a dispute over a line of an account.
type DisputeBody struct {
	Line   event.Line `json:"line" doc:"The line, as the account shows it."`
	Text   string     `json:"text" minLength:"1" maxLength:"4000" doc:"What is wrong with it."`
	Ground string     `json:"ground,omitempty" maxLength:"500" doc:"Act relied on."`
}

// DisputeInput opens a dispute.
type DisputeInput struct {
	PersonPath
	UnneededKey
	Body DisputeBody
}

// DisputePath names a dispute of a person.
type DisputePath struct {
	PersonPath
	Dispute uuidPath `path:"dispute" format:"uuid" doc:"Identifier of the dispute."`
}

// DisputeAnswerBody answers a dispute.
type DisputeAnswerBody struct {
	Accepted bool   `json:"accepted" doc:"The line is wrong and will be corrected."`
	Text     string `json:"text,omitempty" maxLength:"4000" doc:"The reason; a denial needs one."`
	Ground   string `json:"ground,omitempty" maxLength:"500" doc:"Act relied on."`
}

// DisputeAnswerInput answers in the payer's place.
type DisputeAnswerInput struct {
	DisputePath
	UnneededKey
	Body DisputeAnswerBody
}

// PayerAnswerInput answers as the payer.
type PayerAnswerInput struct {
	PayerPath
	UnneededKey
	Dispute uuidPath `path:"dispute" format:"uuid" doc:"Identifier of the dispute."`
	Body    DisputeAnswerBody
}

// DisputeDecisionBody decides a dispute.
type DisputeDecisionBody struct {
	SaidBody
	Upheld bool `json:"upheld" doc:"The person is right: the line is to be corrected."`
}

// DisputeDecisionInput decides a dispute.
type DisputeDecisionInput struct {
	DisputePath
	UnneededKey
	Body DisputeDecisionBody
}

// DisputeWithdrawalBody says why a dispute is withdrawn.
type DisputeWithdrawalBody struct {
	Text   string `json:"text,omitempty" maxLength:"4000" doc:"Why; it is kept sealed."`
	Ground string `json:"ground,omitempty" maxLength:"500" doc:"Act relied on."`
}

// DisputeWithdrawalInput withdraws a dispute.
type DisputeWithdrawalInput struct {
	DisputePath
	UnneededKey
	Body DisputeWithdrawalBody
}

// DisputesInput asks for the open disputes of an office.
type DisputesInput struct {
	Office string `query:"office" required:"true" pattern:"^[0-9]{3}$" doc:"Code of the office."`
	Turn   string `query:"turn" enum:"payer,correction,fund" doc:"Whose turn it is."`
	Late   bool   `query:"late" doc:"Only those whose term has passed."`
	Paging
	Fresh
}

func (a *api) registerDisputes() {
	person := pathPersons + "/{id}/disputes"
	read := func(id, path, tag, summary, description string) route {
		return route{Operation: huma.Operation{OperationID: id, Method: http.MethodGet,
			Path: path, Summary: summary, Description: description, Tags: []string{tag}},
			refusals: []int{http.StatusNotFound}}
	}
	register(a, accountWrite("openDispute", person, "Open a dispute over a line",
		"The payer who has reported the line is asked first and has a term to answer; where the "+
			"Fund has recorded it, the Fund decides. One dispute over a line is open at a time."),
		a.openDispute)
	register(a, accountWrite("answerDisputeForPayer", person+"/{dispute}/answer",
		"Answer a dispute in the payer's place", "By an officer, who then does not decide it."),
		a.answerForPayer)
	register(a, accountWrite("decideDispute", person+"/{dispute}/decision", "Decide a dispute",
		"Once the payer has answered or its term has passed, by an officer who neither opened "+
			"nor answered it. A line found wrong is corrected by a filing."), a.decideDispute)
	register(a, accountWrite("withdrawDispute", person+"/{dispute}/withdrawal",
		"Withdraw a dispute", "Closes it at the person's wish."), a.withdrawDispute)
	register(a, read("listPersonDisputes", person, tagPersons, "List a person's disputes",
		"All of them, with whose turn it is and until when."), a.personDisputes)
	register(a, read("listDisputes", "/v1/disputes", tagPersons,
		"List the open disputes of an office", "The first due first."), a.disputes)
	register(a, read("listPayerDisputes", pathPayers+"/{unp}/disputes", tagPayers,
		"List the disputes that a payer has to answer", "Of lines that it has reported, the "+
			"first due first, with nothing else of the person."), a.payerDisputes)
	answer := accountWrite("answerDispute", pathPayers+"/{unp}/disputes/{dispute}/answer",
		"Answer a dispute", "Accepting it announces a correction, which closes the dispute; "+
			"denying it hands it to the Fund.")
	answer.Tags = []string{tagPayers}
	register(a, answer, a.answerDispute)
}

func (p DisputePath) ids(ctx context.Context) (person ledger.PersonID, id uuid.UUID, err error) {
	if person, err = p.personID(ctx); err == nil {
		id, err = p.Dispute.id(ctx, "dispute")
	}
	return person, id, err
}

func (a *api) openDispute(ctx context.Context, c service.Caller, in *DisputeInput,
) (*Output[Recorded], error) {
	person, err := in.personID(ctx)
	if err != nil {
		return nil, err
	}
	return recorded(a.service.OpenDispute(ctx, c, commands.OpenDispute{Person: person,
		Line: in.Body.Line, Text: in.Body.Text, Ground: in.Body.Ground}))
}

func (a *api) answerForPayer(ctx context.Context, c service.Caller, in *DisputeAnswerInput,
) (*Output[Recorded], error) {
	person, id, err := in.ids(ctx)
	if err != nil {
		return nil, err
	}
	return recorded(a.service.AnswerDispute(ctx, c, commands.AnswerDispute{Person: person,
		Dispute: id, Accepted: in.Body.Accepted, Text: in.Body.Text, Ground: in.Body.Ground}))
}

func (a *api) answerDispute(ctx context.Context, c service.Caller, in *PayerAnswerInput,
) (*Output[Recorded], error) {
	id, err := in.Dispute.id(ctx, "dispute")
	if err != nil {
		return nil, err
	}
	return recorded(a.service.AnswerDispute(ctx, c, commands.AnswerDispute{Payer: string(in.UNP),
		Dispute: id, Accepted: in.Body.Accepted, Text: in.Body.Text, Ground: in.Body.Ground}))
}

func (a *api) decideDispute(ctx context.Context, c service.Caller, in *DisputeDecisionInput,
) (*Output[Recorded], error) {
	person, id, err := in.ids(ctx)
	if err != nil {
		return nil, err
	}
	return recorded(a.service.DecideDispute(ctx, c, commands.DecideDispute{Person: person,
		Dispute: id, Upheld: in.Body.Upheld, Text: in.Body.Reason, Ground: in.Body.Ground}))
}

func (a *api) withdrawDispute(ctx context.Context, c service.Caller, in *DisputeWithdrawalInput,
) (*Output[Recorded], error) {
	person, id, err := in.ids(ctx)
	if err != nil {
		return nil, err
	}
	return recorded(a.service.WithdrawDispute(ctx, c, commands.WithdrawDispute{Person: person,
		Dispute: id, Text: in.Body.Text, Ground: in.Body.Ground}))
}

func (a *api) personDisputes(ctx context.Context, c service.Caller, in *PersonInput,
) (*Output[List[service.DisputeView]], error) {
	id, err := in.personID(ctx)
	if err != nil {
		return nil, err
	}
	x, err := a.service.PersonDisputes(ctx, c, id, in.read())
	if err != nil {
		return nil, err
	}
	return listOf(service.Page[service.DisputeView]{Items: x.Value, Position: x.Position}), nil
}

func (a *api) disputes(ctx context.Context, c service.Caller, in *DisputesInput,
) (*Output[List[service.DisputeView]], error) {
	page, err := a.service.Disputes(ctx, c, service.DisputeFilter{Office: in.Office,
		Turn: account.Turn(in.Turn), Late: in.Late}, in.Cursor, in.Limit, in.read())
	if err != nil {
		return nil, err
	}
	return listOf(page), nil
}

func (a *api) payerDisputes(ctx context.Context, c service.Caller, in *PayerListInput,
) (*Output[List[service.DisputeTask]], error) {
	page, err := a.service.PayerDisputes(ctx, c, string(in.UNP), in.Cursor, in.Limit, in.read())
	if err != nil {
		return nil, err
	}
	return listOf(page), nil
}
