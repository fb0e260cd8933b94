package api

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/stazh/stazh/api/auth"
	"github.com/stazh/stazh/api/service"
	"github.com/stazh/stazh/commands"
	"github.com/stazh/stazh/ledger"
)

// problemType is the media type of every error.
const problemType = "application/problem+json"

// Problem is the one form of every answer of 400 and above (RFC 9457). It never repeats a
// value that the client sent: values may be personal data, and errors end up in logs.
type Problem struct {
	Type      string  `json:"type" doc:"URI that names the kind of problem."`
	Title     string  `json:"title" doc:"The kind of problem in a few words."`
	Status    int     `json:"status" doc:"HTTP status code."`
	Detail    string  `json:"detail" doc:"What is wrong here and how to mend it."`
	Code      string  `json:"code" doc:"Stable code for programs."`
	RequestID string  `json:"request_id" doc:"Number of the request in the server's log."`
	Errors    []Fault `json:"errors,omitempty" doc:"All faults of the request at once."`
	// Calculation is what a rule of the law refused.
	Calculation *CalculationFault `json:"error,omitempty" doc:"What a rule refuses."`

	// Preview is the new one of a file whose preview no longer holds.
	Preview *PreviewOutcome `json:"preview,omitempty" doc:"The new preview of the file."`

	headers http.Header
}

// Fault is one fault of a request.
type Fault struct {
	Code     string `json:"code" doc:"Stable code for programs."`
	In       string `json:"in" enum:"body,query,path,header" doc:"Part of the request."`
	Pointer  string `json:"pointer" doc:"JSON pointer of the value within that part."`
	Message  string `json:"message" doc:"What is wrong, in the language asked for."`
	Expected string `json:"expected,omitempty" doc:"What is right, where it can be said."`
}

// Error gives the detail, for logs.
func (p *Problem) Error() string { return p.Detail }

// GetStatus is what huma writes.
func (p *Problem) GetStatus() int { return p.Status }

// GetHeaders gives headers that belong to the problem.
func (p *Problem) GetHeaders() http.Header { return p.headers }

// ContentType replaces plain JSON.
func (p *Problem) ContentType(string) string { return problemType }

// newProblem makes a problem; the detail in the request's language is looked up by code
// and falls back to the given one.
func newProblem(ctx context.Context, status int, code, detail string) *Problem {
	info := infoOf(ctx)
	p := &Problem{
		Type: "urn:stazh:problem:" + code, Title: texts().title(status, info.lang),
		Status: status, Code: code, Detail: texts().detail(code, info.lang, detail),
		RequestID: info.id, headers: http.Header{},
	}
	p.headers.Set("Content-Language", info.lang)
	switch status {
	case http.StatusServiceUnavailable:
		p.headers.Set("Retry-After", strconv.Itoa(retryAfterSeconds))
	case http.StatusUnauthorized:
		p.headers.Set("WWW-Authenticate", `Stazh realm="stazh"`)
	}
	return p
}

// retryAfterSeconds is what a client is asked to wait: read models catch up in less.
const retryAfterSeconds = 2

// write answers with the problem outside of huma.
func (p *Problem) write(w http.ResponseWriter) {
	for k, v := range p.headers {
		w.Header()[k] = v
	}
	w.Header().Set("Content-Type", problemType)
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(p.Status)
	_ = json.NewEncoder(w).Encode(p) // the client is gone if this fails
}

// statusOf says what a refusal means in HTTP.
func statusOf(e *commands.Error) int {
	switch e.Kind {
	case commands.Invalid:
		return http.StatusUnprocessableEntity
	case commands.NotFound:
		return http.StatusNotFound
	case commands.Conflict:
		switch e.Code {
		case codeKeyReused:
			return http.StatusUnprocessableEntity
		case commands.CodePreviewStale:
			return http.StatusPreconditionFailed
		}
		return http.StatusConflict
	case commands.Forbidden:
		var denied *auth.Error
		if errors.As(e, &denied) && denied.Unnamed {
			return http.StatusUnauthorized
		}
		return http.StatusForbidden
	case commands.Unavailable:
		return http.StatusServiceUnavailable
	case commands.Internal:
	}
	return http.StatusInternalServerError
}

