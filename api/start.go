package api

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"html/template"
	"log/slog"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/stazh/stazh/api/service"
	"github.com/stazh/stazh/projections"
)

// totalsShown bounds the rows of the start page; live.js has the same number.
const totalsShown = 40

// totalsTimeMax bounds what the start page waits for its figures: it is served without
// them rather than late.
const totalsTimeMax = 2 * time.Second

// startCaller is whom the start page, and its script, read the totals as.
var startCaller = service.Caller{Subject: "start-page", Role: "system"}

// startView is what the start page shows.
type startView struct {
	Lang, Base string
	// State says how fresh the figures are, for readers without the script.
	State string
	Rows  [][]string
	T     startTexts
}

var startPage = sync.OnceValues(func() (*template.Template, error) {
	return template.ParseFS(files, "page/index.html")
})

// pageLanguage is what the address asks for, or else the reader's browser. The page is Russian
// and English; who reads neither by choice gets the Russian one, and so does Belarusian.
func pageLanguage(r *http.Request) string {
	lang := r.URL.Query().Get("lang")
	if lang != english && lang != russian {
		lang = languageOf(r.Header.Get("Accept-Language"), russian)
	}
	if lang != english {
		return russian
	}
	return english
}

// start shows what runs here, with the country's figures of this moment.
func (a *api) start(w http.ResponseWriter, r *http.Request) {
	page, err := startPage()
	if err != nil {
		a.problemOf(r.Context(), err).write(w)
		return
	}
	lang := pageLanguage(r)
	words := startWords(lang)
	view := startView{Lang: lang, Base: "http://" + r.Host, State: words.NoFigures, T: words}
	rows, position, err := a.newestTotals(r.Context())
	switch {
	case errors.Is(err, projections.ErrNotBuilt): // in the first moment of a start
		view.State = words.Building
	case err != nil:
		a.log(r.Context(), slog.LevelWarn, "start page without figures", err)
	default:
		view.Rows = totalCells(rows, lang, words.AnyForm)
		view.State = words.AsOf + " " + groupDigits(strconv.FormatUint(position, 10), lang) + "."
	}
	var out bytes.Buffer
	if err := page.Execute(&out, view); err != nil {
		a.problemOf(r.Context(), err).write(w)
		return
	}
	w.Header().Set("Content-Type", htmlType)
	w.Header().Set("Content-Language", lang)
	w.Header().Set("Vary", "Accept-Language")
	w.Header().Set("Content-Security-Policy", pagePolicy)
	w.Header().Set("Cache-Control", "no-cache")
	_, _ = w.Write(out.Bytes()) // the client is gone if this fails
}

// newestTotals reads the country's rows of the latest quarters, the newest first.
func (a *api) newestTotals(ctx context.Context) ([]service.TotalView, uint64, error) {
	ctx, cancel := context.WithTimeout(ctx, totalsTimeMax)
	defer cancel()
	filter := service.TotalFilter{Scope: "country"}
	var rows []service.TotalView
	for cursor := ""; ; {
		page, err := a.service.Totals(ctx, startCaller, filter, cursor, 1000, service.Read{})
		if err != nil {
			return nil, 0, err
		}
		rows = append(rows, page.Items...)
		if cursor = page.Next; cursor == "" {
			slices.SortFunc(rows, newerTotal)
			return rows[:min(len(rows), totalsShown)], uint64(page.Position), nil
		}
	}
}

// newerTotal orders rows like live.js.
func newerTotal(x, y service.TotalView) int {
	return cmp.Or(y.Year-x.Year, y.Quarter-x.Quarter, strings.Compare(y.Form, x.Form))
}

// totalCells writes rows as live.js does.
func totalCells(rows []service.TotalView, lang, anyForm string) [][]string {
	cells := make([][]string, len(rows))
	for i, t := range rows {
		cells[i] = []string{cmp.Or(t.Form, anyForm),
			strconv.Itoa(t.Year) + " Q" + strconv.Itoa(t.Quarter)}
		for _, n := range []int64{t.Received, t.Accepted + t.Partial, t.Refused, t.Persons} {
			cells[i] = append(cells[i], groupDigits(strconv.FormatInt(n, 10), lang))
		}
		for _, sum := range []string{t.Earnings.String(), t.Contributions.String(),
			t.Assessed.String(), t.Payments.String()} {
			cells[i] = append(cells[i], groupDigits(sum, lang))
		}
	}
	return cells
}

// groupDigits writes a decimal number as the language does: 1 234,50 or 1,234.50.
func groupDigits(number, lang string) string {
	separator, point := "\u00a0", ","
	if lang == english {
		separator, point = ",", "."
	}
	whole, part, decimal := strings.Cut(number, ".")
	sign := ""
	if rest, negative := strings.CutPrefix(whole, "-"); negative {
		sign, whole = "-", rest
	}
	for i := len(whole) - 3; i > 0; i -= 3 {
		whole = whole[:i] + separator + whole[i:]
	}
	if decimal {
		whole += point + part
	}
	return sign + whole
}
