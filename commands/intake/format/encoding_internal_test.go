package format

import (
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
