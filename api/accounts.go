package api

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"
	"github.com/google/uuid"

	"github.com/stazh/stazh/api/service"
	"github.com/stazh/stazh/commands"
	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/ledger/event"
	"github.com/stazh/stazh/ledger/period"
)

// SaidBody is what a decision needs: the act that is relied on, and why.
type SaidBody struct {
	Ground string `json:"ground" minLength:"1" maxLength:"500" doc:"Act and article relied on."`
	Reason string `json:"reason" minLength:"1" maxLength:"2000" doc:"Why, for who reads it later."`
}

// DocumentBody is a document whose hash is recorded, so that it can be found again.
type DocumentBody struct {
	Item   string      `json:"item" maxLength:"60" doc:"Code of the classifier of evidence."`
	On     period.Date `json:"on" doc:"Day on which the Fund received the document."`
	SHA256 string      `json:"sha256" pattern:"^[0-9a-f]{64}$" doc:"Of the document."`
}

func (d DocumentBody) evidence() (x event.Evidence, err error) {
	return EvidenceBody(d).evidence()
}

// AccountDecisionBody proposes a decision on accounts.
type AccountDecisionBody struct {
	SaidBody
	Kind     string       `json:"kind" enum:"merge,split,confirm" doc:"What is to be decided."`
	Absorbed string       `json:"absorbed,omitempty" format:"uuid" doc:"The other account."`
	Evidence DocumentBody `json:"evidence" doc:"The document that it rests on."`
}

// AccountDecisionInput proposes a decision on the account of the path.
type AccountDecisionInput struct {
	PersonPath
	UnneededKey
	Body AccountDecisionBody
}

// DecisionPath names a decision on accounts.
type DecisionPath struct {
	PersonPath
	Decision uuidPath `path:"decision" format:"uuid" doc:"Identifier of the decision."`
}

// AccountVerdictInput approves or returns a decision on accounts.
type AccountVerdictInput struct {
	DecisionPath
	UnneededKey
	Body SaidBody
}

// ProvisionalBody opens an account before the identity is confirmed. Sex and day of birth
// follow from the number.
type ProvisionalBody struct {
	SaidBody
	PersonalNo string       `json:"personal_no" maxLength:"20" doc:"Personal number."`
	Surname    string       `json:"surname" minLength:"1" maxLength:"100" doc:"Surname."`
	Name       string       `json:"name" minLength:"1" maxLength:"100" doc:"Name."`
	Patronymic string       `json:"patronymic,omitempty" maxLength:"100" doc:"Patronymic."`
	Evidence   DocumentBody `json:"evidence" doc:"The document that it rests on."`
}

// ProvisionalInput opens a provisional account.
type ProvisionalInput struct {
	UnneededKey
	Body ProvisionalBody
}

// accountWrite describes a write on accounts; it is recognised by what it says.
func accountWrite(id, path, summary, description string) route {
	return route{Operation: huma.Operation{OperationID: id, Method: http.MethodPost, Path: path,
		Summary: summary, Description: description, Tags: []string{tagPersons}},
		refusals: []int{http.StatusBadRequest, http.StatusNotFound, http.StatusConflict,
			http.StatusRequestEntityTooLarge, http.StatusUnsupportedMediaType}}
}

