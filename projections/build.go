package projections

import (
	"context"
	"fmt"
	"runtime"
	"sync"

	"golang.org/x/sync/errgroup"

	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/ledger/event"
)

// Builder is a projection that can also be built from nothing stream by stream, without
// reading what it wrote: for it a rebuild or replay folds in memory, on all cores. The
// rows must be those that Apply leaves for the same events.
type Builder interface {
	Projection
	// NewBuild begins a build.
	NewBuild() Build
}

// Build is one building of all rows. Its methods are called by several goroutines.
type Build interface {
	// Handles tells whether rows follow from what payloads of the type of the empty one
	// say. Events with others may come without theirs.
	Handles(empty event.Payload) bool
	// NewPart begins the work of one goroutine on some of the streams.
	NewPart() Part
	// Rest gives the rows to which many streams add up, once all parts are closed.
	Rest(rows *Rows)
}

// Part folds streams, one after another, for one goroutine.
type Part interface {
	// Begin begins a stream.
	Begin(stream ledger.StreamID)
	// Take takes the next events of the stream. They are valid until it returns, their
	// payloads until the stream has ended, and texts for ever.
	Take(events []Event) error
	// End gives the rows of the stream, which is whole now. It may hold back rows that
	// are made at less cost together with those of other streams.
	End(ctx context.Context, rows *Rows) error
	// Close gives the rows that were held back, after the last stream.
	Close(ctx context.Context, rows *Rows) error
}

const (
	// sharesMax bounds the goroutines of a build: each takes a connection to read and at
	// times one to write.
	sharesMax = 8
	// progressEvery is the number of events after which a share tells its progress.
	progressEvery = 1 << 14
)

// target is a projection that is being built up to a limit.
type target struct {
	projection Projection
	build      Build
	limit      ledger.Position
	sink       sink
}

// sink takes rows. It is used by several goroutines.
type sink interface {
	// put takes rows of a table; the buffer is emptied afterwards.
	put(ctx context.Context, table string, rows *rowBuffer) error
	// chunk is how many bytes of rows are gathered before they are put.
	chunk() int
}

// assemble folds the ledger up to head into the targets, on all cores. With verify it
// checks the chain of each stream. It gives the numbers of events and streams. Only one
// build of a runner runs at a time: its memory is bounded, and it keeps all cores busy.
func (r *Runner) assemble(
	ctx context.Context, head ledger.Position, verify bool, targets []*target,
	progress Progress,
) (events, streams int64, err error) {
	select {
	case r.building <- struct{}{}:
		defer func() { <-r.building }()
	case <-ctx.Done():
		return 0, 0, ctx.Err()
	}
	if head == 0 {
		return 0, 0, nil
	}
	progress.tell(0, head)
	source, all, done, err := r.source(ctx, head)
	if err != nil {
		return 0, 0, err
	}
	defer done()
	tally := tally{progress: progress, head: head, all: all}
	scan := ledger.Scan{UpTo: head, Verify: verify,
		Shares: min(runtime.GOMAXPROCS(0), runtime.NumCPU(), sharesMax)}
	group, groupCtx := errgroup.WithContext(ctx)
	for share := range scan.Shares {
		part := scan
		part.Share = share
		group.Go(func() error { return foldShare(groupCtx, source, part, targets, &tally) })
	}
	if err := group.Wait(); err != nil {
		return 0, 0, err
	}
	if tally.events != all {
		return 0, 0, fmt.Errorf("%w: %d of %d events are there up to position %d",
			ledger.ErrCorrupt, tally.events, all, head)
	}
	for _, t := range targets {
		rows := newRows()
		t.build.Rest(rows)
		if err := rows.putAll(ctx, t.sink, 1); err != nil {
			return 0, 0, err
		}
	}
	return tally.events, tally.streams, nil
}

// tally counts what all shares have done.
type tally struct {
	progress Progress
	head     ledger.Position
	all      int64 // events up to head

	mu              sync.Mutex
	events, streams int64 // guarded by mu
}

func (t *tally) add(events, streams int64) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.events, t.streams = t.events+events, t.streams+streams
	if t.events < t.all {
		share := float64(t.events) / float64(t.all) // positions need not count events
		t.progress.tell(ledger.Position(share*float64(t.head)), t.head)
	}
}

