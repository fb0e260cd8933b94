package account

import (
	"bytes"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5/pgtype"

	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/ledger/account"
	"github.com/stazh/stazh/projections"
)

// portion is some of the known accounts: at first their states as they were read, then what is
// to be written. It is used for one after the other, so that its room is made once.
type portion struct {
	persons []touched
	states  []byte   // one after the other
	ends    []int    // of each of them
	older   [][]byte // nil where they are not there or not needed
	// Parameters of sqlUpdate.
	ids, positions, newest, occupational, merged, encoded, closed *projections.Array
}

func newPortion() *portion {
	return &portion{ids: projections.NewArray(pgtype.UUIDOID),
		positions:    projections.NewArray(pgtype.Int8OID),
		newest:       projections.NewArray(pgtype.Int4OID),
		occupational: projections.NewArray(pgtype.BoolOID),
		merged:       projections.NewArray(pgtype.UUIDOID),
		encoded:      projections.NewArray(pgtype.ByteaOID),
		closed:       projections.NewArray(pgtype.ByteaOID)}
}

// params are the parameters of sqlUpdate in their order.
func (p *portion) params() []*projections.Array {
	return []*projections.Array{p.ids, p.positions, p.newest, p.occupational, p.merged,
		p.encoded, p.closed}
}

// reset takes all persons away.
func (p *portion) reset() {
	p.persons, p.states, p.ends, p.older = p.persons[:0], p.states[:0], p.ends[:0], p.older[:0]
	for _, a := range p.params() {
		a.Reset()
	}
}

// take adds a person as it is stored.
func (p *portion) take(t touched, state, older []byte) {
	p.persons = append(p.persons, t)
	p.states = append(p.states, state...)
	p.ends = append(p.ends, len(p.states))
	p.older = append(p.older, bytes.Clone(older))
}

// fold makes of the states what is to be written.
func (p *portion) fold(c *changes, r *room) error {
	start := 0
	for i, t := range p.persons {
		person, err := r.decode(t.id, p.states[start:p.ends[i]], p.older[i])
		if err != nil {
			return err
		}
		start = p.ends[i]
		if err := c.fold(person, t); err != nil {
			return err
		}
		p.put(person)
	}
	return nil
}

// put adds a person to what is to be written.
func (p *portion) put(person *account.Recent) {
	h := person.Head()
	p.ids.UUID(h.ID)
	p.positions.Int64(int64(h.Position))
	p.newest.Int32(int32(h.Newest))
	p.occupational.Bool(h.Occupational)
	if h.MergedInto == uuid.Nil {
		p.merged.Null()
	} else {
		p.merged.UUID(h.MergedInto)
	}
	var older []byte
	p.encoded.Encoded(func(c *ledger.Codec) { older = person.Store(c) })
	if older == nil {
		p.closed.Null()
	} else {
		p.closed.Bytes(older)
	}
}
