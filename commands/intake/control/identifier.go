package control

import (
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/stazh/stazh/ledger/period"
)

// Lengths of the identifiers that payers and persons bear.
const (
	unpLength        = 9
	personalNoLength = 14
	fundNoLength     = 9
)

const (
	// unpLetters are the letters of a UNP's first two places; in the second place a
	// letter counts as its index here.
	unpLetters = "ABCEHKMOPT"
	// unpFirst are the characters that a UNP may begin with.
	unpFirst = "1234567ABCEHKM"
)

// unpWeights and personalNoWeights multiply the characters before the check digit.
var (
	unpWeights        = [8]int{29, 23, 19, 17, 13, 7, 5, 3}
	personalNoWeights = [3]int{7, 3, 1}
)

// ErrNoUNP says that no valid UNP begins with the given eight characters: their check
// sum leaves ten, for which there is no digit.
var ErrNoUNP = errors.New("no UNP begins with these eight characters")

// NormalizeUNP takes off blanks, makes letters capital and replaces Cyrillic letters that
// look like Latin ones (АВЕКМНОРСТ) by these.
func NormalizeUNP(s string) string { return latinIdentifier(s) }

// NormalizePersonalNo does for personal and insurance numbers what NormalizeUNP does for
// the UNP. The number that an account is found by is always the normalised one.
func NormalizePersonalNo(s string) string { return latinIdentifier(s) }

// UNPValid tells whether the text, which must be normalised, is a UNP with a right check
// digit. It does not say that a payer has it.
func UNPValid(unp string) bool {
	code, _ := unpFault(unp)
	return code == ""
}

// UNP appends the check digit to the first eight characters of a UNP.
func UNP(body string) (string, error) {
	if len(body) != unpLength-1 || !unpFormed(body) {
		return "", fmt.Errorf("UNP %q: give eight characters, nine less the check digit", body)
	}
	digit, ok := unpCheckDigit(body)
	if !ok {
		return "", ErrNoUNP
	}
	return body + string(digit), nil
}

// unpFault gives the code of the rule that a normalised UNP breaks, "" for none, and the
// check digit that it should have where this is the fault.
func unpFault(unp string) (code, checkDigit string) {
	if len(unp) != unpLength || !unpFormed(unp) {
		return "SPF-202", ""
	}
	digit, ok := unpCheckDigit(unp)
	switch {
	case !ok:
		return "SPF-201", ""
	case unp[unpLength-1] != digit:
		return "SPF-201", string(digit)
	}
	return "", ""
}

// unpFormed checks all but the check sum: the first character is of unpFirst, the first
// two are both digits or both letters, digits follow.
func unpFormed(unp string) bool {
	if !strings.Contains(unpFirst, unp[:1]) || !digits(unp[2:]) {
		return false
	}
	if isDigit(unp[0]) {
		return isDigit(unp[1])
	}
	return strings.IndexByte(unpLetters, unp[1]) >= 0
}

func unpCheckDigit(unp string) (byte, bool) {
	sum := 0
	for i, weight := range unpWeights {
		value := valueOf(unp[i])
		if i == 1 && !isDigit(unp[1]) {
			value = strings.IndexByte(unpLetters, unp[1])
		}
		sum += weight * value
	}
	sum %= 11
	return byte('0' + sum), sum < 10
}

// personalNoForm shows how a personal number is made.
const personalNoForm = "3DDMMYYA999PB9"

// PersonalNo makes the personal number of an invented person: sex is М or Ж, region one
// letter, serial 0 to 999, citizenship two letters such as PB.
func PersonalNo(
	sex string, birth period.Date, region byte, serial int, citizenship string,
) (string, error) {
	first := 3
	switch {
	case sex == "Ж":
		first = 4
	case sex != "М":
		return "", errors.New("personal number: sex is М or Ж")
	}
	switch year := birth.Year(); {
	case year >= 1900 && year < 2000:
	case year >= 2000 && year < 2100:
		first += 2
	default:
		return "", errors.New("personal number: birth date must be of 1900 to 2099")
	}
	t := birth.Time()
	body := fmt.Sprintf("%d%02d%02d%02d%c%03d%s", first, t.Day(), int(t.Month()),
		t.Year()%100, region, serial, citizenship)
	if len(body) != personalNoLength-1 || !personalNoFormed(body+"0") {
		return "", errors.New("personal number: region is a letter A-Z, serial 0-999, " +
			"citizenship two letters A-Z")
	}
	return body + string(personalNoCheckDigit(body)), nil
}

