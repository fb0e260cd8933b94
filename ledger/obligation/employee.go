package obligation

import (
	"strings"
	"time"

	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/ledger/account"
	"github.com/stazh/stazh/ledger/period"
)

// EmployeeReport is the ПУ-3 that a payer owes on a person for a quarter in which its ПУ-2
// say that it employs the person (SPF-407).
type EmployeeReport struct {
	Payer    string      `json:"payer"`
	Year     int         `json:"year"`
	Quarter  int         `json:"quarter"`
	DueOn    period.Date `json:"due_on"`
	Extended bool        `json:"extended"`
	State    State       `json:"state"`
	// Receipt, FiledOn and Position are those of the report that met it: of what is in
	// force without a break since.
	Receipt  string          `json:"receipt,omitempty"`
	FiledOn  period.Date     `json:"filed_on,omitzero"` // day of its recording
	Position ledger.Position `json:"position,omitempty"`
	Late     bool            `json:"late"` // met after the due date
}

// OfEmployee gives the reports that a payer owes on a person, by quarter, of all quarters that
// have ended before a day: those within the payer's duties for which it has declared no nil
// report. A report for a pension meets none, as that of the quarter is still to come.
func OfEmployee(who *account.Person, p *account.Payer, law *account.Law, on period.Date,
) []EmployeeReport {
	list := []EmployeeReport{}
	standing := StandingOf(p)
	for q := max(standing.First, firstEmployed(who, p.UNP)); standing.Owes(q) &&
		q.Add(2).Last() < on; q = q.Add(3) {
		if x, ok := ofEmployee(who, p, &standing, law, q, on); ok {
			list = append(list, x)
		}
	}
	return list
}

// OfEmployeeIn gives the report of one quarter, named by its first month; ok is false where
// none is owed.
func OfEmployeeIn(who *account.Person, p *account.Payer, law *account.Law, quarter period.Month,
	on period.Date) (x EmployeeReport, ok bool) {
	standing := StandingOf(p)
	if !standing.Owes(quarter) {
		return x, false
	}
	return ofEmployee(who, p, &standing, law, quarter, on)
}

func ofEmployee(who *account.Person, p *account.Payer, standing *Standing, law *account.Law,
	quarter period.Month, on period.Date) (x EmployeeReport, ok bool) {
	duty, ok := DutyOf(law, account.FormPU3, quarter)
	if !ok || !duty.Owed(p.Kind) || !employedIn(who, p.UNP, quarter) {
		return x, false
	}
	if filed, met := standing.Find(account.FormPU3, quarter); met && filed.Nil {
		return x, false
	}
	x = EmployeeReport{Payer: p.UNP, Year: quarter.Year(), Quarter: quarter.Quarter(),
		DueOn: duty.DueOn, Extended: duty.Extended, State: Open}
	if x.met(who) {
		x.State = Met
		x.Late = x.FiledOn > x.DueOn
	} else if x.DueOn < on {
		x.State = Missed
	}
	return x, true
}

// firstEmployed is the quarter of the first hire that a payer's ПУ-2 tell of.
func firstEmployed(who *account.Person, unp string) (first period.Month) {
	for i := range who.Employments {
		e := &who.Employments[i]
		if e.Payer != unp || e.HiredOn.IsZero() {
			continue
		}
		if q := QuarterOf(e.HiredOn.Month()); first == 0 || q < first {
			first = q
		}
	}
	return first
}

// employedIn tells whether the payer's ПУ-2 say that it employs the person on any day of a
// quarter. Who is hired under a contract without dates is not said to be.
func employedIn(who *account.Person, unp string, quarter period.Month) bool {
	for i := range who.Employments {
		e := &who.Employments[i]
		if e.Payer == unp && !e.HiredOn.IsZero() && e.HiredOn <= quarter.Add(2).Last() &&
			(e.EndedOn.IsZero() || e.EndedOn >= quarter.First()) {
			return true
		}
	}
	return false
}

// met finds the first of the payer's ПУ-3 on the person that are in force for the quarter.
func (x *EmployeeReport) met(who *account.Person) (found bool) {
	var first time.Time
	slots := who.SlotsOf(x.Year)
	for i := range slots {
		s := &slots[i]
		if s.Payer != x.Payer || s.ForPension || !s.InForce() ||
			strings.IndexByte(s.Quarters, byte('0'+x.Quarter)) < 0 {
			continue
		}
		receipt, at, position := s.Receipt, s.RecordedAt, s.Position
		for n := len(s.Former) - 1; n >= 0; n-- {
			v := &s.Former[n]
			if v.ForPension || len(v.Months)+len(v.Service) == 0 {
				break
			}
			receipt, at, position = v.Receipt, v.RecordedAt, v.Position
		}
		if !found || at.Before(first) {
			x.Receipt, x.FiledOn, x.Position = receipt, period.InBelarus(at), position
			first, found = at, true
		}
	}
	return found
}
