package control

import (
	"slices"

	"github.com/google/uuid"

	"github.com/stazh/stazh/commands/intake/document"
	"github.com/stazh/stazh/ledger/account"
	"github.com/stazh/stazh/ledger/period"
)

// Contract codes and categories that the rules name.
const (
	employee        = "01" // category: works under an employment contract
	civilContract   = "03" // category and contract
	civilIndividual = "11" // category: civil contract with an individual
	outsidePayouts  = "06" // category: sums to those who are not employed
	civilService    = "07" // category
)

// categoryContracts are the contract codes of ПУ-2 under which an insured person of a
// category of ПУ-3 may have been hired. The two lists differ: 02 is membership as a
// category and an employment contract for a term as a contract, which has membership
// under 04. A category that is not listed has the contract of its own code only.
var categoryContracts = map[string][]string{
	"01": {"01", "02"},
	"02": {"02", "04"},
	"04": {"01", "02", "04"},       // public works
	"06": {"01", "02", "03", "04"}, // sums to somebody who has left
	"07": {"01", "02", "07"},       // civil servants
	"08": {"01", "02", "08"},       // disabled persons who do not work
	"09": {"01", "02", "09"},       // recipients of sickness benefit
	"11": {"03", "11"},
	"30": {"01", "02", "04", "30"}, // owner who manages the company
}

// unannounced are the categories that no ПУ-2 announces: prisoners, those who are not
// employed or do not work, the self-employed, work abroad and for international bodies,
// spouses of diplomats. Their relationship opens with the first ПУ-3, without a warning.
var unannounced = []string{"05", "06", "08", "09", "10", "12", "13", "14", "15", "16", "20", "21"}

// hireNeeded are the categories whose ПУ-3 waits for the hire: employees, whose coverage
// hangs on the dates that only ПУ-2 gives.
var hireNeeded = []string{employee, civilService}

// fits tells whether an employment may be reported in the category. One that was learned
// from a ПУ-3 bears that form's category as its contract.
func fits(category string, e *account.Employment) bool {
	if isLearned(e) {
		return category == e.Contract
	}
	return hiredUnder(category, e.Contract)
}

// hiredUnder tells whether somebody of a category of ПУ-3 may have been hired under a
// contract code of ПУ-2.
func hiredUnder(category, contract string) bool {
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
	all      several // right payer, contract and number
	during   several // of these, those that share a day with the document
	covering several // of these, those with all its days
	sameNo   several // of during, those with the very contract number
}

// several counts employments, of which only a single one matters.
type several struct {
	count int
	first *account.Employment
}

func (s *several) add(e *account.Employment) {
	if s.count++; s.count == 1 {
		s.first = e
	}
}

// employmentOf gives the employment that a ПУ-3 belongs to. One in the account of the filed
// number comes before those of accounts that are joined with it: both may know of the same
// work.
func (c *check) employmentOf(
	d *document.IndividualData, person *account.Person, spans []period.Interval,
) (e *account.Employment, ambiguous bool) {
	for _, joined := range []bool{false, true} {
		if joined && !person.Linked() {
			break
		}
		var k candidates
		k.find(person, joined, c.facts.Payer.UNP, d.Category, d.ContractNo, spans)
		if e, ambiguous = k.one(len(d.Service) > 0); e != nil || ambiguous {
			break
		}
	}
	return e, ambiguous
}

// find sorts a person's employments by how well they fit: those of the account itself, or
// those of the accounts that are joined with it.
func (k *candidates) find(
	person *account.Person, joined bool, payer, category, contractNo string,
	spans []period.Interval,
) {
	for i := range person.Employments {
		e := &person.Employments[i]
		if (e.Account != uuid.Nil) != joined || e.Payer != payer || !fits(category, e) ||
			!sameNo(e.ContractNo, contractNo) {
			continue
		}
		k.all.add(e)
		employed := days(e)
		touches, covers := false, true
		for _, s := range spans {
			touches = touches || employed.Overlaps(s)
			covers = covers && contains(employed, s)
		}
		if !touches {
			continue
		}
		k.during.add(e)
		if covers {
			k.covering.add(e)
		}
		if contractNo != "" && e.ContractNo == contractNo {
			k.sameNo.add(e)
		}
	}
}

// one gives the only employment that fits; ambiguous is set when several do.
//
// The contract number decides first, then which employment has all days of the document.
// A document without service (sums paid after somebody left) belongs to the only
// employment there is, although it had ended.
func (k *candidates) one(withService bool) (e *account.Employment, ambiguous bool) {
	for _, list := range [...]several{k.sameNo, k.during, k.covering} {
		if list.count == 1 {
			return list.first, false
		}
	}
	if k.during.count == 0 && !withService && k.all.count > 0 {
		if k.all.count == 1 {
			return k.all.first, false
		}
		return nil, true
	}
	return nil, k.during.count > 1
}
