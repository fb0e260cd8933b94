package rules

import (
	"encoding/json"
	"strconv"

	"github.com/stazh/stazh/ledger/money"
	"github.com/stazh/stazh/ledger/period"
)

// Forms of input, as error messages name them.
const (
	amountForm = "give BYN with exactly two decimals as a string, like \"859.00\""
	rateForm   = "give a decimal fraction as a string, like \"0.006\""
	dateForm   = "give the day as YYYY-MM-DD"
	monthForm  = "give the month as YYYY-MM"

	coverageForm = "give an object of years 0 to 9999, months 0 to 11 and days 0 to 29"
)

// Step is one line of an explanation: a number of the law that was looked up, or a figure
// that was computed.
type Step struct {
	// Name is what is looked up or computed; its label stands in the glossary.
	Name string
	// When is the day a looked-up number was asked for, or the month of a figure that belongs
	// to one.
	When string
	// Formula is how a figure was computed, from names of inputs, numbers of the law and
	// earlier steps; empty for a looked-up number.
	Formula string
	// Inputs are the values that the formula names, in its order.
	Inputs []Input
	Value  string
	// Act is what the number or the formula rests on.
	Act string
}

// Input is a named value.
type Input struct{ Name, Value string }

// Trace writes down how an answer comes about. A nil trace writes nothing: mass runs
// give none, and their rules then neither allocate nor format. One trace serves one
// calculation.
type Trace struct {
	act    string
	steps  []Step
	used   []Input
	values []Input
}

// newTrace has room for what most calculations write.
func newTrace(act string) *Trace {
	return &Trace{act: act, steps: make([]Step, 0, 24), used: make([]Input, 0, 12),
		values: make([]Input, 0, 32)}
}

// given notes a value of the question.
func (t *Trace) given(name, value string) {
	if t != nil {
		t.values = append(t.values, Input{name, value})
	}
}

// value gives the latest value of a name.
func (t *Trace) value(name string) (string, bool) {
	for i := len(t.values) - 1; i >= 0; i-- {
		if t.values[i].Name == name {
			return t.values[i].Value, true
		}
	}
	return "", false
}

// number notes a number of the law, under another name where one name stands for two days.
func (t *Trace) number(e *entry, name string, on period.Date) {
	if t == nil {
		return
	}
	act := e.Act
	if act == "" {
		act = e.Source
	}
	if e.Demo {
		act += " (demonstration value)"
	}
	if e.Unverified {
		act += " (unverified)"
	}
	value := e.Value
	if e.none {
		value = "none"
	}
	step := Step{Name: name, Value: value, Act: act}
	if on != undated {
		step.When = on.String()
	}
	t.steps = append(t.steps, step)
	t.given(name, value)
	t.use(e.Name, value)
}

// use notes which value of a number of the law counted.
func (t *Trace) use(name, value string) {
	for i := range t.used {
		if t.used[i].Name == name {
			t.used[i].Value = value
			return
		}
	}
	t.used = append(t.used, Input{name, value})
}

// amount notes a figure that is rounded to the kopeck.
func (t *Trace) amount(name, formula string, v money.Amount) {
	if t != nil {
		t.computed(name, formula, v.String())
	}
}

// exact notes a figure that goes on unrounded.
func (t *Trace) exact(name, formula string, v exact) {
	if t != nil {
		t.computed(name, formula, v.String())
	}
}

// rate notes a rate.
func (t *Trace) rate(name, formula string, v money.Rate) {
	if t != nil {
		t.computed(name, formula, exactRate(v).String())
	}
}

// count notes a whole number.
func (t *Trace) count(name, formula string, v int) {
	if t != nil {
		t.computed(name, formula, strconv.Itoa(v))
	}
}

// date notes a day.
func (t *Trace) date(name, formula string, v period.Date) {
	if t != nil {
		t.computed(name, formula, v.String())
	}
}

