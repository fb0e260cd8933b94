package rules_test

import "testing"

func TestInjuryBenefitByDays(t *testing.T) {
	t.Parallel()
	const base = `{"start_date":"2018-02-27","end_date":"2018-03-02",
		"average_daily_earnings":"100.01"}`
	vary(t, "WI-1", base, []variation{
		{want: `"days":4,"amount":"400.04"`},
		{change: `"end_date":"2018-02-27"`, want: `"days":1,"amount":"100.01"`},
		{change: `"end_date":"2018-02-26"`, err: "invalid_input end_date"},
		{change: `"gross_negligence":true`, want: `"amount":"400.04"`},
		{change: `"gross_negligence":true,"reduction":"0.00"`, want: `"amount":"400.04"`},
		{change: `"gross_negligence":true,"reduction":"0.50"`, want: `"amount":"200.02"`},
		// 100.01 × 0.5 = 50.005
		{change: `"gross_negligence":true,"reduction":"0.50","end_date":"2018-02-27"`,
			want: `"amount":"50.01"`},
		{change: `"gross_negligence":true,"reduction":"0.51"`, err: "invalid_input reduction"},
		{change: `"reduction":"0.10"`, err: "invalid_input reduction"},
		{change: `"reduction":"0.00"`, want: `"amount":"400.04"`},
		{change: `"gross_negligence":false,"reduction":"0.10"`, err: "invalid_input reduction"},
		{change: `"gross_negligence":true,"reduction":0.1`, err: "invalid_input reduction"},
	})
}

func TestInjuryPension(t *testing.T) {
	t.Parallel()
	const base = `{"adjusted_monthly_earnings":"515.40","loss_of_capacity":"1",
		"on_date":"2018-02-28"}`
	vary(t, "WI-2", base, []variation{
		{want: `"floor_applied":false,"amount":"515.40"`},
		{change: `"adjusted_monthly_earnings":"515.39"`, want: `"floor_applied":true,
			"amount":"515.40"`},
		{change: `"adjusted_monthly_earnings":"515.41"`, want: `"floor_applied":false,
			"amount":"515.41"`},
		{change: `"adjusted_monthly_earnings":"0.00","on_date":"2018-06-01"`,
			want: `"floor_applied":true,"amount":"566.34"`},
		{change: `"adjusted_monthly_earnings":"1000.00","loss_of_capacity":"0.25"`,
			want: `"amount":"250.00"`},
		{change: `"loss_of_capacity":"0.60","gross_negligence":true,"reduction":"0.25"`,
			want: `"amount":"231.93"`},
		{change: `"loss_of_capacity":"0"`, err: "invalid_input loss_of_capacity"},
		{change: `"loss_of_capacity":"1.01"`, err: "invalid_input loss_of_capacity"},
		{change: `"reduction":"0.25"`, err: "invalid_input reduction"},
		{change: `"on_date":"2018-03-01"`, err: "missing_parameter national_average_wage"},
	})
	// Six times the unrounded pension: 515.40 × 0.33 = 170.082.
	vary(t, "WI-3", base, []variation{
		{want: `"monthly_pension":"515.40","amount":"3092.40"`},
		{change: `"loss_of_capacity":"0.33"`, want: `"monthly_pension":"170.08","amount":"1020.49"`},
		{change: `"gross_negligence":true,"reduction":"0.50"`,
			want: `"monthly_pension":"257.70","amount":"1546.20"`},
	})
}

