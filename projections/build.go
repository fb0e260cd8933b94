package projections

import (
	"context"
	"fmt"
	"runtime"
	"slices"
	"sync/atomic"

	"github.com/jackc/pgx/v5"
	"golang.org/x/sync/errgroup"

	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/ledger/event"
)

// Builder is a projection that can also be built from nothing stream by stream, without
// reading what it wrote: for it a rebuild or replay folds in memory and loads fresh
// tables. The rows must be those that Apply leaves for the same events.
type Builder interface {
	Projection
	// NewBuild begins a build.
	NewBuild() Build
}

// Build is one building of all rows. Its methods are called by several goroutines.
type Build interface {
	// Streams gives the rows that follow from some streams, each of them whole. The
	// events hold neither ID nor stored bytes, which no read model shows.
	Streams(ctx context.Context, streams [][]Event, rows *Rows) error
	// Rest gives the rows to which many streams add up, once all have been given.
	Rest(rows *Rows)
}

const (
	// buildEvents is how many events are decoded at once, unless one stream has more.
	buildEvents = 4096
	// loadBytes is how much is sent with one COPY.
	loadBytes = 4 << 20
	// readAhead is the number of events that one goroutine hands to the next, so many
	// times at most.
	readAhead   = 512
	portionsMax = 4
)

// target is a schema that is being built up to a limit.
type target struct {
	*builder
	build Build
	limit ledger.Position
}

