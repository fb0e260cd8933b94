// Package reconciliation compares what a payer declares with what the accounts say, by
// quarter and cumulated over the year: its 4-фонд with the sums of its ПУ-3 and with the
// contributions assessed from them, its ПУ-6 with the occupational contributions assessed,
// and its payments with what is assessed. What differs is a mismatch. It is a pure view of the payer's account: it knows no clock and asks nobody.
package reconciliation

import (
	"math"

	"github.com/google/uuid"

	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/ledger/account"
	"github.com/stazh/stazh/ledger/event"
	"github.com/stazh/stazh/ledger/money"
	"github.com/stazh/stazh/ledger/period"
)

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
	// ByPayer is what the 4-фонд or the ПУ-6 say, or what payments cover; ByAccounts is what
	// the ПУ-3 come to, or what is assessed. Difference is the first less the second.
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
	assessed     sums             // contributions
	before       sums             // what was assessed in earlier years
	months       int              // assessed in this very quarter
	stated       money.Amount     // occupational contributions, by ПУ-6
	special      bool             // ПУ-6 of this very quarter
}

// covered is what payments cover of a quarter and those before it in the year.
func (q *quarter) covered(paid sums) sums {
	return sums{ordinary: min(max(paid.ordinary-q.before.ordinary, 0), q.assessed.ordinary),
		occupational: min(max(paid.occupational-q.before.occupational, 0),
			q.assessed.occupational)}
}

type view struct {
	payer    *account.Payer
	paid     sums
	quarters []quarter
	list     []Mismatch
}

func newView(p *account.Payer) *view {
	v := &view{payer: p}
	v.paid = paid(p, v.months())
	return v
}

// months adds up what the accounts say by quarter, and gives all that is assessed.
func (v *view) months() (before sums) {
	p := v.payer
	months, individual, special := p.Months, p.Individual, p.Special
	for len(months) > 0 || len(individual) > 0 || len(special) > 0 {
		year := math.MaxInt
		if len(months) > 0 {
			year = months[0].Month.Year()
		}
		for _, list := range [...][]account.ReportedQuarter{individual, special} {
			if len(list) > 0 {
				year = min(year, list[0].Year)
			}
		}
		sum := quarter{year: year, before: before}
		for n := 1; n <= 4; n++ {
			sum.number, sum.filed, sum.special, sum.months = n, false, false, 0
			for len(special) > 0 && special[0].Year == year && special[0].Quarter <= n {
				sum.special = sum.special || special[0].Quarter == n && special[0].Documents > 0
				sum.stated += special[0].Contributions
				special = special[1:]
			}
			for len(individual) > 0 && individual[0].Year == year && individual[0].Quarter <= n {
				sum.add(&individual[0], n)
				individual = individual[1:]
			}
			for len(months) > 0 && months[0].Month.Year() == year && months[0].Month.Quarter() == n {
				sum.assess(&months[0])
				months = months[1:]
			}
			v.quarters = append(v.quarters, sum)
		}
		before.ordinary += sum.assessed.ordinary
		before.occupational += sum.assessed.occupational
	}
	return before
}

func (q *quarter) add(r *account.ReportedQuarter, number int) {
	q.filed = q.filed || r.Quarter == number && r.Documents > 0
	q.sums.Earnings += r.Earnings
	q.sums.Benefits += r.Benefits - r.Allowances
	q.sums.Allowances += r.Allowances
}

func (q *quarter) assess(m *account.LiabilityMonth) {
	q.sums.Contributions += m.ForPensions()
	q.assessed.ordinary += m.LiabilityAssessed.Total()
	q.assessed.occupational += m.Occupational.Amount
	q.waits = q.waits || m.Awaits != ""
	q.months++
}

// compare finds the mismatches of a quarter. A report is compared once both sides are there:
// what is missing is an obligation and no difference.
func (v *view) compare(q quarter) {
	if head, ok := v.payer.ReportHead(q.year, q.number); ok && q.filed {
		for _, kind := range Columns(FormNote3) {
			if kind == Contributions && q.waits {
				continue // what is not assessed in full cannot be compared
			}
			byPayer, byAccounts := sides(kind, head, &q)
			v.note(q, kind, byPayer, byAccounts)
		}
	}
	covered := q.covered(v.paid)
	if q.months > 0 {
		v.note(q, Payments, covered.ordinary, q.assessed.ordinary)
	}
	if q.special {
		v.note(q, Occupational, q.stated, q.assessed.occupational)
	}
	if q.special || q.months > 0 {
		v.note(q, OccupationalPayments, covered.occupational, q.assessed.occupational)
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
