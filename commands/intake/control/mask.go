package control

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/stazh/stazh/commands/intake/document"
)

// dot stands for each character of personal data that is not shown.
const dot = "•"

// clearFields are the fields, by the last part of their pointer, whose values may be
// shown as they are. All others, new ones too, are taken for personal data.
var clearFields = func() map[string]bool {
	const names = "activity amount bank_ref benefits booked_on category citizenship classifier " +
		"contract contract_date contract_no contributions declared_months " +
		"declared_movements declared_service derived_code dismissed_on documents earnings " +
		"filled_on form from fund_no highest_tariff hired_on indicator indicator1 " +
		"indicator2 kind line lines list_position month months movements nominal occupation " +
		"occupations pack_no paid payer_unp quarters reason service sex share sub_code " +
		"tariff team_code to type unp value_date version year"
	fields := map[string]bool{}
	for _, name := range strings.Fields(names) {
		fields[name] = true
	}
	return fields
}()

// lastPart gives the field's own name of a JSON pointer.
func lastPart(pointer string) string { return pointer[strings.LastIndexByte(pointer, '/')+1:] }

// mask keeps the first and the last character of a text and replaces the others; of one
// or two characters it keeps none.
func mask(s string) string {
	n := utf8.RuneCountInString(s)
	if n < 3 {
		return strings.Repeat(dot, n)
	}
	_, first := utf8.DecodeRuneInString(s)
	_, last := utf8.DecodeLastRuneInString(s)
	return s[:first] + strings.Repeat(dot, n-2) + s[len(s)-last:]
}

const (
	// recordLength bounds what is shown of something that is no single value.
	recordLength = 40
	// strayLetters in a number or date suggest that columns are shifted and that this
	// is a name or a personal number; fewer are slips such as O for 0.
	strayLetters = 3
)

// shownFault gives what may be shown of a value that a reader could not use.
func shownFault(f *document.Fault) string {
	code, pointer, got := f.Code, f.Pointer, f.Got
	switch {
	case f.GotKind == document.GotPhrase || cellErrors[strings.ToUpper(got)]:
		return got
	case f.GotKind == document.GotName:
		return shownNames(got)
	case structural(code):
		return shownStructure(shorten(got))
	case code < "SPF-1" || code > "SPF-4":
		return shorten(got) // the pipeline's: hashes, receipts, codes of rules
	}
	if !clearFields[lastPart(pointer)] {
		return mask(got)
	}
	letters := 0
	for _, r := range got {
		if unicode.IsLetter(r) {
			letters++
		}
	}
	if harmless(pointer, got) {
		return got
	}
	if letters >= strayLetters || utf8.RuneCountInString(got) > recordLength {
		return shorten(mask(got))
	}
	return got
}

// records are the names of records and forms that the readers speak of.
const records = " ЗГЛВ ПАЧК ТИПД ПУ-1 ПУ-2 ПУ-3 ПУ-6 ДВИЖ НЧСЛ СТАЖ ПЛАТЕЖИ "

// countDigits is the length of a count of fields; longer digits may be somebody's number.
const countDigits = 3

// shownStructure gives counts and the names of known records as they are. Anything else
// may be a value that slipped there, and is masked.
func shownStructure(got string) string {
	name := strings.Trim(got, "<> ")
	isCount := digits(got) && len(got) <= countDigits
	if isCount || isForm(name) || (name != "" && strings.Contains(records, " "+name+" ")) {
		return got
	}
	return mask(got)
}

// shorten cuts what a reader found where it expected a structure. Such a text may be a
// whole record, so only what stands before its first field is kept.
func shorten(s string) string {
	if i := strings.IndexAny(s, "=;\t\r\n"); i >= 0 {
		s = s[:i]
	}
	if utf8.RuneCountInString(s) > recordLength {
		s = string([]rune(s)[:recordLength]) + "…"
	}
	return s
}
