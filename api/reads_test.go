package api_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/stazh/stazh/api"
	"github.com/stazh/stazh/api/service"
	"github.com/stazh/stazh/fixtures/country"
	"github.com/stazh/stazh/ledger"
)

// exampleNumber is that of the first of the two hundred.
const exampleNumber = "4090471A100BA5"

const payerPath = "/v1/payers/" + country.ExampleUNP

// TestGoldenAnswers compares the main answers with those that the description shows as
// examples: what is on the wire never changes unnoticed.
func TestGoldenAnswers(t *testing.T) {
	t.Parallel()
	s := loaded(t, api.Options{})
	id := s.person(exampleNumber)
	filings := s.get(payerPath + "/filings").is(200).items()
	require.Len(t, filings, 3)
	receipt := filings[0]["receipt"].(string)
	search := s.do("POST", "/v1/persons/search", strings.NewReader(
		`{"text":"`+exampleNumber+`"}`)).is(200)
	check := s.do("POST", "/v1/filing-checks", bytes.NewReader(
		report(t, "pu3-200-14-faults.txt")), "Content-Type", "text/plain").is(200)
	preview := s.do("POST", "/v1/filing-previews", bytes.NewReader(
		report(t, "example-pu3.txt")), "Content-Type", "text/plain").is(200)
	submit := s.file(report(t, "example-pu3.txt"), "", "example").is(202)
	s.settle(submit.json()["receipt"].(string))
	for operation, a := range map[string]answer{
		"searchPersons":    search,
		"checkFiling":      check,
		"previewFiling":    preview,
		"submitFiling":     submit,
		"listFilings":      s.get("/v1/filings?payer=" + country.ExampleUNP),
		"readFiling":       s.get("/v1/filings/" + receipt),
		"readPerson":       s.get("/v1/persons/" + id),
		"readAccount":      s.get("/v1/persons/" + id + "/account"),
		"readHistory":      s.get("/v1/persons/" + id + "/history"),
		"readCoverage":     s.get("/v1/persons/" + id + "/coverage?on=2018-04-12"),
		"listEmployments":  s.get("/v1/persons/" + id + "/employments"),
		"listVersions":     s.get("/v1/persons/" + id + "/versions"),
		"listPayers":       s.get("/v1/payers?query=васил"),
		"readPayer":        s.get(payerPath),
		"readBalance":      s.get(payerPath + "/balance?on=2018-04-12"),
		"listPayments":     s.get(payerPath + "/payments"),
		"listPayerPersons": s.get(payerPath + "/persons"),
		"listOffices":      s.get("/v1/offices"),
		"listDepartments":  s.get("/v1/departments"),
		"listTotals":       s.get("/v1/reporting?scope=country&form=ПУ-3"),
		"listExpected":     s.get("/v1/reporting/expected?scope=country&year=2018&quarter=1"),
		"listRules":        s.get("/v1/rules"),
		"listParameters":   s.get("/v1/law/parameters?name=minimum_wage"),
		"listEvents":       s.get("/v1/ledger/events?stream=payer-" + country.ExampleUNP),
		"readPosition":     s.get("/v1/ledger/position"),
		"listProjections":  s.get("/v1/projections"),
	} {
		require.Less(t, a.status, 300, "%s: %s", operation, a.body)
		require.NotEmpty(t, a.header.Get("Stazh-Position"), operation)
		require.Equal(t, "no-store", a.header.Get("Cache-Control"), operation)
		require.Contains(t, a.json(), "position", operation)
		require.NotContains(t, string(a.body), "null", operation)
		golden(t, operation, a.body)
	}
}

// golden compares with a file, leaving aside what differs from run to run.
func golden(t *testing.T, name string, body []byte) {
	t.Helper()
	var v any
	require.NoError(t, json.Unmarshal(body, &v))
	var out bytes.Buffer
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	require.NoError(t, enc.Encode(steady("", v)))
	path := filepath.Join("examples", name+".json")
	if *update {
		require.NoError(t, os.MkdirAll("examples", 0o755))
		require.NoError(t, os.WriteFile(path, out.Bytes(), 0o644))
	}
	want, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Equal(t, string(want), out.String(), "%s: run go test ./api -update", name)
}

var (
	momentForm = regexp.MustCompile(`^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]+Z$`)
	hashForm   = regexp.MustCompile(`^[0-9a-f]{64}$`)
)

// steady replaces positions, moments and hashes, and cuts long lists.
func steady(key string, v any) any {
	switch v := v.(type) {
	case object:
		for k := range v {
			v[k] = steady(k, v[k])
		}
	case []any:
		v = v[:min(len(v), 2)]
		for i := range v {
			v[i] = steady(key, v[i])
		}
		return v
	case string:
		switch {
		case momentForm.MatchString(v):
			return "2018-04-12T09:00:00.123456Z"
		case hashForm.MatchString(v):
			return strings.Repeat("0123456789abcdef", 4)
		case key == "record":
			return "AQID"
		case key == "next_cursor" && v != "":
			return "AQID"
		}
	case float64:
		if strings.HasSuffix(key, "position") || key == "after" || key == "head" ||
			key == "seen_at" || key == "seen_law" {
			return 4711
		}
	}
	return v
}

