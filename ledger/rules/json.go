package rules

import (
	"encoding/json"
	"strconv"
	"strings"
	"unicode/utf8"
)

// jsonKind is the form of a JSON value.
type jsonKind uint8

const (
	jsonNull jsonKind = iota
	jsonBool
	jsonNumber
	jsonString
	jsonList
	jsonObject
)

// jsonValue is a JSON value as it stands in the text: numbers keep their digits, objects
// the order of their fields. Texts are parts of the input and take no memory of their own.
type jsonValue struct {
	kind jsonKind
	// text is the content of a string, and the letters of a number or a boolean.
	text string
	// names are the fields of an object, items their values or those of a list.
	names []string
	items []jsonValue
}

// Limits of a question, beyond which no rule has one.
const (
	jsonDepthMax  = 8
	jsonFieldsMax = 250
	// fieldsUsual is how many fields most questions have at most.
	fieldsUsual = 8
	// fieldNameMax is the length in bytes up to which a strange field's name is repeated.
	fieldNameMax = 64
)

// parseObject reads exactly one JSON object. A field that stands twice is refused: which of
// the two counts would be a guess.
func parseObject(input []byte) (*jsonValue, *Error) {
	if !utf8.Valid(input) {
		return nil, &Error{Code: CodeInvalidJSON, Message: "the text is not UTF-8"}
	}
	s := scanner{text: string(input)}
	v := s.value(0)
	if s.space(); s.err == nil && s.at < len(s.text) {
		s.fail("there is text after the object")
	}
	if s.err == nil && v.kind != jsonObject {
		s.fail("give one JSON object")
	}
	if s.err != nil {
		return nil, s.err
	}
	return &v, nil
}

// scanner reads JSON strictly and keeps the first error.
type scanner struct {
	text string
	at   int
	err  *Error
}

func (s *scanner) fail(message string) {
	if s.err == nil {
		s.err = &Error{Code: CodeInvalidJSON, Message: message}
	}
}

func (s *scanner) failHere() { s.fail("no JSON at byte " + strconv.Itoa(s.at)) }

func (s *scanner) space() {
	for s.at < len(s.text) {
		switch s.text[s.at] {
		case ' ', '\t', '\n', '\r':
			s.at++
		default:
			return
		}
	}
}

// next gives the next byte that is no space, 0 at the end.
func (s *scanner) next() byte {
	s.space()
	if s.at >= len(s.text) {
		return 0
	}
	return s.text[s.at]
}

// take goes over the byte if it comes next.
func (s *scanner) take(c byte) bool {
	if s.next() != c {
		return false
	}
	s.at++
	return true
}

func (s *scanner) value(depth int) jsonValue {
	switch c := s.next(); {
	case c == '{' || c == '[':
		if depth == jsonDepthMax {
			s.fail("the text is nested too deep")
			return jsonValue{}
		}
		s.at++
		if c == '{' {
			return s.object(depth + 1)
		}
		return s.list(depth + 1)
	case c == '"':
		return jsonValue{kind: jsonString, text: s.str()}
	case c == '-' || c >= '0' && c <= '9':
		return jsonValue{kind: jsonNumber, text: s.number()}
	}
	for _, w := range [...]struct {
		text string
		kind jsonKind
	}{{"null", jsonNull}, {"true", jsonBool}, {"false", jsonBool}} {
		if strings.HasPrefix(s.text[s.at:], w.text) {
			s.at += len(w.text)
			return jsonValue{kind: w.kind, text: w.text}
		}
	}
	s.failHere()
	return jsonValue{}
}

func (s *scanner) list(depth int) jsonValue {
	v := jsonValue{kind: jsonList}
	if s.take(']') {
		return v
	}
	for s.err == nil {
		v.items = append(v.items, s.value(depth))
		if s.take(']') {
			return v
		}
		if !s.take(',') {
			s.failHere()
		}
	}
	return v
}

func (s *scanner) object(depth int) jsonValue {
	v := jsonValue{kind: jsonObject}
	if s.take('}') {
		return v
	}
	v.names, v.items = make([]string, 0, fieldsUsual), make([]jsonValue, 0, fieldsUsual)
	for s.err == nil {
		if s.next() != '"' {
			s.failHere()
			return v
		}
		name := s.str()
		switch {
		case v.field(name) >= 0:
			s.err = &Error{Code: CodeInvalidJSON, Field: shorten(name),
				Message: "the field stands twice: keep one"}
		case len(v.names) == jsonFieldsMax:
			s.fail("the object has too many fields")
		case !s.take(':'):
			s.failHere()
		}
		if s.err != nil {
			return v
		}
		v.names = append(v.names, name)
		v.items = append(v.items, s.value(depth))
		if s.take('}') {
			return v
		}
		if !s.take(',') {
			s.failHere()
		}
	}
	return v
}

// field gives the place of a field in an object, -1 where it is not there.
func (v *jsonValue) field(name string) int {
	for i, n := range v.names {
		if n == name {
			return i
		}
	}
	return -1
}

// str reads a string from its opening quote.
func (s *scanner) str() string {
	start := s.at
	escaped := false
	for s.at++; s.at < len(s.text); s.at++ {
		switch c := s.text[s.at]; {
		case c == '"':
			s.at++
			if !escaped {
				return s.text[start+1 : s.at-1]
			}
			var plain string
			if json.Unmarshal([]byte(s.text[start:s.at]), &plain) != nil {
				s.at = start
				s.failHere()
			}
			return plain
		case c == '\\':
			escaped = true
			s.at++
		case c < ' ':
			s.failHere()
			return ""
		}
	}
	s.fail("the text ends too early")
	return ""
}

// number reads a number as JSON writes it.
func (s *scanner) number() string {
	start := s.at
	if s.text[s.at] == '-' {
		s.at++
	}
	zero := s.at < len(s.text) && s.text[s.at] == '0'
	if n := s.digits(); n == 0 || zero && n > 1 {
		s.failHere()
	}
	if s.at < len(s.text) && s.text[s.at] == '.' {
		if s.at++; s.digits() == 0 {
			s.failHere()
		}
	}
	if s.at < len(s.text) && (s.text[s.at] == 'e' || s.text[s.at] == 'E') {
		s.at++
		if s.at < len(s.text) && (s.text[s.at] == '+' || s.text[s.at] == '-') {
			s.at++
		}
		if s.digits() == 0 {
			s.failHere()
		}
	}
	return s.text[start:s.at]
}

func (s *scanner) digits() int {
	start := s.at
	for s.at < len(s.text) && s.text[s.at] >= '0' && s.text[s.at] <= '9' {
		s.at++
	}
	return s.at - start
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
