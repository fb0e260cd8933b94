package format

import (
	"bytes"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func TestASCIILength(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		ascii := rapid.SliceOf(rapid.ByteRange(0, utf8.RuneSelf-1)).Draw(t, "ascii")
		rest := rapid.SliceOf(rapid.Byte()).Draw(t, "rest")
		b := append(ascii, rest...)
		want := len(ascii)
		for want < len(b) && b[want] < utf8.RuneSelf {
			want++
		}
		require.Equal(t, want, asciiLength(b))
	})
}

func TestParse(t *testing.T) {
	t.Parallel()
	part := rapid.SliceOf(rapid.SampledFrom([]byte("1;>a\x3c\x3e\xbd\xc2\x00")))
	rapid.Check(t, func(t *rapid.T) {
		want := rapid.SliceOfN(part, 2, -1).Draw(t, "parts")
		want[0] = append([]byte{'T'}, want[0]...)
		var r record
		r.parse(append(bytes.Join(want, []byte{'='}), '='))
		require.Equal(t, string(trimBlank(want[0])), string(r.tag))
		require.Len(t, r.fields, len(want)-1)
		for i, f := range want[1:] {
			require.Equal(t, string(f), string(r.fields[i]))
		}
		require.False(t, r.opens || r.closes || r.unended || r.onlyMark)
	})
}
