package format_test

import (
	"archive/zip"
	"bytes"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/stazh/stazh/commands/intake/format"
)

// zipped makes an archive of name, content pairs.
func zipped(t testing.TB, entries ...string) []byte {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for i := 0; i < len(entries); i += 2 {
		e, err := w.Create(entries[i])
		require.NoError(t, err)
		_, err = io.WriteString(e, entries[i+1])
		require.NoError(t, err)
	}
	require.NoError(t, w.Close())
	return b.Bytes()
}

// The first Cyrillic letter may come after megabytes of ASCII.
func TestEncodingIsDecidedOverTheWholeFile(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	b.WriteString("unp;fund_no;type;year;insurance_no;category;month;earnings;surname\r\n")
	for i := range 40_000 {
		fmt.Fprintf(&b, "200988541;602000017;I;2018;3270287A012PB2;01;%d;800,00;A\r\n", i%12+1)
	}
	b.WriteString("200988541;602000017;I;2018;4270287A012PB2;01;1;800,00;Щербаков-Яблоков\r\n")
	for _, enc := range []format.Encoding{format.Windows1251, format.CP866, format.UTF8} {
		c := read(t, encode(t, []byte(b.String()), enc))
		require.Equal(t, enc, c.file.Encoding)
		require.Equal(t, "ЩЕРБАКОВ-ЯБЛОКОВ", c.docs[len(c.docs)-1].Data.Surname)
	}
}

func TestEncodingOfShortAndMixedTexts(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		"Ивашкевич", "ивашкевич", "ИВАШКЕВИЧ", "ЁЖИКОВ № 5", "Общество «Ўзлёт»", "ХХ", "общество",
		"съёмщик", "ЩУКИН ЭДУАРД", "фьючерс", "ПЯТНИЦА", "Я",
	} {
		file := []byte("unp;surname;month;earnings\r\n200988541;" + text + ";1;5\r\n")
		for _, enc := range []format.Encoding{format.Windows1251, format.CP866, format.UTF8} {
			if enc == format.CP866 && strings.ContainsAny(text, "«»") {
				continue
			}
			c := read(t, encode(t, file, enc))
			require.Equal(t, enc, c.file.Encoding, text)
			require.Equal(t, strings.ToUpper(text), c.docs[0].Data.Surname)
		}
	}
}

func TestFilesRefusedAsAWhole(t *testing.T) {
	t.Parallel()
	text := string(pu3)
	bomb := zipped(t, "a.txt", strings.Repeat(" ", 8<<20))
	encrypted := zipped(t, "a.txt", text)
	for _, sig := range []string{"PK\x03\x04", "PK\x01\x02"} {
		at := bytes.Index(encrypted, []byte(sig))
		encrypted[at+map[string]int{"PK\x03\x04": 6, "PK\x01\x02": 8}[sig]] |= 1
	}
	damaged := zipped(t, "a.txt", strings.Repeat(text, 50))
	damaged[len(damaged)/3] ^= 0xFF
	cases := []struct {
		name   string
		file   []byte
		limits format.Limits
		code   string
	}{
		{"empty", nil, format.Limits{}, "SPF-101"},
		{"blank", []byte(" \r\n \x1A"), format.Limits{}, "SPF-101"},
		{"too large", pu3, format.Limits{FileBytes: 10}, "SPF-003"},
		{"UTF-16", []byte("\xFF\xFEu\x00n\x00p\x00"), format.Limits{}, "SPF-002"},
		{"binary", []byte("\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1\x00\x00\x00"), format.Limits{}, "SPF-002"},
		{"damaged UTF-8", bytes.Replace(pu3, []byte("ВАСИЛЁК"), []byte("ВАС\xFFИЛЁК"), 1),
			format.Limits{}, "SPF-002"},
		{"box drawing only", []byte("a;b\r\n\xB0\xB1\xB2;\xB3\r\n"), format.Limits{}, "SPF-002"},
		{"rar", []byte("Rar!\x1A\x07\x00"), format.Limits{}, "SPF-001"},
		{"gzip", []byte("\x1F\x8B\x08\x00"), format.Limits{}, "SPF-001"},
		{"xml", []byte("<?xml version=\"1.0\"?><a/>"), format.Limits{}, "SPF-102"},
		{"half an archive", bomb[:len(bomb)-30], format.Limits{}, "SPF-001"},
		{"damaged archive", damaged, format.Limits{}, "SPF-001"},
		{"bomb", bomb, format.Limits{}, "SPF-001"},
		{"unpacks to too much", zipped(t, "a.txt", text), format.Limits{UnzippedBytes: 100}, "SPF-001"},
		{"too many entries", zipped(t, "a.txt", text, "b.txt", text), format.Limits{ZipEntries: 1},
			"SPF-001"},
		{"nested", zipped(t, "a.zip", string(zipped(t, "a.txt", text))), format.Limits{}, "SPF-001"},
		{"password", encrypted, format.Limits{}, "SPF-001"},
		{"program", zipped(t, "a.exe", "MZ"), format.Limits{}, "SPF-001"},
		{"signature only", zipped(t, "a.sgn", "x"), format.Limits{}, "SPF-001"},
		{"empty archive", zipped(t), format.Limits{}, "SPF-001"},
		{"mixed formats", zipped(t, "a.txt", text, "b.csv", "unp;sex\r\n1;2\r\n"), format.Limits{},
			"SPF-001"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			f := refusal(t, c.file, c.limits)
			require.Equal(t, c.code, f.Code, f.Expected)
		})
	}
	f := refusal(t, cases[5].file, format.Limits{})
	require.Equal(t, 2, f.Place.Line)
	require.NotContains(t, f.Error(), "ВАС")
}

func TestArchiveOfPacksAndSignatures(t *testing.T) {
	t.Parallel()
	cp866 := string(encode(t, pu3, format.CP866))
	c := read(t, zipped(t, "1.txt", string(pu3), "1.txt.sgn", "xx", "dir/", "", "dir/2.TXT", cp866))
	require.Equal(t, []string{"1.txt", "dir/2.TXT"}, c.file.Parts)
	require.Equal(t, []string{"1.txt.sgn"}, c.file.Ignored)
	require.Len(t, c.docs, 2)
	require.Empty(t, c.faults)
	require.Equal(t, 1, c.docs[1].Pack)
	require.Equal(t, 2, c.docs[1].No)
	place := c.docs[1].Locate("/individual_data/months/0/paid")
	require.Equal(t, "dir/2.TXT", place.File)
	require.Equal(t, 5, place.Line)
	require.Empty(t, read(t, zipped(t, "1.txt", string(pu3))).docs[0].Locate("").File)
}

func TestSniff(t *testing.T) {
	t.Parallel()
	for name, b := range samples(t) {
		unp, ok := format.Sniff(bytes.NewReader(b), format.Limits{})
		require.True(t, ok, name)
		require.Equal(t, "200988541", unp, name)
	}
	long := append(bytes.Clone(pu3), bytes.Repeat([]byte("___ хвост\r\n"), 20_000)...)
	unp, ok := format.Sniff(bytes.NewReader(encode(t, long, format.CP866)), format.Limits{})
	require.True(t, ok)
	require.Equal(t, "200988541", unp)
	for _, b := range []string{"", "no report", "\x00\x01", "PK\x03\x04", "{", "ЗГЛВ=9.9="} {
		_, ok := format.Sniff(strings.NewReader(b), format.Limits{})
		require.False(t, ok, b)
	}
}
