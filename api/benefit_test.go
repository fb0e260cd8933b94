package api_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/stazh/stazh/api"
	"github.com/stazh/stazh/fixtures/country"
)

// pensioner is the man of the files fixtures/reports/pensioner-*.
const pensioner = "3021056A012PB2"

// officers are two officers of one office, who decide together.
var (
	petrova = []string{"Stazh-Subject", "petrova", "Stazh-Office", "602"}
	ivanova = []string{"Stazh-Subject", "ivanova", "Stazh-Office", "602"}
)

// post sends JSON as one of the officers.
func (s *server) post(officer []string, path, body string) answer {
	s.Helper()
	return s.do(http.MethodPost, path, strings.NewReader(body), officer...)
}

// pensioner files the reports of the pensioner, records his work before the account, and
// gives his address.
func (s *server) pensioner() string {
	s.Helper()
	for _, form := range []string{"pu1", "pu2", "pu3"} {
		filed := s.file(report(s, "pensioner-"+form+".txt"), "", form).is(202).json()
		done := s.settle(filed["receipt"].(string))
		require.Equal(s, "accepted", done.Status)
	}
	path := "/v1/persons/" + s.person(pensioner)
	s.post(petrova, path+"/special-periods", `{"kind":"before_account","from":"1990-01-01",
		"to":"2018-01-01","evidence":{"item":"work_book","on":"2018-04-12"}}`).is(200)
	return path
}

// TestPensionThroughTwoOfficers goes from reports to a pension and back to its reasons, and
// compares the main answers with those of the description.
func TestPensionThroughTwoOfficers(t *testing.T) {
	t.Parallel()
	s := loaded(t, api.Options{})
	path := s.pensioner()
	before := s.catchUp()
	trial := s.post(petrova, path+"/trial-calculations", `{"kind":"old_age"}`).is(200)
	golden(t, "tryBenefit", trial.body)
	require.Empty(t, s.get(path+"/cases").is(200).items(), "a trial leaves nothing")

	claim := s.post(petrova, path+"/cases", `{"kind":"old_age"}`).is(200)
	golden(t, "claimBenefit", claim.body)
	id := claim.json()["id"].(string)
	require.Equal(t, id, s.post(petrova, path+"/cases", `{"kind":"old_age"}`).is(200).
		json()["id"], "the same claim once")
	s.post(petrova, path+"/cases/"+id+"/evidence",
		`{"item":"application","on":"2018-04-12"}`).is(200)
	done := s.post(petrova, path+"/cases/"+id+"/calculations", `{}`).is(200)
	golden(t, "calculateCase", done.body)
	require.Equal(t, trial.json()["amount"], done.json()["amount"])
	calculation := path + "/calculations/" + done.json()["calculation"].(string)
	s.catchUp()
	waiting := s.get("/v1/cases?office=602&work=decide").is(200)
	golden(t, "listCases", waiting.body)
	require.Equal(t, id, waiting.items()[0]["case"])

	s.post(ivanova, calculation+"/approval", `{}`).lacks("/ground")
	s.post(petrova, calculation+"/approval", `{"ground":"Law 1596-XII"}`).problem(403, "SPF-905")
	approved := s.post(ivanova, calculation+"/approval", `{"ground":"Law 1596-XII"}`).is(200)
	require.Equal(t, true, approved.json()["entitled"])
	golden(t, "approveCalculation", approved.body)
	s.catchUp()
	require.Empty(t, s.get("/v1/cases?office=602&work=any").is(200).items())
	golden(t, "listPersonCases", s.get(path+"/cases").is(200).body)
	paid := s.get(path + "/benefits?on=2018-05-01").is(200)
	golden(t, "listBenefits", paid.body)
	require.Equal(t, done.json()["amount"], paid.items()[0]["amount"])
	golden(t, "listSpecialPeriods", s.get(path+"/special-periods").is(200).body)
	totals := s.get("/v1/benefits/totals?month=2018-04&scope=office&code=602").is(200)
	golden(t, "listBenefitTotals", totals.body)
	require.EqualValues(t, 1, totals.items()[0]["count"])

	explained := s.get(calculation).is(200)
	golden(t, "explainCalculation", explained.body)
	var whole struct {
		Trace json.RawMessage `json:"trace"`
		Hash  string          `json:"trace_hash"`
	}
	require.NoError(t, json.Unmarshal(explained.body, &whole))
	hash := sha256.Sum256(whole.Trace)
	require.Equal(t, whole.Hash, hex.EncodeToString(hash[:]), "anybody can check the trace")
	s.get(path+"/calculations/"+id).problem(404, "calculation_unknown")

	requireAsOf(t, s, path, int(before))
}

