package format

import (
	"fmt"
	"io"
	"iter"
	"strconv"
	"strings"

	"github.com/xuri/excelize/v2"

	"github.com/stazh/stazh/commands/intake/document"
	"github.com/stazh/stazh/ledger/money"
	"github.com/stazh/stazh/ledger/period"
)

// CSVDialect is how a CSV file is written. The zero value is what Russian spreadsheets
// open with a double click once BOM is set: semicolons and UTF-8.
type CSVDialect struct {
	Separator byte     // ';' when 0
	Encoding  Encoding // UTF8 when ""
	BOM       bool
}

// tableRows turns documents into rows of the columns of their form.
type tableRows struct {
	form document.Form
	cols []column
	pack *document.Pack
	doc  int
	// put takes the cells of a row: cells[i] belongs to cols[i]; nil where blank.
	put func(document string, cells []any) error
}

// newTableRows refuses a form without columns.
func newTableRows(pack *document.Pack) (*tableRows, error) {
	if !tabular(pack.Form) {
		return nil, fmt.Errorf("format: tables have no form %q", pack.Form)
	}
	t := &tableRows{form: pack.Form, pack: pack}
	for _, c := range formColumns(pack.Form) {
		if pack.Form == document.Payments && c.pack && c.key == "unp" {
			continue // A list of payments names the payers only.
		}
		t.cols = append(t.cols, c)
	}
	return t, nil
}

func (t *tableRows) header() []string {
	names := []string{documentColumn}
	for _, c := range t.cols {
		names = append(names, c.key)
	}
	return names
}

// write writes the rows of one document.
func (t *tableRows) write(d *document.Document) error {
	t.doc++
	if d.Form != t.form {
		return &WriteError{Document: t.doc, Pointer: "/form", Reason: "a table has one form"}
	}
	if len(d.Unread) > 0 {
		return &WriteError{
			Document: t.doc, Pointer: d.Unread[0].Pointer, Reason: "tables have no such column",
		}
	}
	rows := max(1, len(d.Movements))
	if d.Data != nil {
		rows = max(rows, len(d.Data.Months), len(d.Data.Service),
			len(d.Data.Occupations))
	}
	if d.Report != nil {
		rows = max(rows, len(d.Report.Lines))
	}
	for n := range rows {
		row := target{doc: d, pack: t.pack}
		if d.Report != nil && n < len(d.Report.Lines) {
			row.line = &d.Report.Lines[n]
		}
		if n < len(d.Movements) {
			row.movement = &d.Movements[n]
		}
		if d.Data != nil && n < len(d.Data.Months) {
			row.month = &d.Data.Months[n]
		}
		if d.Data != nil && n < len(d.Data.Service) {
			row.service = &d.Data.Service[n]
		}
		if d.Data != nil && n < len(d.Data.Occupations) {
			row.special = &d.Data.Occupations[n]
		}
		cells := make([]any, len(t.cols))
		for i := range t.cols {
			c := &t.cols[i]
			if c.group == headGroup && n > 0 || c.pack && t.doc > 1 {
				continue
			}
			cells[i] = c.at(&row)
		}
		if err := t.put(strconv.Itoa(t.doc), cells); err != nil {
			return err
		}
	}
	return nil
}

// WriteCSV writes a header row and the rows of the documents. Payer columns stand in the
// first row only; pack.Declared has no columns.
func WriteCSV(
	w io.Writer, dialect CSVDialect, pack *document.Pack, docs iter.Seq[*document.Document],
) error {
	t, err := newTableRows(pack)
	if err != nil {
		return err
	}
	if dialect.Separator == 0 {
		dialect.Separator = ';'
	}
	if dialect.Encoding == "" {
		dialect.Encoding = UTF8
	}
	out, err := newTextWriter(w, dialect.Encoding)
	if err != nil {
		return err
	}
	sep := string(dialect.Separator)
	line := []byte(strings.Join(t.header(), sep) + "\r\n")
	if dialect.BOM && dialect.Encoding == UTF8 {
		line = append(append([]byte{}, bomUTF8...), line...)
	}
	if _, err := out.Write(line); err != nil {
		return fmt.Errorf("format: write: %w", err)
	}
	var buf [64]byte
	t.put = func(document string, cells []any) error {
		line = append(line[:0], document...)
		for i, ptr := range cells {
			line = append(line, sep...)
			if ptr == nil {
				continue
			}
			c := &t.cols[i]
			v := string(csvNotation.format(buf[:0], ptr, &c.spec))
			if reason := badCell(v, ptr, &c.spec); reason != "" {
				return &WriteError{Document: t.doc, Pointer: "/" + c.pointer, Reason: reason}
			}
			if strings.Contains(v, sep) || strings.ContainsAny(v, "\"\n\r") {
				v = `"` + strings.ReplaceAll(v, `"`, `""`) + `"`
			}
			line = append(line, v...)
		}
		if _, err := out.Write(append(line, '\r', '\n')); err != nil {
			return fmt.Errorf("format: write: %w", err)
		}
		return nil
	}
	for d := range docs {
		if err := t.write(d); err != nil {
			return err
		}
	}
	return out.close()
}

