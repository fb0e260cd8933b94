package api

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/stazh/stazh/api/service"
	"github.com/stazh/stazh/ledger"
)

// TotalsFilter narrows the totals.
type TotalsFilter struct {
	Scope   string `query:"scope" enum:"country,region,office" doc:"Level of the rows."`
	Code    string `query:"code" pattern:"^([0-9]{1,3}|BY)$" doc:"Region (1), office (3) or BY."`
	Form    string `query:"form" maxLength:"20" doc:"Form; any for all filings by arrival, with what is assessed and paid."`
	Year    int    `query:"year" minimum:"1990" maximum:"2200" doc:"Calendar year."`
	Quarter int    `query:"quarter" minimum:"1" maximum:"4" doc:"Quarter of the year."`
}

// anyForm asks for the rows that count all filings by quarter of arrival, whose form has
// no name.
const anyForm = "any"

func (f TotalsFilter) filter() service.TotalFilter {
	out := service.TotalFilter{Scope: f.Scope, Code: f.Code, Year: f.Year, Quarter: f.Quarter}
	if f.Form != "" {
		form := f.Form
		if form == anyForm {
			form = ""
		}
		out.Form = &form
	}
	return out
}

// TotalsInput asks for totals.
type TotalsInput struct {
	TotalsFilter
	Paging
	Fresh
}

// TotalsStreamInput asks for a stream of totals.
type TotalsStreamInput struct {
	TotalsFilter
	LastEventID string `header:"Last-Event-ID" maxLength:"20" doc:"Position to go on after."`
}

// TotalsEvent is what a stream of totals tells at once: all rows that changed.
type TotalsEvent struct {
	Items    []service.TotalView `json:"items" doc:"Rows that changed, in their new state."`
	Position ledger.Position     `json:"position" doc:"Position up to which they are complete."`
}

// ExpectedInput asks how many payers owe a report.
type ExpectedInput struct {
	Scope   string `query:"scope" enum:"country,region,office" required:"true" doc:"Level of rows."`
	Code    string `query:"code" pattern:"^([0-9]{1,3}|BY)$" doc:"One region or office."`
	Year    int    `query:"year" minimum:"1990" maximum:"2200" required:"true" doc:"Calendar year."`
	Quarter int    `query:"quarter" minimum:"1" maximum:"4" required:"true" doc:"Its quarter."`
	Fresh
}

func (a *api) registerReporting() {
	read := func(id, path, summary, description string) huma.Operation {
		return huma.Operation{OperationID: id, Method: http.MethodGet, Path: path,
			Summary: summary, Description: description, Tags: []string{tagReporting}}
	}
	register(a, route{Operation: read("listOffices", "/v1/offices", "List the Fund's offices",
		"District and city offices that exist today, with the department of each.")}, a.offices)
	register(a, route{Operation: read("listDepartments", "/v1/departments",
		"List the Fund's departments", "Regional departments and that of Minsk.")},
		a.departments)
	register(a, route{Operation: read("listTotals", "/v1/reporting", "Read the live totals",
		"What has come in by form and quarter, for the country, each region and each office. "+
			"The rows of form \"\" count all filings by the quarter in which they arrived.")},
		a.totals)
	register(a, route{Operation: read("listExpected", "/v1/reporting/expected",
		"Count the payers that owe a report",
		"How many payers have the duty to report ПУ-3 for the quarter.")}, a.expected)
	stream := read("followTotals", "/v1/reporting/events", "Follow the totals live",
		"Server-sent events named totals: all rows that changed, with the ledger position up "+
			"to which they are complete as id. With Last-Event-ID the rows that changed since "+
			"come first; without it all rows do.")
	stream.Responses = okContent("Events", map[string]*huma.MediaType{
		eventStreamType: {Schema: &huma.Schema{Type: "string"}}})
	register(a, route{Operation: stream}, a.followTotals)
}

func (a *api) offices(ctx context.Context, c service.Caller, _ *Empty,
) (*Output[List[service.OfficeView]], error) {
	x, err := a.service.Offices(ctx, c)
	if err != nil {
		return nil, err
	}
	return listOf(service.Page[service.OfficeView]{Items: x.Value, Position: x.Position}), nil
}

func (a *api) departments(ctx context.Context, c service.Caller, _ *Empty,
) (*Output[List[service.OfficeView]], error) {
	x, err := a.service.Departments(ctx, c)
	if err != nil {
		return nil, err
	}
	return listOf(service.Page[service.OfficeView]{Items: x.Value, Position: x.Position}), nil
}

func (a *api) totals(ctx context.Context, c service.Caller, in *TotalsInput,
) (*Output[List[service.TotalView]], error) {
	page, err := a.service.Totals(ctx, c, in.filter(), in.Cursor, in.Limit, in.read())
	if err != nil {
		return nil, err
	}
	return listOf(page), nil
}

func (a *api) expected(ctx context.Context, c service.Caller, in *ExpectedInput,
) (*Output[List[service.ExpectedView]], error) {
	page, err := a.service.Expected(ctx, c, in.Scope, in.Code, in.Year, in.Quarter, in.read())
	if err != nil {
		return nil, err
	}
	return listOf(page), nil
}

func (a *api) followTotals(ctx context.Context, c service.Caller, in *TotalsStreamInput,
) (*huma.StreamResponse, error) {
	head, err := a.service.Position(ctx, c)
	if err != nil {
		return nil, err
	}
	after := lastEventID(in.LastEventID)
	if after > head.Position {
		after = 0 // the id is of another ledger: everything is new to this client
	}
	return &huma.StreamResponse{Body: func(hctx huma.Context) {
		r, w := raw(hctx)
		a.streamTo(r, w, func(ctx context.Context, s *stream) error {
			return a.service.FollowTotals(ctx, c, after, in.filter(),
				func(rows []service.TotalView, at ledger.Position) error {
					return s.send("totals", at, TotalsEvent{rows, at})
				})
		})
	}}, nil
}
