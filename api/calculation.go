package api

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/stazh/stazh/api/service"
	"github.com/stazh/stazh/commands/intake/control"
	"github.com/stazh/stazh/ledger/rules"
)

// CalculationInput is a question to a rule. Its body is read as it is: the rule itself
// says what is wrong with it.
type CalculationInput struct {
	Rule      string    `path:"rule" maxLength:"20" example:"OA-5" doc:"Id of the rule."`
	OnDate    string    `query:"on_date" format:"date" doc:"Law of this day, where none is asked."`
	AsKnownAt time.Time `query:"as_known_at" doc:"The law as it was recorded then (RFC 3339)."`
}

// CalculationRule describes a rule of the law.
type CalculationRule struct {
	Rule   string          `json:"rule" doc:"Id of the rule."`
	Title  control.Text    `json:"title" doc:"What the rule gives, in three languages."`
	Act    string          `json:"act" doc:"What the rule rests on."`
	Input  json.RawMessage `json:"input" doc:"JSON Schema of a question."`
	Output json.RawMessage `json:"output" doc:"JSON Schema of an answer."`
}

// CalculationRules are all rules.
type CalculationRules struct {
	Items []CalculationRule `json:"items" doc:"The rules in the order of the catalogue."`
}

// CalculationFault is what a rule refuses a question for.
type CalculationFault struct {
	Code    string `json:"code" doc:"Stable code for programs."`
	Field   string `json:"field" doc:"The field of the question, or the missing number's name."`
	Message string `json:"message" doc:"What is wrong and how to mend it."`
}

const pathCalculations = "/v1/calculations"

func (a *api) registerCalculations() {
	register(a, route{open: true, Operation: huma.Operation{OperationID: "listCalculations",
		Method: http.MethodGet, Path: pathCalculations, Tags: []string{tagLaw},
		Summary: "List the rules of the law",
		Description: "Contributions, coverage, pensions and benefits: the JSON Schemas of each " +
			"rule's question and answer. No caller needs to be named: the law is public.",
	}}, a.listCalculations)
	calculate := route{open: true, Operation: huma.Operation{OperationID: "calculate",
		Method: http.MethodPost, Path: pathCalculations + "/{rule}", Tags: []string{tagLaw},
		Summary: "Answer a question by a rule of the law",
		Description: "Answers with the amounts, every number of the law that was used with its " +
			"act, and every step. Nothing is recorded. What a rule refuses stands in `error`: " +
			"its code, the field and what to do. No caller needs to be named.",
	}, refusals: []int{http.StatusBadRequest, http.StatusNotFound,
		http.StatusRequestEntityTooLarge}}
	calculate.RequestBody = &huma.RequestBody{Required: true,
		Description: "The question: exactly the fields of the rule, and `parameters`, which " +
			"stand in for numbers of the law.",
		Content: map[string]*huma.MediaType{}}
	register(a, calculate, a.calculate)
	// Added only now: huma would read and judge such a body itself.
	calculate.RequestBody.Content[jsonType] = &huma.MediaType{Schema: &huma.Schema{
		Type: "object", AdditionalProperties: true}}
}

func (a *api) listCalculations(context.Context, service.Caller, *Empty,
) (*Output[CalculationRules], error) {
	all := rules.All()
	list := make([]CalculationRule, len(all))
	for i, r := range all {
		list[i] = CalculationRule{Rule: r.ID, Title: control.Text(r.Title), Act: r.Act,
			Input: r.InputSchema(), Output: r.OutputSchema()}
	}
	// The catalogue belongs to the program and not to the ledger.
	return output(CalculationRules{list}, 0), nil
}

func (a *api) calculate(ctx context.Context, c service.Caller, in *CalculationInput,
) (*Output[json.RawMessage], error) {
	on, err := dateOf(ctx, "on_date", in.OnDate)
	if err != nil {
		return nil, err
	}
	body := http.MaxBytesReader(nil, callOf(ctx).request.Body, jsonBytesMax)
	question, err := io.ReadAll(body)
	if err != nil {
		return nil, fmt.Errorf("read the question: %w", err)
	}
	x, err := a.service.Calculate(ctx, c, in.Rule, question,
		service.LawReading{On: on, KnownAt: in.AsKnownAt})
	if err != nil {
		return nil, calculationProblem(ctx, err)
	}
	return output(json.RawMessage(x.Value), x.Position), nil
}

// calculationProblem makes a problem of what a rule refuses; other errors stay.
func calculationProblem(ctx context.Context, err error) error {
	var refusal *rules.Error
	if !errors.As(err, &refusal) {
		return err
	}
	status := http.StatusUnprocessableEntity
	switch refusal.Code {
	case rules.CodeInvalidJSON:
		status = http.StatusBadRequest
	case rules.CodeUnknownRule:
		status = http.StatusNotFound
	}
	p := newProblem(ctx, status, refusal.Code, refusal.Message)
	p.Calculation = &CalculationFault{refusal.Code, refusal.Field, refusal.Message}
	return p
}
