package rules_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/stazh/stazh/ledger/period"
	"github.com/stazh/stazh/ledger/rules"
)

// TestDaysBeforeOnAndAfter are questions in which one day changes the answer. %s is the
// day.
func TestDaysBeforeOnAndAfter(t *testing.T) {
	t.Parallel()
	law := recordedLaw(t)
	const noPension = `,"working":false,"entitled_to_insurance_pension":false}`
	for _, c := range []struct{ rule, input, day, before, on string }{
		{"OA-6", `{"on_date":"%s"}`, "2018-02-01", `{"amount":"49.45"}`, `{"amount":"49.83"}`},
		{"OA-6", `{"on_date":"%s"}`, "2018-05-01", `{"amount":"49.83"}`, `{"amount":"51.65"}`},
		{"OA-6", `{"on_date":"%s"}`, "2018-08-01", `{"amount":"51.65"}`, `{"amount":"53.42"}`},
		{"OA-1", `{"sex":"male","birth_date":"%s"}`, "1957-01-01",
			`{"pension_date":"2016-12-31"}`, `{"pension_date":"2017-07-01"}`},
		{"OA-1", `{"sex":"male","birth_date":"%s"}`, "1957-07-01",
			`{"pension_age":{"years":60,"months":6},"pension_date":"2017-12-30"}`,
			`{"pension_age":{"years":61,"months":0},"pension_date":"2018-07-01"}`},
		{"OA-1", `{"sex":"female","birth_date":"%s"}`, "1962-07-01",
			`{"pension_age":{"years":55,"months":6}}`, `{"pension_age":{"years":56,"months":0}}`},
		{"OA-1", `{"sex":"male","birth_date":"%s"}`, "1959-07-01",
			`{"pension_age":{"years":62,"months":6},"pension_date":"2021-12-30"}`,
			`{"pension_age":{"years":63,"months":0},"pension_date":"2022-07-01"}`},
		{"OA-1", `{"sex":"male","birth_date":"1957-07-01","on_date":"%s"}`, "2018-07-01",
			`{"reached":false}`, `{"reached":true}`},
		{"OA-2", `{"sex":"male","on_date":"%s"}`, "2014-01-01",
			`{"required_paid_coverage":{"years":5,"months":0,"days":0}}`,
			`{"required_paid_coverage":{"years":10,"months":0,"days":0}}`},
		{"OA-2", `{"sex":"male","on_date":"%s"}`, "2016-01-01",
			`{"required_paid_coverage":{"years":15,"months":0,"days":0}}`,
			`{"required_paid_coverage":{"years":15,"months":6,"days":0}}`},
		{"OA-2", `{"sex":"female","on_date":"%s"}`, "2025-01-01",
			`{"required_paid_coverage":{"years":19,"months":6,"days":0}}`,
			`{"required_paid_coverage":{"years":20,"months":0,"days":0}}`},
		{"OA-3", `{"category":"mother_of_five","sex":"female","on_date":"%s"}`, "2022-01-01",
			`{"required_age":{"years":52,"months":6}}`, `{"required_age":{"years":53,"months":0}}`},
		{"OA-9", `{"sex":"male","birth_date":"1953-02-10","on_date":"%s"` + noPension,
			"2018-02-10", `{"eligible":false,"reason":"age_not_reached","amount":"0.00"}`,
			`{"eligible":true,"reason":null,"amount":"99.66"}`},
		{"DI-1", `{"birth_date":"1995-03-10","disability_onset_date":"%s"}`, "2018-03-10",
			`{"age_at_onset":22,"required_coverage":{"years":1,"months":0,"days":0}}`,
			`{"age_at_onset":23,"required_coverage":{"years":2,"months":0,"days":0}}`},
		{"DI-1", `{"birth_date":"1996-02-29","disability_onset_date":"%s"}`, "2019-02-28",
			`{"age_at_onset":22}`, `{"age_at_onset":23}`},
		{"DI-5", `{"birth_date":"1938-03-10","on_date":"%s"}`, "2018-03-10",
			`{"rate":"0.00","amount":"0.00"}`, `{"rate":"0.50","amount":"24.92"}`},
		{"DI-5", `{"birth_date":"2000-03-10","on_date":"%s","disabled_child":true,` +
			`"needs_constant_attendance":true}`, "2018-03-10",
			`{"rate":"0.50"}`, `{"rate":"0.00","amount":"0.00"}`},
		{"DI-5", `{"group":"II","birth_date":"1980-03-10","on_date":"2018-03-10",` +
			`"needs_constant_attendance":true,"disability_onset_date":"%s"}`, "1998-03-10",
			`{"rate":"0.50"}`, `{"rate":"0.00"}`},
		{"DI-7", `{"birth_date":"2000-03-10","on_date":"%s","health_loss_degree":1}`, "2018-03-10",
			`{"eligible":true,"reason":null}`,
			`{"eligible":false,"reason":"age_limit","amount":"0.00"}`},
	} {
		day := period.MustDate(c.day)
		ask := func(day period.Date, want string) {
			requireFields(t, law, sourced{c.day, c.rule, fmt.Sprintf(c.input, day), want})
		}
		ask(day.AddDays(-1), c.before)
		ask(day, c.on)
		if !strings.Contains(c.on, "pension_date") { // that day moves with the day of birth
			ask(day.AddDays(1), c.on)
		}
	}
}

