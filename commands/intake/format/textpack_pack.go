package format

import (
	"strconv"

	"github.com/stazh/stazh/commands/intake/document"
	"github.com/stazh/stazh/ledger/money"
)

// textHead is the pack being read.
type textHead struct {
	pack   *document.Pack
	places *packPlaces
	closed bool
	// formsSeen is set once ТИПД was read.
	formsSeen bool
	emitted   bool
	// wholeSums is set when the declared sums have no decimals.
	wholeSums bool
	// old are the declared sums in old rubles once the documents showed that they are
	// such; sum is what the documents hold, in the same money.
	old *document.Totals
	sum document.Totals
}

type packPlaces struct {
	file                 string
	version, head, forms int
}

func (p *packPlaces) locate(pointer string) document.Place {
	line := p.head
	switch {
	case pointer == "/version" && p.version > 0:
		line = p.version
	case p.forms > 0 && (pointer == "/form" || hasPath(pointer, "/declared")):
		line = p.forms
	}
	return document.Place{File: p.file, Line: line}
}

func hasPath(pointer, path string) bool {
	return len(pointer) >= len(path) && pointer[:len(path)] == path &&
		(len(pointer) == len(path) || pointer[len(path)] == '/')
}

func (t *textReader) newPack() *textHead {
	p := &textHead{
		pack: &document.Pack{Index: t.out.packs, Version: t.version},
		places: &packPlaces{
			file: t.out.file, version: t.versionLine, head: t.lines.number,
		},
	}
	p.pack.Locate = p.places.locate
	t.out.packs++
	t.pack = p
	return p
}

// packHead reads ПАЧК.
func (t *textReader) packHead() {
	t.silent = false
	if t.versionLine == 0 {
		t.fault(codeOrder, "/version", tagPack, tagHead)
		t.silent = false
	}
	p := t.newPack()
	if !t.rec.opens {
		t.values.mended(RepairGroupMark)
	}
	p.closed = t.rec.closes
	fields := t.rec.fields
	if len(fields) != packCount && len(fields) != packCountPU6 {
		t.fault(codeCount, "", strconv.Itoa(len(fields)), strconv.Itoa(packCount))
		t.silent = false
		return
	}
	for i := range packLayout {
		t.values.assign(packLayout[i].at(p.pack), &packLayout[i].spec, fields[i])
	}
	if len(fields) == packCountPU6 {
		t.packHeadPU6()
		return
	}
	t.keepUnread(p.pack, len(packLayout), packCount-1)
	types := trimBlank(fields[packCount-1])
	if n, err := strconv.Atoi(string(types)); len(types) > 0 && (err != nil || n != 1) {
		t.fault(codeMixed, "/form", string(types), "1")
		t.silent = false
	}
}

// packHeadPU6 goes on with the head of ПУ-6: it holds type, period and sums itself and has no
// ТИПД. The number of sheets and the sums by month are kept as they are.
func (t *textReader) packHeadPU6() {
	p, fields := t.pack, t.rec.fields
	p.pack.Form, p.formsSeen = document.PU6, true
	for i := len(packLayout); i < len(packLayoutPU6); i++ {
		f := &packLayoutPU6[i]
		bad := t.values.assign(f.at(p.pack), &f.spec, fields[i])
		t.packFault(bad, "/"+f.key, fields[i])
	}
	t.values.decimals = false
	sums, given := &document.Totals{}, false
	for i := range packSumsPU6 {
		raw := fields[len(packLayoutPU6)+i]
		given = given || len(trimBlank(raw)) > 0
		bad := t.values.assign(packSumsPU6[i].at(sums), &packSumsPU6[i].spec, raw)
		t.packFault(bad, "/declared/totals/"+packSumsPU6[i].key, raw)
	}
	if given {
		p.pack.Declared = &document.PackTotals{Documents: -1, Totals: sums}
		p.wholeSums = !t.values.decimals
	}
	t.keepUnread(p.pack, len(packLayoutPU6)+len(packSumsPU6), len(fields))
}

// keepUnread keeps fields of the head whose meaning is not known.
func (t *textReader) keepUnread(p *document.Pack, from, to int) {
	for i := from; i < to; i++ {
		if v := trimBlank(t.rec.fields[i]); len(v) > 0 {
			p.Unread = append(p.Unread, document.UnreadField{
				Pointer: "/" + blankKey(i+1), Value: string(v),
			})
		}
	}
}

