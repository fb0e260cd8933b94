package api

import (
	"encoding/json"
	"log/slog"
	"net/http"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/google/uuid"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/stazh/stazh/commands"
)

const (
	// noticeTime is how long refusals are counted before the log tells of them in one line.
	noticeTime = 5 * time.Second
	// retryMost bounds what a client is asked to wait, in seconds.
	retryMost = 60
	// drainMost is the largest rest of a body that the server reads to its end and throws
	// away, so that the connection can be used again.
	drainMost = 64 << 10
)

// door is what a file comes to first. While the intake is full it is turned away here,
// before anything else is done for it: on the last day of a quarter far more may be turned
// away than let in, and each must cost next to nothing.
type door struct {
	next     http.Handler
	full     func() bool
	logger   *slog.Logger
	turned   prometheus.Counter
	notice   atomic.Pointer[notice]
	let, not atomic.Int64 // in and away, of late: both are halved with each notice
}

// notice is the line of the log about all refusals of some seconds, which have its number as
// their request's, and their bodies by language.
type notice struct {
	id     string
	bodies map[string][]byte
	count  atomic.Int64
}

func (a *api) door(full func() bool) *door {
	return &door{next: a.router, full: full, logger: a.logger,
		turned: a.metrics.received.WithLabelValues("refused")}
}

func (d *door) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodPost || r.URL.Path != pathFilings {
		d.next.ServeHTTP(w, r)
		return
	}
	if !d.full() {
		d.let.Add(1)
		d.next.ServeHTTP(w, r)
		return
	}
	d.turned.Inc()
	n := d.current()
	n.count.Add(1)
	lang := languageOf(r.Header.Get("Accept-Language"), english)
	h := w.Header()
	h["Content-Type"], h["Cache-Control"] = []string{problemType}, []string{"no-store"}
	h["X-Content-Type-Options"] = []string{"nosniff"}
	h["Content-Language"], h["X-Request-Id"] = []string{lang}, []string{n.id}
	h["Retry-After"] = []string{strconv.FormatInt(retryAfter(d.let.Load(), d.not.Add(1)), 10)}
	if r.ContentLength < 0 || r.ContentLength > drainMost {
		// Else the server would wait for the file before it answers.
		h["Connection"] = []string{"close"}
	}
	w.WriteHeader(http.StatusServiceUnavailable)
	_, _ = w.Write(n.bodies[lang]) // the client is gone if this fails
}

// retryAfter gives the seconds to wait of one who is turned away: the more are for each that
// is let in, the longer. Who came at the same time is sent to different seconds, so that not
// all come back at once.
func retryAfter(let, not int64) int64 {
	least := min(retryAfterSeconds*(1+not/max(1, let)), retryMost/2)
	return least + not%least
}

// current gives the notice that counts now, and has it told after a while.
func (d *door) current() *notice {
	for {
		if n := d.notice.Load(); n != nil {
			return n
		}
		n := newNotice()
		if d.notice.CompareAndSwap(nil, n) {
			time.AfterFunc(noticeTime, d.tell)
			return n
		}
	}
}

// tell writes the line of the log, and ages the counts.
func (d *door) tell() {
	n := d.notice.Swap(nil)
	d.let.Store(d.let.Load() / 2)
	d.not.Store(d.not.Load() / 2)
	d.logger.Warn("the intake is full, files were turned away",
		slog.String("request_id", n.id), slog.Int64("files", n.count.Load()),
		slog.Duration("within", noticeTime))
}

func newNotice() *notice {
	n := &notice{id: uuid.NewString(), bodies: map[string][]byte{}}
	for _, lang := range []string{english, russian, belarusian} {
		p := Problem{Type: "urn:stazh:problem:" + commands.CodeBusy, RequestID: n.id,
			Title:  texts().title(http.StatusServiceUnavailable, lang),
			Status: http.StatusServiceUnavailable, Code: commands.CodeBusy,
			Detail: texts().detail(commands.CodeBusy, lang, commands.BusyText)}
		body, err := json.Marshal(p)
		if err != nil {
			panic(err) // texts can be written
		}
		n.bodies[lang] = append(body, '\n')
	}
	return n
}
