package main

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestWiresPostAsTheClientDoes: what comes to a server and what is made of its answers is what
// net/http's client would send and make of them.
func TestWiresPostAsTheClientDoes(t *testing.T) {
	t.Parallel()
	var asked []string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		r.Header.Del("User-Agent")
		r.Header.Del("Accept-Encoding")
		asked = append(asked, fmt.Sprint(r.Method, r.URL, r.Host, r.Header, string(body)))
		switch string(body) {
		case "busy":
			w.WriteHeader(http.StatusServiceUnavailable)
		case "wrong":
			http.Error(w, "so it is", http.StatusConflict)
		case "long": // which goes in chunks
			_, err = fmt.Fprintf(w, "{%q:%q}", "text", strings.Repeat("x", 10_000))
		case "close":
			w.Header().Set("Connection", "close")
			_, err = io.WriteString(w, `{"text":"closed"}`)
		case "nothing":
			w.WriteHeader(http.StatusNoContent)
		default:
			_, err = io.WriteString(w, `{"text":"short"}`)
		}
		if err != nil {
			t.Error(err)
		}
	}))
	defer server.Close()
	address := strings.TrimPrefix(server.URL, "http://")
	w, c := newWires(address, 1), newClient(address, 1)
	for _, body := range []string{"", "long", "short", "close", "busy", "short", "wrong", "nothing",
		"long"} {
		p := filing("100000009", "key-"+body, []byte(body))
		var ours, theirs struct{ Text string }
		answer := func(to *struct{ Text string }) any {
			if body == "nothing" {
				return nil
			}
			return to
		}
		asked = nil
		err, want := w.post(t.Context(), p, answer(&ours)), c.post(t.Context(), p, answer(&theirs))
		require.Len(t, asked, 2, body)
		require.Equal(t, asked[1], asked[0], body)
		require.Equal(t, theirs, ours, body)
		require.Equal(t, want == nil, err == nil, "%s: %v, %v", body, want, err)
		if body == "busy" {
			require.ErrorIs(t, err, errBusy)
		}
	}
	server.CloseClientConnections()
	require.Error(t, w.post(t.Context(), filing("100000009", "key", nil), nil))
	require.NoError(t, w.post(t.Context(), filing("100000009", "key", nil), nil),
		"a connection that broke is dialled again")
}

// TestWiresAreShared: more callers than connections wait for one.
func TestWiresAreShared(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, err := io.Copy(w, r.Body)
		if err != nil {
			t.Error(err)
		}
	}))
	defer server.Close()
	w := newWires(strings.TrimPrefix(server.URL, "http://"), 3)
	var callers sync.WaitGroup
	for i := range 20 {
		callers.Go(func() {
			for range 20 {
				var got int
				err := w.post(t.Context(), posting{path: "/", body: []byte(fmt.Sprint(i))}, &got)
				if err != nil || got != i {
					t.Errorf("%d: %d, %v", i, got, err)
				}
			}
		})
	}
	callers.Wait()
}
