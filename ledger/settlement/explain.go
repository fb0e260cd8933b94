package settlement

import (
	"errors"
	"slices"

	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/ledger/account"
	"github.com/stazh/stazh/ledger/event"
	"github.com/stazh/stazh/ledger/money"
	"github.com/stazh/stazh/ledger/period"
	"github.com/stazh/stazh/ledger/rules"
)

// Node explains an amount: by the parts that add up to it, by what a rule was applied to,
// and by the facts in the ledger. Every amount of a balance has one.
type Node struct {
	// Code says what the amount is, for programs; Label says it to people.
	Code   string       `json:"code"`
	Label  rules.Text   `json:"label"`
	Amount money.Amount `json:"amount"`
	Fund   string       `json:"fund,omitempty"`
	Month  period.Month `json:"month,omitzero"`
	// Person is set for what concerns one insured person.
	Person *ledger.PersonID `json:"person,omitempty"`
	Facts  []Fact           `json:"facts,omitempty"`
	Rule   *Rule            `json:"rule,omitempty"`
	Line   *Line            `json:"line,omitempty"`
	// Parts add up to Amount; there are none where a rule or a fact gives it.
	Parts []Node `json:"parts,omitempty"`
	// Basis is what Rule was applied to.
	Basis []Node `json:"basis,omitempty"`
}

// Fact names an event of the ledger and the document that it came from. Type is empty for
// later versions of a form, which events of several types make.
type Fact struct {
	Type     string          `json:"type,omitempty"`
	Position ledger.Position `json:"position"`
	Receipt  string          `json:"receipt,omitempty"`
	Document int             `json:"document,omitempty"`
	Version  int             `json:"version,omitempty"` // of a person's form
	BankRef  string          `json:"bank_ref,omitempty"`
}

// Rule is a rule of the law with its numbers.
type Rule struct {
	ID      string            `json:"id"`
	Formula string            `json:"formula"`
	Numbers []rules.Parameter `json:"numbers"`
}

// Figures of a balance that can be explained.
const (
	FigureAssessed      = "assessed"
	FigureOffset        = "offset"
	FigurePaid          = "paid"
	FigureRefunded      = "refunded"
	FigureArrears       = "arrears"
	FigureDeferred      = "deferred"
	FigureNotDue        = "not_due"
	FigureOverpayment   = "overpayment"
	FigurePenalty       = "penalty"
	FigurePenaltyPaid   = "penalty_paid"
	FigurePenaltyUnpaid = "penalty_unpaid"
	FigureUnpaid        = "unpaid"
	FigureRefundable    = "refundable"
	FigureSuspended     = "suspended"
	FigureAwaiting      = "awaiting" // earnings that cannot be assessed yet
	// FigureEstimate is beside the balance: see package obligation.
	FigureEstimate = "estimate"
)

// Figures lists all figures.
func Figures() []string {
	return []string{FigureAssessed, FigureOffset, FigurePaid, FigureRefunded, FigureArrears,
		FigureDeferred, FigureNotDue, FigureOverpayment, FigurePenalty, FigurePenaltyPaid,
		FigurePenaltyUnpaid, FigureUnpaid, FigureRefundable, FigureSuspended, FigureAwaiting,
		FigureEstimate}
}

// monthly are the figures that a month has.
var monthly = []string{FigureAssessed, FigureOffset, FigurePaid, FigureArrears, FigureDeferred,
	FigureNotDue, FigurePenalty, FigureUnpaid, FigureAwaiting}

// ErrNoFigure tells that there is no such figure, or no such month or fund in the balance.
var ErrNoFigure = errors.New("settlement: no such figure")

// Scope narrows a figure; what is empty does not.
type Scope struct {
	Fund  string
	Month period.Month
}

func (s Scope) fund(name string) bool { return s.Fund == "" || s.Fund == name }

func (s Scope) month(m period.Month) bool { return s.Month == 0 || s.Month == m }

