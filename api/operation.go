package api

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"reflect"
	"strconv"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humachi"

	"github.com/stazh/stazh/api/auth"
	"github.com/stazh/stazh/api/service"
	"github.com/stazh/stazh/ledger"
)

// Headers in which callers name themselves.
const (
	headerSubject = "Stazh-Subject"
	headerRole    = "Stazh-Role"
	headerOffice  = "Stazh-Office"
)

// headerKey makes a write repeatable.
const headerKey = "Idempotency-Key"

// UnneededKey is the key of a write whose repetition is recognised by what it says: the
// same content is recorded once, with whatever key or without one.
type UnneededKey struct {
	Key string `header:"Idempotency-Key" maxLength:"200" doc:"Not needed, and not looked at."`
}

// headerPosition tells the ledger position that an answer reflects.
const headerPosition = "Stazh-Position"

// Tags group the routes.
const (
	tagFilings   = "filings"
	tagPersons   = "persons"
	tagBenefits  = "benefits"
	tagPayers    = "payers"
	tagReporting = "offices and reporting"
	tagLaw       = "law"
	tagLedger    = "ledger"
)

// route is an operation with what huma does not know of it.
type route struct {
	huma.Operation
	// time bounds the answer: 0 means answerTimeMax.
	time time.Duration
	// refusals are the statuses that the route answers beside those that every route
	// may.
	refusals []int
	// open routes may be asked by anybody, without a name.
	open bool
}

// Output is an answer with its position in the header, too.
type Output[T any] struct {
	Position ledger.Position `header:"Stazh-Position" doc:"Ledger position of the answer."`
	Body     T
}

func output[T any](body T, position ledger.Position) *Output[T] {
	return &Output[T]{Position: position, Body: body}
}

// List is a part of a list.
type List[T any] struct {
	Items      []T             `json:"items" doc:"The items of this page."`
	NextCursor string          `json:"next_cursor" doc:"Opaque; empty on the last page."`
	Position   ledger.Position `json:"position" doc:"Ledger position of the list."`
}

// Empty is the input of a route without parameters.
type Empty struct{}

// Fresh is what a read of present state may ask for.
type Fresh struct {
	AtLeast uint64 `query:"at_least" doc:"Wait until the answer reflects this position."`
}

func (f Fresh) read() service.Read {
	return service.Read{AtLeast: ledger.Position(f.AtLeast)}
}

// Reading is what a read of present or past state may ask for.
type Reading struct {
	AsOf         time.Time `query:"as_of" doc:"State as recorded at this moment (RFC 3339)."`
	AsOfPosition uint64    `query:"as_of_position" doc:"State as of this ledger position."`
	AtLeast      uint64    `query:"at_least" doc:"Wait until this position is reflected."`
}

func (r Reading) read() service.Read {
	return service.Read{AtLeast: ledger.Position(r.AtLeast),
		AsOf: service.AsOf{RecordedAt: r.AsOf, Position: ledger.Position(r.AsOfPosition)}}
}

// Paging asks for a page of a list.
type Paging struct {
	Cursor string `query:"cursor" maxLength:"500" doc:"The next_cursor of the page before."`
	Limit  int    `query:"limit" minimum:"1" maximum:"1000" default:"50" doc:"Items a page."`
}

// listOf makes the answer of a page.
func listOf[T any](p service.Page[T]) *Output[List[T]] {
	if p.Items == nil {
		p.Items = []T{}
	}
	return output(List[T]{Items: p.Items, NextCursor: p.Next, Position: p.Position}, p.Position)
}

