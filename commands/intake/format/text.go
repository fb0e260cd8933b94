package format

import (
	"strings"
	"unicode/utf8"
)

// texts are some that were read a short time ago. Codes, types and numbers of the payer come
// again in each document: they are the same string then.
type texts [128]string

// upper is the function upper, without a new string for a text that was read before.
func (v *values) upper(b []byte) string {
	if !isUpper(b) {
		return strings.ToUpper(string(b))
	}
	place := (len(b) + int(b[0])*5 + int(b[len(b)/2])*17 + int(b[len(b)-1])*29) % len(v.out.texts)
	known := &v.out.texts[place]
	if *known != string(b) {
		*known = string(b)
	}
	return *known
}

// upper gives the text in upper case.
func upper(b []byte) string {
	if isUpper(b) {
		return string(b)
	}
	return strings.ToUpper(string(b))
}

// isUpper tells quickly of nearly all texts that are in upper case that they are.
func isUpper(b []byte) bool {
	for i := 0; i < len(b); i++ {
		c := b[i]
		if c < utf8.RuneSelf {
			if 'a' <= c && c <= 'z' {
				return false
			}
			continue
		}
		if c == 0xD0 && i+1 < len(b) && b[i+1] >= 0x81 && b[i+1] < 0xB0 {
			i++ // Ѐ to Я
			continue
		}
		return false
	}
	return true
}

// latinIdentifier turns Cyrillic letters that look like Latin ones into these, when the
// whole then is Latin letters and digits: numbers of payers and persons have no others.
func latinIdentifier(s string) (string, bool) {
	ascii := true
	for i := range len(s) {
		ascii = ascii && s[i] < utf8.RuneSelf
	}
	if ascii {
		return s, false
	}
	const cyrillic, latin = "АВЕКМНОРСТХІ", "ABEKMHOPCTXI"
	b := make([]byte, 0, len(s))
	for _, r := range s {
		if r >= utf8.RuneSelf {
			i := strings.IndexRune(cyrillic, r)
			if i < 0 {
				return s, false
			}
			r = rune(latin[i/2])
		}
		if (r < '0' || r > '9') && (r < 'A' || r > 'Z') {
			return s, false
		}
		b = append(b, byte(r))
	}
	return string(b), true
}
