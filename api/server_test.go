package api_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/stazh/stazh/api"
	"github.com/stazh/stazh/api/node"
	"github.com/stazh/stazh/api/service"
	"github.com/stazh/stazh/commands"
	"github.com/stazh/stazh/fixtures/country"
	"github.com/stazh/stazh/fixtures/pgtest"
	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/ledger/period"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

// testKey is the installation's key of all tests, so that pseudonyms are always the same.
const testKey = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff\n"

// treasury files the lists of payments.
const treasury = "100000007"

// clock is the Fund's clock: the day on which the samples are in time, always moving.
type clock struct {
	hour  int
	ticks atomic.Int64
}

func (c *clock) now() time.Time {
	start := country.SampleFiledOn.Time().Add(time.Duration(c.hour) * time.Hour)
	return start.Add(time.Duration(c.ticks.Add(1)) * time.Millisecond)
}

// logbook keeps what is logged.
type logbook struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *logbook) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(b)
}

func (l *logbook) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// server is a whole Stazh with its HTTP interface.
type server struct {
	testing.TB
	node    *node.Node
	service *service.Service
	url     string
	log     *logbook
	stop    context.CancelFunc
	ended   chan error
}

func openNode(ctx context.Context, dir, url string, hour int, logger *slog.Logger,
) (*node.Node, error) {
	key := filepath.Join(dir, "test.key")
	if err := os.WriteFile(key, []byte(testKey), 0o600); err != nil {
		return nil, err
	}
	return node.Open(ctx, node.Config{Dir: dir, DatabaseURL: url, KeyFile: key, Demo: true,
		Clock: (&clock{hour: hour}).now, Logger: logger})
}

func serviceOf(n *node.Node, dir string) *service.Service {
	return service.New(service.Config{Bus: n.Bus, Runner: n.Runner,
		Models: n.Models.Queries, Clock: n.Config.Clock,
		Spool: dir, WaitMax: 20 * time.Second})
}

// empty is a server whose ledger has the law only.
func empty(t testing.TB, o api.Options) *server {
	t.Helper()
	return serve(t, o, pgtest.Template(t, "empty", func(ctx context.Context, url string) error {
		return prepare(ctx, url, nil)
	}))
}

// loaded is a server with the payer of the samples, its two hundred persons, their first
// quarter and its payments.
func loaded(t testing.TB, o api.Options) *server {
	t.Helper()
	return serve(t, o, pgtest.Template(t, "loaded", func(ctx context.Context, url string) error {
		return prepare(ctx, url, []string{"pu1-200.txt", "pu2-200.txt", "pu3-200-clean.txt",
			"payments.csv"})
	}))
}

var operator = service.Caller{Subject: "tests", Role: "operator"}

// prepare fills a database with what the files cause.
func prepare(ctx context.Context, url string, files []string) error {
	dir, err := os.MkdirTemp("", "stazh-api-*")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir) //nolint:errcheck // a temporary directory
	n, err := openNode(ctx, dir, url, 9, slog.New(slog.DiscardHandler))
	if err != nil {
		return err
	}
	defer n.Close(ctx) //nolint:errcheck // the template is whole already
	n.Follow(ctx)
	s := serviceOf(n, dir)
	if len(files) > 0 {
		if err := registerSamples(ctx, s); err != nil {
			return err
		}
	}
	for _, name := range files {
		payer := country.ExampleUNP
		if name == "payments.csv" {
			payer = treasury
		}
		content, err := os.ReadFile("../fixtures/reports/" + name)
		if err != nil {
			return err
		}
		receipt, err := s.Submit(ctx, operator, service.Submission{Payer: payer,
			Content: bytes.NewReader(content), Key: name, Channel: service.ChannelAPI})
		if err != nil {
			return err
		}
		done, err := s.WaitProcessed(ctx, operator, receipt.Value.Receipt)
		if err != nil {
			return err
		}
		// Two of the payments are dated after the day of the tests and are rejected.
		if done.Value.Status != "accepted" && payer != treasury {
			page, err := s.Findings(ctx, operator, receipt.Value.Receipt,
				service.FindingFilter{}, "", 3)
			return fmt.Errorf("%s ended %s: %v, %w", name, done.Value.Status, page.Items, err)
		}
	}
	head, err := n.Log.Head(ctx)
	if err != nil {
		return err
	}
	for _, name := range n.Runner.Names() {
		if err := n.Runner.WaitFor(ctx, name, head); err != nil {
			return err
		}
	}
	return nil
}

func registerSamples(ctx context.Context, s *service.Service) error {
	for _, c := range []commands.RegisterPayer{
		{UNP: country.ExampleUNP, FundNo: country.ExampleFundNo, Name: country.ExampleName,
			Kind: "employer", Since: period.MustDate("2017-01-01")},
		{UNP: treasury, FundNo: "602000001", Name: "Казначейство", Kind: "treasury",
			Since: period.MustDate("2017-01-01")},
	} {
		if _, err := s.RegisterPayer(ctx, operator, c); err != nil {
			return err
		}
	}
	return nil
}