// foldShare folds the streams of one share.
func foldShare(
	ctx context.Context, source streams, scan ledger.Scan, targets []*target, t *tally,
) error {
	w := newWorker(targets)
	var told, events int64
	_, err := source.ScanStreams(ctx, scan, func(run []ledger.Event) error {
		if events += int64(len(run)); events-told >= progressEvery {
			t.add(events-told, 0)
			told = events
		}
		return w.take(ctx, run)
	})
	if err != nil {
		return err
	}
	t.add(events-told, w.streams)
	return w.close(ctx)
}

// worker folds some of the streams into all targets.
type worker struct {
	targets  []*target
	parts    []Part
	rows     []*Rows
	begun    []bool // the target has events of the present stream
	payloads *event.Decoder
	handled  map[string]bool // by any target
	events   []Event         // room for those of a run
	streams  int64
}

func newWorker(targets []*target) *worker {
	w := &worker{targets: targets, payloads: event.NewReusingDecoder(),
		handled: map[string]bool{}, begun: make([]bool, len(targets))}
	for _, t := range targets {
		w.parts, w.rows = append(w.parts, t.build.NewPart()), append(w.rows, newRows())
	}
	return w
}

// take folds the next events, those of one stream.
func (w *worker) take(ctx context.Context, run []ledger.Event) error {
	if run[0].Revision == 0 {
		if err := w.end(ctx); err != nil {
			return err
		}
		w.streams++
	}
	if err := w.decode(run); err != nil {
		return err
	}
	for i, t := range w.targets {
		events := upTo(w.events, t.limit)
		if len(events) == 0 {
			continue
		}
		if err := w.fold(i, events); err != nil {
			return stopped(t.projection, events, err)
		}
	}
	return nil
}

// decode opens the payloads that some target wants to see. What no target handles must be
// of a known type all the same.
func (w *worker) decode(run []ledger.Event) error {
	w.events = w.events[:0]
	var (
		kind    string
		handled bool
	)
	for i := range run {
		e := &run[i]
		if e.Type != kind {
			var err error
			kind = e.Type
			if handled, err = w.handles(kind); err != nil {
				return &readError{position: e.Position, kind: kind, err: err}
			}
		}
		var payload event.Payload
		if handled {
			var err error
			if payload, err = w.payloads.Decode(e); err != nil {
				return &readError{position: e.Position, kind: kind, err: err}
			}
		}
		w.events = append(w.events, Event{Event: e, Payload: payload})
	}
	return nil
}

func (w *worker) handles(kind string) (bool, error) {
	handled, met := w.handled[kind]
	if met {
		return handled, nil
	}
	empty, err := event.Zero(kind)
	if err != nil {
		return false, err
	}
	for _, t := range w.targets {
		handled = handled || t.build.Handles(empty)
	}
	w.handled[kind] = handled
	return handled, nil
}

// fold gives events of the present stream to a target.
func (w *worker) fold(i int, events []Event) error {
	if !w.begun[i] {
		w.begun[i] = true
		w.parts[i].Begin(events[0].Stream)
	}
	return Guard(func() error { return w.parts[i].Take(events) })
}

// end takes the rows of the present stream, if there is one.
func (w *worker) end(ctx context.Context) error {
	for i, t := range w.targets {
		if !w.begun[i] {
			continue
		}
		w.begun[i] = false
		if err := w.parts[i].End(ctx, w.rows[i]); err != nil {
			return stopped(t.projection, nil, err)
		}
		if err := w.rows[i].putAll(ctx, t.sink, t.sink.chunk()); err != nil {
			return err
		}
	}
	w.payloads.Recycle()
	return nil
}

// close ends the last stream and gives what is left.
func (w *worker) close(ctx context.Context) error {
	if err := w.end(ctx); err != nil {
		return err
	}
	for i, t := range w.targets {
		if err := w.parts[i].Close(ctx, w.rows[i]); err != nil {
			return stopped(t.projection, nil, err)
		}
		if err := w.rows[i].putAll(ctx, t.sink, 1); err != nil {
			return err
		}
	}
	return nil
}