// PersonalNoFault gives the code of the rule that a normalised personal or insurance
// number breaks, "" for none. Got and expected may be shown: they are masked, and only
// the check digit is in the clear.
func PersonalNoFault(no string) (code, got, expected string) {
	if _, _, ok := PersonalNoHolder(no); !ok {
		return "SPF-204", mask(no), personalNoForm
	}
	last := personalNoLength - 1
	if digit := personalNoCheckDigit(no); no[last] != digit {
		return "SPF-205", no[last:], string(digit)
	}
	return "", "", ""
}

// PersonalNoHolder reads sex and birth date out of a well-formed personal number.
func PersonalNoHolder(no string) (sex string, birth period.Date, ok bool) {
	if len(no) != personalNoLength || !personalNoFormed(no) {
		return "", 0, false
	}
	century := 1900
	if no[0] >= '5' {
		century = 2000
	}
	sex = "М"
	if no[0] == '4' || no[0] == '6' {
		sex = "Ж"
	}
	birth, ok = period.NewDate(century+pair(no[5:]), pair(no[3:]), pair(no[1:]))
	return sex, birth, ok
}

// personalNoFormed checks length and alphabet. The first digit is 3 or 4 for those born
// in 1900-1999 and 5 or 6 for 2000-2099: odd for men, even for women.
func personalNoFormed(no string) bool {
	return no[0] >= '3' && no[0] <= '6' && digits(no[1:7]) && isLetter(no[7]) &&
		digits(no[8:11]) && isLetter(no[11]) && isLetter(no[12]) && isDigit(no[13])
}

func personalNoCheckDigit(no string) byte {
	sum := 0
	for i := range personalNoLength - 1 {
		sum += personalNoWeights[i%3] * valueOf(no[i])
	}
	return byte('0' + sum%10)
}

// Letters of personal numbers that are commonly met. The act that lists them could not
// be read, so others only cause a warning.
const usualRegions = "ABCEHKM"

var usualCitizenships = []string{"PB", "BA", "BI"}

// personalNoUnusual tells whether a well-formed number has letters that are not known,
// and gives these.
func personalNoUnusual(no string) (letters string, unusual bool) {
	if strings.IndexByte(usualRegions, no[7]) < 0 {
		return no[7:8], true
	}
	for _, c := range usualCitizenships {
		if no[11:13] == c {
			return "", false
		}
	}
	return no[11:13], true
}

// fundNoFormed checks a payer's number at the Fund: region 1-7, district 01-99, serial
// 000001-999999. It has no check digit.
func fundNoFormed(no string) bool {
	return len(no) == fundNoLength && digits(no) && no[0] >= '1' && no[0] <= '7' &&
		no[1:3] != "00" && no[3:] != "000000"
}

const (
	cyrillicLookAlikes = "АВЕКМНОРСТ"
	latinLookAlikes    = "ABEKMHOPCT"
)

// latinIdentifier normalises an identifier of Latin letters and digits.
func latinIdentifier(s string) string {
	s = strings.TrimSpace(s)
	plain := true
	for i := range len(s) {
		plain = plain && s[i] < utf8.RuneSelf && (s[i] < 'a' || s[i] > 'z')
	}
	if plain {
		return s
	}
	return strings.Map(func(r rune) rune {
		if i := strings.IndexRune(cyrillicLookAlikes, r); i >= 0 {
			return rune(latinLookAlikes[i/2]) // each Cyrillic letter is two bytes
		}
		return r
	}, strings.ToUpper(s))
}

// valueOf gives a digit or a capital letter its value in check sums: 0-9, then A = 10 to
// Z = 35.
func valueOf(c byte) int {
	if isDigit(c) {
		return int(c - '0')
	}
	return int(c-'A') + 10
}

func isDigit(c byte) bool  { return c >= '0' && c <= '9' }
func isLetter(c byte) bool { return c >= 'A' && c <= 'Z' }

func digits(s string) bool {
	for i := range len(s) {
		if !isDigit(s[i]) {
			return false
		}
	}
	return s != ""
}

// pair reads the two digits that s begins with.
func pair(s string) int { return int(s[0]-'0')*10 + int(s[1]-'0') }
