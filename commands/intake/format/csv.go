package format

import (
	"bytes"
	"context"
	"errors"
	"io"

	"github.com/stazh/stazh/commands/intake/document"
)

// Limits of a quoted field that runs over several lines: the longest address has three.
const joinedLinesMax = 20

// separators are tried in this order; the one that yields most column names wins.
const separators = ";,\t"

// csvReader splits the lines of a CSV file into cells.
type csvReader struct {
	lines *lineReader
	sep   byte
	// wrapped is set when a spreadsheet put every whole line into quotes.
	wrapped bool
	// queue are lines that were read ahead for a quoted field that did not end.
	queue [][]byte
	// number is the line of the row given last.
	number int
	next   int // line number of the queue's first line
	cells  []cell
	text   []byte // backs unquoted cells
}

func readCSV(ctx context.Context, lines *lineReader, out *sink) {
	r := &csvReader{lines: lines}
	header, err := r.header(out)
	if err != nil {
		out.fail(inPart(err, out))
		return
	}
	t := newTable(out, "", r.number, header)
	if t == nil {
		return
	}
	if r.wrapped {
		t.values.mended(RepairQuotedLines)
	}
	for rows := 1; !out.stopped; rows++ {
		cells, whole, err := r.row()
		if errors.Is(err, io.EOF) {
			break
		}
		if err == nil && rows%linesPerCheck == 0 {
			err = ctx.Err()
		}
		if err != nil {
			t.end()
			out.fail(inPart(err, out))
			return
		}
		if !whole {
			t.unended(r.number)
			continue
		}
		t.read(r.number, cells)
	}
	t.end()
}

// unended reports a row whose quotation mark does not end.
func (t *tableReader) unended(line int) {
	t.end()
	t.line = line
	if t.pack == nil || t.set == nil {
		t.out.fault(document.Fault{Code: codeCount, Place: t.place(-1), Expected: "a closing \""})
		return
	}
	t.out.docs++
	at := &places{file: t.out.file, head: line}
	d := &document.Document{
		No: t.out.docs, Pack: t.pack.Index, Form: t.set.form, Locate: at.locate,
	}
	t.out.note(d, document.Fault{Code: codeCount, Place: t.place(-1), Expected: "a closing \""})
	t.out.document(d)
}

// header finds the header row and with it the separator.
func (r *csvReader) header(out *sink) ([]string, error) {
	for {
		line, err := r.line()
		if errors.Is(err, io.EOF) {
			return nil, &document.Fault{
				Code: codeOrder, Place: out.place(r.number), Expected: "a header row",
			}
		}
		if err != nil {
			return nil, err
		}
		// Some programs name the separator in a first line "sep=;".
		if len(trimBlank(line)) == 0 || bytes.HasPrefix(line, []byte("sep=")) {
			continue
		}
		line = bytes.Clone(line)
		best, bestSep, bestWrapped := -1, r.sep, false
		var header []string
		for _, sep := range []byte(separators) {
			for _, wrapped := range []bool{false, true} {
				r.sep, r.wrapped = sep, wrapped
				cells, _ := r.split(line)
				titles := make([]string, len(cells))
				for i := range cells {
					titles[i] = string(trimBlank(cells[i].raw))
				}
				if _, known := recognise(titles); known > best {
					best, header, bestSep, bestWrapped = known, titles, sep, wrapped
				}
			}
		}
		r.sep, r.wrapped = bestSep, bestWrapped
		return header, nil
	}
}

// line gives the next line, from the queue first.
func (r *csvReader) line() ([]byte, error) {
	if len(r.queue) > 0 {
		line := r.queue[0]
		r.queue = r.queue[1:]
		r.number = r.next
		r.next++
		return line, nil
	}
	line, err := r.lines.next()
	r.number = r.lines.number
	return line, err
}

// row gives the cells of the next row; whole is false for one whose quoted field has no
// end: the rows behind it are read as if it were alone.
func (r *csvReader) row() (cells []cell, whole bool, err error) {
	line, err := r.line()
	if err != nil {
		return nil, false, err
	}
	start := r.number
	cells, whole = r.split(line)
	if whole {
		return cells, true, nil
	}
	joined := bytes.Clone(line)
	var ahead [][]byte
	for len(ahead) < joinedLinesMax && len(joined) < readBytes {
		line, err := r.line()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, false, err
		}
		ahead = append(ahead, bytes.Clone(line))
		joined = append(append(joined, '\n'), line...)
		if cells, whole = r.split(joined); whole {
			r.number = start
			return cells, true, nil
		}
	}
	r.queue = append(ahead, r.queue...)
	r.number, r.next = start, start+1
	return nil, false, nil
}

// split takes a line apart; whole is false when a quotation mark does not end. The cells
// are valid until the next call.
func (r *csvReader) split(line []byte) (cells []cell, whole bool) {
	r.text = r.text[:0]
	if r.wrapped {
		inner := trimBlank(line)
		if n := len(inner); n >= 2 && inner[0] == '"' && inner[n-1] == '"' {
			line = bytes.ReplaceAll(inner[1:n-1], []byte(`""`), []byte(`"`))
		}
	}
	r.cells = r.cells[:0]
	for {
		head := trimSpaces(line)
		if len(head) > 0 && head[0] == '"' {
			value, rest, ok := r.quoted(head[1:])
			if !ok {
				return nil, false
			}
			r.cells = append(r.cells, cell{raw: value})
			if rest == nil {
				return r.cells, true
			}
			line = rest
			continue
		}
		i := bytes.IndexByte(line, r.sep)
		if i < 0 {
			r.cells = append(r.cells, cell{raw: line})
			return r.cells, true
		}
		r.cells = append(r.cells, cell{raw: line[:i]})
		line = line[i+1:]
	}
}

func trimSpaces(b []byte) []byte {
	for len(b) > 0 && b[0] == ' ' {
		b = b[1:]
	}
	return b
}

// quoted reads a quoted cell from behind its first mark. rest is what follows the
// separator, nil at the end of the line.
func (r *csvReader) quoted(b []byte) (value, rest []byte, ok bool) {
	i := bytes.IndexByte(b, '"')
	start := len(r.text)
	for ; i >= 0; i = bytes.IndexByte(b, '"') {
		r.text = append(r.text, b[:i]...)
		b = b[i+1:]
		if len(b) > 0 && b[0] == '"' {
			r.text = append(r.text, '"')
			b = b[1:]
			continue
		}
		end := bytes.IndexByte(b, r.sep)
		if end < 0 {
			r.text = append(r.text, trimBlank(b)...)
			return r.text[start:], nil, true
		}
		r.text = append(r.text, trimBlank(b[:end])...)
		return r.text[start:], b[end+1:], true
	}
	return nil, nil, false
}