// forms reads ТИПД: the form, the number of documents and, for ПУ-3, the sums.
func (t *textReader) forms() {
	switch {
	case t.pack == nil:
		t.fault(codeOrder, "", tagForms, tagPack)
		return
	case t.doc != nil || t.pack.emitted:
		t.fault(codeOrder, "", tagForms, "one "+tagForms+" before the documents")
		return
	case t.pack.formsSeen:
		t.fault(codeMixed, "/form", clip(string(joinFields(t.rec.fields))), "one "+tagForms)
		return
	}
	t.silent = false
	p, fields := t.pack, t.rec.fields
	p.formsSeen, p.places.forms = true, t.lines.number
	p.closed = p.closed || t.rec.closes
	if len(fields) > 0 {
		p.pack.Form = document.Form(upper(trimBlank(fields[0])))
	}
	switch {
	case len(fields) == formsCountSums:
	case len(fields) == formsCount && p.pack.Form != document.PU3:
	default:
		want := strconv.Itoa(formsCount)
		if p.pack.Form == document.PU3 || t.version == "1.7" {
			want = strconv.Itoa(formsCountSums)
		}
		t.fault(codeCount, "/declared", strconv.Itoa(len(fields)), want)
		t.silent = false
		return
	}
	t.declared(fields)
}

func joinFields(fields [][]byte) []byte {
	var b []byte
	for _, f := range fields {
		b = append(append(b, f...), '=')
	}
	return b
}

// declared reads what the head says the pack holds.
func (t *textReader) declared(fields [][]byte) {
	p := t.pack
	count := trimBlank(fields[1])
	if len(count) == 0 {
		t.keepUnread(p.pack, 2, len(fields))
		return
	}
	d := &document.PackTotals{}
	bad := t.values.assign(&d.Documents, &spec{}, count)
	t.packFault(bad, "/declared/documents", count)
	if p.pack.Form != document.PU3 {
		t.keepUnread(p.pack, 2, len(fields))
		p.pack.Declared = d
		return
	}
	sums, given := &document.Totals{}, false
	t.values.decimals = false
	for i := range sumFields {
		raw := fields[2+i]
		given = given || len(trimBlank(raw)) > 0
		bad := t.values.assign(sumFields[i].at(sums), &sumFields[i].spec, raw)
		t.packFault(bad, "/declared/totals/"+sumFields[i].key, raw)
	}
	if given {
		d.Totals = sums
		d.Nominal = d.Documents == 1 && *sums == document.Totals{}
		p.wholeSums = !t.values.decimals
	}
	p.pack.Declared = d
}

// packFault reports a value of the head that could not be read.
func (t *textReader) packFault(bad problem, pointer string, raw []byte) {
	if bad.code != "" {
		t.fault(bad.code, pointer, string(trimBlank(raw)), bad.expected)
		t.silent = false
	}
}

// emitPack hands out the pack; oldRubles says in which money its first document is.
func (t *textReader) emitPack(oldRubles bool) {
	p := t.pack
	if p == nil || p.emitted {
		return
	}
	p.emitted = true
	if d := p.pack.Declared; oldRubles && p.wholeSums && d != nil && d.Totals != nil && !d.Nominal {
		p.old = d.Totals
		d.Totals = nil
		for i := range sumFields {
			whole := *sumFields[i].at(p.old).(*money.Amount) / 100
			p.pack.Unread = append(p.pack.Unread, document.UnreadField{
				Pointer: "/declared/totals/" + sumFields[i].key,
				Value:   strconv.FormatInt(int64(whole), 10),
			})
		}
	}
	if !p.formsSeen {
		t.out.fault(document.Fault{
			Code: codeOrder, Pointer: "/form", Place: p.pack.Locate("/form"), Expected: tagForms,
		})
	}
	t.out.pack(p.pack)
}

// endPack closes the pack and compares the sums that are in old rubles: after conversion
// they would differ by the rounding of every month.
func (t *textReader) endPack() {
	t.emitPack(false)
	p := t.pack
	t.pack = nil
	if p == nil || p.old == nil {
		return
	}
	for i := range sumFields {
		declared := *sumFields[i].at(p.old).(*money.Amount)
		actual := *sumFields[i].at(&p.sum).(*money.Amount)
		if declared != actual {
			pointer := "/declared/totals/" + sumFields[i].key
			t.out.fault(document.Fault{
				Code: codePackSums, Pointer: pointer, Place: p.pack.Locate(pointer),
				Got:      strconv.FormatInt(int64(declared/100), 10),
				Expected: strconv.FormatInt(int64(actual/100), 10),
			})
		}
	}
}
