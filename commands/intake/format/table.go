package format

import (
	"bytes"
	"math"
	"strconv"
	"strings"
	"unicode"

	"github.com/stazh/stazh/commands/intake/document"
	"github.com/stazh/stazh/ledger/money"
	"github.com/stazh/stazh/ledger/period"
)

// cell is one cell of a row.
type cell struct {
	raw []byte
	// number is set where a spreadsheet stored a binary number; a text is read as the
	// user typed it.
	number bool
	// broken says why a spreadsheet has no value here: an error or a formula without
	// its result.
	broken string
}

// tableReader makes packs and documents of the rows of a CSV file or a sheet.
type tableReader struct {
	out    *sink
	values values
	sheet  string
	sets   map[document.Form]*columnSet
	keys   []string
	titles []string
	form   document.Form // of rows that name none
	formAt int           // position of the column form, -1 when there is none
	unpAt  int

	pack *document.Pack
	unp  []byte // of the pack, as its first row has it
	row  target
	at   *places
	// first are the cells of the document's first row: later rows of the document may
	// repeat them or leave them blank, not contradict them.
	first [][]byte
	set   *columnSet
	line  int
}

// newTable binds the header row. It gives nil when the header is not that of a report;
// the fault is reported then.
func newTable(out *sink, sheet string, line int, header []string) *tableReader {
	keys, known := recognise(header)
	form, ok := guessForm(keys)
	t := &tableReader{
		out: out, sheet: sheet, keys: keys, titles: header, form: form,
		formAt: -1, unpAt: -1, sets: map[document.Form]*columnSet{}, line: line,
	}
	t.values = values{out: out, table: true, at: t.place(-1)}
	for i, k := range keys {
		switch k {
		case "form":
			t.formAt = i
		case "unp":
			t.unpAt = i
		}
		if k == "" && strings.TrimSpace(header[i]) != "" {
			out.repairs.note(RepairUnknownColumn, t.values.at, clip(strings.TrimSpace(header[i])))
		}
	}
	if known < 2 || (!ok && t.formAt < 0) {
		out.fault(document.Fault{
			Code: codeUnknown, Place: t.place(-1), Got: clip(strings.Join(header, ";")),
			GotKind:  headerKind(header, known),
			Expected: "a header row such as unp;fund_no;type;year;insurance_no;month;earnings",
		})
		return nil
	}
	return t
}

// headerKind tells whether a row that is no header of a report consists of names of columns
// at all: where the header is missing, it is somebody's data. Those have capitals or digits.
func headerKind(header []string, known int) document.GotKind {
	data := strings.ContainsFunc(strings.Join(header, ""), func(r rune) bool {
		return unicode.IsUpper(r) || unicode.IsDigit(r)
	})
	if known == 0 && data {
		return document.GotValue
	}
	return document.GotName
}

func (t *tableReader) place(column int) document.Place {
	p := document.Place{Line: t.line, File: t.out.file, Sheet: t.sheet}
	if t.sheet != "" && column >= 0 {
		p.Cell = cellName(column, t.line)
	}
	return p
}

// read takes a row; line is the editor's line or the spreadsheet's row.
func (t *tableReader) read(line int, cells []cell) {
	if blankRow(cells) {
		return
	}
	t.line = line
	t.values.at = t.place(-1)
	form := t.form
	if v := t.raw(cells, t.formAt); len(v) > 0 {
		form = formOf(v)
	}
	set := t.columnsOf(form)
	if !t.continues(set, cells) {
		t.end()
		t.begin(set, cells)
	}
	t.fill(cells)
}

func blankRow(cells []cell) bool {
	for i := range cells {
		if len(trimBlank(cells[i].raw)) > 0 || cells[i].broken != "" {
			return false
		}
	}
	return true
}

func (t *tableReader) raw(cells []cell, i int) []byte {
	if i < 0 || i >= len(cells) {
		return nil
	}
	return trimBlank(cells[i].raw)
}