// A day of birth that the target month does not have becomes its last day.
func TestAgesOfThoseBornOnLastDays(t *testing.T) {
	t.Parallel()
	law := recordedLaw(t)
	for birth, want := range map[string]string{
		"1960-02-29": "2023-02-28", // 63 years
		"1957-03-31": "2017-09-30", // 60 years and 6 months
		"1958-08-31": "2020-08-31", // 62 years: 61 and a half, on 29 February, are too few then
	} {
		requireFields(t, law, sourced{birth, "OA-1",
			`{"sex":"male","birth_date":"` + birth + `"}`, `{"pension_date":"` + want + `"}`})
	}
}

// Whole years and months count against a threshold; days never fill a month, but more
// than 15 of them count as one in a proportion.
func TestCoverageAtTheThreshold(t *testing.T) {
	t.Parallel()
	law := recordedLaw(t)
	cov := func(y, m, d int) string {
		return fmt.Sprintf(`{"years":%d,"months":%d,"days":%d}`, y, m, d)
	}
	claim := func(total, paid string) string {
		return `{"sex":"male","birth_date":"1950-01-01","on_date":"2018-06-01","coverage":` +
			total + `,"paid_coverage":` + paid + `}`
	}
	earned := func(total string) string {
		return `{"sex":"male","on_date":"2018-06-01","average_monthly_earnings":"1000.00",` +
			`"coverage":` + total + `}`
	}
	ill := func(total string) string {
		return `{"birth_date":"1980-01-01","disability_onset_date":"2018-02-01","group":"II",` +
			`"coverage":` + total + `}`
	}
	for _, c := range []sourced{
		{"a day short", "OA-4", claim(cov(24, 11, 29), cov(16, 6, 0)),
			`{"entitlement":"partial","reasons":["coverage_short"]}`},
		{"enough", "OA-4", claim(cov(25, 0, 0), cov(16, 6, 0)),
			`{"entitlement":"full","reasons":[]}`},
		{"paid coverage a day short", "OA-4", claim(cov(25, 0, 0), cov(16, 5, 29)),
			`{"entitlement":"none","reasons":["paid_coverage_short"]}`},
		{"both short", "OA-4", claim(cov(16, 5, 29), cov(16, 5, 29)),
			`{"entitlement":"none","reasons":["coverage_short","paid_coverage_short"]}`},
		{"nothing reached, with a category", "OA-4", `{"sex":"female","category":` +
			`"hazardous_list_1","birth_date":"1980-01-01","on_date":"2018-06-01","coverage":` +
			cov(1, 0, 0) + `,"paid_coverage":` + cov(1, 0, 0) + `}`,
			`{"entitlement":"none","reasons":["age_not_reached","coverage_short",` +
				`"paid_coverage_short","special_coverage_short"]}`},
		{"a category knows no partial pension", "OA-4", `{"sex":"female","category":` +
			`"hazardous_list_1","birth_date":"1970-01-01","on_date":"2018-06-01","coverage":` +
			cov(14, 11, 29) + `,"paid_coverage":` + cov(14, 0, 0) + `,"special_coverage":` +
			cov(7, 6, 0) + `}`,
			`{"entitlement":"none","reasons":["coverage_short","paid_coverage_short"]}`},
		{"mother of five", "OA-4", `{"sex":"female","category":"mother_of_five",` +
			`"birth_date":"1967-06-01","on_date":"2018-06-01","coverage":` + cov(5, 0, 0) +
			`,"paid_coverage":` + cov(5, 0, 0) + `}`, `{"entitlement":"full","reasons":[]}`},
		{"a year and eleven months", "OA-5", earned(cov(26, 11, 29)),
			`{"extra_years":1,"amount":"560.00"}`},
		{"15 days are no month", "OA-7", earned(cov(24, 10, 15)), `{"months_counted":298}`},
		{"16 days are one", "OA-7", earned(cov(24, 10, 16)), `{"months_counted":299}`},
		{"the last month", "OA-7", earned(cov(24, 11, 16)),
			`{"months_counted":300,"amount":"550.00"}`},
		{"no coverage at all", "OA-7", earned(cov(0, 0, 0)),
			`{"months_counted":0,"floor_applied":true,"amount":"25.82"}`},
		{"a day short", "DI-2", ill(cov(6, 11, 29)), `{"entitlement":"partial"}`},
		{"enough", "DI-2", ill(cov(7, 0, 0)), `{"entitlement":"full"}`},
		{"a single day", "DI-2", ill(cov(0, 0, 1)), `{"entitlement":"partial"}`},
		{"none", "DI-2", ill(cov(0, 0, 0)), `{"entitlement":"none"}`},
	} {
		requireFields(t, law, c)
	}
}

