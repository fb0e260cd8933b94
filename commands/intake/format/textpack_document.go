package format

import (
	"strconv"

	"github.com/stazh/stazh/commands/intake/document"
	"github.com/stazh/stazh/ledger/money"
	"github.com/stazh/stazh/ledger/period"
)

// textDocument is the document being read.
type textDocument struct {
	*document.Document
	t       *textReader
	places  *places
	closed  bool
	taken   bool // false for a form that is not read
	service bool // СТАЖ was seen: НЧСЛ may not follow
	records int
	// decimals is set when an amount has decimals: then it is not in old rubles.
	decimals bool
}

// room is what a document of a text pack needs, made at once: that of a quarter with one run
// of service needs no more.
type room struct {
	document.Document
	places   places
	data     document.IndividualData
	declared document.Totals
	months   [3]document.Month
	service  [1]document.Service
	lines    [4]int32 // of months and service
}

// roomsAtOnce is how many rooms are made at once, when a file has so many documents: what is
// kept of one document keeps so many alive.
const roomsAtOnce = 9

func (t *textReader) newRoom() *room {
	if len(t.rooms) == 0 {
		t.rooms = make([]room, min(t.out.docs, roomsAtOnce))
	}
	r := &t.rooms[0]
	t.rooms = t.rooms[1:]
	return r
}

// individual makes the part of ПУ-3 and ПУ-6.
func (r *room) individual() {
	d := &r.data
	d.Declared, d.DeclaredMonths, d.DeclaredService = &r.declared, -1, -1
	d.Months, d.Service = r.months[:0], r.service[:0]
	r.Data = d
	r.places.months, r.places.service = r.lines[:0:3], r.lines[3:3]
}

// note adds a fault at the current line.
func (d *textDocument) note(code, pointer, got, expected string) {
	d.t.out.note(d.Document, document.Fault{
		Code: code, Pointer: pointer, Place: d.t.place(), Got: clip(got),
		GotKind: d.t.gotKind(code, got), Expected: expected,
	})
}

// begin starts a document with its head record.
func (t *textReader) begin(form document.Form) {
	t.silent = false
	if t.pack == nil {
		t.fault(codeOrder, "", string(form), tagPack)
		t.silent = false
		p := t.newPack()
		p.pack.Form, p.formsSeen = form, true
	}
	t.out.docs++
	r := t.newRoom()
	r.places.file, r.places.head = t.out.file, t.lines.number
	r.No, r.Pack, r.Form = t.out.docs, t.pack.pack.Index, form
	r.Locate = r.places.locate
	t.room = textDocument{t: t, places: &r.places, closed: t.rec.closes, Document: &r.Document}
	d := &t.room
	t.doc = d
	switch form {
	case document.PU1:
		d.Registration = &document.Registration{}
	case document.PU2:
		d.DeclaredMovements = -1
	case document.PU3, document.PU6:
		r.individual()
	}
	if !t.rec.opens {
		d.note(codeOrder, "", string(form), "<"+string(form))
	}
	if t.pack.formsSeen && form != t.pack.pack.Form {
		d.note(codeMixed, "/form", string(form), string(t.pack.pack.Form))
	}
	d.head()
}

// head reads the first record of the document.
func (d *textDocument) head() {
	t, fields := d.t, d.t.rec.fields
	layout := headLayout(d.Form)
	d.taken = layout != nil
	if !d.taken {
		if len(fields) > 0 {
			d.Type = upper(trimBlank(fields[0]))
		}
		d.note(codeUnknown, "/form", string(d.Form), "ПУ-1 | ПУ-2 | ПУ-3 | ПУ-6")
		return
	}
	t.values.decimals = false
	if len(fields) != len(layout) {
		d.note(codeCount, "", strconv.Itoa(len(fields)), strconv.Itoa(len(layout)))
		if len(fields) > 0 {
			d.Type = upper(trimBlank(fields[0]))
		}
		if d.Data != nil {
			d.Data.Declared = nil
		}
		return
	}
	readFields(d, layout, d.Document, "", noIndex)
	d.decimals = t.values.decimals
	switch {
	case d.Form == document.PU2 && d.Type == document.Register:
		d.Type = document.Original
		t.values.mended(RepairOlderType)
	case d.Data != nil:
		blank := true
		first, last := declaredAt(d.Form)
		for _, f := range fields[first : last+1] {
			blank = blank && len(trimBlank(f)) == 0
		}
		if blank {
			d.Data.Declared = nil
		}
		d.reserve()
	}
}

// reserveMax bounds what a declared count makes the reader allocate.
const reserveMax = 12

func (d *textDocument) reserve() {
	if n := min(d.Data.DeclaredMonths, reserveMax); n > cap(d.Data.Months) {
		d.Data.Months = make([]document.Month, 0, n)
		d.places.months = make([]int32, 0, n)
	}
}

// noIndex says that a pointer is not into a repeated part.
const noIndex = -1

// pointerTo is the pointer of a field; it is made for faults only, as most fields are
// read without one.
func pointerTo(path string, index int, key string) string {
	if index != noIndex {
		path = elementPointer(path, index)
	}
	return path + "/" + key
}

// readFields reads a record into its part of the document.
func readFields[T any](d *textDocument, layout []field[T], to *T, path string, index int) {
	for i := range layout {
		f := &layout[i]
		raw := d.t.rec.fields[i]
		if len(raw) == 0 { // as many are
			continue
		}
		if f.at == nil {
			if v := trimBlank(raw); len(v) > 0 {
				d.Unread = append(d.Unread, document.UnreadField{
					Pointer: pointerTo(path, index, blankKey(i+1)), Value: string(v),
				})
			}
			continue
		}
		bad := d.t.values.assign(f.at(to), &f.spec, raw)
		if bad.code != "" {
			d.note(bad.code, pointerTo(path, index, f.key), string(trimBlank(raw)), bad.expected)
		}
	}
}

