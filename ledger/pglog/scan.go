package pglog

import (
	"context"
	"fmt"
	"math"
	"slices"

	"github.com/stazh/stazh/ledger"
)

const (
	// shareKeys is the number of neighbouring streams that belong to one share. Streams are
	// numbered as they come, those of an employer's first report one after the other, so
	// that neighbours share contexts and age; shares that take turns are therefore of one
	// size, and stay the same whatever is appended. A scan that is small takes turns after
	// fewer, so that one share does not work for long when the others are done.
	shareKeys, shareKeysSmall = 1_024, 256
	// scanSmall is how many events a small scan has.
	scanSmall = 4_000_000
	// scanEvents is about how many events a page of a scan has: enough that the segments
	// which two pages share do not count.
	scanEvents = 16_000
	// scanStreams is how many streams the first page has, while their length is not known.
	scanStreams = 64
	// scanRevisions is how many events of a stream come at once that is too long for a page.
	scanRevisions = 8_000
)

var _ ledger.Scanner = (*Log)(nil)

// ScanStreams implements ledger.Scanner. It goes from stream to stream by their numbers,
// page by page: what segments hold of the next streams, one after the other in each pack,
// and what the table holds. A connection is held as long as a page takes, and the next
// page is fetched while the caller works on this one; two pages are all that is held.
func (l *Log) ScanStreams(
	ctx context.Context, scan ledger.Scan, do func([]ledger.Event) error,
) (events int64, err error) {
	scan.Shares = max(scan.Shares, 1)
	if scan.Share < 0 || scan.Share >= scan.Shares {
		return 0, fmt.Errorf("%w: share %d of %d", ledger.ErrInvalid, scan.Share, scan.Shares)
	}
	s := scanner{log: l, scan: scan, width: scanStreams}
	g := scanGiver{scan: scan, do: do}
	if err := s.run(ctx, &g); err != nil {
		return g.events, fmt.Errorf("scan the ledger: %w", err)
	}
	return g.events, nil
}

// scanner reads the pages of a share.
type scanner struct {
	log   *Log
	scan  ledger.Scan
	last  int32 // key of any stream
	block int64 // the block of keys after the one being read

	next, end int32 // keys of the block still to be read, both included
	width     int32 // streams of the next page
	// window is the number of events of the next page, from revision on, while a stream is
	// read that is too long for one; otherwise 0.
	window, revision int32
}

// run gives one page while it reads the next.
func (s *scanner) run(ctx context.Context, g *scanGiver) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	err := s.log.pool.QueryRow(ctx, `SELECT streams FROM ledger.head`).Scan(&s.last)
	if err != nil {
		return storeError(err)
	}
	s.block, s.next, s.end = int64(s.scan.Share), 1, 0
	current, next := newScanned(), newScanned()
	err = s.read(ctx, current)
	for err == nil && len(current.rows) > 0 {
		ahead := make(chan error, 1)
		go func() { ahead <- s.read(ctx, next) }()
		if err = g.give(ctx, current); err != nil {
			cancel()
		}
		if failed := <-ahead; err == nil {
			err = failed
		}
		current, next = next, current
	}
	return err
}

// scanned is a page of a scan. Its rows become events only where they are given, stream by
// stream in the same room: events are far larger than what they are made from.
type scanned struct {
	page
	first int32             // the key of the first row
	names []ledger.StreamID // of the streams from there on
}

// newScanned makes a page whose memory is used again for the next but one.
func newScanned() *scanned { return &scanned{page: page{copies: arena{reuse: true}}} }

// read fetches the next page; an empty one is the end.
func (s *scanner) read(ctx context.Context, p *scanned) error {
	for p.reset(); len(p.rows) == 0; {
		if s.next > s.end && !s.nextBlock() {
			return nil
		}
		want := s.span()
		over, err := s.log.readSpan(ctx, want, &p.page)
		switch {
		case err != nil:
			return err
		case over:
			p.reset()
			s.shrink()
		default:
			s.advance(want, len(p.rows))
		}
	}
	return s.name(ctx, p)
}

