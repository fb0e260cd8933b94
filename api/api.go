// Package api is Stazh over HTTP: resources under /v1 with an OpenAPI description made
// from the code, problem+json for every error, live streams, health and metrics, and the
// description's own pages. It holds no rule and decides nothing: each route reads its
// input, calls one use case of api/service and shows the answer.
//
// Amounts are decimal strings, months YYYY-MM; facts carry both their times; every answer
// says the ledger position that it reflects. Personal data appear in answers only, never
// in URLs, logs or errors.
package api

import (
	"context"
	"log/slog"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humachi"
	"github.com/go-chi/chi/v5"
	"github.com/go-chi/chi/v5/middleware"

	"github.com/stazh/stazh/api/service"
)

const (
	// jsonBytesMax bounds JSON bodies: the largest is a list of published parameters.
	jsonBytesMax = 1 << 20
	// uploadBytesMax is the default bound of filed files, the same that the readers of
	// package format have.
	uploadBytesMax = 512 << 20
	// answerTimeMax bounds an ordinary request, far beyond what any needs.
	answerTimeMax = 30 * time.Second
	// uploadTimeMax bounds the transfer and check of a file of the largest size.
	uploadTimeMax = 15 * time.Minute
	// heartbeatDefault keeps proxies and clients from taking a quiet stream for dead.
	heartbeatDefault = 15 * time.Second
)

// Options are what the API needs beside the use cases. Zero fields have good defaults,
// except Logger and Clock, which are needed.
type Options struct {
	Logger *slog.Logger
	// Clock measures how long requests take.
	Clock func() time.Time
	// Version of the program, shown by the description and /healthz.
	Version string
	// UploadBytes bounds a filed file; 512 MiB by default.
	UploadBytes int64
	// Heartbeat is the pause between signs of life of a quiet stream; 15 s by default.
	Heartbeat time.Duration
}

// api holds what all routes share.
type api struct {
	service     *service.Service
	logger      *slog.Logger
	clock       func() time.Time
	version     string
	uploadBytes int64
	heartbeat   time.Duration
	rooms       roomPool
	metrics     *metrics
	huma        huma.API
	router      *chi.Mux
}

// New makes the handler of the whole server.
func New(s *service.Service, o Options) http.Handler {
	a := assemble(s, o)
	return a.door(s.IntakeFull)
}

// Spec gives the OpenAPI description as indented JSON, without a database.
func Spec() ([]byte, error) {
	a := assemble(nil, Options{Logger: slog.New(slog.DiscardHandler), Clock: time.Now})
	return specJSON(a.huma.OpenAPI())
}

func assemble(s *service.Service, o Options) *api {
	a := &api{service: s, logger: o.Logger, clock: o.Clock, version: o.Version,
		uploadBytes: o.UploadBytes, heartbeat: o.Heartbeat, router: chi.NewRouter()}
	if a.uploadBytes <= 0 {
		a.uploadBytes = uploadBytesMax
	}
	if a.heartbeat <= 0 {
		a.heartbeat = heartbeatDefault
	}
	a.metrics = newMetrics(s)
	a.router.Use(a.identify, a.observe, a.rescue, a.checkHost, a.limitBody, middleware.GetHead)
	a.router.NotFound(a.notFound)
	a.router.MethodNotAllowed(a.methodNotAllowed)
	a.huma = humachi.New(a.router, a.config())
	a.registerFilings()
	a.registerCorrections()
	a.registerOrders()
	a.registerFilingReads()
	a.registerPersons()
	a.registerBenefits()
	a.registerAccounts()
	a.registerPayers()
	a.registerSettlement()
	a.registerReconciliation()
	a.registerObligations()
	a.registerEmployees()
	a.registerReporting()
	a.registerLaw()
	a.registerIndexations()
	a.registerOccupational()
	a.registerCalculations()
	a.registerLedger()
	a.finishSpec()
	a.routeHealth()
	a.routeDocs()
	return a
}

func (a *api) notFound(w http.ResponseWriter, r *http.Request) {
	newProblem(r.Context(), http.StatusNotFound, codeNotFound,
		"there is nothing at this address: see /docs").write(w)
}

func (a *api) methodNotAllowed(w http.ResponseWriter, r *http.Request) {
	for _, method := range []string{http.MethodGet, http.MethodHead, http.MethodPost} {
		probe := method
		if method == http.MethodHead {
			probe = http.MethodGet
		}
		if a.router.Match(chi.NewRouteContext(), probe, r.URL.Path) {
			w.Header().Add("Allow", method)
		}
	}
	newProblem(r.Context(), http.StatusMethodNotAllowed, codeMethod,
		"this address does not take the method: see the Allow header").write(w)
}

// deadline bounds a request by the time its route may take; zero leaves it open.
func deadline(ctx context.Context, d time.Duration) (context.Context, context.CancelFunc) {
	if d <= 0 {
		return context.WithCancel(ctx)
	}
	return context.WithTimeout(ctx, d)
}
