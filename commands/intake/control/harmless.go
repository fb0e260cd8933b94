package control

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// cellErrors are what spreadsheets put into a cell whose formula failed, in capitals.
var cellErrors = wordSet("#NULL! #DIV/0! #VALUE! #REF! #NAME? #NUM! #N/A #SPILL! #CALC! " +
	"#GETTING_DATA #ПУСТО! #ДЕЛ/0! #ЗНАЧ! #ССЫЛКА! #ИМЯ? #ЧИСЛО! #Н/Д #ПЕРЕНОС! #ВЫЧИСЛ!")

// valueWords are words, in capitals, that people write beside amounts, dates and months.
// Some month names are first names too, so that a number must stand beside them.
var valueWords = wordSet("Г ГОД ГОДА КВ КВАРТАЛ КВАРТАЛА МЕС МЕСЯЦ " +
	"ЯНВ ФЕВ МАР АПР МАЙ МАЯ ИЮН ИЮЛ АВГ СЕН ОКТ НОЯ ДЕК " +
	"ЯНВАРЬ ФЕВРАЛЬ МАРТ АПРЕЛЬ ИЮНЬ ИЮЛЬ АВГУСТ СЕНТЯБРЬ ОКТЯБРЬ НОЯБРЬ ДЕКАБРЬ " +
	"ЯНВАРЯ ФЕВРАЛЯ МАРТА АПРЕЛЯ ИЮНЯ ИЮЛЯ АВГУСТА СЕНТЯБРЯ ОКТЯБРЯ НОЯБРЯ ДЕКАБРЯ " +
	"СТУДЗЕНЬ ЛЮТЫ САКАВІК КРАСАВІК ТРАВЕНЬ ЧЭРВЕНЬ ЛІПЕНЬ ЖНІВЕНЬ ВЕРАСЕНЬ КАСТРЫЧНІК " +
	"ЛІСТАПАД СНЕЖАНЬ СТУДЗЕНЯ ЛЮТАГА САКАВІКА КРАСАВІКА ТРАЎНЯ ЧЭРВЕНЯ ЛІПЕНЯ ЖНІЎНЯ " +
	"ВЕРАСНЯ КАСТРЫЧНІКА ЛІСТАПАДА СНЕЖНЯ " +
	"JAN FEB MAR APR MAY JUN JUL AUG SEP OCT NOV DEC JANUARY FEBRUARY MARCH APRIL JUNE " +
	"JULY AUGUST SEPTEMBER OCTOBER NOVEMBER DECEMBER " +
	"РУБ РУБЛЬ РУБЛЯ РУБЛЕЙ КОП КОПЕЕК КАП БЕЛ ТЫС BYN BYR BR RUB EUR USD E Е")

// emptyWords are ways to say that there is no value, in capitals.
var emptyWords = wordSet("НЕТ НЯМА NO NONE NULL NIL NAN TRUE FALSE ДА ПУСТО EMPTY INF INFINITY")

func wordSet(list string) map[string]bool {
	set := map[string]bool{}
	for _, word := range strings.Fields(list) {
		set[word] = true
	}
	return set
}

// valueFields are amounts, dates and counts that tell nothing of a person by themselves.
// Birth dates and dates of identity documents are not among them.
var valueFields = wordSet("amount benefits booked_on contract_date contributions " +
	"declared_months declared_movements declared_service dismissed_on documents earnings " +
	"filled_on from hired_on month paid quarters to value_date year")

// harmless tells whether a text in a field of an amount, date or count consists of
// numbers and the words that go with them, or says that there is no value.
func harmless(pointer, text string) bool {
	if !valueFields[lastPart(pointer)] || utf8.RuneCountInString(text) > recordLength {
		return false
	}
	number := strings.ContainsFunc(text, unicode.IsDigit)
	text = strings.ToUpper(text)
	words := strings.FieldsFunc(text, func(r rune) bool { return !unicode.IsLetter(r) })
	for _, word := range words {
		if !(number && valueWords[word]) && !emptyWords[word] {
			return false
		}
	}
	return len(words) > 0
}

// isForm tells whether a text is the name of some form: ПУ-4.
func isForm(name string) bool {
	number, ok := strings.CutPrefix(name, "ПУ-")
	return ok && len(number) == 1 && digits(number)
}

// nameSeparator stands between the titles of a header row.
const nameSeparator = ";"

// shownNames shows names of records, columns and fields. A name that has digits or is long
// may be a value that slipped there.
func shownNames(list string) string {
	names := strings.Split(list, nameSeparator)
	for i, name := range names {
		if !plainName(name) {
			names[i] = shortMask(name)
		}
	}
	return strings.Join(names, nameSeparator)
}

func shortMask(s string) string { return shorten(shownStructure(shorten(s))) }

// plainName tells whether a name consists of letters and the signs of names only.
func plainName(name string) bool {
	name = strings.Trim(name, "<> ")
	if isForm(name) || strings.Contains(records, " "+name+" ") {
		return true
	}
	return utf8.RuneCountInString(name) <= recordLength &&
		!strings.ContainsFunc(name, func(r rune) bool {
			return !unicode.IsLetter(r) && !strings.ContainsRune(" _-./()№", r)
		})
}
