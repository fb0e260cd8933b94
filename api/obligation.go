package api

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/stazh/stazh/api/service"
	"github.com/stazh/stazh/commands"
	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/ledger/obligation"
	"github.com/stazh/stazh/ledger/period"
)

// ObligationsAnswer is what a payer has to file.
type ObligationsAnswer struct {
	service.ObligationsView
	Position     ledger.Position `json:"position" doc:"Ledger position of the answer."`
	RecordedUpTo time.Time       `json:"recorded_up_to,omitzero" doc:"When that was recorded."`
}

// ObligationsInput asks for a payer's obligations.
type ObligationsInput struct {
	PayerPath
	Reading
	On        string `query:"on" format:"date" doc:"Day on which they stand; today if not given."`
	DueWithin int    `query:"due_within" minimum:"0" maximum:"366" doc:"Only open ones due in so many days."`
}

// NilDeclaration is a standing nil report.
type NilDeclaration struct {
	From   period.Month `json:"from" doc:"First month of the first quarter."`
	Until  period.Month `json:"until" doc:"Last month of the last; before from takes it back."`
	Reason string       `json:"reason" enum:"no_activity,no_employees,seasonal,other" doc:"Why."`
	Ground string       `json:"ground,omitempty" maxLength:"500" doc:"Act relied on."`
}

// NilInput declares a standing nil report.
type NilInput struct {
	PayerPath
	UnneededKey
	Body NilDeclaration
}

// QuarterText names a quarter in a query.
type QuarterText string

// month gives the quarter's first month; zero for a text that names none.
func (q QuarterText) month() period.Month {
	year, err := period.ParseMonth(string(q[:4]) + "-01")
	if err != nil {
		return 0
	}
	return obligation.FirstMonth(year.Year(), int(q[5]-'0'))
}

// DutiesInput asks how offices stand.
type DutiesInput struct {
	Quarter string `query:"quarter" required:"true" pattern:"^[0-9]{4}-[1-4]$" doc:"Quarter, as 2026-1."`
	Form    string `query:"form" enum:"4-фонд,ПУ-3" doc:"Form; both if not given."`
	Region  string `query:"region" pattern:"^[0-9]$" doc:"Code of the department."`
	On      string `query:"on" format:"date" doc:"Day on which they stand; today if not given."`
	Fresh
}

// OfficeDutiesInput asks how an office stands.
type OfficeDutiesInput struct {
	Office  string `path:"office" pattern:"^[0-9]{3}$" doc:"Code of the office."`
	Quarter string `query:"quarter" required:"true" pattern:"^[0-9]{4}-[1-4]$" doc:"Quarter, as 2026-1."`
	Form    string `query:"form" required:"true" enum:"4-фонд,ПУ-3" doc:"Form."`
	Paging
	Fresh
}

// OutageBody is a time in which reports could not be filed.
type OutageBody struct {
	From     period.Date `json:"from" format:"date" doc:"First day."`
	To       period.Date `json:"to" format:"date" doc:"Last day."`
	Extended period.Date `json:"extended" format:"date" doc:"New due date of what was due then."`
	Forms    []string    `json:"forms,omitempty" maxItems:"5" doc:"Forms concerned; all if not given."`
	Reason   string      `json:"reason" minLength:"1" maxLength:"500" doc:"What happened."`
	Ground   string      `json:"ground" minLength:"1" maxLength:"500" doc:"Act relied on."`
}

// OutageInput declares an outage.
type OutageInput struct {
	UnneededKey
	Body OutageBody
}

// ExtensionInput extends a deadline.
type ExtensionInput struct {
	Outage string `path:"outage" format:"uuid" doc:"Identifier of the outage."`
	UnneededKey
	Body SaidBody
}

// OutageAnswer is an outage.
type OutageAnswer struct {
	service.OutageView
	Position ledger.Position `json:"position" doc:"Ledger position of the answer."`
}

