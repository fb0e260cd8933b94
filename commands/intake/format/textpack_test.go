package format_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/stazh/stazh/commands/intake/document"
	"github.com/stazh/stazh/commands/intake/format"
)

func TestTextPackExampleInEveryEncodingAndLineEnd(t *testing.T) {
	t.Parallel()
	for _, enc := range []format.Encoding{format.UTF8, format.Windows1251, format.CP866} {
		for name, end := range map[string]string{"crlf": "\r\n", "lf": "\n", "cr": "\r"} {
			for _, bom := range []bool{false, true} {
				if bom && enc != format.UTF8 {
					continue
				}
				b := encode(t, bytes.ReplaceAll(pu3, []byte("\r\n"), []byte(end)), enc)
				if bom {
					b = append([]byte("\xEF\xBB\xBF"), b...)
				}
				c := read(t, b)
				require.Equal(t, enc, c.file.Encoding, name)
				require.Equal(t, format.TextPack, c.file.Format)
				require.Empty(t, c.faults)
				require.Empty(t, c.repairs)
				require.Equal(t, []*document.Pack{pu3Pack()}, []*document.Pack{barePack(c.packs[0])})
				require.Len(t, c.docs, 1)
				require.Equal(t, pu3Document(), bare(c.docs[0]))
				d := c.docs[0]
				require.Equal(t, 4, d.Locate("").Line)
				require.Equal(t, 4, d.Locate("/individual_data/declared/paid").Line)
				require.Equal(t, 6, d.Locate("/individual_data/months/1/earnings").Line)
				require.Equal(t, 8, d.Locate("/individual_data/service/0").Line)
				require.Equal(t, 4, d.Locate("/individual_data/months/99/paid").Line)
				require.Equal(t, 1, c.packs[0].Locate("/version").Line)
				require.Equal(t, 2, c.packs[0].Locate("/unp").Line)
				require.Equal(t, 3, c.packs[0].Locate("/declared/documents").Line)
			}
		}
	}
}

const pu1Record = "<ПУ-1=Р=602000017=ИВАНОВ=ПЁТР=ИЛЬИЧ=М=112=02/07/1987=Г. МИНСК= = =112=" +
	"МР=1234567=01/02/2015=ФРУНЗЕНСКИМ РУВД=3020787A012PB1=220000=УЛ. ЛЕСНАЯ, 1=" +
	"172000000= =12/04/2018= = = = = =>"

func pu1Document() *document.Document {
	return &document.Document{
		No: 1, Form: document.PU1, Type: "Р", FundNo: "602000017", FilledOn: day("2018-04-12"),
		Registration: &document.Registration{PersonalData: document.PersonalData{
			PersonalNo: "3020787A012PB1", Surname: "ИВАНОВ", Name: "ПЁТР", Patronymic: "ИЛЬИЧ",
			Sex: "М", Citizenship: "112", BirthDate: day("1987-07-02"),
			BirthSettlement: "Г. МИНСК", BirthCountry: "112", DocumentSeries: "МР",
			DocumentNo: "1234567", DocumentDate: day("2015-02-01"),
			DocumentIssuer: "ФРУНЗЕНСКИМ РУВД", Postcode: "220000", Address: "УЛ. ЛЕСНАЯ, 1",
			Phone: "172000000",
		}},
	}
}

func pu2Document(typ string) *document.Document {
	return &document.Document{
		No: 1, Form: document.PU2, Type: typ, FundNo: "602000017", Phone: "172000000",
		FilledOn: day("2018-04-12"), Quarters: "12", Year: 2018, DeclaredMovements: 2,
		Movements: []document.Movement{
			{
				Names: document.Names{
					Surname: "ИВАНОВ", Initial: "П", Initial2: "И", Insurance: "3020787A012PB1",
				},
				HiredOn: day("2018-04-10"), Contract: "01",
			},
			{
				Names:       document.Names{Surname: "ЛИ", Initial: "С", Insurance: "4020787A012PB1"},
				DismissedOn: day("2018-04-11"), Reason: "35",
			},
		},
	}
}