// TestAsOf: what was not known yet is not there, and stays so for ever.
func TestAsOf(t *testing.T) {
	t.Parallel()
	s := loaded(t, api.Options{})
	id := s.person(exampleNumber)
	account := "/v1/persons/" + id + "/account"
	now := s.get(account).is(200).json()
	rows := now["rows"].([]any)
	require.Len(t, rows, 3)
	reported := int(rows[0].(object)["position"].(float64))
	recorded := rows[0].(object)["recorded_at"].(string)

	before := s.get(fmt.Sprintf("%s?as_of_position=%d", account, reported-1)).is(200).json()
	require.Empty(t, before["rows"])
	require.EqualValues(t, reported-1, before["position"])
	at := s.get(account + "?as_of=" + recorded).is(200).json()
	require.Equal(t, rows, at["rows"])
	require.GreaterOrEqual(t, at["position"], float64(reported))
	require.Equal(t, recorded, at["recorded_up_to"])
	require.Equal(t, now["contributions"], at["contributions"])
	require.NotContains(t, now, "chain")
	events := s.get("/v1/ledger/events?limit=1000&stream=person-" + id).is(200).items()
	upTo := slices.IndexFunc(events, func(e object) bool {
		return e["position"].(float64) > at["position"].(float64)
	})
	if upTo < 0 {
		upTo = len(events)
	}
	require.Equal(t, object{"stream": "person-" + id, "revision": float64(upTo - 1),
		"head": events[upTo-1]["head"], "verified": true}, at["chain"])
	whole := requireCertified(t, s.get("/v1/persons/"+id+"/history").is(200), len(events))
	require.Equal(t, events[len(events)-1]["head"], whole["chain"].(object)["head"])
	past := requireCertified(t, s.get(fmt.Sprintf("/v1/persons/%s/history?as_of_position=%d", id,
		int(at["position"].(float64)))).is(200), upTo)
	for _, same := range []string{"person", "position", "recorded_up_to", "chain", "years",
		"total", "demo"} {
		require.Equal(t, at[same], past[same], same)
	}
	require.Equal(t, at, s.get(fmt.Sprintf("%s?as_of_position=%d", account,
		int(at["position"].(float64)))).is(200).json(), "asked again")

	for _, path := range []string{"/v1/persons/" + id, "/v1/persons/" + id + "/coverage",
		"/v1/persons/" + id + "/employments", payerPath, payerPath + "/balance",
		payerPath + "/payments"} {
		head := s.get("/v1/ledger/position").json()["position"].(float64)
		live := s.get(path).is(200).json()
		past := s.get(fmt.Sprintf("%s?as_of_position=%d", path, int(head))).is(200).json()
		delete(live, "position")
		delete(past, "position")
		delete(live, "recorded_up_to")
		delete(past, "recorded_up_to")
		require.Equal(t, live, past, path)
		s.get(path+"?as_of_position=1").problem(404, map[bool]string{
			true: "payer_unknown", false: "person_unknown"}[strings.HasPrefix(path, payerPath)])
	}
	require.Empty(t, s.get(fmt.Sprintf("/v1/persons/%s/coverage?as_of_position=%d", id,
		reported-1)).is(200).json()["total"].(object)["intervals"])

	s.get(account+"?as_of=2999-01-01T00:00:00Z").problem(422, "as_of_ahead")
	s.get(account+"?as_of_position=99999999").problem(422, "as_of_ahead")
	s.get(account+"?as_of_position=5&as_of=2018-01-01T00:00:00Z").problem(422, "as_of_twice")
	early := s.get("/v1/law/parameters?as_of=2001-01-01T00:00:00Z").is(200)
	require.Empty(t, early.items())
}

// requireCertified hashes the stored bytes of a history's events, as whoever is handed one
// can, and finds the head of the chain.
func requireCertified(t *testing.T, a answer, events int) object {
	t.Helper()
	var history struct {
		Events []service.StoredEvent
		Chain  service.Chain
	}
	require.NoError(t, json.Unmarshal(a.body, &history))
	require.Len(t, history.Events, events)
	var head ledger.Hash
	for i, e := range history.Events {
		_, err := ledger.Open(history.Chain.Stream, ledger.Revision(i), e.Position, e.Record, head)
		require.NoError(t, err)
		head = ledger.NextHead(history.Chain.Stream, ledger.Revision(i), head,
			ledger.HashRecord(e.Record))
	}
	require.Equal(t, head, history.Chain.Head)
	return a.json()
}

