package format

import (
	"bytes"
	"slices"
	"strings"

	"github.com/stazh/stazh/commands/intake/document"
)

// wantSameValue is expected of a row that repeats the head of its document.
const wantSameValue = "the value of the document's first row, or nothing"

// fill reads the row into the document: its head from the first row, and the month, run
// of service or movement that the row holds.
func (t *tableReader) fill(cells []cell) {
	d := t.row.doc
	if !tabular(d.Form) {
		return
	}
	isFirst := t.line == t.at.head
	elements := len(t.at.months) + len(t.at.service) + len(t.at.movements) + len(t.at.lines)
	if elements >= t.out.limits.Records {
		if elements == t.out.limits.Records {
			t.note(problem{codeTooLarge, "fewer rows in one document"}, "", -1, nil)
			t.at.service = append(t.at.service, int32(t.line))
		}
		return
	}
	t.elements(cells)
	for i := range cells {
		c := &cells[i]
		if len(trimBlank(c.raw)) == 0 && c.broken == "" {
			continue
		}
		if i >= len(t.set.bound) {
			t.out.repairs.note(RepairIgnoredColumns, t.values.at, columnLetters(i))
			t.keep("/"+cellName(i, t.line), c)
			continue
		}
		t.cell(i, c, isFirst)
	}
	t.row = target{doc: d, pack: t.row.pack}
}

// elements appends what the row holds besides the head.
func (t *tableReader) elements(cells []cell) {
	d, line := t.row.doc, int32(t.line)
	if t.hasGroup(cells, monthGroup) {
		d.Data.Months = append(d.Data.Months, document.Month{})
		t.row.month = &d.Data.Months[len(d.Data.Months)-1]
		t.at.months = append(t.at.months, line)
	}
	switch service := t.hasGroup(cells, serviceGroup); {
	case service && d.Form == document.PU6:
		d.Data.Occupations = append(d.Data.Occupations, document.Occupation{})
		t.row.special = &d.Data.Occupations[len(d.Data.Occupations)-1]
		t.at.service = append(t.at.service, line)
	case service:
		d.Data.Service = append(d.Data.Service, document.Service{})
		t.row.service = &d.Data.Service[len(d.Data.Service)-1]
		t.at.service = append(t.at.service, line)
	}
	if t.hasGroup(cells, movementGroup) {
		d.Movements = append(d.Movements, document.Movement{})
		t.row.movement = &d.Movements[len(d.Movements)-1]
		t.at.movements = append(t.at.movements, line)
	}
	if t.hasGroup(cells, lineGroup) {
		d.Report.Lines = append(d.Report.Lines, document.ReportLine{})
		t.row.line = &d.Report.Lines[len(d.Report.Lines)-1]
		t.at.lines = append(t.at.lines, line)
	}
}

func (t *tableReader) hasGroup(cells []cell, g group) bool {
	for i, c := range t.set.bound {
		if c != nil && c.group == g && i < len(cells) &&
			(len(trimBlank(cells[i].raw)) > 0 || cells[i].broken != "") {
			return true
		}
	}
	return false
}

// cell reads one cell that is not blank.
func (t *tableReader) cell(i int, c *cell, isFirst bool) {
	col := t.set.bound[i]
	switch {
	case i == t.set.document:
		return
	case col == nil:
		t.keep("/"+strings.TrimSpace(t.titles[i]), c)
		return
	case col.pack:
		return
	case col.group == headGroup && !isFirst:
		if len(t.first[i]) > 0 && !bytes.Equal(t.first[i], trimBlank(c.raw)) {
			t.note(problem{codeNumber, wantSameValue}, "/"+col.pointer, i, trimBlank(c.raw))
			return
		}
		if len(t.first[i]) > 0 {
			return
		}
	}
	if strings.HasPrefix(col.key, "declared_") && t.row.doc.Data != nil &&
		t.row.doc.Data.Declared == nil && strings.Contains(col.pointer, "/declared/") {
		t.row.doc.Data.Declared = &document.Totals{}
	}
	bad := t.assign(col.at(&t.row), &col.spec, c)
	if bad.code == "" {
		if i == t.set.fundNo && t.pack.FundNo == "" {
			t.pack.FundNo = t.row.doc.FundNo
		}
		return
	}
	t.note(bad, t.pointer(col), i, trimBlank(c.raw))
}

// pointer names the field of a column in the document.
func (t *tableReader) pointer(c *column) string {
	d := t.row.doc
	switch c.group {
	case monthGroup:
		return elementPointer(monthsPath, len(d.Data.Months)-1) + "/" + c.pointer
	case serviceGroup:
		if d.Form == document.PU6 {
			return elementPointer(occupationsPath, len(d.Data.Occupations)-1) + "/" + c.pointer
		}
		return elementPointer(servicePath, len(d.Data.Service)-1) + "/" + c.pointer
	case movementGroup:
		return elementPointer(movementsPath, len(d.Movements)-1) + "/" + c.pointer
	case lineGroup:
		return elementPointer(linesPath, len(d.Report.Lines)-1) + "/" + c.pointer
	}
	return "/" + c.pointer
}

// keep keeps a value that no column explains.
func (t *tableReader) keep(pointer string, c *cell) {
	d := t.row.doc
	if len(d.Unread) < t.out.limits.Records {
		d.Unread = append(d.Unread, document.UnreadField{
			Pointer: clip(pointer), Value: string(trimBlank(c.raw)),
		})
	}
}

// repeats tells whether the row has nothing else in the columns than the document's first.
func (t *tableReader) repeats(cells []cell, keys ...string) bool {
	for i, k := range t.keys {
		if slices.Contains(keys, k) {
			if v := t.raw(cells, i); len(v) > 0 && !bytes.Equal(v, t.first[i]) {
				return false
			}
		}
	}
	return true
}
