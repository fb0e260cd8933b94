package api

import (
	"bytes"
	"embed"
	"encoding/json"
	"fmt"
	"net/http"
	"path"
	"reflect"
	"slices"
	"strings"
	"sync"

	"github.com/danielgtaylor/huma/v2"
	"github.com/google/uuid"

	"github.com/stazh/stazh/api/auth"
	"github.com/stazh/stazh/api/service"
	"github.com/stazh/stazh/commands"
	"github.com/stazh/stazh/commands/intake/control"
	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/ledger/account"
	"github.com/stazh/stazh/ledger/money"
	"github.com/stazh/stazh/ledger/period"
)

// specVersion is the version of the HTTP interface, not of the program.
const specVersion = "1.0.0"

//go:embed description.md
var specDescription string

// config sets huma up without its links, pages and English errors.
func (a *api) config() huma.Config {
	registry := huma.NewMapRegistry("#/components/schemas/", schemaName)
	for from, to := range map[reflect.Type]reflect.Type{
		reflect.TypeFor[money.Amount]():     reflect.TypeFor[amountText](),
		reflect.TypeFor[period.Month]():     reflect.TypeFor[MonthText](),
		reflect.TypeFor[period.Date]():      reflect.TypeFor[dateText](),
		reflect.TypeFor[ledger.Hash]():      reflect.TypeFor[hashText](),
		reflect.TypeFor[ledger.StreamID]():  reflect.TypeFor[streamText](),
		reflect.TypeFor[control.Severity](): reflect.TypeFor[severityText](),
		reflect.TypeFor[uuid.UUID]():        reflect.TypeFor[uuidText](),
		reflect.TypeFor[json.RawMessage]():  reflect.TypeFor[factObject](),
		reflect.TypeFor[service.Details]():  reflect.TypeFor[factObject](),
	} {
		registry.RegisterTypeAlias(from, to)
	}
	scheme := func(name, description string) *huma.SecurityScheme {
		return &huma.SecurityScheme{Type: "apiKey", In: "header", Name: name,
			Description: description}
	}
	roles := make([]string, 0, len(auth.Roles()))
	for _, r := range auth.Roles() {
		roles = append(roles, string(r))
	}
	return huma.Config{
		OpenAPI: &huma.OpenAPI{
			OpenAPI: "3.1.0",
			Info: &huma.Info{Title: "Stazh", Version: specVersion,
				Description: specDescription},
			Servers: []*huma.Server{{URL: "/", Description: "This server"}},
			Components: &huma.Components{Schemas: registry,
				SecuritySchemes: map[string]*huma.SecurityScheme{
					"subject": scheme(headerSubject, "Who asks, such as a login."),
					"role":    scheme(headerRole, "One of: "+strings.Join(roles, ", ")+"."),
					"office":  scheme(headerOffice, "Office of the caller, three digits."),
				}},
			Tags: []*huma.Tag{
				{Name: tagFilings, Description: "Files with reports: check, file, follow."},
				{Name: tagPersons, Description: "Insured persons and their accounts."},
				{Name: tagBenefits, Description: "Claims, decisions, pensions and forecasts."},
				{Name: tagPayers, Description: "Payers, what they owe and have paid."},
				{Name: tagReporting, Description: "The Fund's offices and live totals."},
				{Name: tagLaw, Description: "Control rules and the law's dated numbers."},
				{Name: tagLedger, Description: "Events, positions and read models."},
			},
		},
		Formats:                      a.rooms.formats(),
		DefaultFormat:                "application/json",
		RejectUnknownQueryParameters: true,
		Transformers: []huma.Transformer{a.rooms.writeLarge, func(
			ctx huma.Context, _ string, v any,
		) (any, error) {
			e, ok := v.(*huma.ErrorModel)
			if !ok {
				return v, nil
			}
			p := fromHuma(ctx.Context(), e)
			for name, values := range p.headers {
				for _, value := range values {
					ctx.SetHeader(name, value)
				}
			}
			return p, nil
		}},
	}
}

