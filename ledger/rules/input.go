package rules

import (
	"slices"
	"strconv"
	"strings"

	"github.com/stazh/stazh/ledger/money"
	"github.com/stazh/stazh/ledger/period"
)

// yearMax is the last year of a date: month arithmetic ends with the year 9999.
const yearMax = 9000

// reader takes the fields of an object one by one and keeps the first error.
type reader struct {
	*jsonValue
	// parent has the object under the name, in a list at the place; at is -1 for a single
	// object. The input itself has no parent.
	parent *reader
	name   string
	at     int
	// taken has a bit for each field that the rule has asked for.
	taken [(jsonFieldsMax + 63) / 64]uint64
	err   *Error
}

// path is the pointer of the object with a final point, empty for the input itself.
func (r *reader) path() string {
	switch {
	case r.parent == nil:
		return ""
	case r.at < 0:
		return r.parent.path() + r.name + "."
	}
	return r.parent.path() + index(r.name, r.at) + "."
}

func (r *reader) fail(name, message string) {
	if r.err == nil {
		r.err = invalid(r.path()+name, "%s", message)
	}
}

// absentValue is what a field has that is not there; null is the same as absent.
var absentValue jsonValue

// take gives the value of a field.
func (r *reader) take(name string) *jsonValue {
	i := r.field(name)
	if i < 0 {
		return &absentValue
	}
	r.taken[i/64] |= 1 << (i % 64)
	return &r.items[i]
}

// done refuses fields that nobody took and gives the first error.
func (r *reader) done() *Error {
	for i, name := range r.names {
		if r.taken[i/64]&(1<<(i%64)) == 0 {
			r.fail(shorten(name), "the rule has no such field: remove it or correct its name")
		}
	}
	return r.err
}

// absent tells whether an optional field is left out; null is the same.
func (r *reader) absent(name string) bool { return r.take(name).kind == jsonNull }

// text gives a string that is not empty.
func (r *reader) text(name, form string) (string, bool) {
	return r.asText(name, r.take(name), form)
}

func (r *reader) asText(name string, v *jsonValue, form string) (string, bool) {
	if v.kind != jsonString || v.text == "" {
		r.fail(name, form)
		return "", false
	}
	return v.text, true
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
	if err != nil || m.Year() > yearMax {
		r.fail(name, monthForm)
		return 0
	}
	return m
}

func (r *reader) date(name string) period.Date { return r.asDate(name, r.take(name)) }

func (r *reader) asDate(name string, v *jsonValue) period.Date {
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
	n := r.take(name)
	v, err := strconv.Atoi(n.text)
	if n.kind != jsonNumber || err != nil || v < least || v > most {
		r.fail(name, "give a whole number from "+strconv.Itoa(least)+" to "+strconv.Itoa(most))
		return 0
	}
	return v
}

func (r *reader) boolean(name string) bool {
	v := r.take(name)
	if v.kind != jsonBool {
		r.fail(name, "give true or false")
	}
	return v.text == "true"
}

// word gives the place of the word in the list, from 1.
func (r *reader) word(name string, words []string) int {
	v := r.take(name)
	at := slices.Index(words, v.text) + 1
	if v.kind != jsonString || at == 0 {
		r.fail(name, "give one of the words "+strings.Join(words, ", "))
	}
	return at
}

func (r *reader) coverage(name string) Duration {
	o := r.take(name)
	if o.kind != jsonObject {
		r.fail(name, coverageForm)
		return Duration{}
	}
	sub := &reader{jsonValue: o, parent: r, name: name, at: -1}
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

// list gives the items of a list, which has at least one.
func (r *reader) list(name string) []jsonValue {
	v := r.take(name)
	if v.kind != jsonList || len(v.items) == 0 {
		r.fail(name, "give a list with at least one item")
		return nil
	}
	return v.items
}

// item gives the reader of an object in a list; of anything else it is one that has
// failed already.
func (r *reader) item(name string, items []jsonValue, i int) *reader {
	o := &items[i]
	if o.kind != jsonObject {
		r.fail(index(name, i), "give an object")
		o = &absentValue
	}
	return &reader{jsonValue: o, parent: r, name: name, at: i, err: r.err}
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
	for i, name := range r.names {
		switch v := &r.items[i]; v.kind {
		case jsonString, jsonNumber, jsonBool:
			t.given(name, v.text)
		case jsonObject:
			if name != overridesField {
				t.given(name, (&reader{jsonValue: v}).duration().String())
			}
		case jsonNull, jsonList:
		}
	}
}

// overridesField is the field of every question that stands in for numbers of the law.
const overridesField = "parameters"

// overrides reads the object "parameters": values of this request that stand in for
// those of the law.
func (r *reader) overrides() []entry {
	given := r.take(overridesField)
	if given.kind == jsonNull {
		return nil
	}
	if given.kind != jsonObject {
		r.fail(overridesField, "give an object of names and values")
		return nil
	}
	entries := make([]entry, 0, len(given.names))
	for i, name := range given.names {
		field := overridesField + "." + shorten(name)
		d, known := definitionOf(name)
		if !known {
			r.fail(field, "there is no such parameter: remove it or correct its name")
			return nil
		}
		e := entry{Parameter: Parameter{Name: name}}
		e.term = d.called()
		v := &given.items[i]
		if v.kind == jsonNull && d.nullable {
			e.none = true
			entries = append(entries, e)
			continue
		}
		ok := v.kind == jsonString
		if ok {
			e.value, e.Value, ok = d.parse(v.text)
		}
		if !ok {
			r.fail(field, d.expected())
			return nil
		}
		entries = append(entries, e)
	}
	return entries
}
