package reconciliation

import (
	"errors"
	"fmt"
	"strings"

	"github.com/stazh/stazh/ledger/account"
	"github.com/stazh/stazh/ledger/event"
	"github.com/stazh/stazh/ledger/money"
	"github.com/stazh/stazh/ledger/period"
)

// ErrFormula is returned for a text that is no formula.
var ErrFormula = errors.New("not a formula of lines such as 24+26-27, 06=04-05 or 12<=11")

// Formula is a sum of lines of a 4-фонд, or an equation of two sums.
type Formula struct {
	left, right []term
	relation    string // "", "=" or "<="
}

type term struct {
	line  string
	minus bool
}

// ParseFormula reads a formula: line codes with + and − between them, and at most one = or
// <= between two sums.
func ParseFormula(text string) (f Formula, err error) {
	left, right := text, ""
	for _, relation := range [...]string{"<=", "="} {
		if a, b, found := strings.Cut(text, relation); found {
			f.relation, left, right = relation, a, b
			break
		}
	}
	if f.left, err = terms(left); err == nil && f.relation != "" {
		f.right, err = terms(right)
	}
	if err != nil {
		return Formula{}, fmt.Errorf("%q: %w", text, err)
	}
	return f, nil
}

func terms(text string) (list []term, err error) {
	for minus := false; ; {
		n := strings.IndexAny(text, "+-")
		line := text
		if n >= 0 {
			line = text[:n]
		}
		if line == "" || strings.Trim(line, "0123456789") != "" {
			return nil, ErrFormula
		}
		list = append(list, term{line, minus})
		if n < 0 {
			return list, nil
		}
		minus, text = text[n] == '-', text[n+1:]
	}
}

// Sum adds up the lines of a formula that is no equation, or those on an equation's left.
// A line that is not there counts as zero.
func (f Formula) Sum(lines []event.ReportLine) money.Amount { return sum(f.left, lines) }

func sum(terms []term, lines []event.ReportLine) (total money.Amount) {
	for _, t := range terms {
		for _, l := range lines {
			switch {
			case l.Line != t.line:
			case t.minus:
				total -= l.Amount
			default:
				total += l.Amount
			}
		}
	}
	return total
}

// Check tells whether an equation holds; got and want are its sides. An equation speaks of
// reports that have all its lines: who leaves out a part is asked for nothing.
func (f Formula) Check(lines []event.ReportLine) (got, want money.Amount, holds bool) {
	if !complete(f.left, lines) || !complete(f.right, lines) {
		return 0, 0, true
	}
	got, want = sum(f.left, lines), sum(f.right, lines)
	return got, want, got == want || f.relation == "<=" && got < want
}

// First is the line that an equation is about.
func (f Formula) First() string { return f.left[0].line }

func complete(terms []term, lines []event.ReportLine) bool {
	for _, t := range terms {
		found := false
		for _, l := range lines {
			found = found || l.Line == t.line
		}
		if !found {
			return false
		}
	}
	return true
}

// EquationPrefix begins the codes of the equations among the formulas of the law.
const EquationPrefix = "equation-"

// Codes of the formulas that give the sums of a report.
const (
	codeEarnings      = "column-2"
	codeBenefits      = "column-3"
	codeAllowances    = "column-4"
	codeContributions = "column-5"
	codeExpenses      = "expense"
)

// SumsOf gives the sums of a 4-фонд by the formulas that hold on a day, the last one that it
// is about. ok is false when the law does not have them all.
func SumsOf(law *account.Law, lines []event.ReportLine, on period.Date,
) (s event.ReportSums, ok bool) {
	ok = true
	for code, to := range map[string]*money.Amount{codeEarnings: &s.Earnings,
		codeBenefits: &s.Benefits, codeAllowances: &s.Allowances,
		codeContributions: &s.Contributions, codeExpenses: &s.Expenses} {
		entry, found := law.Code(account.ClassifierFund4Rule, code, on)
		f, err := ParseFormula(entry.Attribute(account.AttributeFormula))
		if !found || err != nil {
			ok = false
			continue
		}
		*to = f.Sum(lines)
	}
	return s, ok
}