func serve(t testing.TB, o api.Options, url string) *server {
	t.Helper()
	book := new(logbook)
	logger := slog.New(slog.NewJSONHandler(book, &slog.HandlerOptions{Level: slog.LevelDebug}))
	dir := t.TempDir()
	n, err := openNode(t.Context(), dir, url, 12, logger)
	require.NoError(t, err)
	n.Follow(context.WithoutCancel(t.Context()))
	o.Logger, o.Clock, o.Version = logger, time.Now, "test"
	s := &server{TB: t, node: n, service: serviceOf(n, dir), log: book,
		ended: make(chan error, 1)}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	s.url = "http://" + l.Addr().String()
	var ctx context.Context
	ctx, s.stop = context.WithCancel(context.WithoutCancel(t.Context()))
	go func() { s.ended <- api.Serve(ctx, l, api.New(s.service, o), logger) }()
	t.Cleanup(func() {
		s.stop()
		require.NoError(t, <-s.ended)
		require.NoError(t, n.Close(context.WithoutCancel(t.Context())))
	})
	return s
}

// answer is what came back, whole.
type answer struct {
	testing.TB
	status int
	header http.Header
	body   []byte
}

// do sends a request; headers are pairs. Callers are named unless a header says "-".
func (s *server) do(method, path string, body io.Reader, headers ...string) answer {
	s.Helper()
	r, err := http.NewRequestWithContext(s.Context(), method, s.url+path, body)
	require.NoError(s, err)
	r.Header.Set("Stazh-Subject", "бухгалтер")
	r.Header.Set("Stazh-Role", "officer")
	for i := 0; i < len(headers); i += 2 {
		if headers[i+1] == "-" {
			r.Header.Del(headers[i])
			continue
		}
		r.Header.Set(headers[i], headers[i+1])
	}
	if body != nil && r.Header.Get("Content-Type") == "" {
		r.Header.Set("Content-Type", "application/json")
	}
	response, err := http.DefaultClient.Do(r)
	require.NoError(s, err)
	defer response.Body.Close() //nolint:errcheck // read whole
	data, err := io.ReadAll(response.Body)
	require.NoError(s, err)
	return answer{s.TB, response.StatusCode, response.Header, data}
}

func (s *server) get(path string, headers ...string) answer {
	s.Helper()
	return s.do(http.MethodGet, path, nil, headers...)
}

// is checks the status of an answer.
func (a answer) is(status int) answer {
	a.Helper()
	require.Equalf(a, status, a.status, "%s", a.body)
	return a
}

// json reads the body.
func (a answer) json() object {
	a.Helper()
	var v object
	require.NoError(a, json.Unmarshal(a.body, &v), string(a.body))
	return v
}

func (a answer) items() []object {
	a.Helper()
	items := []object{}
	for _, i := range a.json()["items"].([]any) {
		items = append(items, i.(object))
	}
	return items
}

// problem checks that the answer is a problem of the code.
func (a answer) problem(status int, code string) object {
	a.Helper()
	a.is(status)
	p := a.json()
	require.Equal(a, "application/problem+json", a.header.Get("Content-Type"))
	require.Equal(a, code, p["code"], string(a.body))
	require.EqualValues(a, status, p["status"])
	require.Equal(a, a.header.Get("X-Request-Id"), p["request_id"])
	require.NotEmpty(a, p["request_id"])
	require.Equal(a, "urn:stazh:problem:"+code, p["type"])
	require.NotEmpty(a, p["title"])
	require.NotEmpty(a, p["detail"])
	return p
}

func report(t testing.TB, name string) []byte {
	t.Helper()
	content, err := os.ReadFile("../fixtures/reports/" + name)
	require.NoError(t, err)
	return content
}

// file submits a file.
func (s *server) file(content []byte, query, key string, headers ...string) answer {
	s.Helper()
	return s.do(http.MethodPost, "/v1/filings"+query, bytes.NewReader(content),
		append([]string{"Idempotency-Key", key, "Content-Type", "application/octet-stream"},
			headers...)...)
}

// settle waits until a filing is processed and all read models show it.
func (s *server) settle(receipt string) service.FilingView {
	s.Helper()
	done, err := s.service.WaitProcessed(s.Context(), operator, receipt)
	require.NoError(s, err)
	s.catchUp()
	return done.Value
}

func (s *server) catchUp() ledger.Position {
	s.Helper()
	head, err := s.node.Log.Head(s.Context())
	require.NoError(s, err)
	for _, name := range s.node.Runner.Names() {
		require.NoError(s, s.node.Runner.WaitFor(s.Context(), name, head))
	}
	return head
}

// person finds the one person of a text.
func (s *server) person(text string) string {
	s.Helper()
	a := s.do(http.MethodPost, "/v1/persons/search",
		strings.NewReader(fmt.Sprintf(`{"text":%q}`, text))).is(200)
	require.NotEmpty(s, a.items(), text)
	return a.items()[0]["id"].(string)
}
