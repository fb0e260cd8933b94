package format_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/stazh/stazh/commands/intake/document"
	"github.com/stazh/stazh/commands/intake/format"
)

const csvHead = "УНП;УННФ;Плательщик;Тип;Год;Квартал;Дата заполнения;Телефон;Страховой номер;" +
	"Фамилия;Инициал имени;Инициал отчества;Категория;Месяц;Выплаты;Пособия;Взносы;Уплачено;Тариф;" +
	"Стаж с;Стаж по"

func csvRow(month, amounts, service string) string {
	return "200988541;602000017;ООО Василёк;И;2018;1;12.04.2018;172000000;" +
		"3270287A012PB2;Иванов;И;П;01;" +
		month + ";" + amounts + ";1;" + service
}

// csvDocument is pu3Document as a table has it: nothing is declared.
func csvDocument() *document.Document {
	d := pu3Document()
	d.Data.Declared, d.Data.DeclaredMonths, d.Data.DeclaredService = nil, -1, -1
	return d
}

func csvFile(change func(l []string)) []byte {
	l := []string{
		csvHead,
		csvRow("1", "800,00;0;8,00;8,00", "01.01.2018;31.03.2018"),
		csvRow("2", "800,00;0;8,00;8,00", ";"),
		csvRow("3", "800,00;0;8,00;8,00", ";"),
	}
	if change != nil {
		change(l)
	}
	return lines(l...)
}

// What spreadsheets do to a table and what users write into it, meaning the same.
func TestCSVLooseness(t *testing.T) {
	t.Parallel()
	all := func(from, to string) []byte {
		return []byte(strings.ReplaceAll(string(csvFile(nil)), from, to))
	}
	quoteLines := func(b []byte) []byte {
		l := strings.Split(strings.TrimSpace(string(b)), "\r\n")
		for i := range l {
			l[i] = `"` + strings.ReplaceAll(l[i], `"`, `""`) + `"`
		}
		return lines(l...)
	}
	quoted := strings.ReplaceAll(string(csvFile(nil)), "800,00", `"800,00"`)
	cases := []struct {
		name    string
		file    []byte
		repairs []format.RepairKind
	}{
		{"as is", csvFile(nil), nil},
		{"tabs", all(";", "\t"), nil},
		{"commas and points", []byte(strings.ReplaceAll(strings.ReplaceAll(
			string(csvFile(nil)), ",", "."), ";", ",")), nil},
		{"quoted cells", []byte(quoted), nil},
		{"separator line", append([]byte("sep=;\r\n"), csvFile(nil)...), nil},
		{"trailing blank rows", append(csvFile(nil), strings.Repeat(";;;;;;;;\r\n", 3)...), nil},
		{"trailing separators", all("\r\n", ";;\r\n"), nil},
		{"whole lines in quotes", quoteLines(csvFile(nil)),
			[]format.RepairKind{format.RepairQuotedLines}},
		{"dates with slashes", all("12.04.2018", "12/04/2018"), nil},
		{"ISO dates", all("12.04.2018", "2018-04-12"), nil},
		{"short dates", all("12.04.2018", "12.4.2018"), nil},
		{"lost zeros", all(";П;01;", ";П;1;"), []format.RepairKind{format.RepairLeadingZeros}},
		{"text marks", all(";602000017;", `;="602000017";`), []format.RepairKind{format.RepairTextMark}},
		{"apostrophe", all(";П;01;", ";П;'01;"), []format.RepairKind{format.RepairTextMark}},
		{"spaces in amounts", all("800,00", " 800,00 "), nil},
		{"English names", []byte(strings.Replace(string(csvFile(nil)), csvHead,
			"unp;fund_no;payer_name;type;year;quarters;filled_on;phone;insurance_no;surname;initial;"+
				"initial2;category;month;earnings;benefits;contributions;paid;tariff;service_from;"+
				"service_to", 1)), nil},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			got := read(t, c.file)
			require.Empty(t, got.faults)
			require.Equal(t, c.repairs, got.repairs)
			require.Len(t, got.docs, 1)
			require.Equal(t, csvDocument(), bare(got.docs[0]))
			require.Equal(t, &document.Pack{
				Form: document.PU3, UNP: "200988541", FundNo: "602000017", Name: "ООО ВАСИЛЁК",
			}, barePack(got.packs[0]))
		})
	}
}

func TestCSVPlacesAndGroups(t *testing.T) {
	t.Parallel()
	// Row 5 is another person, row 6 the same with blank head cells, row 7 another payer.
	file := append(csvFile(nil), lines(
		strings.Replace(csvRow("1", "1 250,50;0;12,51;12,51", ";"),
			"3270287A012PB2", "3041088A042PB2", 1),
		";;;;;;;;;;;;;2;\u00a01\u00a0250,50;;;;1;;",
		strings.Replace(csvRow("1", "1;0;0;0", ";"), "200988541", "КЕ7810709", 1),
	)...)
	got := read(t, file)
	require.Empty(t, got.faults)
	require.Len(t, got.docs, 3)
	require.Len(t, got.packs, 2)
	require.Equal(t, "KE7810709", got.packs[1].UNP)
	require.Equal(t, 1, got.docs[2].Pack)
	d := got.docs[1]
	require.Empty(t, d.Faults)
	require.Equal(t, rub("1250.50"), d.Data.Months[1].Earnings)
	require.Equal(t, 5, d.Locate("/individual_data/category").Line)
	require.Equal(t, 6, d.Locate("/individual_data/months/1/earnings").Line)
	require.Equal(t, 7, got.packs[1].Locate("/unp").Line)
	require.Contains(t, got.repairs, format.RepairAmountSpaces)
	require.Contains(t, got.repairs, format.RepairIdentifier)
}

