package commands

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/google/uuid"

	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/ledger/event"
	"github.com/stazh/stazh/ledger/period"
)

// Work names a filing, or one document of it that is parked.
type Work struct {
	Payer  string
	Filing uuid.UUID
	DocNo  int // of a parked document
}

// WorkList finds work that is left. It is answered from read models, which is allowed
// as nothing is decided on it: each command looks again for itself.
type WorkList interface {
	// Bookmark gives the position up to which the clerk has reacted to all events, and
	// SetBookmark moves it.
	Bookmark(ctx context.Context) (ledger.Position, error)
	SetBookmark(ctx context.Context, at ledger.Position) error
	// Unfinished gives filings without a result, oldest first.
	Unfinished(ctx context.Context) ([]Work, error)
	// ParkedFor gives documents that wait for one of the persons, as of the position.
	ParkedFor(ctx context.Context, persons []ledger.PersonID, at ledger.Position) ([]Work, error)
	// ParkedUntil gives documents whose last day of waiting is before the day.
	ParkedUntil(ctx context.Context, before period.Date) ([]Work, error)
	// Awaiting gives payers with months that wait for the parameter's value of a month,
	// or for any parameter when the name is empty, as of the position.
	Awaiting(ctx context.Context, name string, of period.Month, at ledger.Position,
	) ([]string, error)
}

const (
	// clerkWorkers is how many payers' filings are processed at once. Two keep both cores
	// busy; more let small filings share the commits and queries that they wait for.
	clerkWorkers = 16
	// clerkQueue bounds filings that wait in memory; what does not fit is found again in
	// the work list. From clerkFull on no more filings are taken in.
	clerkQueue = 4096
	clerkFull  = 2048
	// clerkBatch bounds the events looked at in one go.
	clerkBatch = 2000
	// clerkAhead is how many batches of events reading may be ahead of reacting.
	clerkAhead = 8
	// clerkRound is how often the clerk looks for work that it was not told of.
	clerkRound = time.Minute
)

// Clerk does by itself what follows from events: it processes filings that arrived,
// judges parked documents again when what they wait for has come or their time is over,
// and assesses months when the parameter they wait for is published. One clerk works at
// a time in an installation; the caller holds the lock for it.
type Clerk struct {
	Bus  *Bus
	List WorkList

	seen   chan *clues // to react to
	payers chan string // whose filings wait and are not in work
	group  sync.WaitGroup

	mu      sync.Mutex        // guards the fields below
	on      map[Work]bool     // filings that wait or are in work
	waiting map[string][]Work // by payer; present while the payer is queued or in work
}

// ClerkActor is who the clerk's own events are by.
var ClerkActor = ledger.Actor{Subject: "stazh", Role: "system"}

// Run works until ctx ends. Faults of single filings are logged and tried again in the
// next round; they stop nobody else's filing.
func (c *Clerk) Run(ctx context.Context) error {
	c.payers = make(chan string, clerkQueue)
	c.on, c.waiting = map[Work]bool{}, map[string][]Work{}
	c.seen = make(chan *clues, clerkAhead)
	defer c.Bus.intake.full.Store(false)
	c.group.Go(func() { c.reactor(ctx) })
	for range clerkWorkers {
		c.group.Go(func() { c.work(ctx) })
	}
	defer c.group.Wait()
	after, err := c.List.Bookmark(ctx)
	if err != nil {
		return fmt.Errorf("clerk: %w", err)
	}
	next := c.Bus.Clock()
	for ctx.Err() == nil {
		if now := c.Bus.Clock(); !now.Before(next) {
			c.round(ctx)
			next = now.Add(clerkRound)
		}
		after = c.follow(ctx, after, next.Sub(c.Bus.Clock()))
	}
	return nil
}

// follow waits for events after the position, at most so long, and reacts to them.
func (c *Clerk) follow(ctx context.Context, after ledger.Position, atMost time.Duration,
) ledger.Position {
	waiting, cancel := context.WithTimeout(ctx, max(atMost, time.Millisecond))
	defer cancel()
	if _, err := c.Bus.Log.Wait(waiting, after); err != nil {
		if waiting.Err() == nil {
			c.fault(ctx, "wait for events", Work{}, err)
			c.pause(ctx)
		}
		return after
	}
	var seen clues
	for e, err := range c.Bus.Log.ReadAll(ctx, after, clerkBatch) {
		if err == nil {
			err = seen.note(e)
		}
		if err != nil {
			c.fault(ctx, "read events", Work{}, err)
			c.pause(ctx)
			return after
		}
	}
	for _, w := range seen.filings {
		c.enqueue(w)
	}
	if seen.last <= after {
		return after
	}
	select {
	case c.seen <- &seen:
	case <-ctx.Done():
	}
	return seen.last
}

// reactor reacts beside the reading of events, as it waits for read models and filings
// that arrive must not wait for these. What it had left is seen again after a restart.
func (c *Clerk) reactor(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case seen := <-c.seen:
			c.react(ctx, seen)
			if ctx.Err() != nil {
				return
			}
			if err := c.List.SetBookmark(ctx, seen.last); err != nil {
				c.fault(ctx, "note how far it is", Work{}, err)
			}
		}
	}
}

// clues are what a batch of events gives the clerk to do.
type clues struct {
	last    ledger.Position
	filings []Work
	parked  []Work
	persons []ledger.PersonID
	values  []*event.ParameterPublished
}

