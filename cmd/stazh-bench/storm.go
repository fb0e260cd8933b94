package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"sync"
	"time"
)

// stormSpec is a load that does not wait for answers: so many reports are offered a
// second, whether they are taken in or not. What was refused is offered again after a pause,
// before what has not been offered yet.
type stormSpec struct {
	loadSpec
	Rate float64
}

type stormResult struct {
	Offered  int
	Accepted []string // receipts
	Refused  int
	Refusals latencies
	Took     time.Duration
	CPU      time.Duration
}

const (
	// stormFlight bounds the requests that are under way: twice what the server lets in
	// at once, and no more than connections can be had.
	stormFlight = 1024
	stormTick   = 5 * time.Millisecond
	// stormPause is how long a payer waits at least who was refused: less than the server asks
	// for.
	stormPause = time.Second
)

// weather is the state of a storm. It must not cost what it measures: requests are bytes made
// before the start, and each of the callers has a connection of its own.
type weather struct {
	address  string
	requests [][]byte
	calls    chan int // requests to send; only callers that wait take them
	next     int

	mu       sync.Mutex // guards the fields below
	again    []refusal  // to be offered once more, the oldest first
	result   stormResult
	refusals []time.Duration
}

// refusal is a report that was refused.
type refusal struct {
	request int
	at      time.Time
}

// stormDuty offers reports until it is told to stop. The server may die on the way.
func stormDuty(ctx context.Context, t *talk) error {
	var spec stormSpec
	if err := t.hear(&spec); err != nil {
		return err
	}
	w := &weather{address: spec.Address, calls: make(chan int)}
	w.prepare(newLoader(spec.loadSpec))
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	if err := t.begin(); err != nil {
		return err
	}
	stop := make(chan error, 1)
	go func() { stop <- t.await("stop") }()
	var group sync.WaitGroup
	for range stormFlight {
		group.Go(func() { w.call(ctx) })
	}
	cpu := cpuOfSelf()
	err := w.blow(spec.Rate, stop)
	w.result.CPU = cpuOfSelf() - cpu
	cancel() // what is still under way is not answered any more
	close(w.calls)
	group.Wait()
	w.result.Refusals = latenciesOf(w.refusals)
	return errors.Join(err, t.say(w.result))
}

// prepare makes all requests of a storm.
func (w *weather) prepare(l *loader) {
	for n := range l.size() {
		p, _ := l.posting(n)
		w.requests = append(w.requests, p.appendRequest(nil, w.address))
	}
}

// blow offers reports at a steady rate until stop is heard.
func (w *weather) blow(rate float64, stop <-chan error) error {
	began := time.Now()
	tick := time.NewTicker(stormTick)
	defer tick.Stop()
	for {
		select {
		case err := <-stop:
			w.result.Took = time.Since(began)
			return err
		case <-tick.C:
		}
		due := int(rate * time.Since(began).Seconds())
		for more := true; more && w.result.Offered < due; {
			var err error
			if more, err = w.offer(); err != nil {
				return err
			}
		}
	}
}

// offer sends the next report; false when too many are under way.
func (w *weather) offer() (bool, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	again := len(w.again) > 0 && time.Since(w.again[0].at) >= stormPause
	n := w.next
	switch {
	case again:
		n = w.again[0].request
	case n < len(w.requests):
	case len(w.again) > 0:
		return false, nil // all are refused or under way: they come again after the pause
	default:
		return false, fmt.Errorf("all %d reports of the storm are accepted: make more", n)
	}
	select {
	case w.calls <- n:
	default:
		return false, nil
	}
	if again {
		w.again = w.again[1:]
	} else {
		w.next++
	}
	w.result.Offered++
	return true, nil
}

// call sends what it is given, on a connection that it keeps as long as the server does.
func (w *weather) call(ctx context.Context) {
	var l *line
	defer func() { l.close() }()
	for n := range w.calls {
		start := time.Now()
		if l == nil {
			var err error
			if l, err = w.dial(ctx); err != nil {
				continue
			}
		}
		status, receipt, keep := exchange(l.Conn, l.answers, w.requests[n])
		if !keep { // it has broken, or the server wants it so
			l.close()
			l = nil
		}
		w.note(n, status, receipt, time.Since(start))
	}
}

// line is a connection.
type line struct {
	net.Conn
	answers *bufio.Reader
	stop    func() bool
}

// dial makes a connection that ends with ctx.
func (w *weather) dial(ctx context.Context) (*line, error) {
	conn, err := new(net.Dialer).DialContext(ctx, "tcp", w.address)
	if err != nil {
		return nil, err
	}
	stop := context.AfterFunc(ctx, func() { _ = conn.Close() })
	return &line{conn, bufio.NewReader(conn), stop}, nil
}

func (l *line) close() {
	if l != nil {
		l.stop()
		_ = l.Close() // nothing is under way on it
	}
}

// exchange sends a request and reads the answer; the status is 0 without one.
func exchange(conn net.Conn, answers *bufio.Reader, request []byte,
) (status int, receipt string, keep bool) {
	if _, err := conn.Write(request); err != nil {
		return 0, "", false
	}
	r, err := readReply(answers)
	if err != nil {
		return 0, "", false
	}
	if r.status == http.StatusAccepted {
		var answer struct{ Receipt string }
		if err := json.Unmarshal(r.body, &answer); err != nil {
			return 0, "", false
		}
		receipt = answer.Receipt
	}
	return r.status, receipt, !r.last
}

// note keeps what became of a report. Requests that the crash broke off have no outcome:
// they may be recorded or not.
func (w *weather) note(n, status int, receipt string, took time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	switch status {
	case http.StatusAccepted:
		w.result.Accepted = append(w.result.Accepted, receipt)
	case http.StatusServiceUnavailable:
		w.result.Refused++
		w.refusals = append(w.refusals, took)
		w.again = append(w.again, refusal{n, time.Now()})
	}
}
