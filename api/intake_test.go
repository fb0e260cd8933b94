package api_test

import (
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/stazh/stazh/api"
	"github.com/stazh/stazh/api/service"
	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/ledger/event"
)

func TestSubmitAndRead(t *testing.T) {
	t.Parallel()
	s := empty(t, api.Options{})
	require.NoError(t, registerSamples(t.Context(), s.service))
	content := report(t, "pu1-200.txt")
	first := s.file(content, "", "key-1").is(http.StatusAccepted)
	receipt := first.json()["receipt"].(string)
	require.Equal(t, "/v1/filings/"+receipt, first.header.Get("Location"))
	require.Empty(t, first.header.Get("Idempotency-Replayed"))
	require.Equal(t, fmt.Sprint(first.json()["position"]), first.header.Get("Stazh-Position"))

	for _, again := range []answer{
		s.file(content, "", "key-1"),
		s.file(content, "?payer=200988541", "another-key"),
	} {
		again.is(http.StatusAccepted)
		require.Equal(t, string(first.body), string(again.body))
		require.Equal(t, "true", again.header.Get("Idempotency-Replayed"))
	}
	other := s.file(report(t, "pu2-200.txt"), "", "key-1")
	other.problem(http.StatusUnprocessableEntity, "SPF-010")
	s.file(content, "", "").problem(http.StatusBadRequest, "idempotency_key_missing")

	done := s.settle(receipt)
	require.Equal(t, "accepted", done.Status)
	read := s.get(first.header.Get("Location")).is(200).json()
	require.Equal(t, "accepted", read["status"])
	require.EqualValues(t, 200, read["accepted"])
	for _, query := range []string{"?sha256=" + read["sha256"].(string),
		"?payer=200988541&idempotency_key=key-1", "?payer=200988541"} {
		found := s.get("/v1/filings" + query).is(200).items()
		require.Len(t, found, 1, query)
		require.Equal(t, receipt, found[0]["receipt"])
	}
	original := s.get("/v1/filings/" + receipt + "/original").is(200)
	require.True(t, bytes.Equal(content, original.body))
	loose := strings.ToLower(strings.ReplaceAll(receipt, "-", ""))
	require.Equal(t, receipt, s.get("/v1/filings/" + loose).is(200).json()["receipt"])

	s.get("/v1/filings").problem(422, "filing_reference_missing")
	s.get("/v1/filings/0000-0000-0000-0000").problem(404, "filing_unknown")
	s.get("/v1/filings/0000-0000-0000-0000/events").problem(404, "filing_unknown")
	s.get("/v1/filings/0000-0000-0000-0000/findings").problem(404, "filing_unknown")
	s.get("/v1/filings/0000-0000-0000-0000/original").problem(404, "filing_unknown")
	past := s.get(fmt.Sprintf("/v1/filings/%s?as_of_position=%d", receipt,
		int(first.json()["position"].(float64)))).is(200).json()
	require.Equal(t, "received", past["status"])
}

// TestParallelSubmits: whatever arrives at once, a file arrives once.
func TestParallelSubmits(t *testing.T) {
	t.Parallel()
	s := empty(t, api.Options{})
	require.NoError(t, registerSamples(t.Context(), s.service))
	content := report(t, "pu1-200.txt")
	answers := make([]answer, 20)
	var wait sync.WaitGroup
	for i := range answers {
		wait.Go(func() { answers[i] = s.file(content, "?payer=200988541", "same-key") })
	}
	wait.Wait()
	fresh := 0
	for _, a := range answers {
		a.is(http.StatusAccepted)
		require.Equal(t, string(answers[0].body), string(a.body))
		if a.header.Get("Idempotency-Replayed") == "" {
			fresh++
		}
	}
	require.LessOrEqual(t, fresh, 1)
	received := 0
	for e, err := range s.node.Log.ReadAll(t.Context(), 0, 0) {
		require.NoError(t, err)
		if e.Type == (*event.FilingReceived)(nil).EventType() {
			received++
		}
	}
	require.Equal(t, 1, received)
}

