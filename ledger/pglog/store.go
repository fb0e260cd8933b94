package pglog

import (
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"

	"github.com/jackc/pgx/v5"

	"github.com/stazh/stazh/ledger"
)

// copyRowsMin is the number of rows from which COPY is cheaper than an INSERT, in spite
// of its own round trip.
const copyRowsMin = 100

const (
	sqlCopy = `COPY ledger.event (position, stream, revision, type, record, head)
		FROM STDIN (FORMAT binary)`
	sqlInsert = `INSERT INTO ledger.event (position, stream, revision, type, record, head)
		SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::integer[], $4::smallint[],
			$5::bytea[], $6::bytea[])`
	sqlNewTypes = `INSERT INTO ledger.event_type (id, name)
		SELECT * FROM unnest($1::smallint[], $2::text[])`
	sqlNewStreams = `INSERT INTO ledger.stream (key, name, revision, head)
		SELECT * FROM unnest($1::bigint[], $2::text[], $3::bigint[], $4::bytea[])`
	sqlOldStreams = `UPDATE ledger.stream s SET revision = u.revision, head = u.head
		FROM unnest($1::bigint[], $2::bigint[], $3::bytea[]) u(key, revision, head)
		WHERE s.key = u.key`
	sqlNewHead = `UPDATE ledger.head SET position = $1, recorded_at = $2, streams = $3`
)

// loadTypes gives every event type of the group its number. The table is only asked when
// a type is new to this process.
func (g *group) loadTypes(ctx context.Context, conn *pgx.Conn) error {
	g.types = g.writer.types
	missing := g.missingTypes()
	if len(missing) == 0 {
		return nil
	}
	rows, err := conn.Query(ctx, `SELECT id, name FROM ledger.event_type`)
	if err != nil {
		return fmt.Errorf("read event types: %w", err)
	}
	g.types = map[string]int16{}
	var (
		id   int16
		name string
	)
	_, err = pgx.ForEachRow(rows, []any{&id, &name}, func() error {
		g.types[name] = id
		return nil
	})
	if err != nil {
		return fmt.Errorf("read event types: %w", err)
	}
	g.newTypes = map[string]int16{}
	for _, name := range missing {
		if _, known := g.types[name]; known {
			continue
		}
		if len(g.types) == math.MaxInt16 {
			return fmt.Errorf("event type %s: all %d type numbers are used", name, math.MaxInt16)
		}
		id := int16(len(g.types) + 1)
		g.types[name], g.newTypes[name] = id, id
	}
	return nil
}

func (g *group) missingTypes() (missing []string) {
	last := ""
	for _, r := range g.requests {
		for i := range r.batch {
			for j := range r.batch[i].Events {
				name := r.batch[i].Events[j].Type
				if name == last {
					continue
				}
				last = name
				if _, ok := g.types[name]; !ok && !slices.Contains(missing, name) {
					missing = append(missing, name)
				}
			}
		}
	}
	return missing
}

// remember keeps what the commit has made known for the groups after this one.
func (g *group) remember() {
	g.writer.types = g.types
	names := g.writer.log.names
	names.mu.Lock()
	defer names.mu.Unlock()
	for _, s := range g.touched {
		names.put(s.key, s.name)
	}
}

// write stores the decided rows and commits.
func (g *group) write(ctx context.Context, conn *pgx.Conn) error {
	b := &pgx.Batch{}
	if len(g.rows) >= copyRowsMin {
		if err := g.copy(ctx, conn); err != nil {
			return fmt.Errorf("write events: %w", unavailable(err))
		}
	} else {
		g.queueInsert(b)
	}
	if hook := g.writer.options.beforeCommit; hook != nil {
		hook(conn.PgConn().PID())
	}
	g.queueTypes(b)
	g.queueStreams(b)
	b.Queue(sqlNewHead, int64(g.position), g.recorded, g.streams)
	b.Queue(`SELECT pg_notify($1, $2)`, channel, strconv.FormatUint(uint64(g.position), 10))
	b.Queue(`COMMIT`)
	return g.send(ctx, conn, b)
}

// send runs the statements in one round trip; the last one is the commit.
func (g *group) send(ctx context.Context, conn *pgx.Conn, b *pgx.Batch) error {
	results := conn.SendBatch(ctx, b)
	for i := range b.Len() {
		isCommit := i == b.Len()-1
		tag, err := results.Exec()
		if err != nil {
			_ = results.Close()
			if definite(err, isCommit) {
				return fmt.Errorf("write the ledger: %w", unavailable(err))
			}
			return fmt.Errorf("%w: commit: %w", ledger.ErrUnknownOutcome, err)
		}
		if isCommit && tag.String() != "COMMIT" {
			_ = results.Close()
			return fmt.Errorf("write the ledger: the commit was answered by %q", tag)
		}
	}
	// The commit was answered; what happens to the connection now changes nothing.
	_ = results.Close()
	return nil
}

func (g *group) queueTypes(b *pgx.Batch) {
	if len(g.newTypes) == 0 {
		return
	}
	var ids []int16
	var names []string
	for name, id := range g.newTypes {
		ids, names = append(ids, id), append(names, name)
	}
	b.Queue(sqlNewTypes, ids, names)
}

