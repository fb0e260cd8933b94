package rules_test

import "testing"

func TestWhoSurvives(t *testing.T) {
	t.Parallel()
	const base = `{"relation":"child","sex":"female","birth_date":"2000-02-28",
		"on_date":"2018-02-27","dependent":false}`
	yes, no := `"eligible":true`, `"eligible":false`
	vary(t, "SU-1", base, []variation{
		{change: ``, want: yes},
		{change: `"on_date":"2018-02-28"`, want: no},
		{change: `"on_date":"2018-03-01"`, want: no},
		{change: `"on_date":"2018-02-28","dependent":true,"disabled":true`, want: no},
		{change: `"on_date":"2023-02-27","student":true`, want: yes},
		{change: `"on_date":"2023-02-28","student":true`, want: no},
		{change: `"on_date":"2023-02-28","disabled_before_18":true`, want: yes},
		{change: `"relation":"sibling"`, want: yes},
		{change: `"relation":"grandchild"`, want: yes},
		{change: `"relation":"spouse"`, want: no},
		{change: `"relation":"spouse","dependent":true,"working":true`, want: yes},
		{change: `"relation":"spouse","disabled":true`, want: no},
		{change: `"relation":"grandparent","birth_date":"1930-01-01"`, want: no},
		{change: `"relation":"grandparent","dependent":true`, want: yes},
		{change: `"relation":"parent","dependent":true`, want: no},
		{change: `"relation":"parent","disabled":true,"working":true`, want: yes},
		{change: `"relation":"parent","cares_for_child_under_8":true`, want: yes},
		{change: `"relation":"parent","cares_for_child_under_8":true,"working":true`, want: no},
		// Women are 56 in 2018, men 61; work does not matter once the age is reached.
		{change: `"relation":"parent","on_date":"2018-08-27","birth_date":"1962-08-28"`, want: no},
		{change: `"relation":"parent","on_date":"2018-08-27","birth_date":"1962-08-27",
			"working":true`, want: yes},
		{change: `"relation":"parent","on_date":"2018-08-27","birth_date":"1962-08-27",
			"sex":"male"`, want: no},
		{change: `"relation":"parent","on_date":"2018-08-27","birth_date":"1957-08-27",
			"sex":"male"`, want: yes},
		{change: `"relation":"uncle"`, err: "invalid_input relation"},
		{change: `"dependent":null`, err: "invalid_input dependent"},
		{change: `"dependent":"yes"`, err: "invalid_input dependent"},
		{change: `"sex":null`, err: "invalid_input sex"},
		{change: `"student":1`, err: "invalid_input student"},
	})
}

func TestSurvivorPension(t *testing.T) {
	t.Parallel()
	const base = `{"last_covered_earnings":"1000.00","on_date":"2018-02-01",
		"survivors":[{"person_id":"a","full_orphan":false},{"person_id":"b","full_orphan":true}]}`
	one := `"survivors":[{"person_id":"a","full_orphan":false}]`
	orphan := `"survivors":[{"person_id":"a","full_orphan":true}]`
	vary(t, "SU-2", base, []variation{
		{want: `"amount":"900.00","survivors":[{"person_id":"a","amount":"400.00"},
			{"person_id":"b","amount":"500.00"}]`},
		// The minimum is 49.83 and twice that for orphans; 124.575 × 0.40 = 49.83.
		{change: `"last_covered_earnings":"0.00",` + one, want: `"amount":"49.83"`},
		{change: `"last_covered_earnings":"0.00",` + orphan, want: `"amount":"99.66"`},
		{change: `"last_covered_earnings":"124.57",` + one, want: `"amount":"49.83"`},
		{change: `"last_covered_earnings":"124.60",` + one, want: `"amount":"49.84"`},
		{change: `"last_covered_earnings":"199.34",` + orphan, want: `"amount":"99.67"`},
		// Half a kopeck goes up, in May the minimum is 51.645: each person's amount is
		// rounded, then added.
		{change: `"last_covered_earnings":"0.00","on_date":"2018-05-01",
			"survivors":[{"person_id":"a","full_orphan":false},{"person_id":"b","full_orphan":false}]`,
			want: `"amount":"103.30"`},
		{change: `"last_covered_earnings":"0.00","on_date":"2018-05-01",` + orphan,
			want: `"amount":"103.29"`},
		// Three survivors may together have more than the earnings.
		{change: `"survivors":[{"person_id":"a","full_orphan":false},
			{"person_id":"b","full_orphan":false},{"person_id":"c","full_orphan":false}]`,
			want: `"amount":"1200.00"`},
		{change: `"survivors":[]`, err: "invalid_input survivors"},
		{change: `"survivors":[{"person_id":"a"}]`, err: "invalid_input survivors[0].full_orphan"},
		{change: `"survivors":[{"person_id":"a","full_orphan":true},
			{"person_id":"a","full_orphan":true}]`, err: "invalid_input survivors[1].person_id"},
		{change: `"on_date":"2018-11-01"`, err: "missing_parameter subsistence_level"},
	})
}

