package account

import (
	"slices"
	"time"

	"github.com/google/uuid"

	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/ledger/event"
	"github.com/stazh/stazh/ledger/money"
	"github.com/stazh/stazh/ledger/period"
)

// Forms that a payer owes for each quarter, as tallies and obligations name them.
const (
	FormFund4 = "4-фонд"
	FormPU3   = "ПУ-3"
	FormPU6   = "ПУ-6" // owed only where somebody works in special conditions
)

// Types of the versions of a form.
const (
	TypeOriginal     = "И"
	TypeCorrection   = "К"
	TypeCancellation = "О"
)

// Reporting is what a payer has reported about itself, and what it said about differences.
type Reporting struct {
	RegisteredAt time.Time
	Reports      []Report // 4-фонд, ascending by quarter
	// Individual are the sums of the ПУ-3 in force, by the quarter of their months, ascending.
	Individual []ReportedQuarter
	// Special are those of ПУ-6; none where nobody works in special conditions.
	Special      []ReportedQuarter
	Nil          []event.NilReportDeclared // ascending by From
	Explanations []Explanation             // the latest of each mismatch
	Work         []FilingInWork            // without a result, or with parked documents
}

// Report is the 4-фонд of a quarter with all its versions, ascending.
type Report struct {
	Year, Quarter int
	Versions      []ReportVersion
}

// ReportVersion is one version of a 4-фонд.
type ReportVersion struct {
	Version    int
	Type       string // И, К, О
	Receipt    string
	DocNo      int
	ArrivedOn  period.Date
	Lines      []event.ReportLine
	Sums       event.ReportSums
	RecordedAt time.Time
	Position   ledger.Position
}

// ReportedQuarter are the sums that a payer has reported for persons in a quarter.
type ReportedQuarter struct {
	Year, Quarter int
	Persons       int // who are reported now
	ForPension    int // of these, by reports for a pension (П) only
	Earnings      money.Amount
	Benefits      money.Amount // all of them
	Allowances    money.Amount // the part of Benefits that column 4 of the note is about
	Contributions money.Amount
	// Receipt and ArrivedOn are those of the filing since which the quarter is reported
	// without a break; blank while it never was.
	Receipt   string
	ArrivedOn period.Date
	Position  ledger.Position // of the last change
}

// InForce tells whether anybody is reported for the quarter. A report for a pension does
// not count, as it comes before the quarter's own.
func (r *ReportedQuarter) InForce() bool { return r.Persons > r.ForPension }

// Explanation is a mismatch explained.
type Explanation struct {
	event.MismatchExplained
	By         string // subject of the actor
	RecordedAt time.Time
	Position   ledger.Position
}

// FilingInWork is a filing some of whose documents have no outcome yet.
type FilingInWork struct {
	Filing    uuid.UUID
	Receipt   string
	ArrivedOn period.Date
	Parked    int  // documents that wait
	Posted    bool // some documents have their outcome
	Processed bool // all have, but for the parked
}

// Head is the version in force; ok is false when there is none, as after a cancellation.
func (r *Report) Head() (v *ReportVersion, ok bool) {
	last := &r.Versions[len(r.Versions)-1]
	return last, last.Type != TypeCancellation
}

// Report finds the 4-фонд of a quarter; nil when none was ever filed.
func (p *Reporting) Report(year, quarter int) *Report {
	if i, ok := p.reportAt(year, quarter); ok {
		return &p.Reports[i]
	}
	return nil
}

// ReportHead finds the version of a quarter's 4-фонд that is in force.
func (p *Reporting) ReportHead(year, quarter int) (*ReportVersion, bool) {
	r := p.Report(year, quarter)
	if r == nil {
		return nil, false
	}
	return r.Head()
}

// NilFor tells whether a standing nil report covers the quarter that begins with a month.
func (p *Reporting) NilFor(first period.Month) bool {
	return slices.ContainsFunc(p.Nil, func(n event.NilReportDeclared) bool {
		return n.From <= first && first <= n.Until
	})
}

// Explained finds what the payer said about a mismatch.
func (p *Reporting) Explained(kind string, year, quarter int) (Explanation, bool) {
	i := slices.IndexFunc(p.Explanations, func(x Explanation) bool {
		return x.Kind == kind && x.Year == year && x.Quarter == quarter
	})
	if i < 0 {
		return Explanation{}, false
	}
	return p.Explanations[i], true
}

// Halfway tells whether a filing is posted in part only: the sums are then those of some of
// its documents.
func (p *Reporting) Halfway() bool {
	return slices.ContainsFunc(p.Work, func(w FilingInWork) bool {
		return w.Posted && !w.Processed
	})
}