// Every version with every layout of the head that its writers produce.
func TestTextPackVersions(t *testing.T) {
	t.Parallel()
	pu2Records := []string{
		"<ПУ-2=И=602000017= = =2=172000000=12/04/2018=12=2018=",
		"ДВИЖ=ИВАНОВ=П=И=3020787A012PB1=10/04/2018=01= = = =",
		"ДВИЖ=ЛИ=С= =4020787A012PB1= = =11/04/2018= =35=>",
	}
	type layout struct {
		name, version, form, packNo, forms string
		records                            []string
		want                               *document.Document
		firstLine                          int
	}
	fileName := "PU1_602000017_200988541_0_7_20230115120000"
	swapped := "PU1_200988541_602000017_0_7_20230115120000"
	cases := []layout{
		{"1.3 ПУ-1", "1.3", "ПУ-1", "1", "ТИПД=ПУ-1=1= = = =>", values1(pu1Record), pu1Document(), 4},
		{"1.4 ПУ-1", "1.4", "ПУ-1", "1", "ТИПД=ПУ-1=1= = = =>", values1(pu1Record), pu1Document(), 4},
		{"1.3 ПУ-2", "1.3", "ПУ-2", "1", "ТИПД=ПУ-2=1= = = =>", pu2Records, pu2Document("И"), 4},
		{"1.4 ПУ-2", "1.4", "ПУ-2", "1", "ТИПД=ПУ-2=1=  ==   =>", pu2Records, pu2Document("И"), 4},
		{"1.7 ПУ-1", "1.7", "ПУ-1", fileName, "ТИПД=ПУ-1=1= = = = =>",
			values1(pu1Record), pu1Document(), 4},
		{"1.7 swapped name", "1.7", "ПУ-1", swapped, "ТИПД=ПУ-1=1= = = = =>",
			values1(pu1Record), pu1Document(), 4},
		{"1.6 ПУ-1", "1.6", "ПУ-1", "1", "ТИПД=ПУ-1=1= = = = =>", values1(pu1Record), pu1Document(), 4},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			head := []string{
				"ЗГЛВ=" + c.version + "=",
				"<ПАЧК=200988541=602000017=ООО ВАСИЛЁК=" + c.packNo + "= = =1=",
				c.forms,
			}
			got := read(t, encode(t, lines(append(head, c.records...)...), format.Windows1251))
			require.Empty(t, got.faults)
			require.Empty(t, got.repairs)
			require.Equal(t, &document.Pack{
				Version: c.version, Form: document.Form(c.form), UNP: "200988541",
				FundNo: "602000017", Name: "ООО ВАСИЛЁК", PackNo: c.packNo,
				Declared: &document.PackTotals{Documents: 1},
			}, barePack(got.packs[0]))
			require.Len(t, got.docs, 1)
			require.Equal(t, c.want, bare(got.docs[0]))
			require.Equal(t, c.firstLine, got.docs[0].Locate("").Line)
			for i := range c.want.Movements {
				require.Equal(t, c.firstLine+1+i, got.docs[0].Locate(
					"/movements/"+string(rune('0'+i))+"/surname").Line)
			}
		})
	}
}

func values1(s ...string) []string { return s }

func TestOlderWritersTypeIsOriginal(t *testing.T) {
	t.Parallel()
	c := read(t, lines(
		"ЗГЛВ=1.3=", "<ПАЧК=200988541=602000017=ООО=1= = =1=", "ТИПД=ПУ-2=1= = = =>",
		"<ПУ-2=Р=602000017= = =1=172000000=12/04/2018= =2018=",
		"ДВИЖ=ИВАНОВ=П=И=3020787A012PB1=10/04/2018=01= = = =", ">",
	))
	require.Empty(t, c.faults)
	require.Empty(t, c.docs[0].Faults)
	require.Equal(t, "И", c.docs[0].Type)
	require.Empty(t, c.docs[0].Quarters)
	require.Equal(t, []format.RepairKind{format.RepairOlderType}, c.repairs)
}

