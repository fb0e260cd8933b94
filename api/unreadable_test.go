package api_test

import (
	"archive/zip"
	"bytes"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/stretchr/testify/require"

	"github.com/stazh/stazh/api"
)

// unreadable are files that tell nothing of themselves, by the rule that says why.
func unreadable(t *testing.T) map[string]struct {
	code    string
	content []byte
} {
	t.Helper()
	pack := report(t, "example-pu3.txt")
	var wide []byte
	for _, unit := range utf16.Encode([]rune("\ufeffЗГЛВ=ПУ-3=")) {
		wide = append(wide, byte(unit), byte(unit>>8))
	}
	return map[string]struct {
		code    string
		content []byte
	}{
		"empty":     {"SPF-101", nil},
		"no zip":    {"SPF-001", []byte("PK\x03\x04 and nothing more")},
		"nested":    {"SPF-001", zipped(t, "inner.zip", zipped(t, "a.txt", pack))},
		"bomb":      {"SPF-001", zipped(t, "a.txt", make([]byte, 64<<20))},
		"UTF-16":    {"SPF-002", wide},
		"NUL bytes": {"SPF-002", append(make([]byte, 100), pack...)},
		"version 9": {"SPF-008", bytes.Replace(pack, []byte("1.5"), []byte("9.0"), 1)},
		"prose":     {"SPF-102", []byte("hello")},
	}
}

func zipped(t *testing.T, name string, content []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	f, err := w.Create(name)
	require.NoError(t, err)
	_, err = f.Write(content)
	require.NoError(t, err)
	require.NoError(t, w.Close())
	return b.Bytes()
}

// TestUnreadableFiles: a file that cannot be read is refused for that, not for want of a
// payer; with the payer named it gets a receipt and the same fault as its finding.
func TestUnreadableFiles(t *testing.T) {
	t.Parallel()
	s := empty(t, api.Options{})
	require.NoError(t, registerSamples(t.Context(), s.service))
	for name, file := range unreadable(t) {
		p := s.file(file.content, "", name).problem(422, file.code)
		require.Regexp(t, `receipt`, p["detail"], name)
		cyrillic := s.file(file.content, "", name, "Accept-Language", "be").
			problem(422, file.code)["detail"]
		require.Regexp(t, regexp.MustCompile(`квітанцы`), cyrillic, name)
		s.do("POST", "/v1/filing-checks", bytes.NewReader(file.content),
			"Content-Type", "text/plain").problem(422, file.code)
		receipt := s.file(file.content, "?payer=200988541", name).
			is(http.StatusAccepted).json()["receipt"].(string)
		s.settle(receipt)
		findings := s.get("/v1/filings/" + receipt + "/findings").is(200).items()
		require.NotEmpty(t, findings, name)
		require.Equal(t, file.code, findings[0]["code"], name)
		message := findings[0]["message"].(object)["en"].(string)
		require.Contains(t, p["detail"], strings.TrimSuffix(message, "."), name)
	}
	// A file that can be read and names nobody is another matter.
	s.file([]byte(`{"pack":{"form":"ПУ-3"},"documents":[]}`), "", "nobody").
		problem(422, "payer_missing")
}
