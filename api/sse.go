package api

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"sync"
	"time"

	"github.com/stazh/stazh/ledger"
)

// eventStreamType is the media type of server-sent events.
const eventStreamType = "text/event-stream"

// stream writes server-sent events. Its methods may be called from several goroutines.
type stream struct {
	mu  sync.Mutex // one event at a time
	w   http.ResponseWriter
	rc  *http.ResponseController
	now func() time.Time
	err error // guarded by mu; the first failure, after which nothing is written
}

// closingKey finds the context that ends when the server shuts down.
type closingKey struct{}

// streamTo answers with a stream of events that run writes, with signs of life while it
// is quiet, until run ends, the client goes or the server shuts down.
func (a *api) streamTo(r *http.Request, w http.ResponseWriter,
	run func(context.Context, *stream) error) {
	ctx, cancel := context.WithCancel(r.Context())
	defer cancel()
	if closing, ok := ctx.Value(closingKey{}).(context.Context); ok {
		defer context.AfterFunc(closing, cancel)()
	}
	a.metrics.streams.Inc()
	defer a.metrics.streams.Dec()
	h := w.Header()
	h.Set("Content-Type", eventStreamType)
	h.Set("Cache-Control", "no-cache")
	h.Set("X-Accel-Buffering", "no") // a proxy must not hold events back
	w.WriteHeader(http.StatusOK)
	if r.Method == http.MethodHead {
		return
	}
	s := &stream{w: w, rc: http.NewResponseController(w), now: a.clock}
	if s.write(fmt.Sprintf("retry: %d\n\n", reconnectMillis)) != nil {
		return
	}
	beats := sync.WaitGroup{}
	beats.Go(func() { s.beat(ctx, a.heartbeat, cancel) })
	if err := run(ctx, s); err != nil && ctx.Err() == nil {
		// The client asks again and then gets the error as an answer.
		a.problemOf(ctx, err)
	}
	cancel()
	beats.Wait()
}

// writeTime bounds a single write to a client, as the whole of a stream has no bound.
const writeTime = 30 * time.Second

// reconnectMillis is how long a client waits before it connects again.
const reconnectMillis = 2000

// beat writes a comment at each interval.
func (s *stream) beat(ctx context.Context, every time.Duration, cancel func()) {
	ticker := time.NewTicker(every)
	defer ticker.Stop()
	for {
		select {
		case <-ticker.C:
			if s.write(": heartbeat\n\n") != nil {
				cancel()
				return
			}
		case <-ctx.Done():
			return
		}
	}
}

// send writes one event. Its id is the ledger position up to which the client is served
// when it has read it.
func (s *stream) send(event string, id ledger.Position, data any) error {
	text, err := json.Marshal(data)
	if err != nil {
		return fmt.Errorf("write an event of a stream: %w", err)
	}
	return s.write(fmt.Sprintf("id: %d\nevent: %s\ndata: %s\n\n", id, event, text))
}

func (s *stream) write(text string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.err != nil {
		return s.err
	}
	_ = s.rc.SetWriteDeadline(s.now().Add(writeTime)) // not every writer has deadlines
	if _, s.err = s.w.Write([]byte(text)); s.err == nil {
		s.err = s.rc.Flush()
	}
	return s.err
}

// lastEventID reads where a client stopped; text that is no position means the beginning.
func lastEventID(text string) ledger.Position {
	id, err := strconv.ParseUint(text, 10, 63)
	if err != nil {
		return 0
	}
	return ledger.Position(id)
}
