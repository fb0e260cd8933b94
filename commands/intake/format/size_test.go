package format_test

import (
	"bufio"
	"fmt"
	"io"
	"iter"
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/stazh/stazh/commands/intake/document"
	"github.com/stazh/stazh/commands/intake/format"
	"github.com/stazh/stazh/ledger/money"
)

// manyDocuments yields n invented documents of ПУ-3, always the same ones.
func manyDocuments(n int) iter.Seq[*document.Document] {
	return func(yield func(*document.Document) bool) {
		for i := range n {
			d := pu3Document()
			d.No = i + 1
			d.Data.Surname = fmt.Sprintf("ИВАНОВ-%c%c", 'А'+rune(i%32), 'А'+rune(i/32%32))
			d.Data.Insurance = fmt.Sprintf("%07dA%03dPB2", 3_000_000+i%4_000_000, i%1000)
			for m := range d.Data.Months {
				d.Data.Months[m].Earnings = money.Amount(80_000 + i%50_000)
			}
			sum := d.Data.Sum()
			d.Data.Declared = &sum
			if !yield(d) {
				return
			}
		}
	}
}

// bigFile writes a report of n documents to disk, so that it is in nobody's heap.
func bigFile(t testing.TB, n int, write func(io.Writer) error) (*os.File, format.Source) {
	t.Helper()
	f, err := os.Create(filepath.Join(t.TempDir(), "report"))
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, f.Close()) })
	w := bufio.NewWriter(f)
	require.NoError(t, write(w))
	require.NoError(t, w.Flush())
	info, err := f.Stat()
	require.NoError(t, err)
	return f, io.NewSectionReader(f, 0, info.Size())
}

func heap() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// heapGrowthMax is what reading a file of any size may keep in memory.
const heapGrowthMax = 16 << 20

// A hundred thousand documents in one file are read in bounded memory.
func TestHundredThousandDocumentsInBoundedMemory(t *testing.T) {
	const documents = 100_000
	formats := map[string]func(io.Writer) error{
		"text": func(w io.Writer) error {
			return format.WriteText(w, "1.5", format.Windows1251, pu3Pack(), manyDocuments(documents))
		},
		"csv": func(w io.Writer) error {
			return format.WriteCSV(w, format.CSVDialect{}, pu3Pack(), manyDocuments(documents))
		},
		"ndjson": func(w io.Writer) error {
			return format.WriteNDJSON(w, pu3Pack(), manyDocuments(documents))
		},
		"json": func(w io.Writer) error {
			return format.WriteJSON(w, pu3Pack(), manyDocuments(documents))
		},
	}
	for name, write := range formats {
		t.Run(name, func(t *testing.T) {
			_, src := bigFile(t, documents, write)
			before := heap()
			f, err := format.Open(src, "", format.Limits{})
			require.NoError(t, err)
			var seen int
			var most uint64
			for item, err := range f.Items(t.Context()) {
				require.NoError(t, err)
				require.Nil(t, item.Fault)
				if item.Document == nil {
					continue
				}
				require.Empty(t, item.Document.Faults)
				if seen++; seen%20_000 == 0 {
					most = max(most, heap())
				}
			}
			require.Equal(t, documents, seen)
			require.Positive(t, most)
			require.Less(t, int64(most)-int64(before), int64(heapGrowthMax))
		})
	}
}

// A workbook is read in bounded memory too; it is ten times slower to write and read.
func TestTenThousandDocumentsOfXLSXInBoundedMemory(t *testing.T) {
	const documents = 10_000
	_, src := bigFile(t, documents, func(w io.Writer) error {
		return format.WriteXLSX(w, pu3Pack(), manyDocuments(documents))
	})
	before := heap()
	f, err := format.Open(src, "", format.Limits{})
	require.NoError(t, err)
	seen := 0
	var most uint64
	for item, err := range f.Items(t.Context()) {
		require.NoError(t, err)
		require.Nil(t, item.Fault)
		if item.Document == nil {
			continue
		}
		require.Empty(t, item.Document.Faults)
		if seen++; seen%2_000 == 0 {
			most = max(most, heap())
		}
	}
	require.Equal(t, documents, seen)
	require.Positive(t, most)
	require.Less(t, int64(most)-int64(before), int64(heapGrowthMax))
}

// BenchmarkRead measures the time a line takes: five records or three rows a document.
func BenchmarkRead(b *testing.B) {
	const documents = 5_000
	text := func(enc format.Encoding) func(io.Writer) error {
		return func(w io.Writer) error {
			return format.WriteText(w, "1.5", enc, pu3Pack(), manyDocuments(documents))
		}
	}
	cases := []struct {
		name  string
		lines int
		write func(io.Writer) error
	}{
		{"text utf-8", 5 * documents, text(format.UTF8)},
		{"text windows-1251", 5 * documents, text(format.Windows1251)},
		{"csv", 3 * documents, func(w io.Writer) error {
			return format.WriteCSV(w, format.CSVDialect{}, pu3Pack(), manyDocuments(documents))
		}},
		{"ndjson", documents, func(w io.Writer) error {
			return format.WriteNDJSON(w, pu3Pack(), manyDocuments(documents))
		}},
		{"json", documents, func(w io.Writer) error {
			return format.WriteJSON(w, pu3Pack(), manyDocuments(documents))
		}},
		{"xlsx", 3 * documents, func(w io.Writer) error {
			return format.WriteXLSX(w, pu3Pack(), manyDocuments(documents))
		}},
	}
	for _, c := range cases {
		b.Run(c.name, func(b *testing.B) {
			_, src := bigFile(b, documents, c.write)
			b.SetBytes(src.Size())
			b.ReportAllocs()
			for b.Loop() {
				f, err := format.Open(src, "", format.Limits{})
				require.NoError(b, err)
				n := 0
				for item, err := range f.Items(b.Context()) {
					require.NoError(b, err)
					if item.Document != nil {
						n++
					}
				}
				require.Equal(b, documents, n)
			}
			perLine := float64(b.Elapsed().Nanoseconds()) / float64(b.N) / float64(c.lines)
			b.ReportMetric(perLine, "ns/line")
		})
	}
}
