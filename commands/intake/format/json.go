package format

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"

	"github.com/stazh/stazh/commands/intake/document"
)

// jsonSource is what reads packs and documents, from JSON and NDJSON alike.
type jsonSource struct {
	out  *sink
	r    jsonReader
	pack *document.Pack
}

func newJSONSource(out *sink) *jsonSource {
	return &jsonSource{out: out, r: jsonReader{out: out}}
}

// readPack takes the bytes of a head object.
func (s *jsonSource) readPack(b []byte, line int) {
	p := &document.Pack{Index: s.out.packs}
	s.out.packs++
	p.Locate = s.locator(b, line)
	s.r.start(b, line)
	s.r.report = s.out.fault
	s.r.jsonPack(p)
	s.pack = p
	s.out.pack(p)
}

// locator makes a function that finds the line of a pointer in b when somebody asks. An
// index of months, service and movements is that of the file.
func (s *jsonSource) locator(b []byte, line int) func(string) document.Place {
	place := s.out.place(line)
	return func(pointer string) document.Place {
		at := place
		if pointer != "" && pointer[0] == '/' {
			c := jsonCursor{b: b}
			at.Line += bytes.Count(b[:min(c.offset(pointer), len(b))], []byte{'\n'})
		}
		return at
	}
}

// readDocument takes the bytes of a document object.
func (s *jsonSource) readDocument(b []byte, line int) {
	d := s.newDocument(b, line)
	s.r.start(b, line)
	s.r.report = func(f document.Fault) { s.out.note(d, f) }
	d.DeclaredMovements = -1
	s.r.jsonDocument(d)
	if d.Form == "" {
		d.Form = s.pack.Form
	}
	if d.Form != document.PU2 {
		d.DeclaredMovements = max(d.DeclaredMovements, 0)
	}
	s.checkForm(d)
	complete(d)
	s.out.document(d)
}

// checkForm reports a document of an unknown or another form, and parts of others.
func (s *jsonSource) checkForm(d *document.Document) {
	note := func(code, pointer, got, expected string) {
		kind := document.GotValue
		if pointer != "/form" {
			kind = document.GotName
		}
		s.out.note(d, document.Fault{
			Code: code, Pointer: pointer, Place: d.Locate(pointer), Got: clip(got),
			GotKind: kind, Expected: expected,
		})
	}
	switch d.Form {
	case document.PU1, document.PU2, document.PU3, document.PU6, document.Fund4,
		document.Payments:
	default:
		note(codeUnknown, "/form", string(d.Form), wantForm)
		return
	}
	if s.pack.Form == "" {
		s.pack.Form = d.Form
	}
	if d.Form != s.pack.Form {
		note(codeMixed, "/form", string(d.Form), string(s.pack.Form))
	}
	parts := []struct {
		form    document.Form
		present bool
		pointer string
	}{
		{document.PU1, d.Registration != nil, "/registration"},
		{document.PU2, len(d.Movements) > 0, movementsPath},
		{document.PU3, d.Data != nil, "/individual_data"},
		{document.Fund4, d.Report != nil, "/payer_report"},
		{document.Payments, d.Payment != nil, "/payment"},
	}
	for _, p := range parts {
		if p.form == document.PU3 && d.Form == document.PU6 {
			p.form = document.PU6 // they share their part
		}
		if p.present && p.form != d.Form {
			note(codeUnknown, p.pointer, p.pointer[1:], "parts of "+string(d.Form)+" only")
		}
	}
}

// newDocument numbers a document and makes sure that it has a pack.
func (s *jsonSource) newDocument(b []byte, line int) *document.Document {
	if s.pack == nil {
		s.out.fault(document.Fault{
			Code: codeOrder, Place: s.out.place(line), Expected: `"pack" before the documents`,
		})
		s.readPack([]byte("{}"), line)
	}
	s.out.docs++
	return &document.Document{
		No: s.out.docs, Pack: s.pack.Index, Locate: s.locator(b, line),
	}
}

// broken hands out a document for bytes that are no JSON.
func (s *jsonSource) broken(line int, expected string) {
	d := s.newDocument(nil, line)
	d.Form = s.pack.Form
	complete(d)
	s.out.note(d, document.Fault{
		Code: codeOrder, Place: s.out.place(line), Expected: expected,
	})
	s.out.document(d)
}

// readNDJSON reads one object a line: packs and documents.
func readNDJSON(ctx context.Context, lines *lineReader, out *sink) {
	s := newJSONSource(out)
	for !out.stopped {
		line, err := lines.next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err == nil && lines.number%linesPerCheck == 0 {
			err = ctx.Err()
		}
		if err != nil {
			out.fail(inPart(err, out))
			return
		}
		if line = trimBlank(line); len(line) > 0 {
			s.line(bytes.Clone(line), lines.number)
		}
	}
}

