package rules_test

import "testing"

func TestSicknessBenefit(t *testing.T) {
	t.Parallel()
	const base = `{"start_date":"2018-02-01","end_date":"2018-02-12",
		"average_daily_earnings":"10.00"}`
	vary(t, "SI-1", base, []variation{
		{want: `"days":12,"days_reduced":12,"days_full":0,"gross_amount":"96.00",
			"cap_applied":false,"amount":"96.00"`},
		{change: `"end_date":"2018-02-13"`, want: `"days":13,"days_reduced":12,"days_full":1,
			"gross_amount":"106.00","amount":"106.00"`},
		{change: `"end_date":"2018-02-01"`, want: `"days":1,"days_reduced":1,"days_full":0,
			"amount":"8.00"`},
		{change: `"average_daily_earnings":"0.00"`, want: `"cap_applied":false,"amount":"0.00"`},
		// 300 % of 859.00 is 2577.00 for a whole month: 92.0357… for each day of February.
		{change: `"average_daily_earnings":"500.00","end_date":"2018-02-28"`,
			want: `"gross_amount":"12800.00","cap_applied":true,"amount":"2577.00"`},
		{change: `"average_daily_earnings":"500.00","end_date":"2018-02-14"`,
			want: `"gross_amount":"5800.00","cap_applied":true,"amount":"1288.50"`},
		{change: `"average_daily_earnings":"115.04"`,
			want: `"gross_amount":"1104.38","cap_applied":false,"amount":"1104.38"`},
		{change: `"average_daily_earnings":"115.05"`,
			want: `"gross_amount":"1104.48","cap_applied":true,"amount":"1104.43"`},
		// Each calendar month has its own maximum, by its own number of days: February is
		// below it (9 days of 80.00), March above (3 of 80.00 and 7 of 100.00 against
		// 10/31 of 2577.00).
		{change: `"start_date":"2018-02-20","end_date":"2018-03-10",
			"average_daily_earnings":"100.00"`,
			want: `"gross_amount":"1660.00","cap_applied":true,"amount":"1551.29"`},
		// The wage of the month before the start counts in all months.
		{change: `"start_date":"2018-06-30","end_date":"2018-07-01",
			"average_daily_earnings":"200.00"`, want: `"cap_applied":true,"amount":"185.74"`},
		{change: `"parameters":{"sickness_reduced_days":"6"}`,
			want: `"days_reduced":6,"days_full":6,"amount":"108.00"`},
		{change: `"parameters":{"sickness_max_multiple":"0.1"}`,
			want: `"cap_applied":true,"amount":"36.81"`},
		{change: `"end_date":"2018-01-31"`, err: "invalid_input end_date"},
		{change: `"start_date":"2018-03-01","end_date":"2018-03-01"`,
			err: "missing_parameter national_average_wage"},
	})
}

func TestCareOfASickChild(t *testing.T) {
	t.Parallel()
	const base = `{"child_birth_date":"2004-02-11","child_disabled":false,"hospitalised":false,
		"start_date":"2018-02-10","end_date":"2018-02-23","average_daily_earnings":"10.00"}`
	refused := `"eligible":false,"reason":"age_limit","days_paid":0,"amount":"0.00"`
	vary(t, "SI-2", base, []variation{
		{want: `"eligible":true,"reason":null,"days_paid":14,"amount":"140.00"`},
		// The age on the first day decides, also where the birthday falls within.
		{change: `"child_birth_date":"2004-02-10"`, want: refused},
		{change: `"child_birth_date":"2004-02-09"`, want: refused},
		{change: `"child_birth_date":"2004-02-09","child_disabled":true`,
			want: `"eligible":true,"days_paid":14`},
		{change: `"child_birth_date":"2000-02-11","child_disabled":true`, want: `"eligible":true`},
		{change: `"child_birth_date":"2000-02-10","child_disabled":true`, want: refused},
		{change: `"end_date":"2018-02-22"`, want: `"days_paid":13,"amount":"130.00"`},
		{change: `"end_date":"2018-02-24"`, want: `"days_paid":14,"amount":"140.00"`},
		{change: `"end_date":"2018-02-24","hospitalised":true`,
			want: `"days_paid":15,"amount":"150.00"`},
		{change: `"average_daily_earnings":"100.00"`, want: `"amount":"1288.50"`},
		{change: `"end_date":"2018-02-24","parameters":{"sick_child_days":"1"}`,
			want: `"days_paid":1,"amount":"10.00"`},
		{change: `"end_date":"2018-02-09"`, err: "invalid_input end_date"},
		{change: `"hospitalised":null`, err: "invalid_input hospitalised"},
		{change: `"child_birth_date":"2018-02-11"`, err: "invalid_input start_date"},
	})
}
