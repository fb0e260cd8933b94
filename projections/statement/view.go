// Package statement answers what is recorded in an insured person's account month by
// month: what each payer reported, when the Fund learned it, and what contributions for
// each fund follow from it by the law of the month.
//
// It is a pure view over the folds of package account. Contributions per person are the
// share of the person; what a payer owes is in package balance, computed from the
// payer's total (CO-7), and may differ from the sum of the shares by kopecks.
package statement

import (
	"cmp"
	"slices"
	"time"

	"github.com/google/uuid"

	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/ledger/account"
	"github.com/stazh/stazh/ledger/contribution"
	"github.com/stazh/stazh/ledger/event"
	"github.com/stazh/stazh/ledger/money"
	"github.com/stazh/stazh/ledger/period"
)

// Statement is a person's account, from From to To where they are given.
type Statement struct {
	Person ledger.PersonID `json:"person"`
	// Position is that of the last event of the person that the answer rests on.
	Position ledger.Position `json:"position"`
	From     period.Month    `json:"from,omitzero"`
	To       period.Month    `json:"to,omitzero"`
	// Rows are the reported months, by month, payer and order of recording.
	Rows []Row `json:"rows"`
	// Contributions are those of each month and payer, by month and payer.
	Contributions []contribution.Contribution `json:"contributions"`
	Balance
	Employments []Employment `json:"employments"`
}

// Row is one month of one form slot: the version in force.
type Row struct {
	event.MonthFact           // the effective month, and the amounts as reported
	Payer           string    `json:"payer"`
	Employment      uuid.UUID `json:"employment"`
	Category        string    `json:"category"`
	ContractNo      string    `json:"contract_no,omitempty"`
	Year            int       `json:"year"`
	Quarters        string    `json:"quarters"`
	Version         int       `json:"version"`
	Receipt         string    `json:"receipt"`
	DocNo           int       `json:"document"`
	// RecordedAt is when the Fund learned it.
	RecordedAt time.Time       `json:"recorded_at"`
	Position   ledger.Position `json:"position"`
	// Account is the joined account that it is recorded in; absent for the person's own.
	Account ledger.PersonID `json:"account,omitzero"`
}

// Totals are sums over months.
type Totals struct {
	Reported Reported `json:"reported"`
	// Computed are the contributions by the law, without the months that await a
	// parameter; Awaiting is how many these are, counted by payer.
	Computed contribution.Funds `json:"computed"`
	Awaiting int                `json:"awaiting"`
}

// Reported are the sums of the amounts that payers reported.
type Reported struct {
	Earnings      money.Amount `json:"earnings"`
	Benefits      money.Amount `json:"benefits"`
	Contributions money.Amount `json:"contributions"`
	Paid          money.Amount `json:"paid"`
}

// Year is the totals of a calendar year.
type Year struct {
	Year int `json:"year"`
	Totals
}

// Employment is a relationship with a payer.
type Employment struct {
	ID           uuid.UUID   `json:"employment"`
	Payer        string      `json:"payer"`
	HiredOn      period.Date `json:"hired_on,omitzero"`
	EndedOn      period.Date `json:"ended_on,omitzero"`
	EndReason    string      `json:"end_reason,omitempty"`
	Contract     string      `json:"contract,omitempty"`
	ContractNo   string      `json:"contract_no,omitempty"`
	ContractDate period.Date `json:"contract_date,omitzero"`
	Form         string      `json:"form"`
	RecordedAt   time.Time   `json:"recorded_at"`
	// Account is the joined account that it is recorded in; absent for the person's own.
	Account ledger.PersonID `json:"account,omitzero"`
}

// Of gives the whole account.
func Of(p *account.Person, law *account.Law) Statement { return Between(p, law, 0, 0) }

// Between gives the months of the account from one month to another, ends included; the
// null month leaves that end open. Employments are listed whatever the months.
func Between(p *account.Person, law *account.Law, from, to period.Month) Statement {
	s := Statement{
		Person: p.ID, Position: p.Position, From: from, To: to,
		Rows:        rows(p, from, to),
		Employments: make([]Employment, len(p.Employments)),
	}
	s.Contributions = contribution.Between(p.Slots(), law, from, to)
	s.addUp()
	for i, e := range p.Employments {
		s.Employments[i] = Employment{
			ID: e.ID, Payer: e.Payer, HiredOn: e.HiredOn, EndedOn: e.EndedOn,
			EndReason: e.EndReason, Contract: e.Contract, ContractNo: e.ContractNo,
			ContractDate: e.ContractDate, Form: e.Form, RecordedAt: e.RecordedAt,
			Account: e.Account,
		}
	}
	return s
}

// rows gives the reported months by month, payer and order of recording. What is sorted
// are places: a row is large.
func rows(p *account.Person, from, to period.Month) []Row {
	type place struct {
		month       period.Month
		slot, which int32
	}
	var places []place
	slots := p.Slots()
	for i := range slots {
		for n, m := range slots[i].Months {
			if m.Month >= from && (to.IsZero() || m.Month <= to) {
				places = append(places, place{m.Month, int32(i), int32(n)})
			}
		}
	}
	slices.SortFunc(places, func(a, b place) int {
		if a.month != b.month {
			return cmp.Compare(a.month, b.month)
		}
		x, y := &slots[a.slot], &slots[b.slot]
		return cmp.Or(cmp.Compare(x.Payer, y.Payer), cmp.Compare(x.Position, y.Position),
			cmp.Compare(a.slot, b.slot), cmp.Compare(a.which, b.which))
	})
	list := make([]Row, 0, len(places))
	for _, at := range places {
		s := &slots[at.slot]
		list = append(list, rowOf(s, s.Months[at.which]))
	}
	return list
}

func rowOf(s *account.Slot, m event.MonthFact) Row {
	return Row{
		MonthFact: m, Payer: s.Payer, Employment: s.Employment, Category: s.Category,
		ContractNo: s.ContractNo, Year: s.Year, Quarters: s.Quarters, Version: s.Version,
		Receipt: s.Receipt, DocNo: s.DocNo, RecordedAt: s.RecordedAt, Position: s.Position,
		Account: s.Account,
	}
}

func (s *Statement) addUp() {
	var a adding
	for i := range s.Rows {
		a.report(&s.Rows[i].MonthFact)
	}
	for i := range s.Contributions {
		a.count(&s.Contributions[i])
	}
	s.Balance = a.balance()
}
