package pglog

import (
	"encoding/binary"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/stazh/stazh/ledger"
)

// binaryFive asks for five binary columns, which are read without any reflection. A batch
// takes no such wish, but uses binary for these types on its own.
var binaryFive = pgx.QueryResultFormats{1, 1, 1, 1, 1}

// sqlRanges reads runs of revisions of some streams. The inner query stands behind a
// LIMIT, so that the planner must run it once for each stream by the index and can never
// choose to read whole partitions because of stale statistics.
const sqlRanges = `
SELECT r.ord, e.position, e.revision::bigint, e.record, e.head
FROM unnest($1::bigint[], $2::bigint[], $3::bigint[]) WITH ORDINALITY r(key, lo, hi, ord)
CROSS JOIN LATERAL (
	SELECT * FROM ledger.event e
	WHERE e.stream = r.key AND e.revision BETWEEN r.lo AND r.hi
	ORDER BY e.revision
	LIMIT r.hi - r.lo + 1
) e
ORDER BY r.ord, e.revision`

// ranges are the arguments of sqlRanges.
type ranges struct{ keys, lo, hi []int64 }

func (r *ranges) add(key int64, lo, hi ledger.Revision) {
	r.keys = append(r.keys, key)
	r.lo = append(r.lo, int64(lo))
	r.hi = append(r.hi, int64(hi))
}

func (r *ranges) arguments() []any { return []any{binaryFive, r.keys, r.lo, r.hi} }

// rawRow is one row of five columns: an ordinal or key, position, revision, record and
// head. The record aliases the connection's buffer.
type rawRow struct {
	ordinal  int64
	position ledger.Position
	revision ledger.Revision
	record   []byte
	head     ledger.Hash
}

func parseRow(raw [][]byte) (r rawRow, err error) {
	if len(raw) != 5 || len(raw[0]) != 8 || len(raw[1]) != 8 || len(raw[2]) != 8 {
		return r, fmt.Errorf("%w: a row of events has an unexpected shape", ledger.ErrCorrupt)
	}
	r.ordinal = int64(binary.BigEndian.Uint64(raw[0]))
	r.position = ledger.Position(binary.BigEndian.Uint64(raw[1]))
	r.revision = ledger.Revision(binary.BigEndian.Uint64(raw[2]))
	r.record = raw[3]
	if copy(r.head[:], raw[4]) != len(r.head) || len(raw[4]) != len(r.head) {
		return r, fmt.Errorf("%w: head of event %d has %d bytes",
			ledger.ErrCorrupt, r.position, len(raw[4]))
	}
	return r, nil
}

// arenaChunk is how much memory records share. One event that is kept for long keeps at
// most so much alive.
const arenaChunk = 64 << 10

// arena copies records out of the connection's buffer with few allocations.
type arena struct {
	free []byte
	size int // bytes copied so far
}

func (a *arena) copy(b []byte) []byte {
	a.size += len(b)
	if len(b) > arenaChunk/4 {
		return append([]byte(nil), b...)
	}
	if len(b) > len(a.free) {
		a.free = make([]byte, arenaChunk)
	}
	n := copy(a.free, b)
	out := a.free[:n:n]
	a.free = a.free[n:]
	return out
}
