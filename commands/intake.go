package commands

import "sync/atomic"

// receivingMax bounds the files that are taken in at once. Each holds a chunk of memory
// and a place in the queues of archive and log; beyond it, a quick refusal serves
// everybody better than a longer queue.
const receivingMax = 512

// intake tells whether the node can take in another file now.
type intake struct {
	receiving atomic.Int64
	full      atomic.Bool           // the clerk's queue is full
	clerk     atomic.Pointer[queue] // of this process; nil without
}

// Admit gives a place to take a file in, or refuses it for now. Whoever reads a file before
// it calls ReceiveFiling asks for the place first and gives it back after, by leave.
func (b *Bus) Admit() (leave func(), err error) { return b.intake.admit() }

// IntakeFull tells whether Admit would refuse now.
func (b *Bus) IntakeFull() bool {
	return b.intake.full.Load() || b.intake.receiving.Load() >= receivingMax
}

// admit lets a file in, or refuses it for now. The caller calls leave when it is taken in.
func (i *intake) admit() (leave func(), err error) {
	if i.full.Load() {
		return nil, busy()
	}
	if i.receiving.Add(1) > receivingMax {
		i.receiving.Add(-1)
		return nil, busy()
	}
	return func() { i.receiving.Add(-1) }, nil
}

// expect tells the clerk's queue of a filing that is about to be recorded, and by cancel that it
// was not.
func (i *intake) expect(w Work) (cancel func()) {
	q := i.clerk.Load()
	if q == nil {
		return func() {}
	}
	q.expect(w)
	return func() { q.cancel(w) }
}

// CodeBusy is the code of the refusal of a file that cannot be taken in now.
const CodeBusy = "intake_busy"

// BusyText is its English text.
const BusyText = "more files are coming in than can be processed: file again in a few seconds"

func busy() *Error {
	return refuse(Unavailable, CodeBusy, BusyText)
}
