package ledger

import "context"

// Scan says what of the ledger a Scanner hands out.
type Scan struct {
	// UpTo is the last position to be seen; it must have been the head at some time.
	UpTo Position
	// Share is one of Shares parts, from 0, which may be read at the same time: each
	// stream belongs to exactly one of them, whatever is appended meanwhile. Zero Shares
	// are one: everything.
	Share, Shares int
	// Verify asks for a check of each stream's chain over the stored bytes.
	Verify bool
}

// Scanner is a Log that can hand out everything it holds stream by stream, which is far
// faster than by position for whoever wants all of it.
type Scanner interface {
	Log

	// ScanStreams calls do with the events of each stream of the share, from revision 0 on
	// and by revision, as far as scan.UpTo; streams come in no stated order. A stream that
	// is longer than what the log holds in memory at a time (some thousands of events, or
	// megabytes) comes in several calls, one right after the other: a call whose first
	// event has not revision 0 goes on where the one before ended.
	//
	// Every event has its Head with scan.Verify, which makes it from the stored bytes and
	// compares it with what is stored; without, Head may be absent. The slice, the
	// payloads and what Record and Hash need are valid until do returns; texts are the
	// caller's to keep.
	//
	// A bad record, a gap in the revisions of a stream and a broken chain are ErrCorrupt.
	// That the end of a stream is missing shows in the number of events alone: over all
	// shares it must be scan.UpTo. An error of do ends the scan and is returned.
	ScanStreams(
		ctx context.Context, scan Scan, do func(stream []Event) error,
	) (events int64, err error)
}
