package api

import (
	"context"
	"encoding/csv"
	"io"
	"mime"
	"net/http"
	"reflect"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"github.com/stazh/stazh/api/service"
	"github.com/stazh/stazh/commands/intake/control"
	"github.com/stazh/stazh/ledger"
)

// FilingAnswer is a filing.
type FilingAnswer struct {
	service.FilingView
	Position ledger.Position `json:"position" doc:"Ledger position of the answer."`
}

// ReceiptPath names a filing in a path.
type ReceiptPath struct {
	Receipt string `path:"receipt" maxLength:"40" example:"3F7Q-0M2K-9XTB-41HD" doc:"Its number."`
}

// FilingInput asks for a filing.
type FilingInput struct {
	ReceiptPath
	Reading
}

// FilingsInput asks for filings.
type FilingsInput struct {
	SHA256 string `query:"sha256" pattern:"^[0-9a-fA-F]{64}$" doc:"Of the bytes of the file."`
	Payer  string `query:"payer" pattern:"^[0-9A-Z]{9}$" doc:"UNP of the filer."`
	Key    string `query:"idempotency_key" maxLength:"200" doc:"Key it was sent with; with payer."`
	Paging
	Fresh
}

// FindingsInput asks for the findings of a filing.
type FindingsInput struct {
	ReceiptPath
	Code     string `query:"code" pattern:"^SPF-[0-9]{3}$" doc:"Code of the rule."`
	Severity string `query:"severity" enum:"F,E,P,W,I" doc:"Weight of the finding."`
	Document int    `query:"document" minimum:"1" doc:"Number of the document in the file."`
	Accept   string `header:"Accept" doc:"text/csv gives all findings as a table."`
	Paging
	Fresh
}

// EventsInput asks for a stream.
type EventsInput struct {
	ReceiptPath
	LastEventID string `header:"Last-Event-ID" maxLength:"20" doc:"Position to go on after."`
}

const csvType = "text/csv"

func (a *api) registerFilingReads() {
	register(a, route{Operation: huma.Operation{
		OperationID: "listFilings", Method: http.MethodGet, Path: pathFilings,
		Summary: "Find filings", Tags: []string{tagFilings},
		Description: "Finds filings by the SHA-256 of their bytes, by payer and " +
			"Idempotency-Key, or lists those of a payer, newest first.",
	}, refusals: []int{http.StatusNotFound}}, a.filings)
	register(a, route{Operation: huma.Operation{
		OperationID: "readFiling", Method: http.MethodGet, Path: pathFilings + "/{receipt}",
		Summary: "Read a filing", Tags: []string{tagFilings},
		Description: "The receipt's data and how far the filing has come.",
	}, refusals: []int{http.StatusNotFound}}, a.filing)
	schemas := a.huma.OpenAPI().Components.Schemas
	findings := schemas.Schema(reflect.TypeFor[List[control.Finding]](), true, "")
	register(a, route{Operation: huma.Operation{
		OperationID: "listFindings", Method: http.MethodGet,
		Path:    pathFilings + "/{receipt}/findings",
		Summary: "List what the controls found", Tags: []string{tagFilings},
		Description: "Findings on the file first, then by document. With Accept: text/csv all " +
			"of them come as a table, texts in the language of Accept-Language.",
		Responses: okContent("Findings", map[string]*huma.MediaType{
			jsonType: {Schema: findings}, csvType: {Schema: &huma.Schema{Type: "string"}}}),
	}, refusals: []int{http.StatusNotFound}}, a.findings)
	register(a, route{Operation: huma.Operation{
		OperationID: "followFiling", Method: http.MethodGet,
		Path:    pathFilings + "/{receipt}/events",
		Summary: "Follow a filing live", Tags: []string{tagFilings},
		Description: "Server-sent events received, checking and posted, each with the filing's " +
			"state as data and the ledger position as id. Ends when the filing is processed; " +
			"Last-Event-ID goes on where a stream was lost.",
		Responses: okContent("Events", map[string]*huma.MediaType{
			eventStreamType: {Schema: &huma.Schema{Type: "string"}}}),
	}, refusals: []int{http.StatusNotFound}}, a.followFiling)
	register(a, route{Operation: huma.Operation{
		OperationID: "readOriginal", Method: http.MethodGet,
		Path:    pathFilings + "/{receipt}/original",
		Summary: "Get the file as filed", Tags: []string{tagFilings},
		Description: "The bytes whose SHA-256 the receipt names.",
		Responses: okContent("The file", map[string]*huma.MediaType{
			"application/octet-stream": {Schema: bytesSchema()}}),
	}, refusals: []int{http.StatusNotFound}}, a.original)
}

func (a *api) filings(ctx context.Context, c service.Caller, in *FilingsInput,
) (*Output[List[service.FilingView]], error) {
	sum, err := ledger.ParseHash(strings.ToLower(in.SHA256))
	if err != nil {
		return nil, refuseParameter(ctx, "sha256", "sha256")
	}
	page, err := a.service.Filings(ctx, c,
		service.FilingRef{SHA256: sum, Payer: in.Payer, Key: in.Key}, in.Cursor, in.Limit,
		in.read())
	if err != nil {
		return nil, err
	}
	return listOf(page), nil
}

func (a *api) filing(ctx context.Context, c service.Caller, in *FilingInput,
) (*Output[FilingAnswer], error) {
	answer, err := a.service.Filing(ctx, c, service.FilingRef{Receipt: in.Receipt}, in.read())
	if err != nil {
		return nil, err
	}
	return output(FilingAnswer{answer.Value, answer.Position}, answer.Position), nil
}

