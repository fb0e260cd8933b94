package commands

import (
	"context"
	"fmt"
	"slices"

	"github.com/stazh/stazh/commands/intake/control"
	"github.com/stazh/stazh/commands/intake/document"
	"github.com/stazh/stazh/commands/intake/format"
	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/ledger/event"
)

// refuse closes a filing that is wrong as a whole: none of its documents are taken.
func (w *writer) refuse(ctx context.Context, shape *shape) error {
	findings, err := w.bus.archiveFindings(ctx, shape.findings)
	if err != nil {
		return err
	}
	processed := shape.refusal(w.meta.RulePack)
	processed.Filing, processed.Findings = w.filing.FilingReceived.Filing, findings
	processed.Early = early(shape.findings)
	id := ledger.DeterministicID(processed.Filing, "processed")
	return attempt(ctx, func() error {
		d, err := w.sitDown(ctx)
		if err != nil {
			return err
		}
		current := false
		defer func() { d.leave(current) }()
		if w.filing.Processed != nil {
			current = true
			return nil
		}
		own := []ledger.NewEvent{event.New(id, w.meta, processed)}
		result, err := w.bus.append(ctx, ledger.StreamAppend{
			Stream: ledger.PayerStream(w.payer.UNP), Expected: w.payer.Revision, Events: own,
		})
		if err != nil {
			return err
		}
		current = !result.Repeated
		return w.advance(d, own, result)
	})
}

// early tells whether a document is refused as its day has not come.
func early(findings []control.Finding) bool {
	return slices.ContainsFunc(findings, func(f control.Finding) bool {
		return f.Code == control.CodeNotYet &&
			(f.Severity == control.Refuse || f.Severity == control.Fatal)
	})
}

// allOrNothing tries all documents first; when one is rejected, it refuses the filing. What
// an earlier try has begun to record was tried before that.
func (w *writer) allOrNothing(ctx context.Context, file *format.File, shape *shape) (bool, error) {
	if shape.documents > AllOrNothingMax {
		shape.add(w.tooMany(shape.documents)...)
		return false, w.refuse(ctx, shape)
	}
	trial := *w.run
	trial.dry, trial.payer = true, w.payer.Clone()
	trial.forget()
	rejected, recorded := false, w.filing.Posted > 0
	var findings []control.Finding
	err := eachChunk(ctx, file, shape, 0, chunkDocuments, func(units []unit, _ bool) error {
		tally, found, err := trial.try(ctx, units)
		for _, t := range tally {
			rejected = rejected || t.Rejected > 0
		}
		findings = append(findings, found...)
		recorded = recorded || trial.begun.any
		return err
	})
	if err != nil || !rejected || recorded {
		return err == nil, err
	}
	shape.findings = append(shape.findings, findings...)
	return false, w.refuse(ctx, shape)
}

func (r *run) tooMany(documents int) []control.Finding {
	return r.engine.File(r.today, document.Fault{Code: control.CodeTooLarge, Pointer: "/documents",
		Got: fmt.Sprint(documents), Expected: fmt.Sprintf("at most %d", AllOrNothingMax)})
}
