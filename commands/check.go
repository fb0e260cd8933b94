package commands

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"github.com/stazh/stazh/commands/intake/control"
	"github.com/stazh/stazh/commands/intake/format"
	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/ledger/account"
	"github.com/stazh/stazh/ledger/event"
)

// CheckReport asks what filing a file would be answered now.
type CheckReport struct {
	Actor        ledger.Actor
	Payer        string
	Content      format.Source
	SHA256       ledger.Hash
	AllOrNothing bool
}

// Report is the answer to a filing, or to a check of one. Its findings on documents come
// one by one, as there may be many.
type Report struct {
	event.FilingProcessed
	Tallies []event.Tally
	Repairs []format.Repair
	// Earlier is the receipt of the same bytes when they have been filed and processed:
	// filing them again would answer that filing's result, which this report repeats.
	Earlier string
}

// CheckReport runs the controls and decisions of a filing on the live ledger without
// leaving a trace: what it answers is what filing the same bytes now would answer.
// Findings on the file come first, then those on documents in their order.
func (b *Bus) CheckReport(ctx context.Context, c CheckReport, found func(control.Finding) error,
) (Report, error) {
	if !ledger.PayerStream(c.Payer).Valid() {
		return Report{}, refuse(Invalid, "payer_invalid",
			"name the filer by its UNP, nine digits or capital Latin letters")
	}
	folds, err := b.payer(ctx, c.Payer)
	if err != nil {
		return Report{}, err
	}
	earlier, stale, ok := folds.filings.ByContent(c.SHA256, FundDate(b.Clock()))
	if ok && earlier.Processed != nil {
		return b.earlierReport(ctx, earlier, found)
	}
	r, err := b.trial(ctx, c, folds.payer, earlier, stale)
	if err != nil {
		return Report{}, err
	}
	return r.check(ctx, c.Content, found)
}

// trial begins a dry run on a payer's account, which it changes. Earlier is the filing of the
// very bytes that is still in work, zero for none.
func (b *Bus) trial(ctx context.Context, c CheckReport, payer *account.Payer,
	earlier account.Filing, stale int) (*run, error) {
	filing := FilingID(c.Payer, c.SHA256, stale)
	fact := event.FilingReceived{Filing: filing, Receipt: receiptNumber(filing), SHA256: c.SHA256,
		AllOrNothing: c.AllOrNothing}
	r, err := b.newRun(ctx, fact, source{actor: c.Actor}, FundDate(b.Clock()), true)
	if err == nil {
		r.payer, r.partly = payer, earlier.Posted > 0
	}
	return r, err
}

// earlierReport repeats the result of a filing, as filing its bytes again would.
func (b *Bus) earlierReport(ctx context.Context, f account.Filing,
	found func(control.Finding) error) (Report, error) {
	report := Report{FilingProcessed: *f.Processed, Tallies: f.Tallies, Earlier: f.Receipt}
	names := f.Findings
	if f.Processed.Findings.IsZero() {
		return report, b.EachFinding(ctx, names, found)
	}
	// Findings on the whole file were recorded with the result; they are told first.
	first := slices.Index(names, f.Processed.Findings)
	names = slices.Concat(names[first:first+1], names[:first], names[first+1:])
	return report, b.EachFinding(ctx, names, found)
}

// EachFinding reads findings back from the archive, by the names that a filing has.
func (b *Bus) EachFinding(ctx context.Context, names []ledger.Hash,
	found func(control.Finding) error) error {
	for _, name := range names {
		content, err := b.Archive.Open(ctx, name)
		if err != nil {
			return err
		}
		for lines := json.NewDecoder(content); err == nil && lines.More(); {
			var f control.Finding
			if err = lines.Decode(&f); err == nil {
				err = found(f)
			}
		}
		if err = errors.Join(err, content.Close()); err != nil {
			return fmt.Errorf("read findings: %w", err)
		}
	}
	return nil
}

func (r *run) check(ctx context.Context, content format.Source, found func(control.Finding) error,
) (Report, error) {
	file, shape, err := r.open(ctx, content)
	if err != nil {
		return Report{}, err
	}
	if file != nil {
		defer file.Close() //nolint:errcheck // only read
	}
	if r.filing.AllOrNothing && shape.documents > AllOrNothingMax {
		shape.add(r.tooMany(shape.documents)...)
	}
	for _, f := range shape.findings {
		if err := found(f); err != nil {
			return Report{}, err
		}
	}
	report := Report{Repairs: shape.repairs}
	if shape.refused {
		report.FilingProcessed = *shape.refusal(r.meta.RulePack)
		return report, nil
	}
	err = eachChunk(ctx, file, shape, 0, chunkDocuments, func(units []unit, last bool) error {
		tallies, findings, err := r.try(ctx, units)
		if err != nil {
			return err
		}
		report.Tallies = account.MergeTallies(report.Tallies, tallies)
		if last {
			findings = append(findings, r.differences(r.payer, report.Tallies)...)
			findings = append(findings, r.leftOut(ctx, r.payer, r.late(report.Tallies))...)
		}
		for _, f := range findings {
			if err := found(f); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return Report{}, fmt.Errorf("check the file: %w", err)
	}
	report.FilingProcessed = *shape.result(report.Tallies, r.meta.RulePack)
	if r.filing.AllOrNothing && report.Rejected > 0 {
		report.FilingProcessed, report.Tallies = *shape.refusal(r.meta.RulePack), nil
	}
	return report, nil
}

// try decides a chunk in a dry run, whose states go on to the next chunk.
func (r *run) try(ctx context.Context, units []unit) ([]event.Tally, []control.Finding, error) {
	defer r.leaveRoom()
	if err := r.load(ctx, units); err != nil {
		return nil, nil, err
	}
	p := r.decide(units)
	p.pretend(r, r.payer)
	return p.tallies, p.findings, nil
}
