package service

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/google/uuid"

	"github.com/stazh/stazh/api/auth"
	"github.com/stazh/stazh/commands"
	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/ledger/event"
	"github.com/stazh/stazh/ledger/period"
	"github.com/stazh/stazh/projections"
)

// Head is where the ledger ends.
type Head struct {
	Position   ledger.Position `json:"position"`
	RecordedAt time.Time       `json:"recorded_at,omitzero"`
}

// EventView is an event as it is shown: its envelope, its fact and its hashes. Personal
// data in it stay sealed.
type EventView struct {
	Position      ledger.Position `json:"position"`
	Stream        ledger.StreamID `json:"stream"`
	Revision      ledger.Revision `json:"revision"`
	ID            uuid.UUID       `json:"id"`
	Type          string          `json:"type"`
	RecordedAt    time.Time       `json:"recorded_at"`
	EffectiveFrom period.Month    `json:"effective_from,omitzero"`
	EffectiveTo   period.Month    `json:"effective_to,omitzero"`
	Actor         ledger.Actor    `json:"actor"`
	Ground        string          `json:"ground,omitempty"`
	Correlation   uuid.UUID       `json:"correlation,omitzero"`
	Causation     uuid.UUID       `json:"causation,omitzero"`
	Source        ledger.Hash     `json:"source,omitzero"`
	RulePack      string          `json:"rule_pack,omitempty"`
	Payload       json.RawMessage `json:"payload"`
	Hash          ledger.Hash     `json:"hash"`
	Head          ledger.Hash     `json:"head"`
}

// EventPage is a run of events; After is the position to go on after.
type EventPage struct {
	Items []EventView
	After ledger.Position
	Head  ledger.Position
}

// eventsMax bounds a page of events, which may be large one by one.
const eventsMax = 1000

// Position gives the end of the ledger.
func (s *Service) Position(ctx context.Context, c Caller) (Head, error) {
	if err := allow(c, auth.ReadLedger, auth.KindLedger, ""); err != nil {
		return Head{}, err
	}
	position, err := s.log.Head(ctx)
	if err != nil {
		return Head{}, fmt.Errorf("read the head of the ledger: %w", err)
	}
	recorded, err := s.recordedAt(ctx, position)
	return Head{Position: position, RecordedAt: recorded}, err
}

// Events gives at most limit events after a position, of the whole ledger or of one
// stream.
func (s *Service) Events(ctx context.Context, c Caller, after ledger.Position, limit int,
	stream ledger.StreamID) (EventPage, error) {
	page := EventPage{Items: []EventView{}, After: after}
	if err := allow(c, auth.ReadLedger, auth.KindLedger, string(stream)); err != nil {
		return page, err
	}
	if stream != "" && !stream.Valid() {
		return page, refuse(commands.Invalid, "stream_invalid", "a stream is named "+
			"person-<identifier>, payer-<UNP> or law")
	}
	if limit <= 0 || limit > eventsMax {
		limit = min(max(limit, projections.LimitDefault), eventsMax)
	}
	head, err := s.log.Head(ctx)
	if err != nil {
		return page, fmt.Errorf("read the head of the ledger: %w", err)
	}
	page.Head = head
	events := s.log.ReadAll(ctx, after, limit)
	if stream != "" {
		events = s.log.ReadStreams(ctx, stream)
	}
	var chain ledger.Verifier
	for e, err := range events {
		if err != nil {
			return page, fmt.Errorf("read events: %w", err)
		}
		if stream != "" { // whole, so that its chain can be checked
			if err := chain.Check(&e); err != nil {
				return page, fmt.Errorf("read events: %w", err)
			}
		}
		if e.Position <= after {
			continue
		}
		view, err := viewEvent(e)
		if err != nil {
			return page, err
		}
		page.Items, page.After = append(page.Items, view), e.Position
		if len(page.Items) == limit {
			break
		}
	}
	page.Head = max(page.Head, page.After)
	return page, nil
}

// WaitEvents returns as soon as the ledger has an event after the position.
func (s *Service) WaitEvents(ctx context.Context, c Caller, after ledger.Position) error {
	if err := allow(c, auth.ReadLedger, auth.KindLedger, ""); err != nil {
		return err
	}
	_, err := s.log.Wait(ctx, after)
	return err
}

func viewEvent(e ledger.Event) (EventView, error) {
	payload, err := event.JSON(e)
	if err != nil {
		return EventView{}, fmt.Errorf("show event %d: %w", e.Position, err)
	}
	return EventView{
		Position: e.Position, Stream: e.Stream, Revision: e.Revision, ID: e.ID, Type: e.Type,
		RecordedAt: e.RecordedAt, EffectiveFrom: e.Meta.EffectiveFrom,
		EffectiveTo: e.Meta.EffectiveTo, Actor: e.Meta.Actor, Ground: e.Meta.Ground,
		Correlation: e.Meta.Correlation, Causation: e.Meta.Causation, Source: e.Meta.Source,
		RulePack: e.Meta.RulePack, Payload: payload, Hash: e.Hash(), Head: e.Head,
	}, nil
}

// Projections tells how far the read models have come.
func (s *Service) Projections(ctx context.Context, c Caller) ([]projections.Status, error) {
	if err := allow(c, auth.ReadProjection, auth.KindProjection, ""); err != nil {
		return nil, err
	}
	return s.runner.Status(ctx)
}

// Health tells whether the installation can serve: the error names what is down. It is
// for probes, which carry no caller, and tells nothing but that.
func (s *Service) Health(ctx context.Context) ([]projections.Status, error) {
	status, err := s.runner.Status(ctx)
	if err != nil {
		return nil, &commands.Error{Kind: commands.Unavailable, Code: "database_unreachable",
			Cause: err, Message: "the database does not answer"}
	}
	for _, p := range status {
		if p.Error != "" {
			return status, refuse(commands.Unavailable, "projection_stopped",
				"projection %s stands still at position %d: see GET /v1/projections",
				p.Name, p.Position)
		}
		if !p.Ready {
			return status, refuse(commands.Unavailable, "read_model_building",
				"projection %s is still being built", p.Name)
		}
	}
	return status, nil
}
