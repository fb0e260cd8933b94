package format_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/stazh/stazh/commands/intake/document"
	"github.com/stazh/stazh/commands/intake/format"
)

// allFaults are those of the file and of its documents.
func allFaults(c content) []document.Fault {
	var list []document.Fault
	for _, f := range c.faults {
		list = append(list, *f)
	}
	for _, d := range c.docs {
		list = append(list, d.Faults...)
	}
	return list
}

func kindOf(t *testing.T, c content, got string) document.GotKind {
	t.Helper()
	for _, f := range allFaults(c) {
		if f.Got == got {
			return f.GotKind
		}
	}
	require.Fail(t, "no such fault", "%q in %v", got, allFaults(c))
	return 0
}

func TestFaultsTellNamesAndPhrasesFromValues(t *testing.T) {
	t.Parallel()
	head := []string{"ЗГЛВ=1.5=", "<ПАЧК=200988541=602000017=ООО=1==1=", "ТИПД=ПУ-2=1=>",
		"<ПУ-2=И=602000017=375291234567=18/04/2018=1="}
	text := read(t, lines(append(head, "НЧСН=1=")...))
	require.Equal(t, document.GotName, kindOf(t, text, "НЧСН"))
	require.Equal(t, document.GotPhrase, kindOf(t, text, "the end of the file"))
	torn := read(t, lines(append(head, "ДВИЖ=КУЛЁМИН=П", "ЛЕСНАЯ=С=")...))
	require.Equal(t, document.GotValue, kindOf(t, torn, "ЛЕСНАЯ"), "the rest of a torn record")

	json := read(t, []byte(`{"pack":{"form":"ПУ-3"},"documents":[{"contributor":1,`+
		`"year":"двести","filled_on":"31/02/2018"}]}`))
	require.Equal(t, document.GotName, kindOf(t, json, "contributor"))
	require.Equal(t, document.GotValue, kindOf(t, json, "двести"))

	require.Equal(t, document.GotName, kindOf(t, read(t, []byte("фамилия;оклад\nА;1\n")),
		"фамилия;оклад"))
	require.Equal(t, document.GotValue, kindOf(t, read(t, []byte("КУЛЁМИН;ПЁТР\nА;1\n")),
		"КУЛЁМИН;ПЁТР"), "a table without a header")
}

func TestWhatIsExpectedFitsTheFormat(t *testing.T) {
	t.Parallel()
	expected := func(c content) (list []string) {
		for _, f := range allFaults(c) {
			list = append(list, f.Expected)
		}
		return list
	}
	json := read(t, []byte(`{"pack":{"form":"ПУ-3"},"documents":[{"filled_on":"31/02/2018",`+
		`"individual_data":{"months":[{"month":1,"earnings":"8OO"}]}}]}`))
	require.Equal(t, []string{"yyyy-mm-dd", `"1234.56"`}, expected(json))
	csv := read(t, []byte("type;year;filled_on;month;earnings\nИ;2018;31/02/2018;1;8OO\n"))
	require.Equal(t, []string{"dd/mm/yyyy", "1234,56"}, expected(csv))
}

func TestRepairsNameTheirFields(t *testing.T) {
	t.Parallel()
	var titles strings.Builder
	for i := range 30 {
		titles.WriteString(";графа" + strings.Repeat("а", i))
	}
	c := read(t, []byte("type;year;month;earnings;paid;Отдел"+titles.String()+
		"\nИ;2018;1;1 000,00;2 000,00;А\nИ;2018;2;1 000,00;;А\n"))
	fields := map[format.RepairKind][]string{}
	for _, r := range c.file.Repairs() {
		fields[r.Kind] = r.Fields
	}
	require.Equal(t, []string{"earnings", "paid"}, fields[format.RepairAmountSpaces])
	require.Equal(t, []string{"Отдел", "графа"}, fields[format.RepairUnknownColumn][:2])
	require.Len(t, fields[format.RepairUnknownColumn], 20, "a bounded list")
}
