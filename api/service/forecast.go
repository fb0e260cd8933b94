package service

import (
	"context"
	"encoding/json"

	"github.com/stazh/stazh/commands"
	"github.com/stazh/stazh/commands/intake/control"
	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/ledger/account"
	"github.com/stazh/stazh/ledger/entitlement"
	"github.com/stazh/stazh/ledger/money"
	"github.com/stazh/stazh/ledger/period"
	"github.com/stazh/stazh/ledger/rules"
)

// ForecastPlan says what a forecast assumes; the zero value assumes nothing.
type ForecastPlan struct {
	Person ledger.PersonID
	Kind   string // old_age by default
	// WorkUntil is the last day of work at Earnings a month, from the first month that is
	// not reported on.
	WorkUntil   period.Date
	Earnings    money.Amount
	Confirmed   []ConfirmedTime
	DeferMonths int
	Details     Details
}

// ConfirmedTime is a time taken as confirmed: work at Earnings a month, or a special period.
type ConfirmedTime = entitlement.Confirmed

// ForecastView is what becomes of a claim on assumptions.
type ForecastView struct {
	Kind  string       `json:"kind"`
	Title control.Text `json:"title"`
	Today period.Date  `json:"today"`
	// EntitledToday and Conditions are those of today, by the account alone.
	EntitledToday bool            `json:"entitled_today"`
	Conditions    []ConditionView `json:"conditions"`
	// FirstDay is that of the right; absent where there is none up to Horizon. From is the
	// day from which the pension is taken.
	FirstDay    period.Date      `json:"first_day,omitzero"`
	From        period.Date      `json:"from,omitzero"`
	Horizon     period.Date      `json:"horizon"`
	Unmet       []string         `json:"unmet"`
	Form        string           `json:"form,omitempty"`
	Amount      money.Amount     `json:"amount"`
	Assumptions []AssumptionView `json:"assumptions"`
	Trace       json.RawMessage  `json:"trace,omitempty"`
}

// ConditionView is one condition and how far it is from being met.
type ConditionView struct {
	Code    string          `json:"code"`
	Means   control.Text    `json:"means"`
	Met     bool            `json:"met"`
	Has     *rules.Duration `json:"has,omitempty"`
	Needs   *rules.Duration `json:"needs,omitempty"`
	Missing *rules.Duration `json:"missing,omitempty"`
	On      period.Date     `json:"on,omitzero"`
	Act     string          `json:"act,omitempty"`
}

// AssumptionView is one thing that a forecast takes for granted.
type AssumptionView struct {
	What  string      `json:"what"`
	Name  string      `json:"name,omitempty"`
	Value string      `json:"value,omitempty"`
	From  period.Date `json:"from,omitzero"`
	Until period.Date `json:"until,omitzero"`
	Act   string      `json:"act,omitempty"`
}

// forecastTimesMax bounds the confirmed times of a forecast.
const forecastTimesMax = 100

// Forecast looks ahead from the account of the reading; nothing is recorded.
func (s *Service) Forecast(ctx context.Context, c Caller, plan ForecastPlan, r Read,
) (Answer[ForecastView], error) {
	var none Answer[ForecastView]
	if plan.Kind == "" {
		plan.Kind = kindDefault
	}
	q, at, err := s.question(ctx, c, Trial{Person: plan.Person, Kind: plan.Kind,
		Details: plan.Details}, r)
	if err == nil {
		err = checkPlan(plan, q.Law, q.From)
	}
	if err != nil {
		return none, err
	}
	f, err := entitlement.Foresee(q, entitlement.Plan{Today: q.From,
		WorkUntil: plan.WorkUntil, Earnings: plan.Earnings, Confirmed: plan.Confirmed,
		DeferMonths: plan.DeferMonths})
	if err != nil {
		return none, commands.CalculationRefused(err)
	}
	view, err := viewForecast(f)
	if err != nil {
		return none, err
	}
	return answer(ctx, s, view, at)
}

// kindDefault is the benefit of a forecast that names none.
const kindDefault = "old_age"

func checkPlan(plan ForecastPlan, law *account.Law, today period.Date) error {
	if plan.WorkUntil.IsZero() != (plan.Earnings == 0) || plan.Earnings < 0 {
		return refuse(commands.Invalid, "plan_incomplete",
			"assumed work needs its last day and the earnings of a month, both or neither")
	}
	if len(plan.Confirmed) > forecastTimesMax {
		return refuse(commands.Invalid, "plan_too_long",
			"give at most %d times to take as confirmed", forecastTimesMax)
	}
	for _, x := range plan.Confirmed {
		if x.From.IsZero() || x.To < x.From || x.Earnings < 0 {
			return refuse(commands.Invalid, "period_invalid",
				"give the first and the last day as YYYY-MM-DD, the last not before the first")
		}
		if x.Kind == "" {
			continue
		}
		if _, ok := law.Code(account.ClassifierSpecial, x.Kind, x.From); !ok {
			return refuse(commands.Invalid, "period_kind_unknown",
				"no kind of special period of this code holds on %s: see the classifier %s",
				x.From, account.ClassifierSpecial)
		}
	}
	if plan.DeferMonths < 0 || !plan.WorkUntil.IsZero() && plan.WorkUntil < today {
		return refuse(commands.Invalid, "plan_in_past",
			"a forecast looks ahead of %s: give later days and no negative numbers", today)
	}
	return nil
}

func viewForecast(f *entitlement.Forecast) (ForecastView, error) {
	v := ForecastView{Kind: f.Kind, Title: control.Text(f.Title), Today: f.Today,
		EntitledToday: f.Entitled, FirstDay: f.FirstDay, From: f.From, Horizon: f.Horizon,
		Unmet: f.Unmet, Form: f.Form, Amount: f.Amount, Conditions: []ConditionView{},
		Assumptions: []AssumptionView{}}
	for _, c := range f.Conditions {
		v.Conditions = append(v.Conditions, ConditionView{c.Code, control.Text(c.Means), c.Met,
			c.Has, c.Needs, c.Missing, c.On, c.Act})
	}
	for _, a := range f.Assumptions {
		v.Assumptions = append(v.Assumptions, AssumptionView(a))
	}
	if f.Trace == nil {
		return v, nil
	}
	var err error
	v.Trace, err = f.Trace.JSON()
	return v, err
}
