package format

import (
	"archive/zip"
	"context"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"path"
	"strings"

	"github.com/stazh/stazh/commands/intake/document"
)

// A workbook is read by a reader of our own on encoding/xml, not by the library that
// writes it: that one takes a sheet that breaks off for one that ends, and does not tell
// a number from a text or a formula without a value from an empty cell.

// workbook is a spreadsheet file whose parts are known.
type workbook struct {
	sheets   []sheet
	others   int // sheets that are not read
	strings  *zip.File
	date1904 bool
	limits   Limits
}

type sheet struct {
	name string
	file *zip.File
}

const (
	workbookPath  = "xl/workbook.xml"
	relationsPath = "xl/_rels/workbook.xml.rels"
	stringsPath   = "xl/sharedStrings.xml"
)

func isWorkbook(zr *zip.Reader) bool { return entryAt(zr, workbookPath) != nil }

func entryAt(zr *zip.Reader, name string) *zip.File {
	for _, e := range zr.File {
		if strings.EqualFold(strings.TrimPrefix(e.Name, "/"), name) {
			return e
		}
	}
	return nil
}

// workbookXML is xl/workbook.xml as far as it matters.
type workbookXML struct {
	Properties struct {
		Date1904 string `xml:"date1904,attr"`
	} `xml:"workbookPr"`
	Sheets []struct {
		Name string `xml:"name,attr"`
		// ID is r:id; the name space differs between the variants of the format.
		ID string `xml:"id,attr"`
	} `xml:"sheets>sheet"`
}

type relationsXML struct {
	Relations []struct {
		ID     string `xml:"Id,attr"`
		Target string `xml:"Target,attr"`
	} `xml:"Relationship"`
}

// bookBytes bounds the small parts of a workbook that are decoded whole.
const bookBytes = 4 << 20

// openWorkbook finds the sheets to read: those named after a form, else the first.
func openWorkbook(zr *zip.Reader, limits Limits) (*workbook, error) {
	var book workbookXML
	var relations relationsXML
	if err := decodeEntry(entryAt(zr, workbookPath), &book); err != nil {
		return nil, err
	}
	if e := entryAt(zr, relationsPath); e != nil {
		if err := decodeEntry(e, &relations); err != nil {
			return nil, err
		}
	}
	w := &workbook{strings: entryAt(zr, stringsPath), limits: limits}
	switch book.Properties.Date1904 {
	case "1", "true", "on":
		w.date1904 = true
	}
	targets := map[string]string{}
	for _, r := range relations.Relations {
		target := strings.TrimPrefix(r.Target, "/")
		if !strings.HasPrefix(r.Target, "/") {
			target = path.Join("xl", r.Target)
		}
		targets[r.ID] = target
	}
	var first, named []sheet
	for _, s := range book.Sheets {
		e := entryAt(zr, targets[s.ID])
		if e == nil {
			continue
		}
		sh := sheet{name: s.Name, file: e}
		if tabular(formOf([]byte(strings.TrimSpace(s.Name)))) {
			named = append(named, sh)
		}
		first = append(first, sh)
	}
	if len(first) == 0 {
		return nil, &document.Fault{Code: codeArchive, Expected: "a workbook with a sheet"}
	}
	w.sheets = first[:1]
	if len(named) > 0 {
		w.sheets = named
	}
	w.others = len(first) - len(w.sheets)
	return w, nil
}

func decodeEntry(e *zip.File, to any) error {
	r, err := e.Open()
	if err != nil {
		return brokenWorkbook()
	}
	defer r.Close() //nolint:errcheck // nothing was written
	d := xml.NewDecoder(io.LimitReader(r, bookBytes))
	if err := d.Decode(to); err != nil {
		return brokenWorkbook()
	}
	return nil
}

func brokenWorkbook() error {
	return &document.Fault{Code: codeArchive, Expected: "a whole .xlsx workbook"}
}

// readWorkbook reads the chosen sheets row by row. The shared texts are kept in memory,
// bounded by Limits.StringBytes.
func readWorkbook(ctx context.Context, w *workbook, out *sink) {
	shared, err := w.sharedStrings()
	if err != nil {
		out.fail(err)
		return
	}
	if w.others > 0 {
		out.repairs.note(RepairOtherSheets, document.Place{Sheet: w.sheets[0].name}, "")
	}
	for _, sh := range w.sheets {
		if err := readSheet(ctx, w, sh, shared, out); err != nil {
			out.fail(err)
		}
		if out.stopped {
			return
		}
	}
}

func readSheet(
	ctx context.Context, w *workbook, sh sheet, shared *stringTable, out *sink,
) error {
	rc, err := sh.file.Open()
	if err != nil {
		return brokenWorkbook()
	}
	defer rc.Close() //nolint:errcheck // nothing was written
	rows := &rowReader{dec: xml.NewDecoder(rc), shared: shared, limits: &w.limits}
	var t *tableReader
	for n := 1; !out.stopped; n++ {
		row, cells, err := rows.next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err == nil && n%linesPerCheck == 0 {
			err = ctx.Err()
		}
		if err != nil {
			if t != nil {
				t.end()
			}
			return inSheet(err, sh.name, rows.row)
		}
		switch {
		case t != nil:
			t.read(row, cells)
		case !blankRow(cells):
			header := make([]string, len(cells))
			for i := range cells {
				header[i] = string(trimBlank(cells[i].raw))
			}
			if t = newTable(out, sh.name, row, header); t == nil {
				return nil
			}
			t.values.date1904 = w.date1904
		}
	}
	if t == nil {
		return &document.Fault{
			Code: codeOrder, Place: document.Place{Sheet: sh.name}, Expected: "a header row",
		}
	}
	t.end()
	return nil
}

// inSheet places a fault of the row reader; anything else that goes wrong in there is a
// damaged workbook.
func inSheet(err error, name string, row int) error {
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	place := document.Place{Sheet: name, Line: row}
	var f *document.Fault
	if errors.As(err, &f) {
		f.Place = place
		return err
	}
	return &document.Fault{
		Code: codeArchive, Place: place, Expected: fmt.Sprintf("a whole sheet %q", name),
	}
}
