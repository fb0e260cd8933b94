package format_test

import (
	"bytes"
	"context"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/stazh/stazh/commands/intake/document"
	"github.com/stazh/stazh/commands/intake/format"
)

// packOf3 is a pack of three documents; the middle one is at lines 10 to 15.
func packOf3(change func(l []string) []string) []byte {
	l := strings.Split(strings.TrimSpace(string(pu3)), "\r\n")
	l[2] = "ТИПД=ПУ-3=3=7200,00=0,00=72,00=72,00=>"
	doc := l[3:]
	all := append([]string(nil), l...)
	all = append(all, change(append([]string(nil), doc...))...)
	return lines(append(all, doc...)...)
}

// One broken document has exactly its own faults, with the right lines, and its
// neighbours have none.
func TestFaultsStayWithTheirDocument(t *testing.T) {
	t.Parallel()
	set := func(line int, from, to string) func([]string) []string {
		return func(l []string) []string {
			l[line] = strings.Replace(l[line], from, to, 1)
			return l
		}
	}
	m1 := "/individual_data/months/1"
	cases := []struct {
		name   string
		change func([]string) []string
		want   []brief
	}{
		{"bad amount", set(2, "800,00", "80O,00"),
			values(brief{"SPF-111", m1 + "/earnings", 12, "", "80O,00"})},
		{"three decimals", set(2, "800,00", "800,000"),
			values(brief{"SPF-111", m1 + "/earnings", 12, "", "800,000"})},
		{"huge amount", set(2, "800,00", strings.Repeat("9", 30)),
			values(brief{"SPF-111", m1 + "/earnings", 12, "", strings.Repeat("9", 30)})},
		{"bad date", set(4, "31/03/2018", "31/02/2018"),
			values(brief{"SPF-110", "/individual_data/service/0/to", 14, "", "31/02/2018"})},
		{"month 13", set(2, "НЧСЛ=2", "НЧСЛ=13"),
			values(brief{"SPF-111", m1 + "/month", 12, "", "13"})},
		{"field missing", set(2, "=1=", "="),
			values(brief{"SPF-103", m1, 12, "", "5"})},
		{"field too many", set(2, "НЧСЛ=2=", "НЧСЛ=2= ="),
			values(brief{"SPF-103", m1, 12, "", "7"})},
		{"head with a field too many", set(0, "=И=П=", "=И=П=П="),
			values(brief{"SPF-103", "", 10, "", "22"})},
		{"unknown record", set(2, "НЧСЛ", "НЧСЛ2"),
			values(brief{"SPF-102", "", 12, "", "НЧСЛ2"})},
		{"line of text", func(l []string) []string {
			return append(l[:2:2], append([]string{"просто текст"}, l[2:]...)...)
		}, values(brief{"SPF-102", "", 12, "", "просто текст"})},
		{"other form's record", set(2, "НЧСЛ", "ДВИЖ"),
			values(brief{"SPF-101", "", 12, "", "ДВИЖ"})},
		{"months behind service", func(l []string) []string {
			l[3], l[4] = l[4], l[3]
			return l
		}, values(brief{"SPF-101", "/individual_data/months/2", 14, "", "НЧСЛ"})},
		{"closed too early", set(2, "=1=", "=1=>"), values(
			brief{"SPF-101", "", 13, "", "НЧСЛ"}, brief{"SPF-101", "", 14, "", "СТАЖ"},
		)},
		{"not closed", func(l []string) []string { return l[:5] },
			values(brief{"SPF-101", "", 15, "", "ПУ-3"})},
		{"not opened", set(0, "<", ""), values(brief{"SPF-101", "", 10, "", "ПУ-3"})},
		{"group mark in front of a record", set(2, "НЧСЛ", "<НЧСЛ"),
			values(brief{"SPF-101", "", 12, "", "<НЧСЛ"})},
		{"unknown form", set(0, "ПУ-3", "ПУ-5"), values(
			brief{"SPF-104", "/form", 10, "", "ПУ-5"}, brief{"SPF-102", "/form", 10, "", "ПУ-5"},
		)},
		{"other form", func([]string) []string { return []string{pu1Record} },
			values(brief{"SPF-104", "/form", 10, "", "ПУ-1"})},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			got := read(t, encode(t, packOf3(c.change), format.Windows1251))
			require.Empty(t, got.faults)
			require.Len(t, got.packs, 1)
			require.Len(t, got.docs, 3)
			require.Equal(t, c.want, briefs(got.docs[1].Faults))
			for _, i := range []int{0, 2} {
				want := pu3Document()
				want.No = i + 1
				require.Equal(t, want, bare(got.docs[i]))
			}
		})
	}
}

