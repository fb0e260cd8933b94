package api

import (
	"encoding/base64"
	"encoding/binary"
	"slices"
)

// base64Pairs are the two letters of base64 for each twelve bits, the first one in the lower
// byte. They never change.
var base64Pairs = makeBase64Pairs()

func makeBase64Pairs() *[1 << 12]uint16 {
	const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
	var pairs [1 << 12]uint16
	for i := range pairs {
		pairs[i] = uint16(letters[i>>6]) | uint16(letters[i&0x3f])<<8
	}
	return &pairs
}

// appendBase64 appends what base64.StdEncoding makes of data, in half of its time: four fifths
// of a history are base64.
func appendBase64(b, data []byte) []byte {
	n := base64.StdEncoding.EncodedLen(len(data))
	b = slices.Grow(b, n)[:len(b)+n]
	out := b[len(b)-n:]
	const in, made, bits = 6, 8, 0xfff
	for len(data) >= 8 && len(out) >= made {
		v := binary.BigEndian.Uint64(data) // of which the first 48 bits count
		binary.LittleEndian.PutUint64(out, uint64(base64Pairs[v>>52&bits])|
			uint64(base64Pairs[v>>40&bits])<<16|uint64(base64Pairs[v>>28&bits])<<32|
			uint64(base64Pairs[v>>16&bits])<<48)
		data, out = data[in:], out[made:]
	}
	base64.StdEncoding.Encode(out, data)
	return b
}
