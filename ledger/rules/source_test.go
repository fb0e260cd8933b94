package rules_test

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/stazh/stazh/ledger/rules"
)

// sourced is a figure of the source, or one that follows from its words alone.
type sourced struct {
	// words are quoted from "Social Security Programs Throughout the World: Europe, 2018,
	// Belarus", or from the catalogue's reading of it.
	words, rule, input string
	// want are the fields of the answer that the words give.
	want string
}

// requireFields compares the fields of want with those of the answer.
func requireFields(t *testing.T, law *rules.Law, c sourced) {
	t.Helper()
	output, err := rules.Run(law, c.rule, []byte(c.input))
	require.NoError(t, err, "%s %s", c.rule, c.input)
	got, want := decoded(t, output), decoded(t, []byte(c.want))
	for name, value := range want {
		require.Contains(t, got, name, c.rule)
		require.Equal(t, value, got[name], "%s: %s of %s %s", c.words, name, c.rule, c.input)
	}
}

func TestFiguresOfTheSource(t *testing.T) {
	t.Parallel()
	law := recordedLaw(t)
	for _, c := range sourceFigures {
		requireFields(t, law, c)
	}
}

// full and rest are the parts of questions that repeat.
const (
	on2018   = `"on_date":"2018-06-01"`
	earn1000 = `"average_monthly_earnings":"1000.00"`
	years25  = `"coverage":{"years":25,"months":0,"days":0}`
	claim    = `"on_date":"2018-02-01","working":false,"entitled_to_insurance_pension":false`
)

