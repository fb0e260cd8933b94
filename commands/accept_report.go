package commands

import (
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/stazh/stazh/commands/intake/document"
	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/ledger/account"
	"github.com/stazh/stazh/ledger/event"
	"github.com/stazh/stazh/ledger/money"
	"github.com/stazh/stazh/ledger/obligation"
	"github.com/stazh/stazh/ledger/reconciliation"
)

// acceptReport records a 4-фонд and, where it changes them, the expenses that the payer
// claims for the quarter and for those of the year after it: reports are cumulative.
func (r *run) acceptReport(p *posting, d *document.Document, id func() uuid.UUID) {
	filer := p.filerOf(r)
	quarter := lastQuarter(d.Quarters)
	before := expenses(filer, d.Year)
	p.file(r, id(), r.reportFact(filer, d, quarter))
	for q, amount := range expenses(filer, d.Year) {
		if amount != before[q] {
			p.file(r, id(), &event.BenefitExpenseClaimed{Year: d.Year, Quarter: q + 1,
				Amount: amount, Receipt: r.filing.Receipt})
		}
	}
}

func (r *run) reportFact(filer *account.Payer, d *document.Document, quarter int) event.Payload {
	version, supersedes := 1, 0
	if x := filer.Report(d.Year, quarter); x != nil {
		version += len(x.Versions)
		if head, ok := x.Head(); ok {
			supersedes = head.Version
		}
	}
	lines := slices.Clone(d.Report.Lines)
	slices.SortFunc(lines, func(a, b event.ReportLine) int { return strings.Compare(a.Line, b.Line) })
	last := obligation.FirstMonth(d.Year, quarter).Add(2).Last()
	sums, _ := reconciliation.SumsOf(r.law, lines, last) // the controls have asked for them
	switch d.Type {
	case document.Correction:
		return &event.PayerReportCorrected{Year: d.Year, Quarter: quarter, Version: version,
			Supersedes: supersedes, Cited: d.Supersedes, Receipt: r.filing.Receipt, DocNo: d.No,
			ArrivedOn: r.today, Lines: lines, Sums: sums}
	case document.Cancellation:
		return &event.PayerReportCancelled{Year: d.Year, Quarter: quarter, Version: version,
			Supersedes: supersedes, Cited: d.Supersedes, Receipt: r.filing.Receipt, DocNo: d.No,
			ArrivedOn: r.today}
	}
	return &event.PayerReportAccepted{Year: d.Year, Quarter: quarter, Version: version,
		Receipt: r.filing.Receipt, DocNo: d.No, ArrivedOn: r.today, Lines: lines, Sums: sums}
}

// expenses are what the reports in force of a year say of each quarter alone.
func expenses(payer *account.Payer, year int) (list [4]money.Amount) {
	var so money.Amount
	for q := range list {
		if head, ok := payer.ReportHead(year, q+1); ok {
			list[q], so = head.Sums.Expenses-so, head.Sums.Expenses
		}
	}
	return list
}

// filerOf gives the filer's account as the documents of the chunk have left it so far. It is
// a copy: the account itself follows when the chunk is recorded.
func (p *posting) filerOf(r *run) *account.Payer {
	if p.filer == nil {
		p.filer = r.payer.Clone()
	}
	return p.filer
}

// file puts a fact into the filer's stream.
func (p *posting) file(r *run, id uuid.UUID, fact event.Payload) {
	p.own, p.ownIDs = append(p.own, fact), append(p.ownIDs, id)
	filer := p.filerOf(r)
	e := event.New(id, r.meta, fact)
	filer.Apply(r.synthetic(ledger.PayerStream(filer.UNP), filer.Revision+1, e), fact)
}

// allowance is the part of a month's benefits that column 4 of the note is about: all of
// them, when the month has service for which the law says so and none that bears another
// benefit. Code lists are taken as they were known at a moment; the zero moment is now.
func allowance(law *account.Law, known time.Time, m *event.MonthFact,
	service []event.ServicePeriod) money.Amount {
	if m.Benefits == 0 {
		return 0
	}
	found := money.Amount(0)
	for _, s := range service {
		if s.Activity == "" || s.From > m.Month.Last() || s.To < m.Month.First() {
			continue
		}
		entry, ok := law.CodeKnown(account.ClassifierActivity, s.Activity, m.Month.Last(), known)
		switch {
		case !ok:
		case entry.Attribute(account.AttributeNoteColumn) == noteColumnAllowances:
			found = m.Benefits
		case entry.Attribute(account.AttributeNeedsBenefit) == "yes":
			return 0
		}
	}
	return found
}

// noteColumnAllowances marks activities whose benefits stand in column 4 of the note.
const noteColumnAllowances = "4"
