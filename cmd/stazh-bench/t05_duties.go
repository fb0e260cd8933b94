package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"time"

	"github.com/google/uuid"

	"github.com/stazh/stazh/api/node"
	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/ledger/event"
	"github.com/stazh/stazh/projections"
)

// runnerOf follows with one read model, or with all where none is named.
func runnerOf(n *node.Node, name string) (*projections.Runner, error) {
	if name == "" {
		return n.Runner, nil
	}
	model, err := modelOf(name)
	if err != nil {
		return nil, err
	}
	return projections.NewRunner(n.Pool, n.Log,
		projections.Options{Logger: n.Config.Logger, Clock: time.Now}, model)
}

// catchUp brings a runner's read models to the end of the ledger.
func catchUp(ctx context.Context, n *node.Node, runner *projections.Runner) (a answer, err error) {
	start := time.Now()
	if err := runner.CatchUp(ctx); err != nil {
		return a, err
	}
	a.Took = time.Since(start)
	// A clerk that comes later need not look at all that was done without it.
	head, err := n.Log.Head(ctx)
	if err == nil {
		err = n.Models.SetBookmark(ctx, head)
	}
	return a, err
}

// catchUpDuty brings one read model, or all, to the end of the ledger, and tells how long it
// took.
func catchUpDuty(ctx context.Context, t *talk) error {
	return onNode(ctx, t, func(ctx context.Context, n *node.Node, spec nodeSpec) error {
		runner, err := runnerOf(n, spec.Model)
		if err != nil {
			return err
		}
		if err := t.begin(); err != nil {
			return err
		}
		a, err := catchUp(ctx, n, runner)
		if err != nil {
			return err
		}
		return errors.Join(t.say(a), t.judge(nil))
	})
}

// followDuty is catchUpDuty again and again, with one read model or with all, as it is told: in
// a process that has followed for a while.
func followDuty(ctx context.Context, t *talk) error {
	return onNode(ctx, t, func(ctx context.Context, n *node.Node, spec nodeSpec) error {
		one, err := runnerOf(n, spec.Model)
		if err != nil {
			return err
		}
		if err := t.say(cue{"ready"}); err != nil {
			return err
		}
		for runners := map[string]*projections.Runner{cueOne: one, cueOthers: n.Runner}; ; {
			var c cue
			switch err := t.hear(&c); {
			case errors.Is(err, io.EOF):
				return nil
			case err != nil:
				return err
			case runners[c.Name] == nil:
				return fmt.Errorf("nobody follows when %q is said", c.Name)
			}
			a, err := catchUp(ctx, n, runners[c.Name])
			if err == nil {
				err = t.say(a)
			}
			if err != nil {
				return err
			}
		}
	})
}

// lagDuty appends months of persons at a steady rate while all read models follow, and
// measures from the return of each append to the moment at which all of them show it.
func lagDuty(ctx context.Context, t *talk) error {
	return onNode(ctx, t, func(ctx context.Context, n *node.Node, spec nodeSpec) error {
		return measureLag(ctx, t, n, spec.For)
	})
}

func measureLag(ctx context.Context, t *talk, n *node.Node, lasting time.Duration) error {
	facts, err := nextFacts(ctx, n.Log)
	if err != nil {
		return err
	}
	following, stop := context.WithCancel(ctx)
	var work sync.WaitGroup
	defer work.Wait()
	defer stop()
	work.Go(func() { _ = n.Runner.Run(following) }) // ends with stop
	if err := t.begin(); err != nil {
		return err
	}
	var mu sync.Mutex // guards lags and failed
	var lags []time.Duration
	var failed error
	var waiting sync.WaitGroup
	every := time.Second * lagAppend / lagRate
	began := time.Now()
	count := 0
	for next := began; time.Since(began) < lasting; next = next.Add(every) {
		time.Sleep(time.Until(next))
		result, err := n.Log.Append(ctx, facts.take(lagAppend)...)
		if err != nil {
			return err
		}
		appended := time.Now()
		count += lagAppend
		waiting.Go(func() {
			err := waitAll(ctx, n.Runner, result.Position)
			mu.Lock()
			defer mu.Unlock()
			lags, failed = append(lags, time.Since(appended)), errors.Join(failed, err)
		})
	}
	took := time.Since(began)
	waiting.Wait()
	if failed != nil {
		return failed
	}
	err = t.say(answer{Took: took, Count: count, Latency: latenciesOf(lags)})
	return errors.Join(err, t.judge(nil))
}

func waitAll(ctx context.Context, r *projections.Runner, at ledger.Position) error {
	for _, name := range r.Names() {
		if err := r.WaitFor(ctx, name, at); err != nil {
			return err
		}
	}
	return nil
}

// reported is a person's last report and where the person's stream stands.
type reported struct {
	stream   ledger.StreamID
	revision ledger.Revision
	meta     ledger.Meta
	data     *event.IndividualDataReported
}

// facts are the next months of persons who were reported last, person after person.
type facts struct {
	list []*reported
	next int
}

// nextFacts begins after the last quarter of the ledger.
func nextFacts(ctx context.Context, log ledger.Log) (*facts, error) {
	f := &facts{}
	known := map[ledger.StreamID]*reported{}
	for e, err := range log.ReadAll(ctx, 0, 0) {
		if err != nil {
			return nil, err
		}
		payload, err := event.Decode(e)
		if err != nil {
			return nil, err
		}
		data, ok := payload.(*event.IndividualDataReported)
		if !ok {
			continue
		}
		r, ok := known[e.Stream]
		if !ok {
			r = &reported{}
			known[e.Stream] = r
			f.list = append(f.list, r)
		}
		*r = reported{e.Stream, e.Revision, e.Meta, data}
	}
	if len(f.list) == 0 {
		return nil, fmt.Errorf("%w: nobody is reported", errDiffers)
	}
	return f, nil
}

// take gives the next quarter of so many persons.
func (f *facts) take(n int) []ledger.StreamAppend {
	list := make([]ledger.StreamAppend, n)
	for i := range list {
		r := f.list[f.next]
		f.next = (f.next + 1) % len(f.list)
		r.data.Slot.Year++
		for m := range r.data.Months {
			r.data.Months[m].Month = r.data.Months[m].Month.Add(12)
		}
		list[i] = ledger.StreamAppend{Stream: r.stream, Expected: r.revision,
			Events: []ledger.NewEvent{event.New(uuid.New(), r.meta, r.data)}}
		r.revision++
	}
	return list
}
