package registry

import (
	"slices"
	"testing"
	"unicode"

	"github.com/stretchr/testify/require"
)

func TestWords(t *testing.T) {
	t.Parallel()
	for text, want := range map[string][]string{
		"Соловьёв":                   {"СОЛОВЬЕВ"},
		"Пятроў Яўген":               {"ПЯТРОУ", "ЯУГЕН"},
		"Мар’яна Салаўёва":           {"МАРЯНА", "САЛАУЕВА"},
		"POMAHOB":                    {"РОМАНОВ"},
		"Мороз-Зимина":               {"МОРОЗ", "ЗИМИНА"},
		"ОАО «Завод № 3»":            {"ОАО", "ЗАВОД", "3"},
		"И\u0306осиф у\u0306е\u0308": {"ЙОСИФ", "УЕ"},
		"  \t ":                      nil,
	} {
		require.Equal(t, want, nilIfEmpty(words(text)), text)
	}
}

func FuzzWords(f *testing.F) {
	f.Add("Пятроў Яўген")
	f.Add("Mар’яна \u0306И\u0306 \xff")
	f.Fuzz(func(t *testing.T, text string) {
		list := words(text)
		for _, w := range list {
			require.NotEmpty(t, w)
			for _, r := range w {
				require.True(t, unicode.IsLetter(r) || unicode.IsDigit(r))
			}
			// What is indexed under a word is found by the same word.
			require.Subset(t, indexKeys([]string{w}), typoKeys(w))
		}
		require.True(t, slices.IsSorted(indexKeys(list)))
		if _, err := searchWords(text); err != nil {
			require.ErrorIs(t, err, ErrSearch)
		}
	})
}

func nilIfEmpty(list []string) []string {
	if len(list) == 0 {
		return nil
	}
	return list
}