// nextBlock goes to the next keys of the share.
func (s *scanner) nextBlock() bool {
	keys := int64(shareKeys)
	if s.scan.UpTo < scanSmall {
		keys = shareKeysSmall
	}
	first := s.block * keys
	if first > int64(s.last) {
		return false
	}
	s.next, s.end = int32(first), int32(min(first+keys-1, int64(s.last)))
	s.block += int64(s.scan.Shares)
	if s.scan.Shares == 1 { // all blocks are one
		s.end, s.block = s.last, int64(s.last)/keys+1
	}
	return true
}

// span is what the next page is to hold.
func (s *scanner) span() span {
	if s.window > 0 {
		return span{s.next, s.next, s.revision, s.revision + s.window - 1, !s.scan.Verify}
	}
	return span{s.next, s.next + min(s.width-1, s.end-s.next), 0, math.MaxInt32, !s.scan.Verify}
}

// shrink asks for less.
func (s *scanner) shrink() {
	switch {
	case s.window > 0:
		s.window = max(s.window/2, 1)
	case s.width > 1 && s.end > s.next:
		s.width = min(s.width, s.end-s.next+1) / 2
	default:
		s.window, s.revision = scanRevisions, 0
	}
}

// advance goes on after a page of n events.
func (s *scanner) advance(had span, n int) {
	if s.window > 0 && n == int(s.window) {
		s.revision += s.window
		return
	}
	if s.window == 0 {
		streams := int64(had.last - had.first + 1)
		s.width = int32(min(max(streams*scanEvents/int64(n+1), 1), streams*4, math.MaxInt32/2))
	}
	s.next, s.window, s.revision = had.last+1, 0, 0
}

// name finds the names of the streams.
func (s *scanner) name(ctx context.Context, p *scanned) (err error) {
	p.first = p.rows[0].Stream
	p.names, err = s.log.names.between(ctx, p.first, p.rows[len(p.rows)-1].Stream)
	return err
}

// scanGiver makes events and gives them to the caller of a scan.
type scanGiver struct {
	scan ledger.Scan
	do   func([]ledger.Event) error

	run      []ledger.Event  // room for those of a stream
	events   int64           // given so far
	stream   int32           // that was given last
	next     ledger.Revision // that this stream must have
	verifier ledger.Verifier // of this stream
}

func (g *scanGiver) give(ctx context.Context, p *scanned) error {
	for from, to := 0, 0; from < len(p.rows); from = to {
		if err := ctx.Err(); err != nil {
			return err
		}
		stream := p.rows[from].Stream
		if stream != g.stream {
			g.stream, g.next, g.verifier = stream, 0, ledger.Verifier{}
		}
		for to < len(p.rows) && p.rows[to].Stream == stream {
			to++
		}
		known, err := g.open(p, from, to)
		if err != nil {
			return err
		}
		if len(known) == 0 {
			continue
		}
		g.events += int64(len(known))
		if err := g.do(known); err != nil {
			return err
		}
	}
	return nil
}

// open makes the events of the rows, which are of one stream, and checks them. It gives
// those that the scan is about: later ones only prove those before.
func (g *scanGiver) open(p *scanned, from, to int) ([]ledger.Event, error) {
	name := p.names[p.rows[from].Stream-p.first]
	if name == "" {
		return nil, noName(&p.rows[from])
	}
	g.run = slices.Grow(g.run[:0], to-from)[:to-from]
	known := 0
	for i := range g.run {
		e, row, x := &g.run[i], &p.rows[from+i], &p.parts[from+i]
		header(e, row, name)
		if err := e.Complete(x.context, x.kind, row.Record); err != nil {
			return nil, err
		}
		if err := g.check(e); err != nil {
			return nil, err
		}
		if e.Position <= g.scan.UpTo {
			known = i + 1
		}
	}
	return g.run[:known:known], nil
}

// check refuses an event that is not the next one of its stream.
func (g *scanGiver) check(e *ledger.Event) error {
	if e.Revision != g.next {
		return missing(g.next, e.Stream)
	}
	g.next++
	if g.scan.Verify {
		return g.verifier.Check(e)
	}
	return nil
}

// missing is the error of a gap in the revisions of a stream.
func missing(r ledger.Revision, s ledger.StreamID) error {
	return fmt.Errorf("%w: event %d of stream %s is missing", ledger.ErrCorrupt, r, s)
}
