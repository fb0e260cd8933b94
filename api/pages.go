package api

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
)

//go:embed docs/index.html docs/init.js docs/swagger-ui-bundle.js.gz docs/swagger-ui.css.gz
//go:embed docs/LICENSE.swagger-ui.txt page/index.html page/style.css page/live.js
var files embed.FS

// pagePolicy lets pages load from this server only. Swagger UI draws its small pictures
// from data URLs.
const pagePolicy = "default-src 'self'; img-src 'self' data:; frame-ancestors 'none'; " +
	"base-uri 'none'; form-action 'none'"

const (
	htmlType   = "text/html; charset=utf-8"
	scriptType = "text/javascript; charset=utf-8"
	styleType  = "text/css; charset=utf-8"
	plainType  = "text/plain; charset=utf-8"
)

// routeDocs adds the description, its page and the start page.
func (a *api) routeDocs() {
	spec := sync.OnceValues(func() ([]byte, error) { return specJSON(a.huma.OpenAPI()) })
	a.router.Get("/openapi.json", a.document("application/openapi+json", spec))
	a.router.Get("/openapi.yaml", a.document("application/openapi+yaml",
		sync.OnceValues(a.huma.OpenAPI().YAML)))
	for path, f := range map[string]struct{ name, kind string }{
		"/docs":                      {"docs/index.html", htmlType},
		"/docs/init.js":              {"docs/init.js", scriptType},
		"/docs/swagger-ui.css":       {"docs/swagger-ui.css.gz", styleType},
		"/docs/swagger-ui-bundle.js": {"docs/swagger-ui-bundle.js.gz", scriptType},
		"/docs/LICENSE":              {"docs/LICENSE.swagger-ui.txt", plainType},
		"/page/style.css":            {"page/style.css", styleType},
		"/page/live.js":              {"page/live.js", scriptType},
	} {
		a.router.Get(path, a.file(f.name, f.kind))
	}
	a.router.Get("/", a.start)
}

// document serves bytes that are made at the first request.
func (a *api) document(kind string, content func() ([]byte, error)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		data, err := content()
		if err != nil {
			a.problemOf(r.Context(), err).write(w)
			return
		}
		w.Header().Set("Content-Type", kind)
		w.Header().Set("Cache-Control", "no-cache")
		_, _ = w.Write(data) // the client is gone if this fails
	}
}

// file serves an embedded file, packed where the client takes it packed.
func (a *api) file(name, kind string) http.HandlerFunc {
	data, err := files.ReadFile(name)
	if err != nil {
		panic(fmt.Sprintf("api: %v", err)) // a fault of the build, which the tests catch
	}
	sum := sha256.Sum256(data)
	tag := `"` + hex.EncodeToString(sum[:8]) + `"`
	packed := strings.HasSuffix(name, ".gz")
	return func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Type", kind)
		h.Set("Content-Security-Policy", pagePolicy)
		h.Set("Cache-Control", "no-cache")
		h.Set("ETag", tag)
		if r.Header.Get("If-None-Match") == tag {
			w.WriteHeader(http.StatusNotModified)
			return
		}
		var content io.Reader = bytes.NewReader(data)
		if packed {
			h.Add("Vary", "Accept-Encoding")
			if strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") {
				h.Set("Content-Encoding", "gzip")
			} else if content, err = gzip.NewReader(content); err != nil {
				a.problemOf(r.Context(), err).write(w)
				return
			}
		}
		_, _ = io.Copy(w, content) // the client is gone if this fails
	}
}
