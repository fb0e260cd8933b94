package format

import (
	"bytes"
	"encoding/json"
	"strconv"

	"github.com/stazh/stazh/commands/intake/document"
)

// jsonCursor walks over JSON that is known to be well-formed. It never leaves b, also
// where that promise is broken.
type jsonCursor struct {
	b []byte
	i int
}

func (c *jsonCursor) peek() byte {
	for c.i < len(c.b) {
		switch c.b[c.i] {
		case ' ', '\t', '\r', '\n':
			c.i++
		default:
			return c.b[c.i]
		}
	}
	return 0
}

// take steps over the next character if it is ch.
func (c *jsonCursor) take(ch byte) bool {
	if c.peek() != ch || ch == 0 {
		return false
	}
	c.i++
	return true
}

// text reads a string; it is valid as long as b where it has no escapes.
func (c *jsonCursor) text() []byte {
	start := c.i
	if !c.take('"') {
		return nil
	}
	escaped := false
	for c.i < len(c.b) && c.b[c.i] != '"' {
		if c.b[c.i] == '\\' {
			escaped = true
			c.i++
		}
		c.i++
	}
	c.i = min(c.i+1, len(c.b))
	if !escaped {
		return bytes.Trim(c.b[start:c.i], "\" \t\r\n")
	}
	var s string
	if json.Unmarshal(bytes.TrimSpace(c.b[start:c.i]), &s) != nil {
		return nil
	}
	return []byte(s)
}

// skip steps over one value and returns it.
func (c *jsonCursor) skip() []byte {
	c.peek()
	start, depth := c.i, 0
	for c.i < len(c.b) {
		switch c.peek() {
		case '"':
			c.text()
		case '{', '[':
			depth++
			c.i++
		case '}', ']':
			if depth == 0 {
				return c.b[start:c.i]
			}
			depth--
			c.i++
		case ',', ':':
			if depth == 0 {
				return c.b[start:c.i]
			}
			c.i++
			continue
		default:
			c.scalar()
		}
		if depth == 0 {
			break
		}
	}
	return c.b[start:min(c.i, len(c.b))]
}

// scalar steps over a number, true, false or null.
func (c *jsonCursor) scalar() []byte {
	start := c.i
	for c.i < len(c.b) {
		switch c.b[c.i] {
		case ',', ':', '}', ']', '{', '[', '"', ' ', '\t', '\r', '\n':
			if c.i > start {
				return c.b[start:c.i]
			}
		}
		c.i++
	}
	return c.b[start:c.i]
}

// offset finds the value at a JSON pointer; when there is none, it gives the nearest
// value around it.
func (c *jsonCursor) offset(pointer string) int {
	at := 0
	c.peek()
	at = c.i
	for len(pointer) > 0 {
		var key string
		key, pointer = cutPointer(pointer)
		if !c.enter(key) {
			return at
		}
		c.peek()
		at = c.i
	}
	return at
}

func cutPointer(pointer string) (key, rest string) {
	pointer = pointer[1:]
	for i := range len(pointer) {
		if pointer[i] == '/' {
			return pointer[:i], pointer[i:]
		}
	}
	return pointer, ""
}

// enter moves to the member or element named key.
func (c *jsonCursor) enter(key string) bool {
	switch {
	case c.take('{'):
		for c.peek() == '"' {
			name := string(c.text())
			c.take(':')
			if name == key {
				return true
			}
			c.skip()
			c.take(',')
		}
	case c.take('['):
		n, err := strconv.Atoi(key)
		for i := 0; err == nil && c.peek() != ']' && c.peek() != 0; i++ {
			if i == n {
				return true
			}
			c.skip()
			c.take(',')
		}
	}
	return false
}

// jsonReader reads values of the model and reports what it cannot read.
type jsonReader struct {
	jsonCursor
	out    *sink
	values values
	line   int    // of the first byte
	path   []byte // pointer of the current value
	report func(document.Fault)
}

// start begins with the bytes of one value that stands at the line.
func (r *jsonReader) start(b []byte, line int) {
	r.b, r.i, r.line, r.path = b, 0, line, r.path[:0]
	r.values = values{out: r.out, at: r.out.place(line), json: true}
}

