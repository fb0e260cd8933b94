package commands_test

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"io"
	"iter"
	"maps"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/stazh/stazh/commands"
	"github.com/stazh/stazh/commands/intake/control"
	"github.com/stazh/stazh/commands/intake/document"
	"github.com/stazh/stazh/commands/intake/format"
	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/ledger/account"
	"github.com/stazh/stazh/ledger/event"
	"github.com/stazh/stazh/ledger/money"
	"github.com/stazh/stazh/ledger/period"
	"github.com/stazh/stazh/ledger/seal"
)

// drawReport draws a file of one form, right or wrong in ways that payers are.
func drawReport(t *rapid.T, k *kit, workers []worker) []byte {
	form := rapid.SampledFrom([]document.Form{document.PU1, document.PU2, document.PU3}).
		Draw(t, "form")
	p := pack(form)
	var docs []document.Document
	for i := range rapid.IntRange(1, 8).Draw(t, "documents") {
		w := rapid.SampledFrom(workers).Draw(t, "worker")
		var d document.Document
		switch form {
		case document.PU1:
			d = registration(w)
			if rapid.IntRange(0, 5).Draw(t, "certificate again") == 0 {
				d.Type, d.Registration.InsuranceNo = document.Restore, w.number
			}
		case document.PU2:
			d = hire(w, rapid.SampledFrom([]string{"2018-01-01", "2018-02-15"}).Draw(t, "on"))
			d.Type = rapid.SampledFrom([]string{"И", "И", "К", "О"}).Draw(t, "type")
		default:
			d = drawData(t, w)
		}
		spoil(t, &d, i)
		docs = append(docs, d)
	}
	if rapid.IntRange(0, 9).Draw(t, "pack fault") == 0 {
		p.FundNo = "602000099"
	}
	return report(k.t, p, docs...)
}

// drawData draws a ПУ-3 of any type; some cite a receipt that is not the head's.
func drawData(t *rapid.T, w worker) document.Document {
	pay := money.Amount(rapid.Int64Range(0, 600_000).Draw(t, "earnings")).String()
	var d document.Document
	switch kind := rapid.SampledFrom([]string{"И", "И", "И", "К", "К", "О", "В", "П"}).
		Draw(t, "type"); kind {
	case document.Cancellation:
		d = naming(w, kind)
	case document.Restore:
		d = restoring(w, rapid.IntRange(1, 4).Draw(t, "version"))
	default:
		d = quarter(w, pay)
		d.Type = kind
	}
	if rapid.IntRange(0, 9).Draw(t, "cites") == 0 && d.Type != document.Original {
		d.Supersedes = "AAAA-AAAA"
	}
	return d
}

// spoil puts a fault into one of four documents.
func spoil(t *rapid.T, d *document.Document, i int) {
	if rapid.IntRange(0, 3).Draw(t, fmt.Sprint("fault", i)) > 0 {
		return
	}
	switch {
	case d.Registration != nil:
		rapid.SampledFrom([]func(){
			func() { d.Registration.Sex = "Ж" },
			func() { d.Registration.Surname = "" },
			func() { d.Registration.PersonalNo = "3270287A012PB3" },
		}).Draw(t, "what")()
	case d.Data != nil && d.Data.Months == nil:
		d.Data.Category = "77"
	case d.Data != nil:
		rapid.SampledFrom([]func(){
			func() { d.Data.Surname = "ЧУЖОЙ" },
			func() { d.Data.Declared.Earnings++ },
			func() { d.Data.Months[0].Number = 7 },
			func() { d.Data.Category = "77" },
			func() { d.Data.Service[0].Activity = "НЕТТАКОГО" },
		}).Draw(t, "what")()
	default:
		d.Movements[0].DismissedOn = period.MustDate("2018-01-31")
		d.Movements[0].Reason = "1.1"
	}
}

