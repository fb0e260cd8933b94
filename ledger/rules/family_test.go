package rules_test

import "testing"

func TestChildAllowance(t *testing.T) {
	t.Parallel()
	const base = `{"child_birth_date":"2016-02-01","on_date":"2018-02-01","child_order":1,
		"child_disabled":false}`
	vary(t, "FA-1", base, []variation{
		{want: `"eligible":true,"reason":null,"rate":"0.35","amount":"312.03"`},
		{change: `"child_order":2`, want: `"rate":"0.40","amount":"356.60"`},
		{change: `"child_order":7`, want: `"rate":"0.40","amount":"356.60"`},
		{change: `"child_disabled":true`, want: `"rate":"0.45","amount":"401.18"`},
		{change: `"child_disabled":true,"child_order":2`, want: `"rate":"0.45"`},
		{change: `"child_birth_date":"2015-02-02"`, want: `"eligible":true`},
		{change: `"child_birth_date":"2015-02-01"`,
			want: `"eligible":false,"reason":"age_limit","rate":"0.00","amount":"0.00"`},
		{change: `"on_date":"2018-01-31"`, want: `"amount":"278.88"`},
		{change: `"on_date":"2018-07-31"`, want: `"amount":"312.03"`},
		{change: `"on_date":"2018-08-01"`, err: "missing_parameter quarterly_average_wage"},
		{change: `"child_order":0`, err: "invalid_input child_order"},
		{change: `"child_birth_date":"2018-02-02"`, err: "invalid_input on_date"},
	})
}

func TestSupplementForOlderChildren(t *testing.T) {
	t.Parallel()
	const base = `{"child_birth_dates":["2016-02-01","2010-01-01"],"on_date":"2018-02-01"}`
	young := `"eligible":false,"reason":"no_child_under_3","amount":"0.00"`
	old := `"eligible":false,"reason":"no_child_3_to_18","amount":"0.00"`
	vary(t, "FA-2", base, []variation{
		{want: `"eligible":true,"reason":null,"amount":"99.66"`},
		{change: `"on_date":"2018-05-01"`, want: `"amount":"103.29"`},
		{change: `"child_birth_dates":["2016-01-01","2010-01-01","2012-01-01","2017-01-01"]`,
			want: `"eligible":true,"amount":"99.66"`},
		{change: `"child_birth_dates":["2015-02-01","2010-01-01"]`, want: young},
		{change: `"child_birth_dates":["2015-02-02","2015-02-01"]`, want: `"eligible":true`},
		{change: `"child_birth_dates":["2015-02-02","2016-01-01"]`, want: old},
		{change: `"child_birth_dates":["2016-01-01","2000-02-02"]`, want: `"eligible":true`},
		{change: `"child_birth_dates":["2016-01-01","2000-02-01"]`, want: old},
		{change: `"child_birth_dates":["2000-02-01"]`, want: young},
		{change: `"child_birth_dates":[]`, err: "invalid_input child_birth_dates"},
		{change: `"child_birth_dates":["2016-01-01","x"]`,
			err: "invalid_input child_birth_dates[1]"},
	})
}

func TestAllowancesOnTheSubsistenceLevel(t *testing.T) {
	t.Parallel()
	refused := `"eligible":false,"reason":"age_limit","amount":"0.00"`
	const certain = `{"child_birth_date":"2015-02-01","on_date":"2018-02-01",
		"child_disabled":false,"family_kind":"father_in_service"}`
	vary(t, "FA-3", certain, []variation{
		{want: `"eligible":true,"reason":null,"amount":"99.66"`},
		{change: `"child_disabled":true`, want: `"amount":"139.52"`},
		{change: `"family_kind":"both_parents_disabled"`, want: `"amount":"99.66"`},
		{change: `"family_kind":"single_parent_disabled"`, want: `"amount":"99.66"`},
		{change: `"family_kind":"one_disabled_other_carer"`, want: `"amount":"99.66"`},
		{change: `"family_kind":"large"`, err: "invalid_input family_kind"},
		{change: `"child_birth_date":"2015-02-02"`, want: refused},
		{change: `"child_birth_date":"2000-02-02"`, want: `"eligible":true`},
		{change: `"child_birth_date":"2000-02-01"`, want: refused},
	})
	const loss = `{"child_birth_date":"2015-02-01","on_date":"2018-02-01","health_loss_degree":3}`
	vary(t, "FA-4", loss, []variation{
		{want: `"eligible":true,"reason":null,"amount":"239.18"`},
		{change: `"health_loss_degree":4`, want: `"amount":"239.18"`},
		{change: `"child_birth_date":"2015-02-02"`, want: `"amount":"199.32"`},
		{change: `"health_loss_degree":1`, want: `"amount":"199.32"`},
		{change: `"health_loss_degree":2,"child_birth_date":"2017-01-01"`,
			want: `"amount":"199.32"`},
		{change: `"child_birth_date":"2000-02-02"`, want: `"amount":"239.18"`},
		{change: `"child_birth_date":"2000-02-01"`, want: refused},
		{change: `"health_loss_degree":0`, err: "invalid_input health_loss_degree"},
		{change: `"health_loss_degree":5`, err: "invalid_input health_loss_degree"},
	})
	vary(t, "FA-5", `{"child_birth_date":"2000-02-02","on_date":"2018-02-01"}`, []variation{
		{want: `"eligible":true,"reason":null,"amount":"139.52"`},
		{change: `"on_date":"2018-02-02"`, want: refused},
		{change: `"on_date":"2018-05-01","child_birth_date":"2018-05-01"`,
			want: `"amount":"144.61"`},
	})
}

