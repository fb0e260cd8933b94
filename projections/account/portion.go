package account

import (
	"fmt"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgtype"

	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/ledger/account"
	"github.com/stazh/stazh/projections"
)

// portion is some of the known accounts: at first their states as they were read, then what is
// to be written. It is used for one after the other, so that its room is made once.
type portion struct {
	persons []touched
	found   []place // of each person
	bytes   []byte  // states and older slots, as they were read

	params [][]byte
	// Parameters of sqlLoad and, with the same persons, of sqlUpdate.
	ids, first, last                                     *projections.Array
	position, newest, occupational, merged, state, older *projections.Array
}

// place tells where in the bytes a state is, and where the older slots behind it end, if they
// were read.
type place struct {
	start, end, olderEnd int
	older                bool
}

func newPortion() *portion {
	return &portion{
		ids:   projections.NewArray(pgtype.UUIDOID),
		first: projections.NewArray(pgtype.Int4OID), last: projections.NewArray(pgtype.Int4OID),
		position:     projections.NewArray(pgtype.Int8OID),
		newest:       projections.NewArray(pgtype.Int4OID),
		occupational: projections.NewArray(pgtype.BoolOID),
		merged:       projections.NewArray(pgtype.UUIDOID),
		state:        projections.NewArray(pgtype.ByteaOID),
		older:        projections.NewArray(pgtype.ByteaOID),
	}
}

// begin makes the portion one of these persons, nothing of whom is read yet.
func (p *portion) begin(persons []touched) {
	p.persons, p.bytes = persons, p.bytes[:0]
	p.found = append(p.found[:0], make([]place, len(persons))...)
	for _, a := range []*projections.Array{p.ids, p.first, p.last} {
		a.Reset()
	}
	for _, t := range persons {
		p.ids.UUID(t.id)
		p.first.Int32(t.from)
		p.last.Int32(t.to)
	}
}

// read are the parameters of sqlLoad.
func (p *portion) read() [][]byte { return p.of(p.ids, p.first, p.last) }

// written are the parameters of sqlUpdate.
func (p *portion) written() [][]byte {
	return p.of(p.ids, p.position, p.newest, p.occupational, p.merged, p.state, p.older)
}

func (p *portion) of(arrays ...*projections.Array) [][]byte {
	p.params = p.params[:0]
	for _, a := range arrays {
		p.params = append(p.params, a.Param(len(p.persons)))
	}
	return p.params
}

// take takes the rows of sqlLoad over.
func (p *portion) take(rows *pgconn.ResultReader) error {
	n := 0
	for ; rows.NextRow(); n++ {
		row := rows.Values()
		id, at := ledger.PersonID(row[0]), n
		if p.persons[at].id != id { // most come in the order in which they are asked for
			at, _ = find(p.persons, id)
		}
		x := place{start: len(p.bytes), older: row[2] != nil}
		p.bytes = append(p.bytes, row[1]...)
		x.end = len(p.bytes)
		p.bytes = append(p.bytes, row[2]...)
		x.olderEnd = len(p.bytes)
		p.found[at] = x
	}
	if _, err := rows.Close(); err != nil {
		return fmt.Errorf("load accounts: %w", err)
	}
	if n != len(p.persons) {
		return fmt.Errorf("%w: %d of %d accounts are there", ledger.ErrCorrupt, n,
			len(p.persons))
	}
	return nil
}

// fold makes of the states what is to be written.
func (p *portion) fold(c *changes, kept *scratch) error {
	for _, a := range []*projections.Array{
		p.position, p.newest, p.occupational, p.merged, p.state, p.older} {
		a.Reset()
	}
	for i, t := range p.persons {
		x := p.found[i]
		var older []byte
		if x.older {
			older = p.bytes[x.end:x.olderEnd]
		}
		person, err := kept.decode(t.id, p.bytes[x.start:x.end], older)
		if err != nil {
			return err
		}
		if err := c.fold(person, t); err != nil {
			return err
		}
		p.write(person)
	}
	return nil
}

// write adds a person to what is to be written.
func (p *portion) write(person *account.Recent) {
	h := person.Head()
	p.position.Int64(int64(h.Position))
	p.newest.Int32(int32(h.Newest))
	p.occupational.Bool(h.Occupational)
	if h.MergedInto == uuid.Nil {
		p.merged.Null()
	} else {
		p.merged.UUID(h.MergedInto)
	}
	var older []byte
	p.state.Encoded(func(c *ledger.Codec) { older = person.Store(c) })
	if older == nil {
		p.older.Null()
	} else {
		p.older.Bytes(older)
	}
}