func (a *api) findings(ctx context.Context, c service.Caller, in *FindingsInput,
) (*huma.StreamResponse, error) {
	filter := service.FindingFilter{Code: in.Code, Severity: control.Severity(in.Severity),
		Document: in.Document}
	if in.AtLeast > 0 {
		// Waits as a read of the filing does.
		_, err := a.service.Filing(ctx, c, service.FilingRef{Receipt: in.Receipt}, in.read())
		if err != nil {
			return nil, err
		}
	}
	page, err := a.service.Findings(ctx, c, in.Receipt, filter, in.Cursor, in.Limit)
	if err != nil {
		return nil, err
	}
	if !wantsCSV(in.Accept) {
		list := listOf(page)
		return &huma.StreamResponse{Body: func(ctx huma.Context) {
			_, w := raw(ctx)
			writeJSON(w, list.Position, list.Body)
		}}, nil
	}
	return &huma.StreamResponse{Body: func(ctx huma.Context) {
		_, w := raw(ctx)
		w.Header().Set("Content-Type", csvType+"; charset=utf-8")
		w.Header().Set("Content-Disposition", `attachment; filename="findings.csv"`)
		w.Header().Set(headerPosition, strconv.FormatUint(uint64(page.Position), 10))
		table := csv.NewWriter(w)
		lang := infoOf(ctx.Context()).lang
		err := writeFindings(w, table, lang, func(each func(control.Finding) error) error {
			return a.service.EachFinding(ctx.Context(), c, in.Receipt, filter, each)
		})
		if err != nil {
			a.problemOf(ctx.Context(), err)
			panic(http.ErrAbortHandler) // half a table must not look whole
		}
	}}, nil
}

// wantsCSV tells whether the first type of an Accept header is a table.
func wantsCSV(accept string) bool {
	first, _, _ := strings.Cut(accept, ",")
	kind, _, err := mime.ParseMediaType(first)
	return err == nil && kind == csvType
}

// writeFindings writes a table. The mark in front makes spreadsheets read it as UTF-8.
func writeFindings(w io.Writer, table *csv.Writer, lang string,
	all func(func(control.Finding) error) error) error {
	if _, err := io.WriteString(w, "\ufeff"); err != nil {
		return err
	}
	err := table.Write([]string{"code", "severity", "document", "pointer", "file", "sheet",
		"line", "cell", "got", "expected", "message", "remedy", "basis", "rule_version"})
	if err != nil {
		return err
	}
	err = all(func(f control.Finding) error {
		row := []string{f.Code, string(f.Severity), number(f.Document), f.Pointer, f.File,
			f.Sheet, number(f.Line), f.Cell, f.Got, f.Expected, inLanguage(f.Message, lang),
			inLanguage(f.Remedy, lang), f.Basis, f.RuleVersion}
		for i := range row {
			row[i] = harmless(row[i])
		}
		return table.Write(row)
	})
	table.Flush()
	if err == nil {
		err = table.Error()
	}
	return err
}

func number(n int) string {
	if n == 0 {
		return ""
	}
	return strconv.Itoa(n)
}

// harmless keeps a spreadsheet from taking a value of somebody's file for a formula.
func harmless(s string) string {
	if s != "" && strings.ContainsRune("=+-@\t\r", rune(s[0])) {
		return "'" + s
	}
	return s
}

func inLanguage(t control.Text, lang string) string {
	return text{russian: t.RU, belarusian: t.BE, english: t.EN}.in(lang)
}

func (a *api) followFiling(ctx context.Context, c service.Caller, in *EventsInput,
) (*huma.StreamResponse, error) {
	x, err := a.service.Filing(ctx, c, service.FilingRef{Receipt: in.Receipt}, service.Read{})
	if err != nil {
		return nil, err
	}
	after := lastEventID(in.LastEventID)
	if after > x.Position {
		after = 0 // the id is of another ledger: everything is new to this client
	}
	return &huma.StreamResponse{Body: func(hctx huma.Context) {
		r, w := raw(hctx)
		a.streamTo(r, w, func(ctx context.Context, s *stream) error {
			return a.service.FollowFiling(ctx, c, in.Receipt, after,
				func(v service.FilingView) error {
					return s.send(stage(v), v.ChangedPos, FilingAnswer{v, v.ChangedPos})
				})
		})
	}}, nil
}

// Stages of a filing that a stream tells.
const (
	stageReceived = "received"
	stageChecking = "checking"
	stagePosted   = "posted"
)

func stage(v service.FilingView) string {
	switch {
	case v.Processed():
		return stagePosted
	case v.Posted > 0:
		return stageChecking
	}
	return stageReceived
}

func (a *api) original(ctx context.Context, c service.Caller, in *ReceiptPath,
) (*huma.StreamResponse, error) {
	content, size, err := a.service.Original(ctx, c, in.Receipt)
	if err != nil {
		return nil, err
	}
	return &huma.StreamResponse{Body: func(hctx huma.Context) {
		defer content.Close() //nolint:errcheck // only read
		_, w := raw(hctx)
		w.Header().Set("Content-Type", "application/octet-stream")
		w.Header().Set("Content-Disposition", "attachment; filename=\""+
			control.NormalizeReceipt(in.Receipt)+".bin\"")
		w.Header().Set("Content-Length", strconv.FormatInt(size, 10))
		_, _ = io.Copy(w, content) // a short answer shows by its length
	}}, nil
}
