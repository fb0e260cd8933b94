package projections

import "encoding/binary"

// Array is a parameter of a statement: many values of one type in the binary form in which
// they are sent. They are added by the methods of their type. Made of lists by the driver,
// parameters take longer than the folds of what is in them.
type Array struct {
	values
	oid uint32
}

// NewArray makes an array without values of a type, which is named by its OID.
func NewArray(oid uint32) *Array {
	a := &Array{oid: oid}
	a.Reset()
	return a
}

// Reset takes all values away and keeps the room.
func (a *Array) Reset() {
	a.bytes = a.bytes[:0]
	a.array(1, a.oid)
}

// arrayItems is where the number of items stands.
const arrayItems = 12

// Params gives the parameters of a statement, of so many values each as were added: at least
// one.
func Params(items int, arrays ...*Array) [][]byte {
	params := make([][]byte, len(arrays))
	for i, a := range arrays {
		binary.BigEndian.PutUint32(a.bytes[arrayItems:], uint32(items))
		params[i] = a.bytes
	}
	return params
}
