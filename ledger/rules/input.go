package rules

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"strconv"
	"unicode/utf8"

	"github.com/stazh/stazh/ledger/money"
	"github.com/stazh/stazh/ledger/period"
)

// depthMax is the deepest nesting of an input: an object, a list in it, its items and
// one more; deeper input is no question of any rule.
const depthMax = 8

// fieldNameMax is the length in bytes up to which a strange field's name is repeated.
const fieldNameMax = 64

// object is a JSON object in the order of its fields.
type object struct {
	names  []string
	values map[string]any
}

// parseObject reads exactly one JSON object. Values become string, json.Number, bool,
// nil, []any or *object. A field that stands twice is refused: which of the two counts
// would be a guess.
func parseObject(input []byte) (*object, *Error) {
	if !utf8.Valid(input) {
		return nil, &Error{Code: CodeInvalidJSON, Message: "the text is not UTF-8"}
	}
	d := json.NewDecoder(bytes.NewReader(input))
	d.UseNumber()
	v, err := parseValue(d, 0)
	if err == nil {
		if _, more := d.Token(); !errors.Is(more, io.EOF) {
			err = &Error{Code: CodeInvalidJSON, Message: "there is text after the object"}
		}
	}
	if err != nil {
		return nil, err
	}
	o, ok := v.(*object)
	if !ok {
		return nil, &Error{Code: CodeInvalidJSON, Message: "give one JSON object"}
	}
	return o, nil
}

func parseValue(d *json.Decoder, depth int) (any, *Error) {
	token, err := d.Token()
	if err != nil {
		return nil, &Error{Code: CodeInvalidJSON,
			Message: "no JSON at byte " + strconv.FormatInt(d.InputOffset(), 10)}
	}
	delim, nested := token.(json.Delim)
	if !nested {
		return token, nil
	}
	if depth == depthMax {
		return nil, &Error{Code: CodeInvalidJSON, Message: "the text is nested too deep"}
	}
	if delim == '{' {
		return parseFields(d, depth)
	}
	items := []any{}
	for d.More() {
		v, err := parseValue(d, depth+1)
		if err != nil {
			return nil, err
		}
		items = append(items, v)
	}
	return items, parseEnd(d)
}

func parseFields(d *json.Decoder, depth int) (any, *Error) {
	o := &object{values: map[string]any{}}
	for d.More() {
		token, err := parseValue(d, depth+1)
		if err != nil {
			return nil, err
		}
		name, ok := token.(string)
		if !ok {
			return nil, &Error{Code: CodeInvalidJSON, Message: "a field has no name"}
		}
		if _, twice := o.values[name]; twice {
			return nil, &Error{Code: CodeInvalidJSON, Field: shorten(name),
				Message: "the field stands twice: keep one"}
		}
		v, err := parseValue(d, depth+1)
		if err != nil {
			return nil, err
		}
		o.names = append(o.names, name)
		o.values[name] = v
	}
	return o, parseEnd(d)
}

// parseEnd reads the closing bracket.
func parseEnd(d *json.Decoder) *Error {
	if _, err := d.Token(); err != nil {
		return &Error{Code: CodeInvalidJSON, Message: "the text ends too early"}
	}
	return nil
}

func shorten(name string) string {
	if len(name) <= fieldNameMax {
		return name
	}
	cut := fieldNameMax
	for !utf8.RuneStart(name[cut]) {
		cut--
	}
	return name[:cut] + "…"
}

// reader takes the fields of an object one by one and keeps the first error.
type reader struct {
	object
	// path is the pointer of the object with a final point, empty for the input itself.
	path  string
	taken map[string]bool
	err   *Error
}

func newReader(o *object, path string) *reader {
	return &reader{object: *o, path: path, taken: map[string]bool{}}
}

func (r *reader) fail(name, message string) {
	if r.err == nil {
		r.err = invalid(r.path+name, "%s", message)
	}
}

// take gives the value of a field; null is the same as absent.
func (r *reader) take(name string) any {
	r.taken[name] = true
	return r.values[name]
}

// done refuses fields that nobody took and gives the first error.
func (r *reader) done() *Error {
	for _, name := range r.names {
		if !r.taken[name] {
			r.fail(shorten(name), "the rule has no such field: remove it or correct its name")
		}
	}
	return r.err
}

func (r *reader) text(name, form string) (string, bool) {
	s, ok := r.take(name).(string)
	if !ok || s == "" {
		r.fail(name, form)
		return "", false
	}
	return s, true
}

func (r *reader) amount(name string) money.Amount {
	s, ok := r.text(name, amountForm)
	if !ok {
		return 0
	}
	a, err := money.Parse(s)
	if err != nil || len(s) < 4 || s[len(s)-3] != '.' || !isDecimal(s, 2) {
		r.fail(name, amountForm)
	}
	return a
}

// optionalRate is nil where the field is absent.
func (r *reader) optionalRate(name string) *money.Rate {
	if r.values[name] == nil {
		r.take(name)
		return nil
	}
	v := r.rate(name)
	return &v
}

func (r *reader) rate(name string) money.Rate {
	s, ok := r.text(name, rateForm)
	if !ok {
		return 0
	}
	v, err := money.ParseRate(s)
	if err != nil || !isDecimal(s, decimalsMax) || v > rateMax {
		r.fail(name, rateForm)
	}
	return v
}

func (r *reader) month(name string) period.Month {
	s, ok := r.text(name, monthForm)
	if !ok {
		return 0
	}
	m, err := period.ParseMonth(s)
	if err != nil {
		r.fail(name, monthForm)
	}
	return m
}

func (r *reader) date(name string) period.Date {
	s, ok := r.text(name, dateForm)
	if !ok {
		return 0
	}
	d, err := period.ParseDate(s)
	if err != nil {
		r.fail(name, dateForm)
	}
	return d
}

func (r *reader) integer(name, form string) int {
	n, ok := r.take(name).(json.Number)
	v, err := strconv.Atoi(string(n))
	if !ok || err != nil {
		r.fail(name, form)
		return 0
	}
	return v
}

// each reads a list of objects; item is called for each of them until one fails.
func (r *reader) each(name string, item func(*reader)) {
	items, ok := r.take(name).([]any)
	if !ok || len(items) == 0 {
		r.fail(name, "give a list with at least one item")
		return
	}
	for n, v := range items {
		o, ok := v.(*object)
		if !ok {
			r.fail(name+"["+strconv.Itoa(n)+"]", "give an object")
			return
		}
		sub := newReader(o, r.path+index(name, n, ""))
		item(sub)
		if err := sub.done(); err != nil {
			if r.err == nil {
				r.err = err
			}
			return
		}
	}
}

// overrides reads the object "parameters": values of this request that stand in for
// those of the law.
func (r *reader) overrides() []entry {
	given := r.take("parameters")
	if given == nil {
		return nil
	}
	o, ok := given.(*object)
	if !ok {
		r.fail("parameters", "give an object of names and values")
		return nil
	}
	entries := make([]entry, 0, len(o.names))
	for _, name := range o.names {
		field := "parameters." + shorten(name)
		d, known := definitionOf(name)
		if !known {
			r.fail(field, "there is no such parameter: remove it or correct its name")
			return nil
		}
		e := entry{Parameter: Parameter{Name: name}}
		if o.values[name] == nil && d.nullable {
			e.none = true
			entries = append(entries, e)
			continue
		}
		s, _ := o.values[name].(string)
		if e.value, e.Value, ok = d.parse(s); !ok {
			r.fail(field, d.expected())
			return nil
		}
		entries = append(entries, e)
	}
	return entries
}