// schemaName names schemas after their types; types of the read models carry the name of
// their package, as several have an Employment.
func schemaName(t reflect.Type, hint string) string {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	name := strings.ReplaceAll(huma.DefaultSchemaNamer(t, hint), "View", "")
	prefix := ""
	switch pkg := path.Base(t.PkgPath()); pkg {
	case "coverage", "statement", "version":
		prefix = strings.ToUpper(pkg[:1]) + pkg[1:]
	case "contribution":
		prefix = "Statement"
	case "effect":
		prefix = "Effect"
	case "rules":
		if name == "Text" || name == "Parameter" {
			prefix = "Law"
		}
	case "settlement":
		prefix = "Balance"
	case "occupational":
		prefix = "Occupational"
	case "event":
		if name == "OccupationalMonth" { // beside the Month of package occupational
			prefix = "Reported"
		}
	}
	if name != prefix {
		return prefix + name
	}
	return name
}

type (
	// MonthText is a month in a query.
	MonthText string
	// CaseStateText is a state of a case in a query.
	CaseStateText string
	// UNPText is the number of a payer.
	UNPText string
	// PayerKind is one of commands.PayerKinds.
	PayerKind string

	amountText   struct{}
	dateText     struct{}
	hashText     struct{}
	streamText   struct{}
	severityText struct{}
	uuidText     struct{}
	factObject   struct{}
)

// Schema is a decimal string.
func (amountText) Schema(huma.Registry) *huma.Schema {
	return &huma.Schema{Type: "string", Pattern: `^-?[0-9]+(\.[0-9]{1,2})?$`,
		PatternDescription: "an amount such as 859.00", Examples: []any{"859.00"}}
}

// Schema is a month.
func (MonthText) Schema(huma.Registry) *huma.Schema {
	return &huma.Schema{Type: "string", Pattern: monthPattern,
		PatternDescription: "a month YYYY-MM", Examples: []any{"2026-03"}}
}

const monthPattern = `^[0-9]{4}-(0[1-9]|1[0-2])$`

// Schema is a UNP as far as its form goes; the check digit is checked by the command.
func (UNPText) Schema(huma.Registry) *huma.Schema {
	return &huma.Schema{Type: "string", Pattern: "^[0-9A-Z]{9}$",
		PatternDescription: "a UNP of nine digits or capital Latin letters",
		Examples:           []any{"100582333"}}
}

// Schema lists the states.
func (CaseStateText) Schema(huma.Registry) *huma.Schema {
	s := &huma.Schema{Type: "string"}
	for _, state := range account.CaseStates() {
		s.Enum = append(s.Enum, string(state))
	}
	return s
}

// Schema lists the kinds.
func (PayerKind) Schema(huma.Registry) *huma.Schema {
	s := &huma.Schema{Type: "string"}
	for _, kind := range commands.PayerKinds {
		s.Enum = append(s.Enum, kind)
	}
	return s
}

// Schema is a day.
func (dateText) Schema(huma.Registry) *huma.Schema {
	return &huma.Schema{Type: "string", Format: "date", Examples: []any{"2026-03-31"}}
}

// Schema is a SHA-256.
func (hashText) Schema(huma.Registry) *huma.Schema {
	return &huma.Schema{Type: "string", Pattern: "^[0-9a-f]{64}$",
		PatternDescription: "a SHA-256 in 64 hexadecimal digits"}
}

// Schema is the name of a stream.
func (streamText) Schema(huma.Registry) *huma.Schema {
	return &huma.Schema{Type: "string", Examples: []any{"payer-100582333", "law"}}
}

// Schema lists the severities.
func (severityText) Schema(huma.Registry) *huma.Schema {
	return &huma.Schema{Type: "string", Enum: []any{"F", "E", "P", "W", "I"}}
}

// Schema is an identifier.
func (uuidText) Schema(huma.Registry) *huma.Schema {
	return &huma.Schema{Type: "string", Format: "uuid"}
}

