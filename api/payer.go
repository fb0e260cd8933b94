package api

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/stazh/stazh/api/service"
	"github.com/stazh/stazh/commands"
	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/ledger/period"
)

// PayerRegistration is a payer to register.
type PayerRegistration struct {
	UNP    UNPText     `json:"unp" doc:"UNP, with its check digit."`
	FundNo string      `json:"fund_no" pattern:"^[0-9]{9}$" doc:"Office (3) and serial number (6)."`
	Name   string      `json:"name" minLength:"1" maxLength:"500" doc:"Name as registered."`
	Kind   PayerKind   `json:"kind" doc:"Kind of payer."`
	Since  period.Date `json:"since" format:"date" doc:"First day of the payer's duties."`
	Ground string      `json:"ground,omitempty" maxLength:"500" doc:"Act relied on."`
}

// PayerRegistrationInput registers a payer.
type PayerRegistrationInput struct {
	UnneededKey
	Body PayerRegistration
}

// PayerAnswer is a payer.
type PayerAnswer struct {
	service.PayerView
	Position     ledger.Position `json:"position" doc:"Ledger position of the answer."`
	RecordedUpTo time.Time       `json:"recorded_up_to,omitzero" doc:"When that was recorded."`
}

// RegistrationOutput is the answer to a registration.
type RegistrationOutput struct {
	Status   int
	Location string          `header:"Location" doc:"Where the payer is read."`
	Replayed string          `header:"Idempotency-Replayed" doc:"true for a repetition."`
	Position ledger.Position `header:"Stazh-Position" doc:"Ledger position of the answer."`
	Body     PayerAnswer
}

// BalanceAnswer is what a payer owes and has paid.
type BalanceAnswer struct {
	service.BalanceView
	Position     ledger.Position `json:"position" doc:"Ledger position of the answer."`
	RecordedUpTo time.Time       `json:"recorded_up_to,omitzero" doc:"When that was recorded."`
}

// PayerPath names a payer in a path.
type PayerPath struct {
	UNP UNPText `path:"unp" doc:"UNP of the payer."`
}

// PayersInput asks for payers.
type PayersInput struct {
	Query  string `query:"query" maxLength:"200" doc:"UNP, Fund number or words of the name."`
	Office string `query:"office" pattern:"^[0-9]{3}$" doc:"Code of the office."`
	Region string `query:"region" pattern:"^[0-9]$" doc:"Code of the department."`
	Paging
	Fresh
}

// PayerInput asks for a payer.
type PayerInput struct {
	PayerPath
	Reading
}

// BalanceInput asks for a payer's balance.
type BalanceInput struct {
	PayerPath
	Reading
	On string `query:"on" format:"date" doc:"Day on which the balance stands; today if not given."`
}

// PaymentsInput asks for a payer's payments.
type PaymentsInput struct {
	PayerPath
	Reading
	Paging
}

// PayerListInput asks for a list of a payer.
type PayerListInput struct {
	PayerPath
	Paging
	Fresh
}

// ParkedInput asks for the documents of a payer that wait.
type ParkedInput struct {
	PayerPath
	Fresh
}

const pathPayers = "/v1/payers"

func (a *api) registerPayers() {
	read := func(id, path, summary, description string) route {
		return route{Operation: huma.Operation{OperationID: id, Method: http.MethodGet,
			Path: pathPayers + path, Summary: summary, Description: description,
			Tags: []string{tagPayers}}, refusals: []int{http.StatusNotFound}}
	}
	register(a, route{Operation: huma.Operation{OperationID: "registerPayer",
		Method: http.MethodPost, Path: pathPayers, Tags: []string{tagPayers},
		Summary: "Register a payer", DefaultStatus: http.StatusCreated,
		Description: "Opens a payer's account. A repetition is recognised by its content: the " +
			"same registration again answers 200 and records nothing; the UNP with other data " +
			"is a conflict.",
		Responses: a.repeated(),
	}, refusals: []int{http.StatusBadRequest, http.StatusConflict,
		http.StatusRequestEntityTooLarge, http.StatusUnsupportedMediaType}}, a.registerPayer)
	register(a, read("listPayers", "", "Find payers", "By UNP, Fund number or words of the "+
		"name, the best first; or all of an office or region."), a.payers)
	register(a, read("readPayer", "/{unp}", "Read a payer in the register",
		"Who the payer is, now or as recorded at an earlier moment."), a.payer)
	register(a, read("readBalance", "/{unp}/balance", "Read a payer's balance",
		"What is owed for each month, what payments went to it, arrears and overpayment; "+
			"assessed less paid equals arrears and what is not due yet less overpayment."),
		a.balance)
	register(a, read("listPayerFilings", "/{unp}/filings", "List a payer's filings",
		"Newest first."), a.payerFilings)
	register(a, read("listPayments", "/{unp}/payments", "List a payer's payments",
		"In the order in which the Fund learned of them."), a.payments)
	register(a, read("listPayerPersons", "/{unp}/persons", "List a payer's insured persons",
		"Whom the payer has ever employed or reported, by identifier."), a.payerPersons)
	register(a, read("listParked", "/{unp}/parked", "List documents that wait",
		"Documents of the payer that wait for a prerequisite, and until when."), a.parked)
}

