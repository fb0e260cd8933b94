package control

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"github.com/stazh/stazh/commands/intake/document"
	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/ledger/account"
	"github.com/stazh/stazh/ledger/period"
)

// waitDays is how long a document waits for what it needs, in calendar days from its
// arrival and to a working day, as the other terms: a hire must be notified within five days
// and a questionnaire comes with it, so that ten days leave time for a file that was refused
// once to be filed again.
const waitDays = 10

// check is the examination of one document. Rules report as they go; nothing is built
// for a rule that is content.
type check struct {
	engine  *Engine
	facts   *Facts
	pack    *document.Pack
	doc     *document.Document
	verdict Verdict
}

// Document checks one document against the rules and the ledger.
func (e *Engine) Document(
	facts *Facts, pack *document.Pack, doc *document.Document,
) Verdict {
	c := &check{engine: e, facts: facts, pack: pack, doc: doc}
	for i := range doc.Faults {
		c.fault(&doc.Faults[i])
	}
	if c.accepted() {
		c.fund()
		switch doc.Form {
		case document.PU1:
			c.registration()
		case document.PU2:
			c.movements()
		case document.PU3:
			c.individual()
		case document.PU6:
			c.occupational()
		case document.Fund4:
			c.payerReport()
		case document.Payments:
			c.payment()
		}
	}
	c.conclude()
	return c.verdict
}

// accepted tells whether the document is of a form and type that is taken, and whether
// its structure allows to look further.
func (c *check) accepted() bool {
	for _, f := range c.doc.Faults {
		if f.Pointer == "" && (f.Code == "SPF-101" || f.Code == "SPF-103") {
			return false
		}
	}
	switch d := c.doc; d.Form {
	case document.Payments:
		return d.Payment != nil
	case document.PU1:
		return d.Registration != nil &&
			c.typed(document.Register, document.Original, document.Restore)
	case document.PU2:
		// Older writers call the first ПУ-2 of a person Р.
		return c.typed(document.Original, document.Correction, document.Cancellation,
			document.Register)
	case document.PU3, document.PU6:
		return d.Data != nil && c.typed(document.Original, document.Correction,
			document.Cancellation, document.ForPension, document.Restore)
	case document.Fund4:
		return d.Report != nil && c.typed(document.Original, document.Correction,
			document.Cancellation)
	}
	return false
}

func (c *check) typed(types ...string) bool {
	t := c.doc.Type
	if slices.Contains(types, t) {
		return true
	}
	expected := strings.Join(types, ", ")
	if c.doc.Form == document.PU2 { // Р is taken and not advised
		expected = strings.TrimSuffix(expected, ", "+document.Register)
	}
	if t == "" {
		// Refused, but all that does not hang on the type can be said at once.
		c.report("SPF-107", "/type", "", expected)
		return true
	}
	c.report("SPF-113", "/type", shorten(t), expected)
	return false
}

// fault takes over what a reader found. It always refuses, whatever the rule pack says of
// its code: a value that could not be read is not in the document.
func (c *check) fault(f *document.Fault) {
	finding := c.engine.fault(*f, Refuse)
	if f.Place == (document.Place{}) {
		finding.stand(placeOf(c.doc.Locate, f.Pointer))
	}
	c.add(finding)
}

// report adds a finding, unless the place or what holds it could not be read: then the
// reader's fault says all there is to say.
func (c *check) report(code, pointer, got, expected string) {
	c.reportAtMost(Refuse, code, pointer, got, expected)
}

// reportAtMost is report with a limit on the severity, for rules that only warn in some
// cases.
func (c *check) reportAtMost(limit Severity, code, pointer, got, expected string) {
	s, ok := c.engine.severity(code, c.facts.Today)
	if !ok || c.unread(pointer) {
		return
	}
	f := c.engine.finding(code, atMost(level(code, s, false), limit), pointer, got, expected)
	f.stand(placeOf(c.doc.Locate, pointer))
	c.add(f)
}

func (c *check) add(f Finding) {
	f.Document = c.doc.No
	c.verdict.Findings = append(c.verdict.Findings, f)
}

// unread tells whether a reader's fault is at the pointer, above or below it.
func (c *check) unread(pointer string) bool {
	for _, f := range c.doc.Faults {
		if f.Pointer != "" && (within(pointer, f.Pointer) || within(f.Pointer, pointer)) {
			return true
		}
	}
	return false
}

