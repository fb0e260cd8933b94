package commands

import (
	"context"
	"sync"

	"github.com/stazh/stazh/ledger"
)

// newsMax bounds the appends that wait for the clerk to hear of them. Beyond it all are
// forgotten, and the clerk reads the ledger.
const newsMax = 4096

// news tells the clerk what commands of its own process have appended, so that it need not
// read back every event only to find the few that give it something to do.
type news struct {
	mu     sync.Mutex                 // guards the fields below
	heard  map[ledger.Position]*clues // by the position before them; nil without a clerk
	coming int                        // appends under way
	came   chan struct{}              // closed when one of them has ended
}

// append is Log.Append, of which the clerk hears.
func (b *Bus) append(ctx context.Context, batch ...ledger.StreamAppend) (ledger.Result, error) {
	if !b.news.begin() {
		return b.Log.Append(ctx, batch...)
	}
	result, err := b.Log.Append(ctx, batch...)
	var told *clues
	if err == nil && !result.Repeated {
		told = cluesOf(batch, result.Position)
	}
	b.news.end(told)
	return result, err
}

// listen begins or ends the telling.
func (n *news) listen(yes bool) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.heard = nil
	if yes {
		n.heard = map[ledger.Position]*clues{}
	}
}

// begin tells whether a clerk listens; if so, end must follow.
func (n *news) begin() bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.heard == nil {
		return false
	}
	n.coming++
	return true
}

func (n *news) end(told *clues) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.coming--
	if n.came != nil {
		close(n.came)
		n.came = nil
	}
	if told == nil || n.heard == nil {
		return
	}
	if len(n.heard) >= newsMax {
		clear(n.heard)
	}
	n.heard[told.after] = told
}

// next gives what is known of the events after the position, without a gap, or nil. Then
// come, if it is not nil, is closed when more may be known.
func (n *news) next(after ledger.Position) (told *clues, come <-chan struct{}) {
	n.mu.Lock()
	defer n.mu.Unlock()
	for {
		from := after
		if told != nil {
			from = told.last
		}
		s := n.heard[from]
		if s == nil || told != nil && len(told.persons) > clerkBatch {
			break
		}
		delete(n.heard, from)
		if told == nil {
			told = s
		} else {
			told.join(s)
		}
	}
	if told != nil || n.coming == 0 {
		return told, nil
	}
	if n.came == nil {
		n.came = make(chan struct{})
	}
	return nil, n.came
}

// gap gives the number of events after the position until the first that is known, at most
// limit, and forgets what was known of earlier ones.
func (n *news) gap(after ledger.Position, limit int) int {
	n.mu.Lock()
	defer n.mu.Unlock()
	for from := range n.heard {
		if from <= after {
			delete(n.heard, from)
		} else {
			limit = int(min(ledger.Position(limit), from-after))
		}
	}
	return limit
}
