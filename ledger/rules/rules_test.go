package rules_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/stazh/stazh/ledger/rules"
)

func TestRunRefuses(t *testing.T) {
	t.Parallel()
	law := law2018(t)
	const month = `"contribution_month":"2018-02"`
	for _, c := range []struct{ id, input, code, field string }{
		{"CO-99", `{}`, "unknown_rule", "rule"},
		{"co-1", `{}`, "unknown_rule", "rule"},
		{"CO-1", ``, "invalid_json", ""},
		{"CO-1", `[]`, "invalid_json", ""},
		{"CO-1", `null`, "invalid_json", ""},
		{"CO-1", `{` + month, "invalid_json", ""},
		{"CO-1", `{} {}`, "invalid_json", ""},
		{"CO-1", "{\"\xff\":1}", "invalid_json", ""},
		{"CO-1", strings.Repeat("[", 1000), "invalid_json", ""},
		{"CO-1", `{` + month + `,"earnings":"1.00","earnings":"2.00"}`, "invalid_json", "earnings"},
		{"CO-1", `{` + month + `,"earnings":"1.00","x":1}`, "invalid_input", "x"},
		{"CO-1", `{` + month + `,"Earnings":"1.00"}`, "invalid_input", "earnings"},
		{"CO-1", `{` + month + `,"earnings":1.00}`, "invalid_input", "earnings"},
		{"CO-1", `{` + month + `,"earnings":"1"}`, "invalid_input", "earnings"},
		{"CO-1", `{` + month + `,"earnings":"1.0"}`, "invalid_input", "earnings"},
		{"CO-1", `{` + month + `,"earnings":".01"}`, "invalid_input", "earnings"},
		{"CO-1", `{` + month + `,"earnings":"-1.00"}`, "invalid_input", "earnings"},
		{"CO-1", `{` + month + `,"earnings":"99999999999999.00"}`, "invalid_input", "earnings"},
		{"CO-1", `{` + month + `,"earnings":null}`, "invalid_input", "earnings"},
		{"CO-1", `{"earnings":"1.00"}`, "invalid_input", "contribution_month"},
		{"CO-1", `{"contribution_month":"2018-13","earnings":"1.00"}`,
			"invalid_input", "contribution_month"},
		{"CO-1", `{"contribution_month":"2018-03","earnings":"1.00"}`,
			"missing_parameter", "national_average_wage"},
		{"CO-1", `{"contribution_month":"0001-01","earnings":"1.00"}`,
			"missing_parameter", "contribution_ceiling_multiple"},
		{"CO-4", `{"contribution_month":"2019-01","declared_income":"1.00"}`,
			"missing_parameter", "minimum_wage"},
		{"CO-6", `{"payroll":"1.00","work_injury_rate":"0.0091"}`,
			"invalid_input", "work_injury_rate"},
		{"CO-6", `{"payroll":"1.00","work_injury_rate":"0.00900000001"}`,
			"invalid_input", "work_injury_rate"},
		{"CO-7", `{` + month + `,"insured_persons":[]}`, "invalid_input", "insured_persons"},
		{"CO-7", `{` + month + `,"insured_persons":[1]}`, "invalid_input", "insured_persons[0]"},
		{"CO-7", `{` + month + `,"insured_persons":[{"person_id":"a","earnings":"x"}]}`,
			"invalid_input", "insured_persons[0].earnings"},
		{"CO-7", `{` + month + `,"insured_persons":[{"person_id":"a","earnings":"1.00","y":0}]}`,
			"invalid_input", "insured_persons[0].y"},
		{"CV-1", `{"periods":[{"start":"2018-02-01","end":"2018-01-31"}]}`,
			"invalid_input", "periods[0].end"},
		{"CV-1", `{"periods":[{"start":"2018-02-30","end":"2018-03-31"}]}`,
			"invalid_input", "periods[0].start"},
		{"CV-1", `{"periods":[{"start":"2018-02-01","end":"9999-12-31"}]}`,
			"invalid_input", "periods[0].end"},
		{"CV-2", `{"coverages":[{"years":1,"months":12,"days":0}]}`,
			"invalid_input", "coverages[0].months"},
		{"CV-2", `{"coverages":[{"years":1,"months":0,"days":30}]}`,
			"invalid_input", "coverages[0].days"},
		{"CV-2", `{"coverages":[{"years":1.5,"months":0,"days":0}]}`,
			"invalid_input", "coverages[0].years"},
		{"CV-2", `{"coverages":[{"years":1,"months":0}]}`, "invalid_input", "coverages[0].days"},
		{"CV-2", `{"coverages":[],"parameters":{"wage":"1"}}`, "invalid_input", "coverages"},
	} {
		output, err := rules.Run(law, c.id, []byte(c.input))
		require.Nil(t, output)
		var got *rules.Error
		require.ErrorAs(t, err, &got, c.input)
		require.Equal(t, c.code, got.Code, c.input)
		require.Equal(t, c.field, got.Field, c.input)
		require.NotEmpty(t, got.Message)
	}
}

func TestRunTakesParametersOfTheRequest(t *testing.T) {
	t.Parallel()
	law := law2018(t)
	run := func(parameters string) (map[string]any, error) {
		output, err := rules.Run(law, "CO-2", []byte(
			`{"contribution_month":"2018-03","earnings":"9000.00","parameters":`+parameters+`}`))
		var got map[string]any
		if err == nil {
			require.NoError(t, json.Unmarshal(output, &got))
		}
		return got, err
	}
	got, err := run(`{"national_average_wage":"1000","employer_pension_rate":"0.24",` +
		`"maximum_old_age_pension":null,"deferral_base":"pension"}`)
	require.NoError(t, err)
	require.Equal(t, "5000.00", got["base"])
	require.Equal(t, "1200.00", got["amount"])
	require.Equal(t, map[string]any{"national_average_wage": "1000.00",
		"employer_pension_rate": "0.24", "contribution_ceiling_multiple": "5"},
		got["parameters_used"])
	_, err = run(`null`)
	require.Equal(t, rules.CodeMissingParameter, rules.AsError(err).Code, "the law is as before")
	for parameters, field := range map[string]string{
		`[]`:                               "parameters",
		`{"wage":"1"}`:                     "parameters.wage",
		`{"national_average_wage":1000}`:   "parameters.national_average_wage",
		`{"national_average_wage":null}`:   "parameters.national_average_wage",
		`{"national_average_wage":"-1"}`:   "parameters.national_average_wage",
		`{"employer_pension_rate":"0.2x"}`: "parameters.employer_pension_rate",
		`{"deferral_base":"wage"}`:         "parameters.deferral_base",
	} {
		_, err := run(parameters)
		require.Equal(t, field, rules.AsError(err).Field, parameters)
		require.Equal(t, rules.CodeInvalidInput, rules.AsError(err).Code, parameters)
	}
}

func TestErrorsRepeatNoValues(t *testing.T) {
	t.Parallel()
	_, err := rules.Run(law2018(t), "CO-7", []byte(`{"contribution_month":"2018-02",`+
		`"insured_persons":[{"person_id":"3270287A012PB2","earnings":"777.77"},`+
		`{"person_id":"3270287A012PB2","earnings":"777.77"}]}`))
	require.NotContains(t, err.Error(), "3270287A012PB2")
	require.NotContains(t, err.Error(), "777.77")
	long := strings.Repeat("я", 200)
	_, err = rules.Run(law2018(t), "CO-1", []byte(
		`{"contribution_month":"2018-02","earnings":"1.00","`+long+`":1}`))
	require.Less(t, len(rules.AsError(err).Field), 80)
}
