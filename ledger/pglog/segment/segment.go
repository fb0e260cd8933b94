// Package segment packs events that stand next to each other in the order of streams into
// one compressed run of bytes, and gives back exactly what was packed. It knows the shape
// of a record (time, id, the rest) and nothing of what it means, and does no I/O.
//
// Neighbouring streams are those of one employer's people: they share filings, times and
// words, which is what makes them small together. What cannot be compressed (ids, hashes)
// stands apart from what can. Of the heads of a stream only some are kept: the rest follow
// from them and the records, since each head is the hash of the one before and a record.
//
// The form, version 1: a byte 1; the number of events and of heads (uvarints); the heads;
// the ids; and a Zstandard frame of eight columns, each with its length in front:
//
//	runs       of events of one stream: key (as difference), first revision, length
//	contexts   the numbers that occur, ascending, as differences
//	context    of each event, as index into those
//	type       of each event
//	position   of each event, against the one before of the same context
//	time       likewise, in microseconds
//	length     of the rest of each record
//	rest       of each record: all after the id
package segment

import (
	"errors"
	"fmt"

	"github.com/klauspost/compress/zstd"

	"github.com/stazh/stazh/ledger"
)

// Row is an event as the log's tables hold it: Record is the event's own part of it.
type Row struct {
	Position ledger.Position
	Revision ledger.Revision
	Record   []byte
	Stream   int32
	Context  int32
	Type     int16
	// Bare says that Head is not kept: it follows from the row before, which is of the same
	// stream.
	Bare bool
	Head ledger.Hash
}

const (
	// version is the first byte of a segment.
	version = 1
	// headEvery is how many events of a run have one kept head, so that the head of any
	// event is few hashes away.
	headEvery = 8
	// idLength is that of the random part of each record.
	idLength = 16
	// unpackedMax bounds what a segment claims to unpack to: twice the largest append.
	unpackedMax = 128 << 20
)

// column numbers, in the order of the form.
const (
	columnRuns = iota
	columnContexts
	columnContext
	columnType
	columnPosition
	columnTime
	columnLength
	columnRest
	columns
)

// keeps tells whether the head of the nth of count events of a run is kept. The one before
// revision 0 is the zero hash.
func keeps(n, count int, first ledger.Revision) bool {
	return n == count-1 || n%headEvery == 0 && (n > 0 || first > 0)
}

// Codec packs and unpacks; it is safe for concurrent use.
type Codec struct {
	encoder *zstd.Encoder
	decoder *zstd.Decoder
}

// NewCodec makes a Codec. It needs no closing: both halves work only when called.
func NewCodec() (*Codec, error) {
	// What repeats is taken out of a segment, but letters get no codes of their own: those
	// would save a tenth of the bytes and cost a third of the time of unpacking.
	encoder, err := zstd.NewWriter(nil, zstd.WithEncoderConcurrency(1),
		zstd.WithEncoderCRC(false), zstd.WithLowerEncoderMem(true),
		zstd.WithNoEntropyCompression(true))
	if err != nil {
		return nil, fmt.Errorf("make an encoder of segments: %w", err)
	}
	decoder, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(0),
		zstd.WithDecoderLowmem(true), zstd.WithDecoderMaxMemory(unpackedMax))
	if err != nil {
		return nil, fmt.Errorf("make a decoder of segments: %w", err)
	}
	return &Codec{encoder, decoder}, nil
}

var errShape = errors.New("a segment has an unexpected shape")

func corrupt(what string) error {
	return fmt.Errorf("%w: %w: %s", ledger.ErrCorrupt, errShape, what)
}