// Codes of problems that arise here.
const (
	codeKeyReused    = "SPF-010" // the Idempotency-Key was used for another file
	codeKeyMissing   = "idempotency_key_missing"
	codeTooLarge     = "body_too_large"
	codeNotFound     = "route_unknown"
	codeMethod       = "method_not_allowed"
	codeMediaType    = "media_type_unsupported"
	codeMalformed    = "body_malformed"
	codeBodyMissing  = "body_missing"
	codeValidation   = "request_invalid"
	codeUnavailable  = "unavailable"
	codeInternal     = "internal"
	codeHost         = "host_refused"
	codeTimeout      = "request_timeout"
	codeFormField    = "file_missing"
	codeClientClosed = "request_cancelled"
)

// problemOf turns any error into a problem. What is no refusal is a fault of ours: it is
// logged here, once, and the client is told the request's number only.
func (a *api) problemOf(ctx context.Context, err error) *Problem {
	var (
		problem *Problem
		refusal *commands.Error
		large   *http.MaxBytesError
	)
	switch {
	case errors.As(err, &problem):
		return problem
	case errors.As(err, &large):
		return tooLarge(ctx, large.Limit)
	case errors.As(err, &refusal):
		if refusal.Kind == commands.Internal {
			break
		}
		if refusal.Kind == commands.Unavailable {
			a.log(ctx, slog.LevelWarn, "request refused for now", err)
		}
		message := refusal.Message
		var unreadable *service.UnreadableError
		if errors.As(err, &unreadable) {
			message = unreadable.In(infoOf(ctx).lang)
		}
		problem := newProblem(ctx, statusOf(refusal), refusal.Code, message)
		if refusal.Field != "" {
			problem.Errors = []Fault{missingFault(refusal.Field, infoOf(ctx).lang)}
		}
		var stale *service.StalePreviewError
		if errors.As(err, &stale) {
			problem.Preview = previewOutcome(stale.Preview, stale.Findings, len(stale.Findings))
		}
		if refusal.Code == commands.CodeBusy {
			// Else the server would wait for the file before it answers.
			problem.headers.Set("Connection", "close")
		}
		return problem
	case errors.Is(err, context.DeadlineExceeded):
		return newProblem(ctx, http.StatusServiceUnavailable, codeTimeout,
			"the answer took too long: try again")
	case errors.Is(err, context.Canceled):
		return newProblem(ctx, http.StatusServiceUnavailable, codeClientClosed,
			"the request was cancelled")
	case unavailable(err):
		a.log(ctx, slog.LevelError, "store unavailable", err)
		return newProblem(ctx, http.StatusServiceUnavailable, codeUnavailable,
			"the store cannot be reached now: try again")
	}
	a.log(ctx, slog.LevelError, "request failed", err)
	return newProblem(ctx, http.StatusInternalServerError, codeInternal,
		"a fault of the server; its log has the cause under the request's number")
}

func tooLarge(ctx context.Context, limit int64) *Problem {
	return newProblem(ctx, http.StatusRequestEntityTooLarge, codeTooLarge,
		"the body is larger than "+strconv.FormatInt(limit, 10)+" bytes: split it")
}

// unavailable tells errors of a store that may be back in a moment.
func unavailable(err error) bool {
	var (
		connect  *pgconn.ConnectError
		network  net.Error
		revision *ledger.WrongRevisionError
		database interface{ SQLState() string }
	)
	if errors.Is(err, ledger.ErrUnavailable) || errors.Is(err, ledger.ErrUnknownOutcome) ||
		errors.Is(err, io.ErrUnexpectedEOF) || errors.As(err, &connect) ||
		errors.As(err, &network) || errors.As(err, &revision) {
		return true
	}
	if errors.As(err, &database) {
		// Connection lost, no resources left, shut down by an operator.
		class := database.SQLState()[:2]
		return class == "08" || class == "53" || class == "57"
	}
	return false
}