func (a *api) registerObligations() {
	op := func(id, method, path, tag, summary, description string, refusals ...int) route {
		r := route{Operation: huma.Operation{OperationID: id, Method: method, Path: path,
			Summary: summary, Description: description, Tags: []string{tag}}, refusals: refusals}
		if method == http.MethodPost {
			r.DefaultStatus = http.StatusCreated
			r.refusals = append(r.refusals, http.StatusBadRequest, http.StatusNotFound,
				http.StatusConflict, http.StatusRequestEntityTooLarge,
				http.StatusUnsupportedMediaType)
		}
		return r
	}
	one := pathPayers + "/{unp}"
	register(a, op("listObligations", http.MethodGet, one+"/obligations", tagPayers,
		"List what a payer has to file", "Reports owed for each quarter with due dates, what "+
			"met them or that they were missed, and estimates for missed quarters.",
		http.StatusNotFound), a.obligations)
	register(a, op("declareNil", http.MethodPost, one+"/nil-reports", tagPayers,
		"Declare that there is nothing to report", "A standing nil report for whole quarters. "+
			"The same first month again replaces it; with an end before it nothing stands any "+
			"more."), a.declareNil)
	register(a, op("countObligations", http.MethodGet, "/v1/obligations", tagReporting,
		"Count reports owed and filed", "By office and form, for a quarter.",
		http.StatusNotFound), a.duties)
	register(a, op("listMissing", http.MethodGet, "/v1/offices/{office}/missing", tagReporting,
		"List payers that have not filed", "Payers of an office that owe a form for a quarter "+
			"and have not filed it, whether or not the due date has passed.",
		http.StatusNotFound), a.missing)
	register(a, op("listOutages", http.MethodGet, "/v1/outages", tagLaw, "List outages",
		"Times in which reports could not be filed, and the due dates moved for them, the "+
			"latest first."), a.outages)
	register(a, op("declareOutage", http.MethodPost, "/v1/outages", tagLaw, "Declare an outage",
		"Proposes that due dates move which fall on its days; another officer extends them."),
		a.declareOutage)
	register(a, op("extendDeadline", http.MethodPost, "/v1/outages/{outage}/extension", tagLaw,
		"Extend the deadline", "The second officer's decision on an outage."), a.extendDeadline)
}

func (a *api) obligations(ctx context.Context, c service.Caller, in *ObligationsInput,
) (*Output[ObligationsAnswer], error) {
	on, err := dateOf(ctx, "on", in.On)
	if err != nil {
		return nil, err
	}
	x, err := a.service.Obligations(ctx, c, string(in.UNP), in.read(), on, in.DueWithin)
	if err != nil {
		return nil, err
	}
	return output(ObligationsAnswer{x.Value, x.Position, x.RecordedUpTo}, x.Position), nil
}

func (a *api) declareNil(ctx context.Context, c service.Caller, in *NilInput,
) (*Output[ObligationsAnswer], error) {
	x, err := a.service.DeclareNil(ctx, c, commands.DeclareNil{Payer: string(in.UNP),
		From: in.Body.From, Until: in.Body.Until, Reason: in.Body.Reason,
		Ground: in.Body.Ground})
	if err != nil {
		return nil, err
	}
	return output(ObligationsAnswer{x.Value, x.Position, x.RecordedUpTo}, x.Position), nil
}

func (a *api) duties(ctx context.Context, c service.Caller, in *DutiesInput,
) (*Output[List[service.OfficeDuty]], error) {
	on, err := dateOf(ctx, "on", in.On)
	if err != nil {
		return nil, err
	}
	x, err := a.service.Duties(ctx, c, service.DutyFilter{Form: in.Form, Region: in.Region,
		Quarter: QuarterText(in.Quarter).month(), On: on}, in.read())
	if err != nil {
		return nil, err
	}
	return output(List[service.OfficeDuty]{Items: x.Value, Position: x.Position}, x.Position), nil
}

func (a *api) missing(ctx context.Context, c service.Caller, in *OfficeDutiesInput,
) (*Output[List[service.PayerView]], error) {
	page, err := a.service.Missing(ctx, c, service.DutyFilter{Form: in.Form, Office: in.Office,
		Quarter: QuarterText(in.Quarter).month()}, in.Cursor, in.Limit, in.read())
	if err != nil {
		return nil, err
	}
	return listOf(page), nil
}

func (a *api) outages(ctx context.Context, c service.Caller, in *Fresh,
) (*Output[List[service.OutageView]], error) {
	x, err := a.service.Outages(ctx, c, in.read())
	if err != nil {
		return nil, err
	}
	return output(List[service.OutageView]{Items: x.Value, Position: x.Position}, x.Position), nil
}

func (a *api) declareOutage(ctx context.Context, c service.Caller, in *OutageInput,
) (*Output[OutageAnswer], error) {
	b := in.Body
	x, err := a.service.DeclareOutage(ctx, c, commands.DeclareOutage{From: b.From, To: b.To,
		Extended: b.Extended, Forms: b.Forms, Reason: b.Reason, Ground: b.Ground})
	if err != nil {
		return nil, err
	}
	return output(OutageAnswer{x.Value, x.Position}, x.Position), nil
}

func (a *api) extendDeadline(ctx context.Context, c service.Caller, in *ExtensionInput,
) (*Output[OutageAnswer], error) {
	id, err := identifier(ctx, "outage", in.Outage)
	if err != nil {
		return nil, err
	}
	x, err := a.service.ExtendDeadline(ctx, c, commands.ExtendDeadline{Outage: id,
		Reason: in.Body.Reason, Ground: in.Body.Ground})
	if err != nil {
		return nil, err
	}
	return output(OutageAnswer{x.Value, x.Position}, x.Position), nil
}
