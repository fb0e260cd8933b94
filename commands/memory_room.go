package commands

import (
	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/ledger/recent"
)

const (
	// personsWeight is what persons may weigh in memory, in weights of weightBytes, where they are
	// met again, and personsLeast where they are not: those on their way between two filings of a payer.
	// Whoever is remembered in vain costs the collector time at every one of its rounds.
	personsWeight = 96 << 10
	personsLeast  = 12 << 10
	// worthPersons is after how many persons that were asked for it is looked at anew how
	// many of them were met before, and worthBack is of how many at least that is known.
	worthPersons = 4 << 10
	worthBack    = 8 << 10
)

// worth tells how many persons are worth remembering: many while at least a quarter of those
// who are asked for were met a short time before, few when it is less than a sixteenth. On the
// days of a deadline, when each payer files once, it is nearly none. Its zero value is of a
// process that has met nobody.
type worth struct {
	lately recent.Map[ledger.PersonID, struct{}]
	asked  int
	met    int
	much   bool
}

// ask notes that a person is asked for, and whether the memory has them.
func (w *worth) ask(id ledger.PersonID, kept bool) {
	w.asked++
	if !kept {
		_, kept = w.lately.Get(id)
	}
	if kept {
		w.met++
	}
	if w.asked < worthPersons {
		return
	}
	switch {
	case w.met >= w.asked/4:
		w.much = true
	case w.met < w.asked/16:
		w.much = false
	}
	w.asked, w.met = 0, 0
}

// keep notes that a person is given back, and gives the weight that all may have.
func (w *worth) keep(id ledger.PersonID) (weight int) {
	w.lately.Put(id, struct{}{}, worthBack)
	if w.much {
		return personsWeight
	}
	return personsLeast
}