func (t *tableReader) columnsOf(form document.Form) *columnSet {
	known := form
	if !tabular(form) {
		// A hostile file may name a new form in every row: they share one binding.
		known = ""
	}
	set := t.sets[known]
	if set == nil {
		set = bind(known, t.keys, t.titles)
		t.sets[known] = set
	}
	if known != form {
		other := *set
		other.form = form
		return &other
	}
	return set
}

// continues tells whether the row belongs to the document of the row before.
func (t *tableReader) continues(set *columnSet, cells []cell) bool {
	if t.row.doc == nil || set.form != t.set.form || t.newPayer(set, cells) {
		return false
	}
	if set.document >= 0 {
		v := t.raw(cells, set.document)
		return len(v) > 0 && bytes.Equal(v, t.first[set.document])
	}
	if set.form == document.Fund4 {
		return t.repeats(cells, "type", "year", "quarters")
	}
	if set.form != document.PU3 && set.form != document.PU6 {
		return false
	}
	for i, k := range t.keys {
		switch k {
		case "insurance_no", "surname", "category", "contract_no", "contract_date", "type", "year",
			highestTariff:
			v := t.raw(cells, i)
			if len(v) > 0 && !bytes.Equal(v, t.first[i]) {
				return false
			}
			if len(v) == 0 && k == "insurance_no" && len(t.first[i]) > 0 &&
				len(t.rawKey(cells, "surname")) > 0 {
				return false
			}
		}
	}
	return true
}

func (t *tableReader) rawKey(cells []cell, key string) []byte {
	for i, k := range t.keys {
		if k == key {
			return t.raw(cells, i)
		}
	}
	return nil
}

// newPayer tells whether the row names another payer than the pack.
func (t *tableReader) newPayer(set *columnSet, cells []cell) bool {
	if t.pack == nil {
		return true
	}
	raw := t.raw(cells, t.unpAt)
	if len(raw) == 0 || bytes.Equal(raw, t.unp) {
		return false
	}
	c := set.bound[t.unpAt]
	if c == nil || !c.pack {
		return false
	}
	var unp string
	t.assign(&unp, &c.spec, &cells[t.unpAt])
	return unp != t.pack.UNP
}

// begin starts a document, and a pack when the payer or the form changes.
func (t *tableReader) begin(set *columnSet, cells []cell) {
	if t.pack == nil || t.pack.Form != set.form || t.newPayer(set, cells) {
		t.beginPack(set, cells)
	}
	t.set = set
	t.out.docs++
	t.at = &places{file: t.out.file, sheet: t.sheet, head: t.line, columns: set}
	d := &document.Document{
		No: t.out.docs, Pack: t.pack.Index, Form: set.form, FundNo: t.pack.FundNo,
		Locate: t.at.locate,
	}
	t.row = target{doc: d, pack: t.pack}
	switch set.form {
	case document.PU1:
		d.Registration = &document.Registration{}
	case document.PU2:
		d.DeclaredMovements = -1
	case document.PU3, document.PU6:
		d.Data = &document.IndividualData{DeclaredMonths: -1, DeclaredService: -1}
	case document.Fund4:
		d.Report = &document.PayerReport{}
	case document.Payments:
		d.Payment = &document.Payment{}
	default:
		t.note(problem{codeUnknown, wantForm}, "/form", t.formAt,
			[]byte(set.form))
	}
	if t.first == nil {
		t.first = make([][]byte, len(t.keys))
	}
	for i := range t.keys {
		t.first[i] = append(t.first[i][:0], t.raw(cells, i)...)
	}
}

func (t *tableReader) beginPack(set *columnSet, cells []cell) {
	p := &document.Pack{Index: t.out.packs, Form: set.form}
	if t.pack != nil && !t.newPayer(set, cells) {
		p.UNP, p.FundNo, p.Name, p.PackNo = t.pack.UNP, t.pack.FundNo, t.pack.Name, t.pack.PackNo
	}
	t.out.packs++
	for i, c := range set.bound {
		if c != nil && (c.pack || i == set.fundNo) && i < len(cells) {
			to := any(&p.FundNo)
			if c.pack {
				to = c.at(&target{pack: p})
			}
			t.assign(to, &c.spec, &cells[i])
		}
	}
	at := t.place(-1)
	unpAt, fundAt := t.unpAt, set.fundNo
	p.Locate = func(pointer string) document.Place {
		at := at
		column := 0
		switch {
		case pointer == "/unp" && unpAt >= 0:
			column = unpAt
		case pointer == "/fund_no" && fundAt >= 0:
			column = fundAt
		}
		if at.Sheet != "" {
			at.Cell = cellName(column, at.Line)
		}
		return at
	}
	t.pack, t.unp = p, bytes.Clone(t.raw(cells, t.unpAt))
	t.out.pack(p)
}

