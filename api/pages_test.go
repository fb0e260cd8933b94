package api_test

import (
	"bytes"
	"compress/gzip"
	"io"
	"log/slog"
	"net"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/stazh/stazh/api"
)

// outside finds what a browser would fetch from elsewhere.
var outside = regexp.MustCompile(`(?:src|href|url|action)\s*[=:(]\s*["']?(?:https?:)?//`)

// TestPages: the pages need nothing but this server.
func TestPages(t *testing.T) {
	t.Parallel()
	s := empty(t, api.Options{})
	unnamed := []string{"Stazh-Subject", "-", "Stazh-Role", "-"}
	for _, path := range []string{"/", "/?lang=en", "/docs"} {
		page := s.get(path, unnamed...).is(200)
		require.Equal(t, "text/html; charset=utf-8", page.header.Get("Content-Type"))
		policy := page.header.Get("Content-Security-Policy")
		require.Contains(t, policy, "default-src 'self'")
		require.NotContains(t, policy, "http")
		require.NotContains(t, policy, "unsafe")
		require.False(t, outside.Match(page.body), "%s", outside.Find(page.body))
		for _, link := range regexp.MustCompile(`(?:src|href)="(/[^"]*)"`).
			FindAllStringSubmatch(string(page.body), -1) {
			linked := s.get(link[1], unnamed...).is(200)
			require.NotEmpty(t, linked.body, link[1])
			if strings.HasSuffix(link[1], ".css") {
				require.False(t, outside.Match(linked.body), link[1])
			}
		}
	}
	require.Contains(t, string(s.get("/").body), `<html lang="ru">`)
	require.Contains(t, string(s.get("/?lang=en").body), `<html lang="en">`)
	init := string(s.get("/docs/init.js").body)
	require.Contains(t, init, "validatorUrl: null")
	require.NotContains(t, init, "http")
}

func TestDocuments(t *testing.T) {
	t.Parallel()
	s := empty(t, api.Options{})
	made, err := api.Spec()
	require.NoError(t, err)
	require.Equal(t, string(made), string(s.get("/openapi.json").is(200).body))
	yaml := s.get("/openapi.yaml").is(200)
	require.Contains(t, string(yaml.body), "openapi: 3.1.0")
	plain := s.get("/docs/swagger-ui.css", "Accept-Encoding", "identity").is(200)
	packed := s.get("/docs/swagger-ui.css", "Accept-Encoding", "gzip").is(200)
	require.Equal(t, "gzip", packed.header.Get("Content-Encoding"))
	r, err := gzip.NewReader(bytes.NewReader(packed.body))
	require.NoError(t, err)
	unpacked, err := io.ReadAll(r)
	require.NoError(t, err)
	require.Equal(t, string(plain.body), string(unpacked))
	s.get("/docs/swagger-ui.css", "If-None-Match", plain.header.Get("ETag")).
		is(http.StatusNotModified)
	require.Contains(t, string(s.get("/docs/LICENSE").is(200).body), "Apache License")
}

// TestServeLoopbackOnly: nobody else can be let in, even by mistake.
func TestServeLoopbackOnly(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "0.0.0.0:0")
	require.NoError(t, err)
	defer l.Close() //nolint:errcheck // refused anyway
	err = api.Serve(t.Context(), l, http.NotFoundHandler(), slog.New(slog.DiscardHandler))
	require.ErrorContains(t, err, "only this machine")
}
