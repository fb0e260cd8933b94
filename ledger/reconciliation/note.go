package reconciliation

import (
	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/ledger/account"
	"github.com/stazh/stazh/ledger/money"
)

// Note is the explanatory note to a payer's ПУ-3 of a year, filled in from the ledger: only
// the reasons are the payer's.
type Note struct {
	Form string `json:"form"`
	Year int    `json:"year"`
	// Quarter is the last one for which both sides are there; 0 when there is none.
	Quarter int       `json:"quarter"`
	Rows    []NoteRow `json:"rows"`
}

// NoteRow is a column of the note, from the beginning of the year, in BYN.
type NoteRow struct {
	Column     int          `json:"column"`
	Kind       string       `json:"kind"`
	ByPayer    money.Amount `json:"by_payer"`    // 4-фонд
	ByAccounts money.Amount `json:"by_accounts"` // ПУ-3
	Difference money.Amount `json:"difference"`
	State      State        `json:"state,omitempty"` // of a difference
	// Text names the payer's words in the archive; zero without any.
	Text ledger.Hash `json:"-"`
}

// FormNote3 is the note to ПУ-3.
const FormNote3 = "ПЗ-3"

// NoteOf fills the note of a year in.
func NoteOf(p *account.Payer, year int) Note {
	n := Note{Form: FormNote3, Year: year, Rows: []NoteRow{}}
	v := newView(p)
	var last quarter
	for _, q := range v.quarters {
		if _, ok := p.ReportHead(q.year, q.number); ok && q.year == year && q.filed {
			last = q
		}
	}
	if last.number == 0 {
		return n
	}
	n.Quarter = last.number
	v.compare(last)
	head, _ := p.ReportHead(year, last.number)
	for _, kind := range Kinds()[:4] {
		row := NoteRow{Column: Column(kind), Kind: kind}
		row.ByPayer, row.ByAccounts = sides(kind, head, &last)
		row.Difference = row.ByPayer - row.ByAccounts
		if i := find(v.list, key{kind, year, last.number}); i >= 0 {
			row.State = v.list[i].State
			if x, ok := p.Explained(kind, year, last.number); ok {
				row.Text = x.Text
			}
		}
		n.Rows = append(n.Rows, row)
	}
	return n
}

// sides gives what a 4-фонд and the accounts say of a kind at the end of a quarter.
func sides(kind string, head *account.ReportVersion, q *quarter) (byPayer, byAccounts money.Amount) {
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
