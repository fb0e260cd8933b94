package api

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"html/template"
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

const htmlType = "text/html; charset=utf-8"

// routeDocs adds the description, its page and the start page.
func (a *api) routeDocs() {
	spec := sync.OnceValues(func() ([]byte, error) { return specJSON(a.huma.OpenAPI()) })
	a.router.Get("/openapi.json", a.document("application/openapi+json", spec))
	a.router.Get("/openapi.yaml", a.document("application/openapi+yaml",
		sync.OnceValues(a.huma.OpenAPI().YAML)))
	for path, f := range map[string]struct{ name, kind string }{
		"/docs":                      {"docs/index.html", htmlType},
		"/docs/init.js":              {"docs/init.js", "text/javascript; charset=utf-8"},
		"/docs/swagger-ui.css":       {"docs/swagger-ui.css.gz", "text/css; charset=utf-8"},
		"/docs/swagger-ui-bundle.js": {"docs/swagger-ui-bundle.js.gz", "text/javascript; charset=utf-8"},
		"/docs/LICENSE":              {"docs/LICENSE.swagger-ui.txt", "text/plain; charset=utf-8"},
		"/page/style.css":            {"page/style.css", "text/css; charset=utf-8"},
		"/page/live.js":              {"page/live.js", "text/javascript; charset=utf-8"},
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

// startTexts are the words of the start page.
type startTexts struct {
	Title, Skip, Languages, Intro, Live, On, Off, Wait, NoScript, Links, Docs, Ready, Metrics,
	Try, Callers, Form, Period, Received, Accepted, Refused, Persons, Earnings, Contributions,
	Assessed, Payments, AnyForm string
}

func startWords(lang string) startTexts {
	if lang == english {
		return startTexts{
			Title: "The ledger of insured persons and contributions", Skip: "Skip to the content",
			Languages: "Languages",
			Intro: "Here runs Stazh: it takes in payers' reports, keeps them as events that never " +
				"change, and shows accounts, coverage and balances that follow from them.",
			Live: "The country, live", On: "Connected: figures change by themselves.",
			Off:  "Connection lost, figures as of {time}; trying again.",
			Wait: "Connecting…", NoScript: "Without JavaScript see GET /v1/reporting.",
			Links: "Where to go", Docs: "Documentation of the API", Ready: "readiness",
			Metrics: "metrics", Try: "Try it",
			Callers: "Callers name themselves in headers; the server answers this machine only.",
			Form:    "Form", Period: "Quarter", Received: "Filings received",
			Accepted: "Accepted, whole or in part", Refused: "Refused", Persons: "Persons",
			Earnings: "Earnings, BYN", Contributions: "Contributions reported, BYN",
			Assessed: "Assessed, BYN", Payments: "Paid, BYN", AnyForm: "all, by arrival",
		}
	}
	return startTexts{
		Title: "Реестр застрахованных лиц и взносов", Skip: "К содержанию", Languages: "Языки",
		Intro: "Здесь работает Stazh: он принимает отчёты плательщиков, хранит их как события, " +
			"которые никогда не меняются, и показывает счета, стаж и расчёты, которые из них следуют.",
		Live: "По стране, вживую", On: "Связь есть: цифры меняются сами.",
		Off:  "Связь потеряна, цифры на {time}; соединяемся снова.",
		Wait: "Соединяемся…", NoScript: "Без JavaScript см. GET /v1/reporting.",
		Links: "Куда дальше", Docs: "Описание API", Ready: "готовность", Metrics: "метрики",
		Try:     "Попробовать",
		Callers: "Обращающиеся называют себя в заголовках; сервер отвечает только этой машине.",
		Form:    "Форма", Period: "Квартал", Received: "Принято файлов",
		Accepted: "Засчитано полностью или частично", Refused: "Отклонено", Persons: "Лиц",
		Earnings: "Выплаты, BYN", Contributions: "Взносы по отчётам, BYN",
		Assessed: "Начислено, BYN", Payments: "Уплачено, BYN", AnyForm: "все, по дню приёма",
	}
}

var startPage = sync.OnceValues(func() (*template.Template, error) {
	return template.ParseFS(files, "page/index.html")
})

// start shows what runs here.
func (a *api) start(w http.ResponseWriter, r *http.Request) {
	page, err := startPage()
	if err != nil {
		a.problemOf(r.Context(), err).write(w)
		return
	}
	lang := russian
	if r.URL.Query().Get("lang") == english {
		lang = english
	}
	var out bytes.Buffer
	err = page.Execute(&out, struct {
		Lang, Base string
		T          startTexts
	}{lang, "http://" + r.Host, startWords(lang)})
	if err != nil {
		a.problemOf(r.Context(), err).write(w)
		return
	}
	w.Header().Set("Content-Type", htmlType)
	w.Header().Set("Content-Language", lang)
	w.Header().Set("Content-Security-Policy", pagePolicy)
	_, _ = w.Write(out.Bytes()) // the client is gone if this fails
}