// All that real writers do differently and that means the same.
func TestTextPackLooseness(t *testing.T) {
	t.Parallel()
	plain := strings.Split(strings.TrimSpace(string(pu3)), "\r\n")
	change := func(f func(l []string) []string) []byte {
		return lines(f(append([]string(nil), plain...))...)
	}
	replace := func(from, to string) []byte {
		return bytes.Replace(pu3, []byte(from), []byte(to), 1)
	}
	cases := []struct {
		name    string
		file    []byte
		repairs []format.RepairKind
	}{
		{"blank lines and end of file mark",
			append(append([]byte("\r\n\r\n"), pu3...), "\r\n\r\n\x1A"...), nil},
		{"leading spaces", change(func(l []string) []string {
			for i := range l {
				l[i] = "   " + l[i]
			}
			return l
		}), nil},
		{"group ends behind the last record", change(func(l []string) []string {
			l[7] += ">"
			return l[:8]
		}), nil},
		{"group ends with a space before the mark", change(func(l []string) []string {
			l[7] += " >"
			return l[:8]
		}), nil},
		{"pack head closed on a line of its own", change(func(l []string) []string {
			l[2] = strings.TrimSuffix(l[2], ">")
			return append(l[:3:3], append([]string{">"}, l[3:]...)...)
		}), nil},
		{"group opens on a line of its own", change(func(l []string) []string {
			l[3] = strings.TrimPrefix(l[3], "<")
			return append(l[:3:3], append([]string{"<"}, l[3:]...)...)
		}), nil},
		{"end line", append(bytes.Clone(pu3), "___КОНЕЦ 1 ПАЧКИ\r\n"...), nil},
		{"end line in English", append(bytes.Clone(pu3), "___END 1 ПАЧКИ\r\n\r\n"...), nil},
		{"empty blanks", bytes.ReplaceAll(pu3, []byte("= ="), []byte("==")), nil},
		{"wide blanks", bytes.ReplaceAll(pu3, []byte("= ="), []byte("=    =")), nil},
		{"decimal points", bytes.ReplaceAll(pu3, []byte(",00"), []byte(".00")), nil},
		{"one decimal", bytes.ReplaceAll(pu3, []byte(",00"), []byte(",0")), nil},
		{"lower case", []byte(strings.ReplaceAll(string(pu3), "ИВАНОВ", "Иванов")), nil},
		{"lower case tag", replace("СТАЖ", "стаж"), nil},
		{"dates with points", replace("31/03/2018", "31.03.2018"),
			[]format.RepairKind{format.RepairDateForm}},
		{"last = missing", replace("8,00=1=\r\nНЧСЛ=2", "8,00=1\r\nНЧСЛ=2"),
			[]format.RepairKind{format.RepairFinalEquals}},
		{"group closed twice", append(bytes.Clone(pu3), ">\r\n"...),
			[]format.RepairKind{format.RepairGroupMark}},
		{"Cyrillic letters in numbers", replace("3270287A012PB2", "3270287А012РВ2"),
			[]format.RepairKind{format.RepairIdentifier}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			got := read(t, c.file)
			require.Empty(t, got.faults)
			require.Equal(t, c.repairs, got.repairs)
			require.Equal(t, pu3Pack(), barePack(got.packs[0]))
			require.Len(t, got.docs, 1)
			require.Empty(t, got.docs[0].Faults)
			require.Equal(t, pu3Document(), bare(got.docs[0]))
		})
	}
}

func TestSeveralPacksAndNominalHead(t *testing.T) {
	t.Parallel()
	nominal := bytes.Replace(pu3, []byte("ПУ-3=1=2400,00=0,00=24,00=24,00"),
		[]byte("ПУ-3=1=0,00=0,00=0,00=0,00"), 1)
	file := append(append(bytes.Clone(pu3), "___КОНЕЦ 1 ПАЧКИ\r\n"...), nominal...)
	// The second document of the last pack shows that the head is nominal.
	second := bytes.SplitAfterN(nominal, []byte(">\r\n"), 2)[1]
	file = append(append(file, second...), 0x1A)
	c := read(t, file)
	require.Empty(t, c.faults)
	require.Len(t, c.packs, 2)
	require.Len(t, c.docs, 3)
	require.False(t, c.packs[0].Declared.Nominal)
	require.True(t, c.packs[1].Declared.Nominal)
	require.Equal(t, 1, c.packs[1].Index)
	for i, want := range []struct{ no, pack, line int }{{1, 0, 4}, {2, 1, 14}, {3, 1, 20}} {
		require.Equal(t, want.no, c.docs[i].No)
		require.Equal(t, want.pack, c.docs[i].Pack)
		require.Equal(t, want.line, c.docs[i].Locate("").Line)
	}
}

