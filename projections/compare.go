package projections

import (
	"bytes"
	"context"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"
)

// Kinds of a difference.
const (
	Differs = "differs" // the row's columns differ
	Missing = "missing" // the ledger gives a row that the live table lacks
	Surplus = "surplus" // the live table has a row that the ledger does not give
)

// Difference is a row of a live table that is not what the ledger gives. It names the
// row and the columns, never their values.
type Difference struct {
	Projection string   `json:"projection"`
	Table      string   `json:"table"`
	Key        string   `json:"key"` // values of the primary key, joined by "/"
	Kind       string   `json:"kind"`
	Columns    []string `json:"columns,omitempty"`
}

// side is one of the two tables compared: a cursor over its rows in key order. Rows
// arrive as they are read; neither side is ever held in memory.
type side struct {
	rows   pgx.Rows
	key    []int // places of the key columns
	types  []uint32
	names  []string
	wanted func(row [][]byte) bool // others are passed over
	row    [][]byte                // nil at the end
}

func openSide(
	ctx context.Context, tx pgx.Tx, schema string, t Table, wanted func([][]byte) bool,
) (*side, error) {
	rows, err := tx.Query(ctx, "select * from "+schema+"."+t.Name+
		" order by "+strings.Join(t.Key, ", "), pgx.QueryResultFormats{pgtype.BinaryFormatCode})
	if err != nil {
		return nil, err
	}
	s := &side{rows: rows, wanted: wanted}
	for _, field := range rows.FieldDescriptions() {
		s.names = append(s.names, field.Name)
		s.types = append(s.types, field.DataTypeOID)
	}
	for _, name := range t.Key {
		place := -1
		for i := range s.names {
			if s.names[i] == name {
				place = i
			}
		}
		if place < 0 {
			rows.Close()
			return nil, fmt.Errorf("table %s has no key column %s", t.Name, name)
		}
		s.key = append(s.key, place)
	}
	return s, s.next()
}

// next goes to the next row that is wanted.
func (s *side) next() error {
	for s.rows.Next() {
		if s.row = s.rows.RawValues(); s.wanted(s.row) {
			return nil
		}
	}
	s.row = nil
	return s.rows.Err()
}

// keyText shows the key of the present row.
func (s *side) keyText() string {
	parts := make([]string, len(s.key))
	for i, k := range s.key {
		parts[i] = valueText(s.types[k], s.row[k])
	}
	return strings.Join(parts, "/")
}

func valueText(oid uint32, value []byte) string {
	switch oid {
	case pgtype.UUIDOID:
		id, _ := uuid.FromBytes(value)
		return id.String()
	case pgtype.TextOID:
		return string(value)
	case pgtype.Int2OID, pgtype.Int4OID, pgtype.Int8OID:
		return strconv.FormatInt(integer(value), 10)
	}
	return hex.EncodeToString(value)
}

func integer(value []byte) int64 {
	switch len(value) {
	case 2:
		return int64(int16(binary.BigEndian.Uint16(value)))
	case 4:
		return int64(int32(binary.BigEndian.Uint32(value)))
	}
	return int64(binary.BigEndian.Uint64(value))
}

// order tells which of the two present rows comes first, as the database orders them.
func order(a, b *side) int {
	switch {
	case a.row == nil && b.row == nil:
		return 0
	case a.row == nil:
		return 1
	case b.row == nil:
		return -1
	}
	for i := range a.key {
		x, y := a.row[a.key[i]], b.row[b.key[i]]
		var c int
		switch a.types[a.key[i]] {
		case pgtype.Int2OID, pgtype.Int4OID, pgtype.Int8OID:
			c = compareIntegers(integer(x), integer(y))
		default:
			c = bytes.Compare(x, y)
		}
		if c != 0 {
			return c
		}
	}
	return 0
}

func compareIntegers(a, b int64) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

// columns names those whose stored bytes differ.
func columns(live, shadow *side) (names []string) {
	for i := range live.row {
		x, y := live.row[i], shadow.row[i]
		if (x == nil) != (y == nil) || !bytes.Equal(x, y) {
			names = append(names, live.names[i])
		}
	}
	return names
}

// compareTable walks both tables side by side: of the live one only the wanted rows, of the
// shadow all. It gives the number of rows of the shadow table and calls found for each
// difference.
func compareTable(
	ctx context.Context, p Projection, t Table, live, shadow pgx.Tx,
	wanted func(row [][]byte) bool, found func(Difference),
) (rows int64, err error) {
	a, err := openSide(ctx, live, schemaOf(p), t, wanted)
	if err != nil {
		return 0, err
	}
	defer a.rows.Close()
	b, err := openSide(ctx, shadow, schemaOf(p)+"_shadow", t, func([][]byte) bool { return true })
	if err != nil {
		return 0, err
	}
	defer b.rows.Close()
	if strings.Join(a.names, ",") != strings.Join(b.names, ",") {
		return 0, fmt.Errorf("the columns of live table %s are not those of this program; "+
			"rebuild the projection", t.Name)
	}
	for a.row != nil || b.row != nil {
		d := Difference{Projection: p.Name(), Table: t.Name}
		switch c := order(a, b); {
		case c < 0:
			d.Kind, d.Key = Surplus, a.keyText()
			err = a.next()
		case c > 0:
			d.Kind, d.Key = Missing, b.keyText()
			rows++
			err = b.next()
		default:
			d.Kind, d.Columns = Differs, columns(a, b)
			if len(d.Columns) > 0 {
				d.Key = a.keyText()
			}
			rows++
			if err = a.next(); err == nil {
				err = b.next()
			}
		}
		if err != nil {
			return rows, err
		}
		if d.Kind != Differs || len(d.Columns) > 0 {
			found(d)
		}
	}
	return rows, nil
}
