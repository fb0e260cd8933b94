package format

import (
	"bytes"
	"testing"
	"testing/iotest"
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

// A census says the same of what comes bit by bit and of what lies in memory, and that is
// what a look at each character says.
func TestCensus(t *testing.T) {
	t.Parallel()
	piece := rapid.SampledFrom([]string{"a", "\n", "И", "€", "𝄞", "\xC8", "\xC8\xE2", "\xE2\x82",
		"\x80", "\xF0", "\xFF"})
	rapid.Check(t, func(t *rapid.T) {
		var b []byte
		for _, s := range rapid.SliceOf(piece).Draw(t, "pieces") {
			b = append(b, s...)
		}
		p := &part{size: int64(len(b))}
		read, err := takeCensus(iotest.OneByteReader(bytes.NewReader(b)), p, false)
		require.NoError(t, err)
		p.held = append([]byte{}, b...)
		held, err := takeCensus(nil, p, false)
		require.NoError(t, err)
		want := census{size: int64(len(b))}
		for rest := b; len(rest) > 0; {
			r, size := utf8.DecodeRune(rest)
			switch {
			case size > 1:
				want.multi++
			case r == utf8.RuneError:
				want.markBroken(1)
			case r == '\n':
				want.newlines++
			}
			for _, x := range rest[:size] {
				if x >= utf8.RuneSelf {
					want.high[x]++
				}
			}
			rest = rest[size:]
		}
		for _, c := range []*census{read, held} {
			require.Equal(t, want.size, c.size)
			require.Equal(t, want.multi, c.multi)
			require.Equal(t, want.high, c.high)
			require.Equal(t, want.broken > 0, c.broken > 0)
			require.Equal(t, want.brokenAt, c.brokenAt)
			require.Equal(t, string(b), string(c.head))
		}
		require.Equal(t, read.broken, held.broken)
	})
}
