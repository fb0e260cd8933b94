package registry

import "strings"

// digitsMin is the number of digits from which a text is taken for a number: a UNP has at
// least seven, an insurance number ten, and names of firms rarely more than a year.
const digitsMin = 6

// unpLength is the length of a UNP and of a fund number.
const unpLength = 9

// Letters of the same look, in the same order.
const (
	cyrillicLook = "АВЕКМНОРСТХ"
	latinLook    = "ABEKMHOPCTX"
)

// numberOf reads an insurance number, UNP or fund number as people write it: spaces and
// hyphens dropped, capital letters, Cyrillic letters of the look of Latin ones replaced.
// It gives false for a text that is no number.
func numberOf(text string) (no string, ok bool) {
	var b strings.Builder
	digits := 0
	for _, r := range strings.ToUpper(text) {
		if r == ' ' || r == '-' {
			continue
		}
		if i := strings.IndexRune(cyrillicLook, r); i >= 0 {
			r = rune(latinLook[i/2]) // two bytes for each Cyrillic letter
		}
		switch {
		case r >= '0' && r <= '9':
			digits++
		case r < 'A' || r > 'Z':
			return "", false
		}
		b.WriteRune(r)
	}
	return b.String(), digits >= digitsMin
}
