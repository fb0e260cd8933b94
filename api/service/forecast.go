package service

import (
	"context"
	"encoding/json"

	"github.com/google/uuid"

	"github.com/stazh/stazh/commands"
	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/ledger/account"
	"github.com/stazh/stazh/ledger/entitlement"
	"github.com/stazh/stazh/ledger/money"
	"github.com/stazh/stazh/ledger/period"
)

// ForecastPlan says what a forecast assumes; the zero value assumes nothing. Today is the day
// of the reading.
type ForecastPlan struct {
	Person ledger.PersonID
	Kind   string // old_age by default
	entitlement.Plan
	Details Details
}

// ConfirmedTime is a time taken as confirmed: work at Earnings a month, or a special period.
type ConfirmedTime = entitlement.Confirmed

// ForecastView is what becomes of a claim on assumptions, with its trace as JSON.
type ForecastView struct {
	entitlement.Forecast
	// Awarded is the benefit of the kind that the person has already; absent without one. The
	// forecast is what a new claim would come to.
	Awarded *AwardedView    `json:"awarded,omitempty"`
	Trace   json.RawMessage `json:"trace,omitempty"`
}

// AwardedView is a benefit in force.
type AwardedView struct {
	Case   uuid.UUID    `json:"case"`
	From   period.Date  `json:"from"`   // of the award
	Amount money.Amount `json:"amount"` // in BYN, on the day of the forecast
}

// awardedOn finds the benefit of a kind that a person has on a day; nil for none.
func awardedOn(p *account.Person, kind string, on period.Date) *AwardedView {
	for i := range p.Cases {
		x := &p.Cases[i]
		if x.Kind != kind || x.State != account.CaseAwarded || x.Award.From > on ||
			!x.Last.IsZero() && x.Last < on {
			continue
		}
		v := &AwardedView{Case: x.ID, From: x.Award.From}
		var since period.Date
		for _, a := range x.Amounts {
			if a.From <= on && a.From >= since {
				since, v.Amount = a.From, a.Amount
			}
		}
		return v
	}
	return nil
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
		err = checkPlan(plan.Plan, q.Law, q.From)
	}
	if err != nil {
		return none, err
	}
	plan.Today = q.From
	f, err := entitlement.Foresee(q, plan.Plan)
	if err != nil {
		return none, commands.CalculationRefused(err)
	}
	view, err := viewForecast(f)
	if err != nil {
		return none, err
	}
	view.Awarded = awardedOn(q.Person, plan.Kind, q.From)
	return answer(ctx, s, view, at)
}

// kindDefault is the benefit of a forecast that names none.
const kindDefault = "old_age"

func checkPlan(plan entitlement.Plan, law *account.Law, today period.Date) error {
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

func viewForecast(f *entitlement.Forecast) (v ForecastView, err error) {
	v.Forecast = *f
	if f.Trace != nil {
		v.Trace, err = f.Trace.JSON()
	}
	return v, err
}