func TestFaultsOfTheWholePack(t *testing.T) {
	t.Parallel()
	cases := []struct {
		name     string
		from, to string
		want     []brief
		docs     int
	}{
		{"unknown version", "1.5", "2.0", values(brief{"SPF-008", "/version", 1, "", "2.0"}), 0},
		{"version missing", "ЗГЛВ=1.5=\r\n", "", values(brief{"SPF-101", "/version", 1, "", "ПАЧК"}), 1},
		{"head field missing", "00001= = =", "00001= =",
			values(brief{"SPF-103", "", 2, "", "6"}), 1},
		{"several forms declared", "= =1=", "= =2=", values(brief{"SPF-104", "/form", 2, "", "2"}), 1},
		{"forms missing", "ТИПД=ПУ-3=1=2400,00=0,00=24,00=24,00=>\r\n", "",
			values(brief{"SPF-101", "/form", 2, "", ""}), 1},
		{"forms with too few fields", "24,00=24,00=>", "24,00=>",
			values(brief{"SPF-103", "/declared", 3, "", "5"}), 1},
		{"number of documents", "ПУ-3=1=", "ПУ-3=one=",
			values(brief{"SPF-111", "/declared/documents", 3, "", "one"}), 1},
		{"sum", "2400,00=0,00=24,00=24,00=>", "2400,00=0,00=24,00=24;00=>",
			values(brief{"SPF-111", "/declared/totals/paid", 3, "", "24;00"}), 1},
		{"pack missing", "<ПАЧК=200988541=602000017=ООО ВАСИЛЁК=00001= = =1=\r\n" +
			"ТИПД=ПУ-3=1=2400,00=0,00=24,00=24,00=>\r\n", "",
			values(brief{"SPF-101", "", 2, "", "ПУ-3"}), 1},
		{"unknown record", "<ПУ-3", "ХХХХ=1=\r\nХХХХ=2=\r\n<ПУ-3",
			values(brief{"SPF-102", "", 4, "", "ХХХХ"}), 1},
		{"two forms", "<ПУ-3", "ТИПД=ПУ-1=1= = = =\r\n<ПУ-3",
			values(brief{"SPF-104", "/form", 4, "", "ПУ-1=1= = = ="}), 1},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			require.Contains(t, string(pu3), c.from)
			got := read(t, bytes.Replace(pu3, []byte(c.from), []byte(c.to), 1))
			require.Equal(t, c.want, briefsOf(got.faults))
			require.Len(t, got.docs, c.docs)
		})
	}
}

func TestTruncatedFileIsNotAShorterOne(t *testing.T) {
	t.Parallel()
	for cut := len(pu3) - len(">\r\n"); cut > bytes.Index(pu3, []byte("<ПУ-3=И")); cut-- {
		got := read(t, bytes.ToValidUTF8(pu3[:cut], nil))
		faults := len(got.faults)
		for _, d := range got.docs {
			faults += len(d.Faults)
		}
		require.Positive(t, faults, "cut at byte %d", cut)
	}
}

