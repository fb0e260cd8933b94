package commands

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/google/uuid"

	"github.com/stazh/stazh/commands/intake/control"
	"github.com/stazh/stazh/commands/intake/document"
	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/ledger/account"
	"github.com/stazh/stazh/ledger/event"
)

// ReleaseParked judges a parked document again. It records the outcome when there is
// one and does nothing while the document still has to wait, or waits no longer.
func (b *Bus) ReleaseParked(ctx context.Context, unp string, filing uuid.UUID, docNo int) error {
	return b.settleParked(ctx, unp, filing, docNo, func(r *run, u unit) control.Verdict {
		return r.engine.Document(r.facts(), u.pack, u.doc)
	})
}

// ExpireParked refuses a parked document whose last day of waiting has passed; its
// findings tell the payer. It does nothing when the document can still wait.
func (b *Bus) ExpireParked(ctx context.Context, unp string, filing uuid.UUID, docNo int) error {
	today := FundDate(b.Clock())
	return b.settleParked(ctx, unp, filing, docNo, func(r *run, u unit) control.Verdict {
		verdict := r.engine.Document(r.facts(), u.pack, u.doc)
		if verdict.Outcome != control.Parked || r.waiting.Until >= today {
			return verdict // what it waited for has come at the last moment
		}
		verdict.Outcome = control.Rejected
		r.expired = true
		expired, ok := r.engine.Fault(today, u.doc.No, document.Fault{
			Code: control.CodeWaitExpired, Place: placeOf(u.doc), Got: verdict.Awaits,
			Expected: "until " + r.waiting.Until.String()})
		if ok {
			verdict.Findings = append(verdict.Findings, expired)
		}
		return verdict
	})
}

func placeOf(d *document.Document) document.Place { return d.Locate("") }

// settleParked loads a parked document with all that it concerns, asks for a verdict and
// records it.
func (b *Bus) settleParked(ctx context.Context, unp string, id uuid.UUID, docNo int,
	judge func(*run, unit) control.Verdict) error {
	end, err := b.turns.take(ctx, unp)
	if err != nil {
		return err
	}
	defer end()
	defer b.memory.forgetPayer(unp)
	return attempt(ctx, func() error {
		folds, err := b.payer(ctx, unp)
		if err != nil {
			return err
		}
		payer, filings := folds.payer, folds.filings
		waiting, ok := filings.ParkedDocument(id, docNo)
		if !ok {
			return nil
		}
		filing, _ := filings.Filing(id)
		u, err := b.parkedUnit(ctx, waiting)
		if err != nil {
			return err
		}
		r, err := b.newRun(ctx, filing.FilingReceived,
			source{filing.Actor, filing.Ground}, FundDate(filing.ReceivedAt), false)
		if err != nil {
			return err
		}
		r.payer, r.waiting, r.fresh = payer, waiting.DocumentParked, true
		defer r.leaveRoom()
		if err := r.load(ctx, []unit{u}); err != nil {
			return err
		}
		return r.settle(ctx, u, judge(r, u), filings.Revision)
	})
}

// settle records the verdict on a parked document.
func (r *run) settle(ctx context.Context, u unit, v control.Verdict, expected ledger.Revision,
) error {
	p := r.newPosting(1)
	tally := tallyOf(u.doc)
	tally.Parked = -1
	switch {
	case r.taken(p, u, &v, &tally):
		tally.Accepted, r.expired = 1, false
	case v.Outcome == control.Parked:
		return nil
	default:
		tally.Rejected = 1
	}
	findings, err := r.bus.archiveFindings(ctx, v.Findings)
	if err != nil {
		return err
	}
	own, err := p.closing(ctx, r, fmt.Sprintf("released %d", u.doc.No))
	if err != nil {
		return err
	}
	tallies := account.MergeTallies(p.tallies, []event.Tally{tally})
	id := r.filing.Filing
	var fact event.Payload = &event.ParkedDocumentReleased{Filing: id, DocNo: u.doc.No,
		Accepted: v.Outcome == control.Accepted, Findings: findings, Tallies: tallies}
	if r.expired {
		fact = &event.ParkedDocumentExpired{Filing: id, DocNo: u.doc.No,
			On: FundDate(r.bus.Clock()), Findings: findings, Tallies: tallies}
	}
	own = append(own, event.New(ledger.DeterministicID(id, "released", u.doc.No), r.meta, fact))
	_, err = r.bus.append(ctx, append(p.streams, ledger.StreamAppend{
		Stream: ledger.PayerStream(r.payer.UNP), Expected: expected, Events: own})...)
	return err
}

// parkedUnit reads a parked document back from the archive.
func (b *Bus) parkedUnit(ctx context.Context, waiting account.Parked) (unit, error) {
	content, err := b.Archive.Open(ctx, waiting.Content)
	if err != nil {
		return unit{}, err
	}
	defer content.Close() //nolint:errcheck // only read
	var kept parkedContent
	if err := json.NewDecoder(content).Decode(&kept); err != nil {
		return unit{}, fmt.Errorf("read parked document %d: %w", waiting.DocNo, err)
	}
	at := func(string) document.Place { return kept.Place }
	kept.Document.Locate, kept.Pack.Locate = at, at
	return unit{kept.Pack, kept.Document}, nil
}
