package format

import (
	"fmt"
	"io"
	"iter"
	"strconv"
	"strings"

	"github.com/stazh/stazh/commands/intake/document"
)

// textPackWriter writes one pack of records.
type textPackWriter struct {
	w   *textWriter
	rec []byte
	doc int
	err error
}

// WriteText writes a text pack of the given version: ЗГЛВ, the pack's head and the
// documents, with CRLF line ends. Several packs in one file are several calls. The head
// says what pack.Declared says; blank where it is nil.
func WriteText(
	w io.Writer, version string, enc Encoding, pack *document.Pack,
	docs iter.Seq[*document.Document],
) error {
	if !knownVersion(version) {
		return fmt.Errorf("format: unknown version %q of the text format", version)
	}
	if headLayout(pack.Form) == nil {
		return fmt.Errorf("format: text packs have no form %q", pack.Form)
	}
	out, err := newTextWriter(w, enc)
	if err != nil {
		return err
	}
	t := &textPackWriter{w: out}
	t.head(version, pack)
	for d := range docs {
		t.doc++
		t.document(d)
		if t.err != nil {
			return t.err
		}
	}
	if t.err != nil {
		return t.err
	}
	return out.close()
}

// begin starts a record.
func (t *textPackWriter) begin(tag string) { t.rec = append(append(t.rec[:0], tag...), '=') }

// blank ends a field that holds nothing with the one space that stands for it.
func (t *textPackWriter) blank() { t.rec = append(t.rec, ' ', '=') }

// value adds a field.
func (t *textPackWriter) value(v, pointer string) {
	if strings.ContainsAny(v, "=<>") || hasControl(v) {
		t.fail(pointer, "= < > and control characters have a meaning in text packs")
	}
	if v == "" {
		v = " "
	}
	t.rec = append(append(t.rec, v...), '=')
}

func (t *textPackWriter) fail(pointer, reason string) {
	if t.err == nil {
		t.err = &WriteError{Document: t.doc, Pointer: pointer, Reason: reason}
	}
}

// end writes the record.
func (t *textPackWriter) end(closes bool) {
	if closes {
		t.rec = append(t.rec, '>')
	}
	t.rec = append(t.rec, '\r', '\n')
	if _, err := t.w.Write(t.rec); err != nil && t.err == nil {
		t.err = fmt.Errorf("format: write: %w", err)
	}
}

// fields adds the fields of a layout; unread gives those without a meaning.
func textFields[T any](
	t *textPackWriter, layout []field[T], from *T, path string, unread []document.UnreadField,
) {
	var b [64]byte
	for i := range layout {
		f := &layout[i]
		if f.at == nil {
			t.value(unreadAt(unread, path+"/"+blankKey(i+1)), path+"/"+blankKey(i+1))
			continue
		}
		ptr := f.at(from)
		if ptr == nil {
			t.blank()
			continue
		}
		t.value(string(textNotation.format(b[:0], ptr, &f.spec)), path+"/"+f.key)
	}
}

func unreadAt(unread []document.UnreadField, pointer string) string {
	for _, u := range unread {
		if u.Pointer == pointer {
			return u.Value
		}
	}
	return ""
}

func (t *textPackWriter) head(version string, p *document.Pack) {
	t.begin(tagHead)
	t.value(version, "/version")
	t.end(false)
	t.begin("<" + tagPack)
	if p.Form == document.PU6 {
		t.headPU6(p)
		return
	}
	textFields(t, packLayout, p, "", nil)
	for n := len(packLayout) + 1; n < packCount; n++ {
		t.value(unreadAt(p.Unread, "/"+blankKey(n)), "/"+blankKey(n))
	}
	t.value("1", "/form")
	t.end(false)
	t.begin(tagForms)
	t.value(string(p.Form), "/form")
	sums := 4
	if p.Form != document.PU3 && (version == "1.3" || version == "1.4") {
		sums = 3
	}
	if p.Declared == nil {
		t.blank()
	} else {
		t.value(strconv.Itoa(p.Declared.Documents), "/declared/documents")
	}
	if p.Declared != nil && p.Declared.Totals != nil && p.Form == document.PU3 {
		textFields(t, sumFields, p.Declared.Totals, "/declared/totals", nil)
	} else {
		for n := range sums {
			t.value(unreadAt(p.Unread, "/"+blankKey(n+3)), "/declared")
		}
	}
	t.end(true)
}

