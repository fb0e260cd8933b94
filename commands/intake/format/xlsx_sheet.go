package format

import (
	"archive/zip"
	"encoding/xml"
	"errors"
	"io"
	"strconv"

	"github.com/stazh/stazh/commands/intake/document"
)

// columnsMax is how many columns of a sheet are looked at: three times the widest form.
const columnsMax = 128

var errNoXMLEnd = errors.New("format: the XML ends too early")

// stringTable holds the shared texts of a workbook one behind the other.
type stringTable struct {
	text []byte
	ends []uint32
}

func (s *stringTable) at(i int) ([]byte, bool) {
	if i < 0 || i >= len(s.ends) {
		return nil, false
	}
	start := uint32(0)
	if i > 0 {
		start = s.ends[i-1]
	}
	return s.text[start:s.ends[i]], true
}

// sharedStrings reads xl/sharedStrings.xml; rich texts are joined, phonetic hints left
// out.
func (w *workbook) sharedStrings() (*stringTable, error) {
	table := &stringTable{}
	if w.strings == nil {
		return table, nil
	}
	if err := w.readStrings(w.strings, table); err != nil {
		var f *document.Fault
		if errors.As(err, &f) {
			return nil, err
		}
		return nil, brokenWorkbook()
	}
	return table, nil
}

func (w *workbook) readStrings(e *zip.File, table *stringTable) error {
	r, err := e.Open()
	if err != nil {
		return err
	}
	defer r.Close() //nolint:errcheck // nothing was written
	x := &rowReader{dec: xml.NewDecoder(r), limits: &w.limits}
	for {
		start, end, err := x.token()
		switch {
		case err != nil:
			return err
		case end == "sst":
			return nil
		case start == nil || start.Name.Local != "si":
			continue
		}
		if table.text, err = x.richText(table.text, "si"); err != nil {
			return err
		}
		table.ends = append(table.ends, uint32(len(table.text)))
		// Eight bytes for each text keep a table of empty ones bounded too.
		if int64(len(table.text)+8*len(table.ends)) > w.limits.StringBytes {
			return &document.Fault{Code: codeTooLarge, Expected: "fewer texts in the workbook"}
		}
	}
}

// rowReader reads the rows of a sheet.
type rowReader struct {
	dec    *xml.Decoder
	shared *stringTable
	limits *Limits
	row    int
	cells  []cell
	text   []byte // backs the cells of the row
	chars  []byte // of the token read last
}

// token gives the next start or end of an element; texts are left in x.chars. The end
// of the stream is an error: the root's end comes before it.
func (x *rowReader) token() (start *xml.StartElement, end string, err error) {
	token, err := x.dec.RawToken()
	if errors.Is(err, io.EOF) {
		return nil, "", errNoXMLEnd
	}
	if err != nil {
		return nil, "", err
	}
	x.chars = nil
	switch t := token.(type) {
	case xml.StartElement:
		return &t, "", nil
	case xml.EndElement:
		return nil, t.Name.Local, nil
	case xml.CharData:
		x.chars = t
	case xml.Directive:
		return nil, "", errors.New("format: a DTD in a workbook")
	}
	return nil, "", nil
}

// richText appends all texts up to the end of the element, but for phonetic hints.
func (x *rowReader) richText(to []byte, element string) ([]byte, error) {
	inText, inHint := false, false
	from := len(to)
	for {
		start, end, err := x.token()
		switch {
		case err != nil:
			return to, err
		case start != nil && start.Name.Local == "t":
			inText = true
		case start != nil && start.Name.Local == "rPh":
			inHint = true
		case end == "t":
			inText = false
		case end == "rPh":
			inHint = false
		case end == element:
			return to, nil
		case inText && !inHint:
			to = append(to, x.chars...)
		}
		if len(to)-from > x.limits.LineBytes {
			return to, &document.Fault{Code: codeTooLarge, Expected: "shorter texts"}
		}
	}
}

// next gives the number and the cells of the next row, io.EOF behind the last one. The
// cells are valid until the following call.
func (x *rowReader) next() (int, []cell, error) {
	x.cells, x.text = x.cells[:0], x.text[:0]
	for {
		start, end, err := x.token()
		switch {
		case err != nil:
			return x.row, nil, err
		case end == "sheetData" || end == "worksheet":
			return x.row, nil, io.EOF
		case start == nil || start.Name.Local != "row":
			continue
		}
		x.row++
		if n, err := strconv.Atoi(attribute(start, "r")); err == nil && n > 0 {
			x.row = n
		}
		err = x.readCells()
		return x.row, x.cells, err
	}
}

func attribute(e *xml.StartElement, name string) string {
	for _, a := range e.Attr {
		if a.Name.Local == name {
			return a.Value
		}
	}
	return ""
}

// readCells reads the cells of a row.
func (x *rowReader) readCells() error {
	next := 0
	for {
		start, end, err := x.token()
		switch {
		case err != nil:
			return err
		case end == "row":
			return nil
		case start == nil || start.Name.Local != "c":
			continue
		}
		if at, ok := columnIndex(attribute(start, "r")); ok {
			next = at
		}
		c, err := x.readCell(attribute(start, "t"))
		if err != nil {
			return err
		}
		if next < columnsMax {
			for len(x.cells) <= next {
				x.cells = append(x.cells, cell{})
			}
			x.cells[next] = c
		}
		next++
	}
}

// readCell reads up to the end of <c>.
func (x *rowReader) readCell(kind string) (cell, error) {
	from := len(x.text)
	formula, valued, inValue := false, false, false
	for {
		start, end, err := x.token()
		switch {
		case err != nil:
			return cell{}, err
		case start != nil && start.Name.Local == "is":
			if x.text, err = x.richText(x.text, "is"); err != nil {
				return cell{}, err
			}
		case start != nil && start.Name.Local == "f":
			formula = true
		case start != nil && start.Name.Local == "v":
			valued, inValue = true, true
		case end == "v":
			inValue = false
		case end == "c":
			return x.cellOf(kind, x.text[from:], formula && !valued), nil
		case inValue:
			x.text = append(x.text, x.chars...)
		}
		if len(x.text) > x.limits.LineBytes {
			return cell{}, &document.Fault{Code: codeTooLarge, Expected: "shorter cells"}
		}
	}
}

// cellOf makes a cell of its stored text; a formula that no program has computed yet has
// none.
func (x *rowReader) cellOf(kind string, raw []byte, uncomputed bool) cell {
	switch {
	case kind == "e":
		return cell{raw: raw, broken: "a value, not an error"}
	case uncomputed:
		return cell{broken: "a value: the formula was never computed"}
	case kind == "s":
		i, err := strconv.Atoi(string(raw))
		text, ok := x.shared.at(i)
		if err != nil || !ok {
			return cell{raw: raw, broken: "a text of the workbook"}
		}
		return cell{raw: text}
	case kind == "" || kind == "n":
		return cell{raw: raw, number: len(raw) > 0}
	}
	return cell{raw: raw}
}

// columnIndex gives the 0-based column of a cell name such as "B17".
func columnIndex(name string) (int, bool) {
	n := 0
	for i := range len(name) {
		c := name[i] &^ 0x20
		if c < 'A' || c > 'Z' {
			return n - 1, i > 0
		}
		if n = n*26 + int(c-'A'+1); n > 1<<20 {
			return 0, false
		}
	}
	return 0, false
}