func TestUnknownFieldsAreKept(t *testing.T) {
	t.Parallel()
	c := read(t, lines(
		"ЗГЛВ=1.4=", "<ПАЧК=200988541=602000017=ООО=1=01= =1=", "ТИПД=ПУ-2=1= = = =>",
		"<ПУ-2=И=602000017=7= =1=172000000=12/04/2018=1=2018=",
		"ДВИЖ=ИВАНОВ=П=И=3020787A012PB1=10/04/2018=01= =x= =>",
	))
	require.Empty(t, c.faults)
	require.Equal(t, []document.UnreadField{{Pointer: "/field_5", Value: "01"}}, c.packs[0].Unread)
	require.Equal(t, []document.UnreadField{
		{Pointer: "/field_3", Value: "7"}, {Pointer: "/movements/0/field_8", Value: "x"},
	}, c.docs[0].Unread)
}

func TestPU6(t *testing.T) {
	t.Parallel()
	text := lines(
		"ЗГЛВ=1.5=",
		"<ПАЧК=200988541=602000017=ООО=00001=И=1=2018=100,00=9,00=8,00=1=100,00=100,00=0,00=0,00=>",
		"<ПУ-6=И=602000017=3270287A012PB2=ИВАНОВ=И=П=9,0= =100,00=9,00=8,00=1=1=12/04/2018=1=2018=1=",
		"НЧСЛ=1=100,00=9,00= =",
		"СТАЖ=01/01/2018=31/01/2018=1=2=3= = =4=ТЕКСТИЛЬ=5=6=7=1,00=>",
	)
	c := read(t, text)
	require.Empty(t, c.faults)
	require.Equal(t, &document.Pack{Version: "1.5", Form: document.PU6, UNP: "200988541",
		FundNo: "602000017", Name: "ООО", PackNo: "00001", Type: "И", Quarters: "1", Year: 2018,
		Declared: &document.PackTotals{Documents: -1, Totals: &document.Totals{
			Earnings: 100_00, Contributions: 9_00, Paid: 8_00}},
		Unread: []document.UnreadField{{Pointer: "/field_11", Value: "1"},
			{Pointer: "/field_12", Value: "100,00"}, {Pointer: "/field_13", Value: "100,00"},
			{Pointer: "/field_14", Value: "0,00"}, {Pointer: "/field_15", Value: "0,00"}},
	}, barePack(c.packs[0]))
	require.Len(t, c.docs, 1)
	require.Empty(t, c.docs[0].Faults)
	require.Equal(t, 5, c.docs[0].Locate("/individual_data/occupations/0/share").Line)
	d := c.docs[0].Data
	require.Equal(t, "9,0", d.HighestTariff)
	require.Equal(t, document.Totals{Earnings: 100_00, Contributions: 9_00, Paid: 8_00},
		c.docs[0].Sum())
	require.Equal(t, []document.Occupation{{From: day("2018-01-01"),
		To: day("2018-01-31"), Occupation: "1", SubCode: "2", DerivedCode: "3",
		Classifier: "4", Activity: "ТЕКСТИЛЬ", ListPosition: "5", TeamCode: "6",
		Indicator: "7", Share: "1,00"}}, d.Occupations)
	var b bytes.Buffer
	require.NoError(t, format.WriteText(&b, "1.5", format.UTF8, c.packs[0],
		seq(c.docs)))
	require.Equal(t, string(text), b.String())
}

// TestPU6InOldRubles: what only the head tells, the sum paid, is turned into new rubles too.
func TestPU6InOldRubles(t *testing.T) {
	t.Parallel()
	c := read(t, lines(
		"ЗГЛВ=1.5=",
		"<ПАЧК=200988541=602000017=ООО=00001=И=1=2015=5000000=450000=400000=1= = = = =>",
		"<ПУ-6=И=602000017=3270287A012PB2=ИВАНОВ=И=П=9= =5000000=450000=400000=1=0=12/04/2015=1=2015=1=",
		"НЧСЛ=1=5000000=450000= =>",
	))
	require.Empty(t, c.faults)
	require.Equal(t, document.Totals{Earnings: 500_00, Contributions: 45_00, Paid: 40_00},
		*c.docs[0].Data.Declared)
	require.Equal(t, c.docs[0].Sum(), *c.docs[0].Data.Declared)
}
