// Package service is the use cases of Stazh: what REST, the command line and the portal
// offer, each as one method. A method asks package auth first, then calls a command or a
// query; it holds no rule of its own and knows no transport.
//
// Every answer says the ledger position that it reflects. A reader may ask for at least a
// position, to see its own writes, or for the state as of a past position or moment, which
// is then folded from the ledger itself. Refusals are *commands.Error.
package service

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/stazh/stazh/api/auth"
	"github.com/stazh/stazh/commands"
	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/projections"
	"github.com/stazh/stazh/projections/models"
)

// Caller is who asks.
type Caller = auth.Caller

// Names of the projections that the queries read.
const (
	projectionAccount   = "account"
	projectionBalance   = "balance"
	projectionBenefit   = "benefit"
	projectionDispute   = "dispute"
	projectionFiling    = "filing"
	projectionRegistry  = "registry"
	projectionReporting = "reporting"
	projectionOrder     = "order"
	projectionWorkforce = "workforce"
)

// waitMax bounds how long a read waits for a read model: far beyond its usual lag of
// milliseconds, and short enough that a caller is told of a stopped one.
const waitMax = 10 * time.Second

// Config is what a Service is made of. All fields but WaitMax are needed.
type Config struct {
	Bus    *commands.Bus
	Runner *projections.Runner
	Models models.Queries
	Clock  func() time.Time
	// Spool is the directory for files in transfer, which are unlinked while open.
	Spool string
	// WaitMax bounds the wait for a read model; 0 means 10 s.
	WaitMax time.Duration
}

// Service carries out use cases. It is safe for concurrent use.
type Service struct {
	bus      *commands.Bus
	log      ledger.Log
	runner   *projections.Runner
	models   models.Queries
	clock    func() time.Time
	spoolDir string
	waitMax  time.Duration
	times    times
	folders  *sync.Pool // of *folder
}

// New makes a service.
func New(c Config) *Service {
	s := &Service{bus: c.Bus, log: c.Bus.Log, runner: c.Runner, models: c.Models,
		clock: c.Clock, spoolDir: c.Spool, waitMax: c.WaitMax, folders: newFolders()}
	if s.waitMax <= 0 {
		s.waitMax = waitMax
	}
	return s
}

// AsOf asks for the state as the ledger had it: up to a position, or up to a moment at
// which events were recorded. The zero value asks for now.
type AsOf struct {
	RecordedAt time.Time
	Position   ledger.Position
}

// Read says how fresh, or how old, an answer has to be.
type Read struct {
	AsOf AsOf
	// AtLeast makes the read wait, for a bounded time, until it reflects the position.
	AtLeast ledger.Position
}

// Answer is a value with the place in the ledger that it reflects.
type Answer[T any] struct {
	Value    T
	Position ledger.Position
	// RecordedUpTo is when the event at the position was recorded; zero for an empty
	// ledger.
	RecordedUpTo time.Time
	// Chain is that of the stream that the answer was folded from; nil for others.
	Chain *Chain
}

// Page is a part of a list with the place in the ledger that it reflects.
type Page[T any] struct {
	Items []T
	// Next is the cursor of the following page, empty on the last one.
	Next     string
	Position ledger.Position
}

// allow asks auth and turns a denial into a refusal.
func allow(c Caller, a auth.Action, kind auth.Kind, id string) error {
	err := auth.Allow(c, a, auth.Object{Kind: kind, ID: id})
	var denied *auth.Error
	if errors.As(err, &denied) {
		return &commands.Error{Kind: commands.Forbidden, Code: denied.Code,
			Message: denied.Message, Cause: denied}
	}
	return err
}

func refuse(kind commands.Kind, code, format string, args ...any) *commands.Error {
	return &commands.Error{Kind: kind, Code: code, Message: fmt.Sprintf(format, args...)}
}

// answer completes a value with the time of its position.
func answer[T any](ctx context.Context, s *Service, value T, at ledger.Position,
) (Answer[T], error) {
	recorded, err := s.recordedAt(ctx, at)
	return Answer[T]{Value: value, Position: at, RecordedUpTo: recorded}, err
}

// await waits until a projection reflects a position.
func (s *Service) await(ctx context.Context, projection string, at ledger.Position) error {
	if at == 0 {
		return nil
	}
	head, err := s.log.Head(ctx)
	if err != nil {
		return fmt.Errorf("read the head of the ledger: %w", err)
	}
	if at > head {
		return refuse(commands.Invalid, "at_least_ahead",
			"the ledger has reached position %d only: ask for at least that", head)
	}
	waiting, cancel := context.WithTimeout(ctx, s.waitMax)
	defer cancel()
	if err := s.runner.WaitFor(waiting, projection, at); err != nil {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		return &commands.Error{Kind: commands.Unavailable, Code: "read_model_behind", Cause: err,
			Message: "the read model has not reached the asked position yet: try again"}
	}
	return nil
}

// found turns the read models' own errors into refusals.
func found(err error, unknown func() *commands.Error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, projections.ErrNotFound):
		return unknown()
	case errors.Is(err, projections.ErrNotBuilt):
		return &commands.Error{Kind: commands.Unavailable, Code: "read_model_building",
			Cause: err, Message: "the read model is still being built: try again in a moment"}
	case errors.Is(err, projections.ErrCursor):
		return &commands.Error{Kind: commands.Invalid, Code: "cursor_invalid", Cause: err,
			Message: "the cursor was not given by this list: start without one"}
	}
	return err
}

func personUnknown() *commands.Error {
	return refuse(commands.NotFound, "person_unknown",
		"no insured person is known by this identifier at the asked time")
}

func payerUnknown() *commands.Error {
	return refuse(commands.NotFound, "payer_unknown",
		"no payer is known by this UNP at the asked time: check it, or register the payer")
}

func filingUnknown() *commands.Error {
	return refuse(commands.NotFound, "filing_unknown",
		"no filing is known by this reference: check the receipt number")
}

func never() *commands.Error {
	return refuse(commands.NotFound, "not_found", "there is no such thing")
}
