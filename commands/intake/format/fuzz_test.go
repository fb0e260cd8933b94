package format_test

import (
	"bytes"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"github.com/stazh/stazh/commands/intake/document"
	"github.com/stazh/stazh/commands/intake/format"
)

// fuzzLimits keep a fuzzed file small in what it may cost.
var fuzzLimits = format.Limits{
	FileBytes: 1 << 20, UnzippedBytes: 1 << 20, LineBytes: 1 << 12, Records: 50, Faults: 20,
	StringBytes: 1 << 16,
}

// fuzz checks what must hold for any bytes: no panic, one field of an item, places
// within the file, faults that say what was expected, and the same again on a second
// reading, and on one of the file in memory, of which nothing may be changed.
func fuzz(t *testing.T, b []byte) {
	f, err := format.Open(bytes.NewReader(b), "", fuzzLimits)
	format.Sniff(bytes.NewReader(b), fuzzLimits)
	held := bytes.Clone(b)
	g, failed := format.Open(resident{bytes.NewReader(held), held}, "", fuzzLimits)
	require.Equal(t, err, failed)
	if err != nil {
		var fault *document.Fault
		require.ErrorAs(t, err, &fault)
		return
	}
	first := count(t, f)
	require.Equal(t, first, count(t, f))
	require.Equal(t, first, count(t, g))
	require.Equal(t, b, held)
}

func count(t *testing.T, f *format.File) (n [4]int) {
	check := func(fault document.Fault) {
		require.NotEmpty(t, fault.Code)
		require.True(t, utf8.ValidString(fault.Got), "quotation of broken text")
		require.GreaterOrEqual(t, fault.Place.Line, 0)
		n[2]++
	}
	for item, err := range f.Items(t.Context()) {
		require.NoError(t, err)
		switch {
		case item.Pack != nil:
			n[0]++
			item.Pack.Locate("/unp")
		case item.Document != nil:
			n[1]++
			d := item.Document
			require.Equal(t, n[1], d.No)
			require.Less(t, d.Pack, n[0], "a pack comes before its documents")
			require.LessOrEqual(t, len(d.Faults), fuzzLimits.Faults)
			for _, p := range []string{"", "/", "/type", "/individual_data/months/0/paid", "/movements/7"} {
				require.Positive(t, d.Locate(p).Line)
			}
			for _, fault := range d.Faults {
				check(fault)
				d.Locate(fault.Pointer)
			}
		default:
			check(*item.Fault)
		}
	}
	return n
}

func FuzzTextPack(f *testing.F) {
	f.Add(pu3)
	f.Add(encode(f, pu3, format.Windows1251))
	f.Add(encode(f, pu3, format.CP866))
	f.Add(lines("ЗГЛВ=1.3=", "<ПАЧК=1=2=3=4= = =1=", "ТИПД=ПУ-1=1= = = =>", pu1Record))
	f.Add(lines("ЗГЛВ=1.5=", "<ПУ-2=И=", "ДВИЖ=", "<", ">", ">", "___END", "<ПУ-6=", "="))
	f.Add(lines("ЗГЛВ=1.5=", "<ПАЧК=1=2=Х=3=И=1=2018=1=1=1=1= = = = =>",
		"<ПУ-6=И=1=2=Х=Х=Х=9= =1=1=1=1=1= =1=2018= =", "НЧСЛ=1=1=1= =", "СТАЖ= = =1= = = = = = = = = =>"))
	f.Fuzz(func(t *testing.T, b []byte) {
		fuzz(t, b)
		fuzz(t, append([]byte("ЗГЛВ=1.5=\n<ПАЧК=1=2=3=4= = =1=\n"), b...))
	})
}

func FuzzCSV(f *testing.F) {
	f.Add(csvFile(nil))
	f.Add([]byte("sep=;\r\n\"УНП;Пол\"\r\n\"1;\"\"М\"\"\"\r\n\"\r\n"))
	f.Add([]byte("form,unp,document,month\nПУ-2,1,\"2\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		fuzz(t, b)
		fuzz(t, append([]byte("form;unp;document;month;earnings;service_from;hired_on\n"), b...))
	})
}

func FuzzJSON(f *testing.F) {
	f.Add([]byte(prettyJSON))
	f.Add([]byte(`{"pack":{"form":"ПУ-2"}}` + "\n" +
		`{"movements":[{"surname":"А\"\u0041"}],"no":[[{}]]}`))
	f.Add([]byte(`{"documents":[null,{"a":{"b":[1,2,{"c":"\\"}]}},{"unread":[{"pointer":1}]}]}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		fuzz(t, b)
		fuzz(t, append([]byte(`{"pack":{"form":"ПУ-3"},"documents":[`), b...))
		fuzz(t, append([]byte(`{"pack":{"form":"ПУ-3"}}`+"\n{"), b...))
	})
}

func FuzzXLSX(f *testing.F) {
	book := workbook(f, nil)
	f.Add(book, []byte(`<c r="A2" t="s"><v>1</v></c>`))
	f.Add(book[:len(book)/2], []byte(`<c r="ZZZZ9" t="e"><f>1</f></c></row><row r="-1">`))
	f.Fuzz(func(t *testing.T, b, cells []byte) {
		fuzz(t, b)
		fuzz(t, rezip(t, book, "xl/worksheets/sheet1.xml", func(s []byte) []byte {
			return bytes.Replace(s, []byte("</row>"), append(cells, "</row>"...), 2)
		}))
	})
}
