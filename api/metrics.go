package api

import (
	"context"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/stazh/stazh/api/auth"
	"github.com/stazh/stazh/api/service"
	"github.com/stazh/stazh/projections/reporting"
)

// metrics are what /metrics shows. Labels are routes, statuses and names of read models,
// never anything that tells of a person or payer.
type metrics struct {
	registry *prometheus.Registry
	duration *prometheus.HistogramVec
	inFlight prometheus.Gauge
	streams  prometheus.Gauge
	received *prometheus.CounterVec
	bytes    prometheus.Counter
	checks   *prometheus.CounterVec
}

func newMetrics(s *service.Service) *metrics {
	m := &metrics{
		registry: prometheus.NewRegistry(),
		duration: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name:    "stazh_http_request_duration_seconds",
			Help:    "Time to answer a request, streams included.",
			Buckets: []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 10, 60},
		}, []string{"method", "route", "status"}),
		inFlight: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "stazh_http_requests_in_flight", Help: "Requests being answered now."}),
		streams: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "stazh_http_event_streams", Help: "Open streams of server-sent events."}),
		received: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "stazh_intake_submissions_total",
			Help: "Files submitted to this process over HTTP, by result: received, repeated, or " +
				"refused at the door while the intake is full.",
		}, []string{"result"}),
		bytes: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "stazh_intake_submitted_bytes_total",
			Help: "Bytes of files submitted to this process over HTTP."}),
		checks: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "stazh_intake_checks_total",
			Help: "Files checked by this process without filing them, by outcome.",
		}, []string{"outcome"}),
	}
	m.registry.MustRegister(m.duration, m.inFlight, m.streams, m.received, m.bytes, m.checks,
		collectors.NewGoCollector(), collectors.NewProcessCollector(
			collectors.ProcessCollectorOpts{}))
	if s != nil {
		m.registry.MustRegister(&stateCollector{s})
	}
	return m
}

func (m *metrics) handler() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{
		ErrorHandling: promhttp.ContinueOnError})
}

// stateCollector reads what the installation as a whole has reached, at each scrape.
type stateCollector struct{ service *service.Service }

// Of the installation as a whole.
var (
	descPosition = prometheus.NewDesc("stazh_projection_position",
		"Ledger position that a read model reflects.", []string{"projection"}, nil)
	descLag = prometheus.NewDesc("stazh_projection_lag_events",
		"Events that a read model is behind the ledger.", []string{"projection"}, nil)
	descStopped = prometheus.NewDesc("stazh_projection_stopped",
		"1 while a read model stands still because of an error.", []string{"projection"}, nil)
	descHead = prometheus.NewDesc("stazh_ledger_position",
		"Position of the last event of the ledger.", nil, nil)
	descFilings = prometheus.NewDesc("stazh_filings",
		"Filings of the installation by state.", []string{"state"}, nil)
	descDocuments = prometheus.NewDesc("stazh_filed_documents",
		"Documents of all filings by outcome.", []string{"outcome"}, nil)
)

// scrapeTimeMax bounds what a scrape asks of the database.
const scrapeTimeMax = 3 * time.Second

// Describe lists the descriptions.
func (*stateCollector) Describe(out chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{descPosition, descLag, descStopped, descHead,
		descFilings, descDocuments} {
		out <- d
	}
}

// Collect reads read models and totals. What cannot be read is left out of the scrape.
func (c *stateCollector) Collect(out chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), scrapeTimeMax)
	defer cancel()
	caller := auth.Caller{Subject: "metrics", Role: string(auth.System)}
	gauge := func(d *prometheus.Desc, v float64, labels ...string) {
		out <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, v, labels...)
	}
	status, err := c.service.Projections(ctx, caller)
	if err == nil {
		for _, p := range status {
			stopped := 0.0
			if p.Error != "" {
				stopped = 1
			}
			gauge(descPosition, float64(p.Position), p.Name)
			gauge(descLag, float64(p.Lag), p.Name)
			gauge(descStopped, stopped, p.Name)
		}
	}
	if head, err := c.service.Position(ctx, caller); err == nil {
		gauge(descHead, float64(head.Position))
	}
	c.filings(ctx, caller, gauge)
}

// filings adds up the country's rows, of which there are a few for each quarter.
func (c *stateCollector) filings(ctx context.Context, caller auth.Caller,
	gauge func(*prometheus.Desc, float64, ...string)) {
	var filings, documents [4]int64
	cursor := ""
	for {
		page, err := c.service.Totals(ctx, caller,
			service.TotalFilter{Scope: reporting.Country}, cursor, 0, service.Read{})
		if err != nil {
			return
		}
		for _, t := range page.Items {
			documents[0] += t.DocumentsAccepted
			documents[1] += t.DocumentsRejected
			documents[2] += t.DocumentsParked
			if t.Form == reporting.AnyForm {
				filings[0] += t.InProgress
				filings[1] += t.Accepted
				filings[2] += t.Partial
				filings[3] += t.Refused
			}
		}
		if cursor = page.Next; cursor == "" {
			break
		}
	}
	for i, state := range []string{"in_progress", "accepted", "partial", "refused"} {
		gauge(descFilings, float64(filings[i]), state)
	}
	for i, outcome := range []string{"accepted", "rejected", "parked"} {
		gauge(descDocuments, float64(documents[i]), outcome)
	}
}
