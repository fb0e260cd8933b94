package control

import (
	"strconv"

	"github.com/stazh/stazh/commands/intake/document"
	"github.com/stazh/stazh/ledger/account"
	"github.com/stazh/stazh/ledger/money"
	"github.com/stazh/stazh/ledger/obligation"
	"github.com/stazh/stazh/ledger/period"
)

// legacyPackDocuments is the largest pack of the text format; larger ones are taken all
// the same, with a warning, as if they were several.
const legacyPackDocuments = 200

// kindTreasury is the kind of payer that files lists of payments, and nothing else.
const kindTreasury = "treasury"

// PackCounts is what a pack really holds: a first reading of the file counts it, so that
// the pack is checked before any document of it is recorded.
type PackCounts struct {
	Documents int
	// heads and months are the sums of the documents by their heads and by their months.
	heads, months document.Totals
	// headless is set when a document has no sums in its head, broken when some sum could
	// not be read: the pack's sums are then not compared.
	headless, broken bool
	// oldest is the last month of the oldest period reported.
	oldest period.Month
}

// Count takes the next document of the pack into account.
func (n *PackCounts) Count(d *document.Document) {
	n.Documents++
	n.broken = n.broken || sumsBroken(d)
	if last := lastMonth(d); d.Type == document.Original && !last.IsZero() &&
		(d.Data != nil || d.Report != nil) && (n.oldest.IsZero() || last < n.oldest) {
		n.oldest = last
	}
	if d.Data == nil {
		return
	}
	n.months.Add(d.Sum())
	if d.Data.Declared != nil {
		n.heads.Add(*d.Data.Declared)
	} else {
		n.headless = true
	}
}

// sumsBroken tells whether a document has sums that could not be read.
func sumsBroken(d *document.Document) bool {
	for _, f := range d.Faults {
		switch lastPart(f.Pointer) {
		case "earnings", "benefits", "contributions", "paid":
			return true
		}
		if structural(f.Code) {
			return true
		}
	}
	return false
}

// structural codes say that records are missing, unknown or in disorder.
func structural(code string) bool {
	return code >= "SPF-101" && code <= "SPF-104"
}

// packCheck collects the findings on one pack.
type packCheck struct {
	engine   *Engine
	facts    *Facts
	pack     *document.Pack
	findings []Finding
}

func (c *packCheck) report(code, pointer, got, expected string) {
	c.reportAtMost(Fatal, code, pointer, got, expected)
}

func (c *packCheck) reportAtMost(limit Severity, code, pointer, got, expected string) {
	s, ok := c.engine.severity(code, c.facts.Today)
	if !ok {
		return
	}
	s = atMost(level(code, s, true), limit)
	f := c.engine.finding(code, s, pointer, got, expected)
	f.stand(placeOf(c.pack.Locate, pointer))
	c.findings = append(c.findings, f)
}

// Pack checks the head of a pack against the ledger and against what it really holds. A
// finding F refuses the whole file, E all documents of the pack.
func (e *Engine) Pack(facts *Facts, pack *document.Pack, seen PackCounts) []Finding {
	c := &packCheck{engine: e, facts: facts, pack: pack}
	c.payer()
	c.count(seen)
	c.sums(seen)
	c.due(seen)
	return c.findings
}

// payer checks whose pack it is.
func (c *packCheck) payer() {
	unp, payer := NormalizeUNP(c.pack.UNP), c.facts.Payer
	if unp == "" && payer != nil && c.pack.Form == document.Payments {
		unp = payer.UNP // a table of payments has no column for who files it
	}
	if unp == "" {
		c.report("SPF-107", "/unp", "", "")
		return
	}
	if code, digit := unpFault(unp); code != "" {
		c.report(code, "/unp", shorten(unp), digit)
		return
	}
	switch {
	case payer == nil || !payer.Registered:
		c.report("SPF-012", "/unp", unp, "")
		return
	case payer.UNP != unp:
		c.report("SPF-007", "/unp", unp, payer.UNP)
		return
	case !payer.DeregisteredOn.IsZero() && payer.DeregisteredOn <= c.facts.arrived():
		c.report("SPF-012", "/unp", unp, payer.DeregisteredOn.String())
	case (payer.Kind == kindTreasury) != (c.pack.Form == document.Payments):
		c.report("SPF-007", "/form", string(c.pack.Form), "")
	}
	if code := c.facts.fundNoFault(c.pack.FundNo, payer); code != "" {
		c.report(code, "/fund_no", shorten(c.pack.FundNo), payer.FundNo)
	}
}

