package api_test

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"github.com/stazh/stazh/api"
	"github.com/stazh/stazh/commands/intake/control"
	"github.com/stazh/stazh/fixtures/country"
)

// checkProblem checks the form of any error.
func (a answer) checkProblem(what string) {
	a.Helper()
	if a.status < 400 {
		return
	}
	require.Equal(a, "application/problem+json", a.header.Get("Content-Type"), what)
	var p map[string]any
	require.NoError(a, json.Unmarshal(a.body, &p), what)
	for _, key := range []string{"type", "title", "detail", "code", "request_id"} {
		require.NotEmpty(a, p[key], "%s: %s", what, key)
	}
	require.EqualValues(a, a.status, p["status"], what)
	require.Equal(a, a.header.Get("X-Request-Id"), p["request_id"], what)
	for _, e := range list(p["errors"]) {
		e := e.(object)
		for _, key := range []string{"code", "in", "message"} {
			require.NotEmpty(a, e[key], "%s: errors of %s", what, a.body)
		}
		require.NotContains(a, e, "value", what)
	}
}

// canaries are personal data that must appear in no error and no log.
var canaries = []string{"Канарейкина", "4090471A100BA5", "1971-04-09"}

// TestEveryErrorIsAProblem walks through all operations with all that can be wrong about
// a request, and looks that nothing personal comes back or is logged.
func TestEveryErrorIsAProblem(t *testing.T) {
	t.Parallel()
	s := loaded(t, api.Options{})
	var answers []answer
	try := func(what, method, path, body string, headers ...string) {
		t.Helper()
		var a answer
		if body == "" {
			a = s.do(method, path, nil, headers...)
		} else {
			a = s.do(method, path, strings.NewReader(body), headers...)
		}
		require.GreaterOrEqual(t, a.status, 400, "%s %s", what, path)
		a.checkProblem(what + " " + method + " " + path)
		answers = append(answers, a)
	}
	canary := url.QueryEscape(strings.Join(canaries, " "))
	operations(t, spec(t), func(name string, _ object) {
		method, path, _ := strings.Cut(name, " ")
		path = regexp.MustCompile(`\{[a-z]+\}`).ReplaceAllString(path, canaries[1])
		named := []string{"Idempotency-Key", "crawl"}
		try("unnamed", method, path, "", "Stazh-Subject", "-")
		try("no role", method, path, "", "Stazh-Role", "-")
		try("unknown role", method, path, "", "Stazh-Role", "Канарейкина")
		try("unknown parameter", method, path+"?"+canary+"="+canary, "{}", named...)
		for _, parameter := range []string{"as_of", "as_of_position", "at_least", "limit",
			"cursor", "from", "on", "sha256", "payer", "office", "scope", "year", "form",
			"after", "stream", "name"} {
			a := s.do(method, path+"?"+parameter+"="+canary, strings.NewReader("{}"), named...)
			a.checkProblem(name + " " + parameter)
			answers = append(answers, a)
		}
		try("other method", http.MethodDelete, path, "")
		try("invented method", "CANARY", path, "")
		if method == http.MethodPost {
			for _, body := range []string{`{`, `[]`, `null`, `"Канарейкина"`, `{"Канарейкина":1}`,
				`{"text":"` + strings.Repeat("Канарейкина", 100) + `"}`,
				`{"unp":"4090471A100BA5","name":1971}`, `{"parameters":["4090471A100BA5"]}`} {
				a := s.do(method, path, strings.NewReader(body), named...)
				a.checkProblem(name + " " + body)
				answers = append(answers, a)
			}
			try("type", method, path, "x", "Content-Type", "image/Канарейкина",
				"Idempotency-Key", "k")
			try("encoded", method, path, "x", "Content-Type", "text/html", "Idempotency-Key", "k")
		}
	})
	try("nothing", "GET", "/"+canary, "")
	try("nothing", "GET", "/v1/persons/by-number/"+canaries[1], "")
	try("deep", "GET", "/v1/payers/"+country.ExampleUNP+"/balance/"+canary, "")
	for _, a := range answers {
		for _, c := range canaries {
			require.NotContains(t, string(a.body), c)
		}
	}
	logged := s.log.String()
	require.Contains(t, logged, `"route":"/v1/persons/{id}"`)
	for _, c := range append(canaries, canary, "бухгалтер", country.ExampleUNP) {
		require.NotContains(t, logged, c)
	}
}

