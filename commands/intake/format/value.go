package format

import (
	"bytes"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/stazh/stazh/commands/intake/document"
	"github.com/stazh/stazh/ledger/money"
	"github.com/stazh/stazh/ledger/period"
)

// What a reader says it expected where a value could not be read.
const (
	wantDate      = "dd/mm/yyyy"
	wantMonth     = "yyyy-mm"
	wantAmount    = "1234,56"
	wantDateJSON  = "yyyy-mm-dd"
	wantSumJSON   = `"1234.56"`
	wantNoFormula = "text without = + @ in front"
	wantBool      = "true | false"
	wantForm      = "ПУ-1 | ПУ-2 | ПУ-3 | 4-фонд | ПЛАТЕЖИ"
)

// problem says why a value was not read; the zero value means that it was.
type problem struct{ code, expected string }

// values reads single values. It is owned by one run of one reader.
type values struct {
	out *sink
	at  document.Place // of the current record, for the list of repairs
	// json is set for JSON, whose dates and amounts are written in other ways.
	json bool
	// field is the key of the value being read.
	field string
	// table is set for CSV and XLSX: spaces in amounts and lost zeros are mended there,
	// formulas refused.
	table bool
	// slashDates is set for text packs, where dates are dd/mm/yyyy.
	slashDates bool
	// date1904 is set for workbooks that count days from 1904.
	date1904 bool
	// decimals is set when an amount with decimals was read since it was last cleared.
	decimals bool
}

// repaired notes a repair of the value being read, mended one of the whole record.
func (v *values) repaired(k RepairKind) { v.out.repairs.note(k, v.at, v.field) }
func (v *values) mended(k RepairKind)   { v.out.repairs.note(k, v.at, "") }

// assign reads raw into the field at ptr; a blank leaves the field alone.
func (v *values) assign(ptr any, s *spec, raw []byte) problem {
	raw = trimBlank(raw)
	if len(raw) == 0 {
		return problem{}
	}
	v.field = s.key
	if v.table {
		var p problem
		if raw, p = v.cleanCell(s, raw); p.code != "" {
			return p
		}
	}
	switch to := ptr.(type) {
	case *string:
		*to = v.text(s, raw)
	case *money.Amount:
		a, ok := v.amount(raw)
		if !ok {
			return problem{codeNumber, v.want(wantAmount, wantSumJSON)}
		}
		*to = a
	case *period.Date:
		d, ok := v.date(raw)
		if !ok {
			return problem{codeDate, v.want(wantDate, wantDateJSON)}
		}
		*to = d
	case *period.Month:
		m, ok := parseMonth(raw)
		if !ok {
			return problem{codeDate, wantMonth}
		}
		*to = m
	case *int:
		n, ok := parseInt(raw, s)
		if !ok {
			return problem{codeNumber, s.wantInt()}
		}
		*to = n
	case *bool:
		switch string(raw) {
		case "true":
			*to = true
		case "false":
			*to = false
		default:
			return problem{codeNumber, wantBool}
		}
	}
	return problem{}
}

// want chooses how a value is written in JSON and elsewhere.
func (v *values) want(other, inJSON string) string {
	if v.json {
		return inJSON
	}
	return other
}

// cleanCell takes off what spreadsheets put around values and refuses formulas.
func (v *values) cleanCell(s *spec, raw []byte) ([]byte, problem) {
	switch {
	case len(raw) > 3 && bytes.HasPrefix(raw, []byte(`="`)) && raw[len(raw)-1] == '"' &&
		bytes.IndexByte(raw[2:len(raw)-1], '"') < 0:
		v.repaired(RepairTextMark)
		raw = trimBlank(raw[2 : len(raw)-1])
	case len(raw) > 1 && raw[0] == '\'' && raw[1] >= '0' && raw[1] <= '9':
		v.repaired(RepairTextMark)
		raw = raw[1:]
	case raw[0] == '+' && s.style == phoneText && len(raw) > 1 && isPhone(raw[1:]):
	case raw[0] == '=' || raw[0] == '+' || raw[0] == '@':
		return nil, problem{codeCharacter, wantNoFormula}
	}
	if s.pad > len(raw) && isDigits(raw) {
		v.repaired(RepairLeadingZeros)
		raw = append(bytes.Repeat([]byte{'0'}, s.pad-len(raw)), raw...)
	}
	return raw, problem{}
}

func (v *values) text(s *spec, raw []byte) string {
	switch s.style {
	case asFiled, phoneText:
		return string(raw)
	case formName:
		return string(formOf(raw))
	case identifier:
		id, changed := latinIdentifier(v.upper(raw))
		if changed {
			v.repaired(RepairIdentifier)
		}
		return id
	}
	return v.upper(raw)
}

