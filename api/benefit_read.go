package api

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/stazh/stazh/api/service"
	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/ledger/account"
	"github.com/stazh/stazh/ledger/money"
	"github.com/stazh/stazh/ledger/period"
)

// KindsInput asks for the kinds of benefits.
type KindsInput struct {
	On string `query:"on" format:"date" doc:"Day asked from; today if not given."`
}

// CasesInput asks for cases of an office.
type CasesInput struct {
	Paging
	Fresh
	Office string        `query:"office" pattern:"^[0-9]{3}$" doc:"Office; all only with work."`
	Kind   string        `query:"kind" maxLength:"60" doc:"Code of a kind of benefit."`
	State  CaseStateText `query:"state" doc:"State of the case."`
	Work   string        `query:"work" enum:"any,calculate,decide,review" doc:"To be done next."`
}

// PaidInput asks what a person is paid.
type PaidInput struct {
	PersonPath
	Reading
	On string `query:"on" format:"date" doc:"Day that is paid for; today if not given."`
}

// BenefitTotalsInput asks for totals of benefits.
type BenefitTotalsInput struct {
	Paging
	Fresh
	Month MonthText `query:"month" doc:"The month; this one if not given."`
	Scope string    `query:"scope" enum:"country,region,office" doc:"Level of the rows."`
	Code  string    `query:"code" pattern:"^([0-9]{1,3}|BY)$" doc:"Region (1), office (3) or BY."`
	Kind  string    `query:"kind" maxLength:"60" doc:"Code of a kind of benefit."`
}

// ExplanationInput asks for a calculation with its reasons.
type ExplanationInput struct{ CalculationPath }

// TrialBody is a question about a benefit that nobody has claimed.
type TrialBody struct {
	Kind      string          `json:"kind" maxLength:"60" doc:"Code of a kind of benefit."`
	ClaimedOn period.Date     `json:"claimed_on,omitempty" doc:"By default that of the reading."`
	From      period.Date     `json:"from,omitempty" doc:"Day asked from; the claim's by default."`
	Details   service.Details `json:"details,omitempty" doc:"Details of the kind."`
}

// TrialInput tries a calculation.
type TrialInput struct {
	PersonPath
	Reading
	UnneededKey
	Body TrialBody
}

// ForecastBody says what a forecast assumes.
type ForecastBody struct {
	Kind        string          `json:"kind,omitempty" maxLength:"60" doc:"By default old_age."`
	WorkUntil   period.Date     `json:"work_until,omitempty" doc:"Last day of assumed work."`
	Earnings    money.Amount    `json:"earnings,omitempty" doc:"Earnings of a month of that work."`
	Confirmed   []ConfirmedBody `json:"confirmed,omitempty" maxItems:"100" doc:"Taken as confirmed."`
	DeferMonths int             `json:"defer_months,omitempty" minimum:"0" maximum:"600" doc:"Months."`
	Details     service.Details `json:"details,omitempty" doc:"Details of the kind."`
}

// ConfirmedBody is a time to take as confirmed.
type ConfirmedBody struct {
	From     period.Date  `json:"from" doc:"First day."`
	To       period.Date  `json:"to" doc:"Last day."`
	Kind     string       `json:"kind,omitempty" maxLength:"60" doc:"Special period; else work."`
	Earnings money.Amount `json:"earnings,omitempty" doc:"Earnings of a month of that work."`
}

// ForecastInput looks ahead.
type ForecastInput struct {
	PersonPath
	Reading
	UnneededKey
	Body ForecastBody
}

// CalculationAnswer is a calculation with its trace.
type CalculationAnswer struct {
	service.CalculationView
	Position     ledger.Position `json:"position" doc:"Ledger position of the answer."`
	RecordedUpTo time.Time       `json:"recorded_up_to,omitzero" doc:"When that was recorded."`
}

// DecisionAnswer is what an approval led to.
type DecisionAnswer struct {
	service.DecisionView
	Position ledger.Position `json:"position" doc:"Ledger position of the decision."`
}

// ExplanationAnswer is a recorded calculation with its reasons.
type ExplanationAnswer struct {
	service.Explanation
	Position     ledger.Position `json:"position" doc:"Ledger position of the calculation."`
	RecordedUpTo time.Time       `json:"recorded_up_to,omitzero" doc:"When that was recorded."`
}

// ForecastAnswer is what becomes of a claim on assumptions.
type ForecastAnswer struct {
	service.ForecastView
	Position     ledger.Position `json:"position" doc:"Ledger position of the account."`
	RecordedUpTo time.Time       `json:"recorded_up_to,omitzero" doc:"When that was recorded."`
}

