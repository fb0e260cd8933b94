package api

import (
	"encoding/json"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/stazh/stazh/commands"
)

// TestDoorTurnsFilesAway: nobody inside hears of a file that comes while the intake is full,
// all else goes through, and the connection is used again after a small file.
func TestDoorTurnsFilesAway(t *testing.T) {
	t.Parallel()
	var full atomic.Bool
	var inside, connections atomic.Int64
	m := newMetrics(nil)
	d := &door{full: full.Load, logger: slog.New(slog.DiscardHandler),
		turned: m.received.WithLabelValues("refused"),
		next: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			inside.Add(1)
			_, _ = io.Copy(io.Discard, r.Body)
			w.WriteHeader(http.StatusAccepted)
		})}
	server := httptest.NewUnstartedServer(d)
	server.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		if state == http.StateNew {
			connections.Add(1)
		}
	}
	server.Start()
	defer server.Close()
	send := func(method, path, lang string, body io.Reader) (*http.Response, Problem) {
		r, err := http.NewRequestWithContext(t.Context(), method, server.URL+path, body)
		require.NoError(t, err)
		r.Header.Set("Accept-Language", lang)
		response, err := server.Client().Do(r)
		require.NoError(t, err)
		content, err := io.ReadAll(response.Body)
		require.NoError(t, err)
		require.NoError(t, response.Body.Close())
		var p Problem
		if len(content) > 0 {
			require.NoError(t, json.Unmarshal(content, &p))
		}
		return response, p
	}
	small := func() io.Reader { return strings.NewReader(strings.Repeat("x", 10_000)) }
	answer, _ := send(http.MethodPost, pathFilings, "en", small())
	require.Equal(t, http.StatusAccepted, answer.StatusCode)
	full.Store(true)
	for range 20 {
		answer, p := send(http.MethodPost, pathFilings, "be", small())
		require.Equal(t, http.StatusServiceUnavailable, answer.StatusCode)
		require.Equal(t, problemType, answer.Header.Get("Content-Type"))
		require.Equal(t, "be", answer.Header.Get("Content-Language"))
		require.Equal(t, commands.CodeBusy, p.Code)
		require.Equal(t, answer.Header.Get("X-Request-Id"), p.RequestID)
		require.Contains(t, p.Detail, "апрацаваць")
		seconds, err := strconv.Atoi(answer.Header.Get("Retry-After"))
		require.NoError(t, err)
		require.GreaterOrEqual(t, seconds, retryAfterSeconds)
		require.False(t, answer.Close)
	}
	require.EqualValues(t, 1, connections.Load())
	answer, p := send(http.MethodPost, pathFilings, "en",
		strings.NewReader(strings.Repeat("x", drainMost+1)))
	require.Equal(t, http.StatusServiceUnavailable, answer.StatusCode)
	require.True(t, answer.Close, "a large file is not waited for")
	require.Equal(t, commands.BusyText, p.Detail)
	require.EqualValues(t, 1, inside.Load())
	for path, method := range map[string]string{pathFilings: http.MethodGet,
		pathChecks: http.MethodPost} {
		answer, _ := send(method, path, "en", nil)
		require.Equal(t, http.StatusAccepted, answer.StatusCode)
	}
}

// TestDoorTellsOnce: the log has one line for all refusals of some seconds, with the number
// that they were given.
func TestDoorTellsOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var book strings.Builder
		m := newMetrics(nil)
		d := &door{full: func() bool { return true }, turned: m.received.WithLabelValues("refused"),
			logger: slog.New(slog.NewTextHandler(&book, nil))}
		ids := map[string]bool{}
		refuse := func() {
			w := httptest.NewRecorder()
			d.ServeHTTP(w, httptest.NewRequest(http.MethodPost, pathFilings, nil))
			ids[w.Header().Get("X-Request-Id")] = true
		}
		for range 1000 {
			refuse()
		}
		require.Empty(t, book.String())
		time.Sleep(noticeTime)
		synctest.Wait()
		require.Len(t, ids, 1)
		require.Equal(t, 1, strings.Count(book.String(), "\n"))
		require.Contains(t, book.String(), "files=1000")
		for id := range ids {
			require.Contains(t, book.String(), id)
		}
		refuse()
		time.Sleep(noticeTime)
		synctest.Wait()
		require.Len(t, ids, 2)
		require.Contains(t, book.String(), "files=1 ")
	})
}

// TestRetryAfterGrows with how many are turned away for each that is let in.
func TestRetryAfterGrows(t *testing.T) {
	t.Parallel()
	least := func(let, not int64) int64 {
		low := int64(retryMost)
		for i := range int64(100) {
			s := retryAfter(let, not+i)
			require.GreaterOrEqual(t, s, int64(retryAfterSeconds))
			require.LessOrEqual(t, s, int64(retryMost))
			low = min(low, s)
		}
		return low
	}
	require.EqualValues(t, retryAfterSeconds, least(10_000, 1))
	require.EqualValues(t, 3*retryAfterSeconds, least(10_000, 20_000))
	require.EqualValues(t, retryMost/2, least(0, 1_000_000))
}
