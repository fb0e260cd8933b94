package api

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/stazh/stazh/api/service"
	"github.com/stazh/stazh/ledger/obligation"
)

// EmployeesInput asks whom a payer employs without having reported them.
type EmployeesInput struct {
	PayerPath
	Quarter string `query:"quarter" required:"true" pattern:"^[0-9]{4}-[1-4]$" doc:"Quarter, as 2026-1."`
	On      string `query:"on" format:"date" doc:"Day on which it stands; today if not given."`
	Paging
	Fresh
}

// OwedReportsInput asks which reports on a person employers owe.
type OwedReportsInput struct {
	PersonPath
	Reading
	On  string `query:"on" format:"date" doc:"Day on which they stand; today if not given."`
	All bool   `query:"all" doc:"With those that came in time."`
}

func (a *api) registerEmployees() {
	register(a, route{Operation: huma.Operation{OperationID: "listUnreported",
		Method: http.MethodGet, Path: pathPayers + "/{unp}/unreported", Tags: []string{tagPayers},
		Summary: "List employees without ПУ-3",
		Description: "Whom the payer employs in the quarter by its ПУ-2 and no ПУ-3 in force names " +
			"(SPF-407): missed once the due date has passed. A report, a dismissal or a " +
			"correction of the hire takes a person off the list.",
	}, refusals: []int{http.StatusNotFound}}, a.employees)
	register(a, route{Operation: huma.Operation{OperationID: "listOwedReports",
		Method: http.MethodGet, Path: pathPersons + "/{id}/owed-reports",
		Tags: []string{tagPersons}, Summary: "List the reports that employers owe on a person",
		Description: "ПУ-3 of the quarters in which ПУ-2 say that a payer employs the person: " +
			"open, missed, or met late, with the filing that met them.",
	}, refusals: []int{http.StatusNotFound}}, a.owedReports)
}

func (a *api) employees(ctx context.Context, c service.Caller, in *EmployeesInput,
) (*Output[List[service.EmployeeView]], error) {
	on, err := dateOf(ctx, "on", in.On)
	if err != nil {
		return nil, err
	}
	page, err := a.service.Employees(ctx, c, string(in.UNP), QuarterText(in.Quarter).month(), on,
		in.Cursor, in.Limit, in.read())
	if err != nil {
		return nil, err
	}
	return listOf(page), nil
}

func (a *api) owedReports(ctx context.Context, c service.Caller, in *OwedReportsInput,
) (*Output[List[obligation.EmployeeReport]], error) {
	id, err := in.personID(ctx)
	if err != nil {
		return nil, err
	}
	on, err := dateOf(ctx, "on", in.On)
	if err != nil {
		return nil, err
	}
	x, err := a.service.OwedReports(ctx, c, id, in.read(), on, in.All)
	if err != nil {
		return nil, err
	}
	return output(List[obligation.EmployeeReport]{Items: x.Value, Position: x.Position},
		x.Position), nil
}