func TestCallers(t *testing.T) {
	t.Parallel()
	s := empty(t, api.Options{})
	unnamed := s.get("/v1/offices", "Stazh-Subject", "-", "Stazh-Role", "-")
	p := unnamed.problem(401, "subject_missing")
	require.Contains(t, p["detail"], "Stazh-Subject")
	require.NotEmpty(t, unnamed.header.Get("WWW-Authenticate"))
	s.get("/v1/offices", "Stazh-Role", "-").problem(401, "role_missing")
	s.get("/v1/offices", "Stazh-Role", "king").problem(403, "role_unknown")
	s.get("/v1/offices", "Stazh-Office", "x").problem(403, "office_invalid")
	s.get("/v1/offices", "Stazh-Office", "602").is(200)
	// The caller comes before everything else that may be wrong.
	s.get("/v1/offices?x=1", "Stazh-Role", "-").problem(401, "role_missing")
}

func TestRoutes(t *testing.T) {
	t.Parallel()
	s := empty(t, api.Options{})
	s.get("/nowhere").problem(404, "route_unknown")
	wrong := s.do("DELETE", "/v1/filings", nil)
	wrong.problem(405, "method_not_allowed")
	require.ElementsMatch(t, []string{"GET", "HEAD", "POST"}, wrong.header.Values("Allow"))
	for _, path := range []string{"/v1/offices", "/v1/reporting/events", "/docs", "/healthz"} {
		require.Equal(t, 200, s.do("HEAD", path, nil).status, path)
	}
	foreign, err := http.NewRequestWithContext(t.Context(), "GET", s.url+"/v1/offices", nil)
	require.NoError(t, err)
	foreign.Host = "evil.example"
	response, err := http.DefaultClient.Do(foreign)
	require.NoError(t, err)
	require.NoError(t, response.Body.Close())
	require.Equal(t, http.StatusMisdirectedRequest, response.StatusCode)
}

func TestLanguages(t *testing.T) {
	t.Parallel()
	s := empty(t, api.Options{})
	for header, want := range map[string]string{"": "en", "ru": "ru", "be-BY,be;q=0.9": "be",
		"ru-RU,ru;q=0.9,en;q=0.8": "ru", "de": "en", "en-GB": "en", "!!": "en"} {
		a := s.get("/v1/payers?limit=0", "Accept-Language", header)
		p := a.problem(422, "request_invalid")
		require.Equal(t, want, a.header.Get("Content-Language"), header)
		message := p["errors"].([]any)[0].(object)["message"].(string)
		cyrillic := regexp.MustCompile(`[а-яўі]`).MatchString(message)
		require.Equal(t, want != "en", cyrillic, message)
	}
}

// TestTextsAreWhole: every text is there in all languages.
func TestTextsAreWhole(t *testing.T) {
	t.Parallel()
	data, err := os.ReadFile("texts.json")
	require.NoError(t, err)
	var texts map[string]map[string]map[string]string
	require.NoError(t, json.Unmarshal(data, &texts))
	for group, entries := range texts {
		require.NotEmpty(t, entries)
		for code, text := range entries {
			want := []string{"ru", "be"}
			if group != "details" { // the English ones come from where the problem arises
				want = append(want, "en")
			}
			for _, lang := range want {
				require.NotEmpty(t, text[lang], "%s %s %s", group, code, lang)
			}
		}
	}
	sources, err := os.ReadDir(".")
	require.NoError(t, err)
	code := regexp.MustCompile(`\bcode[A-Z]\w+\s+= "(\w[\w-]+)"`)
	refusal := regexp.MustCompile(`refuse\((?:commands\.)?\w+, "(\w[\w-]+)"|Code: "(\w+)"`)
	found := 0
	rules := map[string]bool{}
	for _, r := range control.Catalogue() {
		rules[r.Code] = true
	}
	for _, dir := range []string{".", "service", "auth", "../commands"} {
		if sources, err = os.ReadDir(dir); err != nil {
			require.NoError(t, err)
		}
		for _, f := range sources {
			if !strings.HasSuffix(f.Name(), ".go") || strings.HasSuffix(f.Name(), "_test.go") {
				continue
			}
			text, err := os.ReadFile(dir + "/" + f.Name())
			require.NoError(t, err)
			for _, form := range []*regexp.Regexp{code, refusal} {
				for _, m := range form.FindAllStringSubmatch(string(text), -1) {
					if found++; rules[m[1]] {
						continue // a rule of the control catalogue, which has its own texts
					}
					require.Contains(t, texts["details"], m[1]+strings.Join(m[2:], ""), f.Name())
				}
			}
		}
	}
	require.Greater(t, found, 30)
}

