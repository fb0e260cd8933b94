package esdblog

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/EventStore/EventStore-Client-Go/v4/esdb"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/stazh/stazh/ledger"
)

const (
	// backoffMin and backoffMax bound the pause between two looks whether the server is back.
	backoffMin = 50 * time.Millisecond
	backoffMax = 2 * time.Second
	// discoverAttempts is without end for the client: when it has tried so often it closes
	// itself for good, and whoever waits for it then waits for ever.
	discoverAttempts = 1 << 30
	discoverInterval = 200 // milliseconds
	// leaderTries is how often a call is sent on to the node that leads now.
	leaderTries = 5
	// closePatience is how long Close waits for calls that the client does not let go of.
	closePatience = 2 * time.Second
)

// errAway: the server did not answer, or said that it cannot; what the call was to do may or
// may not have been done.
var errAway = errors.New("the event store does not answer")

// link is the connection to the server: the official client, which is asked for nothing
// while the server is known to be away.
type link struct {
	life     context.Context //nolint:containedctx // ends with Close
	logger   *slog.Logger
	config   *esdb.Configuration
	patience time.Duration
	callTime time.Duration
	slots    chan struct{} // one for each call in flight

	mu     sync.Mutex // guards the fields below
	client *esdb.Client
	calls  int           // goroutines inside the client
	idle   chan struct{} // closed when calls is zero again; nil if nobody waits for it
	back   chan struct{} // closed when the server is back; nil while it is not away
	reason error         // why it is away
	last   string        // what the client said last of a connection that it could not make
}

// listen hears why the client cannot connect, which it tells nobody else.
func (l *link) listen(level esdb.LogLevel, format string, args ...any) {
	if level != esdb.LogWarn {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.last = fmt.Sprintf(format, args...)
}

// silent makes the error of an answer that did not come.
func (l *link) silent() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.last == "" {
		return fmt.Errorf("%w within %s", errAway, l.callTime)
	}
	return fmt.Errorf("%w within %s: %s", errAway, l.callTime, l.last)
}

func newLink(life context.Context, o *Options) (*link, error) {
	config, err := esdb.ParseConnectionString(o.URL)
	if err != nil {
		return nil, fmt.Errorf("the address of EventStoreDB cannot be read, it is written as "+
			"esdb://host:2113?tls=true: %w", err)
	}
	config.MaxDiscoverAttempts = discoverAttempts
	config.DiscoveryInterval = discoverInterval
	config.DefaultDeadline = &o.CallTime // a faulty one in the address would be zero
	l := &link{life: life, logger: o.Logger, config: config, patience: o.Patience,
		callTime: o.CallTime, slots: make(chan struct{}, o.InFlight)}
	config.Logger = l.listen
	if l.client, err = esdb.NewClient(config); err != nil {
		return nil, fmt.Errorf("connect to EventStoreDB: %w", err)
	}
	return l, nil
}

// ask makes one call with the client, in a goroutine of its own, as the client does not look
// at ctx while it connects. It waits for a server that is away, within the patience; then
// the error is ledger.ErrUnavailable and nothing was sent. After errAway, and when ctx ends,
// nobody knows what the server has done. The context that call gets must be used for the
// call; drop is given an answer that came too late.
func ask[T any](ctx context.Context, l *link, drop func(T),
	call func(context.Context, *esdb.Client) (T, error)) (answer T, err error) {
	for try := 1; ; try++ {
		if err := l.pass(ctx); err != nil {
			return answer, err
		}
		answer, err = attempt(ctx, l, drop, call)
		switch {
		case err == nil || ctx.Err() != nil:
			return answer, err
		case codeOf(err) == esdb.ErrorCodeNotLeader && try < leaderTries:
			sleep(ctx, jitter(time.Duration(try)*backoffMin)) // the client goes to the leader
			continue
		case isAway(err):
			l.lost(err)
			if !errors.Is(err, errAway) {
				err = fmt.Errorf("%w: %w", errAway, err)
			}
			return answer, err
		}
		return answer, err
	}
}

// attempt makes the call once, in one of the slots.
func attempt[T any](ctx context.Context, l *link, drop func(T),
	call func(context.Context, *esdb.Client) (T, error)) (T, error) {
	type outcome struct {
		answer T
		err    error
	}
	var none outcome
	client, err := l.enter(ctx)
	if err != nil {
		return none.answer, err
	}
	done := make(chan outcome)
	left := make(chan struct{})
	go func() {
		defer l.leave()
		var o outcome
		func() {
			defer caught(&o.err)
			o.answer, o.err = call(ctx, client)
		}()
		select {
		case done <- o:
		case <-left:
			if o.err == nil && drop != nil {
				drop(o.answer)
			}
		}
	}()
	defer close(left)
	patience := time.NewTimer(l.callTime)
	defer patience.Stop()
	select {
	case o := <-done:
		return o.answer, o.err
	case <-ctx.Done():
		return none.answer, ctx.Err()
	case <-l.life.Done():
		return none.answer, fmt.Errorf("%w: the ledger is being closed", ledger.ErrUnavailable)
	case <-patience.C:
		return none.answer, l.silent()
	}
}

