package control

import (
	"strconv"
	"strings"

	"github.com/stazh/stazh/commands/intake/document"
	"github.com/stazh/stazh/ledger/account"
	"github.com/stazh/stazh/ledger/obligation"
	"github.com/stazh/stazh/ledger/period"
	"github.com/stazh/stazh/ledger/reconciliation"
)

// linesPart is the pointer of the lines of a 4-фонд.
const linesPart = "/payer_report/lines"

// unitCount marks a line that counts persons.
const unitCount = "count"

// payerReport checks a 4-фонд.
func (c *check) payerReport() {
	c.filled(c.doc.Year != 0, "", "/year")
	quarter := c.oneQuarter()
	if c.doc.Year == 0 || quarter == 0 || c.filer() == nil {
		return
	}
	first := obligation.FirstMonth(c.doc.Year, quarter)
	if first > c.facts.Today.Month() {
		c.report(CodeNotYet, "/quarters", strconv.Itoa(quarter),
			"≤ "+strconv.Itoa(c.facts.Today.Month().Quarter()))
	}
	if c.doc.Type == document.Cancellation {
		if len(c.doc.Report.Lines) > 0 {
			c.report("SPF-108", linesPart, strconv.Itoa(len(c.doc.Report.Lines)), "")
		}
	} else {
		c.reportLines(first.Add(2).Last())
	}
	c.chain(c.doc.Year, quarter)
}

// oneQuarter gives the quarter of a form that is about just one; zero after a finding.
func (c *check) oneQuarter() int {
	if n, err := strconv.Atoi(c.doc.Quarters); err == nil && n >= 1 && n <= 4 {
		return n
	}
	if c.doc.Quarters == "" {
		c.report("SPF-107", "/quarters", "", "1-4")
	} else {
		c.report("SPF-111", "/quarters", shorten(c.doc.Quarters), "1-4")
	}
	return 0
}

// reportLines checks the lines by the codes and equations that hold on a day.
func (c *check) reportLines(on period.Date) {
	seen := map[string]bool{}
	for i, l := range c.doc.Report.Lines {
		place := at(linesPart, i, "line")
		if l.Line == "" {
			c.report("SPF-107", place, "", "")
			continue
		}
		if seen[l.Line] {
			c.report("SPF-315", place, l.Line, "")
		}
		seen[l.Line] = true
		if l.Amount < 0 && c.doc.Type == document.Original {
			c.report("SPF-307", at(linesPart, i, "amount"), l.Amount.String(), "≥ 0.00")
		}
		holds, known := c.code(account.ClassifierFund4Line, l.Line, on)
		if known && !holds {
			c.report("SPF-314", place, shorten(l.Line), "")
		}
		if holds && l.Amount%100 != 0 {
			entry, _ := c.facts.Law.Code(account.ClassifierFund4Line, l.Line, on)
			if entry.Attribute(account.AttributeUnit) == unitCount {
				c.report("SPF-111", at(linesPart, i, "amount"), l.Amount.String(), "15")
			}
		}
	}
	if c.readable(linesPart) {
		c.equations(on)
	}
}

// equations checks those of the law. Without its formulas a report cannot be recorded, as
// nobody could say what its lines come to.
func (c *check) equations(on period.Date) {
	law := c.facts.Law
	if law == nil {
		law = account.NewLaw()
	}
	lines := c.doc.Report.Lines
	if _, ok := reconciliation.SumsOf(law, lines, on); !ok {
		c.report("SPF-314", linesPart, "", account.ClassifierFund4Rule)
		return
	}
	for _, entry := range law.Classifier(account.ClassifierFund4Rule, on) {
		if !strings.HasPrefix(entry.Code, reconciliation.EquationPrefix) {
			continue
		}
		text := entry.Attribute(account.AttributeFormula)
		f, err := reconciliation.ParseFormula(text)
		if err != nil {
			continue // publishing it was refused, or it is nobody's to mend here
		}
		if got, want, holds := f.Check(lines); !holds {
			c.report("SPF-311", c.lineAt(f.First()), got.String(), text+": "+want.String())
		}
	}
}

// lineAt is the pointer of the line with a code.
func (c *check) lineAt(code string) string {
	for i, l := range c.doc.Report.Lines {
		if l.Line == code {
			return at(linesPart, i, "amount")
		}
	}
	return linesPart
}

// chain checks that the type fits the versions that the quarter's 4-фонд has.
func (c *check) chain(year, quarter int) {
	head, inForce := c.facts.Payer.ReportHead(year, quarter)
	original := c.doc.Type == document.Original
	switch {
	case original && inForce:
		c.report("SPF-601", "/type", c.doc.Type, "К, receipt "+head.Receipt)
	case !original && !inForce:
		c.report("SPF-602", "/type", c.doc.Type, document.Original)
	default:
		c.verdict.Chained = true
		if cited := c.doc.Supersedes; !original && cited != "" && cited != head.Receipt {
			c.report("SPF-603", "/supersedes", shorten(cited), head.Receipt)
		}
	}
}

// afterFund4 parks a ПУ-3 that comes before the 4-фонд of its quarter, where the payer owes
// one: the Fund takes the payer's own sums first.
func (c *check) afterFund4() {
	payer := c.filer()
	if _, ok := c.engine.severity("SPF-405", c.facts.Today); !ok || payer == nil ||
		c.facts.Law == nil || c.doc.Type != document.Original {
		return
	}
	last := lastMonth(c.doc)
	if last.IsZero() {
		return
	}
	quarter := obligation.QuarterOf(last)
	if _, filed := payer.ReportHead(quarter.Year(), quarter.Quarter()); filed ||
		payer.NilFor(quarter) || last.Last() < payer.Since {
		return
	}
	duty, ok := obligation.DutyOf(c.facts.Law, account.FormFund4, quarter)
	if !ok || !duty.Owed(payer.Kind) {
		return
	}
	c.report("SPF-405", "/quarters", c.doc.Quarters, account.FormFund4)
}