func TestPersons(t *testing.T) {
	t.Parallel()
	s := loaded(t, api.Options{})
	id := s.person(exampleNumber)
	require.Equal(t, id, s.person("4090471а100вА5"), "Cyrillic letters of the same look")
	view := s.get("/v1/persons/" + id).is(200).json()
	surname := view["surname"].(string)
	require.Equal(t, exampleNumber, view["insurance_no"])
	require.NotEmpty(t, s.person(strings.ToLower(surname)))
	search := func(body string, headers ...string) answer {
		return s.do("POST", "/v1/persons/search", strings.NewReader(body), headers...)
	}
	first := search(`{"text":"` + surname[:6] + `","limit":1}`).is(200).json()
	require.NotEmpty(t, first["next_cursor"])
	second := search(fmt.Sprintf(`{"text":%q,"limit":1,"cursor":%q}`, surname[:6],
		first["next_cursor"])).is(200).json()
	require.NotEqual(t, first["items"], second["items"])
	require.Empty(t, search(`{"text":"Ъхыъй Щщщ"}`).is(200).items())
	search(`{"text":"-"}`).problem(422, "search_empty")
	search(`{"text":""}`).problem(422, "request_invalid")
	search(`{"text":"x"`).problem(400, "body_malformed")
	search(``).problem(400, "body_missing")
	search(`{"text":"x"}`, "Content-Type", "text/xml").problem(415, "media_type_unsupported")
	search(`{"text":"иванов","cursor":"zzz"}`).problem(422, "cursor_invalid")

	account := "/v1/persons/" + id + "/account"
	march := s.get(account + "?from=2018-03&to=2018-03").is(200).json()
	require.Len(t, march["rows"], 1)
	s.get(account+"?from=2018-13").problem(422, "request_invalid")
	s.get(account+"?from=2018-03&to=2018-01").problem(422, "months_reversed")
	s.get("/v1/persons/"+id+"/coverage?on=yesterday").problem(422, "request_invalid")
	s.get("/v1/persons/"+exampleNumber).problem(422, "request_invalid")
	unknown := "/v1/persons/6f1c2a34-8b1e-8c00-9d2a-52f0f3f0a1b7"
	for _, path := range []string{"", "/account", "/history", "/coverage", "/employments"} {
		s.get(unknown+path).problem(404, "person_unknown")
	}
}

func TestPayers(t *testing.T) {
	t.Parallel()
	s := loaded(t, api.Options{})
	register := func(body, key string) answer {
		return s.do("POST", "/v1/payers", strings.NewReader(body), "Idempotency-Key", key)
	}
	body := `{"unp":"190000018","fund_no":"601000002","name":"ЧТУП «Ромашка»",` +
		`"kind":"employer","since":"2018-02-01"}`
	made := register(body, "k1").is(http.StatusCreated)
	require.Equal(t, "/v1/payers/190000018", made.header.Get("Location"))
	again := register(body, "k1").is(http.StatusOK)
	require.Equal(t, "true", again.header.Get("Idempotency-Replayed"))
	require.Equal(t, string(made.body), string(again.body))
	read := s.get("/v1/payers/190000018?at_least=" + made.header.Get("Stazh-Position")).is(200)
	require.Equal(t, "ЧТУП «Ромашка»", read.json()["name"])
	register(strings.Replace(body, "Ромашка", "Лютик", 1), "k2").problem(409, "payer_exists")
	// Content alone tells a repetition: no key is needed, and one used before says nothing.
	register(body, "-").is(http.StatusOK)
	other := strings.Replace(body, "190000018", "190000020", 1)
	register(strings.Replace(other, "601000002", "601000003", 1), "k1").is(http.StatusCreated)
	register(strings.Replace(body, "190000018", "190000019", 1), "k3").
		problem(422, "unp_invalid")
	register(strings.Replace(body, "601000002", "999000002", 1), "k4").
		problem(422, "office_unknown")
}