func TestCSVFaults(t *testing.T) {
	t.Parallel()
	row := func(from, to string) func([]string) {
		return func(l []string) { l[2] = strings.Replace(l[2], from, to, 1) }
	}
	m1 := "/individual_data/months/1"
	cases := []struct {
		name   string
		change func([]string)
		want   []brief
	}{
		{"formula", row("800,00", "=A1*2"), values(brief{"SPF-112", m1 + "/earnings", 3, "", "=A1*2"})},
		{"plus in front", row("800,00", "+800"),
			values(brief{"SPF-112", m1 + "/earnings", 3, "", "+800"})},
		{"scientific", row("800,00", "8E+02"),
			values(brief{"SPF-111", m1 + "/earnings", 3, "", "8E+02"})},
		{"thousands with a comma", row("800,00", `"1,800.00"`),
			values(brief{"SPF-111", m1 + "/earnings", 3, "", "1,800.00"})},
		{"month", row(";2;800", ";0;800"), values(brief{"SPF-111", m1 + "/month", 3, "", "0"})},
		{"date", row("12.04.2018", "31.04.2018"),
			values(brief{"SPF-111", "/filled_on", 3, "", "31.04.2018"})},
		{"contradiction", row(";1;12", ";2;12"), values(brief{"SPF-111", "/quarters", 3, "", "2"})},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			got := read(t, csvFile(c.change))
			require.Empty(t, got.faults)
			require.Len(t, got.docs, 1)
			require.Equal(t, c.want, briefs(got.docs[0].Faults))
		})
	}
}

func TestCSVQuotesOverLines(t *testing.T) {
	t.Parallel()
	head := "УНП;Форма;Тип;Фамилия;Пол;Дата рождения;Адрес\r\n"
	got := read(t, []byte(head+
		"200988541;ПУ-1;Р;А;М;01.02.1990;\"УЛ. ЛЕСНАЯ, 1\r\nКВ. \"\"2\"\"\"\r\n"+
		"200988541;ПУ-1;Р;\"Б;М;01.02.1990;X\r\n"+
		"200988541;ПУ-1;Р;В;М;01.02.1990;Y\r\n"))
	require.Len(t, got.docs, 3)
	require.Equal(t, "УЛ. ЛЕСНАЯ, 1\nКВ. \"2\"", got.docs[0].Registration.Address)
	require.Equal(t, []brief{{"SPF-103", "", 4, "", ""}}, briefs(got.docs[1].Faults))
	require.Empty(t, got.docs[2].Faults)
	require.Equal(t, "В", got.docs[2].Registration.Surname)
	require.Equal(t, 5, got.docs[2].Locate("").Line)
}

func TestCSVUnknownHeaderAndColumns(t *testing.T) {
	t.Parallel()
	got := read(t, []byte("просто;текст\r\nбез;таблицы\r\n"))
	require.Equal(t, "SPF-102", got.faults[0].Code)
	require.Equal(t, 1, got.faults[0].Place.Line)
	require.Empty(t, got.docs)

	got = read(t, []byte("УНП;Месяц;Выплаты;Заметка\r\n200988541;1;5;важно;лишнее\r\n"))
	require.Equal(t, []document.UnreadField{
		{Pointer: "/Заметка", Value: "важно"}, {Pointer: "/E2", Value: "лишнее"},
	}, got.docs[0].Unread)

	got = read(t, []byte("Форма;УНП;Тип\r\nПУ-9;200988541;И\r\nПУ-8;200988541;И\r\n"))
	require.Len(t, got.docs, 2)
	for i, d := range got.docs {
		require.Equal(t, []brief{{"SPF-102", "/form", i + 2, "", string(d.Form)}}, briefs(d.Faults))
	}
}

func TestPaymentsNamePayersOnly(t *testing.T) {
	t.Parallel()
	got := read(t, []byte("Номер платежа;УНП;Дата платежа;Сумма;Месяц;Вид платежа;"+
		"Назначение платежа\r\n"+
		"17;200988541;05.04.2018;1 234,56;03.2018;pension;взносы за март\r\n"+
		"18;КЕ7810709;2018-04-06;10;2018-03;;\r\n"))
	require.Empty(t, got.faults)
	require.Len(t, got.packs, 1)
	require.Empty(t, got.packs[0].UNP)
	require.Equal(t, document.Payments, got.packs[0].Form)
	require.Len(t, got.docs, 2)
	p := got.docs[0].Payment
	require.Equal(t, "200988541 1234.56 2018-03 pension взносы за март",
		fmt.Sprint(p.PayerUNP, " ", p.Amount, " ", p.Month, " ", p.Kind, " ", p.Purpose))
	require.Equal(t, "KE7810709", got.docs[1].Payment.PayerUNP)
}
