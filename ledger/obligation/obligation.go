// Package obligation tells which reports a payer owes, until when, and which of them are met
// or missed: a pure view of the payer's account, the law's duties and calendar, and a day.
// The passing of time changes nothing in the ledger; it only is compared with due dates.
package obligation

import (
	"slices"
	"strconv"
	"strings"

	"github.com/stazh/stazh/ledger/account"
	"github.com/stazh/stazh/ledger/event"
	"github.com/stazh/stazh/ledger/period"
)

// State is what has become of an obligation.
type State string

// The states.
const (
	Open   State = "open"   // not filed, and the due date has not passed
	Met    State = "met"    // filed, or covered by a nil report
	Missed State = "missed" // not filed, and the due date has passed
)

// Obligation is one report that a payer owes for a quarter.
type Obligation struct {
	Form    string `json:"form"`
	Year    int    `json:"year"`
	Quarter int    `json:"quarter"`
	// DueOn is the last day to file on, with the extension if Extended.
	DueOn    period.Date `json:"due_on"`
	Extended bool        `json:"extended"`
	State    State       `json:"state"`
	// Receipt and FiledOn are those of the filing that met it.
	Receipt string      `json:"receipt,omitempty"`
	FiledOn period.Date `json:"filed_on,omitzero"`
	Late    bool        `json:"late"` // met after the due date
	Nil     bool        `json:"nil"`  // met by a nil report
}

// FirstMonth gives the first month of a quarter.
func FirstMonth(year, quarter int) period.Month {
	m, _ := period.NewMonth(year, 3*quarter-2)
	return m
}

// QuarterOf gives the first month of the quarter that a month is in.
func QuarterOf(m period.Month) period.Month { return m.Add(-(m.Number() - 1) % 3) }

// Forms are those that may be owed for a quarter, in the order of their due dates.
func Forms() []string { return []string{account.FormFund4, account.FormPU3} }

// Standing is what follows from a payer's account alone: for which quarters it owes reports,
// if its kind owes them, and which of them are met. Quarters are named by their first month.
type Standing struct {
	First period.Month // zero when nothing is owed
	Last  period.Month // zero while the payer has duties
	Met   []Filed      // by quarter and form, within First and Last
}

// Filed is a report that met an obligation.
type Filed struct {
	Form    string
	Quarter period.Month
	Receipt string
	On      period.Date
	Nil     bool
}

// StandingOf gives a payer's standing. Duties begin with the quarter of the registration.
// Where a payer is older than its account here, they begin with the first quarter that it
// filed for here, or with that in which the account was opened: what was before is not in
// this ledger, and nobody can say that it was missed.
func StandingOf(p *account.Payer) Standing {
	if !p.Registered {
		return Standing{}
	}
	opened := QuarterOf(period.InBelarus(p.RegisteredAt).Month())
	if len(p.Individual) > 0 {
		opened = min(opened, FirstMonth(p.Individual[0].Year, p.Individual[0].Quarter))
	}
	if len(p.Reports) > 0 {
		opened = min(opened, FirstMonth(p.Reports[0].Year, p.Reports[0].Quarter))
	}
	s := Standing{First: max(QuarterOf(p.Since.Month()), opened)}
	if !p.DeregisteredOn.IsZero() {
		s.Last = QuarterOf(p.DeregisteredOn.AddDays(-1).Month())
		if s.Last < s.First {
			return Standing{}
		}
	}
	s.reports(p)
	s.nils(p.Nil)
	slices.SortFunc(s.Met, compareFiled)
	return s
}

func compareFiled(a, b Filed) int {
	if a.Quarter != b.Quarter {
		return int(a.Quarter - b.Quarter)
	}
	return strings.Compare(a.Form, b.Form)
}

// Owes tells whether the quarter is within the payer's duties.
func (s *Standing) Owes(quarter period.Month) bool {
	return s.First > 0 && s.First <= quarter && (s.Last == 0 || quarter <= s.Last)
}

// Find finds what met an obligation.
func (s *Standing) Find(form string, quarter period.Month) (Filed, bool) {
	i, ok := slices.BinarySearchFunc(s.Met, Filed{Form: form, Quarter: quarter}, compareFiled)
	if !ok {
		return Filed{}, false
	}
	return s.Met[i], true
}

func (s *Standing) has(form string, quarter period.Month) bool {
	return slices.ContainsFunc(s.Met, func(f Filed) bool {
		return f.Form == form && f.Quarter == quarter
	})
}

