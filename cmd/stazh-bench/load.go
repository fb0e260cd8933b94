package main

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"
)

// What a load posts.
const (
	loadPayers        = "payers"
	loadRegistrations = "registrations"
	loadHires         = "hires"
	loadReports       = "reports"
)

// loadSpec says what to post, and how: so many clients, each with the next posting as soon
// as its last one is answered.
type loadSpec struct {
	Address  string
	Clients  int
	Labour   labour
	What     string
	From, To int // quarters of reports
	// Ahead makes all postings before the start; without it they are made on the way,
	// which a load too large for memory needs.
	Ahead bool
}

// loadResult is what became of a load.
type loadResult struct {
	Requests int
	Refused  int // answers 503, after which it was tried again
	Totals   totals
	Took     time.Duration
	Latency  latencies
	CPU      time.Duration
}

// loader makes the postings of a spec.
type loader struct {
	loadSpec
	firms []firm
}

func newLoader(spec loadSpec) *loader {
	l := &loader{loadSpec: spec}
	if spec.What != loadPayers {
		for n := range spec.Labour.Firms {
			l.firms = append(l.firms, spec.Labour.firm(n))
		}
	}
	return l
}

// size is the number of postings.
func (l *loader) size() int {
	if l.What == loadReports {
		return l.Labour.Firms * (l.To - l.From)
	}
	return l.Labour.Firms
}

// posting makes the nth posting, with the control totals of its reports.
func (l *loader) posting(n int) (posting, totals) {
	if l.What == loadPayers {
		f := labour{First: l.Labour.First, Firms: l.Labour.Firms}.firm(n)
		return register(f.unp, f.fundNo, "employer", "2015-01-01"), totals{}
	}
	f := l.firms[n%len(l.firms)]
	key := fmt.Sprintf("%s-%s-%d", l.What, f.unp, l.From+n/len(l.firms))
	switch l.What {
	case loadRegistrations:
		return filing(f.unp, key, f.registrations()), totals{}
	case loadHires:
		return filing(f.unp, key, f.hires()), totals{}
	}
	content, sums := f.report(l.From + n/len(l.firms))
	return filing(f.unp, key, content), sums
}

// busyPause is how long a refused client waits. It is shorter than what the server asks
// for, so that the load is never what the server waits for.
const busyPause = 20 * time.Millisecond

// loadDuty makes a load for a server: it says ready, waits for go, posts everything and
// answers with a loadResult.
func loadDuty(ctx context.Context, t *talk) error {
	var spec loadSpec
	if err := t.hear(&spec); err != nil {
		return err
	}
	l := newLoader(spec)
	result, err := l.run(ctx, t)
	if err != nil {
		return err
	}
	return t.say(result)
}

// run makes what is to be made ahead, waits for go, and posts.
func (l *loader) run(ctx context.Context, t *talk) (result loadResult, err error) {
	size := l.size()
	var made []posting
	if l.Ahead {
		for n := range size {
			p, sums := l.posting(n)
			made = append(made, p)
			result.Totals.add(sums)
		}
	}
	if err := t.begin(); err != nil {
		return result, err
	}
	began, cpu := time.Now(), cpuOfSelf()
	c := newWires(l.Address, l.Clients)
	took := make([]time.Duration, size)
	var mu sync.Mutex // guards result
	err = inParallel(l.Clients, size, func(n int) error {
		var p posting
		if l.Ahead {
			p = made[n]
		} else {
			var sums totals
			p, sums = l.posting(n)
			mu.Lock()
			result.Totals.add(sums)
			mu.Unlock()
		}
		start := time.Now()
		refused, err := insist(ctx, c, p)
		took[n] = time.Since(start)
		mu.Lock()
		defer mu.Unlock()
		result.Refused += refused
		return err
	})
	result.Requests, result.Took, result.CPU = size, time.Since(began), cpuOfSelf()-cpu
	result.Latency = latenciesOf(took)
	return result, err
}

// poster sends postings and may have what is answered decoded.
type poster interface {
	post(ctx context.Context, p posting, answer any) error
}

// insist posts until the server takes the posting in.
func insist(ctx context.Context, c poster, p posting) (refused int, err error) {
	for {
		err := c.post(ctx, p, nil)
		if !errors.Is(err, errBusy) {
			return refused, err
		}
		refused++
		time.Sleep(busyPause)
	}
}

// load runs a whole load at once.
func load(ctx context.Context, spec loadSpec) (loadResult, error) {
	var result loadResult
	c, err := readyLoad(ctx, "load", spec)
	if err != nil {
		return result, err
	}
	err = errors.Join(c.say(cue{"go"}), c.hear(&result))
	return result, errors.Join(err, c.end())
}

// readyLoad starts a load and returns when it is ready to go.
func readyLoad(ctx context.Context, duty string, spec any) (*child, error) {
	c, err := spawn(ctx, duty, spec)
	if err != nil {
		return nil, err
	}
	if err := c.await("ready"); err != nil {
		return nil, errors.Join(err, c.end())
	}
	return c, nil
}
