package projectiontest

import (
	"fmt"

	"pgregory.net/rapid"

	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/ledger/event"
	"github.com/stazh/stazh/ledger/period"
)

// AppendReports records n random facts, most of them of what payers report and pay.
func (r *Random) AppendReports(t *rapid.T, n int) {
	steps := []func(*rapid.T){r.payer, r.receive, r.post, r.post, r.process, r.process, r.release,
		r.assess, r.pay, r.report, r.report, r.report, r.special, r.declare, r.explain}
	for range n {
		steps[rapid.IntRange(0, len(steps)-1).Draw(t, "step")](t)
	}
}

// report files, corrects or cancels a 4-фонд.
func (r *Random) report(t *rapid.T) {
	unp, quarter := r.unp(t), rapid.IntRange(1, 4).Draw(t, "quarter")
	key := fmt.Sprint(unp, quarter)
	r.versions[key]++
	version := r.versions[key]
	var lines []event.ReportLine
	sums := event.ReportSums{}
	if rapid.IntRange(0, 3).Draw(t, "nil") > 0 {
		sums = event.ReportSums{Earnings: r.amount(t), Benefits: r.amount(t),
			Contributions: r.amount(t)}
		lines = []event.ReportLine{{Line: "06", Amount: sums.Earnings}}
	}
	on := period.MustDate("2026-04-18")
	var fact event.Payload = &event.PayerReportAccepted{Year: 2026, Quarter: quarter,
		Version: version, Receipt: "R", ArrivedOn: on, Lines: lines, Sums: sums}
	switch {
	case version > 1 && rapid.Bool().Draw(t, "cancel"):
		fact = &event.PayerReportCancelled{Year: 2026, Quarter: quarter, Version: version,
			Supersedes: version - 1, Receipt: "R", ArrivedOn: on}
	case version > 1:
		fact = &event.PayerReportCorrected{Year: 2026, Quarter: quarter, Version: version,
			Supersedes: version - 1, Receipt: "R", ArrivedOn: on, Lines: lines, Sums: sums}
	}
	r.h.Append(ledger.PayerStream(unp), fact)
}

// special files a ПУ-6 and assesses occupational contributions, not always the same.
func (r *Random) special(t *rapid.T) {
	f := r.open(t, unprocessed)
	if f == nil {
		return
	}
	f.posted++
	quarter := rapid.IntRange(1, 4).Draw(t, "quarter")
	r.h.Append(ledger.PayerStream(f.unp),
		&event.OccupationalAssessed{Month: period.MustMonth("2026-01").Add(3*quarter - 1),
			Persons: 1, Amount: r.amount(t)},
		&event.DocumentsPosted{Filing: f.id, First: f.posted, Last: f.posted,
			Tallies: []event.Tally{{Form: "ПУ-6", Year: 2026, Quarter: quarter, Accepted: 1,
				Contributions: r.amount(t)}}})
}

// declare declares a standing nil report.
func (r *Random) declare(t *rapid.T) {
	from := period.MustMonth("2026-01").Add(3 * rapid.IntRange(0, 5).Draw(t, "from"))
	r.h.Append(ledger.PayerStream(r.unp(t)), &event.NilReportDeclared{From: from,
		Until:  from.Add(3*rapid.IntRange(0, 3).Draw(t, "quarters") - 1),
		Reason: "seasonal"})
}

// explain explains some difference.
func (r *Random) explain(t *rapid.T) {
	kinds := []string{"earnings", "benefits", "contributions", "payments", "occupational"}
	r.h.Append(ledger.PayerStream(r.unp(t)), &event.MismatchExplained{Form: "ПЗ-3", Year: 2026,
		Quarter: rapid.IntRange(1, 4).Draw(t, "quarter"),
		Kind:    rapid.SampledFrom(kinds).Draw(t, "kind"), Difference: -r.amount(t)})
}
