package rules_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/stazh/stazh/ledger/rules"
)

// questions has a good question and the listed fields of its answer for each rule.
var questions = map[string][2]string{
	"CO-1": {`{"contribution_month":"2018-02","earnings":"5000.00"}`,
		`{"base":"4295.00","amount":"42.95"}`},
	"CO-2": {`{"contribution_month":"2018-02","earnings":"859.00"}`,
		`{"base":"859.00","amount":"240.52"}`},
	"CO-3": {`{"contribution_month":"2018-02","earnings":"859.00"}`,
		`{"base":"859.00","amount":"51.54"}`},
	"CO-4": {`{"contribution_month":"2018-02","declared_income":"1.00"}`,
		`{"base":"305.00","amount":"88.45"}`},
	"CO-5": {`{"contribution_month":"2018-02","declared_income":"1.00"}`,
		`{"base":"305.00","amount":"18.30"}`},
	"CO-6": {`{"payroll":"1000.00","work_injury_rate":"0.006"}`, `{"amount":"6.00"}`},
	"CO-7": {`{"contribution_month":"2018-02","work_injury_rate":null,"insured_persons":` +
		`[{"person_id":"a","earnings":"5000.00"},{"person_id":"b","earnings":"0.50"}]}`,
		`{"total_earnings":"5000.50","total_base":"4295.50","insured_withheld":"42.96",` +
			`"employer_pension":"1202.74","employer_social":"257.73","work_injury":"0.00",` +
			`"amount":"1503.43"}`},
	"CV-1": {`{"periods":[{"start":"2018-01-15","end":"2018-03-20"}]}`,
		`{"coverage":{"years":0,"months":2,"days":6}}`},
	"OA-1": {`{"sex":"male","birth_date":"1957-07-01","on_date":"2018-07-01"}`,
		`{"pension_age":{"years":61,"months":0},"pension_date":"2018-07-01",` +
			`"age_required_on_date":{"years":61,"months":0},"reached":true}`},
	"OA-6": {`{"on_date":"2018-05-01"}`, `{"amount":"51.65"}`},
	"CV-2": {`{"coverages":[{"years":1,"months":6,"days":20},{"years":2,"months":7,"days":15}]}`,
		`{"coverage":{"years":4,"months":2,"days":5}}`},
}

func TestRunAnswersEveryRule(t *testing.T) {
	t.Parallel()
	law := law2018(t)
	require.Len(t, questions, len(rules.IDs()))
	for _, id := range rules.IDs() {
		q, ok := questions[id]
		require.True(t, ok, id)
		output, err := rules.Run(law, id, []byte(q[0]))
		require.NoError(t, err, id)
		var got, want map[string]any
		require.NoError(t, json.Unmarshal(output, &got))
		require.NoError(t, json.Unmarshal([]byte(q[1]), &want))
		require.Equal(t, id, got["rule"])
		require.Equal(t, "BYN", got["currency"])
		require.NotEmpty(t, got["steps"])
		require.IsType(t, map[string]any{}, got["parameters_used"])
		for _, extra := range []string{"rule", "currency", "steps", "parameters_used"} {
			delete(got, extra)
		}
		require.Equal(t, want, got, id)
	}
}

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

func FuzzRun(f *testing.F) {
	for _, q := range questions {
		f.Add(0, []byte(q[0]))
	}
	ids := rules.IDs()
	for n, id := range ids {
		f.Add(n, []byte(questions[id][0]))
		f.Add(n, []byte(`{"parameters":{"contribution_ceiling_multiple":"1000"},`+
			questions[id][0][1:]))
	}
	law := law2018(f)
	codes := []string{rules.CodeInvalidInput, rules.CodeInvalidJSON, rules.CodeMissingParameter}
	f.Fuzz(func(t *testing.T, n int, input []byte) {
		id := ids[uint(n)%uint(len(ids))]
		output, err := rules.Run(law, id, input)
		if err != nil {
			var known *rules.Error
			require.ErrorAs(t, err, &known)
			require.Contains(t, codes, known.Code)
			require.NotEmpty(t, known.Message)
			return
		}
		require.True(t, json.Valid(output))
		again, err := rules.Run(law, id, input)
		require.NoError(t, err)
		require.Equal(t, output, again)
	})
}