func TestPayerReads(t *testing.T) {
	t.Parallel()
	s := loaded(t, api.Options{})
	require.Len(t, s.get("/v1/payers").is(200).items(), 2)
	require.Len(t, s.get("/v1/payers?office=602").is(200).items(), 2)
	require.Empty(t, s.get("/v1/payers?region=1").is(200).items())
	first := s.get("/v1/payers?limit=1").is(200).json()
	rest := s.get("/v1/payers?limit=1&cursor=" + first["next_cursor"].(string)).is(200).json()
	require.NotEqual(t, first["items"], rest["items"])
	balance := s.get(payerPath + "/balance").is(200).json()
	require.Len(t, balance["months"], 3)
	payments := s.get(payerPath + "/payments?limit=3").is(200).json()
	require.Len(t, payments["items"], 3)
	last := s.get(payerPath + "/payments?cursor=" + payments["next_cursor"].(string)).is(200)
	require.Len(t, last.items(), 1)
	require.Len(t, s.get(payerPath+"/persons?limit=1000").is(200).items(), 200)
	require.Empty(t, s.get(payerPath+"/parked").is(200).items())
	require.Empty(t, s.get("/v1/payers/190000018/filings").is(200).items())
	for _, path := range []string{"", "/balance", "/payments"} {
		s.get("/v1/payers/190000018"+path).problem(404, "payer_unknown")
	}
	s.get("/v1/payers/12").problem(422, "request_invalid")
	s.get(payerPath+"/payments?cursor=AQEB").problem(422, "cursor_invalid")
	s.get("/v1/payers?cursor=AQEB").problem(422, "cursor_invalid")
	s.get("/v1/payers?limit=0").problem(422, "request_invalid")
}

func TestReportingAndLaw(t *testing.T) {
	t.Parallel()
	s := loaded(t, api.Options{})
	totals := s.get("/v1/reporting?scope=country&form=any&quarter=2").is(200).items()
	require.Len(t, totals, 1)
	require.EqualValues(t, 4, totals[0]["received"])
	office := s.get("/v1/reporting?scope=office&code=602&form=ПУ-3&year=2018&quarter=1").is(200)
	require.EqualValues(t, 200, office.items()[0]["persons"])
	s.get("/v1/reporting?scope=planet").problem(422, "request_invalid")
	s.get("/v1/reporting/expected?scope=country").problem(422, "request_invalid")
	require.Len(t, s.get("/v1/offices").is(200).items(), 149)
	require.Len(t, s.get("/v1/departments").is(200).items(), 7)
	require.Greater(t, len(s.get("/v1/rules").is(200).items()), 40)

	publish := func(body, key string) answer {
		return s.do("POST", "/v1/law/parameters", strings.NewReader(body),
			"Idempotency-Key", key)
	}
	body := `{"parameters":[{"name":"minimum_wage","value":"901.50","from":"2031-01-01",` +
		`"act":"a test"}]}`
	one := publish(body, "law-1").is(200).json()
	require.EqualValues(t, 1, one["published"])
	require.EqualValues(t, 0, publish(body, "law-1").is(200).json()["published"])
	listed := s.get("/v1/law/parameters?name=minimum_wage&on=2031-02-01").is(200).items()
	require.Equal(t, "901.50", listed[len(listed)-1]["value"])
	// Content alone tells a repetition, whatever the key.
	require.EqualValues(t, 0, publish(body, "-").is(200).json()["published"])
	later := strings.Replace(body, "2031-01-01", "2032-01-01", 1)
	require.EqualValues(t, 1, publish(later, "law-1").is(200).json()["published"])
	publish(strings.Replace(body, "901.50", "902", 1), "law-2").
		problem(409, "parameter_recorded")
	publish(strings.NewReplacer("901.50", "lots", "2031", "2033").Replace(body), "law-2").
		problem(422, "parameter_invalid")
	publish(`{"parameters":[]}`, "law-3").problem(422, "request_invalid")
}

func TestLedger(t *testing.T) {
	t.Parallel()
	s := loaded(t, api.Options{})
	head := s.get("/v1/ledger/position").is(200).json()["position"].(float64)
	seen, after := 0, 0
	for {
		page := s.get(fmt.Sprintf("/v1/ledger/events?after=%d&limit=400", after)).is(200).json()
		items := page["items"].([]any)
		for _, e := range items {
			seen++
			require.EqualValues(t, seen, e.(object)["position"])
		}
		if len(items) == 0 {
			break
		}
		after = int(page["after"].(float64))
	}
	require.EqualValues(t, head, seen)
	law := s.get("/v1/ledger/events?stream=law&limit=3").is(200)
	require.Len(t, law.items(), 3)
	require.Empty(t, s.get("/v1/ledger/events?stream=payer-190000018").is(200).items())
	s.get("/v1/ledger/events?stream=everything").problem(422, "stream_invalid")
	s.get("/v1/ledger/events?after=-1").problem(422, "request_invalid")
	require.Len(t, s.get("/v1/projections").is(200).items(), 9)
	require.Equal(t, "alive", s.get("/healthz").is(200).json()["status"])
	require.Equal(t, "ready", s.get("/readyz").is(200).json()["status"])
	metrics := string(s.get("/metrics").is(200).body)
	for _, name := range []string{"stazh_http_request_duration_seconds_bucket",
		`stazh_filings{state="accepted"} 3`, `stazh_projection_lag_events{projection="account"}`,
		"stazh_ledger_position", `stazh_filed_documents{outcome="accepted"}`} {
		require.Contains(t, metrics, name)
	}
	require.NotContains(t, metrics, country.ExampleUNP)
}