// TestCheckAnswersWhatFilingAnswers files random reports one after another; each time a
// dry run of the same bytes must have given the same answer and left nothing behind.
func TestCheckAnswersWhatFilingAnswers(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		k := newKit(t, nil)
		workers := make([]worker, 4)
		for i := range workers {
			workers[i] = workerNo(t, i)
		}
		for range rapid.IntRange(1, 6).Draw(rt, "filings") {
			content := drawReport(rt, k, workers)
			before := k.digest()
			var found []control.Finding
			answer, err := k.bus.CheckReport(t.Context(), commands.CheckReport{Actor: clerk,
				Payer: unp, Content: bytes.NewReader(content), SHA256: sha256.Sum256(content)},
				func(f control.Finding) error { found = append(found, f); return nil })
			require.NoError(rt, err)
			require.Empty(rt, cmp.Diff(before, k.digest()), "a dry run leaves no trace")

			filed := k.file(content)
			want := *filed.Processed
			if answer.Earlier == "" {
				want.Filing, want.Findings = uuid.Nil, ledger.Hash{}
			} else {
				require.Equal(rt, filed.Receipt, answer.Earlier)
			}
			require.Empty(rt, cmp.Diff(want, answer.FilingProcessed))
			require.Empty(rt, cmp.Diff(filed.Tallies, answer.Tallies))
			require.Empty(rt, cmp.Diff(ordered(k.findings(filed)), ordered(found)))
		}
	})
}

// ordered sorts findings: on the file first, as a check gives them.
func ordered(list []control.Finding) []control.Finding {
	slices.SortStableFunc(list, func(a, b control.Finding) int { return a.Document - b.Document })
	return list
}

// writers are all formats that a report can be filed in.
var writers = map[string]func(io.Writer, *document.Pack, iter.Seq[*document.Document]) error{
	"json":   format.WriteJSON,
	"ndjson": format.WriteNDJSON,
	"csv 1251": func(w io.Writer, p *document.Pack, d iter.Seq[*document.Document]) error {
		return format.WriteCSV(w, format.CSVDialect{Encoding: format.Windows1251}, p, d)
	},
	"xlsx": format.WriteXLSX,
	"text 1.5": func(w io.Writer, p *document.Pack, d iter.Seq[*document.Document]) error {
		return format.WriteText(w, "1.5", format.CP866, p, d)
	},
}

// TestSameContentInAnyFormatGivesTheSameEvents files one report in each format, each in a
// ledger of its own.
func TestSameContentInAnyFormatGivesTheSameEvents(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		workers := make([]worker, rapid.IntRange(1, 4).Draw(rt, "workers"))
		earnings := make([]string, len(workers))
		for i := range workers {
			workers[i] = workerNo(t, i)
			earnings[i] = money.Amount(rapid.Int64Range(1, 900_000).Draw(rt, "sum")).String()
		}
		// The second file corrects and cancels.
		types := make([]string, len(workers))
		for i := range types {
			types[i] = rapid.SampledFrom([]string{"К", "О", "К"}).Draw(rt, "type")
		}
		var want []account.Person
		for _, name := range slices.Sorted(maps.Keys(writers)) {
			k := newKit(t, nil)
			k.staff(len(workers))
			for _, kinds := range [][]string{nil, types} {
				docs := make([]*document.Document, len(workers))
				p := pack(document.PU3)
				p.Declared = &document.PackTotals{Documents: len(docs), Totals: &document.Totals{}}
				for i, w := range workers {
					d := quarter(w, earnings[i])
					if kinds != nil && kinds[i] == document.Cancellation {
						d = naming(w, kinds[i])
					} else if kinds != nil {
						d = corrected(w, earnings[(i+1)%len(earnings)])
					}
					d.No, d.Form, d.FundNo = i+1, document.PU3, fundNo
					docs[i] = &d
					p.Declared.Totals.Add(d.Data.Sum())
				}
				var file bytes.Buffer
				require.NoError(rt, writers[name](&file, &p, slices.Values(docs)), name)
				f := k.file(file.Bytes())
				require.Equal(rt, event.Accepted, f.Processed.Outcome, "%s: %+v", name,
					k.findings(f))
			}
			got := make([]account.Person, len(workers))
			for i, w := range workers {
				got[i] = *k.person(w.number)
				got[i].Position = 0
				got[i].Personal = seal.Sealed{} // sealed under another key
				for j := range got[i].Slots() {
					got[i].Slots()[j].Receipt = "" // follows from the bytes
					for n := range got[i].Slots()[j].Former {
						got[i].Slots()[j].Former[n].Receipt = ""
					}
				}
			}
			if want == nil {
				want = got
			}
			require.Equal(rt, want, got, name)
		}
	})
}
