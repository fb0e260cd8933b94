package commands

import (
	"sync"
	"time"
)

const (
	// queueMax bounds filings that wait in memory; what does not fit is found again in
	// the work list. From queueFull on, about a second's work, no more filings are taken
	// in: receipts given beyond that cost what is waiting its processors. What did not fit is
	// looked for again below queueLow.
	queueMax  = 4096
	queueFull = 1024
	queueLow  = 512
	// filingTries is how often a filing is tried while the later ones of its payer wait,
	// about two minutes in all.
	filingTries = 7
)

// queue holds the filings to process: those of one payer in the order of arrival and one
// at a time, as a later one may need what an earlier one says, payers in turn.
type queue struct {
	payers chan string // whose filings wait and are not in work or in a pause
	full   func(bool)  // is told whether more filings may be taken in

	mu      sync.Mutex        // guards the fields below
	on      map[Work]bool     // filings that wait or are in work
	waiting map[string][]Work // by payer; present while the payer is queued or in work
	tries   map[Work]int      // of filings that failed
	// coming are filings that this process records, until the clerk hears of them: it may be
	// some time, in which there would seem to be room.
	coming map[Work]bool
	// missed: some filings did not fit. Until all of them have been found in the work
	// list, new ones are kept in left, or they would overtake those of their payer; those
	// that do not fit there either are in the work list, too.
	missed bool
	left   []Work
	closed bool // nobody serves it any more
}

// open empties the queue.
func (q *queue) open(full func(bool)) {
	q.payers, q.full = make(chan string, queueMax), full
	q.on, q.waiting, q.tries = map[Work]bool{}, map[string][]Work{}, map[Work]int{}
	q.coming, q.missed, q.left, q.closed = map[Work]bool{}, false, nil, false
}

// close ends the telling: who records filings for another clerk now must not be held up by
// those that wait here.
func (q *queue) close() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.closed = true
	q.full(false)
}

// expect notes a filing that this process is about to record.
func (q *queue) expect(w Work) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.coming[w] = true
	q.tell()
}

// cancel notes that it was not recorded, or had been before.
func (q *queue) cancel(w Work) {
	q.mu.Lock()
	defer q.mu.Unlock()
	delete(q.coming, w)
	q.tell()
}

// tell tells whether more filings may be taken in.
func (q *queue) tell() {
	if !q.closed {
		q.full(len(q.on)+len(q.coming) >= queueFull)
	}
}

// arrive takes in a filing that was heard of.
func (q *queue) arrive(w Work) {
	q.mu.Lock()
	defer q.mu.Unlock()
	delete(q.coming, w)
	if q.missed = q.missed || !q.put(w); q.missed && len(q.left) <= queueMax {
		q.left = append(q.left, w)
	}
	q.tell()
}

// look is to be called before the unfinished filings are looked for: what is left until then
// will be among them.
func (q *queue) look() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.left = nil
}

// refill takes in all unfinished filings, oldest first, or the first queueMax of them, and then
// what was left since the look.
func (q *queue) refill(list []Work) {
	q.mu.Lock()
	defer q.mu.Unlock()
	defer q.tell()
	all := append(list, q.left...)
	q.missed = len(list) >= queueMax || len(q.left) > queueMax
	if q.missed {
		all = list
	}
	for _, w := range all {
		if !q.put(w) {
			q.missed = true
			return
		}
	}
	q.left = nil
}

// put puts a filing behind those of the same payer. A payer takes one worker at a time,
// however many filings it has, so that nobody else waits for them. It gives false when
// there is no room.
func (q *queue) put(w Work) bool {
	if q.on[w] {
		return true // it is on its way
	}
	if len(q.on) >= queueMax {
		return false
	}
	q.on[w] = true
	list, queued := q.waiting[w.Payer]
	q.waiting[w.Payer] = append(list, w)
	if !queued {
		q.payers <- w.Payer // there is room: fewer payers than filings
	}
	return true
}

// canRefill tells whether filings did not fit and there is room again.
func (q *queue) canRefill() bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.missed && len(q.on) < queueLow
}

// next gives the payer's oldest filing, which stays in its place until it is done.
func (q *queue) next(payer string) Work {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.waiting[payer][0]
}

// failed counts a failure of the filing that is in work, and gives the pause before it is
// tried again in its place; again is false when it must give way.
func (q *queue) failed(w Work) (pause time.Duration, again bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.tries[w]++
	return pauseAfter(q.tries[w]), q.tries[w] < filingTries
}

// done takes the filing that was in work out, and puts its payer to the end of the queue
// if it has more.
func (q *queue) done(w Work) {
	q.mu.Lock()
	defer q.mu.Unlock()
	delete(q.on, w)
	delete(q.tries, w)
	if rest := q.waiting[w.Payer][1:]; len(rest) > 0 {
		q.waiting[w.Payer] = rest
		q.payers <- w.Payer
	} else {
		delete(q.waiting, w.Payer)
	}
	q.tell()
}
