package registry

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

const (
	// prefixLetters is the length of the beginnings that are indexed: shorter ones
	// would be shared by too many names to narrow a search.
	prefixLetters = 3
	// typoLettersMin is the length from which words are found in spite of a typo.
	typoLettersMin = 3
	// wordsMax and lettersMax bound what one search looks for.
	wordsMax   = 8
	lettersMax = 40
	// indexedWordsMax bounds the words of one name that can be searched for.
	indexedWordsMax = 32
)

// alike maps letters that people exchange: Belarusian ones to the Russian ones nearest
// to them, and Latin ones to the Cyrillic ones of the same look or, where there is none,
// of the same sound. Й is left apart from И, as it tells different names apart.
var alike = map[rune]rune{
	'Ё': 'Е', 'Ў': 'У', 'І': 'И', 'Ґ': 'Г', 'Ї': 'И', 'Є': 'Е',
	'A': 'А', 'B': 'В', 'C': 'С', 'E': 'Е', 'H': 'Н', 'I': 'И', 'K': 'К', 'M': 'М',
	'O': 'О', 'P': 'Р', 'T': 'Т', 'X': 'Х', 'Y': 'У',
	'D': 'Д', 'F': 'Ф', 'G': 'Г', 'J': 'Й', 'L': 'Л', 'N': 'Н', 'Q': 'К', 'R': 'Р',
	'S': 'С', 'U': 'У', 'V': 'В', 'W': 'В', 'Z': 'З',
}

// words cuts a text into the words that are compared: capital letters and digits,
// spellings made alike, apostrophes dropped, everything else a gap. A letter with a
// combining breve is the letter Й or Ў written in two characters.
func words(text string) []string {
	var b strings.Builder
	for _, r := range strings.ToUpper(text) {
		switch {
		case r == '\u0306' && strings.HasSuffix(b.String(), "И"):
			s := strings.TrimSuffix(b.String(), "И")
			b.Reset()
			b.WriteString(s + "Й")
		case isApostrophe(r) || unicode.Is(unicode.Mn, r):
		case unicode.IsLetter(r) || unicode.IsDigit(r):
			if same, ok := alike[r]; ok {
				r = same
			}
			b.WriteRune(r)
		default:
			b.WriteByte(' ')
		}
	}
	return strings.Fields(b.String())
}

func isApostrophe(r rune) bool { return strings.ContainsRune("'`´‘’ʼʹ′\"", r) }

// indexKeys gives the numbers under which words are found, ascending.
func indexKeys(list []string) []int32 {
	keys := []int32{}
	for _, w := range list[:min(len(list), indexedWordsMax)] {
		keys = append(keys, typoKeys(w)...)
		if key, ok := prefixKey(w); ok {
			keys = append(keys, key)
		}
	}
	slices.Sort(keys)
	return slices.Compact(keys)
}

// typoKeys numbers a word and, when it has three letters or more, the word with any one
// letter left out. Two such words share a number whenever one becomes the other by
// leaving out, adding, changing or swapping one letter. Of a shorter word too little
// would be left.
func typoKeys(word string) []int32 {
	letters := []rune(word)
	letters = letters[:min(len(letters), lettersMax)]
	keys := []int32{number('w', letters)}
	if len(letters) < typoLettersMin {
		return keys
	}
	rest := make([]rune, len(letters)-1)
	for i := range letters {
		copy(rest, letters[:i])
		copy(rest[i:], letters[i+1:])
		keys = append(keys, number('w', rest))
	}
	return keys
}

// prefixKey numbers the beginning of a word; a word that is too short has none.
func prefixKey(word string) (int32, bool) {
	letters := []rune(word)
	if len(letters) < prefixLetters {
		return 0, false
	}
	return number('p', letters[:prefixLetters]), true
}

func number(kind byte, letters []rune) int32 {
	const basis, prime = 2166136261, 16777619 // FNV-1a
	h := (basis ^ uint32(kind)) * prime
	var text [utf8.UTFMax]byte
	for _, letter := range letters {
		for _, b := range text[:utf8.EncodeRune(text[:], letter)] {
			h = (h ^ uint32(b)) * prime
		}
	}
	return int32(h)
}
