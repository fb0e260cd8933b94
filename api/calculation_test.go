package api_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/stazh/stazh/api"
	"github.com/stazh/stazh/ledger/rules"
)

const oldAgeQuestion = `{"sex":"male","on_date":"2018-06-01","coverage":{"years":31,` +
	`"months":11,"days":29},"average_monthly_earnings":"800.00"}`

// nobody are headers that name no caller.
var nobody = []string{"Stazh-Subject", "-", "Stazh-Role", "-"}

func (s *server) calculate(path, question string, headers ...string) answer {
	s.Helper()
	return s.do(http.MethodPost, "/v1/calculations/"+path, strings.NewReader(question),
		headers...)
}

func TestCalculations(t *testing.T) {
	t.Parallel()
	s := loaded(t, api.Options{})
	a := s.calculate("OA-5", oldAgeQuestion, nobody...).is(200)
	require.NotEmpty(t, a.header.Get("Stazh-Position"))
	got := a.json()
	require.Equal(t, "OA-5", got["rule"])
	require.Equal(t, "488.00", got["amount"])
	require.NotEmpty(t, got["steps"])
	golden(t, "calculate", a.body)
	list := s.get("/v1/calculations", nobody...).is(200).items()
	require.Len(t, list, len(rules.IDs()))
	for i, id := range rules.IDs() {
		require.Equal(t, id, list[i]["rule"])
		for _, schema := range []string{"input", "output"} {
			require.Equal(t, "https://json-schema.org/draft/2020-12/schema",
				list[i][schema].(object)["$schema"])
		}
	}
	for _, c := range []struct {
		path, question string
		status         int
		code, field    string
	}{
		{"OA-5", `{`, 400, "invalid_json", ""},
		{"OA-5", ``, 400, "invalid_json", ""},
		{"OA-99", `{}`, 404, "unknown_rule", "rule"},
		{"OA-5", `{}`, 422, "invalid_input", "sex"},
		{"OA-6", `{"on_date":"2035-01-01"}`, 422, "missing_parameter", "subsistence_level"},
		{"OA-7", oldAgeQuestion, 422, "not_applicable", "coverage"},
	} {
		p := s.calculate(c.path, c.question, nobody...).is(c.status)
		require.Equal(t, "application/problem+json", p.header.Get("Content-Type"))
		fault := p.json()["error"].(object)
		require.Equal(t, c.code, fault["code"], c.path)
		require.Equal(t, c.field, fault["field"], c.path)
		require.NotEmpty(t, fault["message"])
		require.Equal(t, c.code, p.json()["code"])
	}
	s.calculate("OA-5", oldAgeQuestion, "Stazh-Role", "nobody").is(403)
	s.calculate("OA-6?on_date=today", `{"on_date":"2018-02-01"}`).is(422)
	s.calculate("OA-6", strings.Repeat(" ", 1<<20+1)).is(413)
}

// A number that is published is used from then on, and the past stays as it was known.
func TestCalculationsByTheLawAsItWasKnown(t *testing.T) {
	t.Parallel()
	s := loaded(t, api.Options{})
	const question = `{"on_date":"2035-03-01"}`
	s.calculate("OA-6", question).is(422)
	before := s.node.Config.Clock()
	s.do(http.MethodPost, "/v1/law/parameters", strings.NewReader(`{"parameters":[
		{"name":"subsistence_level","value":"1000","from":"2034-11-01","until":"2035-01-31",
		 "act":"act of a test"},
		{"name":"subsistence_level","value":"1010.02","from":"2035-02-01",
		 "until":"2035-04-30","act":"act of a test"}]}`)).is(200)
	got := s.calculate("OA-6", question).is(200)
	require.Equal(t, "252.51", got.json()["amount"])
	require.Contains(t, string(got.body), "act of a test")
	known := "?as_known_at=" + url.QueryEscape(before.Format(time.RFC3339Nano))
	s.calculate("OA-6"+known, question).is(422)
	known = "?as_known_at=" + url.QueryEscape(before.AddDate(1, 0, 0).Format(time.RFC3339))
	s.calculate("OA-6"+known, question).is(422)
	require.Equal(t, "6.00", s.calculate("CO-6?on_date=2018-01-01",
		`{"payroll":"1000.00","work_injury_rate":"0.006"}`).is(200).json()["amount"])
	s.calculate("CO-6?on_date=1899-12-31",
		`{"payroll":"1000.00","work_injury_rate":"0.006"}`).is(422)
}
