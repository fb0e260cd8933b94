package rules_test

import "testing"

func TestMaternityLeave(t *testing.T) {
	t.Parallel()
	const base = `{"kind":"birth","expected_birth_date":"2018-05-01"}`
	vary(t, "MA-1", base, []variation{
		{want: `"eligible":true,"reason":null,"days":126,"earliest_start":"2018-02-20"`},
		{change: `"complications":true`, want: `"days":140,"earliest_start":"2018-02-20"`},
		{change: `"multiple_birth":true`, want: `"days":140`},
		{change: `"complications":true,"multiple_birth":true`, want: `"days":140`},
		{change: `"complications":false,"multiple_birth":false`, want: `"days":126`},
		{change: `"expected_birth_date":null`, err: "invalid_input expected_birth_date"},
		{change: `"kind":null`, err: "invalid_input kind"},
	})
	const adoption = `{"kind":"adoption","child_birth_date":"2017-11-30",
		"adoption_date":"2018-02-27"}`
	vary(t, "MA-1", adoption, []variation{
		{want: `"eligible":true,"reason":null,"days":70,"earliest_start":"2018-02-27"`},
		// Three months after 30 November is the last day of February.
		{change: `"adoption_date":"2018-02-28"`,
			want: `"eligible":false,"reason":"age_limit","days":0,"earliest_start":null`},
		{change: `"multiple_birth":true`, want: `"days":70`},
		{change: `"adoption_date":"2017-11-30"`, want: `"eligible":true,"days":70`},
		{change: `"adoption_date":"2017-11-29"`, err: "invalid_input adoption_date"},
		{change: `"adoption_date":null`, err: "invalid_input adoption_date"},
		{change: `"child_birth_date":null`, err: "invalid_input child_birth_date"},
	})
}

func TestMaternityBenefit(t *testing.T) {
	t.Parallel()
	// The six months August to January have 184 days.
	const base = `{"beneficiary":"employed","monthly_amount":"920.00",
		"start_date":"2018-02-15","days":126}`
	vary(t, "MA-2", base, []variation{
		{want: `"average_daily_earnings":"30.00","floor_applied":false,"cap_applied":false,
			"amount":"3780.00"`},
		{change: `"days":1`, want: `"amount":"30.00"`},
		{change: `"days":140`, want: `"amount":"4200.00"`},
		{change: `"monthly_amount":"0.00"`, want: `"average_daily_earnings":"0.00",
			"floor_applied":true,"cap_applied":false,"amount":"415.25"`},
		{change: `"monthly_amount":"9200.00"`, want: `"average_daily_earnings":"300.00",
			"floor_applied":false,"cap_applied":true,"amount":"10737.50"`},
		// A student's grant is a sum for the month: 70.00 is below 99.66 in every month.
		{change: `"beneficiary":"student","monthly_amount":"70.00"`,
			want: `"average_daily_earnings":null,"floor_applied":true,"cap_applied":false,
			"amount":"415.25"`},
		{change: `"beneficiary":"unemployed","monthly_amount":"99.66"`,
			want: `"average_daily_earnings":null,"floor_applied":false,"amount":"415.25"`},
		{change: `"beneficiary":"student","monthly_amount":"100.00","start_date":"2018-02-01",
			"days":42`, want: `"floor_applied":false,"amount":"145.16"`},
		// The level at the start counts for the whole leave, also for its days in May.
		{change: `"beneficiary":"student","monthly_amount":"0.00","start_date":"2018-02-01",
			"days":120`, want: `"amount":"398.64"`},
		// Half a kopeck: 15/30 of 103.29 is 51.645.
		{change: `"beneficiary":"student","monthly_amount":"0.00","start_date":"2018-06-01",
			"days":15`, want: `"floor_applied":true,"amount":"51.65"`},
		{change: `"days":0`, err: "invalid_input days"},
		{change: `"days":141`, err: "invalid_input days"},
		{change: `"days":"126"`, err: "invalid_input days"},
		{change: `"beneficiary":"pupil"`, err: "invalid_input beneficiary"},
		{change: `"start_date":"2018-03-01"`, err: "missing_parameter national_average_wage"},
		{change: `"start_date":"2019-01-15"`, err: "missing_parameter subsistence_level"},
	})
}

func TestPrenatalCareGrant(t *testing.T) {
	t.Parallel()
	vary(t, "MA-3", `{"registration_week":11,"on_date":"2018-02-01"}`, []variation{
		{want: `"eligible":true,"reason":null,"amount":"199.32"`},
		{change: `"on_date":"2018-05-01"`, want: `"amount":"206.58"`},
		{change: `"registration_week":12`,
			want: `"eligible":false,"reason":"registered_late","amount":"0.00"`},
		{change: `"registration_week":0`, want: `"eligible":true`},
		{change: `"registration_week":-1`, err: "invalid_input registration_week"},
		{change: `"registration_week":1.5`, err: "invalid_input registration_week"},
	})
}
