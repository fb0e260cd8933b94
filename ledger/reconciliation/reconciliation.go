// Package reconciliation compares what a payer declares with what the accounts say, by
// quarter and cumulated over the year: its 4-фонд with the sums of its ПУ-3 and with the
// contributions assessed from them, and its payments with what is assessed. What differs is
// a mismatch. It is a pure view of the payer's account: it knows no clock and asks nobody.
package reconciliation

import (
	"github.com/google/uuid"

	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/ledger/account"
	"github.com/stazh/stazh/ledger/event"
	"github.com/stazh/stazh/ledger/money"
	"github.com/stazh/stazh/ledger/period"
)

// Kinds of mismatches: columns 2 to 5 of the explanatory note, and payments.
const (
	Earnings      = "earnings"      // line 06 against pay in ПУ-3
	Benefits      = "benefits"      // 24+26-27+38 against benefits in ПУ-3
	Allowances    = "allowances"    // 27+28+30+32+33 against child benefits in ПУ-3
	Contributions = "contributions" // 11-12 against pension contributions assessed
	Payments      = "payments"      // paid against assessed
)

// Kinds lists all kinds in the order of the note's columns.
func Kinds() []string {
	return []string{Earnings, Benefits, Allowances, Contributions, Payments}
}

// Column is the number of a kind's column in the explanatory note, 0 for payments, which are
// not in it.
func Column(kind string) int {
	for i, k := range Kinds()[:4] {
		if k == kind {
			return i + 2
		}
	}
	return 0
}

// Rule is the control rule that tells of a kind, empty for payments.
func Rule(kind string) string {
	switch kind {
	case Earnings:
		return "SPF-401"
	case Benefits:
		return "SPF-402"
	case Allowances:
		return "SPF-403"
	case Contributions:
		return "SPF-404"
	}
	return ""
}

// State says whether a mismatch has been explained.
type State string

// The states.
const (
	Unexplained State = "unexplained"
	Explained   State = "explained"
	// Outdated: the difference has changed since it was explained.
	Outdated State = "outdated"
)

// Mismatch is a difference at the end of a quarter, from the beginning of its year, in BYN.
type Mismatch struct {
	Kind    string `json:"kind"`
	Rule    string `json:"rule,omitempty"`
	Year    int    `json:"year"`
	Quarter int    `json:"quarter"`
	// ByPayer is what the 4-фонд says, or what payments cover; ByAccounts is what the ПУ-3
	// come to, or what is assessed. Difference is the first less the second.
	ByPayer    money.Amount `json:"by_payer"`
	ByAccounts money.Amount `json:"by_accounts"`
	Difference money.Amount `json:"difference"`
	// Carried is true when the same difference stood at the end of the quarter before.
	Carried bool  `json:"carried"`
	State   State `json:"state"`
	// Opened is the event with which it arose, Closed the one that resolved it; a view of
	// the account alone knows neither.
	Opened Place  `json:"opened,omitzero"`
	Closed *Place `json:"closed,omitempty"`
}

// Place is an event in the ledger.
type Place struct {
	Position ledger.Position `json:"position"`
	Event    uuid.UUID       `json:"event"`
	Type     string          `json:"type"`
	On       period.Date     `json:"on"` // of its recording
}

// key is what a mismatch is about.
type key struct {
	kind          string
	year, quarter int
}

func (m *Mismatch) key() key { return key{m.Kind, m.Year, m.Quarter} }

// Of gives the mismatches of a payer, by quarter and kind.
func Of(p *account.Payer) []Mismatch {
	v := newView(p)
	for _, q := range v.quarters {
		v.compare(q)
	}
	return v.list
}

// quarter is what the accounts say at the end of a quarter, from the beginning of its year.
type quarter struct {
	year, number int
	sums         event.ReportSums // of ПУ-3; contributions as assessed for pensions
	filed        bool             // ПУ-3 of this very quarter
	waits        bool             // a month of the year is not assessed in full
	assessed     money.Amount     // all contributions
	before       money.Amount     // all that was assessed in earlier years
	months       int              // assessed in this very quarter
}

