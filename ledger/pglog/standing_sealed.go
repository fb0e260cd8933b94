package pglog

import (
	"context"
	"encoding/binary"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/stazh/stazh/ledger"
)

// sqlLastSegments gives, of one pack, the segments that hold the last event of streams, if
// the pack has any of theirs.
const sqlLastSegments = `
WITH want AS MATERIALIZED (
	SELECT DISTINCT z.number
	FROM unnest($2::integer[]) s(key)
	CROSS JOIN LATERAL (
		SELECT g.number FROM ledger.segment g WHERE g.pack = $1 AND g.stream <= s.key
		ORDER BY g.stream DESC, g.revision DESC LIMIT 1
	) z
)
SELECT w.number, g.data FROM want w
CROSS JOIN LATERAL (
	SELECT g.data FROM ledger.segment g WHERE g.pack = $1 AND g.number = w.number LIMIT 1
) g`

// lastSealed finds where those of the streams stand that have no event in the table, in
// the newest pack that has any of theirs.
func (l *Log) lastSealed(ctx context.Context, conn *pgx.Conn, states []*state) error {
	missing := make(map[int32]*state)
	for _, s := range states {
		if s.key != 0 && s.committed == ledger.NoStream {
			missing[s.key] = s
		}
	}
	if len(missing) == 0 {
		return nil
	}
	rows, err := conn.Query(ctx, `SELECT pack FROM ledger.event_sealed ORDER BY lower DESC`)
	if err != nil {
		return err
	}
	packs, err := pgx.CollectRows(rows, pgx.RowTo[int32])
	if err != nil {
		return err
	}
	for _, pack := range packs {
		if err := l.lastOfPack(ctx, conn, pack, missing); err != nil {
			return err
		}
		if len(missing) == 0 {
			return nil
		}
	}
	for _, s := range missing {
		return fmt.Errorf("%w: stream %s has no events", ledger.ErrCorrupt, s.name)
	}
	return nil
}

// lastOfPack settles and removes the streams whose last events the pack has.
func (l *Log) lastOfPack(
	ctx context.Context, conn *pgx.Conn, pack int32, missing map[int32]*state,
) error {
	keys := make([]int32, 0, len(missing))
	for key := range missing {
		keys = append(keys, key)
	}
	rows, err := conn.Query(ctx, sqlLastSegments, pack, keys)
	if err != nil {
		return err
	}
	defer rows.Close()
	u := l.unpackers.Get().(*unpacker) //nolint:forcetypeassert // nothing else is in it
	defer l.unpackers.Put(u)
	for rows.Next() {
		raw := rows.RawValues()
		if len(raw) != 2 || len(raw[0]) != 4 {
			return errShape
		}
		if u.rows, err = u.Unpack(u.rows[:0], raw[1]); err != nil {
			return fmt.Errorf("segment %d of pack %d: %w",
				binary.BigEndian.Uint32(raw[0]), pack, err)
		}
		for i := range u.rows {
			row := &u.rows[i]
			lasts := i == len(u.rows)-1 || u.rows[i+1].Stream != row.Stream
			if s := missing[row.Stream]; lasts && s != nil {
				s.set(standing{row.Stream, row.Revision, row.Head})
				delete(missing, row.Stream)
			}
		}
	}
	return rows.Err()
}

// loadKnownSealed adds to the known events of the states those that are sealed.
func (g *group) loadKnownSealed(
	ctx context.Context, conn *pgx.Conn, states []*state, los, his []int32,
) error {
	l := g.writer.log
	wanted := map[int32][]int{} // places in states
	var keys, from, to []int32
	for i, s := range states {
		if _, known := s.known[ledger.Revision(los[i])]; !known {
			keys, from, to = append(keys, s.key), append(from, los[i]), append(to, his[i])
			wanted[s.key] = append(wanted[s.key], i)
		}
	}
	if len(keys) == 0 {
		return nil
	}
	// The writer takes appends of bounded size, and each asks for no more than it brings.
	rows, err := conn.Query(ctx, sqlSegmentsOfSpans, nil, keys, from, keys, to)
	if err != nil {
		return err
	}
	defer rows.Close()
	u := l.unpackers.Get().(*unpacker) //nolint:forcetypeassert // nothing else is in it
	defer l.unpackers.Put(u)
	for rows.Next() {
		raw := rows.RawValues()
		if len(raw) != 3 {
			return errShape
		}
		if u.rows, err = u.Unpack(u.rows[:0], raw[2]); err != nil {
			return err
		}
		for i := range u.rows {
			row := &u.rows[i]
			for _, at := range wanted[row.Stream] {
				r := int32(row.Revision)
				if r < los[at] || r > his[at] {
					continue
				}
				if err := states[at].know(row.Revision, row.Position, row.Record); err != nil {
					return err
				}
			}
		}
	}
	return rows.Err()
}
