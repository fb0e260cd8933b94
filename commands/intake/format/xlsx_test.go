package format_test

import (
	"archive/zip"
	"bytes"
	"fmt"
	"io"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"github.com/xuri/excelize/v2"

	"github.com/stazh/stazh/commands/intake/document"
	"github.com/stazh/stazh/commands/intake/format"
)

// workbook makes a file with the library that spreadsheet users' programs resemble: its
// texts are shared, its dates styled numbers.
func workbook(t testing.TB, change func(f *excelize.File)) []byte {
	t.Helper()
	f := excelize.NewFile()
	tenth := 0.1
	newYear := time.Date(2018, 1, 1, 0, 0, 0, 0, time.UTC)
	rows := [][]any{
		{
			"УНП", "Тип", "Год", "Страховой номер", "Категория", "Месяц", "Выплаты", "Стаж с",
			"Стаж по",
		},
		{200988541, "И", 2018, "3270287A012PB2", 1, 1, 12.3, nil, nil},
		{nil, nil, nil, nil, nil, 2, tenth + 2*tenth, newYear, "31.03.2018"},
		{}, {},
	}
	for i, row := range rows {
		require.NoError(t, f.SetSheetRow("Sheet1", fmt.Sprintf("A%d", i+1), &row))
	}
	if change != nil {
		change(f)
	}
	var b bytes.Buffer
	require.NoError(t, f.Write(&b))
	require.NoError(t, f.Close())
	return b.Bytes()
}

func TestXLSX(t *testing.T) {
	t.Parallel()
	got := read(t, workbook(t, nil))
	require.Equal(t, format.XLSX, got.file.Format)
	require.Empty(t, got.faults)
	require.Len(t, got.docs, 1)
	d := got.docs[0]
	require.Empty(t, d.Faults)
	require.Equal(t, "200988541", got.packs[0].UNP)
	require.Equal(t, "01", d.Data.Category)
	require.Equal(t, rub("12.30"), d.Data.Months[0].Earnings)
	require.Equal(t, rub("0.30"), d.Data.Months[1].Earnings)
	require.Equal(t, []document.Service{{From: day("2018-01-01"), To: day("2018-03-31")}},
		d.Data.Service)
	require.Equal(t, []format.RepairKind{format.RepairFloat, format.RepairLeadingZeros}, got.repairs)
	require.Equal(t, document.Place{Line: 3, Sheet: "Sheet1", Cell: "G3"},
		d.Locate("/individual_data/months/1/earnings"))
	require.Equal(t, document.Place{Line: 3, Sheet: "Sheet1", Cell: "H3"},
		d.Locate("/individual_data/service/0/from"))
	require.Equal(t, "E2", d.Locate("/individual_data/category").Cell)
	require.Equal(t, "A2", got.packs[0].Locate("/unp").Cell)
}

func TestXLSXCells(t *testing.T) {
	t.Parallel()
	set := func(cell string, v any) func(*excelize.File) {
		return func(f *excelize.File) { require.NoError(t, f.SetCellValue("Sheet1", cell, v)) }
	}
	m1 := "/individual_data/months/1"
	cases := []struct {
		name   string
		change func(*excelize.File)
		want   []brief
	}{
		{"half a kopeck", set("G3", 0.305), values(brief{"SPF-111", m1 + "/earnings", 3, "G3", "0.305"})},
		{"text amount", set("G3", "1 800,5"), nil},
		{"text of a formula", set("G3", "=A1"),
			values(brief{"SPF-112", m1 + "/earnings", 3, "G3", "=A1"})},
		{"huge number", set("G3", 1e16),
			values(brief{"SPF-111", m1 + "/earnings", 3, "G3", "10000000000000000"})},
		{"number as a date", set("H3", 1e9),
			values(brief{"SPF-110", "/individual_data/service/0/from", 3, "H3", "1000000000"})},
		{"fraction as a text", set("D2", 1.5),
			values(brief{"SPF-111", "/individual_data/insurance_no", 2, "D2", "1.5"})},
		{"formula without value", func(f *excelize.File) {
			require.NoError(t, f.SetCellValue("Sheet1", "G3", nil))
			require.NoError(t, f.SetCellFormula("Sheet1", "G3", "SUM(G1:G2)"))
		}, values(brief{"SPF-111", m1 + "/earnings", 3, "G3", ""})},
		{"far column", set("XFD3", "x"), nil},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			got := read(t, workbook(t, c.change))
			require.Empty(t, got.faults)
			require.Len(t, got.docs, 1)
			require.Equal(t, c.want, briefs(got.docs[0].Faults))
		})
	}
}

