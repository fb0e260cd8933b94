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
	sqlCopy = `COPY ledger.event (position, stream, revision, context, type, record, head)
		FROM STDIN (FORMAT binary)`
	sqlInsert = `INSERT INTO ledger.event (position, stream, revision, context, type, record,
			head)
		SELECT * FROM unnest($1::bigint[], $2::integer[], $3::integer[], $4::integer[],
			$5::smallint[], $6::bytea[], $7::bytea[])`
	sqlNewTypes = `INSERT INTO ledger.event_type (id, name)
		SELECT * FROM unnest($1::smallint[], $2::text[])`
	sqlNewContexts = `INSERT INTO ledger.context (id, stored)
		SELECT * FROM unnest($1::integer[], $2::bytea[])`
	sqlNewStreams = `INSERT INTO ledger.stream (key, name)
		SELECT * FROM unnest($1::integer[], $2::text[])`
	sqlNewHead = `UPDATE ledger.head
		SET position = $1, recorded_at = $2, streams = $3, contexts = $4`
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
	g.types = map[string]*numberedKind{}
	var (
		id   int16
		name string
	)
	_, err = pgx.ForEachRow(rows, []any{&id, &name}, func() error {
		g.types[name] = &numberedKind{id, ledger.NewKind(name)}
		return nil
	})
	if err != nil {
		return fmt.Errorf("read event types: %w", err)
	}
	g.newTypes = map[int16]*ledger.Kind{}
	for _, name := range missing {
		if _, known := g.types[name]; known {
			continue
		}
		if len(g.types) == math.MaxInt16 {
			return fmt.Errorf("event type %s: all %d type numbers are used", name, math.MaxInt16)
		}
		k := &numberedKind{int16(len(g.types) + 1), ledger.NewKind(name)}
		g.types[name], g.newTypes[k.id] = k, k.Kind
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

// remember keeps what the commit has made known for the groups after this one, and for
// readers.
func (g *group) remember() {
	w, log := g.writer, g.writer.log
	last := g.summit
	w.types, w.last = g.types, &last
	if len(g.newTypes) > 0 {
		log.parts.putKinds(g.newTypes)
	}
	for _, x := range g.newContexts {
		w.contexts.put(x)
		log.parts.putContext(x)
	}
	log.stand.committed(g.position, g.touched)
	log.names.mu.Lock()
	defer log.names.mu.Unlock()
	for _, s := range g.touched {
		log.names.put(s.key, s.name)
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
	g.queueRest(b)
	return g.send(ctx, conn, b)
}

// queueRest queues what events need beside their rows and types, and the commit.
func (g *group) queueRest(b *pgx.Batch) {
	g.queueContexts(b)
	g.queueStreams(b)
	b.Queue(sqlNewHead, int64(g.position), g.recorded, g.streams, g.contexts)
	b.Queue(`SELECT pg_notify($1, $2)`, channel, strconv.FormatUint(uint64(g.position), 10))
	b.Queue(`COMMIT`)
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
	for id, k := range g.newTypes {
		ids, names = append(ids, id), append(names, k.Name())
	}
	b.Queue(sqlNewTypes, ids, names)
}

func (g *group) queueContexts(b *pgx.Batch) {
	if len(g.newContexts) == 0 {
		return
	}
	ids, stored := make([]int32, len(g.newContexts)), make([][]byte, len(g.newContexts))
	for i, x := range g.newContexts {
		ids[i], stored[i] = x.id, x.Stored()
	}
	b.Queue(sqlNewContexts, ids, stored)
}

func (g *group) queueStreams(b *pgx.Batch) {
	var keys []int32
	var names []string
	for _, s := range g.touched {
		if s.committed == ledger.NoStream {
			keys, names = append(keys, s.key), append(names, string(s.name))
		}
	}
	if len(keys) > 0 {
		b.Queue(sqlNewStreams, keys, names)
	}
}

// firstPosition is that of the first row.
func (g *group) firstPosition() ledger.Position {
	return g.position - ledger.Position(len(g.rows)) + 1
}

// queueInsert seals the rows and queues them as arrays.
func (g *group) queueInsert(b *pgx.Batch) {
	n := len(g.rows)
	var (
		positions          = make([]int64, n)
		streams, revisions = make([]int32, n), make([]int32, n)
		contexts           = make([]int32, n)
		types              = make([]int16, n)
		records, heads     = make([][]byte, n), make([][]byte, n)
		sealed             = make([]ledger.Hash, n)
	)
	for i := range g.rows {
		row := &g.rows[i]
		s := row.state
		records[i], s.head = row.seal(nil)
		sealed[i] = s.head
		positions[i] = int64(g.firstPosition()) + int64(i)
		streams[i], revisions[i] = s.key, int32(row.revision)
		contexts[i], types[i], heads[i] = row.context.id, row.kind.id, sealed[i][:]
	}
	b.Queue(sqlInsert, positions, streams, revisions, contexts, types, records, heads)
}

// copy streams the rows; they are sealed while the server stores those before them.
func (g *group) copy(ctx context.Context, conn *pgx.Conn) error {
	r := &copyReader{group: g, buffer: g.writer.spare[:0]}
	g.writer.spare = nil
	tag, err := conn.PgConn().CopyFrom(ctx, r, sqlCopy)
	if err == nil { // after an error, rows may still be asked for
		g.writer.spare = r.buffer
	}
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
		b = append(slices.Grow(b, copyBuffer+copyBuffer/4), copyHeader...)
	}
	first := int64(r.group.firstPosition())
	for r.next < len(r.group.rows) && len(b) < copyBuffer {
		b = r.group.rows[r.next].append(b, first+int64(r.next))
		r.next++
	}
	if r.next == len(r.group.rows) && !r.ended && len(b) < copyBuffer {
		r.ended = true
		b = binary.BigEndian.AppendUint16(b, 0xffff)
	}
	r.buffer = b
}

// append encodes the row: seven fields, each with its length in front.
func (r *row) append(b []byte, position int64) []byte {
	s := r.state
	b = binary.BigEndian.AppendUint16(b, 7)
	b = binary.BigEndian.AppendUint32(b, 8)
	b = binary.BigEndian.AppendUint64(b, uint64(position))
	b = binary.BigEndian.AppendUint32(b, 4)
	b = binary.BigEndian.AppendUint32(b, uint32(s.key))
	b = binary.BigEndian.AppendUint32(b, 4)
	b = binary.BigEndian.AppendUint32(b, uint32(r.revision))
	b = binary.BigEndian.AppendUint32(b, 4)
	b = binary.BigEndian.AppendUint32(b, uint32(r.context.id))
	b = binary.BigEndian.AppendUint32(b, 2)
	b = binary.BigEndian.AppendUint16(b, uint16(r.kind.id))
	length := len(b)
	b = append(b, 0, 0, 0, 0)
	b, s.head = r.seal(b)
	binary.BigEndian.PutUint32(b[length:], uint32(len(b)-length-4))
	b = binary.BigEndian.AppendUint32(b, uint32(len(s.head)))
	return append(b, s.head[:]...)
}

// seal appends the event's own bytes and gives the new head of its stream.
func (r *row) seal(b []byte) ([]byte, ledger.Hash) {
	s := r.state
	return ledger.SealInto(
		b, r.context.Context, r.kind.Kind, s.name, r.revision, r.at, s.head, r.event)
}
