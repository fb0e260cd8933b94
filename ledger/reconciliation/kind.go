package reconciliation

import (
	"cmp"
	"slices"
)

// Kinds of mismatches: the columns of the explanatory notes, and payments.
const (
	Earnings      = "earnings"      // line 06 against pay in ПУ-3
	Benefits      = "benefits"      // 24+26-27+38 against benefits in ПУ-3
	Allowances    = "allowances"    // 27+28+30+32+33 against child benefits in ПУ-3
	Contributions = "contributions" // 11-12 against pension contributions assessed
	Payments      = "payments"      // paid against assessed, but for occupational ones

	Occupational         = "occupational"          // contributions in ПУ-6 against assessed
	OccupationalPayments = "occupational_payments" // the same, paid against assessed
)

// The explanatory notes to ПУ-3 and ПУ-6.
const (
	FormNote3 = "ПЗ-3"
	FormNote6 = "ПЗ-6"
)

// Kinds lists all kinds in the order of the notes' columns.
func Kinds() []string {
	return []string{Earnings, Benefits, Allowances, Contributions, Payments, Occupational,
		OccupationalPayments}
}

// Unpaid lists the kinds that compare payments with what is assessed: nothing is wrong with
// them before the contributions are due.
func Unpaid() []string { return []string{Payments, OccupationalPayments} }

// Columns are the kinds that an explanatory note is about; the first is in column 2.
func Columns(form string) []string {
	if form == FormNote6 {
		return []string{Occupational, OccupationalPayments}
	}
	return []string{Earnings, Benefits, Allowances, Contributions}
}

// Form is the note with which a kind is explained. That to ПУ-3 takes the reasons for unpaid
// contributions too, though they have no column in it.
func Form(kind string) string {
	if slices.Contains(Columns(FormNote6), kind) {
		return FormNote6
	}
	return FormNote3
}

// Column is the number of a kind's column in its note, 0 for payments, which are in none.
func Column(kind string) int {
	if i := slices.Index(Columns(Form(kind)), kind); i >= 0 {
		return i + 2
	}
	return 0
}

// Rule is the control rule that tells of a kind, empty where none does.
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

// Sorted joins mismatches by quarter and kind, and those of one kind by their events.
func Sorted(lists ...[]Mismatch) []Mismatch {
	all := append([]Mismatch{}, slices.Concat(lists...)...)
	kinds := Kinds()
	slices.SortStableFunc(all, func(a, b Mismatch) int {
		return cmp.Or(cmp.Compare(a.Year, b.Year), cmp.Compare(a.Quarter, b.Quarter),
			cmp.Compare(slices.Index(kinds, a.Kind), slices.Index(kinds, b.Kind)),
			cmp.Compare(a.Opened.Position, b.Opened.Position))
	})
	return all
}