// TestFaultOfOurs: a panic tells nothing, and is found in the log by its number.
func TestFaultOfOurs(t *testing.T) {
	t.Parallel()
	book := new(logbook)
	handler := api.New(nil, api.Options{Clock: time.Now,
		Logger: slog.New(slog.NewJSONHandler(book, nil))})
	r := httptest.NewRequest("GET", "http://127.0.0.1/v1/offices", nil)
	r.Header.Set("Stazh-Subject", "someone")
	r.Header.Set("Stazh-Role", "officer")
	w := httptest.NewRecorder()
	handler.ServeHTTP(w, r)
	a := answer{t, w.Code, w.Header(), w.Body.Bytes()}
	p := a.problem(500, "internal")
	require.NotContains(t, fmt.Sprint(p), "nil")
	require.Contains(t, book.String(), p["request_id"].(string))
	require.Contains(t, book.String(), "request panicked")
}

// TestStoreGone: without a database the answer is "try again", and then all is well again.
func TestStoreGone(t *testing.T) {
	t.Parallel()
	s := loaded(t, api.Options{})
	id := s.person(exampleNumber)
	database := s.node.Pool.Config().ConnConfig.Database
	config := s.node.Pool.Config().ConnConfig.Copy()
	config.Database = "postgres"
	admin, err := pgx.ConnectConfig(t.Context(), config)
	require.NoError(t, err)
	defer admin.Close(t.Context()) //nolint:errcheck // the test is over
	allow := func(yes bool) {
		_, err := admin.Exec(t.Context(), fmt.Sprintf(
			"alter database %s allow_connections %t", database, yes))
		require.NoError(t, err)
	}
	cut := func() {
		_, err := admin.Exec(t.Context(), `select pg_terminate_backend(pid, 5000)
			from pg_stat_activity where datname = $1`, database)
		require.NoError(t, err)
	}
	allow(false)
	cut()
	for _, path := range []string{"/readyz", "/v1/persons/" + id, "/v1/ledger/position",
		"/v1/reporting", "/v1/filings?payer=" + country.ExampleUNP} {
		a := s.get(path)
		a.is(http.StatusServiceUnavailable).checkProblem(path)
		require.Equal(t, "2", a.header.Get("Retry-After"))
		for _, leak := range []string{"SQLSTATE", database, "host="} {
			require.NotContains(t, string(a.body), leak)
		}
	}
	s.file(report(t, "example-pu3.txt"), "", "gone").is(http.StatusServiceUnavailable)
	s.get("/healthz").is(200)
	require.NotContains(t, string(s.get("/metrics").is(200).body), "stazh_ledger_position ")
	allow(true)
	s.ready()
	// Connections alone, on a ledger in which nothing happens: followers notice by and by,
	// and what they say about it must not stand for ever.
	cut()
	time.Sleep(3 * time.Second)
	s.ready()
	s.get("/v1/persons/" + id).is(200)
}

// ready waits until the server can serve again. Followers that failed pause for longer
// and longer before they try again.
func (s *server) ready() {
	s.Helper()
	var last answer
	for range 450 {
		if last = s.get("/readyz"); last.status == http.StatusOK {
			return
		}
		time.Sleep(200 * time.Millisecond)
	}
	last.is(http.StatusOK)
}