// explainer makes the tree of one figure.
type explainer struct {
	*Balance
	law *account.Law
	Scope
	persons []*account.Person
}

// Explain gives the tree of a figure: of the whole balance, of a fund, of a month, or of
// both. Figures of a month are assessed, offset, paid, arrears, deferred, not_due, unpaid,
// penalty and awaiting; what is suspended or awaits assessment is of no fund. For one month,
// the accounts of the payer's persons lead down to their reports. Estimates are explained by
// Repeated.
func (b *Balance) Explain(law *account.Law, figure string, scope Scope,
	persons []*account.Person) (Node, error) {
	x := explainer{b, law, scope, persons}
	if !slices.Contains(Figures(), figure) || figure == FigureEstimate || !x.exists() ||
		scope.Month != 0 && !slices.Contains(monthly, figure) ||
		scope.Fund != "" && (figure == FigureSuspended || figure == FigureAwaiting) {
		return Node{}, ErrNoFigure
	}
	n := node(figure)
	n.Fund, n.Month = scope.Fund, scope.Month
	switch figure {
	case FigureAssessed, FigureArrears, FigureDeferred, FigureNotDue, FigureUnpaid:
		n.Parts = x.months(figure)
	case FigurePenalty:
		n.Parts = x.penalties()
	case FigureOffset:
		n.Parts = x.expenses()
	case FigurePaid:
		n.Parts = x.payments()
	case FigurePenaltyPaid:
		n.Parts = x.allocated(ForPenalty)
	default:
		n.Parts = x.whole(figure)
	}
	if scope.Month == 0 {
		n.Parts = append(n.Parts, x.uncovered(figure)...)
	}
	n.sum()
	return n, nil
}

// exists tells whether the scope is in the balance.
func (x *explainer) exists() bool {
	if _, ok := fundOf(x.Fund); x.Fund != "" && !ok {
		return false
	}
	for i := range x.Months {
		if x.Months[i].Month == x.Month {
			return true
		}
	}
	return x.Month == 0
}

func node(code string) Node { return Node{Code: code, Label: labels()[code]} }

// leaf is an amount that facts or a rule give.
func leaf(code string, amount money.Amount, facts ...Fact) Node {
	n := node(code)
	n.Amount, n.Facts = amount, facts
	return n
}

// sum makes the amount that of the parts.
func (n *Node) sum() {
	n.Amount = 0
	for i := range n.Parts {
		n.Amount += n.Parts[i].Amount
	}
}

// whole explains figures that belong to no month.
func (x *explainer) whole(figure string) []Node {
	switch figure {
	case FigureRefunded:
		return x.refunds()
	case FigureOverpayment:
		return x.rests()
	case FigureRefundable:
		return x.refundable()
	case FigureSuspended:
		return x.suspense()
	case FigureAwaiting:
		return x.awaiting()
	case FigurePenaltyUnpaid:
		due, paid := node(FigurePenalty), node(FigurePenaltyPaid)
		due.Parts, paid.Parts = x.penalties(), x.allocated(ForPenalty)
		due.sum()
		paid.sum()
		return []Node{due, less(paid)}
	}
	return nil
}

// less turns a node into one that is taken off.
func less(n Node) Node {
	n.Amount = -n.Amount
	parts := n.Parts
	n.Parts = make([]Node, len(parts))
	for i := range parts {
		n.Parts[i] = less(parts[i])
	}
	return n
}

// months explains a figure by months and funds.
func (x *explainer) months(figure string) (list []Node) {
	for i := range x.Months {
		m := &x.Months[i]
		if !x.month(m.Month) {
			continue
		}
		n := node("month")
		n.Month = m.Month
		for k := range m.Parts {
			if p := &m.Parts[k]; x.fund(p.Fund) {
				if part, ok := x.part(figure, m, p); ok {
					part.Fund, part.Month = p.Fund, m.Month
					n.Parts = append(n.Parts, part)
				}
			}
		}
		if n.sum(); len(n.Parts) > 0 {
			list = append(list, n)
		}
	}
	return list
}