// requireAsOf asks in the past and now: a month that became known later changes no answer
// of the past.
func requireAsOf(t *testing.T, s *server, path string, before int) {
	t.Helper()
	past := fmt.Sprintf("?as_of_position=%d", before)
	trial := path + "/trial-calculations"
	body := `{"kind":"old_age","from":"2018-04-12"}`
	then := s.post(petrova, trial+past, body).is(200).json()
	require.Equal(t, true, then["entitled"])
	periods := s.get(path + "/special-periods").is(200).items()
	cancelled := s.post(petrova, path+"/special-periods/"+periods[0]["period"].(string)+
		"/cancellation", `{"reason":"recorded twice","ground":"Rules, p. 12"}`).is(200)
	require.Equal(t, periods[0]["period"], cancelled.json()["id"])
	s.catchUp()
	require.Equal(t, "review", s.get("/v1/cases?office=602&work=review").is(200).
		items()[0]["work"])
	now := s.post(petrova, trial, body).is(200).json()
	require.Equal(t, false, now["entitled"])
	again := s.post(petrova, trial+past, body).is(200).json()
	require.Equal(t, then, again)
	require.Empty(t, s.get(path+"/cases"+past).is(200).items())
	require.Empty(t, s.get(path+"/benefits"+past+"&on=2018-05-01").is(200).items())
	head := int(s.catchUp())
	live := s.get(path + "/benefits?on=2018-05-01").is(200).items()
	require.Equal(t, live, s.get(fmt.Sprintf("%s/benefits?on=2018-05-01&as_of_position=%d",
		path, head)).is(200).items())
}

func TestForecastOverREST(t *testing.T) {
	t.Parallel()
	s := loaded(t, api.Options{})
	path := "/v1/persons/" + s.person(exampleNumber) // a woman of 1971
	head := s.catchUp()
	ask := func(body string) answer { return s.post(petrova, path+"/forecasts", body) }
	f := ask(`{"work_until":"2040-12-31","earnings":"1200.00"}`).is(200)
	golden(t, "forecastBenefit", f.body)
	require.Equal(t, "2038-01-01", f.json()["first_day"], "20 paid years first")
	require.Equal(t, false, f.json()["entitled_today"])
	require.NotEqual(t, "0.00", f.json()["amount"])
	later := ask(`{"work_until":"2040-12-31","earnings":"1200.00","defer_months":24}`).is(200)
	require.Equal(t, "2040-01-01", later.json()["from"])
	served := ask(`{"work_until":"2040-12-31","earnings":"1200.00","confirmed":[
		{"from":"1990-01-01","to":"2009-12-31","kind":"before_account"}]}`).is(200)
	require.Equal(t, "full", served.json()["form"])
	require.Equal(t, "2029-04-09", served.json()["first_day"], "58 years")
	require.Equal(t, head, s.catchUp(), "nothing is recorded")
	ask(`{"work_until":"2040-12-31"}`).problem(422, "plan_incomplete")
	ask(`{"kind":"no_such"}`).problem(422, "benefit_kind_unknown")
	ask(`{"confirmed":[{"from":"2010-02-01","to":"2010-01-01"}]}`).
		problem(422, "period_invalid")
	ask(`{"kind":"disability"}`).problem(422, "evidence_missing")
	ask(`{"earnings":"lots","work_until":"2040-12-31"}`).problem(422, "request_invalid")
}

func TestBenefitKindsAndRefusals(t *testing.T) {
	t.Parallel()
	s := loaded(t, api.Options{})
	kinds := s.get("/v1/benefits/kinds").is(200)
	golden(t, "listBenefitKinds", kinds.body)
	details := map[string][]string{}
	for _, k := range kinds.items() {
		for _, d := range k["details"].([]any) {
			details[k["code"].(string)] = append(details[k["code"].(string)],
				d.(object)["name"].(string))
		}
	}
	require.Contains(t, details["old_age"], "deferral_months")
	require.NotContains(t, details["old_age"], "coverage", "the ledger says it")
	require.Contains(t, details["survivor"], "survivors")

	path := "/v1/persons/" + s.person(exampleNumber)
	claim := func(role, body string) answer {
		return s.do(http.MethodPost, path+"/cases", strings.NewReader(body), "Stazh-Role", role)
	}
	claim("payer", `{"kind":"old_age"}`).problem(403, "action_denied")
	claim("officer", `{"kind":"old_age","details":{"coverage":{"years":40}}}`).
		problem(422, "detail_not_taken")
	claim("officer", `{"kind":"golden_age"}`).problem(422, "benefit_kind_unknown")
	opened := claim("person", `{"kind":"disability","details":{"group":"II",
		"disability_onset_date":"2018-03-01"}}`).is(200).json()["id"].(string)
	s.catchUp()
	s.get(path+"/cases", "Stazh-Role", "payer").problem(403, "action_denied")
	shown := s.get(path + "/cases").is(200).items()[0]
	require.Equal(t, "II", shown["details"].(object)["group"])
	s.get("/v1/cases").problem(422, "office_missing")
	withdraw := s.post(petrova, path+"/cases/"+opened+"/withdrawal", `{"reason":"by mistake"}`)
	require.Equal(t, opened, withdraw.is(200).json()["id"])
	s.post(petrova, path+"/cases/"+opened+"/calculations", `{}`).problem(409, "case_closed")
	s.post(petrova, path+"/cases/"+opened+"/termination",
		`{"last":"2018-04-30","cause":"death","ground":"Law"}`).problem(409, "case_not_awarded")
	s.post(petrova, path+"/cases/no-uuid/withdrawal", `{"reason":"x"}`).
		problem(422, "request_invalid")
	// What a claim says of health is nowhere in the log or in addresses.
	require.NotContains(t, s.log.String(), "disability_onset")
	require.False(t, bytes.Contains([]byte(s.log.String()), []byte(country.ExamplePersonalNo)))
}