func (g *group) queueStreams(b *pgx.Batch) {
	var fresh, old streamColumns
	for _, s := range g.touched {
		if s.committed == ledger.NoStream {
			fresh.add(s)
		} else {
			old.add(s)
		}
	}
	if len(fresh.keys) > 0 {
		b.Queue(sqlNewStreams, fresh.keys, fresh.names, fresh.revisions, fresh.heads)
	}
	if len(old.keys) > 0 {
		b.Queue(sqlOldStreams, old.keys, old.revisions, old.heads)
	}
}

type streamColumns struct {
	keys      []int64
	names     []string
	revisions []int64
	heads     [][]byte
}

func (c *streamColumns) add(s *state) {
	c.keys = append(c.keys, s.key)
	c.names = append(c.names, string(s.name))
	c.revisions = append(c.revisions, int64(s.revision))
	c.heads = append(c.heads, s.head[:])
}

// firstPosition is that of the first row.
func (g *group) firstPosition() ledger.Position {
	return g.position - ledger.Position(len(g.rows)) + 1
}

// queueInsert seals the rows and queues them as arrays.
func (g *group) queueInsert(b *pgx.Batch) {
	n := len(g.rows)
	var (
		positions, streams = make([]int64, n), make([]int64, n)
		revisions          = make([]int32, n)
		types              = make([]int16, n)
		records, heads     = make([][]byte, n), make([][]byte, n)
		sealed             = make([]ledger.Hash, n)
	)
	for i := range g.rows {
		row := &g.rows[i]
		s := row.state
		records[i], s.head = ledger.SealInto(
			nil, s.name, row.revision, row.at, s.head, row.event)
		sealed[i] = s.head
		positions[i] = int64(g.firstPosition()) + int64(i)
		streams[i], revisions[i] = s.key, int32(row.revision)
		types[i], heads[i] = g.types[row.event.Type], sealed[i][:]
	}
	b.Queue(sqlInsert, positions, streams, revisions, types, records, heads)
}

// copy streams the rows; they are sealed while the server stores those before them.
func (g *group) copy(ctx context.Context, conn *pgx.Conn) error {
	tag, err := conn.PgConn().CopyFrom(ctx, &copyReader{group: g}, sqlCopy)
	if err == nil && tag.RowsAffected() != int64(len(g.rows)) {
		err = fmt.Errorf("COPY stored %d rows of %d", tag.RowsAffected(), len(g.rows))
	}
	return err
}

// copyReader gives the rows in Postgres' binary COPY format.
type copyReader struct {
	group  *group
	next   int // row
	begun  bool
	ended  bool
	buffer []byte
	offset int
}

// copyBuffer is how much is encoded at once: what pgx sends in one message.
const copyBuffer = 64 << 10

// copyHeader is the signature, no flags and no extension.
const copyHeader = "PGCOPY\n\xff\r\n\x00\x00\x00\x00\x00\x00\x00\x00\x00"

func (r *copyReader) Read(p []byte) (int, error) {
	if r.offset == len(r.buffer) {
		r.fill()
	}
	if r.offset == len(r.buffer) {
		return 0, io.EOF
	}
	n := copy(p, r.buffer[r.offset:])
	r.offset += n
	return n, nil
}

func (r *copyReader) fill() {
	b := r.buffer[:0]
	r.offset = 0
	if !r.begun {
		r.begun = true
		b = append(make([]byte, 0, copyBuffer+copyBuffer/4), copyHeader...)
	}
	first := int64(r.group.firstPosition())
	for r.next < len(r.group.rows) && len(b) < copyBuffer {
		b = r.group.appendRow(b, &r.group.rows[r.next], first+int64(r.next))
		r.next++
	}
	if r.next == len(r.group.rows) && !r.ended && len(b) < copyBuffer {
		r.ended = true
		b = binary.BigEndian.AppendUint16(b, 0xffff)
	}
	r.buffer = b
}

// appendRow encodes one row: six fields, each with its length in front.
func (g *group) appendRow(b []byte, row *row, position int64) []byte {
	s := row.state
	b = binary.BigEndian.AppendUint16(b, 6)
	b = binary.BigEndian.AppendUint32(b, 8)
	b = binary.BigEndian.AppendUint64(b, uint64(position))
	b = binary.BigEndian.AppendUint32(b, 8)
	b = binary.BigEndian.AppendUint64(b, uint64(s.key))
	b = binary.BigEndian.AppendUint32(b, 4)
	b = binary.BigEndian.AppendUint32(b, uint32(row.revision))
	b = binary.BigEndian.AppendUint32(b, 2)
	b = binary.BigEndian.AppendUint16(b, uint16(g.types[row.event.Type]))
	length := len(b)
	b = append(b, 0, 0, 0, 0)
	b, s.head = ledger.SealInto(b, s.name, row.revision, row.at, s.head, row.event)
	binary.BigEndian.PutUint32(b[length:], uint32(len(b)-length-4))
	b = binary.BigEndian.AppendUint32(b, uint32(len(s.head)))
	return append(b, s.head[:]...)
}
