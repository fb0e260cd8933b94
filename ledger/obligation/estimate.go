package obligation

import (
	"github.com/stazh/stazh/ledger/account"
	"github.com/stazh/stazh/ledger/money"
	"github.com/stazh/stazh/ledger/period"
)

// MethodLastFiled repeats what was assessed for the last quarter filed before.
const MethodLastFiled = "last_filed_quarter"

// Estimate is what a quarter would probably come to for which ПУ-3 was missed. It is shown
// beside balances and never is part of what is owed; with the report it is gone.
type Estimate struct {
	Year    int          `json:"year"`
	Quarter int          `json:"quarter"`
	Amount  money.Amount `json:"amount"` // contributions, in BYN
	Method  string       `json:"method"`
	// FromYear and FromQuarter are the quarter that it repeats.
	FromYear    int `json:"from_year"`
	FromQuarter int `json:"from_quarter"`
}

// Estimates gives those of all quarters whose ПУ-3 is missed on a day, by quarter. A payer
// that has never filed gets none: there is nothing to go by.
func Estimates(p *account.Payer, law *account.Law, on period.Date) []Estimate {
	var list []Estimate
	for _, x := range Of(p, law, on) {
		if x.Form != account.FormPU3 || x.State != Missed {
			continue
		}
		last := lastFiled(p, x)
		if last == nil {
			continue
		}
		e := Estimate{Year: x.Year, Quarter: x.Quarter, Method: MethodLastFiled,
			FromYear: last.Year, FromQuarter: last.Quarter}
		first := FirstMonth(last.Year, last.Quarter)
		for m := first; m < first.Add(3); m++ {
			if month, ok := p.Month(m); ok {
				e.Amount += month.LiabilityAssessed.Total()
			}
		}
		list = append(list, e)
	}
	return list
}

// lastFiled finds the sums of the last quarter filed before an obligation's.
func lastFiled(p *account.Payer, x Obligation) *account.ReportedQuarter {
	for i := len(p.Individual) - 1; i >= 0; i-- {
		r := &p.Individual[i]
		if r.InForce() && (r.Year < x.Year || r.Year == x.Year && r.Quarter < x.Quarter) {
			return r
		}
	}
	return nil
}
