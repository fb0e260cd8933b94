package projections

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"slices"

	"github.com/google/uuid"

	"github.com/stazh/stazh/ledger"
)

const (
	// personShelves is one for each first byte of a person's pseudonym, which is random:
	// a country's persons are spread evenly, and come out nearly in order of their keys.
	personShelves = 256
	// otherShelves is for all other streams, spread by their last characters.
	otherShelves = 64
	// shelfChunk is how much is gathered before it is put away.
	shelfChunk = 64 << 10
	// shelfMemory bounds what is kept in memory; the rest goes into a temporary file.
	shelfMemory = 256 << 20
)

// streamKey is a stream's name in few bytes: kind, then UUID or UNP.
type streamKey [17]byte

func keyOf(s ledger.StreamID) (k streamKey) {
	if id, ok := s.Person(); ok {
		k[0] = 'p'
		copy(k[1:], id[:])
		return k
	}
	k[0] = 'o'
	copy(k[1:], s) // "law" or "payer-" and nine characters
	return k
}

// stream gives the name back.
func (k streamKey) stream() ledger.StreamID {
	if k[0] == 'p' {
		return ledger.PersonStream(uuid.UUID(k[1:]))
	}
	n := len(k)
	for k[n-1] == 0 {
		n--
	}
	return ledger.StreamID(k[1:n])
}

func (k streamKey) shelf() int {
	if k[0] == 'p' {
		return int(k[1])
	}
	return personShelves + int(k[13]+7*k[14]+49*k[15])%otherShelves
}

// shelves turns events in the order of the ledger into events by stream, in bounded
// memory: each stream belongs to one shelf, and a shelf is small enough to be sorted at
// once. What memory does not hold waits in a temporary file that has no name. It is
// written by one goroutine; afterwards shelves may be taken by several.
type shelves struct {
	list [personShelves + otherShelves]shelf
	free int // bytes that may still be kept in memory
	file *os.File
	end  int64
}

type shelf struct {
	open   []byte
	chunks []chunk
}

// chunk is a piece of a shelf: in memory, or in the file when bytes is nil.
type chunk struct {
	bytes  []byte
	offset int64
	size   int
}

func newShelves(memory int) *shelves { return &shelves{free: memory} }

// close removes the temporary file.
func (s *shelves) close() {
	if s.file != nil {
		_ = s.file.Close() // only read, and without a name already
	}
}

// ScanStreams gives the streams that were put, as ledger.Scanner does; it can be done once.
func (s *shelves) ScanStreams(
	ctx context.Context, scan ledger.Scan, do func(stream []ledger.Event) error,
) (events int64, err error) {
	var stream []ledger.Event
	for i := scan.Share; i < len(s.list); i += scan.Shares {
		all, err := s.take(i)
		if err != nil {
			return events, err
		}
		for _, x := range runs(all) {
			if err := ctx.Err(); err != nil {
				return events, err
			}
			if stream, err = x.open(stream[:0], scan.Verify); err != nil {
				return events, err
			}
			if err := do(stream); err != nil {
				return events, err
			}
			events += int64(len(stream))
		}
	}
	return events, nil
}

// put puts an event on the shelf of its stream.
func (s *shelves) put(k streamKey, e *ledger.Event) error {
	x := &s.list[k.shelf()]
	if len(x.open) >= shelfChunk {
		if err := s.putAway(x); err != nil {
			return fmt.Errorf("keep events for a build: %w", err)
		}
	}
	if x.open == nil {
		x.open = make([]byte, 0, shelfChunk+shelfChunk/8)
	}
	start := len(x.open)
	x.open = append(x.open, 0, 0, 0, 0)
	x.open = append(x.open, k[:]...)
	c := ledger.NewEncoder(x.open)
	record := e.Record()
	carried(c, &e.Position, &e.Revision, &record, &e.Head)
	x.open = c.Encoded()
	binary.BigEndian.PutUint32(x.open[start:], uint32(len(x.open)-start))
	return nil
}

// carried is what a shelf holds of an event beside its stream.
func carried(
	c *ledger.Codec, p *ledger.Position, r *ledger.Revision, record *[]byte, head *ledger.Hash,
) {
	c.Uint64((*uint64)(p))
	c.Int64((*int64)(r))
	c.Bytes(record)
	c.Hash(head)
}

func (s *shelves) putAway(x *shelf) error {
	if len(x.open) <= s.free {
		s.free -= len(x.open)
		x.chunks = append(x.chunks, chunk{bytes: x.open, size: len(x.open)})
		x.open = nil
		return nil
	}
	if s.file == nil {
		file, err := os.CreateTemp("", "stazh-build-*")
		if err != nil {
			return err
		}
		s.file = file
		if err := os.Remove(file.Name()); err != nil {
			return errors.Join(err, file.Close())
		}
	}
	if _, err := s.file.WriteAt(x.open, s.end); err != nil {
		return err
	}
	x.chunks = append(x.chunks, chunk{offset: s.end, size: len(x.open)})
	s.end += int64(len(x.open))
	x.open = x.open[:0]
	return nil
}

// take gives a shelf's bytes and forgets them.
func (s *shelves) take(i int) ([][]byte, error) {
	x := s.list[i]
	s.list[i] = shelf{}
	all := make([][]byte, 0, len(x.chunks)+1)
	for _, c := range x.chunks {
		if c.bytes == nil {
			c.bytes = make([]byte, c.size)
			if _, err := s.file.ReadAt(c.bytes, c.offset); err != nil {
				return nil, fmt.Errorf("take events for a build: %w", err)
			}
		}
		all = append(all, c.bytes)
	}
	return append(all, x.open), nil
}

// run is the events of one stream on a shelf, as they were put.
type run struct {
	key    streamKey
	events [][]byte
}

// open opens the events, into the room given, and checks their chain if that is asked for.
func (x *run) open(room []ledger.Event, verify bool) ([]ledger.Event, error) {
	var chain ledger.Verifier
	stream, c := x.key.stream(), ledger.NewDecoder(nil)
	for _, data := range x.events {
		var (
			position ledger.Position
			revision ledger.Revision
			record   []byte
			head     ledger.Hash
		)
		c.Reset(data)
		carried(c, &position, &revision, &record, &head)
		err := c.Finish()
		var e ledger.Event
		if err == nil {
			e, err = ledger.Open(stream, revision, position, record, head)
		}
		if err != nil {
			return nil, &readError{position: position, err: err}
		}
		if verify {
			if err := chain.Check(&e); err != nil {
				return nil, fmt.Errorf("hash chain is broken at event %d: %w", position, err)
			}
		}
		room = append(room, e)
	}
	return room, nil
}

// runs sorts the bytes of a shelf by stream.
func runs(all [][]byte) []run {
	places := map[streamKey]int{}
	var list []run
	for _, rest := range all {
		for len(rest) > 0 {
			one := rest[:binary.BigEndian.Uint32(rest)]
			rest = rest[len(one):]
			k := streamKey(one[4:])
			i, ok := places[k]
			if !ok {
				i = len(list)
				places[k] = i
				list = append(list, run{key: k})
			}
			list[i].events = append(list[i].events, one[4+len(k):])
		}
	}
	slices.SortFunc(list, func(a, b run) int {
		return bytes.Compare(a.key[:], b.key[:])
	})
	return list
}
