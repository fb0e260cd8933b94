package commands

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"slices"

	"github.com/stazh/stazh/commands/intake/control"
	"github.com/stazh/stazh/commands/intake/document"
	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/ledger/account"
	"github.com/stazh/stazh/ledger/effect"
	"github.com/stazh/stazh/ledger/event"
	"github.com/stazh/stazh/ledger/period"
)

// Preview is what filing a file now would be answered and would do.
type Preview struct {
	Report
	// Token names the file and all states that the answer rests on: whoever files with it is
	// sure that nothing else happens. It is zero when the same bytes are filed already.
	Token  ledger.Hash
	Effect effect.Effect
	// Insured are the persons of the effect, as far as their data are known.
	Insured map[ledger.PersonID]event.PersonalData
}

// CodePreviewTooLarge refuses the preview of a file that cannot be filed as one append.
const CodePreviewTooLarge = "preview_too_large"

// PreviewReport does what CheckReport does, and tells in addition what differs after it: for
// each insured person and for the payers. It leaves no trace either.
func (b *Bus) PreviewReport(ctx context.Context, c CheckReport,
	found func(control.Finding) error) (Preview, error) {
	if !ledger.PayerStream(c.Payer).Valid() {
		return Preview{}, refuse(Invalid, "payer_invalid",
			"name the filer by its UNP, nine digits or capital Latin letters")
	}
	folds, err := b.payer(ctx, c.Payer)
	if err != nil {
		return Preview{}, err
	}
	earlier, stale, ok := folds.filings.ByContent(c.SHA256, FundDate(b.Clock()))
	if ok && earlier.Processed != nil {
		report, err := b.earlierReport(ctx, earlier, found)
		return Preview{Report: report, Effect: unchanged(FundDate(b.Clock()))}, err
	}
	r, err := b.trial(ctx, c, folds.payer, earlier, stale)
	if err != nil {
		return Preview{}, err
	}
	r.watch()
	report, err := r.check(ctx, c.Content, found)
	if err != nil {
		return Preview{}, err
	}
	if report.Documents > AllOrNothingMax {
		return Preview{}, refuse(Invalid, CodePreviewTooLarge,
			"the effect is told of at most %d documents at once: split the file, or file it "+
				"without a preview", AllOrNothingMax)
	}
	p := Preview{Report: report, Token: r.token(), Effect: unchanged(r.today)}
	if report.Outcome != event.Refused {
		p.Effect = effect.Of(*r.before, r.states(), r.law, r.today)
		p.Insured = r.insuredOf(p.Effect)
	}
	return p, nil
}

// unchanged is the effect of a filing that is refused, or filed already.
func unchanged(on period.Date) effect.Effect {
	return effect.Of(effect.States{}, effect.States{}, nil, on)
}

// watch has the run keep the states before it.
func (r *run) watch() {
	r.before = &effect.States{Persons: map[ledger.PersonID]effect.Insured{},
		Payers: map[string]*account.Payer{r.payer.UNP: r.payer.Clone()}}
}

// keepBefore keeps the states that were just loaded.
func (r *run) keepBefore(ids []ledger.PersonID, unps []string) {
	if r.before == nil {
		return
	}
	for _, id := range ids {
		x := r.insured(r.persons[id])
		x.Person = x.Clone()
		r.before.Persons[x.ID] = x
	}
	for _, unp := range unps {
		r.before.Payers[unp] = r.payers[unp].Clone()
	}
}

// insured is the person of an account: of joined ones the one account of all, seen from the
// survivor's.
func (r *run) insured(p *insured) effect.Insured {
	if survivor := r.persons[p.person.Canonical()]; survivor != nil {
		p = survivor
	}
	return effect.Insured{Person: r.view(p), Personal: p.personal}
}

// states are those that the run has come to.
func (r *run) states() effect.States {
	s := effect.States{Persons: make(map[ledger.PersonID]effect.Insured, len(r.persons)),
		Payers: map[string]*account.Payer{r.payer.UNP: r.payer}}
	for _, p := range r.persons {
		x := r.insured(p)
		s.Persons[x.ID] = x
	}
	for unp, p := range r.payers {
		s.Payers[unp] = p
	}
	return s
}

func (r *run) insuredOf(e effect.Effect) map[ledger.PersonID]event.PersonalData {
	known := make(map[ledger.PersonID]event.PersonalData, len(e.Persons))
	for i := range e.Persons {
		if p := r.persons[e.Persons[i].Person]; p.known {
			known[e.Persons[i].Person] = p.personal
		}
	}
	return known
}