// length notes a length of coverage.
func (t *Trace) length(name, formula string, v Duration) {
	if t != nil {
		t.computed(name, formula, v.String())
	}
}

// holds notes whether a condition holds.
func (t *Trace) holds(name, formula string, v bool) {
	if t != nil {
		t.computed(name, formula, strconv.FormatBool(v))
	}
}

// word notes a word of an answer.
func (t *Trace) word(name, formula, v string) {
	if t != nil {
		t.computed(name, formula, v)
	}
}

func (t *Trace) computed(name, formula, value string) {
	s := Step{Name: name, Formula: formula, Value: value, Act: t.act}
	for i := 0; i < len(formula); i++ {
		start := i
		for i < len(formula) && isNameByte(formula[i], i > start) {
			i++
		}
		word := formula[start:i]
		if v, ok := t.value(word); ok && !named(s.Inputs, word) {
			s.Inputs = append(s.Inputs, Input{word, v})
		}
	}
	t.steps = append(t.steps, s)
	t.given(name, value)
}

func named(inputs []Input, name string) bool {
	for _, in := range inputs {
		if in.Name == name {
			return true
		}
	}
	return false
}

func isNameByte(c byte, inside bool) bool {
	return c >= 'a' && c <= 'z' || inside && (c == '_' || c >= '0' && c <= '9')
}

// appendJSON writes the two lists that end every answer.
func (t *Trace) appendJSON(b []byte) []byte {
	b = append(b, `,"parameters_used":`...)
	b = appendInputs(b, t.used)
	b = append(b, `,"steps":[`...)
	for i := range t.steps {
		if i > 0 {
			b = append(b, ',')
		}
		b = t.steps[i].appendJSON(b)
	}
	return append(b, ']')
}

func (s *Step) appendJSON(b []byte) []byte {
	b = appendString(append(b, `{"step":`...), s.text())
	b = Term(s.Name).appendJSON(append(b, `,"label":`...))
	b = appendString(append(b, `,"formula":`...), s.Formula)
	b = appendInputs(append(b, `,"inputs":`...), s.Inputs)
	b = appendString(append(b, `,"value":`...), s.Value)
	return append(appendString(append(b, `,"act":`...), s.Act), '}')
}

// text is the step in one line.
func (s *Step) text() string {
	switch {
	case s.Formula != "" && s.When != "":
		return s.Name + " in " + s.When + " = " + s.Formula
	case s.Formula != "":
		return s.Name + " = " + s.Formula
	case s.When != "":
		return s.Name + " on " + s.When
	}
	return s.Name
}

func (t Text) appendJSON(b []byte) []byte {
	b = appendString(append(b, `{"ru":`...), t.RU)
	b = appendString(append(b, `,"be":`...), t.BE)
	return append(appendString(append(b, `,"en":`...), t.EN), '}')
}

func appendInputs(b []byte, inputs []Input) []byte {
	b = append(b, '{')
	for i, in := range inputs {
		if i > 0 {
			b = append(b, ',')
		}
		b = appendString(append(appendString(b, in.Name), ':'), in.Value)
	}
	return append(b, '}')
}

// appendString writes a JSON string.
func appendString(b []byte, s string) []byte {
	for i := range len(s) {
		if c := s[i]; c < ' ' || c == '"' || c == '\\' || c == 0x7f {
			quoted, _ := json.Marshal(s) // a string always can be written
			return append(b, quoted...)
		}
	}
	return append(append(append(b, '"'), s...), '"')
}

// String gives "1y 6m 20d".
func (d Duration) String() string {
	return strconv.Itoa(d.Years) + "y " + strconv.Itoa(d.Months) + "m " +
		strconv.Itoa(d.Days) + "d"
}

// coverageYearsMax bounds the years of one coverage, so that sums cannot overflow.
const coverageYearsMax = 9999

// index gives the pointer of a list's item: periods[1].
func index(list string, n int) string { return list + "[" + strconv.Itoa(n) + "]" }