var sourceFigures = []sourced{
	// Contributions.
	{"1% of earnings", "CO-1", `{"contribution_month":"2018-02","earnings":"1000.00"}`,
		`{"base":"1000.00","amount":"10.00"}`},
	{"five times the national average wage in the month before; the national average wage is " +
		"859", "CO-1", `{"contribution_month":"2018-02","earnings":"9999.00"}`,
		`{"base":"4295.00","amount":"42.95"}`},
	{"943.90 Belarusian rubles as of May 2018", "CO-1",
		`{"contribution_month":"2018-06","earnings":"9999.00"}`,
		`{"base":"4719.50","amount":"47.20"}`},
	{"Most employers contribute 28% of gross payroll", "CO-2",
		`{"contribution_month":"2018-02","earnings":"1000.00"}`, `{"amount":"280.00"}`},
	{"6% of covered payroll", "CO-3",
		`{"contribution_month":"2018-02","earnings":"1000.00"}`, `{"amount":"60.00"}`},
	{"29% of declared income", "CO-4",
		`{"contribution_month":"2018-02","declared_income":"1000.00"}`, `{"amount":"290.00"}`},
	{"The legal monthly minimum wage is 305", "CO-4",
		`{"contribution_month":"2018-02","declared_income":"100.00"}`,
		`{"base":"305.00","amount":"88.45"}`},
	{"6% of declared income", "CO-5",
		`{"contribution_month":"2018-02","declared_income":"1000.00"}`, `{"amount":"60.00"}`},
	{"from 0.3%", "CO-6", `{"payroll":"1000.00","work_injury_rate":"0.003"}`,
		`{"amount":"3.00"}`},
	{"to 0.9% of payroll", "CO-6", `{"payroll":"1000.00","work_injury_rate":"0.009"}`,
		`{"amount":"9.00"}`},
	// Coverage: the lengths that the catalogue gives.
	{"15 Jan–20 Mar = 2 m 6 d", "CV-1",
		`{"periods":[{"start":"2018-01-15","end":"2018-03-20"}]}`,
		`{"coverage":{"years":0,"months":2,"days":6}}`},
	{"31 Jan–28 Feb = 1 m 1 d", "CV-1",
		`{"periods":[{"start":"2018-01-31","end":"2018-02-28"}]}`,
		`{"coverage":{"years":0,"months":1,"days":1}}`},
	{"1y6m20d + 2y7m15d = 4y2m5d", "CV-2", `{"coverages":[{"years":1,"months":6,"days":20},` +
		`{"years":2,"months":7,"days":15}]}`, `{"coverage":{"years":4,"months":2,"days":5}}`},
	// Old age: conditions.
	{"Age 61 (men)", "OA-1", `{"sex":"male","birth_date":"1957-07-01",` + on2018 + `}`,
		`{"age_required_on_date":{"years":61,"months":0}}`},
	{"age 56 (women)", "OA-1", `{"sex":"female","birth_date":"1962-07-01",` + on2018 + `}`,
		`{"age_required_on_date":{"years":56,"months":0}}`},
	{"until reaching age 63 by 2022", "OA-1",
		`{"sex":"male","birth_date":"1959-07-01","on_date":"2022-01-01"}`,
		`{"age_required_on_date":{"years":63,"months":0},"pension_date":"2022-07-01"}`},
	{"age 58 by 2022", "OA-1",
		`{"sex":"female","birth_date":"1964-07-01","on_date":"2022-01-01"}`,
		`{"age_required_on_date":{"years":58,"months":0},"pension_date":"2022-07-01"}`},
	{"men born 1 Jan–30 Jun 1957: 60.5, second half of 2017", "OA-1",
		`{"sex":"male","birth_date":"1957-06-30"}`,
		`{"pension_age":{"years":60,"months":6},"pension_date":"2017-12-30"}`},
	{"at least 25 years of coverage, including 16 years and six months of paid contributions",
		"OA-2", `{"sex":"male",` + on2018 + `}`,
		`{"required_coverage":{"years":25,"months":0,"days":0},` +
			`"required_paid_coverage":{"years":16,"months":6,"days":0}}`},
	{"at least 20 years of coverage (women)", "OA-2", `{"sex":"female",` + on2018 + `}`,
		`{"required_coverage":{"years":20,"months":0,"days":0},` +
			`"required_paid_coverage":{"years":16,"months":6,"days":0}}`},
	{"rising by six months a year until reaching 20 years by 2025", "OA-2",
		`{"sex":"male","on_date":"2025-01-01"}`,
		`{"required_paid_coverage":{"years":20,"months":0,"days":0}}`},
	// Old age: amounts.
	{"55% of the insured's average monthly earnings", "OA-5",
		`{"sex":"male",` + on2018 + `,` + earn1000 + `,` + years25 + `}`,
		`{"extra_years":0,"amount":"550.00"}`},
	{"plus 1% for each year of coverage exceeding 25 years (men)", "OA-5",
		`{"sex":"male",` + on2018 + `,` + earn1000 +
			`,"coverage":{"years":30,"months":0,"days":0}}`,
		`{"extra_years":5,"amount":"600.00"}`},
	{"or 20 years (women)", "OA-5", `{"sex":"female",` + on2018 + `,` + earn1000 + `,` + years25 +
		`}`, `{"extra_years":5,"amount":"600.00"}`},
	{"1% for each year exceeding 10 years (men) in hazardous work", "OA-5",
		`{"sex":"male",` + on2018 + `,` + earn1000 + `,` + years25 +
			`,"hazardous_coverage":{"years":13,"months":0,"days":0}}`,
		`{"hazardous_years":3,"amount":"580.00"}`},
	{"or seven and a half years (women)", "OA-5", `{"sex":"female",` + on2018 + `,` + earn1000 +
		`,"coverage":{"years":20,"months":0,"days":0},` +
		`"hazardous_coverage":{"years":8,"months":6,"days":0}}`,
		`{"hazardous_years":1,"amount":"560.00"}`},
	{"up to 20%", "OA-5", `{"sex":"male",` + on2018 + `,` + earn1000 + `,` + years25 +
		`,"hazardous_coverage":{"years":40,"months":0,"days":0}}`,
		`{"hazardous_years":20,"amount":"750.00"}`},
	{"The maximum monthly old-age pension is 972.92", "OA-5",
		`{"sex":"male",` + on2018 + `,"average_monthly_earnings":"2000.00",` + years25 + `}`,
		`{"gross_amount":"1100.00","cap_applied":true,"amount":"972.92"}`},
	{"25% of the national average subsistence level; 199.32 (February 2018)", "OA-6",
		`{"on_date":"2018-02-01"}`, `{"amount":"49.83"}`},
	{"206.58 as of May 2018", "OA-6", `{"on_date":"2018-05-01"}`, `{"amount":"51.65"}`},
	{"proportionally reduced for each year of coverage less", "OA-7",
		`{"sex":"male",` + on2018 + `,` + earn1000 +
			`,"coverage":{"years":20,"months":0,"days":0}}`,
		`{"months_counted":240,"months_required":300,"full_amount":"550.00","amount":"440.00"}`},
	{"The minimum monthly partial pension is 50% of the minimum", "OA-7",
		`{"sex":"male","on_date":"2018-02-01","average_monthly_earnings":"100.00",` +
			`"coverage":{"years":1,"months":0,"days":0}}`,
		`{"floor_applied":true,"amount":"24.92"}`},
	{"100% for mothers of at least five children", "OA-7",
		`{"sex":"female","on_date":"2018-02-01","average_monthly_earnings":"100.00",` +
			`"coverage":{"years":1,"months":0,"days":0},"mother_of_five":true}`,
		`{"floor_applied":true,"amount":"49.83"}`},
	{"6% for the first complete year", "OA-8", deferral(1, 0), `{"increase_rate":"0.06",` +
		`"increase_amount":"60.00","amount":"560.00"}`},
	{"plus 8% for the second", "OA-8", deferral(2, 0), `{"increase_rate":"0.14"}`},
	{"10% for the third", "OA-8", deferral(3, 0), `{"increase_rate":"0.24"}`},
	{"12% for the fourth", "OA-8", deferral(4, 0), `{"increase_rate":"0.36"}`},
	{"and 14% for the fifth", "OA-8", deferral(5, 0), `{"increase_rate":"0.50"}`},
	{"14 for the fifth and each following year", "OA-8", deferral(7, 0),
		`{"increase_rate":"0.78"}`},
	{"For incomplete years, 1% for every two months", "OA-8", deferral(0, 11),
		`{"increase_rate":"0.05","increase_amount":"50.00"}`},
	{"50% of the national average subsistence level, age 65 (men)", "OA-9",
		`{"sex":"male","birth_date":"1953-02-01",` + claim + `}`,
		`{"eligible":true,"reason":null,"amount":"99.66"}`},
	{"or age 60 (women)", "OA-9", `{"sex":"female","birth_date":"1958-02-01",` + claim + `}`,
		`{"eligible":true,"amount":"99.66"}`},
	{"published 148.28 in Feb 2022", "OA-9", `{"sex":"female","birth_date":"1958-02-01",` +
		`"on_date":"2022-02-01","working":false,"entitled_to_insurance_pension":false}`,
		`{"amount":"148.28"}`},
	// Disability.
	{"one year of coverage if younger than age 23", "DI-1", onset("2018-02-28"),
		`{"age_at_onset":22,"required_coverage":{"years":1,"months":0,"days":0}}`},
	{"15 years of coverage if aged 61 or older", "DI-1", onset("2056-03-01"),
		`{"age_at_onset":61,"required_coverage":{"years":15,"months":0,"days":0}}`},
	{"There is no partial pension for a Group III disability", "DI-2",
		`{"birth_date":"1980-01-01","disability_onset_date":"2018-02-01","group":"III",` +
			`"coverage":{"years":6,"months":11,"days":29}}`, `{"entitlement":"none"}`},
	{"75% of the insured's average monthly earnings for a Group I", "DI-3",
		`{"group":"I",` + earn1000 + `,` + on2018 + `}`, `{"amount":"750.00"}`},
	{"65% for a Group II", "DI-3", `{"group":"II",` + earn1000 + `,` + on2018 + `}`,
		`{"amount":"650.00"}`},
	{"40% for a Group III", "DI-3", `{"group":"III",` + earn1000 + `,` + on2018 + `}`,
		`{"amount":"400.00"}`},
	{"minimum 100% for a Group I", "DI-3", disabled("I"), `{"amount":"49.83"}`},
	{"minimum 100% for a Group II", "DI-3", disabled("II"), `{"amount":"49.83"}`},
	{"50% for a Group III", "DI-3", disabled("III"), `{"floor_applied":true,"amount":"24.92"}`},
	{"minimum partial 100% for a Group I", "DI-4", partial("I", false), `{"amount":"49.83"}`},
	{"50% for a Group II", "DI-4", partial("II", false), `{"amount":"24.92"}`},
	{"100% for mothers with at least five children regardless of group", "DI-4",
		partial("II", true), `{"amount":"49.83"}`},
	{"100% of the minimum for a Group I", "DI-5",
		`{"group":"I","birth_date":"1980-01-01","on_date":"2018-02-01"}`,
		`{"rate":"1.00","amount":"49.83"}`},
	{"50% for persons aged 80 or older", "DI-5",
		`{"birth_date":"1938-02-01","on_date":"2018-02-01"}`, `{"rate":"0.50","amount":"24.92"}`},
	{"disabled children younger than age 18", "DI-5", `{"birth_date":"2000-02-02",` +
		`"on_date":"2018-02-01","disabled_child":true,"needs_constant_attendance":true}`,
		`{"rate":"0.50"}`},
	{"persons with a Group II disability that began before age 18", "DI-5",
		`{"group":"II","birth_date":"1980-02-02","on_date":"2018-02-01",` +
			`"disability_onset_date":"1998-02-01","needs_constant_attendance":true}`,
		`{"rate":"0.50"}`},
	{"single persons with a Group II disability", "DI-5", `{"group":"II",` +
		`"birth_date":"1980-02-02","on_date":"2018-02-01","single":true,` +
		`"needs_constant_attendance":true}`, `{"rate":"0.50"}`},
	{"110% of the level for a Group I", "DI-6", `{"group":"I","onset_before_18":true,` + claim +
		`}`, `{"eligible":true,"amount":"219.25"}`},
	{"95% for a Group II that began before age 18", "DI-6",
		`{"group":"II","onset_before_18":true,` + claim + `}`, `{"amount":"189.35"}`},
	{"85% at age 18 or older", "DI-6", `{"group":"II","onset_before_18":false,` + claim + `}`,
		`{"amount":"169.42"}`},
	{"75% for a Group III", "DI-6", `{"group":"III","onset_before_18":false,` + claim + `}`,
		`{"amount":"149.49"}`},
	{"110% of 296.55 (Feb 2022) = 326.21", "DI-6", `{"group":"I","onset_before_18":false,` +
		`"on_date":"2022-02-01","working":false,"entitled_to_insurance_pension":false}`,
		`{"amount":"326.21"}`},
	{"children: 80%", "DI-7", child(1), `{"amount":"159.46"}`},
	{"degree 2: 85%", "DI-7", child(2), `{"amount":"169.42"}`},
	{"degree 3: 95%", "DI-7", child(3), `{"amount":"189.35"}`},
	{"to 110% of the national average subsistence level", "DI-7", child(4),
		`{"eligible":true,"reason":null,"amount":"219.25"}`},
	// Adjustment.
	{"recalculation from 1 May 2018: +5.5 %", "AD-1", `{"pension_amount":"400.00",` +
		`"old_average_wage":"660.55","new_average_wage":"696.88"}`,
		`{"adjusted":true,"amount":"422.00"}`},
	{"The minimum pension is adjusted quarterly", "AD-2",
		`{"pension_amount":"49.83","minimum_rate":"1.00","on_date":"2018-05-01"}`,
		`{"minimum_amount":"51.65","adjusted":true,"amount":"51.65"}`},
	{"social pensions adjusted quarterly: 25 % of 296.55 = 74.14", "AD-3",
		`{"subsistence_rate":"0.25","on_date":"2022-02-01"}`, `{"amount":"74.14"}`},
	{"50 % of 296.55 = 148.28", "AD-3", `{"subsistence_rate":"0.50","on_date":"2022-02-01"}`,
		`{"amount":"148.28"}`},
}

func question(fields map[string]any) string {
	text, err := json.Marshal(fields)
	if err != nil {
		panic(err) // these are plain values
	}
	return string(text)
}

func deferral(years, months int) string {
	return question(map[string]any{"pension_amount": "500.00",
		"average_monthly_earnings": "1000.00", "deferral_years": years,
		"deferral_months": months})
}

// onset asks for a person born on 1 March 1995.
func onset(day string) string {
	return question(map[string]any{"birth_date": "1995-03-01", "disability_onset_date": day})
}

func disabled(group string) string {
	return question(map[string]any{"group": group, "average_monthly_earnings": "10.00",
		"on_date": "2018-02-01"})
}

// partial asks for a day's coverage, which leaves nothing but the least amount.
func partial(group string, mother bool) string {
	return question(map[string]any{"birth_date": "1980-01-01",
		"disability_onset_date": "2018-02-01", "group": group,
		"average_monthly_earnings": "500.00", "on_date": "2018-02-01",
		"coverage": rules.Duration{Days: 15}, "mother_of_five": mother})
}

func child(degree int) string {
	return question(map[string]any{"birth_date": "2010-01-01", "on_date": "2018-02-01",
		"health_loss_degree": degree})
}
