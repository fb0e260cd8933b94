package commands

import (
	"context"
	"slices"
	"time"

	"github.com/stazh/stazh/ledger"
)

const (
	// pauseFirst is the pause after a first failure; each further one doubles it, up to
	// pauseMost.
	pauseFirst = 2 * time.Second
	pauseMost  = time.Minute
	// leftTries is how often what is left of a batch is tried while the bookmark stays
	// before it, about five minutes in all. It is tried after that too, but a fault that
	// lasts must not make a restart read the whole ledger again.
	leftTries = 10
	// leftMost bounds the batches with something left that are kept in memory.
	leftMost = 1000
)

// pauseAfter gives the pause after so many failures in a row.
func pauseAfter(failures int) time.Duration {
	pause := pauseFirst
	for range failures - 1 {
		if pause *= 2; pause >= pauseMost {
			return pauseMost
		}
	}
	return pause
}

// sleep gives false when ctx ends before the pause.
func sleep(ctx context.Context, pause time.Duration) bool {
	timer := time.NewTimer(pause)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
		return true
	}
}

// reactor reacts beside the reading of events, as it waits for read models and filings
// that arrive must not wait for these. What failed comes back after a pause.
func (c *Clerk) reactor(ctx context.Context, bookmark ledger.Position) {
	l := leftovers{reached: bookmark}
	notes := time.NewTicker(clerkNotes)
	defer notes.Stop()
	for {
		var todo *clues
		select {
		case <-ctx.Done():
			return
		case <-notes.C:
			bookmark = c.note(ctx, bookmark, l.bookmark())
			continue
		case todo = <-c.seen:
			l.reached = todo.last
		case todo = <-c.again:
			l.remove(todo)
		}
		left := c.react(ctx, todo)
		if ctx.Err() != nil {
			return // what was left is seen again after a restart
		}
		if left != nil && l.add(left) {
			c.group.Go(func() {
				if !sleep(ctx, pauseAfter(left.tries)) {
					return
				}
				select {
				case c.again <- left:
				case <-ctx.Done():
				}
			})
		}
	}
}

// note moves the bookmark, if it can, and gives where it is.
func (c *Clerk) note(ctx context.Context, bookmark, to ledger.Position) ledger.Position {
	if to <= bookmark {
		return bookmark
	}
	if err := c.List.SetBookmark(ctx, to); err != nil {
		c.fault(ctx, "note how far it is", Work{}, err)
		return bookmark
	}
	return to
}

// leftovers are what is left of batches; they belong to the reactor alone.
type leftovers struct {
	reached ledger.Position // of the last batch
	list    []*clues
	// lost: something is left that is not in the list. The bookmark then stays until a
	// restart, which sees it again.
	lost bool
}

// add keeps what is left; false means that there is no room for it.
func (l *leftovers) add(left *clues) bool {
	if len(l.list) >= leftMost {
		l.lost = true
		return false
	}
	l.list = append(l.list, left)
	return true
}

func (l *leftovers) remove(left *clues) {
	l.list = slices.DeleteFunc(l.list, func(x *clues) bool { return x == left })
}

// bookmark is the position up to which a restart need not look again; zero for none.
func (l *leftovers) bookmark() ledger.Position {
	if l.lost {
		return 0
	}
	at := l.reached
	for _, left := range l.list {
		if left.tries < leftTries {
			at = min(at, left.after)
		}
	}
	return at
}

// react does what the events make possible and gives what could not be done; nil when
// nothing is left.
func (c *Clerk) react(ctx context.Context, seen *clues) *clues {
	left := clues{after: seen.after, last: seen.last, tries: seen.tries + 1}
	// What a document waits for may have come while it was being parked.
	parked := seen.parked
	if len(seen.persons) > 0 {
		found, err := c.List.ParkedFor(ctx, seen.persons, seen.last)
		if err != nil {
			c.fault(ctx, "find parked documents", Work{}, err)
			left.persons = seen.persons
		}
		parked = append(parked[:len(parked):len(parked)], found...)
	}
	for _, unp := range seen.reports {
		found, err := c.List.ParkedOf(ctx, unp, seen.last)
		if err != nil {
			c.fault(ctx, "find parked documents", Work{Payer: unp}, err)
			left.reports = append(left.reports, unp)
		}
		parked = append(parked[:len(parked):len(parked)], found...)
	}
	for _, w := range parked {
		if err := c.Bus.ReleaseParked(ctx, w.Payer, w.Filing, w.DocNo); err != nil {
			c.fault(ctx, "judge a parked document", w, err)
			if !slices.Contains(left.parked, w) {
				left.parked = append(left.parked, w)
			}
		}
	}
	if len(seen.values)+len(seen.payers) > 0 {
		c.Bus.Law.Refresh()
	}
	payers := slices.Clone(seen.payers)
	for _, v := range seen.values {
		found, err := c.List.Awaiting(ctx, v.Name, v.From.Month(), v.Until.Month(), seen.last)
		if err != nil {
			c.fault(ctx, "find waiting months", Work{}, err)
			left.values = append(left.values, v)
		}
		payers = append(payers, found...)
	}
	slices.Sort(payers)
	left.payers = c.assess(ctx, slices.Compact(payers))
	if len(left.parked)+len(left.persons)+len(left.reports)+len(left.values)+
		len(left.payers) == 0 {
		return nil
	}
	return &left
}
