package memlog

import (
	"bytes"
	"context"
	"fmt"
	"hash/fnv"

	"github.com/stazh/stazh/ledger"
)

var _ ledger.Scanner = (*Log)(nil)

// scanRun is the largest number of events of one call of a scan; small, so that tests meet
// streams that come in several.
const scanRun = 1_000

// ScanStreams implements ledger.Scanner.
func (l *Log) ScanStreams(
	ctx context.Context, scan ledger.Scan, do func([]ledger.Event) error,
) (events int64, err error) {
	l.mu.RLock()
	all := l.events
	streams := make(map[ledger.StreamID][]int32, len(l.streams))
	for s, places := range l.streams {
		if belongs(s, scan) {
			streams[s] = places
		}
	}
	l.mu.RUnlock()
	for s, places := range streams {
		n, err := scanStream(ctx, s, all, places, scan, do)
		events += n
		if err != nil {
			return events, fmt.Errorf("scan the ledger: %w", err)
		}
	}
	return events, ctx.Err()
}

func belongs(s ledger.StreamID, scan ledger.Scan) bool {
	if scan.Shares <= 1 {
		return true
	}
	h := fnv.New32a()
	h.Write([]byte(s))
	return h.Sum32()%uint32(scan.Shares) == uint32(scan.Share)
}

func scanStream(
	ctx context.Context, s ledger.StreamID, all []entry, places []int32, scan ledger.Scan,
	do func([]ledger.Event) error,
) (events int64, err error) {
	var (
		verifier ledger.Verifier
		run      []ledger.Event
	)
	flush := func() error {
		if len(run) == 0 {
			return nil
		}
		events += int64(len(run))
		err := do(run)
		clear(run) // nobody may keep them
		run = run[:0]
		return err
	}
	for i, place := range places {
		position := ledger.Position(place) + 1
		if position > scan.UpTo {
			break
		}
		if err := ctx.Err(); err != nil {
			return events, err
		}
		e, err := ledger.Open(
			s, ledger.Revision(i), position, bytes.Clone(all[place].record), all[place].head)
		if err == nil && scan.Verify {
			err = verifier.Check(&e)
		}
		if err != nil {
			return events, err
		}
		if run = append(run, e); len(run) == scanRun {
			if err := flush(); err != nil {
				return events, err
			}
		}
	}
	return events, flush()
}
