package rules

import "github.com/stazh/stazh/ledger/period"

func (l *lookup) disabilityCoverage(birth, onset period.Date) int {
	age, years := fullYears(birth, onset), 1
	for _, s := range [...][2]int{{23, 2}, {26, 3}, {31, 5}, {36, 7}, {41, 9}, {46, 11}, {51, 13}, {56, 14}, {61, 15}} {
		if age >= s[0] {
			years = s[1]
		}
	}
	return years * 12
}

func (d Duration) monthsCounted() int {
	n := d.WholeMonths()
	if d.Days > 15 {
		n++
	}
	return n
}

var benefitTerms = map[string]Text{}