// InWork tells whether a filing has documents without an outcome.
func (p *Reporting) InWork(filing uuid.UUID) bool { return p.inWork(filing) != nil }

func (p *Reporting) reportAt(year, quarter int) (int, bool) {
	return slices.BinarySearchFunc(p.Reports, year*4+quarter, func(r Report, q int) int {
		return r.Year*4 + r.Quarter - q
	})
}

func quarterAt(list []ReportedQuarter, year, quarter int) (int, bool) {
	return slices.BinarySearchFunc(list, year*4+quarter, func(r ReportedQuarter, q int) int {
		return r.Year*4 + r.Quarter - q
	})
}

// applyReport takes in what a payer reports; false for what it does not know.
func (p *Payer) applyReport(e ledger.Event, payload event.Payload) bool {
	switch f := payload.(type) {
	case *event.PayerReportAccepted:
		p.version(e, f.Year, f.Quarter, ReportVersion{Version: f.Version, Type: TypeOriginal,
			Receipt: f.Receipt, DocNo: f.DocNo, ArrivedOn: f.ArrivedOn, Lines: f.Lines,
			Sums: f.Sums})
	case *event.PayerReportCorrected:
		p.version(e, f.Year, f.Quarter, ReportVersion{Version: f.Version, Type: TypeCorrection,
			Receipt: f.Receipt, DocNo: f.DocNo, ArrivedOn: f.ArrivedOn, Lines: f.Lines,
			Sums: f.Sums})
	case *event.PayerReportCancelled:
		p.version(e, f.Year, f.Quarter, ReportVersion{Version: f.Version,
			Type: TypeCancellation, Receipt: f.Receipt, DocNo: f.DocNo, ArrivedOn: f.ArrivedOn})
	case *event.NilReportDeclared:
		p.Nil = slices.DeleteFunc(p.Nil, func(n event.NilReportDeclared) bool {
			return n.From == f.From
		})
		i, _ := slices.BinarySearchFunc(p.Nil, f.From,
			func(n event.NilReportDeclared, m period.Month) int { return int(n.From - m) })
		p.Nil = slices.Insert(p.Nil, i, *f)
	case *event.MismatchExplained:
		p.Explanations = slices.DeleteFunc(p.Explanations, func(x Explanation) bool {
			return x.Kind == f.Kind && x.Year == f.Year && x.Quarter == f.Quarter
		})
		p.Explanations = append(p.Explanations, Explanation{MismatchExplained: *f,
			By: e.Meta.Actor.Subject, RecordedAt: e.RecordedAt, Position: e.Position})
	default:
		return p.applyFiling(e, payload)
	}
	return true
}

// version adds a version to a quarter's 4-фонд.
func (p *Payer) version(e ledger.Event, year, quarter int, v ReportVersion) {
	v.RecordedAt, v.Position = e.RecordedAt, e.Position
	i, ok := p.reportAt(year, quarter)
	if !ok {
		p.Reports = slices.Insert(p.Reports, i, Report{Year: year, Quarter: quarter})
	}
	r := &p.Reports[i]
	r.Versions = append(r.Versions[:len(r.Versions):len(r.Versions)], v)
}

// applyFiling follows filings as far as sums and due dates need them; Filings has the rest.
func (p *Payer) applyFiling(e ledger.Event, payload event.Payload) bool {
	switch f := payload.(type) {
	case *event.FilingReceived:
		p.Work = append(p.Work, FilingInWork{Filing: f.Filing, Receipt: f.Receipt,
			ArrivedOn: period.InBelarus(e.RecordedAt)})
	case *event.DocumentsPosted:
		if w := p.inWork(f.Filing); w != nil {
			w.Posted = true
		}
		p.tally(e, f.Filing, f.Tallies)
	case *event.DocumentParked:
		if w := p.inWork(f.Filing); w != nil {
			w.Parked++
		}
	case *event.ParkedDocumentReleased:
		p.tally(e, f.Filing, f.Tallies)
		p.unparked(f.Filing)
	case *event.ParkedDocumentExpired:
		p.unparked(f.Filing)
	case *event.FilingProcessed:
		if w := p.inWork(f.Filing); w != nil {
			w.Processed = true
		}
		p.finish()
	case *event.PersonsJoined:
		p.tally(e, uuid.Nil, f.Tallies)
	case *event.FilingKeyBound:
	default:
		return false
	}
	return true
}

func (p *Reporting) inWork(filing uuid.UUID) *FilingInWork {
	for i := range p.Work {
		if p.Work[i].Filing == filing {
			return &p.Work[i]
		}
	}
	return nil
}