func (a *api) registerAccounts() {
	person := pathPersons + "/{id}"
	register(a, accountWrite("openProvisionalAccount", pathPersons+"/provisional",
		"Open a provisional account", "For a valid number that nobody is registered under: "+
			"documents that wait for the person are released. A ПУ-1 of type Р or two officers "+
			"confirm it; until then nothing is decided on benefits."), a.openProvisional)
	register(a, accountWrite("proposeAccountDecision", person+"/account-decisions",
		"Propose a decision on accounts", "Merging the absorbed account into that of the path, "+
			"splitting it again, or confirming a provisional account. A second officer decides."),
		a.proposeAccountDecision)
	register(a, accountWrite("approveAccountDecision",
		person+"/account-decisions/{decision}/approval", "Approve a decision on accounts",
		"Carries it out. After a merge either number reads the one account, and payers that "+
			"reported both are assessed anew; no fact moves, so that a split is exact."),
		a.approveAccountDecision)
	register(a, accountWrite("returnAccountDecision",
		person+"/account-decisions/{decision}/return", "Return a decision on accounts",
		"Nothing changes; both accounts show it."), a.returnAccountDecision)
	register(a, route{Operation: huma.Operation{OperationID: "listAccountDecisions",
		Method: http.MethodGet, Path: person + "/account-decisions", Tags: []string{tagPersons},
		Summary:     "List the decisions on a person's accounts",
		Description: "Merges, splits, provisional accounts and what was proposed, with reasons.",
	}, refusals: []int{http.StatusNotFound}}, a.accountDecisions)
	a.registerDisputes()
}

func (a *api) openProvisional(ctx context.Context, c service.Caller, in *ProvisionalInput,
) (*Output[Recorded], error) {
	evidence, err := in.Body.Evidence.evidence()
	if err != nil {
		return nil, err
	}
	b := &in.Body
	return recorded(a.service.OpenProvisional(ctx, c, commands.OpenProvisional{
		Ground: b.Ground, Reason: b.Reason, Evidence: evidence, Personal: event.PersonalData{
			PersonalNo: b.PersonalNo, Surname: b.Surname, Name: b.Name,
			Patronymic: b.Patronymic}}))
}

func (a *api) proposeAccountDecision(ctx context.Context, c service.Caller,
	in *AccountDecisionInput) (*Output[Recorded], error) {
	survivor, err := in.personID(ctx)
	if err != nil {
		return nil, err
	}
	evidence, err := in.Body.Evidence.evidence()
	if err != nil {
		return nil, err
	}
	var absorbed ledger.PersonID
	if in.Body.Absorbed != "" {
		if absorbed, err = uuid.Parse(in.Body.Absorbed); err != nil {
			return nil, refuseParameter(ctx, "absorbed", "uuid")
		}
	}
	return recorded(a.service.ProposeAccountDecision(ctx, c, commands.ProposeAccountDecision{
		Ground: in.Body.Ground, Reason: in.Body.Reason, Kind: in.Body.Kind, Survivor: survivor,
		Absorbed: absorbed, Evidence: evidence}))
}

func (p DecisionPath) ids(ctx context.Context) (person ledger.PersonID, id uuid.UUID, err error) {
	if person, err = p.personID(ctx); err == nil {
		id, err = p.Decision.id(ctx, "decision")
	}
	return person, id, err
}

func (a *api) approveAccountDecision(ctx context.Context, c service.Caller,
	in *AccountVerdictInput) (*Output[Recorded], error) {
	person, id, err := in.ids(ctx)
	if err != nil {
		return nil, err
	}
	return recorded(a.service.ApproveAccountDecision(ctx, c, commands.DecideAccounts{
		Ground: in.Body.Ground, Reason: in.Body.Reason, Person: person, Decision: id}))
}

func (a *api) returnAccountDecision(ctx context.Context, c service.Caller,
	in *AccountVerdictInput) (*Output[Recorded], error) {
	person, id, err := in.ids(ctx)
	if err != nil {
		return nil, err
	}
	return recorded(a.service.ReturnAccountDecision(ctx, c, commands.DecideAccounts{
		Ground: in.Body.Ground, Reason: in.Body.Reason, Person: person, Decision: id}))
}

func (a *api) accountDecisions(ctx context.Context, c service.Caller, in *PersonInput,
) (*Output[List[service.AccountDecision]], error) {
	id, err := in.personID(ctx)
	if err != nil {
		return nil, err
	}
	x, err := a.service.AccountDecisions(ctx, c, id, in.read())
	if err != nil {
		return nil, err
	}
	return listOf(service.Page[service.AccountDecision]{Items: x.Value, Position: x.Position}),
		nil
}