func (s *clues) note(e ledger.Event) error {
	s.last = e.Position
	if !telling[e.Type] {
		return nil
	}
	payload, err := event.Decode(e)
	if err != nil {
		return err
	}
	switch f := payload.(type) {
	case *event.FilingReceived:
		unp, _ := e.Stream.Payer()
		s.filings = append(s.filings, Work{Payer: unp, Filing: f.Filing})
	case *event.DocumentParked:
		unp, _ := e.Stream.Payer()
		s.parked = append(s.parked, Work{Payer: unp, Filing: f.Filing, DocNo: f.DocNo})
	case *event.PersonRegistered, *event.EmploymentStarted:
		id, _ := e.Stream.Person()
		s.persons = append(s.persons, id)
	case *event.ParameterPublished:
		s.values = append(s.values, f)
	}
	return nil
}

// telling are the types of events that give the clerk something to do; most events, the
// months reported for persons, do not and need not be decoded.
var telling = map[string]bool{
	(*event.FilingReceived)(nil).EventType():     true,
	(*event.DocumentParked)(nil).EventType():     true,
	(*event.PersonRegistered)(nil).EventType():   true,
	(*event.EmploymentStarted)(nil).EventType():  true,
	(*event.ParameterPublished)(nil).EventType(): true,
}

// react releases what the events make possible.
func (c *Clerk) react(ctx context.Context, seen *clues) {
	if len(seen.parked) > 0 {
		// What a document waits for may have come while it was being parked.
		c.settle(ctx, "", c.Bus.ReleaseParked, func() ([]Work, error) { return seen.parked, nil })
	}
	if len(seen.persons) > 0 {
		c.settle(ctx, "find parked documents", c.Bus.ReleaseParked,
			func() ([]Work, error) { return c.List.ParkedFor(ctx, seen.persons, seen.last) })
	}
	for _, v := range seen.values {
		c.assess(ctx, v.Name, v.From.Month(), seen.last)
	}
}

// round looks for everything that is left: after a start, after faults, and each day's
// expiries.
func (c *Clerk) round(ctx context.Context) {
	unfinished, err := c.List.Unfinished(ctx)
	if err != nil {
		c.fault(ctx, "find unfinished filings", Work{}, err)
	}
	for _, w := range unfinished {
		c.enqueue(w)
	}
	today := FundDate(c.Bus.Clock())
	c.settle(ctx, "find expired documents", c.Bus.ExpireParked,
		func() ([]Work, error) { return c.List.ParkedUntil(ctx, today) })
	c.assess(ctx, "", 0, 0)
}

func (c *Clerk) settle(ctx context.Context, what string,
	do func(context.Context, string, uuid.UUID, int) error, find func() ([]Work, error)) {
	list, err := find()
	if err != nil {
		c.fault(ctx, what, Work{}, err)
	}
	for _, w := range list {
		if err := do(ctx, w.Payer, w.Filing, w.DocNo); err != nil {
			c.fault(ctx, "judge a parked document", w, err)
		}
	}
}

func (c *Clerk) assess(ctx context.Context, name string, of period.Month, at ledger.Position) {
	c.Bus.Law.Refresh()
	payers, err := c.List.Awaiting(ctx, name, of, at)
	if err != nil {
		c.fault(ctx, "find waiting months", Work{}, err)
	}
	for _, unp := range payers {
		if err := c.Bus.AssessAwaiting(ctx, ClerkActor, unp); err != nil {
			c.fault(ctx, "assess waiting months", Work{Payer: unp}, err)
		}
	}
}

// enqueue puts a filing behind those of the same payer. A payer takes one worker at a
// time, however many filings it has, so that nobody else waits for them.
func (c *Clerk) enqueue(w Work) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.on[w] || len(c.on) >= clerkQueue {
		return // it is on its way, or the next round finds it
	}
	c.on[w] = true
	list, queued := c.waiting[w.Payer]
	c.waiting[w.Payer] = append(list, w)
	if !queued {
		c.payers <- w.Payer // there is room: fewer payers than filings
	}
	c.Bus.intake.full.Store(len(c.on) >= clerkFull)
}

// work processes one filing of a payer after another. A payer with more to do goes to the
// end of the queue.
func (c *Clerk) work(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case payer := <-c.payers:
			w := c.next(payer)
			if err := c.Bus.ProcessFiling(ctx, w.Payer, w.Filing); err != nil {
				c.fault(ctx, "process a filing", w, err)
			}
			c.done(w)
		}
	}
}

// next takes the payer's oldest filing.
func (c *Clerk) next(payer string) Work {
	c.mu.Lock()
	defer c.mu.Unlock()
	list := c.waiting[payer]
	c.waiting[payer] = list[1:]
	return list[0]
}

func (c *Clerk) done(w Work) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.on, w)
	if len(c.waiting[w.Payer]) > 0 {
		c.payers <- w.Payer
	} else {
		delete(c.waiting, w.Payer)
	}
	c.Bus.intake.full.Store(len(c.on) >= clerkFull)
}

func (c *Clerk) pause(ctx context.Context) {
	select {
	case <-ctx.Done():
	case <-time.After(time.Second):
	}
}

func (c *Clerk) fault(ctx context.Context, what string, w Work, err error) {
	if ctx.Err() != nil && errors.Is(err, ctx.Err()) {
		return
	}
	c.Bus.Logger.ErrorContext(ctx, "clerk could not "+what,
		slog.String("payer", w.Payer), slog.String("filing", w.Filing.String()),
		slog.Int("document", w.DocNo), slog.String("error", err.Error()))
}
