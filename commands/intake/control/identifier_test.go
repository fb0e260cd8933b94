package control_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/stazh/stazh/commands/intake/control"
	"github.com/stazh/stazh/ledger/period"
)

func TestUNPWorkedExamples(t *testing.T) {
	t.Parallel()
	for text, valid := range map[string]bool{
		"200988541": true, "MA1953684": true, "KE7810709": true,
		"KE9999999":  false, // sum 1225 leaves 4
		"200988542":  false, // check digit
		"900988541":  false, // first digit
		"800988541":  false,
		"M11953684":  false, // letter and digit
		"MD1953684":  false, // second letter
		"2009885410": false, "20098854": false, "": false, "2009885 1": false,
		"МА1953684": false, // Cyrillic, not normalised
	} {
		require.Equal(t, valid, control.UNPValid(text), "%q", text)
	}
	require.Equal(t, "MA1953684", control.NormalizeUNP(" мА1953684 "))
	require.Equal(t, "ABEKMHOPCT", control.NormalizeUNP("АВЕКМНОРСТ"))
	unp, err := control.UNP("20098854")
	require.NoError(t, err)
	require.Equal(t, "200988541", unp)
	_, err = control.UNP("9009885")
	require.ErrorContains(t, err, "eight characters")
}

func TestPersonalNoWorkedExamples(t *testing.T) {
	t.Parallel()
	for no, want := range map[string]string{
		"3270287A012PB2": "", "3041088A042PB2": "", "6160601H012PB2": "",
		"6160601H012PB3":  "SPF-205", // check digit
		"3310287A012PB2":  "SPF-204", // 31 February
		"1270287A012PB2":  "SPF-204", // nobody is left of the 19th century
		"3270287A012PB":   "SPF-204", // length
		"3270287А012РВ2":  "SPF-204", // Cyrillic, not normalised
		"327028700012PB2": "SPF-204", "": "SPF-204",
	} {
		code, _, _ := control.PersonalNoFault(no)
		require.Equal(t, want, code, "%q", no)
	}
	code, got, expected := control.PersonalNoFault("6160601H012PB3")
	require.Equal(t, []string{"SPF-205", "3", "2"}, []string{code, got, expected})
	sex, birth, ok := control.PersonalNoHolder("6160601H012PB2")
	require.True(t, ok)
	require.Equal(t, "Ж", sex)
	require.Equal(t, "2001-06-16", birth.String())
	require.Equal(t, "3270287A012PB2", control.NormalizePersonalNo("3270287а012рв2"))
	no, err := control.PersonalNo("М", period.MustDate("1987-02-27"), 'A', 12, "PB")
	require.NoError(t, err)
	require.Equal(t, "3270287A012PB2", no)
	for _, bad := range []struct {
		sex, citizenship string
		birth            period.Date
		serial           int
	}{
		{"M", "PB", period.MustDate("1987-02-27"), 1}, {"М", "P", period.MustDate("1987-02-27"), 1},
		{"М", "PB", period.MustDate("1887-02-27"), 1}, {"М", "PB", 0, 1},
		{"Ж", "PB", period.MustDate("1987-02-27"), 1000},
		{"Ж", "PB", period.MustDate("1987-02-27"), -1},
	} {
		_, err := control.PersonalNo(bad.sex, bad.birth, 'A', bad.serial, bad.citizenship)
		require.Error(t, err, "%+v", bad)
	}
}

func TestGeneratedNumbersAreRight(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		sex := rapid.SampledFrom([]string{"М", "Ж"}).Draw(t, "sex")
		first := period.MustDate("1900-01-01")
		birth := first.AddDays(rapid.IntRange(0, 73_000).Draw(t, "birth"))
		region := rapid.ByteRange('A', 'Z').Draw(t, "region")
		no, err := control.PersonalNo(sex, birth, region, rapid.IntRange(0, 999).Draw(t, "serial"),
			rapid.StringMatching(`[A-Z]{2}`).Draw(t, "citizenship"))
		require.NoError(t, err)
		code, _, _ := control.PersonalNoFault(no)
		require.Empty(t, code)
		gotSex, gotBirth, ok := control.PersonalNoHolder(no)
		require.True(t, ok)
		require.Equal(t, sex, gotSex)
		require.Equal(t, birth, gotBirth)
	})
}

// Each digit's weight is prime to the modulus (11; 10 for the personal number, whose
// weights are 7, 3 and 1), so that every wrong digit is found.
func TestOneWrongDigitIsAlwaysFound(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		body := rapid.StringMatching(`[1-7][0-9]{7}|[ABCEHKM][ABCEHKMOPT][0-9]{6}`).Draw(t, "body")
		unp, err := control.UNP(body)
		if err != nil {
			require.ErrorIs(t, err, control.ErrNoUNP)
			return
		}
		require.True(t, control.UNPValid(unp))
		require.False(t, control.UNPValid(replaceDigit(t, unp)))
		no := rapid.SampledFrom([]string{known, stranger, woman}).Draw(t, "number")
		code, _, _ := control.PersonalNoFault(replaceDigit(t, no))
		require.NotEmpty(t, code)
	})
}

func replaceDigit(t *rapid.T, number string) string {
	var places []int
	for i := range len(number) {
		if number[i] >= '0' && number[i] <= '9' {
			places = append(places, i)
		}
	}
	i := rapid.SampledFrom(places).Draw(t, "place")
	other := rapid.SampledFrom([]byte(strings.ReplaceAll("0123456789", number[i:i+1], ""))).
		Draw(t, "digit")
	return number[:i] + string(other) + number[i+1:]
}

func FuzzIdentifiers(f *testing.F) {
	for _, s := range []string{unp, otherUNP, known, stranger, "МА1953684", "", "\xff", "Ё3270287"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		normal := control.NormalizeUNP(s)
		require.Equal(t, normal, control.NormalizeUNP(normal))
		if control.UNPValid(normal) {
			again, err := control.UNP(normal[:8])
			require.NoError(t, err)
			require.Equal(t, normal, again)
		}
		code, got, _ := control.PersonalNoFault(s)
		if code == "" {
			sex, birth, ok := control.PersonalNoHolder(s)
			require.True(t, ok)
			var serial int
			for _, c := range s[8:11] {
				serial = serial*10 + int(c-'0')
			}
			again, err := control.PersonalNo(sex, birth, s[7], serial, s[11:13])
			require.NoError(t, err)
			require.Equal(t, s, again)
		} else if len([]rune(s)) > 2 {
			require.NotContains(t, got, s)
		}
	})
}