func TestXLSXSheets(t *testing.T) {
	t.Parallel()
	got := read(t, workbook(t, func(f *excelize.File) {
		_, err := f.NewSheet("пу-1")
		require.NoError(t, err)
		require.NoError(t, f.SetSheetRow("пу-1", "A2", &[]any{"УНП", "Фамилия", "Пол"}))
		require.NoError(t, f.SetSheetRow("пу-1", "A4", &[]any{"200988541", "Ли", "Ж"}))
	}))
	require.Len(t, got.docs, 1)
	require.Equal(t, document.PU1, got.docs[0].Form)
	require.Equal(t, document.Place{Line: 4, Sheet: "пу-1", Cell: "B4"},
		got.docs[0].Locate("/registration/surname"))
	require.Contains(t, got.repairs, format.RepairOtherSheets)

	date1904 := read(t, workbook(t, func(f *excelize.File) {
		yes := true
		require.NoError(t, f.SetWorkbookProps(&excelize.WorkbookPropsOptions{Date1904: &yes}))
		require.NoError(t, f.SetCellValue("Sheet1", "H3", 41639))
	}))
	require.Equal(t, day("2018-01-01"), date1904.docs[0].Data.Service[0].From)

	empty := read(t, workbook(t, func(f *excelize.File) {
		for range 3 {
			require.NoError(t, f.RemoveRow("Sheet1", 1))
		}
	}))
	require.Equal(t, "SPF-101", empty.faults[0].Code)
}

// rezip changes one entry of an archive.
func rezip(t testing.TB, b []byte, name string, change func([]byte) []byte) []byte {
	t.Helper()
	r, err := zip.NewReader(bytes.NewReader(b), int64(len(b)))
	require.NoError(t, err)
	var entries []string
	for _, e := range r.File {
		rc, err := e.Open()
		require.NoError(t, err)
		content, err := io.ReadAll(rc)
		require.NoError(t, err)
		require.NoError(t, rc.Close())
		if e.Name == name {
			content = change(content)
		}
		entries = append(entries, e.Name, string(content))
	}
	return zipped(t, entries...)
}

// A sheet that breaks off is refused, never read as a shorter one.
func TestXLSXDamage(t *testing.T) {
	t.Parallel()
	book := workbook(t, nil)
	const sheet = "xl/worksheets/sheet1.xml"
	cut := rezip(t, book, sheet, func(b []byte) []byte {
		return b[:bytes.LastIndex(b, []byte("<row"))]
	})
	got := read(t, cut)
	require.Equal(t, "SPF-001", got.faults[len(got.faults)-1].Code)
	dtd := rezip(t, book, sheet, func(b []byte) []byte {
		return append([]byte(`<!DOCTYPE a [<!ENTITY x "y">]>`), b...)
	})
	got = read(t, dtd)
	require.Equal(t, "SPF-001", got.faults[0].Code)
	got = read(t, rezip(t, book, "xl/sharedStrings.xml", func([]byte) []byte {
		return []byte("<sst>")
	}))
	require.Equal(t, "SPF-001", got.faults[0].Code)
	f := refusal(t, rezip(t, book, "xl/workbook.xml", func(b []byte) []byte { return b[:50] }),
		format.Limits{})
	require.Equal(t, "SPF-001", f.Code)

	open, err := format.Open(bytes.NewReader(book), "", format.Limits{StringBytes: 50})
	require.NoError(t, err)
	got = readFile(t, open)
	require.Equal(t, "SPF-003", got.faults[0].Code)
}
