package api

import (
	"context"
	"encoding/json"
	"net/http"
	"time"
)

// readyTimeMax bounds the answer to a probe.
const readyTimeMax = 3 * time.Second

// routeHealth adds what runs the installation: probes and metrics. They carry no caller.
func (a *api) routeHealth() {
	a.router.Get("/healthz", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", jsonType)
		w.Header().Set("Cache-Control", "no-store")
		_ = json.NewEncoder(w).Encode(map[string]string{
			"status": "alive", "version": a.version}) // the client is gone if this fails
	})
	a.router.Get("/readyz", a.ready)
	a.router.Method(http.MethodGet, "/metrics", a.metrics.handler())
}

// readiness is the answer of a server that can serve.
type readiness struct {
	Status      string           `json:"status"`
	Projections []readProjection `json:"projections"`
}

type readProjection struct {
	Name     string `json:"name"`
	Position uint64 `json:"position"`
	Lag      uint64 `json:"lag"`
}

// ready answers 200 when the database is there and no read model stands still.
func (a *api) ready(w http.ResponseWriter, r *http.Request) {
	ctx, cancel := context.WithTimeout(r.Context(), readyTimeMax)
	defer cancel()
	status, err := a.service.Health(ctx)
	if err != nil {
		a.problemOf(r.Context(), err).write(w)
		return
	}
	answer := readiness{Status: "ready", Projections: []readProjection{}}
	for _, p := range status {
		answer.Projections = append(answer.Projections, readProjection{
			Name: p.Name, Position: uint64(p.Position), Lag: uint64(p.Lag)})
	}
	w.Header().Set("Content-Type", jsonType)
	w.Header().Set("Cache-Control", "no-store")
	_ = json.NewEncoder(w).Encode(answer) // the client is gone if this fails
}
