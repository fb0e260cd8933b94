package rules

import (
	"encoding/json"
	"strconv"
)

// schemaDialect is the JSON Schema that the schemas are written in.
const schemaDialect = "https://json-schema.org/draft/2020-12/schema"

// Patterns of decimal texts.
const (
	amountPattern = `^[0-9]{1,13}\\.[0-9]{2}$`
	ratePattern   = `^[0-9]{1,13}(\\.[0-9]{1,8})?$`
)

// InputSchema gives the JSON Schema of the rule's question.
func (r *Rule) InputSchema() json.RawMessage {
	b := schemaHead(r.Title.EN + ": question")
	b = appendObject(b, r.Inputs, true)
	return append(b, '}')
}

// OutputSchema gives the JSON Schema of the rule's answer.
func (r *Rule) OutputSchema() json.RawMessage {
	b := schemaHead(r.Title.EN + ": answer")
	b = append(b, `"type":"object","properties":{"rule":{"const":"`+r.ID+
		`"},"currency":{"const":"BYN"}`...)
	required := []string{"rule", "currency"}
	for _, f := range r.Outputs {
		b = appendProperty(append(b, ','), f)
		if !f.Absent {
			required = append(required, f.Name)
		}
	}
	b = append(b, `,"parameters_used":{"type":"object",`+
		`"additionalProperties":{"type":"string"}},"steps":{"type":"array","items":`+
		stepSchema+`}},"required":`...)
	b = appendWords(b, append(required, "parameters_used", "steps"))
	return append(b, '}')
}

const stepSchema = `{"type":"object","properties":{"step":{"type":"string"},` +
	`"label":{"type":"object","properties":{"ru":{"type":"string"},"be":{"type":"string"},` +
	`"en":{"type":"string"}}},"formula":{"type":"string"},"inputs":{"type":"object",` +
	`"additionalProperties":{"type":"string"}},"value":{"type":"string"},` +
	`"act":{"type":"string"}},"required":["step","label","formula","inputs","value","act"]}`

func schemaHead(title string) []byte {
	b := append([]byte(`{"$schema":`), strconv.Quote(schemaDialect)...)
	return append(appendString(append(b, `,"title":`...), title), ',')
}

// appendObject writes the keywords of an object with these fields and no others. Only the
// question itself may stand in for numbers of the law.
func appendObject(b []byte, fields []Field, question bool) []byte {
	b = append(b, `"type":"object","properties":{`...)
	var required []string
	for i, f := range fields {
		if i > 0 {
			b = append(b, ',')
		}
		b = appendProperty(b, f)
		if !f.Optional {
			required = append(required, f.Name)
		}
	}
	if question {
		b = append(b, `,"parameters":{"type":["object","null"],"description":`...)
		b = appendString(b, Term(overridesField).EN)
		b = appendWords(append(b, `,"propertyNames":{"enum":`...), ParameterNames())
		b = append(b, `},"additionalProperties":{"type":["string","null"]}}`...)
	}
	b = append(b, `},"additionalProperties":false`...)
	if len(required) > 0 {
		b = appendWords(append(b, `,"required":`...), required)
	}
	return b
}

func appendProperty(b []byte, f Field) []byte {
	b = append(appendString(b, f.Name), ':', '{')
	if f.Type == TypeEnum {
		b = appendEnum(b, f)
	} else {
		b = appendForm(b, f)
	}
	b = appendString(append(b, `,"description":`...), f.Doc().EN)
	return append(b, '}')
}

func appendEnum(b []byte, f Field) []byte {
	b = appendWords(append(b, `"enum":`...), f.Words)
	if f.Optional {
		b = append(b[:len(b)-1], `,null]`...)
	}
	return b
}

// appendForm writes the keywords of a field's type.
func appendForm(b []byte, f Field) []byte {
	name, rest := "string", ""
	switch f.Type {
	case TypeAmount:
		rest = `,"pattern":"` + amountPattern + `"`
	case TypeRate:
		rest = `,"pattern":"` + ratePattern + `"`
	case TypeDate:
		rest = `,"format":"date"`
	case TypeMonth:
		rest = `,"pattern":"^[0-9]{4}-(0[1-9]|1[0-2])$"`
	case TypeText:
		rest = `,"minLength":1`
	case TypeBool:
		name = "boolean"
	case TypeInt:
		name = "integer"
		rest = `,"minimum":` + strconv.Itoa(f.Least) + `,"maximum":` + strconv.Itoa(f.Most)
	case TypeCoverage:
		name, rest = "object", objectRest(coverageFields)
	case TypeAge:
		name, rest = "object", objectRest(coverageFields[:2])
	case TypeList:
		name, rest = "array", listRest(f)
	case TypeEnum:
	}
	if f.Optional {
		return append(b, `"type":["`+name+`","null"]`+rest...)
	}
	return append(b, `"type":"`+name+`"`+rest...)
}

// coverageFields are the parts of a coverage; the first two are those of an age.
var coverageFields = []Field{
	{Name: "years", Type: TypeInt, Most: coverageYearsMax},
	{Name: "months", Type: TypeInt, Most: coverageYearMonths - 1},
	{Name: "days", Type: TypeInt, Most: coverageMonthDays - 1},
}

// objectRest is appendObject without the name of the type.
func objectRest(fields []Field) string {
	const head = `"type":"object"`
	return string(appendObject(nil, fields, false)[len(head):])
}

func listRest(f Field) string {
	b := []byte(`,"items":{`)
	item := f.Items[0]
	switch {
	case item.Name != "":
		b = appendObject(b, f.Items, false)
	case item.Type == TypeEnum:
		b = appendEnum(b, item)
	default:
		b = appendForm(b, item)
	}
	b = append(b, '}')
	if !f.MayBeEmpty {
		b = append(b, `,"minItems":1`...)
	}
	return string(b)
}

func appendWords(b []byte, words []string) []byte {
	b = append(b, '[')
	for i, w := range words {
		if i > 0 {
			b = append(b, ',')
		}
		b = appendString(b, w)
	}
	return append(b, ']')
}
