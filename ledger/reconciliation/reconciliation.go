// Package reconciliation compares what a payer declares with what the accounts say, by
// quarter and cumulated over the year: its 4-фонд with the sums of its ПУ-3 and with the
// contributions assessed from them, its ПУ-6 with the occupational contributions assessed,
// and its payments with what is assessed. What differs is a mismatch.
//
// What is declared is compared by a pure view of the payer's account, which knows no clock and
// asks nobody. What payments cover is what the settlement of the account on a day says: there
// is no second way to divide them.
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
	// the account alone knows neither. Of payments they follow from the settlement: the
	// assessment that is short, and the credit that covered the last of it.
	Opened Place  `json:"opened,omitzero"`
	Closed *Place `json:"closed,omitempty"`
}

// Place is an event in the ledger.
type Place struct {
	Position ledger.Position `json:"position"`
	// Event is null for payments, of whose events the account keeps the positions.
	Event uuid.UUID   `json:"event,omitzero"`
	Type  string      `json:"type"`
	On    period.Date `json:"on,omitzero"` // of its recording
}

// key is what a mismatch is about.
type key struct {
	kind          string
	year, quarter int
}

func (m *Mismatch) key() key { return key{m.Kind, m.Year, m.Quarter} }

// Of gives the mismatches of what a payer declares, by quarter and kind; those of payments
// are Paid's.
func Of(p *account.Payer) []Mismatch {
	if len(p.Reports) == 0 && len(p.Special) == 0 {
		return nil // there is nothing to compare with
	}
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
	occupational money.Amount     // contributions assessed
	stated       money.Amount     // the same, by ПУ-6
	special      bool             // ПУ-6 of this very quarter
}

type view struct {
	payer    *account.Payer
	quarters []quarter
	list     []Mismatch
}

func newView(p *account.Payer) *view {
	v := &view{payer: p}
	v.months()
	return v
}

// months adds up what the accounts say by quarter.
func (v *view) months() {
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
		sum := quarter{year: year}
		for n := 1; n <= 4; n++ {
			sum.number, sum.filed, sum.special = n, false, false
			for len(special) > 0 && special[0].Year == year && special[0].Quarter <= n {
				sum.special = sum.special || special[0].Quarter == n
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
	}
}

func (q *quarter) add(r *account.ReportedQuarter, number int) {
	q.filed = q.filed || r.Quarter == number && r.InForce()
	q.sums.Earnings += r.Earnings
	q.sums.Benefits += r.Benefits - r.Allowances
	q.sums.Allowances += r.Allowances
}

func (q *quarter) assess(m *account.LiabilityMonth) {
	q.sums.Contributions += m.ForPensions()
	q.occupational += m.Occupational.Amount
	q.waits = q.waits || m.Awaits != ""
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
	if q.special {
		v.note(q, Occupational, q.stated, q.occupational)
	}
}

func (v *view) note(q quarter, kind string, byPayer, byAccounts money.Amount) {
	v.list = note(v.list, v.payer, Mismatch{Kind: kind, Year: q.year, Quarter: q.number,
		ByPayer: byPayer, ByAccounts: byAccounts})
}

// note adds a mismatch to those of the quarters before, if there is a difference.
func note(list []Mismatch, p *account.Payer, m Mismatch) []Mismatch {
	m.Rule, m.Difference, m.State = Rule(m.Kind), m.ByPayer-m.ByAccounts, Unexplained
	if m.Difference == 0 {
		return list
	}
	for i := range list {
		x := &list[i]
		m.Carried = m.Carried || x.Kind == m.Kind && x.Year == m.Year &&
			x.Quarter == m.Quarter-1 && x.Difference == m.Difference
	}
	if x, ok := p.Explained(m.Kind, m.Year, m.Quarter); ok {
		m.State = Explained
		if x.Difference != m.Difference {
			m.State = Outdated
		}
	}
	return append(list, m)
}