func TestSubmitForms(t *testing.T) {
	t.Parallel()
	s := loaded(t, api.Options{})
	form := func(field string) ([]byte, string) {
		var b bytes.Buffer
		w := multipart.NewWriter(&b)
		require.NoError(t, w.WriteField("note", "not looked at"))
		part, err := w.CreateFormFile(field, "report.csv")
		require.NoError(t, err)
		_, err = part.Write(report(t, "pu3-5.csv"))
		require.NoError(t, err)
		require.NoError(t, w.Close())
		return b.Bytes(), w.FormDataContentType()
	}
	body, kind := form("file")
	filed := s.file(body, "", "form", "Content-Type", kind).is(202).json()
	plain := s.file(report(t, "pu3-5.csv"), "", "plain", "Content-Type", "text/csv").is(202)
	require.Equal(t, filed["receipt"], plain.json()["receipt"])
	body, kind = form("data")
	s.file(body, "", "form-2", "Content-Type", kind).problem(400, "file_missing")
	s.file(body, "", "x", "Content-Type", "image/png").problem(415, "media_type_unsupported")
	s.file(body, "", "x", "Content-Type", "multipart/form-data").problem(400, "file_missing")
	s.file([]byte("hello"), "?payer=12", "x").problem(422, "payer_invalid")
	for name, kind := range map[string]string{
		"pu3-5.json": "application/json", "pu3-5.ndjson": "application/x-ndjson",
		"pu3-5.xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
	} {
		checked := s.do("POST", "/v1/filing-checks", bytes.NewReader(report(t, name)),
			"Content-Type", kind).is(200).json()
		require.EqualValues(t, 5, checked["documents"], name)
		s.file(report(t, name), "", name, "Content-Type", kind).is(202)
	}
}

// TestTooLarge: more than the limit is refused, whatever the route and the client says.
func TestTooLarge(t *testing.T) {
	t.Parallel()
	s := empty(t, api.Options{UploadBytes: 64 << 20})
	require.NoError(t, registerSamples(t.Context(), s.service))
	const size = 70 << 20
	for _, path := range []string{"/v1/filings?payer=200988541", "/v1/filings",
		"/v1/filing-checks"} {
		for _, known := range []bool{true, false} {
			var body io.Reader = bytes.NewReader(make([]byte, size))
			if !known { // sent in chunks
				body = io.LimitReader(zeros{}, size)
			}
			s.do("POST", path, body, "Idempotency-Key", "big", "Content-Type", "text/plain").
				problem(413, "body_too_large")
		}
	}
	large := `{"text":"` + strings.Repeat("я", 1<<20) + `"}`
	s.do("POST", "/v1/persons/search", strings.NewReader(large)).problem(413, "body_too_large")
	s.do("POST", "/v1/persons/search", io.LimitReader(strings.NewReader(large), 2<<20)).
		problem(413, "body_too_large")
}

type zeros struct{}

func (zeros) Read(b []byte) (int, error) { clear(b); return len(b), nil }

type planted struct {
	Code     string
	Document int
	Line     int
	Pointer  string
}

