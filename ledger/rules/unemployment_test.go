package rules_test

import "testing"

func TestWhoIsUnemployed(t *testing.T) {
	t.Parallel()
	const base = `{"sex":"female","birth_date":"1990-01-01","on_date":"2018-08-27",
		"registered":true,"day_student":false,"in_service":false,"in_business":false,
		"able_and_willing":true,"involuntary":true,
		"paid_weeks_last_12_months":12,"covered_months_total":0,"public_works_days":0}`
	vary(t, "UN-1", base, []variation{
		{want: `"eligible":true,"reasons":[],"track":"regular"`},
		{change: `"paid_weeks_last_12_months":11`, want: `"track":"first_time"`},
		{change: `"paid_weeks_last_12_months":11,"covered_months_total":11`,
			want: `"track":"first_time"`},
		{change: `"paid_weeks_last_12_months":11,"covered_months_total":12`,
			want: `"track":"covered"`},
		{change: `"paid_weeks_last_12_months":0,"public_works_days":21`,
			want: `"track":"first_time"`},
		{change: `"paid_weeks_last_12_months":0,"public_works_days":22`, want: `"track":"covered"`},
		{change: `"covered_months_total":100,"public_works_days":100`, want: `"track":"regular"`},
		{change: `"birth_date":"2002-08-28"`,
			want: `"eligible":false,"reasons":["under_age"],"track":null`},
		{change: `"birth_date":"2002-08-27"`, want: `"eligible":true`},
		{change: `"birth_date":"1962-08-27"`,
			want: `"eligible":false,"reasons":["pension_age"],"track":null`},
		{change: `"birth_date":"1962-08-28"`, want: `"eligible":true`},
		{change: `"birth_date":"1962-08-27","sex":"male"`, want: `"eligible":true`},
		{change: `"birth_date":"2003-01-01","registered":false,"day_student":true,
			"in_service":true,"in_business":true,"able_and_willing":false,"involuntary":false`,
			want: `"eligible":false,"track":null,"reasons":["in_business","in_service",
			"not_able_or_willing","not_registered","student","under_age","voluntary"]`},
		{change: `"registered":null`, err: "invalid_input registered"},
		{change: `"public_works_days":null`, err: "invalid_input public_works_days"},
		{change: `"birth_date":"2018-08-28"`, err: "invalid_input on_date"},
	})
}

func TestUnemploymentBenefit(t *testing.T) {
	t.Parallel()
	const base = `{"track":"regular","week":13,"average_earnings":"50.00",
		"on_date":"2018-02-01"}`
	covered := `"average_earnings":null,"track":"covered"`
	first := `"average_earnings":null,"track":"first_time"`
	vary(t, "UN-2", base, []variation{
		{want: `"rate":"0.70","cap_applied":false,"amount":"35.00"`},
		{change: `"week":1`, want: `"rate":"0.70"`},
		{change: `"week":14`, want: `"rate":"0.50","amount":"25.00"`},
		{change: `"week":26`, want: `"rate":"0.50"`},
		// Two base values of 24.50 are the most.
		{change: `"average_earnings":"70.00"`, want: `"cap_applied":false,"amount":"49.00"`},
		{change: `"average_earnings":"70.01"`, want: `"cap_applied":true,"amount":"49.00"`},
		{change: `"average_earnings":"0.00"`, want: `"amount":"0.00"`},
		{change: covered, want: `"rate":"1.00","cap_applied":false,"amount":"24.50"`},
		{change: covered + `,"week":14`, want: `"rate":"0.75","amount":"18.38"`},
		{change: first, want: `"rate":"0.85","amount":"20.83"`},
		{change: first + `,"week":14`, want: `"rate":"0.70","amount":"17.15"`},
		{change: covered + `,"on_date":"2017-12-31"`, want: `"amount":"23.00"`},
		{change: covered + `,"parameters":{"unemployment_max_base_values":"0.5"}`,
			want: `"cap_applied":true,"amount":"12.25"`},
		{change: `"week":0`, err: "invalid_input week"},
		{change: `"week":27`, err: "invalid_input week"},
		{change: `"average_earnings":null`, err: "invalid_input average_earnings"},
		{change: `"track":"covered"`, err: "invalid_input average_earnings"},
		{change: `"track":null`, err: "invalid_input track"},
		{change: `"on_date":"2013-09-30"`, err: "missing_parameter base_value"},
	})
}
