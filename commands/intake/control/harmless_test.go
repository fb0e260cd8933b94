package control_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/stazh/stazh/commands/intake/control"
	"github.com/stazh/stazh/commands/intake/document"
)

// What cannot be personal data is shown, so that the user finds it; all else is masked.
func TestWhatFaultsShow(t *testing.T) {
	t.Parallel()
	const earnings = "/individual_data/months/0/earnings"
	long := strings.Repeat("а", 41)
	for _, c := range []struct {
		code, pointer, got string
		kind               document.GotKind
		want               string
	}{
		{"SPF-101", "", "the end of the file", document.GotPhrase, "the end of the file"},
		{"SPF-101", "", "the end of the file", document.GotValue, "t•••••••••••••••••e"},
		{"SPF-102", "", "НЧСН", document.GotName, "НЧСН"},
		{"SPF-102", "", "НЧСН", document.GotValue, "Н••Н"},
		{"SPF-102", "", "ПУ-4", document.GotValue, "ПУ-4"},
		{"SPF-102", "/contributor", "contributor", document.GotName, "contributor"},
		{"SPF-102", "", "Фамилия И.О.;оклад, " + known, document.GotName,
			"Фамилия И.О.;о•••••••••••••••••••2"},
		{"SPF-102", "", known, document.GotName, "3••••••••••••2"},
		{"SPF-102", "", long, document.GotName, mask41},
		{"SPF-111", earnings, "#DIV/0!", document.GotValue, "#DIV/0!"},
		{"SPF-111", "/individual_data/surname", "#ДЕЛ/0!", document.GotValue, "#ДЕЛ/0!"},
		{"SPF-111", earnings, "#КУЛЁМИН!", document.GotValue, "#•••••••!"},
		{"SPF-111", earnings, "800 руб. 50 коп.", document.GotValue, "800 руб. 50 коп."},
		{"SPF-111", earnings, "нет", document.GotValue, "нет"},
		{"SPF-111", earnings, "800 КУЛЁМИН", document.GotValue, "8•••••••••Н"},
		{"SPF-111", earnings, known, document.GotValue, "3••••••••••••2"},
		{"SPF-110", "/movements/0/hired_on", "31 марта 2018 г.", document.GotValue,
			"31 марта 2018 г."},
		{"SPF-110", "/movements/0/hired_on", "Марта", document.GotValue, "М•••а"},
		{"SPF-110", "/registration/birth_date", "31 марта 1988", document.GotValue,
			"3•••••••••••8"},
		{"SPF-110", "/registration/document_date", "31 марта 2013", document.GotValue,
			"3•••••••••••3"},
	} {
		w, d := newWorld(t), pu3()
		d.Faults = []document.Fault{{Code: c.code, Pointer: c.pointer, Got: c.got, GotKind: c.kind}}
		v := w.engine(t).Document(&w.facts, newPack(d.Form), d)
		i := 0
		for v.Findings[i].Code != c.code || v.Findings[i].Pointer != c.pointer {
			i++
		}
		require.Equal(t, c.want, v.Findings[i].Got, "%s %s %s", c.code, c.pointer, c.got)
	}
}

// mask41 is a masked name of more than 40 letters, cut.
var mask41 = "а" + strings.Repeat("•", 39) + "…"

func TestRepairTexts(t *testing.T) {
	t.Parallel()
	text := control.RepairText("amount_spaces", []string{"earnings", "declared_paid"})
	require.Equal(t, "Spaces between the thousands of an amount were taken out: “earnings”, “paid”.",
		text.EN)
	require.Equal(t, "Убраны пробелы между тысячами в сумме: «выплаты», «уплачено».", text.RU)
	require.Equal(t, "Прыбраны прабелы паміж тысячамі ў суме: «выплаты», «выплачана».", text.BE)
	text = control.RepairText("unknown_column", []string{"Отдел", known})
	require.Equal(t, "Графы не учтены: их названия неизвестны: «Отдел», «3••••••••••••2».", text.RU)
	require.Equal(t, "The sign = at the end of a record was added.",
		control.RepairText("final_equals", nil).EN)
	require.Equal(t, "A value was mended.", control.RepairText("new_kind", nil).EN)
}