func (a *api) registerBenefitReads() {
	read := func(id, path, summary, description string) route {
		return route{Operation: huma.Operation{OperationID: id, Method: http.MethodGet,
			Path: path, Summary: summary, Description: description, Tags: []string{tagBenefits}},
			refusals: []int{http.StatusNotFound}}
	}
	const person = pathPersons + "/{id}"
	register(a, read("listBenefitKinds", "/v1/benefits/kinds", "List the kinds of benefits",
		"What may be claimed, by which rules, and what a claim may say beyond the account."),
		a.benefitKinds)
	register(a, read("listBenefitTotals", "/v1/benefits/totals", "Count benefits in force",
		"How many benefits of each kind are in force in a month and what they pay, for the "+
			"country, each region and each office. A monthly benefit counts when the month's "+
			"last day is paid for, another sum in the month of its first day."), a.benefitTotals)
	register(a, read("listCases", "/v1/cases", "List the cases of an office",
		"The claimed first first; with work, those that wait for an officer."), a.cases)
	register(a, read("listSpecialPeriods", person+"/special-periods",
		"List a person's special periods", "Those in force, in the order of recording."),
		a.specialPeriods)
	register(a, read("listPersonCases", person+"/cases", "List a person's cases",
		"Claims with their evidence, calculation, decision, amounts and open reviews."),
		a.personCases)
	register(a, read("listBenefits", person+"/benefits", "List what a person is paid",
		"Benefits that are paid for the day, each with the time of its amount."), a.benefits)
	register(a, read("explainCalculation", person+"/calculations/{calculation}",
		"Explain a calculation", "The whole trace as it was recorded, of which the decision "+
			"holds the hash: facts with their reports, each rule with inputs, numbers of the "+
			"law with their acts, and steps."), a.explain)
	register(a, benefitWrite("tryBenefit", "/trial-calculations", "Try a calculation",
		"Answers as a calculation would, and records nothing. As of a past moment or position "+
			"it gives what the Fund would have answered then. It is a POST only to keep details "+
			"out of URLs."), a.tryBenefit)
	register(a, benefitWrite("forecastBenefit", "/forecasts", "Forecast a pension",
		"When there will be a right and to how much, on assumptions, and what is missing today. "+
			"Numbers of the law that are not published for a day to come are the last ones "+
			"known, each named. Nothing is recorded."), a.forecast)
}

func (a *api) benefitKinds(ctx context.Context, c service.Caller, in *KindsInput,
) (*Output[List[service.KindView]], error) {
	on, err := dateOf(ctx, "on", in.On)
	if err != nil {
		return nil, err
	}
	return listAnswer(a.service.BenefitKinds(ctx, c, on))
}

// listAnswer makes the answer of a list that is not cut into pages.
func listAnswer[T any](x service.Answer[[]T], err error) (*Output[List[T]], error) {
	if err != nil {
		return nil, err
	}
	return listOf(service.Page[T]{Items: x.Value, Position: x.Position}), nil
}

func (a *api) benefitTotals(ctx context.Context, c service.Caller, in *BenefitTotalsInput,
) (*Output[List[service.BenefitTotalView]], error) {
	month, err := monthOf(ctx, "month", in.Month)
	if err != nil {
		return nil, err
	}
	page, err := a.service.BenefitTotals(ctx, c, month, service.BenefitTotalFilter{
		Scope: in.Scope, Code: in.Code, Kind: in.Kind}, in.Cursor, in.Limit, in.read())
	if err != nil {
		return nil, err
	}
	return listOf(page), nil
}

func (a *api) cases(ctx context.Context, c service.Caller, in *CasesInput,
) (*Output[List[service.CaseLine]], error) {
	page, err := a.service.Cases(ctx, c, service.CaseFilter{Office: in.Office, Kind: in.Kind,
		State: account.CaseState(in.State), Work: in.Work}, in.Cursor, in.Limit, in.read())
	if err != nil {
		return nil, err
	}
	return listOf(page), nil
}

func (a *api) specialPeriods(ctx context.Context, c service.Caller, in *PersonInput,
) (*Output[List[service.SpecialPeriodView]], error) {
	id, err := in.personID(ctx)
	if err != nil {
		return nil, err
	}
	return listAnswer(a.service.SpecialPeriods(ctx, c, id, in.read()))
}

func (a *api) personCases(ctx context.Context, c service.Caller, in *PersonInput,
) (*Output[List[service.CaseView]], error) {
	id, err := in.personID(ctx)
	if err != nil {
		return nil, err
	}
	return listAnswer(a.service.PersonCases(ctx, c, id, in.read()))
}

func (a *api) benefits(ctx context.Context, c service.Caller, in *PaidInput,
) (*Output[List[service.PaidView]], error) {
	id, err := in.personID(ctx)
	if err != nil {
		return nil, err
	}
	on, err := dateOf(ctx, "on", in.On)
	if err != nil {
		return nil, err
	}
	return listAnswer(a.service.Benefits(ctx, c, id, in.read(), on))
}

func (a *api) explain(ctx context.Context, c service.Caller, in *ExplanationInput,
) (*Output[ExplanationAnswer], error) {
	person, id, err := in.ids(ctx)
	if err != nil {
		return nil, err
	}
	x, err := a.service.Explain(ctx, c, person, id)
	if err != nil {
		return nil, err
	}
	return output(ExplanationAnswer{x.Value, x.Position, x.RecordedUpTo}, x.Position), nil
}

func (a *api) tryBenefit(ctx context.Context, c service.Caller, in *TrialInput,
) (*Output[CalculationAnswer], error) {
	id, err := in.personID(ctx)
	if err != nil {
		return nil, err
	}
	x, err := a.service.TryBenefit(ctx, c, service.Trial{Person: id, Kind: in.Body.Kind,
		ClaimedOn: in.Body.ClaimedOn, From: in.Body.From, Details: in.Body.Details}, in.read())
	if err != nil {
		return nil, err
	}
	return output(CalculationAnswer{x.Value, x.Position, x.RecordedUpTo}, x.Position), nil
}

func (a *api) forecast(ctx context.Context, c service.Caller, in *ForecastInput,
) (*Output[ForecastAnswer], error) {
	id, err := in.personID(ctx)
	if err != nil {
		return nil, err
	}
	plan := service.ForecastPlan{Person: id, Kind: in.Body.Kind, Details: in.Body.Details}
	plan.WorkUntil, plan.Earnings = in.Body.WorkUntil, in.Body.Earnings
	plan.DeferMonths = in.Body.DeferMonths
	for _, x := range in.Body.Confirmed {
		plan.Confirmed = append(plan.Confirmed, service.ConfirmedTime(x))
	}
	x, err := a.service.Forecast(ctx, c, plan, in.read())
	if err != nil {
		return nil, err
	}
	return output(ForecastAnswer{x.Value, x.Position, x.RecordedUpTo}, x.Position), nil
}