// repeated describes the answer to a repeated registration.
func (a *api) repeated() map[string]*huma.Response {
	return okContent("Registered before with the same data", map[string]*huma.MediaType{
		jsonType: {Schema: schemaOf[PayerAnswer](a)}})
}

func (a *api) registerPayer(ctx context.Context, c service.Caller,
	in *PayerRegistrationInput) (*RegistrationOutput, error) {
	x, err := a.service.RegisterPayer(ctx, c, commands.RegisterPayer{Ground: in.Body.Ground,
		UNP: string(in.Body.UNP), FundNo: in.Body.FundNo, Name: in.Body.Name,
		Kind:  string(in.Body.Kind),
		Since: in.Body.Since})
	if err != nil {
		return nil, err
	}
	out := &RegistrationOutput{Status: http.StatusCreated, Position: x.Position,
		Location: pathPayers + "/" + x.Value.UNP,
		Body:     PayerAnswer{x.Value.PayerView, x.Position, x.RecordedUpTo}}
	if x.Value.Repeated {
		out.Status, out.Replayed = http.StatusOK, "true"
	}
	return out, nil
}

func (a *api) payers(ctx context.Context, c service.Caller, in *PayersInput,
) (*Output[List[service.PayerView]], error) {
	page, err := a.service.FindPayers(ctx, c, service.PayerFilter{Text: in.Query,
		Office: in.Office, Region: in.Region}, in.Cursor, in.Limit, in.read())
	if err != nil {
		return nil, err
	}
	return listOf(page), nil
}

func (a *api) payer(ctx context.Context, c service.Caller, in *PayerInput,
) (*Output[PayerAnswer], error) {
	x, err := a.service.Payer(ctx, c, string(in.UNP), in.read())
	if err != nil {
		return nil, err
	}
	return output(PayerAnswer{x.Value, x.Position, x.RecordedUpTo}, x.Position), nil
}

func (a *api) balance(ctx context.Context, c service.Caller, in *BalanceInput,
) (*Output[BalanceAnswer], error) {
	on, err := dateOf(ctx, "on", in.On)
	if err != nil {
		return nil, err
	}
	x, err := a.service.Balance(ctx, c, string(in.UNP), in.read(), on)
	if err != nil {
		return nil, err
	}
	return output(BalanceAnswer{x.Value, x.Position, x.RecordedUpTo}, x.Position), nil
}

func (a *api) payerFilings(ctx context.Context, c service.Caller, in *PayerListInput,
) (*Output[List[service.FilingView]], error) {
	page, err := a.service.Filings(ctx, c, service.FilingRef{Payer: string(in.UNP)},
		in.Cursor, in.Limit, in.read())
	if err != nil {
		return nil, err
	}
	return listOf(page), nil
}

func (a *api) payments(ctx context.Context, c service.Caller, in *PaymentsInput,
) (*Output[List[service.PaymentView]], error) {
	page, err := a.service.Payments(ctx, c, string(in.UNP), in.read(), in.Cursor,
		in.Limit)
	if err != nil {
		return nil, err
	}
	return listOf(page), nil
}

func (a *api) payerPersons(ctx context.Context, c service.Caller, in *PayerListInput,
) (*Output[List[service.PersonView]], error) {
	page, err := a.service.PayerPersons(ctx, c, string(in.UNP), in.Cursor, in.Limit,
		in.read())
	if err != nil {
		return nil, err
	}
	return listOf(page), nil
}

func (a *api) parked(ctx context.Context, c service.Caller, in *ParkedInput,
) (*Output[List[service.ParkedView]], error) {
	page, err := a.service.Parked(ctx, c, string(in.UNP), in.read())
	if err != nil {
		return nil, err
	}
	return listOf(page), nil
}
