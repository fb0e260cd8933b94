package commands

import "context"

// desk is where commands decide on a payer's folds and add to its stream, one at a time
// within the process. Files that arrive while another one of the payer is in work would
// otherwise make each of its runs of documents be decided anew.
type desk struct {
	bus   *Bus
	folds *payerFolds
	end   func()
	// remembered: the folds are from the memory and may be behind the ledger.
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
	if d.folds, err = b.payer(ctx, unp); err != nil {
		end()
		return nil, err
	}
	return d, nil
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
	}
	d.end()
}
