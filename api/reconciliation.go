package api

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/stazh/stazh/api/service"
	"github.com/stazh/stazh/commands"
	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/projections/balance"
)

// ReconciliationAnswer is what differs for a payer.
type ReconciliationAnswer struct {
	service.ReconciliationView
	Position     ledger.Position `json:"position" doc:"Ledger position of the answer."`
	RecordedUpTo time.Time       `json:"recorded_up_to,omitzero" doc:"When that was recorded."`
}

// NotesAnswer are the explanatory notes of a year.
type NotesAnswer struct {
	service.NotesView
	Position ledger.Position `json:"position" doc:"Ledger position of the answer."`
}

// NotesInput asks for the notes.
type NotesInput struct {
	PayerPath
	Reading
	Year int `path:"year" minimum:"2009" maximum:"9999" doc:"Year of the notes."`
}

// MismatchKind is a kind of mismatch.
type MismatchKind string

// Schema implements huma.SchemaProvider.
func (MismatchKind) Schema(huma.Registry) *huma.Schema {
	return &huma.Schema{Type: "string", Description: "Kind of difference.", Enum: []any{
		"earnings", "benefits", "allowances", "contributions", "payments",
		"occupational", "occupational_payments"}}
}

// MismatchReason is the payer's reason for a difference.
type MismatchReason struct {
	Year    int          `json:"year" minimum:"2009" maximum:"9999" doc:"Year of the difference."`
	Quarter int          `json:"quarter" minimum:"1" maximum:"4" doc:"Quarter of it."`
	Kind    MismatchKind `json:"kind" doc:"Kind of difference."`
	Text    string       `json:"text" minLength:"1" maxLength:"4000" doc:"The reason."`
}

// MismatchReasonInput explains a difference.
type MismatchReasonInput struct {
	PayerPath
	UnneededKey
	Body MismatchReason
}

// MismatchesInput asks for the mismatches of many payers.
type MismatchesInput struct {
	Office      string `query:"office" pattern:"^[0-9]{3}$" doc:"Code of the office."`
	Region      string `query:"region" pattern:"^[0-9]$" doc:"Code of the department."`
	Kind        string `query:"kind" enum:"earnings,benefits,allowances,contributions,payments,occupational,occupational_payments" doc:"Kind of difference."`
	Unexplained bool   `query:"unexplained" doc:"Only what nobody has explained as it stands."`
	On          string `query:"on" format:"date" doc:"Day by which unpaid sums must be due."`
	Paging
	Fresh
}

func (a *api) registerReconciliation() {
	read := func(id, path, summary, description string) route {
		return route{Operation: huma.Operation{OperationID: id, Method: http.MethodGet,
			Path: path, Summary: summary, Description: description,
			Tags: []string{tagPayers}}, refusals: []int{http.StatusNotFound}}
	}
	one := pathPayers + "/{unp}"
	register(a, read("readReconciliation", one+"/reconciliation", "Read what differs for a payer",
		"The 4-фонд against ПУ-3 and assessed contributions, ПУ-6 against assessed occupational "+
			"contributions, and payments against what is assessed, by quarter and cumulated over "+
			"the year; with the events with which each difference arose and was resolved."),
		a.reconciliation)
	register(a, read("readNotes", one+"/notes/{year}", "Read the explanatory notes of a year",
		"ПЗ-3 and ПЗ-6 filled in from the ledger; the reasons are the payer's."), a.notes)
	register(a, read("listReports", one+"/reports", "List a payer's 4-фонд",
		"By quarter, the newest first, each with all its versions."), a.reports)
	register(a, route{Operation: huma.Operation{OperationID: "explainMismatch",
		Method: http.MethodPost, Path: one + "/explanations", Tags: []string{tagPayers},
		Summary: "Explain a difference", DefaultStatus: http.StatusCreated,
		Description: "Records the payer's reason for a difference as it stands; the note of " +
			"the year shows it. Another difference needs another reason."},
		refusals: []int{http.StatusBadRequest, http.StatusNotFound, http.StatusConflict,
			http.StatusRequestEntityTooLarge, http.StatusUnsupportedMediaType}}, a.explainMismatch)
	register(a, route{Operation: huma.Operation{OperationID: "listMismatches",
		Method: http.MethodGet, Path: "/v1/mismatches", Tags: []string{tagReporting},
		Summary: "List what differs, for an office",
		Description: "Open differences of all payers of an office, region or the country; " +
			"unpaid contributions once they are due."}}, a.mismatches)
}

func (a *api) reconciliation(ctx context.Context, c service.Caller, in *BalanceInput,
) (*Output[ReconciliationAnswer], error) {
	on, err := dateOf(ctx, "on", in.On)
	if err != nil {
		return nil, err
	}
	x, err := a.service.Reconciliation(ctx, c, string(in.UNP), in.read(), on)
	if err != nil {
		return nil, err
	}
	return output(ReconciliationAnswer{x.Value, x.Position, x.RecordedUpTo}, x.Position), nil
}

func (a *api) notes(ctx context.Context, c service.Caller, in *NotesInput,
) (*Output[NotesAnswer], error) {
	x, err := a.service.Notes(ctx, c, string(in.UNP), in.Year, in.read())
	if err != nil {
		return nil, err
	}
	return output(NotesAnswer{x.Value, x.Position}, x.Position), nil
}

func (a *api) reports(ctx context.Context, c service.Caller, in *PaymentsInput,
) (*Output[List[service.ReportView]], error) {
	page, err := a.service.Reports(ctx, c, string(in.UNP), in.read(), in.Cursor, in.Limit)
	if err != nil {
		return nil, err
	}
	return listOf(page), nil
}

func (a *api) explainMismatch(ctx context.Context, c service.Caller, in *MismatchReasonInput,
) (*Output[NotesAnswer], error) {
	x, err := a.service.ExplainMismatch(ctx, c, commands.ExplainMismatch{
		Payer: string(in.UNP), Year: in.Body.Year, Quarter: in.Body.Quarter,
		Kind: string(in.Body.Kind), Text: in.Body.Text})
	if err != nil {
		return nil, err
	}
	return output(NotesAnswer{x.Value, x.Position}, x.Position), nil
}

func (a *api) mismatches(ctx context.Context, c service.Caller, in *MismatchesInput,
) (*Output[List[balance.PayerMismatch]], error) {
	on, err := dateOf(ctx, "on", in.On)
	if err != nil {
		return nil, err
	}
	page, err := a.service.Mismatches(ctx, c, service.MismatchFilter{Office: in.Office,
		Region: in.Region, Kind: in.Kind, Unexplained: in.Unexplained, On: on}, in.Cursor,
		in.Limit, in.Fresh.read())
	if err != nil {
		return nil, err
	}
	return listOf(page), nil
}