// Schema is an object whose shape depends on something else: the fact of an event on its
// type, details of a claim on the kind of benefit.
func (factObject) Schema(huma.Registry) *huma.Schema {
	return &huma.Schema{Type: "object", AdditionalProperties: true}
}

//go:embed glossary.json
var glossaryFile []byte

// glossary describes properties by "Schema.property" or, for words that mean the same
// everywhere, by "property". Types below this package do not carry descriptions.
var glossary = sync.OnceValue(func() map[string]string {
	g := map[string]string{}
	if err := json.Unmarshal(glossaryFile, &g); err != nil {
		panic(fmt.Sprintf("api: glossary.json: %v", err))
	}
	return g
})

// finishSpec mends what huma cannot be told: lists are never null, huma's own error form
// is not used, every property has its description.
func (a *api) finishSpec() {
	spec := a.huma.OpenAPI()
	schemas := spec.Components.Schemas.Map()
	delete(schemas, "ErrorModel")
	delete(schemas, "ErrorDetail")
	for name, s := range schemas {
		s.Nullable = false
		for property, p := range s.Properties {
			if p.Type == huma.TypeArray {
				p.Nullable = false
			}
			if p.Description == "" {
				p.Description = describe(name, property)
			}
		}
	}
	for _, item := range spec.Paths {
		for _, op := range []*huma.Operation{item.Get, item.Post} {
			if op == nil {
				continue
			}
			sortParameters(op)
			for _, p := range op.Parameters {
				// The route itself asks for it, to answer 400 and not 422.
				p.Required = p.Required || p.Name == headerKey && op.OperationID == submitID
			}
			addExample(op)
		}
	}
}

// examples are real answers, one a file named after its operation. The tests compare them
// with what the server answers.
//
//go:embed examples/*.json
var examples embed.FS

func addExample(op *huma.Operation) {
	text, err := examples.ReadFile("examples/" + op.OperationID + ".json")
	if err != nil {
		return // not every operation has one
	}
	var example any
	if err := json.Unmarshal(text, &example); err != nil {
		panic(fmt.Sprintf("api: example of %s: %v", op.OperationID, err))
	}
	for status, response := range op.Responses {
		if content := response.Content[jsonType]; content != nil && status[0] == '2' {
			content.Example = example
		}
	}
}

func describe(schema, property string) string {
	if d, ok := glossary()[schema+"."+property]; ok {
		return d
	}
	return glossary()[property]
}

// sortParameters puts those of the path first, then the others by name.
func sortParameters(op *huma.Operation) {
	slices.SortStableFunc(op.Parameters, func(x, y *huma.Param) int {
		if (x.In == "path") != (y.In == "path") {
			if x.In == "path" {
				return -1
			}
			return 1
		}
		return strings.Compare(x.Name, y.Name)
	})
}

// specJSON writes the description for people and programs to compare.
func specJSON(spec *huma.OpenAPI) ([]byte, error) {
	compact, err := json.Marshal(spec)
	if err != nil {
		return nil, fmt.Errorf("write the API description: %w", err)
	}
	var out bytes.Buffer
	if err := json.Indent(&out, compact, "", "  "); err != nil {
		return nil, fmt.Errorf("write the API description: %w", err)
	}
	out.WriteByte('\n')
	return out.Bytes(), nil
}

// okContent describes an answer of other types than JSON.
func okContent(description string, content map[string]*huma.MediaType,
) map[string]*huma.Response {
	return map[string]*huma.Response{fmt.Sprint(http.StatusOK): {
		Description: description, Content: content}}
}

// bytesSchema is any sequence of bytes.
func bytesSchema() *huma.Schema { return &huma.Schema{Type: "string", Format: "binary"} }

// schemaOf registers a type that huma does not see in a handler.
func schemaOf[T any](a *api) *huma.Schema {
	return a.huma.OpenAPI().Components.Schemas.Schema(reflect.TypeFor[T](), true, "")
}
