package format

import (
	"bytes"
	"errors"
	"io"

	"github.com/stazh/stazh/commands/intake/document"
)

// readBytes is the first size of a reader's buffer; it grows to the longest line only.
const readBytes = 64 << 10

// lineReader gives the lines of a part as UTF-8 and counts them as an editor does. Its buffer
// is the part itself where that is in memory, and is not written to then.
type lineReader struct {
	r       io.Reader
	newline byte
	table   *decodeTable
	max     int
	buf     []byte
	start   int // of what is not given out yet
	end     int
	number  int // of the line given last, 1-based
	decoded []byte
	eof     bool
}

func newLineReader(r io.Reader, p *part, maxBytes int) *lineReader {
	l := &lineReader{r: r, newline: p.newline, table: newDecodeTable(p.enc), max: maxBytes}
	if p.held != nil {
		l.buf, l.end, l.eof = p.held, len(p.held), true
	} else {
		l.buf = make([]byte, min(readBytes, maxBytes+1, int(min(p.size, readBytes))+1))
	}
	return l
}

// next gives the next line without its end; it is valid until the following call. At
// the end of the file it returns io.EOF, for a line over the limit a *document.Fault.
func (l *lineReader) next() ([]byte, error) {
	searched := 0
	for {
		if i := bytes.IndexByte(l.buf[l.start+searched:l.end], l.newline); i >= 0 {
			line := l.buf[l.start : l.start+searched+i]
			l.start += searched + i + 1
			return l.give(line)
		}
		searched = l.end - l.start
		if l.eof {
			if searched == 0 {
				return nil, io.EOF
			}
			line := l.buf[l.start:l.end]
			l.start = l.end
			return l.give(line)
		}
		if err := l.fill(); err != nil {
			return nil, err
		}
	}
}

// fill reads more behind what the buffer holds.
func (l *lineReader) fill() error {
	if l.start > 0 {
		copy(l.buf, l.buf[l.start:l.end])
		l.end -= l.start
		l.start = 0
	}
	if l.end > l.max {
		return l.tooLong()
	}
	if l.end == len(l.buf) {
		grown := make([]byte, min(2*len(l.buf), l.max+1))
		copy(grown, l.buf)
		l.buf = grown
	}
	n, err := l.r.Read(l.buf[l.end:])
	l.end += n
	if errors.Is(err, io.EOF) {
		l.eof = true
		return nil
	}
	return err
}

func (l *lineReader) tooLong() error {
	return &document.Fault{
		Code: codeTooLarge, Place: document.Place{Line: l.number + 1},
		Expected: "a line within the limit of length",
	}
}

func (l *lineReader) give(line []byte) ([]byte, error) {
	if len(line) > l.max {
		return nil, l.tooLong()
	}
	l.number++
	if l.number == 1 && l.table == nil {
		line = bytes.TrimPrefix(line, bomUTF8)
	}
	if n := len(line); n > 0 && line[n-1] == '\r' {
		line = line[:n-1]
	}
	if l.table == nil {
		return line, nil
	}
	l.decoded = l.table.decode(l.decoded[:0], line)
	return l.decoded, nil
}
