package format

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"math/bits"
	"slices"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"

	"github.com/stazh/stazh/commands/intake/document"
)

// charmapOf gives the table of a single-byte encoding, nil for UTF-8.
func charmapOf(e Encoding) *charmap.Charmap {
	switch e {
	case Windows1251:
		return charmap.Windows1251
	case CP866:
		return charmap.CodePage866
	}
	return nil
}

// census is what one pass over all bytes of a part finds out.
type census struct {
	head      []byte     // the first bytes, for the format
	high      [256]int64 // how often each byte comes that is not ASCII
	size      int64
	multi     int64 // well-formed UTF-8 sequences of several bytes
	broken    int64 // bytes that are no UTF-8
	brokenAt  int   // line of the first of them
	rest      []byte
	newlines  int // before the first broken byte
	hasNUL    bool
	hasLF     bool
	hasCR     bool
	wideBOM   bool // UTF-16 or UTF-32
	hasBOM    bool
	truncated bool // only the head of the part was looked at
}

// headBytes is enough to see a header row or the first records.
const headBytes = 64 << 10

var bomUTF8 = []byte{0xEF, 0xBB, 0xBF}

// takeCensus reads the content of a part, which r gives, to its end.
func takeCensus(r io.Reader, p *part, truncated bool) (*census, error) {
	c := &census{truncated: truncated}
	if p.held != nil {
		c.head = p.held[:min(headBytes, len(p.held))]
		c.take(p.held)
	} else if err := c.read(r, p.size); err != nil {
		return nil, err
	}
	if c.countHigh(c.rest); len(c.rest) > 0 && !truncated {
		c.markBroken(1)
	}
	c.hasBOM = bytes.HasPrefix(c.head, bomUTF8)
	c.wideBOM = bytes.HasPrefix(c.head, []byte{0xFF, 0xFE}) ||
		bytes.HasPrefix(c.head, []byte{0xFE, 0xFF})
	return c, nil
}