// caught turns a panic of the client, of which it has some for answers that it does not
// expect, into an error.
func caught(err *error) {
	if cause := recover(); cause != nil {
		*err = fmt.Errorf("the client of the event store broke: %v", cause)
	}
}

// isAway tells errors of the connection from answers of the server.
func isAway(err error) bool {
	if errors.Is(err, errAway) {
		return true
	}
	switch codeOf(err) {
	case esdb.ErrorCodeConnectionClosed, esdb.ErrorCodeNotLeader:
		return true
	}
	switch status.Code(err) { // the client gives some errors as they come from gRPC
	case codes.Unavailable, codes.DeadlineExceeded, codes.Aborted:
		return true
	}
	return false
}

// pass waits until the server is not known to be away.
func (l *link) pass(ctx context.Context) error {
	l.mu.Lock()
	back, reason := l.back, l.reason
	l.mu.Unlock()
	if back == nil {
		return ctx.Err()
	}
	patience := time.NewTimer(l.patience)
	defer patience.Stop()
	select {
	case <-back:
		return ctx.Err()
	case <-ctx.Done():
		return fmt.Errorf("%w: %w", ledger.ErrUnavailable, ctx.Err())
	case <-l.life.Done():
		return fmt.Errorf("%w: the ledger is being closed", ledger.ErrUnavailable)
	case <-patience.C:
		return fmt.Errorf("%w: %w", ledger.ErrUnavailable, reason)
	}
}

// enter takes a slot for a call.
func (l *link) enter(ctx context.Context) (*esdb.Client, error) {
	patience := time.NewTimer(l.patience)
	defer patience.Stop()
	select {
	case l.slots <- struct{}{}:
	case <-ctx.Done():
		return nil, ctx.Err()
	case <-l.life.Done():
		return nil, fmt.Errorf("%w: the ledger is being closed", ledger.ErrUnavailable)
	case <-patience.C:
		return nil, fmt.Errorf("%w: %d calls to the event store are in flight already",
			ledger.ErrUnavailable, cap(l.slots))
	}
	return l.hold(), nil
}

func (l *link) leave() {
	<-l.slots
	l.release()
}

// hold notes that a goroutine works inside the client, which therefore must not be closed:
// the client panics then.
func (l *link) hold() *esdb.Client {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.calls++
	return l.client
}

func (l *link) release() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.calls--; l.calls == 0 && l.idle != nil {
		close(l.idle)
		l.idle = nil
	}
}

// lost notes that the server is away. From then on until it is back, one goroutine looks
// for it and nobody else asks.
func (l *link) lost(reason error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if codeOf(reason) == esdb.ErrorCodeConnectionClosed {
		l.replace()
	}
	if l.back != nil || l.life.Err() != nil {
		return
	}
	l.back, l.reason = make(chan struct{}), reason
	l.calls++
	go l.look()
}

// replace puts a new client in the place of one that has given up. The caller holds mu.
func (l *link) replace() {
	if client, err := esdb.NewClient(l.config); err == nil {
		l.client = client
	}
}

// look asks again and again whether the server is there. The client holds the call back
// until it is connected, so that the end of an outage is seen at once.
func (l *link) look() {
	defer l.release()
	l.logger.WarnContext(l.life, "event store is away, calls wait for it",
		slog.String("error", l.reason.Error()))
	for pause := backoffMin; l.life.Err() == nil; pause = min(2*pause, backoffMax) {
		sleep(l.life, jitter(pause))
		err := l.touch()
		l.mu.Lock()
		if codeOf(err) == esdb.ErrorCodeConnectionClosed {
			l.replace()
		}
		if !isAway(err) { // it answers, if only to refuse
			close(l.back)
			l.back, l.reason, l.last = nil, nil, ""
			l.mu.Unlock()
			l.logger.InfoContext(l.life, "event store is back")
			return
		}
		l.mu.Unlock()
	}
}

// touch subscribes and leaves again: of all calls this is the cheapest one after which the
// client looks for another node when its own is gone.
func (l *link) touch() (err error) {
	defer caught(&err)
	ctx, cancel := context.WithTimeout(l.life, l.callTime)
	defer cancel()
	l.mu.Lock()
	client := l.client
	l.mu.Unlock()
	sub, err := client.SubscribeToAll(ctx, esdb.SubscribeToAllOptions{From: esdb.End{}})
	if err != nil {
		return err
	}
	return sub.Close()
}

// close closes the client once nobody is inside. During an outage the client holds its
// callers until the server is back; then they and the client end with the process.
func (l *link) close() {
	l.mu.Lock()
	idle := make(chan struct{})
	if l.calls == 0 {
		close(idle)
	} else {
		l.idle = idle
	}
	l.mu.Unlock()
	patience := time.NewTimer(closePatience)
	defer patience.Stop()
	select {
	case <-idle:
		_ = l.client.Close() // gives no error
	case <-patience.C:
		l.logger.WarnContext(l.life, "calls to the event store do not end; they are left behind")
	}
}

// sleep ends before the pause when ctx does.
func sleep(ctx context.Context, pause time.Duration) {
	timer := time.NewTimer(pause)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}

// jitter gives something between half the pause and the pause, so that many do not come
// back at the same moment.
func jitter(pause time.Duration) time.Duration {
	return pause/2 + rand.N(pause/2+1)
}
