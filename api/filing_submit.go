package api

import (
	"context"
	"encoding/hex"
	"errors"
	"io"
	"mime"
	"net/http"
	"net/url"

	"github.com/danielgtaylor/huma/v2"

	"github.com/stazh/stazh/api/service"
	"github.com/stazh/stazh/commands/intake/control"
	"github.com/stazh/stazh/ledger"
)

// Paths whose bodies are files.
const (
	pathFilings  = "/v1/filings"
	pathChecks   = "/v1/filing-checks"
	pathPreviews = "/v1/filing-previews"
)

// submitID names the one operation that needs an Idempotency-Key.
const submitID = "submitFiling"

// uploadTypes are the types that a file may be sent as. What it is, its bytes say.
var uploadTypes = []string{"application/octet-stream", "text/plain", "text/csv",
	"application/x-ndjson", "application/zip",
	"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"}

const (
	formType = "multipart/form-data"
	jsonType = "application/json"
	// formField is the field of a form that holds the file.
	formField = "file"
)

// Upload are the parameters of a file.
type Upload struct {
	Payer        string `query:"payer" maxLength:"20" doc:"UNP of the filer; else the file says."`
	AllOrNothing bool   `query:"all_or_nothing" doc:"Take all documents of the file or none."`
}

// SubmitInput is a file to file.
type SubmitInput struct {
	Upload
	Key     string `header:"Idempotency-Key" maxLength:"200" doc:"New for each file, 1–200 signs."`
	Preview string `header:"Stazh-Preview" pattern:"^[0-9a-f]{64}$" doc:"Token of a preview."`
}

// ReceiptOutput is the receipt of a file.
type ReceiptOutput struct {
	Location string          `header:"Location" doc:"Where the filing can be followed."`
	Replayed string          `header:"Idempotency-Replayed" doc:"true for a repetition."`
	Position ledger.Position `header:"Stazh-Position" doc:"Ledger position of the arrival."`
	Body     service.FilingReceipt
}

// CheckOutcome is what filing a file now would be answered.
type CheckOutcome struct {
	service.CheckResult
	FindingsTotal     int               `json:"findings_total" doc:"How many findings there are."`
	FindingsTruncated bool              `json:"findings_truncated" doc:"More than are listed."`
	Groups            []control.Group   `json:"groups" doc:"Findings that say the same."`
	Findings          []control.Finding `json:"findings" doc:"Findings in the order of the file."`
	Position          ledger.Position   `json:"position" doc:"Ledger position it was checked at."`
}

// Bounds of an answer to a check; the findings of a filing are read page by page.
const (
	checkFindingsMax = 1000
	checkGroupedMax  = 20_000
)

func (a *api) registerFilings() {
	submit := route{time: uploadTimeMax, Operation: huma.Operation{
		OperationID: submitID, Method: http.MethodPost, Path: pathFilings,
		Summary: "File a report or a list of payments", Tags: []string{tagFilings},
		DefaultStatus: http.StatusAccepted,
		Description: "Takes the file as it is and answers with a receipt as soon as its arrival " +
			"is recorded, before anything is checked. The same file, or the same key, gets " +
			"the same receipt for ever. Follow the filing at the Location.",
	}, refusals: []int{http.StatusBadRequest, http.StatusPreconditionFailed,
		http.StatusRequestEntityTooLarge, http.StatusUnsupportedMediaType}}
	submit.RequestBody = uploadBody()
	register(a, submit, a.submit)
	check := route{time: uploadTimeMax, Operation: huma.Operation{
		OperationID: "checkFiling", Method: http.MethodPost, Path: pathChecks,
		Summary: "Check a file without filing it", Tags: []string{tagFilings},
		Description: "Answers what filing the same bytes now would be answered, and leaves no " +
			"trace. All findings come at once, grouped and one by one.",
	}, refusals: []int{http.StatusBadRequest, http.StatusRequestEntityTooLarge,
		http.StatusUnsupportedMediaType}}
	check.RequestBody = uploadBody()
	register(a, check, a.check)
	// JSON and forms are added only now: huma would read such bodies itself, into memory.
	preview := a.registerPreview()
	for _, body := range []*huma.RequestBody{submit.RequestBody, check.RequestBody,
		preview.RequestBody} {
		body.Content[jsonType] = &huma.MediaType{Schema: &huma.Schema{
			Type: "object", AdditionalProperties: true,
			Description: "A file in the JSON format of reports."}}
		file := bytesSchema()
		file.Description = "The file."
		body.Content[formType] = &huma.MediaType{Schema: &huma.Schema{Type: "object",
			Properties: map[string]*huma.Schema{formField: file}, Required: []string{formField}}}
	}
}