// lineOf gives the line of an offset.
func (r *jsonReader) lineOf(offset int) int {
	return r.line + bytes.Count(r.b[:min(offset, len(r.b))], []byte{'\n'})
}

func (r *jsonReader) fault(bad problem, offset int, got []byte) {
	r.report(document.Fault{
		Code: bad.code, Pointer: string(r.path), Place: r.out.place(r.lineOf(offset)),
		Got: clip(string(got)), GotKind: nameKind(bad.code), Expected: bad.expected,
	})
}

// nameKind tells faults that quote the name of a field from those that quote a value.
func nameKind(code string) document.GotKind {
	if code == codeUnknown {
		return document.GotName
	}
	return document.GotValue
}

// object reads an object into t. nested handles members that are no single values; it
// may be nil and answers false for a name that it does not know.
func object[T any](r *jsonReader, t *T, fields []field[T], nested func(key string) bool) {
	if !r.take('{') {
		r.expectObject("{")
		return
	}
	var seen uint64
	others := map[string]bool(nil)
	hint := 0
	base := len(r.path)
	for r.peek() == '"' {
		at := r.i
		name := r.text()
		r.take(':')
		r.path = append(append(r.path[:base], '/'), escapePointer(name)...)
		n := find(fields, string(name), hint)
		double := n >= 0 && seen&(1<<n) != 0 || others[string(name)]
		switch {
		case double:
			r.fault(problem{codeUnknown, "each name once"}, at, name)
			r.skip()
		case n >= 0:
			seen |= 1 << n
			hint = n + 1
			r.single(fields[n].at(t), &fields[n].spec)
		default:
			if others == nil {
				others = map[string]bool{}
			}
			others[string(name)] = true
			if nested == nil || !nested(string(name)) {
				r.fault(problem{codeUnknown, "a field of the document"}, at, name)
				r.skip()
			}
		}
		r.take(',')
	}
	r.path = r.path[:base]
	r.take('}')
}

// expectObject reports a value that is not of the kind it should be; null is nothing.
func (r *jsonReader) expectObject(want string) {
	at := r.i
	got := r.skip()
	if string(got) != "null" {
		r.fault(problem{codeNumber, want}, at, got)
	}
}

// single reads one text, number, date, amount or truth value.
func (r *jsonReader) single(ptr any, s *spec) {
	ch := r.peek()
	at := r.i
	var raw []byte
	switch ch {
	case '"':
		raw = r.text()
	case '{', '[':
		r.fault(problem{codeNumber, "a single value"}, at, r.skip())
		return
	default:
		raw = r.scalar()
	}
	_, isBool := ptr.(*bool)
	switch {
	case ch == 'n':
		return
	case (ch == 't' || ch == 'f') != isBool || isBool && ch == '"':
		r.fault(problem{codeNumber, "a text or number"}, at, raw)
		return
	}
	if bad := r.values.assign(ptr, s, raw); bad.code != "" {
		r.fault(bad, at, raw)
	}
}

// list reads an array; element reads one of its values.
func (r *jsonReader) list(element func()) {
	if !r.take('[') {
		r.expectObject("[")
		return
	}
	base := len(r.path)
	for n := 0; r.peek() != ']' && r.peek() != 0; n++ {
		before := r.i
		r.path = strconv.AppendInt(append(r.path[:base], '/'), int64(n), 10)
		if n < r.out.limits.Records {
			element()
		} else {
			if n == r.out.limits.Records {
				r.fault(problem{codeTooLarge, "fewer elements"}, r.i, nil)
			}
			r.skip()
		}
		r.take(',')
		if r.i == before {
			break
		}
	}
	r.path = r.path[:base]
	r.take(']')
}

// escapePointer writes a name as a part of a JSON pointer.
func escapePointer(name []byte) []byte {
	if bytes.IndexByte(name, '/') < 0 && bytes.IndexByte(name, '~') < 0 {
		return name
	}
	name = bytes.ReplaceAll(name, []byte("~"), []byte("~0"))
	return bytes.ReplaceAll(name, []byte("/"), []byte("~1"))
}
