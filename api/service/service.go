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
	"time"

	"github.com/stazh/stazh/api/auth"
	"github.com/stazh/stazh/commands"
	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/ledger/account"
	"github.com/stazh/stazh/ledger/event"
	"github.com/stazh/stazh/projections"
	accounts "github.com/stazh/stazh/projections/account"
	"github.com/stazh/stazh/projections/balance"
	"github.com/stazh/stazh/projections/benefit"
	"github.com/stazh/stazh/projections/filing"
	"github.com/stazh/stazh/projections/registry"
	"github.com/stazh/stazh/projections/reporting"
)

// Caller is who asks.
type Caller = auth.Caller

// Names of the projections that the queries read.
const (
	projectionAccount   = "account"
	projectionBalance   = "balance"
	projectionBenefit   = "benefit"
	projectionFiling    = "filing"
	projectionRegistry  = "registry"
	projectionReporting = "reporting"
)

// waitMax bounds how long a read waits for a read model: far beyond its usual lag of
// milliseconds, and short enough that a caller is told of a stopped one.
const waitMax = 10 * time.Second

// Config is what a Service is made of. All fields but WaitMax are needed.
type Config struct {
	Bus       *commands.Bus
	Runner    *projections.Runner
	Registry  *registry.Queries
	Account   *accounts.Queries
	Balance   *balance.Queries
	Benefit   *benefit.Queries
	Filing    *filing.Queries
	Reporting *reporting.Queries
	Clock     func() time.Time
	// Spool is the directory for files in transfer, which are unlinked while open.
	Spool string
	// WaitMax bounds the wait for a read model; 0 means 10 s.
	WaitMax time.Duration
}

// Service carries out use cases. It is safe for concurrent use.
type Service struct {
	bus       *commands.Bus
	log       ledger.Log
	runner    *projections.Runner
	registry  *registry.Queries
	account   *accounts.Queries
	balance   *balance.Queries
	benefit   *benefit.Queries
	filing    *filing.Queries
	reporting *reporting.Queries
	clock     func() time.Time
	spoolDir  string
	waitMax   time.Duration
}

// New makes a service.
func New(c Config) *Service {
	s := &Service{bus: c.Bus, log: c.Bus.Log, runner: c.Runner, registry: c.Registry,
		account: c.Account, balance: c.Balance, benefit: c.Benefit, filing: c.Filing,
		reporting: c.Reporting, clock: c.Clock, spoolDir: c.Spool, waitMax: c.WaitMax}
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

// timed is a log whose positions are not dense, so that only it finds the event at one.
type timed interface {
	RecordedAt(ctx context.Context, at ledger.Position) (time.Time, error)
}

// recordedAt gives the time of the event at a position, zero for position 0.
func (s *Service) recordedAt(ctx context.Context, at ledger.Position) (time.Time, error) {
	if at == 0 {
		return time.Time{}, nil
	}
	if sparse, ok := s.log.(timed); ok {
		return sparse.RecordedAt(ctx, at)
	}
	for e, err := range s.log.ReadAll(ctx, at-1, 1) {
		if err != nil {
			return time.Time{}, fmt.Errorf("read event %d: %w", at, err)
		}
		return e.RecordedAt, nil
	}
	return time.Time{}, fmt.Errorf("%w: event %d is gone", ledger.ErrCorrupt, at)
}

// cut decides how a read is done: past tells that the state up to the position is to be
// folded from the ledger, otherwise the read models answer.
func (s *Service) cut(ctx context.Context, r Read) (at ledger.Position, past bool, err error) {
	if r.AsOf == (AsOf{}) {
		return 0, false, nil
	}
	if r.AsOf.Position > 0 && !r.AsOf.RecordedAt.IsZero() {
		return 0, true, refuse(commands.Invalid, "as_of_twice",
			"give either a moment or a position to read as of, not both")
	}
	head, err := s.log.Head(ctx)
	if err != nil {
		return 0, true, fmt.Errorf("read the head of the ledger: %w", err)
	}
	if r.AsOf.Position > head {
		return 0, true, refuse(commands.Invalid, "as_of_ahead",
			"the ledger has reached position %d only: ask for that or an earlier one", head)
	}
	if r.AsOf.Position > 0 {
		return r.AsOf.Position, true, nil
	}
	if r.AsOf.RecordedAt.After(s.clock()) {
		// The clock of whoever recorded the last event may be ahead of ours.
		last, err := s.recordedAt(ctx, head)
		if err != nil {
			return 0, true, err
		}
		if r.AsOf.RecordedAt.After(last) {
			return 0, true, refuse(commands.Invalid, "as_of_ahead",
				"the moment to read as of is in the future: ask for now or earlier")
		}
	}
	at, err = s.positionAt(ctx, r.AsOf.RecordedAt, head)
	return at, true, err
}

// positionAt finds the last position that was recorded at or before a moment. Recorded
// times never decrease with the position, so some thirty single reads are enough for any
// ledger.
func (s *Service) positionAt(ctx context.Context, t time.Time, head ledger.Position,
) (ledger.Position, error) {
	low, high := ledger.Position(0), head // low is in, whatever is above high is out
	for low < high {
		middle := low + (high-low+1)/2
		recorded, err := s.recordedAt(ctx, middle)
		if err != nil {
			return 0, err
		}
		if recorded.After(t) {
			high = middle - 1
		} else {
			low = middle
		}
	}
	return low, nil
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

// law gives the law for a read: as recorded now, or as it was at the cut.
func (s *Service) law(ctx context.Context, at ledger.Position, past bool,
) (*account.Law, error) {
	if !past {
		return s.bus.Law.Current(ctx)
	}
	return s.bus.Law.AsOf(ctx, func(e ledger.Event) bool { return e.Position <= at })
}

// foldPerson folds a person's stream up to a position; without any event the person is
// unknown there.
func (s *Service) foldPerson(ctx context.Context, id ledger.PersonID, at ledger.Position,
) (*account.Person, error) {
	p := account.NewPerson(id)
	err := s.each(ctx, ledger.PersonStream(id), at, p.Apply)
	if err == nil && p.Revision == ledger.NoStream {
		err = personUnknown()
	}
	return p, err
}

// foldPayer folds a payer's stream up to a position.
func (s *Service) foldPayer(ctx context.Context, unp string, at ledger.Position,
) (*account.Payer, error) {
	p := account.NewPayer(unp)
	err := s.each(ctx, ledger.PayerStream(unp), at, p.Apply)
	if err == nil && p.Revision == ledger.NoStream {
		err = payerUnknown()
	}
	return p, err
}

// each hands the events of a stream up to a position to a fold.
func (s *Service) each(ctx context.Context, stream ledger.StreamID, at ledger.Position,
	apply func(ledger.Event, event.Payload)) error {
	for e, err := range s.log.ReadStreams(ctx, stream) {
		if err != nil {
			return fmt.Errorf("read stream: %w", err)
		}
		if e.Position > at {
			return nil
		}
		payload, err := event.Decode(e)
		if err != nil {
			return fmt.Errorf("read stream: %w", err)
		}
		apply(e, payload)
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