func uploadBody() *huma.RequestBody {
	body := &huma.RequestBody{Required: true, Content: map[string]*huma.MediaType{},
		Description: "The file: a text pack, CSV, JSON, NDJSON or XLSX, plain or in a .zip."}
	for _, t := range uploadTypes {
		body.Content[t] = &huma.MediaType{Schema: bytesSchema()}
	}
	return body
}

func (a *api) submit(ctx context.Context, c service.Caller, in *SubmitInput,
) (*ReceiptOutput, error) {
	if in.Key == "" {
		return nil, newProblem(ctx, http.StatusBadRequest, codeKeyMissing,
			"send the header Idempotency-Key: a new one for each file, the same to repeat")
	}
	content, err := fileOf(ctx)
	if err != nil {
		return nil, err
	}
	answer, err := a.service.Submit(ctx, c, service.Submission{Payer: in.Payer,
		Content: content, Key: in.Key, Channel: service.ChannelAPI,
		AllOrNothing: in.AllOrNothing, Preview: hashOf(in.Preview)})
	if err != nil {
		return nil, err
	}
	return a.receipt(answer), nil
}

// hashOf reads a hash whose form was checked; zero for none.
func hashOf(text string) (h ledger.Hash) {
	if b, err := hex.DecodeString(text); err == nil {
		copy(h[:], b)
	}
	return h
}

// receipt makes the answer to an arrival.
func (a *api) receipt(answer service.Answer[service.FilingReceipt]) *ReceiptOutput {
	out := &ReceiptOutput{Body: answer.Value, Position: answer.Position,
		Location: pathFilings + "/" + url.PathEscape(answer.Value.Receipt)}
	result := "received"
	if answer.Value.Repeated {
		out.Replayed, result = "true", "repeated"
	}
	a.metrics.received.WithLabelValues(result).Inc()
	a.metrics.bytes.Add(float64(answer.Value.Bytes))
	return out
}

func (a *api) check(ctx context.Context, c service.Caller, in *Upload,
) (*Output[CheckOutcome], error) {
	content, err := fileOf(ctx)
	if err != nil {
		return nil, err
	}
	out := CheckOutcome{Findings: []control.Finding{}, Groups: []control.Group{}}
	var grouped []control.Finding
	out.CheckResult, err = a.service.Check(ctx, c, service.Submission{Payer: in.Payer,
		Content: content, Channel: service.ChannelAPI, AllOrNothing: in.AllOrNothing},
		func(f control.Finding) error {
			out.FindingsTotal++
			if len(grouped) < checkGroupedMax {
				grouped = append(grouped, f)
			}
			return nil
		})
	if err != nil {
		return nil, err
	}
	out.Findings = append(out.Findings, grouped[:min(len(grouped), checkFindingsMax)]...)
	out.FindingsTruncated = out.FindingsTotal > len(out.Findings)
	out.Groups = append(out.Groups, control.GroupFindings(grouped)...)
	out.Position = out.CheckResult.Position
	a.metrics.checks.WithLabelValues(out.Outcome).Inc()
	return output(out, out.Position), nil
}

// body is a file as it streams in, and its length as the client says; -1 when it does not.
type body struct {
	io.Reader
	size int64
}

// Size is the length that the client says.
func (b body) Size() int64 { return b.size }

// fileOf gives the body as it streams in: the whole of it, or the file of a form, which
// is never laid up on the way.
func fileOf(ctx context.Context) (io.Reader, error) {
	r := callOf(ctx).request
	given := r.Header.Get("Content-Type")
	if given == "" {
		return body{r.Body, r.ContentLength}, nil
	}
	kind, _, err := mime.ParseMediaType(given)
	if err == nil && kind == formType {
		return formFile(ctx, r)
	}
	if err == nil {
		for _, t := range append([]string{jsonType}, uploadTypes...) {
			if kind == t {
				return body{r.Body, r.ContentLength}, nil
			}
		}
	}
	return nil, newProblem(ctx, http.StatusUnsupportedMediaType, codeMediaType,
		"send the file as application/octet-stream, or in the field file of a form")
}

// formFile finds the file of a form. Fields before it are passed over unread.
func formFile(ctx context.Context, r *http.Request) (io.Reader, error) {
	missing := newProblem(ctx, http.StatusBadRequest, codeFormField,
		"the form has no field named file with the file")
	form, err := r.MultipartReader()
	if err != nil {
		return nil, missing
	}
	for {
		part, err := form.NextPart()
		var large *http.MaxBytesError
		if errors.As(err, &large) {
			return nil, err
		}
		if err != nil {
			return nil, missing
		}
		if part.FormName() == formField {
			return part, nil
		}
	}
}