func TestCareAllowances(t *testing.T) {
	t.Parallel()
	const care = `{"child_birth_date":"2013-02-02","child_disabled":false,
		"care_setting":"hospital","start_date":"2018-02-01","end_date":"2018-02-20",
		"average_daily_earnings":"1000.00"}`
	refused := `"eligible":false,"reason":"age_limit","days":0,"amount":"0.00"`
	vary(t, "FA-6", care, []variation{
		{want: `"eligible":true,"reason":null,"days":20,"amount":"20000.00"`},
		{change: `"start_date":"2018-02-02"`, want: refused},
		{change: `"start_date":"2018-02-02","child_disabled":true`, want: refused},
		{change: `"care_setting":"hospital_specialist"`, want: `"eligible":true`},
		{change: `"care_setting":"hospital_specialist","child_birth_date":"2004-02-02"`,
			want: `"eligible":true`},
		{change: `"care_setting":"hospital_specialist","child_birth_date":"2004-02-01"`,
			want: refused},
		{change: `"care_setting":"hospital_specialist","child_birth_date":"2000-02-02",
			"child_disabled":true`, want: `"eligible":true`},
		{change: `"care_setting":"hospital_specialist","child_birth_date":"2000-02-01",
			"child_disabled":true`, want: refused},
		{change: `"care_setting":"outpatient","child_birth_date":"2004-02-02"`,
			want: `"eligible":true,"days":20`},
		{change: `"care_setting":"outpatient","child_birth_date":"2004-02-01"`, want: refused},
		{change: `"care_setting":"outpatient","child_birth_date":"2000-02-02",
			"child_disabled":true`, want: `"eligible":true`},
		{change: `"care_setting":"home"`, err: "invalid_input care_setting"},
		{change: `"end_date":"2018-01-31"`, err: "invalid_input end_date"},
	})
	const sanatorium = `{"child_birth_date":"2000-02-02","child_disabled":true,
		"start_date":"2018-02-01","end_date":"2018-02-21","average_daily_earnings":"10.01"}`
	vary(t, "FA-7", sanatorium, []variation{
		{want: `"eligible":true,"reason":null,"days":21,"amount":"210.21"`},
		{change: `"start_date":"2018-02-02"`, want: refused},
		{change: `"child_disabled":false`,
			want: `"eligible":false,"reason":"not_disabled","days":0,"amount":"0.00"`},
		{change: `"child_disabled":false,"start_date":"2018-02-02"`,
			want: `"reason":"not_disabled"`},
	})
}

func TestBirthGrant(t *testing.T) {
	t.Parallel()
	const base = `{"child_birth_date":"2018-02-02","children_born":1,"previous_children":0}`
	vary(t, "FA-8", base, []variation{
		{want: `"eligible":true,"reason":null,"child_amounts":["1993.20"],"amount":"1993.20"`},
		// The level is that of the day before the birth.
		{change: `"child_birth_date":"2018-02-01"`, want: `"amount":"1978.10"`},
		{change: `"child_birth_date":"2018-05-01"`, want: `"amount":"1993.20"`},
		{change: `"child_birth_date":"2018-05-02"`, want: `"amount":"2065.80"`},
		{change: `"previous_children":1`, want: `"child_amounts":["2790.48"],"amount":"2790.48"`},
		{change: `"children_born":2`,
			want: `"child_amounts":["1993.20","2790.48"],"amount":"4783.68"`},
		{change: `"children_born":3,"previous_children":1`, want: `"amount":"8371.44"`},
		{change: `"child_birth_date":"2018-02-28","adoption_date":"2018-08-27"`,
			want: `"eligible":true,"amount":"1993.20"`},
		{change: `"child_birth_date":"2018-02-28","adoption_date":"2018-08-28"`,
			want: `"eligible":false,"reason":"age_limit","child_amounts":[],"amount":"0.00"`},
		{change: `"parameters":{"birth_grant_first":"1","birth_grant_next":"2"},
			"children_born":2`, want: `"child_amounts":["199.32","398.64"]`},
		{change: `"children_born":0`, err: "invalid_input children_born"},
		{change: `"previous_children":null`, err: "invalid_input previous_children"},
		{change: `"adoption_date":"2018-02-01"`, err: "invalid_input adoption_date"},
	})
}