func TestPartialSurvivorPension(t *testing.T) {
	t.Parallel()
	// Dead at 40: seven years were needed.
	const base = `{"last_covered_earnings":"1000.00","on_date":"2018-02-01",
		"deceased_birth_date":"1977-06-15","death_date":"2018-01-10",
		"coverage":{"years":3,"months":6,"days":0},
		"survivors":[{"person_id":"a","full_orphan":false,"mother_of_five":false}]}`
	poor := `"last_covered_earnings":"0.00","coverage":{"years":0,"months":0,"days":1}`
	vary(t, "SU-3", base, []variation{
		{want: `"months_counted":42,"months_required":84,"amount":"200.00",
			"survivors":[{"person_id":"a","amount":"200.00"}]`},
		{change: `"coverage":{"years":3,"months":6,"days":15}`,
			want: `"months_counted":42,"amount":"200.00"`},
		{change: `"coverage":{"years":3,"months":6,"days":16}`,
			want: `"months_counted":43,"amount":"204.76"`},
		{change: `"coverage":{"years":6,"months":11,"days":16}`,
			want: `"months_counted":84,"amount":"400.00"`},
		{change: `"coverage":{"years":0,"months":0,"days":15}`,
			want: `"months_counted":0,"amount":"24.92"`},
		{change: poor, want: `"months_counted":0,"amount":"24.92"`},
		{change: poor + `,"survivors":[{"person_id":"a","full_orphan":false,"mother_of_five":true}]`,
			want: `"amount":"49.83"`},
		{change: poor + `,"survivors":[{"person_id":"a","full_orphan":true,"mother_of_five":true},
			{"person_id":"b","full_orphan":true,"mother_of_five":false},
			{"person_id":"c","full_orphan":false,"mother_of_five":false}]`,
			want: `"amount":"224.24"`},
		// The full pension has its own minimum before the proportion: 49.83 / 2 = 24.915.
		{change: `"last_covered_earnings":"10.00"`, want: `"amount":"24.92"`},
		{change: `"coverage":{"years":0,"months":0,"days":0}`, err: "not_applicable coverage"},
		{change: `"coverage":{"years":7,"months":0,"days":0}`, err: "not_applicable coverage"},
		{change: `"death_date":"2017-06-14","coverage":{"years":5,"months":0,"days":0}`,
			want: `"months_required":84`},
		{change: `"deceased_birth_date":"1977-01-10","death_date":"2018-01-09"`,
			want: `"months_required":84`},
		{change: `"deceased_birth_date":"1977-01-10","death_date":"2018-01-10"`,
			want: `"months_required":108`},
		{change: `"coverage":{"years":1,"months":12,"days":0}`,
			err: "invalid_input coverage.months"},
		{change: `"survivors":[{"person_id":"a","full_orphan":true}]`,
			err: "invalid_input survivors[0].mother_of_five"},
		{change: `"death_date":"1977-06-14"`, err: "invalid_input death_date"},
	})
}

func TestOrphansSocialPension(t *testing.T) {
	t.Parallel()
	const base = `{"birth_date":"2000-02-29","on_date":"2018-02-27"}`
	refused := `"eligible":false,"reason":"age_limit","amount":"0.00"`
	paid := `"eligible":true,"reason":null,"amount":"169.42"`
	vary(t, "SU-4", base, []variation{
		{want: paid},
		// Born on 29 February, 18 on the 28th.
		{change: `"on_date":"2018-02-28"`, want: refused},
		{change: `"on_date":"2018-02-28","student":true`, want: paid},
		{change: `"on_date":"2018-02-28","disabled_before_18":true`, want: paid},
		{change: `"on_date":"2023-02-27","student":true`, want: `"eligible":true,"amount":"290.26"`},
		{change: `"on_date":"2023-02-28","student":true`, want: refused},
		{change: `"on_date":"2018-01-31"`, want: `"amount":"168.14"`},
		{change: `"on_date":"2018-05-01","student":true`, want: `"amount":"175.59"`},
	})
}

func TestFuneralGrant(t *testing.T) {
	t.Parallel()
	const base = `{"date_of_death":"2018-02-10","claim_date":"2018-08-10"}`
	late := `"eligible":false,"reason":"claim_late","amount":"0.00"`
	vary(t, "SU-5", base, []variation{
		{want: `"eligible":true,"reason":null,"last_claim_date":"2018-08-10","amount":"859.00"`},
		{change: `"claim_date":"2018-08-11"`, want: late},
		{change: `"date_of_death":"2018-08-31","claim_date":"2019-02-28"`,
			err: "missing_parameter national_average_wage"},
		{change: `"date_of_death":"2018-08-31","claim_date":"2019-03-01"`,
			want: late + `,"last_claim_date":"2019-02-28"`},
		{change: `"burial_date":"2018-03-31"`, want: `"last_claim_date":"2018-08-10"`},
		{change: `"burial_date":"2018-03-31","late_discovery":true,"claim_date":"2018-09-30"`,
			want: `"eligible":true,"last_claim_date":"2018-09-30","amount":"859.00"`},
		{change: `"burial_date":"2018-03-31","late_discovery":true,"claim_date":"2018-10-01"`,
			want: late},
		{change: `"late_discovery":true`, err: "invalid_input burial_date"},
		{change: `"date_of_death":"2018-06-30","claim_date":"2018-07-01"`,
			want: `"amount":"943.90"`},
		{change: `"date_of_death":"2018-03-10"`, err: "missing_parameter national_average_wage"},
		{change: `"date_of_death":"2018-07-01","parameters":{"funeral_wage_lag_months":"2"}`,
			want: `"amount":"943.90"`},
		{change: `"parameters":{"funeral_claim_months":"5"}`,
			want: `"eligible":false,"last_claim_date":"2018-07-10"`},
		{change: `"claim_date":"2018-02-09"`, err: "invalid_input claim_date"},
	})
}
