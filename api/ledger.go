package api

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/stazh/stazh/api/service"
	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/projections"
)

// LedgerEventsInput asks for events.
type LedgerEventsInput struct {
	After  uint64 `query:"after" doc:"Position to go on after; 0 is the beginning."`
	Limit  int    `query:"limit" minimum:"1" maximum:"1000" default:"50" doc:"Events a page."`
	Stream string `query:"stream" maxLength:"50" example:"payer-100582333" doc:"Only this one."`
}

// LedgerEvents is a run of events.
type LedgerEvents struct {
	Items []service.EventView `json:"items" doc:"Events in the order of the ledger."`
	// After is a position and no opaque cursor: positions are what the ledger is about.
	After    ledger.Position `json:"after" doc:"Position to go on after."`
	Position ledger.Position `json:"position" doc:"Position of the last event of the ledger."`
}

func (a *api) registerLedger() {
	read := func(id, path, summary, description string) route {
		return route{Operation: huma.Operation{OperationID: id, Method: http.MethodGet,
			Path: path, Summary: summary, Description: description, Tags: []string{tagLedger}}}
	}
	register(a, read("readPosition", "/v1/ledger/position", "Read the end of the ledger",
		"The position of the last event and when it was recorded."), a.position)
	register(a, read("listEvents", "/v1/ledger/events", "List events",
		"Events of the whole ledger or of one stream, with the facts as recorded and the "+
			"hashes of the chain. Personal data in them are sealed."), a.events)
	register(a, read("listProjections", "/v1/projections", "List the read models",
		"How far each read model has come, and why it stands still if it does."),
		a.projections)
}

func (a *api) position(ctx context.Context, c service.Caller, _ *Empty,
) (*Output[service.Head], error) {
	head, err := a.service.Position(ctx, c)
	if err != nil {
		return nil, err
	}
	return output(head, head.Position), nil
}

func (a *api) events(ctx context.Context, c service.Caller, in *LedgerEventsInput,
) (*Output[LedgerEvents], error) {
	page, err := a.service.Events(ctx, c, ledger.Position(in.After), in.Limit,
		ledger.StreamID(in.Stream))
	if err != nil {
		return nil, err
	}
	return output(LedgerEvents{page.Items, page.After, page.Head}, page.Head), nil
}

func (a *api) projections(ctx context.Context, c service.Caller, _ *Empty,
) (*Output[List[projections.Status]], error) {
	list, err := a.service.Projections(ctx, c)
	if err != nil {
		return nil, err
	}
	page := service.Page[projections.Status]{Items: list}
	for _, s := range list {
		page.Position = max(page.Position, s.Head)
	}
	return listOf(page), nil
}