// amount reads whole rubles or up to two decimals after a comma or point.
func (v *values) amount(raw []byte) (money.Amount, bool) {
	negative := raw[0] == '-'
	if negative {
		raw = raw[1:]
	}
	var n int64
	digits, decimals := 0, -1
	spaced := false
	for i := 0; i < len(raw); i++ {
		c := raw[i]
		switch {
		case c >= '0' && c <= '9':
			if n > int64(money.Max)/10 {
				return 0, false
			}
			n = n*10 + int64(c-'0')
			if decimals >= 0 {
				decimals++
			} else {
				digits++
			}
		case (c == ',' || c == '.') && decimals < 0 && digits > 0:
			decimals = 0
		default:
			size := blankAt(raw[i:])
			if size == 0 || !v.table || decimals >= 0 || digits == 0 {
				return 0, false
			}
			i += size - 1
			spaced = true
		}
	}
	if digits == 0 || decimals == 0 || decimals > 2 {
		return 0, false
	}
	if spaced {
		v.repaired(RepairAmountSpaces)
	}
	if decimals > 0 {
		v.decimals = true
	}
	for d := max(decimals, 0); d < 2; d++ {
		n *= 10
	}
	if n > int64(money.Max) {
		return 0, false
	}
	if negative {
		n = -n
	}
	return money.Amount(n), true
}

// date reads dd/mm/yyyy, dd.mm.yyyy and yyyy-mm-dd.
func (v *values) date(raw []byte) (period.Date, bool) {
	if len(raw) > 11 && (raw[10] == 'T' || raw[10] == ' ') && isMidnight(raw[11:]) {
		raw = raw[:10]
	}
	var part [3]int
	var length [3]int
	n := 0
	var sep byte
	for _, c := range raw {
		switch {
		case c >= '0' && c <= '9':
			part[n] = part[n]*10 + int(c-'0')
			if length[n]++; length[n] > 4 {
				return 0, false
			}
		case (c == '/' || c == '.' || c == '-') && n < 2 && (sep == 0 || sep == c):
			sep = c
			n++
		default:
			return 0, false
		}
	}
	year, month, day := part[2], part[1], part[0]
	iso := length == [3]int{4, 2, 2} && sep == '-'
	switch {
	case iso:
		year, month, day = part[0], part[1], part[2]
	case length[2] != 4 || length[0] == 0 || length[0] > 2 || length[1] == 0 || length[1] > 2:
		return 0, false
	}
	d, ok := period.NewDate(year, month, day)
	if ok && v.slashDates && (sep != '/' || length != [3]int{2, 2, 4}) {
		v.repaired(RepairDateForm)
	}
	return d, ok
}

// isMidnight tells whether a time of day says nothing: 00:00:00 with or without zone Z.
func isMidnight(b []byte) bool {
	return len(strings.Trim(string(b), "0:.Z")) == 0
}

func parseMonth(raw []byte) (period.Month, bool) {
	i := bytes.IndexAny(raw, "-./")
	if i < 0 || !isDigits(raw[:i]) || !isDigits(raw[i+1:]) {
		return 0, false
	}
	year, month := raw[:i], raw[i+1:]
	if len(month) == 4 {
		year, month = month, year
	}
	if len(year) != 4 || len(month) > 2 {
		return 0, false
	}
	y, _ := strconv.Atoi(string(year))
	m, _ := strconv.Atoi(string(month))
	return period.NewMonth(y, m)
}

// maxIntDigits keeps counts far from any overflow.
const maxIntDigits = 9

func parseInt(raw []byte, s *spec) (int, bool) {
	if s.count && string(raw) == "-1" {
		return -1, true
	}
	if len(raw) > maxIntDigits || !isDigits(raw) {
		return 0, false
	}
	n := 0
	for _, c := range raw {
		n = n*10 + int(c-'0')
	}
	return n, n >= s.low && (s.high == 0 || n <= s.high)
}

func isDigits(b []byte) bool {
	for _, c := range b {
		if c < '0' || c > '9' {
			return false
		}
	}
	return len(b) > 0
}

func isPhone(b []byte) bool {
	for _, c := range b {
		if (c < '0' || c > '9') && c != ' ' && c != '-' && c != '(' && c != ')' {
			return false
		}
	}
	return true
}

// blankAt gives the length of the blank that b begins with, 0 when it begins with none:
// space, tab, the end-of-file mark of DOS, and the no-break and thin spaces that
// spreadsheets put between thousands.
func blankAt(b []byte) int {
	switch b[0] {
	case ' ', '\t', '\r', '\n', 0x1A:
		return 1
	case 0xC2:
		if len(b) > 1 && b[1] == 0xA0 {
			return 2
		}
	case 0xE2:
		if len(b) > 2 && b[1] == 0x80 && (b[2] == 0xAF || b[2] == 0x89) {
			return 3
		}
	case 0xEF:
		if bytes.HasPrefix(b, bomUTF8) {
			return 3
		}
	}
	return 0
}

// isPlain tells of ASCII characters that they are no blanks.
func isPlain(c byte) bool { return ' ' < c && c < utf8.RuneSelf }

// trimBlank takes blanks off both ends.
func trimBlank(b []byte) []byte {
	if n := len(b); n > 0 && isPlain(b[0]) && isPlain(b[n-1]) { // as most
		return b
	}
	for len(b) > 0 {
		n := blankAt(b)
		if n == 0 {
			break
		}
		b = b[n:]
	}
	for len(b) > 0 {
		last := b[len(b)-1]
		if last < utf8.RuneSelf {
			if blankAt(b[len(b)-1:]) == 0 {
				break
			}
			b = b[:len(b)-1]
			continue
		}
		_, size := utf8.DecodeLastRune(b)
		if blankAt(b[len(b)-size:]) == 0 {
			break
		}
		b = b[:len(b)-size]
	}
	return b
}
