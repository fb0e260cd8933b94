package api

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"runtime/debug"
	"strconv"
	"strings"

	"github.com/go-chi/chi/v5"
	"github.com/go-chi/chi/v5/middleware"
	"github.com/google/uuid"

	"github.com/stazh/stazh/api/auth"
	"github.com/stazh/stazh/api/service"
)

// requestInfo is what a request carries through all layers.
type requestInfo struct {
	id   string
	lang string
	call
}

// call is who asks for what: set when the caller is known.
type call struct {
	caller  service.Caller
	request *http.Request
}

type infoKey struct{}

func infoOf(ctx context.Context) *requestInfo {
	info, ok := ctx.Value(infoKey{}).(*requestInfo)
	if !ok {
		return &requestInfo{lang: english}
	}
	return info
}

func callOf(ctx context.Context) call { return infoOf(ctx).call }

// identify gives the request its number and language. A number that the client sends is
// not taken over: it could be anything.
func (a *api) identify(next http.Handler) http.Handler {
	nosniff, noReferrer, deny := []string{"nosniff"}, []string{"no-referrer"}, []string{"DENY"}
	noStore, language := []string{"no-store"}, []string{"Accept-Language"}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		info := &requestInfo{id: uuid.NewString(),
			lang: languageOf(r.Header.Get("Accept-Language"), english)}
		h := w.Header()
		h["X-Request-Id"] = []string{info.id}
		h["X-Content-Type-Options"], h["X-Frame-Options"] = nosniff, deny
		h["Referrer-Policy"] = noReferrer
		if strings.HasPrefix(r.URL.Path, "/v1/") {
			h["Cache-Control"], h["Vary"] = noStore, language
		}
		next.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), infoKey{}, info)))
	})
}

// observe measures the request and writes one line about it: the route's pattern and
// never the path, the query or a header, as these may tell of a person.
func (a *api) observe(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		started := a.clock()
		a.metrics.inFlight.Inc()
		defer a.metrics.inFlight.Dec()
		wrapped := middleware.NewWrapResponseWriter(w, r.ProtoMajor)
		next.ServeHTTP(wrapped, r)
		status := wrapped.Status()
		if status == 0 {
			status = http.StatusOK
		}
		route := chi.RouteContext(r.Context()).RoutePattern()
		if route == "" || status == http.StatusNotFound && strings.HasSuffix(route, "*") {
			route = "unknown"
		}
		took := a.clock().Sub(started)
		method := methodLabel(r.Method)
		a.metrics.duration.WithLabelValues(method, route, strconv.Itoa(status)).
			Observe(took.Seconds())
		a.logger.LogAttrs(r.Context(), slog.LevelInfo, "request",
			slog.String("request_id", infoOf(r.Context()).id), slog.String("method", method),
			slog.String("route", route), slog.Int("status", status),
			slog.Int("bytes", wrapped.BytesWritten()), slog.Duration("took", took))
	})
}

// methodLabel keeps invented methods out of logs and metrics.
func methodLabel(method string) string {
	switch method {
	case http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch,
		http.MethodDelete, http.MethodOptions:
		return method
	}
	return "other"
}

// rescue turns a panic into a problem, unless the answer has begun.
func (a *api) rescue(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer func() {
			cause := recover()
			if cause == nil {
				return
			}
			if err, ok := cause.(error); ok && errors.Is(err, http.ErrAbortHandler) {
				panic(cause) // the server ends the connection, as was wanted
			}
			// The value of a panic may be anything; its place is enough to find it.
			a.logger.LogAttrs(r.Context(), slog.LevelError, "request panicked",
				slog.String("request_id", infoOf(r.Context()).id),
				slog.String("cause", fmt.Sprintf("%T", cause)),
				slog.String("stack", string(debug.Stack())))
			if ww, ok := w.(middleware.WrapResponseWriter); ok && ww.Status() != 0 {
				panic(http.ErrAbortHandler) // half an answer must not look whole
			}
			newProblem(r.Context(), http.StatusInternalServerError, codeInternal,
				"a fault of the server; its log has the cause under the request's number").write(w)
		}()
		next.ServeHTTP(w, r)
	})
}

// checkHost refuses requests to a name that is not this machine's own: a page of another
// site whose name was pointed here could otherwise read what is served to this machine.
func (a *api) checkHost(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		host := r.Host
		if !strings.Contains(strings.TrimSuffix(host, "]"), ":") || strings.HasSuffix(host, "]") {
			host += ":80"
		}
		if auth.CheckLoopback(host) != nil {
			newProblem(r.Context(), http.StatusMisdirectedRequest, codeHost,
				"ask for 127.0.0.1 or localhost").write(w)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// limitBody bounds every body. huma bounds JSON bodies only, so that this is the one
// bound that holds for all routes.
func (a *api) limitBody(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		limit := int64(jsonBytesMax)
		if r.Method == http.MethodPost && (r.URL.Path == pathFilings || r.URL.Path == pathChecks) {
			limit = a.uploadBytes
		}
		if r.ContentLength > limit {
			w.Header().Set("Connection", "close")
			tooLarge(r.Context(), limit).write(w)
			return
		}
		r.Body = http.MaxBytesReader(w, r.Body, limit)
		next.ServeHTTP(w, r)
	})
}
