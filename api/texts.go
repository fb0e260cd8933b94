package api

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"sync"

	"golang.org/x/text/language"
)

// Languages of the texts. English is the default of the API.
const (
	english    = "en"
	russian    = "ru"
	belarusian = "be"
)

//go:embed texts.json
var textsFile []byte

// text is a text by language.
type text map[string]string

// in gives the text in a language, English where there is none.
func (t text) in(lang string) string {
	if s := t[lang]; s != "" {
		return s
	}
	return t[english]
}

// catalogue holds the texts of problems, read once and never changed.
type catalogue struct {
	Titles  map[string]text `json:"titles"`  // by HTTP status
	Details map[string]text `json:"details"` // by code of the problem
	Faults  map[string]text `json:"faults"`  // by code of the fault
}

// texts reads the embedded catalogue. A fault in it is one of the build, which the tests
// catch; so it panics.
var texts = sync.OnceValue(func() *catalogue {
	c := new(catalogue)
	if err := json.Unmarshal(textsFile, c); err != nil {
		panic(fmt.Sprintf("api: texts.json: %v", err))
	}
	return c
})

func (c *catalogue) title(status int, lang string) string {
	if t, ok := c.Titles[strconv.Itoa(status)]; ok {
		return t.in(lang)
	}
	return http.StatusText(status)
}

// detail gives the text of a code; the English one comes from where the problem arose,
// as it may say more.
func (c *catalogue) detail(code, lang, otherwise string) string {
	if s := c.Details[code][lang]; s != "" && lang != english {
		return s
	}
	return otherwise
}

func (c *catalogue) fault(code, lang string) string { return c.Faults[code].in(lang) }

// faultForms tell the faults that huma finds by the beginning of its messages. The texts
// after them are shown as what is expected only where they come from our schemas.
var faultForms = []struct {
	begin, code string
	shown       bool
}{
	{"expected required property", "required", false},
	{"required ", "required", false},
	{"unexpected property", "unknown_property", false},
	{"unknown query parameter", "unknown_parameter", false},
	{"expected string to be RFC 3339 date-time", "date_time", false},
	{"invalid date/time", "date_time", false},
	{"expected string to be RFC 3339 date", "date", false},
	{"expected string to be RFC 4122 uuid", "uuid", false},
	{"expected value to be one of", "not_in_list", true},
	{"expected number >=", "out_of_range", true},
	{"expected number <=", "out_of_range", true},
	{"expected length", "wrong_length", true},
	{"expected array length", "wrong_length", true},
	{"expected string to match pattern", "wrong_form", true},
	{"expected boolean", "wrong_type", true},
	{"expected number", "wrong_type", true},
	{"expected integer", "wrong_type", true},
	{"expected string to be ", "wrong_form", true}, // a description of the pattern
	{"expected string", "wrong_type", true},
	{"expected array", "wrong_type", true},
	{"expected object", "wrong_type", true},
	{"invalid integer", "wrong_type", false},
	{"invalid boolean", "wrong_type", false},
}

// faultCode gives the stable code of a message of huma's and what may be shown of it.
func faultCode(message string) (code, expected string) {
	for _, f := range faultForms {
		if strings.HasPrefix(message, f.begin) {
			if f.shown {
				expected = strings.TrimPrefix(message, "expected ")
			}
			return f.code, expected
		}
	}
	return "invalid", ""
}

// matcher picks a language from an Accept-Language header; the first is the default.
var matcher = sync.OnceValue(func() language.Matcher {
	return language.NewMatcher([]language.Tag{
		language.English, language.Russian, language.Make(belarusian)})
})

// languageOf picks the language of texts, the default where the header asks for others.
func languageOf(header, otherwise string) string {
	if header == "" {
		return otherwise
	}
	wanted, _, err := language.ParseAcceptLanguage(header)
	if err != nil || len(wanted) == 0 {
		return otherwise
	}
	_, i, confidence := matcher().Match(wanted...)
	if confidence == language.No {
		return otherwise
	}
	return []string{english, russian, belarusian}[i]
}
