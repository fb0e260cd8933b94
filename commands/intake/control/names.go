package control

import (
	"fmt"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// nameLookAlikes are characters that stand in Cyrillic names by mistake, with the letter
// that was meant.
var nameLookAlikes = map[rune]rune{
	'A': 'А', 'B': 'В', 'C': 'С', 'E': 'Е', 'H': 'Н', 'I': 'І', 'K': 'К', 'M': 'М',
	'O': 'О', 'P': 'Р', 'T': 'Т', 'X': 'Х', 'Y': 'У', '0': 'О', '3': 'З',
}

// nameSigns are the signs that names may contain beside letters.
const nameSigns = " -'’ʼ.`"

// nameFlaw finds characters that do not belong into a name: Latin letters, digits and
// other signs within a Cyrillic one. A name wholly in Latin letters is left alone, unless
// each of them looks like a Cyrillic letter. What is shown is the first wrong character at
// its place and the right one, with their code points, and where there are more.
func nameFlaw(name string) (got, expected string, flawed bool) {
	cyrillic, latin, alien, alike := 0, 0, 0, true
	for _, r := range name {
		switch {
		case 'А' <= r && r <= 'я', unicode.Is(unicode.Cyrillic, r):
			cyrillic++
		case unicode.Is(unicode.Latin, r):
			latin++
			_, known := nameLookAlikes[unicode.ToUpper(r)]
			alike = alike && known
		case !strings.ContainsRune(nameSigns, r):
			alien++
		}
	}
	mixed := latin > 0 && (cyrillic > 0 || alike)
	if !mixed && alien == 0 {
		return "", "", false
	}
	got, expected = showFlaws(name, mixed)
	return got, expected, true
}

// showFlaws shows the first wrong character at its place, with its code point, and of the
// others only the places: somebody who types names with the wrong keyboard would else be
// shown nearly whole.
func showFlaws(name string, mixed bool) (got, expected string) {
	var was, fix strings.Builder
	var first, meant rune
	var others []int
	at := 0
	for _, r := range name {
		at++
		wrong := !unicode.Is(unicode.Cyrillic, r) && !strings.ContainsRune(nameSigns, r) &&
			(mixed || !unicode.Is(unicode.Latin, r))
		if !wrong || first != 0 {
			was.WriteString(dot)
			fix.WriteString(dot)
			if wrong {
				others = append(others, at)
			}
			continue
		}
		right, known := nameLookAlikes[unicode.ToUpper(r)]
		if !known {
			right = '?'
		}
		first, meant = r, right
		was.WriteRune(r)
		fix.WriteRune(right)
	}
	got = fmt.Sprintf("%s (U+%04X%s)", &was, first, places(others))
	return got, fmt.Sprintf("%s (U+%04X)", &fix, meant)
}

// places lists places counted from one, runs of them joined: "; 2–4, 7".
func places(list []int) string {
	var s strings.Builder
	for i, sep := 0, "; "; i < len(list); sep = ", " {
		end := i
		for end+1 < len(list) && list[end+1] == list[end]+1 {
			end++
		}
		s.WriteString(sep + strconv.Itoa(list[i]))
		if end > i {
			s.WriteString("–" + strconv.Itoa(list[end]))
		}
		i = end + 1
	}
	return s.String()
}

// foldName brings the spellings of one name together: capital letters, Ё as Е, the
// Belarusian Ў and І as У and И, look-alikes as the letters that were meant.
func foldName(s string) string {
	return strings.Map(func(r rune) rune {
		r = unicode.ToUpper(r)
		if meant, ok := nameLookAlikes[r]; ok {
			r = meant
		}
		switch {
		case r == 'Ё':
			return 'Е'
		case r == 'Ў':
			return 'У'
		case r == 'І':
			return 'И'
		case strings.ContainsRune(nameSigns, r):
			return -1
		}
		return r
	}, s)
}

// edits counts the insertions, deletions, replacements and swaps of neighbours that turn
// one name into the other (optimal string alignment).
func edits(a, b string) int {
	x, y := []rune(a), []rune(b)
	before, last := make([]int, len(y)+1), make([]int, len(y)+1)
	now := make([]int, len(y)+1)
	for j := range last {
		last[j] = j
	}
	for i := 1; i <= len(x); i++ {
		now[0] = i
		for j := 1; j <= len(y); j++ {
			cost := 1
			if x[i-1] == y[j-1] {
				cost = 0
			}
			now[j] = min(last[j]+1, now[j-1]+1, last[j-1]+cost)
			if i > 1 && j > 1 && x[i-1] == y[j-2] && x[i-2] == y[j-1] {
				now[j] = min(now[j], before[j-2]+1)
			}
		}
		before, last, now = last, now, before
	}
	return last[len(y)]
}

// nameLengthMax bounds the comparison of names, whose cost grows with the square.
const nameLengthMax = 100

// nameEdits compares a filed name with the one of the account.
func nameEdits(filed, known string) int {
	if filed == known {
		return 0
	}
	filed, known = foldName(filed), foldName(known)
	if filed == known {
		return 0
	}
	if max(utf8.RuneCountInString(filed), utf8.RuneCountInString(known)) > nameLengthMax {
		return nameLengthMax
	}
	return edits(filed, known)
}

// initialDiffers compares an initial with the first letter of a name; a blank one says
// nothing.
func initialDiffers(initial, name string) bool {
	if initial == "" || name == "" || strings.HasPrefix(name, initial) {
		return false
	}
	a, b := foldName(initial), foldName(name)
	if a == "" || b == "" {
		return false
	}
	x, _ := utf8.DecodeRuneInString(a)
	y, _ := utf8.DecodeRuneInString(b)
	return x != y
}
