package rules

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/stazh/stazh/ledger/money"
	"github.com/stazh/stazh/ledger/period"
)

// depthMax is the deepest nesting of an input: an object, a list in it, its items and
// one more; deeper input is no question of any rule.
const depthMax = 8

// yearMax is the last year of a date: month arithmetic ends with the year 9999.
const yearMax = 9000

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

// absent tells whether an optional field is left out; null is the same.
func (r *reader) absent(name string) bool { return r.take(name) == nil }

func (r *reader) text(name, form string) (string, bool) {
	return r.asText(name, r.take(name), form)
}

func (r *reader) asText(name string, v any, form string) (string, bool) {
	s, ok := v.(string)
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

func (r *reader) date(name string) period.Date { return r.asDate(name, r.take(name)) }

func (r *reader) asDate(name string, v any) period.Date {
	s, ok := r.asText(name, v, dateForm)
	if !ok {
		return 0
	}
	d, err := period.ParseDate(s)
	if err != nil || d.Year() > yearMax {
		r.fail(name, dateForm)
		return 0
	}
	return d
}

func (r *reader) integer(name string, least, most int) int {
	n, ok := r.take(name).(json.Number)
	v, err := strconv.Atoi(string(n))
	if !ok || err != nil || v < least || v > most {
		r.fail(name, "give a whole number from "+strconv.Itoa(least)+" to "+strconv.Itoa(most))
		return 0
	}
	return v
}

func (r *reader) boolean(name string) bool {
	v, ok := r.take(name).(bool)
	if !ok {
		r.fail(name, "give true or false")
	}
	return v
}

// word gives the place of the word in the list, from 1.
func (r *reader) word(name string, words []string) int {
	s, _ := r.take(name).(string)
	at := slices.Index(words, s) + 1
	if at == 0 {
		r.fail(name, "give one of the words "+strings.Join(words, ", "))
	}
	return at
}

func (r *reader) coverage(name string) Duration {
	o, ok := r.take(name).(*object)
	if !ok {
		r.fail(name, coverageForm)
		return Duration{}
	}
	sub := newReader(o, r.path+name+".")
	d := sub.duration()
	r.adopt(sub)
	return d
}

// duration takes the three parts of a coverage.
func (r *reader) duration() Duration {
	return Duration{
		Years:  r.integer("years", 0, coverageYearsMax),
		Months: r.integer("months", 0, coverageYearMonths-1),
		Days:   r.integer("days", 0, coverageMonthDays-1),
	}
}

// length gives the number of items of a list, which has at least one.
func (r *reader) length(name string) int {
	items, _ := r.take(name).([]any)
	if len(items) == 0 {
		r.fail(name, "give a list with at least one item")
	}
	return len(items)
}

// at gives an item of a list.
func (r *reader) at(name string, i int) any {
	return r.values[name].([]any)[i] //nolint:forcetypeassert // length has looked
}

// item gives the reader of an object in a list; of anything else it is one that has
// failed already.
func (r *reader) item(name string, i int) *reader {
	o, ok := r.at(name, i).(*object)
	if !ok {
		r.fail(index(name, i), "give an object")
		o = &object{}
	}
	sub := newReader(o, r.path+index(name, i)+".")
	sub.err = r.err
	return sub
}

// adopt ends the reading of an object within this one and tells whether there is an error.
func (r *reader) adopt(sub *reader) bool {
	if err := sub.done(); err != nil && r.err == nil {
		r.err = err
	}
	return r.err != nil
}

// note gives the trace the values of the question; of lists it can say nothing in a word.
func (r *reader) note(t *Trace) {
	for _, name := range r.names {
		switch v := r.values[name].(type) {
		case string:
			t.given(name, v)
		case json.Number:
			t.given(name, v.String())
		case bool:
			t.given(name, strconv.FormatBool(v))
		case *object:
			if name != overridesField {
				t.given(name, newReader(v, "").duration().String())
			}
		}
	}
}

// overridesField is the field of every question that stands in for numbers of the law.
const overridesField = "parameters"

// overrides reads the object "parameters": values of this request that stand in for
// those of the law.
func (r *reader) overrides() []entry {
	given := r.take(overridesField)
	if given == nil {
		return nil
	}
	o, ok := given.(*object)
	if !ok {
		r.fail(overridesField, "give an object of names and values")
		return nil
	}
	entries := make([]entry, 0, len(o.names))
	for _, name := range o.names {
		field := overridesField + "." + shorten(name)
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
