package format

import (
	"bufio"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"golang.org/x/text/encoding"
	"golang.org/x/text/transform"

	"github.com/stazh/stazh/ledger/money"
	"github.com/stazh/stazh/ledger/period"
)

// notation is how a format writes dates and amounts.
type notation struct {
	date  string // layout of package time
	comma bool
}

// Notations of the formats: what a payroll system, a spreadsheet user and a program
// expect.
var (
	textNotation = notation{date: "02/01/2006", comma: true}
	csvNotation  = notation{date: "02.01.2006", comma: true}
	jsonNotation = notation{date: time.DateOnly}
)

// format appends the value at ptr; a value that is not given appends nothing.
func (n notation) format(b []byte, ptr any, s *spec) []byte {
	switch v := ptr.(type) {
	case *string:
		return append(b, *v...)
	case *money.Amount:
		start := len(b)
		b = v.AppendText(b)
		if n.comma {
			b[start+len(b[start:])-3] = ','
		}
		return b
	case *period.Date:
		if !v.IsZero() {
			return v.Time().AppendFormat(b, n.date)
		}
	case *period.Month:
		return append(b, v.String()...)
	case *int:
		if *v > 0 || s.count && *v == 0 {
			return strconv.AppendInt(b, int64(*v), 10)
		}
	case *bool:
		return strconv.AppendBool(b, *v)
	}
	return b
}

// WriteError says that a value cannot be written in a format so that reading it gives
// the same value again. It names the field, not the value.
type WriteError struct {
	Document int // 1-based place among the documents written, 0 for the pack
	Pointer  string
	Reason   string
}

// Error implements error.
func (e *WriteError) Error() string {
	return fmt.Sprintf("document %d: %s cannot be written: %s", e.Document, e.Pointer, e.Reason)
}

// textWriter encodes what is written and keeps the first error.
type textWriter struct {
	*bufio.Writer
	encoder io.Closer
}

// writerBytes is the size of the writers' buffers.
const writerBytes = 64 << 10

func newTextWriter(w io.Writer, e Encoding) (*textWriter, error) {
	switch e {
	case UTF8, Windows1251, CP866:
	default:
		return nil, fmt.Errorf("format: unknown encoding %q", e)
	}
	cm := charmapOf(e)
	if cm == nil {
		return &textWriter{Writer: bufio.NewWriterSize(w, writerBytes)}, nil
	}
	t := transform.NewWriter(w, encoding.Encoder{Transformer: cm.NewEncoder()})
	return &textWriter{Writer: bufio.NewWriterSize(t, writerBytes), encoder: t}, nil
}

func (w *textWriter) close() error {
	if err := w.Flush(); err != nil {
		return fmt.Errorf("format: write: %w", err)
	}
	if w.encoder != nil {
		if err := w.encoder.Close(); err != nil {
			return fmt.Errorf("format: write: %w", err)
		}
	}
	return nil
}

// hasControl tells whether a text has characters that no line can hold.
func hasControl(s string) bool {
	return strings.ContainsFunc(s, func(r rune) bool { return r < ' ' || r == 0x7F })
}