// Reasons come in the order of the catalogue: the first that holds.
func TestFirstReasonThatHolds(t *testing.T) {
	t.Parallel()
	law := recordedLaw(t)
	for _, c := range []sourced{
		{"", "OA-9", `{"sex":"male","birth_date":"1960-01-01","on_date":"2018-02-01",` +
			`"working":true,"entitled_to_insurance_pension":true}`,
			`{"reason":"age_not_reached","amount":"0.00"}`},
		{"", "OA-9", `{"sex":"male","birth_date":"1950-01-01","on_date":"2018-02-01",` +
			`"working":true,"entitled_to_insurance_pension":true}`, `{"reason":"working"}`},
		{"", "OA-9", `{"sex":"male","birth_date":"1950-01-01","on_date":"2018-02-01",` +
			`"working":false,"entitled_to_insurance_pension":true}`,
			`{"reason":"insurance_pension"}`},
		{"", "DI-6", `{"group":"I","onset_before_18":true,"on_date":"2018-02-01",` +
			`"working":true,"entitled_to_insurance_pension":true}`,
			`{"eligible":false,"reason":"working","amount":"0.00"}`},
		{"", "DI-6", `{"group":"I","onset_before_18":true,"on_date":"2018-02-01",` +
			`"working":false,"entitled_to_insurance_pension":true}`,
			`{"eligible":false,"reason":"insurance_pension","amount":"0.00"}`},
	} {
		requireFields(t, law, c)
	}
}

// The choices that the catalogue leaves to whoever asks.
func TestValuesOfTheQuestion(t *testing.T) {
	t.Parallel()
	law := recordedLaw(t)
	const man = `{"sex":"male","on_date":"2018-06-01","coverage":{"years":50,"months":0,` +
		`"days":0},"average_monthly_earnings":`
	for _, c := range []sourced{
		{"", "OA-5", man + `"2000.00"}`, `{"extra_years":20,"cap_applied":true}`},
		{"no maximum", "OA-5", man + `"2000.00","parameters":{"maximum_old_age_pension":null}}`,
			`{"cap_applied":false,"amount":"1500.00"}`},
		{"literal reading of the cap", "OA-5", man +
			`"1000.00","parameters":{"old_age_extra_year_cap":"99"}}`,
			`{"extra_years":25,"amount":"800.00"}`},
		{"a year without a maximum known", "OA-5", `{"sex":"male","on_date":"2019-06-01",` +
			`"coverage":{"years":25,"months":0,"days":0},"average_monthly_earnings":"1000.00",` +
			`"parameters":{"maximum_old_age_pension":null}}`, `{"amount":"550.00"}`},
		{"increment of low earnings", "OA-5", man + `"10.00","parameters":` +
			`{"subsistence_level":"4000","maximum_old_age_pension":null}}`,
			// 20 × 1 % of 1000.00, and 55 % of 10.00
			`{"gross_amount":"205.50","floor_applied":true,"amount":"1000.00"}`},
		{"percent of the pension", "OA-8", `{"pension_amount":"400.00",` +
			`"average_monthly_earnings":"1000.00","deferral_years":1,"deferral_months":0,` +
			`"parameters":{"deferral_base":"pension"}}`,
			`{"increase_amount":"24.00","amount":"424.00"}`},
		{"a day without any level", "OA-6",
			`{"on_date":"2018-12-01","parameters":{"subsistence_level":"214.21"}}`,
			`{"amount":"53.55"}`},
	} {
		requireFields(t, law, c)
	}
}

