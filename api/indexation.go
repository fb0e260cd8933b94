package api

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/google/uuid"

	"github.com/stazh/stazh/api/service"
	"github.com/stazh/stazh/commands"
	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/ledger/money"
	"github.com/stazh/stazh/ledger/period"
)

// IndexationBody is a decree to publish.
type IndexationBody struct {
	Rule    string       `json:"rule" enum:"AD-1,AD-2,AD-3" doc:"Rule by which amounts change."`
	Kinds   []string     `json:"kinds,omitempty" maxItems:"50" doc:"All of the rule if not given."`
	From    period.Date  `json:"from" doc:"First day of the new amounts."`
	OldWage money.Amount `json:"old_wage,omitempty" doc:"Average wage before, for AD-1."`
	NewWage money.Amount `json:"new_wage,omitempty" doc:"Average wage now, for AD-1."`
	Act     string       `json:"act" minLength:"1" maxLength:"500" doc:"The decree."`
	Source  string       `json:"source,omitempty" maxLength:"500" doc:"Where it was read."`
	Ground  string       `json:"ground,omitempty" maxLength:"500" doc:"Act relied on."`
}

// IndexationInput publishes a decree.
type IndexationInput struct {
	UnneededKey
	Body IndexationBody
}

// DecreePath names a decree.
type DecreePath struct {
	Decree string `path:"decree" format:"uuid" doc:"Identifier of the decree."`
}

func (p DecreePath) decree(ctx context.Context) (uuid.UUID, error) {
	return identifier(ctx, "decree", p.Decree)
}

// identifier reads an identifier of the path, which huma has checked.
func identifier(ctx context.Context, name, text string) (uuid.UUID, error) {
	id, err := uuid.Parse(text)
	if err != nil {
		problem := refuseParameter(ctx, name, "uuid")
		problem.Errors[0].In = "path"
		return id, problem
	}
	return id, nil
}

// IndexationReadInput asks for a decree.
type IndexationReadInput struct {
	DecreePath
	Reading
}

// SimulationInput asks for a simulation.
type SimulationInput struct {
	DecreePath
	UnneededKey
}

// IndexationGround names the act that an officer relies on beside the decree.
type IndexationGround struct {
	Ground string `json:"ground,omitempty" maxLength:"500" doc:"Act relied on."`
}

// RunPreparationInput prepares a run.
type RunPreparationInput struct {
	DecreePath
	UnneededKey
	Body IndexationGround
}

// RunApprovalInput approves a run.
type RunApprovalInput struct {
	DecreePath
	Run string `path:"run" format:"uuid" doc:"Identifier of the run."`
	UnneededKey
	Body GroundBody
}

// Decreed tells which decree or run was recorded.
type Decreed struct {
	ID       uuid.UUID       `json:"id" doc:"Identifier of the decree or run."`
	Position ledger.Position `json:"position" doc:"Ledger position of it."`
}

// IndexationAnswer is a decree with its runs.
type IndexationAnswer struct {
	service.IndexationView
	Position ledger.Position `json:"position" doc:"Ledger position of the answer."`
}

// SimulationAnswer is what a run would change.
type SimulationAnswer struct {
	service.IndexationReportView
	Position ledger.Position `json:"position" doc:"Position that it reflects at least."`
}

// PreparedRunAnswer is a run that waits for the second officer.
type PreparedRunAnswer struct {
	service.PreparedRunView
	Position ledger.Position `json:"position" doc:"Ledger position of the run."`
}

const pathIndexations = "/v1/indexations"

// runTimeMax bounds a simulation, which looks at every benefit of the kinds concerned.
const runTimeMax = 10 * time.Minute