// line reads a line of NDJSON; it keeps the bytes.
func (s *jsonSource) line(b []byte, number int) {
	if b[0] != '{' || !json.Valid(b) {
		s.broken(number, "one JSON object in the line")
		return
	}
	c := jsonCursor{b: b}
	if c.enter("pack") {
		pack := c.skip()
		c.take(',')
		if extra := c.peek(); extra != '}' {
			s.out.fault(document.Fault{
				Code: codeUnknown, Pointer: "", Place: s.out.place(number),
				Expected: `"pack" alone in its line`,
			})
		}
		s.readPack(pack, number)
		return
	}
	s.readDocument(b, number)
}

// newlineCounter counts the lines of what a JSON decoder has read past.
type newlineCounter struct {
	r       io.Reader
	newline byte
	read    int64
	offsets []int64 // of newlines that are not counted yet
	line    int     // at the offset asked for last
	// stop bounds how far may be read: the decoder keeps one value in memory.
	stop int64
	// over is set when the bound was met.
	over bool
}

var errValueTooLong = errors.New("format: JSON value over the limit")

func (n *newlineCounter) Read(b []byte) (int, error) {
	if n.read >= n.stop {
		n.over = true
		return 0, errValueTooLong
	}
	k, err := n.r.Read(b[:min(int64(len(b)), n.stop-n.read)])
	for i, c := range b[:k] {
		if c == n.newline {
			n.offsets = append(n.offsets, n.read+int64(i))
		}
	}
	n.read += int64(k)
	return k, err
}

// lineAt gives the 1-based line of an offset; offsets must not fall.
func (n *newlineCounter) lineAt(offset int64) int {
	i := 0
	for i < len(n.offsets) && n.offsets[i] < offset {
		i++
	}
	n.line += i
	n.offsets = append(n.offsets[:0], n.offsets[i:]...)
	return n.line + 1
}

// jsonFile reads {"pack":…,"documents":[…]} as a stream of tokens.
type jsonFile struct {
	*jsonSource
	dec   *json.Decoder
	lines *newlineCounter
	limit int64
}

func readJSON(ctx context.Context, r io.Reader, p *part, out *sink) {
	if cm := charmapOf(p.enc); cm != nil {
		r = cm.NewDecoder().Reader(r)
	}
	lines := &newlineCounter{r: skipBOM(r), newline: p.newline}
	f := &jsonFile{
		jsonSource: newJSONSource(out), lines: lines, dec: json.NewDecoder(lines),
		limit: int64(out.limits.LineBytes),
	}
	f.extend()
	if err := f.file(ctx); err != nil {
		f.fail(err)
	}
}

// skipBOM leaves out a byte order mark.
func skipBOM(r io.Reader) io.Reader {
	head := make([]byte, len(bomUTF8))
	n, err := io.ReadFull(r, head)
	if n == len(head) && bytes.Equal(head, bomUTF8) {
		return r
	}
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		return io.MultiReader(bytes.NewReader(head[:n]), failingReader{err})
	}
	return io.MultiReader(bytes.NewReader(head[:n]), r)
}

type failingReader struct{ err error }

func (f failingReader) Read([]byte) (int, error) { return 0, f.err }

// extend lets the decoder read as far as one more value may reach.
func (f *jsonFile) extend() { f.lines.stop = f.dec.InputOffset() + 2*f.limit }

// fail reports what ended the reading: broken JSON is a fault of the file.
func (f *jsonFile) fail(err error) {
	var syntax *json.SyntaxError
	at := f.dec.InputOffset()
	switch {
	case f.lines.over:
		err = &document.Fault{Code: codeTooLarge, Expected: "smaller documents"}
	case errors.As(err, &syntax):
		at += f.syntaxOffset()
		err = &document.Fault{Code: codeOrder, Expected: "well-formed JSON"}
	case errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF):
		at = f.lines.read
		err = &document.Fault{Code: codeOrder, Expected: "the end of the JSON object"}
	}
	var fault *document.Fault
	if errors.As(err, &fault) && fault.Place.Line == 0 {
		fault.Place = f.out.place(f.lines.lineAt(at))
	}
	f.out.fail(err)
}

// syntaxOffset tells how far behind the last good token the JSON is wrong. The offset in
// the decoder's own error leaves out what was read as tokens.
func (f *jsonFile) syntaxOffset() int64 {
	var again *json.SyntaxError
	var m json.RawMessage
	if errors.As(json.NewDecoder(f.dec.Buffered()).Decode(&m), &again) {
		return again.Offset
	}
	return 0
}
