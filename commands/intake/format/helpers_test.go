package format_test

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/text/encoding/charmap"

	"github.com/stazh/stazh/commands/intake/document"
	"github.com/stazh/stazh/commands/intake/format"
	"github.com/stazh/stazh/ledger/money"
	"github.com/stazh/stazh/ledger/period"
)

// content is all that a file yields.
type content struct {
	packs   []*document.Pack
	docs    []*document.Document
	faults  []*document.Fault
	repairs []format.RepairKind
	file    *format.File
}

// read opens and reads a file that is not refused: as it comes, and as it lies in memory,
// which must make no difference.
func read(t testing.TB, b []byte) content {
	t.Helper()
	f, err := format.Open(bytes.NewReader(b), "", format.Limits{})
	require.NoError(t, err)
	c := readFile(t, f)
	before := bytes.Clone(b)
	f, err = format.Open(resident{bytes.NewReader(b), b}, "", format.Limits{})
	require.NoError(t, err)
	held := readFile(t, f)
	require.Equal(t, before, b, "the file is not the reader's to change")
	require.Equal(t, c.repairs, held.repairs)
	require.Equal(t, c.faults, held.faults)
	require.Len(t, held.packs, len(c.packs))
	for i, p := range c.packs {
		require.Equal(t, barePack(p), barePack(held.packs[i]))
	}
	require.Len(t, held.docs, len(c.docs))
	for i, d := range c.docs {
		require.Equal(t, bare(d), bare(held.docs[i]))
		require.Equal(t, d.Locate(""), held.docs[i].Locate(""))
	}
	return c
}

// resident is a file in memory.
type resident struct {
	*bytes.Reader
	content []byte
}

func (r resident) Resident() []byte { return r.content }

func readFile(t testing.TB, f *format.File) content {
	t.Helper()
	c := content{file: f}
	for item, err := range f.Items(t.Context()) {
		require.NoError(t, err)
		switch {
		case item.Pack != nil:
			c.packs = append(c.packs, item.Pack)
		case item.Document != nil:
			c.docs = append(c.docs, item.Document)
		default:
			require.NotNil(t, item.Fault)
			c.faults = append(c.faults, item.Fault)
		}
	}
	for _, r := range f.Repairs() {
		c.repairs = append(c.repairs, r.Kind)
	}
	return c
}

// refusal opens a file that is refused as a whole and gives the fault.
func refusal(t testing.TB, b []byte, limits format.Limits) *document.Fault {
	t.Helper()
	_, err := format.Open(bytes.NewReader(b), "", limits)
	require.Error(t, err)
	var f *document.Fault
	require.ErrorAs(t, err, &f)
	require.NotEmpty(t, f.Expected)
	return f
}

// lines joins records with CRLF.
func lines(l ...string) []byte { return []byte(strings.Join(l, "\r\n") + "\r\n") }

func encode(t testing.TB, b []byte, e format.Encoding) []byte {
	t.Helper()
	cm := map[format.Encoding]*charmap.Charmap{
		format.Windows1251: charmap.Windows1251, format.CP866: charmap.CodePage866,
	}[e]
	if cm == nil {
		return b
	}
	out, err := cm.NewEncoder().Bytes(b)
	require.NoError(t, err)
	return out
}

// brief is a fault as the tests compare it.
type brief struct {
	Code, Pointer string
	Line          int
	Cell          string
	Got           string
}

func briefs(faults []document.Fault) []brief {
	var list []brief
	for _, f := range faults {
		list = append(list, brief{f.Code, f.Pointer, f.Place.Line, f.Place.Cell, f.Got})
	}
	return list
}

func briefsOf(faults []*document.Fault) []brief {
	var list []brief
	for _, f := range faults {
		list = append(list, briefs([]document.Fault{*f})...)
	}
	return list
}

// bare takes off what depends on the source only.
func bare(d *document.Document) *document.Document {
	c := *d
	c.Locate = nil
	return &c
}

func barePack(p *document.Pack) *document.Pack {
	c := *p
	c.Locate = nil
	return &c
}

func rub(s string) money.Amount           { return money.MustParse(s) }
func day(s string) period.Date            { return period.MustDate(s) }
func seq[T any](l []T) func(func(T) bool) { return slices.Values(l) }

// pu3 is the invented pack that every reader must know.
var pu3 = lines(
	"ЗГЛВ=1.5=",
	"<ПАЧК=200988541=602000017=ООО ВАСИЛЁК=00001= = =1=",
	"ТИПД=ПУ-3=1=2400,00=0,00=24,00=24,00=>",
	"<ПУ-3=И=602000017=3270287A012PB2=ИВАНОВ=И=П=01= = = = =2400,00=0,00=24,00=24,00=3=1="+
		"12/04/2018=1=2018=172000000=",
	"НЧСЛ=1=800,00=0,00=8,00=8,00=1=",
	"НЧСЛ=2=800,00=0,00=8,00=8,00=1=",
	"НЧСЛ=3=800,00=0,00=8,00=8,00=1=",
	"СТАЖ=01/01/2018=31/03/2018= = = = =",
	">",
)

func pu3Document() *document.Document {
	month := func(n int) document.Month {
		return document.Month{Number: n, Tariff: "1", Totals: document.Totals{
			Earnings: rub("800"), Contributions: rub("8"), Paid: rub("8"),
		}}
	}
	return &document.Document{
		No: 1, Form: document.PU3, Type: "И", FundNo: "602000017", Phone: "172000000",
		FilledOn: day("2018-04-12"), Year: 2018, Quarters: "1",
		Data: &document.IndividualData{
			Names: document.Names{
				Surname: "ИВАНОВ", Initial: "И", Initial2: "П", Insurance: "3270287A012PB2",
			},
			Category: "01",
			Declared: &document.Totals{
				Earnings: rub("2400"), Contributions: rub("24"), Paid: rub("24"),
			},
			DeclaredMonths: 3, DeclaredService: 1,
			Months:  []document.Month{month(1), month(2), month(3)},
			Service: []document.Service{{From: day("2018-01-01"), To: day("2018-03-31")}},
		},
	}
}

func pu3Pack() *document.Pack {
	return &document.Pack{
		Version: "1.5", Form: document.PU3, UNP: "200988541", FundNo: "602000017",
		Name: "ООО ВАСИЛЁК", PackNo: "00001",
		Declared: &document.PackTotals{Documents: 1, Totals: &document.Totals{
			Earnings: rub("2400"), Contributions: rub("24"), Paid: rub("24"),
		}},
	}
}

func values(l ...brief) []brief { return l }
