package reporting

import (
	"cmp"
	"context"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/projections"
)

// copied is the table of totals in memory, in a process that follows with it or hears from the
// one that does: whoever asks needs no connection and no round trip, which under load take
// longer than the look-up.
type copied struct {
	asked      atomic.Bool   // somebody reads totals: nothing is kept for nobody
	refreshing chan struct{} // has a token while the table is read; taken before mu

	mu       sync.RWMutex // guards the fields below
	followed bool         // nobody changes the table without a word
	lost     int          // how often it was lost: what was read before is of no use
	whole    bool         // the rows are those of the table at the position
	position ledger.Position
	rows     []Total // in the order of lists
}

var _ projections.Watcher = (*Queries)(nil)

// sqlChanged gives the totals that changed after a position.
func (q *Queries) sqlChanged() string {
	return "select " + totalColumns + ` from (
		select t.* from ` + q.reader.Table("total") + ` t join ` +
		q.reader.Table("quarter_change") + ` q using (year, quarter)
		where q.position > $1 and t.position > $1) changed`
}

// Moved implements projections.Watcher: it takes over what has changed, where somebody asks.
func (q *Queries) Moved(ctx context.Context) {
	q.copy.mu.Lock()
	q.copy.followed = true
	q.copy.mu.Unlock()
	if q.copy.asked.Load() {
		q.refresh(ctx, false)
	}
}

// fillMax is how long those who ask wait for what the first of them reads. Whoever has waited
// as long, as for a database that does not answer, asks the table for himself.
const fillMax = time.Second

// fill reads the table into memory for the first one who asks, who would else have to wait
// for a connection until the next batch. It gives false where it may change without a word.
func (q *Queries) fill(ctx context.Context) bool {
	q.copy.mu.RLock()
	followed := q.copy.followed
	q.copy.mu.RUnlock()
	if followed {
		ctx, cancel := context.WithTimeout(ctx, fillMax)
		defer cancel()
		q.refresh(ctx, true)
	}
	return followed
}

// refresh takes over what has changed, or all of it; first does so only if there is nothing
// yet. When it cannot be read, the table itself is asked until it can.
func (q *Queries) refresh(ctx context.Context, first bool) {
	c := &q.copy
	select {
	case c.refreshing <- struct{}{}:
		defer func() { <-c.refreshing }()
	case <-ctx.Done():
		if !first {
			c.mu.Lock()
			defer c.mu.Unlock()
			c.drop()
		}
		return
	}
	c.mu.RLock()
	since, lost, whole := c.position, c.lost, c.whole
	c.mu.RUnlock()
	if first && whole {
		return // somebody was quicker
	}
	var changed []Total
	at, err := q.reader.Select(ctx, q.sqlChanged(), totalOrder, []any{int64(since)},
		func(row pgx.CollectableRow) error {
			t, err := scanTotal(row)
			changed = append(changed, t)
			return err
		})
	c.mu.Lock()
	defer c.mu.Unlock()
	if lost != c.lost || !c.followed {
		return // nobody would keep it up to date
	}
	if err != nil {
		c.drop()
		return
	}
	for _, t := range changed {
		i, found := slices.BinarySearchFunc(c.rows, t, compareTotals)
		if !found {
			c.rows = slices.Insert(c.rows, i, t)
		}
		c.rows[i] = t
	}
	c.position, c.whole = at, true
}

// Lost implements projections.Watcher: the table is asked until something is said of it again.
func (q *Queries) Lost() {
	q.copy.mu.Lock()
	defer q.copy.mu.Unlock()
	q.copy.followed = false
	q.copy.lost++
	q.copy.drop()
}

// drop forgets all rows. The caller holds mu.
func (c *copied) drop() { c.whole, c.position, c.rows = false, 0, nil }

// compareTotals orders rows as lists do.
func compareTotals(a, b Total) int {
	return cmp.Or(cmp.Compare(a.Scope, b.Scope), cmp.Compare(a.Code, b.Code),
		cmp.Compare(a.Form, b.Form), cmp.Compare(a.Year, b.Year),
		cmp.Compare(a.Quarter, b.Quarter))
}

// list gives at most limit rows of a filter that come after another, and the position; false
// when the table must be asked.
func (c *copied) list(f Filter, after Total, limit int) ([]Total, ledger.Position, bool) {
	c.asked.Store(true)
	c.mu.RLock()
	defer c.mu.RUnlock()
	if !c.whole {
		return nil, 0, false
	}
	from := after
	if f.Scope > from.Scope { // the rows of a scope, and of a code, stand together
		from = Total{Scope: f.Scope, Code: f.Code}
	}
	i, found := slices.BinarySearchFunc(c.rows, from, compareTotals)
	if found && from == after {
		i++
	}
	var list []Total
	for ; i < len(c.rows) && len(list) < limit; i++ {
		t := &c.rows[i]
		if f.Scope != "" && (t.Scope > f.Scope || f.Code != "" && t.Code > f.Code) {
			break
		}
		if f.matches(t) {
			list = append(list, *t)
		}
	}
	return list, c.position, true
}

// matches tells whether a row is in the filter.
func (f Filter) matches(t *Total) bool {
	return (f.Scope == "" || f.Scope == t.Scope) && (f.Code == "" || f.Code == t.Code) &&
		(f.Form == nil || *f.Form == t.Form) && (f.Year == 0 || f.Year == t.Year) &&
		(f.Quarter == 0 || f.Quarter == t.Quarter)
}