func (p *Payer) unparked(filing uuid.UUID) {
	if w := p.inWork(filing); w != nil {
		w.Parked--
	}
	p.finish()
}

// finish forgets filings that are done with.
func (p *Payer) finish() {
	p.Work = slices.DeleteFunc(p.Work, func(w FilingInWork) bool {
		return w.Processed && w.Parked == 0
	})
}

// tally adds what documents change to the sums of their quarters.
func (p *Payer) tally(e ledger.Event, filing uuid.UUID, tallies []event.Tally) {
	for i := range tallies {
		t := &tallies[i]
		list := p.sumsOf(t.Form)
		if list == nil || t.Quarter == 0 || t.Accepted == 0 && t.Earnings == 0 && t.Benefits == 0 &&
			t.Contributions == 0 && t.Allowances == 0 && t.Persons == 0 && t.ForPension == 0 {
			continue
		}
		at, ok := quarterAt(*list, t.Year, t.Quarter)
		if !ok {
			*list = slices.Insert(*list, at, ReportedQuarter{Year: t.Year, Quarter: t.Quarter})
		}
		r := &(*list)[at]
		was := r.InForce()
		r.Persons += t.Persons
		r.ForPension += t.ForPension
		if w := p.inWork(filing); w != nil && !was && r.InForce() {
			r.Receipt, r.ArrivedOn = w.Receipt, w.ArrivedOn
		}
		r.Earnings += t.Earnings
		r.Benefits += t.Benefits
		r.Allowances += t.Allowances
		r.Contributions += t.Contributions
		r.Position = e.Position
	}
}

// sumsOf gives the sums that documents of a form change; nil for a form without any.
func (p *Reporting) sumsOf(form string) *[]ReportedQuarter {
	switch form {
	case FormPU3:
		return &p.Individual
	case FormPU6:
		return &p.Special
	}
	return nil
}

// clone makes an independent copy; lines and versions never change once they are there.
func (p *Reporting) clone() Reporting {
	q := *p
	q.Reports = slices.Clone(p.Reports)
	q.Individual = slices.Clone(p.Individual)
	q.Special = slices.Clone(p.Special)
	q.Nil = slices.Clone(p.Nil)
	q.Explanations = slices.Clone(p.Explanations)
	q.Work = slices.Clone(p.Work)
	return q
}

func (p *Reporting) fields(c *ledger.Codec) {
	instant(c, &p.RegisteredAt)
	ledger.Slice(c, &p.Reports, func(c *ledger.Codec, r *Report) {
		c.Int(&r.Year)
		c.Int(&r.Quarter)
		ledger.Slice(c, &r.Versions, func(c *ledger.Codec, v *ReportVersion) { v.fields(c) })
	})
	ledger.Slice(c, &p.Individual, func(c *ledger.Codec, r *ReportedQuarter) { r.fields(c) })
	ledger.Slice(c, &p.Special, func(c *ledger.Codec, r *ReportedQuarter) { r.fields(c) })
	ledger.Slice(c, &p.Nil, func(c *ledger.Codec, n *event.NilReportDeclared) { n.Fields(c) })
	ledger.Slice(c, &p.Explanations, func(c *ledger.Codec, x *Explanation) {
		x.MismatchExplained.Fields(c)
		c.String(&x.By)
		instant(c, &x.RecordedAt)
		c.Uint64((*uint64)(&x.Position))
	})
	ledger.Slice(c, &p.Work, func(c *ledger.Codec, w *FilingInWork) {
		c.UUID(&w.Filing)
		c.String(&w.Receipt)
		c.Date(&w.ArrivedOn)
		c.Int(&w.Parked)
		c.Bool(&w.Posted)
		c.Bool(&w.Processed)
	})
}

func (v *ReportVersion) fields(c *ledger.Codec) {
	c.Int(&v.Version)
	c.String(&v.Type)
	c.String(&v.Receipt)
	c.Int(&v.DocNo)
	c.Date(&v.ArrivedOn)
	ledger.Slice(c, &v.Lines, func(c *ledger.Codec, l *event.ReportLine) { l.Fields(c) })
	v.Sums.Fields(c)
	instant(c, &v.RecordedAt)
	c.Uint64((*uint64)(&v.Position))
}

func (r *ReportedQuarter) fields(c *ledger.Codec) {
	c.Int(&r.Year)
	c.Int(&r.Quarter)
	c.Int(&r.Persons)
	c.Int(&r.ForPension)
	c.Amount(&r.Earnings)
	c.Amount(&r.Benefits)
	c.Amount(&r.Allowances)
	c.Amount(&r.Contributions)
	c.String(&r.Receipt)
	c.Date(&r.ArrivedOn)
	c.Uint64((*uint64)(&r.Position))
}
