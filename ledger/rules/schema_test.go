package rules_test

import (
	"encoding/json"
	"fmt"
	"math"
	"regexp"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/stazh/stazh/ledger/period"
	"github.com/stazh/stazh/ledger/rules"
)

// fits tells what in a value a schema does not allow. It knows the keywords that the
// schemas use, and an unknown one is a fault.
func fits(schema map[string]any, value any, at string) error {
	for keyword, of := range schema {
		if err := fitsKeyword(schema, keyword, of, value, at); err != nil {
			return err
		}
	}
	return nil
}

func fitsKeyword(schema map[string]any, keyword string, of, value any, at string) error {
	wrong := func(ok bool) error {
		if ok {
			return nil
		}
		return fmt.Errorf("%s: %s", at, keyword)
	}
	object, _ := value.(map[string]any)
	list, _ := value.([]any)
	text, isText := value.(string)
	number, isNumber := value.(float64)
	switch keyword {
	case "$schema", "title", "description":
		return nil
	case "const":
		return wrong(value == of)
	case "enum":
		return wrong(slices.Contains(of.([]any), value))
	case "type":
		names, several := of.([]any)
		return wrong(several && slices.Contains(names, any(typeOf(value))) || of == typeOf(value))
	case "pattern":
		return wrong(!isText || regexp.MustCompile(of.(string)).MatchString(text))
	case "format":
		_, err := period.ParseDate(text)
		return wrong(!isText || of == "date" && err == nil)
	case "minLength":
		return wrong(!isText || text != "")
	case "minimum":
		return wrong(!isNumber || number >= of.(float64))
	case "maximum":
		return wrong(!isNumber || number <= of.(float64))
	case "minItems":
		return wrong(value == nil || len(list) >= int(of.(float64)))
	case "items":
		for i, item := range list {
			if err := fits(of.(map[string]any), item, fmt.Sprintf("%s[%d]", at, i)); err != nil {
				return err
			}
		}
		return nil
	case "required":
		for _, name := range of.([]any) {
			if _, there := object[name.(string)]; object != nil && !there {
				return fmt.Errorf("%s.%s: required", at, name)
			}
		}
		return nil
	case "properties", "additionalProperties", "propertyNames":
		return fitsNames(schema, keyword, of, object, at)
	}
	return fmt.Errorf("%s: the test does not know the keyword %s", at, keyword)
}

func fitsNames(schema map[string]any, keyword string, of any, object map[string]any,
	at string) error {
	known, _ := schema["properties"].(map[string]any)
	for name, v := range object {
		property, there := known[name].(map[string]any)
		var err error
		switch keyword {
		case "properties":
			if there {
				err = fits(property, v, at+"."+name)
			}
		case "propertyNames":
			err = fits(of.(map[string]any), name, at+"."+name)
		case "additionalProperties":
			other, allowed := of.(map[string]any)
			if allowed && !there {
				err = fits(other, v, at+"."+name)
			} else if !allowed && !there {
				err = fmt.Errorf("%s.%s: unknown", at, name)
			}
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func typeOf(v any) string {
	switch v := v.(type) {
	case nil:
		return "null"
	case bool:
		return "boolean"
	case string:
		return "string"
	case float64:
		if v == math.Trunc(v) {
			return "integer"
		}
		return "number"
	case []any:
		return "array"
	}
	return "object"
}

func decoded(t *testing.T, text []byte) map[string]any {
	t.Helper()
	var v map[string]any
	require.NoError(t, json.Unmarshal(text, &v), string(text))
	return v
}

func TestSchemasFitTheExamples(t *testing.T) {
	t.Parallel()
	for _, r := range rules.All() {
		e := exampleOf(t, r.ID)
		input, output := decoded(t, r.InputSchema()), decoded(t, r.OutputSchema())
		require.NoError(t, fits(input, decoded(t, e.Input), r.ID))
		require.NoError(t, fits(output, decoded(t, e.Output), r.ID))
		strange := decoded(t, e.Input)
		strange["strange"] = true
		require.Error(t, fits(input, strange, r.ID), r.ID)
		for name := range decoded(t, e.Output) {
			require.Contains(t, output["properties"], name, r.ID)
		}
	}
}

// A question with one field of a wrong form fits neither the schema nor the rule.
func TestSchemasAndRulesRefuseTheSame(t *testing.T) {
	t.Parallel()
	law := recordedLaw(t)
	for _, r := range rules.All() {
		schema := decoded(t, r.InputSchema())
		for _, f := range r.Inputs {
			for _, wrong := range []any{-1.5, "x y", map[string]any{"years": 1.0}, []any{}} {
				if _, isText := wrong.(string); isText && f.Type == rules.TypeText {
					continue
				}
				question := decoded(t, exampleOf(t, r.ID).Input)
				question[f.Name] = wrong
				require.Error(t, fits(schema, question, r.ID), "%s %s %v", r.ID, f.Name, wrong)
				text, err := json.Marshal(question)
				require.NoError(t, err)
				_, err = rules.Run(law, r.ID, text)
				got := rules.AsError(err)
				require.NotNil(t, got, "%s %s %v", r.ID, f.Name, wrong)
				require.Equal(t, rules.CodeInvalidInput, got.Code)
				require.Contains(t, got.Field, f.Name)
			}
			question := decoded(t, exampleOf(t, r.ID).Input)
			question[f.Name] = nil
			schemaErr := fits(schema, question, r.ID)
			require.Equal(t, f.Optional, schemaErr == nil, "%s %s null", r.ID, f.Name)
		}
	}
}