// newShelves makes empty shelves. Only one build of a runner has any at a time: its
// memory is bounded, and it keeps all cores busy.
func (r *Runner) newShelves(ctx context.Context, hashed bool) (*shelves, error) {
	select {
	case r.building <- struct{}{}:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	s := newShelves(r.memory, hashed)
	s.closed = func() { <-r.building }
	return s, nil
}

// gather reads the ledger from its beginning up to head, puts all events on shelves and
// shows each portion to see. Reading and hashing overlap.
func (r *Runner) gather(
	ctx context.Context, s *shelves, head ledger.Position, see func([]ledger.Event) error,
) error {
	group, ctx := errgroup.WithContext(ctx)
	portions, used := make(chan []ledger.Event, portionsMax), make(chan []ledger.Event, portionsMax)
	for range portionsMax {
		used <- make([]ledger.Event, 0, readAhead)
	}
	group.Go(func() error {
		defer close(portions)
		return r.portions(ctx, head, portions, used)
	})
	group.Go(func() error {
		for portion := range portions {
			for i := range portion {
				e := &portion[i]
				if s.hashed {
					e.Hash = ledger.HashRecord(e.Record)
				}
				if err := s.put(keyOf(e.Stream), e); err != nil {
					return err
				}
			}
			if err := see(portion); err != nil {
				return err
			}
			used <- portion[:0]
		}
		return nil
	})
	return group.Wait()
}

// portions sends the events up to head, in slices that come back when they are used.
func (r *Runner) portions(
	ctx context.Context, head ledger.Position, to chan<- []ledger.Event,
	used <-chan []ledger.Event,
) error {
	if head == 0 {
		return nil
	}
	var last ledger.Position
	portion := <-used
	gives := r.log.Guarantees()
	for e, err := range r.log.ReadAll(ctx, 0, int(head)) { // there are no more events than that
		if err == nil {
			err = gives.Follows(last, e.Position)
		}
		if err != nil {
			return &readError{position: last + 1, kind: e.Type, err: err}
		}
		last = e.Position
		portion = append(portion, e)
		if len(portion) == readAhead || last == head {
			select {
			case to <- portion:
			case <-ctx.Done():
				return ctx.Err()
			}
			select {
			case portion = <-used:
			case <-ctx.Done():
				return ctx.Err()
			}
		}
		if last >= head {
			break
		}
	}
	if last != head {
		return fmt.Errorf("%w: the ledger ends before its head", ledger.ErrCorrupt)
	}
	return nil
}

// assemble folds what is on the shelves into the targets, on all cores. It gives the
// number of streams.
func (r *Runner) assemble(
	ctx context.Context, s *shelves, targets []*target,
) (streams int64, err error) {
	for _, t := range targets {
		if err := t.strip(ctx); err != nil {
			return 0, err
		}
	}
	var next, count atomic.Int64
	group, workerCtx := errgroup.WithContext(ctx)
	for range runtime.GOMAXPROCS(0) {
		group.Go(func() error {
			w, err := r.newAssembler(workerCtx, s, targets)
			if err != nil {
				return err
			}
			defer w.release()
			for i := next.Add(1) - 1; i < int64(len(s.list)); i = next.Add(1) - 1 {
				n, err := w.shelf(workerCtx, int(i))
				if err != nil {
					return err
				}
				count.Add(int64(n))
			}
			return w.load(workerCtx, 0)
		})
	}
	if err := group.Wait(); err != nil {
		return 0, err
	}
	return count.Load(), r.finish(ctx, s, targets)
}

// finish writes the rows that many streams share, and puts the keys back.
func (r *Runner) finish(ctx context.Context, s *shelves, targets []*target) error {
	w, err := r.newAssembler(ctx, s, targets)
	if err != nil {
		return err
	}
	defer w.release()
	for i, t := range targets {
		t.build.Rest(w.rows[i])
	}
	if err := w.load(ctx, 0); err != nil {
		return err
	}
	for _, t := range targets {
		t.position = t.limit
		if err := t.restore(ctx); err != nil {
			return err
		}
	}
	return nil
}

// assembler is one worker of a build, with a connection of its own.
type assembler struct {
	shelves  *shelves
	targets  []*target
	rows     []*Rows // of each target
	events   []Event // room for those of a batch
	codec    *ledger.Codec
	payloads *event.Decoder
	conn     *pgx.Conn
	release  func()
}

func (r *Runner) newAssembler(
	ctx context.Context, s *shelves, targets []*target,
) (*assembler, error) {
	conn, err := r.pool.Acquire(ctx)
	if err != nil {
		return nil, fmt.Errorf("connect to build projections: %w", err)
	}
	w := &assembler{shelves: s, targets: targets, codec: ledger.NewInterningDecoder(),
		payloads: event.NewDecoder(), conn: conn.Conn(), release: conn.Release}
	for range targets {
		w.rows = append(w.rows, newRows())
	}
	return w, nil
}

// shelf folds all streams of a shelf, some at a time, and gives their number.
func (w *assembler) shelf(ctx context.Context, i int) (streams int, err error) {
	all, err := w.shelves.take(i)
	if err != nil {
		return 0, err
	}
	list := runs(all)
	var batch [][]Event
	for i := range list {
		stream, err := w.open(&list[i])
		if err != nil {
			return 0, err
		}
		batch = append(batch, stream)
		if len(w.events) < buildEvents && i < len(list)-1 {
			continue
		}
		if err := w.fold(ctx, batch); err != nil {
			return 0, err
		}
		if err := w.load(ctx, loadBytes); err != nil {
			return 0, err
		}
		clear(w.events)
		batch, w.events = batch[:0], w.events[:0]
	}
	return len(list), nil
}

// open decodes the events of a stream and checks its chain.
func (w *assembler) open(x *run) ([]Event, error) {
	var chain ledger.Verifier
	stream := x.key.stream()
	start := len(w.events)
	w.events = slices.Grow(w.events, len(x.events))[:start+len(x.events)]
	events := w.events[start:]
	for i, data := range x.events {
		e := &events[i].Event
		e.Stream = stream
		w.codec.Reset(data)
		w.shelves.carried(w.codec, e)
		err := w.codec.Finish()
		if err == nil && w.shelves.hashed {
			if err := chain.CheckHashed(e); err != nil {
				return nil, fmt.Errorf("hash chain is broken at event %d: %w", e.Position, err)
			}
		}
		if err == nil {
			events[i].Payload, err = w.payloads.Decode(*e)
		}
		if err != nil {
			return nil, &readError{position: e.Position, kind: e.Type, err: err}
		}
	}
	return events, nil
}

// fold gives the streams to all targets, to each as far as its limit.
func (w *assembler) fold(ctx context.Context, batch [][]Event) error {
	for i, t := range w.targets {
		within := make([][]Event, 0, len(batch))
		for _, s := range batch {
			if s = upTo(s, t.limit); len(s) > 0 {
				within = append(within, s)
			}
		}
		if len(within) == 0 {
			continue
		}
		if err := streams(ctx, t.build, within, w.rows[i]); err != nil {
			return stopped(t.projection, within[0], err)
		}
	}
	return nil
}

// streams calls Streams and turns a panic into an error, as fold does.
func streams(ctx context.Context, b Build, batch [][]Event, rows *Rows) (err error) {
	defer func() {
		if cause := recover(); cause != nil {
			err = fmt.Errorf("%w: %v", ledger.ErrCorrupt, cause)
		}
	}()
	return b.Streams(ctx, batch, rows)
}

// load sends the rows of all tables that hold at least so many bytes.
func (w *assembler) load(ctx context.Context, atLeast int) error {
	for i, t := range w.targets {
		for name, rows := range w.rows[i].tables {
			if len(rows.bytes) == 0 || len(rows.bytes) < atLeast {
				continue
			}
			err := pgx.BeginTxFunc(ctx, w.conn, begin(t.schema), func(tx pgx.Tx) error {
				return rows.copyTo(ctx, tx, name)
			})
			if err != nil {
				return fmt.Errorf("load table %s of projection %s: %w", name,
					t.projection.Name(), err)
			}
		}
	}
	return nil
}