// fundNoFault checks the payer's number at the Fund where a pack or document names it.
func (f *Facts) fundNoFault(no string, payer *account.Payer) (code string) {
	switch {
	case no == "" || no == payer.FundNo:
		return ""
	case !fundNoFormed(no):
		return "SPF-207"
	}
	return "SPF-013"
}

func (c *packCheck) count(seen PackCounts) {
	if d := c.pack.Declared; d != nil && !counts(d, seen) {
		c.reportAtMost(c.nominal(), "SPF-105", "/declared/documents",
			strconv.Itoa(d.Documents), strconv.Itoa(seen.Documents))
	}
	if c.pack.Version != "" && seen.Documents > legacyPackDocuments {
		c.report("SPF-106", "", strconv.Itoa(seen.Documents),
			"≤ "+strconv.Itoa(legacyPackDocuments))
	}
}

// counts tells whether a head has the right number of documents, or none.
func counts(d *document.PackTotals, seen PackCounts) bool {
	return d.Documents < 0 || d.Documents == seen.Documents
}

// nominal gives what a wrong head weighs at most: writers that put "1 document, zero
// sums" into every head are only told so.
func (c *packCheck) nominal() Severity {
	if c.pack.Declared.Nominal {
		return Warn
	}
	return Fatal
}

// sums compares the head's sums with those of the documents. It holds when it agrees
// with either the documents' heads or their months: where these differ, the documents
// have findings of their own. A head with a wrong count of documents is not told twice.
func (c *packCheck) sums(seen PackCounts) {
	d := c.pack.Declared
	if d == nil || d.Totals == nil || seen.broken || !counts(d, seen) {
		return
	}
	heads := seen.heads
	if seen.headless {
		heads = seen.months
	}
	for _, s := range sums {
		got, want := s.of(d.Totals), s.of(&heads)
		if got != want && got != s.of(&seen.months) {
			c.reportAtMost(c.nominal(), "SPF-302", "/declared/totals/"+s.name,
				got.String(), want.String())
		}
	}
}

// sums are the four sums of ПУ-3 by the names of their fields.
var sums = [4]struct {
	name string
	of   func(*document.Totals) money.Amount
}{
	{"earnings", func(t *document.Totals) money.Amount { return t.Earnings }},
	{"benefits", func(t *document.Totals) money.Amount { return t.Benefits }},
	{"contributions", func(t *document.Totals) money.Amount { return t.Contributions }},
	{"paid", func(t *document.Totals) money.Amount { return t.Paid }},
}

// lateWorkingDays is the delay that the law takes for no offence: three working days
// (note to article 24.11 of the code of administrative offences, for the Fund's reports).
const lateWorkingDays = 3

// due tells once for a pack that a period in it is reported late.
func (c *packCheck) due(seen PackCounts) {
	if seen.oldest.IsZero() {
		return
	}
	due := c.dueOn(seen.oldest)
	arrived, code := c.facts.arrived(), "SPF-701"
	switch {
	case arrived <= due.Usual:
		return
	case arrived <= due.DueOn:
		code = "SPF-705"
	case obligation.WorkingDays(c.facts.Law, due.DueOn, arrived,
		lateWorkingDays+1) <= lateWorkingDays:
		code = "SPF-702"
	}
	c.report(code, "", arrived.String(), "≤ "+due.DueOn.String())
}

// dueOn gives the last day to file the pack's form for the quarter that ends with a month.
// Without a duty in the law it is the end of the month after it.
func (c *packCheck) dueOn(last period.Month) obligation.Duty {
	if c.facts.Law != nil {
		d, ok := obligation.DutyOf(c.facts.Law, string(c.pack.Form), obligation.QuarterOf(last))
		if ok {
			return d
		}
	}
	usual := last.Add(1).Last()
	return obligation.Duty{Usual: usual, DueOn: usual}
}