// token binds a filing to what it rests on: its bytes, the day it is filed on, the law and the
// control rules, and of everybody whom it concerns how far the account had come. The states
// are those before the run has decided anything, or those that a preview has kept. The day of a
// filing is that of its receipt, however late its turn comes.
func (r *run) token() ledger.Hash {
	before := r.before
	if before == nil {
		s := r.states()
		before = &s
	}
	c := ledger.NewEncoder([]byte("stazh/preview/v1\x00"))
	sum, whole, pack := r.filing.SHA256, r.filing.AllOrNothing, r.meta.RulePack
	c.Hash(&sum)
	c.Bool(&whole)
	c.String(&pack)
	c.Date(&r.today)
	law := int64(r.law.Revision)
	c.Int64(&law)
	payers := make([]*account.Payer, 0, len(before.Payers))
	for _, p := range before.Payers {
		payers = append(payers, p)
	}
	slices.SortFunc(payers, func(a, b *account.Payer) int { return cmp.Compare(a.UNP, b.UNP) })
	for _, p := range payers {
		unp, entries := p.UNP, p.Entries
		c.String(&unp)
		c.Int(&entries)
	}
	persons := make([]*account.Person, 0, len(before.Persons))
	for _, p := range before.Persons {
		persons = append(persons, p.Person)
	}
	slices.SortFunc(persons, func(a, b *account.Person) int {
		return bytes.Compare(a.ID[:], b.ID[:])
	})
	for _, p := range persons {
		id, revision := p.ID, int64(p.Seen())
		c.UUID(&id)
		c.Int64(&revision)
	}
	return sha256.Sum256(c.Encoded())
}

// CodePreviewStale refuses a file whose preview no longer holds.
const CodePreviewStale = "preview_stale"

// StalePreviewError refuses a file that would do something else now than its preview showed,
// and brings a new one. Nothing was recorded.
type StalePreviewError struct {
	Refusal *Error
	Preview Preview
	// Findings are the first of the new preview.
	Findings []control.Finding
}

// Error gives the message of the refusal.
func (e *StalePreviewError) Error() string { return e.Refusal.Error() }

// Unwrap gives the refusal.
func (e *StalePreviewError) Unwrap() error { return e.Refusal }

// staleFindingsMax bounds the findings that come with a refusal.
const staleFindingsMax = 1000

// stillShown refuses an archived file whose preview no longer holds. One that was received
// before gets its receipt, whatever has become of it.
func (b *Bus) stillShown(ctx context.Context, c ReceiveFiling, sum ledger.Hash) error {
	folds, err := b.payer(ctx, c.Payer)
	if err != nil {
		return err
	}
	if _, _, received := folds.filings.ByContent(sum, FundDate(b.Clock())); received {
		return nil
	}
	preview, findings, err := b.previewOf(ctx, CheckReport{Actor: c.Actor, Payer: c.Payer,
		SHA256: sum, AllOrNothing: c.AllOrNothing})
	if err != nil || preview.Token == c.Preview {
		return err
	}
	return staleError(preview, findings)
}

// previewOf previews an archived file, and gives its first findings.
func (b *Bus) previewOf(ctx context.Context, c CheckReport) (Preview, []control.Finding, error) {
	content, err := b.Archive.Open(ctx, c.SHA256)
	if err != nil {
		return Preview{}, nil, err
	}
	defer content.Close() //nolint:errcheck // only read
	c.Content = content
	var findings []control.Finding
	preview, err := b.PreviewReport(ctx, c, func(f control.Finding) error {
		if len(findings) < staleFindingsMax {
			findings = append(findings, f)
		}
		return nil
	})
	return preview, findings, err
}

func staleError(preview Preview, findings []control.Finding) error {
	return &StalePreviewError{Preview: preview, Findings: findings,
		Refusal: refuse(Conflict, CodePreviewStale, "the accounts have changed since the "+
			"preview, its day is over, or the file is another one: look at the new preview and "+
			"send the file with its token")}
}

// previewed tells whether the filing may be recorded only as its preview showed.
func (w *writer) previewed() bool { return !w.filing.Preview.IsZero() }

// errStale says that a filing no longer does what its preview showed.
var errStale = errors.New("the preview of the filing no longer holds")

// asShown refuses a filing that would not do what its preview showed. States that were
// remembered may be behind the ledger, so that none of them refuses it.
func (w *writer) asShown(ctx context.Context, d *desk) error {
	if !w.stale() {
		return nil
	}
	if len(w.remembered) > 0 {
		return errBehind
	}
	if d.remembered {
		if err := d.reload(ctx); err != nil {
			return err
		}
		if err := w.look(d); err != nil {
			return err
		}
	}
	if w.stale() {
		return errStale
	}
	return nil
}

// stale tells whether the loaded states are others than those of the preview. What an
// interrupted run has begun to record was checked before it began.
func (w *writer) stale() bool {
	return w.previewed() && w.filing.Processed == nil && w.filing.Posted == 0 &&
		!w.begun.any && w.token() != w.filing.Preview
}

// refuseStale closes a filing whose preview no longer holds.
func (w *writer) refuseStale(ctx context.Context, s *shape) error {
	s.add(w.engine.File(w.today, document.Fault{Code: control.CodePreviewStale,
		Got: fmt.Sprintf("%.12s", w.filing.Preview), Expected: fmt.Sprintf("%.12s", w.token())})...)
	s.stale = true
	return w.refuse(ctx, s)
}
