package projections

import (
	"cmp"
	"context"
	"slices"
	"sync"
	"time"

	"github.com/stazh/stazh/ledger"
)

const (
	// feedBatches is how many full batches the feed keeps, full by number or by bytes: so
	// far may the followers of a process drift apart before the fastest one waits.
	feedBatches = 3
	// patience is how long it waits for one that stands still, as behind a lock. That
	// one then reads by itself until it has caught up.
	patience = 200 * time.Millisecond
	// firstShare is the part of a batch that the first section has.
	firstShare = 8
)

// feed reads the ledger once for all followers of a process: who comes first to the end
// of what was read has the next section read, the others take it from memory, decoded.
// While the followers are behind, the following section is read beside their work.
type feed struct {
	log   ledger.Log
	batch int // events of a full section

	mu       sync.Mutex
	sections []*section                    // guarded by mu; consecutive, oldest first
	readers  map[*follower]ledger.Position // guarded by mu; where each stands
	moved    chan struct{}                 // guarded by mu; closed when a reader moves on
}

// section is a run of decoded events.
type section struct {
	after ledger.Position // its first event is the next one
	limit int             // of its events
	done  chan struct{}   // closed once the following two are set for ever
	batch []Event
	bytes int // of the payloads
	err   error
}

func newFeed(log ledger.Log, batch int) *feed {
	return &feed{log: log, batch: batch, readers: map[*follower]ledger.Position{},
		moved: make(chan struct{})}
}

// read gives at most limit of the events that follow where the reader stands. They are
// shared and must not be changed.
func (f *feed) read(ctx context.Context, who *follower, limit int) ([]Event, error) {
	after := who.position
	f.stand(who, after)
	s, err := f.find(ctx, after)
	if err != nil {
		return nil, err
	}
	if s == nil || s.err != nil || len(s.batch) == 0 {
		return readBatch(ctx, f.log, after, limit, limit)
	}
	f.readAhead(ctx, s)
	seen, _ := slices.BinarySearchFunc(s.batch, after+1, byPosition)
	batch := s.batch[seen:]
	for len(batch) < limit {
		// One that drags behind live sections of a few events takes many at once.
		more := f.finished(batch[len(batch)-1].Position)
		if more == nil {
			break
		}
		batch = append(batch[:len(batch):len(batch)], more...)
	}
	return batch[:min(len(batch), limit)], nil
}

// stand notes where a reader stands, so that what it needs is kept.
func (f *feed) stand(who *follower, at ledger.Position) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.readers[who] = at
	f.stir()
}

// leave forgets a reader.
func (f *feed) leave(who *follower) {
	f.mu.Lock()
	defer f.mu.Unlock()
	delete(f.readers, who)
	f.stir()
}

// stir wakes who waits for room. The caller holds mu.
func (f *feed) stir() {
	close(f.moved)
	f.moved = make(chan struct{})
}

// find gives the section with the event after a position, once it is read; nil when only
// later ones are kept. A section that failed or found nothing is given too.
func (f *feed) find(ctx context.Context, after ledger.Position) (*section, error) {
	patient := time.NewTimer(patience)
	defer patient.Stop()
	for waited := false; ; {
		s, moved := f.locate(ctx, after, waited)
		switch {
		case s == nil && moved == nil:
			return nil, nil
		case s == nil:
			select {
			case <-moved:
			case <-patient.C:
				waited = true
			case <-ctx.Done():
				return nil, ctx.Err()
			}
			continue
		}
		select {
		case <-s.done:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
		if s.err != nil || len(s.batch) == 0 || after < s.end() {
			return s, nil
		}
	}
}

// end is the position of the last event of a finished section.
func (s *section) end() ledger.Position {
	if n := len(s.batch); n > 0 {
		return s.batch[n-1].Position
	}
	return s.after
}

func byPosition(e Event, p ledger.Position) int { return cmp.Compare(e.Position, p) }

func (s *section) finished() bool {
	select {
	case <-s.done:
		return true
	default:
		return false
	}
}

// locate gives the section with the event after a position, and begins it where it is
// the next one. Without a section it gives the channel to wait on for room, or nil when
// the event lies before all that is kept.
func (f *feed) locate(ctx context.Context, after ledger.Position, waited bool,
) (*section, <-chan struct{}) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for i := len(f.sections) - 1; i >= 0; i-- {
		s := f.sections[i]
		if after >= s.after {
			if !s.finished() || after < s.end() {
				return s, nil
			}
			break
		}
		if i == 0 {
			return nil, nil
		}
	}
	if n := len(f.sections); n > 0 && after > f.sections[n-1].end() {
		f.sections = nil // the reader was moved far ahead, as after a rebuild
	}
	if !f.makeRoom(waited) {
		return nil, f.moved
	}
	return f.begin(ctx, after), nil
}

// makeRoom drops sections that no reader needs, and when the fastest one has waited long
// enough also those that one needs. It tells whether another may be begun. The caller
// holds mu.
func (f *feed) makeRoom(waited bool) bool {
	events, bytes := 0, 0
	for _, s := range f.sections {
		events, bytes = events+len(s.batch), bytes+s.bytes
	}
	for events > (feedBatches-1)*f.batch || bytes > (feedBatches-1)*batchBytesMax {
		oldest := f.sections[0]
		for _, at := range f.readers {
			if !waited && at >= oldest.after && at < oldest.end() {
				return false
			}
		}
		events, bytes = events-len(oldest.batch), bytes-oldest.bytes
		f.sections = f.sections[1:]
	}
	return true
}

// firstSection is the size of the first section, from which the following ones double: nothing
// can be folded before it is read.
func (f *feed) firstSection() int { return (f.batch + firstShare - 1) / firstShare }

// begin has a section read beside the caller, who holds mu.
func (f *feed) begin(ctx context.Context, after ledger.Position) *section {
	s := &section{after: after, limit: f.firstSection(), done: make(chan struct{})}
	expected := 0
	if n := len(f.sections); n > 0 {
		last := f.sections[n-1]
		s.limit = min(2*last.limit, f.batch)
		expected = len(last.batch) // behind, full ones; live, a few events
	}
	f.sections = append(f.sections, s)
	go func() {
		batch, err := readBatch(ctx, f.log, after, s.limit, expected)
		f.mu.Lock()
		defer f.mu.Unlock()
		s.batch, s.err = batch, err
		for i := range batch {
			s.bytes += len(batch[i].Event.Payload)
		}
		close(s.done)
		if n := len(f.sections); (err != nil || len(batch) == 0) && n > 0 && f.sections[n-1] == s {
			f.sections = f.sections[:n-1]
		}
	}()
	return s
}

// readAhead begins the section after a full one, if there is room for it.
func (f *feed) readAhead(ctx context.Context, s *section) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if n := len(f.sections); n == 0 || f.sections[n-1] != s || len(s.batch) < s.limit {
		return
	}
	if f.makeRoom(false) {
		f.begin(ctx, s.end())
	}
}

// finished gives the events of the section that begins after a position, if it is read.
func (f *feed) finished(after ledger.Position) []Event {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, s := range f.sections {
		if s.after == after && s.finished() {
			return s.batch
		}
	}
	return nil
}