// TestPlantedFaults: a check and a filing say the same, and exactly what is wrong.
func TestPlantedFaults(t *testing.T) {
	t.Parallel()
	var want []planted
	require.NoError(t, json.Unmarshal(report(t, "pu3-200-14-faults.golden.json"), &want))
	s := empty(t, api.Options{})
	require.NoError(t, registerSamples(t.Context(), s.service))
	for _, name := range []string{"pu1-200.txt", "pu2-200.txt"} {
		s.settle(s.file(report(t, name), "", name).is(202).json()["receipt"].(string))
	}
	content := report(t, "pu3-200-14-faults.txt")
	before := s.catchUp()
	checked := s.do("POST", "/v1/filing-checks", bytes.NewReader(content),
		"Content-Type", "application/octet-stream").is(200).json()
	require.Equal(t, before, s.catchUp(), "a check leaves no trace")
	require.ElementsMatch(t, want, places(t, checked["findings"]))
	require.EqualValues(t, len(want), checked["findings_total"])
	require.Equal(t, false, checked["findings_truncated"])
	require.Len(t, checked["groups"], 14)
	require.Equal(t, "partial", checked["outcome"])

	receipt := s.file(content, "", "faulty").is(202).json()["receipt"].(string)
	done := s.settle(receipt)
	require.EqualValues(t, checked["accepted"], done.Accepted)
	path := "/v1/filings/" + receipt + "/findings"
	whole := s.get(path).is(200).json()
	require.Equal(t, checked["findings"], whole["items"])
	require.Equal(t, "", whole["next_cursor"])

	var paged []any
	cursor := ""
	for pages := 0; ; pages++ {
		require.Less(t, pages, 10)
		page := s.get(path + "?limit=4&cursor=" + cursor).is(200).json()
		paged = append(paged, page["items"].([]any)...)
		if cursor = page["next_cursor"].(string); cursor == "" {
			break
		}
	}
	require.Equal(t, whole["items"], paged)
	s.get(path+"?cursor=nonsense").problem(422, "cursor_invalid")
	require.Len(t, s.get(path+"?code=SPF-205").is(200).items(), 1)
	require.Len(t, s.get(path+"?document=17").is(200).items(), 1)
	require.Empty(t, s.get(path+"?severity=F").is(200).items())

	table := s.get(path, "Accept", "text/csv", "Accept-Language", "ru").is(200)
	require.Contains(t, table.header.Get("Content-Type"), "text/csv")
	rows, err := csv.NewReader(strings.NewReader(
		strings.TrimPrefix(string(table.body), "\ufeff"))).ReadAll()
	require.NoError(t, err)
	require.Len(t, rows, 1+len(want))
	for i, f := range whole["items"].([]any) {
		require.Equal(t, f.(object)["code"], rows[i+1][0])
		require.Equal(t, f.(object)["message"].(object)["ru"], rows[i+1][10])
	}
	s.get(path+"?code=x").problem(422, "request_invalid")
}

func places(t *testing.T, findings any) (list []planted) {
	t.Helper()
	data, err := json.Marshal(findings)
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal(data, &list))
	return list
}

// TestReadYourWrite: whoever names the position of a write sees it.
func TestReadYourWrite(t *testing.T) {
	t.Parallel()
	s := empty(t, api.Options{})
	require.NoError(t, registerSamples(t.Context(), s.service))
	for i := range 10 {
		content := fmt.Appendf(nil, "nothing that can be read %d", i)
		filed := s.file(content, "?payer=200988541", fmt.Sprint("key-", i)).is(202)
		read := s.get(fmt.Sprintf("%s?at_least=%s", filed.header.Get("Location"),
			filed.header.Get("Stazh-Position"))).is(200)
		require.GreaterOrEqual(t, read.json()["position"], filed.json()["position"])
	}
	s.get("/v1/payers?at_least=99999999").problem(422, "at_least_ahead")
	// A read model that does not move makes the reader try again later, not wait for ever.
	still := serviceWithout(t, s)
	_, err := still.FindPayers(t.Context(), operator, service.PayerFilter{}, "", 0,
		service.Read{AtLeast: head(t, still)})
	require.ErrorContains(t, err, "has not reached")
}

// serviceWithout is a service whose runner follows nothing, on a ledger that has grown.
func serviceWithout(t *testing.T, s *server) *service.Service {
	t.Helper()
	// Rows of the checkpoint are held, so that no follower can move.
	tx, err := s.node.Pool.Begin(t.Context())
	require.NoError(t, err)
	t.Cleanup(func() { _ = tx.Rollback(context.WithoutCancel(t.Context())) })
	_, err = tx.Exec(t.Context(), "select from projection.checkpoint for update")
	require.NoError(t, err)
	s.file([]byte("one more"), "?payer=200988541", "one-more").is(202)
	c := service.Config{Bus: s.node.Bus, Runner: s.node.Runner, Models: s.node.Models.Queries,
		Clock: s.node.Config.Clock, WaitMax: 50_000_000}
	return service.New(c)
}

func head(t *testing.T, s *service.Service) ledger.Position {
	t.Helper()
	h, err := s.Position(t.Context(), operator)
	require.NoError(t, err)
	return h.Position
}