func TestRefusalsOfPensions(t *testing.T) {
	t.Parallel()
	law := recordedLaw(t)
	const (
		short = `"coverage":{"years":24,"months":11,"days":29}`
		full  = `"coverage":{"years":25,"months":0,"days":0}`
		man   = `{"sex":"male","average_monthly_earnings":"1000.00",`
		ill   = `{"birth_date":"1980-01-01","disability_onset_date":"2018-02-01",` +
			`"average_monthly_earnings":"1000.00","on_date":"2018-02-01","group":`
	)
	for _, c := range []struct{ rule, input, code, field string }{
		{"OA-5", man + `"on_date":"2018-06-01",` + short + `}`, "not_applicable", "coverage"},
		{"OA-7", man + `"on_date":"2018-06-01",` + full + `}`, "not_applicable", "coverage"},
		{"DI-4", ill + `"II","coverage":{"years":0,"months":0,"days":0}}`,
			"not_applicable", "coverage"},
		{"DI-4", ill + `"I","coverage":{"years":7,"months":0,"days":0}}`,
			"not_applicable", "coverage"},
		{"DI-4", ill + `"III","coverage":{"years":1,"months":0,"days":0}}`,
			"invalid_input", "group"},
		{"OA-5", man + `"on_date":"2019-06-01",` + full + `}`,
			"missing_parameter", "maximum_old_age_pension"},
		// November 2018 is not verified, so neither it nor the quarter after it counts.
		{"OA-6", `{"on_date":"2018-11-01"}`, "missing_parameter", "subsistence_level"},
		{"OA-6", `{"on_date":"2019-02-01"}`, "missing_parameter", "subsistence_level"},
		{"OA-6", `{"on_date":"2018-01-32"}`, "invalid_input", "on_date"},
		{"OA-6", `{"on_date":"2018-02-29"}`, "invalid_input", "on_date"},
		{"OA-6", `{"on_date":"2018-2-1"}`, "invalid_input", "on_date"},
		{"OA-6", `{"on_date":"20180201"}`, "invalid_input", "on_date"},
		{"OA-3", `{"category":"mother_of_five","sex":"male","on_date":"2018-06-01"}`,
			"invalid_input", "sex"},
		{"OA-3", `{"category":"veteran","sex":"male","on_date":"2018-06-01"}`,
			"invalid_input", "category"},
		{"OA-4", `{"sex":"male","birth_date":"1950-01-01","on_date":"2018-06-01",` + short +
			`,"paid_coverage":{"years":25,"months":0,"days":0}}`, "invalid_input", "paid_coverage"},
		{"OA-8", `{"pension_amount":"1.00","average_monthly_earnings":"1.00",` +
			`"deferral_years":1,"deferral_months":12}`, "invalid_input", "deferral_months"},
		{"OA-8", `{"pension_amount":"1.00","average_monthly_earnings":"1.00",` +
			`"deferral_years":-1,"deferral_months":0}`, "invalid_input", "deferral_years"},
		{"AD-1", `{"pension_amount":"1.00","old_average_wage":"0.00",` +
			`"new_average_wage":"1.00"}`, "invalid_input", "old_average_wage"},
		{"DI-1", `{"birth_date":"2018-02-02","disability_onset_date":"2018-02-01"}`,
			"invalid_input", "disability_onset_date"},
		{"DI-7", `{"birth_date":"2010-01-01","on_date":"2018-02-01","health_loss_degree":5}`,
			"invalid_input", "health_loss_degree"},
		{"DI-7", `{"birth_date":"2010-01-01","on_date":"2018-02-01","health_loss_degree":"1"}`,
			"invalid_input", "health_loss_degree"},
		{"OA-1", `{"sex":"Male","birth_date":"1957-01-01"}`, "invalid_input", "sex"},
		{"OA-1", `{"birth_date":"1957-01-01"}`, "invalid_input", "sex"},
		{"AD-3", `{"subsistence_rate":"-0.5","on_date":"2018-02-01"}`,
			"invalid_input", "subsistence_rate"},
		{"AD-3", `{"subsistence_rate":0.5,"on_date":"2018-02-01"}`,
			"invalid_input", "subsistence_rate"},
		{"OA-8", `{"pension_amount":"9999999999999.99","average_monthly_earnings":` +
			`"9999999999999.99","deferral_years":9999,"deferral_months":0,` +
			`"parameters":{"deferral_rates":"1:1000"}}`, "invalid_input", ""},
	} {
		_, err := rules.Run(law, c.rule, []byte(c.input))
		got := rules.AsError(err)
		require.NotNil(t, got, "%s %s", c.rule, c.input)
		require.Equal(t, c.code, got.Code, "%s %s", c.rule, c.input)
		require.Equal(t, c.field, got.Field, "%s %s", c.rule, c.input)
	}
}
