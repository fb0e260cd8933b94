package api_test

import (
	"bufio"
	"context"
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/stazh/stazh/api"
)

// told is what came over a stream.
type told struct {
	id   int
	name string
	data object
}

// follow opens a stream; events come until the stream or ctx ends. Comments come as
// events named ":".
func (s *server) follow(ctx context.Context, path, last string) <-chan told {
	s.Helper()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, s.url+path, nil)
	require.NoError(s, err)
	r.Header.Set("Stazh-Subject", "follower")
	r.Header.Set("Stazh-Role", "officer")
	if last != "" {
		r.Header.Set("Last-Event-ID", last)
	}
	response, err := http.DefaultClient.Do(r)
	require.NoError(s, err)
	require.Equal(s, 200, response.StatusCode)
	require.Equal(s, "text/event-stream", response.Header.Get("Content-Type"))
	events := make(chan told, 1000)
	go func() {
		defer close(events)
		defer response.Body.Close() //nolint:errcheck // read to the end
		var e told
		lines := bufio.NewScanner(response.Body)
		lines.Buffer(nil, 16<<20)
		for lines.Scan() {
			key, value, _ := strings.Cut(lines.Text(), ": ")
			switch key {
			case "id":
				e.id, _ = strconv.Atoi(value)
			case "event":
				e.name = value
			case "data":
				_ = json.Unmarshal([]byte(value), &e.data)
			case "":
				if strings.HasPrefix(lines.Text(), ":") {
					e.name = ":"
				}
				if e.name != "" {
					events <- e
				}
				e = told{}
			}
		}
	}()
	return events
}

// next waits for an event, passing over signs of life.
func next(t *testing.T, events <-chan told) (told, bool) {
	t.Helper()
	limit := time.After(20 * time.Second)
	for {
		select {
		case e, ok := <-events:
			if ok && e.name == ":" {
				continue
			}
			return e, ok
		case <-limit:
			require.Fail(t, "no event came")
		}
	}
}

// TestFollowFiling: the stages come in order, and a stream that was cut goes on without
// a gap and without a repetition.
func TestFollowFiling(t *testing.T) {
	t.Parallel()
	s := empty(t, api.Options{})
	require.NoError(t, registerSamples(t.Context(), s.service))
	receipt := s.file(report(t, "pu1-200.txt"), "", "k").is(202).json()["receipt"].(string)
	path := "/v1/filings/" + receipt + "/events"
	var seen []told
	last := ""
	for len(seen) == 0 || seen[len(seen)-1].name != "posted" {
		// Cut after each event and resume.
		ctx, cancel := context.WithCancel(t.Context())
		e, ok := next(t, s.follow(ctx, path, last))
		cancel()
		require.True(t, ok, "the stream ended before the filing was posted")
		if len(seen) > 0 {
			require.Greater(t, e.id, seen[len(seen)-1].id)
		}
		require.EqualValues(t, e.id, e.data["position"])
		require.Equal(t, receipt, e.data["receipt"])
		seen, last = append(seen, e), strconv.Itoa(e.id)
	}
	final := seen[len(seen)-1]
	require.Equal(t, "accepted", final.data["status"])
	require.EqualValues(t, 200, final.data["posted"])
	_, ok := next(t, s.follow(t.Context(), path, last))
	require.False(t, ok, "everything was told")
	whole, ok := next(t, s.follow(t.Context(), path, "nonsense"))
	require.True(t, ok)
	require.Equal(t, final, whole)
}

// TestFollowTotals: with what a stream tells, before and after it was cut, a client has
// the figures that a read gives.
func TestFollowTotals(t *testing.T) {
	t.Parallel()
	s := empty(t, api.Options{})
	require.NoError(t, registerSamples(t.Context(), s.service))
	path := "/v1/reporting/events?scope=country"
	state := map[string]any{}
	last := 0
	take := func(e told) {
		t.Helper()
		require.Equal(t, "totals", e.name)
		require.Greater(t, e.id, last)
		require.EqualValues(t, e.id, e.data["position"])
		for _, row := range e.data["items"].([]any) {
			row := row.(object)
			require.Greater(t, row["position"], float64(last), "told before")
			state[rowKey(row)] = row
		}
		last = e.id
	}
	for _, name := range []string{"pu1-200.txt", "pu2-200.txt", "pu3-200-clean.txt"} {
		ctx, cancel := context.WithCancel(t.Context())
		from := ""
		if last > 0 {
			from = strconv.Itoa(last)
		}
		events := s.follow(ctx, path, from)
		content := report(t, name)
		receipt := s.file(content, "", name).is(202).json()["receipt"].(string)
		e, ok := next(t, events)
		require.True(t, ok)
		take(e)
		cancel() // while more is going on
		s.settle(receipt)
	}
	events := s.follow(t.Context(), path, strconv.Itoa(last))
	for {
		read := map[string]any{}
		for _, row := range s.get("/v1/reporting?scope=country").is(200).items() {
			read[rowKey(row)] = row
		}
		if len(read) == len(state) && toJSON(t, read) == toJSON(t, state) {
			break
		}
		e, ok := next(t, events)
		require.True(t, ok)
		take(e)
	}
	// An id from another ledger gives everything.
	other, ok := next(t, s.follow(t.Context(), path, "99999999"))
	require.True(t, ok)
	require.Len(t, other.data["items"], len(state))
}

func rowKey(row object) string {
	key, _ := json.Marshal([]any{row["form"], row["year"], row["quarter"]})
	return string(key)
}

func toJSON(t *testing.T, v any) string {
	t.Helper()
	text, err := json.Marshal(v)
	require.NoError(t, err)
	return string(text)
}

// TestStreamsEnd: a quiet stream gives signs of life, and a shutdown ends it at once.
func TestStreamsEnd(t *testing.T) {
	t.Parallel()
	s := empty(t, api.Options{Heartbeat: 20 * time.Millisecond})
	events := s.follow(t.Context(), "/v1/reporting/events", "")
	for beats := 0; beats < 3; {
		if e := <-events; e.name == ":" {
			beats++
		}
	}
	require.Contains(t, string(s.get("/metrics").body), "stazh_http_event_streams 1")
	started := time.Now()
	s.stop()
	for range events {
	}
	require.NoError(t, <-s.ended)
	s.ended <- nil // for the cleanup
	require.Less(t, time.Since(started), 10*time.Second)
}
