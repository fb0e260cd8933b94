package api

import (
	"net/http"
	"strings"
	"testing"

	"github.com/danielgtaylor/huma/v2"
	"github.com/stretchr/testify/require"
)

func TestFaultCodes(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct{ message, location, code, pointer, expected string }{
		{"expected required property name to be present", "body", "required", "/name", ""},
		{"expected required property from to be present", "body.parameters[2]", "required",
			"/parameters/2/from", ""},
		{"required query parameter is missing", "query.year", "required", "/year", ""},
		{"unexpected property", "body.Канарейкина", "unknown_property", "", ""},
		{"unknown query parameter", "query.as-off", "unknown_parameter", "/as-off", ""},
		{"expected number >= 1", "query.limit", "out_of_range", "/limit", "number >= 1"},
		{"expected string to be a UNP", "path.unp", "wrong_form", "/unp", "string to be a UNP"},
		{"invalid date/time for format x", "query.as_of", "date_time", "/as_of", ""},
		{"anything else with 4090471A100BA5", "body.x", "invalid", "/x", ""},
	} {
		f := faultOf(&huma.ErrorDetail{Message: tc.message, Location: tc.location,
			Value: "4090471A100BA5"}, english)
		require.Equal(t, tc.code, f.Code, tc.message)
		require.Equal(t, tc.pointer, f.Pointer, tc.message)
		require.Equal(t, tc.expected, f.Expected, tc.message)
		require.NotEmpty(t, f.Message, tc.message)
	}
	for _, form := range faultForms {
		require.Contains(t, texts().Faults, form.code)
	}
}

func TestCSVIsHarmless(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{"": "", "12.00": "12.00", "=1+1": "'=1+1",
		"+7": "'+7", "-5": "'-5", "@x": "'@x", "Иванов": "Иванов"} {
		require.Equal(t, want, harmless(in))
	}
	for accept, want := range map[string]bool{"text/csv": true, "text/csv;q=0.9, */*": true,
		"": false, "*/*": false, "application/json, text/csv": false} {
		require.Equal(t, want, wantsCSV(accept), accept)
	}
}

// FuzzRequestTexts: nothing that a client sends makes the readers of headers and paths
// fail, or comes back in a pointer unless it is a plain name.
func FuzzRequestTexts(f *testing.F) {
	f.Add("body.items[3].name", "expected length >= 3", "ru-RU,ru;q=0.9", "42")
	f.Add("body.Канарейкина", "unexpected property", "x;q=z", "-1")
	f.Fuzz(func(t *testing.T, location, message, accept, id string) {
		fault := faultOf(&huma.ErrorDetail{Location: location, Message: message}, english)
		require.NotEmpty(t, fault.Code)
		for _, part := range strings.Split(strings.TrimPrefix(fault.Pointer, "/"), "/") {
			require.True(t, part == "" || plainName(part), part)
		}
		require.Contains(t, []string{english, russian, belarusian},
			languageOf(accept, english))
		require.Less(t, uint64(lastEventID(id)), uint64(1)<<63)
		require.NotEmpty(t, texts().title(http.StatusTeapot, accept))
	})
}