func TestInjurySurvivors(t *testing.T) {
	t.Parallel()
	const shares = `{"adjusted_monthly_earnings":"1000.00","survivor_ids":["a","b"]}`
	vary(t, "WI-4", shares, []variation{
		{want: `"share":"333.33","amount":"666.66","survivors":[
			{"person_id":"a","amount":"333.33"},{"person_id":"b","amount":"333.33"}]`},
		{change: `"able_bodied_dependants_without_right":1`,
			want: `"share":"250.00","amount":"500.00"`},
		{change: `"adjusted_monthly_earnings":"0.05","survivor_ids":["a"]`,
			want: `"share":"0.03","amount":"0.03"`},
		{change: `"survivor_ids":[]`, err: "invalid_input survivor_ids"},
		{change: `"survivor_ids":["a","a"]`, err: "invalid_input survivor_ids[1]"},
		{change: `"survivor_ids":[1]`, err: "invalid_input survivor_ids[0]"},
		{change: `"able_bodied_dependants_without_right":-1`,
			err: "invalid_input able_bodied_dependants_without_right"},
	})
	vary(t, "WI-5", `{"date_of_death":"2018-02-10","survivor_ids":["c","a","b"]}`, []variation{
		{want: `"amount":"10308.00","survivors":[{"person_id":"c","amount":"3436.00"},
			{"person_id":"a","amount":"3436.00"},{"person_id":"b","amount":"3436.00"}]`},
		{change: `"parameters":{"national_average_wage":"859.01"}`,
			want: `"amount":"10308.12","survivors":[{"person_id":"c","amount":"3436.04"},
			{"person_id":"a","amount":"3436.04"},{"person_id":"b","amount":"3436.04"}]`},
		{change: `"survivor_ids":["z","y","x","w","v","u","t"]`,
			want: `"amount":"10308.00","survivors":[{"person_id":"z","amount":"1472.58"},
			{"person_id":"y","amount":"1472.57"},{"person_id":"x","amount":"1472.57"},
			{"person_id":"w","amount":"1472.57"},{"person_id":"v","amount":"1472.57"},
			{"person_id":"u","amount":"1472.57"},{"person_id":"t","amount":"1472.57"}]`},
		{change: `"date_of_death":"2018-06-01","survivor_ids":["a"]`, want: `"amount":"11326.80"`},
		{change: `"date_of_death":"2018-03-01"`, err: "missing_parameter national_average_wage"},
	})
	vary(t, "WI-6", `{"benefit_amount":"100.01"}`, []variation{
		{want: `"amount":"100.01"`},
		{change: `"gross_negligence":true,"reduction":"0.50"`, want: `"amount":"50.01"`},
		{change: `"gross_negligence":true,"reduction":"0.33"`, want: `"amount":"67.01"`},
		{change: `"reduction":"0.33"`, err: "invalid_input reduction"},
	})
}

func TestWhoSurvivesAnInjury(t *testing.T) {
	t.Parallel()
	const base = `{"relation":"other_relative","sex":"female","birth_date":"1990-01-01",
		"on_date":"2018-08-27"}`
	yes, no := `"eligible":true`, `"eligible":false`
	vary(t, "WI-7", base, []variation{
		{want: no},
		{change: `"relation":"spouse"`, want: yes},
		{change: `"disabled":true`, want: yes},
		{change: `"birth_date":"1962-08-27"`, want: yes},
		{change: `"birth_date":"1962-08-28"`, want: no},
		{change: `"birth_date":"1957-08-27","sex":"male","working":true`, want: yes},
		{change: `"birth_date":"1957-08-28","sex":"male"`, want: no},
		{change: `"cares_for_dependant_under_14_or_disabled":true`, want: yes},
		{change: `"cares_for_dependant_under_14_or_disabled":true,"working":true`, want: no},
		{change: `"designated_parent":true`, want: no},
		{change: `"student":true,"birth_date":"2010-01-01"`, want: no},
		{change: `"relation":"parent"`, want: no},
		{change: `"relation":"parent","designated_parent":true,"working":true`, want: yes},
		{change: `"relation":"parent","cares_for_dependant_under_14_or_disabled":true`, want: yes},
		{change: `"relation":"parent","cares_for_dependant_under_14_or_disabled":true,
			"working":true`, want: no},
		{change: `"relation":"child"`, want: no},
		{change: `"relation":"child","cares_for_dependant_under_14_or_disabled":true`, want: no},
		{change: `"relation":"child","birth_date":"2000-08-28"`, want: yes},
		{change: `"relation":"child","birth_date":"2000-08-27"`, want: no},
		{change: `"relation":"child","birth_date":"2000-08-27","student":true`, want: yes},
		{change: `"relation":"child","birth_date":"1995-08-28","student":true`, want: yes},
		{change: `"relation":"child","birth_date":"1995-08-27","student":true`, want: no},
		{change: `"relation":"child","disabled":true`, want: yes},
		{change: `"relation":"sibling"`, err: "invalid_input relation"},
	})
}