// within tells whether a pointer is at or below another.
func within(pointer, above string) bool {
	rest, ok := strings.CutPrefix(pointer, above)
	return ok && (rest == "" || rest[0] == '/')
}

// readable tells whether all below one of the parts was read, and the structure whole: a
// rule over several values is silent otherwise.
func (c *check) readable(parts ...string) bool {
	for _, f := range c.doc.Faults {
		if structural(f.Code) {
			return false
		}
		for _, part := range parts {
			if within(f.Pointer, part) || within(part, f.Pointer) {
				return false
			}
		}
	}
	return true
}

// conclude draws the outcome from the findings and puts these in the order of the lines.
func (c *check) conclude() {
	v := &c.verdict
	v.Outcome = Accepted
	for _, f := range v.Findings {
		switch f.Severity {
		case Fatal, Refuse:
			v.Outcome = Rejected
		case Park:
			if v.Outcome == Accepted {
				v.Outcome, v.Awaits = Parked, f.Code
			}
		}
	}
	if v.Outcome == Accepted && c.unusable() {
		v.Outcome = Rejected
		c.report("SPF-102", "/form", shownStructure(shorten(string(c.doc.Form))), "")
	}
	if v.Outcome == Parked {
		v.Until = c.facts.Law.WorkingDayFrom(c.facts.arrived().AddDays(waitDays))
	} else {
		v.Awaits, v.Persons = "", nil
	}
	slices.SortStableFunc(v.Findings, func(a, b Finding) int { return cmp.Compare(a.Line, b.Line) })
}

// unusable guards against a document that no rule refuses and that still cannot be
// recorded: of an unknown form, without its type or part, or without an employment.
func (c *check) unusable() bool {
	if c.doc.Type == "" && c.doc.Form != document.Payments {
		return true
	}
	switch d := c.doc; d.Form {
	case document.PU1:
		return d.Registration == nil
	case document.PU2:
		return len(c.verdict.Matches) != len(d.Movements)
	case document.PU3, document.PU6:
		return d.Data == nil || len(c.verdict.Matches) != 1
	case document.Fund4:
		return d.Report == nil || !c.verdict.Chained
	case document.Payments:
		return d.Payment == nil
	}
	return true
}

// fund checks who files and the payer's number at the Fund that the document repeats.
func (c *check) fund() {
	if c.filer() == nil {
		c.report("SPF-012", "", "", "")
		return
	}
	if c.doc.Form == document.Payments {
		return
	}
	if code := c.facts.fundNoFault(c.doc.FundNo, c.facts.Payer); code != "" {
		c.report(code, "/fund_no", shorten(c.doc.FundNo), c.facts.Payer.FundNo)
	}
	c.notFuture(c.doc.FilledOn, "/filled_on")
}

// notFuture refuses a date after today.
func (c *check) notFuture(d period.Date, pointer string) {
	if d > c.facts.Today {
		c.report(CodeNotYet, pointer, c.shown(pointer, d.String()), "≤ "+c.facts.Today.String())
	}
}

// shown masks a value unless its field may be shown.
func (c *check) shown(pointer, value string) string {
	if clearFields[lastPart(pointer)] {
		return value
	}
	return mask(value)
}

// await notes a person that the document waits for.
func (c *check) await(id ledger.PersonID) {
	if !slices.Contains(c.verdict.Persons, id) {
		c.verdict.Persons = append(c.verdict.Persons, id)
	}
}

// at builds the pointer of a field of a list's item.
func at(list string, i int, field string) string {
	if field == "" {
		return list + "/" + strconv.Itoa(i)
	}
	return list + "/" + strconv.Itoa(i) + "/" + field
}

// filer gives the filing payer, nil while nobody is registered.
func (c *check) filer() *account.Payer {
	if p := c.facts.Payer; p != nil && p.Registered {
		return p
	}
	return nil
}

// code asks a code list of the law. known is false when the list has not been published:
// nothing can be said then.
func (c *check) code(list, code string, on ...period.Date) (holds, known bool) {
	if c.facts.Law == nil {
		return false, false
	}
	for _, day := range on {
		if _, ok := c.facts.Law.Code(list, code, day); ok {
			return true, true
		}
	}
	return false, c.published(list)
}

// published tells whether the law has the code list at all.
func (c *check) published(list string) bool {
	if c.facts.Law == nil {
		return false
	}
	_, ok := c.facts.Law.LatestClassifier(list)
	return ok
}
