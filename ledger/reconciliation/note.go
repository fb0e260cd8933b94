package reconciliation

import (
	"slices"

	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/ledger/account"
	"github.com/stazh/stazh/ledger/money"
	"github.com/stazh/stazh/ledger/settlement"
)

// Note is an explanatory note to a payer's ПУ-3 or ПУ-6 of a year, filled in from the
// ledger: only the reasons are the payer's.
type Note struct {
	Form string `json:"form"`
	Year int    `json:"year"`
	// Quarter is the last one for which both sides are there; 0 when there is none.
	Quarter int       `json:"quarter"`
	Rows    []NoteRow `json:"rows"`
}

// NoteRow is a column of the note, from the beginning of the year, in BYN.
type NoteRow struct {
	Column int    `json:"column"`
	Kind   string `json:"kind"`
	// ByPayer is what the 4-фонд says, in ПЗ-6 the ПУ-6 or what is paid; ByAccounts what the
	// ПУ-3 come to, in ПЗ-6 what is assessed.
	ByPayer    money.Amount `json:"by_payer"`
	ByAccounts money.Amount `json:"by_accounts"`
	Difference money.Amount `json:"difference"`
	State      State        `json:"state,omitempty"` // of a difference
	// Text names the payer's words in the archive; zero without any.
	Text ledger.Hash `json:"-"`
}

// NotesOf fills the notes of a year in, that to ПУ-3 and that to ПУ-6, with what payments
// cover by the payer's settlement.
func NotesOf(p *account.Payer, b *settlement.Balance, year int) []Note {
	v := newView(p)
	unpaid, _ := Paid(p, b)
	notes := []Note{}
	for _, form := range [...]string{FormNote3, FormNote6} {
		n := Note{Form: form, Year: year, Rows: []NoteRow{}}
		if last := v.last(form, year); last != nil {
			n.Quarter = last.number
			v.list = slices.DeleteFunc(slices.Clone(unpaid), func(m Mismatch) bool {
				return m.Year != last.year || m.Quarter != last.number
			})
			v.compare(*last)
			for _, kind := range Columns(form) {
				n.Rows = append(n.Rows, v.row(kind, last, b))
			}
		}
		notes = append(notes, n)
	}
	return notes
}

// last finds the last quarter of a year for which both sides of a note are there.
func (v *view) last(form string, year int) (last *quarter) {
	for i := range v.quarters {
		q := &v.quarters[i]
		both := q.special
		if form == FormNote3 {
			_, both = v.payer.ReportHead(q.year, q.number)
			both = both && q.filed
		}
		if q.year == year && both {
			last = q
		}
	}
	return last
}

func (v *view) row(kind string, q *quarter, b *settlement.Balance) NoteRow {
	row := NoteRow{Column: Column(kind), Kind: kind}
	switch kind {
	case Occupational:
		row.ByPayer, row.ByAccounts = q.stated, q.occupational
	case OccupationalPayments:
		row.ByPayer, row.ByAccounts = occupational(b, q.year, q.number)
	default:
		head, _ := v.payer.ReportHead(q.year, q.number)
		row.ByPayer, row.ByAccounts = sides(kind, head, q)
	}
	row.Difference = row.ByPayer - row.ByAccounts
	if i := find(v.list, key{kind, q.year, q.number}); i >= 0 {
		row.State = v.list[i].State
		if x, ok := v.payer.Explained(kind, q.year, q.number); ok {
			row.Text = x.Text
		}
	}
	return row
}

// sides gives what a 4-фонд and the accounts say of a kind at the end of a quarter.
func sides(kind string, head *account.ReportVersion, q *quarter,
) (byPayer, byAccounts money.Amount) {
	switch kind {
	case Earnings:
		return head.Sums.Earnings, q.sums.Earnings
	case Benefits:
		return head.Sums.Benefits, q.sums.Benefits
	case Allowances:
		return head.Sums.Allowances, q.sums.Allowances
	}
	return head.Sums.Contributions, q.sums.Contributions
}