// log writes an error without what a database may quote of its values.
func (a *api) log(ctx context.Context, level slog.Level, message string, err error) {
	text := err.Error()
	var database interface{ SQLState() string }
	if errors.As(err, &database) {
		text = "SQLSTATE " + database.SQLState()
	}
	a.logger.LogAttrs(ctx, level, message, slog.String("request_id", infoOf(ctx).id),
		slog.String("error", text))
}

// fromHuma rewrites huma's own errors, which echo values and speak English only.
func fromHuma(ctx context.Context, e *huma.ErrorModel) *Problem {
	code, detail := codeValidation, "the request has faults: see errors"
	status := e.Status
	switch status {
	case http.StatusBadRequest:
		code, detail = codeMalformed, "the body is not well-formed JSON"
		if len(e.Errors) == 0 {
			code, detail = codeBodyMissing, "the request needs a body"
		}
		return newProblem(ctx, status, code, detail)
	case http.StatusRequestEntityTooLarge:
		return tooLarge(ctx, jsonBytesMax)
	case http.StatusUnsupportedMediaType:
		return newProblem(ctx, status, codeMediaType,
			"this content type is not understood here: see the documentation of the route")
	case http.StatusRequestTimeout:
		return newProblem(ctx, status, codeTimeout, "the body came too slowly: send it again")
	case http.StatusUnprocessableEntity:
	default:
		return newProblem(ctx, http.StatusInternalServerError, codeInternal,
			"a fault of the server; its log has the cause under the request's number")
	}
	p := newProblem(ctx, status, code, detail)
	lang := infoOf(ctx).lang
	for _, d := range e.Errors {
		p.Errors = append(p.Errors, faultOf(d, lang))
	}
	return p
}

// faultOf rewrites one fault without its value.
func faultOf(d *huma.ErrorDetail, lang string) Fault {
	in, path, _ := strings.Cut(d.Location, ".")
	code, expected := faultCode(d.Message)
	if code == "required" {
		// huma names the missing property in the message only.
		if name, ok := between(d.Message, "expected required property ", " to be present"); ok {
			path = strings.TrimPrefix(path+"."+name, ".")
		}
	}
	return Fault{Code: code, In: in, Pointer: pointerOf(path), Expected: expected,
		Message: texts().fault(code, lang)}
}

// missingFault names a field of the body that is not there, or blank.
func missingFault(field, lang string) Fault {
	const code = "required"
	return Fault{Code: code, In: "body", Pointer: "/" + field, Message: texts().fault(code, lang)}
}

// pointerOf makes a JSON pointer from huma's path, such as items[3].name. Parts that do
// not look like names of ours are left out: they came from the client.
func pointerOf(path string) string {
	var b strings.Builder
	for _, part := range strings.FieldsFunc(path, func(r rune) bool {
		return r == '.' || r == '[' || r == ']'
	}) {
		if !plainName(part) {
			break
		}
		b.WriteByte('/')
		b.WriteString(part)
	}
	return b.String()
}

// nameLengthMax is longer than every name of ours.
const nameLengthMax = 40

func plainName(s string) bool {
	return len(s) <= nameLengthMax && strings.Trim(strings.ToLower(s),
		"abcdefghijklmnopqrstuvwxyz_-") == "" || len(s) <= 4 && strings.Trim(s, "0123456789") == ""
}

func between(s, before, after string) (string, bool) {
	s, ok := strings.CutPrefix(s, before)
	if !ok {
		return "", false
	}
	return strings.CutSuffix(s, after)
}
