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
	// clerkWorkers is how many payers' filings are processed at once: two keep both a
	// core and the database busy, more only help where the database waits for a disk.
	clerkWorkers = 4
	// clerkQueue bounds filings that wait in memory; what does not fit is found again in
	// the work list.
	clerkQueue = 1024
	// clerkBatch bounds the events looked at in one go.
	clerkBatch = 2000
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

	queue chan Work
	mu    sync.Mutex     // guards queued
	on    map[Work]bool  // filings queued or in work
	group sync.WaitGroup // workers
}

// ClerkActor is who the clerk's own events are by.
var ClerkActor = ledger.Actor{Subject: "stazh", Role: "system"}

// Run works until ctx ends. Faults of single filings are logged and tried again in the
// next round; they stop nobody else's filing.
func (c *Clerk) Run(ctx context.Context) error {
	c.queue = make(chan Work, clerkQueue)
	c.on = map[Work]bool{}
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
	c.react(ctx, &seen)
	if seen.last <= after {
		return after
	}
	if err := c.List.SetBookmark(ctx, seen.last); err != nil {
		c.fault(ctx, "note how far it is", Work{}, err)
	}
	return seen.last
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

func (c *Clerk) enqueue(w Work) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.on[w] {
		return
	}
	select {
	case c.queue <- w:
		c.on[w] = true
	default: // the next round finds it
	}
}

func (c *Clerk) work(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case w := <-c.queue:
			if err := c.Bus.ProcessFiling(ctx, w.Payer, w.Filing); err != nil {
				c.fault(ctx, "process a filing", w, err)
			}
			c.mu.Lock()
			delete(c.on, w)
			c.mu.Unlock()
		}
	}
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
