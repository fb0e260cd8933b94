package main

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"
)

// stormSpec is a load that does not wait for answers: so many reports are offered a
// second, whether they are taken in or not. What was refused is offered again later.
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
}

const (
	// stormFlight bounds the requests that are under way: twice what the server lets in
	// at once, and no more than connections can be had.
	stormFlight = 1024
	stormTick   = 5 * time.Millisecond
)

// weather is the state of a storm.
type weather struct {
	loader *loader
	client *wires
	flight chan struct{}
	group  sync.WaitGroup

	mu       sync.Mutex // guards the fields below
	next     int
	again    []int // refused, to be offered once more
	result   stormResult
	refusals []time.Duration
	failed   error
	stopped  atomic.Bool
}

// stormDuty offers reports until it is told to stop. The server may die on the way.
func stormDuty(ctx context.Context, t *talk) error {
	var spec stormSpec
	if err := t.hear(&spec); err != nil {
		return err
	}
	w := &weather{loader: newLoader(spec.loadSpec), client: newWires(spec.Address, stormFlight),
		flight: make(chan struct{}, stormFlight)}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	if err := t.begin(); err != nil {
		return err
	}
	stop := make(chan error, 1)
	go func() { stop <- t.await("stop") }()
	if err := w.blow(ctx, spec.Rate, stop); err != nil {
		return err
	}
	cancel() // what is still under way is not answered any more
	w.group.Wait()
	w.result.Refusals = latenciesOf(w.refusals)
	return errors.Join(w.failed, t.say(w.result))
}

// blow offers reports at a steady rate until stop is heard.
func (w *weather) blow(ctx context.Context, rate float64, stop <-chan error) error {
	began := time.Now()
	tick := time.NewTicker(stormTick)
	defer tick.Stop()
	for {
		select {
		case err := <-stop:
			w.stopped.Store(true)
			w.mu.Lock()
			defer w.mu.Unlock()
			w.result.Took = time.Since(began)
			return err
		case <-tick.C:
		}
		for due := int(rate * time.Since(began).Seconds()); w.offered() < due; {
			if !w.offer(ctx) {
				break
			}
		}
	}
}

func (w *weather) offered() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.result.Offered
}

// offer sends the next report; false when too many are under way.
func (w *weather) offer(ctx context.Context) bool {
	select {
	case w.flight <- struct{}{}:
	default:
		return false
	}
	w.mu.Lock()
	n := w.next
	if w.next < w.loader.size() {
		w.next++
	} else if len(w.again) > 0 {
		n, w.again = w.again[0], w.again[1:]
	} else {
		w.failed = fmt.Errorf("all %d reports of the storm are accepted: make more", n)
	}
	w.result.Offered++
	ended := w.failed != nil
	w.mu.Unlock()
	if ended {
		<-w.flight
		return false
	}
	w.group.Go(func() {
		defer func() { <-w.flight }()
		w.send(ctx, n)
	})
	return true
}

// send posts one report and notes what became of it. Requests that the crash broke off
// have no outcome: they may be recorded or not.
func (w *weather) send(ctx context.Context, n int) {
	p, _ := w.loader.posting(n)
	start := time.Now()
	var receipt struct{ Receipt string }
	err := w.client.post(ctx, p, &receipt)
	took := time.Since(start)
	w.mu.Lock()
	defer w.mu.Unlock()
	switch {
	case err == nil:
		w.result.Accepted = append(w.result.Accepted, receipt.Receipt)
	case errors.Is(err, errBusy):
		w.result.Refused++
		w.refusals = append(w.refusals, took)
		w.again = append(w.again, n)
	}
}