// register adds a route: the caller is checked before the input, refusals become
// problems, and both are written into the description.
func register[I, O any](a *api, r route,
	handle func(context.Context, service.Caller, *I) (*O, error)) {
	op := r.Operation
	op.Security = []map[string][]string{
		{"subject": {}, "role": {}, "office": {}}, {"subject": {}, "role": {}}}
	op.Responses = a.problems(r.refusals, op.Responses)
	op.Middlewares = huma.Middlewares{a.requireCaller}
	if r.open {
		op.Security = append(op.Security, map[string][]string{})
		op.Middlewares = huma.Middlewares{a.takeCaller}
	}
	op.MaxBodyBytes = jsonBytesMax
	limit := r.time
	if limit == 0 {
		limit = answerTimeMax
	}
	huma.Register(a.huma, op, func(ctx context.Context, in *I) (*O, error) {
		ctx, cancel := deadline(ctx, limit)
		defer cancel()
		out, err := handle(ctx, callOf(ctx).caller, in)
		if err != nil {
			return nil, a.problemOf(ctx, err)
		}
		return out, nil
	})
}

// problems describes the errors of a route.
func (a *api) problems(more []int, own map[string]*huma.Response) map[string]*huma.Response {
	schema := a.huma.OpenAPI().Components.Schemas.Schema(reflect.TypeFor[Problem](), true, "")
	responses := map[string]*huma.Response{}
	always := []int{http.StatusUnauthorized, http.StatusForbidden,
		http.StatusUnprocessableEntity, http.StatusInternalServerError,
		http.StatusServiceUnavailable}
	for _, status := range append(always, more...) {
		responses[strconv.Itoa(status)] = &huma.Response{
			Description: texts().title(status, english),
			Content:     map[string]*huma.MediaType{problemType: {Schema: schema}},
		}
	}
	for status, response := range own {
		responses[status] = response
	}
	return responses
}

// requireCaller refuses who does not say who it is, before anything of the request is
// looked at.
func (a *api) requireCaller(ctx huma.Context, next func(huma.Context)) {
	caller := service.Caller{Subject: ctx.Header(headerSubject),
		Role: ctx.Header(headerRole), Office: ctx.Header(headerOffice)}
	request, w := humachi.Unwrap(ctx)
	if err := auth.Named(caller); err != nil {
		a.denied(ctx.Context(), err).write(w)
		return
	}
	infoOf(ctx.Context()).call = call{caller, request}
	next(ctx)
}

// takeCaller is requireCaller for routes that need no name; one that is given must be good.
func (a *api) takeCaller(ctx huma.Context, next func(huma.Context)) {
	if ctx.Header(headerSubject)+ctx.Header(headerRole)+ctx.Header(headerOffice) == "" {
		infoOf(ctx.Context()).request, _ = humachi.Unwrap(ctx)
		next(ctx)
		return
	}
	a.requireCaller(ctx, next)
}

func (a *api) denied(ctx context.Context, err error) *Problem {
	var denied *auth.Error
	if !errors.As(err, &denied) {
		return a.problemOf(ctx, err)
	}
	status, message := http.StatusForbidden, denied.Message
	if denied.Unnamed {
		status = http.StatusUnauthorized
		message += " (headers " + headerSubject + " and " + headerRole + ")"
	}
	return newProblem(ctx, status, denied.Code, message)
}

// refuseParameter makes the problem of one wrong parameter of the query.
func refuseParameter(ctx context.Context, name, fault string) *Problem {
	p := newProblem(ctx, http.StatusUnprocessableEntity, codeValidation,
		"the request has faults: see errors")
	p.Errors = []Fault{{Code: fault, In: "query", Pointer: "/" + name,
		Message: texts().fault(fault, infoOf(ctx).lang)}}
	return p
}

// raw gives the request and writer below huma, to stream.
func raw(ctx huma.Context) (*http.Request, http.ResponseWriter) { return humachi.Unwrap(ctx) }

// writeJSON answers a stream function's request with a value.
func writeJSON(w http.ResponseWriter, position ledger.Position, value any) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set(headerPosition, strconv.FormatUint(uint64(position), 10))
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	_ = enc.Encode(value) // the client is gone if this fails
}