// Amounts before 1 July 2016 are whole old rubles: 10 000 of them are one of today's.
func TestOldRubles(t *testing.T) {
	t.Parallel()
	file := func(year, packSum, sum, month1, month2 string) []byte {
		return lines(
			"ЗГЛВ=1.5=",
			"<ПАЧК=200988541=602000017=ООО=1= = =1=",
			"ТИПД=ПУ-3=1="+packSum+"=0=0=0=>",
			"<ПУ-3=И=602000017=3270287A012PB2=ИВАНОВ=И=П=01= = = = ="+sum+
				"=0=0=0=2=0=12/04/2016=1="+year+"=172000000=",
			"НЧСЛ=1="+month1+"=0=0=0=1=",
			"НЧСЛ=2="+month2+"=0=0=0=1=>",
		)
	}
	got := read(t, file("2015", "10000100", "10000100", "5000050", "5000050"))
	require.Empty(t, got.faults)
	d := got.docs[0].Data
	require.Equal(t, rub("500.01"), d.Months[0].Earnings, "half a kopeck goes up")
	require.Equal(t, rub("1000.02"), d.Declared.Earnings, "a head that balances stays balanced")
	require.Nil(t, got.packs[0].Declared.Totals)
	require.Equal(t, document.UnreadField{Pointer: "/declared/totals/earnings", Value: "10000100"},
		got.packs[0].Unread[0])
	require.Equal(t, []format.RepairKind{format.RepairOldRubles}, got.repairs)

	got = read(t, file("2015", "10000100", "10000000", "5000050", "5000050"))
	require.Equal(t, rub("1000"), got.docs[0].Data.Declared.Earnings, "a difference stays one")

	got = read(t, file("2015", "99", "10000100", "5000050", "5000050"))
	require.Equal(t, []brief{{"SPF-302", "/declared/totals/earnings", 3, "", "99"}},
		briefsOf(got.faults), "the pack is compared in old rubles")

	for name, b := range map[string][]byte{
		"decimals are new rubles":   file("2015", "1000,02", "1000,02", "500,01", "500,01"),
		"new rubles from July 2016": file("2017", "1000", "1000", "500", "500"),
	} {
		got = read(t, b)
		require.Empty(t, got.repairs, name)
		require.NotNil(t, got.packs[0].Declared.Totals, name)
		require.GreaterOrEqual(t, got.docs[0].Data.Months[0].Earnings, rub("500"), name)
	}
}

func TestLimitsOfADocument(t *testing.T) {
	t.Parallel()
	records := []string{"<ПУ-2=И=602000017= = =9=1=12/04/2018=1=2018="}
	for range 20 {
		records = append(records, "ДВИЖ=broken=")
	}
	b := lines(append([]string{
		"ЗГЛВ=1.4=", "<ПАЧК=200988541=602000017=ООО=1= = =1=", "ТИПД=ПУ-2=1= = = =>",
	}, append(records, ">")...)...)
	f, err := format.Open(bytes.NewReader(b), "", format.Limits{Records: 10, Faults: 5})
	require.NoError(t, err)
	got := readFile(t, f)
	require.Len(t, got.docs[0].Movements, 10)
	require.Len(t, got.docs[0].Faults, 5)

	for _, source := range []format.Source{bytes.NewReader(pu3),
		resident{bytes.NewReader(pu3), pu3}} {
		f, err = format.Open(source, "", format.Limits{LineBytes: 100})
		require.NoError(t, err)
		got = readFile(t, f)
		require.Equal(t, []brief{{"SPF-003", "", 4, "", ""}}, briefsOf(got.faults))
		require.Empty(t, got.docs)
	}
}

func TestItemsStopsAndCanBeRepeated(t *testing.T) {
	t.Parallel()
	f, err := format.Open(bytes.NewReader(pu3), "", format.Limits{})
	require.NoError(t, err)
	for item, err := range f.Items(t.Context()) {
		require.NoError(t, err)
		require.NotNil(t, item.Pack)
		break
	}
	require.Len(t, readFile(t, f).docs, 1)
	require.Len(t, readFile(t, f).docs, 1)

	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	f, err = format.Open(bytes.NewReader(bytes.Repeat(pu3, 200)), "", format.Limits{})
	require.NoError(t, err)
	var last error
	for _, err := range f.Items(ctx) {
		last = err
	}
	require.ErrorIs(t, last, context.Canceled)
}
