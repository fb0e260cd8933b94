package api_test

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"regexp"
	"slices"
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
	for header, want := range map[string]string{"en-GB,en;q=0.9": "en", "be,en;q=0.5": "ru",
		"ru-BY": "ru", "de": "ru"} {
		page := s.get("/", "Accept-Language", header)
		require.Contains(t, string(page.body), `<html lang="`+want+`">`, header)
		require.Equal(t, "Accept-Language", page.header.Get("Vary"))
	}
	require.Contains(t, string(s.get("/?lang=ru", "Accept-Language", "en").body), `<html lang="ru">`)
	init := string(s.get("/docs/init.js").body)
	require.Contains(t, init, "validatorUrl: null")
	require.NotContains(t, init, "http")
}

// TestStartPageHasFigures: the page is of use before its script runs, and without it.
func TestStartPageHasFigures(t *testing.T) {
	t.Parallel()
	s := loaded(t, api.Options{})
	totals := s.get("/v1/reporting?scope=country&limit=1000").is(200).json()
	items := list(totals["items"])
	require.NotEmpty(t, items)
	page := string(s.get("/?lang=en").is(200).body)
	require.Contains(t, strings.ReplaceAll(page, ",", ""),
		fmt.Sprintf("Figures as of ledger position %v.", totals["position"]))
	rows := regexp.MustCompile(`<tr>((?:<td>[^<]*</td>)+)</tr>`).FindAllStringSubmatch(page, -1)
	require.Len(t, rows, len(items))
	require.Contains(t, page, "The row “all forms” counts files in the quarter of their arrival")
	texts := make([]string, len(rows))
	for i, row := range rows {
		texts[i] = row[1]
	}
	for _, item := range items {
		total := item.(object)
		form := total["form"].(string)
		if form == "" {
			form = "all forms"
		}
		begin := fmt.Sprintf("<td>%s</td><td>%v Q%v</td><td>%v</td><td>%v</td><td>%v</td>"+
			"<td>%v</td>", form, total["year"], total["quarter"], total["received"],
			total["accepted"].(float64)+total["partial"].(float64), total["refused"],
			total["persons"])
		i := slices.IndexFunc(texts, func(x string) bool { return strings.HasPrefix(x, begin) })
		require.GreaterOrEqual(t, i, 0, "%s in %v", begin, texts)
		plain := strings.ReplaceAll(texts[i], ",", "")
		for _, sum := range []string{"earnings", "contributions", "assessed", "payments"} {
			require.Contains(t, plain, fmt.Sprintf("<td>%v</td>", total[sum]))
		}
	}
	require.Regexp(t, `<td>\d{3},\d{3}\.\d\d</td>`, page)
	require.Regexp(t, `<td>\d{3}\x{00a0}\d{3},\d\d</td>`, string(s.get("/").is(200).body))
	require.IsDecreasing(t, quarters(texts))
}

// A server whose read models are not built yet has no figures, and nothing to warn of.
func TestStartPageWhileFiguresAreBuilt(t *testing.T) {
	t.Parallel()
	s := empty(t, api.Options{})
	s.ready() // the followers have begun
	_, err := s.node.Pool.Exec(t.Context(),
		"update projection.checkpoint set ready = false where name = 'reporting'")
	require.NoError(t, err)
	require.Contains(t, string(s.get("/?lang=en").is(200).body), "The figures are being built")
	require.NotContains(t, s.log.String(), "start page without figures")
}

// quarters lists the different quarters of rows in their order.
func quarters(rows []string) []string {
	var list []string
	for _, row := range rows {
		list = append(list, regexp.MustCompile(`\d{4} Q\d`).FindString(row))
	}
	return slices.Compact(list)
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