// headPU6 ends the one record of the head of ПУ-6.
func (t *textPackWriter) headPU6(p *document.Pack) {
	textFields(t, packLayoutPU6, p, "", nil)
	n := len(packLayoutPU6)
	if p.Declared != nil && p.Declared.Totals != nil {
		textFields(t, packSumsPU6, p.Declared.Totals, "/declared/totals", nil)
		n += len(packSumsPU6)
	}
	for n++; n <= packCountPU6; n++ {
		t.value(unreadAt(p.Unread, "/"+blankKey(n)), "/"+blankKey(n))
	}
	t.end(true)
}

// absent refuses what a correction says and no record has a field for.
func (t *textPackWriter) absent(d *document.Document) {
	const reason = "text packs have no such field"
	if d.Supersedes != "" {
		t.fail("/supersedes", reason)
	}
	if d.Restores != 0 {
		t.fail("/restores", reason)
	}
	if d.Data != nil && !d.Data.ClaimedOn.IsZero() {
		t.fail("/individual_data/claimed_on", reason)
	}
}

func (t *textPackWriter) document(d *document.Document) {
	layout := headLayout(d.Form)
	if layout == nil {
		t.fail("/form", "text packs have no such form")
		return
	}
	if (d.Form == document.PU3 || d.Form == document.PU6) && d.Data == nil ||
		d.Form == document.PU1 && d.Registration == nil {
		t.fail("", "the part of its form is missing")
		return
	}
	t.absent(d)
	t.begin("<" + string(d.Form))
	textFields(t, layout, d, "", d.Unread)
	details := len(d.Movements)
	if d.Data != nil {
		details = len(d.Data.Months) + len(d.Data.Service) + len(d.Data.Occupations)
	}
	t.end(details == 0)
	for i := range d.Movements {
		m := &d.Movements[i]
		if m.ContractNo != "" || !m.ContractDate.IsZero() {
			t.fail(elementPointer(movementsPath, i)+"/contract_no", "ДВИЖ has no such field")
		}
		if !m.Corrects.IsZero() {
			t.fail(elementPointer(movementsPath, i)+"/corrects", "ДВИЖ has no such field")
		}
		details--
		t.begin(tagMovement)
		textFields(t, movementLayout, m, elementPointer(movementsPath, i), d.Unread)
		t.end(details == 0)
	}
	if d.Data != nil {
		t.data(d, details)
	}
}

// data writes the months and the service of ПУ-3 and ПУ-6.
func (t *textPackWriter) data(d *document.Document, details int) {
	for i := range d.Data.Months {
		m := &d.Data.Months[i]
		if d.Form == document.PU6 && (m.Paid != 0 || m.Benefits != 0 || m.Tariff != "") {
			t.fail(elementPointer(monthsPath, i)+"/paid", "НЧСЛ of ПУ-6 has no such field")
		}
		details--
		t.begin(tagMonth)
		textFields(t, monthLayoutOf(d.Form), m, elementPointer(monthsPath, i), d.Unread)
		t.end(details == 0)
	}
	for i := range d.Data.Service {
		details--
		t.begin(tagService)
		textFields(t, serviceLayout, &d.Data.Service[i], elementPointer(servicePath, i), d.Unread)
		t.end(details == 0)
	}
	for i := range d.Data.Occupations {
		details--
		t.begin(tagService)
		textFields(t, occupationLayout, &d.Data.Occupations[i],
			elementPointer(occupationsPath, i), d.Unread)
		t.end(details == 0)
	}
}
