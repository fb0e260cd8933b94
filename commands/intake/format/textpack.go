package format

import (
	"bytes"
	"context"
	"errors"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/stazh/stazh/commands/intake/document"
)

// linesPerCheck is how often a reader looks whether its work is still wanted.
const linesPerCheck = 512

// textReader reads text packs record by record. A document is held back until the next
// group begins, so that records behind its end are reported as its own fault and its
// neighbours stay whole; a pack is held back until its first document is complete,
// because only this tells in which rubles its sums are.
type textReader struct {
	out     *sink
	values  values
	lines   *lineReader
	rec     record
	version string
	// versionLine is that of the record ЗГЛВ in force, 0 when there was none.
	versionLine int
	// skipping is set from a head of unknown version or a pack that cannot be read to
	// the next head.
	skipping bool
	// silent suppresses repeated faults until a record is understood again.
	silent bool
	opened bool // a lone < stood on the line before
	torn   bool // the record before has no final =
	pack   *textHead
	doc    *textDocument // nil between documents
	room   textDocument  // of doc
	rooms  []room        // for the next ones
	seen   bool
}

func readTextPack(ctx context.Context, lines *lineReader, out *sink) {
	t := &textReader{out: out, lines: lines}
	t.values = values{out: out, slashDates: true}
	for !out.stopped {
		line, err := lines.next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err == nil && lines.number%linesPerCheck == 0 {
			err = ctx.Err()
		}
		if err != nil {
			t.endDocument(endOfRead)
			out.fail(inPart(err, out))
			return
		}
		if line = trimBlank(line); len(line) > 0 {
			t.line(line)
		}
	}
	t.endDocument(endOfFile)
	if t.opened {
		t.fault(codeOrder, "", "<", "a record behind <")
	}
	t.endPack()
	if !t.seen {
		t.fault(codeOrder, "", "", "a report: there is no record in the file")
	}
}

// inPart names the entry of the archive in a fault of the line reader.
func inPart(err error, out *sink) error {
	var f *document.Fault
	if errors.As(err, &f) {
		f.Place.File = out.file
	}
	return err
}

// place is the current line.
func (t *textReader) place() document.Place { return t.out.place(t.lines.number) }

// fault reports something wrong with the pack or the file.
func (t *textReader) fault(code, pointer, got, expected string) {
	if t.silent {
		return
	}
	t.silent = true
	t.out.fault(document.Fault{
		Code: code, Pointer: pointer, Place: t.place(), Got: clip(got),
		GotKind: t.gotKind(code, got), Expected: expected,
	})
}

// What a fault says instead of a tag where no record follows.
const (
	endOfFile = "the end of the file"
	endOfRead = "a line within the limit"
)

// gotKind tells whether a fault quotes a tag. What stands at the place of one is a value
// where a line break has torn a record in two: the record before then has no end.
func (t *textReader) gotKind(code, got string) document.GotKind {
	switch {
	case got == endOfFile || got == endOfRead:
		return document.GotPhrase
	case code != codeOrder && code != codeUnknown, t.torn, strings.Contains(got, " "):
		return document.GotValue
	}
	return document.GotName
}

// gotBytes bounds what a fault quotes of a source.
const gotBytes = 200

// clip shortens a quotation at a character's edge.
func clip(s string) string {
	if len(s) <= gotBytes {
		return s
	}
	return strings.ToValidUTF8(s[:gotBytes], "") + "…"
}

func (t *textReader) line(line []byte) {
	if bytes.HasPrefix(line, []byte(endMark)) {
		return
	}
	t.seen = true
	t.values.at = t.place()
	t.torn = t.rec.unended
	t.rec.parse(line)
	if t.rec.onlyMark {
		t.mark()
		return
	}
	if t.opened {
		t.rec.opens, t.opened = true, false
	}
	if t.rec.unended && len(t.rec.fields) > 0 {
		t.values.mended(RepairFinalEquals)
	}
	t.record()
}

// mark handles a line that is < or > alone.
func (t *textReader) mark() {
	switch {
	case t.rec.opens:
		t.opened = true
	case t.doc != nil && !t.doc.closed:
		t.doc.closed = true
	case t.doc == nil && t.pack != nil && !t.pack.closed:
		t.pack.closed = true
	default:
		t.values.mended(RepairGroupMark)
	}
}

func (t *textReader) record() {
	tag := tagOf(t.rec.tag)
	switch tag {
	case tagHead:
		t.endDocument(tag)
		t.endPack()
		t.head()
		return
	case tagPack:
		t.endDocument(tag)
		t.endPack()
		if !t.skipping {
			t.packHead()
		}
		return
	}
	if t.skipping {
		return
	}
	switch tag {
	case tagForms:
		t.forms()
	case tagMovement, tagMonth, tagService:
		t.detail(tag)
	case string(document.PU1), string(document.PU2), string(document.PU3), string(document.PU6):
		t.endDocument(tag)
		t.begin(document.Form(tag))
	default:
		t.unknown(tag)
	}
}

// unknown handles a record with a tag that no layout has.
func (t *textReader) unknown(tag string) {
	if up := strings.ToUpper(tag); up != tag && knownTag(up) {
		t.rec.tag = []byte(up)
		t.record()
		return
	}
	switch {
	case t.rec.opens:
		t.endDocument(tag)
		t.begin(document.Form(clip(tag)))
	case t.doc != nil:
		t.doc.note(codeUnknown, "", tag, "ДВИЖ | НЧСЛ | СТАЖ")
		t.doc.closed = t.doc.closed || t.rec.closes
	default:
		t.fault(codeUnknown, "", tag, "ЗГЛВ | ПАЧК | ТИПД | ПУ-1 | ПУ-2 | ПУ-3 | ПУ-6")
	}
}

// knownTags are those that some layout has, the most frequent ones first.
var knownTags = [...]string{
	tagMonth, tagService, string(document.PU3), tagMovement, string(document.PU1),
	string(document.PU2), string(document.PU6), tagHead, tagPack, tagForms,
}

func knownTag(tag string) bool { return slices.Contains(knownTags[:], tag) }

// tagOf gives the tag as a text, a known one without making it anew.
func tagOf(b []byte) string {
	for _, tag := range knownTags {
		if string(b) == tag {
			return tag
		}
	}
	return string(b)
}

// head reads ЗГЛВ=version=.
func (t *textReader) head() {
	t.silent, t.skipping = false, false
	t.versionLine = t.lines.number
	t.version = ""
	if len(t.rec.fields) != 1 {
		t.fault(codeCount, "/version", strconv.Itoa(len(t.rec.fields)), "1")
	}
	if len(t.rec.fields) > 0 {
		t.version = string(trimBlank(t.rec.fields[0]))
	}
	if !knownVersion(t.version) {
		t.silent = false
		t.fault(codeVersion, "/version", t.version, knownVersions)
		t.skipping = true
	}
	t.silent = false
}