// read takes what r yields, of about the size.
func (c *census) read(r io.Reader, size int64) error {
	buf := make([]byte, min(readBytes, max(size, 1)+1))
	for {
		n, err := r.Read(buf)
		if room := headBytes - len(c.head); room > 0 {
			c.head = append(c.head, buf[:min(room, n)]...)
		}
		c.take(buf[:n])
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

func (c *census) take(b []byte) {
	c.size += int64(len(b))
	c.hasNUL = c.hasNUL || bytes.IndexByte(b, 0) >= 0
	c.hasLF = c.hasLF || bytes.IndexByte(b, '\n') >= 0
	c.hasCR = c.hasCR || bytes.IndexByte(b, '\r') >= 0
	if len(c.rest) > 0 {
		b = append(bytes.Clone(c.rest), b...)
		c.rest = nil
	}
	for i := 0; i < len(b); {
		if n := asciiLength(b[i:]); n > 0 {
			if c.broken == 0 { // it is the line of the first one that is wanted
				c.newlines += bytes.Count(b[i:i+n], newline)
			}
			i += n
			continue
		}
		size := 1
		if i+1 == len(b) || isContinued(b[i+1]) { // as no letter of one byte is by another
			if !utf8.FullRune(b[i:]) {
				c.rest = bytes.Clone(b[i:])
				return
			}
			_, size = utf8.DecodeRune(b[i:])
		}
		if size > 1 {
			c.multi++
		} else {
			c.markBroken(1)
		}
		c.countHigh(b[i : i+size])
		i += size
	}
}

// isContinued tells of the byte behind a first one that both may be of one character in UTF-8.
func isContinued(second byte) bool { return second&0xC0 == 0x80 }

// countHigh counts bytes that are not ASCII.
func (c *census) countHigh(b []byte) {
	for _, x := range b {
		c.high[x]++
	}
}

var newline = []byte{'\n'}

// asciiLength is how many bytes b begins with that are ASCII, which nearly all of a report
// is: eight of them are looked at together.
func asciiLength(b []byte) (n int) {
	const highBits = 0x8080808080808080
	for ; n+8 <= len(b); n += 8 {
		if high := binary.LittleEndian.Uint64(b[n:]) & highBits; high != 0 {
			return n + bits.TrailingZeros64(high)/8
		}
	}
	for n < len(b) && b[n] < utf8.RuneSelf {
		n++
	}
	return n
}

func (c *census) markBroken(n int64) {
	if c.broken == 0 {
		c.brokenAt = c.newlines + 1
	}
	c.broken += n
}

// Weights of a decoded character when the two single-byte encodings compete.
const (
	weightStrange = -100 // box drawing, Serbian letters: never in a report
	weightRare    = 5    // Belarusian letters and Ё
)

// letterWeight is how often a letter occurs in Russian text, in tenths of a per cent.
func letterWeight(r rune) int64 {
	switch unicode.ToLower(r) {
	case 'о':
		return 110
	case 'е', 'а', 'и':
		return 80
	case 'н', 'т', 'с', 'р', 'в':
		return 55
	case 'л', 'к', 'м', 'д', 'п', 'у':
		return 33
	case 'я', 'ы', 'ь', 'г', 'з', 'б', 'ч', 'й':
		return 16
	case 'х', 'ж', 'ш', 'ю', 'ц', 'щ', 'э', 'ф', 'ъ':
		return 6
	case 'ё', 'і', 'ў':
		return weightRare
	case '№', '«', '»', '“', '”', '„', '–', '—', '\u00a0', '’', '…', '°', '·':
		return 0
	}
	return weightStrange
}

// sureLetters is how many letters make the guess between two encodings a certainty.
const sureLetters = 12

// encoding decides how the part is encoded; sure is false when few letters spoke.
func (c *census) encoding() (enc Encoding, sure bool, err error) {
	switch {
	case c.wideBOM || c.hasNUL:
		return "", false, c.refuse("text in UTF-8, windows-1251 or CP866; save " +
			"\"Unicode text\" (UTF-16) as \"CSV UTF-8\", an .xls workbook as .xlsx")
	case c.broken == 0:
		return UTF8, true, nil
	case c.hasBOM || c.multi > 3*c.broken:
		// A file that is UTF-8 but for a few bytes is damaged, not windows-1251.
		return "", false, c.refuse("UTF-8 without broken characters")
	}
	var score [2]int64
	var letters int64
	for i, cm := range []*charmap.Charmap{charmap.Windows1251, charmap.CodePage866} {
		for b := utf8.RuneSelf; b < 256; b++ {
			if n := c.high[b]; n > 0 {
				score[i] += n * letterWeight(cm.DecodeByte(byte(b)))
			}
		}
	}
	for b := utf8.RuneSelf; b < 256; b++ {
		letters += c.high[b]
	}
	best, enc := score[0], Windows1251
	if score[1] > score[0] {
		best, enc = score[1], CP866
	}
	if best <= 0 {
		return "", false, c.refuse("text in UTF-8, windows-1251 or CP866")
	}
	return enc, letters >= sureLetters && 2*min(score[0], score[1]) < best, nil
}

func (c *census) refuse(expected string) error {
	return &document.Fault{
		Code: codeEncoding, Place: document.Place{Line: c.brokenAt}, Expected: expected,
	}
}

// newline is the byte that ends lines: '\r' only where there is no '\n' at all.
func (c *census) newline() byte {
	if !c.hasLF && c.hasCR {
		return '\r'
	}
	return '\n'
}

// decodeTable maps the bytes of a single-byte encoding to UTF-8.
type decodeTable [256][]byte

func newDecodeTable(e Encoding) *decodeTable { return decodeTables[e] }

// decodeTables holds the table of each single-byte encoding; nothing changes them.
var decodeTables = map[Encoding]*decodeTable{
	Windows1251: makeDecodeTable(charmap.Windows1251),
	CP866:       makeDecodeTable(charmap.CodePage866),
}

func makeDecodeTable(cm *charmap.Charmap) *decodeTable {
	t := new(decodeTable)
	for b := range t {
		t[b] = utf8.AppendRune(nil, cm.DecodeByte(byte(b)))
	}
	return t
}

// decode appends the text of src to dst.
func (t *decodeTable) decode(dst, src []byte) []byte {
	dst = slices.Grow(dst, 2*len(src)) // most letters take two bytes
	for len(src) > 0 {
		n := asciiLength(src)
		dst = append(dst, src[:n]...)
		for src = src[n:]; len(src) > 0 && src[0] >= utf8.RuneSelf; src = src[1:] {
			dst = append(dst, t[src[0]]...)
		}
	}
	return dst
}