type view struct {
	payer    *account.Payer
	paid     money.Amount
	quarters []quarter
	list     []Mismatch
}

func newView(p *account.Payer) *view {
	v := &view{payer: p, paid: paid(p)}
	v.months()
	return v
}

// paid is what covers contributions, the oldest first: payments, and benefits that the payer
// met for the Fund, less what is paid back to it.
func paid(p *account.Payer) money.Amount {
	sum := p.Paid()
	for i := range p.Expenses {
		sum += p.Expenses[i].Amount - p.Expenses[i].Refused
	}
	for i := range p.Refunds {
		if x := &p.Refunds[i]; !x.Proposal.On.IsZero() {
			sum -= x.Amount
		}
	}
	return sum
}

// months adds up what the accounts say by quarter.
func (v *view) months() {
	p := v.payer
	months, individual := p.Months, p.Individual
	var before money.Amount
	for len(months) > 0 || len(individual) > 0 {
		year := 0
		if len(months) > 0 {
			year = months[0].Month.Year()
		}
		if len(individual) > 0 && (year == 0 || individual[0].Year < year) {
			year = individual[0].Year
		}
		sums := quarter{year: year, before: before}
		for n := 1; n <= 4; n++ {
			sums.number, sums.filed, sums.months = n, false, 0
			for len(individual) > 0 && individual[0].Year == year && individual[0].Quarter <= n {
				sums.add(&individual[0], n)
				individual = individual[1:]
			}
			for len(months) > 0 && months[0].Month.Year() == year && months[0].Month.Quarter() == n {
				sums.assess(&months[0])
				months = months[1:]
			}
			v.quarters = append(v.quarters, sums)
		}
		before += sums.assessed
	}
}

func (q *quarter) add(r *account.ReportedQuarter, number int) {
	q.filed = q.filed || r.Quarter == number && r.Documents > 0
	q.sums.Earnings += r.Earnings
	q.sums.Benefits += r.Benefits - r.Allowances
	q.sums.Allowances += r.Allowances
}

func (q *quarter) assess(m *account.LiabilityMonth) {
	q.sums.Contributions += m.ForPensions()
	q.assessed += m.LiabilityAssessed.Total()
	q.waits = q.waits || m.Awaits != ""
	q.months++
}

// compare finds the mismatches of a quarter. A report is compared once both sides are there:
// what is missing is an obligation and no difference.
func (v *view) compare(q quarter) {
	if head, ok := v.payer.ReportHead(q.year, q.number); ok && q.filed {
		for _, kind := range [...]string{Earnings, Benefits, Allowances, Contributions} {
			if kind == Contributions && q.waits {
				continue // what is not assessed in full cannot be compared
			}
			byPayer, byAccounts := sides(kind, head, &q)
			v.note(q, kind, byPayer, byAccounts)
		}
	}
	if q.months > 0 {
		covered := min(max(v.paid-q.before, 0), q.assessed)
		v.note(q, Payments, covered, q.assessed)
	}
}

func (v *view) note(q quarter, kind string, byPayer, byAccounts money.Amount) {
	if byPayer == byAccounts {
		return
	}
	m := Mismatch{Kind: kind, Rule: Rule(kind), Year: q.year, Quarter: q.number,
		ByPayer: byPayer, ByAccounts: byAccounts, Difference: byPayer - byAccounts,
		State: Unexplained}
	for i := range v.list {
		x := &v.list[i]
		m.Carried = m.Carried || x.Kind == kind && x.Year == q.year &&
			x.Quarter == q.number-1 && x.Difference == m.Difference
	}
	if x, ok := v.payer.Explained(kind, q.year, q.number); ok {
		m.State = Explained
		if x.Difference != m.Difference {
			m.State = Outdated
		}
	}
	v.list = append(v.list, m)
}
