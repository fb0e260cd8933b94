package api

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/stazh/stazh/api/service"
	"github.com/stazh/stazh/commands"
	"github.com/stazh/stazh/commands/intake/control"
	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/ledger/event"
	"github.com/stazh/stazh/ledger/period"
)

// ParametersInput asks for numbers of the law.
type ParametersInput struct {
	Reading
	Name string `query:"name" pattern:"^[a-z_]{1,60}$" doc:"Name of the parameter."`
	On   string `query:"on" format:"date" doc:"Only values published for this day."`
}

// Parameter is a number of the law to publish.
type Parameter struct {
	Name       string      `json:"name" pattern:"^[a-z_]{1,60}$" doc:"Name, such as minimum_wage."`
	Value      string      `json:"value" maxLength:"100" doc:"Decimal text; amounts in BYN."`
	From       period.Date `json:"from" format:"date" doc:"First day on which the value holds."`
	Until      period.Date `json:"until,omitempty" format:"date" doc:"Last day; none while valid."`
	Act        string      `json:"act" maxLength:"500" doc:"Legal act that sets the value."`
	Source     string      `json:"source,omitempty" maxLength:"500" doc:"Where the value was read."`
	Unverified bool        `json:"unverified,omitempty" doc:"Not compared with the act yet."`
}

// ParametersPublication are numbers of the law to publish.
type ParametersPublication struct {
	Ground     string      `json:"ground,omitempty" maxLength:"500" doc:"Act relied on."`
	Parameters []Parameter `json:"parameters" minItems:"1" maxItems:"1000" doc:"The numbers."`
}

// ParametersPublicationInput publishes numbers of the law.
type ParametersPublicationInput struct {
	UnneededKey
	Body ParametersPublication
}

// Published tells what a publication recorded.
type Published struct {
	Published int             `json:"published" doc:"How many values were new."`
	Position  ledger.Position `json:"position" doc:"Ledger position of the law."`
}

const pathParameters = "/v1/law/parameters"

func (a *api) registerLaw() {
	register(a, route{Operation: huma.Operation{OperationID: "listRules",
		Method: http.MethodGet, Path: "/v1/rules", Tags: []string{tagLaw},
		Summary: "List the control rules",
		Description: "What each rule checks, in three languages, with remedy, legal basis and " +
			"an example.",
	}}, a.rules)
	register(a, route{Operation: huma.Operation{OperationID: "listParameters",
		Method: http.MethodGet, Path: pathParameters, Tags: []string{tagLaw},
		Summary: "List the law's dated numbers",
		Description: "In the order of recording: a later value replaces an earlier one of the " +
			"same name for the days it is about.",
	}}, a.parameters)
	register(a, route{Operation: huma.Operation{OperationID: "publishParameters",
		Method: http.MethodPost, Path: pathParameters, Tags: []string{tagLaw},
		Summary: "Publish numbers of the law",
		Description: "A repetition is recognised by its content: values that are recorded " +
			"already are passed over, another value for the same first day is a conflict. Months " +
			"that waited for a value are assessed by themselves.",
	}, refusals: []int{http.StatusBadRequest, http.StatusConflict, http.StatusRequestEntityTooLarge,
		http.StatusUnsupportedMediaType}}, a.publishParameters)
}

func (a *api) rules(ctx context.Context, c service.Caller, _ *Empty,
) (*Output[List[control.Rule]], error) {
	rules, err := a.service.Rules(ctx, c)
	if err != nil {
		return nil, err
	}
	// The catalogue belongs to the program and not to the ledger.
	return listOf(service.Page[control.Rule]{Items: rules}), nil
}

func (a *api) parameters(ctx context.Context, c service.Caller, in *ParametersInput,
) (*Output[List[event.ParameterPublished]], error) {
	on, err := dateOf(ctx, "on", in.On)
	if err != nil {
		return nil, err
	}
	x, err := a.service.Parameters(ctx, c, in.read(),
		service.ParameterFilter{Name: in.Name, On: on})
	if err != nil {
		return nil, err
	}
	return listOf(service.Page[event.ParameterPublished]{Items: x.Value,
		Position: x.Position}), nil
}

func (a *api) publishParameters(ctx context.Context, c service.Caller,
	in *ParametersPublicationInput) (*Output[Published], error) {
	command := commands.PublishLaw{Ground: in.Body.Ground}
	for _, p := range in.Body.Parameters {
		command.Parameters = append(command.Parameters, event.ParameterPublished{Name: p.Name,
			Value: p.Value, From: p.From, Until: p.Until, Act: p.Act, Source: p.Source,
			Unverified: p.Unverified})
	}
	x, err := a.service.PublishLaw(ctx, c, command)
	if err != nil {
		return nil, err
	}
	return output(Published{x.Value, x.Position}, x.Position), nil
}