// badCell says why a text cannot stand in a cell: a spreadsheet would compute it or take
// it for something else.
func badCell(v string, ptr any, s *spec) string {
	if _, ok := ptr.(*string); !ok || v == "" {
		return ""
	}
	switch {
	case v[0] == '+' && s.style == phoneText && isPhone([]byte(v[1:])):
		return ""
	case strings.ContainsRune("=+@", rune(v[0])):
		return "a spreadsheet would compute it"
	case v[0] == '\'' || hasControl(v):
		return "control characters and a leading apostrophe have a meaning in spreadsheets"
	}
	return ""
}

// excelDateFormat is number 14 of the built-in formats: the date of the user's country.
const excelDateFormat = 14

// WriteXLSX writes the same table as WriteCSV into a sheet named after the form: amounts
// as numbers, dates as dates, all else as texts.
func WriteXLSX(w io.Writer, pack *document.Pack, docs iter.Seq[*document.Document]) (err error) {
	t, err := newTableRows(pack)
	if err != nil {
		return err
	}
	f := excelize.NewFile()
	defer func() {
		if closeErr := f.Close(); err == nil && closeErr != nil {
			err = fmt.Errorf("format: write: %w", closeErr)
		}
	}()
	sheet := string(t.form)
	if err := f.SetSheetName("Sheet1", sheet); err != nil {
		return fmt.Errorf("format: write: %w", err)
	}
	dates, err := f.NewStyle(&excelize.Style{NumFmt: excelDateFormat})
	if err != nil {
		return fmt.Errorf("format: write: %w", err)
	}
	stream, err := f.NewStreamWriter(sheet)
	if err != nil {
		return fmt.Errorf("format: write: %w", err)
	}
	row := 0
	put := func(values []any) error {
		row++
		if err := stream.SetRow(cellName(0, row), values); err != nil {
			return fmt.Errorf("format: write: %w", err)
		}
		return nil
	}
	t.put = func(document string, cells []any) error {
		values := []any{document}
		for i, ptr := range cells {
			v, err := t.excelValue(ptr, &t.cols[i], dates)
			if err != nil {
				return err
			}
			values = append(values, v)
		}
		return put(values)
	}
	header := []any{}
	for _, name := range t.header() {
		header = append(header, name)
	}
	if err := put(header); err != nil {
		return err
	}
	for d := range docs {
		if err := t.write(d); err != nil {
			return err
		}
	}
	if err := stream.Flush(); err != nil {
		return fmt.Errorf("format: write: %w", err)
	}
	if err := f.Write(w); err != nil {
		return fmt.Errorf("format: write: %w", err)
	}
	return nil
}

// excelValue gives what a cell holds.
func (t *tableRows) excelValue(ptr any, c *column, dates int) (any, error) {
	switch p := ptr.(type) {
	case nil:
		return nil, nil
	case *money.Amount:
		return float64(*p) / 100, nil
	case *period.Date:
		if p.IsZero() {
			return nil, nil
		}
		if *p < excelDayOne.AddDays(firstSerial) {
			return string(csvNotation.format(nil, p, &c.spec)), nil
		}
		return excelize.Cell{StyleID: dates, Value: excelDayOne.DaysUntil(*p)}, nil
	}
	v := string(csvNotation.format(nil, ptr, &c.spec))
	if reason := badCell(v, ptr, &c.spec); reason != "" {
		return nil, &WriteError{Document: t.doc, Pointer: "/" + c.pointer, Reason: reason}
	}
	if v == "" {
		return nil, nil
	}
	return v, nil
}