func (s *Standing) add(f Filed) {
	if s.Owes(f.Quarter) && !s.has(f.Form, f.Quarter) {
		s.Met = append(s.Met, f)
	}
}

// reports adds what was filed. A 4-фонд without lines says that there were no persons to
// report either.
func (s *Standing) reports(p *account.Payer) {
	for i := range p.Individual {
		x := &p.Individual[i]
		if x.InForce() {
			s.add(Filed{Form: account.FormPU3, Quarter: FirstMonth(x.Year, x.Quarter),
				Receipt: x.Receipt, On: x.ArrivedOn})
		}
	}
	for i := range p.Reports {
		r := &p.Reports[i]
		head, ok := r.Head()
		if !ok {
			continue
		}
		first := original(r.Versions)
		f := Filed{Form: account.FormFund4, Quarter: FirstMonth(r.Year, r.Quarter),
			Receipt: first.Receipt, On: first.ArrivedOn, Nil: len(head.Lines) == 0}
		s.add(f)
		if f.Nil {
			f.Form = account.FormPU3
			s.add(f)
		}
	}
}

// original is the version that opened the chain now in force: due dates are kept by it.
func original(versions []account.ReportVersion) account.ReportVersion {
	for i := len(versions) - 1; i > 0; i-- {
		if versions[i].Type == account.TypeOriginal {
			return versions[i]
		}
	}
	return versions[0]
}

// nils adds the quarters of standing nil reports that nothing was filed for.
func (s *Standing) nils(list []event.NilReportDeclared) {
	for _, n := range list {
		for q := QuarterOf(n.From); q <= n.Until; q = q.Add(3) {
			for _, form := range Forms() {
				s.add(Filed{Form: form, Quarter: q, Nil: true})
			}
		}
	}
}

// Of gives a payer's obligations of all quarters that have ended before a day, by quarter
// and form.
func Of(p *account.Payer, law *account.Law, on period.Date) []Obligation {
	s := StandingOf(p)
	var list []Obligation
	for q := s.First; s.Owes(q) && q.Add(2).Last() < on; q = q.Add(3) {
		for _, form := range Forms() {
			if x, ok := of(&s, p.Kind, law, form, q, on); ok {
				list = append(list, x)
			}
		}
	}
	return list
}

func of(s *Standing, kind string, law *account.Law, form string, quarter period.Month,
	on period.Date) (Obligation, bool) {
	duty, ok := DutyOf(law, form, quarter)
	if !ok || !duty.Owed(kind) {
		return Obligation{}, false
	}
	x := Obligation{Form: form, Year: quarter.Year(), Quarter: quarter.Quarter(),
		DueOn: duty.DueOn, Extended: duty.Extended, State: Open}
	if f, ok := s.Find(form, quarter); ok {
		x.State, x.Receipt, x.FiledOn, x.Nil = Met, f.Receipt, f.On, f.Nil
		x.Late = !f.On.IsZero() && f.On > x.DueOn
	} else if x.DueOn < on {
		x.State = Missed
	}
	return x, true
}

// Duty is what the law asks for a form and quarter.
type Duty struct {
	Usual    period.Date // the due date before any extension, a working day
	DueOn    period.Date
	Extended bool
	Kinds    []string // of payers that owe the form
}

// Owed tells whether payers of a kind owe the form.
func (d Duty) Owed(kind string) bool { return slices.Contains(d.Kinds, kind) }

// DutyOf looks up a duty; ok is false when the law has none for the quarter.
func DutyOf(law *account.Law, form string, quarter period.Month) (d Duty, ok bool) {
	entry, ok := law.Code(account.ClassifierDuty, form, quarter.Add(2).Last())
	if !ok {
		return d, false
	}
	months, err := strconv.Atoi(entry.Attribute("due_month"))
	day, dayErr := strconv.Atoi(entry.Attribute("due_day"))
	if err != nil || dayErr != nil {
		return d, false
	}
	month := quarter.Add(2 + months)
	d.Usual = law.WorkingDayFrom(min(month.First().AddDays(day-1), month.Last()))
	d.DueOn, d.Extended = law.Extended(form, d.Usual)
	d.Kinds = strings.Split(entry.Attribute("kinds"), ",")
	return d, true
}

// WorkingDays counts the working days after one day up to another, at most limit.
func WorkingDays(law *account.Law, after, to period.Date, limit int) int {
	n := 0
	for d := after.AddDays(1); d <= to && n < limit; d = d.AddDays(1) {
		if law.WorkingDay(d) {
			n++
		}
	}
	return n
}
