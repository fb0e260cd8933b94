package control

import (
	"slices"

	"github.com/stazh/stazh/ledger/account"
	"github.com/stazh/stazh/ledger/period"
)

// Contract codes and categories that the rules name.
const (
	labourContract = "01"
	civilContract  = "03"
	outsidePayouts = "06"
	civilService   = "07"
)

// categoryContracts are the contract codes of ПУ-2 under which an insured person of a
// category of ПУ-3 may have been hired; the first is that of a relationship which the
// ПУ-3 itself opens. A category that is not listed has the contract of its own code.
var categoryContracts = map[string][]string{
	"06": {"06", "01", "02", "03"}, // payouts to somebody who has left
	"07": {"01", "07"},             // civil servants are hired under a labour contract
	"08": {"01", "02", "08"},       // disabled, or on sick benefit: a state of an employee
	"09": {"01", "02", "09"},
	"11": {"03", "11"}, // civil contract with an individual
	"30": {"01", "30"}, // owner who manages the company
}

// unannounced are the categories that no ПУ-2 announces: prisoners, payouts to those who
// are not employed, the self-employed, work abroad and for international bodies, spouses
// of diplomats. Their relationship opens with the first ПУ-3 and without a warning.
var unannounced = []string{"05", "06", "10", "12", "13", "14", "15", "16", "20", "21"}

// hireNeeded are the categories whose ПУ-3 waits for the hire: employees, whose coverage
// hangs on the dates that only ПУ-2 gives.
var hireNeeded = []string{labourContract, civilService}

// contractOf gives the contract code of a relationship that a ПУ-3 opens.
func contractOf(category string) string {
	if list, ok := categoryContracts[category]; ok {
		return list[0]
	}
	return category
}

// fits tells whether somebody hired under the contract may be reported in the category.
func fits(category, contract string) bool {
	if list, ok := categoryContracts[category]; ok {
		return slices.Contains(list, contract)
	}
	return category == contract
}

// sameNo compares contract numbers; a blank one fits any.
func sameNo(a, b string) bool { return a == "" || b == "" || a == b }

// days gives the run of days of an employment; unknown ends are open.
func days(e *account.Employment) period.Interval {
	span := period.Interval{From: e.HiredOn, To: e.EndedOn}
	if span.From.IsZero() {
		span.From = firstDay
	}
	if span.To.IsZero() {
		span.To = lastDay
	}
	return span
}

// firstDay and lastDay stand for open ends.
var (
	firstDay = period.MustDate("0001-01-01")
	lastDay  = period.MustDate("9999-12-31")
)

func contains(outer, inner period.Interval) bool {
	return outer.From <= inner.From && inner.To <= outer.To
}

// candidates are the employments that a ПУ-3 may belong to.
type candidates struct {
	all      []*account.Employment // right payer, contract and number
	during   []*account.Employment // of these, those that share a day with the document
	covering []*account.Employment // of these, those with all its days
	sameNo   []*account.Employment // of during, those with the very contract number
}

// find sorts a person's employments by how well they fit.
func (k *candidates) find(
	person *account.Person, payer, category, contractNo string, spans []period.Interval,
) {
	for i := range person.Employments {
		e := &person.Employments[i]
		if e.Payer != payer || !fits(category, e.Contract) || !sameNo(e.ContractNo, contractNo) {
			continue
		}
		k.all = append(k.all, e)
		employed := days(e)
		touches, covers := false, true
		for _, s := range spans {
			touches = touches || employed.Overlaps(s)
			covers = covers && contains(employed, s)
		}
		if !touches {
			continue
		}
		k.during = append(k.during, e)
		if covers {
			k.covering = append(k.covering, e)
		}
		if contractNo != "" && e.ContractNo == contractNo {
			k.sameNo = append(k.sameNo, e)
		}
	}
}

// one gives the only employment that fits; ambiguous is set when several do.
//
// The contract number decides first, then which employment has all days of the document.
// A document without service (sums paid after somebody left) belongs to the only
// employment there is, although it had ended.
func (k *candidates) one(withService bool) (e *account.Employment, ambiguous bool) {
	for _, list := range [][]*account.Employment{k.sameNo, k.during, k.covering} {
		if len(list) == 1 {
			return list[0], false
		}
	}
	if len(k.during) == 0 && !withService && len(k.all) > 0 {
		if len(k.all) == 1 {
			return k.all[0], false
		}
		return nil, true
	}
	return nil, len(k.during) > 1
}