// note adds a fault of a cell.
func (t *tableReader) note(bad problem, pointer string, column int, got []byte) {
	t.out.note(t.row.doc, document.Fault{
		Code: bad.code, Pointer: pointer, Place: t.place(column), Got: clip(string(got)),
		Expected: bad.expected,
	})
}

// end hands out the document.
func (t *tableReader) end() {
	if t.row.doc != nil {
		t.out.document(t.row.doc)
		t.row.doc = nil
	}
}

// excelDayOne is the day before serial number 1 of a spreadsheet that counts the
// 29 February 1900 that never was; serials below 61 are not used.
var (
	excelDayOne  = period.MustDate("1899-12-30")
	excelDay1904 = period.MustDate("1904-01-01")
)

// Bounds of serial numbers that can be dates of a report: March 1900 to 9999.
const (
	firstSerial = 61
	lastSerial  = 2_958_465
)

// assign reads one cell into a field.
func (t *tableReader) assign(ptr any, s *spec, c *cell) problem {
	t.values.field = s.key
	switch {
	case c.broken != "":
		return problem{codeNumber, c.broken}
	case c.number:
		return t.assignNumber(ptr, s, c.raw)
	}
	return t.values.assign(ptr, s, c.raw)
}

// assignNumber reads a stored binary number.
func (t *tableReader) assignNumber(ptr any, s *spec, raw []byte) problem {
	f, err := strconv.ParseFloat(string(raw), 64)
	if err != nil || math.IsInf(f, 0) || math.IsNaN(f) {
		return problem{codeNumber, wantAmount}
	}
	switch to := ptr.(type) {
	case *period.Date:
		d, ok := t.serial(f)
		if !ok {
			return problem{codeDate, wantDate}
		}
		*to = d
		return problem{}
	case *period.Month:
		d, ok := t.serial(f)
		if !ok {
			return problem{codeDate, wantMonth}
		}
		*to = d.Month()
		return problem{}
	case *money.Amount:
		a, exact, ok := amountOf(f)
		if !ok {
			return problem{codeNumber, wantAmount}
		}
		if !exact {
			t.values.repaired(RepairFloat)
		}
		*to = a
		return problem{}
	}
	if f != math.Trunc(f) || math.Abs(f) >= 1e15 {
		return problem{codeNumber, "a text or a whole number"}
	}
	return t.values.assign(ptr, s, strconv.AppendFloat(nil, f, 'f', -1, 64))
}

// serial gives the day of a spreadsheet's day number.
func (t *tableReader) serial(f float64) (period.Date, bool) {
	if f < firstSerial || f > lastSerial {
		return 0, false
	}
	if f != math.Trunc(f) {
		t.values.repaired(RepairTimeOfDay)
	}
	if t.values.date1904 {
		return excelDay1904.AddDays(int(f)), true
	}
	return excelDayOne.AddDays(int(f)), true
}

// amountOf gives the amount that a binary number stands for: the nearest kopeck when no
// more than the error of computing with such numbers lies between.
func amountOf(f float64) (a money.Amount, exact, ok bool) {
	kopecks := math.Round(f * 100)
	if math.Abs(kopecks) > float64(money.Max) {
		return 0, false, false
	}
	// The largest error that a column of a thousand sums gathers, and what sixteen
	// digits can hold of large sums.
	tolerance := math.Max(1e-7, math.Abs(f)*1e-15)
	nearest := kopecks / 100
	return money.Amount(kopecks), f == nearest, math.Abs(f-nearest) <= tolerance
}