// detail reads ДВИЖ, НЧСЛ and СТАЖ.
func (t *textReader) detail(tag string) {
	d := t.doc
	if d == nil {
		t.fault(codeOrder, "", tag, "<ПУ-2 | <ПУ-3 | <ПУ-6")
		return
	}
	if !d.taken {
		d.closed = d.closed || t.rec.closes
		return
	}
	if t.rec.opens {
		d.note(codeOrder, "", "<"+tag, tag)
	}
	if d.closed {
		d.note(codeOrder, "", tag, "no record behind >")
		return
	}
	d.closed = t.rec.closes
	if d.records++; d.records > t.out.limits.Records {
		if d.records == t.out.limits.Records+1 {
			d.note(codeTooLarge, "", "", strconv.Itoa(t.out.limits.Records)+" records at most")
		}
		return
	}
	line := int32(t.lines.number)
	t.values.decimals = false
	switch {
	case tag == tagMovement && d.Form == document.PU2:
		d.places.movements = append(d.places.movements, line)
		d.Movements = addRecord(d, d.Movements, movementLayout, movementsPath)
	case tag == tagMonth && d.Data != nil:
		if d.service {
			d.note(codeOrder, elementPointer(monthsPath, len(d.Data.Months)), tag, tagService)
		}
		d.places.months = append(d.places.months, line)
		d.Data.Months = addRecord(d, d.Data.Months, monthLayoutOf(d.Form), monthsPath)
	case tag == tagService && d.Form == document.PU6:
		d.service = true
		d.places.service = append(d.places.service, line)
		d.Data.Occupations = addRecord(d, d.Data.Occupations, occupationLayout,
			occupationsPath)
	case tag == tagService && d.Data != nil:
		d.service = true
		d.places.service = append(d.places.service, line)
		d.Data.Service = addRecord(d, d.Data.Service, serviceLayout, servicePath)
	default:
		d.note(codeOrder, "", tag, "a record of "+string(d.Form))
	}
	d.decimals = d.decimals || t.values.decimals
}

// addRecord appends one element. A record with a wrong number of fields is appended
// empty: where the others stand must stay right, what it says cannot be known.
func addRecord[T any](d *textDocument, list []T, layout []field[T], path string) []T {
	var zero T
	list = append(list, zero)
	n := len(list) - 1
	if len(d.t.rec.fields) != len(layout) {
		d.note(codeCount, elementPointer(path, n), strconv.Itoa(len(d.t.rec.fields)),
			strconv.Itoa(len(layout)))
		return list
	}
	readFields(d, layout, &list[n], path, n)
	return list
}

// endDocument hands out the document that is held back; next is the tag of the record or
// one of the reader's phrases for what follows it.
func (t *textReader) endDocument(next string) {
	d := t.doc
	t.doc = nil
	if d == nil {
		return
	}
	if !d.closed {
		d.note(codeOrder, "", next, ">")
	}
	d.leaveOut()
	old := d.inOldRubles()
	t.emitPack(old)
	if p := t.pack; p.old != nil {
		p.sum.Add(d.sumInOldRubles(old))
	}
	if old {
		d.denominate()
	}
	t.out.document(d.Document)
}

// leaveOut makes the lists nil for which there was room and no record.
func (d *textDocument) leaveOut() {
	if d.Data == nil {
		return
	}
	if len(d.Data.Months) == 0 {
		d.Data.Months = nil
	}
	if len(d.Data.Service) == 0 {
		d.Data.Service = nil
	}
}

// denomination is how many old rubles became one on 1 July 2016.
const denomination = 10_000

// firstNewMonth is the first month paid in today's rubles.
var firstNewMonth = period.MustMonth("2016-07")

// inOldRubles tells whether the amounts are those of before the denomination: every
// month is before July 2016 and no amount has decimals. Reports about such months that
// were written later give kopecks, as the format then demanded.
func (d *textDocument) inOldRubles() bool {
	if d.Data == nil || d.decimals || len(d.Data.Months) == 0 || d.Year == 0 {
		return false
	}
	for _, m := range d.Data.Months {
		month, ok := period.NewMonth(d.Year, m.Number)
		if !ok || month >= firstNewMonth {
			return false
		}
	}
	return true
}

func (d *textDocument) sumInOldRubles(old bool) document.Totals {
	if d.Data == nil {
		return document.Totals{}
	}
	sum := d.Sum()
	if !old {
		for i := range sumFields {
			*sumFields[i].at(&sum).(*money.Amount) *= denomination
		}
	}
	return sum
}

// denominate turns old rubles into today's, each amount by itself, half a kopeck up. A
// head that balances stays balanced: it becomes the sum of the rounded months.
func (d *textDocument) denominate() {
	balanced := d.Data.Declared != nil && *d.Data.Declared == d.Sum()
	for i := range d.Data.Months {
		denominateSums(&d.Data.Months[i].Totals)
	}
	switch {
	case balanced:
		denominateSums(d.Data.Declared) // what only the head tells
		*d.Data.Declared = d.Sum()
	case d.Data.Declared != nil:
		denominateSums(d.Data.Declared)
	}
	d.t.values.mended(RepairOldRubles)
}

func denominateSums(s *document.Totals) {
	for i := range sumFields {
		a := sumFields[i].at(s).(*money.Amount)
		half := money.Amount(denomination / 2)
		if *a < 0 {
			half = -half
		}
		*a = (*a + half) / denomination
	}
}