func (x *explainer) part(figure string, m *Month, p *Part) (Node, bool) {
	late := !m.DueOn.IsZero() && m.DueOn < x.On
	switch figure {
	case FigureAssessed:
		return x.assessment(m, p), p.Assessed != 0
	case FigurePenalty:
		return x.penalty(p.Lines), len(p.Lines) > 0
	case FigureDeferred:
		return x.deferred(m, p), late && p.Deferred > 0
	case FigureArrears:
		return x.unpaid(m, p, p.Deferred), late && p.Unpaid > p.Deferred
	case FigureUnpaid:
		return x.unpaid(m, p, 0), p.Unpaid > 0
	}
	return x.unpaid(m, p, 0), !late && p.Unpaid > 0
}

// unpaid is what is assessed less all that came.
func (x *explainer) unpaid(m *Month, p *Part, deferred money.Amount) Node {
	n := node("unpaid")
	n.Parts = append(n.Parts, x.assessment(m, p))
	narrow := explainer{x.Balance, x.law, Scope{p.Fund, m.Month}, nil}
	for _, figure := range [...]string{FigureOffset, FigurePaid} {
		came := node(figure)
		if figure == FigureOffset {
			came.Parts = narrow.expenses()
		} else {
			came.Parts = narrow.payments()
		}
		if came.sum(); came.Amount != 0 {
			n.Parts = append(n.Parts, less(came))
		}
	}
	if deferred > 0 {
		n.Parts = append(n.Parts, less(x.deferred(m, p)))
	}
	n.sum()
	return n
}

// deferred names the deferments of a part.
func (x *explainer) deferred(m *Month, p *Part) Node {
	n := leaf(FigureDeferred, p.Deferred)
	for i := range x.Deferments {
		for _, part := range x.Deferments[i].Parts {
			if part.Fund == p.Fund && part.Month == m.Month {
				n.Facts = append(n.Facts, Fact{Type: typeOf(&event.ProposalApproved{}),
					Position: x.Deferments[i].Position})
			}
		}
	}
	return n
}

// penalties explains the penalty by months, and by what refunds and offsets took that a
// correction has used since.
func (x *explainer) penalties() []Node {
	list := x.months(FigurePenalty)
	if x.Month != 0 {
		return list
	}
	add := func(fund string, lines []Line, fact Fact) {
		if len(lines) > 0 && x.fund(fund) {
			n := x.penalty(lines)
			n.Fund, n.Facts = fund, []Fact{fact}
			list = append(list, n)
		}
	}
	for i := range x.Refunds {
		add(x.Refunds[i].Fund, x.Refunds[i].Lines, refundFact(&x.Refunds[i]))
	}
	for i := range x.Offsets {
		add(x.Offsets[i].From, x.Offsets[i].Lines, offsetFact(&x.Offsets[i]))
	}
	return list
}

// penalty explains a penalty by its lines.
func (x *explainer) penalty(lines []Line) Node {
	n := node(FigurePenalty)
	for i := range lines {
		line := lines[i]
		k := leaf("penalty_line", line.Amount)
		k.Line = &line
		k.Rule = x.rule("penalty", "round(unpaid × days × refinancing_rate / late_payment_divisor)",
			line.From, rules.RefinancingRate, rules.PenaltyDivisor)
		n.Parts = append(n.Parts, k)
	}
	n.sum()
	return n
}

// rule gives a rule with the numbers that hold on a day.
func (x *explainer) rule(id, formula string, on period.Date, names ...string) *Rule {
	r := &Rule{ID: id, Formula: formula, Numbers: []rules.Parameter{}}
	for _, name := range names {
		if p, err := x.law.Parameters.Lookup(name, on); err == nil {
			r.Numbers = append(r.Numbers, p)
		}
	}
	return r
}

func typeOf(p event.Payload) string { return p.EventType() }
