package commands

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/stazh/stazh/commands/intake/control"
	"github.com/stazh/stazh/commands/intake/document"
	"github.com/stazh/stazh/commands/intake/format"
	"github.com/stazh/stazh/ledger/event"
)

// shape is what a first reading tells of a file as a whole, before any document is
// judged: whether it can be read at all, what it holds, and whether its heads agree.
type shape struct {
	format    string
	repairs   []format.Repair
	form      document.Form
	year      int
	quarter   int
	documents int
	findings  []control.Finding // on the file and its packs
	refused   bool
	stale     bool // refused because its preview no longer holds
	// units are all documents of a small file, so that it is read only once; nil for a
	// larger one. parts counts what they are made of.
	units []unit
	parts int
}

// partsKept bounds the documents, months, runs of days and movements that are kept from
// the first reading: some eight megabytes.
const partsKept = 20_000

// keep notes a document for the second reading, as long as the file is small.
func (s *shape) keep(u unit) {
	if s.parts > partsKept {
		return
	}
	s.parts += 1 + len(u.doc.Movements)
	if d := u.doc.Data; d != nil {
		s.parts += len(d.Months) + len(d.Service) + len(d.Occupations)
	}
	if s.units = append(s.units, u); s.parts > partsKept {
		s.units = nil
	}
}

// open finds out the format and reads the file once for its shape. The file is nil when
// it cannot be read.
func (r *run) open(ctx context.Context, content format.Source) (*format.File, *shape, error) {
	s := &shape{}
	file, err := format.Open(content, "", format.Limits{})
	var fault *document.Fault
	if errors.As(err, &fault) {
		s.add(r.engine.File(r.today, *fault)...)
		s.refused = true
		return nil, s, nil
	}
	if err != nil {
		return nil, nil, err
	}
	s.format = string(file.Format)
	if err := s.read(ctx, r, file); err != nil {
		return nil, nil, errors.Join(err, file.Close())
	}
	s.repairs = file.Repairs()
	return file, s, nil
}

func (s *shape) read(ctx context.Context, r *run, file *format.File) error {
	facts := r.facts()
	var pack *document.Pack
	var seen control.PackCounts
	end := func() {
		if pack != nil {
			findings := r.engine.Pack(facts, pack, seen)
			s.add(findings...)
			r.refused[pack.Index] = slices.ContainsFunc(findings, refuses)
		}
		seen = control.PackCounts{}
	}
	for item, err := range file.Items(ctx) {
		if err != nil {
			return err
		}
		switch {
		case item.Fault != nil:
			s.add(r.engine.File(r.today, *item.Fault)...)
		case item.Pack != nil:
			end()
			pack = item.Pack
			if s.form == "" {
				s.form = pack.Form
			}
		case item.Document != nil:
			s.documents++
			seen.Count(item.Document)
			s.keep(unit{pack, item.Document})
			r.noteReference(item.Document)
			if s.year == 0 {
				t := tallyOf(item.Document)
				s.year, s.quarter = t.Year, t.Quarter
			}
		}
	}
	end()
	if s.documents == 0 && !s.refused {
		s.add(r.engine.File(r.today, document.Fault{Code: codeNoDocuments, Pointer: "/documents",
			Got: "0", Expected: "1"})...)
	}
	return nil
}

// codeNoDocuments is the rule that a file breaks which can be read and holds nothing.
const codeNoDocuments = "SPF-101"

// noteReference remembers where in the file a bank's reference stands first.
func (r *run) noteReference(d *document.Document) {
	if d.Payment == nil || d.Payment.BankRef == "" {
		return
	}
	if _, ok := r.bankRefs[d.Payment.BankRef]; !ok {
		r.bankRefs[d.Payment.BankRef] = d.No
	}
}

func refuses(f control.Finding) bool { return f.Severity == control.Refuse }

// shapeFindings bounds what is kept on a file as a whole: a hostile file of heads only
// has one fault a line.
const shapeFindings = 10_000

func (s *shape) add(findings ...control.Finding) {
	s.findings = append(s.findings, findings[:min(len(findings),
		max(0, shapeFindings-len(s.findings)))]...)
	s.refused = s.refused || slices.ContainsFunc(findings, func(f control.Finding) bool {
		return f.Severity == control.Fatal
	})
}

// result closes a filing from the tallies of its documents.
func (s *shape) result(tallies []event.Tally, rulePack string) *event.FilingProcessed {
	p := &event.FilingProcessed{Form: string(s.form), Year: s.year, Quarter: s.quarter,
		Format: s.format, Documents: s.documents, RulePack: rulePack}
	for _, t := range tallies {
		p.Accepted += t.Accepted
		p.Rejected += t.Rejected
		p.Parked += t.Parked
	}
	switch {
	case p.Accepted == p.Documents && p.Documents > 0:
		p.Outcome = event.Accepted
	case p.Accepted+p.Parked > 0:
		p.Outcome = event.Partial
	default:
		p.Outcome = event.Refused
	}
	return p
}

// refusal closes a filing none of whose documents are taken.
func (s *shape) refusal(rulePack string) *event.FilingProcessed {
	return &event.FilingProcessed{Outcome: event.Refused, Form: string(s.form), Year: s.year,
		Quarter: s.quarter, Format: s.format, Documents: s.documents, Rejected: s.documents,
		RulePack: rulePack, Stale: s.stale}
}

// eachChunk hands out the documents after the first skip ones, in runs of size. The last
// run may be empty when nothing is left.
func eachChunk(ctx context.Context, file *format.File, s *shape, skip, size int,
	do func(units []unit, last bool) error) error {
	if s.units != nil { // the whole file, in its order
		left := s.units[min(skip, len(s.units)):]
		for ; len(left) > size; left = left[size:] {
			if err := do(left[:size:size], false); err != nil {
				return err
			}
		}
		return do(left, true)
	}
	var pack *document.Pack
	units := make([]unit, 0, min(size, 1024))
	for item, err := range file.Items(ctx) {
		if err != nil {
			return fmt.Errorf("read the filed file: %w", err)
		}
		switch {
		case item.Pack != nil:
			pack = item.Pack
		case item.Document != nil && item.Document.No > skip:
			if len(units) == size {
				if err := do(units, false); err != nil {
					return err
				}
				units = units[:0]
			}
			units = append(units, unit{pack, item.Document})
		}
	}
	return do(units, true)
}
