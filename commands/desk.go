package commands

import (
	"context"
	"log/slog"

	"github.com/stazh/stazh/ledger"
)

// desk is where commands decide on a payer's folds and add to its stream, one at a time
// within the process. Files that arrive while another one of the payer is in work would
// otherwise make each of its runs of documents be decided anew.
type desk struct {
	bus   *Bus
	folds *payerFolds
	end   func()
	// remembered: the folds are from the memory, or the cache, and may be behind the ledger.
	remembered bool
}

// sitDown waits for the payer's desk. Whoever sits there must leave.
func (b *Bus) sitDown(ctx context.Context, unp string) (*desk, error) {
	end, err := b.desks.take(ctx, unp)
	if err != nil {
		return nil, err
	}
	d := &desk{bus: b, end: end}
	if d.folds, d.remembered = b.memory.takePayer(unp); d.remembered {
		return d, nil
	}
	if d.folds, d.remembered, err = b.storedPayer(ctx, unp); err == nil && d.folds == nil {
		d.folds, err = b.payer(ctx, unp)
	}
	if err != nil {
		end()
		return nil, err
	}
	return d, nil
}

// storedPayer gives the folds that the cache has, which may be behind the ledger. Where they are
// known to be, what has come since is read; nil where that is not possible. On a log that is not
// atomic the ledger says everything.
func (b *Bus) storedPayer(ctx context.Context, unp string,
) (folds *payerFolds, behind bool, err error) {
	if b.Payers == nil || !b.Log.Guarantees().Atomic {
		return nil, false, nil
	}
	payer, filings, err := b.Payers.Payer(ctx, unp)
	if err != nil {
		b.Logger.WarnContext(ctx, "stored payers cannot be read, the ledger is read instead",
			slog.String("error", err.Error()))
		return nil, false, nil
	}
	if payer == nil {
		return nil, false, nil
	}
	together := filings.Revision == payer.Revision
	filings.Revision = payer.Revision
	folds = &payerFolds{payer, filings}
	brought, ok := b.memory.brought.Get(unp)
	if !ok || payer.Revision >= brought {
		return folds, true, nil
	}
	if !together {
		return nil, false, nil
	}
	return folds, false, folds.follow(b.readAfter(ctx, ledger.Mark{
		Stream: ledger.PayerStream(unp), Revision: payer.Revision, Position: payer.Position}))
}

// reload reads the payer's stream again.
func (d *desk) reload(ctx context.Context) error {
	folds, err := d.bus.payer(ctx, d.folds.payer.UNP)
	if err == nil {
		d.folds, d.remembered = folds, false
	}
	return err
}

// leave gives the desk to the next command, with the folds unless they are behind the
// ledger or may be.
func (d *desk) leave(current bool) {
	if current {
		d.bus.memory.keepPayer(d.folds)
	} else {
		d.bus.memory.doubtPayer(d.folds)
	}
	d.end()
}