func (a *api) registerIndexations() {
	one, runs := pathIndexations+"/{decree}", pathIndexations+"/{decree}/runs"
	refusals := []int{http.StatusBadRequest, http.StatusNotFound, http.StatusConflict,
		http.StatusRequestEntityTooLarge, http.StatusUnsupportedMediaType}
	register(a, route{Operation: huma.Operation{OperationID: "listIndexations",
		Method: http.MethodGet, Path: pathIndexations, Tags: []string{tagLaw},
		Summary:     "List the decrees of indexation",
		Description: "The latest one first, each with its runs.",
	}}, a.indexations)
	register(a, route{Operation: huma.Operation{OperationID: "publishIndexation",
		Method: http.MethodPost, Path: pathIndexations, Tags: []string{tagLaw},
		Summary: "Publish a decree of indexation",
		Description: "Nothing changes before a run of it is approved. The same decree is " +
			"recorded once.",
	}, refusals: refusals}, a.publishIndexation)
	register(a, route{Operation: huma.Operation{OperationID: "readIndexation",
		Method: http.MethodGet, Path: one, Tags: []string{tagLaw},
		Summary: "Read a decree with its runs",
		Description: "A run is prepared, approved (the clerk carries it out) or completed; its " +
			"result may differ from the simulation by what moved in between.",
	}, refusals: []int{http.StatusNotFound}}, a.indexation)
	register(a, route{Operation: huma.Operation{OperationID: "simulateIndexation",
		Method: http.MethodPost, Path: one + "/simulation", Tags: []string{tagLaw},
		Summary:     "Compute what a decree would change",
		Description: "Nothing is recorded.",
	}, time: runTimeMax, refusals: refusals}, a.simulateIndexation)
	register(a, route{Operation: huma.Operation{OperationID: "prepareIndexation",
		Method: http.MethodPost, Path: runs, Tags: []string{tagLaw},
		Summary: "Lay a run before the second officer",
		Description: "It is simulated, and what is found is recorded with it. A decree that was " +
			"run may be run again, for benefits that were decided since.",
	}, time: runTimeMax, refusals: refusals}, a.prepareIndexation)
	register(a, route{Operation: huma.Operation{OperationID: "approveIndexation",
		Method: http.MethodPost, Path: runs + "/{run}/approval", Tags: []string{tagLaw},
		Summary: "Have a run carried out",
		Description: "By another officer than the one who prepared. The clerk begins at once and " +
			"goes on after any interruption.",
	}, refusals: refusals}, a.approveIndexation)
}

func (a *api) indexations(ctx context.Context, c service.Caller, in *Reading,
) (*Output[List[service.IndexationView]], error) {
	x, err := a.service.Indexations(ctx, c, in.read())
	if err != nil {
		return nil, err
	}
	return listOf(service.Page[service.IndexationView]{Items: x.Value,
		Position: x.Position}), nil
}

func (a *api) publishIndexation(ctx context.Context, c service.Caller, in *IndexationInput,
) (*Output[Decreed], error) {
	b := in.Body
	x, err := a.service.PublishIndexation(ctx, c, commands.PublishIndexation{Ground: b.Ground,
		Rule: b.Rule, Kinds: b.Kinds, From: b.From, OldWage: b.OldWage, NewWage: b.NewWage,
		Act: b.Act, Source: b.Source})
	if err != nil {
		return nil, err
	}
	return output(Decreed{x.Value, x.Position}, x.Position), nil
}

func (a *api) indexation(ctx context.Context, c service.Caller, in *IndexationReadInput,
) (*Output[IndexationAnswer], error) {
	decree, err := in.decree(ctx)
	if err != nil {
		return nil, err
	}
	x, err := a.service.Indexation(ctx, c, decree, in.read())
	if err != nil {
		return nil, err
	}
	return output(IndexationAnswer{x.Value, x.Position}, x.Position), nil
}

func (a *api) simulateIndexation(ctx context.Context, c service.Caller, in *SimulationInput,
) (*Output[SimulationAnswer], error) {
	decree, err := in.decree(ctx)
	if err != nil {
		return nil, err
	}
	x, err := a.service.SimulateIndexation(ctx, c, decree)
	if err != nil {
		return nil, err
	}
	return output(SimulationAnswer{x.Value, x.Position}, x.Position), nil
}

func (a *api) prepareIndexation(ctx context.Context, c service.Caller, in *RunPreparationInput,
) (*Output[PreparedRunAnswer], error) {
	decree, err := in.decree(ctx)
	if err != nil {
		return nil, err
	}
	x, err := a.service.PrepareIndexation(ctx, c, commands.PrepareIndexation{
		Ground: in.Body.Ground, Decree: decree})
	if err != nil {
		return nil, err
	}
	return output(PreparedRunAnswer{x.Value, x.Position}, x.Position), nil
}

func (a *api) approveIndexation(ctx context.Context, c service.Caller, in *RunApprovalInput,
) (*Output[Decreed], error) {
	run, err := identifier(ctx, "run", in.Run)
	if err != nil {
		return nil, err
	}
	x, err := a.service.ApproveIndexation(ctx, c, commands.ApproveIndexation{
		Ground: in.Body.Ground, Run: run})
	if err != nil {
		return nil, err
	}
	return output(Decreed{x.Value, x.Position}, x.Position), nil
}
