package api

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/stazh/stazh/api/service"
	"github.com/stazh/stazh/commands"
	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/ledger/occupational"
)

// OccupationalInput asks for the occupational part of a person's account.
type OccupationalInput struct {
	PersonPath
	Reading
	On string `query:"on" format:"date" doc:"Day of the balance; today if not given."`
}

// OccupationalAnswer is the occupational part of a person's account.
type OccupationalAnswer struct {
	occupational.Account
	Position ledger.Position `json:"position" doc:"Ledger position of the answer."`
}

// YieldInput prepares the crediting of a year's yield.
type YieldInput struct {
	UnneededKey
	Body struct {
		Year   int    `json:"year" minimum:"2009" maximum:"2200" doc:"Year that has ended."`
		Ground string `json:"ground" minLength:"1" maxLength:"500" doc:"Act relied on."`
	}
}

// YieldApprovalInput approves a run.
type YieldApprovalInput struct {
	Run string `path:"run" format:"uuid" doc:"Identifier of the run."`
	UnneededKey
	Body struct {
		Ground string `json:"ground" minLength:"1" maxLength:"500" doc:"Act relied on."`
	}
}

// YieldAnswer is a run.
type YieldAnswer struct {
	service.YieldRunView
	Position ledger.Position `json:"position" doc:"Ledger position of the answer."`
}

const pathYields = "/v1/occupational/yields"

func (a *api) registerOccupational() {
	refusals := []int{http.StatusBadRequest, http.StatusNotFound, http.StatusConflict,
		http.StatusRequestEntityTooLarge, http.StatusUnsupportedMediaType}
	register(a, route{Operation: huma.Operation{OperationID: "readOccupational",
		Method: http.MethodGet, Path: pathPersons + "/{id}/occupational",
		Tags: []string{tagPersons}, Summary: "Read the occupational part of a person's account",
		Description: "What is credited for each month of work in special conditions (ПУ-6), the " +
			"yield of each year, what pensions have been paid of it, and the balance.",
	}, refusals: []int{http.StatusNotFound}}, a.occupational)
	register(a, route{Operation: huma.Operation{OperationID: "listYields",
		Method: http.MethodGet, Path: pathYields, Tags: []string{tagLaw},
		Summary:     "List the creditings of yearly yields",
		Description: "The latest one first.",
	}}, a.yields)
	register(a, route{Operation: huma.Operation{OperationID: "prepareYield",
		Method: http.MethodPost, Path: pathYields, Tags: []string{tagLaw},
		Summary: "Lay the crediting of a year's yield before the second officer",
		Description: "It is simulated, and what is found is recorded with it. A year may be " +
			"credited again after corrections: the yield of each account is then replaced.",
	}, time: runTimeMax, refusals: refusals}, a.prepareYield)
	register(a, route{Operation: huma.Operation{OperationID: "approveYield",
		Method: http.MethodPost, Path: pathYields + "/{run}/approval", Tags: []string{tagLaw},
		Summary: "Have a year's yield credited",
		Description: "By another officer than the one who prepared. The clerk begins at once and " +
			"goes on after any interruption.",
	}, refusals: refusals}, a.approveYield)
}

func (a *api) occupational(ctx context.Context, c service.Caller, in *OccupationalInput,
) (*Output[OccupationalAnswer], error) {
	id, err := in.personID(ctx)
	if err != nil {
		return nil, err
	}
	on, err := dateOf(ctx, "on", in.On)
	if err != nil {
		return nil, err
	}
	x, err := a.service.Occupational(ctx, c, id, in.read(), on)
	if err != nil {
		return nil, err
	}
	return output(OccupationalAnswer{x.Value, x.Position}, x.Position), nil
}

func (a *api) yields(ctx context.Context, c service.Caller, in *Reading,
) (*Output[List[service.YieldRunView]], error) {
	x, err := a.service.Yields(ctx, c, in.read())
	if err != nil {
		return nil, err
	}
	return listOf(service.Page[service.YieldRunView]{Items: x.Value, Position: x.Position}), nil
}

func (a *api) prepareYield(ctx context.Context, c service.Caller, in *YieldInput,
) (*Output[YieldAnswer], error) {
	x, err := a.service.PrepareYield(ctx, c,
		commands.PrepareYield{Ground: in.Body.Ground, Year: in.Body.Year})
	if err != nil {
		return nil, err
	}
	return output(YieldAnswer{x.Value, x.Position}, x.Position), nil
}

func (a *api) approveYield(ctx context.Context, c service.Caller, in *YieldApprovalInput,
) (*Output[YieldAnswer], error) {
	run, err := identifier(ctx, "run", in.Run)
	if err != nil {
		return nil, err
	}
	x, err := a.service.ApproveYield(ctx, c,
		commands.ApproveYield{Ground: in.Body.Ground, Run: run})
	if err != nil {
		return nil, err
	}
	return output(YieldAnswer{x.Value, x.Position}, x.Position), nil
}
